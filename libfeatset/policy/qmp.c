/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

/*
 * {"name": "IvyBridge-v1", "props": {"rdrand": false}}: a model as the commands
 * query-cpu-model-expansion and object-add of QEMU's monitor take it.
 */

typedef struct props {
	featset_policy_t *policy;
	bool any;
} props_t;

/* A comma where there must be one, and the name. */
static void begin(props_t *props, const char *name)
{
	fsi_policy_print(props->policy, "%s\"%s\":", props->any ? "," : "", name);
	props->any = true;
}

static void print_each(props_t *props, const featset_t *features, const char *value)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1)) {
		begin(props, featset_feature_name(f, FEATSET_QEMU));
		fsi_policy_print(props->policy, "%s", value);
	}
}

static void print_number(props_t *props, const char *name, int64_t value)
{
	begin(props, name);
	fsi_policy_print(props->policy, "%llu", (unsigned long long)value);
}

static void print_rest(props_t *props, const fsi_qemu_t *qemu)
{
	if (qemu->avx10)
		print_number(props, "avx10-version", qemu->avx10);
	if (qemu->expanded && qemu->who.family) {
		print_number(props, "family", qemu->who.family);
		print_number(props, "model", qemu->who.model_first);
		print_number(props, "stepping", qemu->who.stepping_first);
	}
	if (qemu->vendor) {
		begin(props, "vendor");
		fsi_policy_print(props->policy, "\"%s\"", qemu->vendor);
	}
	if (qemu->expanded && qemu->level >= 0)
		print_number(props, "min-level", qemu->level);
	if (qemu->expanded && qemu->xlevel >= 0)
		print_number(props, "min-xlevel", qemu->xlevel);
	if (qemu->phys_bits) {
		print_number(props, "phys-bits", qemu->phys_bits);
		begin(props, "host-phys-bits");
		fsi_policy_print(props->policy, "false");
	}
}

featset_status_t fsi_policy_qmp(featset_policy_t *policy, featset_error_t *error)
{
	props_t props = { .policy = policy };
	fsi_qemu_t qemu;
	featset_status_t status = fsi_qemu_plan(&qemu, policy, error);

	if (status != FEATSET_OK)
		return status;
	fsi_policy_print(policy, "{\"name\":\"%s\",\"props\":{", fsi_model_name(qemu.plan.model));
	print_each(&props, &qemu.plan.plus, "true");
	print_each(&props, &qemu.plan.minus, "false");
	print_rest(&props, &qemu);
	fsi_policy_print(policy, "}}\n");
	return FEATSET_OK;
}
