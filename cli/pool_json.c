/* SPDX-License-Identifier: MIT */
#include "json.h"
#include "pool.h"

#ifdef FEATSET_NO_JSON

int pool_json(const struct pool_view *view)
{
	(void)view;
	return EXIT_TROUBLE;
}

#else

#include <stdlib.h>
#include <string.h>

static const char *const answers[] = { "no", "yes", "unknown" };
static const char *const guests[] = { "hvm", "pv" };

static void put_text(json_t *object, const char *key, char *text)
{
	json_object_set_new(object, key, json_text(text));
	free(text);
}

/* ---- level --------------------------------------------------------------------------- */

static json_t *split(const struct pool_view *view, featset_guest_t guest)
{
	size_t hosts = featset_pool_hosts(view->pool);
	unsigned char *side = cli_alloc(hosts, 1);
	json_t *object = json_null();
	featset_t sets[2];

	if (featset_pool_split(view->pool, guest, side, &sets[0], &sets[1])) {
		object = json_array();
		for (unsigned s = 0; s < 2; s++) {
			json_t *half = json_object(), *names = json_array();

			for (size_t host = 0; host < hosts; host++) {
				char *name = side[host] == s ? pool_host_name(view, host) : NULL;

				if (name)
					json_array_append_new(names, json_text(name));
				free(name);
			}
			json_object_set_new(half, "hosts", names);
			json_object_set_new(half, "features", json_set(&sets[s], view->settings->names));
			json_array_append_new(object, half);
		}
	}
	free(side);
	return object;
}

static json_t *level_of(const struct pool_view *view, featset_guest_t guest)
{
	const featset_level_t *level = featset_pool_level(view->pool, guest);
	const featset_cpu_t *cpu = level ? featset_level_cpu(level) : NULL;
	json_t *object;
	featset_t recorded;
	char *xen;

	if (!level)
		return json_null();
	object = json_object();
	json_object_set_new(object, "rule", json_string(featset_rule_name(featset_level_rule(level))));
	json_object_set_new(object, "count", json_integer(featset_count(featset_cpu_features(cpu))));
	json_object_set_new(object, "baseline", json_text(pool_kind(cpu, view->settings)));
	json_object_set_new(object, "psabi", json_text(describe_psabi(cpu)));
	json_object_set_new(object, "vendor", json_text(featset_level_vendor(level)));
	json_object_set_new(object, "mixed", json_boolean(featset_level_mixed(level)));
	xen = xen_string(cpu);
	put_text(object, "xen", xen);
	json_object_set_new(object, "features", json_set(featset_cpu_features(cpu), view->settings->names));
	json_object_set_new(object, "recorded",
			    featset_pool_level_differs(view->pool, guest, &recorded) ?
				    json_set(&recorded, view->settings->names) :
				    json_null());
	json_object_set_new(object, "split", split(view, guest));
	return object;
}

static json_t *levels(const struct pool_view *view)
{
	json_t *object = json_object();

	for (unsigned guest = 0; guest < FEATSET_GUESTS; guest++)
		json_object_set_new(object, guests[guest], level_of(view, (featset_guest_t)guest));
	return object;
}

/* ---- hosts --------------------------------------------------------------------------- */

static json_t *price_of(const struct pool_view *view, featset_guest_t guest, size_t host)
{
	static const char *const counts[] = { "yes", "no keys", "no such guests" };
	json_t *object = json_object();
	featset_t act, other, price, rest;

	featset_pool_lost(&act, &other, view->pool, guest, host);
	featset_pool_price(&price, &rest, view->pool, guest, host);
	json_object_set_new(object, "counts", json_string(counts[featset_pool_counts(view->pool, guest, host)]));
	json_object_set_new(object, "lost", json_set(&act, view->settings->names));
	json_object_set_new(object, "lost_other", json_set(&other, view->settings->names));
	json_object_set_new(object, "price", json_set(&price, view->settings->names));
	json_object_set_new(object, "price_other", json_set(&rest, view->settings->names));
	return object;
}

static json_t *host_of(const struct pool_view *view, size_t host)
{
	const featset_cpu_t *cpu = featset_pool_host_max(view->pool, FEATSET_GUEST_HVM, host);
	json_t *object = json_object();

	put_text(object, "name", pool_host_name(view, host));
	json_object_set_new(object, "uuid", json_text(featset_inventory_host_uuid(view->hosts, host)));
	json_object_set_new(object, "estimate", json_boolean(pool_is_estimate(view, host)));
	json_object_set_new(object, "enabled", json_boolean(featset_pool_host_enabled(view->pool, host)));
	json_object_set_new(object, "vendor", json_text(cpu ? featset_cpu_vendor(cpu) : ""));
	json_object_set_new(object, "brand", json_text(cpu ? featset_cpu_brand(cpu) : ""));
	json_object_set_new(object, "microarchitecture", json_text(pool_kind(cpu, view->settings)));
	if (view->mode != POOL_ACROSS)
		json_object_set_new(object, "evacuable",
				    json_string(answers[featset_pool_evacuable(view->pool, host)]));
	for (unsigned guest = 0; guest < FEATSET_GUESTS; guest++)
		json_object_set_new(object, guests[guest], price_of(view, (featset_guest_t)guest, host));
	return object;
}

/* ---- VMs ------------------------------------------------------------------------------ */

static json_t *block_list(unsigned blocks)
{
	static const char *const words[] = { "vendor",	"features", "keys", "unknown", "disabled", "version",
					     "network", "storage",  "pci",  "usb",     "vgpu" };
	json_t *list = json_array();

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (blocks >> i & 1)
			json_array_append_new(list, json_string(words[i]));
	return list;
}

static json_t *places(const struct pool_view *view, size_t vm, size_t host, bool network)
{
	json_t *list = json_array();
	size_t at = 0;

	for (;; at++) {
		at = network ? featset_pool_network_lacking(view->pool, vm, host, at) :
			       featset_pool_storage_lacking(view->pool, vm, host, at);
		if (at == FEATSET_NONE)
			return list;
		char *name = pool_name(view->hosts, network ? FEATSET_RECORD_NETWORK : FEATSET_RECORD_SR, at);

		json_array_append_new(list, json_text(name));
		free(name);
	}
}

/* Of many VMs the same is true: values are made once and shared. */
struct shared {
	const struct pool_view *view;
	struct pool_lacks lacks;
	size_t room;
	json_t **missing, **causes; /* of each lack */
	json_t **names;             /* of hosts */
	json_t ***entries;          /* of each lack those of each host; NULL: not made yet */
};

static void make_room(struct shared *shared)
{
	size_t room = shared->lacks.room, size = sizeof(json_t *);
	json_t **missing, **causes, ***entries;

	if (room == shared->room)
		return;
	missing = cli_alloc(room, size);
	causes = cli_alloc(room, size);
	entries = cli_alloc(room, sizeof(*entries));
	if (shared->room) {
		memcpy(missing, shared->missing, shared->room * size);
		memcpy(causes, shared->causes, shared->room * size);
		memcpy(entries, shared->entries, shared->room * sizeof(*entries));
	}
	free(shared->missing);
	free(shared->causes);
	free(shared->entries);
	shared->missing = missing;
	shared->causes = causes;
	shared->entries = entries;
	shared->room = room;
}

static json_t *by_cause(const struct shared *shared, const struct pool_lack *lack)
{
	json_t *object = json_object();

	for (unsigned cause = 0; cause < FEATSET_CAUSES; cause++)
		if (!featset_is_empty(&lack->cause[cause]))
			json_object_set_new(object, featset_cause_name((featset_cause_t)cause),
					    json_set(&lack->cause[cause], shared->view->settings->names));
	return object;
}

/* The place of a VM's lack on a host, its values made. */
static size_t lack_of(struct shared *shared, size_t vm, size_t host)
{
	const struct pool_lack *lack = pool_lack_of(&shared->lacks, shared->view, vm, host);
	size_t at = (size_t)(lack - shared->lacks.lack);

	make_room(shared);
	if (!shared->missing[at]) {
		shared->missing[at] = json_set(&lack->missing, shared->view->settings->names);
		shared->causes[at] = by_cause(shared, lack);
		shared->entries[at] = cli_alloc(featset_pool_hosts(shared->view->pool), sizeof(json_t *));
	}
	return at;
}

static void free_shared(struct shared *shared)
{
	for (size_t host = 0; host < featset_pool_hosts(shared->view->pool); host++)
		json_decref(shared->names[host]);
	free(shared->names);
	for (size_t i = 0; i < shared->lacks.count; i++) {
		for (size_t host = 0; host < featset_pool_hosts(shared->view->pool); host++)
			json_decref(shared->entries[i][host]);
		free(shared->entries[i]);
		json_decref(shared->missing[i]);
		json_decref(shared->causes[i]);
	}
	free(shared->entries);
	free(shared->missing);
	free(shared->causes);
	pool_lacks_free(&shared->lacks);
}

static json_t *make_entry(struct shared *shared, size_t lack, size_t vm, size_t host, unsigned blocks)
{
	json_t *object = json_object();

	put_text(object, "host", pool_host_name(shared->view, host));
	json_object_set_new(object, "blocks", block_list(blocks));
	json_object_set(object, "missing", shared->missing[lack]);
	json_object_set(object, "missing_by_cause", shared->causes[lack]);
	json_object_set_new(object, "networks", places(shared->view, vm, host, true));
	json_object_set_new(object, "storage", places(shared->view, vm, host, false));
	return object;
}

static json_t *blocked_on(struct shared *shared, size_t vm, size_t host, unsigned blocks)
{
	size_t lack = lack_of(shared, vm, host);
	json_t **entry = &shared->entries[lack][host];

	if (blocks != FEATSET_BLOCK_FEATURES)
		return make_entry(shared, lack, vm, host, blocks);
	if (!*entry)
		*entry = make_entry(shared, lack, vm, host, blocks);
	return json_incref(*entry);
}

static json_t *movable_to(struct shared *shared, size_t vm)
{
	const struct pool_view *view = shared->view;
	json_t *list = json_array();

	for (size_t host = featset_pool_movable_to(view->pool, vm, 0); host != FEATSET_NONE;
	     host = featset_pool_movable_to(view->pool, vm, host + 1)) {
		if (!shared->names[host]) {
			char *name = pool_host_name(view, host);

			shared->names[host] = json_text(name);
			free(name);
		}
		json_array_append(list, shared->names[host]);
	}
	return list;
}

static json_t *vm_of(struct shared *shared, size_t vm)
{
	const struct pool_view *view = shared->view;
	static const char *const cures[FEATSET_CURES] = {
		[FEATSET_CURE_RESTART] = "restart", [FEATSET_CURE_RESUME] = "resume", [FEATSET_CURE_UNPIN] = "unpin",
		[FEATSET_CURE_DISCARD] = "discard", [FEATSET_CURE_HOSTS] = "hosts",     [FEATSET_CURE_LEVEL] = "level",
	};
	featset_cure_t cure = featset_pool_cure(view->pool, vm);
	size_t host = featset_pool_vm_host(view->pool, vm);
	json_t *object = json_object(), *list = json_array();
	featset_t gain;

	put_text(object, "name", pool_vm_name(view, vm));
	json_object_set_new(object, "uuid", json_text(featset_inventory_get(view->vms, FEATSET_VM_UUID, vm)));
	json_object_set_new(object, "power_state",
			    json_text(featset_inventory_get(view->vms, FEATSET_VM_POWER_STATE, vm)));
	if (host == FEATSET_NONE)
		json_object_set_new(object, "host", json_null());
	else
		put_text(object, "host", pool_host_name(view, host));
	json_object_set_new(object, "domain", json_string(guests[featset_pool_vm_guest(view->pool, vm)]));
	for (size_t h = 0; h < featset_pool_hosts(view->pool); h++) {
		unsigned blocks = featset_pool_blocks(view->pool, vm, h);

		if (blocks)
			json_array_append_new(list, blocked_on(shared, vm, h, blocks));
	}
	json_object_set_new(object, "blocked_on", list);
	json_object_set_new(object, "blocks_evacuation",
			    json_string(answers[featset_pool_vm_blocks(view->pool, vm)]));
	/* Where nothing is in the way it is everywhere. */
	json_object_set_new(object, "movable_to", json_array_size(list) ? movable_to(shared, vm) : json_null());
	json_object_set_new(object, "cure", cures[cure] ? json_string(cures[cure]) : json_null());
	json_object_set_new(object, "pinned", json_boolean(featset_pool_pinned(view->pool, vm)));
	featset_pool_gain(&gain, view->pool, vm);
	json_object_set_new(object, "gain", json_set(&gain, view->settings->names));
	return object;
}

/* VMs that need a new domain. */
static json_t *reboot(const struct pool_view *view)
{
	json_t *list = json_array();

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		json_t *object;

		if (!featset_pool_vm_counts(view->pool, vm) ||
		    featset_pool_cure(view->pool, vm) != FEATSET_CURE_RESTART)
			continue;
		object = json_object();
		put_text(object, "name", pool_vm_name(view, vm));
		json_object_set_new(object, "uuid", json_text(featset_inventory_get(view->vms, FEATSET_VM_UUID, vm)));
		put_text(object, "command", pool_command(view, FEATSET_COMMAND_RESTART, vm, FEATSET_NONE));
		put_text(object, "verify", pool_command(view, FEATSET_COMMAND_VERIFY, vm, FEATSET_NONE));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *evacuable(const struct pool_view *view)
{
	json_t *list = json_array();

	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++) {
		char *name;

		if (featset_pool_evacuable(view->pool, host) != FEATSET_YES)
			continue;
		name = pool_host_name(view, host);
		json_array_append_new(list, json_text(name));
		free(name);
	}
	return list;
}

/* ---- change ------------------------------------------------------------------------------ */

static void put_change(json_t *object, const struct pool_view *view, const featset_t *lost, const featset_t *gained)
{
	json_object_set_new(object, "lost", json_set(lost, view->settings->names));
	json_object_set_new(object, "gained", json_set(gained, view->settings->names));
}

static json_t *changed_host(const struct pool_view *view, size_t index)
{
	static const char *const turns[] = { "none", "software", "firmware", "hardware" };
	json_t *object = json_object();
	featset_t lost, gained;
	size_t before, after;

	featset_change_host(view->change, index, &before, &after);
	put_text(object, "name",
		 after == FEATSET_NONE ? pool_name(view->old_inventory, FEATSET_RECORD_HOST, before) :
					 pool_host_name(view, after));
	json_object_set_new(object, "is",
			    json_string(before == FEATSET_NONE ? "new" : after == FEATSET_NONE ? "gone" : "both"));
	json_object_set_new(object, "turn", json_string(turns[featset_change_turn(view->change, index)]));
	for (unsigned guest = 0; guest < FEATSET_GUESTS; guest++) {
		json_t *part = json_object();

		featset_change_host_features(&lost, &gained, view->change, (featset_guest_t)guest, index);
		put_change(part, view, &lost, &gained);
		json_object_set_new(object, guests[guest], part);
	}
	return object;
}

/* VMs of the pool before that something befalls. */
static json_t *befallen(const struct pool_view *view, size_t (*next)(const featset_change_t *, size_t))
{
	json_t *list = json_array();

	for (size_t vm = next(view->change, 0); vm != FEATSET_NONE; vm = next(view->change, vm + 1)) {
		char *name = pool_name(view->old_inventory, FEATSET_RECORD_VM, vm);

		json_array_append_new(list, json_text(name));
		free(name);
	}
	return list;
}

static json_t *change(const struct pool_view *view)
{
	json_t *object = json_object(), *level = json_object(), *hosts = json_array();
	featset_t lost, gained;

	for (unsigned guest = 0; guest < FEATSET_GUESTS; guest++) {
		json_t *part = json_object();

		featset_change_level(&lost, &gained, view->change, (featset_guest_t)guest);
		put_change(part, view, &lost, &gained);
		json_object_set_new(level, guests[guest], part);
	}
	for (size_t i = 0; i < featset_change_hosts(view->change); i++)
		json_array_append_new(hosts, changed_host(view, i));
	json_object_set_new(object, "level", level);
	json_object_set_new(object, "hosts", hosts);
	json_object_set_new(object, "stuck", befallen(view, featset_change_stuck));
	json_object_set_new(object, "homeless", befallen(view, featset_change_homeless));
	json_object_set_new(object, "mixes_vendors", json_boolean(featset_change_mixes_vendors(view->change)));
	return object;
}

static json_t *notes(const struct pool_view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; i < featset_inventory_notes(view->hosts); i++)
		json_array_append_new(list, json_text(featset_inventory_note(view->hosts, i)));
	return list;
}

int pool_json(const struct pool_view *view)
{
	json_t *root = json_start(), *hosts = json_array(), *vms = json_array();
	struct pool_sums sums;
	struct shared shared = { .view = view };
	struct text text = { 0 };
	size_t one, two;

	shared.names = cli_alloc(featset_pool_hosts(view->pool), sizeof(json_t *));
	pool_sum_up(&sums, view);
	pool_add_answer(&text, view, &sums);
	json_object_set_new(root, "answer", json_text(text_get(&text)));
	text_free(&text);
	json_object_set_new(root, "manager", json_text(featset_pool_manager(view->pool)));
	json_object_set_new(root, "level", levels(view));
	for (size_t host = 0; host < sums.hosts; host++)
		json_array_append_new(hosts, host_of(view, host));
	json_object_set_new(root, "hosts", hosts);
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		if (featset_pool_vm_counts(view->pool, vm))
			json_array_append_new(vms, vm_of(&shared, vm));
	json_object_set_new(root, "vms", vms);
	if (view->mode != POOL_ACROSS) {
		json_object_set_new(root, "reboot", reboot(view));
		json_object_set_new(root, "evacuable", evacuable(view));
		json_object_set_new(root, "half_updated",
				    json_boolean(featset_pool_half_updated(view->pool, &one, &two)));
	}
	if (view->change)
		json_object_set_new(root, "change", change(view));
	json_object_set_new(root, "notes", notes(view));
	/* A line for each feature would make most of a large pool's text blanks. */
	if (sums.hosts * sums.vms > 10000)
		json_finish_dense(root);
	else
		json_finish(root);
	free_shared(&shared);
	return pool_is_well(&sums) ? EXIT_YES : EXIT_NO;
}

#endif
