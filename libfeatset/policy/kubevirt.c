/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <string.h>

/* spec.template.spec.domain.cpu of a VirtualMachine: a model of libvirt's, and features with policies. */

static void print_features(featset_policy_t *policy, const featset_t *features, const char *how)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		fsi_policy_print(policy, "  - name: %s\n    policy: %s\n", featset_feature_name(f, FEATSET_LIBVIRT),
				 how);
}

featset_status_t fsi_policy_kubevirt(featset_policy_t *policy, featset_error_t *error)
{
	fsi_plan_t plan;
	featset_status_t status = fsi_libvirt_plan(&plan, policy, strlen("  - name: \n    policy: require\n"), error);

	if (status != FEATSET_OK)
		return status;
	fsi_policy_print(policy, "cpu:\n  model: %s\n", fsi_model_name(plan.model));
	if (!featset_is_empty(&plan.plus) || !featset_is_empty(&plan.minus))
		fsi_policy_print(policy, "  features:\n");
	print_features(policy, &plan.plus, "require");
	print_features(policy, &plan.minus, "disable");
	if (plan.other_vendor)
		fsi_policy_note(policy, "the vendor is the model's, for kubevirt cannot say it");
	fsi_note_width(policy);
	fsi_note_leaves(policy);
	return FEATSET_OK;
}
