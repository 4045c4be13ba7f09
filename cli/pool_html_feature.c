/* SPDX-License-Identifier: MIT */
#include "pool_html.h"

#include <stdlib.h>
#include <string.h>

/* Hosts by features, and the level. */

/* ---- hosts by features ---------------------------------------------------------------------- */

/* Hosts that offer the same share a column. */
struct kinds {
	featset_guest_t guest;
	size_t *kind;  /* of each host; FEATSET_NONE for one that has not told */
	size_t *first; /* host of each kind */
	size_t count;
	featset_t differ; /* what some kinds offer and others do not */
};

static bool same_cpu(const featset_cpu_t *a, const featset_cpu_t *b)
{
	return featset_equal(featset_cpu_features(a), featset_cpu_features(b)) &&
	       featset_equal(featset_cpu_known(a), featset_cpu_known(b));
}

static size_t kind_of(const struct kinds *kinds, const featset_pool_t *pool, size_t host)
{
	const featset_cpu_t *cpu = featset_pool_host_cpu(pool, kinds->guest, host);
	const featset_cpu_t *max = featset_pool_host_max(pool, kinds->guest, host);

	for (size_t k = 0; k < kinds->count; k++)
		if (same_cpu(cpu, featset_pool_host_cpu(pool, kinds->guest, kinds->first[k])) &&
		    same_cpu(max, featset_pool_host_max(pool, kinds->guest, kinds->first[k])))
			return k;
	return kinds->count;
}

static void find_kinds(struct kinds *kinds, const featset_pool_t *pool)
{
	size_t hosts = featset_pool_hosts(pool);
	featset_t all, common;

	kinds->kind = cli_alloc(hosts, sizeof(*kinds->kind));
	kinds->first = cli_alloc(hosts, sizeof(*kinds->first));
	featset_clear(&all);
	featset_clear(&common);
	for (size_t host = 0; host < hosts; host++) {
		const featset_cpu_t *cpu = featset_pool_host_cpu(pool, kinds->guest, host);

		kinds->kind[host] = FEATSET_NONE;
		if (!cpu || !featset_pool_host_max(pool, kinds->guest, host))
			continue;
		kinds->kind[host] = kind_of(kinds, pool, host);
		if (kinds->kind[host] < kinds->count)
			continue;
		kinds->first[kinds->count] = host;
		if (kinds->count++)
			featset_and(&common, &common, featset_cpu_features(cpu));
		else
			common = *featset_cpu_features(cpu);
		featset_or(&all, &all, featset_cpu_features(cpu));
	}
	featset_minus(&kinds->differ, &all, &common);
}

static void put_kind(struct page *page, const struct kinds *kinds, size_t kind)
{
	size_t count = 0;

	html(page->file, "<th scope=\"col\"><div>");
	for (size_t host = kinds->first[kind]; host < page->sums.hosts; host++) {
		char *name;

		if (kinds->kind[host] != kind || count++ >= 3)
			continue;
		name = pool_host_name(page->view, host);
		html(page->file, "%s%s", count > 1 ? ", " : "", name);
		free(name);
	}
	if (count > 3)
		html(page->file, " and %zu more", count - 3);
	html(page->file, "</div></th>");
}

static void put_offer(struct page *page, const struct kinds *kinds, size_t kind, featset_feature_t feature)
{
	const featset_cpu_t *cpu = featset_pool_host_cpu(page->view->pool, kinds->guest, kinds->first[kind]);
	const featset_cpu_t *max = featset_pool_host_max(page->view->pool, kinds->guest, kinds->first[kind]);

	if (featset_has(featset_cpu_features(cpu), feature))
		html(page->file, "<td class=\"c y\">yes</td>");
	else if (featset_has(featset_cpu_features(max), feature))
		html(page->file, "<td class=\"c o\">kept</td>");
	else if (featset_has(featset_cpu_known(cpu), feature))
		html(page->file, "<td class=\"c x\">no</td>");
	else
		html(page->file, "<td class=\"c o\">not read</td>");
}

static void put_features(struct page *page, const struct kinds *kinds, const featset_t *set, const char *label)
{
	size_t columns = kinds->count < PAGE_COLUMNS ? kinds->count : PAGE_COLUMNS;
	char name[128];

	page_table(page, label,
		   "yes: new VMs get it. kept: only a VM that comes with it may use it. no: the host lacks it.");
	html(page->file, "<thead><tr><th scope=\"col\">Feature</th>");
	for (size_t k = 0; k < columns; k++)
		put_kind(page, kinds, k);
	html(page->file, "<th scope=\"col\">What it is</th></tr></thead>\n<tbody>\n");
	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		const char *summary = featset_feature_summary(f);

		featset_feature_spell(name, sizeof(name), f, page->view->settings->names);
		html(page->file, "<tr><th scope=\"row\"><div><code>%s</code></div></th>", name);
		for (size_t k = 0; k < columns; k++)
			put_offer(page, kinds, k, f);
		html(page->file, "<td class=\"what\">%s</td></tr>\n", summary ? summary : "a bit without a name");
	}
	html(page->file, "</tbody>\n");
	page_table_end(page);
}

/* What a person can act on by any host's lights, and the rest. */
static void split_features(const struct page *page, const struct kinds *kinds, featset_t *act, featset_t *other)
{
	featset_clear(act);
	for (size_t k = 0; k < kinds->count; k++) {
		const featset_cpu_t *cpu = featset_pool_host_cpu(page->view->pool, kinds->guest, kinds->first[k]);
		featset_t mine, part, rest;

		featset_and(&mine, &kinds->differ, featset_cpu_features(cpu));
		featset_cpu_split(cpu, &mine, &part, &rest);
		featset_or(act, act, &part);
	}
	featset_minus(other, &kinds->differ, act);
}

static void put_silent(struct page *page, const struct kinds *kinds)
{
	unsigned char *marks = cli_alloc(page->sums.hosts, 1);
	size_t count = 0;

	for (size_t host = 0; host < page->sums.hosts; host++)
		count += marks[host] = kinds->kind[host] == FEATSET_NONE;
	if (count) {
		html(page->file, "<p>Not told by: ");
		page_hosts(page, marks);
		html(page->file, ".</p>\n");
	}
	free(marks);
}

static void put_guest(struct page *page, featset_guest_t guest, const char *label)
{
	struct kinds kinds = { .guest = guest };
	featset_t act, other;

	find_kinds(&kinds, page->view->pool);
	split_features(page, &kinds, &act, &other);
	if (featset_is_empty(&kinds.differ))
		html(page->file, "<p>All hosts that tell their features offer the same.</p>\n");
	if (!featset_is_empty(&act))
		put_features(page, &kinds, &act, label);
	if (!featset_is_empty(&other)) {
		html(page->file,
		     "<details>\n<summary>%u more that nobody has to act on: copies, hints, compatibility"
		     "</summary>\n",
		     featset_count(&other));
		put_features(page, &kinds, &other, "Copies, hints and compatibility bits");
		html(page->file, "</details>\n");
	}
	if (kinds.count > PAGE_COLUMNS)
		html(page->file,
		     "<p class=\"mute\">There are %zu kinds of hosts; the first %zu are shown, --json has "
		     "all.</p>\n",
		     kinds.count, (size_t)PAGE_COLUMNS);
	put_silent(page, &kinds);
	free(kinds.kind);
	free(kinds.first);
}

/* Has the platform features of their own for PV guests, and some that run? */
static bool tells_pv(const struct page *page)
{
	return !strcmp(featset_pool_manager(page->view->pool), "xapi") &&
	       (pool_runs_pv(page->view) || page->view->settings->all);
}

void page_features(struct page *page)
{
	if (page->sums.hosts < 2)
		return;
	page_section(page, "features", "Features that differ");
	html(page->file,
	     "<p>Only what some hosts offer and others do not. Hosts that offer the same share a column.</p>\n");
	put_guest(page, FEATSET_GUEST_HVM, "Features that differ between hosts");
	if (tells_pv(page)) {
		html(page->file, "<h3>For PV guests</h3>\n");
		put_guest(page, FEATSET_GUEST_PV, "Features for PV guests that differ between hosts");
	}
	page_section_end(page);
}

/* ---- level --------------------------------------------------------------------------------------- */

static void put_set(struct page *page, const char *before, const featset_t *set, const char *after)
{
	html(page->file, "%s%u%s: <span class=\"set\">", before, featset_count(set), after);
	html_set(page->file, set, page->view->settings->names);
	html(page->file, "</span>");
}

/* Whether two hosts lose and cost the same, for the same reason. */
static bool same_loss(const struct page *page, featset_guest_t guest, size_t a, size_t b)
{
	const featset_pool_t *pool = page->view->pool;
	featset_t one, two, rest;

	if (featset_pool_counts(pool, guest, a) != featset_pool_counts(pool, guest, b))
		return false;
	featset_pool_lost(&one, &rest, pool, guest, a);
	featset_pool_lost(&two, &rest, pool, guest, b);
	if (!featset_equal(&one, &two))
		return false;
	featset_pool_price(&one, &rest, pool, guest, a);
	featset_pool_price(&two, &rest, pool, guest, b);
	return featset_equal(&one, &two);
}

static void put_loss(struct page *page, featset_guest_t guest, size_t host, bool several)
{
	featset_t act, other, price;

	switch (featset_pool_counts(page->view->pool, guest, host)) {
	case FEATSET_COUNTS_NO_KEYS:
		html(page->file,
		     strcmp(featset_pool_manager(page->view->pool), "xapi")
			     ? "not counted: nothing tells what is offered there"
			     : "not counted, without features_hvm_host and features_pv_host: XAPI skips such a host, "
			       "and sends no VM there");
		return;
	case FEATSET_COUNTS_NO_HVM:
		html(page->file, "not counted: no such guests are offered there");
		return;
	default:
		break;
	}
	featset_pool_lost(&act, &other, page->view->pool, guest, host);
	featset_pool_price(&price, &other, page->view->pool, guest, host);
	if (!featset_is_empty(&act))
		put_set(page, several ? "lose " : "loses ", &act, "");
	if (!featset_is_empty(&price))
		put_set(page, featset_is_empty(&act) ? "alone costs the pool " : "; alone it costs the pool ", &price,
			"");
	if (featset_is_empty(&act) && featset_is_empty(&price))
		html(page->file, several ? "lose nothing" : "loses nothing");
}

/* Hosts that lose and cost the same share a line. */
static void put_losses(struct page *page, featset_guest_t guest)
{
	unsigned char *marks = cli_alloc(page->sums.hosts, 1), *told = cli_alloc(page->sums.hosts, 1);
	size_t lines = 0, left = 0;

	html(page->file, "<ul>\n");
	for (size_t host = 0; host < page->sums.hosts; host++) {
		size_t count = 0;

		if (told[host])
			continue;
		if (lines++ >= PAGE_COLUMNS) {
			left++;
			continue;
		}
		for (size_t h = 0; h < page->sums.hosts; h++) {
			marks[h] = !told[h] && same_loss(page, guest, host, h);
			told[h] |= marks[h];
			count += marks[h];
		}
		html(page->file, "<li><strong>");
		page_hosts(page, marks);
		html(page->file, "</strong> ");
		put_loss(page, guest, host, count > 1);
		html(page->file, "</li>\n");
	}
	html(page->file, "</ul>\n");
	page_left(page, left, "host");
	free(told);
	free(marks);
}

static void put_split(struct page *page, featset_guest_t guest)
{
	unsigned char *side = cli_alloc(page->sums.hosts, 1);
	struct text gains = { 0 };

	if (pool_split_words(&gains, page->view, guest, side)) {
		html(page->file, "<p>As two pools, with <strong>");
		page_hosts(page, side);
		html(page->file, "</strong> apart, %s.</p>\n", text_get(&gains));
	}
	text_free(&gains);
	free(side);
}

static void put_recorded(struct page *page, featset_guest_t guest)
{
	const featset_t *level = featset_cpu_features(featset_level_cpu(featset_pool_level(page->view->pool, guest)));
	featset_t recorded, more, less;

	if (page->view->mode == POOL_WHAT_IF || !featset_pool_level_differs(page->view->pool, guest, &recorded))
		return;
	featset_minus(&more, &recorded, level);
	featset_minus(&less, level, &recorded);
	html(page->file, "<p class=\"warn\">The pool's own record is not this level: XAPI works it out again when it "
			 "starts. New VMs get the recorded one until then. ");
	if (!featset_is_empty(&more))
		put_set(page, "It has besides ", &more, "");
	if (!featset_is_empty(&less))
		put_set(page, "It lacks ", &less, "");
	html(page->file, "</p>\n");
}

static void put_level(struct page *page, featset_guest_t guest, const char *heading)
{
	const featset_level_t *level = featset_pool_level(page->view->pool, guest);
	const featset_cpu_t *cpu = featset_level_cpu(level);
	const char *kind = pool_kind(cpu, page->view->settings), *psabi = describe_psabi(cpu);
	char *xen = xen_string(cpu);

	if (*heading)
		html(page->file, "<h3>%s</h3>\n", heading);
	html(page->file, "<dl>\n<dt>Baseline</dt><dd>%s%s%s</dd>\n", *kind ? kind : "no known baseline",
	     *psabi ? ", " : "", psabi);
	html(page->file, "<dt>Features</dt><dd>%u, by the rule %s</dd>\n", featset_count(featset_cpu_features(cpu)),
	     featset_rule_name(featset_level_rule(level)));
	if (!strcmp(featset_pool_manager(page->view->pool), "xapi"))
		html(page->file, "<dt>Featureset</dt><dd><code class=\"all\">%s</code></dd>\n", xen);
	html(page->file, "</dl>\n");
	free(xen);
	if (featset_level_mixed(level))
		html(page->file, "<p class=\"warn\">The hosts come from several vendors: VMs do not migrate between "
				 "them.</p>\n");
	put_recorded(page, guest);
	put_losses(page, guest);
	put_split(page, guest);
	html(page->file, "<details>\n<summary>All %u features of the level</summary>\n<p class=\"set\">",
	     featset_count(featset_cpu_features(cpu)));
	html_set(page->file, featset_cpu_features(cpu), page->view->settings->names);
	html(page->file, "</p>\n</details>\n");
}

void page_levels(struct page *page)
{
	const featset_level_t *hvm = featset_pool_level(page->view->pool, FEATSET_GUEST_HVM);
	const featset_level_t *pv = featset_pool_level(page->view->pool, FEATSET_GUEST_PV);
	bool both = pv && (tells_pv(page) || !hvm);

	if (!hvm && !pv)
		return;
	page_section(page, "level", "Level");
	html(page->file, "<p>What all hosts have in common, and new VMs get.</p>\n");
	if (hvm)
		put_level(page, FEATSET_GUEST_HVM, both ? "HVM guests" : "");
	if (both)
		put_level(page, FEATSET_GUEST_PV, "PV guests");
	page_section_end(page);
}
