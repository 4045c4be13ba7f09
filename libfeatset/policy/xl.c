/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

/*
 * cpuid= of an xl.cfg: names and 0 or 1 on top of what the host gives, or masks of
 * registers as xend had them, which need no names and know no MSR.  Xen takes away
 * what the host cannot do, and what depends on that.
 */

/* Words that Xen's guests have by CPUID, and those of MSR 10A. */
static bool has_word(unsigned word, bool expanded)
{
	return word <= 18 && (!expanded || featset_word_source(word) == FEATSET_SOURCE_CPUID);
}

static void print_names(featset_policy_t *policy, const fsi_mask_t *mask, featset_t *said)
{
	int64_t leaf = featset_cpu_number(policy->cpu, FEATSET_MAX_BASIC);
	featset_t named;

	featset_named(&named);
	fsi_policy_print(policy, "cpuid=\"host");
	for (featset_feature_t f = featset_next(&named, 0); f < FEATSET_BITS; f = featset_next(&named, f + 1)) {
		const char *name = featset_feature_name(f, FEATSET_XEN);

		/* For libxl this name is the size of a line that CLFLUSH writes. */
		if (f == FEATSET_CLFLUSH)
			name = "clfsh";
		if (!name || !has_word(f / 32, false) || featset_has(&mask->open, f))
			continue;
		featset_add(said, f);
		fsi_policy_print(policy, ",%s=%c", name, featset_has(&mask->value, f) ? '1' : '0');
	}
	if (leaf >= 0)
		fsi_policy_print(policy, ",maxleaf=%llu", (unsigned long long)leaf);
	fsi_policy_print(policy, "\"\n");
}

static const char *const registers[] = { "eax", "ebx", "ecx", "edx" };

static bool same_leaf(unsigned a, unsigned b)
{
	return featset_word_index(a) == featset_word_index(b) && featset_word_subleaf(a) == featset_word_subleaf(b);
}

static void print_leaf(featset_policy_t *policy, const fsi_mask_t *mask, featset_t *said, unsigned first, bool any)
{
	uint32_t leaf = featset_word_index(first);

	fsi_policy_print(policy, "%s \"0x%x", any ? ",\n" : "", (unsigned)leaf);
	if (leaf == 7 || leaf == 13)
		fsi_policy_print(policy, ",0x%x", (unsigned)featset_word_subleaf(first));
	for (unsigned word = first, count = 0; word <= 18; word++) {
		if (!has_word(word, true) || !same_leaf(word, first) || fsi_mask_open(mask, word) == UINT32_MAX)
			continue;
		fsi_policy_print(policy, "%c%s=", count++ ? ',' : ':', registers[featset_word_register(word)]);
		fsi_mask_print(policy, fsi_mask_value(mask, word), fsi_mask_open(mask, word), 'x');
		featset_set_word(said, word, ~fsi_mask_open(mask, word));
	}
	fsi_policy_print(policy, "\"");
}

/* Is anything said of the leaf, and not yet by a word before? */
static bool starts_leaf(const fsi_mask_t *mask, unsigned first)
{
	bool any = false;

	for (unsigned word = 0; word <= 18; word++) {
		if (!has_word(word, true) || !same_leaf(word, first))
			continue;
		if (word < first)
			return false;
		any = any || fsi_mask_open(mask, word) != UINT32_MAX;
	}
	return any;
}

static void print_masks(featset_policy_t *policy, const fsi_mask_t *mask, featset_t *said)
{
	bool any = false;

	fsi_policy_print(policy, "cpuid=[");
	for (unsigned word = 0; word <= 18; word++) {
		if (!has_word(word, true) || !starts_leaf(mask, word))
			continue;
		print_leaf(policy, mask, said, word, any);
		any = true;
	}
	fsi_policy_print(policy, " ]\n");
	fsi_note_leaves(policy);
}

featset_status_t fsi_policy_xl(featset_policy_t *policy, featset_error_t *error)
{
	featset_t said = { { 0 } };
	fsi_mask_t mask;

	(void)error;
	fsi_mask_start(&mask, policy);
	if (policy->flags & FEATSET_POLICY_EXPANDED)
		print_masks(policy, &mask, &said);
	else
		print_names(policy, &mask, &said);
	fsi_mask_finish(&mask, policy, &said);
	fsi_note_unread(policy, &said);
	if (policy->flags & FEATSET_POLICY_EXPANDED)
		fsi_policy_note(policy, "these masks know no MSR: the guest's 10A is what Xen gives it");
	fsi_note_width(policy);
	return FEATSET_OK;
}
