/* SPDX-License-Identifier: MIT */
/*
 * mask.c - platforms that are told registers bit by bit
 */
#include "policy_internal.h"

void fsi_mask_start(fsi_mask_t *mask, const featset_policy_t *policy)
{
	const featset_t *features = featset_cpu_features(policy->cpu);
	featset_t more;

	mask->policy = policy;
	mask->value = *features;
	featset_clear(&mask->open);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		featset_set_word(&mask->open, word, ~featset_word_flags(word));
	if (policy->flags & FEATSET_POLICY_LEAVE_OPEN) {
		for (int i = 0; i < FEATSET_LANES; i++)
			mask->open.lane[i] |= ~featset_cpu_known(policy->cpu)->lane[i];
		return;
	}
	fsi_guest_basic(&more, features);
	featset_or(&mask->value, &mask->value, &more);
	fsi_guest_withheld(&more);
	featset_minus(&mask->value, &mask->value, &more);
	featset_of_class(&more, FEATSET_CLASS_DYNAMIC);
	featset_or(&mask->open, &mask->open, &more);
	featset_of_class(&more, FEATSET_CLASS_HINT);
	featset_or(&mask->open, &mask->open, &more);
	fsi_guest_given(&more);
	featset_or(&mask->open, &mask->open, &more);
	fsi_guest_made_up(&more);
	featset_minus(&more, &more, features);
	featset_or(&mask->open, &mask->open, &more);
	fsi_guest_follows(&more);
	featset_set_word(&more, 25, 0);
	featset_set_word(&more, 26, 0);
	featset_or(&mask->open, &mask->open, &more);
}

uint32_t fsi_mask_value(const fsi_mask_t *mask, unsigned word)
{
	return featset_word(&mask->value, word) & ~featset_word(&mask->open, word);
}

uint32_t fsi_mask_open(const fsi_mask_t *mask, unsigned word)
{
	return featset_word(&mask->open, word);
}

void fsi_mask_print(featset_policy_t *policy, uint32_t value, uint32_t open, char left)
{
	char bits[33];

	for (int i = 0; i < 32; i++) {
		uint32_t bit = UINT32_C(1) << (31 - i);

		bits[i] = left;
		if (!(open & bit))
			bits[i] = value & bit ? '1' : '0';
	}
	bits[32] = '\0';
	fsi_policy_print(policy, "%s", bits);
}

void fsi_mask_finish(const fsi_mask_t *mask, featset_policy_t *policy, const featset_t *said)
{
	const featset_t *features = featset_cpu_features(policy->cpu);
	featset_t own, open;

	featset_and(&policy->features, &mask->value, said);
	featset_and(&open, &mask->open, features);
	fsi_guest_withheld(&own);
	featset_minus(&open, &open, &own);
	featset_or(&policy->features, &policy->features, &open);
	fsi_guest_follows(&open);
	featset_and(&open, &open, features);
	featset_or(&policy->features, &policy->features, &open);
	if (!(policy->flags & FEATSET_POLICY_LEAVE_OPEN)) {
		fsi_guest_given(&open);
		featset_or(&policy->features, &policy->features, &open);
	}
	fsi_mask_left_out(policy);
}

void fsi_mask_left_out(featset_policy_t *policy)
{
	featset_t own;

	featset_minus(&policy->left_out, featset_cpu_features(policy->cpu), &policy->features);
	fsi_guest_own(&own);
	featset_minus(&policy->left_out, &policy->left_out, &own);
	fsi_guest_made_up(&own);
	featset_minus(&policy->left_out, &policy->left_out, &own);
}

void fsi_note_unread(featset_policy_t *policy, const featset_t *said)
{
	featset_t unread;

	if (policy->flags & FEATSET_POLICY_LEAVE_OPEN)
		return;
	featset_named(&unread);
	featset_and(&unread, &unread, said);
	featset_minus(&unread, &unread, featset_cpu_known(policy->cpu));
	fsi_policy_note_features(policy, "not known of the CPU and so turned off", &unread);
}

void fsi_note_width(featset_policy_t *policy)
{
	int64_t bits = featset_cpu_number(policy->cpu, FEATSET_PHYS_BITS);

	if (bits > 0)
		fsi_policy_note(policy, "%s cannot say the width of physical addresses; the CPU's is %d bits",
				policy->platform->name, (int)bits);
}

void fsi_note_leaves(featset_policy_t *policy)
{
	int64_t leaf = featset_cpu_number(policy->cpu, FEATSET_MAX_BASIC);

	if (leaf >= 0)
		fsi_policy_note(policy, "%s cannot say the largest leaf; the CPU's is 0x%llx", policy->platform->name,
				(unsigned long long)leaf);
}
