/* SPDX-License-Identifier: MIT */
/*
 * The rows of the catalog from inside: nothing idle in a row, no feature without
 * its prerequisites, every name means one thing; and what a cpu lacks of its
 * row, by reason.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset/depend.h>
#include <featset/uarch.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const featset_baseline_t *baseline(const char *name)
{
	featset_error_t error = { 0 };
	const featset_baseline_t *b = featset_baseline_find(name, &error);

	if (!b)
		fail_msg("%s", error.text);
	return b;
}

static void fail_set(const char *what, const featset_t *set)
{
	char text[512] = "";
	size_t at = 0;

	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS && at < 400; f = featset_next(set, f + 1))
		at += (size_t)snprintf(text + at, sizeof text - at, " %s", featset_feature_name(f, FEATSET_CANONICAL));
	fail_msg("%s:%s", what, text);
}

static void assert_none(const char *what, const featset_t *set)
{
	if (!featset_is_empty(set))
		fail_set(what, set);
}

static featset_t set_of(const char *names)
{
	char text[512], *save = NULL;
	featset_t set;

	featset_clear(&set);
	snprintf(text, sizeof text, "%s", names);
	for (char *name = strtok_r(text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		featset_feature_t feature = FEATSET_FEATURE_NONE;
		featset_error_t error = { 0 };

		if (featset_feature_find(&feature, name, FEATSET_CANONICAL, &error) != FEATSET_OK)
			fail_msg("%s", error.text);
		featset_add(&set, feature);
	}
	return set;
}

static void assert_names(const char *what, const featset_t *got, const char *names)
{
	featset_t wanted = set_of(names), more, less;

	featset_minus(&more, got, &wanted);
	featset_minus(&less, &wanted, got);
	assert_none(what, &more);
	assert_none(what, &less);
}

/* ---- the rows as the file has them --------------------------------------------------- */

enum {
	NONE = FEATSET_FEATURE_NONE,
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) id = FEATSET_##id,
#include <featset/features.def>
};

#define LIST(...)                                                                                                      \
	{                                                                                                              \
		__VA_ARGS__, NONE                                                                                      \
	}
#define ADDS(...) LIST(__VA_ARGS__)
#define DROPS(...) LIST(__VA_ARGS__)
#define FUSED(...) LIST(__VA_ARGS__)
#define SWITCHABLE(...) LIST(__VA_ARGS__)
static const struct row {
	const char *name;
	uint16_t adds[64], drops[64], fused[64], switchable[64];
} rows[] = {
#define UARCH(id, name, title, vendor, year, parent, parts, adds, drops, fused, switchable)                            \
	{ name, adds, drops, fused, switchable },
#define PSABI(id, name, title, year, parent, adds) { name, adds, { NONE }, { NONE }, { NONE } },
#include <featset/uarchs.def>
#undef UARCH
#undef PSABI
};

static featset_t list(const uint16_t *features)
{
	featset_t set;

	featset_clear(&set);
	for (; *features != NONE; features++)
		featset_add(&set, *features);
	return set;
}

/* Along parents sets only grow, but for what the row says it drops; and no entry says what was so anyway. */
static void rows_say_only_what_changes(void **state)
{
	(void)state;
	assert_true(COUNT(rows) > 80);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const featset_baseline_t *b = baseline(rows[i].name), *parent = featset_baseline_parent(b);
		featset_t before, switched, own, adds = list(rows[i].adds), drops = list(rows[i].drops), idle;

		featset_clear(&before);
		featset_clear(&switched);
		if (parent) {
			featset_baseline_features(&before, parent);
			featset_baseline_switchable(&switched, parent);
		}
		featset_baseline_features(&own, b);
		featset_minus(&idle, &before, &own);
		featset_minus(&idle, &idle, &drops);
		assert_none(rows[i].name, &idle);
		featset_and(&idle, &adds, &before);
		assert_none(rows[i].name, &idle);
		featset_or(&before, &before, &switched);
		featset_minus(&idle, &drops, &before);
		assert_none(rows[i].name, &idle);
	}
}

static bool contains(const uint16_t *features, uint16_t feature)
{
	for (; *features != NONE; features++) {
		if (*features == feature)
			return true;
	}
	return false;
}

static void lists_name_nothing_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const uint16_t *lists[] = { rows[i].adds, rows[i].drops, rows[i].fused, rows[i].switchable };

		for (size_t k = 0; k < COUNT(lists); k++) {
			for (const uint16_t *f = lists[k]; *f != NONE; f++) {
				if (contains(f + 1, *f))
					fail_msg("%s has %s twice", rows[i].name,
						 featset_feature_name(*f, FEATSET_CANONICAL));
			}
		}
	}
}

/*
 * No baseline has a feature without what it needs, by Xen's edges and by ours.  What mirrors the operating system,
 * such as APIC, is in no row.
 */
static void prerequisites_are_held(void **state)
{
	featset_t known, dynamic;

	(void)state;
	memset(&known, 0xff, sizeof known);
	featset_of_class(&dynamic, FEATSET_CLASS_DYNAMIC);
	featset_minus(&known, &known, &dynamic);
	for (size_t i = 0; i < COUNT(rows); i++) {
		featset_t own, pruned, lost;

		if (featset_baseline_kind(baseline(rows[i].name)) != FEATSET_KIND_UARCH)
			continue;
		featset_baseline_features(&own, baseline(rows[i].name));
		featset_prune(&pruned, &own, &known, FEATSET_EDGES_ALL);
		featset_minus(&lost, &own, &pruned);
		assert_none(rows[i].name, &lost);
	}
}

/* The level that each row claims by its place in the psABI document's and the compilers' tables. */
static void every_row_reaches_its_level(void **state)
{
	static const char *const claims[] = {
		[1] = "nocona core2 penryn bonnell saltwell k8 k8-sse3 k10 griffin llano bobcat nano",
		[2] = "nehalem westmere sandybridge ivybridge silvermont airmont goldmont goldmont-plus tremont "
		      "lakefield "
		      "jaguar puma bulldozer piledriver steamroller zhangjiang wudaokou lujiazui",
		[3] = "haswell broadwell skylake kabylake coffeelake whiskeylake cometlake alderlake raptorlake "
		      "bartlettlake "
		      "meteorlake arrowlake arrowlake-s lunarlake pantherlake wildcatlake gracemont sierraforest "
		      "grandridge "
		      "clearwaterforest knl knm excavator zen zen+ zen2 zen3 zen3+ dhyana c86-4g-m4 c86-4g-m6 yongfeng "
		      "shijidadao",
		[4] = "skylake-avx512 cascadelake cooperlake cannonlake icelake-client icelake-server tigerlake "
		      "rocketlake "
		      "sapphirerapids emeraldrapids graniterapids graniterapids-d diamondrapids novalake zen4 zen5 "
		      "zen6 "
		      "c86-4g-m7 c86-4g-m8 cns",
	};
	size_t seen = 0;

	(void)state;
	for (int level = 1; level <= 4; level++) {
		char text[1024], *save = NULL;

		snprintf(text, sizeof text, "%s", claims[level]);
		for (char *name = strtok_r(text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
			featset_cpu_t *cpu = featset_cpu_new();
			featset_t own, known;

			memset(&known, 0xff, sizeof known);
			featset_baseline_features(&own, baseline(name));
			featset_cpu_set_features(cpu, &own, &known);
			if (featset_psabi(cpu) != level)
				fail_msg("%s: level %d, not %d", name, featset_psabi(cpu), level);
			featset_cpu_free(cpu);
			seen++;
		}
	}
	assert_int_equal(seen + 4, COUNT(rows)); /* the four levels themselves */
}

static void announced_parts_have_a_source(void **state)
{
	static const char *const announced[] = { "diamondrapids", "novalake", "zen6" };

	(void)state;
	for (size_t i = 0; i < COUNT(announced); i++)
		assert_non_null(strstr(featset_baseline_preliminary(baseline(announced[i])), "gcc 16"));
	assert_null(featset_baseline_preliminary(baseline("zen5")));
	assert_null(featset_baseline_preliminary(baseline("x86-64-v3")));
}

/* ---- names elsewhere ------------------------------------------------------------------- */

static const struct alias {
	const char *id, *name;
	featset_naming_t naming;
	bool shared;
} aliases[] = {
#define NAME(id, naming, name) { #id, name, FEATSET_NAMING_##naming, false },
#define SHARED(id, naming, name) { #id, name, FEATSET_NAMING_##naming, true },
#include <featset/names.def>
};

static const struct id {
	const char *id, *name;
} ids[] = {
#define UARCH(id, name, title, vendor, year, parent, ...) { #id, name },
#define PSABI(id, name, title, year, parent, ...) { #id, name },
#define PARTS(...)
#include <featset/uarchs.def>
};

static size_t row_of(const char *id)
{
	size_t i = 0;

	while (i < COUNT(ids) && strcmp(ids[i].id, id) != 0)
		i++;
	assert_true(i < COUNT(ids));
	return i;
}

static void names_are_in_order(void **state)
{
	(void)state;
	assert_true(COUNT(aliases) > 400);
	for (size_t i = 1; i < COUNT(aliases); i++) {
		size_t a = row_of(aliases[i - 1].id), b = row_of(aliases[i].id);

		if (a > b || (a == b && aliases[i - 1].naming > aliases[i].naming))
			fail_msg("%s %s is out of order", aliases[i].id, aliases[i].name);
	}
}

/* In one naming a name means one baseline, and what is shared is read as that one, never as the row itself. */
static void names_mean_one_thing(void **state)
{
	static const char *const ambiguous[] = { "icelake" }; /* archspec has one name for client and server */

	(void)state;
	for (size_t i = 0; i < COUNT(aliases); i++) {
		const featset_baseline_t *own = baseline(ids[row_of(aliases[i].id)].name), *read;
		featset_error_t error = { 0 };
		char name[128];

		snprintf(name, sizeof name, "%s:%s", featset_naming_name(aliases[i].naming), aliases[i].name);
		read = featset_baseline_find(aliases[i].name, &error);
		if (!read) {
			assert_int_equal(error.code, FEATSET_E_AMBIGUOUS);
			assert_string_equal(aliases[i].name, ambiguous[0]);
			continue;
		}
		if (aliases[i].shared ? read == own : read != own)
			fail_msg("%s of %s is read as %s", name, ids[row_of(aliases[i].id)].name,
				 featset_baseline_name(read));
		for (size_t k = 0; k < i; k++) {
			if (aliases[k].naming == aliases[i].naming && !aliases[k].shared && !aliases[i].shared &&
			    !strcmp(aliases[k].name, aliases[i].name))
				fail_msg("%s stands twice", name);
		}
	}
}

/* A word that is a feature's name in some dialect must not become a baseline's. */
static void names_hide_no_feature(void **state)
{
	featset_feature_t feature;

	(void)state;
	for (size_t i = 0; i < COUNT(aliases); i++) {
		if (featset_feature_find(&feature, aliases[i].name, FEATSET_ANY_DIALECT, NULL) == FEATSET_OK)
			fail_msg("%s is a feature", aliases[i].name);
	}
}

static void names_people_use(void **state)
{
	static const char *const table[][2] = {
		{ "znver5", "zen5" },
		{ "gcc:bdver2", "piledriver" },
		{ "IvyBridge-EP", "ivybridge" },
		{ "Milan", "zen3" },
		{ "genoa", "zen4" },
		{ "Turin", "zen5" },
		{ "Emerald Rapids", "emeraldrapids" },
		{ "emerald-rapids", "emeraldrapids" },
		{ "Rome", "zen2" },
		{ "naples", "zen" },
		{ "Kaby Lake", "kabylake" },
		{ "skx", "skylake-avx512" },
		{ "core-avx2", "haswell" },
		{ "archspec:mic_knl", "knl" },
		{ "Skylake (server)", "skylake-avx512" },
		{ "opteron-sse3", "k8-sse3" },
		{ "x86-64-v1", "x86-64" },
		{ "Zen 4c", "zen4" },
		{ "clang:penryn", "penryn" },
		{ "gcc:core2", "core2" },
		{ "Arrow Lake-U", "meteorlake" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		if (baseline(table[i][0]) != baseline(table[i][1]))
			fail_msg("%s is read as %s", table[i][0], featset_baseline_name(baseline(table[i][0])));
	}
	assert_null(featset_baseline_find("gcc:Milan", NULL));
	assert_null(featset_baseline_find("haswell-", NULL));
	assert_null(featset_baseline_find("-haswell", NULL));
	assert_string_equal(featset_baseline_alias(baseline("zen+"), FEATSET_NAMING_GCC, 0), "znver1");
	assert_string_equal(featset_baseline_alias(baseline("k10"), FEATSET_NAMING_GCC, 0), "amdfam10");
	assert_string_equal(featset_baseline_alias(baseline("k10"), FEATSET_NAMING_GCC, 1), "barcelona");
	assert_null(featset_baseline_alias(baseline("k10"), FEATSET_NAMING_GCC, 2));
	assert_null(featset_baseline_alias(baseline("lakefield"), FEATSET_NAMING_GCC, 0));
	assert_string_equal(featset_baseline_alias(baseline("haswell"), FEATSET_NAMING_EVC, 0), "intel-haswell");
	assert_string_equal(featset_naming_name(FEATSET_NAMING_MARKET), "market");
	assert_null(featset_naming_name(FEATSET_NAMINGS));
}

static void ambiguous_names_show_the_choices(void **state)
{
	featset_error_t error = { 0 };

	(void)state;
	assert_null(featset_baseline_find("icelake", &error));
	assert_int_equal(error.code, FEATSET_E_AMBIGUOUS);
	assert_string_equal(error.text, "'icelake' can mean 'icelake-client' or 'icelake-server'");
	assert_null(featset_baseline_find("znver55", &error));
	assert_string_equal(error.text, "no baseline is called 'znver55'; did you mean 'znver5'?");
}

/* ---- what a part lacks, and how far it is ------------------------------------------------- */

/* A part of a baseline, everything known, less and more than its row. */
static featset_cpu_t *part_of(const char *name, const char *less, const char *more)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t set, known, change = set_of(less);

	assert_non_null(cpu);
	memset(&known, 0xff, sizeof known);
	featset_baseline_features(&set, baseline(name));
	featset_minus(&set, &set, &change);
	change = set_of(more);
	featset_or(&set, &set, &change);
	featset_cpu_set_features(cpu, &set, &known);
	featset_cpu_set_vendor(cpu, featset_baseline_vendor(baseline(name)));
	return cpu;
}

static void lacks_are_told_apart(void **state)
{
	featset_cpu_t *cpu = part_of("skylake", "avx avx2 fma movbe syscall", "vmx mpx sgx hle");
	featset_t fused, switched, other;

	(void)state;
	featset_baseline_lacks(baseline("skylake"), cpu, &fused, &switched, &other);
	assert_names("fused", &fused, "avx avx2 fma");
	assert_names("switched", &switched, "rtm");
	assert_names("other", &other, "movbe"); /* SYSCALL is hidden from 32-bit readers */
	featset_cpu_set_view(cpu, FEATSET_VIEW_GUEST);
	featset_baseline_lacks(baseline("skylake"), cpu, &fused, NULL, &other);
	assert_names("fused", &fused, "");
	assert_names("masked", &other, "avx avx2 fma movbe");
	featset_baseline_lacks(baseline("skylake"), cpu, NULL, NULL, NULL);
	featset_cpu_free(cpu);

	/* What was not read is not said to be absent. */
	cpu = featset_cpu_new();
	featset_baseline_lacks(baseline("skylake"), cpu, &fused, &switched, &other);
	assert_true(featset_is_empty(&fused) && featset_is_empty(&switched) && featset_is_empty(&other));
	featset_cpu_free(cpu);
}

/* RTM that is there and always aborts is as good as switched off. */
static void aborting_tsx_is_off(void **state)
{
	featset_cpu_t *cpu = part_of("cascadelake", "", "vmx mpx hle rtm rtm_always_abort");
	featset_t switched;

	(void)state;
	featset_baseline_lacks(baseline("cascadelake"), cpu, NULL, &switched, NULL);
	assert_names("switched", &switched, "hle rtm");
	featset_cpu_free(cpu);
}

static void distances(void **state)
{
	featset_cpu_t *cpu = part_of("haswell", "avx2 pcid", "sha_ni gfni rtm_always_abort smap");
	featset_t more, less;

	(void)state;
	assert_int_equal(featset_baseline_distance(baseline("haswell"), cpu, &more, &less), 3);
	assert_names("more", &more, "sha_ni gfni");
	assert_names("less", &less, "avx2");
	assert_int_equal(featset_baseline_distance(baseline("haswell"), cpu, NULL, NULL), 3);
	featset_cpu_free(cpu);
	cpu = part_of("zen4", "", "");
	assert_int_equal(featset_baseline_distance(baseline("zen4"), cpu, NULL, NULL), 0);
	assert_true(featset_baseline_distance(baseline("zen3"), cpu, NULL, NULL) >
		    featset_baseline_distance(baseline("zen4"), cpu, NULL, NULL));
	featset_cpu_free(cpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_say_only_what_changes),
		cmocka_unit_test(lists_name_nothing_twice),
		cmocka_unit_test(prerequisites_are_held),
		cmocka_unit_test(every_row_reaches_its_level),
		cmocka_unit_test(announced_parts_have_a_source),
		cmocka_unit_test(names_are_in_order),
		cmocka_unit_test(names_mean_one_thing),
		cmocka_unit_test(names_hide_no_feature),
		cmocka_unit_test(names_people_use),
		cmocka_unit_test(ambiguous_names_show_the_choices),
		cmocka_unit_test(lacks_are_told_apart),
		cmocka_unit_test(aborting_tsx_is_off),
		cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
