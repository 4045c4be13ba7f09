/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <string.h>

/*
 * A domain's <cpu>: a named model, what it is to have beyond it, what not.
 *
 * libvirt hands the model's name to QEMU, and QEMU's model of that name is rarely
 * libvirt's: its Haswell has RDRAND, libvirt's has not.  A guest would get what
 * only QEMU's has, and libvirt would not see to it that every host has it.  So
 * whatever the two do not agree on is said.
 */

static const fsi_project_t qemu_below = { .prefix = "qemu:", .dialect = FEATSET_QEMU, .release = 9999 };

static void gives(featset_t *sure, featset_t *possible, const featset_baseline_t *model)
{
	const featset_baseline_t *below = fsi_model_called(&qemu_below, fsi_model_name(model));
	featset_t qemu;

	featset_baseline_features(possible, model);
	*sure = *possible;
	if (below) {
		featset_baseline_features(&qemu, below);
		featset_and(sure, sure, &qemu);
		featset_or(possible, possible, &qemu);
	}
	/* Under KVM QEMU turns svm off in every model. */
	featset_remove(sure, FEATSET_SVM);
}

static void has(featset_t *dst, const featset_baseline_t *model)
{
	featset_baseline_features(dst, fsi_model_called(&qemu_below, fsi_model_name(model)));
}

/* A name that QEMU has not starts no guest. */
static bool is_in_qemu(const featset_baseline_t *model)
{
	return fsi_model_called(&qemu_below, fsi_model_name(model)) != NULL;
}

/* Where libvirt leaves the vendor open, it is that of QEMU's model. */
static const char *seen_vendor(const featset_baseline_t *model)
{
	const char *vendor = featset_baseline_vendor(model);
	const featset_baseline_t *below = vendor[0] ? NULL : fsi_model_called(&qemu_below, fsi_model_name(model));

	return below ? featset_baseline_vendor(below) : vendor;
}

/* The model with the least in it, of the cpu's vendor if there is one, and with 64-bit mode if the cpu has it. */
static const featset_baseline_t *smallest(const fsi_project_t *project, const featset_policy_t *policy)
{
	const char *vendor = featset_cpu_vendor(policy->cpu);
	bool wide = featset_has(featset_cpu_features(policy->cpu), FEATSET_LM), fits = false;
	const featset_baseline_t *best = NULL;
	unsigned least = 0, count;
	featset_t features;

	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *model = featset_baseline_at(i);
		bool same;

		if (!fsi_model_allowed(project, model) ||
		    !fsi_model_reaches_xsave(model, featset_cpu_features(policy->cpu)))
			continue;
		featset_baseline_features(&features, model);
		count = featset_count(&features);
		same = !vendor[0] || !strcmp(vendor, seen_vendor(model));
		if (featset_has(&features, FEATSET_LM) != wide || (fits && !same) ||
		    (best && fits == same && count >= least))
			continue;
		best = model;
		fits = same;
		least = count;
	}
	return best;
}

static void print_each(featset_policy_t *policy, const featset_t *features, const char *how)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		fsi_policy_print(policy, "  <feature policy='%s' name='%s'/>\n", how,
				 featset_feature_name(f, FEATSET_LIBVIRT));
}

static void print_model(featset_policy_t *policy, const fsi_plan_t *plan)
{
	const char *vendor = featset_cpu_vendor(policy->cpu);

	fsi_policy_print(policy, "  <model fallback='forbid'");
	if (plan->other_vendor && strlen(vendor) == 12)
		fsi_policy_print(policy, " vendor_id='%s'", vendor);
	fsi_policy_print(policy, ">%s</model>\n", fsi_model_name(plan->model));
}

/* Releases from 8.7.0 on have the element. */
static void print_width(featset_policy_t *policy)
{
	int64_t bits = featset_cpu_number(policy->cpu, FEATSET_PHYS_BITS);

	if (bits >= 32 && bits <= 52 && featset_has(&policy->features, FEATSET_LM))
		fsi_policy_print(policy, "  <maxphysaddr mode='emulate' bits='%d'/>\n", (int)bits);
}

static void note_numbers(featset_policy_t *policy)
{
	int64_t level = featset_cpu_number(policy->cpu, FEATSET_MAX_BASIC);

	if (level >= 0)
		fsi_policy_note(policy, "libvirt cannot say the largest leaf; the CPU's is 0x%llx",
				(unsigned long long)level);
	if (featset_has(&policy->features, FEATSET_AVX10))
		fsi_policy_note(policy, "libvirt cannot say the version of AVX10: it is the model's in QEMU");
}

featset_status_t fsi_libvirt_plan(fsi_plan_t *plan, featset_policy_t *policy, size_t overhead, featset_error_t *error)
{
	const fsi_project_t project = {
		.prefix = "libvirt:",
		.dialect = FEATSET_LIBVIRT,
		.release = policy->target->release,
		.overhead = overhead,
		.spells_cleared = true,
		.allows = is_in_qemu,
		.gives = gives,
		.has = has,
		.vendor = seen_vendor,
	};
	featset_status_t status = fsi_policy_plan(plan, policy, &project, error);

	if (status == FEATSET_OK && policy->flags & FEATSET_POLICY_EXPANDED)
		status = fsi_policy_expand(plan, policy, &project, smallest(&project, policy), error);
	return status;
}

featset_status_t fsi_policy_libvirt(featset_policy_t *policy, featset_error_t *error)
{
	fsi_plan_t plan;
	featset_status_t status =
		fsi_libvirt_plan(&plan, policy, strlen("  <feature policy='require' name=''/>\n"), error);

	if (status != FEATSET_OK)
		return status;
	fsi_policy_print(policy, "<cpu mode='custom' match='exact' check='partial'>\n");
	print_model(policy, &plan);
	print_width(policy);
	print_each(policy, &plan.plus, "require");
	print_each(policy, &plan.minus, "disable");
	fsi_policy_print(policy, "</cpu>\n");
	note_numbers(policy);
	return FEATSET_OK;
}
