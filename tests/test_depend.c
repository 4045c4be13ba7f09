/* SPDX-License-Identifier: MIT */
/*
 * Prerequisites: Xen's published table of what falls with what, QEMU's
 * dependencies and gcc's implications, and the laws of close, prune and explain.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset/depend.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const featset_edges_t both[] = { FEATSET_EDGES_XEN, FEATSET_EDGES_ALL };

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* Every named bit with a chance of `percent`, and some bits without a name. */
static featset_t random_set(unsigned percent)
{
	featset_t set, named;

	featset_named(&named);
	featset_clear(&set);
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++)
		if (random32() % 100 < (featset_has(&named, f) ? percent : 10))
			featset_add(&set, f);
	return set;
}

static featset_feature_t named(const char *name, featset_dialect_t dialect)
{
	featset_feature_t feature = FEATSET_FEATURE_NONE;
	featset_error_t error;

	if (featset_feature_find(&feature, name, dialect, &error) != FEATSET_OK)
		fail_msg("%s", error.text);
	return feature;
}

/* Names separated by spaces. */
static featset_t set_of(const char *names, featset_dialect_t dialect)
{
	featset_t set;
	char name[48];
	int length;

	featset_clear(&set);
	while (sscanf(names, "%47s%n", name, &length) == 1) {
		featset_add(&set, named(name, dialect));
		names += length;
	}
	return set;
}

static void assert_same(const char *what, const featset_t *a, const featset_t *b)
{
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
		char name[64];

		if (featset_has(a, f) == featset_has(b, f))
			continue;
		featset_feature_spell(name, sizeof name, f, FEATSET_CANONICAL);
		fail_msg("%s: %s is only in the %s set", what, name, featset_has(a, f) ? "first" : "second");
	}
}

/* ---- the table ------------------------------------------------------------- */

struct edge {
	featset_feature_t feature, needs;
	const char *reason;
};

static const struct edge edges[] = {
#define XEN(feature, needs, reason) { FEATSET_##feature, FEATSET_##needs, reason },
#define OURS(feature, needs, reason) { FEATSET_##feature, FEATSET_##needs, reason },
#include <featset/depends.def>
};

static void rows_are_sorted_and_unique(void **unused)
{
	(void)unused;
	for (size_t i = 1; i < COUNT(edges); i++) {
		uint64_t last = (uint64_t)edges[i - 1].feature << 32 | edges[i - 1].needs;
		uint64_t now = (uint64_t)edges[i].feature << 32 | edges[i].needs;

		if (last >= now)
			fail_msg("%s comes after %s, or twice", featset_feature_name(edges[i].feature, 0),
				 featset_feature_name(edges[i - 1].feature, 0));
	}
}

static void nothing_needs_itself(void **unused)
{
	(void)unused;
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
		featset_t set;

		featset_dependants(&set, f, FEATSET_EDGES_ALL);
		if (featset_has(&set, f))
			fail_msg("%s needs itself in the end", featset_feature_name(f, 0));
	}
}

static void reasons_can_be_read(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(edges); i++) {
		const char *reason = featset_requirement_reason(edges[i].feature, edges[i].needs);

		if (edges[i].reason[0])
			assert_string_equal(reason, edges[i].reason);
		else
			assert_null(reason);
	}
	assert_null(featset_requirement_reason(FEATSET_AVX, FEATSET_SSE4A));
	assert_null(featset_requirement_reason(FEATSET_BITS, FEATSET_BITS + 7));
}

/* ---- Xen ------------------------------------------------------------------- */

/* Xen's own names; what falls, at any distance, when the first one is missing. */
static const struct deep {
	const char *feature, *dependants;
} deep[] = {
	{ "FPU", "MMX MMXEXT 3DNOWEXT 3DNOW RSTR_FP_ERR_PTRS" },
	{ "PSE", "PSE36" },
	{ "TSC", "TSC_DEADLINE RDTSCP TSC_ADJUST ITSC" },
	{ "PAE", "CX16 PCID NX PAGE1GB LM LAHF_LM SMAP PKU NO_LMSL AMX_BF16 AMX_TILE AMX_INT8 CMPCCXADD LKGS "
		 "AMX_FP16 MOVRS AMX_COMPLEX" },
	{ "APIC", "X2APIC TSC_DEADLINE EXTAPIC" },
	{ "CLFLUSH", "CLZERO" },
	{ "MMX", "MMXEXT 3DNOWEXT 3DNOW" },
	{ "FXSR", "SSE SSE2 SSE3 PCLMULQDQ SSSE3 CX16 PCID SSE4_1 SSE4_2 AESNI FFXSR PAGE1GB LM LAHF_LM SSE4A "
		  "MISALIGNSSE SHA PKU GFNI VAES VPCLMULQDQ NO_LMSL AMX_BF16 AMX_TILE AMX_INT8 CMPCCXADD LKGS "
		  "AMX_FP16 MOVRS AMX_COMPLEX" },
	{ "SSE", "SSE2 SSE3 PCLMULQDQ SSSE3 CX16 PCID SSE4_1 SSE4_2 AESNI PAGE1GB LM LAHF_LM SSE4A MISALIGNSSE SHA "
		 "PKU GFNI VAES VPCLMULQDQ NO_LMSL AMX_BF16 AMX_TILE AMX_INT8 CMPCCXADD LKGS AMX_FP16 MOVRS "
		 "AMX_COMPLEX" },
	{ "SSE2", "SSE3 PCLMULQDQ SSSE3 CX16 PCID SSE4_1 SSE4_2 AESNI PAGE1GB LM LAHF_LM SSE4A SHA PKU GFNI VAES "
		  "VPCLMULQDQ NO_LMSL AMX_BF16 AMX_TILE AMX_INT8 CMPCCXADD LKGS AMX_FP16 MOVRS AMX_COMPLEX" },
	{ "SSE3", "SSSE3 SSE4_1 SSE4_2 SSE4A" },
	{ "PCLMULQDQ", "VPCLMULQDQ" },
	{ "SSSE3", "SSE4_1 SSE4_2" },
	{ "SSE4_1", "SSE4_2" },
	{ "AESNI", "VAES" },
	{ "XSAVE", "FMA AVX F16C XOP LWP FMA4 XSAVEOPT XSAVEC XGETBV1 XSAVES AVX2 MPX AVX512F AVX512DQ AVX512_IFMA "
		   "AVX512PF AVX512ER AVX512CD AVX512BW AVX512VL AVX512_VBMI PKU AVX512_VBMI2 VAES VPCLMULQDQ "
		   "AVX512_VNNI AVX512_BITALG AVX512_VPOPCNTDQ AVX512_4VNNIW AVX512_4FMAPS AVX512_VP2INTERSECT "
		   "AMX_BF16 AVX512_FP16 AMX_TILE AMX_INT8 SHA512 SM3 SM4 AVX_VNNI AVX512_BF16 AMX_FP16 AVX_IFMA "
		   "AVX512_BMM AVX_VNNI_INT8 AVX_NE_CONVERT AMX_COMPLEX AVX_VNNI_INT16" },
	{ "AVX", "FMA F16C XOP FMA4 AVX2 AVX512F AVX512DQ AVX512_IFMA AVX512PF AVX512ER AVX512CD AVX512BW AVX512VL "
		 "AVX512_VBMI AVX512_VBMI2 VAES VPCLMULQDQ AVX512_VNNI AVX512_BITALG AVX512_VPOPCNTDQ "
		 "AVX512_4VNNIW AVX512_4FMAPS AVX512_VP2INTERSECT AVX512_FP16 SHA512 SM3 SM4 AVX_VNNI AVX512_BF16 "
		 "AVX_IFMA AVX512_BMM AVX_VNNI_INT8 AVX_NE_CONVERT AVX_VNNI_INT16" },
	{ "NX", "SMAP" },
	{ "LM", "CX16 PCID PAGE1GB LAHF_LM PKU NO_LMSL AMX_BF16 AMX_TILE AMX_INT8 CMPCCXADD LKGS AMX_FP16 MOVRS "
		"AMX_COMPLEX" },
	{ "3DNOW", "3DNOWEXT" },
	{ "AVX2", "AVX512F AVX512DQ AVX512_IFMA AVX512PF AVX512ER AVX512CD AVX512BW AVX512VL AVX512_VBMI "
		  "AVX512_VBMI2 VAES VPCLMULQDQ AVX512_VNNI AVX512_BITALG AVX512_VPOPCNTDQ AVX512_4VNNIW "
		  "AVX512_4FMAPS AVX512_VP2INTERSECT AVX512_FP16 SHA512 SM4 AVX_VNNI AVX512_BF16 AVX_IFMA "
		  "AVX512_BMM AVX_VNNI_INT8 AVX_VNNI_INT16" },
	{ "RTM", "TSXLDTRK" },
	{ "AVX512F", "AVX512DQ AVX512_IFMA AVX512PF AVX512ER AVX512CD AVX512BW AVX512VL AVX512_VBMI AVX512_VBMI2 "
		     "AVX512_VNNI AVX512_BITALG AVX512_VPOPCNTDQ AVX512_4VNNIW AVX512_4FMAPS AVX512_VP2INTERSECT "
		     "AVX512_FP16 AVX512_BF16 AVX512_BMM" },
	{ "AVX512BW", "AVX512_VBMI AVX512_VBMI2 AVX512_BITALG AVX512_FP16 AVX512_BF16 AVX512_BMM" },
	{ "IBPB", "IBPB_RET SBPB IBPB_BRTYPE" },
	{ "IBRS", "AMD_STIBP IBRS_ALWAYS STIBP_ALWAYS IBRS_FAST IBRS_SAME_MODE AMD_SSBD PSFD AUTO_IBRS EPSF" },
	{ "AMD_STIBP", "STIBP_ALWAYS" },
	{ "PSFD", "EPSF" },
	{ "AMX_TILE", "AMX_BF16 AMX_INT8 AMX_FP16 AMX_COMPLEX" },
	{ "IBRSB", "STIBP SSBD INTEL_PSFD IPRED_CTRL RRSBA_CTRL BHI_CTRL EIBRS RRSBA" },
	{ "ARCH_CAPS", "RDCL_NO EIBRS RSBA SKIP_L1DFL INTEL_SSB_NO MDS_NO IF_PSCHANGE_MC_NO TSX_CTRL TAA_NO MCU_CTRL "
		       "MISC_PKG_CTRL ENERGY_FILTERING DOITM SBDR_SSDP_NO FBSDP_NO PSDP_NO MCU_EXT FB_CLEAR "
		       "FB_CLEAR_CTRL RRSBA BHI_NO XAPIC_STATUS OVRCLK_STATUS PBRSB_NO GDS_CTRL GDS_NO RFDS_NO "
		       "RFDS_CLEAR IGN_UMONITOR MON_UMON_MITG PB_OPT_CTRL ITS_NO" },
	{ "EIBRS", "RRSBA" },
};

static void xen_dependants_are_those_published(void **unused)
{
	featset_t keys;

	(void)unused;
	featset_clear(&keys);
	for (size_t i = 0; i < COUNT(deep); i++) {
		featset_feature_t feature = named(deep[i].feature, FEATSET_XEN);
		featset_t want = set_of(deep[i].dependants, FEATSET_XEN), have;

		featset_dependants(&have, feature, FEATSET_EDGES_XEN);
		assert_same(deep[i].feature, &have, &want);
		featset_add(&keys, feature);
	}
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
		featset_t have;

		featset_dependants(&have, f, FEATSET_EDGES_XEN);
		assert_int_equal(featset_has(&keys, f), !featset_is_empty(&have));
	}
}

static void xen_prune_clears_them(void **unused)
{
	featset_t all;

	(void)unused;
	memset(&all, 0xff, sizeof all);
	for (size_t i = 0; i < COUNT(deep); i++) {
		featset_t want = set_of(deep[i].dependants, FEATSET_XEN), have = all;

		featset_add(&want, named(deep[i].feature, FEATSET_XEN));
		featset_minus(&want, &all, &want);
		featset_remove(&have, named(deep[i].feature, FEATSET_XEN));
		featset_prune(&have, &have, NULL, FEATSET_EDGES_XEN);
		assert_same(deep[i].feature, &have, &want);
	}
}

static void xen_has_no_edge_where_it_says_so(void **unused)
{
	static const char *const free[] = { "bmi1", "bmi2", "tbm", "movbe", "abm", "popcnt", "rdrand", "fsgsbase" };

	(void)unused;
	for (size_t i = 0; i < COUNT(free); i++) {
		featset_t set;

		featset_requirements(&set, named(free[i], FEATSET_XEN), FEATSET_EDGES_XEN);
		assert_true(featset_is_empty(&set));
	}
}

/* ---- QEMU and gcc ----------------------------------------------------------- */

/* Some of what QEMU 11 clears (feature, prerequisite), by QEMU's names, and gcc's by gcc's. */
static void qemu_and_gcc_agree(void **unused)
{
	static const char *const qemu[][2] = {
		{ "rdctl-no", "arch-capabilities" },
		{ "split-lock-detect", "core-capability" },
		{ "full-width-write", "pdcm" },
		{ "vmx-intr-exit", "vmx" },
		{ "vmx-tsc-offset", "vmx" },
		{ "vmx-exit-load-pat", "vmx" },
		{ "vmx-entry-load-pat", "vmx" },
		{ "vmx-store-lma", "vmx" },
		{ "vmx-ins-outs", "vmx" },
		{ "vmx-entry-ia32e-mode", "lm" },
		{ "vmx-pml", "vmx-secondary-ctls" },
		{ "vmx-xsaves", "xsaves" },
		{ "vmx-rdrand-exit", "rdrand" },
		{ "vmx-invpcid-exit", "invpcid" },
		{ "vmx-exit-clear-bndcfgs", "mpx" },
		{ "vmx-entry-load-bndcfgs", "mpx" },
		{ "vmx-rdseed-exit", "rdseed" },
		{ "intel-pt-lip", "intel-pt" },
		{ "vmx-rdtscp-exit", "rdtscp" },
		{ "vmx-ept-1gb", "vmx-ept" },
		{ "vmx-unrestricted-guest", "vmx-ept" },
		{ "vmx-mbec", "vmx-ept" },
		{ "vmx-invvpid", "vmx-vpid" },
		{ "vmx-eptp-switching", "vmx-vmfunc" },
		{ "npt", "svm" },
		{ "vgif", "svm" },
		{ "vmx-enable-user-wait-pause", "waitpkg" },
		{ "fred", "lm" },
		{ "fred", "lkgs" },
		{ "sgxlc", "sgx" },
		{ "sgx1", "sgx" },
		{ "sgx-exinfo", "sgx" },
		{ "sgx-kss", "sgx" },
		{ "avx10-256", "avx10-128" },
		{ "avx10-512", "avx10-256" },
		{ "avx10-128", "avx10" },
		{ "apx-nci-ndd-nf", "apxf" },
		{ "avx10-vnni-int", "avx10" },
		{ "vmx-entry-load-fred", "fred" },
	};
	static const char *const gcc[][2] = {
		{ "3dnow", "mmx" },
		{ "3dnowa", "3dnow" },
		{ "sse2", "sse" },
		{ "sse3", "sse2" },
		{ "ssse3", "sse3" },
		{ "sse4.1", "ssse3" },
		{ "sse4.2", "sse4.1" },
		{ "avx", "sse4.2" },
		{ "avx", "xsave" },
		{ "fma", "avx" },
		{ "f16c", "avx" },
		{ "avx2", "avx" },
		{ "avx512f", "avx2" },
		{ "avx512cd", "avx512f" },
		{ "avx512dq", "avx512f" },
		{ "avx512bw", "avx512f" },
		{ "avx512vl", "avx512f" },
		{ "avx512ifma", "avx512f" },
		{ "avx512vbmi", "avx512bw" },
		{ "avx512vbmi2", "avx512bw" },
		{ "avx512bitalg", "avx512bw" },
		{ "avx512fp16", "avx512bw" },
		{ "avx512vnni", "avx512f" },
		{ "avx512vpopcntdq", "avx512f" },
		{ "xsaveopt", "xsave" },
		{ "xsavec", "xsave" },
		{ "xsaves", "xsave" },
		{ "sse4a", "sse3" },
		{ "fma4", "avx" },
		{ "xop", "avx" },
		{ "aes", "sse2" },
		{ "sha", "sse2" },
		{ "pclmul", "sse2" },
		{ "vpclmulqdq", "pclmul" },
		{ "vpclmulqdq", "avx" },
		{ "amx-int8", "amx-tile" },
		{ "amx-bf16", "amx-tile" },
		{ "amx-fp16", "amx-tile" },
		{ "amx-complex", "amx-tile" },
		{ "amx-fp8", "amx-tile" },
		{ "amx-tf32", "amx-tile" },
		{ "amx-movrs", "amx-tile" },
		{ "amx-avx512", "amx-tile" },
		{ "amx-avx512", "avx10.2" },
		{ "avx10.2", "avx10.1" },
		{ "avx10.1", "avx512f" },
		{ "widekl", "kl" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(qemu); i++) {
		featset_t set;

		featset_dependants(&set, named(qemu[i][1], FEATSET_QEMU), FEATSET_EDGES_ALL);
		if (!featset_has(&set, named(qemu[i][0], FEATSET_QEMU)))
			fail_msg("%s does not need %s", qemu[i][0], qemu[i][1]);
	}
	for (size_t i = 0; i < COUNT(gcc); i++) {
		featset_t set;

		featset_dependants(&set, named(gcc[i][1], FEATSET_GCC), FEATSET_EDGES_ALL);
		if (!featset_has(&set, named(gcc[i][0], FEATSET_GCC)))
			fail_msg("%s does not need %s", gcc[i][0], gcc[i][1]);
	}
}

/* ---- laws -------------------------------------------------------------------- */

/* Close by the definition: add the requirements of every member until nothing is new. */
static featset_t slow_close(featset_t set, featset_edges_t which)
{
	for (;;) {
		featset_t next = set;

		for (featset_feature_t f = featset_next(&set, 0); f < FEATSET_BITS; f = featset_next(&set, f + 1)) {
			featset_t needs;

			featset_requirements(&needs, f, which);
			featset_or(&next, &next, &needs);
		}
		if (featset_equal(&next, &set))
			return set;
		set = next;
	}
}

static void close_adds_what_is_needed(void **unused)
{
	(void)unused;
	for (int round = 0; round < 40; round++) {
		featset_edges_t which = both[round % 2];
		featset_t a = random_set(5), b = random_set(5), closed, again, joined, other;

		featset_close(&closed, &a, which);
		again = slow_close(a, which);
		assert_same("close by definition", &closed, &again);
		assert_true(featset_subset(&a, &closed));
		again = closed;
		featset_close(&again, &again, which);
		assert_same("close twice", &again, &closed);
		featset_or(&joined, &a, &b);
		featset_close(&joined, &joined, which);
		featset_close(&other, &b, which);
		featset_or(&other, &other, &closed);
		assert_same("close of a union", &joined, &other);
	}
}

/*
 * With everything known, prune keeps exactly the features whose whole closure is
 * in the set, so it is the largest closed set below it.
 */
static void prune_keeps_what_has_all_it_needs(void **unused)
{
	(void)unused;
	for (int round = 0; round < 40; round++) {
		featset_edges_t which = both[round % 2];
		featset_t a = random_set(97), want, have;

		featset_clear(&want);
		for (featset_feature_t f = featset_next(&a, 0); f < FEATSET_BITS; f = featset_next(&a, f + 1)) {
			featset_t one;

			featset_clear(&one);
			featset_add(&one, f);
			one = slow_close(one, which);
			if (featset_subset(&one, &a))
				featset_add(&want, f);
		}
		featset_prune(&have, &a, NULL, which);
		assert_same("prune", &have, &want);
		featset_close(&want, &have, which);
		assert_same("a pruned set is closed", &have, &want);
		have = a;
		featset_prune(&have, &have, NULL, which);
		assert_same("prune in place", &have, &want);
	}
}

static void prune_is_monotone(void **unused)
{
	(void)unused;
	for (int round = 0; round < 40; round++) {
		featset_t a = random_set(95), b = random_set(95), low, high;

		featset_and(&b, &a, &b);
		featset_prune(&low, &b, NULL, both[round % 2]);
		featset_prune(&high, &a, NULL, both[round % 2]);
		assert_true(featset_subset(&low, &high));
	}
}

static void what_was_not_read_is_not_absent(void **unused)
{
	featset_t set = set_of("avx2 avx512f bmi2", FEATSET_CANONICAL), known = set, out, want;

	(void)unused;
	featset_prune(&out, &set, &known, FEATSET_EDGES_XEN);
	assert_same("avx was not read", &out, &set);
	assert_int_equal(featset_explain(FEATSET_AVX512F, &set, &known, FEATSET_EDGES_XEN), FEATSET_FEATURE_NONE);

	/* Nobody read xsave, but avx was read and is missing. */
	featset_add(&known, FEATSET_AVX);
	featset_prune(&out, &set, &known, FEATSET_EDGES_XEN);
	want = set_of("bmi2", FEATSET_CANONICAL);
	assert_same("avx is absent", &out, &want);
	assert_int_equal(featset_explain(FEATSET_AVX512F, &set, &known, FEATSET_EDGES_XEN), FEATSET_AVX);

	/* A feature dropped on the way counts as absent though nobody says it was read. */
	featset_clear(&known);
	featset_add(&known, FEATSET_AVX);
	featset_prune(&out, &set, &known, FEATSET_EDGES_XEN);
	assert_same("avx2 falls with avx", &out, &want);
}

static void unread_bits_never_drop_more(void **unused)
{
	(void)unused;
	for (int round = 0; round < 40; round++) {
		featset_t a = random_set(95), known = random_set(90), all, some;

		featset_and(&a, &a, &known);
		featset_prune(&all, &a, NULL, both[round % 2]);
		featset_prune(&some, &a, &known, both[round % 2]);
		assert_true(featset_subset(&all, &some));
		assert_true(featset_subset(&some, &a));
		memset(&known, 0xff, sizeof known);
		featset_prune(&some, &a, &known, both[round % 2]);
		assert_same("all known", &some, &all);
	}
}

static void explain_names_the_root(void **unused)
{
	featset_t set = set_of("avx512vbmi avx512bw avx512f lm", FEATSET_CANONICAL);

	(void)unused;
	/* avx2, avx and xsave are missing: xsave is the deepest. */
	assert_int_equal(featset_explain(FEATSET_AVX512VBMI, &set, NULL, FEATSET_EDGES_XEN), FEATSET_XSAVE);
	assert_int_equal(featset_explain(FEATSET_BMI1, &set, NULL, FEATSET_EDGES_XEN), FEATSET_FEATURE_NONE);
	/* The deepest has not always the smallest number: fred needs lkgs, the next bit. */
	set = set_of("vmx_entry_load_fred vmx lm nx pae fxsr sse sse2 fpu", FEATSET_CANONICAL);
	assert_int_equal(featset_explain(FEATSET_VMX_ENTRY_LOAD_FRED, &set, NULL, FEATSET_EDGES_ALL), FEATSET_LKGS);

	for (int round = 0; round < 12; round++) {
		featset_edges_t which = both[round % 2];
		featset_t a = random_set(95), known = random_set(95), kept;

		featset_or(&known, &known, &a);
		featset_prune(&kept, &a, &known, which);
		for (featset_feature_t f = featset_next(&a, 0); f < FEATSET_BITS; f = featset_next(&a, f + 1)) {
			featset_feature_t why = featset_explain(f, &a, &known, which);
			featset_t below;

			if (featset_has(&kept, f)) {
				assert_int_equal(why, FEATSET_FEATURE_NONE);
				continue;
			}
			assert_int_not_equal(why, FEATSET_FEATURE_NONE);
			assert_false(featset_has(&a, why));
			assert_true(featset_has(&known, why));
			featset_dependants(&below, why, which);
			assert_true(featset_has(&below, f));
			/* Nothing that it needs itself is absent. */
			assert_int_equal(featset_explain(why, &a, &known, which), FEATSET_FEATURE_NONE);
		}
	}
}

static void requirements_and_dependants_are_two_sides(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
			featset_t needs;

			featset_requirements(&needs, f, both[i]);
			for (featset_feature_t n = featset_next(&needs, 0); n < FEATSET_BITS;
			     n = featset_next(&needs, n + 1)) {
				featset_t below;

				featset_dependants(&below, n, both[i]);
				assert_true(featset_has(&below, f));
			}
		}
	}
}

static void numbers_past_the_end_are_harmless(void **unused)
{
	featset_t set;

	(void)unused;
	featset_requirements(&set, FEATSET_BITS, FEATSET_EDGES_ALL);
	assert_true(featset_is_empty(&set));
	featset_dependants(&set, FEATSET_BITS + 5, FEATSET_EDGES_ALL);
	assert_true(featset_is_empty(&set));
	assert_int_equal(featset_explain(FEATSET_FEATURE_NONE, &set, NULL, FEATSET_EDGES_ALL), FEATSET_FEATURE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_unique),
		cmocka_unit_test(nothing_needs_itself),
		cmocka_unit_test(reasons_can_be_read),
		cmocka_unit_test(xen_dependants_are_those_published),
		cmocka_unit_test(xen_prune_clears_them),
		cmocka_unit_test(xen_has_no_edge_where_it_says_so),
		cmocka_unit_test(qemu_and_gcc_agree),
		cmocka_unit_test(close_adds_what_is_needed),
		cmocka_unit_test(prune_keeps_what_has_all_it_needs),
		cmocka_unit_test(prune_is_monotone),
		cmocka_unit_test(what_was_not_read_is_not_absent),
		cmocka_unit_test(unread_bits_never_drop_more),
		cmocka_unit_test(explain_names_the_root),
		cmocka_unit_test(requirements_and_dependants_are_two_sides),
		cmocka_unit_test(numbers_past_the_end_are_harmless),
	};

	return cmocka_run_group_tests_name("depend", tests, NULL, NULL);
}
