/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

/*
 * GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2: what glibc's own functions, such as memcpy,
 * are not to use.  It can only take away, and other code does not ask it.
 */

/* What set_hwcaps of sysdeps/x86/cpu-tunables.c can turn off, 2.33 and later; not the mirrors of the system. */
static const struct {
	uint16_t feature;
	const char *name;
} tunable[] = {
	{ FEATSET_CX8, "CX8" },           { FEATSET_CMOV, "CMOV" },         { FEATSET_SSE2, "SSE2" },
	{ FEATSET_SSSE3, "SSSE3" },       { FEATSET_FMA, "FMA" },           { FEATSET_SSE4_1, "SSE4_1" },
	{ FEATSET_SSE4_2, "SSE4_2" },     { FEATSET_MOVBE, "MOVBE" },       { FEATSET_POPCNT, "POPCNT" },
	{ FEATSET_XSAVE, "XSAVE" },       { FEATSET_AVX, "AVX" },           { FEATSET_ABM, "LZCNT" },
	{ FEATSET_FMA4, "FMA4" },         { FEATSET_XSAVEC, "XSAVEC" },     { FEATSET_BMI1, "BMI1" },
	{ FEATSET_AVX2, "AVX2" },         { FEATSET_BMI2, "BMI2" },         { FEATSET_ERMS, "ERMS" },
	{ FEATSET_RTM, "RTM" },           { FEATSET_AVX512F, "AVX512F" },   { FEATSET_AVX512DQ, "AVX512DQ" },
	{ FEATSET_AVX512PF, "AVX512PF" }, { FEATSET_AVX512ER, "AVX512ER" }, { FEATSET_AVX512CD, "AVX512CD" },
	{ FEATSET_AVX512BW, "AVX512BW" }, { FEATSET_AVX512VL, "AVX512VL" }, { FEATSET_SHSTK, "SHSTK" },
	{ FEATSET_IBT, "IBT" },
};

featset_status_t fsi_policy_glibc(featset_policy_t *policy, featset_error_t *error)
{
	const featset_t *features = featset_cpu_features(policy->cpu);
	bool open = policy->flags & FEATSET_POLICY_LEAVE_OPEN;
	featset_t whole, said = { { 0 } };
	bool any = false;

	(void)error;
	fsi_guest_basic(&whole, features);
	featset_or(&whole, &whole, features);
	fsi_policy_print(policy, "GLIBC_TUNABLES=glibc.cpu.hwcaps=");
	for (size_t i = 0; i < sizeof(tunable) / sizeof(tunable[0]); i++) {
		featset_feature_t feature = tunable[i].feature;

		if (featset_has(&whole, feature)) {
			featset_add(&policy->features, feature);
			continue;
		}
		if (open && !featset_has(featset_cpu_known(policy->cpu), feature))
			continue;
		featset_add(&said, feature);
		fsi_policy_print(policy, "%s-%s", any ? "," : "", tunable[i].name);
		any = true;
	}
	fsi_policy_print(policy, "\n");
	fsi_note_unread(policy, &said);
	fsi_policy_note(policy, "only glibc's own functions heed it; other code asks CPUID itself");
	return FEATSET_OK;
}
