/* SPDX-License-Identifier: MIT */
/*
 * This machine, and what an operating system leaves usable.  The cases of
 * featset_usable are derived by hand from Intel's SDM (volume 1, 13.1 to 13.3
 * and 14; volume 2, chapter 2.8) and AMD's APM (volume 3, CPUID); what the
 * machine says is compared with Debian's cpuid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

#include "../libfeatset/host_internal.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#if !defined(FEATSET_NO_HOST) && (defined(__x86_64__) || defined(__i386__))
#define CAN_READ 1
#else
#define CAN_READ 0
#endif

/* ---- usable ------------------------------------------------------------------ */

#define X87_SSE 0x3
#define YMM     0x7
#define ZMM     0xe7
#define TILES   0x60000
#define EGPRS   0x80000
#define BOUNDS  0x18

#define END FEATSET_FEATURE_NONE

static void set_of(featset_t *set, const featset_feature_t *list)
{
	featset_clear(set);
	for (; *list != END; list++)
		featset_add(set, *list);
}

static void expect(const featset_t *got, const featset_feature_t *list, bool present)
{
	for (; *list != END; list++) {
		if (featset_has(got, *list) != present)
			fail_msg("%s is %s", featset_feature_name(*list, FEATSET_CANONICAL), present ? "lost" : "kept");
	}
}

/* Legacy and VEX-coded general-register instructions: no XCR0, no OSXSAVE. */
static const featset_feature_t free_of_xcr0[] = {
	FEATSET_FPU, FEATSET_MMX, FEATSET_FXSR, FEATSET_SSE, FEATSET_SSE2, FEATSET_SSE3, FEATSET_SSSE3, FEATSET_SSE4_1,
	FEATSET_SSE4_2, FEATSET_POPCNT, FEATSET_AES, FEATSET_PCLMULQDQ, FEATSET_GFNI, FEATSET_SHA_NI, FEATSET_BMI1,
	FEATSET_BMI2, FEATSET_ABM, FEATSET_MOVBE, FEATSET_ADX, FEATSET_RDRAND, FEATSET_RDSEED, FEATSET_CX16,
	FEATSET_RTM, FEATSET_LM, FEATSET_SSE4A, FEATSET_FSGSBASE, FEATSET_NX, FEATSET_CLFLUSHOPT, FEATSET_RDTSCP,
	FEATSET_MOVDIR64B, END
};

static const featset_feature_t xsave_family[] = {
	FEATSET_XSAVE, FEATSET_XSAVEOPT, FEATSET_XSAVEC, FEATSET_XGETBV1, FEATSET_XSAVES, END
};

/* VEX- and XOP-coded vector instructions: XCR0[2:1] = 11. */
static const featset_feature_t ymm[] = {
	FEATSET_AVX, FEATSET_F16C, FEATSET_FMA, FEATSET_FMA4, FEATSET_XOP, FEATSET_AVX2, FEATSET_VAES,
	FEATSET_VPCLMULQDQ, FEATSET_AVX_VNNI, FEATSET_AVX_IFMA, FEATSET_AVX_NE_CONVERT, FEATSET_AVX_VNNI_INT8,
	FEATSET_AVX_VNNI_INT16, FEATSET_SHA512, FEATSET_SM3, FEATSET_SM4, END
};

/* EVEX-coded: XCR0[7:5] = 111 as well. */
static const featset_feature_t zmm[] = {
	FEATSET_AVX512F, FEATSET_AVX512DQ, FEATSET_AVX512IFMA, FEATSET_AVX512PF, FEATSET_AVX512ER, FEATSET_AVX512CD,
	FEATSET_AVX512BW, FEATSET_AVX512VL, FEATSET_AVX512VBMI, FEATSET_AVX512_VBMI2, FEATSET_AVX512_VNNI,
	FEATSET_AVX512_BITALG, FEATSET_AVX512_VPOPCNTDQ, FEATSET_AVX512_4VNNIW, FEATSET_AVX512_4FMAPS,
	FEATSET_AVX512_VP2INTERSECT, FEATSET_AVX512_FP16, FEATSET_AVX512_BF16, FEATSET_AVX512_BMM, FEATSET_AVX10,
	FEATSET_AVX10_1, FEATSET_AVX10_2, FEATSET_AVX10_256, FEATSET_AVX10_512, FEATSET_AVX10_VNNI_INT, END
};

static const featset_feature_t tiles[] = {
	FEATSET_AMX_TILE, FEATSET_AMX_INT8, FEATSET_AMX_BF16, FEATSET_AMX_FP16, FEATSET_AMX_FP8, FEATSET_AMX_COMPLEX,
	FEATSET_AMX_TF32, FEATSET_AMX_MOVRS, FEATSET_AMX_INT8_ALIAS, END
};

static const featset_feature_t egprs[] = { FEATSET_APX, FEATSET_APX_NCI_NDD_NF, END };
static const featset_feature_t bounds[] = { FEATSET_MPX, END };
static const featset_feature_t keys[] = { FEATSET_PKU, END };

static const struct usable_case {
	uint64_t xcr0;
	bool xsave, ymm, zmm, tiles, egprs, bounds;
} usable_cases[] = {
	{ 0, false, false, false, false, false, false },
	{ 0x1, true, false, false, false, false, false },
	{ X87_SSE, true, false, false, false, false, false },
	{ 0x5, true, false, false, false, false, false }, /* YMM without SSE state: XCR0[2:1] is not 11 */
	{ YMM, true, true, false, false, false, false },
	{ YMM | 0x20, true, true, false, false, false, false },
	{ YMM | 0xc0, true, true, false, false, false, false },
	{ 0xe3, true, false, false, false, false, false }, /* ZMM without YMM */
	{ ZMM, true, true, true, false, false, false },
	{ X87_SSE | TILES, true, false, false, true, false, false },
	{ ZMM | 0x20000, true, true, true, false, false, false },
	{ ZMM | TILES, true, true, true, true, false, false },
	{ YMM | EGPRS, true, true, false, false, true, false },
	{ YMM | BOUNDS, true, true, false, false, false, true },
	{ YMM | 0x8, true, true, false, false, false, false },
	{ ZMM | TILES | EGPRS | BOUNDS | 0x200, true, true, true, true, true, true },
};

static void test_usable_everything(void **unused)
{
	featset_t all, got;

	(void)unused;
	memset(&all, 0xff, sizeof all);
	for (size_t i = 0; i < sizeof usable_cases / sizeof *usable_cases; i++) {
		const struct usable_case *c = &usable_cases[i];

		featset_usable(&got, &all, c->xcr0);
		expect(&got, free_of_xcr0, true);
		expect(&got, xsave_family, c->xsave);
		expect(&got, ymm, c->ymm);
		expect(&got, zmm, c->zmm);
		expect(&got, tiles, c->tiles);
		expect(&got, egprs, c->egprs);
		expect(&got, bounds, c->bounds);
		expect(&got, keys, c->xsave);
		assert_int_equal(featset_has(&got, FEATSET_AMX_AVX512), c->zmm && c->tiles);
		assert_int_equal(featset_has(&got, FEATSET_XCR0_AVX), (c->xcr0 >> 2) & 1);
		assert_int_equal(featset_has(&got, FEATSET_XCR0_TILEDATA), (c->xcr0 >> 18) & 1);
		assert_true(featset_subset(&got, &all));
		featset_usable(&all, &all, c->xcr0); /* in place */
		assert_true(featset_equal(&got, &all));
		memset(&all, 0xff, sizeof all);
	}
}

/* The whole list of what stays, so that nothing unrelated goes. */
static void test_usable_exact(void **unused)
{
	/* Ivy Bridge's user instructions under an OS that knows no XSAVE. */
	static const featset_feature_t has[] = {
		FEATSET_SSE, FEATSET_SSE2, FEATSET_SSE3, FEATSET_SSSE3, FEATSET_SSE4_1, FEATSET_SSE4_2, FEATSET_CX16,
		FEATSET_POPCNT, FEATSET_AES, FEATSET_PCLMULQDQ, FEATSET_XSAVE, FEATSET_AVX, FEATSET_F16C,
		FEATSET_RDRAND, FEATSET_FSGSBASE, FEATSET_ERMS, FEATSET_SMEP, FEATSET_XSAVEOPT, FEATSET_XCR0_AVX,
		FEATSET_XCR0_SSE, END
	};
	static const featset_feature_t left[] = {
		FEATSET_SSE, FEATSET_SSE2, FEATSET_SSE3, FEATSET_SSSE3, FEATSET_SSE4_1, FEATSET_SSE4_2, FEATSET_CX16,
		FEATSET_POPCNT, FEATSET_AES, FEATSET_PCLMULQDQ, FEATSET_RDRAND, FEATSET_FSGSBASE, FEATSET_ERMS,
		FEATSET_SMEP, END
	};
	featset_t features, want, got;

	(void)unused;
	set_of(&features, has);
	set_of(&want, left);
	featset_usable(&got, &features, 0);
	assert_true(featset_equal(&got, &want));
	featset_usable(&got, &features, YMM);
	assert_true(featset_equal(&got, &features));
}

/* A set need not be closed: only what XCR0 says counts, not what is missing for other reasons. */
static void test_usable_not_closed(void **unused)
{
	static const featset_feature_t odd[] = {
		FEATSET_AVX2, FEATSET_AVX512BW, FEATSET_SSE4_2, FEATSET_AMX_INT8, END
	};
	featset_t features, got;

	(void)unused;
	set_of(&features, odd);
	featset_usable(&got, &features, ZMM | TILES);
	assert_true(featset_equal(&got, &features));
	featset_usable(&got, &features, YMM);
	assert_true(featset_has(&got, FEATSET_AVX2));
	assert_int_equal(featset_count(&got), 2);
}

/* CR4.PKE is what RDPKRU asks for; OSPKE mirrors it. */
static void test_usable_keys(void **unused)
{
	static const featset_feature_t off[] = { FEATSET_PKU, FEATSET_XSAVE, FEATSET_OSXSAVE, FEATSET_KEY_LOCKER, END };
	featset_t features, got;

	(void)unused;
	set_of(&features, off);
	featset_usable(&got, &features, YMM | 0x200);
	assert_false(featset_has(&got, FEATSET_PKU));
	assert_false(featset_has(&got, FEATSET_KEY_LOCKER));
	assert_true(featset_has(&got, FEATSET_OSXSAVE));
	featset_add(&features, FEATSET_OSPKE);
	featset_add(&features, FEATSET_AES_KEYLOCKER);
	featset_usable(&got, &features, YMM | 0x200);
	assert_true(featset_has(&got, FEATSET_PKU));
	assert_true(featset_has(&got, FEATSET_KEY_LOCKER));
}

/* LWP's state is bit 62 (APM volume 2, 13.4). */
static void test_usable_lwp(void **unused)
{
	featset_t features, got;

	(void)unused;
	featset_clear(&features);
	featset_add(&features, FEATSET_LWP);
	featset_usable(&got, &features, YMM);
	assert_true(featset_is_empty(&got));
	featset_usable(&got, &features, YMM | UINT64_C(1) << 62);
	assert_true(featset_equal(&got, &features));
}

/* ---- KVM's registers ------------------------------------------------------------- */

static void test_kvm_msr(void **unused)
{
	featset_cpu_t *cpu = featset_cpu_new();
	const unsigned low = 16, high = 17, perf = 48;
	const featset_t *known;

	(void)unused;
	assert_non_null(cpu);
	featset_cpu_set_word(cpu, 0, 0x1f8bfbff);
	/* RDCL_NO, SKIP_L1DFL_VMENTRY, MDS_NO, PSCHANGE_MC_NO; bit 62: ITS_NO is in the high half. */
	fsi_add_kvm_msr(cpu, 0x10a, UINT64_C(0x4000000000000069));
	known = featset_cpu_known(cpu);
	assert_int_equal(featset_word(featset_cpu_features(cpu), low), 0x21);
	assert_int_equal(featset_word(known, low), 0x21);
	assert_int_equal(featset_word(featset_cpu_features(cpu), high), 0x40000000);
	assert_int_equal(featset_word(known, high), 0x40000000);
	/* Not read as a whole, and nothing else changed. */
	assert_true(featset_cpu_words(cpu) == 1);
	assert_int_equal(featset_cpu_word(cpu, 0), 0x1f8bfbff);
	/* 5:0 of MSR 345 is a number. */
	fsi_add_kvm_msr(cpu, 0x345, 0x2005);
	assert_int_equal(featset_word(featset_cpu_features(cpu), perf), 0x2000);
	/* What KVM emulates is not the processor's. */
	fsi_add_kvm_msr(cpu, 0xce, 0x80000000);
	fsi_add_kvm_msr(cpu, 0x48b, ~UINT64_C(0));
	assert_int_equal(featset_word(known, 46), 0);
	assert_int_equal(featset_word(known, 51), 0);
	featset_cpu_free(cpu);
}

/* Known already, as when CPUID says that the register does not exist: KVM is not believed. */
static void test_kvm_contradicted(void **unused)
{
	featset_cpu_t *cpu = featset_cpu_new();

	(void)unused;
	assert_non_null(cpu);
	featset_cpu_set_word(cpu, 16, 0);
	featset_cpu_set_word(cpu, 17, 0);
	fsi_add_kvm_msr(cpu, 0x10a, ~UINT64_C(0));
	assert_true(featset_is_empty(featset_cpu_features(cpu)));
	featset_cpu_free(cpu);
}

/* ---- Xen --------------------------------------------------------------------------- */

#if defined(__linux__)

static void write_file(const char *root, const char *path, const char *text)
{
	char name[512];
	FILE *file;

	snprintf(name, sizeof name, "%s%s", root, path);
	for (char *slash = strchr(name + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(name, 0700);
		*slash = '/';
	}
	file = fopen(name, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_tree(const char *root)
{
	char command[600];

	snprintf(command, sizeof command, "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

static void test_xen_view(void **unused)
{
	char root[] = "/tmp/featset-xen-XXXXXX";

	(void)unused;
	assert_non_null(mkdtemp(root));
	assert_int_equal(fsi_xen_view(root), FEATSET_VIEW_UNKNOWN);
	write_file(root, "/sys/hypervisor/type", "kvm\n");
	assert_int_equal(fsi_xen_view(root), FEATSET_VIEW_UNKNOWN);
	write_file(root, "/sys/hypervisor/type", "xen\n");
	assert_int_equal(fsi_xen_view(root), FEATSET_VIEW_GUEST);
	/* A domU's features, then bit 11 (dom0) with them. */
	write_file(root, "/sys/hypervisor/properties/features", "000020f5\n");
	assert_int_equal(fsi_xen_view(root), FEATSET_VIEW_GUEST);
	write_file(root, "/sys/hypervisor/properties/features", "00002ff5\n");
	assert_int_equal(fsi_xen_view(root), FEATSET_VIEW_DOM0);
	write_file(root, "/sys/hypervisor/properties/features", "");
	write_file(root, "/proc/xen/capabilities", "");
	assert_int_equal(fsi_xen_view(root), FEATSET_VIEW_GUEST);
	write_file(root, "/proc/xen/capabilities", "control_d\n");
	assert_int_equal(fsi_xen_view(root), FEATSET_VIEW_DOM0);
	remove_tree(root);
}

#endif

/* ---- this machine --------------------------------------------------------------------- */

static void test_arguments(void **unused)
{
	featset_cpu_t *cpu = NULL;
	featset_error_t error = { 0 };
	featset_status_t wanted = CAN_READ ? FEATSET_E_ARGUMENT : FEATSET_E_UNSUPPORTED;

	(void)unused;
	assert_int_equal(featset_host(NULL, 0, &error), wanted);
	assert_int_equal(error.code, wanted);
	assert_true(strlen(error.text) > 10);
	assert_int_equal(featset_host(&cpu, 4, NULL), wanted);
	assert_null(cpu);
}

#if CAN_READ

static featset_cpu_t *host(unsigned flags)
{
	featset_cpu_t *cpu = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_host(&cpu, flags, &error);

	if (status)
		fail_msg("featset_host: %s", error.text);
	assert_non_null(cpu);
	return cpu;
}

/* Registers of one "   0x00000007 0x01: eax=0x... ebx=0x... ecx=0x... edx=0x..." line. */
struct line {
	unsigned leaf, subleaf, regs[4];
};

static size_t run_cpuid(struct line *lines, size_t room)
{
	FILE *pipe = popen("cpuid -1 -r 2>/dev/null", "r");
	char text[256];
	size_t n = 0;

	if (!pipe)
		return 0;
	while (fgets(text, sizeof text, pipe)) {
		struct line l;

		if (n < room && sscanf(text, " 0x%x 0x%x: eax=0x%x ebx=0x%x ecx=0x%x edx=0x%x", &l.leaf, &l.subleaf,
				       &l.regs[0], &l.regs[1], &l.regs[2], &l.regs[3]) == 6)
			lines[n++] = l;
	}
	pclose(pipe);
	return n;
}

static void test_against_cpuid(void **unused)
{
	static struct line lines[512];
	size_t n = run_cpuid(lines, sizeof lines / sizeof *lines), compared = 0;
	featset_cpu_t *cpu;

	(void)unused;
	if (!n) {
		printf("SKIP test_against_cpuid: the program cpuid is not installed\n");
		skip();
	}
	cpu = host(FEATSET_HOST_NO_MSR);
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		if (!(featset_cpu_words(cpu) >> w & 1) || featset_word_source(w) != FEATSET_SOURCE_CPUID)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (lines[i].leaf != featset_word_index(w) || lines[i].subleaf != featset_word_subleaf(w))
				continue;
			if (featset_cpu_word(cpu, w) != lines[i].regs[featset_word_register(w)])
				fail_msg("%s: %08x, cpuid says %08x", featset_word_name(w), featset_cpu_word(cpu, w),
					 lines[i].regs[featset_word_register(w)]);
			compared++;
		}
	}
	/* Leaves 1 and 80000001, which every x86-64 CPU has. */
	assert_true(compared >= 4);
	/* Words that cpuid printed with something in them must not be missing, but for what a gate excludes. */
	for (size_t i = 0; i < n; i++) {
		for (int r = 0; r < 4; r++) {
			unsigned w = featset_word_at(FEATSET_SOURCE_CPUID, lines[i].leaf, lines[i].subleaf,
						     (featset_register_t)r);

			if (w < 19 && !(featset_cpu_words(cpu) >> w & 1))
				assert_int_equal(lines[i].regs[r], 0);
		}
	}
	featset_cpu_free(cpu);
}

static void test_identity(void **unused)
{
	static struct line lines[512];
	size_t n = run_cpuid(lines, sizeof lines / sizeof *lines);
	featset_cpu_t *cpu;
	char vendor[13] = "";

	(void)unused;
	if (!n) {
		printf("SKIP test_identity: the program cpuid is not installed\n");
		skip();
	}
	cpu = host(FEATSET_HOST_NO_MSR);
	memcpy(vendor, &lines[0].regs[1], 4);
	memcpy(vendor + 4, &lines[0].regs[3], 4);
	memcpy(vendor + 8, &lines[0].regs[2], 4);
	assert_string_equal(featset_cpu_vendor(cpu), vendor);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MAX_BASIC), lines[0].regs[0]);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), lines[1].regs[0] & 15);
	if (lines[1].regs[2] >> 31)
		assert_true(featset_cpu_view(cpu) == FEATSET_VIEW_GUEST || featset_cpu_view(cpu) == FEATSET_VIEW_DOM0);
	featset_cpu_free(cpu);
}

/* gcc's run-time checks look at CPUID and XCR0 on their own. */
static void test_usable_here(void **unused)
{
	featset_cpu_t *cpu = host(FEATSET_HOST_NO_MSR);
	const featset_t *usable = featset_cpu_usable(cpu);
	featset_t computed;

	(void)unused;
	assert_non_null(usable);
	__builtin_cpu_init();
	assert_int_equal(featset_has(usable, FEATSET_SSE4_2), !!__builtin_cpu_supports("sse4.2"));
	assert_int_equal(featset_has(usable, FEATSET_AVX), !!__builtin_cpu_supports("avx"));
	assert_int_equal(featset_has(usable, FEATSET_FMA), !!__builtin_cpu_supports("fma"));
	assert_int_equal(featset_has(usable, FEATSET_AVX2), !!__builtin_cpu_supports("avx2"));
	assert_int_equal(featset_has(usable, FEATSET_BMI2), !!__builtin_cpu_supports("bmi2"));
	assert_int_equal(featset_has(usable, FEATSET_AVX512F), !!__builtin_cpu_supports("avx512f"));
	assert_int_equal(featset_has(usable, FEATSET_AVX512BW), !!__builtin_cpu_supports("avx512bw"));
	assert_true(featset_subset(usable, featset_cpu_features(cpu)));
	assert_true(featset_cpu_number(cpu, FEATSET_XCR0) >= 0);
	featset_usable(&computed, featset_cpu_features(cpu), (uint64_t)featset_cpu_number(cpu, FEATSET_XCR0));
	assert_true(featset_equal(usable, &computed));
	featset_cpu_free(cpu);
}

/* With MSRs nothing that was known without them changes, and features stay within what is known. */
static void test_msr(void **unused)
{
	featset_cpu_t *without = host(FEATSET_HOST_NO_MSR), *with = host(0);
	const featset_t *known = featset_cpu_known(without);
	featset_t before, after;

	(void)unused;
	assert_true(featset_subset(known, featset_cpu_known(with)));
	featset_and(&before, featset_cpu_features(without), known);
	featset_and(&after, featset_cpu_features(with), known);
	assert_true(featset_equal(&before, &after));
	assert_true(featset_subset(featset_cpu_features(with), featset_cpu_known(with)));
	if (!featset_has(featset_cpu_features(with), FEATSET_ARCH_CAPABILITIES)) {
		assert_int_equal(featset_word(featset_cpu_features(with), 16), 0);
		assert_int_equal(featset_word(featset_cpu_features(with), 17), 0);
	}
	featset_cpu_free(without);
	featset_cpu_free(with);
}

#if defined(__linux__)

static cpu_set_t before; /* where this thread may run when the program starts, before any test */

static int remember_affinity(void **unused)
{
	(void)unused;
	return sched_getaffinity(0, sizeof before, &before);
}

static void test_all_cpus(void **unused)
{
	featset_cpu_t *cpu;
	cpu_set_t after;
	featset_t meet;

	(void)unused;
	cpu = host(FEATSET_HOST_ALL_CPUS | FEATSET_HOST_NO_MSR);
	assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	assert_int_equal(featset_cpu_count(cpu), CPU_COUNT(&before));
	memset(&meet, 0xff, sizeof meet);
	for (size_t i = 0; i < featset_cpu_count(cpu); i++) {
		const featset_cpu_t *one = featset_cpu_at(cpu, i);

		featset_and(&meet, &meet, featset_cpu_features(one));
		assert_non_null(featset_cpu_usable(one));
		if (!featset_has(featset_cpu_features(one), FEATSET_HYBRID_CPU))
			assert_string_equal(featset_cpu_core_type(one), "");
	}
	assert_true(featset_equal(&meet, featset_cpu_features(cpu)));
	assert_non_null(featset_cpu_usable(cpu));
	featset_cpu_free(cpu);
}

/* A thread that may run on one CPU only visits that one, and still may afterwards. */
static void test_narrow_affinity(void **unused)
{
	static const unsigned flags[] = { 0, FEATSET_HOST_ALL_CPUS };
	cpu_set_t narrow, after;
	int last = 0;

	(void)unused;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &before))
			last = i;
	CPU_ZERO(&narrow);
	CPU_SET(last, &narrow);
	assert_int_equal(sched_setaffinity(0, sizeof narrow, &narrow), 0);
	for (size_t i = 0; i < 2; i++) {
		featset_cpu_t *cpu = host(flags[i] | FEATSET_HOST_NO_MSR);

		assert_int_equal(featset_cpu_count(cpu), flags[i] ? 1 : 0);
		assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
		assert_true(CPU_EQUAL(&narrow, &after));
		featset_cpu_free(cpu);
	}
	assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

/* Reading one CPU gives the affinity back, too. */
static void test_one_cpu(void **unused)
{
	featset_cpu_t *cpu;
	cpu_set_t after;

	(void)unused;
	cpu = host(0);
	assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	assert_int_equal(featset_cpu_count(cpu), 0);
	featset_cpu_free(cpu);
}

#endif
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usable_everything),
		cmocka_unit_test(test_usable_exact),
		cmocka_unit_test(test_usable_not_closed),
		cmocka_unit_test(test_usable_keys),
		cmocka_unit_test(test_usable_lwp),
		cmocka_unit_test(test_kvm_msr),
		cmocka_unit_test(test_kvm_contradicted),
		cmocka_unit_test(test_arguments),
#if defined(__linux__)
		cmocka_unit_test(test_xen_view),
#endif
#if CAN_READ
		cmocka_unit_test(test_against_cpuid),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_usable_here),
		cmocka_unit_test(test_msr),
#if defined(__linux__)
		cmocka_unit_test(test_all_cpus),
		cmocka_unit_test(test_narrow_affinity),
		cmocka_unit_test(test_one_cpu),
#endif
#endif
	};

#if CAN_READ && defined(__linux__)
	return cmocka_run_group_tests_name("host", tests, remember_affinity, NULL);
#else
	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
#endif
}
