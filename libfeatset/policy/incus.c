/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

/* The CPU that VMs of a cluster group get: a model of QEMU's and flags, put together as -cpu. */

static void print_flags(featset_policy_t *policy, const featset_t *features, char sign, bool *any)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1)) {
		fsi_policy_print(policy, "%s%c%s", *any ? "," : " instances.vm.cpu.x86_64.flags=", sign,
				 featset_feature_name(f, FEATSET_QEMU));
		*any = true;
	}
}

featset_status_t fsi_policy_incus(featset_policy_t *policy, featset_error_t *error)
{
	bool any = false;
	fsi_qemu_t qemu;
	featset_status_t status = fsi_qemu_model_plan(&qemu, policy, fsi_qemu_has_version, error);

	if (status != FEATSET_OK)
		return status;
	fsi_policy_print(policy, "incus cluster group set %s instances.vm.cpu.x86_64.baseline=%s",
			 policy->name ? policy->name : "default", fsi_model_name(qemu.plan.model));
	print_flags(policy, &qemu.plan.plus, '+', &any);
	print_flags(policy, &qemu.plan.minus, '-', &any);
	fsi_policy_print(policy, "\n");
	fsi_note_width(policy);
	return FEATSET_OK;
}
