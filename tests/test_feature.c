/* SPDX-License-Identifier: MIT */
/*
 * Names and places of features: the tables' own order, Xen's published masks,
 * QEMU's bits and names, every project's spelling, and what is said of names
 * that are unknown or mean several things.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset/feature.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- the tables -------------------------------------------------------------- */

enum { NONE = 0, L = 2, X = 4, Q = 8, V = 16, G = 32, I = 64, K = 128, A = 256, P = 512, C = 1024 };

static const struct row {
	unsigned number, dialects;
	const char *name, *summary;
} rows[] = {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) { FEATSET_##id, dialects, name, summary },
#include <featset/features.def>
};

static const struct alias {
	unsigned number;
	featset_dialect_t dialect;
	bool written;
	const char *name;
} aliases[] = {
#define SPELL(id, dialect, name) { FEATSET_##id, FEATSET_##dialect, true, name },
#define ALSO(id, dialect, name) { FEATSET_##id, FEATSET_##dialect, false, name },
#include <featset/aliases.def>
};

/* As names are compared: lower case, '-' and '.' like '_'. */
static int fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	return c == '-' || c == '.' ? '_' : c;
}

static int compare(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) - fold(*b);
}

static const struct row *row_of(unsigned number)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].number == number)
			return &rows[i];
	return NULL;
}

static const char *canonical(unsigned number)
{
	const char *name = featset_feature_name(number, FEATSET_CANONICAL);

	return name ? name : "(no name)";
}

static void features_are_sorted_and_unique(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (i && rows[i].number <= rows[i - 1].number)
			fail_msg("%s is out of order", rows[i].name);
		for (size_t j = 0; j < i; j++)
			if (compare(rows[i].name, rows[j].name) == 0)
				fail_msg("%s is there twice", rows[i].name);
		if (!(featset_word_flags(rows[i].number / 32) >> rows[i].number % 32 & 1))
			fail_msg("%s stands in a number", rows[i].name);
	}
}

static void summaries_fit_a_line(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t length = strlen(rows[i].summary);

		if (length < 5 || length > 70 || rows[i].summary[length - 1] == '.')
			fail_msg("summary of %s: \"%s\"", rows[i].name, rows[i].summary);
		assert_string_equal(featset_feature_summary(rows[i].number), rows[i].summary);
	}
}

static void aliases_are_sorted_and_needed(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(aliases); i++) {
		const struct alias *alias = &aliases[i];
		const struct row *row = row_of(alias->number);
		int order = i ? compare(aliases[i - 1].name, alias->name) : -1;

		if (order > 0 || (order == 0 && aliases[i - 1].dialect > alias->dialect))
			fail_msg("%s is out of order", alias->name);
		if (!alias->written && compare(alias->name, row->name) == 0)
			fail_msg("ALSO %s is read anyway", alias->name);
		if (!alias->written)
			continue;
		if (row->dialects >> alias->dialect & 1)
			fail_msg("%s has both a SPELL row and the letter of its dialect", alias->name);
		for (size_t j = 0; j < i; j++)
			if (aliases[j].written && aliases[j].number == alias->number &&
			    aliases[j].dialect == alias->dialect)
				fail_msg("%s and %s are both written", alias->name, aliases[j].name);
	}
}

/* Every name has the shape that its dialect's rule asks for. */
static void rules_give_the_right_shape(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (unsigned d = FEATSET_LINUX; d < FEATSET_DIALECTS; d++) {
			const char *name = featset_feature_name(rows[i].number, (featset_dialect_t)d);

			if (!(rows[i].dialects >> d & 1))
				continue;
			assert_non_null(name);
			assert_int_equal(compare(name, rows[i].name), 0);
			assert_int_equal(strlen(name), strlen(rows[i].name));
			for (const char *p = name; *p; p++) {
				bool upper = *p >= 'A' && *p <= 'Z', lower = *p >= 'a' && *p <= 'z';

				if (1u << d & (X | Q | V | G))
					assert_true(!upper && *p != '_');
				if (1u << d & (I | P))
					assert_false(lower);
				if (1u << d & P)
					assert_true(upper || (*p >= '0' && *p <= '9'));
			}
		}
	}
}

/*
 * A plain canonical name is never ambiguous, so no dialect may mean something
 * else by it.  The exceptions are copies that carry the original's name,
 * libcpuid's name for AMD's read-only counters, and one switch of QEMU's that
 * moves two bits.
 */
static void canonical_names_mean_one_thing(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(aliases); i++) {
		const struct alias *alias = &aliases[i];

		for (size_t j = 0; j < COUNT(rows); j++) {
			if (rows[j].number == alias->number || compare(rows[j].name, alias->name) != 0)
				continue;
			if (featset_feature_class(alias->number) == FEATSET_CLASS_ALIAS && !alias->written)
				continue;
			if (alias->number == FEATSET_EFF_FREQ_RO && alias->dialect == FEATSET_LIBCPUID)
				continue;
			if (alias->number == FEATSET_VMX_INVVPID_SINGLE_CONTEXT && !alias->written)
				continue;
			if (alias->number == FEATSET_K6_SYSCALL && alias->dialect == FEATSET_ARCHSPEC)
				continue;
			if ((alias->number == FEATSET_AMD_FSRS || alias->number == FEATSET_AMD_FSRC) &&
			    alias->dialect == FEATSET_KCPUID)
				continue;
			fail_msg("%s is the canonical name of one bit and %s's name of another", alias->name,
				 featset_dialect_name(alias->dialect));
		}
	}
}

/* ---- Xen ----------------------------------------------------------------------- */

/* Xen's static masks, words 0 to 18, at commit c447b73. */
static const uint32_t xen_known[] = { 0xbfebfbff, 0xfffefbff, 0xee500800, 0x6469bfff, 0x0000001f,
				      0xffbfffff, 0xfb417fff, 0x00000780, 0x7f9fd205, 0xffddef3e,
				      0xccbe1df7, 0xf89e0d67, 0x00000001, 0x0000007f, 0x00000000,
				      0x01064530, 0x7fbfffff, 0x40000001, 0x00000006 };
static const uint32_t xen_special[] = { 0x10000200, 0xc8200000, 0, 0x00000002, 0, 0x01002850, 0x00000010, 0,
					0x02000000, 0x20000c00, 0, 0x40000020, 0, 0,          0,          0,
					0x100a0004, 0x40000000, 0 };
static const uint32_t xen_simple_or[] = {
	[8] = 0x00100000, [9] = 0x00000400, [11] = 0x00000022, [16] = 0x10020000, [18] = 0
};
/* What 1.EDX and 80000001.EDX have in common. */
#define XEN_COMMON 0x0183f3ff

/* Xen may have learnt names since, but only in its own words. */
static void xen_names_what_xen_knows(void **unused)
{
	(void)unused;
	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		uint32_t have = 0;

		for (unsigned bit = 0; bit < 32; bit++)
			if (featset_feature_name(word * 32 + bit, FEATSET_XEN))
				have |= UINT32_C(1) << bit;
		if (word < COUNT(xen_known))
			assert_int_equal(have & xen_known[word], xen_known[word]);
		else
			assert_int_equal(have, 0);
	}
}

static void xen_accumulates_six_bits(void **unused)
{
	featset_t set;

	(void)unused;
	featset_of_merge(&set, FEATSET_MERGE_XEN_OR);
	assert_int_equal(featset_count(&set), 6);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		assert_int_equal(featset_word(&set, word), word < COUNT(xen_simple_or) ? xen_simple_or[word] : 0);
}

static void xen_computes_two_bits(void **unused)
{
	featset_t set;

	(void)unused;
	featset_of_merge(&set, FEATSET_MERGE_RSB);
	assert_int_equal(featset_count(&set), 2);
	assert_int_equal(featset_word(&set, 16), 1u << 2 | 1u << 19);
}

/* What is no capability to us is special to Xen, but for these. */
static void xen_calls_them_special_too(void **unused)
{
	static const featset_feature_t except[] = { FEATSET_EFER_LMSLE_MBZ, FEATSET_WRMSR_XX_BASE_NS, FEATSET_TOPOEXT,
						    FEATSET_HYBRID_CPU, FEATSET_NO_INVD };
	static const featset_class_t classes[] = { FEATSET_CLASS_DYNAMIC, FEATSET_CLASS_HINT, FEATSET_CLASS_INVERTED };

	(void)unused;
	for (size_t i = 0; i < COUNT(classes); i++) {
		featset_t set;

		featset_of_class(&set, classes[i]);
		for (size_t j = 0; j < COUNT(except); j++)
			featset_remove(&set, except[j]);
		for (featset_feature_t f = featset_next(&set, 0); f < FEATSET_BITS; f = featset_next(&set, f + 1)) {
			if (!featset_feature_name(f, FEATSET_XEN))
				continue;
			if (!(xen_special[f / 32] >> f % 32 & 1))
				fail_msg("%s is nothing special to Xen", canonical(f));
		}
	}
}

static void copies_are_where_xen_has_them(void **unused)
{
	featset_t set;

	(void)unused;
	featset_of_class(&set, FEATSET_CLASS_ALIAS);
	assert_int_equal(featset_word(&set, 2), XEN_COMMON);
	assert_int_equal(featset_word(&set, 35), 0xf);
	assert_int_equal(featset_count(&set), 18 + 4);
}

/* ---- classes --------------------------------------------------------------------- */

static void every_feature_is_in_one_class(void **unused)
{
	featset_t named, all;
	unsigned count = 0;

	(void)unused;
	featset_named(&named);
	assert_int_equal(featset_count(&named), COUNT(rows));
	featset_clear(&all);
	for (unsigned c = FEATSET_CLASS_CAPABILITY; c <= FEATSET_CLASS_NUMBER; c++) {
		featset_t set;

		featset_of_class(&set, (featset_class_t)c);
		assert_true(featset_disjoint(&all, &set));
		featset_or(&all, &all, &set);
		count += featset_count(&set);
		for (featset_feature_t f = featset_next(&set, 0); f < FEATSET_BITS; f = featset_next(&set, f + 1))
			assert_int_equal(featset_feature_class(f), c);
	}
	assert_true(featset_equal(&all, &named));
	assert_int_equal(count, COUNT(rows));
}

static void classes_of_well_known_bits(void **unused)
{
	static const struct {
		featset_feature_t feature;
		featset_class_t klass;
		featset_merge_t merge;
		featset_scope_t scope;
	} want[] = {
		{ FEATSET_AVX2, FEATSET_CLASS_CAPABILITY, FEATSET_MERGE_AND, FEATSET_SCOPE_USER },
		{ FEATSET_INVPCID, FEATSET_CLASS_CAPABILITY, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_OSXSAVE, FEATSET_CLASS_DYNAMIC, FEATSET_MERGE_AND, FEATSET_SCOPE_USER },
		{ FEATSET_OSPKE, FEATSET_CLASS_DYNAMIC, FEATSET_MERGE_AND, FEATSET_SCOPE_USER },
		{ FEATSET_APIC, FEATSET_CLASS_DYNAMIC, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_HT, FEATSET_CLASS_HINT, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_CMP_LEGACY, FEATSET_CLASS_HINT, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_VMX, FEATSET_CLASS_FIRMWARE, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_IDA, FEATSET_CLASS_FIRMWARE, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_SGX, FEATSET_CLASS_FIRMWARE, FEATSET_MERGE_AND, FEATSET_SCOPE_USER },
		{ FEATSET_IBS, FEATSET_CLASS_CAPABILITY, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_MD_CLEAR, FEATSET_CLASS_MITIGATION, FEATSET_MERGE_XEN_OR, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_RDCL_NO, FEATSET_CLASS_MITIGATION, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_RTM_ALWAYS_ABORT, FEATSET_CLASS_INVERTED, FEATSET_MERGE_OR, FEATSET_SCOPE_USER },
		{ FEATSET_ZERO_FCS_FDS, FEATSET_CLASS_INVERTED, FEATSET_MERGE_AND, FEATSET_SCOPE_USER },
		{ FEATSET_ACC_POWER, FEATSET_CLASS_CAPABILITY, FEATSET_MERGE_AND, FEATSET_SCOPE_SYSTEM },
		{ FEATSET_SGX2, FEATSET_CLASS_FIRMWARE, FEATSET_MERGE_AND, FEATSET_SCOPE_USER },
		{ FEATSET_AVX10_2, FEATSET_CLASS_NUMBER, FEATSET_MERGE_AND, FEATSET_SCOPE_USER },
		{ FEATSET_RSBA, FEATSET_CLASS_INVERTED, FEATSET_MERGE_RSB, FEATSET_SCOPE_SYSTEM },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(featset_feature_class(want[i].feature), want[i].klass);
		assert_int_equal(featset_feature_merge(want[i].feature), want[i].merge);
		assert_int_equal(featset_feature_scope(want[i].feature), want[i].scope);
	}
}

static void bits_without_a_name(void **unused)
{
	static const unsigned free[] = { 6 * 32 + 15, 14 * 32 + 31, 59 * 32, 22 * 32 + 7, FEATSET_BITS, 1u << 31 };

	(void)unused;
	for (size_t i = 0; i < COUNT(free); i++) {
		assert_int_equal(featset_feature_class(free[i]), FEATSET_CLASS_CAPABILITY);
		assert_int_equal(featset_feature_merge(free[i]), FEATSET_MERGE_AND);
		assert_int_equal(featset_feature_scope(free[i]), FEATSET_SCOPE_SYSTEM);
		assert_null(featset_feature_summary(free[i]));
		for (unsigned d = 0; d <= FEATSET_DIALECTS; d++)
			assert_null(featset_feature_name(free[i], (featset_dialect_t)d));
	}
	assert_null(featset_feature_name(FEATSET_AVX2, FEATSET_DIALECTS));
}

/* ---- words ------------------------------------------------------------------------- */

static void words_are_found_by_name_and_place(void **unused)
{
	(void)unused;
	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		featset_source_t source = featset_word_source(word);

		assert_int_equal(featset_word_find(featset_word_name(word)), word);
		if (source != FEATSET_SOURCE_CPUID && source != FEATSET_SOURCE_MSR)
			continue;
		assert_int_equal(featset_word_at(source, featset_word_index(word), featset_word_subleaf(word),
						 featset_word_register(word)),
				 word);
	}
	assert_int_equal(featset_word_find("7.0.EBX"), 5);
	assert_int_equal(featset_word_find("7.0.eax"), FEATSET_WORDS);
	assert_int_equal(featset_word_find(""), FEATSET_WORDS);
	assert_int_equal(featset_word_at(FEATSET_SOURCE_CPUID, 7, 0, FEATSET_EAX), FEATSET_WORDS);
	assert_int_equal(featset_word_at(FEATSET_SOURCE_CPUID, 0x10a, 0, FEATSET_EAX), FEATSET_WORDS);
	assert_int_equal(featset_word_at(FEATSET_SOURCE_MSR, 0x10a, 0, FEATSET_EDX), 17);
	assert_int_equal(featset_word_at(FEATSET_SOURCE_FREE, 0, 0, FEATSET_EAX), FEATSET_WORDS);
	assert_null(featset_word_name(FEATSET_WORDS));
	assert_int_equal(featset_word_flags(FEATSET_WORDS), 0);
	assert_int_equal(featset_word_source(FEATSET_WORDS), FEATSET_SOURCE_FREE);
}

/* Xen's order of words, as its header numbers them. */
static void words_are_in_xen_order(void **unused)
{
	static const struct {
		uint32_t index, subleaf;
		char reg;
	} order[] = {
		{ 1, 0, 'd' }, { 1, 0, 'c' },          { 0x80000001, 0, 'd' }, { 0x80000001, 0, 'c' }, { 0xd, 1, 'a' },
		{ 7, 0, 'b' }, { 7, 0, 'c' },          { 0x80000007, 0, 'd' }, { 0x80000008, 0, 'b' }, { 7, 0, 'd' },
		{ 7, 1, 'a' }, { 0x80000021, 0, 'a' }, { 7, 1, 'b' },          { 7, 2, 'd' },          { 7, 1, 'c' },
		{ 7, 1, 'd' }, { 0x10a, 0, 'a' },      { 0x10a, 0, 'd' },      { 0x80000021, 0, 'c' },
	};

	(void)unused;
	for (unsigned word = 0; word < COUNT(order); word++) {
		assert_int_equal(featset_word_index(word), order[word].index);
		assert_int_equal(featset_word_subleaf(word), order[word].subleaf);
		assert_int_equal("abcd"[featset_word_register(word)], order[word].reg);
		assert_int_equal(featset_word_source(word),
				 order[word].index == 0x10a ? FEATSET_SOURCE_MSR : FEATSET_SOURCE_CPUID);
	}
}

/* ---- finding -------------------------------------------------------------------------- */

static featset_feature_t found(const char *name, featset_dialect_t dialect)
{
	featset_feature_t feature = FEATSET_FEATURE_NONE;
	featset_error_t error;

	if (featset_feature_find(&feature, name, dialect, &error) != FEATSET_OK)
		fail_msg("%s: %s", name, error.text);
	return feature;
}

/* Whatever is written for a feature is read back as that feature. */
static void spellings_are_read_back(void **unused)
{
	(void)unused;
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
		for (unsigned d = 0; d <= FEATSET_ANY_DIALECT; d++) {
			featset_dialect_t dialect = (featset_dialect_t)d;
			char text[64], small[4];
			size_t length = featset_feature_spell(text, sizeof text, f, dialect);

			assert_int_equal(length, strlen(text));
			assert_int_equal(featset_feature_spell(small, sizeof small, f, dialect), length);
			assert_memory_equal(small, text, length < 3 ? length : 3);
			if (!(featset_word_flags(f / 32) >> f % 32 & 1))
				continue;
			if (found(text, dialect) != f)
				fail_msg("%s for %s in %s means something else", text, canonical(f),
					 featset_dialect_name(dialect));
		}
		assert_true(featset_feature_spell(NULL, 0, f, FEATSET_XEN) > 0);
	}
}

static void canonical_names_are_found(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[80], *p;

		assert_int_equal(found(rows[i].name, FEATSET_ANY_DIALECT), rows[i].number);
		assert_int_equal(found(rows[i].name, FEATSET_CANONICAL), rows[i].number);
		snprintf(text, sizeof text, "Canonical:%s", rows[i].name);
		for (p = text; *p; p++)
			*p = *p == '_' ? (p - text) % 2 ? '-' : '.' : *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p;
		assert_int_equal(found(text, FEATSET_QEMU), rows[i].number);
	}
}

static void names_people_type(void **unused)
{
	static const struct {
		const char *name;
		unsigned feature;
	} want[] = {
		{ "sse3", FEATSET_SSE3 },
		{ "PNI", FEATSET_SSE3 },
		{ "sse4.1", FEATSET_SSE4_1 },
		{ "SSE4-2", FEATSET_SSE4_2 },
		{ "lzcnt", FEATSET_ABM },
		{ "bmi", FEATSET_BMI1 },
		{ "avx512vnni", FEATSET_AVX512_VNNI },
		{ "avx512-vnni", FEATSET_AVX512_VNNI },
		{ "page1gb", FEATSET_PDPE1GB },
		{ "itsc", FEATSET_INVTSC },
		{ "nonstop_tsc", FEATSET_INVTSC },
		{ "dts", FEATSET_DS },
		{ "sha", FEATSET_SHA_NI },
		{ "qemu:prefetchi", FEATSET_AMD_PREFETCHI },
		{ "linux:prefetchi", FEATSET_AMD_PREFETCHI },
		{ "gcc:prefetchi", FEATSET_INTEL_PREFETCHI },
		{ "Xen:prefetchi", FEATSET_INTEL_PREFETCHI },
		{ "prefetchiti", FEATSET_INTEL_PREFETCHI },
		{ "qemu:ssb-no", FEATSET_INTEL_SSB_NO },
		{ "xen:ssb-no", FEATSET_AMD_SSB_NO },
		{ "qemu:ibpb", FEATSET_AMD_IBPB },
		{ "qemu:ssbd", FEATSET_SPEC_CTRL_SSBD },
		{ "xen:psfd", FEATSET_AMD_PSFD },
		{ "intel:psfd", FEATSET_INTEL_PSFD },
		{ "rdctl-no", FEATSET_RDCL_NO },
		{ "eibrs", FEATSET_IBRS_ALL },
		{ "no-lmsl", FEATSET_EFER_LMSLE_MBZ },
		{ "fs-gs-ns", FEATSET_WRMSR_XX_BASE_NS },
		{ "3dnow", FEATSET_AMD_3DNOW },
		{ "aperfmperf", FEATSET_APERFMPERF },
		{ "libcpuid:aperfmperf", FEATSET_EFF_FREQ_RO },
		{ "avx10.2", FEATSET_AVX10_2 },
		{ "7.0.ecx[15]", 6 * 32 + 15 },
		{ "7.0.EBX[5]", FEATSET_AVX2 },
		{ "msr.10a.low[0]", FEATSET_RDCL_NO },
		{ "80000001.0.edx[31]", FEATSET_AMD_3DNOW },
		{ "free.59[31]", 59 * 32 + 31 },
		{ "ladder[01]", FEATSET_AVX10_2 },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(found(want[i].name, FEATSET_ANY_DIALECT), want[i].feature);
}

static void xl_reads_its_old_names(void **unused)
{
	static const char *const pairs[][2] = {
		{ "est", "eist" },
		{ "cmpxchg16", "cx16" },
		{ "cmpxchg8", "cx8" },
		{ "sysenter", "sep" },
		{ "clfsh", "clflush" },
		{ "tm", "tm1" },
		{ "aes", "aesni" },
		{ "cmt", "pqm" },
		{ "lahfsahf", "lahf-lm" },
		{ "cmplegacy", "cmp-legacy" },
		{ "altmovcr8", "cr8-legacy" },
		{ "nodeid", "nodeid-msr" },
		{ "invtsc", "itsc" },
		{ "ppin", "amd-ppin" },
		{ "lfence+", "lfence-dispatch" },
		{ "tsc_adjust", "tsc-adjust" },
		{ "sse4.1", "sse4-1" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_int_equal(found(pairs[i][0], FEATSET_XEN), found(pairs[i][1], FEATSET_XEN));
	assert_int_equal(found("cntxid", FEATSET_XEN), FEATSET_CID);
	assert_int_equal(found("psn", FEATSET_XEN), FEATSET_PN);
	assert_int_equal(found("arat", FEATSET_XEN), FEATSET_ARAT);
	assert_int_equal(found("svm_npt", FEATSET_XEN), FEATSET_NPT);
	assert_int_equal(found("svm_pausefilt", FEATSET_XEN), FEATSET_PAUSEFILTER);
}

static void refused(const char *name, featset_dialect_t dialect, featset_status_t status, const char *text)
{
	featset_feature_t feature = 12345;
	featset_error_t error;

	memset(&error, 0x55, sizeof error);
	assert_int_equal(featset_feature_find(&feature, name, dialect, &error), status);
	assert_int_equal(featset_feature_find(&feature, name, dialect, NULL), status);
	assert_int_equal(error.code, status);
	assert_int_equal(feature, 12345);
	if (!strstr(error.text, text))
		fail_msg("%s: \"%s\" does not say \"%s\"", name, error.text, text);
}

static void ambiguous_names_show_the_choices(void **unused)
{
	(void)unused;
	refused("prefetchi", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS,
		"prefetchi is linux:prefetchi (80000021.0.eax[20], amd_prefetchi) or "
		"xen:prefetchi (7.1.edx[14], intel_prefetchi)");
	refused("ssb_no", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "qemu:ssb_no (msr.10a.low[4], intel_ssb_no)");
	refused("psfd", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "intel_psfd");
	refused("mba", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "intel_mba (10.0.ebx[3])");
	refused("mba", FEATSET_LINUX, FEATSET_E_AMBIGUOUS, "amd_mba (80000008.0.ebx[6])");
	refused("kvmclock", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "kvm_clocksource2");
	refused("ppin", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "xen:ppin (80000008.0.ebx[23], amd_ppin)");
	refused("vnmi", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "vmx_vnmi");
	/* /proc/cpuinfo invents these from one vendor's bits or the other's. */
	refused("ibrs", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "spec_ctrl (7.0.edx[26])");
	refused("ibpb", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "xen:ibpb (80000008.0.ebx[12], amd_ibpb)");
	refused("ibrs", FEATSET_LINUX, FEATSET_E_AMBIGUOUS, "amd_ibrs");
	refused("linux:ibpb", FEATSET_ANY_DIALECT, FEATSET_E_AMBIGUOUS, "ibpb is ");
	refused("stibp", FEATSET_LINUX, FEATSET_E_AMBIGUOUS, "intel_stibp");
	refused("ssbd", FEATSET_LINUX, FEATSET_E_AMBIGUOUS, ", virt_ssbd (80000008.0.ebx[25]) or ");
}

static void unknown_names_get_a_suggestion(void **unused)
{
	char text[5000];

	(void)unused;
	refused("axv2", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "no feature is called axv2; did you mean avx2?");
	refused("avx-2x", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "did you mean avx2?");
	refused("rdrnad", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "did you mean rdrand?");
	refused("invpcd", FEATSET_LINUX, FEATSET_E_NAME, "did you mean invpcid?");
	refused("AVX512_VNI", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "did you mean avx512_vnni?");
	refused("quetzalcoatl", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "no feature is called quetzalcoatl");
	refused("", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "empty");
	refused("qemu:", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "empty");
	refused("qmeu:avx", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "did you mean qemu?");
	refused("a:b:c", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "a:b:c");
	refused("\x1b[2Javx", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "?[2Javx");
	refused("avx\t2", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "avx?2");
	/* Synthetic flags of /proc/cpuinfo are no bits. */
	refused("constant_tsc", FEATSET_LINUX, FEATSET_E_NAME, "constant_tsc");
	refused("rep_good", FEATSET_LINUX, FEATSET_E_NAME, "rep_good");
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	refused(text, FEATSET_ANY_DIALECT, FEATSET_E_NAME, "xxx...");
	text[20] = ':';
	refused(text, FEATSET_ANY_DIALECT, FEATSET_E_NAME, "xxx...");
	text[30] = '[';
	text[20] = 'x';
	refused(text, FEATSET_ANY_DIALECT, FEATSET_E_NAME, "names no word");
}

static void places_are_checked(void **unused)
{
	(void)unused;
	refused("7.0.ecx[17]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "part of a number");
	refused("24.0.ebx[0]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "part of a number");
	refused("msr.345.low[8]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "part of a number");
	refused("7.0.ecx[32]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "0 to 31");
	refused("7.0.ecx[4294967297]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "0 to 31");
	refused("7.0.ecx[]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "0 to 31");
	refused("7.0.ecx[-1]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "0 to 31");
	refused("7.0.ecx[1", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "']'");
	refused("7.0.ecx[1]x", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "']'");
	refused("7.0.eax[1]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "names no word");
	refused("[1]", FEATSET_ANY_DIALECT, FEATSET_E_NAME, "names no word");
}

static void wrong_calls_are_refused(void **unused)
{
	featset_feature_t feature;

	(void)unused;
	assert_int_equal(featset_feature_find(NULL, "avx", FEATSET_ANY_DIALECT, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_feature_find(&feature, NULL, FEATSET_ANY_DIALECT, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_feature_find(&feature, "avx", (featset_dialect_t)99, NULL), FEATSET_E_ARGUMENT);
}

static void enumerations_have_names(void **unused)
{
	(void)unused;
	for (unsigned d = 0; d < FEATSET_DIALECTS; d++)
		assert_int_equal(featset_dialect_find(featset_dialect_name((featset_dialect_t)d)), d);
	assert_string_equal(featset_dialect_name(FEATSET_LINUX), "linux");
	assert_null(featset_dialect_name(FEATSET_DIALECTS));
	assert_int_equal(featset_dialect_find("klingon"), FEATSET_DIALECTS);
	assert_int_equal(featset_dialect_find("LibVirt"), FEATSET_LIBVIRT);
	assert_string_equal(featset_class_name(FEATSET_CLASS_CAPABILITY), "capability");
	assert_string_equal(featset_class_name(FEATSET_CLASS_NUMBER), "number");
	assert_string_equal(featset_merge_name(FEATSET_MERGE_AND), "and");
	assert_string_equal(featset_merge_name(FEATSET_MERGE_RSB), "rsb");
	assert_string_equal(featset_scope_name(FEATSET_SCOPE_USER), "user");
	assert_null(featset_class_name((featset_class_t)8));
	assert_null(featset_merge_name((featset_merge_t)4));
	assert_null(featset_scope_name((featset_scope_t)2));
}

/* ---- other projects' tables --------------------------------------------------------------- */

/* The whole of a file under FEATSET_SHARED, or NULL and the test is skipped aloud. */
static char *shared_file(const char *name)
{
	const char *shared = getenv("FEATSET_SHARED");
	char path[1024], *text;
	long size;
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", shared ? shared : "../shared", name);
	file = fopen(path, "rb");
	if (!file) {
		print_message("SKIPPED: %s is not there\n", path);
		return NULL;
	}
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* A number or string after "key": in one JSON object; false when it is null or missing. */
static bool json_value(const char *object, const char *key, char *value, size_t size)
{
	char pattern[32];
	const char *p;
	size_t n = 0;

	snprintf(pattern, sizeof pattern, "\"%s\":", key);
	p = strstr(object, pattern);
	if (!p)
		return false;
	p += strlen(pattern);
	p += strspn(p, " \"");
	while (p[n] && !strchr("\",\n}", p[n]) && n + 1 < size)
		n++;
	memcpy(value, p, n);
	value[n] = '\0';
	return strcmp(value, "null") != 0;
}

static featset_register_t register_of(const char *name)
{
	return (featset_register_t)(name[1] - 'a');
}

/* QEMU 7.2 told these places and names; libvirt's stand beside them. */
static void qemu_agrees(void **unused)
{
	char *text = shared_file("data/qemu/feature-bits-7.2.json"), *object;
	unsigned seen = 0;

	(void)unused;
	if (!text)
		skip();
	for (object = strchr(text, '{'); object; object = strchr(object, '{')) {
		char leaf[16], subleaf[16] = "0", reg[16], bit[16], qemu[64], libvirt[64], *end = strchr(object, '}');
		unsigned word;
		featset_feature_t feature;

		assert_non_null(end);
		*end = '\0';
		assert_true(json_value(object, "leaf", leaf, sizeof leaf));
		json_value(object, "subleaf", subleaf, sizeof subleaf);
		assert_true(json_value(object, "reg", reg, sizeof reg));
		assert_true(json_value(object, "bit", bit, sizeof bit));
		assert_true(json_value(object, "qemu", qemu, sizeof qemu));
		word = featset_word_at(FEATSET_SOURCE_CPUID, (uint32_t)strtoul(leaf, NULL, 10),
				       (uint32_t)strtoul(subleaf, NULL, 10), register_of(reg));
		assert_true(word < FEATSET_WORDS);
		feature = word * 32 + (unsigned)strtoul(bit, NULL, 10);
		assert_string_equal(featset_feature_name(feature, FEATSET_QEMU), qemu);
		assert_int_equal(found(qemu, FEATSET_QEMU), feature);
		if (json_value(object, "libvirt", libvirt, sizeof libvirt)) {
			assert_string_equal(featset_feature_name(feature, FEATSET_LIBVIRT), libvirt);
			assert_int_equal(found(libvirt, FEATSET_LIBVIRT), feature);
		}
		seen++;
		object = end + 1;
	}
	free(text);
	assert_int_equal(seen, 204);
}

/* Spellings of the table that mean something else here, and why. */
static const struct exception {
	const char *dialect, *name, *place;
} exceptions[] = {
	/* AMD's copies under the originals' names: the name means the original. */
	{ "archspec", "*", "80000001.0.edx" },
	{ "kcpuid", "*", "80000001.0.edx" },
	{ "klauspost", "MMX", "80000001.0.edx" },
	{ "klauspost", "FXSR", "80000001.0.edx" },
	/* kcpuid has these names twice; the other place is the one that is written. */
	{ "kcpuid", "fsrs", "80000021.0.eax" },
	{ "kcpuid", "fsrc", "80000021.0.eax" },
	/* One name for each vendor's bit. */
	{ "kcpuid", "mba", "10.0.ebx" },
	{ "kcpuid", "mba", "80000008.0.ebx" },
	{ "linux", "mba", "10.0.ebx" },
	{ "linux", "mba", "80000008.0.ebx" },
	{ "linux", "vnmi", "8000000a.0.edx" },
	{ "klauspost", "IBPB", "7.0.edx" },
	{ "klauspost", "IBPB", "80000008.0.ebx" },
	{ "klauspost", "STIBP", "7.0.edx" },
	{ "klauspost", "STIBP", "80000008.0.ebx" },
	{ "klauspost", "PSFD", "7.2.edx" },
	{ "klauspost", "PSFD", "80000008.0.ebx" },
	{ "klauspost", "SPEC_CTRL_SSBD", "80000008.0.ebx" },
	/* klauspost reads these at the wrong place. */
	{ "klauspost", "FXSROPT", "1.0.edx" },
	{ "klauspost", "AMXFP8", "7.0.ecx" },
	{ "klauspost", "AMXTRANSPOSE", "7.1.edx" },
	{ "klauspost", "AMXTF32", "7.1.edx" },
	{ "klauspost", "TSA_L1_NO", "80000021.0.ecx" },
	{ "klauspost", "TSA_SQ_NO", "80000021.0.ecx" },
	/* One label for two bits that come together. */
	{ "klauspost", "POPCNT", "80000001.0.ecx" },
	{ "klauspost", "KEYLOCKERW", "19.0.ebx" },
	{ "gcc", "kl", "19.0.ebx" },
	/* QEMU's one switch for both clocks means the newer one. */
	{ "qemu", "kvmclock", "40000001.0.eax" },
	/* Options that are no feature's name, and versions that stand on the ladder. */
	{ "gcc", "64", "80000001.0.edx" },
	{ "gcc", "avx10.1", "7.1.edx" },
	{ "gcc", "avx10.2", "7.1.edx" },
};

static bool excepted(const char *dialect, const char *name, const char *place)
{
	for (size_t i = 0; i < COUNT(exceptions); i++)
		if (strcmp(exceptions[i].dialect, dialect) == 0 && strcmp(exceptions[i].place, place) == 0 &&
		    (strcmp(exceptions[i].name, name) == 0 || strcmp(exceptions[i].name, "*") == 0))
			return true;
	return false;
}

static bool means(const char *name, const char *dialect, featset_feature_t feature)
{
	featset_feature_t f;

	return featset_feature_find(&f, name, featset_dialect_find(dialect), NULL) == FEATSET_OK && f == feature;
}

/* One row of comma-separated values, in place; quotes may hold commas. */
static size_t split_row(char *line, char *fields[], size_t most)
{
	size_t count = 0;

	while (count < most) {
		char *out = line;
		bool quoted = false;

		fields[count++] = out;
		for (; *line && (quoted || *line != ','); line++) {
			if (*line == '"')
				quoted = !quoted;
			else
				*out++ = *line;
		}
		if (!*line) {
			*out = '\0';
			break;
		}
		line++;
		*out = '\0';
	}
	return count;
}

static unsigned check_names(char *names, const char *separators, const char *dialect, featset_feature_t feature)
{
	const char *place = featset_word_name(feature / 32);
	unsigned checked = 0;

	for (char *name = strtok(names, separators); name; name = strtok(NULL, separators)) {
		if (strcmp(dialect, "gcc") == 0) {
			if (strncmp(name, "-m", 2) == 0)
				name += 2;
			else if (strncmp(name, "bit_", 4) == 0)
				continue;
		}
		checked++;
		if (!means(name, dialect, feature) && !excepted(dialect, name, place))
			fail_msg("%s:%s does not mean %s[%u]", dialect, name, place, feature % 32);
	}
	return checked;
}

/* QEMU's and libvirt's names share a column: each must be read by one of them at least. */
static unsigned check_qemu_or_libvirt(char *names, featset_feature_t feature)
{
	unsigned checked = 0;

	for (char *name = strtok(names, "=/"); name; name = strtok(NULL, "=/")) {
		checked++;
		if (!means(name, "qemu", feature) && !means(name, "libvirt", feature) &&
		    !excepted("qemu", name, featset_word_name(feature / 32)))
			fail_msg("neither QEMU nor libvirt reads %s", name);
	}
	return checked;
}

static unsigned word_of_row(char *const fields[])
{
	bool msr = strncmp(fields[0], "msr:", 4) == 0;

	return featset_word_at(msr ? FEATSET_SOURCE_MSR : FEATSET_SOURCE_CPUID,
			       (uint32_t)strtoul(fields[0] + (msr ? 4 : 0), NULL, 16),
			       (uint32_t)strtoul(fields[1], NULL, 10), register_of(fields[2]));
}

static void every_spelling_is_read(void **unused)
{
	static const struct {
		unsigned column;
		const char *dialect, *separators;
	} columns[] = {
		{ 4, "linux", " " }, { 5, "linux", " " },     { 6, "kcpuid", " " },      { 7, "xen", " " },
		{ 9, "gcc", "|/" },  { 10, "archspec", " " }, { 11, "klauspost", ",|" }, { 12, "libcpuid", "|" }
	};
	char *text = shared_file("facts/feature-bits.csv"), *line, *next;
	unsigned rows_read = 0, names_read = 0;

	(void)unused;
	if (!text)
		skip();
	for (line = strchr(text, '\n') + 1; *line; line = next) {
		char *fields[20];
		unsigned word;
		featset_feature_t feature;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		assert_true(split_row(line, fields, COUNT(fields)) >= 16);
		word = word_of_row(fields);
		if (word == FEATSET_WORDS)
			continue;
		feature = word * 32 + (unsigned)strtoul(fields[3], NULL, 10);
		for (size_t i = 0; i < COUNT(columns); i++)
			names_read += check_names(fields[columns[i].column], columns[i].separators, columns[i].dialect,
						  feature);
		names_read += check_qemu_or_libvirt(fields[8], feature);
		rows_read++;
	}
	free(text);
	print_message("%u rows, %u names\n", rows_read, names_read);
	assert_true(rows_read > 550 && names_read > 2000);
}

/* Flags that the kernel makes up, or takes from leaves that a set leaves out. */
static bool synthetic(const char *flag)
{
	static const char *const flags[] = { "arch_perfmon",   "bts",  "constant_tsc", "cqm_llc",  "eagerfpu",
					     "invpcid_single", "nopl", "pebs",         "rep_good", "xtopology" };

	for (size_t i = 0; i < COUNT(flags); i++)
		if (strcmp(flags[i], flag) == 0)
			return true;
	return false;
}

/* Flags that depend on the vendor: ambiguous, never unknown. */
static bool by_vendor(const char *flag)
{
	static const char *const flags[] = { "ibpb", "ibrs", "mba", "ssbd", "stibp", "vnmi" };

	for (size_t i = 0; i < COUNT(flags); i++)
		if (strcmp(flags[i], flag) == 0)
			return true;
	return false;
}

/* Two real /proc/cpuinfo: every flag that stands for a bit is read. */
static void cpuinfo_flags_are_read(void **unused)
{
	static const char *const files[] = { "data/cpuinfo/e5-2650v2-rhel7.txt", "data/cpuinfo/e5-2680v3-rhel7.txt" };

	(void)unused;
	for (size_t i = 0; i < COUNT(files); i++) {
		char *text = shared_file(files[i]), *flags;
		unsigned count = 0;

		if (!text)
			skip();
		flags = strstr(text, "\nflags");
		assert_non_null(flags);
		flags = strchr(flags, ':') + 1;
		flags[strcspn(flags, "\n")] = '\0';
		for (char *flag = strtok(flags, " "); flag; flag = strtok(NULL, " ")) {
			featset_feature_t feature;
			featset_status_t want = synthetic(flag)   ? FEATSET_E_NAME
						: by_vendor(flag) ? FEATSET_E_AMBIGUOUS
								  : FEATSET_OK;

			if (featset_feature_find(&feature, flag, FEATSET_LINUX, NULL) != want)
				fail_msg("%s in %s", flag, files[i]);
			count += want == FEATSET_OK;
		}
		free(text);
		assert_true(count > 70);
	}
}

/* ---- sources and twins ---------------------------------------------------------- */

/* Every row that is not a plain capability says where that is from, and no other does. */
static void odd_rows_have_a_source(void **state)
{
	static const char *const sources[] = { "SDM", "APM", "PPR", "ISE", "KL", "MITIGATIONS", "AMD-IBC", "AMD-SSBD",
					       "AMD-PSF", "AMD-BTC", "AMD-SRSO", "AMD-TSA", "XEN", "KVM", "LINUX",
					       "PADLOCK" };
	FILE *file = fopen("libfeatset/featset/features.def", "r");
	char line[512], id[64], klass[32], merge[32];
	unsigned odd = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		char *source, *save = NULL;
		bool plain;

		if (sscanf(line, "FEATURE(%63[A-Z0-9_], \"%*[^\"]\", %*u, %*u, %31[A-Z_], %31[A-Z_],", id, klass, merge) != 3)
			continue;
		plain = !strcmp(klass, "CAPABILITY") && !strcmp(merge, "AND");
		source = strstr(line, ") /* ");
		if (plain != !source)
			fail_msg("%s %s a source", id, plain ? "needs no" : "needs");
		if (plain)
			continue;
		odd++;
		if ((!strcmp(merge, "XEN_OR") || !strcmp(merge, "RSB")) && !strstr(line, "XEN */"))
			fail_msg("%s merges as Xen says, but does not name it", id);
		for (char *word = strtok_r(source + 5, ", ", &save); word && strcmp(word, "*/\n") != 0;
		     word = strtok_r(NULL, ", ", &save)) {
			size_t k = 0;

			while (k < COUNT(sources) && strcmp(sources[k], word) != 0)
				k++;
			if (k == COUNT(sources))
				fail_msg("%s: '%s' is no source", id, word);
		}
	}
	fclose(file);
	assert_true(odd > 150);
}

static featset_feature_t named(const char *name)
{
	featset_feature_t feature = FEATSET_FEATURE_NONE;
	featset_error_t error = { 0 };

	if (featset_feature_find(&feature, name, FEATSET_CANONICAL, &error) != FEATSET_OK)
		fail_msg("%s", error.text);
	return feature;
}

/* The places are those of the manuals: 7.1.EDX[14] and 80000021.EAX[20], and so on. */
static void twins_point_at_each_other(void **state)
{
	static const char *const table[][2] = {
		{ "7.1.edx[14]", "80000021.0.eax[20]" }, { "7.0.edx[27]", "80000008.0.ebx[15]" },
		{ "7.0.edx[31]", "80000008.0.ebx[24]" }, { "7.2.edx[0]", "80000008.0.ebx[28]" },
		{ "7.1.eax[11]", "80000021.0.eax[10]" }, { "7.0.edx[26]", "80000008.0.ebx[14]" },
		{ "7.0.edx[26]", "80000008.0.ebx[12]" }, { "7.1.ebx[0]", "80000008.0.ebx[23]" },
		{ "msr.10a.low[4]", "80000008.0.ebx[26]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		featset_feature_t intel = named(table[i][0]), amd = named(table[i][1]), twin;
		bool found = false;

		for (size_t k = 0; (twin = featset_feature_twin(intel, k, NULL)) != FEATSET_FEATURE_NONE; k++)
			found |= twin == amd;
		assert_true(found);
		assert_int_equal(featset_feature_twin(amd, 0, NULL), intel);
	}
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
		featset_feature_t twin;
		const char *what = NULL;

		for (size_t k = 0; (twin = featset_feature_twin(f, k, &what)) != FEATSET_FEATURE_NONE; k++) {
			bool back = false;

			assert_non_null(what);
			assert_int_not_equal(twin, f);
			for (size_t j = 0; featset_feature_twin(twin, j, NULL) != FEATSET_FEATURE_NONE; j++)
				back |= featset_feature_twin(twin, j, NULL) == f;
			assert_true(back);
			assert_int_equal(featset_feature_scope(f), featset_feature_scope(twin));
			assert_int_equal(featset_feature_class(f), featset_feature_class(twin));
		}
	}
	assert_int_equal(featset_feature_twin(FEATSET_AVX2, 0, NULL), FEATSET_FEATURE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_are_sorted_and_unique),
		cmocka_unit_test(summaries_fit_a_line),
		cmocka_unit_test(aliases_are_sorted_and_needed),
		cmocka_unit_test(rules_give_the_right_shape),
		cmocka_unit_test(canonical_names_mean_one_thing),
		cmocka_unit_test(xen_names_what_xen_knows),
		cmocka_unit_test(xen_accumulates_six_bits),
		cmocka_unit_test(xen_computes_two_bits),
		cmocka_unit_test(xen_calls_them_special_too),
		cmocka_unit_test(copies_are_where_xen_has_them),
		cmocka_unit_test(every_feature_is_in_one_class),
		cmocka_unit_test(classes_of_well_known_bits),
		cmocka_unit_test(bits_without_a_name),
		cmocka_unit_test(words_are_found_by_name_and_place),
		cmocka_unit_test(words_are_in_xen_order),
		cmocka_unit_test(spellings_are_read_back),
		cmocka_unit_test(canonical_names_are_found),
		cmocka_unit_test(names_people_type),
		cmocka_unit_test(xl_reads_its_old_names),
		cmocka_unit_test(ambiguous_names_show_the_choices),
		cmocka_unit_test(unknown_names_get_a_suggestion),
		cmocka_unit_test(places_are_checked),
		cmocka_unit_test(wrong_calls_are_refused),
		cmocka_unit_test(enumerations_have_names),
		cmocka_unit_test(qemu_agrees),
		cmocka_unit_test(every_spelling_is_read),
		cmocka_unit_test(cpuinfo_flags_are_read),
		cmocka_unit_test(odd_rows_have_a_source),
		cmocka_unit_test(twins_point_at_each_other),
	};

	return cmocka_run_group_tests_name("feature", tests, NULL, NULL);
}
