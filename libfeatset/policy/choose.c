/* SPDX-License-Identifier: MIT */
/*
 * choose.c - which model of a project makes the shortest text for a cpu
 */
#include "policy_internal.h"

#include <string.h>

/* What is worked out once for all models. */
typedef struct choice {
	const fsi_project_t *project;
	featset_t wanted;   /* the cpu's features that can be switched on */
	featset_t switched; /* what names can switch */
	featset_t own;      /* what nobody asks about */
	featset_t kept;     /* what is never taken from a model */
	featset_t cleared;  /* goes by itself */
	const char *vendor;
} choice_t;

const char *fsi_model_name(const featset_baseline_t *model)
{
	const char *name = featset_baseline_name(model), *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

static bool is_of(const featset_baseline_t *baseline, const fsi_project_t *project)
{
	return featset_baseline_kind(baseline) == FEATSET_KIND_MODEL &&
	       !strncmp(featset_baseline_name(baseline), project->prefix, strlen(project->prefix)) &&
	       fsi_release(featset_baseline_since(baseline)) <= project->release;
}

const featset_baseline_t *fsi_model_called(const fsi_project_t *project, const char *name)
{
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *baseline = featset_baseline_at(i);

		if (!strcmp(fsi_model_name(baseline), name) && is_of(baseline, project))
			return baseline;
	}
	return NULL;
}

bool fsi_model_allowed(const fsi_project_t *project, const featset_baseline_t *model)
{
	return is_of(model, project) && (!project->allows || project->allows(model));
}

const char *fsi_model_vendor(const fsi_project_t *project, const featset_baseline_t *model)
{
	return project->vendor ? project->vendor(model) : featset_baseline_vendor(model);
}

static void start(choice_t *choice, const featset_policy_t *policy, const fsi_project_t *project)
{
	const featset_t *features = featset_cpu_features(policy->cpu);
	featset_t basic;

	choice->project = project;
	choice->vendor = featset_cpu_vendor(policy->cpu);
	fsi_guest_own(&choice->own);
	fsi_guest_basic(&basic, features);
	fsi_guest_cleared(&choice->cleared, features);
	fsi_guest_made_up(&choice->kept);
	featset_or(&choice->kept, &choice->kept, &choice->own);
	if (!project->spells_cleared)
		featset_or(&choice->kept, &choice->kept, &choice->cleared);
	featset_or(&choice->kept, &choice->kept, &basic);
	fsi_guest_nameable(&choice->switched, project->dialect, project->release);
	featset_minus(&choice->switched, &choice->switched, &choice->own);
	featset_or(&choice->wanted, features, &basic);
	featset_and(&choice->wanted, &choice->wanted, &choice->switched);
	featset_minus(&choice->wanted, &choice->wanted, &choice->cleared);
}

static void of_model(featset_t *sure, featset_t *possible, const fsi_project_t *project,
		     const featset_baseline_t *model)
{
	if (project->gives) {
		project->gives(sure, possible, model);
		return;
	}
	featset_baseline_features(sure, model);
	*possible = *sure;
}

static size_t letters(const featset_t *features, const fsi_project_t *project)
{
	size_t count = 0;

	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		count += strlen(featset_feature_name(f, project->dialect)) + project->overhead;
	return count;
}

/* What differs from a model; false when the project has no words for it. */
static bool compare(fsi_plan_t *plan, const choice_t *choice, const featset_policy_t *policy,
		    const featset_baseline_t *model)
{
	const char *vendor = fsi_model_vendor(choice->project, model);
	featset_t sure, possible, unsaid;

	memset(plan, 0, sizeof(*plan));
	plan->model = model;
	of_model(&sure, &possible, choice->project, model);
	featset_minus(&plan->plus, &choice->wanted, &sure);
	featset_minus(&plan->minus, &possible, featset_cpu_features(policy->cpu));
	featset_minus(&plan->minus, &plan->minus, &choice->kept);
	featset_minus(&unsaid, &plan->minus, &choice->switched);
	if (!featset_is_empty(&unsaid))
		return false;
	plan->other_vendor = choice->vendor[0] && vendor[0] && strcmp(choice->vendor, vendor) != 0;
	plan->cost = strlen(fsi_model_name(model)) + letters(&plan->plus, choice->project) +
		     letters(&plan->minus, choice->project);
	return true;
}

/* What makes QEMU raise the largest leaf to that of XSAVE, 13; XSAVE by itself does not. */
static bool raises_to_xsave(const featset_t *features)
{
	return featset_has(features, FEATSET_XSAVEOPT) || featset_has(features, FEATSET_XSAVEC) ||
	       featset_has(features, FEATSET_XGETBV1) || featset_has(features, FEATSET_XSAVES);
}

/* QEMU's models without XSAVE end before 13, all but two and their versions. */
bool fsi_model_reaches_xsave(const featset_baseline_t *model, const featset_t *wanted)
{
	const char *name = fsi_model_name(model);
	featset_t features;

	featset_baseline_features(&features, model);
	return !featset_has(wanted, FEATSET_XSAVE) || featset_has(&features, FEATSET_XSAVE) ||
	       raises_to_xsave(wanted) || !strncmp(name, "qemu64", 6) || !strncmp(name, "kvm64", 5);
}

static unsigned changes(const fsi_plan_t *plan)
{
	return featset_count(&plan->plus) + featset_count(&plan->minus);
}

/*
 * The shorter text, then fewer changes, and then the later row, which is the
 * newer version; of two names for one set the first, which is the elder.
 */
static bool is_better(const fsi_plan_t *plan, const fsi_plan_t *best)
{
	if (plan->other_vendor != best->other_vendor)
		return best->other_vendor;
	if (plan->cost != best->cost)
		return plan->cost < best->cost;
	if (changes(plan) != changes(best))
		return changes(plan) < changes(best);
	return !featset_equal(&plan->plus, &best->plus) || !featset_equal(&plan->minus, &best->minus);
}

/* What a guest has, and what of the cpu it has not. */
static void tell(featset_policy_t *policy, const choice_t *choice, const fsi_plan_t *plan)
{
	const featset_t *features = featset_cpu_features(policy->cpu);
	featset_t sure, possible, more;

	of_model(&sure, &possible, choice->project, plan->model);
	featset_minus(&policy->features, &possible, &choice->kept);
	if (choice->project->has)
		choice->project->has(&possible, plan->model);
	featset_and(&more, &possible, &choice->kept);
	featset_or(&policy->features, &policy->features, &more);
	featset_minus(&policy->features, &policy->features, &plan->minus);
	featset_or(&policy->features, &policy->features, &plan->plus);
	featset_minus(&policy->features, &policy->features, &choice->cleared);
	fsi_guest_follows(&more);
	featset_and(&more, &more, features);
	featset_or(&policy->features, &policy->features, &more);
	fsi_guest_withheld(&more);
	featset_minus(&policy->features, &policy->features, &more);
	featset_minus(&policy->left_out, features, &policy->features);
	featset_minus(&policy->left_out, &policy->left_out, &choice->own);
	policy->model = plan->model;
}

static void note(featset_policy_t *policy, const choice_t *choice, const fsi_plan_t *plan)
{
	const char *vendor = fsi_model_vendor(choice->project, plan->model);
	featset_t some;

	featset_minus(&some, &plan->minus, featset_cpu_known(policy->cpu));
	fsi_policy_note_features(policy, "not known of the CPU and so turned off in the model", &some);
	fsi_guest_basic(&some, featset_cpu_features(policy->cpu));
	featset_minus(&some, &some, featset_cpu_features(policy->cpu));
	fsi_policy_note_features(policy, "every 64-bit CPU has these, and so has the guest", &some);
	fsi_guest_withheld(&some);
	featset_and(&some, &some, featset_cpu_features(policy->cpu));
	featset_minus(&some, &some, &policy->features);
	fsi_policy_note_features(policy, "left to KVM, which gives them to no guest by the CPU model alone", &some);
	if (featset_has(&policy->features, FEATSET_INVTSC))
		fsi_policy_note(policy, "invtsc is in it: QEMU does not migrate such a guest");
	if (!choice->vendor[0] && vendor[0])
		fsi_policy_note(policy, "the vendor is not stated and so the model's: %s", vendor);
}

featset_status_t fsi_policy_plan(fsi_plan_t *plan, featset_policy_t *policy, const fsi_project_t *project,
				 featset_error_t *error)
{
	choice_t choice;
	fsi_plan_t next;
	bool found = false;

	start(&choice, policy, project);
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *model = featset_baseline_at(i);

		if (!fsi_model_allowed(project, model) || !fsi_model_reaches_xsave(model, &choice.wanted) ||
		    !compare(&next, &choice, policy, model))
			continue;
		if (!found || is_better(&next, plan))
			*plan = next;
		found = true;
	}
	if (!found)
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "no model of %s can be made into this CPU",
				policy->target->name);
	tell(policy, &choice, plan);
	note(policy, &choice, plan);
	return FEATSET_OK;
}

featset_status_t fsi_policy_expand(fsi_plan_t *plan, featset_policy_t *policy, const fsi_project_t *project,
				   const featset_baseline_t *model, featset_error_t *error)
{
	featset_t given;
	choice_t choice;

	start(&choice, policy, project);
	if (!compare(plan, &choice, policy, model))
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "the model %s cannot be made into this CPU",
				fsi_model_name(model));
	plan->plus = choice.wanted;
	fsi_guest_given(&given);
	featset_or(&plan->plus, &plan->plus, &given);
	tell(policy, &choice, plan);
	return FEATSET_OK;
}
