/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* What stands between VMs and hosts: features, networks, storage. */

/* ---- what is missing ---------------------------------------------------------------------------- */

#define LACKS 20 /* kinds of trouble that are told in full */

/* One set of missing features, and on which host whom it stops. */
struct lack {
	featset_t missing;
	size_t host, vm; /* the first VM */
	size_t vms;
};

struct lacks {
	struct lack *lack;
	size_t count, room;
};

static void note_lack(struct lacks *lacks, const featset_t *missing, size_t host, size_t vm)
{
	for (size_t i = 0; i < lacks->count; i++)
		if (lacks->lack[i].host == host && featset_equal(&lacks->lack[i].missing, missing)) {
			lacks->lack[i].vms++;
			return;
		}
	if (lacks->count == LACKS)
		return; /* the table of VMs goes on */
	lacks->lack[lacks->count++] = (struct lack){ *missing, host, vm, 1 };
}

static void collect_lacks(struct lacks *lacks, const struct pool_view *view)
{
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		if (!featset_pool_vm_counts(view->pool, vm))
			continue;
		for (size_t host = 0; host < featset_pool_hosts(view->pool); host++) {
			featset_t missing;

			if (!(pool_blocks_of(view, vm, host) & FEATSET_BLOCK_FEATURES))
				continue;
			featset_pool_missing(&missing, view->pool, vm, host);
			note_lack(lacks, &missing, host, vm);
		}
	}
}

static void show_lack(const struct pool_view *view, const struct lack *lack)
{
	char *host = pool_host_name(view, lack->host), *vm = pool_vm_name(view, lack->vm);
	struct text who = { 0 };

	if (lack->vms == 1)
		text_add(&who, "%s", vm);
	else
		text_add(&who, "%s and %zu more VM%s", vm, lack->vms - 1, lack->vms == 2 ? "" : "s");
	out_answer(OUT_BOLD, "%s lacks %u feature%s that %s %s started with", host, featset_count(&lack->missing),
		   featset_count(&lack->missing) == 1 ? "" : "s", text_get(&who), lack->vms == 1 ? "was" : "were");
	for (unsigned cause = 0; cause < FEATSET_CAUSES; cause++) {
		struct text label = { 0 };
		featset_t part;

		featset_clear(&part);
		for (featset_feature_t f = featset_next(&lack->missing, 0); f < FEATSET_BITS;
		     f = featset_next(&lack->missing, f + 1))
			if ((unsigned)featset_pool_cause(view->pool, lack->vm, lack->host, f) == cause)
				featset_add(&part, f);
		text_add(&label, "  %s: ", featset_cause_name((featset_cause_t)cause));
		out_set(text_get(&label), 6, &part, view->settings->names);
		text_free(&label);
	}
	text_free(&who);
	free(vm);
	free(host);
}

void pool_text_missing(const struct pool_view *view)
{
	struct lacks lacks = { cli_alloc(LACKS, sizeof(struct lack)), 0, LACKS };

	collect_lacks(&lacks, view);
	if (lacks.count)
		out_gap();
	for (size_t i = 0; i < lacks.count; i++)
		show_lack(view, &lacks.lack[i]);
	free(lacks.lack);
}

/* ---- what else stands in the way ---------------------------------------------------------------------- */

void pool_text_placement(const struct pool_view *view)
{
	size_t shown = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool) && shown < pool_most(view); vm++) {
		if (!featset_pool_vm_counts(view->pool, vm))
			continue;
		for (size_t host = 0; host < featset_pool_hosts(view->pool) && shown < pool_most(view); host++) {
			size_t network = featset_pool_network_lacking(view->pool, vm, host, 0);
			size_t storage = featset_pool_storage_lacking(view->pool, vm, host, 0);
			char *v, *h, *n;

			if (network == FEATSET_NONE && storage == FEATSET_NONE)
				continue;
			if (!shown++)
				out_gap();
			v = pool_vm_name(view, vm);
			h = pool_host_name(view, host);
			if (network != FEATSET_NONE) {
				n = pool_name(view->hosts, FEATSET_RECORD_NETWORK, network);
				out_paragraph(OUT_PLAIN, "- ", 2,
					      "%s needs network %s, which has no attached PIF on %s (the device may be "
					      "named differently there)",
					      v, n, h);
				free(n);
			}
			if (storage != FEATSET_NONE) {
				n = pool_name(view->hosts, FEATSET_RECORD_SR, storage);
				out_paragraph(OUT_PLAIN, "- ", 2, "%s has a disk on SR %s, which is not attached to %s", v,
					      n, h);
				free(n);
			}
			free(v);
			free(h);
		}
	}
}
