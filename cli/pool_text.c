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

/* How many names of a long list are told without --all. */
#define NAMES 4

void pool_add_marked(struct text *text, const struct pool_view *view, const unsigned char *marks, bool vms)
{
	size_t count = vms ? featset_pool_vms(view->pool) : featset_pool_hosts(view->pool), all = 0, told = 0, most;

	for (size_t i = 0; i < count; i++)
		all += marks[i] != 0;
	/* "and 1 more" takes no less room than a name. */
	most = view->settings->all || all <= NAMES + 1 ? all : NAMES;
	for (size_t i = 0; i < count && told < most; i++) {
		char *name;

		if (!marks[i])
			continue;
		name = vms ? pool_vm_name(view, i) : pool_host_name(view, i);
		text_add(text, "%s%s", !told ? "" : told + 1 == all ? " and " : ", ", name);
		told++;
		free(name);
	}
	if (all > told)
		text_add(text, " and %zu more", all - told);
}

void pool_show_set(struct text *label, const featset_t *set, featset_dialect_t names)
{
	struct text text = { 0 };

	if (label->length + 12 <= out_width()) {
		out_set(label->data, 6, set, names);
	} else if (!featset_is_empty(set)) {
		text_add_set(&text, set, names);
		out_paragraph(OUT_PLAIN, "  ", 2, "%s%s", label->data + strspn(label->data, " "), text_get(&text));
		text_free(&text);
	}
	text_free(label);
}

/* ---- the answer -------------------------------------------------------------------------- */

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
	/* What is unknown alone blocks nothing. */
	if (blocks & (FEATSET_BLOCK_CPU & ~(unsigned)FEATSET_BLOCK_UNKNOWN))
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
		text_add(text, "%s%s%s %s", text->data[text->length - 1] == ' ' ? "" : "; ", text_get(&names),
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
	add_need(text, view, NEED_CPU, "does not fit another host's CPU", "do not fit another host's CPU");
	add_need(text, view, NEED_NETWORK, "lacks a network elsewhere", "lack a network elsewhere");
	add_need(text, view, NEED_STORAGE, "lacks its storage elsewhere", "lack their storage elsewhere");
	add_need(text, view, NEED_DEVICE, "has a device attached", "have devices attached");
	add_need(text, view, NEED_HOST, "has no other host to go to (enabled, of the same version or newer)",
		 "have no other host to go to (enabled, of the same version or newer)");
}

static void add_across(struct text *text, const struct pool_view *view, const struct pool_sums *sums)
{
	(void)view;
	if (!sums->vms)
		text_add(text, "no VM that runs or is suspended is told of");
	else if (sums->cpu_blocked)
		text_add(text, "%zu of %zu VMs cannot migrate to every host there", sums->cpu_blocked, sums->vms);
	else if (sums->unknown)
		text_add(text, "unknown: nothing tells which features %zu of %zu VMs have", sums->unknown, sums->vms);
	else
		text_add(text, "every VM can migrate to every host there, as far as CPUs go");
}

/* Of hosts alone there is only the level to tell. */
static void add_hosts(struct text *text, const struct pool_view *view, const struct pool_sums *sums)
{
	const featset_level_t *level = featset_pool_level(view->pool, FEATSET_GUEST_HVM);
	const featset_cpu_t *cpu = level ? featset_level_cpu(level) : NULL;
	const char *kind = pool_kind(cpu, view->settings);

	text_add_count(text, sums->hosts, "host");
	if (cpu)
		text_add(text, ", together %s%s%u features", *kind ? kind : "no known baseline", ", ",
			 featset_count(featset_cpu_features(cpu)));
	text_add(text, "; no VM that runs or is suspended is told of");
}

void pool_add_answer(struct text *text, const struct pool_view *view, const struct pool_sums *sums)
{
	if (*view->title)
		text_add(text, "%s: ", view->title);
	if (view->mode == POOL_ACROSS)
		add_across(text, view, sums);
	else if (!sums->vms)
		add_hosts(text, view, sums);
	else if (sums->hosts == 1 && sums->stuck_hosts)
		text_add(text, "there is one host, and its VMs have no other to go to");
	else if (sums->hosts == 1 && sums->cpu_blocked)
		text_add(text, "the one host does not take %zu of %zu VMs", sums->cpu_blocked, sums->vms);
	else if (sums->stuck_hosts)
		add_stuck(text, view, sums);
	else if (sums->unsure_hosts)
		text_add(text, "unknown: nothing tells whether %zu of %zu hosts can be evacuated", sums->unsure_hosts,
			 sums->hosts);
	else if (sums->cpu_blocked)
		text_add(text, "every host can be evacuated, but %zu of %zu VMs cannot go everywhere",
			 sums->cpu_blocked, sums->vms);
	else if (sums->unknown)
		text_add(text, "every host can be evacuated, but nothing tells which features %zu of %zu VMs have",
			 sums->unknown, sums->vms);
	else
		text_add(text, "every host can be evacuated, and every CPU takes every VM");
	if (sums->left_out)
		text_add(text, " (but some records could not be read)");
}

static void show_answer(const struct pool_view *view, const struct pool_sums *sums)
{
	struct text text = { 0 };

	pool_add_answer(&text, view, sums);
	out_answer(pool_is_well(sums) ? OUT_GOOD : OUT_BAD, "%s", text_get(&text));
	text_free(&text);
}

/* ---- hosts ---------------------------------------------------------------------------------- */

/* The VMs that block a host's evacuation, as many as there is room for. */
static void add_blocking(struct text *text, const struct pool_view *view, size_t host, size_t room)
{
	size_t left = blocking_on(view, host), told = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool) && left; vm++) {
		char *name;

		if (!featset_pool_vm_counts(view->pool, vm) || featset_pool_vm_host(view->pool, vm) != host ||
		    featset_pool_vm_blocks(view->pool, vm) != FEATSET_YES)
			continue;
		name = pool_vm_name(view, vm);
		if (!view->settings->all && text->length + strlen(name) + (left > 1 ? 15 : 2) > room) {
			free(name);
			break;
		}
		text_add(text, "%s%s", told++ ? ", " : "", name);
		left--;
		free(name);
	}
	if (left && told)
		text_add(text, " and %zu more", left);
	else if (left)
		text_add_count(text, left, "VM");
}

static size_t count_running(const struct pool_view *view, size_t host)
{
	size_t count = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		count += featset_pool_vm_counts(view->pool, vm) && featset_pool_vm_host(view->pool, vm) == host;
	return count;
}

static char *evacuation_of(const struct pool_view *view, size_t host, size_t room)
{
	featset_answer_t answer = featset_pool_evacuable(view->pool, host);
	struct text text = { 0 };

	text_add(&text, "%s", answer == FEATSET_YES ? "yes" : answer == FEATSET_NO ? "no: " : "unknown");
	if (answer == FEATSET_NO)
		add_blocking(&text, view, host, room);
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
	if (!*row[1]) {
		free(row[1]);
		row[1] = cli_copy("?");
	}
	row[2] = number(count_running(view, host));
	row[3] = cli_copy("");
}

/* A host without VMs, among others without: its part is of more interest. */
static void fill_part(char **row, const struct pool_view *view, size_t host)
{
	const featset_cpu_t *cpu = featset_pool_host_max(view->pool, FEATSET_GUEST_HVM, host);

	row[0] = pool_host_name(view, host);
	row[1] = cli_copy(pool_kind(cpu, view->settings));
	row[2] = cli_copy(cpu ? featset_cpu_brand(cpu) : "");
	text_clean(row[2]);
}

/* Hosts in the order that they are shown in: where there are too many, those that cannot be evacuated come first. */
static size_t *order_hosts(const struct pool_view *view)
{
	static const featset_answer_t order[] = { FEATSET_NO, FEATSET_UNKNOWN, FEATSET_YES };
	size_t hosts = featset_pool_hosts(view->pool), count = 0, *list = cli_alloc(hosts, sizeof(*list));

	for (size_t host = 0; host < hosts && hosts <= pool_most(view); host++)
		list[count++] = host;
	for (size_t i = 0; i < 3 && hosts > pool_most(view); i++)
		for (size_t host = 0; host < hosts; host++)
			if (featset_pool_evacuable(view->pool, host) == order[i])
				list[count++] = host;
	return list;
}

/* The table as lines, where names are too long for it. */
static void show_host_lines(char *const *cells, size_t rows)
{
	for (size_t i = 1; i < rows; i++) {
		char *const *row = cells + i * HOST_COLUMNS;

		bool no = !strncmp(row[3], "no: ", 4);

		out_paragraph(OUT_PLAIN, "- ", 2, "%s: %s, %s VM%s, %s%s", row[0], row[1], row[2],
			      strcmp(row[2], "1") ? "s" : "",
			      no ? "cannot be evacuated: " :
			      !strcmp(row[3], "yes") ? "can be evacuated" : "unknown whether it can be evacuated",
			      no ? row[3] + 4 : "");
	}
}

static void show_hosts(const struct pool_view *view, const struct pool_sums *sums)
{
	static const char *const headings[] = { "HOST", "CPU", "VMS", "CAN BE EVACUATED" };
	static const char *const parts[] = { "HOST", "CPU", "PART" };
	size_t columns = sums->vms ? HOST_COLUMNS : HOST_COLUMNS - 1, rows = 1, *list = order_hosts(view);
	char **cells = cli_alloc((sums->hosts + 1) * columns, sizeof(*cells));
	size_t width;

	for (size_t c = 0; c < columns; c++)
		cells[c] = cli_copy(sums->vms ? headings[c] : parts[c]);
	for (size_t i = 0; i < sums->hosts && rows <= pool_most(view); i++, rows++)
		(sums->vms ? fill_host : fill_part)(cells + rows * columns, view, list[i]);
	/* What is beside the last column, whose heading is all that it has yet. */
	width = out_table_width((const char *const *)cells, rows, columns) - (unsigned)strlen(cells[columns - 1]);
	for (size_t i = 1; i < rows && sums->vms; i++) {
		char **cell = &cells[i * columns + columns - 1];

		free(*cell);
		*cell = evacuation_of(view, list[i - 1], width + 20 < out_width() ? out_width() - width : out_width());
	}
	out_gap();
	if (out_table_width((const char *const *)cells, rows, columns) <= out_width() || !sums->vms)
		out_table((const char *const *)cells, rows, columns);
	else
		show_host_lines(cells, rows);
	if (rows <= sums->hosts)
		out_paragraph(OUT_PLAIN, "", 0, "... and %zu more hosts (--all)", sums->hosts + 1 - rows);
	free_cells(cells, rows * columns);
	free(list);
}

/* Who stands there as a dump does not tell what its hypervisor would make of it. */
static void show_estimates(const struct pool_view *view)
{
	unsigned char *marks = cli_alloc(featset_pool_hosts(view->pool), 1);
	struct text names = { 0 };

	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++)
		marks[host] = pool_is_estimate(view, host);
	pool_add_marked(&names, view, marks, false);
	if (names.length) {
		out_gap();
		out_paragraph(OUT_PLAIN, "", 0,
			      "Of %s only the CPU is told, not what %s would offer its guests there: what is said of it "
			      "is an estimate.",
			      names.data, pool_platform(view));
	}
	text_free(&names);
	free(marks);
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
	bool any = false;

	for (size_t i = 0; i < featset_inventory_notes(view->hosts); i++) {
		char *note;

		/* Standard error has had it. */
		if (featset_inventory_note_is_left_out(view->hosts, i))
			continue;
		if (!any)
			out_gap();
		any = true;
		note = cli_copy(featset_inventory_note(view->hosts, i));
		text_clean(note);
		out_paragraph(OUT_PLAIN, "note: ", 6, "%s", note);
		free(note);
	}
}

/* Advice is for what is asked for: where a snapshot is all that is unknown, VMs have been read. */
static void show_unknown(const struct pool_view *view, const struct pool_sums *sums)
{
	struct pool_unknown unknown;
	struct text text = { 0 };

	pool_find_unknown(&unknown, view);
	if (!sums->unknown && !unknown.vms && !unknown.snapshots)
		return;
	out_gap();
	if (!unknown.vms && !unknown.snapshots) {
		out_paragraph(OUT_BAD, "", 0, "Nothing here tells which features some hosts have.");
		return;
	}
	if (unknown.vms)
		text_add_count(&text, unknown.vms, "VM");
	if (unknown.snapshots) {
		text_add(&text, "%s", unknown.vms ? " and " : "");
		text_add_count(&text, unknown.snapshots, "snapshot");
	}
	out_paragraph(OUT_BAD, "", 0, "Nothing here tells which features %s %s; add what does as another INPUT:", text.data,
		      unknown.vms + unknown.snapshots == 1 ? "has" : "have");
	text_free(&text);
	if (strcmp(featset_pool_manager(view->pool), "xapi") != 0) {
		out_raw("  featset pool --how %s", *featset_pool_manager(view->pool) ? featset_pool_manager(view->pool) :
											   "PLATFORM");
		return;
	}
	if (unknown.vms)
		out_raw("  xe vm-list params=all > vms.txt");
	if (unknown.snapshots)
		out_raw("  xe snapshot-list params=all > snapshots.txt");
}

int pool_text(const struct pool_view *view)
{
	struct pool_sums sums;

	pool_sum_up(&sums, view);
	show_answer(view, &sums);
	pool_text_change(view);
	show_half_updated(view);
	if (view->mode != POOL_ACROSS)
		show_hosts(view, &sums);
	show_estimates(view);
	pool_text_vms(view, &sums);
	pool_text_missing(view);
	pool_text_placement(view);
	show_unknown(view, &sums);
	pool_text_levels(view);
	if (view->mode != POOL_ACROSS)
		pool_text_cures(view);
	show_notes(view);
	return pool_is_well(&sums) ? EXIT_YES : EXIT_NO;
}
