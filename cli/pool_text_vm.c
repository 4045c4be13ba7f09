/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* VMs against hosts: a table where hosts fit side by side, else lines. */

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

static char *state_of(const struct pool_view *view, size_t vm)
{
	const char *snapshot = featset_inventory_get(view->vms, FEATSET_VM_IS_SNAPSHOT, vm);
	const char *state = featset_inventory_get(view->vms, FEATSET_VM_POWER_STATE, vm);

	char *text = cli_copy(!strcmp(snapshot, "true") ? "snapshot" : *state ? state : "running?");

	text_clean(text);
	return text;
}

/*
 * Rows of the table, or lines.  VMs with the same cells share one when there are
 * too many for a row each; `key` is those cells.
 */
struct group {
	char *key, *state;
	uint64_t hash;
	size_t first, count;
};

struct groups {
	struct group *group;
	size_t count, room, left; /* `left`: VMs beyond the last row */
};

static void free_groups(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		free(groups->group[i].key);
		free(groups->group[i].state);
	}
	free(groups->group);
}

/* All that stands between a VM and the hosts, in one number. */
static uint64_t hash_blocks(const struct pool_view *view, size_t vm)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++)
		hash = (hash ^ pool_blocks_of(view, vm, host)) * UINT64_C(0x100000001b3);
	return hash;
}

static struct group *find_group(const struct groups *groups, const struct group *like)
{
	for (size_t i = 0; i < groups->count; i++) {
		struct group *group = &groups->group[i];

		if (group->hash == like->hash && !strcmp(group->key, like->key) && !strcmp(group->state, like->state))
			return group;
	}
	return NULL;
}

static void add_to_groups(struct groups *groups, struct group new, bool share)
{
	struct group *group = share ? find_group(groups, &new) : NULL;

	if (!group && groups->count < groups->room) {
		groups->group[groups->count++] = new;
		return;
	}
	if (group)
		group->count++;
	else
		groups->left++;
	free(new.key);
	free(new.state);
}

static char *name_of_group(const struct pool_view *view, const struct group *group)
{
	struct text text = { 0 };
	char *name = pool_vm_name(view, group->first);

	text_add(&text, "%s", name);
	if (group->count > 1)
		text_add(&text, " and %zu more", group->count - 1);
	free(name);
	return text.data;
}

/* Cells of one VM but for its name and state, each ended by a line feed, which none has. */
static char *cells_of(const struct pool_view *view, size_t vm)
{
	struct text text = { 0 };

	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++) {
		char *cell = cell_of(view, vm, host);

		text_add(&text, "%s\n", cell);
		free(cell);
	}
	return text.data;
}

/* Hosts that refuse a VM, by what stands in the way: "features: host-1, host-2 and 3 more; network: host-3". */
static char *line_of(const struct pool_view *view, size_t vm)
{
	size_t hosts = featset_pool_hosts(view->pool);
	unsigned char *marks = cli_alloc(hosts, 1), *told = cli_alloc(hosts, 1);
	struct text text = { 0 };

	for (size_t host = 0; host < hosts; host++) {
		unsigned blocks = pool_blocks_of(view, vm, host);

		if (!blocks || told[host])
			continue;
		for (size_t other = 0; other < hosts; other++)
			told[other] |= marks[other] = pool_blocks_of(view, vm, other) == blocks;
		text_add(&text, "%s", text.length ? "; " : "");
		pool_add_marked(&text, view, marks, false);
		text_add(&text, " (");
		pool_add_blocks(&text, blocks);
		text_add(&text, ")");
	}
	free(told);
	free(marks);
	return text.data;
}

static void collect(struct groups *groups, const struct pool_view *view, size_t troubled,
		    char *(*key_of)(const struct pool_view *, size_t))
{
	size_t most = pool_most(view);

	groups->room = troubled < most ? troubled : most;
	groups->group = cli_alloc(groups->room, sizeof(*groups->group));
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		if (featset_pool_vm_counts(view->pool, vm) && is_troubled(view, vm))
			add_to_groups(groups,
				      (struct group){ key_of(view, vm), state_of(view, vm), hash_blocks(view, vm), vm, 1 },
				      troubled > most);
}

static void fill_row(char **row, const struct pool_view *view, const struct group *group)
{
	const char *at = group->key;

	*row++ = name_of_group(view, group);
	*row++ = cli_copy(group->state);
	while (*at) {
		size_t length = strcspn(at, "\n");
		struct text cell = { 0 };

		text_add(&cell, "%.*s", (int)length, at);
		*row++ = cell.data;
		at += length + 1;
	}
}

/* The table needs no more columns than there are, or it is none. */
static bool show_table(const struct pool_view *view, const struct groups *groups)
{
	size_t hosts = featset_pool_hosts(view->pool), columns = hosts + 2, cells = (groups->count + 1) * columns;
	char **cell = cli_alloc(cells, sizeof(*cell));
	bool fits;

	cell[0] = cli_copy("VM");
	cell[1] = cli_copy("STATE");
	for (size_t host = 0; host < hosts; host++)
		cell[2 + host] = pool_host_name(view, host);
	for (size_t i = 0; i < groups->count; i++)
		fill_row(cell + (i + 1) * columns, view, &groups->group[i]);
	fits = out_table_width((const char *const *)cell, groups->count + 1, columns) <= out_width();
	if (fits)
		out_table((const char *const *)cell, groups->count + 1, columns);
	for (size_t i = 0; i < cells; i++)
		free(cell[i]);
	free(cell);
	return fits;
}

static void show_lines(const struct pool_view *view, const struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		char *name = name_of_group(view, &groups->group[i]);

		const char *state = groups->group[i].state;
		bool running = !strcmp(state, "running");

		out_paragraph(OUT_PLAIN, "", 4, "%s%s%s%s cannot go to %s", name, running ? "" : " (",
			      running ? "" : state, running ? "" : ")", groups->group[i].key);
		free(name);
	}
}

/* With more hosts than this nobody wants a table, even of a wide terminal's. */
#define TABLE_HOSTS 16

static void show_troubled(const struct pool_view *view, size_t troubled)
{
	struct groups groups = { 0 };
	bool shown = false;

	out_gap();
	if (featset_pool_hosts(view->pool) <= TABLE_HOSTS) {
		collect(&groups, view, troubled, cells_of);
		shown = show_table(view, &groups);
	}
	if (!shown) {
		free_groups(&groups);
		groups = (struct groups){ 0 };
		collect(&groups, view, troubled, line_of);
		show_lines(view, &groups);
	}
	if (groups.left)
		out_paragraph(OUT_PLAIN, "", 0, "... and %zu more VMs (--all)", groups.left);
	free_groups(&groups);
}

void pool_text_vms(const struct pool_view *view, const struct pool_sums *sums)
{
	size_t troubled = 0;

	if (sums->hosts < 2 && view->mode != POOL_ACROSS)
		return;
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		troubled += featset_pool_vm_counts(view->pool, vm) && is_troubled(view, vm);
	if (troubled)
		show_troubled(view, troubled);
	if (sums->vms > troubled && troubled) {
		out_gap();
		if (sums->vms - troubled == 1)
			out_paragraph(OUT_PLAIN, "", 0, "The other VM can go to every host.");
		else
			out_paragraph(OUT_PLAIN, "", 0, "The other %zu VMs can go to every host.",
				      sums->vms - troubled);
	}
}
