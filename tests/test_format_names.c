/* SPDX-License-Identifier: MIT */
/*
 * Formats that hold names instead of words: the kernel's, libvirt's, QEMU's,
 * gcc's and Kubernetes', and XAPI's records in JSON and XML.  What is read is
 * held against raw dumps of the same CPUs, against this machine, and against
 * names and bits from outside the code.
 */
#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <featset/format.h>
#include <featset/host.h>
#include <featset/uarch.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- help ---------------------------------------------------------------------- */

static const char *shared(const char *name)
{
	static char path[4096];
	const char *root = getenv("FEATSET_SHARED");

	snprintf(path, sizeof(path), "%s/%s", root ? root : "../shared", name);
	if (access(path, R_OK) != 0) {
		print_message("[          ] skipped: %s is not there\n", path);
		skip();
	}
	return path;
}

/* The text of a stream, which is closed. */
static char *slurp(FILE *stream)
{
	size_t room = 4 << 20, size;
	char *text = calloc(1, room);

	if (!stream || !text)
		fail_msg("cannot open a file");
	size = fread(text, 1, room - 1, stream);
	text[size] = '\0';
	fclose(stream);
	return text;
}

/* Builds without jansson or expat say so. */
static bool not_built(const featset_error_t *error)
{
	return error->code == FEATSET_E_UNSUPPORTED && strstr(error->text, "this build reads no") != NULL;
}

static featset_inventory_t *read_as(const char *text, const char *expected)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	char told[1200];

	if (featset_read(&inventory, text, strlen(text), NULL, "text", &error) != FEATSET_OK) {
		if (not_built(&error)) {
			print_message("[          ] skipped: %s\n", error.text);
			skip();
		}
		featset_error_write(told, sizeof(told), &error);
		fail_msg("%s\n%.400s", told, text);
	}
	assert_string_equal(featset_inventory_format(inventory), expected);
	return inventory;
}

static featset_inventory_t *read_file(const char *path, const char *expected)
{
	char *text = slurp(fopen(path, "rb"));
	featset_inventory_t *inventory = read_as(text, expected);

	free(text);
	return inventory;
}

static const featset_cpu_t *cpu_of(const featset_inventory_t *inventory, size_t host)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU);

	if (!cpu)
		fail_msg("host %zu has no cpu", host);
	return cpu;
}

static bool has(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return featset_has(featset_cpu_features(cpu), feature);
}

static bool lacks(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return !has(cpu, feature) && featset_has(featset_cpu_known(cpu), feature);
}

static bool unknown(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return !featset_has(featset_cpu_known(cpu), feature);
}

static bool noted(const featset_inventory_t *inventory, const char *part)
{
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		if (strstr(featset_inventory_note(inventory, i), part))
			return true;
	return false;
}

/* Fails and names the features that are in `a` and not in `b`, but for those of `allowed` (may be NULL). */
static void assert_within(const featset_t *a, const featset_t *b, const featset_t *allowed, const char *what)
{
	featset_t rest;
	char text[2048] = "";

	featset_minus(&rest, a, b);
	if (allowed)
		featset_minus(&rest, &rest, allowed);
	for (featset_feature_t f = featset_next(&rest, 0); f < FEATSET_BITS; f = featset_next(&rest, f + 1)) {
		char name[128];

		featset_feature_spell(name, sizeof(name), f, FEATSET_CANONICAL);
		if (strlen(text) + strlen(name) + 2 < sizeof(text))
			strcat(strcat(text, " "), name);
	}
	if (!featset_is_empty(&rest))
		fail_msg("%s:%s", what, text);
}

/* What is known to be absent. */
static featset_t absent(const featset_cpu_t *cpu)
{
	featset_t set;

	featset_minus(&set, featset_cpu_known(cpu), featset_cpu_features(cpu));
	return set;
}

/* ---- the kernel's names, from a table of bits ----------------------------------------- */

/* Names of the kernel's that no bit of a set stands behind, or none that the name alone tells. */
static const char *const no_bits[] = {
	"arch_perfmon",
	"bts",
	"constant_tsc",
	"cpuid",
	"cqm_llc",
	"eagerfpu",
	"flexpriority",
	"ibpb",
	"ibrs",
	"nopl",
	"nonstop_tsc",
	"pebs",
	"rep_good",
	"ssbd",
	"stibp",
	"tsc_known_freq",
	"xtopology",
	"ept",
	"ept_ad",
	"vpid",
	"vnmi",
	"tpr_shadow",
	"cpuid_fault",
	"pti",
	"extd_apicid",
	"ibrs_enhanced",
	"invpcid_single",
	"art",
	"tsc_reliable",
	"vmmcall",
	"split_lock_detect",
	"user_shstk",
	"spec_ctrl",
	"intel_stibp",
	"amd_dcm",
};

struct row {
	char name[40];
	featset_feature_t feature;
};

/* Linux's names with their places, from a table that was made from the kernel's source. */
static size_t read_table(struct row *rows, size_t room)
{
	char *text = slurp(fopen(shared("facts/feature-bits.csv"), "rb")), *line = strtok(text, "\n");
	size_t count = 0;

	while ((line = strtok(NULL, "\n")) != NULL && count < room) {
		unsigned leaf, subleaf, bit, word;
		char reg[8], name[40];

		if (sscanf(line, "0x%x,%u,%7[a-z],%u,%39[a-z0-9_],", &leaf, &subleaf, reg, &bit, name) != 5)
			continue;
		word = featset_word_at(FEATSET_SOURCE_CPUID, leaf, subleaf, (featset_register_t)(reg[1] - 'a'));
		if (word == FEATSET_WORDS)
			continue;
		strcpy(rows[count].name, name);
		rows[count++].feature = word * 32 + bit;
	}
	free(text);
	return count;
}

/* Every flag of the first flags line stands for its bit, and no bit came from elsewhere. */
static void check_flags(const featset_cpu_t *cpu, const char *text, const featset_t *others)
{
	static struct row rows[1024];
	size_t count = read_table(rows, COUNT(rows));
	char *copy = strdup(strstr(text, "\nflags") + 1), *flag;
	featset_t shown = *others;

	assert_true(count > 150);
	copy[strcspn(copy, "\n")] = '\0';
	strtok(copy, ":");
	while ((flag = strtok(NULL, " \t")) != NULL) {
		bool known = false;

		for (size_t i = 0; i < COUNT(no_bits); i++)
			known |= !strcmp(flag, no_bits[i]);
		for (size_t i = 0; i < count && !known; i++) {
			if (strcmp(rows[i].name, flag) != 0)
				continue;
			known = true;
			featset_add(&shown, rows[i].feature);
			if (!has(cpu, rows[i].feature))
				fail_msg("%s was lost", flag);
		}
		if (!known)
			fail_msg("%s is in no table", flag);
	}
	free(copy);
	assert_within(featset_cpu_features(cpu), &shown, NULL, "made up");
}

static void cpuinfo_dumps(void **state)
{
	static const struct {
		const char *file;
		const char *part;
		unsigned model, stepping;
		int psabi;
	} dumps[] = {
		{ "data/cpuinfo/e5-2650v2-rhel7.txt", "ivybridge", 62, 4, 2 },
		{ "data/cpuinfo/e5-2680v3-rhel7.txt", "haswell", 63, 2, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(dumps); i++) {
		/* What the names that depend on the vendor mean on Intel's, and the controls of VMX. */
		static const featset_feature_t more[] = { FEATSET_SPEC_CTRL,       FEATSET_INTEL_STIBP,
							  FEATSET_INVTSC,          FEATSET_VMX_EPT,
							  FEATSET_VMX_VPID,        FEATSET_VMX_VNMI,
							  FEATSET_VMX_FLEXPRIORITY };
		char *text = slurp(fopen(shared(dumps[i].file), "rb"));
		featset_inventory_t *inventory = read_as(text, "cpuinfo");
		const featset_cpu_t *cpu = cpu_of(inventory, 0);
		featset_t others;

		featset_clear(&others);
		for (size_t k = 0; k < COUNT(more); k++)
			featset_add(&others, more[k]);
		check_flags(cpu, text, &others);
		assert_int_equal(featset_inventory_hosts(inventory), 1);
		assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
		assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), 6);
		assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), dumps[i].model);
		assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), dumps[i].stepping);
		assert_int_equal(featset_cpu_number(cpu, FEATSET_PHYS_BITS), 46);
		assert_string_equal(featset_baseline_name(featset_identify(cpu)), dumps[i].part);
		assert_int_equal(featset_psabi(cpu), dumps[i].psabi);
		assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_HARDWARE);
		/* A kernel of 2013 shows neither of them, and says nothing about the second. */
		assert_true(lacks(cpu, FEATSET_ADX));
		assert_true(unknown(cpu, FEATSET_AVX512F));
		assert_true(unknown(cpu, FEATSET_OSXSAVE));
		/* Its largest leaf is 13: there is no leaf 14h, and nothing is told of leaf 7. */
		assert_true(lacks(cpu, FEATSET_PTWRITE) && unknown(cpu, FEATSET_AVX_VNNI));
		assert_true(noted(inventory, "Linux kernel hides"));
		featset_inventory_free(inventory);
		free(text);
	}
}

#define INTEL_BLOCK "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nstepping\t: 4\n"

static void cpuinfo_by_vendor(void **state)
{
	static const char text[] = INTEL_BLOCK "flags\t\t: fpu sse sse2 cpuid arat ibrs ibpb stibp ssbd mba vnmi\n";
	static const char amd[] = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 23\nmodel\t\t: 49\n"
				  "flags\t\t: fpu sse sse2 arat ibrs ibpb stibp ssbd mba vnmi 3dnowprefetch\n";
	static const char guest[] = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 23\nmodel\t\t: 49\n"
				    "flags\t\t: fpu sse sse2 hypervisor ibrs ibpb stibp ssbd 3dnowprefetch\n";
	featset_inventory_t *inventory = read_as(text, "cpuinfo");
	const featset_cpu_t *cpu = cpu_of(inventory, 0);

	(void)state;
	assert_true(has(cpu, FEATSET_SPEC_CTRL) && has(cpu, FEATSET_INTEL_STIBP) && has(cpu, FEATSET_SPEC_CTRL_SSBD));
	assert_true(has(cpu, FEATSET_INTEL_MBA) && has(cpu, FEATSET_VMX_VNMI) && has(cpu, FEATSET_ARAT));
	assert_true(unknown(cpu, FEATSET_AMD_IBPB) && unknown(cpu, FEATSET_AMD_VNMI));
	assert_true(lacks(cpu, FEATSET_AVX512F) && lacks(cpu, FEATSET_AVX2) && unknown(cpu, FEATSET_VAES));
	featset_inventory_free(inventory);

	inventory = read_as(amd, "cpuinfo");
	cpu = cpu_of(inventory, 0);
	assert_true(has(cpu, FEATSET_AMD_IBRS) && has(cpu, FEATSET_AMD_IBPB) && has(cpu, FEATSET_AMD_STIBP));
	assert_true(has(cpu, FEATSET_AMD_MBA) && has(cpu, FEATSET_AMD_VNMI) && has(cpu, FEATSET_AMD_3DNOWPREFETCH));
	/* The kernel sets these two by the family, or from the model. */
	assert_true(unknown(cpu, FEATSET_AMD_SSBD) && unknown(cpu, FEATSET_ARAT) && unknown(cpu, FEATSET_SPEC_CTRL));
	featset_inventory_free(inventory);

	inventory = read_as(guest, "cpuinfo");
	cpu = cpu_of(inventory, 0);
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_GUEST);
	assert_true(unknown(cpu, FEATSET_AMD_IBRS) && unknown(cpu, FEATSET_SPEC_CTRL));
	assert_true(unknown(cpu, FEATSET_AMD_3DNOWPREFETCH));
	featset_inventory_free(inventory);
}

static void cpuinfo_several(void **state)
{
	static const char text[] = INTEL_BLOCK "flags\t\t: fpu sse sse2 avx avx2 nosuch_thing\n\n" INTEL_BLOCK
					       "flags\t\t: fpu sse sse2 avx\n\n";
	featset_inventory_t *inventory = read_as(text, "cpuinfo");
	const featset_cpu_t *cpu = cpu_of(inventory, 0);

	(void)state;
	assert_int_equal(featset_cpu_count(cpu), 2);
	assert_true(has(cpu, FEATSET_AVX) && lacks(cpu, FEATSET_AVX2));
	assert_true(has(featset_cpu_at(cpu, 0), FEATSET_AVX2));
	assert_true(noted(inventory, "1 of 2 logical CPUs differs"));
	assert_true(noted(inventory, "nosuch_thing"));
	featset_inventory_free(inventory);
	/* Somebody's grep. */
	inventory = read_as("flags\t\t: fpu sse avx\nflags\t\t: fpu sse avx\n", "cpuinfo");
	assert_int_equal(featset_cpu_count(cpu_of(inventory, 0)), 2);
	featset_inventory_free(inventory);
}

/* ---- this machine ----------------------------------------------------------------------- */

static featset_cpu_t *this_machine(void)
{
	featset_cpu_t *host = NULL;

	if (featset_host(&host, 0, NULL) != FEATSET_OK) {
		print_message("[          ] skipped: this build or machine cannot read its CPU\n");
		skip();
	}
	return host;
}

/* Runs a command, or skips. */
static char *output_of(const char *command)
{
	FILE *stream = popen(command, "r");
	char *text = calloc(1, 1 << 20);
	size_t size = stream && text ? fread(text, 1, (1 << 20) - 1, stream) : 0;

	if (stream && pclose(stream) != 0)
		size = 0;
	if (!size) {
		free(text);
		print_message("[          ] skipped: %s gives nothing here\n", command);
		skip();
	}
	text[size] = '\0';
	return text;
}

static void check_this_machine(char *text, const char *format)
{
	featset_cpu_t *host = this_machine();
	featset_inventory_t *inventory = read_as(text, format);
	const featset_cpu_t *cpu = cpu_of(inventory, 0);
	featset_t shown;

	/* What sits in registers that only the kernel may read cannot be compared. */
	featset_and(&shown, featset_cpu_features(cpu), featset_cpu_known(host));
	assert_within(&shown, featset_cpu_features(host), NULL, "this machine has not");
	if (strcmp(format, "gcc") != 0) {
		assert_string_equal(featset_cpu_vendor(cpu), featset_cpu_vendor(host));
		assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), featset_cpu_number(host, FEATSET_FAMILY));
		assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), featset_cpu_number(host, FEATSET_MODEL));
		assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), featset_cpu_number(host, FEATSET_STEPPING));
		assert_string_equal(featset_cpu_brand(cpu), featset_cpu_brand(host));
		assert_int_equal(featset_cpu_view(cpu), featset_cpu_view(host));
	}
	assert_int_equal(featset_psabi(cpu), featset_psabi(host));
	featset_inventory_free(inventory);
	featset_cpu_free(host);
	free(text);
}

static void here_cpuinfo(void **state)
{
	featset_t none;
	featset_inventory_t *inventory;
	static const featset_feature_t more[] = { FEATSET_SPEC_CTRL, FEATSET_INTEL_STIBP,     FEATSET_SPEC_CTRL_SSBD,
						  FEATSET_AMD_IBRS,  FEATSET_AMD_IBPB,        FEATSET_AMD_STIBP,
						  FEATSET_INVTSC,    FEATSET_CPUID_FAULT,     FEATSET_SHSTK,
						  FEATSET_VMX_EPT,   FEATSET_VMX_EPTAD,       FEATSET_VMX_VPID,
						  FEATSET_VMX_VNMI,  FEATSET_VMX_FLEXPRIORITY };
	char *text;

	(void)state;
	check_this_machine(output_of("cat /proc/cpuinfo"), "cpuinfo");
	shared("facts/feature-bits.csv"); /* what follows needs it */
	text = output_of("cat /proc/cpuinfo");
	featset_clear(&none);
	for (size_t i = 0; i < COUNT(more); i++)
		featset_add(&none, more[i]);
	inventory = read_as(text, "cpuinfo");
	check_flags(cpu_of(inventory, 0), text, &none);
	featset_inventory_free(inventory);
	free(text);
}

static void here_lscpu(void **state)
{
	(void)state;
	check_this_machine(output_of("LC_ALL=C lscpu 2>/dev/null"), "lscpu");
}

static void here_lscpu_json(void **state)
{
	(void)state;
	check_this_machine(output_of("LC_ALL=C lscpu -J 2>/dev/null"), "lscpu");
}

static void here_gcc(void **state)
{
	(void)state;
	check_this_machine(output_of("gcc -march=native -Q --help=target 2>/dev/null"), "gcc");
}

/* ---- lscpu and gcc by hand ------------------------------------------------------------------ */

static void lscpu_forms(void **state)
{
	static const char nested[] =
		"{\"lscpu\": [{\"field\": \"Architecture:\", \"data\": \"x86_64\", \"children\": [\n"
		"{\"field\": \"Address sizes:\", \"data\": \"46 bits physical, 48 bits virtual\"}]},\n"
		"{\"field\": \"Vendor ID:\", \"data\": \"GenuineIntel\", \"children\": [\n"
		"{\"field\": \"Model name:\", \"data\": \"Some CPU\", \"children\": [\n"
		"{\"field\": \"CPU family:\", \"data\": \"6\"}, {\"field\": \"Model:\", \"data\": \"63\"},\n"
		"{\"field\": \"Stepping:\", \"data\": \"2\"}, {\"field\": \"CPU max MHz:\", \"data\": null},\n"
		"{\"field\": \"Flags:\", \"data\": \"fpu sse sse2 avx2\"}]}]}]}\n";
	static const char two[] = "Architecture:  x86_64\nVendor ID:  GenuineIntel\n  Model:  62\n  Flags:  fpu avx\n"
				  "Architecture:  x86_64\nVendor ID:  GenuineIntel\n  Model:  63\n  Flags:  fpu avx2\n";
	featset_inventory_t *inventory = read_as(nested, "lscpu");
	const featset_cpu_t *cpu = cpu_of(inventory, 0);

	(void)state;
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), 63);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_LINEAR_BITS), 48);
	assert_string_equal(featset_cpu_brand(cpu), "Some CPU");
	assert_true(has(cpu, FEATSET_AVX2) && lacks(cpu, FEATSET_AVX));
	featset_inventory_free(inventory);
	inventory = read_as(two, "lscpu");
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_int_equal(featset_cpu_number(cpu_of(inventory, 1), FEATSET_MODEL), 63);
	assert_true(lacks(cpu_of(inventory, 0), FEATSET_AVX2));
	featset_inventory_free(inventory);
}

static void gcc_options(void **state)
{
	static const char text[] = "The following options are target specific:\n"
				   "  -m64                        \t\t[enabled]\n"
				   "  -mabm                       \t\t[disabled]\n"
				   "  -mavx2                      \t\t[enabled]\n"
				   "  -mavx512f                   \t\t[disabled]\n"
				   "  -march=                     \t\thaswell\n"
				   "  -mbmi                       \t\t[enabled]\n"
				   "  -mcrc32                     \t\t[enabled]\n"
				   "  -mlzcnt                     \t\t[enabled]\n"
				   "  -mmwait                     \t\t[enabled]\n"
				   "  -mpku                       \t\t[disabled]\n";
	featset_inventory_t *inventory = read_as(text, "gcc");
	const featset_cpu_t *cpu = cpu_of(inventory, 0);

	(void)state;
	assert_true(has(cpu, FEATSET_AVX2) && has(cpu, FEATSET_BMI1) && has(cpu, FEATSET_ABM) && has(cpu, FEATSET_LM));
	assert_true(lacks(cpu, FEATSET_AVX512F));
	/* -mpku asks the operating system, -mmwait and -mcrc32 come with SSE. */
	assert_true(unknown(cpu, FEATSET_PKU) && unknown(cpu, FEATSET_MONITOR) && unknown(cpu, FEATSET_SSE4_2));
	featset_inventory_free(inventory);
}

/* ---- libvirt's and QEMU's words about CPUs whose raw dump is there ------------------------- */

/* Calls `check` with the common part of the names of files that end as given. */
static void each_cpu(const char *ending, void (*check)(const char *stem))
{
	char folder[4096];
	DIR *directory;
	struct dirent *entry;
	size_t count = 0;

	strcpy(folder, shared("data/libvirt"));
	directory = opendir(folder);
	while (directory && (entry = readdir(directory)) != NULL) {
		size_t length = strlen(entry->d_name), end = strlen(ending);
		char stem[4096 + 300];

		if (strncmp(entry->d_name, "x86_64-cpuid-", 13) != 0 || length <= end ||
		    strcmp(entry->d_name + length - end, ending) != 0)
			continue;
		snprintf(stem, sizeof(stem), "%s/%.*s", folder, (int)(length - end), entry->d_name);
		check(stem);
		count++;
	}
	closedir(directory);
	assert_true(count > 20);
}

static const char *join(const char *stem, const char *ending)
{
	static char path[5000];

	snprintf(path, sizeof(path), "%s%s", stem, ending);
	return path;
}

/* What libvirt found in a raw dump is in the dump, and what it did not find is not. */
static void check_host_model(const char *stem)
{
	featset_inventory_t *model = read_file(join(stem, "-host.xml"), "libvirt");
	featset_inventory_t *raw = read_file(join(stem, ".xml"), "libvirt-cpudata");
	const featset_cpu_t *cpu = cpu_of(model, 0), *dump = cpu_of(raw, 0);
	featset_t missing = absent(cpu), lost = absent(dump);

	assert_within(featset_cpu_features(cpu), featset_cpu_features(dump), NULL, join(stem, "-host.xml has more"));
	assert_within(&missing, &lost, NULL, join(stem, "-host.xml has less"));
	assert_string_equal(featset_cpu_vendor(cpu), featset_cpu_vendor(dump));
	featset_inventory_free(model);
	featset_inventory_free(raw);
}

static void libvirt_hosts(void **state)
{
	(void)state;
	each_cpu("-host.xml", check_host_model);
}

static void check_guest_model(const char *stem)
{
	featset_inventory_t *model = read_file(join(stem, "-guest.xml"), "libvirt");
	featset_inventory_t *raw = read_file(join(stem, ".xml"), "libvirt-cpudata");

	assert_within(featset_cpu_features(cpu_of(model, 0)), featset_cpu_features(cpu_of(raw, 0)), NULL,
		      join(stem, "-guest.xml"));
	assert_int_equal(featset_cpu_view(cpu_of(model, 0)), FEATSET_VIEW_GUEST);
	featset_inventory_free(model);
	featset_inventory_free(raw);
}

static void libvirt_guests(void **state)
{
	(void)state;
	each_cpu("-guest.xml", check_guest_model);
}

/* libvirt's reading of QEMU's reply: it and ours hold the same of what libvirt can name. */
static void check_reply(const char *stem)
{
	featset_inventory_t *reply = read_file(join(stem, ".json"), "qemu");
	featset_inventory_t *model = read_file(join(stem, "-json.xml"), "libvirt");
	const featset_cpu_t *cpu = cpu_of(reply, 0), *guest = cpu_of(model, 0);
	featset_t missing = absent(guest), off = absent(cpu);

	assert_within(featset_cpu_features(guest), featset_cpu_features(cpu), NULL, join(stem, "-json.xml has more"));
	featset_and(&missing, &missing, featset_cpu_features(cpu));
	assert_within(&missing, &off, NULL, join(stem, "-json.xml has less"));
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_PROMISED);
	featset_inventory_free(reply);
	featset_inventory_free(model);
}

static void qemu_replies(void **state)
{
	(void)state;
	each_cpu("-json.xml", check_reply);
}

/* What QEMU offers is what the CPU has, and what KVM makes up. */
static void check_offer(const char *stem)
{
	static const featset_feature_t emulated[] = { FEATSET_HYPERVISOR,         FEATSET_X2APIC,
						      FEATSET_TSC_DEADLINE_TIMER, FEATSET_UMIP,
						      FEATSET_TSC_ADJUST,         FEATSET_ARAT };
	featset_inventory_t *reply = read_file(join(stem, ".json"), "qemu");
	featset_inventory_t *raw = read_file(join(stem, ".xml"), "libvirt-cpudata");
	const featset_cpu_t *dump = cpu_of(raw, 0);
	featset_t allowed;

	featset_clear(&allowed);
	for (size_t i = 0; i < COUNT(emulated); i++)
		featset_add(&allowed, emulated[i]);
	/* MSR 10A, which KVM answers itself. */
	featset_add(&allowed, FEATSET_ARCH_CAPABILITIES);
	featset_set_word(&allowed, 16, 0xffffffff);
	featset_set_word(&allowed, 17, 0xffffffff);
	/* KVM's own leaves, and SVM's, which the dumps do not have. */
	for (unsigned word = 39; word <= 42; word++)
		featset_set_word(&allowed, word, 0xffffffff);
	assert_within(featset_cpu_features(cpu_of(reply, 0)), featset_cpu_features(dump), &allowed,
		      join(stem, ".json"));
	featset_inventory_free(reply);
	featset_inventory_free(raw);
}

static void qemu_offers(void **state)
{
	(void)state;
	each_cpu(".json", check_offer);
}

/* libvirt's answers to baseline questions: as a model with changes, and with every feature listed. */
static void libvirt_baselines(void **state)
{
	static const char *const numbers[] = { "3", "5" };

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		char name[128];
		featset_inventory_t *short_one, *long_one, *question;
		featset_t all;

		snprintf(name, sizeof(name), "data/libvirt/x86_64-baseline-%s-result.xml", numbers[i]);
		short_one = read_file(shared(name), "libvirt");
		snprintf(name, sizeof(name), "data/libvirt/x86_64-baseline-%s-expanded.xml", numbers[i]);
		long_one = read_file(shared(name), "libvirt");
		assert_within(featset_cpu_features(cpu_of(short_one, 0)), featset_cpu_features(cpu_of(long_one, 0)),
			      NULL, "the model has more");
		assert_within(featset_cpu_features(cpu_of(long_one, 0)), featset_cpu_features(cpu_of(short_one, 0)),
			      NULL, "the model has less");
		snprintf(name, sizeof(name), "data/libvirt/x86_64-baseline-%s.xml", numbers[i]);
		question = read_file(shared(name), "libvirt");
		assert_true(featset_inventory_hosts(question) > 0);
		all = *featset_cpu_features(cpu_of(question, 0));
		for (size_t host = 1; host < featset_inventory_hosts(question); host++)
			featset_and(&all, &all, featset_cpu_features(cpu_of(question, host)));
		assert_within(featset_cpu_features(cpu_of(long_one, 0)), &all, NULL, "not all have");
		featset_inventory_free(short_one);
		featset_inventory_free(long_one);
		featset_inventory_free(question);
	}
}

/* The number that a ".sig" file starts with: CPUID 1.EAX. */
static void check_signature(const char *stem)
{
	char *text = slurp(fopen(join(stem, ".sig"), "rb"));
	unsigned long eax = strtoul(text, NULL, 16);
	featset_inventory_t *reply = read_file(join(stem, ".json"), "qemu");
	const featset_cpu_t *cpu = cpu_of(reply, 0);
	unsigned family = eax >> 8 & 15, model = (eax >> 4 & 15) | (eax >> 12 & 0xf0);

	if (family == 15)
		family += eax >> 20 & 0xff;
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), family);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), model);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), eax & 15);
	featset_inventory_free(reply);
	free(text);
}

static void qemu_signatures(void **state)
{
	(void)state;
	each_cpu(".json", check_signature);
}

/* ---- libvirt and QEMU by hand --------------------------------------------------------------- */

static void libvirt_policies(void **state)
{
	static const char text[] =
		"<domain type='kvm'>\n<name>web</name>\n"
		"<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>\n"
		"<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>Westmere</model>\n"
		"<topology sockets='1' cores='2' threads='1'/>\n"
		"<feature policy='require' name='avx2'/><feature policy='disable' name='aes'/>\n"
		"<feature policy='force' name='rdseed'/><feature policy='forbid' name='popcnt'/>\n"
		"<feature policy='optional' name='pclmuldq'/><feature policy='optional' name='cx16'/>\n"
		"</cpu></domain>\n";
	featset_inventory_t *inventory = read_as(text, "libvirt");
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(inventory, 0);

	(void)state;
	assert_non_null(cpu);
	assert_int_equal(featset_inventory_hosts(inventory), 0);
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_NAME, 0), "web");
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_UUID, 0),
			    "c7a5fdbd-edaf-9455-926a-d65c16db1809");
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_CPU, 0), "custom Westmere");
	assert_true(has(cpu, FEATSET_AVX2) && has(cpu, FEATSET_RDSEED) && has(cpu, FEATSET_SSE4_2));
	assert_true(lacks(cpu, FEATSET_AES) && lacks(cpu, FEATSET_POPCNT) && lacks(cpu, FEATSET_AVX));
	assert_true(unknown(cpu, FEATSET_PCLMULQDQ) && unknown(cpu, FEATSET_CX16));
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_GUEST);
	featset_inventory_free(inventory);
}

static void libvirt_documents(void **state)
{
	static const char capabilities[] =
		"<?xml version='1.0'?>\n<capabilities><host><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>"
		"<cpu><arch>x86_64</arch><model>Westmere</model><vendor>Intel</vendor><microcode version='1'/>"
		"<signature family='6' model='63' stepping='2'/><maxphysaddr mode='emulate' bits='46'/>"
		"<feature name='avx2'/></cpu>"
		"<topology><cells num='1'><cell id='0'><cpus num='1'><cpu id='0' "
		"socket_id='0'/></cpus></cell></cells></topology>"
		"</host><guest><arch name='i686'/></guest></capabilities>";
	static const char promised[] =
		"<domainCapabilities><path>/usr/bin/qemu-system-x86_64</path><domain>kvm</domain><arch>x86_64</arch>"
		"<cpu><mode name='host-passthrough' supported='yes'/>"
		"<mode name='host-model' supported='yes'><model "
		"fallback='forbid'>Westmere</model><vendor>Intel</vendor>"
		"<feature policy='require' name='avx2'/><feature policy='disable' name='vme'/></mode>"
		"<mode name='custom' supported='yes'><model usable='yes' vendor='Intel'>Haswell</model></mode></cpu>"
		"</domainCapabilities>";
	static const char several[] = "<cpu><arch>x86_64</arch><model>Westmere</model><vendor>Intel</vendor></cpu>\n"
				      "<cpu><arch>x86_64</arch><model>NoSuchModel</model><feature name='avx'/></cpu>\n";
	featset_inventory_t *inventory = read_as(capabilities, "libvirt");
	const featset_cpu_t *cpu = cpu_of(inventory, 0);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	assert_string_equal(featset_inventory_host_uuid(inventory, 0), "c7a5fdbd-edaf-9455-926a-d65c16db1809");
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), 63);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_PHYS_BITS), 46);
	assert_true(has(cpu, FEATSET_AVX2) && has(cpu, FEATSET_AES));
	featset_inventory_free(inventory);

	inventory = read_as(promised, "libvirt");
	cpu = cpu_of(inventory, 0);
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_PROMISED);
	assert_true(has(cpu, FEATSET_AVX2) && lacks(cpu, FEATSET_VME) && lacks(cpu, FEATSET_BMI2));
	featset_inventory_free(inventory);

	inventory = read_as(several, "libvirt");
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	cpu = cpu_of(inventory, 1);
	assert_true(has(cpu, FEATSET_AVX) && unknown(cpu, FEATSET_SSE2) && unknown(cpu, FEATSET_AVX2));
	assert_true(noted(inventory, "NoSuchModel"));
	featset_inventory_free(inventory);
}

static void qemu_options(void **state)
{
	/* "-f" beats "+f" and "f=on", wherever they stand. */
	static const char text[] =
		"qemu-system-x86_64 -m 16 -cpu 'IvyBridge,-rdrand,+avx2,rdrand=on,+rdrand,enforce' -smp 2\n"
		"-cpu base,aes=on,sse2=off,family=6,model=58,stepping=9,vendor=GenuineIntel,min-level=13\n"
		"-cpu host,+avx2\n";
	featset_inventory_t *inventory = read_as(text, "qemu");
	const featset_cpu_t *cpu = cpu_of(inventory, 0);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 3);
	assert_true(has(cpu, FEATSET_F16C) && has(cpu, FEATSET_AVX2) && lacks(cpu, FEATSET_RDRAND));
	assert_true(lacks(cpu, FEATSET_BMI1));
	/* KVM and TCG decide these. */
	assert_true(unknown(cpu, FEATSET_X2APIC) && unknown(cpu, FEATSET_VME) && unknown(cpu, FEATSET_SVM));
	cpu = cpu_of(inventory, 1);
	assert_true(has(cpu, FEATSET_AES) && lacks(cpu, FEATSET_SSE2) && lacks(cpu, FEATSET_SSE));
	assert_string_equal(featset_baseline_name(featset_identify(cpu)), "ivybridge");
	cpu = cpu_of(inventory, 2);
	assert_true(has(cpu, FEATSET_AVX2) && unknown(cpu, FEATSET_AVX));
	assert_true(noted(inventory, "host"));
	featset_inventory_free(inventory);
	inventory = read_as("IvyBridge-v1,-rdrand\n", "qemu");
	assert_true(lacks(cpu_of(inventory, 0), FEATSET_RDRAND) && has(cpu_of(inventory, 0), FEATSET_AVX));
	featset_inventory_free(inventory);
	inventory = read_as("{\"name\": \"IvyBridge\", \"props\": {\"rdrand\": false}}", "qemu");
	assert_true(lacks(cpu_of(inventory, 0), FEATSET_RDRAND) && has(cpu_of(inventory, 0), FEATSET_AVX));
	featset_inventory_free(inventory);
}

/* QEMU's feature_dependencies: svm brings leaf 8000000A along, vmx its controls; KVM decides about svm. */
static void qemu_clears_what_depends(void **state)
{
	featset_inventory_t *inventory =
		read_as("EPYC-Rome,-svm,+npt\nEPYC-Rome,+npt,nrip-save=on\nEPYC-Rome,+svm,+npt\n"
			"Haswell,+vmx-ept\nHaswell,+vmx,+vmx-ept,+vmx-invept-single-context\n"
			"NoSuch,+npt\n",
			"qemu");

	(void)state;
	assert_true(lacks(cpu_of(inventory, 0), FEATSET_NPT));
	assert_true(unknown(cpu_of(inventory, 1), FEATSET_NPT) && unknown(cpu_of(inventory, 1), FEATSET_NRIP_SAVE));
	assert_true(has(cpu_of(inventory, 2), FEATSET_NPT));
	assert_true(lacks(cpu_of(inventory, 3), FEATSET_VMX_EPT));
	assert_true(has(cpu_of(inventory, 4), FEATSET_VMX_EPT));
	/* feature_word_info has this property's name at bits 25 and 41 of MSR 48C. */
	assert_true(has(cpu_of(inventory, 4), FEATSET_VMX_INVEPT_SINGLE_CONTEXT));
	assert_true(has(cpu_of(inventory, 4), FEATSET_VMX_INVVPID_SINGLE_CONTEXT));
	assert_true(has(cpu_of(inventory, 5), FEATSET_NPT));
	featset_inventory_free(inventory);
}

/* What QEMU says is the same. */
static void here_qemu_clears_what_depends(void **state)
{
	char *text = output_of("printf '%s\\n' '{\"execute\":\"qmp_capabilities\"}' "
			       "'{\"execute\":\"query-cpu-model-expansion\",\"arguments\":{\"type\":\"full\",\"model\":"
			       "{\"name\":\"EPYC-Rome\",\"props\":{\"svm\":false,\"npt\":true,\"vmx-ept\":true}}}}' "
			       "'{\"execute\":\"quit\"}' | "
			       "qemu-system-x86_64 -machine none -display none -nodefaults -qmp stdio 2>/dev/null");
	featset_inventory_t *reply = read_as(text, "qemu");

	(void)state;
	assert_true(lacks(cpu_of(reply, 0), FEATSET_NPT) && lacks(cpu_of(reply, 0), FEATSET_NRIP_SAVE));
	assert_true(lacks(cpu_of(reply, 0), FEATSET_VMX_EPT));
	featset_inventory_free(reply);
	free(text);
}

/* QEMU itself says what a model with a change is; -cpu and the reply agree on all that both know. */
static void here_qemu(void **state)
{
	char *text = output_of(
		"printf '%s\\n' '{\"execute\":\"qmp_capabilities\"}' "
		"'{\"execute\":\"query-cpu-model-expansion\",\"arguments\":{\"type\":\"full\",\"model\":"
		"{\"name\":\"Haswell\",\"props\":{\"rdrand\":false,\"adx\":true}}}}' '{\"execute\":\"quit\"}' | "
		"qemu-system-x86_64 -machine none -display none -nodefaults -qmp stdio 2>/dev/null");
	featset_inventory_t *reply = read_as(text, "qemu"), *option = read_as("-cpu Haswell,-rdrand,+adx\n", "qemu");
	const featset_cpu_t *a = cpu_of(reply, 0), *b = cpu_of(option, 0);
	featset_t both, one, other;

	(void)state;
	featset_and(&both, featset_cpu_known(a), featset_cpu_known(b));
	featset_and(&one, featset_cpu_features(a), &both);
	featset_and(&other, featset_cpu_features(b), &both);
	assert_within(&one, &other, NULL, "QEMU has more");
	assert_within(&other, &one, NULL, "QEMU has less");
	assert_true(featset_count(&one) > 40 && featset_count(&both) > 100);
	featset_inventory_free(reply);
	featset_inventory_free(option);
	free(text);
}

/* ---- XAPI's dresses --------------------------------------------------------------------------- */

#define HVM "1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400"
#define HOST_HVM "1fcbfbff-f7fa3203-2c100800-00000021-00000001-000007ab-00000000-00000000-00001000-9c000400"
#define PV "1fc9cbf5-f6f83203-2991cbf5-00000023-00000001-00000329-00000000-00000000-00001000-8c000400"
#define CPU_INFO                                                                                                       \
	"{\"cpu_count\": \"24\", \"vendor\": \"GenuineIntel\", \"family\": \"6\", \"model\": \"63\", \"stepping\": "   \
	"\"2\", "                                                                                                      \
	"\"modelname\": \"Xeon; family: 7\", \"features_hvm\": \"" HVM "\", \"features_hvm_host\": \"" HOST_HVM        \
	"\", \"features_pv\": \"" PV "\", \"features_pv_host\": \"" PV "\"}"
#define RECORD                                                                                                         \
	"{\"OpaqueRef:4a0fde9c\": {\"uuid\": \"1de8f41d-0002-497c-b026-d8b687dee6a1\", \"name_label\": \"hera\", "     \
	"\"cpu_info\": " CPU_INFO "}}"

/* The same host in xe's text is the oracle: its reader is held against real listings elsewhere. */
static const char xe_text[] =
	"uuid ( RO)            : 1de8f41d-0002-497c-b026-d8b687dee6a1\n"
	"          name-label ( RW): hera\n"
	"            cpu_info (MRO): cpu_count: 24; vendor: GenuineIntel; family: 6; model: 63; stepping: 2; "
	"modelname: Xeon; family: 7; features_hvm: " HVM "; features_hvm_host: " HOST_HVM "; features_pv: " PV
	"; features_pv_host: " PV "\n";

static void assert_same_host(const char *text, const char *format)
{
	featset_inventory_t *one = read_as(text, format), *other = read_as(xe_text, "xe");

	assert_int_equal(featset_inventory_hosts(one), 1);
	assert_string_equal(featset_inventory_host_name(one, 0), "hera");
	assert_string_equal(featset_inventory_host_uuid(one, 0), "1de8f41d-0002-497c-b026-d8b687dee6a1");
	for (int slot = 0; slot < FEATSET_SLOTS; slot++) {
		const featset_cpu_t *a = featset_inventory_cpu(one, 0, (featset_slot_t)slot);
		const featset_cpu_t *b = featset_inventory_cpu(other, 0, (featset_slot_t)slot);

		assert_int_equal(a != NULL, b != NULL);
		if (!a)
			continue;
		assert_true(featset_equal(featset_cpu_features(a), featset_cpu_features(b)));
		assert_true(featset_equal(featset_cpu_known(a), featset_cpu_known(b)));
		assert_string_equal(featset_cpu_vendor(a), "GenuineIntel");
		assert_int_equal(featset_cpu_number(a, FEATSET_MODEL), 63);
		assert_int_equal(featset_cpu_number(a, FEATSET_XEN_LENGTH), 10);
	}
	featset_inventory_free(one);
	featset_inventory_free(other);
}

static void xapi_json(void **state)
{
	(void)state;
	assert_same_host("{\"jsonrpc\": \"2.0\", \"result\": " RECORD ", \"id\": 1}", "xapi");
	assert_same_host("{\"Status\": \"Success\", \"Value\": " RECORD "}", "xapi");
	assert_same_host(RECORD, "xapi");
	/* Pools have such a map, and VMs have words, but neither is a host. */
	assert_same_host("{\"pool\": {\"OpaqueRef:1\": {\"uuid\": \"x\", \"master\": \"OpaqueRef:4a0fde9c\", "
			 "\"cpu_info\": " CPU_INFO "}}, \"VM\": {\"OpaqueRef:2\": {\"uuid\": \"y\", \"power_state\": "
			 "\"Running\", \"last_boot_CPU_flags\": "
			 "{\"vendor\": \"GenuineIntel\", \"features\": \"" HVM "\"}}}, \"host\": " RECORD "}",
			 "xapi");
	/* Xen Orchestra, by id and as a list. */
	assert_same_host("{\"1de8f41d-0002-497c-b026-d8b687dee6a1\": {\"type\": \"host\", \"name_label\": \"hera\", "
			 "\"id\": \"1de8f41d-0002-497c-b026-d8b687dee6a1\", \"CPUs\": " CPU_INFO "}}",
			 "xapi");
	assert_same_host(
		"[{\"name_label\": \"hera\", \"id\": \"1de8f41d-0002-497c-b026-d8b687dee6a1\", \"CPUs\": " CPU_INFO
		"}]",
		"xapi");
}

#define ROW                                                                                                            \
	"<row ref=\"OpaqueRef:4a0fde9c\" __ctime=\"1\" __mtime=\"2\" uuid=\"1de8f41d-0002-497c-b026-d8b687dee6a1\" "   \
	"name__label=\"hera\" "                                                                                        \
	"cpu_info=\"(('cpu_count'%.'24')%.('vendor'%.'GenuineIntel')%.('family'%.'6')%.('model'%.'63')%."              \
	"('stepping'%.'2')%.('modelname'%.'Xeon;%.family:%.7')%.('features_hvm'%.'" HVM                                \
	"')%.('features_hvm_host'%.'" HOST_HVM "')%.('features_pv'%.'" PV "')%.('features_pv_host'%.'" PV "'))\"/>"

static void xapi_database(void **state)
{
	(void)state;
	assert_same_host(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<database><manifest><pair key=\"schema_major_vsn\" "
		"value=\"5\"/></manifest><table name=\"pool\"><row ref=\"OpaqueRef:1\" uuid=\"x\" "
		"cpu_info=\"(('vendor'%.'GenuineIntel'))\"/></table><table name=\"host\">" ROW "</table></database>\n",
		"xapi-db");
}

/* ---- Kubernetes -------------------------------------------------------------------------------- */

#define NFD "feature.node.kubernetes.io/cpu-"

static void labels(void **state)
{
	static const char describe[] =
		"Name:               node1\nRoles:              worker\n"
		"Labels:             beta.kubernetes.io/arch=amd64\n"
		"                    " NFD "cpuid.AVX2=true\n                    " NFD "cpuid.AESNI=true\n"
		"                    " NFD "model.family=6\n                    " NFD "model.id=63\n"
		"                    " NFD "model.vendor_id=Intel\n                    " NFD "cpuid.NOSUCH=true\n"
		"Annotations:        nfd.node.kubernetes.io/feature-labels: cpu-cpuid.AVX512F\n\n"
		"Name:               node2\nLabels:             " NFD "cpuid.FMA3=true\n";
	static const char table[] =
		"NAME    STATUS   ROLES    AGE   VERSION   LABELS\n"
		"node1   Ready    <none>   1d    v1.30     a.b/c=d," NFD "cpuid.AVX2=true," NFD "cpuid.AESNI=true," NFD
		"model.family=6," NFD "model.id=63," NFD "model.vendor_id=Intel\n"
		"node2   Ready    <none>   1d    v1.30     " NFD "cpuid.FMA3=true,x=y\n";
	static const char yaml[] = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    labels:\n"
				   "      " NFD "cpuid.AVX2: \"true\"\n      " NFD "cpuid.AESNI: \"true\"\n"
				   "      " NFD "model.family: \"6\"\n      " NFD "model.id: \"63\"\n      " NFD
				   "model.vendor_id: Intel\n    managedFields:\n    - fieldsV1:\n        f:" NFD
				   "cpuid.AVX512F: {}\n    name: node1\n"
				   "- apiVersion: v1\n  kind: Node\n  metadata:\n    labels:\n      " NFD
				   "cpuid.FMA3: \"true\"\n    name: node2\nkind: List\n";
	static const char json[] =
		"{\"kind\": \"List\", \"items\": [{\"metadata\": {\"name\": \"node1\", \"labels\": {\"" NFD
		"cpuid.AVX2\": \"true\", \"" NFD "cpuid.AESNI\": \"true\", \"" NFD "model.family\": \"6\", \"" NFD
		"model.id\": \"63\", \"" NFD
		"model.vendor_id\": \"Intel\"}}}, {\"metadata\": {\"name\": \"node2\", \"labels\": {\"" NFD
		"cpuid.FMA3\": \"true\"}}}]}";
	static const char *const texts[] = { describe, table, yaml, json };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		featset_inventory_t *inventory = read_as(texts[i], "nfd");
		const featset_cpu_t *cpu = cpu_of(inventory, 0);
		featset_t all;

		assert_int_equal(featset_inventory_hosts(inventory), 2);
		assert_string_equal(featset_inventory_host_name(inventory, 0), "node1");
		assert_string_equal(featset_inventory_host_name(inventory, 1), "node2");
		assert_true(has(cpu, FEATSET_AVX2) && has(cpu, FEATSET_AES) && has(cpu_of(inventory, 1), FEATSET_FMA));
		featset_minus(&all, featset_cpu_known(cpu), featset_cpu_features(cpu));
		assert_true(featset_is_empty(&all));
		assert_int_equal(featset_count(featset_cpu_features(cpu)), 2);
		assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), 63);
		assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
		assert_true(noted(inventory, "not what is missing"));
		assert_int_equal(noted(inventory, "NOSUCH"), i == 0);
		featset_inventory_free(inventory);
	}
}

#define AES_LABEL "cpu-feature.node.kubevirt.io/aes=true\n"

static void kubevirt_labels(void **state)
{
	static const char text[] =
		"cpu-feature.node.kubevirt.io/avx2=true\ncpu-feature.node.kubevirt.io/pclmuldq=true\n"
		"cpu-vendor.node.kubevirt.io/Intel=true\ncpu-model.node.kubevirt.io/Westmere=true\n"
		"host-model-required-features.node.kubevirt.io/erms=true\n" NFD "cpuid.AVX512F=true\n";
	featset_inventory_t *inventory = read_as(text, "nfd");
	const featset_cpu_t *cpu = cpu_of(inventory, 0);

	(void)state;
	assert_true(has(cpu, FEATSET_AVX2) && has(cpu, FEATSET_PCLMULQDQ) && has(cpu, FEATSET_ERMS));
	assert_true(has(cpu, FEATSET_AES) && unknown(cpu, FEATSET_AVX512F) && unknown(cpu, FEATSET_AVX));
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_PROMISED);
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	featset_inventory_free(inventory);
	/* libvirt marked MPX as removed from the models of Skylake, and has it in Denverton. */
	inventory = read_as(AES_LABEL "cpu-model.node.kubevirt.io/Skylake-Client=true\n", "nfd");
	assert_true(has(cpu_of(inventory, 0), FEATSET_XSAVEC) && unknown(cpu_of(inventory, 0), FEATSET_MPX));
	featset_inventory_free(inventory);
	inventory = read_as(AES_LABEL "cpu-model.node.kubevirt.io/Denverton=true\n", "nfd");
	assert_true(has(cpu_of(inventory, 0), FEATSET_MPX));
	featset_inventory_free(inventory);
}

/* ---- odds and ends ------------------------------------------------------------------------------- */

static void rare_forms(void **state)
{
	/* A blank is "%.", or two as "%_"; '%', tabs and ends of lines have letters; backslashes protect quotes. */
	static const char database[] = "<database><table name='host'><row uuid='u' name__label='a%.b%_c%%d%te%nf%rg' "
				       "cpu_info=\"( ('modelname'%.'it\\'s "
				       "a \\\\'%.)%.('features_hvm'%.'1fcbfbff') )\"/></table></database>";
	static const char passthrough[] = "<cpu mode='host-passthrough'><feature policy='disable' name='vmx'/></cpu>";
	static const char topology[] = "<cpu><topology sockets='1'/></cpu><cpu><model>Westmere</model></cpu>";
	static const char labels[] = "x.y/z=a," NFD "cpuid.AVX2=true," NFD "cpuid.X86_64_V3=true\n";
	static const char node[] = "{\"metadata\": {\"labels\": {\"" NFD "cpuid.AVX2\": true, \"" NFD
				   "pstate.status\": \"x\", \"n\": 1}}}";
	static const char question[] =
		"{\"execute\": \"query-cpu-model-expansion\", \"arguments\": {\"type\": \"static\", "
		"\"model\": {\"name\": \"IvyBridge\"}}}";
	featset_inventory_t *inventory = read_as(database, "xapi-db");

	(void)state;
	assert_string_equal(featset_inventory_host_name(inventory, 0), "a b  c%d\te\nf\rg");
	assert_string_equal(featset_cpu_brand(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM)), "it's a \\");
	featset_inventory_free(inventory);
	inventory = read_as(passthrough, "libvirt");
	assert_true(lacks(cpu_of(inventory, 0), FEATSET_VMX) && unknown(cpu_of(inventory, 0), FEATSET_AVX));
	assert_true(noted(inventory, "host-passthrough"));
	featset_inventory_free(inventory);
	inventory = read_as(topology, "libvirt");
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	featset_inventory_free(inventory);
	inventory = read_as(labels, "nfd");
	assert_string_equal(featset_inventory_host_name(inventory, 0), "");
	assert_true(has(cpu_of(inventory, 0), FEATSET_AVX2) && !noted(inventory, "X86_64"));
	featset_inventory_free(inventory);
	inventory = read_as(node, "nfd");
	assert_true(has(cpu_of(inventory, 0), FEATSET_AVX2));
	featset_inventory_free(inventory);
	inventory = read_as(question, "qemu");
	assert_true(has(cpu_of(inventory, 0), FEATSET_AVX) && lacks(cpu_of(inventory, 0), FEATSET_AVX2));
	featset_inventory_free(inventory);
	inventory = read_as(INTEL_BLOCK "flags\t\t: fpu user_shstk\n", "cpuinfo");
	assert_true(has(cpu_of(inventory, 0), FEATSET_SHSTK));
	featset_inventory_free(inventory);
}

/* A reply lists all properties: new ones are told, and the names of one feature must agree. */
static void qemu_long_reply(void **state)
{
	char text[4096] =
		"{\"return\": {\"model\": {\"name\": \"base\", \"props\": {\"brand-new\": true, \"ds-cpl\": true, ";
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };

	(void)state;
	for (int i = 0; i < 70; i++)
		snprintf(text + strlen(text), 32, "\"hv-%d\": false, ", i);
	strcat(text, "\"avx\": true}}}}");
	inventory = read_as(text, "qemu");
	assert_true(noted(inventory, "brand-new") && !noted(inventory, "hv-"));
	assert_true(has(cpu_of(inventory, 0), FEATSET_DS_CPL) && unknown(cpu_of(inventory, 0), FEATSET_AVX2));
	featset_inventory_free(inventory);
	memcpy(strstr(text, "\"avx\": true"), "\"ds_cpl\":false", 14);
	strcpy(strstr(text, "\"ds_cpl\":false") + 14, "}}}}");
	assert_int_equal(featset_read(&inventory, text, strlen(text), NULL, "text", &error), FEATSET_E_SYNTAX);
	assert_non_null(strstr(error.text, "under another"));
}

/* ---- what is refused, and where -------------------------------------------------------------- */

static void refused(void **state)
{
	static const struct {
		const char *format; /* NULL: as told by content */
		const char *text;
		unsigned line, column;
		const char *part;
	} cases[] = {
		{ NULL, "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n", 3, 0, "ARM" },
		{ NULL, "processor\t: 0\nvendor_id\t: X\n\nprocessor\t: 1\n", 1, 0, "no flags" },
		{ NULL, "processor\t: 0\nflags\t\t: fpu sse", 2, 10, "cut off" },
		{ NULL, INTEL_BLOCK "model\t\t: 86\nflags\t\t: fpu\n", 6, 1, "second \"model\"" },
		{ NULL, "processor\t: 0\nflags\t\t: fpu s$e\n", 2, 15, "names of flags" },
		{ NULL, "processor\t: 0\nrubbish\nflags\t\t: fpu\n", 2, 1, "expected a key" },
		{ "cpuinfo", "nothing: here\n", 1, 0, "no CPU" },
		{ NULL, "Architecture:   aarch64\nVendor ID:   ARM\n", 1, 17, "aarch64" },
		{ NULL, "Architecture:   x86_64\nVendor ID:   GenuineIntel\n", 1, 0, "no \"Flags:\"" },
		{ NULL, "Vendor ID: A\nFlags: fpu\nFlags: sse\n", 3, 1, "second \"Flags:\"" },
		{ NULL, "{\"lscpu\": 5}", 1, 2, "list of fields" },
		{ NULL, "{\"lscpu\": [{\"data\": \"x\"}]}", 1, 2, "\"field\"" },
		{ NULL, "{\"lscpu\": [], \"lscpu\": []}", 1, 21, "duplicate" },
		{ NULL, "  -mavx2   [enabled]\n  -mavx2   [disabled]\n", 2, 5, "twice" },
		{ "gcc", "int main;\n", 1, 0, "expected lines" },
		{ NULL, "-cpu IvyBridge,+nosuch\n", 1, 16, "no feature is called nosuch" },
		{ NULL, "-cpu IvyBridge,a$b\n", 1, 16, "name of a property" },
		{ NULL, "-cpu ,avx\n", 1, 6, "expected a model" },
		{ NULL, "-cpu Ivy/Bridge\n", 1, 9, "then a comma" },
		{ NULL, "Vendor ID: A\nFlags: fpu", 2, 8, "cut off" },
		{ NULL, "<database><table name='host'><row uuid='u' cpu_info='x'/></table></database>", 1, 30,
		  "no map" },
		{ NULL, "<database><table name='host'><row uuid='u' cpu_info='((a))'/></table></database>", 1, 30,
		  "map of strings" },
		{ NULL, "-cpu IvyBridge,,avx\n", 1, 16, "between commas" },
		{ NULL, "qemu-system-x86_64 -cpu\n", 1, 0, "behind -cpu" },
		{ NULL, "{\"return\": {\"model\": {\"props\": {}}}}", 1, 13, "a \"name\"" },
		{ NULL, "{\"return\": {}, \"props\": [1]}", 1, 0, "a \"name\"" },
		{ NULL, "{\"name\": \"IvyBridge\",\n\"props\": {\"avx3\": true}}", 2, 11, "avx3" },
		{ NULL, "{\"QMP\": {}}\n{\"return\": {}}\n{\"return\"", 3, 0, "no JSON" },
		{ NULL, "{\"QMP\": {}}\n{\"return\": {}}\n", 1, 0, "no CPU here" },
		{ NULL, "<cpu><model>Westmere</model>\n<feature name='bogus'/></cpu>", 2, 1, "bogus" },
		{ NULL, "<cpu><model>Westmere</model><vendor>Bogus</vendor></cpu>", 1, 42, "no vendor" },
		{ NULL, "<cpu><arch>s390x</arch></cpu>", 1, 17, "s390x" },
		{ NULL, "<cpu><model>A</model><feature name='aes' policy='maybe'/></cpu>", 1, 22, "policy" },
		{ NULL, "<cpu><model>A</model><feature name='aes'/><feature name='aes'/></cpu>", 1, 43, "twice" },
		{ NULL, "<cpu><model>A</model><model>B</model></cpu>", 1, 30, "second model" },
		{ NULL, "<capabilities><host/></capabilities>", 1, 0, "no <cpu>" },
		{ NULL, "<cpu><model>A</model>", 1, 0, "ends too early" },
		{ NULL, "<!DOCTYPE cpu SYSTEM 'file:///etc/passwd'><cpu/>", 1, 0, "DOCTYPE" },
		{ NULL, "{\"OpaqueRef:1\": {\"name_label\": \"hera\", \"cpu_info\": {\"vendor\": \"x\"}}}", 1, 33,
		  "host hera" },
		{ NULL, "{\"OpaqueRef:1\":\n{\"cpu_info\": {\"features_hvm\": \"1fcbfbff-xyz\"}}}", 2, 41,
		  "features_hvm is no" },
		{ NULL, "{\"OpaqueRef:1\": {\"cpu_info\": {\"features_hvm\": 5}}}", 1, 31, "no string" },
		{ NULL, "{\"Status\": \"Failure\", \"ErrorDescription\": [\"SESSION_INVALID\", \"x\"]}", 1, 44,
		  "SESSION_INVALID" },
		{ "xapi", "[]", 1, 0, "host.get_all_records" },
		{ NULL, "<database><table name='host'>\n<row uuid='u' cpu_info=\"(('a'%x'b'))\"/></table></database>",
		  2, 1, "after '%'" },
		{ NULL, "<database><table name='host'>\n<row uuid='u' cpu_info=\"(('a'%.'b')\"/></table></database>", 2,
		  1, "does not end" },
		{ NULL,
		  "<database><table name='host'>\n<row uuid='u' "
		  "cpu_info=\"(('a'%.'b')('a'%.'c'))\"/></table></database>",
		  2, 1, "twice" },
		{ NULL, "<database><table name='host'>\n<row uuid='u' cpu_info=\"()\"/></table></database>", 2, 6,
		  "host u" },
		{ NULL, "<database><table name='pool'/></database>", 1, 0, "no host" },
		{ NULL, NFD "cpuid.AVX2=true\n" NFD "cpuid.AVX2=false\n", 2, 1, "twice" },
		{ NULL, NFD "cpuid.AVX2=maybe\n", 1, 1, "true or false" },
		{ NULL, NFD "model.id=x\n" NFD "cpuid.AVX=true\n", 1, 1, "expected a number" },
		{ "nfd", "beta.kubernetes.io/arch=amd64\n", 1, 0, "no node" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const featset_format_t *format = cases[i].format ? featset_format_find(cases[i].format, NULL) : NULL;
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };
		featset_status_t status =
			featset_read(&inventory, cases[i].text, strlen(cases[i].text), format, "text", &error);

		if (not_built(&error))
			continue;
		if (status == FEATSET_OK || inventory || !strstr(error.text, cases[i].part) ||
		    error.line != cases[i].line || (cases[i].column && error.column != cases[i].column))
			fail_msg("case %zu, %s: %d %u:%u %s", i, cases[i].text, (int)status, error.line, error.column,
				 error.text);
		/* Without an error to fill, too. */
		assert_int_equal(featset_read(&inventory, cases[i].text, strlen(cases[i].text), format, NULL, NULL),
				 status);
	}
}

/* ---- main --------------------------------------------------------------------------------- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpuinfo_dumps),
		cmocka_unit_test(cpuinfo_by_vendor),
		cmocka_unit_test(cpuinfo_several),
		cmocka_unit_test(here_cpuinfo),
		cmocka_unit_test(here_lscpu),
		cmocka_unit_test(here_lscpu_json),
		cmocka_unit_test(here_gcc),
		cmocka_unit_test(lscpu_forms),
		cmocka_unit_test(gcc_options),
		cmocka_unit_test(libvirt_hosts),
		cmocka_unit_test(libvirt_guests),
		cmocka_unit_test(qemu_replies),
		cmocka_unit_test(rare_forms),
		cmocka_unit_test(qemu_long_reply),
		cmocka_unit_test(libvirt_baselines),
		cmocka_unit_test(qemu_offers),
		cmocka_unit_test(qemu_signatures),
		cmocka_unit_test(libvirt_policies),
		cmocka_unit_test(libvirt_documents),
		cmocka_unit_test(qemu_options),
		cmocka_unit_test(qemu_clears_what_depends),
		cmocka_unit_test(here_qemu_clears_what_depends),
		cmocka_unit_test(here_qemu),
		cmocka_unit_test(xapi_json),
		cmocka_unit_test(xapi_database),
		cmocka_unit_test(labels),
		cmocka_unit_test(kubevirt_labels),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
