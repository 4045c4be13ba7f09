/* SPDX-License-Identifier: MIT */
#include "cpu_internal.h"
#include "level_internal.h"
#include "pool_internal.h"

#include <string.h>

/* ---- the level without one host ------------------------------------------------------ */

static bool same_words(const featset_cpu_t *a, const featset_cpu_t *b)
{
	return featset_equal(featset_cpu_features(a), featset_cpu_features(b)) &&
	       featset_equal(featset_cpu_known(a), featset_cpu_known(b));
}

/* Of two that are the same, each alone costs nothing. */
static bool has_twin(const featset_level_t *level, size_t host)
{
	const featset_cpu_t *cpu = featset_level_host(level, host);

	for (size_t i = 0; i < featset_level_hosts(level); i++)
		if (i != host && same_words(featset_level_host(level, i), cpu))
			return true;
	return false;
}

static bool is_other(const void *context, size_t host)
{
	return host != *(const size_t *)context;
}

/* What counts is what some host has in earnest: the same bit may be a compatibility bit of another. */
static void split_price(featset_t *act, featset_t *other, const featset_level_t *level, const featset_t *price)
{
	featset_t actionable;

	featset_clear(act);
	fsi_actionable(&actionable);
	for (size_t i = 0; i < featset_level_hosts(level); i++) {
		const featset_cpu_t *cpu = featset_level_host(level, i);
		featset_t real;

		featset_and(&real, featset_cpu_features(cpu), &actionable);
		featset_minus(&real, &real, featset_cpu_compat(cpu));
		featset_or(act, act, &real);
	}
	featset_and(act, act, price);
	featset_minus(other, price, act);
}

/*
 * Hosts without a twin cost one pass over the others' sets, all others nothing:
 * a thousand hosts are priced in some milliseconds, and nothing need be kept.
 */
void featset_pool_price(featset_t *act, featset_t *other, const featset_pool_t *pool, featset_guest_t guest,
			size_t host)
{
	const featset_level_t *level;
	featset_t features, known;
	size_t index;

	featset_clear(act);
	featset_clear(other);
	if (!pool || (unsigned)guest >= FEATSET_GUESTS || host >= pool->host_count)
		return;
	level = pool->level[guest];
	index = pool->host[host].level_index[guest];
	if (!level || index == FEATSET_NONE)
		return;
	/* With two hosts the other one is left as it is, twin or not. */
	if (featset_level_hosts(level) > 2 && has_twin(level, index))
		return;
	if (!fsi_level_some(&features, &known, level, is_other, &index))
		return;
	featset_minus(&features, &features, featset_cpu_features(featset_level_cpu(level)));
	/* What the host was not asked for is not what it costs. */
	featset_and(&features, &features, featset_cpu_known(featset_level_cpu(level)));
	split_price(act, other, level, &features);
}

/* ---- two pools of one -------------------------------------------------------------------- */

/*
 * Hosts of equal words stay together.  Up to so many different cpus all splits
 * are tried, 2048 of them; beyond that only those by one feature, "those that
 * have it here, the others there".
 */
enum { MOST_CLASSES = 12 };

/* What a host that matters only by its number in the class is marked with. */
enum { REPEATED = 0x80 };

/* Hosts are those of the level here, and `mark` has the class of each. */
typedef struct search {
	const featset_level_t *level;
	unsigned char *mark;
	const featset_cpu_t *cpu[MOST_CLASSES];
	featset_t act[MOST_CLASSES]; /* what a person can act on of what the class has */
	size_t members[MOST_CLASSES];
	size_t classes;
	size_t score;
	size_t on_one;             /* hosts on side 1 */
	unsigned mask;             /* classes on side 1 */
	featset_feature_t feature; /* or what the hosts on side `with` have */
	unsigned with;
} search_t;

/* One side of a split. */
typedef struct side {
	const search_t *search;
	unsigned mask; /* classes */
	featset_feature_t feature;
	bool has; /* the feature */
} side_t;

static void act_of(featset_t *dst, const featset_t *actionable, const featset_cpu_t *cpu)
{
	featset_minus(dst, actionable, featset_cpu_compat(cpu));
	featset_and(dst, dst, featset_cpu_features(cpu));
}

/* Marks each host with its class; false when there are too many. */
static bool find_classes(search_t *search)
{
	featset_t actionable;

	fsi_actionable(&actionable);
	for (size_t i = 0; i < featset_level_hosts(search->level); i++) {
		const featset_cpu_t *cpu = featset_level_host(search->level, i);
		size_t c = 0;

		while (c < search->classes &&
		       !(same_words(cpu, search->cpu[c]) &&
			 featset_equal(featset_cpu_compat(cpu), featset_cpu_compat(search->cpu[c]))))
			c++;
		if (c == MOST_CLASSES)
			return false;
		if (c == search->classes) {
			search->classes++;
			search->cpu[c] = cpu;
			search->members[c] = 0;
			act_of(&search->act[c], &actionable, cpu);
		}
		/* One host alone is left as it is, two are not, and a third changes nothing. */
		search->mark[i] = (unsigned char)(c | (search->members[c]++ < 2 ? 0 : REPEATED));
	}
	return true;
}

static bool on_mask(const void *context, size_t host)
{
	const side_t *side = context;
	unsigned mark = side->search->mark[host];

	return !(mark & REPEATED) && side->mask >> mark & 1;
}

/* What the hosts of these classes keep, and how many they are. */
static size_t score_mask(const search_t *search, unsigned mask, size_t *hosts)
{
	side_t side = { .search = search, .mask = mask };
	featset_t features, known, kept;
	size_t score = 0;

	*hosts = 0;
	fsi_level_some(&features, &known, search->level, on_mask, &side);
	for (size_t c = 0; c < search->classes; c++) {
		if (!(mask >> c & 1))
			continue;
		featset_and(&kept, &search->act[c], &features);
		score += search->members[c] * featset_count(&kept);
		*hosts += search->members[c];
	}
	return score;
}

/* Side 1 is the smaller one; of equal ones that without the first host. */
static void try_masks(search_t *search)
{
	unsigned all = (1u << search->classes) - 1;

	for (unsigned mask = 2; mask <= all; mask += 2) {
		size_t one, zero, score = score_mask(search, mask, &one) + score_mask(search, all & ~mask, &zero);
		size_t fewest = one <= zero ? one : zero;

		if (score > search->score || (score == search->score && search->on_one && fewest < search->on_one)) {
			search->score = score;
			search->on_one = fewest;
			search->mask = one <= zero ? mask : all & ~mask;
		}
	}
}

static bool on_feature(const void *context, size_t host)
{
	const side_t *side = context;

	return featset_has(featset_cpu_features(featset_level_host(side->search->level, host)), side->feature) ==
	       side->has;
}

static size_t score_feature(const search_t *search, const featset_t *actionable, featset_feature_t feature, bool has,
			    size_t *hosts)
{
	side_t side = { .search = search, .feature = feature, .has = has };
	featset_t features, known, kept;
	size_t score = 0;

	*hosts = 0;
	fsi_level_some(&features, &known, search->level, on_feature, &side);
	featset_and(&features, &features, actionable);
	for (size_t i = 0; i < featset_level_hosts(search->level); i++) {
		if (!on_feature(&side, i))
			continue;
		act_of(&kept, &features, featset_level_host(search->level, i));
		score += featset_count(&kept);
		++*hosts;
	}
	return score;
}

/* Every feature that some hosts have and others lack parts them. */
static void try_features(search_t *search)
{
	featset_t actionable, all, any;

	fsi_actionable(&actionable);
	featset_clear(&any);
	all = actionable;
	for (size_t i = 0; i < featset_level_hosts(search->level); i++) {
		featset_or(&any, &any, featset_cpu_features(featset_level_host(search->level, i)));
		featset_and(&all, &all, featset_cpu_features(featset_level_host(search->level, i)));
	}
	featset_minus(&any, &any, &all);
	for (featset_feature_t f = featset_next(&any, 0); f < FEATSET_BITS; f = featset_next(&any, f + 1)) {
		size_t with, without,
			score = score_feature(search, &actionable, f, true, &with) +
				score_feature(search, &actionable, f, false, &without);
		size_t fewest = with < without ? with : without;

		if (with && without &&
		    (score > search->score || (score == search->score && search->on_one && fewest < search->on_one))) {
			search->score = score;
			search->on_one = fewest;
			search->feature = f;
			search->with = with < without;
		}
	}
}

/* What all hosts keep when there is no split. */
static size_t score_whole(const featset_level_t *level)
{
	featset_t actionable, kept;
	size_t score = 0;

	fsi_actionable(&actionable);
	featset_and(&actionable, &actionable, featset_cpu_features(featset_level_cpu(level)));
	for (size_t i = 0; i < featset_level_hosts(level); i++) {
		act_of(&kept, &actionable, featset_level_host(level, i));
		score += featset_count(&kept);
	}
	return score;
}

/* Turns the marks into sides. */
static void mark_sides(search_t *search, bool by_class)
{
	for (size_t i = 0; i < featset_level_hosts(search->level); i++) {
		const featset_t *features = featset_cpu_features(featset_level_host(search->level, i));

		if (by_class)
			search->mark[i] = search->mask >> (search->mark[i] & ~REPEATED) & 1;
		else
			search->mark[i] =
				featset_has(features, search->feature) ? (unsigned char)search->with : !search->with;
	}
}

static bool on_zero(const void *mark, size_t host)
{
	return ((const unsigned char *)mark)[host] == 0;
}

static bool on_one(const void *mark, size_t host)
{
	return ((const unsigned char *)mark)[host] == 1;
}

/* In place, from a mark for each host of the level to one for each of the pool, where none has a smaller index. */
static void spread_sides(unsigned char *side, const featset_pool_t *pool, featset_guest_t guest)
{
	for (size_t i = pool->host_count; i-- > 0;) {
		size_t index = pool->host[i].level_index[guest];

		side[i] = index == FEATSET_NONE ? 2 : side[index];
	}
}

bool featset_pool_split(const featset_pool_t *pool, featset_guest_t guest, unsigned char *side, featset_t *first,
			featset_t *second)
{
	const featset_level_t *level;
	search_t search = { .mark = side };
	featset_t known;
	bool by_class;

	featset_clear(first);
	featset_clear(second);
	if (!pool || (unsigned)guest >= FEATSET_GUESTS)
		return false;
	level = search.level = pool->level[guest];
	memset(side, 0, pool->host_count);
	if (level) {
		search.score = score_whole(level);
		by_class = find_classes(&search);
		if (by_class)
			try_masks(&search);
		else
			try_features(&search);
		if (search.on_one)
			mark_sides(&search, by_class);
		else
			memset(side, 0, pool->host_count);
		fsi_level_some(first, &known, level, on_zero, side);
		fsi_level_some(second, &known, level, on_one, side);
	}
	spread_sides(side, pool, guest);
	return search.on_one > 0;
}
