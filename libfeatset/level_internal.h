/* SPDX-License-Identifier: MIT */
#ifndef FSI_LEVEL_INTERNAL_H
#define FSI_LEVEL_INTERNAL_H

/* Levels of some of a level's hosts, for the library's own use. */

#include "featset/level.h"

/* Is this host of the level one of them? */
typedef bool (*fsi_keep_fn)(const void *context, size_t host);

/*
 * What featset_level_new would find for those hosts of `level` that `keep`
 * wants, in their order: features and what is known of them.  Nothing is
 * allocated.  Gives how many of them count; of none both sets are empty.
 */
size_t fsi_level_some(featset_t *features, featset_t *known, const featset_level_t *level, fsi_keep_fn keep,
		      const void *context);

#endif
