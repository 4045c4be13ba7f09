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

static void show_network(const struct pool_view *view, size_t vm, size_t network, size_t host)
{
	char *v = pool_vm_name(view, vm), *n = pool_name(view->hosts, FEATSET_RECORD_NETWORK, network);
	char *words = pool_network_words(view, vm, network, host);

	out_paragraph(OUT_PLAIN, "- ", 2, "%s needs network %s, %s", v, n, words);
	free(words);
	free(n);
	free(v);
}

static void show_storage(const struct pool_view *view, size_t vm, size_t storage, size_t host)
{
	char *v = pool_vm_name(view, vm), *h = pool_host_name(view, host);
	char *n = pool_name(view->hosts, FEATSET_RECORD_SR, storage);

	out_paragraph(OUT_PLAIN, "- ", 2, "%s has a disk on SR %s, which is not attached to %s", v, n, h);
	free(n);
	free(h);
	free(v);
}

/* Commands are comments' opposite: each line is to be pasted. */
static void show_devices(const struct pool_view *view, size_t vm, unsigned devices)
{
	char *name = pool_vm_name(view, vm), *words = pool_device_words(devices);
	char *commands = pool_device_commands(view, vm, devices), *line = commands;

	out_paragraph(OUT_PLAIN, "- ", 2,
		      "%s has %s attached: while it runs it cannot migrate.  Shut it down, and it can start on another "
		      "host that has such a device; detach it to move it for good:",
		      name, words);
	while (*line) {
		size_t length = strcspn(line, "\n");

		out_raw("  %.*s   # %s", (int)length, line, name);
		line += length + (line[length] == '\n');
	}
	free(commands);
	free(words);
	free(name);
}

/* A host that has no such guests says so once, not of each VM and feature. */
static size_t show_guests(const struct pool_view *view, unsigned block, const char *kind)
{
	size_t hosts = featset_pool_hosts(view->pool), count = 0;
	unsigned char *marks = cli_alloc(hosts, 1);
	struct text names = { 0 };

	for (size_t host = 0; host < hosts; host++) {
		for (size_t vm = 0; vm < featset_pool_vms(view->pool) && !marks[host]; vm++)
			marks[host] = featset_pool_vm_counts(view->pool, vm) &&
				      (pool_blocks_of(view, vm, host) & block) != 0;
		count += marks[host];
	}
	pool_add_marked(&names, view, marks, false);
	if (count) {
		out_gap();
		out_paragraph(OUT_PLAIN, "- ", 2, "%s run%s no %s guests", text_get(&names), count > 1 ? "" : "s", kind);
	}
	text_free(&names);
	free(marks);
	return count;
}

void pool_text_placement(const struct pool_view *view)
{
	size_t shown = 0;

	show_guests(view, POOL_BLOCK_NO_HVM, "HVM");
	show_guests(view, POOL_BLOCK_NO_PV, "PV");
	for (size_t vm = 0; vm < featset_pool_vms(view->pool) && shown < pool_most(view); vm++) {
		unsigned devices;

		if (!featset_pool_vm_counts(view->pool, vm))
			continue;
		for (size_t host = 0; host < featset_pool_hosts(view->pool) && shown < pool_most(view); host++) {
			size_t network = featset_pool_network_lacking(view->pool, vm, host, 0);
			size_t storage = featset_pool_storage_lacking(view->pool, vm, host, 0);

			if (network == FEATSET_NONE && storage == FEATSET_NONE)
				continue;
			if (!shown++)
				out_gap();
			if (network != FEATSET_NONE)
				show_network(view, vm, network, host);
			if (storage != FEATSET_NONE)
				show_storage(view, vm, storage, host);
		}
		devices = pool_devices_of(view, vm);
		if (devices && !shown++)
			out_gap();
		if (devices)
			show_devices(view, vm, devices);
	}
}
