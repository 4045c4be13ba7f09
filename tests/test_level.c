/* SPDX-License-Identifier: MIT */
/*
 * The level rules, against XAPI's published test vectors, the worked vectors of
 * XenServer's combine rule, and laws that hold for every set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

enum { WORDS = 23 };

static size_t parse(featset_t *set, const char *text)
{
	size_t n = 0;

	featset_clear(set);
	while (*text && *text != '\n') {
		char *end;

		featset_set_word(set, (unsigned)n++, (uint32_t)strtoul(text, &end, 16));
		text = *end == '-' ? end + 1 : end;
	}
	return n;
}

static featset_cpu_t *xen_cpu(const char *text)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t set;
	size_t n = parse(&set, text);

	for (unsigned w = 0; w < n; w++)
		featset_cpu_set_word(cpu, w, featset_word(&set, w));
	featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, (int64_t)n);
	return cpu;
}

static void print_words(char *out, const featset_t *set, size_t n)
{
	out[0] = '\0';
	for (unsigned w = 0; w < n; w++)
		sprintf(out + strlen(out), "%s%08x", w ? "-" : "", featset_word(set, w));
}

static featset_level_t *level_of(const char *const *texts, size_t n, featset_rule_t rule)
{
	const featset_cpu_t *cpus[8] = { NULL };
	featset_level_t *level = NULL;

	for (size_t i = 0; i < n; i++)
		cpus[i] = xen_cpu(texts[i]);
	assert_int_equal(featset_level_new(&level, cpus, n, rule, NULL), FEATSET_OK);
	for (size_t i = 0; i < n; i++)
		featset_cpu_free((featset_cpu_t *)cpus[i]);
	return level;
}

static void assert_level(const char *const *texts, size_t n, featset_rule_t rule, const char *expected)
{
	featset_level_t *level = level_of(texts, n, rule);
	const featset_cpu_t *cpu = featset_level_cpu(level);
	char got[16 * WORDS] = "";

	print_words(got, featset_cpu_features(cpu), (size_t)featset_cpu_number(cpu, FEATSET_XEN_LENGTH));
	assert_string_equal(got, expected);
	featset_level_free(level);
}

/* ---- vectors --------------------------------------------------------------- */

/* XAPI's own tests of pool levels (test_pool_cpuinfo.ml before 2023): hosts, result. */
static void xapi_pool_vectors(void **state)
{
	static const struct {
		const char *hosts[2];
		const char *level;
	} cases[] = {
		{ { "0000000a", "0000000a" }, "0000000a" },
		{ { "0000000a", "0000000f" }, "0000000a" },
		{ { "00000002", "00000001" }, "00000000" },
		{ { "ffffffff", "ffffffff" }, "ffffffff" },
		{ { "ffffffff", "ffffffff-ffffffff" }, "ffffffff-00000000" },
		{ { "ffffffff-ffffffff-ffffffff", "ffffffff-ffffffff" }, "ffffffff-ffffffff-00000000" },
		{ { "01230123-5a5a5a5a", "ffff1111-a5a56666" }, "01230101-00004242" },
		{ { "01230123-5a5a5a5a", "00210023-5a081a4a" }, "00210023-5a081a4a" },
		{ { "00000002", "00004242" }, "00000002" },
		{ { "", "ffff1111-a5a56666" }, "ffff1111-a5a56666" },
		{ { "ffff1111-a5a56666", "" }, "ffff1111-a5a56666" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_level(cases[i].hosts, 2, FEATSET_RULE_PLAIN, cases[i].level);
}

static FILE *open_shared(const char *name)
{
	const char *shared = getenv("FEATSET_SHARED");
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", shared ? shared : "../shared", name);
	return fopen(path, "r");
}

static void level_vectors(void **state)
{
	static char line[8192], a[1024], b[1024], plain[1024], xenserver[1024];
	FILE *file = open_shared("facts/xen-level-vectors.txt");
	unsigned rows = 0;

	(void)state;
	if (!file) {
		printf("SKIP level_vectors: xen-level-vectors.txt is not here\n");
		skip();
	}
	while (fgets(line, sizeof line, file)) {
		if (line[0] == '#' || sscanf(line, "%1023s %1023s %1023s %1023s", a, b, plain, xenserver) != 4)
			continue;
		assert_level((const char *[]){ a, b }, 2, FEATSET_RULE_PLAIN, plain);
		assert_level((const char *[]){ a, b }, 2, FEATSET_RULE_XENSERVER, xenserver);
		assert_level((const char *[]){ b, a }, 2, FEATSET_RULE_XENSERVER, xenserver);
		rows++;
	}
	fclose(file);
	assert_int_equal(rows, 109);
}

/* ---- the pool of the story ---------------------------------------------------- */

static const char hera[] = "1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400-"
			   "00000000-00000000-00000000-00000000-00000000";
static const char zeus[] = "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400-"
			   "00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000";

static void assert_names(const featset_t *set, const char *expected)
{
	char names[4096] = "";

	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		if (names[0])
			strcat(names, " ");
		featset_feature_spell(names + strlen(names), sizeof names - strlen(names), f, FEATSET_CANONICAL);
	}
	assert_string_equal(names, expected);
}

static void set_compat(featset_cpu_t *cpu)
{
	featset_t compat = { { 0 } };

	featset_set_word(&compat, 2, 0x0183f3ff);
	featset_add(&compat, FEATSET_CMP_LEGACY);
	featset_add(&compat, FEATSET_IBS);
	featset_cpu_set_compat(cpu, &compat);
}

static void hera_and_zeus(void **state)
{
	featset_cpu_t *cpus[2] = { xen_cpu(hera), xen_cpu(zeus) };
	featset_level_t *level;
	featset_t act, other, copies = { { 0 } };

	(void)state;
	set_compat(cpus[0]);
	assert_level((const char *[]){ hera, zeus }, 2, FEATSET_RULE_XENSERVER, zeus);
	assert_int_equal(featset_level_new(&level, (const featset_cpu_t *const *)cpus, 2, FEATSET_RULE_XENSERVER, NULL),
			 FEATSET_OK);
	featset_level_lost(&act, &other, level, 0);
	assert_names(&act, "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid");
	featset_set_word(&copies, 2, 0x0183f3ff);
	featset_add(&copies, FEATSET_CMP_LEGACY);
	featset_add(&copies, FEATSET_IBS);
	assert_true(featset_equal(&other, &copies));
	featset_level_lost(&act, &other, level, 1);
	assert_true(featset_is_empty(&act) && featset_is_empty(&other));
	featset_level_accumulated(&act, level);
	assert_true(featset_is_empty(&act));
	featset_level_free(level);
	featset_cpu_free(cpus[0]);
	featset_cpu_free(cpus[1]);
}

static void one_host_is_left_alone(void **state)
{
	/* AVX2 without AVX: no rule of XAPI's touches a pool of one host. */
	static const char odd[] = "00000000-00000000-00000000-00000000-00000000-00000020";

	(void)state;
	assert_level((const char *[]){ odd }, 1, FEATSET_RULE_XENSERVER, odd);
	assert_level((const char *[]){ odd }, 1, FEATSET_RULE_PLAIN, odd);
}

/* ---- what was not read --------------------------------------------------------- */

static featset_cpu_t *cpu_with(const featset_feature_t *there, const featset_feature_t *absent)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t features = { { 0 } }, known = { { 0 } };

	for (; *there != FEATSET_FEATURE_NONE; there++) {
		featset_add(&features, *there);
		featset_add(&known, *there);
	}
	for (; *absent != FEATSET_FEATURE_NONE; absent++)
		featset_add(&known, *absent);
	featset_cpu_set_features(cpu, &features, &known);
	return cpu;
}

#define LIST(...) ((const featset_feature_t[]){ __VA_ARGS__, FEATSET_FEATURE_NONE })
#define NOTHING ((const featset_feature_t[]){ FEATSET_FEATURE_NONE })

static void unread_is_unknown(void **state)
{
	featset_cpu_t *a = cpu_with(LIST(FEATSET_MOVBE, FEATSET_POPCNT, FEATSET_RDRAND), LIST(FEATSET_ADX));
	featset_cpu_t *b = cpu_with(LIST(FEATSET_POPCNT), LIST(FEATSET_RDRAND, FEATSET_SMAP));
	const featset_cpu_t *both[] = { a, b };
	featset_level_t *level;
	featset_t unknown, act, other;

	(void)state;
	assert_int_equal(featset_level_new(&level, both, 2, FEATSET_RULE_SAFE, NULL), FEATSET_OK);
	assert_names(featset_cpu_features(featset_level_cpu(level)), "popcnt");
	/* Known in both, or absent in one: adx is absent in a whatever b has, and smap the other way round. */
	assert_true(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_SMAP));
	assert_true(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_ADX));
	assert_true(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_RDRAND));
	featset_level_unknown(&unknown, level);
	/* movbe, which one host shows, and what one host would be enough for */
	assert_names(&unknown,
		     "movbe efer_lmsle_mbz md_clear rtm_always_abort wrmsr_xx_base_ns verw_clear rsba fb_clear "
		     "rrsba rfds_clear");
	featset_level_lost(&act, &other, level, 0);
	assert_names(&act, "rdrand");
	featset_level_free(level);
	featset_cpu_free(a);
	featset_cpu_free(b);
}

/* One host is enough for what accumulates, so one host that nobody looked at leaves it open. */
static void what_accumulates_can_be_unknown(void **state)
{
	featset_cpu_t *read = cpu_with(LIST(FEATSET_ARCH_CAPABILITIES, FEATSET_IBRS_ALL, FEATSET_SPEC_CTRL),
				       LIST(FEATSET_RSBA, FEATSET_RRSBA, FEATSET_FB_CLEAR));
	featset_cpu_t *unread = cpu_with(LIST(FEATSET_ARCH_CAPABILITIES, FEATSET_SPEC_CTRL), NOTHING);
	featset_cpu_t *none = cpu_with(NOTHING, LIST(FEATSET_ARCH_CAPABILITIES, FEATSET_SPEC_CTRL, FEATSET_RSBA,
						     FEATSET_RRSBA, FEATSET_FB_CLEAR, FEATSET_IBRS_ALL));
	const featset_cpu_t *both[] = { read, unread }, *other[] = { read, none };
	featset_level_t *level;
	featset_t unknown;

	(void)state;
	assert_int_equal(featset_level_new(&level, both, 2, FEATSET_RULE_SAFE, NULL), FEATSET_OK);
	featset_level_unknown(&unknown, level);
	assert_false(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_RSBA));
	assert_true(featset_has(&unknown, FEATSET_RSBA) && featset_has(&unknown, FEATSET_RRSBA));
	assert_true(featset_has(&unknown, FEATSET_FB_CLEAR) && featset_has(&unknown, FEATSET_IBRS_ALL));
	featset_level_free(level);
	/* A host without the register has nothing to add. */
	assert_int_equal(featset_level_new(&level, other, 2, FEATSET_RULE_SAFE, NULL), FEATSET_OK);
	featset_level_unknown(&unknown, level);
	assert_true(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_RSBA));
	assert_false(featset_has(&unknown, FEATSET_RSBA) || featset_has(&unknown, FEATSET_FB_CLEAR));
	featset_level_free(level);
	featset_cpu_free(read);
	featset_cpu_free(unread);
	featset_cpu_free(none);
}

/* The level's numbers are the least of the hosts', its compatibility bits anybody's. */
static void identity_is_shared(void **state)
{
	featset_cpu_t *a = xen_cpu(hera), *b = xen_cpu(zeus);
	const featset_cpu_t *both[] = { a, b };
	featset_level_t *level;

	(void)state;
	set_compat(a);
	featset_cpu_set_number(a, FEATSET_PHYS_BITS, 46);
	featset_cpu_set_number(b, FEATSET_PHYS_BITS, 39);
	featset_cpu_set_number(a, FEATSET_MAX_BASIC, 0xf);
	featset_cpu_set_number(b, FEATSET_MAX_BASIC, 0xd);
	featset_cpu_set_number(a, FEATSET_MAX_SUBLEAF_7, 2);
	assert_int_equal(featset_level_new(&level, both, 2, FEATSET_RULE_XENSERVER, NULL), FEATSET_OK);
	assert_int_equal(featset_cpu_number(featset_level_cpu(level), FEATSET_PHYS_BITS), 39);
	assert_int_equal(featset_cpu_number(featset_level_cpu(level), FEATSET_MAX_BASIC), 0xd);
	assert_int_equal(featset_cpu_number(featset_level_cpu(level), FEATSET_MAX_SUBLEAF_7), -1);
	assert_int_equal(featset_cpu_number(featset_level_cpu(level), FEATSET_XEN_LENGTH), 18);
	assert_true(featset_has(featset_cpu_compat(featset_level_cpu(level)), FEATSET_IBS));
	featset_level_free(level);
	featset_cpu_free(a);
	featset_cpu_free(b);
}

/* ---- the rule safe ---------------------------------------------------------------- */

static void assert_rule(featset_rule_t rule, const featset_feature_t *a, const featset_feature_t *b,
			const char *expected)
{
	featset_t x = { { 0 } }, y = { { 0 } }, out;

	for (; *a != FEATSET_FEATURE_NONE; a++)
		featset_add(&x, *a);
	for (; *b != FEATSET_FEATURE_NONE; b++)
		featset_add(&y, *b);
	featset_combine(&out, &x, &y, rule);
	assert_names(&out, expected);
	featset_combine(&out, &y, &x, rule);
	assert_names(&out, expected);
}

static void assert_safe(const featset_feature_t *a, const featset_feature_t *b, const char *expected)
{
	assert_rule(FEATSET_RULE_SAFE, a, b, expected);
}

static void safe_rule(void **state)
{
	(void)state;
	/* A warning in one host is a warning for the pool. */
	assert_safe(LIST(FEATSET_MD_CLEAR), NOTHING, "md_clear");
	assert_safe(LIST(FEATSET_RTM, FEATSET_HLE), LIST(FEATSET_RTM, FEATSET_HLE, FEATSET_RTM_ALWAYS_ABORT),
		    "rtm_always_abort");
	/* Dynamic bits and hints are nobody's to promise. */
	assert_safe(LIST(FEATSET_OSXSAVE, FEATSET_HT, FEATSET_POPCNT),
		    LIST(FEATSET_OSXSAVE, FEATSET_HT, FEATSET_POPCNT), "popcnt");
	/* apic mirrors a switch; that it is left out takes nothing else away. */
	assert_safe(LIST(FEATSET_APIC, FEATSET_X2APIC, FEATSET_TSC, FEATSET_TSC_DEADLINE_TIMER),
		    LIST(FEATSET_APIC, FEATSET_X2APIC, FEATSET_TSC, FEATSET_TSC_DEADLINE_TIMER),
		    "tsc x2apic tsc_deadline_timer");
	/* Prerequisites: avx2 cannot stay without avx. */
	assert_safe(LIST(FEATSET_XSAVE, FEATSET_AVX, FEATSET_AVX2), LIST(FEATSET_XSAVE, FEATSET_AVX2), "xsave");
	/* RSBA on one side is RSBA for the pool, shown as RRSBA where eIBRS is. */
	assert_safe(LIST(FEATSET_ARCH_CAPABILITIES, FEATSET_RSBA), LIST(FEATSET_ARCH_CAPABILITIES),
		    "arch_capabilities rsba");
}

/* ---- the rule kvm ----------------------------------------------------------------- */

static void kvm_rule(void **state)
{
	featset_cpu_t *host = cpu_with(LIST(FEATSET_TSC, FEATSET_INVTSC, FEATSET_FMA), LIST(FEATSET_AVX));
	const featset_cpu_t *one[] = { host };
	featset_level_t *level;

	(void)state;
	/* With enforce QEMU does not start a guest that is to have what its host lacks: nothing accumulates. */
	assert_rule(FEATSET_RULE_KVM, LIST(FEATSET_MD_CLEAR, FEATSET_TSC), LIST(FEATSET_TSC), "tsc");
	assert_rule(FEATSET_RULE_KVM, LIST(FEATSET_RTM), LIST(FEATSET_RTM, FEATSET_RTM_ALWAYS_ABORT), "rtm");
	/* QEMU marks invtsc as unmigratable. */
	assert_rule(FEATSET_RULE_KVM, LIST(FEATSET_TSC, FEATSET_INVTSC), LIST(FEATSET_TSC, FEATSET_INVTSC), "tsc");
	assert_rule(FEATSET_RULE_KVM, LIST(FEATSET_XSAVE, FEATSET_AVX, FEATSET_AVX2), LIST(FEATSET_XSAVE, FEATSET_AVX2),
		    "xsave");
	/* What mirrors a switch is shared like the rest, and takes nothing away where it is off. */
	assert_rule(FEATSET_RULE_KVM, LIST(FEATSET_APIC, FEATSET_X2APIC, FEATSET_HT), LIST(FEATSET_X2APIC, FEATSET_HT),
		    "ht x2apic");
	assert_rule(FEATSET_RULE_KVM,
		    LIST(FEATSET_ARCH_CAPABILITIES, FEATSET_IBRS_ALL, FEATSET_RSBA, FEATSET_SPEC_CTRL),
		    LIST(FEATSET_ARCH_CAPABILITIES, FEATSET_IBRS_ALL, FEATSET_SPEC_CTRL),
		    "spec_ctrl arch_capabilities ibrs_all rrsba");
	/* A host alone has to obey too. */
	assert_int_equal(featset_level_new(&level, one, 1, FEATSET_RULE_KVM, NULL), FEATSET_OK);
	assert_names(featset_cpu_features(featset_level_cpu(level)), "tsc");
	assert_true(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_INVTSC));
	featset_level_free(level);
	featset_cpu_free(host);
}

/* ---- the order of hosts ---------------------------------------------------------------- */

/* Six orders of three hosts. */
static const unsigned char orders[6][3] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 }
};

/* Of these hosts in any order the level is the same, and what is known of it; `names`, where given, is what it has. */
static void assert_any_order_under(featset_rule_t rule, featset_cpu_t *const hosts[3], const char *names)
{
	featset_t features, known;

	for (int i = 0; i < 6; i++) {
		const featset_cpu_t *order[3] = { hosts[orders[i][0]], hosts[orders[i][1]], hosts[orders[i][2]] };
		featset_level_t *level = NULL;
		const featset_cpu_t *cpu;

		assert_int_equal(featset_level_new(&level, order, 3, rule, NULL), FEATSET_OK);
		cpu = featset_level_cpu(level);
		if (!i) {
			features = *featset_cpu_features(cpu);
			known = *featset_cpu_known(cpu);
		}
		assert_true(featset_equal(featset_cpu_features(cpu), &features));
		assert_true(featset_equal(featset_cpu_known(cpu), &known));
		if (names)
			assert_names(featset_cpu_features(cpu), names);
		featset_level_free(level);
	}
}

static void assert_any_order(featset_cpu_t *const hosts[3], const char *names)
{
	assert_any_order_under(FEATSET_RULE_SAFE, hosts, names);
	assert_any_order_under(FEATSET_RULE_KVM, hosts, names);
}

/* Read one after the other, what one host lacks was forgotten where the next one's prerequisite was not read. */
static void order_decides_nothing(void **state)
{
	featset_cpu_t *hosts[3] = {
		cpu_with(LIST(FEATSET_SSE3, FEATSET_AVX, FEATSET_FMA), LIST(FEATSET_XSAVE)),
		cpu_with(LIST(FEATSET_SSE3, FEATSET_XSAVE, FEATSET_FMA), NOTHING),
		cpu_with(LIST(FEATSET_SSE3, FEATSET_XSAVE, FEATSET_AVX, FEATSET_FMA), NOTHING),
	};

	(void)state;
	/* No FMA without AVX, which one host did not tell of, as there is no AVX without XSAVE. */
	assert_any_order(hosts, "sse3");
	for (int i = 0; i < 3; i++)
		featset_cpu_free(hosts[i]);
}

/* Even of one host. */
static void unread_prerequisites_pass_on(void **state)
{
	featset_cpu_t *host = cpu_with(LIST(FEATSET_SSE3, FEATSET_FMA), LIST(FEATSET_XSAVE));
	featset_cpu_t *open = cpu_with(LIST(FEATSET_SSE3, FEATSET_FMA), NOTHING);
	const featset_cpu_t *one[] = { host }, *other[] = { open };
	featset_level_t *level;

	(void)state;
	assert_int_equal(featset_level_new(&level, one, 1, FEATSET_RULE_SAFE, NULL), FEATSET_OK);
	assert_names(featset_cpu_features(featset_level_cpu(level)), "sse3");
	/* So AVX is not unknown any more. */
	assert_true(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_AVX));
	featset_level_free(level);
	assert_int_equal(featset_level_new(&level, other, 1, FEATSET_RULE_SAFE, NULL), FEATSET_OK);
	assert_names(featset_cpu_features(featset_level_cpu(level)), "sse3 fma");
	assert_false(featset_has(featset_cpu_known(featset_level_cpu(level)), FEATSET_AVX));
	featset_level_free(level);
	featset_cpu_free(host);
	featset_cpu_free(open);
}

/* ---- laws ---------------------------------------------------------------------------- */

static uint64_t seed = 88172645463325252u;

static uint64_t random_bits(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* About half of the named bits, then made to respect the dependencies. */
static void random_set(featset_t *set, featset_edges_t edges)
{
	featset_t named;

	featset_named(&named);
	for (int i = 0; i < FEATSET_LANES; i++)
		set->lane[i] = (random_bits() | random_bits()) & named.lane[i];
	featset_prune(set, set, NULL, edges);
}

/* Bits and which of them were read, both at random; nine in ten are there, and one in eight was not read. */
static featset_cpu_t *random_cpu(void)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t features, known, named;

	featset_named(&named);
	for (int i = 0; i < FEATSET_LANES; i++) {
		known.lane[i] = (random_bits() | random_bits() | random_bits()) & named.lane[i];
		features.lane[i] = (random_bits() | random_bits() | random_bits() | random_bits()) & known.lane[i];
	}
	featset_cpu_set_features(cpu, &features, &known);
	return cpu;
}

static void any_hosts_in_any_order(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		featset_cpu_t *hosts[3] = { random_cpu(), random_cpu(), random_cpu() };

		assert_any_order(hosts, NULL);
		for (int host = 0; host < 3; host++)
			featset_cpu_free(hosts[host]);
	}
}

static void laws(void **state)
{
	featset_t a, b, c, ab, ba, x, y, accumulated, more, firm;

	(void)state;
	memset(&firm, 0xff, sizeof firm);
	featset_of_class(&more, FEATSET_CLASS_DYNAMIC);
	featset_minus(&firm, &firm, &more);
	featset_of_class(&more, FEATSET_CLASS_HINT);
	featset_minus(&firm, &firm, &more);
	featset_of_merge(&accumulated, FEATSET_MERGE_XEN_OR);
	featset_of_merge(&more, FEATSET_MERGE_OR);
	featset_or(&accumulated, &accumulated, &more);
	featset_of_merge(&more, FEATSET_MERGE_RSB);
	featset_or(&accumulated, &accumulated, &more);
	for (int i = 0; i < 2000; i++) {
		featset_rule_t rule = (featset_rule_t)(i % FEATSET_RULES);
		bool all = rule == FEATSET_RULE_SAFE || rule == FEATSET_RULE_KVM;
		featset_edges_t edges = all ? FEATSET_EDGES_ALL : FEATSET_EDGES_XEN;

		random_set(&a, edges);
		random_set(&b, edges);
		random_set(&c, edges);
		featset_combine(&ab, &a, &b, rule);
		featset_combine(&ba, &b, &a, rule);
		assert_true(featset_equal(&ab, &ba)); /* commutative */
		featset_combine(&x, &ab, &ab, rule);
		assert_true(featset_equal(&x, &ab)); /* idempotent */
		featset_combine(&x, &ab, &c, rule);
		featset_combine(&y, &b, &c, rule);
		featset_combine(&y, &a, &y, rule);
		assert_true(featset_equal(&x, &y)); /* associative on sets that respect the dependencies */
		featset_minus(&x, &ab, &accumulated);
		assert_true(featset_subset(&x, &a) && featset_subset(&x, &b)); /* sound */
		if (rule != FEATSET_RULE_PLAIN) {
			featset_prune(&x, &ab, all ? &firm : NULL, edges);
			assert_true(featset_equal(&x, &ab)); /* nothing without its prerequisites */
		}
		/* Monotone but for what accumulates: one more host only takes away. */
		featset_combine(&x, &ab, &c, rule);
		featset_minus(&x, &x, &accumulated);
		assert_true(featset_subset(&x, &ab));
	}
}

static void wrong_calls(void **state)
{
	featset_level_t *level = NULL;
	featset_error_t error;

	(void)state;
	assert_int_equal(featset_level_new(&level, NULL, 0, FEATSET_RULE_SAFE, &error), FEATSET_E_ARGUMENT);
	assert_true(strlen(error.text) > 10);
	assert_null(level);
	assert_int_equal(featset_rule_find("xenserver"), FEATSET_RULE_XENSERVER);
	assert_int_equal(featset_rule_find("nonsense"), FEATSET_RULES);
	assert_null(featset_rule_name(FEATSET_RULES));
}

static void mixed_vendors(void **state)
{
	featset_cpu_t *a = xen_cpu(hera), *b = xen_cpu(zeus);
	const featset_cpu_t *both[] = { a, b };
	featset_level_t *level;

	(void)state;
	featset_cpu_set_vendor(a, "GenuineIntel");
	featset_cpu_set_vendor(b, "AuthenticAMD");
	assert_int_equal(featset_level_new(&level, both, 2, FEATSET_RULE_SAFE, NULL), FEATSET_OK);
	assert_true(featset_level_mixed(level));
	assert_string_equal(featset_level_vendor(level), "");
	featset_level_free(level);
	featset_cpu_set_vendor(b, "GenuineIntel");
	assert_int_equal(featset_level_new(&level, both, 2, FEATSET_RULE_SAFE, NULL), FEATSET_OK);
	assert_false(featset_level_mixed(level));
	assert_string_equal(featset_level_vendor(level), "GenuineIntel");
	featset_level_free(level);
	featset_cpu_free(a);
	featset_cpu_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xapi_pool_vectors),
		cmocka_unit_test(level_vectors),
		cmocka_unit_test(hera_and_zeus),
		cmocka_unit_test(one_host_is_left_alone),
		cmocka_unit_test(unread_is_unknown),
		cmocka_unit_test(what_accumulates_can_be_unknown),
		cmocka_unit_test(identity_is_shared),
		cmocka_unit_test(safe_rule),
		cmocka_unit_test(kvm_rule),
		cmocka_unit_test(order_decides_nothing),
		cmocka_unit_test(unread_prerequisites_pass_on),
		cmocka_unit_test(any_hosts_in_any_order),
		cmocka_unit_test(laws),
		cmocka_unit_test(wrong_calls),
		cmocka_unit_test(mixed_vendors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
