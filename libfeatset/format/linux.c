/* SPDX-License-Identifier: MIT */
#include "linux.h"
#include "model.h"

#include <stdlib.h>
#include <string.h>

/* ---- names --------------------------------------------------------------------------- */

/*
 * Names that no bit of a set stands behind.  The kernel made them up, from
 * models, from other bits or from what it does about a flaw, or they come from
 * leaves that describe resources.  Sorted.
 */
static const char *const synthetic[] = {
	/* clang-format off */
	"11ap", "abmc", "always", "amd_dcm", "amd_htr_cores", "apic_msrs_fence", "arch_perfmon", "art", "bmec", "bts",
	"call_depth", "cdp_l2", "cdp_l3", "centaur_mcr", "clear_bhb_hw", "clear_bhb_loop", "clear_bhb_loop_on_vmexit",
	"clear_bhb_vmexit", "clear_cpu_buf", "clear_cpu_buf_vm", "clflush_monitor", "coherency_sfw_no", "constant_tsc",
	"cpuid", "cqm_llc", "cxmmx", "cyrix_arr", "eagerfpu", "entry_ibpb", "extd_apicid", "fence_swapgs_kernel",
	"fence_swapgs_user", "flexpriority", "fxsave_leak", "ibpb_exit_to_user", "ibpb_on_vmexit", "ibrs_enhanced",
	"indirect_thunk_its", "invpcid_single", "k6_mtrr", "k7", "k8", "kaiser", "kernel_ibrs", "l1tf_pteinv",
	"lfence_rdtsc", "longrun", "lrti", "ls_cfg_ssbd", "mfence_rdtsc", "msr_spec_ctrl", "msr_tsx_ctrl",
	"nonstop_tsc_s3", "nopl", "p3", "p4", "pebs", "per_thread_mba", "prefer_ymm", "pti", "pvunlock", "recovery",
	"rep_good", "rethunk", "retpoline", "retpoline_amd", "retpoline_lfence", "ring3mwait", "rsb_ctxsw",
	"rsb_vmexit", "rsb_vmexit_lite", "sdciae", "smba", "spec_store_bypass_disable", "split_lock_detect", "srso",
	"srso_alias", "syscall32", "sysenter32", "sysfast32", "tdx_guest", "tdx_host_platform", "tlb_flush",
	"tsc_known_freq", "tsc_reliable", "unret", "up", "use_ibpb", "use_ibpb_fw", "use_ibrs", "use_ibrs_fw",
	"user_shstk", "vcpupreempt", "vmmcall", "vmw_vmmcall", "x2avic_ext", "xenpv", "xtopology", "zen",
	/* clang-format on */
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

static bool is_synthetic(const char *name)
{
	return bsearch(name, synthetic, sizeof(synthetic) / sizeof(synthetic[0]), sizeof(synthetic[0]),
		       compare_names) != NULL;
}

enum vendor { INTEL, AMD, OTHER };

/*
 * Names whose meaning depends on the vendor: what stands behind them there,
 * FEATSET_FEATURE_NONE for nothing that is certain.  Sorted.
 *
 * ibrs, ibpb and stibp mean that the CPU can do it, by Intel's bit or by AMD's.
 * AMD's ssbd comes from one of two bits or from the model, arat from the family.
 */
static const struct {
	const char *name;
	uint16_t feature[2]; /* INTEL, AMD */
	bool guests;         /* also certain in AMD's guests, which may be shown Intel's bits */
} by_vendor[] = {
	{ "arat", { FEATSET_ARAT, FEATSET_FEATURE_NONE }, true },
	{ "ibpb", { FEATSET_SPEC_CTRL, FEATSET_AMD_IBPB }, false },
	{ "ibrs", { FEATSET_SPEC_CTRL, FEATSET_AMD_IBRS }, false },
	{ "mba", { FEATSET_INTEL_MBA, FEATSET_AMD_MBA }, true },
	{ "ssbd", { FEATSET_SPEC_CTRL_SSBD, FEATSET_FEATURE_NONE }, true },
	{ "stibp", { FEATSET_INTEL_STIBP, FEATSET_AMD_STIBP }, false },
	{ "vnmi", { FEATSET_VMX_VNMI, FEATSET_AMD_VNMI }, true },
};

/* ---- what a kernel of some age would show ------------------------------------------------- */

/* What user code can use and kernels have shown since 3.10 at the latest. */
static const uint16_t since_3_10[] = {
	/* clang-format off */
	FEATSET_FPU, FEATSET_TSC, FEATSET_CX8, FEATSET_CMOV, FEATSET_CLFLUSH, FEATSET_MMX, FEATSET_FXSR, FEATSET_SSE,
	FEATSET_SSE2, FEATSET_SSE3, FEATSET_PCLMULQDQ, FEATSET_SSSE3, FEATSET_FMA, FEATSET_CX16, FEATSET_SSE4_1,
	FEATSET_SSE4_2, FEATSET_MOVBE, FEATSET_POPCNT, FEATSET_AES, FEATSET_XSAVE, FEATSET_AVX, FEATSET_F16C,
	FEATSET_RDRAND, FEATSET_MMXEXT, FEATSET_RDTSCP, FEATSET_LM, FEATSET_AMD_3DNOWEXT, FEATSET_AMD_3DNOW,
	FEATSET_LAHF_LM, FEATSET_ABM, FEATSET_SSE4A, FEATSET_MISALIGNSSE, FEATSET_XOP, FEATSET_FMA4, FEATSET_TBM,
	FEATSET_FSGSBASE, FEATSET_BMI1, FEATSET_HLE, FEATSET_AVX2, FEATSET_BMI2, FEATSET_ERMS, FEATSET_RTM,
	FEATSET_RDSEED, FEATSET_ADX, FEATSET_XSAVEOPT,
	/* clang-format on */
};

/* And since 4.11, the first that shows "cpuid". */
static const uint16_t since_4_11[] = {
	/* clang-format off */
	FEATSET_MPX, FEATSET_AVX512F, FEATSET_AVX512DQ, FEATSET_AVX512IFMA, FEATSET_CLFLUSHOPT, FEATSET_CLWB,
	FEATSET_AVX512PF, FEATSET_AVX512ER, FEATSET_AVX512CD, FEATSET_SHA_NI, FEATSET_AVX512BW, FEATSET_AVX512VL,
	FEATSET_XSAVEC, FEATSET_XGETBV1, FEATSET_AVX512VBMI, FEATSET_RDPID, FEATSET_AVX512_VPOPCNTDQ,
	FEATSET_AVX512_4VNNIW, FEATSET_AVX512_4FMAPS, FEATSET_CLZERO,
	/* clang-format on */
};

static void add_list(featset_t *set, const uint16_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		featset_add(set, list[i]);
}

/* ---- flags ----------------------------------------------------------------------------- */

typedef struct flags {
	const fsi_text_t *text;
	featset_error_t *error;
	enum vendor vendor;
	bool shows_cpuid;
	unsigned doubtful; /* bits of by_vendor's rows */
	featset_t features;
	char *strange;
	size_t size;
} flags_t;

static void note_strange(flags_t *flags, const char *name)
{
	size_t at = strlen(flags->strange), length = strlen(name);
	const char *seen = strstr(flags->strange, name);

	/* Every CPU of a machine has the same ones. */
	if (seen && (seen == flags->strange || seen[-1] == ' ') && (!seen[length] || seen[length] == ','))
		return;
	if (at + length + 8 < flags->size)
		fsi_print(flags->strange, flags->size, at, "%s%s", at ? ", " : "", name);
	else if (at < 4 || strcmp(flags->strange + at - 4, " ...") != 0)
		fsi_print(flags->strange, flags->size, at, " ...");
}

static void add_flag(flags_t *flags, const char *name)
{
	featset_feature_t feature;

	for (unsigned i = 0; i < sizeof(by_vendor) / sizeof(by_vendor[0]); i++) {
		if (!strcmp(name, by_vendor[i].name)) {
			flags->doubtful |= 1u << i;
			return;
		}
	}
	flags->shows_cpuid |= !strcmp(name, "cpuid");
	if (!strcmp(name, "user_shstk"))
		featset_add(&flags->features, FEATSET_SHSTK);
	if (is_synthetic(name))
		return;
	if (featset_feature_find(&feature, name, FEATSET_LINUX, NULL) == FEATSET_OK)
		featset_add(&flags->features, feature);
	else
		note_strange(flags, name);
}

static bool is_flag_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '.';
}

static featset_status_t read_flags(flags_t *flags, const fsi_span_t *span)
{
	size_t at = 0;

	while (at < span->size) {
		char name[FSI_MAX_NAME];
		size_t start = at;

		if (fsi_is_space(span->at[at])) {
			at++;
			continue;
		}
		while (at < span->size && is_flag_character(span->at[at]))
			at++;
		if (at < span->size && !fsi_is_space(span->at[at]))
			return fsi_fail_at(flags->error, FEATSET_E_SYNTAX, flags->text->file, span->line,
					   span->column ? span->column + (unsigned)at : 0,
					   "expected names of flags with spaces between them");
		if (at - start >= sizeof(name))
			return fsi_fail_at(flags->error, FEATSET_E_SYNTAX, flags->text->file, span->line,
					   span->column ? span->column + (unsigned)start : 0,
					   "no flag has a name of %zu letters", at - start);
		memcpy(name, span->at + start, at - start);
		name[at - start] = '\0';
		add_flag(flags, name);
	}
	return FEATSET_OK;
}

/*
 * "power management: ts ttp hwpstate [13]" names bits of 80000007.EDX as they
 * are, those without a name by their number.  The time-stamp counter's bit, 8, is
 * there but not shown.
 */
static unsigned power_bit(const char *name, size_t size)
{
	static const char *const names[] = {
		"ts", "fid", "vid",         "ttp",           "tm",        "stc", "100mhzsteps", "hwpstate",
		"",   "cpb", "eff_freq_ro", "proc_feedback", "acc_power",
	};
	const char *end = name + size;
	unsigned bit;

	for (bit = 0; bit < sizeof(names) / sizeof(names[0]); bit++)
		if (fsi_same(name, size, names[bit]))
			return bit;
	return fsi_take(&name, end, "[") && fsi_take_decimal(&name, end, &bit) && fsi_take(&name, end, "]") ? bit : 32;
}

static void read_power(flags_t *flags, const fsi_span_t *span)
{
	size_t at = 0;

	while (at < span->size) {
		char name[FSI_MAX_NAME];
		size_t start = at, size;
		unsigned bit;

		while (at < span->size && !fsi_is_space(span->at[at]))
			at++;
		size = at++ - start;
		if (!size || size >= sizeof(name))
			continue;
		memcpy(name, span->at + start, size);
		name[size] = '\0';
		bit = power_bit(name, size);
		if (bit < 32)
			featset_add(&flags->features, 7 * 32 + bit);
		else
			note_strange(flags, name);
	}
}

/* Leaves past the largest one have nothing. */
static void add_past_maximum(featset_t *known, int64_t maximum)
{
	for (unsigned word = 0; maximum > 0 && word < FEATSET_WORDS; word++)
		if (featset_word_source(word) == FEATSET_SOURCE_CPUID && featset_word_index(word) < 0x40000000 &&
		    featset_word_index(word) > maximum)
			featset_set_word(known, word, featset_word_flags(word));
}

/* Settles what depends on the vendor or on the age of the kernel, and what is known. */
static void settle(flags_t *flags, const char *vendor, int64_t family, featset_t *known)
{
	bool hypervisor = featset_has(&flags->features, FEATSET_HYPERVISOR);

	flags->vendor = OTHER;
	if (!strcmp(vendor, "GenuineIntel"))
		flags->vendor = INTEL;
	else if (!strcmp(vendor, "AuthenticAMD") || !strcmp(vendor, "HygonGenuine"))
		flags->vendor = AMD;
	for (unsigned i = 0; i < sizeof(by_vendor) / sizeof(by_vendor[0]); i++) {
		uint16_t feature = flags->vendor == OTHER ? FEATSET_FEATURE_NONE : by_vendor[i].feature[flags->vendor];

		if (flags->doubtful >> i & 1 && feature != FEATSET_FEATURE_NONE &&
		    (flags->vendor == INTEL || !hypervisor || by_vendor[i].guests))
			featset_add(&flags->features, feature);
	}
	/* The kernel shows 3dnowprefetch on every AMD CPU with long mode; all from family 16 on have it. */
	if (flags->vendor == AMD && (hypervisor || family < 16))
		featset_remove(&flags->features, FEATSET_AMD_3DNOWPREFETCH);
	*known = flags->features;
	add_list(known, since_3_10, sizeof(since_3_10) / sizeof(since_3_10[0]));
	if (flags->shows_cpuid)
		add_list(known, since_4_11, sizeof(since_4_11) / sizeof(since_4_11[0]));
}

/* ---- numbers --------------------------------------------------------------------------- */

/* "unknown" is an old kernel's 0, "-" lscpu's; "-1" is the largest leaf of a CPU that has no leaves. */
static bool is_unknown(const fsi_span_t *span, featset_number_t number)
{
	return !span->size || fsi_same(span->at, span->size, "unknown") || fsi_same(span->at, span->size, "-") ||
	       (number == FEATSET_MAX_BASIC && fsi_same(span->at, span->size, "-1"));
}

static featset_status_t read_number(const flags_t *flags, int64_t *value, featset_number_t number,
				    const fsi_span_t *span)
{
	unsigned line = span->line, column = span->column;
	char why[160];

	*value = -1;
	if (is_unknown(span, number) || fsi_number_read(value, number, span->at, span->size, why, sizeof(why)))
		return FEATSET_OK;
	if (!line)
		fsi_place_of(flags->text, span->at, span->size, &line, &column);
	return fsi_fail_at(flags->error, FEATSET_E_SYNTAX, flags->text->file, line, column, "%s", why);
}

/* "46 bits physical, 48 bits virtual" */
static featset_status_t read_sizes(const flags_t *flags, featset_cpu_t *cpu, const fsi_span_t *span)
{
	const char *comma = span->size ? memchr(span->at, ',', span->size) : NULL;
	const size_t left = comma ? (size_t)(comma - span->at) : 0, right = comma ? span->size - left - 1 : 0;
	const fsi_span_t sides[] = { { span->at, left, span->line, span->column },
				     { comma ? comma + 1 : NULL, right, span->line,
				       comma ? span->column + (unsigned)left + 1 : 0 } };
	static const char *const tails[] = { " bits physical", " bits virtual" };

	for (int i = 0; span->size && i < 2; i++) {
		const featset_number_t number = i ? FEATSET_LINEAR_BITS : FEATSET_PHYS_BITS;
		fsi_span_t side = sides[i];
		size_t tail = strlen(tails[i]);
		featset_status_t status;
		int64_t value;

		fsi_trim(&side.at, &side.size);
		if (side.size <= tail || memcmp(side.at + side.size - tail, tails[i], tail) != 0)
			continue;
		side.size -= tail;
		side.column = span->column ? span->column + (unsigned)(side.at - span->at) : 0;
		status = read_number(flags, &value, number, &side);
		if (status != FEATSET_OK)
			return status;
		featset_cpu_set_number(cpu, number, value);
	}
	return FEATSET_OK;
}

static void copy_cut(char *buffer, size_t size, const fsi_span_t *span)
{
	size_t length = span->size < size ? span->size : size - 1;

	if (length)
		memcpy(buffer, span->at, length);
	buffer[length] = '\0';
}

static featset_status_t identify(const flags_t *flags, featset_cpu_t *cpu, const fsi_linux_t *from, const char *vendor)
{
	const struct {
		const fsi_span_t *span;
		featset_number_t number;
	} numbers[] = {
		{ &from->family, FEATSET_FAMILY },
		{ &from->model, FEATSET_MODEL },
		{ &from->stepping, FEATSET_STEPPING },
		{ &from->cpuid_level, FEATSET_MAX_BASIC },
	};
	char brand[64];

	copy_cut(brand, sizeof(brand), &from->brand);
	if (strcmp(vendor, "unknown") != 0)
		featset_cpu_set_vendor(cpu, vendor);
	if (strcmp(brand, "unknown") != 0)
		featset_cpu_set_brand(cpu, brand);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t value;
		featset_status_t status = read_number(flags, &value, numbers[i].number, numbers[i].span);

		if (status != FEATSET_OK)
			return status;
		if (value >= 0)
			featset_cpu_set_number(cpu, numbers[i].number, value);
	}
	return read_sizes(flags, cpu, &from->address_sizes);
}

/* ---- cpus ------------------------------------------------------------------------------- */

featset_status_t fsi_linux_cpu(featset_cpu_t **cpu, const fsi_text_t *text, const fsi_linux_t *from, char *strange,
			       size_t size, featset_error_t *error)
{
	flags_t flags = { .text = text, .error = error, .strange = strange, .size = size };
	featset_status_t status;
	featset_t known;
	char vendor[16];

	*cpu = NULL;
	status = read_flags(&flags, &from->flags);
	if (status != FEATSET_OK)
		return status;
	read_power(&flags, &from->power);
	*cpu = featset_cpu_new();
	if (!*cpu)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	copy_cut(vendor, sizeof(vendor), &from->vendor);
	status = identify(&flags, *cpu, from, vendor);
	if (status != FEATSET_OK) {
		featset_cpu_free(*cpu);
		*cpu = NULL;
		return status;
	}
	settle(&flags, vendor, featset_cpu_number(*cpu, FEATSET_FAMILY), &known);
	add_past_maximum(&known, featset_cpu_number(*cpu, FEATSET_MAX_BASIC));
	featset_cpu_set_features(*cpu, &flags.features, &known);
	featset_cpu_set_view(*cpu, featset_has(&flags.features, FEATSET_HYPERVISOR) ? FEATSET_VIEW_GUEST
										    : FEATSET_VIEW_HARDWARE);
	return FEATSET_OK;
}

featset_status_t fsi_linux_add_notes(featset_inventory_t *inventory, const char *strange, featset_error_t *error)
{
	featset_status_t status = featset_inventory_add_note(
		inventory,
		"the Linux kernel hides some features, clears what it does not use and makes up names of its own: "
		"what it does not show is unknown, but for instructions that every kernel of that age would show");
	char note[1200];

	if (status == FEATSET_OK && strange[0]) {
		fsi_print(note, sizeof(note), 0, "names that no feature is known by were left out: %s", strange);
		fsi_clean(note);
		status = featset_inventory_add_note(inventory, note);
	}
	return status == FEATSET_OK ? status : fsi_fail(error, status, "no memory");
}
