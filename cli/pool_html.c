/* SPDX-License-Identifier: MIT */
#include "pool_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what all parts need ------------------------------------------------------------------ */

void page_section(struct page *page, const char *id, const char *heading)
{
	page->section[page->sections].id = id;
	page->section[page->sections++].heading = heading;
	html(page->file, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, heading);
}

void page_section_end(struct page *page)
{
	html(page->file, "</section>\n");
}

void page_table(struct page *page, const char *label, const char *caption)
{
	html(page->file,
	     "<div class=\"box\" role=\"region\" aria-label=\"%s\" tabindex=\"0\">\n<table>\n<caption><span>", label);
	html(page->file, "<i>%s</i>", caption);
	html(page->file, " <b class=\"hint\" aria-hidden=\"true\">more &#8594;</b></span></caption>\n");
}

void page_table_end(struct page *page)
{
	html(page->file, "</table>\n</div>\n");
}

void page_left(struct page *page, size_t left, const char *noun)
{
	if (left)
		html(page->file, "<p class=\"mute\">... and %zu more %s%s, too many for a page; --json has them.</p>\n",
		     left, noun, left == 1 ? "" : "s");
}

void page_folded(struct page *page, const featset_t *set)
{
	if (featset_is_empty(set))
		return;
	html(page->file, "<details><summary>%u more: copies, hints, compatibility</summary>", featset_count(set));
	html_set(page->file, set, page->view->settings->names);
	html(page->file, "</details>");
}

static void put_names(struct page *page, const unsigned char *marks, bool vms, size_t most)
{
	size_t count = featset_pool_hosts(page->view->pool), all = 0, told = 0;

	if (vms)
		count = featset_pool_vms(page->view->pool);
	for (size_t i = 0; i < count; i++)
		all += marks[i] != 0;
	for (size_t i = 0; i < count && told < most; i++) {
		char *name;

		if (!marks[i])
			continue;
		name = vms ? pool_vm_name(page->view, i) : pool_host_name(page->view, i);
		html(page->file, "%s%s", !told ? "" : told + 1 == all ? " and " : ", ", name);
		told++;
		free(name);
	}
	if (all > told)
		html(page->file, " and %zu more", all - told);
}

void page_hosts(struct page *page, const unsigned char *marks)
{
	put_names(page, marks, false, PAGE_NAMES);
}

void page_vm_names(struct page *page, const unsigned char *marks, size_t most)
{
	put_names(page, marks, true, most);
}

/* ---- hosts ---------------------------------------------------------------------------------- */

static size_t mark_vms(unsigned char *marks, const struct page *page, size_t host, bool blocking)
{
	size_t count = 0;

	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool); vm++) {
		marks[vm] = featset_pool_vm_counts(page->view->pool, vm) &&
			    featset_pool_vm_host(page->view->pool, vm) == host &&
			    (!blocking || featset_pool_vm_blocks(page->view->pool, vm) == FEATSET_YES);
		count += marks[vm];
	}
	return count;
}

static void put_evacuable(struct page *page, size_t host, unsigned char *marks)
{
	switch (featset_pool_evacuable(page->view->pool, host)) {
	case FEATSET_YES:
		html(page->file, "<td class=\"y\">yes</td>");
		break;
	case FEATSET_UNKNOWN:
		html(page->file, "<td class=\"o\">unknown</td>");
		break;
	default:
		html(page->file, "<td class=\"x\">no: ");
		if (mark_vms(marks, page, host, true))
			page_vm_names(page, marks, PAGE_FEW);
		else
			html(page->file, "no other host is enabled");
		html(page->file, "</td>");
	}
}

/* What a host alone costs the level, as far as a person can act on it. */
static void put_price(struct page *page, size_t host)
{
	featset_t act, other;

	featset_pool_price(&act, &other, page->view->pool, FEATSET_GUEST_HVM, host);
	if (featset_pool_counts(page->view->pool, FEATSET_GUEST_HVM, host) != FEATSET_COUNTS)
		html(page->file, "<td class=\"o\">does not count</td>");
	else if (featset_is_empty(&act))
		html(page->file, "<td class=\"h\">nothing</td>");
	else
		html(page->file, "<td class=\"c\"><a href=\"#level\">%u feature%s</a></td>", featset_count(&act),
		     featset_count(&act) == 1 ? "" : "s");
}

static void put_host(struct page *page, size_t host, unsigned char *marks)
{
	const featset_cpu_t *cpu = featset_pool_host_max(page->view->pool, FEATSET_GUEST_HVM, host);
	const char *kind = pool_kind(cpu, page->view->settings), *brand = cpu ? featset_cpu_brand(cpu) : "";
	char *name = pool_host_name(page->view, host);

	html(page->file, "<tr><th scope=\"row\"><div>%s</div>", name);
	if (!featset_pool_host_enabled(page->view->pool, host))
		html(page->file, "<small>disabled</small>");
	if (pool_is_estimate(page->view, host))
		html(page->file, "<small>an estimate: only its CPU is told</small>");
	html(page->file, "</th><td class=\"cpu\">%s<small>%s</small></td><td class=\"n\">%zu</td>",
	     *kind ? kind : "not known", brand, mark_vms(marks, page, host, false));
	put_evacuable(page, host, marks);
	put_price(page, host);
	html(page->file, "</tr>\n");
	free(name);
}

/* Where there are too many to look at, those that cannot be evacuated come first. */
static size_t put_host_rows(struct page *page, unsigned char *marks)
{
	static const featset_answer_t order[] = { FEATSET_NO, FEATSET_UNKNOWN, FEATSET_YES };
	bool sorted = page->sums.hosts > PAGE_COLUMNS;
	size_t rows = 0;

	for (size_t i = 0; i < (sorted ? 3 : 1); i++)
		for (size_t host = 0; host < page->sums.hosts && rows < PAGE_ROWS; host++) {
			if (sorted && featset_pool_evacuable(page->view->pool, host) != order[i])
				continue;
			put_host(page, host, marks);
			rows++;
		}
	return rows;
}

static void put_hosts(struct page *page)
{
	unsigned char *marks = cli_alloc(featset_pool_vms(page->view->pool) + 1, 1);
	size_t rows;

	page_section(page, "hosts", "Hosts");
	page_table(page, "Hosts", "A host costs the pool what the level would gain without it.");
	html(page->file, "<thead><tr><th scope=\"col\">Host</th><th scope=\"col\">CPU</th>"
			 "<th scope=\"col\" class=\"n\">VMs</th><th scope=\"col\">Can be evacuated</th>"
			 "<th scope=\"col\">Costs the pool</th></tr></thead>\n<tbody>\n");
	rows = put_host_rows(page, marks);
	html(page->file, "</tbody>\n");
	page_table_end(page);
	page_left(page, page->sums.hosts - rows, "host");
	page_section_end(page);
	free(marks);
}

/* ---- the page --------------------------------------------------------------------------------- */

static const char *verdict_of(const struct pool_sums *sums)
{
	if (pool_is_well(sums))
		return "\u2713 All well";
	return sums->stuck_hosts || sums->cpu_blocked ? "\u2715 Needs attention" : "? Not known";
}

/* What the pool is called, to be freed. */
static char *called(const struct pool_view *view)
{
	const featset_inventory_t *inventory = view->mode == POOL_WHAT_IF ? view->old_inventory : view->hosts;
	const char *name = featset_inventory_get(inventory, FEATSET_POOL_NAME, 0), *platform = pool_platform(view);
	struct text text = { 0 };

	text_add(&text, "%s%s%s", *name ? "Pool " : "Pool", name, *platform ? " \u00b7 " : "");
	text_add(&text, "%s", platform);
	return text.data;
}

static void put_head(FILE *file, const char *title)
{
	static const char *const style[] = {
#include "pool_html_css.h"
	};

	html(file,
	     "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	     "base-uri 'none'; form-action 'none'\">\n"
	     "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n<style>\n",
	     title);
	for (size_t i = 0; i < sizeof(style) / sizeof(style[0]); i++)
		fprintf(file, "%s\n", style[i]);
	html(file, "</style>\n</head>\n<body>\n");
}

/* The answer, with its reasons in smaller letters. */
static void put_answer(FILE *file, const struct page *page, const char *answer)
{
	static const char knot[] = " cannot be evacuated: ";
	const char *reasons = strstr(answer, knot);
	char *first = cli_copy(answer);

	html(file, "<div class=\"answer%s\">\n<p class=\"verdict\">%s</p>\n<h1>",
	     pool_is_well(&page->sums) ? " good" : "", verdict_of(&page->sums));
	if (reasons) {
		first[(size_t)(reasons - answer) + sizeof(knot) - 2] = '\0';
		reasons += sizeof(knot) - 1;
	}
	html(file, "%s", first);
	if (reasons)
		html(file, " <span>%s</span>", reasons);
	html(file, "</h1>\n</div>\n");
	free(first);
}

static void put_navigation(FILE *file, const struct page *page)
{
	html(file, "<nav aria-label=\"On this page\">\n<ul>\n");
	for (size_t i = 0; i < page->sections; i++)
		html(file, "<li><a href=\"#%s\">%s</a></li>\n", page->section[i].id, page->section[i].heading);
	html(file, "</ul>\n</nav>\n");
}

static void put_notes(struct page *page)
{
	size_t notes = featset_inventory_notes(page->view->hosts);

	if (!notes)
		return;
	page_section(page, "notes", "Notes");
	html(page->file, "<ul>\n");
	for (size_t i = 0; i < notes && i < PAGE_LIST; i++)
		html(page->file, "<li>%s</li>\n", featset_inventory_note(page->view->hosts, i));
	html(page->file, "</ul>\n");
	page_left(page, notes > PAGE_LIST ? notes - PAGE_LIST : 0, "note");
	page_section_end(page);
}

static void put_body(struct page *page)
{
	page_change(page);
	page_cures(page);
	if (page->view->mode != POOL_ACROSS)
		put_hosts(page);
	page_vms(page);
	page_missing(page);
	page_features(page);
	page_levels(page);
	put_notes(page);
}

static void put_page(FILE *file, const struct page *page, const char *body)
{
	char *name = called(page->view);
	struct text answer = { 0 };

	pool_add_answer(&answer, page->view, &page->sums);
	put_head(file, name);
	html(file, "<header>\n<p class=\"of\">%s</p>\n", name);
	put_answer(file, page, text_get(&answer));
	put_navigation(file, page);
	html(file, "</header>\n<main>\n");
	fputs(body, file);
	html(file,
	     "</main>\n<footer>Written by featset %s. Nothing on this page is loaded from elsewhere.</footer>\n"
	     "</body>\n</html>\n",
	     FEATSET_VERSION);
	text_free(&answer);
	free(name);
}

static int write_page(const struct page *page, const char *body)
{
	const char *path = page->view->settings->html;
	bool standard = !strcmp(path, "-"), failed;
	FILE *file = standard ? stdout : fopen(path, "w");

	if (!file)
		return out_trouble("cannot write %s: %s", path, strerror(errno));
	put_page(file, page, body);
	if (!standard) {
		failed = ferror(file) != 0;
		if (fclose(file) != 0 || failed)
			return out_trouble("cannot write %s: %s", path, strerror(errno));
	}
	return pool_is_well(&page->sums) ? EXIT_YES : EXIT_NO;
}

int pool_html(const struct pool_view *view)
{
	struct page page = { .view = view };
	char *body = NULL;
	size_t size;
	bool failed;
	int code;

	pool_sum_up(&page.sums, view);
	page_find_troubles(&page);
	page.file = open_memstream(&body, &size);
	if (!page.file)
		cli_alloc(SIZE_MAX / 2, 2); /* says so and ends */
	put_body(&page);
	failed = ferror(page.file) != 0;
	if (fclose(page.file) != 0 || failed)
		cli_alloc(SIZE_MAX / 2, 2);
	code = write_page(&page, body);
	free(body);
	page_free_troubles(&page);
	return code;
}
