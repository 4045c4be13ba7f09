/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a run of the command holds, to be freed. */
struct run {
	featset_inventory_t *now, *other; /* what the words tell of; what --join, --to or --before do */
	featset_inventory_t *changed;     /* what --join and --without make of `now` */
	featset_pool_t *pool, *second;
	featset_change_t *change;
	struct text title;
};

/* ---- names ---------------------------------------------------------------------------- */

/* UUID and name are the second and third field of every kind. */
static featset_field_t field_of(featset_record_t record, unsigned which)
{
	static const featset_field_t refs[] = {
#define FEATSET_RECORD(kind, name) FEATSET_##kind##_REF,
#include <featset/records.def>
	};

	return (featset_field_t)(refs[record] + which);
}

char *pool_name(const featset_inventory_t *inventory, featset_record_t record, size_t index)
{
	const char *name = featset_inventory_get(inventory, field_of(record, 2), index);
	struct text text = { 0 };

	if (!*name)
		name = featset_inventory_get(inventory, field_of(record, 1), index);
	if (*name)
		text_add(&text, "%s", name);
	else
		text_add(&text, "%s %zu", featset_record_name(record), index + 1);
	text_clean(text.data);
	return text.data;
}

char *pool_host_name(const struct pool_view *view, size_t host)
{
	return pool_name(view->hosts, FEATSET_RECORD_HOST, host);
}

char *pool_vm_name(const struct pool_view *view, size_t vm)
{
	return pool_name(view->vms, FEATSET_RECORD_VM, vm);
}

char *pool_command(const struct pool_view *view, featset_command_t command, size_t vm, size_t host)
{
	size_t length = featset_pool_command(NULL, 0, view->pool, command, vm, host);
	char *text = cli_alloc(length + 1, 1);

	featset_pool_command(text, length + 1, view->pool, command, vm, host);
	text_clean(text);
	return text;
}

const char *pool_platform(const struct pool_view *view)
{
	const char *manager = featset_pool_manager(view->pool);

	if (!strcmp(manager, "xapi"))
		return "XCP-ng and XenServer";
	return !strcmp(manager, "libvirt") ? "libvirt" : !strcmp(manager, "proxmox") ? "Proxmox" : "";
}

bool pool_is_estimate(const struct pool_view *view, size_t host)
{
	return *featset_pool_manager(view->pool) && !*featset_inventory_get(view->hosts, FEATSET_HOST_MANAGER, host);
}

const char *pool_kind(const featset_cpu_t *cpu, const struct settings *settings)
{
	return cpu ? describe_kind(cpu, settings) : "";
}

/* ---- sums ------------------------------------------------------------------------------- */

static void sum_vm(struct pool_sums *sums, const struct pool_view *view, size_t vm)
{
	bool blocked = false, unknown = false;

	for (size_t host = 0; host < featset_pool_hosts(view->pool) && !blocked; host++) {
		featset_answer_t answer = featset_pool_check(view->pool, vm, host);

		blocked = answer == FEATSET_NO;
		unknown |= answer == FEATSET_UNKNOWN;
	}
	sums->vms++;
	sums->cpu_blocked += blocked;
	sums->unknown += unknown && !blocked;
	sums->blocking += featset_pool_vm_blocks(view->pool, vm) == FEATSET_YES;
}

static bool left_out(const featset_inventory_t *inventory)
{
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		if (featset_inventory_note_is_left_out(inventory, i))
			return true;
	return false;
}

bool pool_is_well(const struct pool_sums *sums)
{
	return !sums->stuck_hosts && !sums->unsure_hosts && !sums->cpu_blocked && !sums->unknown && !sums->left_out;
}

void pool_sum_up(struct pool_sums *sums, const struct pool_view *view)
{
	*sums = (struct pool_sums){ .hosts = featset_pool_hosts(view->pool) };
	sums->left_out = left_out(view->vms) || left_out(view->hosts);
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		if (featset_pool_vm_counts(view->pool, vm))
			sum_vm(sums, view, vm);
	for (size_t host = 0; host < sums->hosts && view->mode != POOL_ACROSS; host++) {
		featset_answer_t answer = featset_pool_evacuable(view->pool, host);

		sums->stuck_hosts += answer == FEATSET_NO;
		sums->unsure_hosts += answer == FEATSET_UNKNOWN;
	}
}

/* ---- reading ------------------------------------------------------------------------------ */

static void warn_left_out(const featset_inventory_t *inventory)
{
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		if (featset_inventory_note_is_left_out(inventory, i))
			out_warn("%s", featset_inventory_note(inventory, i));
}

static bool load(featset_inventory_t **inventory, const struct settings *settings, char *const *paths, size_t count)
{
	featset_error_t error = { 0 };

	if (featset_inventory_load(inventory, (const char *const *)paths, count, settings->limit, settings->host_flags,
				   &error) == FEATSET_OK) {
		warn_left_out(*inventory);
		return true;
	}
	out_error(&error);
	return false;
}

static bool think(featset_pool_t **pool, const featset_inventory_t *inventory)
{
	featset_error_t error = { 0 };

	if (featset_pool_new(pool, inventory, &error) == FEATSET_OK)
		return true;
	out_error(&error);
	return false;
}

static size_t find_host(const featset_inventory_t *inventory, const char *name)
{
	for (size_t i = 0; i < featset_inventory_hosts(inventory); i++)
		if (!strcmp(featset_inventory_host_name(inventory, i), name) ||
		    !strcmp(featset_inventory_host_uuid(inventory, i), name))
			return i;
	return FEATSET_NONE;
}

static bool take_out(struct run *run, const char *name)
{
	size_t host = find_host(run->changed, name);

	if (host == FEATSET_NONE) {
		out_trouble("--without '%s': no host of this name or uuid there", name);
		return false;
	}
	if (featset_inventory_remove(run->changed, FEATSET_RECORD_HOST, host) != FEATSET_OK)
		cli_alloc(SIZE_MAX / 2, 2); /* says so and ends */
	text_add(&run->title, "%swithout %s", run->title.length ? ", " : "", name);
	return true;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Takes out of `from` the records of a kind whose UUID one of `to` has; how many. */
static size_t take_known(featset_inventory_t *from, const featset_inventory_t *to, featset_record_t record)
{
	const size_t count = featset_inventory_count(to, record);
	const featset_field_t field = field_of(record, 1);
	const char **known = cli_alloc(count + 1, sizeof(*known));
	size_t taken = 0;

	for (size_t i = 0; i < count; i++)
		known[i] = featset_inventory_get(to, field, i);
	if (count)
		qsort(known, count, sizeof(*known), compare_words);
	for (size_t i = featset_inventory_count(from, record); count && i-- > 0;) {
		const char *uuid = featset_inventory_get(from, field, i);

		if (!*uuid || !bsearch(&uuid, known, count, sizeof(*known), compare_words))
			continue;
		if (featset_inventory_remove(from, record, i) != FEATSET_OK)
			cli_alloc(SIZE_MAX / 2, 2); /* says so and ends */
		taken++;
	}
	free(known);
	return taken;
}

/* What is in the pool already does not join it; false when nothing is left that does. */
static bool drop_known(struct run *run)
{
	size_t hosts = 0;
	char note[128];

	for (int record = 0; record < FEATSET_RECORDS; record++) {
		size_t taken = take_known(run->other, run->changed, (featset_record_t)record);

		hosts += record == FEATSET_RECORD_HOST ? taken : 0;
	}
	if (!hosts)
		return true;
	if (!featset_inventory_hosts(run->other)) {
		out_trouble("--join: %s in the pool already, by uuid", hosts == 1 ? "this host is" : "these hosts are");
		return false;
	}
	snprintf(note, sizeof(note), "--join: %zu host%s in the pool already, by uuid, and join%s it no second time",
		 hosts, hosts == 1 ? " is" : "s are", hosts == 1 ? "s" : "");
	if (featset_inventory_add_note(run->changed, note) != FEATSET_OK)
		cli_alloc(SIZE_MAX / 2, 2);
	return true;
}

static bool join(struct run *run, const struct settings *settings)
{
	size_t old = featset_inventory_hosts(run->changed);

	if (!load(&run->other, settings, settings->join, settings->joins))
		return false;
	if (!featset_inventory_hosts(run->other)) {
		out_trouble("--join: no host is told of there");
		return false;
	}
	if (!drop_known(run))
		return false;
	if (featset_inventory_merge(run->changed, run->other) != FEATSET_OK)
		cli_alloc(SIZE_MAX / 2, 2);
	text_add(&run->title, "with ");
	for (size_t i = old; i < featset_inventory_hosts(run->changed); i++) {
		char *name = pool_name(run->changed, FEATSET_RECORD_HOST, i);

		text_add(&run->title, "%s%s", i > old ? ", " : "", name);
		free(name);
	}
	text_add(&run->title, " joined");
	return true;
}

/* A host that leaves or joins makes XAPI work out the level anew: what a pool's record has is no longer so. */
static void forget_levels(featset_inventory_t *inventory)
{
	while (featset_inventory_count(inventory, FEATSET_RECORD_POOL))
		if (featset_inventory_remove(inventory, FEATSET_RECORD_POOL, 0) != FEATSET_OK)
			cli_alloc(SIZE_MAX / 2, 2);
}

static bool change(struct run *run, const struct settings *settings)
{
	run->changed = featset_inventory_copy(run->now);
	if (!run->changed)
		cli_alloc(SIZE_MAX / 2, 2);
	if (settings->joins && !join(run, settings))
		return false;
	for (size_t i = 0; i < settings->withouts; i++)
		if (!take_out(run, settings->without[i]))
			return false;
	if (!featset_inventory_hosts(run->changed)) {
		out_trouble("pool: no host is left");
		return false;
	}
	forget_levels(run->changed);
	return think(&run->second, run->changed);
}

/* ---- the modes ------------------------------------------------------------------------------ */

static int tell(const struct pool_view *view)
{
	if (view->settings->html)
		return pool_html(view);
	return view->settings->json ? pool_json(view) : pool_text(view);
}

static int compare(struct run *run, struct pool_view *view)
{
	featset_error_t error = { 0 };

	if (featset_change_new(&run->change, view->old, view->pool, &error) != FEATSET_OK)
		return out_error(&error);
	view->change = run->change;
	return tell(view);
}

static int what_if(struct run *run, struct pool_view *view)
{
	if (!think(&run->pool, run->now) || !change(run, view->settings))
		return EXIT_TROUBLE;
	view->mode = POOL_WHAT_IF;
	view->vms = view->hosts = run->changed;
	view->pool = run->second;
	view->old = run->pool;
	view->old_inventory = run->now;
	text_clean(run->title.data);
	view->title = run->title.data;
	return compare(run, view);
}

static int over_time(struct run *run, struct pool_view *view)
{
	char *paths[] = { (char *)view->settings->before };

	if (!load(&run->other, view->settings, paths, 1) || !think(&run->pool, run->now) ||
	    !think(&run->second, run->other))
		return EXIT_TROUBLE;
	view->mode = POOL_BEFORE;
	view->vms = view->hosts = run->now;
	view->pool = run->pool;
	view->old = run->second;
	view->old_inventory = run->other;
	return compare(run, view);
}

static int across(struct run *run, struct pool_view *view)
{
	char *paths[] = { (char *)view->settings->to };
	featset_error_t error = { 0 };

	if (!load(&run->other, view->settings, paths, 1))
		return EXIT_TROUBLE;
	if (featset_pool_new_across(&run->pool, run->now, run->other, &error) != FEATSET_OK)
		return out_error(&error);
	view->mode = POOL_ACROSS;
	view->vms = run->now;
	view->hosts = run->other;
	view->pool = run->pool;
	return tell(view);
}

static int as_it_is(struct run *run, struct pool_view *view)
{
	if (!think(&run->pool, run->now))
		return EXIT_TROUBLE;
	view->vms = view->hosts = run->now;
	view->pool = run->pool;
	return tell(view);
}

static int answer(struct run *run, const struct settings *settings)
{
	struct pool_view view = { .settings = settings, .title = "" };

	if (settings->to)
		return across(run, &view);
	if (settings->before)
		return over_time(run, &view);
	return settings->joins || settings->withouts ? what_if(run, &view) : as_it_is(run, &view);
}

static void free_run(struct run *run)
{
	featset_change_free(run->change);
	featset_pool_free(run->second);
	featset_pool_free(run->pool);
	featset_inventory_free(run->changed);
	featset_inventory_free(run->other);
	featset_inventory_free(run->now);
	text_free(&run->title);
}

int cmd_pool(const struct settings *settings, int count, char **words)
{
	unsigned ways = (settings->to != NULL) + (settings->before != NULL) + (settings->joins || settings->withouts);
	struct run run = { 0 };
	int code = EXIT_TROUBLE;

	if (settings->how)
		return count ? out_trouble("pool: --how takes no INPUT") : how(settings->how);
	if (!count)
		return out_trouble("pool: needs INPUT...; 'featset pool --how PLATFORM' tells how to collect it");
	if (ways > 1)
		return out_trouble("pool: --to, --before and --join or --without ask different questions; one at a time");
	if (load(&run.now, settings, words, (size_t)count))
		code = answer(&run, settings);
	free_run(&run);
	return code;
}
