/* SPDX-License-Identifier: MIT */
/*
 * guest.c - what QEMU's guests can be told to have, and what they have or lack
 * whatever they are told.
 */
#include "policy_internal.h"

enum {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) id = FEATSET_##id,
#include "../featset/features.def"
};

#define IN(array, i) (size_t i = 0; i < sizeof(array) / sizeof((array)[0]); i++)

static void add_word(featset_t *dst, unsigned word)
{
	featset_set_word(dst, word, featset_word_flags(word));
}

/* ---- names --------------------------------------------------------------------------- */

/*
 * Names that QEMU 7.2 has not (it was asked for all its properties), with the
 * oldest of our releases that is known to have them.  For 10.0 that is shown by a
 * model that has the feature; a name that no model of 10.0 has is taken to be
 * newer, which is the safe side.
 */
static const struct {
	uint16_t feature, release;
} late[] = {
	{ FDP_EXCPTN_ONLY, 1101 },
	{ ZERO_FCS_FDS, 1101 },
	{ SHSTK, 1101 },
	{ AMD_STIBP_ALWAYS_ON, 1000 },
	{ AMD_PSFD, 1000 },
	{ IBT, 1101 },
	{ FLUSH_L1D, 1101 },
	{ SHA512, 1000 },
	{ SM3, 1000 },
	{ SM4, 1000 },
	{ CMPCCXADD, 1000 },
	{ FZRM, 1000 },
	{ FSRS, 1000 },
	{ FSRC, 1000 },
	{ FRED, 1101 },
	{ LKGS, 1101 },
	{ WRMSRNS, 1101 },
	{ AMX_FP16, 1000 },
	{ AVX_IFMA, 1000 },
	{ LAM, 1000 },
	{ MOVRS, 1101 },
	{ NO_NESTED_DATA_BP, 1000 },
	{ WRMSR_XX_BASE_NS, 1101 },
	{ LFENCE_RDTSC, 1000 },
	{ VERW_CLEAR, 1101 },
	{ NULL_SEL_CLR_BASE, 1000 },
	{ AUTOIBRS, 1000 },
	{ AMD_PREFETCHI, 1101 },
	{ ERAPS, 1101 },
	{ SBPB, 1101 },
	{ IBPB_BRTYPE, 1101 },
	{ SRSO_NO, 1101 },
	{ SRSO_USER_KERNEL_NO, 1101 },
	{ INTEL_PSFD, 1000 },
	{ IPRED_CTRL, 1000 },
	{ RRSBA_CTRL, 1000 },
	{ DDP_CTRL, 1000 },
	{ BHI_CTRL, 1000 },
	{ MCDT_NO, 1000 },
	{ MSR_IMM, 1101 },
	{ AVX_VNNI_INT8, 1000 },
	{ AVX_NE_CONVERT, 1000 },
	{ AMX_COMPLEX, 1101 },
	{ AVX_VNNI_INT16, 1000 },
	{ INTEL_PREFETCHI, 1000 },
	{ AVX10, 1000 },
	{ APX, 1101 },
	{ SBDR_SSDP_NO, 1000 },
	{ FBSDP_NO, 1000 },
	{ PSDP_NO, 1000 },
	{ FB_CLEAR, 1101 },
	{ BHI_NO, 1000 },
	{ PBRSB_NO, 1000 },
	{ GDS_NO, 1000 },
	{ RFDS_NO, 1000 },
	{ RFDS_CLEAR, 1101 },
	{ ITS_NO, 1101 },
	{ TSA_SQ_NO, 1101 },
	{ TSA_L1_NO, 1101 },
	{ SGX_EDECCSSA, 1101 },
	{ SECS_ATTR_AEXNOTIFY, 1101 },
	{ AMX_INT8_ALIAS, 1101 },
	{ AMX_BF16_ALIAS, 1101 },
	{ AMX_COMPLEX_ALIAS, 1101 },
	{ AMX_FP16_ALIAS, 1101 },
	{ AMX_FP8, 1101 },
	{ AMX_TF32, 1101 },
	{ AMX_AVX512, 1101 },
	{ AMX_MOVRS, 1101 },
	{ AVX10_128, 1000 },
	{ AVX10_256, 1000 },
	{ AVX10_512, 1000 },
	{ AVX10_VNNI_INT, 1101 },
	{ APX_NCI_NDD_NF, 1101 },
	{ OVERFLOW_RECOV, 1101 },
	{ SUCCOR, 1101 },
	{ GMET, 1101 },
	{ AMD_VNMI, 1000 },
	{ PERFMON_V2, 1101 },
	{ VMX_ANY_ERRCODE, 1101 },
	{ VMX_NESTED_EXCEPTION, 1101 },
	{ VMX_MBEC, 1101 },
	{ VMX_ENABLE_USER_WAIT_PAUSE, 1101 },
	{ VMX_EXIT_SAVE_CET, 1101 },
	{ VMX_EXIT_SECONDARY_CTLS, 1101 },
	{ VMX_ENTRY_LOAD_CET, 1101 },
	{ VMX_ENTRY_LOAD_FRED, 1101 },
};

/* libvirt's table has these names, QEMU beneath it has no such properties. */
static const uint16_t never[] = { OSXSAVE, CVT16, CQM, OSPKE, PCONFIG, CQM_MBM_TOTAL, CQM_MBM_LOCAL };

/* libvirt 9.0 knows none of the late ones, nor PadLock (45) and the controls of VMX (49 to 58). */
enum { LIBVIRT_LATE = 1205 };

static void add_named(featset_t *dst, featset_dialect_t dialect)
{
	featset_t named;

	featset_named(&named);
	for (featset_feature_t f = featset_next(&named, 0); f < FEATSET_BITS; f = featset_next(&named, f + 1))
		if (featset_feature_name(f, dialect) && f / 32 != 63)
			featset_add(dst, f);
}

void fsi_guest_nameable(featset_t *dst, featset_dialect_t dialect, unsigned release)
{
	bool libvirt = dialect == FEATSET_LIBVIRT;

	featset_clear(dst);
	add_named(dst, dialect);
	for
		IN(late, i)
	if (release < (libvirt ? LIBVIRT_LATE : late[i].release))
		featset_remove(dst, late[i].feature);
	for
		IN(never, i)
	featset_remove(dst, never[i]);
	if (libvirt && release < LIBVIRT_LATE) {
		featset_set_word(dst, 45, 0);
		for (unsigned word = 49; word <= 58; word++)
			featset_set_word(dst, word, 0);
	}
}

/* ---- what is decided elsewhere --------------------------------------------------------- */

void fsi_guest_given(featset_t *dst)
{
	featset_clear(dst);
	featset_add(dst, APIC);
	featset_add(dst, HYPERVISOR);
}

/*
 * The interrupt controller is emulated, so QEMU allows ARAT everywhere and turns
 * X2APIC on under KVM; the topology is the guest's own.
 */
void fsi_guest_made_up(featset_t *dst)
{
	featset_clear(dst);
	featset_add(dst, ARAT);
	featset_add(dst, X2APIC);
	featset_add(dst, TOPOEXT);
}

/* Without them no system starts, and no CPU with 64-bit mode was made without. */
void fsi_guest_basic(featset_t *dst, const featset_t *features)
{
	static const uint16_t basic[] = { FPU, DE,   PSE, TSC,   MSR,     PAE, CX8,  MCE, SEP,  MTRR,   PGE,
					  MCA, CMOV, PAT, PSE36, CLFLUSH, MMX, FXSR, SSE, SSE2, SYSCALL };

	featset_clear(dst);
	if (featset_has(features, LM))
		for
			IN(basic, i)
	featset_add(dst, basic[i]);
}

/*
 * KVM offers none of these (kvm_set_cpu_caps of arch/x86/kvm/cpuid.c) but for DS,
 * DTES64, MONITOR, PDCM, INTEL_PT and ARCH_LBR, which need a switch beside -cpu: on
 * their own, with enforce, they keep the guest from starting.
 */
void fsi_guest_withheld(featset_t *dst)
{
	static const uint16_t features[] = {
		PN,    DS,       ACPI,     TM,         IA64,       PBE,   DTES64, MONITOR,     DS_CPL,        SMX,
		EST,   TM2,      CID,      SDBG,       XTPR,       PDCM,  DCA,    EXTAPIC,     IBS,           SKINIT,
		WDT,   LWP,      TCE,      NODEID_MSR, PERFCTR_NB, BPEXT, PTSC,   PERFCTR_LLC, ADDR_MASK_EXT, CQM,
		RDT_A, INTEL_PT, ARCH_LBR, IRPERF,     SMCA,
	};
	/* Whole words: clocks and heat, cache monitoring, tracing, SVM (42), encrypted memory, counters. */
	static const uint16_t words[] = { 7, 23, 24, 27, 28, 32, 33, 42, 43, 48 };
	static const uint16_t offered[] = {
		INVTSC,     ARAT,        NPT,           LBRV,        NRIP_SAVE,       TSC_SCALE,
		VMCB_CLEAN, FLUSHBYASID, PAUSEFILTER,   PFTHRESHOLD, V_VMSAVE_VMLOAD, VGIF,
		GMET,       AMD_VNMI,    SVME_ADDR_CHK, IDLE_HLT,
	};

	featset_clear(dst);
	for
		IN(words, i)
	add_word(dst, words[i]);
	for
		IN(offered, i)
	featset_remove(dst, offered[i]);
	for
		IN(features, i)
	featset_add(dst, features[i]);
}

/* AMD's copies of 1.EDX; what XSAVE saves. */
void fsi_guest_follows(featset_t *dst)
{
	featset_t copies = { { 0 } };

	featset_of_class(dst, FEATSET_CLASS_ALIAS);
	add_word(&copies, 2);
	featset_and(dst, dst, &copies);
	add_word(dst, 25);
	add_word(dst, 26);
}

void fsi_guest_own(featset_t *dst)
{
	/* KVM's own; CPUID faulting, which KVM always has. */
	static const uint16_t words[] = { 39, 40, 46 };
	featset_t more;

	fsi_guest_withheld(dst);
	fsi_guest_given(&more);
	featset_or(dst, dst, &more);
	featset_of_class(&more, FEATSET_CLASS_DYNAMIC);
	featset_or(dst, dst, &more);
	featset_of_class(&more, FEATSET_CLASS_HINT);
	featset_or(dst, dst, &more);
	featset_remove(dst, TOPOEXT);
	fsi_guest_follows(&more);
	featset_or(dst, dst, &more);
	for
		IN(words, i)
	add_word(dst, words[i]);
}

void fsi_guest_cleared(featset_t *dst, const featset_t *features)
{
	featset_clear(dst);
	if (!featset_has(features, SVM))
		add_word(dst, 42);
	if (!featset_has(features, VMX))
		for (unsigned word = 49; word <= 58; word++)
			add_word(dst, word);
}
