/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <string.h>

/*
 * The EVC mode of the cluster (PowerCLI), and masks in a VM's .vmx for what the mode
 * has and the CPU has not: eight groups of four bits, the highest first, '0' for a
 * bit that the guest does not see and '-' for one that is as it would be.
 */

/* What the mode has and the CPU has not; false when a mask cannot hide it, for it stands in a subleaf. */
static bool find_hidden(featset_t *hidden, const featset_baseline_t *mode, const featset_policy_t *policy)
{
	featset_t basic;

	featset_baseline_features(hidden, mode);
	featset_minus(hidden, hidden, featset_cpu_features(policy->cpu));
	fsi_guest_basic(&basic, featset_cpu_features(policy->cpu));
	featset_minus(hidden, hidden, &basic);
	/* VMware's guests see self-snoop and the states of XSAVE whatever else they see. */
	featset_remove(hidden, FEATSET_SS);
	featset_set_word(hidden, 25, 0);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		if (featset_word(hidden, word) && (featset_word_source(word) != FEATSET_SOURCE_CPUID ||
						   featset_word_subleaf(word)))
			return false;
	return true;
}

static unsigned score(const featset_baseline_t *mode, const featset_policy_t *policy, unsigned *more)
{
	featset_t features, common;

	featset_baseline_features(&features, mode);
	featset_and(&common, &features, featset_cpu_features(policy->cpu));
	featset_minus(&features, &features, &common);
	*more = featset_count(&features);
	return featset_count(&common);
}

/* The mode of the vendor that has most of the CPU, and of these the one with the least beyond it. */
static const featset_baseline_t *choose(const featset_policy_t *policy)
{
	const char *vendor = featset_cpu_vendor(policy->cpu);
	const featset_baseline_t *best = NULL;
	unsigned most = 0, least = 0;

	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *mode = featset_baseline_at(i);
		unsigned common, more;
		featset_t hidden;

		if (strncmp(featset_baseline_name(mode), "evc:", 4) != 0 || !find_hidden(&hidden, mode, policy) ||
		    (vendor[0] && strcmp(vendor, featset_baseline_vendor(mode)) != 0))
			continue;
		common = score(mode, policy, &more);
		if (best && (common < most || (common == most && more >= least)))
			continue;
		best = mode;
		most = common;
		least = more;
	}
	return best;
}

static const char *const registers[] = { "eax", "ebx", "ecx", "edx" };

static void print_mask(featset_policy_t *policy, unsigned word, uint32_t hidden)
{
	fsi_policy_print(policy, "cpuid.%x.%s = \"", (unsigned)featset_word_index(word),
			 registers[featset_word_register(word)]);
	for (int bit = 31; bit >= 0; bit--)
		fsi_policy_print(policy, "%c%s", hidden >> bit & 1 ? '0' : '-', bit && bit % 4 == 0 ? ":" : "");
	fsi_policy_print(policy, "\"\n");
}

featset_status_t fsi_policy_vmware(featset_policy_t *policy, featset_error_t *error)
{
	const featset_baseline_t *mode = choose(policy);
	featset_t hidden, visible;

	if (!mode)
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "no EVC mode of %s is in the catalog",
				featset_cpu_vendor(policy->cpu));
	policy->model = mode;
	featset_baseline_features(&visible, mode);
	find_hidden(&hidden, mode, policy);
	fsi_policy_print(policy, "# Set-Cluster -Cluster %s -EVCMode '%s'\n", policy->name ? policy->name : "CLUSTER",
			 fsi_model_name(mode));
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		if (featset_word(&hidden, word))
			print_mask(policy, word, featset_word(&hidden, word));
	featset_minus(&policy->features, &visible, &hidden);
	fsi_mask_left_out(policy);
	fsi_policy_note_features(policy, "hosts must have these to enter the cluster, though the VM does not see them",
				 &hidden);
	if (!featset_cpu_vendor(policy->cpu)[0])
		fsi_policy_note(policy, "the vendor is not stated and so the mode's: %s",
				featset_baseline_vendor(mode));
	fsi_policy_note(policy, "mitigations follow the patches of ESXi, not the mode");
	fsi_note_width(policy);
	fsi_note_leaves(policy);
	return FEATSET_OK;
}
