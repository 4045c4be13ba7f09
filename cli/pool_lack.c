/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* Sets of missing features: of many VMs and hosts there are few. */

static void find_causes(featset_t cause[FEATSET_CAUSES], const struct pool_view *view, const featset_t *missing,
			size_t vm, size_t host)
{
	for (unsigned c = 0; c < FEATSET_CAUSES; c++)
		featset_clear(&cause[c]);
	for (featset_feature_t f = featset_next(missing, 0); f < FEATSET_BITS; f = featset_next(missing, f + 1))
		featset_add(&cause[featset_pool_cause(view->pool, vm, host, f)], f);
}

static bool same_causes(const featset_t a[FEATSET_CAUSES], const featset_t b[FEATSET_CAUSES])
{
	for (unsigned c = 0; c < FEATSET_CAUSES; c++)
		if (!featset_equal(&a[c], &b[c]))
			return false;
	return true;
}

static struct pool_lack *add_lack(struct pool_lacks *lacks, const struct pool_view *view)
{
	struct pool_lack *lack;

	if (lacks->count == lacks->room) {
		size_t room = lacks->room ? 2 * lacks->room : 16;
		struct pool_lack *more = cli_alloc(room, sizeof(*more));

		if (lacks->count)
			memcpy(more, lacks->lack, lacks->count * sizeof(*more));
		free(lacks->lack);
		lacks->lack = more;
		lacks->room = room;
	}
	lack = &lacks->lack[lacks->count++];
	lack->hosts = cli_alloc(featset_pool_hosts(view->pool), 1);
	lack->vms = cli_alloc(featset_pool_vms(view->pool), 1);
	return lack;
}

struct pool_lack *pool_lack_of(struct pool_lacks *lacks, const struct pool_view *view, size_t vm, size_t host)
{
	featset_t missing, cause[FEATSET_CAUSES];
	struct pool_lack *lack = NULL;

	featset_pool_missing(&missing, view->pool, vm, host);
	/* Causes take long to find: a host that is in the row already needs none. */
	for (size_t i = 0; i < lacks->count; i++)
		if (lacks->lack[i].hosts[host] && featset_equal(&lacks->lack[i].missing, &missing))
			return &lacks->lack[i];
	find_causes(cause, view, &missing, vm, host);
	for (size_t i = 0; i < lacks->count && !lack; i++)
		if (featset_equal(&lacks->lack[i].missing, &missing) && same_causes(lacks->lack[i].cause, cause))
			lack = &lacks->lack[i];
	if (!lack) {
		lack = add_lack(lacks, view);
		lack->missing = missing;
		memcpy(lack->cause, cause, sizeof(cause));
	}
	lack->hosts[host] = 1;
	return lack;
}

void pool_lacks_free(struct pool_lacks *lacks)
{
	for (size_t i = 0; i < lacks->count; i++) {
		free(lacks->lack[i].hosts);
		free(lacks->lack[i].vms);
	}
	free(lacks->lack);
}
