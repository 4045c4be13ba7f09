/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* What would become of the pool, or what became of it. */

static const char *turn_word(featset_turn_t turn)
{
	static const char *const words[] = { "", "hypervisor or microcode", "firmware settings", "hardware" };

	return turn < FEATSET_TURNS ? words[turn] : "";
}

/* What a person can act on by name, the rest by number. */
static void show_part(const char *label, const featset_cpu_t *cpu, const featset_t *set, featset_dialect_t names)
{
	struct text text = { 0 };
	featset_t act, other;

	if (featset_is_empty(set))
		return;
	featset_cpu_split(cpu, set, &act, &other);
	text_add(&text, "%s %u", label, featset_count(&act));
	if (!featset_is_empty(&other))
		text_add(&text, " (and %u that no guest misses)", featset_count(&other));
	if (featset_is_empty(&act))
		out_paragraph(OUT_PLAIN, "", 0, "%s", text.data);
	text_add(&text, ": ");
	out_set(text.data, 4, &act, names);
	text_free(&text);
}

static void show_changed_host(const struct pool_view *view, size_t index)
{
	size_t before, after;
	featset_t lost, gained;
	char *name;

	featset_change_host(view->change, index, &before, &after);
	name = after == FEATSET_NONE ? pool_name(view->old_inventory, FEATSET_RECORD_HOST, before) :
				       pool_host_name(view, after);
	if (before == FEATSET_NONE && view->mode == POOL_BEFORE)
		out_paragraph(OUT_PLAIN, "", 0, "%s is new", name);
	else if (after == FEATSET_NONE && view->mode == POOL_BEFORE)
		out_paragraph(OUT_PLAIN, "", 0, "%s is gone", name);
	else if (before != FEATSET_NONE && after != FEATSET_NONE &&
		 featset_change_turn(view->change, index) != FEATSET_TURN_NONE) {
		out_paragraph(OUT_PLAIN, "", 0, "%s changed: %s", name,
			      turn_word(featset_change_turn(view->change, index)));
		featset_change_host_features(&lost, &gained, view->change, FEATSET_GUEST_HVM, index);
		show_part("  it lost", featset_pool_host_cpu(view->old, FEATSET_GUEST_HVM, before), &lost,
			  view->settings->names);
		show_part("  it gained", featset_pool_host_cpu(view->pool, FEATSET_GUEST_HVM, after), &gained,
			  view->settings->names);
	}
	free(name);
}

/* VMs of the pool before that something befalls, in one sentence. */
static void show_befallen(const struct pool_view *view, size_t (*next)(const featset_change_t *, size_t),
			  const char *what)
{
	struct text text = { 0 };
	size_t count = 0;

	for (size_t vm = next(view->change, 0); vm != FEATSET_NONE; vm = next(view->change, vm + 1)) {
		char *name = pool_name(view->old_inventory, FEATSET_RECORD_VM, vm);

		if (count++ < pool_most(view))
			text_add(&text, "%s%s", count > 1 ? ", " : "", name);
		free(name);
	}
	if (count > pool_most(view))
		text_add(&text, " and %zu more", count - pool_most(view));
	if (count)
		out_paragraph(OUT_BAD, "", 0, "%zu VM%s %s: %s", count, count == 1 ? "" : "s", what, text_get(&text));
	text_free(&text);
}

static void show_stuck(const struct pool_view *view)
{
	bool what_if = view->mode == POOL_WHAT_IF;

	show_befallen(view, featset_change_stuck, what_if ? "would lose mobility" : "lost mobility");
	show_befallen(view, featset_change_homeless,
		      what_if ? "would be without a host, and must move before theirs goes" :
				"ran on a host that is gone, and on no other now");
}

static void add_level(struct text *text, const struct pool_view *view, const featset_level_t *level)
{
	const char *kind = level ? pool_kind(featset_level_cpu(level), view->settings) : "";

	text_add(text, "%s", !level ? "none" : *kind ? kind : "no known baseline");
	if (level)
		text_add(text, ", %u features", featset_count(featset_cpu_features(featset_level_cpu(level))));
}

static void show_level(const struct pool_view *view, featset_guest_t guest)
{
	const featset_level_t *old = featset_pool_level(view->old, guest), *new = featset_pool_level(view->pool, guest);
	bool what_if = view->mode == POOL_WHAT_IF;
	featset_t lost, gained;
	struct text text = { 0 };

	featset_change_level(&lost, &gained, view->change, guest);
	text_add(&text, "The level%s %s: ", guest == FEATSET_GUEST_PV ? " of PV guests" : "", what_if ? "now" : "before");
	add_level(&text, view, old);
	text_add(&text, "; %s: ", what_if ? "then" : "now");
	add_level(&text, view, new);
	if (featset_is_empty(&lost) && featset_is_empty(&gained)) {
		text_free(&text);
		text_add(&text, "The level%s %s: ", guest == FEATSET_GUEST_PV ? " of PV guests" : "",
			 what_if ? "would stay" : "is as it was");
		add_level(&text, view, new);
	}
	out_paragraph(OUT_BOLD, "", 0, "%s", text.data);
	text_free(&text);
	if (old)
		show_part(what_if ? "  it would lose" : "  it lost", featset_level_cpu(old), &lost,
			  view->settings->names);
	if (new)
		show_part(what_if ? "  it would gain" : "  it gained", featset_level_cpu(new), &gained,
			  view->settings->names);
}

void pool_text_change(const struct pool_view *view)
{
	if (!view->change)
		return;
	out_gap();
	for (unsigned guest = 0; guest < FEATSET_GUESTS; guest++)
		if (guest != FEATSET_GUEST_PV || pool_runs_pv(view))
			show_level(view, (featset_guest_t)guest);
	for (size_t i = 0; i < featset_change_hosts(view->change); i++)
		show_changed_host(view, i);
	if (featset_change_mixes_vendors(view->change))
		out_paragraph(OUT_BAD, "", 0,
			      "Another vendor's CPU: XAPI refuses such a host (HOSTS_NOT_HOMOGENEOUS) unless it is "
			      "forced, and no running VM could move between the two.");
	show_stuck(view);
}
