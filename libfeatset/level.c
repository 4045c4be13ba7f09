/* SPDX-License-Identifier: MIT */
#include "featset/level.h"
#include "featset/depend.h"
#include "cpu_internal.h"
#include "error_internal.h"
#include "level_internal.h"

#include <stdlib.h>
#include <string.h>

struct featset_level {
	featset_rule_t rule;
	size_t count;
	featset_cpu_t **hosts;
	featset_cpu_t *cpu;
};

static const char *const rule_names[] = {
	[FEATSET_RULE_PLAIN] = "plain",
	[FEATSET_RULE_XENSERVER] = "xenserver",
	[FEATSET_RULE_SAFE] = "safe",
	[FEATSET_RULE_KVM] = "kvm",
};

const char *featset_rule_name(featset_rule_t rule)
{
	return (unsigned)rule < FEATSET_RULES ? rule_names[rule] : NULL;
}

featset_rule_t featset_rule_find(const char *name)
{
	for (unsigned r = 0; r < FEATSET_RULES; r++) {
		if (fsi_fold_compare(name, rule_names[r]) == 0)
			return (featset_rule_t)r;
	}
	return FEATSET_RULES;
}

/* ---- the rules ------------------------------------------------------------------- */

/* A set and which of its bits are known. */
typedef struct view {
	featset_t features, known;
} view_t;

static void fill(featset_t *set)
{
	memset(set, 0xff, sizeof *set);
}

/* Makes features known to be there, or known to be absent. */
static void assert_bits(view_t *v, const featset_t *bits, bool there)
{
	featset_or(&v->known, &v->known, bits);
	if (there)
		featset_or(&v->features, &v->features, bits);
	else
		featset_minus(&v->features, &v->features, bits);
}

/* Known of an OR: known in both, or known to be 1 in one.  Only the bits of `mask` change. */
static void or_views(view_t *dst, const view_t *a, const view_t *b, const featset_t *mask)
{
	featset_t any, known;

	featset_or(&any, &a->features, &b->features);
	featset_and(&known, &a->known, &b->known);
	featset_or(&known, &known, &any);
	featset_and(&any, &any, mask);
	featset_and(&known, &known, mask);
	featset_minus(&dst->known, &dst->known, mask);
	featset_or(&dst->known, &dst->known, &known);
	featset_minus(&dst->features, &dst->features, mask);
	featset_or(&dst->features, &dst->features, &any);
}

static bool has_rsb(const featset_t *set)
{
	return featset_has(set, FEATSET_RSBA) || featset_has(set, FEATSET_RRSBA);
}

/*
 * "ARCH_CAPS and not RSBA" tells a guest that retpolines are safe wherever it
 * may go, so one host with either bit decides, and which of the two is shown
 * follows from eIBRS.
 */
static void compute_rsb(view_t *dst, const view_t *a, const view_t *b)
{
	bool any = has_rsb(&a->features) || has_rsb(&b->features);
	featset_t rsb, read;

	if (!featset_has(&dst->features, FEATSET_ARCH_CAPABILITIES))
		return;
	featset_of_merge(&rsb, FEATSET_MERGE_RSB);
	assert_bits(dst, &rsb, false);
	if (any) {
		featset_add(&dst->features,
			    featset_has(&dst->features, FEATSET_IBRS_ALL) ? FEATSET_RRSBA : FEATSET_RSBA);
		return;
	}
	/* Nobody is seen to have it, but not everybody was looked at. */
	featset_and(&read, &a->known, &b->known);
	featset_minus(&rsb, &rsb, &read);
	featset_minus(&dst->known, &dst->known, &rsb);
}

/* Bits that are nobody's to promise. */
static void soft_bits(featset_t *dst)
{
	featset_t hints;

	featset_of_class(dst, FEATSET_CLASS_DYNAMIC);
	featset_of_class(&hints, FEATSET_CLASS_HINT);
	featset_or(dst, dst, &hints);
}

/* Do unread bits stay unknown?  XAPI's rules know none: there they are zeros. */
static bool knows_unread(featset_rule_t rule)
{
	return rule == FEATSET_RULE_SAFE || rule == FEATSET_RULE_KVM;
}

/*
 * Under `safe` and `kvm` a bit that is nobody's to promise is not missed: x2apic stays
 * though apic goes.  What was not read is taken to be there, so that it goes too
 * when it lacks something, with all that needs it: FMA without XSAVE, AVX unread.
 */
static void prune(view_t *v, featset_rule_t rule)
{
	featset_edges_t edges = knows_unread(rule) ? FEATSET_EDGES_ALL : FEATSET_EDGES_XEN;
	featset_t soft = { { 0 } }, missed, possible, kept, dropped;

	if (knows_unread(rule))
		soft_bits(&soft);
	featset_minus(&missed, &v->known, &soft);
	fill(&possible);
	featset_minus(&possible, &possible, &v->known);
	featset_or(&possible, &possible, &v->features);
	featset_prune(&kept, &possible, &missed, edges);
	featset_minus(&dropped, &possible, &kept);
	assert_bits(v, &dropped, false);
}

/* What accumulates; under `kvm` nothing, because QEMU refuses what a host cannot offer. */
static void or_bits(featset_t *dst, featset_rule_t rule)
{
	featset_t own;

	featset_clear(dst);
	if (rule == FEATSET_RULE_KVM)
		return;
	featset_of_merge(dst, FEATSET_MERGE_XEN_OR);
	if (rule != FEATSET_RULE_SAFE)
		return;
	featset_of_merge(&own, FEATSET_MERGE_OR);
	featset_or(dst, dst, &own);
}

/* The steps that the rules `xenserver`, `safe` and `kvm` share. */
static void combine_views(view_t *dst, const view_t *a, const view_t *b, featset_rule_t rule)
{
	featset_t mask;
	view_t out;

	out = *a;
	fsi_and_known(&out.features, &out.known, &b->features, &b->known);
	if (rule != FEATSET_RULE_PLAIN) {
		or_bits(&mask, rule);
		or_views(&out, a, b, &mask);
		prune(&out, rule);
		compute_rsb(&out, a, b);
	}
	*dst = out;
}

/* What `safe` leaves out whatever the hosts say. */
static void finish_safe(view_t *v)
{
	featset_t soft, tsx = { { 0 } };

	soft_bits(&soft);
	assert_bits(v, &soft, false);
	if (featset_has(&v->features, FEATSET_RTM_ALWAYS_ABORT)) {
		featset_add(&tsx, FEATSET_RTM);
		featset_add(&tsx, FEATSET_HLE);
		featset_add(&tsx, FEATSET_TSXLDTRK);
		assert_bits(v, &tsx, false);
	}
	prune(v, FEATSET_RULE_SAFE);
}

/* What `kvm` leaves out: a guest that has it does not migrate. */
static void finish_kvm(view_t *v)
{
	featset_t fixed = { { 0 } };

	featset_add(&fixed, FEATSET_INVTSC);
	assert_bits(v, &fixed, false);
	prune(v, FEATSET_RULE_KVM);
}

static void finish(view_t *v, featset_rule_t rule)
{
	if (rule == FEATSET_RULE_SAFE)
		finish_safe(v);
	else if (rule == FEATSET_RULE_KVM)
		finish_kvm(v);
}

void featset_combine(featset_t *dst, const featset_t *a, const featset_t *b, featset_rule_t rule)
{
	view_t x, y;

	x.features = *a;
	y.features = *b;
	fill(&x.known);
	fill(&y.known);
	combine_views(&x, &x, &y, rule);
	finish(&x, rule);
	*dst = x.features;
}

/* ---- the level of several hosts ----------------------------------------------------- */

static bool counts(const featset_cpu_t *host, featset_rule_t rule)
{
	return knows_unread(rule) || featset_cpu_number(host, FEATSET_XEN_LENGTH) != 0;
}

static bool is_one(const featset_level_t *level, fsi_keep_fn keep, const void *context, size_t host)
{
	return counts(level->hosts[host], level->rule) && (!keep || keep(context, host));
}

/* From left to right, as XAPI does it, which knows no unread bits: they are zeros.  Gives how many hosts count. */
static size_t combine_in_turn(view_t *out, const featset_level_t *level)
{
	size_t found = 0;
	view_t v;

	memset(out, 0, sizeof *out);
	fill(&out->known);
	fill(&v.known);
	for (size_t i = 0; i < level->count; i++) {
		if (!is_one(level, NULL, NULL, i))
			continue;
		v.features = *featset_cpu_features(level->hosts[i]);
		if (!found++)
			*out = v;
		else
			combine_views(out, out, &v, level->rule);
	}
	return found;
}

/*
 * The same at once: no accumulated bit and neither RSBA nor RRSBA is anybody's
 * prerequisite among Xen's, so pruning after each step drops no more than pruning
 * at the end.
 */
static size_t combine_at_once(view_t *out, const featset_level_t *level, fsi_keep_fn keep, const void *context)
{
	featset_t all, any, mask, rsb;
	size_t found = 0;

	fill(&all);
	featset_clear(&any);
	for (size_t i = 0; i < level->count; i++) {
		const featset_t *features = featset_cpu_features(level->hosts[i]);

		if (!is_one(level, keep, context, i))
			continue;
		featset_and(&all, &all, features);
		featset_or(&any, &any, features);
		found++;
	}
	fill(&out->known);
	featset_and(&out->features, &all, &any);
	if (found < 2 || level->rule == FEATSET_RULE_PLAIN)
		return found;
	featset_of_merge(&mask, FEATSET_MERGE_XEN_OR);
	featset_of_merge(&rsb, FEATSET_MERGE_RSB);
	featset_or(&mask, &mask, &rsb);
	featset_and(&any, &any, &mask);
	featset_or(&out->features, &out->features, &any);
	combine_views(out, out, out, level->rule);
	return found;
}

/*
 * Under `safe` and `kvm` the order of hosts decides nothing: each step is taken for all of
 * them before the next one is.  A host alone is left as it is.
 */
static size_t combine_safely(view_t *out, const featset_level_t *level, fsi_keep_fn keep, const void *context)
{
	view_t any = { 0 };
	size_t found = 0;
	featset_t mask;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < level->count; i++) {
		const featset_t *features = featset_cpu_features(level->hosts[i]);
		const featset_t *known = featset_cpu_known(level->hosts[i]);

		if (!is_one(level, keep, context, i))
			continue;
		if (!found++) {
			any.features = out->features = *features;
			any.known = out->known = *known;
			continue;
		}
		fsi_and_known(&out->features, &out->known, features, known);
		featset_or(&any.features, &any.features, features);
		featset_and(&any.known, &any.known, known);
	}
	if (found > 1) {
		or_bits(&mask, level->rule);
		or_views(out, &any, &any, &mask);
		prune(out, level->rule);
		compute_rsb(out, &any, &any);
	}
	finish(out, level->rule);
	return found;
}

size_t fsi_level_some(featset_t *features, featset_t *known, const featset_level_t *level, fsi_keep_fn keep,
		      const void *context)
{
	view_t v;
	size_t found;

	found = knows_unread(level->rule) ? combine_safely(&v, level, keep, context)
					  : combine_at_once(&v, level, keep, context);
	if (!found)
		memset(&v, 0, sizeof v);
	*features = v.features;
	*known = v.known;
	return found;
}

static void share_numbers(featset_cpu_t *cpu, const featset_level_t *level)
{
	for (int n = FEATSET_MAX_BASIC; n <= FEATSET_AVX10_VERSION; n++) {
		int64_t least = featset_cpu_number(level->hosts[0], (featset_number_t)n);

		for (size_t i = 1; i < level->count; i++) {
			int64_t value = featset_cpu_number(level->hosts[i], (featset_number_t)n);

			if (value < least)
				least = value;
		}
		featset_cpu_set_number(cpu, (featset_number_t)n, least);
	}
}

static void share_length(featset_cpu_t *cpu, const featset_level_t *level)
{
	int64_t longest = -1;

	for (size_t i = 0; i < level->count; i++) {
		int64_t length = featset_cpu_number(level->hosts[i], FEATSET_XEN_LENGTH);

		if (length > longest)
			longest = length;
	}
	featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, longest);
}

static void share_compat(featset_cpu_t *cpu, const featset_level_t *level)
{
	featset_t compat = { { 0 } };

	for (size_t i = 0; i < level->count; i++)
		featset_or(&compat, &compat, featset_cpu_compat(level->hosts[i]));
	featset_cpu_set_compat(cpu, &compat);
}

/* Words that every host read as a whole are words of the level too. */
static void share_words(featset_cpu_t *cpu, const featset_level_t *level, const view_t *v)
{
	uint64_t words = ~(uint64_t)0;

	for (size_t i = 0; i < level->count; i++)
		words &= featset_cpu_words(level->hosts[i]);
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		if (words >> w & 1)
			featset_cpu_set_word(cpu, w, featset_word(&v->features, w));
	}
	featset_cpu_set_features(cpu, &v->features, &v->known);
}

static bool compute(featset_level_t *level)
{
	view_t v;

	level->cpu = featset_cpu_new();
	if (!level->cpu)
		return false;
	if (knows_unread(level->rule))
		combine_safely(&v, level, NULL, NULL);
	else
		combine_in_turn(&v, level);
	share_words(level->cpu, level, &v);
	share_numbers(level->cpu, level);
	share_length(level->cpu, level);
	share_compat(level->cpu, level);
	featset_cpu_set_vendor(level->cpu, featset_level_vendor(level));
	featset_cpu_set_view(level->cpu, FEATSET_VIEW_PROMISED);
	return true;
}

static bool keep_hosts(featset_level_t *level, const featset_cpu_t *const *hosts, size_t count)
{
	level->hosts = calloc(count, sizeof *level->hosts);
	if (!level->hosts)
		return false;
	for (; level->count < count; level->count++) {
		level->hosts[level->count] = fsi_cpu_share(hosts[level->count]);
		if (!level->hosts[level->count])
			return false;
	}
	return true;
}

featset_status_t featset_level_new(featset_level_t **level, const featset_cpu_t *const *hosts, size_t count,
				   featset_rule_t rule, featset_error_t *error)
{
	featset_level_t *made;

	if (!count)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "a level needs at least one host");
	if ((unsigned)rule >= FEATSET_RULES)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "there is no rule %d", (int)rule);
	made = calloc(1, sizeof *made);
	if (!made)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	made->rule = rule;
	if (!keep_hosts(made, hosts, count) || !compute(made)) {
		featset_level_free(made);
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	}
	*level = made;
	return FEATSET_OK;
}

void featset_level_free(featset_level_t *level)
{
	if (!level)
		return;
	for (size_t i = 0; i < level->count; i++)
		featset_cpu_free(level->hosts[i]);
	free(level->hosts);
	featset_cpu_free(level->cpu);
	free(level);
}

/* ---- looking --------------------------------------------------------------------------- */

const featset_cpu_t *featset_level_cpu(const featset_level_t *level)
{
	return level->cpu;
}

featset_rule_t featset_level_rule(const featset_level_t *level)
{
	return level->rule;
}

size_t featset_level_hosts(const featset_level_t *level)
{
	return level->count;
}

const featset_cpu_t *featset_level_host(const featset_level_t *level, size_t index)
{
	return index < level->count ? level->hosts[index] : NULL;
}

/* The first vendor anybody names, and whether another one contradicts it. */
static const char *find_vendor(const featset_level_t *level, bool *mixed)
{
	const char *vendor = "";

	*mixed = false;
	for (size_t i = 0; i < level->count; i++) {
		const char *other = featset_cpu_vendor(level->hosts[i]);

		if (!other[0])
			continue;
		if (vendor[0] && strcmp(vendor, other) != 0)
			*mixed = true;
		vendor = other;
	}
	return vendor;
}

const char *featset_level_vendor(const featset_level_t *level)
{
	bool mixed;
	const char *vendor = find_vendor(level, &mixed);

	return mixed ? "" : vendor;
}

bool featset_level_mixed(const featset_level_t *level)
{
	bool mixed;

	find_vendor(level, &mixed);
	return mixed;
}

void featset_level_accumulated(featset_t *dst, const featset_level_t *level)
{
	featset_t all = *featset_cpu_features(level->cpu);

	for (size_t i = 0; i < level->count; i++) {
		if (counts(level->hosts[i], level->rule))
			featset_and(&all, &all, featset_cpu_features(level->hosts[i]));
	}
	featset_minus(dst, featset_cpu_features(level->cpu), &all);
}

/*
 * Only what the level could have: a bit that merges by AND and that nobody shows
 * is no question, one that accumulates is.
 */
void featset_level_unknown(featset_t *dst, const featset_level_t *level)
{
	static const featset_merge_t merges[] = { FEATSET_MERGE_XEN_OR, FEATSET_MERGE_OR, FEATSET_MERGE_RSB };
	featset_t any = { { 0 } }, more;

	for (size_t i = 0; i < level->count; i++)
		featset_or(&any, &any, featset_cpu_features(level->hosts[i]));
	for (size_t i = 0; level->count > 1 && i < sizeof merges / sizeof merges[0]; i++) {
		if (level->rule == FEATSET_RULE_KVM && merges[i] != FEATSET_MERGE_RSB)
			continue;
		featset_of_merge(&more, merges[i]);
		featset_or(&any, &any, &more);
	}
	featset_minus(dst, &any, featset_cpu_known(level->cpu));
}

void featset_level_lost(featset_t *act, featset_t *other, const featset_level_t *level, size_t index)
{
	featset_t lost;

	featset_clear(act);
	featset_clear(other);
	if (index >= level->count)
		return;
	featset_minus(&lost, featset_cpu_features(level->hosts[index]), featset_cpu_features(level->cpu));
	featset_and(&lost, &lost, featset_cpu_known(level->cpu));
	featset_cpu_split(level->hosts[index], &lost, act, other);
}
