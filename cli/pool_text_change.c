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

static void show_changed_host(const struct pool_view *view, size_t index)
{
	size_t before, after;
	featset_t lost, gained;
	char *name;

	featset_change_host(view->change, index, &before, &after);
	name = after == FEATSET_NONE ? pool_name(view->old_inventory, FEATSET_RECORD_HOST, before) :
				       pool_host_name(view, after);
	featset_change_host_features(&lost, &gained, view->change, FEATSET_GUEST_HVM, index);
	if (before == FEATSET_NONE)
		out_paragraph(OUT_PLAIN, "", 0, "%s is new", name);
	else if (after == FEATSET_NONE)
		out_paragraph(OUT_PLAIN, "", 0, "%s is gone", name);
	else if (featset_change_turn(view->change, index) != FEATSET_TURN_NONE)
		out_paragraph(OUT_PLAIN, "", 0, "%s changed: %s", name,
			      turn_word(featset_change_turn(view->change, index)));
	out_set("  lost: ", 6, &lost, view->settings->names);
	out_set("  gained: ", 6, &gained, view->settings->names);
	free(name);
}

static void show_stuck(const struct pool_view *view)
{
	bool what_if = view->mode == POOL_WHAT_IF;
	struct text text = { 0 };
	size_t count = 0;

	for (size_t vm = featset_change_stuck(view->change, 0); vm != FEATSET_NONE;
	     vm = featset_change_stuck(view->change, vm + 1)) {
		char *name = pool_name(view->old_inventory, FEATSET_RECORD_VM, vm);

		if (count++ < pool_most(view))
			text_add(&text, "%s%s", count > 1 ? ", " : "", name);
		free(name);
	}
	if (count > pool_most(view))
		text_add(&text, " and %zu more", count - pool_most(view));
	if (count)
		out_paragraph(OUT_BAD, "", 0, "%zu VM%s %s mobility: %s", count, count == 1 ? "" : "s",
			      what_if ? "would lose" : "lost", text_get(&text));
	text_free(&text);
}

void pool_text_change(const struct pool_view *view)
{
	bool what_if = view->mode == POOL_WHAT_IF;

	if (!view->change)
		return;
	out_gap();
	for (unsigned guest = 0; guest < FEATSET_GUESTS; guest++) {
		const char *kind = guest == FEATSET_GUEST_PV ? "PV " : "";
		struct text label = { 0 };
		featset_t lost, gained;

		if (guest == FEATSET_GUEST_PV && !pool_runs_pv(view))
			continue;
		featset_change_level(&lost, &gained, view->change, (featset_guest_t)guest);
		text_add(&label, "The %slevel %s %u: ", kind, what_if ? "would lose" : "lost", featset_count(&lost));
		out_set(text_get(&label), 4, &lost, view->settings->names);
		text_free(&label);
		text_add(&label, "The %slevel %s %u: ", kind, what_if ? "would gain" : "gained",
			 featset_count(&gained));
		out_set(text_get(&label), 4, &gained, view->settings->names);
		text_free(&label);
		if (featset_is_empty(&lost) && featset_is_empty(&gained))
			out_paragraph(OUT_PLAIN, "", 0, "The %slevel %s as it is.", kind,
				      what_if ? "would stay" : "stayed");
	}
	for (size_t i = 0; i < featset_change_hosts(view->change); i++)
		show_changed_host(view, i);
	if (featset_change_mixes_vendors(view->change))
		out_paragraph(OUT_BAD, "", 0,
			      "Another vendor's CPU: XAPI refuses such a host (HOSTS_NOT_HOMOGENEOUS) unless it is "
			      "forced, and no running VM could move between the two.");
	show_stuck(view);
}
