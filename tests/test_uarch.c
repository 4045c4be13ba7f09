/* SPDX-License-Identifier: MIT */
/*
 * The catalog: its rows are sound, the psABI levels are the document's, and real
 * dumps of known parts are recognised and contain what their baseline says.
 * The expectations below are typed from the parts' names, not from the catalog.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include <featset/uarch.h>

/* ---- small tools ------------------------------------------------------------ */

static featset_feature_t feature(const char *name)
{
	featset_feature_t f = FEATSET_FEATURE_NONE;
	featset_error_t error;

	if (featset_feature_find(&f, name, FEATSET_CANONICAL, &error) != FEATSET_OK)
		fail_msg("%s: %s", name, error.text);
	return f;
}

/* Names with blanks between them, as a set. */
static featset_t set_of(const char *names)
{
	char text[1024], *save = NULL;
	featset_t set;

	featset_clear(&set);
	snprintf(text, sizeof text, "%s", names);
	for (char *name = strtok_r(text, " ", &save); name; name = strtok_r(NULL, " ", &save))
		featset_add(&set, feature(name));
	return set;
}

static void print_names(const char *title, const featset_t *set)
{
	char name[64];

	print_message("%s:", title);
	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		featset_feature_spell(name, sizeof name, f, FEATSET_CANONICAL);
		print_message(" %s", name);
	}
	print_message("\n");
}

static void assert_sets(const char *what, const featset_t *got, const featset_t *wanted)
{
	if (featset_equal(got, wanted))
		return;
	print_names("got", got);
	print_names("wanted", wanted);
	fail_msg("%s: the sets differ", what);
}

static const featset_baseline_t *baseline(const char *name)
{
	featset_error_t error = { 0 };
	const featset_baseline_t *b = featset_baseline_find(name, &error);

	if (!b)
		fail_msg("%s", error.text);
	return b;
}

static featset_t features(const char *name)
{
	featset_t set;

	featset_baseline_features(&set, baseline(name));
	return set;
}

/* A cpu of which every bit is known. */
static featset_cpu_t *cpu_of(const featset_t *set, const char *vendor)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t known;

	assert_non_null(cpu);
	for (int i = 0; i < FEATSET_LANES; i++)
		known.lane[i] = UINT64_MAX;
	featset_cpu_set_features(cpu, set, &known);
	featset_cpu_set_vendor(cpu, vendor);
	return cpu;
}

static featset_cpu_t *part(const char *vendor, int family, int model, int stepping)
{
	featset_cpu_t *cpu = featset_cpu_new();

	assert_non_null(cpu);
	featset_cpu_set_vendor(cpu, vendor);
	featset_cpu_set_number(cpu, FEATSET_FAMILY, family);
	featset_cpu_set_number(cpu, FEATSET_MODEL, model);
	featset_cpu_set_number(cpu, FEATSET_STEPPING, stepping);
	return cpu;
}

/* ---- the table ------------------------------------------------------------------ */

static void test_names(void **state)
{
	(void)state;
	assert_true(featset_baseline_count() > 60);
	assert_null(featset_baseline_at(featset_baseline_count()));
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *b = featset_baseline_at(i);

		assert_ptr_equal(featset_baseline_find(featset_baseline_name(b), NULL), b);
		assert_true(strlen(featset_baseline_title(b)) > 1);
		if (featset_baseline_kind(b) == FEATSET_KIND_MODEL)
			continue; /* tests/test_models.py */
		assert_in_range(featset_baseline_year(b), 2003, 2030);
		assert_int_equal(featset_baseline_kind(b) == FEATSET_KIND_PSABI, !*featset_baseline_vendor(b));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(featset_baseline_title(b),
						featset_baseline_title(featset_baseline_at(k)));
	}
}

static void test_find(void **state)
{
	featset_error_t error = { 0 };

	(void)state;
	assert_ptr_equal(baseline("IVYBRIDGE"), baseline("ivybridge"));
	assert_ptr_equal(baseline("Skylake_AVX512"), baseline("skylake-avx512"));
	assert_ptr_equal(baseline("x86_64_v3"), baseline("x86-64-v3"));
	assert_ptr_equal(baseline("x86-64-v1"), baseline("x86-64"));
	assert_null(featset_baseline_find("ivybrige", NULL));
	assert_null(featset_baseline_find("ivybrige", &error));
	assert_int_equal(error.code, FEATSET_E_NAME);
	assert_string_equal(error.text, "no baseline is called 'ivybrige'; did you mean 'ivybridge'?");
	assert_null(featset_baseline_find("platypus", &error));
	assert_string_equal(error.text, "no baseline is called 'platypus'");
	assert_null(featset_baseline_find("", &error));
	assert_string_equal(featset_kind_name(FEATSET_KIND_UARCH), "microarchitecture");
	assert_null(featset_kind_name(FEATSET_KINDS));
}

/* Models have an origin, and what their guest sees of the part; they neither are parts nor the nearest of any. */
static void test_models(void **state)
{
	const featset_baseline_t *model = baseline("qemu:haswell-v4"), *out[8];
	const featset_baseline_t *alias = baseline("qemu:Haswell-noTSX-IBRS");
	featset_t theirs, ours;
	featset_signature_t s;
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = part("GenuineIntel", 6, 60, 1);

	(void)state;
	assert_int_equal(featset_baseline_kind(model), FEATSET_KIND_MODEL);
	assert_string_equal(featset_baseline_origin(model), "QEMU");
	assert_string_equal(featset_baseline_since(model), "7.2");
	assert_null(featset_baseline_origin(baseline("haswell")));
	assert_null(featset_baseline_since(baseline("x86-64-v3")));
	assert_int_equal(featset_baseline_year(model), 0);
	/* QEMU's family=6 model=60 stepping=1 of Haswell-v4; an alias is what it stands for. */
	assert_true(featset_baseline_signature(alias, 0, &s));
	assert_true(s.family == 6 && s.model_first == 60 && s.model_last == 60);
	assert_true(s.stepping_first == 1 && s.stepping_last == 1);
	assert_false(featset_baseline_signature(alias, 1, &s));
	assert_false(featset_baseline_signature(baseline("qemu:base"), 0, &s));
	featset_baseline_features(&theirs, alias);
	featset_baseline_features(&ours, model);
	assert_true(featset_equal(&theirs, &ours));
	assert_ptr_equal(featset_identify(cpu), baseline("haswell"));
	featset_cpu_free(cpu);
	cpu = cpu_of(&ours, "GenuineIntel");
	for (size_t n = featset_nearest(out, 8, cpu); n--;)
		assert_int_not_equal(featset_baseline_kind(out[n]), FEATSET_KIND_MODEL);
	featset_cpu_free(cpu);
	assert_null(featset_baseline_find("haswell_NOTSX", &error));
	assert_int_equal(error.code, FEATSET_E_AMBIGUOUS);
	assert_string_equal(error.text, "'haswell_NOTSX' can mean 'qemu:Haswell-noTSX' or 'libvirt:Haswell-noTSX'");
}

/* Parents stand further up; what is fused is in the row's own set. */
static void test_rows(void **state)
{
	featset_t all, own, fused, switchable, never, switched;

	(void)state;
	/* What decides itself machine by machine is in no set; what is on by default may be. */
	switched = set_of("hle rtm tsxldtrk mpx sgx vmx svm lwp key_locker pconfig");
	never = set_of("osxsave apic ht cmp_legacy topoext hypervisor ospke aes_keylocker");
	featset_named(&all);
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *b = featset_baseline_at(i), *parent = featset_baseline_parent(b);

		featset_baseline_features(&own, b);
		featset_baseline_fused(&fused, b);
		featset_baseline_switchable(&switchable, b);
		for (size_t k = i; k < featset_baseline_count(); k++)
			assert_ptr_not_equal(parent, featset_baseline_at(k));
		if (featset_baseline_kind(b) == FEATSET_KIND_MODEL)
			continue; /* the projects' own sets */
		assert_true(featset_subset(&own, &all) && featset_subset(&switchable, &all));
		assert_true(featset_disjoint(&own, &switched));
		assert_true(featset_disjoint(&own, &never) && featset_disjoint(&switchable, &never));
		if (!featset_subset(&fused, &own))
			fail_msg("%s: something fused is not in its set", featset_baseline_name(b));
	}
	for (int klass = 0; klass <= FEATSET_CLASS_NUMBER; klass++) {
		if (klass == FEATSET_CLASS_CAPABILITY || klass == FEATSET_CLASS_FIRMWARE ||
		    klass == FEATSET_CLASS_NUMBER)
			continue;
		featset_of_class(&never, (featset_class_t)klass);
		for (size_t i = 0; i < featset_baseline_count(); i++) {
			featset_baseline_features(&own, featset_baseline_at(i));
			if (featset_baseline_kind(featset_baseline_at(i)) != FEATSET_KIND_MODEL &&
			    !featset_disjoint(&own, &never))
				fail_msg("%s has a bit of class %s", featset_baseline_name(featset_baseline_at(i)),
					 featset_class_name((featset_class_t)klass));
		}
	}
}

/* The parts of the rows as the file has them, whatever the library makes of it. */
struct parts {
	int family, model_first, model_last, stepping_first, stepping_last;
};
enum { INTEL, AMD, HYGON, VIA, ZHAOXIN };
#define P(family, model)	      { family, model, model, 0, 15 }
#define R(family, first, last)	      { family, first, last, 0, 15 }
#define S(family, model, first, last) { family, model, model, first, last }
#define PARTS(...)		      { __VA_ARGS__, { 0, 0, 0, 0, 0 } }
#define PSABI(...)
#define UARCH(id, name, title, vendor, year, parent, parts, ...) { name, vendor, parts },
static const struct {
	const char *name;
	int vendor;
	struct parts parts[16];
} rows[] = {
#include <featset/uarchs.def>
};

static bool overlap(const struct parts *a, const struct parts *b)
{
	return a->family == b->family && a->model_first <= b->model_last && b->model_first <= a->model_last &&
	       a->stepping_first <= b->stepping_last && b->stepping_first <= a->stepping_last;
}

/* VIA and Zhaoxin share a vendor string. */
static bool same_vendor(int a, int b)
{
	return (a == ZHAOXIN ? VIA : a) == (b == ZHAOXIN ? VIA : b);
}

static void test_no_part_has_two_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t k = 0; k < i; k++) {
			for (const struct parts *a = rows[i].parts; a->family; a++) {
				for (const struct parts *b = rows[k].parts; b->family; b++) {
					if (same_vendor(rows[i].vendor, rows[k].vendor) && overlap(a, b))
						fail_msg("%s and %s overlap", rows[i].name, rows[k].name);
				}
			}
		}
	}
}

static const char *const vendors[] = { "GenuineIntel", "AuthenticAMD", "HygonGenuine", "CentaurHauls", "  Shanghai  " };

static void test_signatures(void **state)
{
	static const struct {
		const char *vendor;
		int family, model, stepping;
		const char *name;
	} table[] = {
		{ "GenuineIntel", 6, 0x0f, 6, "core2" },
		{ "CentaurHauls", 6, 0x0f, 8, "nano" },
		{ "AuthenticAMD", 18, 0x01, 0, "llano" },
		{ "GenuineIntel", 18, 0x01, 0, "novalake" },
		{ "GenuineIntel", 18, 0x02, 0, NULL },
		{ "GenuineIntel", 19, 0x01, 0, "diamondrapids" },
		{ "GenuineIntel", 15, 0x02, 9, NULL },
		{ "GenuineIntel", 15, 0x04, 3, "nocona" },
		{ "AuthenticAMD", 15, 0x04, 3, "k8" },
		{ "GenuineIntel", 6, 0x8e, 12, "whiskeylake" },
		{ "GenuineIntel", 6, 0x47, 1, "broadwell" },
		{ "CentaurHauls", 6, 0x47, 2, "cns" },
		{ "CentaurHauls", 6, 0x19, 0, "zhangjiang" },
		{ "AuthenticAMD", 23, 0x47, 0, "zen2" },
		{ "AuthenticAMD", 23, 0x84, 0, "zen2" },
		{ "AuthenticAMD", 26, 0x11, 0, "zen5" },
		{ "AuthenticAMD", 26, 0x24, 0, "zen5" },
		{ "AuthenticAMD", 26, 0x50, 0, "zen6" },
		{ "HygonGenuine", 24, 0x04, 1, "c86-4g-m4" },
		{ "GenuineIntel", 6, 0x55, 4, "skylake-avx512" },
		{ "GenuineIntel", 6, 0x55, 5, "cascadelake" },
		{ "GenuineIntel", 6, 0x55, 7, "cascadelake" },
		{ "GenuineIntel", 6, 0x55, 8, NULL },
		{ "GenuineIntel", 6, 0x55, 11, "cooperlake" },
		{ "GenuineIntel", 6, 0x8e, 9, "kabylake" },
		{ "GenuineIntel", 6, 0x8e, 10, "coffeelake" },
		{ "GenuineIntel", 6, 0x8e, 11, "whiskeylake" },
		{ "GenuineIntel", 6, 0x9e, 13, "coffeelake" },
		{ "GenuineIntel", 6, 0xad, 1, "graniterapids" },
		{ "GenuineIntel", 6, 0xb5, 0, "meteorlake" },
		{ "AuthenticAMD", 23, 0x01, 2, "zen" },
		{ "AuthenticAMD", 23, 0x08, 2, "zen+" },
		{ "AuthenticAMD", 23, 0x31, 0, "zen2" },
		{ "AuthenticAMD", 25, 0x01, 1, "zen3" },
		{ "AuthenticAMD", 25, 0x11, 1, "zen4" },
		{ "AuthenticAMD", 25, 0x44, 1, "zen3+" },
		{ "AuthenticAMD", 26, 0x02, 1, "zen5" },
		{ "HygonGenuine", 24, 0x00, 1, "dhyana" },
		{ "CentaurHauls", 7, 0x3b, 2, "lujiazui" },
		{ "GenuineIntel", 6, 0x8a, 1, "lakefield" },
		{ "  Shanghai  ", 7, 0x5b, 0, "yongfeng" },
		{ "  Shanghai  ", 6, 0x0f, 0, NULL },
		{ "GenuineIotel", 6, 0x3f, 2, NULL },
		{ "", 6, 0x3f, 2, NULL },
		{ "GenuineIntel", -1, 0x3f, 2, NULL },
		{ "GenuineIntel", 6, -1, 2, NULL },
		/* Intel: all of 06_3FH are Haswell; 06_55H are Skylake, Cascade Lake and Cooper Lake by stepping. */
		{ "GenuineIntel", 6, 0x3f, -1, "haswell" },
		{ "GenuineIntel", 6, 0x3c, -1, "haswell" },
		{ "AuthenticAMD", 25, 0x11, -1, "zen4" },
		{ "GenuineIntel", 6, 0x55, -1, NULL },
		{ "GenuineIntel", 6, 0x8e, -1, NULL },
		{ "GenuineIotel", 6, 0x3f, -1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		featset_cpu_t *cpu = part(table[i].vendor, table[i].family, table[i].model, table[i].stepping);
		const featset_baseline_t *b = featset_identify(cpu);

		if (!table[i].name ? b != NULL : b != baseline(table[i].name))
			fail_msg("%s %d/%#x/%d: %s", table[i].vendor, table[i].family, (unsigned)table[i].model,
				 table[i].stepping, b ? featset_baseline_name(b) : "nothing");
		featset_cpu_free(cpu);
	}
}

/* Every row with a vendor is found by some part, so no row hides another's parts completely, and of its own vendor. */
static void test_every_row_is_found(void **state)
{
	static bool found[1024];
	featset_cpu_t *cpu = featset_cpu_new();

	(void)state;
	assert_non_null(cpu);
	for (size_t v = 0; v < sizeof vendors / sizeof *vendors; v++) {
		featset_cpu_set_vendor(cpu, vendors[v]);
		for (int i = 0; i < 30 * 256 * 16; i++) {
			const featset_baseline_t *b;

			featset_cpu_set_number(cpu, FEATSET_FAMILY, i / 4096);
			featset_cpu_set_number(cpu, FEATSET_MODEL, i / 16 % 256);
			featset_cpu_set_number(cpu, FEATSET_STEPPING, i % 16);
			b = featset_identify(cpu);
			if (!b)
				continue;
			if (v < 4)
				assert_string_equal(featset_baseline_vendor(b), vendors[v]);
			for (size_t k = 0; k < featset_baseline_count(); k++)
				found[k] |= b == featset_baseline_at(k);
		}
	}
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		if (featset_baseline_kind(featset_baseline_at(i)) == FEATSET_KIND_UARCH && !found[i])
			fail_msg("no part is %s", featset_baseline_name(featset_baseline_at(i)));
	}
	featset_cpu_free(cpu);
}

/* ---- psABI --------------------------------------------------------------------- */

/* The table of the x86-64 psABI, with LZCNT and OSXSAVE as CPUID has them, LM, and PAE, which LM needs. */
static const char *const psabi[] = {
	"cmov cx8 fpu fxsr mmx pae syscall sse sse2 lm",
	"cx16 lahf_lm popcnt sse3 sse4_1 sse4_2 ssse3",
	"avx avx2 bmi1 bmi2 f16c fma abm movbe xsave",
	"avx512f avx512bw avx512cd avx512dq avx512vl",
};
static const char *const psabi_names[] = { "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4" };

static void test_psabi_sets(void **state)
{
	featset_t wanted, more, got;

	(void)state;
	featset_clear(&wanted);
	for (int i = 0; i < 4; i++) {
		more = set_of(psabi[i]);
		featset_or(&wanted, &wanted, &more);
		got = features(psabi_names[i]);
		assert_sets(psabi_names[i], &got, &wanted);
		assert_int_equal(featset_baseline_kind(baseline(psabi_names[i])), FEATSET_KIND_PSABI);
		assert_ptr_equal(featset_baseline_parent(baseline(psabi_names[i])),
				 i ? baseline(psabi_names[i - 1]) : NULL);
	}
}

/* Each bit of a level decides, but for SYSCALL, which not every reader sees, and PAE, which no program uses. */
static void test_psabi_level(void **state)
{
	featset_t set, usable;
	featset_cpu_t *cpu;

	(void)state;
	for (int i = 0; i < 4; i++) {
		featset_t own = set_of(psabi[i]);

		for (featset_feature_t f = featset_next(&own, 0); f < FEATSET_BITS; f = featset_next(&own, f + 1)) {
			set = features("x86-64-v4");
			featset_remove(&set, f);
			cpu = cpu_of(&set, "");
			assert_int_equal(featset_psabi(cpu), f == FEATSET_SYSCALL || f == FEATSET_PAE ? 4 : i);
			featset_cpu_free(cpu);
		}
		set = features(psabi_names[i]);
		cpu = cpu_of(&set, "");
		assert_int_equal(featset_psabi(cpu), i + 1);
		featset_cpu_free(cpu);
	}
	set = features("x86-64-v4");
	usable = features("x86-64-v2");
	cpu = cpu_of(&set, "");
	featset_cpu_set_usable(cpu, &usable);
	assert_int_equal(featset_psabi(cpu), 2);
	featset_cpu_free(cpu);
	cpu = featset_cpu_new();
	assert_int_equal(featset_psabi(cpu), 0);
	featset_cpu_free(cpu);
}

/* The level of each generation, as the psABI document and the compilers' manuals group them. */
static void test_psabi_of_baselines(void **state)
{
	static const struct {
		int level;
		const char *names;
	} table[] = {
		{ 1, "core2 penryn bonnell k8 k10 bobcat" },
		{ 2, "nehalem westmere sandybridge ivybridge silvermont goldmont tremont bulldozer jaguar" },
		{ 2, "lakefield piledriver steamroller lujiazui" },
		{ 3, "haswell broadwell skylake cometlake alderlake gracemont sierraforest lunarlake knl" },
		{ 3, "excavator zen zen2 zen3 dhyana yongfeng" },
		{ 4, "skylake-avx512 cascadelake cannonlake icelake-client tigerlake sapphirerapids zen4 zen5" },
	};
	char text[256], *save;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		snprintf(text, sizeof text, "%s", table[i].names);
		for (char *name = strtok_r(text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
			featset_t set = features(name);
			featset_cpu_t *cpu = cpu_of(&set, "");

			if (featset_psabi(cpu) != table[i].level)
				fail_msg("%s: level %d", name, featset_psabi(cpu));
			featset_cpu_free(cpu);
		}
	}
}

/* ---- known differences of generations ---------------------------------------------- */

/* facts of two public dumps: what a Haswell-EP has over an Ivy Bridge-EP. */
static void test_haswell_over_ivybridge(void **state)
{
	featset_t haswell = features("haswell"), ivybridge = features("ivybridge"), more, wanted;

	(void)state;
	assert_true(featset_subset(&ivybridge, &haswell));
	featset_minus(&more, &haswell, &ivybridge);
	wanted = set_of("fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid");
	assert_sets("haswell - ivybridge", &more, &wanted);
}

static void test_switchable(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} table[] = {
		{ "core2", "vmx", "svm rtm" },
		{ "haswell", "vmx rtm hle", "sgx mpx" },
		{ "skylake", "vmx rtm hle sgx mpx", "svm" },
		{ "skylake-avx512", "vmx rtm hle mpx", "sgx" },
		{ "icelake-client", "sgx", "rtm hle mpx" },
		{ "icelake-server", "sgx rtm", "mpx" },
		{ "sapphirerapids", "rtm tsxldtrk", "hle" },
		{ "alderlake", "vmx key_locker", "rtm hle sgx" },
		{ "pantherlake", "vmx", "key_locker" },
		{ "k8", "", "svm vmx" },
		{ "zen", "svm", "vmx lwp rdrand" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		featset_t got, in = set_of(table[i].in), out = set_of(table[i].out);

		featset_baseline_switchable(&got, baseline(table[i].name));
		if (!featset_subset(&in, &got) || !featset_disjoint(&out, &got)) {
			print_names("switchable", &got);
			fail_msg("%s", table[i].name);
		}
	}
}

/* ---- the nearest baseline ------------------------------------------------------------ */

static featset_cpu_t *xen_cpu(const char *words, const char *vendor)
{
	featset_cpu_t *cpu = featset_cpu_new();
	unsigned n = 0;

	assert_non_null(cpu);
	featset_cpu_set_vendor(cpu, vendor);
	for (const char *at = words; *at; at += 8 + (at[8] == '-'))
		featset_cpu_set_word(cpu, n++, (uint32_t)strtoul(at, NULL, 16));
	return cpu;
}

static void assert_nearest(featset_cpu_t *cpu, const char *first)
{
	const featset_baseline_t *out[8];
	size_t count = featset_nearest(out, 8, cpu);

	if (!first) {
		assert_int_equal(count, 0);
	} else if (!count || out[0] != baseline(first)) {
		for (size_t i = 0; i < count && i < 8; i++)
			print_message("  %s\n", featset_baseline_name(out[i]));
		fail_msg("%s expected", first);
	}
	featset_cpu_free(cpu);
}

static void test_nearest_of_pools(void **state)
{
	/* Hera and Zeus of data/xapi, and what XAPI's rule makes of them. */
	static const char zeus[] = "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-"
				   "9c000400-00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000";
	static const char hera[] = "1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-"
				   "9c000400-00000000-00000000-00000000-00000000-00000000";
	static const char level[] = "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-"
				    "9c000400-00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000";

	(void)state;
	assert_nearest(xen_cpu(zeus, "GenuineIntel"), "ivybridge");
	assert_nearest(xen_cpu(hera, "GenuineIntel"), "haswell");
	assert_nearest(xen_cpu(level, "GenuineIntel"), "ivybridge");
	assert_nearest(xen_cpu(level, ""), "ivybridge");
	assert_nearest(xen_cpu(hera, ""), "haswell");
	/* A guest booted on Hera, and a Broadwell-DE host. */
	assert_nearest(xen_cpu("1fcbfbff-f7fa3203-2c100800-00000021-00000001-000007ab-00000000-00000000-00101000-"
			       "bc000400",
			       "GenuineIntel"),
		       "haswell");
	assert_nearest(xen_cpu("1fcbfbff-f7fa3223-2d93fbff-00000523-00000001-001c0fbb-00000000-00000100-00101000-"
			       "bc000c00-00000000-00000000-00000000-00000000-00000000-00000000-1c020004",
			       "GenuineIntel"),
		       "broadwell");
	/* Only the four words of old: leaf 7 is unknown, and nothing newer is guessed. */
	assert_nearest(xen_cpu("bfebfbff-7fbee3ff-2c100800-00000001", "GenuineIntel"), "ivybridge");
	assert_nearest(xen_cpu("bfebfbff-7ffefbff-2c100800-00000021", "GenuineIntel"), "haswell");
	assert_nearest(featset_cpu_new(), NULL);
}

/* Each baseline is its own nearest, or the eldest of those that are equal. */
/* Intel's manual: ADX came with Broadwell.  Zhaoxin's parts have it too, but are no answer for an Intel one. */
static void test_nearest_of_two_features(void **state)
{
	featset_cpu_t *cpu = part("GenuineIntel", 6, 0xff, -1);
	featset_t two;

	(void)state;
	featset_clear(&two);
	featset_add(&two, FEATSET_AVX);
	featset_add(&two, FEATSET_ADX);
	featset_cpu_set_features(cpu, &two, &two);
	assert_null(featset_identify(cpu));
	assert_nearest(cpu, "broadwell");
}

static void test_nearest_of_baselines(void **state)
{
	static const char *const eldest[][2] = {
		{ "kabylake", "skylake" },	 { "coffeelake", "skylake" },	 { "whiskeylake", "skylake" },
		{ "cometlake", "skylake" },	 { "emeraldrapids", "sapphirerapids" },
		{ "rocketlake", "icelake-client" }, { "raptorlake", "alderlake" }, { "bartlettlake", "alderlake" },
		{ "meteorlake", "alderlake" },	 { "lunarlake", "arrowlake-s" }, { "pantherlake", "arrowlake-s" },
		{ "wildcatlake", "arrowlake-s" }, { "saltwell", "bonnell" },	 { "airmont", "silvermont" },
		{ "grandridge", "sierraforest" }, { "griffin", "k8-sse3" },	 { "llano", "k10" },
		{ "puma", "jaguar" },		 { "zen+", "zen" },		 { "zen3+", "zen3" },
		{ "gracemont", "alderlake" },	 { "arrowlake", "sierraforest" },
		{ "c86-4g-m6", "c86-4g-m4" },	 { "c86-4g-m8", "c86-4g-m7" },
		{ "wudaokou", "zhangjiang" },
	};

	(void)state;
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *b = featset_baseline_at(i);
		const char *wanted = featset_baseline_name(b);
		featset_t set;

		if (featset_baseline_kind(b) != FEATSET_KIND_UARCH)
			continue;
		for (size_t k = 0; k < sizeof eldest / sizeof *eldest; k++) {
			if (!strcmp(wanted, eldest[k][0]))
				wanted = eldest[k][1];
		}
		featset_baseline_features(&set, b);
		assert_nearest(cpu_of(&set, featset_baseline_vendor(b)), wanted);
	}
}

/* No baseline that is returned contains another, all fit, and the count does not depend on the room. */
static void test_nearest_is_maximal(void **state)
{
	featset_t set = features("zen3"), haswell = features("haswell"), user;
	const featset_baseline_t *out[128];
	size_t count;
	featset_cpu_t *cpu;

	(void)state;
	featset_or(&set, &set, &haswell);
	featset_remove(&set, FEATSET_RDPID);
	cpu = cpu_of(&set, "AuthenticAMD");
	count = featset_nearest(out, 128, cpu);
	assert_true(count > 0 && count < 128);
	assert_int_equal(featset_nearest(NULL, 0, cpu), count);
	assert_ptr_equal(out[0], baseline("zen"));
	featset_of_scope(&user, FEATSET_SCOPE_USER);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(featset_baseline_fits(out[i], cpu, NULL, NULL), FEATSET_YES);
		for (size_t k = 0; k < count; k++) {
			featset_t a, b;

			featset_baseline_features(&a, out[i]);
			featset_baseline_features(&b, out[k]);
			featset_and(&a, &a, &user);
			featset_and(&b, &b, &user);
			assert_true(i == k || !featset_subset(&a, &b));
		}
	}
	featset_cpu_free(cpu);
}

/* What has the features of both, and nothing else. */
static featset_cpu_t *cpu_of_two(const char *a, const char *b, const char *vendor)
{
	featset_t set = features(a), more = features(b);

	featset_or(&set, &set, &more);
	return cpu_of(&set, vendor);
}

/* Same vendor, then microarchitectures, then the larger, then the older. */
static void test_nearest_order(void **state)
{
	featset_cpu_t *cpu;
	featset_t one;

	(void)state;
	assert_nearest(cpu_of_two("sandybridge", "k10", "GenuineIntel"), "sandybridge");
	assert_nearest(cpu_of_two("sandybridge", "k10", "AuthenticAMD"), "k10");
	assert_nearest(cpu_of_two("sandybridge", "x86-64-v3", ""), "sandybridge");
	assert_nearest(cpu_of_two("k8", "skylake-avx512", ""), "skylake-avx512");

	/* One bit known to be there, the rest unread: the baseline that assumes least. */
	cpu = featset_cpu_new();
	one = set_of("movdiri");
	featset_cpu_set_features(cpu, &one, &one);
	featset_cpu_set_vendor(cpu, "GenuineIntel");
	assert_int_equal(featset_nearest(NULL, 0, cpu), 1);
	assert_nearest(cpu, "tremont");
}

/* What hypervisors withhold from guests that run as well without. */
static void test_withheld(void **state)
{
	static const char *const table[][2] = {
		{ "zen2", "mwaitx rdpru" },
		{ "zen3", "mwaitx rdpru shstk erms" },
		{ "sapphirerapids", "waitpkg shstk enqcmd uintr ibt ptwrite fsrs fzrm fsrc cldemote" },
		{ "haswell", "syscall erms" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		featset_t set = features(table[i][0]), less = set_of(table[i][1]);
		featset_cpu_t *cpu;

		featset_minus(&set, &set, &less);
		cpu = cpu_of(&set, featset_baseline_vendor(baseline(table[i][0])));
		assert_int_equal(featset_baseline_fits(baseline(table[i][0]), cpu, NULL, NULL), FEATSET_YES);
		assert_nearest(cpu, table[i][0]);
	}
}

static void test_fits(void **state)
{
	featset_t set = features("haswell"), missing, unknown, wanted;
	featset_cpu_t *cpu;

	(void)state;
	featset_remove(&set, FEATSET_AVX2);
	featset_remove(&set, FEATSET_BMI2);
	featset_remove(&set, FEATSET_PCID); /* the kernel's affair */
	cpu = cpu_of(&set, "GenuineIntel");
	assert_int_equal(featset_baseline_fits(baseline("haswell"), cpu, &missing, &unknown), FEATSET_NO);
	wanted = set_of("avx2 bmi2");
	assert_sets("missing", &missing, &wanted);
	assert_true(featset_is_empty(&unknown));
	assert_int_equal(featset_baseline_fits(baseline("ivybridge"), cpu, NULL, NULL), FEATSET_YES);
	featset_cpu_free(cpu);

	/* Leaf 7 unread. */
	cpu = xen_cpu("bfebfbff-7ffefbff-2c100800-00000021", "GenuineIntel");
	assert_int_equal(featset_baseline_fits(baseline("haswell"), cpu, &missing, &unknown), FEATSET_UNKNOWN);
	wanted = set_of("avx2 bmi1 bmi2 fsgsbase xsaveopt");
	assert_true(featset_is_empty(&missing));
	assert_sets("unknown", &unknown, &wanted);
	featset_cpu_free(cpu);
}

/* ---- real dumps ----------------------------------------------------------------------- */

struct leaf {
	uint32_t leaf, subleaf, regs[4];
};

struct dump {
	size_t count;
	struct leaf leaves[512];
};

static void add_leaf(struct dump *dump, uint32_t leaf, uint32_t subleaf, const uint32_t regs[4])
{
	assert_true(dump->count < 512);
	dump->leaves[dump->count].leaf = leaf;
	dump->leaves[dump->count].subleaf = subleaf;
	memcpy(dump->leaves[dump->count++].regs, regs, sizeof dump->leaves->regs);
}

static bool answer(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	const struct dump *dump = context;

	for (size_t i = 0; i < dump->count; i++) {
		if (dump->leaves[i].leaf == leaf && dump->leaves[i].subleaf == subleaf) {
			memcpy(regs, dump->leaves[i].regs, sizeof dump->leaves->regs);
			return true;
		}
	}
	return false;
}

/* One line of any of the three forms of data/; false at the end of the first CPU. */
static bool read_line(struct dump *dump, const char *line)
{
	uint32_t leaf, subleaf = 0, r[4];
	const char *mark;

	if (!strncmp(line, "----------------------------------------", 40) ||
	    (dump->count && (strstr(line, "Logical CPU #") || !strncmp(line, "basic_cpuid[0]=", 15))))
		return false;
	if (sscanf(line, " <cpuid eax_in='%x' ecx_in='%x' eax='%x' ebx='%x' ecx='%x' edx='%x'", &leaf, &subleaf, &r[0],
		   &r[1], &r[2], &r[3]) == 6 ||
	    sscanf(line, "basic_cpuid[%u]=%8x %8x %8x %8x", &leaf, &r[0], &r[1], &r[2], &r[3]) == 5) {
		add_leaf(dump, leaf, subleaf, r);
	} else if (sscanf(line, "ext_cpuid[%u]=%8x %8x %8x %8x", &leaf, &r[0], &r[1], &r[2], &r[3]) == 5) {
		add_leaf(dump, 0x80000000 + leaf, 0, r);
	} else if (sscanf(line, "CPUID %8x: %8x-%8x-%8x-%8x", &leaf, &r[0], &r[1], &r[2], &r[3]) == 5) {
		mark = strstr(line, "[SL ");
		if (mark)
			subleaf = (uint32_t)strtoul(mark + 4, NULL, 16);
		add_leaf(dump, leaf, subleaf, r);
	}
	return true;
}

static const char *shared(void)
{
	const char *path = getenv("FEATSET_SHARED");

	return path && *path ? path : "../shared";
}

static featset_cpu_t *read_dump(const char *name)
{
	static struct dump dump;
	char path[512], line[512];
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = NULL;
	FILE *file;

	snprintf(path, sizeof path, "%s/data/%s", shared(), name);
	file = fopen(path, "r");
	if (!file)
		return NULL;
	dump.count = 0;
	while (fgets(line, sizeof line, file) && read_line(&dump, line))
		;
	fclose(file);
	if (featset_cpu_read(&cpu, answer, NULL, &dump, &error) != FEATSET_OK)
		fail_msg("%s: %s", name, error.text);
	return cpu;
}

#define PENTIUM_ABSENT_SKYLAKE "fma avx f16c bmi1 avx2 bmi2 adx"

/*
 * Each dump with the generation of the part that its brand string names (NULL
 * for what is older than the catalog), what user code misses on it and why.
 */
static const struct expectation {
	const char *file, *name, *absent, *reason;
} dumps[] = {
	{ "libvirt/x86_64-cpuid-A10-5800K.xml", "piledriver", "", "" },
	{ "libvirt/x86_64-cpuid-Atom-N450.xml", "bonnell", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i5-2540M.xml", "sandybridge", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i5-650.xml", "westmere", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i7-2600.xml", "sandybridge", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i7-3520M.xml", "ivybridge", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i7-3770.xml", "ivybridge", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i7-4600U.xml", "haswell", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i7-5600U-arat.xml", "broadwell", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i7-7600U.xml", "kabylake", "", "" },
	{ "libvirt/x86_64-cpuid-Core-i7-8700.xml", "coffeelake", "", "" },
	{ "libvirt/x86_64-cpuid-Core2-Q9500.xml", "penryn", "", "" },
	{ "libvirt/x86_64-cpuid-EPYC-7601-32-Core-ibpb.xml", "zen", "", "" },
	{ "libvirt/x86_64-cpuid-EPYC-7601-32-Core.xml", "zen", "", "" },
	{ "libvirt/x86_64-cpuid-Ice-Lake-Server.xml", "icelake-server", "", "" },
	{ "libvirt/x86_64-cpuid-Opteron-2350.xml", "k10", "", "" },
	{ "libvirt/x86_64-cpuid-Opteron-6282.xml", "bulldozer", "", "" },
	{ "libvirt/x86_64-cpuid-Phenom-B95.xml", "k10", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-5110.xml", "core2", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-E3-1245-v5.xml", "skylake", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-E5-2623-v4.xml", "broadwell", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-E5-2630-v4.xml", "broadwell", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-E5-2650-v3.xml", "haswell", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-E5-2650.xml", "sandybridge", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-E7-4820.xml", "westmere", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-E7-8890-v3.xml", "haswell", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-Gold-5115.xml", "skylake-avx512", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-Gold-6148.xml", "skylake-avx512", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-Platinum-8268.xml", "cascadelake", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-X5460.xml", "penryn", "", "" },
	{ "libvirt/x86_64-cpuid-Xeon-w7-3465X.xml", "sapphirerapids", "", "" },
	{ "libcpuid/native/amd-a8-7680-radeon-r7-10-compute-cores-4c+6g.test", "excavator", "", "" },
	{ "libcpuid/native/amd-athlon-64-x2-dual-core-processor-5200+.test", "k8-sse3", "", "" },
	{ "libcpuid/native/amd-athlon-x2-250-processor.test", "k10", "", "" },
	{ "libcpuid/native/amd-athlon-xp.test", NULL, "", "" },
	{ "libcpuid/native/amd-fx-9590-eight-core-processor.test", "piledriver", "", "" },
	{ "libcpuid/native/amd-opteron-processor-6168.test", "k10", "", "" },
	{ "libcpuid/native/amd-phenom-ii-x3-710-processor.test", "k10", "", "" },
	{ "libcpuid/native/amd-ryzen-7-5700u-with-radeon-graphics.test", "zen2", "", "" },
	{ "libcpuid/native/amd-sempron-3000+.test", NULL, "", "" },
	{ "libcpuid/native/amd-sempron-processor-le-1100.test", "k8-sse3", "", "" },
	{ "libcpuid/native/dual-core-amd-opteron-processor-165.test", "k8-sse3", "cx16 rdtscp", "" },
	{ "libcpuid/native/hygon-c86-7185-32-core-processor.test", "dhyana", "", "" },
	{ "libcpuid/native/intel-atom-cpu-d425.test", "bonnell", "", "" },
	{ "libcpuid/native/intel-atom-cpu-n270.test", "bonnell", "cx16 lm", "a 32-bit Atom" },
	{ "libcpuid/native/intel-celeron-coppermine.test", NULL, "", "" },
	{ "libcpuid/native/intel-celeron-cpu-2.40ghz.test", "nocona", "cx16 lm", "a 32-bit Celeron of the same model" },
	{ "libcpuid/native/intel-celeron-cpu-420.test", "core2", "", "" },
	{ "libcpuid/native/intel-celeron-cpu-e1200.test", "core2", "", "" },
	{ "libcpuid/native/intel-celeron-cpu-n2930.test", "silvermont", "", "" },
	{ "libcpuid/native/intel-celeron-n4100-cpu.test", "goldmont-plus", "", "" },
	{ "libcpuid/native/intel-core-i3-3220t-cpu.test", "ivybridge", "aes rdrand", "a Core i3" },
	{ "libcpuid/native/intel-core-i3-4130-cpu.test", "haswell", "", "" },
	{ "libcpuid/native/intel-core-i5-6600k-cpu.test", "skylake", "", "" },
	{ "libcpuid/native/intel-core-i5-8350u-cpu.test", "coffeelake", "", "" },
	{ "libcpuid/native/intel-core-i5-cpu-750.test", "nehalem", "", "" },
	{ "libcpuid/native/intel-core-i7-2600k-cpu.test", "sandybridge", "", "" },
	{ "libcpuid/native/intel-core-i7-4710mq-cpu.test", "haswell", "", "" },
	{ "libcpuid/native/intel-core-i7-7500u-cpu.test", "kabylake", "", "" },
	{ "libcpuid/native/intel-core-i7-cpu-860.test", "nehalem", "", "" },
	{ "libcpuid/native/intel-core-i7-cpu-m-640.test", "westmere", "", "" },
	{ "libcpuid/native/intel-core2-cpu-6420.test", "core2", "", "" },
	{ "libcpuid/native/intel-core2-duo-cpu-e4500.test", "core2", "", "" },
	{ "libcpuid/native/intel-core2-duo-cpu-t8100.test", "penryn", "", "" },
	{ "libcpuid/native/intel-core2-quad-cpu-q9450.test", "penryn", "", "" },
	{ "libcpuid/native/intel-cpu-1300.test", NULL, "", "" },
	{ "libcpuid/native/intel-pentium-4-cpu-2.66ghz.test", NULL, "", "" },
	{ "libcpuid/native/intel-pentium-cpu-4405u.test", "skylake", PENTIUM_ABSENT_SKYLAKE, "a Pentium" },
	{ "libcpuid/native/intel-pentium-cpu-p6100.test", "westmere", "pclmulqdq sse4_1 sse4_2 aes", "a Pentium" },
	{ "libcpuid/native/intel-pentium-ii-dixon.test", NULL, "", "" },
	{ "libcpuid/native/intel-pentium-m-processor-1.60ghz.test", NULL, "", "" },
	{ "libcpuid/native/intel-xeon-cpu-2.40ghz.test", NULL, "", "" },
	{ "libcpuid/native/mobile-amd-sempron-processor-3500+.test", "k8-sse3", "", "" },
	{ "libcpuid/native/pentium-dual-core-cpu-e5200.test", "penryn", "sse4_1", "a Pentium" },
	{ "libcpuid/aida64/12th-gen-intel-core-i9-12900k.test", "alderlake", "", "" },
	{ "libcpuid/aida64/amd-ryzen-7-5800x3d-8-core-processor.test", "zen3", "", "" },
	{ "libcpuid/aida64/amd-ryzen-9-9950x-16-core-processor.test", "zen5", "", "" },
	{ "libcpuid/aida64/intel-celeron-cpu-g1610.test", "ivybridge", "aes avx f16c rdrand", "a Celeron" },
	{ "libcpuid/aida64/intel-core-i7-1065g7-cpu.test", "icelake-client", "", "" },
	{ "libcpuid/aida64/intel-core-i7-5820k-cpu.test", "haswell", "", "" },
	{ "libcpuid/aida64/intel-core-i7-6700k-cpu.test", "skylake", "", "" },
	{ "libcpuid/aida64/intel-core-ultra-7-155h.test", "meteorlake", "", "" },
	{ "libcpuid/aida64/intel-pentium-cpu-g4400.test", "skylake", PENTIUM_ABSENT_SKYLAKE, "a Pentium" },
	{ "libcpuid/aida64/via-nano-l3050.test", "nano", "", "" },
	{ "libcpuid/aida64/zhaoxin-kaixian-kx-6000g.test", "lujiazui", "", "" },
};

/*
 * Words of public dumps of parts that data/ has none of, in Xen's order: 1.EDX,
 * 1.ECX, 80000001.EDX and ECX, D.1.EAX, 7.0.EBX and ECX, 80000007.EDX,
 * 80000008.EBX, 7.0.EDX.  Some were made by 32-bit readers, which see no SYSCALL.
 */
static void test_public_words(void **state)
{
	static const struct {
		const char *name, *words;
	} table[] = {
		{ "tigerlake", "bfebfbff-7ffafbbf-2c100000-00000121-0000000f-f3bfa7eb-18c05fce-00000100-00000000-"
			       "fc100510" },
		{ "lakefield", "bfebfbff-4fd8ebbf-28100000-00000101-0000000f-239422c3-00400104" },
		{ "bobcat", "178bfbff-00802209-2fd3fbff-000035ff-00000000-00000000-00000000" },
		{ "lujiazui", "bfcbfbff-7fda63eb-2c100800-00000121-00000001-200c258b-00000004" },
		{ "yongfeng", "bfcbfbff-7ffa73e3-2c100800-00000121-00000001-201c25ab-0040000d" },
		{ "shijidadao", "bfcbfbff-7ffa73eb-2c100800-00000121-0000000f-200c25ab-0040000d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *vendor = featset_baseline_vendor(baseline(table[i].name));
		featset_cpu_t *cpu = xen_cpu(table[i].words, vendor);
		featset_t own = features(table[i].name), none;

		featset_minus(&own, &own, featset_cpu_features(cpu));
		featset_and(&own, &own, featset_cpu_known(cpu));
		featset_remove(&own, FEATSET_SYSCALL);
		featset_clear(&none);
		assert_sets(table[i].name, &own, &none);
		assert_nearest(cpu, table[i].name);
	}
}

static void need_data(void)
{
	char path[512];
	DIR *dir;

	snprintf(path, sizeof path, "%s/data/libvirt", shared());
	dir = opendir(path);
	if (!dir) {
		print_message("SKIPPED: no %s (set FEATSET_SHARED)\n", path);
		skip();
	}
	closedir(dir);
}

static void check_dump(const struct expectation *e)
{
	featset_t missing, wanted = set_of(e->absent), fused;
	featset_cpu_t *cpu = read_dump(e->file);
	const featset_baseline_t *b;

	if (!cpu)
		fail_msg("%s cannot be read", e->file);
	b = featset_identify(cpu);
	if (!e->name ? b != NULL : b != baseline(e->name))
		fail_msg("%s: identified as %s", e->file, b ? featset_baseline_name(b) : "nothing");
	if (b) {
		featset_baseline_fits(b, cpu, &missing, NULL);
		assert_sets(e->file, &missing, &wanted);
		featset_baseline_fused(&fused, b);
		if (!featset_subset(&missing, &fused))
			fail_msg("%s lacks what its row does not call fused", e->file);
	}
	featset_cpu_free(cpu);
}

static void test_dumps(void **state)
{
	(void)state;
	need_data();
	for (size_t i = 0; i < sizeof dumps / sizeof *dumps; i++)
		check_dump(&dumps[i]);
}

/*
 * What the rows say of the kernel's features, by the same dumps: what a part is
 * known to lack is fused or switchable; SYSCALL is hidden from 32-bit readers.
 */
static void test_system_bits(void **state)
{
	(void)state;
	need_data();
	for (size_t i = 0; i < sizeof dumps / sizeof *dumps; i++) {
		featset_t absent, fused, switchable, allowed = set_of("syscall");
		featset_cpu_t *cpu = read_dump(dumps[i].file);

		if (dumps[i].name) {
			featset_baseline_features(&absent, baseline(dumps[i].name));
			featset_minus(&absent, &absent, featset_cpu_features(cpu));
			featset_and(&absent, &absent, featset_cpu_known(cpu));
			featset_baseline_fused(&fused, baseline(dumps[i].name));
			featset_baseline_switchable(&switchable, baseline(dumps[i].name));
			featset_or(&allowed, &allowed, &fused);
			featset_or(&allowed, &allowed, &switchable);
			featset_minus(&absent, &absent, &allowed);
			if (!featset_is_empty(&absent)) {
				print_names(dumps[i].file, &absent);
				fail_msg("%s lacks what %s has", dumps[i].file, dumps[i].name);
			}
		}
		featset_cpu_free(cpu);
	}
}

/* The table above leaves no dump out. */
static bool is_dump(const char *name)
{
	size_t length = strlen(name);

	if (length > 5 && !strcmp(name + length - 5, ".test"))
		return true;
	return strstr(name, "-cpuid-") && strstr(name, ".xml") && !strstr(name, "-guest.xml") &&
	       !strstr(name, "-host.xml") && !strstr(name, "-json.xml");
}

static void test_no_dump_is_left_out(void **state)
{
	static const char *const folders[] = { "libvirt", "libcpuid/native", "libcpuid/aida64" };
	char path[512], file[512];

	(void)state;
	need_data();
	for (size_t i = 0; i < 3; i++) {
		struct dirent *entry;
		DIR *dir;

		snprintf(path, sizeof path, "%s/data/%s", shared(), folders[i]);
		dir = opendir(path);
		assert_non_null(dir);
		while ((entry = readdir(dir))) {
			size_t k = 0;

			snprintf(file, sizeof file, "%s/%s", folders[i], entry->d_name);
			while (k < sizeof dumps / sizeof *dumps && strcmp(dumps[k].file, file) != 0)
				k++;
			if (is_dump(entry->d_name) && k == sizeof dumps / sizeof *dumps)
				fail_msg("%s is not in the table", file);
		}
		closedir(dir);
	}
}

/* From its features alone a full-featured part is named after its generation, or the eldest of equal ones. */
static void test_nearest_of_dumps(void **state)
{
	static const char *const table[][2] = {
		{ "libvirt/x86_64-cpuid-Xeon-5110.xml", "core2" },
		{ "libvirt/x86_64-cpuid-Xeon-X5460.xml", "penryn" },
		{ "libvirt/x86_64-cpuid-Core-i5-650.xml", "westmere" },
		{ "libvirt/x86_64-cpuid-Xeon-E5-2650.xml", "sandybridge" },
		{ "libcpuid/native/intel-core-i7-2600k-cpu.test", "sandybridge" }, /* without leaf 0xd subleaf 1 */
		{ "libvirt/x86_64-cpuid-Core-i7-3770.xml", "ivybridge" },
		{ "libvirt/x86_64-cpuid-Xeon-E5-2650-v3.xml", "haswell" },
		{ "libcpuid/aida64/intel-core-i7-5820k-cpu.test", "haswell" },
		{ "libvirt/x86_64-cpuid-Xeon-E5-2630-v4.xml", "broadwell" },
		{ "libvirt/x86_64-cpuid-Core-i7-8700.xml", "skylake" },
		{ "libvirt/x86_64-cpuid-Xeon-Gold-6148.xml", "skylake-avx512" },
		{ "libvirt/x86_64-cpuid-Xeon-Platinum-8268.xml", "cascadelake" },
		{ "libvirt/x86_64-cpuid-Ice-Lake-Server.xml", "icelake-server" },
		{ "libvirt/x86_64-cpuid-Xeon-w7-3465X.xml", "sapphirerapids" },
		{ "libcpuid/aida64/12th-gen-intel-core-i9-12900k.test", "alderlake" },
		{ "libcpuid/aida64/intel-core-ultra-7-155h.test", "alderlake" },
		{ "libvirt/x86_64-cpuid-Opteron-2350.xml", "k10" },
		{ "libvirt/x86_64-cpuid-Opteron-6282.xml", "bulldozer" },
		{ "libvirt/x86_64-cpuid-A10-5800K.xml", "piledriver" },
		{ "libvirt/x86_64-cpuid-EPYC-7601-32-Core.xml", "zen" },
		{ "libcpuid/native/amd-ryzen-7-5700u-with-radeon-graphics.test", "zen2" },
		{ "libcpuid/aida64/amd-ryzen-7-5800x3d-8-core-processor.test", "zen3" },
		{ "libcpuid/aida64/amd-ryzen-9-9950x-16-core-processor.test", "zen5" },
		{ "libcpuid/native/hygon-c86-7185-32-core-processor.test", "dhyana" },
		{ "libcpuid/native/intel-celeron-n4100-cpu.test", "goldmont-plus" },
		{ "libcpuid/aida64/zhaoxin-kaixian-kx-6000g.test", "lujiazui" },
		{ "libcpuid/native/intel-pentium-cpu-p6100.test", "core2" },
	};

	(void)state;
	need_data();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%s\n", table[i][0]);
		assert_nearest(read_dump(table[i][0]), table[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_part_has_two_rows),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_every_row_is_found),
		cmocka_unit_test(test_psabi_sets),
		cmocka_unit_test(test_psabi_level),
		cmocka_unit_test(test_psabi_of_baselines),
		cmocka_unit_test(test_haswell_over_ivybridge),
		cmocka_unit_test(test_switchable),
		cmocka_unit_test(test_nearest_of_pools),
		cmocka_unit_test(test_nearest_of_two_features),
		cmocka_unit_test(test_nearest_of_baselines),
		cmocka_unit_test(test_nearest_is_maximal),
		cmocka_unit_test(test_nearest_order),
		cmocka_unit_test(test_withheld),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_public_words),
		cmocka_unit_test(test_dumps),
		cmocka_unit_test(test_system_bits),
		cmocka_unit_test(test_no_dump_is_left_out),
		cmocka_unit_test(test_nearest_of_dumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
