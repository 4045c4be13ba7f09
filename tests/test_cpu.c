/* SPDX-License-Identifier: MIT */
/*
 * Reading CPUID from machines that are made up here: each test states what such
 * a machine answers, and what the manuals say must follow from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

typedef struct leaf {
	uint32_t leaf, subleaf, regs[4];
} leaf_t;

typedef struct machine {
	const leaf_t *leaves;
	size_t count;
	uint64_t arch_capabilities;
	bool has_msr;
	unsigned asked_msr;
} machine_t;

#define INTEL 0x756e6547, 0x6c65746e, 0x49656e69 /* ebx ecx edx of "GenuineIntel" */
#define AMD 0x68747541, 0x444d4163, 0x69746e65	 /* "AuthenticAMD" */
#define MACHINE(table) { table, sizeof(table) / sizeof((table)[0]), 0, false, 0 }

/* Past its largest basic leaf an Intel CPU answers with that leaf's data. */
static bool cpuid(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	const machine_t *m = context;

	for (size_t i = 0; i < m->count; i++) {
		if (m->leaves[i].leaf == leaf && m->leaves[i].subleaf == subleaf) {
			memcpy(regs, m->leaves[i].regs, sizeof m->leaves[i].regs);
			return true;
		}
	}
	for (int i = 0; i < 4; i++)
		regs[i] = 0xffffffff;
	return true;
}

static bool only_listed(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	const machine_t *m = context;

	for (size_t i = 0; i < m->count; i++) {
		if (m->leaves[i].leaf == leaf && m->leaves[i].subleaf == subleaf)
			return cpuid(context, leaf, subleaf, regs);
	}
	return false;
}

static bool msr(void *context, uint32_t index, uint64_t *value)
{
	machine_t *m = context;

	m->asked_msr++;
	*value = m->arch_capabilities;
	return m->has_msr && index == 0x10a;
}

static featset_cpu_t *read_machine(machine_t *m, featset_cpuid_fn fn)
{
	featset_cpu_t *cpu = NULL;

	assert_int_equal(featset_cpu_read(&cpu, fn, msr, m, NULL), FEATSET_OK);
	assert_non_null(cpu);
	return cpu;
}

static bool has(const featset_cpu_t *cpu, featset_feature_t f)
{
	return featset_has(featset_cpu_features(cpu), f);
}

static bool known(const featset_cpu_t *cpu, featset_feature_t f)
{
	return featset_has(featset_cpu_known(cpu), f);
}

/* Largest leaf 6: whatever leaf 7 and later would answer is not the CPU's. */
static void leaves_past_the_maximum_are_absent(void **state)
{
	static const leaf_t leaves[] = {
		{ 0, 0, { 6, INTEL } },
		{ 1, 0, { 0x000106a5, 0, 0x00000001, 0x0789fbff } },
		{ 0x80000000, 0, { 0x80000001, 0, 0, 0 } },
		{ 0x80000001, 0, { 0, 0, 1, 0x20100800 } },
	};
	machine_t m = MACHINE(leaves);
	featset_cpu_t *cpu = read_machine(&m, cpuid);

	(void)state;
	assert_true(has(cpu, FEATSET_SSE3));
	assert_false(has(cpu, FEATSET_AVX2));
	assert_true(known(cpu, FEATSET_AVX2));
	assert_false(has(cpu, FEATSET_CLZERO)); /* 80000008 is past 80000001 */
	assert_true(known(cpu, FEATSET_CLZERO));
	assert_false(featset_cpu_words(cpu) >> 5 & 1); /* absent, but never read */
	assert_true(featset_cpu_words(cpu) >> 1 & 1);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MAX_BASIC), 6);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MAX_EXTENDED), 0x80000001);
	featset_cpu_free(cpu);
}

/* 7.0.EAX is the largest subleaf; AMX-FP16 is in 7.1 and was misread from 7.0 by others. */
static void subleaves_past_the_maximum_are_absent(void **state)
{
	static const leaf_t none[] = {
		{ 0, 0, { 0xd, INTEL } },
		{ 1, 0, { 0x000306f2, 0, 0, 0x0789fbff } },
		{ 7, 0, { 0, 0x000037ab, 0, 0x9c000400 } },
		{ 0x80000000, 0, { 0x80000008, 0, 0, 0 } },
	};
	static const leaf_t one[] = {
		{ 0, 0, { 0x1f, INTEL } },
		{ 1, 0, { 0x000806f8, 0, 0, 0x0789fbff } },
		{ 7, 0, { 1, 0x00000020, 0, 0 } },
		{ 7, 1, { 0x00001c30, 0, 0, 0 } },
		{ 0x80000000, 0, { 0x80000008, 0, 0, 0 } },
	};
	machine_t m = MACHINE(none), n = MACHINE(one);
	featset_cpu_t *cpu = read_machine(&m, cpuid);

	(void)state;
	assert_true(has(cpu, FEATSET_AVX2));
	assert_false(has(cpu, FEATSET_AVX_VNNI));
	assert_true(known(cpu, FEATSET_AVX_VNNI));
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MAX_SUBLEAF_7), 0);
	featset_cpu_free(cpu);
	cpu = read_machine(&n, cpuid);
	assert_true(has(cpu, FEATSET_AVX_VNNI));
	assert_true(has(cpu, FEATSET_AVX512_BF16));
	assert_false(has(cpu, FEATSET_AMX_FP16));
	assert_false(has(cpu, FEATSET_MCDT_NO)); /* 7.2 */
	assert_true(known(cpu, FEATSET_MCDT_NO));
	featset_cpu_free(cpu);
}

/* A dump that leaves out what the CPU has says nothing about it. */
static void missing_readings_are_unknown(void **state)
{
	static const leaf_t leaves[] = {
		{ 0, 0, { 0xd, INTEL } },
		{ 1, 0, { 0x000306e4, 0, 0x7fbee3ff, 0xbfebfbff } },
	};
	machine_t m = MACHINE(leaves);
	featset_cpu_t *cpu = read_machine(&m, only_listed);

	(void)state;
	assert_true(has(cpu, FEATSET_AVX));
	assert_false(known(cpu, FEATSET_AVX2));
	assert_false(known(cpu, FEATSET_LAHF_LM));
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MAX_EXTENDED), -1);
	featset_cpu_free(cpu);
}

/* Display family adds the extended one only above 15; the model adds it for 6, 7 and 15. */
static void family_and_model(void **state)
{
	static const struct {
		uint32_t eax;
		int64_t family, model, stepping;
	} cases[] = {
		{ 0x000306f2, 6, 0x3f, 2 },  /* Xeon E5-2670 v3 */
		{ 0x000306e4, 6, 0x3e, 4 },  /* Xeon E5-2650 v2 */
		{ 0x00b00f21, 26, 0x02, 1 }, /* EPYC 9005 */
		{ 0x00830f10, 23, 0x31, 0 }, /* EPYC 7002 */
		{ 0x00000f4a, 15, 0x04, 10 },
		{ 0x000307b0, 7, 0x3b, 0 }, /* Zhaoxin KX-6000 */
		{ 0x00000663, 6, 0x06, 3 },
		{ 0x00000543, 5, 0x04, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const leaf_t leaves[] = { { 0, 0, { 1, INTEL } }, { 1, 0, { cases[i].eax, 0, 0, 0 } } };
		machine_t m = MACHINE(leaves);
		featset_cpu_t *cpu = read_machine(&m, only_listed);

		assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), cases[i].family);
		assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), cases[i].model);
		assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), cases[i].stepping);
		featset_cpu_free(cpu);
	}
}

/* MSR 10a exists only with the arch_capabilities bit. */
static void msr_features(void **state)
{
	static const leaf_t with[] = {
		{ 0, 0, { 7, INTEL } },
		{ 1, 0, { 0x00050657, 0, 0, 0x0789fbff } },
		{ 7, 0, { 0, 0, 0, 0x20000000 } },
	};
	static const leaf_t without[] = {
		{ 0, 0, { 7, INTEL } },
		{ 1, 0, { 0x000306f2, 0, 0, 0x0789fbff } },
		{ 7, 0, { 0, 0, 0, 0 } },
	};
	machine_t m = MACHINE(with), n = MACHINE(without);
	featset_cpu_t *cpu;

	(void)state;
	m.has_msr = true;
	m.arch_capabilities = 0x4000000000000001; /* ITS_NO, RDCL_NO */
	cpu = read_machine(&m, cpuid);
	assert_true(has(cpu, 16 * 32 + 0));
	assert_true(has(cpu, 17 * 32 + 30));
	assert_true(known(cpu, FEATSET_RSBA));
	featset_cpu_free(cpu);

	m.has_msr = false; /* it is there, but may not be read */
	cpu = read_machine(&m, cpuid);
	assert_false(known(cpu, FEATSET_RSBA));
	featset_cpu_free(cpu);

	n.has_msr = true;
	n.arch_capabilities = ~(uint64_t)0;
	cpu = read_machine(&n, cpuid);
	assert_false(has(cpu, FEATSET_RSBA));
	assert_true(known(cpu, FEATSET_RSBA));
	featset_cpu_free(cpu);
}

static void avx10_is_a_ladder(void **state)
{
	leaf_t leaves[] = {
		{ 0, 0, { 0x24, INTEL } },
		{ 1, 0, { 0x000a06d0, 0, 0, 0 } },
		{ 7, 0, { 1, 0, 0, 0 } },
		{ 7, 1, { 0, 0, 0, 1u << 19 } },
		{ 0x24, 0, { 0, 0x00070001, 0, 0 } },
	};
	machine_t m = MACHINE(leaves);
	featset_cpu_t *cpu = read_machine(&m, only_listed);

	(void)state;
	assert_true(has(cpu, FEATSET_AVX10_1));
	assert_false(has(cpu, FEATSET_AVX10_2));
	assert_true(known(cpu, FEATSET_AVX10_2));
	assert_int_equal(featset_cpu_number(cpu, FEATSET_AVX10_VERSION), 1);
	/* The version is a number, no flag; the word as read keeps it. */
	assert_int_equal(featset_word(featset_cpu_features(cpu), 36), 0x00070000);
	assert_int_equal(featset_cpu_word(cpu, 36), 0x00070001);
	featset_cpu_free(cpu);

	leaves[4].regs[1] = 0x00070002;
	cpu = read_machine(&m, only_listed);
	assert_true(has(cpu, FEATSET_AVX10_1) && has(cpu, FEATSET_AVX10_2));
	featset_cpu_free(cpu);

	leaves[3].regs[3] = 0;
	cpu = read_machine(&m, only_listed);
	assert_false(has(cpu, FEATSET_AVX10_1));
	assert_true(known(cpu, FEATSET_AVX10_1));
	featset_cpu_free(cpu);
}

/* Leaf 40000001 means KVM's features only under KVM's signature. */
static void hypervisor_leaves(void **state)
{
	static const leaf_t kvm[] = {
		{ 0, 0, { 1, AMD } },
		{ 1, 0, { 0x00b00f21, 0, 0x80000000, 0 } },
		{ 0x40000000, 0, { 0x40000001, 0x4b4d564b, 0x564b4d56, 0x0000004d } },
		{ 0x40000001, 0, { 0x01000009, 0, 0, 1 } },
	};
	static const leaf_t xen[] = {
		{ 0, 0, { 1, AMD } },
		{ 1, 0, { 0x00b00f21, 0, 0x80000000, 0 } },
		{ 0x40000000, 0, { 0x40000005, 0x566e6558, 0x65584d4d, 0x4d4d566e } },
		{ 0x40000001, 0, { 0x00040011, 0, 0, 0 } },
	};
	static const leaf_t bare[] = {
		{ 0, 0, { 1, AMD } },
		{ 1, 0, { 0x00b00f21, 0, 0, 0 } },
		{ 0x40000000, 0, { 0x40000001, 0x4b4d564b, 0x564b4d56, 0x0000004d } },
		{ 0x40000001, 0, { 0xffffffff, 0, 0, 0 } },
	};
	machine_t m = MACHINE(kvm), n = MACHINE(xen), o = MACHINE(bare);
	featset_cpu_t *cpu = read_machine(&m, only_listed);

	(void)state;
	assert_string_equal(featset_cpu_hypervisor(cpu), "KVMKVMKVM");
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_GUEST);
	assert_int_equal(featset_word(featset_cpu_features(cpu), 39), 0x01000009);
	featset_cpu_free(cpu);
	cpu = read_machine(&n, only_listed);
	assert_string_equal(featset_cpu_hypervisor(cpu), "XenVMMXenVMM");
	assert_int_equal(featset_word(featset_cpu_features(cpu), 39), 0);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 39), 0xffffffff);
	featset_cpu_free(cpu);
	cpu = read_machine(&o, only_listed);
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_HARDWARE);
	assert_int_equal(featset_word(featset_cpu_features(cpu), 39), 0);
	featset_cpu_free(cpu);
}

/* Before 2012 KVM left 0 as the largest leaf and meant 40000001. */
static void old_kvm(void **state)
{
	static const leaf_t leaves[] = {
		{ 0, 0, { 1, AMD } },
		{ 1, 0, { 0x00b00f21, 0, 0x80000000, 0 } },
		{ 0x40000000, 0, { 0, 0x4b4d564b, 0x564b4d56, 0x0000004d } },
		{ 0x40000001, 0, { 0x00000003, 0, 0, 0 } },
	};
	machine_t m = MACHINE(leaves);
	featset_cpu_t *cpu = read_machine(&m, only_listed);

	(void)state;
	assert_int_equal(featset_word(featset_cpu_features(cpu), 39), 3);
	featset_cpu_free(cpu);
}

/*
 * Leaves that exist only with a feature: SGX's 12h, SVM's 8000000Ah, AMX's 1Eh,
 * Key Locker's 19h, processor trace's 14h.  Without it whatever they answer is noise.
 */
static void gated_leaves(void **state)
{
	leaf_t leaves[] = {
		{ 0, 0, { 0x1e, INTEL } },
		{ 1, 0, { 0x000806f8, 0, 0, 0 } },
		{ 7, 0, { 0, 0, 0, 0 } },
		{ 0x12, 0, { 3, 1, 0, 0 } },
		{ 0x12, 1, { 0x36, 0, 0, 0 } },
		{ 0x14, 0, { 1, 0xf, 7, 0 } },
		{ 0x19, 0, { 7, 4, 0, 0 } },
		{ 0x1e, 0, { 1, 0, 0, 0 } },
		{ 0x1e, 1, { 0xf, 0, 0, 0 } },
		{ 0x80000000, 0, { 0x8000000a, 0, 0, 0 } },
		{ 0x80000001, 0, { 0, 0, 0, 0 } },
		{ 0x8000000a, 0, { 1, 0, 0, 0xff } },
	};
	static const struct {
		unsigned word;
		uint32_t bits;
	} words[] = { { 29, 3 }, { 30, 1 }, { 31, 0x36 }, { 32, 0xf }, { 33, 7 }, { 34, 4 }, { 35, 0xf }, { 42, 0xff } };
	machine_t m = MACHINE(leaves);
	featset_cpu_t *cpu = read_machine(&m, only_listed);

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		assert_int_equal(featset_word(featset_cpu_features(cpu), words[i].word), 0);
		assert_int_equal(featset_word(featset_cpu_known(cpu), words[i].word), 0xffffffff);
	}
	featset_cpu_free(cpu);
	leaves[2].regs[1] = 1u << 2 | 1u << 25; /* SGX, PT */
	leaves[2].regs[2] = 1u << 23;		/* Key Locker */
	leaves[2].regs[3] = 1u << 24;		/* AMX tiles */
	leaves[10].regs[2] = 1u << 2;		/* SVM */
	cpu = read_machine(&m, only_listed);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		assert_int_equal(featset_word(featset_cpu_features(cpu), words[i].word), words[i].bits);
	featset_cpu_free(cpu);
}

/* Bit n of F.0.EDX says whether F.n exists. */
static void monitoring_subleaf(void **state)
{
	leaf_t leaves[] = {
		{ 0, 0, { 0xf, INTEL } },
		{ 1, 0, { 0x000306f2, 0, 0, 0 } },
		{ 7, 0, { 0, 1u << 12, 0, 0 } },
		{ 0xf, 0, { 0, 0, 0, 0 } },
		{ 0xf, 1, { 0, 0, 0, 7 } },
	};
	machine_t m = MACHINE(leaves);
	featset_cpu_t *cpu = read_machine(&m, only_listed);

	(void)state;
	assert_int_equal(featset_word(featset_cpu_features(cpu), 27), 0);
	featset_cpu_free(cpu);
	leaves[3].regs[3] = 2;
	cpu = read_machine(&m, only_listed);
	assert_int_equal(featset_word(featset_cpu_features(cpu), 27), 7);
	featset_cpu_free(cpu);
}

/* Numbers among the flags, as the SDM lays the registers out (volume 3, appendix A, and CPUID). */
static void numbers_are_no_flags(void **state)
{
	static const struct {
		unsigned word;
		uint32_t numbers;
	} cases[] = {
		{ 6, 0x003e0000 },  /* 7.0.ECX[21:17] MAWAU */
		{ 24, 0x0000ff00 }, /* 6.ECX[15:8] thread director classes */
		{ 36, 0x000000ff }, /* 24.0.EBX[7:0] AVX10 version */
		{ 46, 0x7fffffff }, /* MSR CE but for CPUID faulting */
		{ 48, 0x00000f3f }, /* MSR 345 [5:0] LBR format, [11:8] PEBS format */
		{ 49, 0x003c1fff }, /* MSR 480 [44:32] size, [53:50] memory type */
		{ 50, 0x0fff001f }, /* MSR 485 [4:0], [24:16], [27:25] */
	};
	uint64_t seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(~featset_word_flags(cases[i].word), cases[i].numbers);
		seen |= (uint64_t)1 << cases[i].word;
	}
	for (unsigned w = 0; w < FEATSET_WORDS; w++)
		assert_true(seen >> w & 1 || featset_word_flags(w) == 0xffffffff);
}

/* Only Centaur and Shanghai parts have leaves from c0000000 on. */
static void centaur_leaves(void **state)
{
	static const leaf_t via[] = {
		{ 0, 0, { 1, 0x746e6543, 0x736c7561, 0x48727561 } },
		{ 1, 0, { 0x000006fa, 0, 0, 0 } },
		{ 0xc0000000, 0, { 0xc0000004, 0, 0, 0 } },
		{ 0xc0000001, 0, { 0, 0, 0, 0x00003fcc } },
	};
	static const leaf_t intel[] = {
		{ 0, 0, { 1, INTEL } },
		{ 1, 0, { 0x000006fa, 0, 0, 0 } },
		{ 0xc0000000, 0, { 0xc0000004, 0, 0, 0 } },
		{ 0xc0000001, 0, { 0, 0, 0, 0x00003fcc } },
	};
	static const leaf_t shanghai[] = {
		{ 0, 0, { 1, 0x68532020, 0x20206961, 0x68676e61 } },
		{ 1, 0, { 0x000307b0, 0, 0, 0 } },
		{ 0xc0000000, 0, { 0xc0000004, 0, 0, 0 } },
		{ 0xc0000001, 0, { 0, 0, 0, 0x00003fcc } },
	};
	static const leaf_t winchip[] = {
		{ 0, 0, { 1, 0x746e6543, 0x736c7561, 0x48727561 } },
		{ 1, 0, { 0x00000585, 0, 0, 0x008001bd } },
		{ 0xc0000000, 0, { 0xc0000001, 0, 0, 0 } },
		{ 0xc0000001, 0, { 0, 0, 0, 0x808001b5 } },
	};
	machine_t m = MACHINE(via), n = MACHINE(intel), o = MACHINE(shanghai), p = MACHINE(winchip);
	featset_cpu_t *cpu = read_machine(&m, only_listed);

	(void)state;
	assert_string_equal(featset_cpu_vendor(cpu), "CentaurHauls");
	assert_int_equal(featset_word(featset_cpu_features(cpu), 45), 0x00003fcc);
	featset_cpu_free(cpu);
	cpu = read_machine(&n, only_listed);
	assert_int_equal(featset_word(featset_cpu_features(cpu), 45), 0);
	featset_cpu_free(cpu);
	cpu = read_machine(&o, only_listed);
	assert_string_equal(featset_cpu_vendor(cpu), "  Shanghai  ");
	assert_int_equal(featset_word(featset_cpu_features(cpu), 45), 0x00003fcc);
	featset_cpu_free(cpu);
	cpu = read_machine(&p, only_listed);
	assert_int_equal(featset_word(featset_cpu_features(cpu), 45), 0);
	featset_cpu_free(cpu);
}

static void brand_and_widths(void **state)
{
	/* "      Intel(R) Xeon(R) CPU E5-2650 v2 @ 2.60GHz" as registers */
	static const char brand[49] = "      Intel(R) Xeon(R) CPU E5-2650 v2 @ 2.60GHz";
	leaf_t leaves[] = {
		{ 0, 0, { 1, INTEL } },
		{ 1, 0, { 0x000306e4, 0, 0, 0 } },
		{ 0x80000000, 0, { 0x80000008, 0, 0, 0 } },
		{ 0x80000002, 0, { 0, 0, 0, 0 } },
		{ 0x80000003, 0, { 0, 0, 0, 0 } },
		{ 0x80000004, 0, { 0, 0, 0, 0 } },
		{ 0x80000008, 0, { 0x0000302e, 0, 0, 0 } },
	};
	machine_t m = MACHINE(leaves);
	featset_cpu_t *cpu;

	(void)state;
	for (int i = 0; i < 3; i++)
		memcpy(leaves[3 + i].regs, brand + 16 * i, 16);
	cpu = read_machine(&m, only_listed);
	assert_string_equal(featset_cpu_brand(cpu), "Intel(R) Xeon(R) CPU E5-2650 v2 @ 2.60GHz");
	assert_int_equal(featset_cpu_number(cpu, FEATSET_PHYS_BITS), 46);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_LINEAR_BITS), 48);
	featset_cpu_free(cpu);
}

static bool mute(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	(void)context, (void)leaf, (void)subleaf, (void)regs;
	return false;
}

static void no_leaf_zero(void **state)
{
	featset_cpu_t *cpu = NULL;
	featset_error_t error;

	(void)state;
	assert_int_equal(featset_cpu_read(&cpu, mute, NULL, NULL, &error), FEATSET_E_SYNTAX);
	assert_null(cpu);
	assert_non_null(strstr(error.text, "leaf 0"));
}

/* ---- several logical CPUs --------------------------------------------------------- */

static void cores_are_joined(void **state)
{
	static const leaf_t p[] = {
		{ 0, 0, { 7, INTEL } },
		{ 1, 0, { 0x00090672, 0, 0x7ffafbbf, 0xbfebfbff } },
		{ 7, 0, { 0, 0xf3bfa7eb, 0x98c027ac, 0xffdd4432 } },
	};
	static const leaf_t e[] = {
		{ 0, 0, { 7, INTEL } },
		{ 1, 0, { 0x00090672, 0, 0x7ffafbbf, 0xbfebfbff } },
		{ 7, 0, { 0, 0x239ca7eb, 0x98c007ac, 0xfc18c410 } },
	};
	machine_t m = MACHINE(p), n = MACHINE(e);
	featset_cpu_t *cores[2] = { read_machine(&m, only_listed), read_machine(&n, only_listed) }, *cpu;

	(void)state;
	featset_cpu_set_word(cores[0], 39, 1); /* read on one core only */
	featset_cpu_set_core_type(cores[0], "P");
	featset_cpu_set_core_type(cores[1], "E");
	assert_int_equal(featset_cpu_join(&cpu, (const featset_cpu_t *const *)cores, 2, NULL), FEATSET_OK);
	assert_int_equal(featset_word(featset_cpu_features(cpu), 5), 0xf3bfa7eb & 0x239ca7eb);
	assert_int_equal(featset_cpu_word(cpu, 9), 0xffdd4432 & 0xfc18c410);
	assert_int_equal(featset_cpu_words(cpu), featset_cpu_words(cores[0]) & featset_cpu_words(cores[1]));
	assert_false(has(cpu, FEATSET_AVX512F));
	assert_int_equal(featset_cpu_count(cpu), 2);
	assert_true(has(featset_cpu_at(cpu, 0), FEATSET_AVX512F));
	assert_string_equal(featset_cpu_core_type(featset_cpu_at(cpu, 1)), "E");
	assert_string_equal(featset_cpu_core_type(cpu), "");
	assert_null(featset_cpu_at(cpu, 2));
	featset_cpu_free(cores[0]);
	featset_cpu_free(cores[1]);
	cores[0] = featset_cpu_copy(cpu);
	featset_cpu_free(cpu);
	assert_int_equal(featset_cpu_count(cores[0]), 2);
	featset_cpu_free(cores[0]);
	assert_int_equal(featset_cpu_join(&cpu, NULL, 0, NULL), FEATSET_E_ARGUMENT);
}

/* ---- comparing ----------------------------------------------------------------------- */

static featset_cpu_t *make(featset_feature_t there, featset_feature_t also, bool all_known)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t features = { { 0 } }, all;

	memset(&all, all_known ? 0xff : 0, sizeof all);
	featset_add(&features, there);
	featset_add(&features, also);
	featset_or(&all, &all, &features);
	featset_cpu_set_features(cpu, &features, &all);
	return cpu;
}

static void fits(void **state)
{
	featset_cpu_t *guest = make(FEATSET_AVX2, FEATSET_OSXSAVE, true);
	featset_cpu_t *without = make(FEATSET_AVX, FEATSET_BITS, true);
	featset_cpu_t *unread = make(FEATSET_AVX, FEATSET_BITS, false);
	featset_cpu_t *with = make(FEATSET_AVX2, FEATSET_BITS, true);
	featset_t missing, unknown;

	(void)state;
	assert_int_equal(featset_cpu_fits(guest, without, &missing, &unknown), FEATSET_NO);
	assert_int_equal(featset_count(&missing), 1);
	assert_true(featset_has(&missing, FEATSET_AVX2)); /* and not osxsave, which is the system's to set */
	assert_int_equal(featset_cpu_fits(guest, unread, &missing, &unknown), FEATSET_UNKNOWN);
	assert_true(featset_is_empty(&missing));
	assert_true(featset_has(&unknown, FEATSET_AVX2));
	assert_int_equal(featset_cpu_fits(guest, with, NULL, NULL), FEATSET_YES);
	/* KVM's clock is no business of a CPU's. */
	featset_cpu_free(guest);
	guest = make(FEATSET_AVX, FEATSET_KVM_CLOCKSOURCE, true);
	assert_int_equal(featset_cpu_fits(guest, without, NULL, NULL), FEATSET_YES);
	featset_cpu_set_hypervisor(without, "KVMKVMKVM");
	assert_int_equal(featset_cpu_fits(guest, without, NULL, NULL), FEATSET_NO);
	featset_cpu_set_hypervisor(without, "");
	/* Nobody read what the guest has: it may use anything. */
	assert_int_equal(featset_cpu_fits(unread, with, &missing, &unknown), FEATSET_NO);
	assert_int_equal(featset_cpu_fits(unread, without, &missing, &unknown), FEATSET_UNKNOWN);
	assert_true(featset_has(&unknown, FEATSET_AVX2));
	assert_false(featset_has(&unknown, FEATSET_RSBA)); /* no user code can tell */
	featset_cpu_free(guest);
	featset_cpu_free(without);
	featset_cpu_free(unread);
	featset_cpu_free(with);
}

static void xapi_compatibility_bits_do_not_count(void **state)
{
	featset_cpu_t *guest = make(FEATSET_IBS, FEATSET_AVX, true), *host = make(FEATSET_AVX, FEATSET_BITS, true);
	featset_t compat = { { 0 } }, act, other;

	(void)state;
	assert_int_equal(featset_cpu_fits(guest, host, NULL, NULL), FEATSET_NO);
	featset_add(&compat, FEATSET_IBS);
	featset_cpu_set_compat(guest, &compat);
	assert_int_equal(featset_cpu_fits(guest, host, NULL, NULL), FEATSET_YES);
	featset_cpu_split(guest, featset_cpu_features(guest), &act, &other);
	assert_true(featset_has(&act, FEATSET_AVX) && !featset_has(&act, FEATSET_IBS));
	assert_true(featset_has(&other, FEATSET_IBS) && !featset_has(&other, FEATSET_AVX));
	featset_cpu_free(guest);
	featset_cpu_free(host);
}

/* XAPI zero-extends both sides: GDS_NO (word 16) is missing on a host of 15 words, and a VM wants nothing more. */
static void xen_featuresets_are_zero_extended(void **state)
{
	featset_cpu_t *vm = featset_cpu_new(), *host = featset_cpu_new(), *dump = make(FEATSET_AVX, FEATSET_BITS, false);
	featset_t missing, unknown;

	(void)state;
	for (unsigned w = 0; w < 20; w++)
		featset_cpu_set_word(vm, w, w == 16 ? 0x04000000 : 0);
	for (unsigned w = 0; w < 15; w++)
		featset_cpu_set_word(host, w, 0);
	featset_cpu_set_number(vm, FEATSET_XEN_LENGTH, 20);
	featset_cpu_set_number(host, FEATSET_XEN_LENGTH, 15);
	assert_int_equal(featset_cpu_fits(vm, host, &missing, &unknown), FEATSET_NO);
	assert_true(featset_has(&missing, 16 * 32 + 26));
	assert_true(featset_is_empty(&unknown));
	featset_cpu_set_word(vm, 16, 0);
	assert_int_equal(featset_cpu_fits(vm, host, NULL, NULL), FEATSET_YES);
	assert_int_equal(featset_cpu_fits(vm, dump, NULL, NULL), FEATSET_YES);
	assert_int_equal(featset_cpu_fits(dump, host, NULL, NULL), FEATSET_NO);
	featset_cpu_free(vm);
	featset_cpu_free(host);
	featset_cpu_free(dump);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_past_the_maximum_are_absent),
		cmocka_unit_test(subleaves_past_the_maximum_are_absent),
		cmocka_unit_test(missing_readings_are_unknown),
		cmocka_unit_test(family_and_model),
		cmocka_unit_test(msr_features),
		cmocka_unit_test(avx10_is_a_ladder),
		cmocka_unit_test(hypervisor_leaves),
		cmocka_unit_test(old_kvm),
		cmocka_unit_test(gated_leaves),
		cmocka_unit_test(monitoring_subleaf),
		cmocka_unit_test(numbers_are_no_flags),
		cmocka_unit_test(centaur_leaves),
		cmocka_unit_test(brand_and_widths),
		cmocka_unit_test(no_leaf_zero),
		cmocka_unit_test(cores_are_joined),
		cmocka_unit_test(fits),
		cmocka_unit_test(xapi_compatibility_bits_do_not_count),
		cmocka_unit_test(xen_featuresets_are_zero_extended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
