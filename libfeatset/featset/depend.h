/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_DEPEND_H
#define FEATSET_DEPEND_H

/*
 * featset/depend.h - which feature needs which
 *
 * depends.def has one row an edge and says whose it is: Xen's published graph,
 * or ours, for what Xen leaves out.  Following Xen's edges alone gives exactly
 * Xen's results.
 */

#include "feature.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum featset_edges {
	FEATSET_EDGES_XEN, /* Xen's only */
	FEATSET_EDGES_ALL  /* Xen's and ours */
} featset_edges_t;

/* Adds to dst's copy of src everything its features need, at any distance. */
FEATSET_API void featset_close(featset_t *dst, const featset_t *src, featset_edges_t edges);

/*
 * Drops from dst's copy of src every feature that needs, at any distance, one
 * that is absent.  `known` tells which bits of src were read at all: a
 * prerequisite that was not read does not count as absent.  NULL means all were.
 */
FEATSET_API void featset_prune(featset_t *dst, const featset_t *src, const featset_t *known, featset_edges_t edges);

/* What one feature needs directly. */
FEATSET_API void featset_requirements(featset_t *dst, featset_feature_t feature, featset_edges_t edges);

/* What needs one feature, at any distance. */
FEATSET_API void featset_dependants(featset_t *dst, featset_feature_t feature, featset_edges_t edges);

/*
 * Why featset_prune would drop a feature: the absent feature that it needs, the
 * one nearest to the root of the chain; FEATSET_FEATURE_NONE when nothing is absent.
 */
FEATSET_API featset_feature_t featset_explain(featset_feature_t feature, const featset_t *set, const featset_t *known,
					      featset_edges_t edges);

/* The reason written beside one edge, NULL where it is obvious or there is no such edge. */
FEATSET_API const char *featset_requirement_reason(featset_feature_t feature, featset_feature_t needs);

#ifdef __cplusplus
}
#endif

#endif
