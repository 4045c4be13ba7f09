/* SPDX-License-Identifier: MIT */
#include "featset/depend.h"

struct edge {
	uint16_t feature, needs;
	bool xen;
	const char *reason;
};

static const struct edge edges[] = {
#define XEN(feature, needs, reason) { FEATSET_##feature, FEATSET_##needs, true, reason },
#define OURS(feature, needs, reason) { FEATSET_##feature, FEATSET_##needs, false, reason },
#include "featset/depends.def"
};

enum { EDGES = sizeof edges / sizeof *edges };

static bool followed(const struct edge *edge, featset_edges_t which)
{
	return which == FEATSET_EDGES_ALL || edge->xen;
}

void featset_close(featset_t *dst, const featset_t *src, featset_edges_t which)
{
	featset_t set = *src;
	bool changed;

	do {
		changed = false;
		for (size_t i = 0; i < EDGES; i++) {
			if (!followed(&edges[i], which) || !featset_has(&set, edges[i].feature) ||
			    featset_has(&set, edges[i].needs))
				continue;
			featset_add(&set, edges[i].needs);
			changed = true;
		}
	} while (changed);
	*dst = set;
}

/* What was in the source and is not any more is absent, read or not. */
static bool absent(featset_feature_t feature, const featset_t *set, const featset_t *src, const featset_t *known)
{
	return !featset_has(set, feature) && (!known || featset_has(known, feature) || featset_has(src, feature));
}

void featset_prune(featset_t *dst, const featset_t *src, const featset_t *known, featset_edges_t which)
{
	const featset_t before = *src;
	featset_t set = before;
	bool changed;

	do {
		changed = false;
		for (size_t i = 0; i < EDGES; i++) {
			if (!followed(&edges[i], which) || !featset_has(&set, edges[i].feature) ||
			    !absent(edges[i].needs, &set, &before, known))
				continue;
			featset_remove(&set, edges[i].feature);
			changed = true;
		}
	} while (changed);
	*dst = set;
}

void featset_requirements(featset_t *dst, featset_feature_t feature, featset_edges_t which)
{
	featset_clear(dst);
	for (size_t i = 0; i < EDGES; i++)
		if (edges[i].feature == feature && followed(&edges[i], which))
			featset_add(dst, edges[i].needs);
}

void featset_dependants(featset_t *dst, featset_feature_t feature, featset_edges_t which)
{
	featset_t set;
	bool changed;

	featset_clear(&set);
	do {
		changed = false;
		for (size_t i = 0; i < EDGES; i++) {
			if (!followed(&edges[i], which) || featset_has(&set, edges[i].feature) ||
			    (edges[i].needs != feature && !featset_has(&set, edges[i].needs)))
				continue;
			featset_add(&set, edges[i].feature);
			changed = true;
		}
	} while (changed);
	*dst = set;
}

/*
 * Walks from the feature to what it needs.  A prerequisite that was not read
 * ends the walk, as it does for featset_prune.
 */
featset_feature_t featset_explain(featset_feature_t feature, const featset_t *set, const featset_t *known,
				  featset_edges_t which)
{
	featset_feature_t found = FEATSET_FEATURE_NONE;
	featset_t reached, missing;
	bool changed;

	featset_clear(&reached);
	featset_clear(&missing);
	featset_add(&reached, feature);
	do {
		changed = false;
		for (size_t i = 0; i < EDGES; i++) {
			featset_feature_t needs = edges[i].needs;
			bool gone = absent(needs, set, set, known);

			if (!followed(&edges[i], which) || !featset_has(&reached, edges[i].feature) ||
			    featset_has(&reached, needs) || !(gone || featset_has(set, needs)))
				continue;
			featset_add(&reached, needs);
			if (gone)
				featset_add(&missing, needs);
			changed = true;
		}
	} while (changed);
	for (featset_feature_t f = featset_next(&missing, 0); f < FEATSET_BITS; f = featset_next(&missing, f + 1)) {
		featset_t above;

		featset_dependants(&above, f, which);
		if (found == FEATSET_FEATURE_NONE || featset_has(&above, found))
			found = f;
	}
	return found;
}

const char *featset_requirement_reason(featset_feature_t feature, featset_feature_t needs)
{
	for (size_t i = 0; i < EDGES; i++)
		if (edges[i].feature == feature && edges[i].needs == needs)
			return edges[i].reason[0] ? edges[i].reason : NULL;
	return NULL;
}
