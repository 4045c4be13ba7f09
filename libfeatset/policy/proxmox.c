/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <string.h>

/*
 * A custom model of Proxmox VE, and the command that gives it to a VM.  Proxmox VE
 * adds enforce itself, and states the vendor of the reported model.
 */

/* Models that reported-model takes and to which Proxmox VE adds nothing of its own. */
static const char *const models[] = {
	"486",
	"pentium",
	"pentium2",
	"pentium3",
	"coreduo",
	"core2duo",
	"Conroe",
	"Penryn",
	"Nehalem",
	"Nehalem-IBRS",
	"Westmere",
	"Westmere-IBRS",
	"SandyBridge",
	"SandyBridge-IBRS",
	"IvyBridge",
	"IvyBridge-IBRS",
	"Haswell",
	"Haswell-IBRS",
	"Haswell-noTSX",
	"Haswell-noTSX-IBRS",
	"Broadwell",
	"Broadwell-IBRS",
	"Broadwell-noTSX",
	"Broadwell-noTSX-IBRS",
	"Skylake-Client",
	"Skylake-Client-IBRS",
	"Skylake-Client-noTSX-IBRS",
	"Skylake-Server",
	"Skylake-Server-IBRS",
	"Skylake-Server-noTSX-IBRS",
	"Cascadelake-Server",
	"Cascadelake-Server-noTSX",
	"Cooperlake",
	"Icelake-Server",
	"Icelake-Server-noTSX",
	"KnightsMill",
	"SapphireRapids",
	"athlon",
	"phenom",
	"EPYC",
	"EPYC-IBPB",
	"EPYC-Rome",
	"EPYC-Milan",
	"EPYC-Genoa",
};

static bool is_reported(const featset_baseline_t *model)
{
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (!strcmp(models[i], fsi_model_name(model)))
			return true;
	return false;
}

static void print_flags(featset_policy_t *policy, const featset_t *features, char sign, bool *any)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1)) {
		fsi_policy_print(policy, "%s%c%s", *any ? ";" : "    flags ", sign,
				 featset_feature_name(f, FEATSET_QEMU));
		*any = true;
	}
}

/* A number is a VM's. */
static bool is_vm(const char *name)
{
	return name && *name && !name[strspn(name, "0123456789")];
}

featset_status_t fsi_policy_proxmox(featset_policy_t *policy, featset_error_t *error)
{
	const char *vm = is_vm(policy->name) ? policy->name : "VMID";
	const char *name = policy->name && !is_vm(policy->name) ? policy->name : "featset";
	bool any = false;
	fsi_qemu_t qemu;
	featset_status_t status = fsi_qemu_model_plan(&qemu, policy, is_reported, error);

	if (status != FEATSET_OK)
		return status;
	fsi_policy_print(policy, "cpu-model: %s\n", name);
	print_flags(policy, &qemu.plan.plus, '+', &any);
	print_flags(policy, &qemu.plan.minus, '-', &any);
	if (any)
		fsi_policy_print(policy, "\n");
	if (qemu.phys_bits)
		fsi_policy_print(policy, "    phys-bits %d\n", (int)qemu.phys_bits);
	fsi_policy_print(policy, "    reported-model %s\n\n# qm set %s --cpu custom-%s\n",
			 fsi_model_name(qemu.plan.model), vm, name);
	return FEATSET_OK;
}
