/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <ctype.h>
#include <string.h>

/*
 * -cpu MODEL,+f,-g,enforce: with enforce a host that lacks something refuses to
 * start the guest; without, QEMU would start it without the feature.  Models are
 * called by their versions, because what a name without version means depends on
 * the machine type.  A feature never stands there twice: -f beats +f.
 */

/* ---- models ---------------------------------------------------------------------------- */

/* "Haswell-v4", not "Haswell" and not "base". */
bool fsi_qemu_has_version(const featset_baseline_t *model)
{
	const char *dash = strrchr(featset_baseline_name(model), '-');

	if (!dash || dash[1] != 'v' || !dash[2])
		return false;
	for (dash += 2; *dash; dash++)
		if (!isdigit((unsigned char)*dash))
			return false;
	return true;
}

/* Under KVM QEMU turns svm off in every model, unless it is asked for. */
static void gives(featset_t *sure, featset_t *possible, const featset_baseline_t *model)
{
	featset_baseline_features(possible, model);
	*sure = *possible;
	featset_remove(sure, FEATSET_SVM);
}

/* ---- what is said ------------------------------------------------------------------------ */

static int64_t avx10_version(const featset_policy_t *policy)
{
	int64_t version = featset_cpu_number(policy->cpu, FEATSET_AVX10_VERSION);

	if (version > 0 || !featset_has(&policy->features, FEATSET_AVX10))
		return featset_has(&policy->features, FEATSET_AVX10) ? version : 0;
	if (featset_has(featset_cpu_features(policy->cpu), FEATSET_AVX10_2))
		return 2;
	return featset_has(featset_cpu_features(policy->cpu), FEATSET_AVX10_1) ? 1 : 0;
}

/* The version of AVX10 is a number, and its bits in the set follow from it. */
static void say_avx10(fsi_qemu_t *qemu, featset_policy_t *policy)
{
	featset_t ladder = { { 0 } };

	qemu->avx10 = avx10_version(policy);
	if (!qemu->avx10)
		return;
	featset_set_word(&ladder, 63, featset_word_flags(63));
	featset_and(&ladder, &ladder, featset_cpu_features(policy->cpu));
	featset_or(&policy->features, &policy->features, &ladder);
	featset_minus(&policy->left_out, &policy->left_out, &ladder);
}

/* QEMU takes 32 to 52 bits, and any but 36 only with 64-bit mode. */
static void say_width(fsi_qemu_t *qemu, const featset_policy_t *policy)
{
	int64_t bits = featset_cpu_number(policy->cpu, FEATSET_PHYS_BITS);

	if (bits >= 32 && bits <= 52 && featset_has(&policy->features, FEATSET_LM))
		qemu->phys_bits = bits;
}

/* Whose signature it is: the cpu's own, else the model's. */
static void say_who(fsi_qemu_t *qemu, const featset_policy_t *policy, const featset_baseline_t *model)
{
	int64_t family = featset_cpu_number(policy->cpu, FEATSET_FAMILY);
	int64_t number = featset_cpu_number(policy->cpu, FEATSET_MODEL);
	int64_t stepping = featset_cpu_number(policy->cpu, FEATSET_STEPPING);

	if (family > 0 && number >= 0 && stepping >= 0) {
		qemu->who.family = (unsigned)family;
		qemu->who.model_first = (unsigned)number;
		qemu->who.stepping_first = (unsigned)stepping;
	} else if (!featset_baseline_signature(model, 0, &qemu->who)) {
		qemu->who.family = 0;
	}
}

/* QEMU raises the largest leaves as features ask for it; these are what it starts from. */
static void say_leaves(fsi_qemu_t *qemu, const featset_policy_t *policy)
{
	qemu->level = featset_cpu_number(policy->cpu, FEATSET_MAX_BASIC);
	qemu->xlevel = featset_cpu_number(policy->cpu, FEATSET_MAX_EXTENDED);
	if (qemu->level < 0 && featset_has(&policy->features, FEATSET_XSAVE))
		qemu->level = 13;
	if (qemu->xlevel < 0 && featset_has(&policy->features, FEATSET_LM))
		qemu->xlevel = 0x80000008;
}

static void note_leaves(featset_policy_t *policy)
{
	int64_t level = featset_cpu_number(policy->cpu, FEATSET_MAX_BASIC);

	if (level >= 0)
		fsi_policy_note(policy,
				"the largest leaf is the model's, or what its features ask for; the CPU's is 0x%llx",
				(unsigned long long)level);
}

featset_status_t fsi_qemu_plan(fsi_qemu_t *qemu, featset_policy_t *policy, featset_error_t *error)
{
	const fsi_project_t project = {
		.prefix = "qemu:",
		.dialect = FEATSET_QEMU,
		.release = policy->target->release,
		.overhead = 2,
		.allows = fsi_qemu_has_version,
		.gives = gives,
	};
	const featset_baseline_t *model;
	const char *vendor = featset_cpu_vendor(policy->cpu);
	featset_status_t status;

	memset(qemu, 0, sizeof(*qemu));
	status = fsi_policy_plan(&qemu->plan, policy, &project, error);
	if (status != FEATSET_OK)
		return status;
	model = qemu->plan.model;
	if (qemu->plan.other_vendor && strlen(vendor) == 12)
		qemu->vendor = vendor;
	say_avx10(qemu, policy);
	say_width(qemu, policy);
	if (!(policy->flags & FEATSET_POLICY_EXPANDED)) {
		note_leaves(policy);
		return FEATSET_OK;
	}
	qemu->expanded = true;
	say_who(qemu, policy, model);
	qemu->vendor = strlen(vendor) == 12 ? vendor : featset_baseline_vendor(model);
	if (!qemu->vendor[0])
		qemu->vendor = NULL;
	status = fsi_policy_expand(&qemu->plan, policy, &project, fsi_model_called(&project, "base"), error);
	say_avx10(qemu, policy);
	say_leaves(qemu, policy);
	return status;
}

featset_status_t fsi_qemu_model_plan(fsi_qemu_t *qemu, featset_policy_t *policy,
				     bool (*allows)(const featset_baseline_t *model), featset_error_t *error)
{
	const fsi_project_t project = {
		.prefix = "qemu:",
		.dialect = FEATSET_QEMU,
		.release = policy->target->release,
		.overhead = 2,
		.allows = allows,
		.gives = gives,
	};
	const char *vendor = featset_cpu_vendor(policy->cpu);
	featset_status_t status;

	memset(qemu, 0, sizeof(*qemu));
	status = fsi_policy_plan(&qemu->plan, policy, &project, error);
	if (status != FEATSET_OK)
		return status;
	if (qemu->plan.other_vendor)
		fsi_policy_note(policy, "the vendor is the model's and not %s, for %s cannot say it", vendor,
				policy->platform->name);
	if (featset_has(&policy->features, FEATSET_AVX10))
		fsi_policy_note(policy, "%s cannot say the version of AVX10: it is the model's",
				policy->platform->name);
	say_width(qemu, policy);
	note_leaves(policy);
	return FEATSET_OK;
}

/* ---- -cpu ---------------------------------------------------------------------------------- */

static void print_each(featset_policy_t *policy, const featset_t *features, const char *before, const char *behind)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		fsi_policy_print(policy, "%s%s%s", before, featset_feature_name(f, FEATSET_QEMU), behind);
}

static void print_rest(featset_policy_t *policy, const fsi_qemu_t *qemu)
{
	if (qemu->avx10)
		fsi_policy_print(policy, ",avx10-version=%d", (int)qemu->avx10);
	if (qemu->expanded && qemu->who.family)
		fsi_policy_print(policy, ",family=%u,model=%u,stepping=%u", qemu->who.family, qemu->who.model_first,
				 qemu->who.stepping_first);
	if (qemu->vendor)
		fsi_policy_print(policy, ",vendor=%s", qemu->vendor);
	if (qemu->expanded && qemu->level >= 0)
		fsi_policy_print(policy, ",min-level=%llu", (unsigned long long)qemu->level);
	if (qemu->expanded && qemu->xlevel >= 0)
		fsi_policy_print(policy, ",min-xlevel=%llu", (unsigned long long)qemu->xlevel);
	if (qemu->phys_bits)
		fsi_policy_print(policy, ",phys-bits=%d,host-phys-bits=off", (int)qemu->phys_bits);
}

featset_status_t fsi_policy_qemu(featset_policy_t *policy, featset_error_t *error)
{
	fsi_qemu_t qemu;
	featset_status_t status = fsi_qemu_plan(&qemu, policy, error);
	const char *quote = qemu.vendor && strchr(qemu.vendor, ' ') ? "'" : "";

	if (status != FEATSET_OK)
		return status;
	fsi_policy_print(policy, "-cpu %s%s", quote, fsi_model_name(qemu.plan.model));
	print_each(policy, &qemu.plan.plus, qemu.expanded ? "," : ",+", qemu.expanded ? "=on" : "");
	print_each(policy, &qemu.plan.minus, ",-", "");
	print_rest(policy, &qemu);
	fsi_policy_print(policy, ",enforce%s\n", quote);
	return FEATSET_OK;
}
