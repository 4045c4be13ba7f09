/* SPDX-License-Identifier: MIT */
/*
 * Dumps of CPUID in every dress: real ones compared word by word with another
 * reading of the same file by sscanf, with what libcpuid and libvirt say of them,
 * and samples printed here the way each program prints.
 */
#define _POSIX_C_SOURCE 200809L

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

/* ---- help ---------------------------------------------------------------------- */

static const char *shared(const char *name)
{
	static char path[4096];
	const char *root = getenv("FEATSET_SHARED");

	snprintf(path, sizeof(path), "%s/data/%s", root ? root : "../shared", name);
	if (access(path, R_OK) != 0) {
		print_message("[          ] skipped: %s is not there\n", path);
		skip();
	}
	return path;
}

static bool can_read(const char *format)
{
	featset_inventory_t *inventory = NULL;
	featset_status_t status = featset_read(&inventory, "x", 1, featset_format_find(format, NULL), NULL, NULL);

	featset_inventory_free(inventory);
	return status != FEATSET_E_UNSUPPORTED;
}

static void need(const char *format)
{
	if (can_read(format))
		return;
	print_message("[          ] skipped: this build does not read %s\n", format);
	skip();
}

static char *slurp(const char *path)
{
	FILE *stream = fopen(path, "rb");
	char *text = calloc(1, 1 << 20);

	if (!stream || !text)
		fail_msg("cannot open %s", path);
	text[fread(text, 1, (1 << 20) - 1, stream)] = '\0';
	fclose(stream);
	return text;
}

static featset_inventory_t *read_sized(const char *text, size_t size, const char *format)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	char told[1024];

	if (featset_read(&inventory, text, size, NULL, "text", &error) != FEATSET_OK) {
		featset_error_write(told, sizeof(told), &error);
		fail_msg("%s\n%.400s", told, text);
	}
	if (strcmp(featset_inventory_format(inventory), format) != 0)
		fail_msg("read as %s, not as %s: %.400s", featset_inventory_format(inventory), format, text);
	return inventory;
}

static featset_inventory_t *read_text(const char *text, const char *format)
{
	return read_sized(text, strlen(text), format);
}

static const featset_cpu_t *cpu_of(const featset_inventory_t *inventory, size_t host, featset_slot_t slot)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, slot);

	if (!cpu)
		fail_msg("host %zu has no cpu in slot %d", host, (int)slot);
	return cpu;
}

static const featset_cpu_t *first(const featset_inventory_t *inventory)
{
	return cpu_of(inventory, 0, FEATSET_SLOT_CPU);
}

static uint32_t known(const featset_cpu_t *cpu, const char *name)
{
	return featset_word(featset_cpu_known(cpu), featset_word_find(name));
}

static uint32_t bits(const featset_cpu_t *cpu, const char *name)
{
	return featset_word(featset_cpu_features(cpu), featset_word_find(name));
}

static bool was_read(const featset_cpu_t *cpu, const char *name)
{
	return featset_cpu_words(cpu) >> featset_word_find(name) & 1;
}

static bool has(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return featset_has(featset_cpu_features(cpu), feature);
}

static bool noted(const featset_inventory_t *inventory, const char *part)
{
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		if (strstr(featset_inventory_note(inventory, i), part))
			return true;
	return false;
}

static void check_refused(const char *format, const char *text, featset_status_t status, unsigned line,
			  const char *part)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	assert_int_equal(
		featset_read(&inventory, text, strlen(text), featset_format_find(format, NULL), "text", &error),
		status);
	assert_null(inventory);
	if (error.line != line || !strstr(error.text, part))
		fail_msg("%s: line %u: %s", format, error.line, error.text);
}

/* ---- another reading of a file ------------------------------------------------------ */

struct leaf {
	uint32_t leaf, subleaf, regs[4];
};

/* A CPU's leaves as sscanf finds them. */
struct table {
	struct leaf leaf[512];
	size_t count;
};

static const uint32_t *find(const struct table *table, uint32_t leaf, uint32_t subleaf)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->leaf[i].leaf == leaf && table->leaf[i].subleaf == subleaf)
			return table->leaf[i].regs;
	return NULL;
}

static void add(struct table *table, const struct leaf *leaf)
{
	assert_true(table->count < sizeof(table->leaf) / sizeof(table->leaf[0]));
	if (!find(table, leaf->leaf, leaf->subleaf))
		table->leaf[table->count++] = *leaf;
}

/* CPUs of AIDA64's text; a leaf 0 starts each. */
static size_t aida64_tables(struct table *tables, size_t room, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t count = 0;
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		struct leaf l = { 0 };

		if (sscanf(line, "CPUID %8x: %8x-%8x-%8x-%8x [SL %2x]", &l.leaf, &l.regs[0], &l.regs[1], &l.regs[2],
			   &l.regs[3], &l.subleaf) < 5)
			continue;
		count += !l.leaf;
		assert_in_range(count, 1, room);
		if (!l.leaf)
			tables[count - 1].count = 0;
		add(&tables[count - 1], &l);
	}
	fclose(file);
	return count;
}

static void cpudata_table(struct table *table, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];

	assert_non_null(file);
	table->count = 0;
	while (fgets(line, sizeof(line), file)) {
		struct leaf l;

		if (sscanf(line, " <cpuid eax_in='0x%x' ecx_in='0x%x' eax='0x%x' ebx='0x%x' ecx='0x%x' edx='0x%x'",
			   &l.leaf, &l.subleaf, &l.regs[0], &l.regs[1], &l.regs[2], &l.regs[3]) == 6)
			add(table, &l);
	}
	fclose(file);
}

/* Words that no other feature decides: they are read when their leaf is in the dump and not past the maximum. */
static const char *const free_words[] = {
	"1.0.edx", "1.0.ecx",        "80000001.0.edx", "80000001.0.ecx", "d.1.eax",        "7.0.ebx", "7.0.ecx",
	"7.0.edx", "80000007.0.edx", "80000008.0.ebx", "7.1.eax",        "80000021.0.eax", "7.1.ebx", "7.2.edx",
	"7.1.ecx", "7.1.edx",        "80000021.0.ecx", "6.0.eax",        "6.0.ecx",        "d.0.eax", "d.1.ecx",
	"f.1.edx", "10.0.ebx",       "80000007.0.ebx", "8000001f.0.eax", "80000022.0.eax",
};

static bool past_maximum(const struct table *table, uint32_t leaf, uint32_t subleaf)
{
	const uint32_t *base = find(table, leaf & 0xc0000000, 0), *seven = find(table, 7, 0), *f = find(table, 0xf, 0);

	if (!base || (base[0] ^ leaf) >> 16 || leaf > base[0])
		return true;
	if (leaf == 0xf)
		return !f || !(f[3] >> subleaf & 1);
	return leaf == 7 && seven && subleaf > seven[0];
}

static void check_table(const featset_cpu_t *cpu, const struct table *table)
{
	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		const uint32_t *regs;

		if (!(featset_cpu_words(cpu) >> word & 1) || featset_word_source(word) != FEATSET_SOURCE_CPUID)
			continue;
		regs = find(table, featset_word_index(word), featset_word_subleaf(word));
		if (!regs || regs[featset_word_register(word)] != featset_cpu_word(cpu, word))
			fail_msg("%s is not %08x", featset_word_name(word), (unsigned)featset_cpu_word(cpu, word));
	}
	for (size_t i = 0; i < sizeof(free_words) / sizeof(free_words[0]); i++) {
		unsigned word = featset_word_find(free_words[i]);
		uint32_t leaf = featset_word_index(word), subleaf = featset_word_subleaf(word);
		uint32_t flags = featset_word_flags(word), sure = known(cpu, free_words[i]);
		const uint32_t *regs = find(table, leaf, subleaf);

		/* 32-bit programs see no SYSCALL on Intel. */
		if (word == 2 && !has(cpu, FEATSET_SYSCALL))
			flags &= ~(1u << 11), sure &= ~(1u << 11);
		if (past_maximum(table, leaf, subleaf))
			assert_int_equal(sure, flags);
		else if (regs && (!was_read(cpu, free_words[i]) || sure != flags))
			fail_msg("%s was not read", free_words[i]);
		else if (!regs && sure)
			fail_msg("%s is known, though it is not in the dump", free_words[i]);
	}
}

static void check_identity(const featset_cpu_t *cpu, const struct table *table)
{
	const uint32_t *zero = find(table, 0, 0), *one = find(table, 1, 0);
	uint32_t family = one[0] >> 8 & 15, model = one[0] >> 4 & 15;
	char vendor[13] = "";

	memcpy(vendor, &zero[1], 4);
	memcpy(vendor + 4, &zero[3], 4);
	memcpy(vendor + 8, &zero[2], 4);
	assert_string_equal(featset_cpu_vendor(cpu), vendor);
	if (family == 6 || family == 7 || family == 15)
		model += (one[0] >> 16 & 15) << 4;
	if (family == 15)
		family += one[0] >> 20 & 255;
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), family);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), model);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), one[0] & 15);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MAX_BASIC), zero[0]);
}

/* What both have alike after a round trip: all of it. */
static void check_same(const featset_cpu_t *a, const featset_cpu_t *b, const featset_t *left_out)
{
	for (unsigned i = 0; i < FEATSET_WORDS; i++) {
		featset_t lost = *left_out;

		if (featset_word(&lost, i))
			continue;
		if (featset_word(featset_cpu_features(a), i) != featset_word(featset_cpu_features(b), i))
			fail_msg("%s: %08x, then %08x", featset_word_name(i),
				 (unsigned)featset_word(featset_cpu_features(a), i),
				 (unsigned)featset_word(featset_cpu_features(b), i));
		if (featset_word(featset_cpu_known(a), i) != featset_word(featset_cpu_known(b), i))
			fail_msg("%s: known %08x, then %08x", featset_word_name(i),
				 (unsigned)featset_word(featset_cpu_known(a), i),
				 (unsigned)featset_word(featset_cpu_known(b), i));
		assert_int_equal(featset_cpu_word(a, i), featset_cpu_word(b, i));
	}
	for (int i = 0; i < FEATSET_NUMBERS; i++)
		assert_int_equal(featset_cpu_number(a, (featset_number_t)i),
				 featset_cpu_number(b, (featset_number_t)i));
	assert_string_equal(featset_cpu_vendor(a), featset_cpu_vendor(b));
	assert_string_equal(featset_cpu_brand(a), featset_cpu_brand(b));
	assert_int_equal(featset_cpu_view(a), featset_cpu_view(b));
}

static void round_trip(const featset_cpu_t *cpu, const char *name)
{
	const featset_format_t *format = featset_format_find(name, NULL);
	featset_inventory_t *inventory;
	featset_t left_out;
	size_t length = 0;
	char *text;

	if (!featset_format_writes(format))
		return;
	assert_int_equal(featset_write(NULL, 0, &length, cpu, format, FEATSET_CANONICAL, NULL, NULL), FEATSET_OK);
	text = malloc(length + 1);
	assert_int_equal(featset_write(text, length + 1, &length, cpu, format, FEATSET_CANONICAL, &left_out, NULL),
			 FEATSET_OK);
	inventory = read_text(text, name);
	check_same(cpu, first(inventory), &left_out);
	featset_inventory_free(inventory);
	free(text);
}

/* Calls a function with every file of a folder of data; how many there were. */
static size_t each_file(const char *folder, const char *part, const char *ending, void (*look)(const char *path))
{
	char root[4096];
	struct dirent *entry;
	size_t count = 0;
	DIR *directory;

	snprintf(root, sizeof(root), "%s", shared(folder));
	directory = opendir(root);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		size_t length = strlen(entry->d_name), tail = strlen(ending);
		char path[8192];

		if (length < tail || strcmp(entry->d_name + length - tail, ending) != 0 || !strstr(entry->d_name, part))
			continue;
		snprintf(path, sizeof(path), "%s/%s", root, entry->d_name);
		look(path);
		count++;
	}
	closedir(directory);
	return count;
}

/* ---- AIDA64 ------------------------------------------------------------------------- */

#define CPUS 64

/* libcpuid's names of features that it looks for in every CPU, whoever made it. */
static const char *const everywhere[] = {
	"pni", "pclmul", "ssse3",   "cx16",     "sse4_1",   "sse4_2",   "movbe",    "popcnt",     "aes",
	"avx", "f16c",   "rdrand",  "fma3",     "avx2",     "bmi1",     "bmi2",     "rdseed",     "adx",
	"lm",  "sha_ni", "avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl", "avx512vnni",
};

static bool among(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* What libcpuid expects of the first CPU is the last line but blanks. */
static void check_libcpuid(const char *path, const featset_cpu_t *cpu)
{
	char *text = slurp(path), *rule = strstr(text, "----------\n"), *names[256], *at;
	size_t count = 0, length;

	assert_non_null(rule);
	for (length = strlen(text); length && strchr(" \n\r", text[length - 1]); length--)
		text[length - 1] = '\0';
	at = strrchr(text, '\n') + 1;
	if (strncmp(at, "fpu", 3) != 0)
		fail_msg("%s: no list of flags", path);
	for (char *name = strtok(at, " "); name; name = strtok(NULL, " "))
		names[count++] = name;
	for (size_t i = 0; i < count; i++) {
		featset_feature_t feature;

		/* Linux's own, and what libcpuid derives from several bits. */
		if (!strcmp(names[i], "constant_tsc"))
			continue;
		if (featset_feature_find(&feature, names[i], FEATSET_LIBCPUID, NULL) != FEATSET_OK)
			fail_msg("%s: what is %s?", path, names[i]);
		if (!has(cpu, feature))
			fail_msg("%s: %s is missing", path, names[i]);
	}
	for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++) {
		featset_feature_t feature;

		if (featset_feature_find(&feature, everywhere[i], FEATSET_LIBCPUID, NULL) != FEATSET_OK)
			fail_msg("what is %s?", everywhere[i]);
		if (has(cpu, feature) != among(names, count, everywhere[i]))
			fail_msg("%s: %s", path, everywhere[i]);
	}
	free(text);
}

static void look_at_aida64(const char *path)
{
	static struct table tables[CPUS];
	size_t count = aida64_tables(tables, CPUS, path);
	featset_inventory_t *inventory = NULL;
	const featset_cpu_t *cpu;

	assert_int_equal(featset_read_file(&inventory, path, NULL, 0, NULL), FEATSET_OK);
	assert_string_equal(featset_inventory_format(inventory), "aida64");
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	cpu = first(inventory);
	assert_int_equal(featset_cpu_count(cpu), count == 1 ? 0 : count);
	for (size_t i = 0; i < count; i++) {
		const featset_cpu_t *each = count == 1 ? cpu : featset_cpu_at(cpu, i);

		check_table(each, &tables[i]);
		check_identity(each, &tables[i]);
		round_trip(each, "aida64");
		round_trip(each, "cpuid");
		round_trip(each, "libvirt-cpudata");
	}
	check_libcpuid(path, count == 1 ? cpu : featset_cpu_at(cpu, 0));
	featset_inventory_free(inventory);
}

static void aida64_files(void **state)
{
	(void)state;
	assert_int_equal(each_file("libcpuid/aida64", "", ".test", look_at_aida64), 11);
}

static void look_at_native(const char *path)
{
	featset_inventory_t *inventory = NULL;
	const featset_cpu_t *cpu;

	assert_int_equal(featset_read_file(&inventory, path, NULL, 0, NULL), FEATSET_OK);
	assert_string_equal(featset_inventory_format(inventory), "libcpuid");
	cpu = first(inventory);
	check_libcpuid(path, featset_cpu_count(cpu) ? featset_cpu_at(cpu, 0) : cpu);
	featset_inventory_free(inventory);
}

static void libcpuid_flags(void **state)
{
	(void)state;
	assert_in_range(each_file("libcpuid/native", "", ".test", look_at_native), 40, 50);
}

/* The E5-2697 v2's leaves as an old version printed them, in every way that is seen. */
static void aida64_forms(void **state)
{
	static const char *const forms[] = {
		"CPUID %s: %s-%s-%s-%s\r\n", "CPUID %s  \t%s-%s-%s-%s\n",         "CPUID %s : %s-%s-%s-%s\n",
		"CPUID %s: %s %s %s %s\n",   "      CPUID %s      %s-%s-%s-%s\n", "CPUID %s: %s-%s-%s-%s [\xe9\xff]\n",
	};
	static const char *const leaves[][5] = {
		{ "00000000", "0000000D", "756E6547", "6C65746E", "49656E69" },
		{ "00000001", "000306E4", "00200800", "7FBEE3FF", "BFEBFBFF" },
		{ "00000007", "00000000", "00000281", "00000000", "00000000" },
		{ "0000000D", "00000007", "00000340", "00000340", "00000000" },
		{ "0000000D", "00000100", "00000240", "00000000", "00000000" },
		{ "80000000", "80000008", "00000000", "00000000", "00000000" },
		{ "80000001", "00000000", "00000000", "00000001", "2C100000" },
	};

	(void)state;
	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		featset_inventory_t *inventory;
		const featset_cpu_t *cpu;
		char text[4096];
		size_t at = 0;

		/* Twice: two CPUs without a header. */
		for (size_t i = 0; i < 14; i++) {
			const char *const *l = leaves[i % 7];

			at += (size_t)snprintf(text + at, sizeof(text) - at, forms[f], l[0], l[1], l[2], l[3], l[4]);
		}
		inventory = read_text(text, "aida64");
		cpu = first(inventory);
		assert_int_equal(featset_cpu_count(cpu), 2);
		assert_int_equal(bits(cpu, "1.0.ecx"), 0x7fbee3ff);
		assert_int_equal(bits(cpu, "7.0.ebx"), 0x281);
		assert_int_equal(bits(cpu, "d.0.eax"), 7);
		/* The second line of leaf D is subleaf 2 in truth, and nobody can tell. */
		assert_int_equal(known(cpu, "d.1.eax"), 0);
		assert_int_equal(bits(cpu, "80000001.0.edx"), 0x2c100000);
		assert_int_equal(known(cpu, "80000001.0.edx"), 0xffffffff & ~(1u << 11));
		assert_int_equal(featset_cpu_word(cpu, 2), 0x2c100000);
		featset_inventory_free(inventory);
	}
}

static void aida64_more(void **state)
{
	static const char text[] = "\n------[ Versions ]------\n\nProgram Version : AIDA64\n\n"
				   "------[ Logical CPU #0 ]------\n\n"
				   "allcpu: Package 0 / Core 0 / Thread 0: Valid, Intel Core\n\n"
				   "CPUID 00000000: 00000020-756E6547-6C65746E-49656E69 [GenuineIntel]\n"
				   "CPUID 00000001: 00090672-00800800-7FFAFBFF-BFEBFBFF\n"
				   "CPUID 00000007: 00000001-239CA7EB-98C027AC-FC1CC410 [SL 00]\n"
				   "CPUID 00000007: 00400810-00000000-00000000-00000000 [SL 01]\n"
				   "CPUID 0000000D: 00000207-00000A88-00000A88-00000000 [SL 00]\n"
				   "CPUID 0000000D: 0000000F-00000670-00019900-00000000 [SL 01]\n"
				   "CPUID 0000000D: 00000008-00000A80-00000000-00000000 [SL 09] [PKRU]\n"
				   "CPUID 0000000D: 00000008-00000000-00000001-00000000 [SL 10]\n"
				   "CPUID 80000000: 80000008-00000000-00000000-00000000\n"
				   "CPUID 80000001: 00000000-00000000-00000121-2C100800\n"
				   "CPUID 80000007: 00000000-00000000-00000000-00000100\n"
				   "CPUID 80000008: 0000302E-00000000-00000000-00000000\n"
				   "L1 Data Cache: 48 KB\n\n"
				   "------[ Logical CPU #1 ]------\n\n"
				   "allcpu: Package 0 / Core 8 / Thread 0: Valid, Intel Atom\n\n"
				   "CPUID 00000000: 00000020-756E6547-6C65746E-49656E69 [GenuineIntel]\n"
				   "CPUID 00000001: 00090672-00800800-7FFAFBFF-BFEBFBFF\n"
				   "CPUID 00000007: 00000001-239CA7EA-98C027AC-FC1CC410 [SL 00]\n"
				   "------[ Logical CPU #2 ]------\n\n"
				   "allcpu: Invalid\n\n"
				   "------[ MSR Registers ]------\n\n"
				   "MSR 00000017: 0004-0000-0000-0000 [PlatID = 1]\n"
				   "MSR 000000CE: < FAILED >\n"
				   "MSR 0000010A: 4000-0000-0D89-FD6B [S200]\n"
				   "MSR 0000010A: 0000-0000-0000-0000\n"
				   "----------------------------------------------------------------------------"
				   "----\nCPUID 00000000: 00000001-00000000-00000000-00000000\n";
	featset_inventory_t *inventory;
	const featset_cpu_t *cpu, *p;

	(void)state;
	inventory = read_text(text, "aida64");
	cpu = first(inventory);
	assert_int_equal(featset_cpu_count(cpu), 2);
	p = featset_cpu_at(cpu, 0);
	assert_string_equal(featset_cpu_core_type(p), "P");
	assert_string_equal(featset_cpu_core_type(featset_cpu_at(cpu, 1)), "E");
	assert_string_equal(featset_cpu_core_type(cpu), "");
	assert_int_equal(bits(p, "d.0.eax"), 0x207);
	assert_int_equal(bits(p, "d.1.eax"), 0xf);
	assert_int_equal(bits(p, "d.1.ecx"), 0x19900);
	assert_int_equal(bits(p, "7.1.eax"), 0x400810);
	assert_int_equal(known(featset_cpu_at(cpu, 1), "7.1.eax"), 0);
	assert_int_equal(bits(cpu, "msr.10a.low"), 0x0d89fd6b);
	assert_int_equal(bits(cpu, "msr.10a.high"), 0x40000000);
	assert_int_equal(known(cpu, "msr.ce.low"), 0);
	assert_true(noted(inventory, "fsgsbase"));
	assert_true(noted(inventory, "1 logical CPU of core type P, 1 logical CPU of core type E"));
	round_trip(p, "aida64");
	round_trip(p, "libvirt-cpudata");
	featset_inventory_free(inventory);
}

/* A real Haswell with a flipped bit in its vendor string. */
static void odd_vendor(void **state)
{
	featset_inventory_t *inventory = read_text("CPUID 00000000: 0000000D-756E6547-6C65746F-49656E69\n"
						   "CPUID 00000001: 000306C3-00100800-7FFAFBFF-BFEBFBFF\n"
						   "CPUID 80000000: 80000008-00000000-00000000-00000000\n"
						   "CPUID 80000001: 00000000-00000000-00000021-2C100000\n",
						   "aida64");

	(void)state;
	assert_string_equal(featset_cpu_vendor(first(inventory)), "GenuineIotel");
	assert_true(noted(inventory, "GenuineIotel"));
	assert_false(featset_has(featset_cpu_known(first(inventory)), FEATSET_SYSCALL));
	featset_inventory_free(inventory);
	/* AMD shows SYSCALL to 32-bit programs too. */
	inventory = read_text("CPUID 00000000: 00000001-68747541-444D4163-69746E65\n"
			      "CPUID 00000001: 00000F48-00000800-00000000-078BFBFF\n"
			      "CPUID 80000000: 80000008-68747541-444D4163-69746E65\n"
			      "CPUID 80000001: 00000F48-00000000-00000000-E1D3F3FF\n",
			      "aida64");
	assert_true(featset_has(featset_cpu_known(first(inventory)), FEATSET_SYSCALL));
	assert_false(has(first(inventory), FEATSET_SYSCALL));
	assert_false(noted(inventory, "vendor"));
	featset_inventory_free(inventory);
}

/* ---- libvirt -------------------------------------------------------------------------- */

/* <feature name='ds'/> of what libvirt made of the dump; it takes the model's features for granted. */
static void check_libvirt_host(const char *path, const featset_cpu_t *cpu)
{
	char name[8192], *text;
	size_t count = 0;

	snprintf(name, sizeof(name), "%.*s-host.xml", (int)(strlen(path) - 4), path);
	if (access(name, R_OK) != 0)
		return;
	text = slurp(name);
	for (char *at = text; (at = strstr(at, "<feature name='")) != NULL;) {
		featset_feature_t feature;
		char *end;

		at += strlen("<feature name='");
		end = strchr(at, '\'');
		*end = '\0';
		if (featset_feature_find(&feature, at, FEATSET_LIBVIRT, NULL) == FEATSET_OK && !has(cpu, feature) &&
		    featset_has(featset_cpu_known(cpu), feature))
			fail_msg("%s: %s is missing", path, at);
		at = end + 1;
		count++;
	}
	assert_true(count > 3);
	free(text);
}

/* "0306f2": 1.EAX, then the numbers in it */
static void check_signature(const char *path, const featset_cpu_t *cpu)
{
	int family, model, stepping;
	char name[8192], *text;

	snprintf(name, sizeof(name), "%.*s.sig", (int)(strlen(path) - 4), path);
	if (access(name, R_OK) != 0)
		return;
	text = slurp(name);
	assert_int_equal(sscanf(text, "%*x family: %d (%*x) model: %d (%*x) stepping: %d", &family, &model, &stepping),
			 3);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), family);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), model);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), stepping);
	free(text);
}

static size_t cpudata_seen, cpudata_msrs;

static void look_at_cpudata(const char *path)
{
	featset_inventory_t *inventory = NULL;
	static struct table table;
	const featset_cpu_t *cpu;
	char *text, *msr;

	if (strstr(path, "-host.xml") || strstr(path, "-guest.xml") || strstr(path, "-json.xml"))
		return;
	cpudata_seen++;
	cpudata_table(&table, path);
	assert_int_equal(featset_read_file(&inventory, path, NULL, 0, NULL), FEATSET_OK);
	assert_string_equal(featset_inventory_format(inventory), "libvirt-cpudata");
	cpu = first(inventory);
	check_table(cpu, &table);
	check_identity(cpu, &table);
	check_signature(path, cpu);
	check_libvirt_host(path, cpu);
	round_trip(cpu, "aida64");
	round_trip(cpu, "libvirt-cpudata");
	text = slurp(path);
	msr = strstr(text, "<msr index='0x10a'");
	if (msr) {
		unsigned low, high;

		assert_int_equal(sscanf(msr, "<msr index='0x10a' edx='0x%x' eax='0x%x'", &high, &low), 2);
		assert_int_equal(bits(cpu, "msr.10a.low"), low);
		assert_int_equal(bits(cpu, "msr.10a.high"), high);
		cpudata_msrs++;
	}
	free(text);
	featset_inventory_free(inventory);
}

static void cpudata_files(void **state)
{
	(void)state;
	need("libvirt-cpudata");
	cpudata_seen = cpudata_msrs = 0;
	each_file("libvirt", "-cpuid-", ".xml", look_at_cpudata);
	assert_int_equal(cpudata_seen, 31);
	assert_int_equal(cpudata_msrs, 3);
}

static void cpudata_texts(void **state)
{
	featset_inventory_t *inventory;

	(void)state;
	need("libvirt-cpudata");
	/* Two hosts, and one that is a choice of bits without leaf 0. */
	inventory = read_text(
		"<?xml version='1.0'?>\n<!-- a -->\n<cpudata arch='x86'>\n"
		"<cpuid eax_in='0x0' ecx_in='0x0' eax='0x1' ebx='0x756e6547' ecx='0x6c65746e' edx='0x49656e69'/>\n"
		"<cpuid eax_in='0x1' ecx_in='0x0' eax='0x6f2' ebx='0x0' ecx='0x1' edx='0x78bfbff'/>\n"
		"</cpudata>\n<?xml version='1.0'?>\n"
		"<cpudata arch='x86'><cpuid function='0x00000007' eax='0' ebx='0x20' ecx='0x0' edx='0x0'/>"
		"<msr index='0x10a' edx='0x1' eax='0x4c'/></cpudata>",
		"libvirt-cpudata");
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_int_equal(bits(first(inventory), "1.0.ecx"), 1);
	assert_true(featset_has(featset_cpu_known(first(inventory)), FEATSET_AVX2));
	assert_int_equal(bits(cpu_of(inventory, 1, FEATSET_SLOT_CPU), "7.0.ebx"), 0x20);
	assert_int_equal(bits(cpu_of(inventory, 1, FEATSET_SLOT_CPU), "msr.10a.low"), 0x4c);
	assert_int_equal(known(cpu_of(inventory, 1, FEATSET_SLOT_CPU), "1.0.ecx"), 0);
	featset_inventory_free(inventory);
}

/* ---- Firecracker ----------------------------------------------------------------------- */

/* A register of a leaf in a fingerprint, by strstr. */
static bool firecracker_register(const char *text, uint32_t leaf, uint32_t subleaf, const char *name, uint32_t *ones,
				 uint32_t *said)
{
	char head[128], bitmap[64];
	const char *at, *end;

	for (at = text; (at = strstr(at, "\"leaf\": \"")) != NULL;) {
		unsigned l, s;

		at += 9;
		if (sscanf(at, "0x%x\", \"subleaf\": \"0x%x\"", &l, &s) == 2 && l == leaf && s == subleaf)
			break;
	}
	if (!at)
		return false;
	end = strstr(at, "\"leaf\"");
	snprintf(head, sizeof(head), "\"register\": \"%s\"", name);
	at = strstr(at, head);
	if (!at || (end && at > end))
		return false;
	at = strstr(at, "0b");
	assert_int_equal(sscanf(at, "0b%40[01x]", bitmap), 1);
	assert_int_equal(strlen(bitmap), 32);
	*ones = *said = 0;
	for (int i = 0; i < 32; i++) {
		*ones |= (uint32_t)(bitmap[i] == '1') << (31 - i);
		*said |= (uint32_t)(bitmap[i] != 'x') << (31 - i);
	}
	return true;
}

/* sscanf's blanks match any white space, so that one line is as good as many. */
static void look_at_firecracker(const char *path)
{
	static const char *const names[4] = { "eax", "ebx", "ecx", "edx" };
	bool fingerprint = strstr(path, "fingerprint") != NULL;
	featset_inventory_t *inventory = NULL;
	char *text = slurp(path);
	const featset_cpu_t *cpu;
	size_t seen = 0;

	assert_int_equal(featset_read_file(&inventory, path, NULL, 0, NULL), FEATSET_OK);
	assert_string_equal(featset_inventory_format(inventory), "firecracker");
	cpu = first(inventory);
	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		uint32_t ones, said, flags = featset_word_flags(word);

		if (featset_word_source(word) != FEATSET_SOURCE_CPUID ||
		    !firecracker_register(text, featset_word_index(word), featset_word_subleaf(word),
					  names[featset_word_register(word)], &ones, &said))
			continue;
		if (fingerprint && !(featset_cpu_words(cpu) >> word & 1))
			continue; /* past a maximum, or of a feature that is absent */
		assert_int_equal(featset_word(featset_cpu_features(cpu), word), ones & flags);
		assert_int_equal(featset_word(featset_cpu_known(cpu), word), said & flags);
		seen++;
	}
	assert_true(seen >= (fingerprint ? 16 : 7));
	assert_string_equal(featset_cpu_vendor(cpu), !fingerprint                    ? ""
						     : strstr(path, "_AMD_") != NULL ? "AuthenticAMD"
										     : "GenuineIntel");
	featset_inventory_free(inventory);
	free(text);
}

static void firecracker_files(void **state)
{
	(void)state;
	need("firecracker");
	assert_int_equal(each_file("firecracker", "", ".json", look_at_firecracker), 5);
}

static void firecracker_texts(void **state)
{
	featset_inventory_t *inventory;

	(void)state;
	need("firecracker");
	inventory = read_text("{\"cpuid_modifiers\":[{\"leaf\":\"0x1\",\"subleaf\":\"0x0\",\"flags\":0,\"modifiers\":["
			      "{\"register\":\"ecx\",\"bitmap\":\"0b1_x_0\"}]}],"
			      "\"msr_modifiers\":[{\"addr\":\"0x10a\",\"bitmap\":\"0b1x\"}]}",
			      "firecracker");
	assert_int_equal(known(first(inventory), "1.0.ecx"), 5);
	assert_int_equal(bits(first(inventory), "1.0.ecx"), 4);
	assert_int_equal(known(first(inventory), "msr.10a.low"), 2);
	assert_int_equal(bits(first(inventory), "msr.10a.low"), 2);
	assert_int_equal(known(first(inventory), "msr.10a.high"), 0);
	featset_inventory_free(inventory);
	check_refused("firecracker",
		      "{\"cpuid_modifiers\":[{\"leaf\":\"0x1\",\"subleaf\":\"0x0\",\"modifiers\":["
		      "{\"register\":\"ecx\",\"bitmap\":\"0b012\"}]}]}",
		      FEATSET_E_SYNTAX, 0, "0, 1 and x");
	check_refused("firecracker", "{\"cpuid_modifiers\":[{\"leaf\":1}]}", FEATSET_E_SYNTAX, 0, "leaf");
	check_refused("firecracker", "{\"cpuid_modifiers\":[],\n\"cpuid_modifiers\":[]}", FEATSET_E_SYNTAX, 2, "JSON");
	check_refused("firecracker", "{\"cpuid_modifiers\":[7]}", FEATSET_E_SYNTAX, 0, "objects");
}

#define LEAF(rest) "{\"cpuid_modifiers\":[{\"leaf\":\"0x1\"," rest "}]}"
#define MODIFIER(rest) LEAF("\"subleaf\":\"0\",\"modifiers\":[{" rest "}]")

static void firecracker_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "[]", "cpuid_modifiers" },
		{ "{}", "cpuid_modifiers" },
		{ "{\"cpuid_modifiers\":{}}", "an array" },
		{ "{\"cpuid_modifiers\":[],\"msr_modifiers\":\"\"}", "an array" },
		{ "{\"cpuid_modifiers\":[{}]}", "leaf" },
		{ "{\"cpuid_modifiers\":[{\"leaf\":\"0x123456789\"}]}", "leaf" },
		{ LEAF("\"subleaf\":\"one\""), "subleaf" },
		{ LEAF("\"subleaf\":\"0x0\""), "modifiers" },
		{ LEAF("\"subleaf\":\"0x0\",\"modifiers\":7"), "modifiers" },
		{ MODIFIER("\"bitmap\":\"0b1\""), "register" },
		{ MODIFIER("\"register\":\"rax\",\"bitmap\":\"0b1\""), "register" },
		{ MODIFIER("\"register\":\"eax\""), "bitmap" },
		{ MODIFIER("\"register\":\"eax\",\"bitmap\":\"1\""), "bitmap" },
		{ MODIFIER("\"register\":\"eax\",\"bitmap\":\"0b111111111111111111111111111111111\""), "at most 32" },
		{ "{\"msr_modifiers\":[{\"bitmap\":\"0b1\"}]}", "addr" },
		{ "{\"msr_modifiers\":[{\"addr\":\"0x10a\",\"bitmap\":\"0b2\"}]}", "at most 64" },
	};

	(void)state;
	need("firecracker");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused("firecracker", cases[i][0], FEATSET_E_SYNTAX, 0, cases[i][1]);
}

/* Nesting, attributes and text of any document in XML are bounded. */
static void xml_limits(void **state)
{
	size_t size = (size_t)2 << 20;
	char *text = malloc(size);
	size_t at;

	(void)state;
	need("libvirt");
	at = (size_t)sprintf(text, "<cpu>\n");
	for (int i = 0; i < 64; i++)
		at += (size_t)sprintf(text + at, "<a>");
	check_refused("libvirt", text, FEATSET_E_LIMIT, 2, "nested deeper than 64");
	at = (size_t)sprintf(text, "<cpu>\n<a");
	for (int i = 0; i < 257; i++)
		at += (size_t)sprintf(text + at, " a%d=''", i);
	sprintf(text + at, "/></cpu>");
	check_refused("libvirt", text, FEATSET_E_LIMIT, 2, "256 attributes");
	at = (size_t)sprintf(text, "<cpu>\n<model>");
	memset(text + at, 'x', size - at - 1);
	text[size - 1] = '\0';
	check_refused("libvirt", text, FEATSET_E_LIMIT, 2, "1048576 bytes");
	free(text);
	check_refused("libvirt", "<cpu>\n</cpu>\n  text", FEATSET_E_SYNTAX, 3, "XML");
	check_refused("libvirt", "  <!-- only a comment -->", FEATSET_E_SYNTAX, 1, "too early");
	check_refused("libvirt", "\n\n <?xml version='1.0'?><cpu>", FEATSET_E_SYNTAX, 3, "");
	check_refused("libvirt", "<?xml version='1.0' encoding='none'?><cpu/>", FEATSET_E_SYNTAX, 1, "encoding");
}

/* ---- programs of which there are no files: their own lines, printed here -------------- */

/* A Sapphire Rapids under KVM as cpuid -1 -r shows it, cut to what matters. */
static const struct leaf sample[] = {
	{ 0x00000000, 0, { 0x00000024, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ 0x00000001, 0, { 0x000a0671, 0x01020800, 0xfffa3203, 0x1f8bfbff } },
	{ 0x00000006, 0, { 0x00000004, 0x00000000, 0x00000000, 0x00000000 } },
	{ 0x00000007, 0, { 0x00000002, 0xf1bf2ffb, 0x1a415f46, 0x23c14010 } },
	{ 0x00000007, 1, { 0x00001c30, 0x00000000, 0x00000000, 0x00084000 } },
	{ 0x00000007, 2, { 0x00000000, 0x00000000, 0x00000000, 0x00000001 } },
	{ 0x0000000d, 0, { 0x000600e7, 0x00002b00, 0x00002b00, 0x00000000 } },
	{ 0x0000000d, 1, { 0x0000001f, 0x000029c0, 0x00000000, 0x00000000 } },
	{ 0x0000000f, 0, { 0x00000000, 0x00000000, 0x00000000, 0x00000000 } },
	{ 0x00000010, 0, { 0x00000000, 0x00000000, 0x00000000, 0x00000000 } },
	{ 0x00000024, 0, { 0x00000000, 0x00070001, 0x00000000, 0x00000000 } },
	{ 0x80000000, 0, { 0x80000008, 0x00000000, 0x00000000, 0x00000000 } },
	{ 0x80000001, 0, { 0x00000000, 0x00000000, 0x00000121, 0x2c100800 } },
	{ 0x80000007, 0, { 0x00000000, 0x00000000, 0x00000000, 0x00000100 } },
	{ 0x80000008, 0, { 0x0030392e, 0x00000200, 0x00000000, 0x00000000 } },
};

#define SAMPLE (sizeof(sample) / sizeof(sample[0]))

static struct table sample_table(void)
{
	struct table table = { .count = SAMPLE };

	memcpy(table.leaf, sample, sizeof(sample));
	return table;
}

static void tycho(void **state)
{
	static const char *const shapes[] = { "CPUID %08x:%02x = %08x %08x %08x %08x | ....GenuineI....\n",
					      "CPUID %08x, index %x = %08x %08x %08x %08x\n" };
	struct table table = sample_table();

	(void)state;
	for (size_t s = 0; s < 2; s++) {
		char text[8192] = "CPU 0:\n";
		featset_inventory_t *inventory;
		size_t at = strlen(text);

		for (size_t i = 0; i < 2 * SAMPLE; i++) {
			const struct leaf *l = &sample[i % SAMPLE];

			if (i == SAMPLE)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "\nCPU 1:\n");
			at += (size_t)snprintf(text + at, sizeof(text) - at, shapes[s], (unsigned)l->leaf,
					       (unsigned)l->subleaf, (unsigned)l->regs[0], (unsigned)l->regs[1],
					       (unsigned)l->regs[2], (unsigned)l->regs[3]);
		}
		inventory = read_text(text, "tycho");
		assert_int_equal(featset_cpu_count(first(inventory)), 2);
		check_table(featset_cpu_at(first(inventory), 1), &table);
		check_identity(first(inventory), &table);
		assert_int_equal(featset_cpu_number(first(inventory), FEATSET_AVX10_VERSION), 1);
		featset_inventory_free(inventory);
	}
	featset_inventory_free(read_text("CPUID 00000000, results = 00000001 756e6547 6c65746e 49656e69\n", "tycho"));
	check_refused("tycho", "CPU 0:\nCPUID 00000000:00 = 00000001 756e6547 6c65746e\n", FEATSET_E_SYNTAX, 2,
		      "tycho");
}

/* As the kernel's kcpuid.c prints: zero leaves left out, subleaves below their leaf. */
static void kcpuid(void **state)
{
	char text[8192] = "Basic Leafs :\n================\n";
	struct table table = sample_table();
	featset_inventory_t *inventory;
	size_t at = strlen(text);
	const featset_cpu_t *cpu;

	(void)state;
	for (size_t i = 0; i < SAMPLE; i++) {
		const struct leaf *l = &sample[i];
		const uint32_t *r = l->regs;
		bool subleaves = l->leaf == 7 || l->leaf == 0xd;

		if (!(r[0] | r[1] | r[2] | r[3]))
			continue;
		if (l->leaf == 0x80000000)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "Extended Leafs :\n================\n");
		if (subleaves && !l->subleaf)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "0x%08x: subleafs:\n", (unsigned)l->leaf);
		if (subleaves)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %2u", (unsigned)l->subleaf);
		else
			at += (size_t)snprintf(text + at, sizeof(text) - at, "0x%08x", (unsigned)l->leaf);
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       ": EAX=0x%08x, EBX=0x%08x, ECX=0x%08x, EDX=0x%08x\n", (unsigned)r[0],
				       (unsigned)r[1], (unsigned)r[2], (unsigned)r[3]);
	}
	inventory = read_text(text, "kcpuid");
	cpu = first(inventory);
	check_table(cpu, &table);
	check_identity(cpu, &table);
	/* Left out because it is zero, and so known. */
	assert_true(was_read(cpu, "10.0.ebx"));
	assert_int_equal(known(cpu, "10.0.ebx"), 0xffffffff);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_AVX10_VERSION), 1);
	assert_int_equal(known(cpu, "40000001.0.eax"), 0);
	featset_inventory_free(inventory);
	/* Leaf 1E has a subleaf 1, at which it does not look. */
	inventory = read_text("0x00000000: EAX=0x0000001e, EBX=0x756e6547, ECX=0x6c65746e, EDX=0x49656e69\n"
			      "0x00000007: subleafs:\n"
			      "  0: EAX=0x00000001, EBX=0x00000000, ECX=0x00000000, EDX=0x01000000\n"
			      "0x0000001e: EAX=0x00000001, EBX=0x00004010, ECX=0x00000000, EDX=0x00000000\n",
			      "kcpuid");
	assert_int_equal(known(first(inventory), "1e.1.eax"), 0);
	assert_true(was_read(first(inventory), "7.1.eax"));
	featset_inventory_free(inventory);
	check_refused("kcpuid", "0x00000000: EAX=0x00000001, EBX=0x756e6547, ECX=0x6c65746e\n", FEATSET_E_SYNTAX, 1,
		      "kcpuid");
	check_refused("kcpuid", "  1: EAX=0x00000001, EBX=0x00000000, ECX=0x00000000, EDX=0x00000000\n",
		      FEATSET_E_SYNTAX, 1, "kcpuid");
}

/* The registers that stand for leaf 7 and leaf D decide whether they are subleaf 0. */
static void x86info(void **state)
{
	static const char form[] = "eax in: 0x%08x, eax = %08x ebx = %08x ecx = %08x edx = %08x\n";
	struct table table = sample_table();

	(void)state;
	for (int shown = 0; shown < 2; shown++) {
		char text[8192] = "x86info v1.31pre\nFound 1 identical CPUs\n";
		featset_inventory_t *inventory;
		size_t at = strlen(text);
		const featset_cpu_t *cpu;

		for (size_t i = 0; i < SAMPLE; i++) {
			const struct leaf *l = &sample[i];

			/* Of 7 and D, x86info shows one subleaf: 0, or whatever ECX was. */
			if ((l->leaf == 7 || l->leaf == 0xd) && l->subleaf != (uint32_t)shown)
				continue;
			at += (size_t)snprintf(text + at, sizeof(text) - at, form, (unsigned)l->leaf,
					       (unsigned)l->regs[0], (unsigned)l->regs[1], (unsigned)l->regs[2],
					       (unsigned)l->regs[3]);
		}
		inventory = read_text(text, "x86info");
		cpu = first(inventory);
		assert_int_equal(bits(cpu, "1.0.ecx"), 0xfffa3203);
		assert_int_equal(bits(cpu, "80000001.0.edx"), 0x2c100800);
		assert_int_equal(known(cpu, "7.0.ebx"), shown ? 0 : 0xffffffff);
		assert_int_equal(bits(cpu, "7.0.ebx"), shown ? 0 : 0xf1bf2ffb);
		/* With AMX the area's size ends in a zero byte, as XSS would. */
		assert_int_equal(known(cpu, "d.0.eax"), 0);
		assert_int_equal(known(cpu, "d.1.eax"), 0);
		assert_int_equal(known(cpu, "7.1.eax"), 0);
		if (!shown)
			check_identity(cpu, &table);
		featset_inventory_free(inventory);
	}
	/* An Ivy Bridge's leaf D. */
	{
		featset_inventory_t *inventory =
			read_text("eax in: 0x00000000, eax = 0000000d ebx = 756e6547 ecx = 6c65746e edx = 49656e69\n"
				  "eax in: 0x0000000d, eax = 00000007 ebx = 00000340 ecx = 00000340 edx = 00000000\n",
				  "x86info");

		assert_int_equal(bits(first(inventory), "d.0.eax"), 7);
		featset_inventory_free(inventory);
	}
	check_refused("x86info", "eax in: 0x00000000, eax = 0000000d ebx = 756e6547 ecx = 6c65746e\n", FEATSET_E_SYNTAX,
		      1, "x86info");
}

/* What old versions print in front, and lines of another program behind a pipe. */
static void cpuid_disclaimer(void **state)
{
	featset_inventory_t *inventory =
		read_text("Disclaimer: the following may be wrong\nCPU:\n"
			  "   0x00000000 0x00: eax=0x00000001 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
			  "   0x00000001 0x00: eax=0x000006f2 ebx=0x00000000 ecx=0x00000001 edx=0x078bfbff\n",
			  "cpuid");

	(void)state;
	assert_int_equal(bits(first(inventory), "1.0.edx"), 0x078bfbff);
	featset_inventory_free(inventory);
}

/* What versions from 0.7 on add: AMD's topology leaf, and registers of other architectures. */
static void libcpuid_new(void **state)
{
	featset_inventory_t *inventory =
		read_text("version=0.8.0\n\n_________________ Logical CPU #0 _________________\n"
			  "basic_cpuid[0]=00000001 68747541 444d4163 69746e65\n"
			  "basic_cpuid[1]=00b40f40 00200800 7ed8320b 178bfbff\n"
			  "ext_cpuid[0]=80000001 68747541 444d4163 69746e65\n"
			  "ext_cpuid[1]=00b40f40 00000000 75c237ff 2fd3fbff\n"
			  "amd_fn80000026h[0]=00000001 00000002 00000100 00000000\n"
			  "arm_midr=0000000000000000\narm_id_aa64pfr[0]=0000000000000000\n"
			  "_________________ Logical CPU #1 _________________\n"
			  "basic_cpuid[0]=00000001 68747541 444d4163 69746e65\n"
			  "basic_cpuid[1]=00b40f40 00200800 7ed8320b 178bfbff\n",
			  "libcpuid");

	(void)state;
	assert_int_equal(featset_cpu_count(first(inventory)), 2);
	assert_int_equal(bits(featset_cpu_at(first(inventory), 0), "80000001.0.ecx"), 0x75c237ff);
	featset_inventory_free(inventory);
}

/* ---- Xen's programs -------------------------------------------------------------------- */

/* Figures of a Coffee Lake host; lines as xen-cpuid.c prints them. */
static void xen_cpuid_sets(void **state)
{
	static const char text[] =
		"nr_features: 18\n                        KEY     1d        :1c        :e1d       :e1c       :Da1\n\n"
		"Static sets:\n"
		"Known                           bfebfbff:fffef3ff:ee500800:2469bfff\n"
		"  [00] CPUID 0x00000001.edx     fpu vme de\n"
		"HVM Hap Max                     1fcbfbff:f7fa3223:ee500800:042109f7\n\n"
		"Dynamic sets:\n"
		"Raw                             bfebfbff:7ffafbbf:2c100800:00000121:0000000f:029c67af\n"
		"  [00] CPUID 0x00000001.edx     fpu vme de pse tsc msr pae mce cx8 apic sysenter\n"
		"  [01] CPUID 0x00000001.ecx     sse3 pclmulqdq\n"
		"Host                            bfebfbff:77faf3bf:2c100800:00000121:0000000f:029c6fbf\n"
		"PV Default                      1fc9cbf5:f6f83203:28100800:00000121:00000007:008c0329\n"
		"HVM Default                     1fcbfbff:f7fa3203:2c100800:00000121:0000000f:009c07ab\n"
		"PV Max                          1fc9cbf5:f6f83203:28100800:00000123:00000007:008c0b39\n"
		"HVM Max                         1fcbfbff:f7fa3223:2c100800:00000123:0000000f:009c4fbb\n";
	static const struct {
		featset_slot_t slot;
		uint32_t ebx;
	} slots[] = {
		{ FEATSET_SLOT_CPU, 0x029c67af },     { FEATSET_SLOT_PV, 0x008c0329 },
		{ FEATSET_SLOT_PV_MAX, 0x008c0b39 },  { FEATSET_SLOT_HVM, 0x009c07ab },
		{ FEATSET_SLOT_HVM_MAX, 0x009c4fbb },
	};
	featset_inventory_t *inventory = read_text(text, "xen-cpuid");

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		assert_int_equal(bits(cpu_of(inventory, 0, slots[i].slot), "7.0.ebx"), slots[i].ebx);
	assert_int_equal(featset_cpu_number(cpu_of(inventory, 0, FEATSET_SLOT_HVM), FEATSET_XEN_LENGTH), 6);
	assert_int_equal(featset_cpu_view(first(inventory)), FEATSET_VIEW_HARDWARE);
	assert_int_equal(known(first(inventory), "7.0.edx"), 0);
	featset_inventory_free(inventory);

	/* Before Xen 4.13 there was one set for each kind of guest. */
	inventory = read_text("nr_features: 10\nDynamic sets:\n"
			      "Raw                             bfebfbff:7ffafbbf:2c100800:00000121\n"
			      "PV                              1fc9cbf5:f6f83203:28100800:00000121\n"
			      "HVM                             1fcbfbff:f7fa3223:2c100800:00000121\n",
			      "xen-cpuid");
	assert_int_equal(bits(cpu_of(inventory, 0, FEATSET_SLOT_HVM), "1.0.ecx"), 0xf7fa3223);
	assert_int_equal(bits(cpu_of(inventory, 0, FEATSET_SLOT_HVM_MAX), "1.0.ecx"), 0xf7fa3223);
	assert_int_equal(bits(cpu_of(inventory, 0, FEATSET_SLOT_PV), "1.0.ecx"), 0xf6f83203);
	featset_inventory_free(inventory);

	/* Words on the command line. */
	inventory = read_text("Raw                             1fcbfbff:f7fa3223:2c100800:00000121\n"
			      "  [00] CPUID 0x00000001.edx     fpu vme\n",
			      "xen-cpuid");
	assert_int_equal(featset_cpu_number(first(inventory), FEATSET_XEN_LENGTH), 4);
	featset_inventory_free(inventory);
	check_refused("xen-cpuid", "Dynamic sets:\nRaw     bfebfbff:7ffafbbz:2c100800\n", FEATSET_E_SYNTAX, 2,
		      "featureset");
	check_refused("xen-cpuid", "nr_features: 18\n", FEATSET_E_SYNTAX, 1, "no set");
}

/* Figures of a Meteor Lake host with Xen 4.20, cut. */
static void xen_cpuid_policies(void **state)
{
	static const char text[] = "Xen reports there are maximum 120 leaves and 2 MSRs\n"
				   "Raw policy: 48 leaves, 2 MSRs\n CPUID:\n"
				   "  leaf     subleaf  -> eax      ebx      ecx      edx     \n"
				   "  00000000:ffffffff -> 00000023:756e6547:6c65746e:49656e69\n"
				   "  00000001:ffffffff -> 000a06a4:20800800:77fafbff:bfebfbff\n"
				   "  00000007:00000000 -> 00000002:239c27eb:994007ac:fc18c410\n"
				   "  00000007:00000002 -> 00000000:00000000:00000000:0000003f\n"
				   "  0000000d:00000000 -> 00000207:00000000:00000a88:00000000\n"
				   "  80000000:ffffffff -> 80000008:00000000:00000000:00000000\n"
				   "  80000001:ffffffff -> 00000000:00000000:00000121:2c100800\n"
				   " MSRs:\n  index    -> value           \n"
				   "  000000ce -> 0000000080000000\n"
				   "  0000010a -> 000000000d89fd6b\n"
				   "HVM Max policy: 65 leaves, 2 MSRs\n CPUID:\n"
				   "  leaf     subleaf  -> eax      ebx      ecx      edx     \n"
				   "  00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69\n"
				   "  00000001:ffffffff -> 000a06a4:00800800:f7fa3223:1fcbfbff\n"
				   "  00000007:00000000 -> 00000002:219c07ab:9840070c:bc004410\n"
				   "  80000000:ffffffff -> 80000021:00000000:00000000:00000000\n"
				   "  80000001:ffffffff -> 00000000:00000000:00000123:2c100800\n"
				   " MSRs:\n  index    -> value           \n"
				   "  000000ce -> 0000000080000000\n"
				   "  0000010a -> 400000001d0ae167\n"
				   "PV Max policy: 4 leaves, 2 MSRs\n CPUID:\n"
				   "  leaf     subleaf  -> eax      ebx      ecx      edx     \n"
				   " MSRs:\n  index    -> value           \n"
				   "  000000ce -> 0000000000000000\n"
				   "Domain 3 policy: 4 leaves, 1 MSRs\n CPUID:\n"
				   "  00000000:ffffffff -> 00000001:756e6547:6c65746e:49656e69\n"
				   "  00000001:ffffffff -> 000a06a4:00800800:f7fa3223:1fcbfbff\n";
	featset_inventory_t *inventory = read_text(text, "xen-cpuid");
	const featset_cpu_t *raw = first(inventory), *max = cpu_of(inventory, 0, FEATSET_SLOT_HVM_MAX);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_int_equal(bits(raw, "7.2.edx"), 0x3f);
	assert_int_equal(bits(raw, "msr.10a.low"), 0x0d89fd6b);
	assert_int_equal(known(raw, "7.1.eax"), 0);
	/* All zero and left out, in a leaf that every Xen keeps; and one that none keeps. */
	assert_true(was_read(raw, "d.1.eax"));
	assert_int_equal(bits(raw, "d.1.eax"), 0);
	assert_int_equal(known(raw, "14.0.ebx"), 0);
	assert_int_equal(bits(max, "7.0.ebx"), 0x219c07ab);
	assert_int_equal(bits(max, "msr.10a.high"), 0x40000000);
	/* A guest sees zero where its policy has nothing. */
	assert_int_equal(known(max, "7.1.eax"), 0xffffffff);
	assert_int_equal(known(max, "80000021.0.eax"), 0xffffffff);
	assert_int_equal(featset_cpu_view(max), FEATSET_VIEW_PROMISED);
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_PV_MAX));
	assert_string_equal(featset_inventory_host_name(inventory, 1), "Domain 3");
	featset_inventory_free(inventory);
	check_refused("xen-cpuid", "Raw policy: 1 leaves, 0 MSRs\n  00000000:ffffffff -> 00000023:756e6547:6c65746e\n",
		      FEATSET_E_SYNTAX, 2, "xen-cpuid -p");
	check_refused("xen-cpuid",
		      "Raw policy: 1 leaves, 0 MSRs\n  00000001:ffffffff -> 00000023:756e6547:6c65746e:00000000\n",
		      FEATSET_E_SYNTAX, 2, "leaf 0");
}

/* A Coffee Lake host with Xen 4.14, and an Ivy Bridge one with Xen 4.1. */
static void xl_info(void **state)
{
	featset_inventory_t *inventory = read_text(
		"host                   : one\nrelease                : 4.19\n"
		"hw_caps                : bfebfbff:77faf3ff:2c100800:00000121:0000000f:009c6fbf:00000000:00000100\n"
		"virt_caps              : hvm hvm_directio\n"
		"host                   : two\n"
		"hw_caps                : bfebfbff:28100800:00000000:00007f40:77bae3ff:00000000:00000001:00000281\n",
		"xl");
	const featset_cpu_t *one = first(inventory), *two = cpu_of(inventory, 1, FEATSET_SLOT_CPU);

	(void)state;
	assert_string_equal(featset_inventory_host_name(inventory, 0), "one");
	assert_int_equal(bits(one, "1.0.ecx"), 0x77faf3ff);
	assert_int_equal(bits(one, "80000001.0.edx"), 0x2c100800);
	assert_int_equal(bits(one, "d.1.eax"), 0xf);
	assert_int_equal(bits(one, "7.0.ebx"), 0x009c6fbf);
	assert_int_equal(bits(one, "80000007.0.edx"), 0x100);
	assert_int_equal(known(one, "7.0.edx"), 0);
	assert_int_equal(featset_cpu_number(one, FEATSET_XEN_LENGTH), -1);
	assert_string_equal(featset_inventory_host_name(inventory, 1), "two");
	assert_int_equal(bits(two, "1.0.edx"), 0xbfebfbff);
	assert_int_equal(bits(two, "1.0.ecx"), 0x77bae3ff);
	assert_int_equal(bits(two, "80000001.0.edx"), 0x28100800);
	assert_int_equal(bits(two, "80000001.0.ecx"), 1);
	assert_int_equal(bits(two, "7.0.ebx"), 0x281);
	assert_int_equal(known(two, "7.0.ecx"), 0);
	assert_int_equal(known(two, "c0000001.0.edx"), 0);
	featset_inventory_free(inventory);
	inventory = read_text("host : one\nhw_caps                :\n"
			      "178bf3ff:76d8320b:2e500800:244037ff:0000000f:219c91a9:00400004:00000500\n",
			      "xl");
	assert_int_equal(bits(first(inventory), "7.0.ecx"), 0x00400004);
	featset_inventory_free(inventory);
	check_refused("xl", "hw_caps : 00000000:00000000:00000000:00000000:00000000:00000000:00000000:00000000\n",
		      FEATSET_E_SYNTAX, 1, "x86");
	check_refused("xl", "host : a\nhw_caps : bfebfbff:77faf3ff\n", FEATSET_E_SYNTAX, 2, "eight words");
}

static void xen_console(void **state)
{
	featset_inventory_t *inventory = read_text("(XEN) [   12.3] CPU0: cap[ 1] is 7ed8320b (expected f6d8320b)\n"
						   "(XEN) CPU0: cap[ 5] is 219c91a9 (expected 219c95a9)\n"
						   "(XEN) CPU0: cap[12] is 00000001 (expected 00000000)\n"
						   "(XEN) CPU1: cap[ 0] is 178bfbff (expected 178bf3ff)\n",
						   "xl");

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 4);
	assert_string_equal(featset_inventory_host_name(inventory, 0), "CPU0, expected");
	assert_int_equal(bits(first(inventory), "1.0.ecx"), 0xf6d8320b);
	assert_int_equal(bits(cpu_of(inventory, 1, FEATSET_SLOT_CPU), "1.0.ecx"), 0x7ed8320b);
	assert_int_equal(bits(cpu_of(inventory, 1, FEATSET_SLOT_CPU), "7.0.ebx"), 0x219c91a9);
	assert_int_equal(known(cpu_of(inventory, 1, FEATSET_SLOT_CPU), "7.1.ebx"), 0);
	assert_int_equal(known(first(inventory), "1.0.edx"), 0);
	assert_int_equal(bits(cpu_of(inventory, 3, FEATSET_SLOT_CPU), "1.0.edx"), 0x178bfbff);
	assert_true(noted(inventory, "cap[10]"));
	featset_inventory_free(inventory);
	check_refused("xl", "(XEN) CPU0: cap[ 1] is 7ed8320 (expected f6d8320b)\n", FEATSET_E_SYNTAX, 1, "Xen prints");
}

/* ---- what is refused -------------------------------------------------------------------- */

static void refused(void **state)
{
	static const struct {
		const char *format, *text;
		unsigned line;
		const char *part;
	} cases[] = {
		{ "aida64", "CPUID 00000000: 00000001-756E6547-6C65746E\n", 1, "AIDA64" },
		{ "aida64", "\nCPUID 00000000: 00000001-756E6547-6C65746E-49656E69 [SL 0G]\n", 2, "AIDA64" },
		{ "aida64", "CPUID 00000001: 000306C3-00100800-7FFAFBFF-BFEBFBFF\n", 1, "leaf 0" },
		{ "aida64", "nothing of the kind\n", 1, "no CPU" },
		{ "kcpuid", "0x00000001: EAX=0x00000000, EBX=0x00000000, ECX=0x00000000, EDX=0x00000000\n", 1,
		  "leaf 0" },
		{ "libvirt-cpudata", "<cpudata arch='x86'>\n</cpudata>", 1, "no leaf" },
		{ "libvirt-cpudata", "<cpudata arch='ppc64'/>", 1, "ppc64" },
		{ "libvirt-cpudata", "<cpu/>", 1, "<cpudata>" },
		{ "libvirt-cpudata", "<cpudata><cpuid/></cpudata>", 1, "eax_in" },
		{ "libvirt-cpudata", "<cpudata><cpuid eax_in='1' ecx_in=''/></cpudata>", 1, "ecx_in" },
		{ "libvirt-cpudata", "<cpudata><cpuid eax_in='1'><a/></cpuid></cpudata>", 1, "eax" },
		{ "libvirt-cpudata", "<cpudata><msr/></cpudata>", 1, "index" },
		{ "libvirt-cpudata", "<cpudata><msr index='10a'/></cpudata>", 1, "eax" },
		{ "libvirt-cpudata", "<cpudata arch='x86'>\n <leaf/></cpudata>", 2, "<leaf>" },
		{ "libvirt-cpudata", "<cpudata arch='x86'>\n <cpuid eax_in='0x0' eax='0'/></cpudata>", 2, "ebx" },
		{ "libvirt-cpudata", "<cpudata arch='x86'>\n <cpuid eax_in='0x0q'/></cpudata>", 2, "0x0q" },
		{ "libvirt-cpudata", "<cpudata arch='x86'>\n <msr index='10a' eax='0'/></cpudata>", 2, "edx" },
		{ "libvirt-cpudata", "<!DOCTYPE cpudata [\n<!ENTITY a 'b'>]><cpudata arch='x86'/>", 1, "DOCTYPE" },
		{ "libvirt-cpudata", "<!DOCTYPE cpudata SYSTEM '/etc/passwd'>\n<cpudata arch='x86'/>", 1, "DOCTYPE" },
		{ "libvirt-cpudata", "<cpudata arch='&lt;&lol;'/>", 1, "entity" },
		{ "libvirt-cpudata", "<cpudata arch='x86'><cpuid", 1, "XML" },
		{ "libvirt-cpudata", "<cpudata arch='x86' arch='x86'/>", 1, "duplicate" },
		{ "tycho", "CPU 0:\n", 1, "no CPU" },
		{ "x86info", "x86info v1\n", 1, "no CPU" },
		{ "xl", "release : 1\n", 1, "hw_caps" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (can_read(cases[i].format))
			check_refused(cases[i].format, cases[i].text, FEATSET_E_SYNTAX, cases[i].line, cases[i].part);
}

/* Bounds on what one text may make the library build. */
static void limits(void **state)
{
	static const char leaf[] = "CPUID 00000000: 00000001-756E6547-6C65746E-49656E69\n";
	static const char other[] = "CPUID 00000005: 00000001-756E6547-6C65746E-49656E69\n";
	size_t size = 8193 * strlen(leaf);
	char *text = malloc(size + 1);

	(void)state;
	for (size_t i = 0; i < 8193; i++)
		memcpy(text + i * strlen(leaf), leaf, strlen(leaf) + 1);
	check_refused("aida64", text, FEATSET_E_LIMIT, 8193, "8192 logical CPUs");
	for (size_t i = 1; i < 8193; i++)
		memcpy(text + i * strlen(leaf), other, strlen(leaf));
	check_refused("aida64", text, FEATSET_E_LIMIT, 4097, "4096 leaves");
	free(text);
	if (!can_read("libvirt-cpudata"))
		return;
	text = calloc(1, 100 * 4 + 64);
	for (int i = 0; i < 100; i++)
		strcat(text, i ? "<a>" : "<cpudata>");
	check_refused("libvirt-cpudata", text, FEATSET_E_SYNTAX, 1, "<a>");
	free(text);
}

/* Every prefix of a text is read or refused with a sentence, and nothing else happens. */
static void prefixes(void **state)
{
	static const char *const seeds[] = { "hex/aida64",   "json/firecracker", "hex/kcpuid", "xml/libvirt-cpudata",
					     "hex/tycho",    "hex/x86info",	 "hex/xen-cpuid", "xe/xl", "hex/cpuid",
					     "hex/libcpuid" };

	(void)state;
	for (size_t f = 0; f < sizeof(seeds) / sizeof(seeds[0]); f++) {
		const featset_format_t *format = featset_format_find(strchr(seeds[f], '/') + 1, NULL);
		char path[128], *text;
		size_t size;

		snprintf(path, sizeof(path), "tests/corpus/%s", seeds[f]);
		text = slurp(path);
		size = strlen(text);
		assert_true(size > 40);
		for (size_t i = 0; i <= size; i++) {
			featset_inventory_t *inventory = NULL;
			featset_error_t error = { 0 };
			featset_status_t status = featset_read(&inventory, text, i, format, "text", &error);

			assert_int_equal(status == FEATSET_OK, inventory != NULL);
			if (status != FEATSET_OK)
				assert_true(error.text[0] && error.code == status);
			featset_inventory_free(inventory);
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aida64_files),
		cmocka_unit_test(aida64_forms),
		cmocka_unit_test(aida64_more),
		cmocka_unit_test(odd_vendor),
		cmocka_unit_test(libcpuid_flags),
		cmocka_unit_test(libcpuid_new),
		cmocka_unit_test(cpuid_disclaimer),
		cmocka_unit_test(cpudata_files),
		cmocka_unit_test(cpudata_texts),
		cmocka_unit_test(firecracker_files),
		cmocka_unit_test(firecracker_texts),
		cmocka_unit_test(tycho),
		cmocka_unit_test(kcpuid),
		cmocka_unit_test(x86info),
		cmocka_unit_test(xen_cpuid_sets),
		cmocka_unit_test(xen_cpuid_policies),
		cmocka_unit_test(xl_info),
		cmocka_unit_test(xen_console),
		cmocka_unit_test(firecracker_refused),
		cmocka_unit_test(xml_limits),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
