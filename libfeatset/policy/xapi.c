/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <string.h>

/*
 * platform:featureset of a VM, which XAPI hands to Xen in the place of the pool's
 * level.  It counts from the next start on, and stays when the pool's level rises.
 */

/* 80000001.EDX repeats these of 1.EDX on AMD's parts. */
#define COPIES 0x0183f3ffu

static void fill(featset_t *set, size_t *length, const featset_policy_t *policy)
{
	int64_t words = featset_cpu_number(policy->cpu, FEATSET_XEN_LENGTH);
	const char *vendor = featset_cpu_vendor(policy->cpu);
	featset_t more;

	*set = *featset_cpu_features(policy->cpu);
	*length = FEATSET_XEN_WORDS;
	/* What was a featureset is one, bit by bit. */
	if (words > 0 && words <= FEATSET_XEN_WORDS) {
		*length = (size_t)words;
		return;
	}
	fsi_guest_basic(&more, set);
	featset_or(set, set, &more);
	fsi_guest_withheld(&more);
	featset_minus(set, set, &more);
	fsi_guest_given(&more);
	featset_or(set, set, &more);
	if (!strcmp(vendor, "AuthenticAMD") || !strcmp(vendor, "HygonGenuine"))
		featset_set_word(set, 2, featset_word(set, 2) | (featset_word(set, 0) & COPIES));
}

featset_status_t fsi_policy_xapi(featset_policy_t *policy, featset_error_t *error)
{
	char text[FEATSET_XEN_WORDS * 9 + 1];
	featset_t set, said;
	size_t length;

	(void)error;
	fill(&set, &length, policy);
	featset_xen_write(text, sizeof(text), &set, length);
	if (policy->name)
		fsi_policy_print(policy, "xe vm-param-set uuid=%s platform:featureset=%s\n", policy->name, text);
	else
		fsi_policy_print(policy,
				 "for vm in $(xe vm-list is-control-domain=false --minimal | tr , ' '); do\n"
				 "    xe vm-param-set uuid=$vm platform:featureset=%s\n"
				 "done\n",
				 text);
	featset_clear(&said);
	for (unsigned word = 0; word < length; word++)
		featset_set_word(&said, word, UINT32_MAX);
	featset_and(&policy->features, &set, &said);
	fsi_mask_left_out(policy);
	if (featset_cpu_number(policy->cpu, FEATSET_XEN_LENGTH) <= 0)
		fsi_note_unread(policy, &said);
	fsi_note_width(policy);
	fsi_note_leaves(policy);
	fsi_policy_note(policy, "it counts when the VM starts anew, not when it reboots inside; "
				"xe vm-param-remove uuid=VM param-name=platform param-key=featureset takes it back");
	return FEATSET_OK;
}
