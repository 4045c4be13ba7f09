/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* What stands between VMs and hosts: features, networks, storage. */

/* ---- what is missing ---------------------------------------------------------------------------- */

#define LACKS 20 /* sets of missing features that are told in full */

static size_t count_marks(const unsigned char *marks, size_t count)
{
	size_t marked = 0;

	for (size_t i = 0; i < count; i++)
		marked += marks[i];
	return marked;
}

static void show_lack(const struct pool_view *view, const struct pool_lack *lack)
{
	bool hosts = count_marks(lack->hosts, featset_pool_hosts(view->pool)) > 1;
	bool vms = count_marks(lack->vms, featset_pool_vms(view->pool)) > 1;
	struct text text = { 0 };

	pool_add_marked(&text, view, lack->hosts, false);
	text_add(&text, " lack%s ", hosts ? "" : "s");
	text_add_count(&text, featset_count(&lack->missing), "feature");
	text_add(&text, " that ");
	pool_add_marked(&text, view, lack->vms, true);
	text_add(&text, " ha%s:", vms ? "ve" : "s");
	out_answer(OUT_BOLD, "%s", text.data);
	text_free(&text);
	for (unsigned cause = 0; cause < FEATSET_CAUSES; cause++) {
		text_add(&text, "  %s: ", featset_cause_name((featset_cause_t)cause));
		out_set(text_get(&text), 6, &lack->cause[cause], view->settings->names);
		text_free(&text);
	}
}

void pool_text_missing(const struct pool_view *view)
{
	size_t vms = featset_pool_vms(view->pool), hosts = featset_pool_hosts(view->pool), most;
	struct pool_lacks lacks = { 0 };

	for (size_t vm = 0; vm < vms; vm++)
		for (size_t host = 0; host < hosts && featset_pool_vm_counts(view->pool, vm); host++)
			if (pool_blocks_of(view, vm, host) & FEATSET_BLOCK_FEATURES)
				pool_lack_of(&lacks, view, vm, host)->vms[vm] = 1;
	most = view->settings->all || lacks.count < LACKS ? lacks.count : LACKS;
	if (most)
		out_gap();
	for (size_t i = 0; i < most; i++)
		show_lack(view, &lacks.lack[i]);
	if (lacks.count > most)
		out_paragraph(OUT_PLAIN, "", 0, "... and %zu more such sets (--all)", lacks.count - most);
	pool_lacks_free(&lacks);
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
