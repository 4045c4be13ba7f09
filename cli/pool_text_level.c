/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* The level, and what each host costs. */

static bool same_sets(const featset_cpu_t *a, const featset_cpu_t *b)
{
	return featset_equal(featset_cpu_features(a), featset_cpu_features(b));
}

/* What hosts lose, and what one alone costs: hosts of which both are the same share a line. */
static void show_lost(const struct pool_view *view, featset_guest_t guest)
{
	size_t hosts = featset_pool_hosts(view->pool), shown = 0;
	unsigned char *marks = cli_alloc(hosts, 1), *told = cli_alloc(hosts, 1);

	for (size_t host = 0; host < hosts; host++) {
		featset_t act, same, other;
		struct text label = { 0 };
		size_t count = 0;

		featset_pool_lost(&act, &other, view->pool, guest, host);
		/* What a dump has beyond the level no hypervisor may ever have offered. */
		if (told[host] || featset_is_empty(&act) || pool_is_estimate(view, host))
			continue;
		for (size_t h = 0; h < hosts; h++) {
			featset_pool_lost(&same, &other, view->pool, guest, h);
			marks[h] = featset_equal(&same, &act);
			told[h] |= marks[h];
			count += marks[h];
		}
		if (shown++ == pool_most(view)) {
			out_paragraph(OUT_PLAIN, "  ", 2, "... and other hosts other features (--all)");
			break;
		}
		text_add(&label, "  ");
		pool_add_marked(&label, view, marks, false);
		text_add(&label, " lose%s %u: ", count > 1 ? "" : "s", featset_count(&act));
		pool_show_set(&label, &act, view->settings->names);
	}
	free(marks);
	free(told);
}

static bool any_estimate(const struct pool_view *view)
{
	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++)
		if (pool_is_estimate(view, host))
			return true;
	return false;
}

static void show_prices(const struct pool_view *view, featset_guest_t guest)
{
	bool estimates = any_estimate(view);
	size_t shown = 0;

	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++) {
		featset_t price, rest;
		struct text label = { 0 };
		char *name;

		featset_pool_price(&price, &rest, view->pool, guest, host);
		if (featset_is_empty(&price) || (estimates && !pool_is_estimate(view, host)))
			continue;
		if (shown++ == pool_most(view))
			break;
		name = pool_host_name(view, host);
		text_add(&label, "  %s alone costs the pool %u: ", name, featset_count(&price));
		pool_show_set(&label, &price, view->settings->names);
		free(name);
	}
}

static void show_skipped(const struct pool_view *view, featset_guest_t guest, featset_counts_t why, const char *one,
			 const char *more)
{
	size_t hosts = featset_pool_hosts(view->pool), count = 0;
	unsigned char *marks = cli_alloc(hosts, 1);
	struct text names = { 0 };

	for (size_t host = 0; host < hosts; host++)
		count += marks[host] = featset_pool_counts(view->pool, guest, host) == why;
	pool_add_marked(&names, view, marks, false);
	if (names.length)
		out_paragraph(why == FEATSET_COUNTS_NO_KEYS ? OUT_BAD : OUT_PLAIN, "  ", 2, "not counted: %s, %s",
			      names.data, count > 1 ? more : one);
	text_free(&names);
	free(marks);
}

static void show_all_skipped(const struct pool_view *view, featset_guest_t guest)
{
	bool xapi = !strcmp(featset_pool_manager(view->pool), "xapi");

	if (xapi)
		show_skipped(view, guest, FEATSET_COUNTS_NO_KEYS,
			     "without features_hvm_host and features_pv_host: XAPI skips such a host, and sends no VM there",
			     "without features_hvm_host and features_pv_host: XAPI skips such hosts, and sends no VM there");
	else
		show_skipped(view, guest, FEATSET_COUNTS_NO_KEYS, "of which nothing tells what it offers",
			     "of which nothing tells what they offer");
	show_skipped(view, guest, FEATSET_COUNTS_NO_HVM, "which offers no such guests", "which offer no such guests");
}

static void show_split(const struct pool_view *view, featset_guest_t guest)
{
	unsigned char *side = cli_alloc(featset_pool_hosts(view->pool), 1);
	struct text names = { 0 }, gains = { 0 };

	if (pool_split_words(&gains, view, guest, side)) {
		pool_add_marked(&names, view, side, false);
		out_paragraph(OUT_PLAIN, "  ", 2, "as two pools, with %s apart, %s", text_get(&names), text_get(&gains));
	}
	text_free(&gains);
	text_free(&names);
	free(side);
}

static void show_recorded(const struct pool_view *view, featset_guest_t guest)
{
	featset_t recorded, more, less;
	const featset_t *level = featset_cpu_features(featset_level_cpu(featset_pool_level(view->pool, guest)));

	if (view->mode == POOL_WHAT_IF || !featset_pool_level_differs(view->pool, guest, &recorded))
		return;
	featset_minus(&more, &recorded, level);
	featset_minus(&less, level, &recorded);
	out_paragraph(OUT_BAD, "  ", 2,
		      "The pool's own record says something else, and new VMs get that until XAPI works it out again "
		      "(it does when it starts):");
	out_set("  besides this level it has: ", 6, &more, view->settings->names);
	out_set("  of this level it lacks: ", 6, &less, view->settings->names);
}

static void show_level(const struct pool_view *view, featset_guest_t guest, const char *heading)
{
	const featset_level_t *level = featset_pool_level(view->pool, guest);
	const featset_cpu_t *cpu = featset_level_cpu(level);
	const char *kind = pool_kind(cpu, view->settings), *psabi = describe_psabi(cpu);

	out_gap();
	out_answer(OUT_BOLD, "%s: %s%s%s, %u features (rule %s)", heading, *kind ? kind : "no known baseline",
		   *psabi ? ", " : "", psabi, featset_count(featset_cpu_features(cpu)),
		   featset_rule_name(featset_level_rule(level)));
	show_lost(view, guest);
	show_prices(view, guest);
	show_all_skipped(view, guest);
	show_split(view, guest);
	show_recorded(view, guest);
	if (featset_level_mixed(level))
		out_paragraph(OUT_BAD, "", 0, "The hosts come from several vendors: VMs do not migrate between them.");
}

bool pool_runs_pv(const struct pool_view *view)
{
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		if (featset_pool_vm_counts(view->pool, vm) &&
		    featset_pool_vm_guest(view->pool, vm) == FEATSET_GUEST_PV)
			return true;
	return false;
}

void pool_text_levels(const struct pool_view *view)
{
	const featset_level_t *hvm = featset_pool_level(view->pool, FEATSET_GUEST_HVM);
	const featset_level_t *pv = featset_pool_level(view->pool, FEATSET_GUEST_PV);
	bool split = pv && !strcmp(featset_pool_manager(view->pool), "xapi") &&
		     !(hvm && same_sets(featset_level_cpu(hvm), featset_level_cpu(pv)));

	if (hvm && view->mode == POOL_ACROSS)
		show_level(view, FEATSET_GUEST_HVM, split ? "Level of HVM guests there" : "Level there");
	else if (hvm)
		show_level(view, FEATSET_GUEST_HVM, split ? "Level of HVM guests" : "Level");
	if (pv && split && (pool_runs_pv(view) || !hvm || view->settings->all))
		show_level(view, FEATSET_GUEST_PV, "Level of PV guests");
	else if (pv && split)
		out_paragraph(OUT_PLAIN, "  ", 2, "(PV guests have a level of their own, but none runs; --all shows it)");
}
