/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many rows of a list are shown without --all. */
#define ROWS 20

size_t pool_most(const struct pool_view *view)
{
	return view->settings->all ? SIZE_MAX : ROWS;
}

/* ---- the answer -------------------------------------------------------------------------- */

void pool_add_blocks(struct text *text, unsigned blocks)
{
	static const struct {
		unsigned block;
		const char *word;
	} words[] = {
		/* clang-format off */
		{ FEATSET_BLOCK_VENDOR, "vendor" },
		{ FEATSET_BLOCK_FEATURES, "features" },
		{ FEATSET_BLOCK_KEYS, "no keys" },
		{ FEATSET_BLOCK_UNKNOWN, "unknown" },
		{ FEATSET_BLOCK_DISABLED, "disabled" },
		{ FEATSET_BLOCK_VERSION, "older" },
		{ FEATSET_BLOCK_NETWORK, "network" },
		{ FEATSET_BLOCK_STORAGE, "storage" },
		{ FEATSET_BLOCK_DEVICE, "device" },
		/* clang-format on */
	};
	bool first = true;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(blocks & words[i].block))
			continue;
		text_add(text, "%s%s", first ? "" : ", ", words[i].word);
		first = false;
	}
}

static size_t blocking_on(const struct pool_view *view, size_t host)
{
	size_t count = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		count += featset_pool_vm_counts(view->pool, vm) && featset_pool_vm_host(view->pool, vm) == host &&
			 featset_pool_vm_blocks(view->pool, vm) == FEATSET_YES;
	return count;
}

/* What a VM that blocks an evacuation needs before all else. */
enum need { NEED_RESTART, NEED_CPU, NEED_NETWORK, NEED_STORAGE, NEED_DEVICE, NEED_HOST };

static enum need need_of(const struct pool_view *view, size_t vm)
{
	unsigned blocks = 0;

	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++)
		if (featset_pool_blocked_on(view->pool, vm, host))
			blocks |= featset_pool_blocks(view->pool, vm, host);
	if (blocks & FEATSET_BLOCK_CPU)
		return featset_pool_cure(view->pool, vm) == FEATSET_CURE_RESTART ? NEED_RESTART : NEED_CPU;
	if (blocks & FEATSET_BLOCK_NETWORK)
		return NEED_NETWORK;
	if (blocks & FEATSET_BLOCK_STORAGE)
		return NEED_STORAGE;
	return blocks & FEATSET_BLOCK_DEVICE ? NEED_DEVICE : NEED_HOST;
}

static void add_need(struct text *text, const struct pool_view *view, enum need need, const char *one, const char *more)
{
	struct text names = { 0 };
	size_t count = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		char *name;

		if (!featset_pool_vm_counts(view->pool, vm) ||
		    featset_pool_vm_blocks(view->pool, vm) != FEATSET_YES || need_of(view, vm) != need)
			continue;
		name = count++ < 3 ? pool_vm_name(view, vm) : NULL;
		if (name)
			text_add(&names, "%s%s", count > 1 ? ", " : "", name);
		free(name);
	}
	if (count)
		text_add(text, "%s%s%s %s", text->data[text->length - 1] == ' ' ? "" : ", ", text_get(&names),
			 count > 3 ? " ..." : "", count > 1 ? more : one);
	text_free(&names);
}

static void add_stuck(struct text *text, const struct pool_view *view, const struct pool_sums *sums)
{
	size_t host = 0;
	char *name;

	while (featset_pool_evacuable(view->pool, host) != FEATSET_NO)
		host++;
	name = pool_host_name(view, host);
	if (sums->stuck_hosts == 1)
		text_add(text, "%s cannot be evacuated: ", name);
	else
		text_add(text, "%zu of %zu hosts cannot be evacuated: ", sums->stuck_hosts, sums->hosts);
	free(name);
	add_need(text, view, NEED_RESTART, "needs a restart", "need a restart");
	add_need(text, view, NEED_CPU, "has features that another host lacks", "have features that another host lacks");
	add_need(text, view, NEED_NETWORK, "lacks a network elsewhere", "lack a network elsewhere");
	add_need(text, view, NEED_STORAGE, "lacks its storage elsewhere", "lack their storage elsewhere");
	add_need(text, view, NEED_DEVICE, "has a device attached", "have devices attached");
	add_need(text, view, NEED_HOST, "has no other host to go to (enabled, and of the same version or newer)",
		 "have no other host to go to (enabled, and of the same version or newer)");
}

static void add_across(struct text *text, const struct pool_view *view, const struct pool_sums *sums)
{
	(void)view;
	if (!sums->vms)
		text_add(text, "no VM that runs is told of, so that none has to fit");
	else if (sums->cpu_blocked)
		text_add(text, "%zu of %zu VMs cannot migrate to every host there", sums->cpu_blocked, sums->vms);
	else if (sums->unknown)
		text_add(text, "unknown: of %zu of %zu VMs it is not told what they were started with", sums->unknown,
			 sums->vms);
	else
		text_add(text, "every VM can migrate to every host there, as far as CPUs go");
}

void pool_add_answer(struct text *text, const struct pool_view *view, const struct pool_sums *sums)
{
	if (*view->title)
		text_add(text, "%s: ", view->title);
	if (view->mode == POOL_ACROSS)
		add_across(text, view, sums);
	else if (sums->stuck_hosts)
		add_stuck(text, view, sums);
	else if (sums->unsure_hosts)
		text_add(text, "unknown: whether %zu of %zu hosts can be evacuated is not told", sums->unsure_hosts,
			 sums->hosts);
	else if (!sums->vms)
		text_add(text, "%zu host%s, and no VM that runs is told of", sums->hosts, sums->hosts == 1 ? "" : "s");
	else if (sums->cpu_blocked)
		text_add(text, "every host can be evacuated, but %zu of %zu VMs cannot go everywhere",
			 sums->cpu_blocked, sums->vms);
	else
		text_add(text, "every host can be evacuated, and every VM can go everywhere");
}

static bool is_well(const struct pool_sums *sums)
{
	return !sums->stuck_hosts && !sums->unsure_hosts && !sums->cpu_blocked && !sums->unknown;
}

static void show_answer(const struct pool_view *view, const struct pool_sums *sums)
{
	struct text text = { 0 };

	pool_add_answer(&text, view, sums);
	out_answer(is_well(sums) ? OUT_GOOD : OUT_BAD, "%s", text_get(&text));
	text_free(&text);
}

/* ---- hosts ---------------------------------------------------------------------------------- */

static void add_vms(struct text *text, const struct pool_view *view, size_t host, bool blocking)
{
	size_t count = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		char *name;

		if (!featset_pool_vm_counts(view->pool, vm) || featset_pool_vm_host(view->pool, vm) != host ||
		    (blocking && featset_pool_vm_blocks(view->pool, vm) != FEATSET_YES))
			continue;
		if (count++ >= (view->settings->all ? SIZE_MAX : 6))
			continue;
		name = pool_vm_name(view, vm);
		text_add(text, "%s%s", count > 1 ? ", " : "", name);
		free(name);
	}
	if (count > 6 && !view->settings->all)
		text_add(text, " and %zu more", count - 6);
}

static size_t count_running(const struct pool_view *view, size_t host)
{
	size_t count = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		count += featset_pool_vm_counts(view->pool, vm) && featset_pool_vm_host(view->pool, vm) == host;
	return count;
}

static char *evacuation_of(const struct pool_view *view, size_t host)
{
	featset_answer_t answer = featset_pool_evacuable(view->pool, host);
	struct text text = { 0 };

	text_add(&text, "%s", answer == FEATSET_YES ? "yes" : answer == FEATSET_NO ? "no: " : "unknown");
	if (answer == FEATSET_NO)
		add_vms(&text, view, host, true);
	if (answer == FEATSET_NO && !blocking_on(view, host))
		text_add(&text, "no other host is enabled");
	return text.data;
}

static void free_cells(char **cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(cells[i]);
	free(cells);
}

static char *number(size_t value)
{
	struct text text = { 0 };

	text_add(&text, "%zu", value);
	return text.data;
}

enum { HOST_COLUMNS = 4 };

static void fill_host(char **row, const struct pool_view *view, size_t host)
{
	const featset_cpu_t *cpu = featset_pool_host_max(view->pool, FEATSET_GUEST_HVM, host);
	struct text name = { 0 };
	char *called = pool_host_name(view, host);

	text_add(&name, "%s%s", called, featset_pool_host_enabled(view->pool, host) ? "" : " (disabled)");
	free(called);
	row[0] = name.data;
	row[1] = cli_copy(pool_kind(cpu, view->settings));
	row[2] = number(count_running(view, host));
	row[3] = evacuation_of(view, host);
}

static void show_hosts(const struct pool_view *view)
{
	static const char *const headings[HOST_COLUMNS] = { "HOST", "CPU", "VMS", "CAN BE EVACUATED" };
	size_t hosts = featset_pool_hosts(view->pool), rows = 1;
	char **cells = cli_alloc((hosts + 1) * HOST_COLUMNS, sizeof(*cells));

	for (size_t c = 0; c < HOST_COLUMNS; c++)
		cells[c] = cli_copy(headings[c]);
	for (size_t host = 0; host < hosts && rows <= pool_most(view); host++)
		fill_host(cells + rows++ * HOST_COLUMNS, view, host);
	out_gap();
	out_table((const char *const *)cells, rows, HOST_COLUMNS);
	if (rows <= hosts)
		out_paragraph(OUT_PLAIN, "", 0, "... and %zu more hosts (--all)", hosts + 1 - rows);
	free_cells(cells, rows * HOST_COLUMNS);
}

/* ---- VMs against hosts --------------------------------------------------------------------- */

/* What is of interest about a VM and a host: not that the host is disabled, which the hosts' table says. */
unsigned pool_blocks_of(const struct pool_view *view, size_t vm, size_t host)
{
	return featset_pool_blocks(view->pool, vm, host) & (FEATSET_BLOCKS & ~(unsigned)FEATSET_BLOCK_DISABLED);
}

static bool is_troubled(const struct pool_view *view, size_t vm)
{
	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++)
		if (pool_blocks_of(view, vm, host))
			return true;
	return false;
}

static char *cell_of(const struct pool_view *view, size_t vm, size_t host)
{
	unsigned blocks = pool_blocks_of(view, vm, host);
	struct text text = { 0 };
	featset_t missing;

	if (featset_pool_vm_host(view->pool, vm) == host)
		text_add(&text, "runs here");
	else if (!blocks)
		text_add(&text, "yes");
	if (blocks & FEATSET_BLOCK_FEATURES) {
		featset_pool_missing(&missing, view->pool, vm, host);
		text_add(&text, "lacks %u", featset_count(&missing));
		blocks &= ~(unsigned)FEATSET_BLOCK_FEATURES;
		if (blocks)
			text_add(&text, ", ");
	}
	if (featset_pool_vm_host(view->pool, vm) != host)
		pool_add_blocks(&text, blocks);
	return text.data ? text.data : cli_copy("");
}

static const char *state_of(const struct pool_view *view, size_t vm)
{
	const char *snapshot = featset_inventory_get(view->vms, FEATSET_VM_IS_SNAPSHOT, vm);
	const char *state = featset_inventory_get(view->vms, FEATSET_VM_POWER_STATE, vm);

	return !strcmp(snapshot, "true") ? "snapshot" : *state ? state : "running?";
}

/* As many hosts as fit side by side. */
static size_t hosts_that_fit(const struct pool_view *view)
{
	size_t hosts = featset_pool_hosts(view->pool), fit = out_width() > 40 ? (out_width() - 30) / 12 : 1;

	return hosts <= fit ? hosts : 0;
}

static void show_matrix(const struct pool_view *view, size_t hosts)
{
	size_t columns = hosts + 2, rows = 1, left = 0;
	char **cells = cli_alloc((pool_most(view) == SIZE_MAX ? featset_pool_vms(view->pool) + 1 : ROWS + 1) * columns,
				 sizeof(*cells));

	cells[0] = cli_copy("VM");
	cells[1] = cli_copy("STATE");
	for (size_t host = 0; host < hosts; host++)
		cells[2 + host] = pool_host_name(view, host);
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		if (!featset_pool_vm_counts(view->pool, vm) || !is_troubled(view, vm))
			continue;
		if (rows > pool_most(view)) {
			left++;
			continue;
		}
		cells[rows * columns] = pool_vm_name(view, vm);
		cells[rows * columns + 1] = cli_copy(state_of(view, vm));
		for (size_t host = 0; host < hosts; host++)
			cells[rows * columns + 2 + host] = cell_of(view, vm, host);
		rows++;
	}
	if (rows > 1) {
		out_gap();
		out_table((const char *const *)cells, rows, columns);
	}
	if (left)
		out_paragraph(OUT_PLAIN, "", 0, "... and %zu more VMs (--all)", left);
	free_cells(cells, rows * columns);
}

/* Too many hosts for a table: a line for each VM. */
static void show_lines(const struct pool_view *view)
{
	size_t shown = 0, left = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		struct text text = { 0 };
		char *name;
		size_t named = 0, refused = 0;

		if (!featset_pool_vm_counts(view->pool, vm) || !is_troubled(view, vm))
			continue;
		if (shown++ >= pool_most(view)) {
			left++;
			continue;
		}
		for (size_t host = 0; host < featset_pool_hosts(view->pool); host++) {
			if (!pool_blocks_of(view, vm, host))
				continue;
			refused++;
			if (named >= (view->settings->all ? SIZE_MAX : 4))
				continue;
			name = pool_host_name(view, host);
			text_add(&text, "%s%s (", named++ ? ", " : "", name);
			pool_add_blocks(&text, pool_blocks_of(view, vm, host));
			text_add(&text, ")");
			free(name);
		}
		if (refused > named)
			text_add(&text, " and %zu more", refused - named);
		if (shown == 1)
			out_gap();
		name = pool_vm_name(view, vm);
		out_paragraph(OUT_PLAIN, "", 4, "%s (%s) cannot go to %s", name, state_of(view, vm), text_get(&text));
		free(name);
		text_free(&text);
	}
	if (left)
		out_paragraph(OUT_PLAIN, "", 0, "... and %zu more VMs (--all)", left);
}

static void show_vms(const struct pool_view *view, const struct pool_sums *sums)
{
	size_t hosts = hosts_that_fit(view), troubled = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		troubled += featset_pool_vm_counts(view->pool, vm) && is_troubled(view, vm);
	if (troubled && hosts)
		show_matrix(view, hosts);
	else if (troubled)
		show_lines(view);
	if (sums->vms > troubled) {
		out_gap();
		out_paragraph(OUT_PLAIN, "", 0, "%s%zu VM%s can go to every host.",
			      troubled ? "Beside these, " : "", sums->vms - troubled,
			      sums->vms - troubled == 1 ? "" : "s");
	}
}

static void show_half_updated(const struct pool_view *view)
{
	size_t one, two;
	char *a, *b;

	if (!featset_pool_half_updated(view->pool, &one, &two))
		return;
	a = pool_host_name(view, one);
	b = pool_host_name(view, two);
	out_gap();
	out_paragraph(OUT_PLAIN, "", 0,
		      "%s and %s have the same CPU and tell different features: one of them runs an older hypervisor "
		      "or microcode.  Finish the update before anything else.",
		      a, b);
	free(a);
	free(b);
}

static void show_notes(const struct pool_view *view)
{
	for (size_t i = 0; i < featset_inventory_notes(view->hosts); i++) {
		char *note = cli_copy(featset_inventory_note(view->hosts, i));

		text_clean(note);
		out_paragraph(OUT_PLAIN, "note: ", 6, "%s", note);
		free(note);
	}
}

static void show_unknown(const struct pool_view *view, const struct pool_sums *sums)
{
	if (!sums->unknown)
		return;
	out_gap();
	out_paragraph(OUT_BAD, "", 0, "%zu VM%s: what %s started with is not told here.", sums->unknown,
		      sums->unknown == 1 ? "" : "s", sums->unknown == 1 ? "it was" : "they were");
	if (!strcmp(featset_pool_manager(view->pool), "xapi"))
		out_raw("  xe vm-list params=all   # or XAPI's VM.get_all_records; add it as another INPUT");
}

int pool_text(const struct pool_view *view)
{
	struct pool_sums sums;

	pool_sum_up(&sums, view);
	show_answer(view, &sums);
	pool_text_change(view);
	show_half_updated(view);
	if (view->mode != POOL_ACROSS)
		show_hosts(view);
	show_vms(view, &sums);
	pool_text_missing(view);
	pool_text_placement(view);
	show_unknown(view, &sums);
	pool_text_levels(view);
	if (view->mode != POOL_ACROSS)
		pool_text_cures(view);
	show_notes(view);
	return is_well(&sums) ? EXIT_YES : EXIT_NO;
}
