/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <string.h>

/* nova.conf: a model of libvirt's, and flags; one without a sign is required, as one with +. */

static void print_flags(featset_policy_t *policy, const featset_t *features, char sign, bool *any)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1)) {
		fsi_policy_print(policy, "%s%c%s", *any ? ", " : "cpu_model_extra_flags = ", sign,
				 featset_feature_name(f, FEATSET_LIBVIRT));
		*any = true;
	}
}

featset_status_t fsi_policy_nova(featset_policy_t *policy, featset_error_t *error)
{
	bool any = false;
	fsi_plan_t plan;
	featset_status_t status = fsi_libvirt_plan(&plan, policy, strlen(", +"), error);

	if (status != FEATSET_OK)
		return status;
	fsi_policy_print(policy, "[libvirt]\ncpu_mode = custom\ncpu_models = %s\n", fsi_model_name(plan.model));
	print_flags(policy, &plan.plus, '+', &any);
	print_flags(policy, &plan.minus, '-', &any);
	if (any)
		fsi_policy_print(policy, "\n");
	if (plan.other_vendor)
		fsi_policy_note(policy, "the vendor is the model's, for nova cannot say it");
	fsi_note_width(policy);
	fsi_note_leaves(policy);
	return FEATSET_OK;
}
