/* SPDX-License-Identifier: MIT */
#include "pool_html.h"

#include <stdlib.h>
#include <string.h>

/* VMs against hosts, and what stands between them. */

/* ---- finding ------------------------------------------------------------------------------ */

/* The place of a set among those found; FEATSET_NONE when it is not there. */
static size_t find_lack(const struct page *page, const featset_t *missing, featset_guest_t guest)
{
	for (size_t i = 0; i < page->lacks; i++)
		if (page->lack[i].guest == guest && featset_equal(&page->lack[i].missing, missing))
			return i;
	return FEATSET_NONE;
}

static void note_lack(struct page *page, size_t vm, size_t host)
{
	featset_guest_t guest = featset_pool_vm_guest(page->view->pool, vm);
	struct page_lack *lack;
	featset_t missing;
	size_t at;

	featset_pool_missing(&missing, page->view->pool, vm, host);
	at = find_lack(page, &missing, guest);
	if (at == FEATSET_NONE && page->lacks == PAGE_LACKS)
		return;
	if (at == FEATSET_NONE) {
		at = page->lacks++;
		lack = &page->lack[at];
		lack->missing = missing;
		lack->guest = guest;
		lack->marks = cli_alloc(featset_pool_vms(page->view->pool), 1);
		lack->vm_on = cli_alloc(page->sums.hosts, sizeof(*lack->vm_on));
		for (size_t h = 0; h < page->sums.hosts; h++)
			lack->vm_on[h] = FEATSET_NONE;
	}
	lack = &page->lack[at];
	lack->marks[vm] = 1;
	if (lack->vm_on[host] == FEATSET_NONE)
		lack->vm_on[host] = vm;
}

void page_find_troubles(struct page *page)
{
	size_t vms = featset_pool_vms(page->view->pool);

	page->troubled = cli_alloc(vms + 1, 1);
	for (size_t vm = 0; vm < vms; vm++) {
		if (!featset_pool_vm_counts(page->view->pool, vm))
			continue;
		for (size_t host = 0; host < page->sums.hosts; host++) {
			unsigned blocks = pool_blocks_of(page->view, vm, host);

			if (blocks & FEATSET_BLOCK_FEATURES)
				note_lack(page, vm, host);
			if (blocks)
				page->troubled[vm] = 1;
		}
		page->troubles += page->troubled[vm];
	}
}

void page_free_troubles(struct page *page)
{
	for (size_t i = 0; i < page->lacks; i++) {
		free(page->lack[i].vm_on);
		free(page->lack[i].marks);
	}
	free(page->troubled);
}

/* ---- VMs by hosts --------------------------------------------------------------------------- */

static const char *state_of(const struct page *page, size_t vm)
{
	const char *state = featset_inventory_get(page->view->vms, FEATSET_VM_POWER_STATE, vm);

	if (!strcmp(featset_inventory_get(page->view->vms, FEATSET_VM_IS_SNAPSHOT, vm), "true"))
		return "snapshot";
	return *state ? state : "running?";
}

/* "lacks 8, network", with a way to which eight. */
static void put_blocks(struct page *page, size_t vm, size_t host, unsigned blocks)
{
	unsigned rest = blocks & ~(unsigned)FEATSET_BLOCK_FEATURES;
	struct text words = { 0 };
	featset_t missing;
	size_t lack;

	if (blocks & FEATSET_BLOCK_FEATURES) {
		featset_pool_missing(&missing, page->view->pool, vm, host);
		lack = find_lack(page, &missing, featset_pool_vm_guest(page->view->pool, vm));
		if (lack == FEATSET_NONE)
			html(page->file, "lacks %u", featset_count(&missing));
		else
			html(page->file, "<a href=\"#lack-%zu\">lacks %u</a>", lack + 1, featset_count(&missing));
	}
	pool_add_blocks(&words, rest);
	html(page->file, "%s%s", rest && rest != blocks ? ", " : "", text_get(&words));
	text_free(&words);
}

static void put_cell(struct page *page, size_t vm, size_t host)
{
	unsigned blocks = pool_blocks_of(page->view, vm, host);

	if (featset_pool_vm_host(page->view->pool, vm) == host) {
		html(page->file, "<td class=\"c h\">runs here</td>");
	} else if (!blocks) {
		html(page->file, "<td class=\"c y\">yes</td>");
	} else {
		html(page->file, "<td class=\"c %s\">", blocks == FEATSET_BLOCK_UNKNOWN ? "o" : "x");
		put_blocks(page, vm, host, blocks);
		html(page->file, "</td>");
	}
}

static void put_vm(struct page *page, size_t vm)
{
	char *name = pool_vm_name(page->view, vm);
	const char *state = state_of(page, vm);

	html(page->file, "<tr><th scope=\"row\"><div>%s</div>", name);
	if (strcmp(state, "running") != 0)
		html(page->file, "<small>%s</small>", state);
	html(page->file, "</th>");
	free(name);
}

static void put_matrix(struct page *page)
{
	size_t rows = 0;

	page_table(page, "VMs by hosts",
		   "May the VM go to the host? Where not, what is in the way. All run but those that are marked.");
	html(page->file, "<thead><tr><th scope=\"col\">VM</th>");
	for (size_t host = 0; host < page->sums.hosts; host++) {
		char *name = pool_host_name(page->view, host);

		html(page->file, "<th scope=\"col\"><div>%s</div></th>", name);
		free(name);
	}
	html(page->file, "</tr></thead>\n<tbody>\n");
	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool) && rows < PAGE_ROWS; vm++) {
		if (!page->troubled[vm])
			continue;
		rows++;
		put_vm(page, vm);
		for (size_t host = 0; host < page->sums.hosts; host++)
			put_cell(page, vm, host);
		html(page->file, "</tr>\n");
	}
	html(page->file, "</tbody>\n");
	page_table_end(page);
	page_left(page, page->troubles - rows, "VM");
}

/* What runs on too many hosts for a column each: a few of those that refuse it. */
static void put_refusals(struct page *page, size_t vm)
{
	size_t named = 0, refused = 0;

	for (size_t host = 0; host < page->sums.hosts; host++) {
		unsigned blocks = pool_blocks_of(page->view, vm, host);
		char *name;

		if (!blocks || refused++ >= 4)
			continue;
		name = pool_host_name(page->view, host);
		html(page->file, "%s%s (", named++ ? ", " : "", name);
		put_blocks(page, vm, host, blocks);
		html(page->file, ")");
		free(name);
	}
	if (refused > named)
		html(page->file, " and %zu more", refused - named);
	html(page->file, "</td><td class=\"n\">%zu of %zu", page->sums.hosts - refused, page->sums.hosts);
}

static void put_where(struct page *page, size_t vm)
{
	size_t host = featset_pool_vm_host(page->view->pool, vm);
	char *name = host == FEATSET_NONE ? cli_copy("-") : pool_host_name(page->view, host);

	html(page->file, "<td>%s</td>", name);
	free(name);
}

static void put_lines(struct page *page)
{
	size_t rows = 0;

	page_table(page, "VMs that cannot go everywhere", "There are too many hosts for a column each.");
	html(page->file, "<thead><tr><th scope=\"col\">VM</th><th scope=\"col\">Runs on</th>"
			 "<th scope=\"col\">Cannot go to</th><th scope=\"col\" class=\"n\">Fits on</th></tr></thead>\n"
			 "<tbody>\n");
	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool) && rows < PAGE_ROWS; vm++) {
		if (!page->troubled[vm])
			continue;
		rows++;
		put_vm(page, vm);
		put_where(page, vm);
		html(page->file, "<td>");
		put_refusals(page, vm);
		html(page->file, "</td></tr>\n");
	}
	html(page->file, "</tbody>\n");
	page_table_end(page);
	page_left(page, page->troubles - rows, "VM");
}

static void put_free_vms(struct page *page)
{
	size_t count = page->sums.vms - page->troubles, rows = 0;

	if (!count)
		return;
	html(page->file, "<details>\n<summary>%s%zu VM%s can go to every host</summary>\n",
	     page->troubles ? "Beside these, " : "", count, count == 1 ? "" : "s");
	page_table(page, "VMs that can go to every host", "Nothing stands in the way of these.");
	html(page->file, "<thead><tr><th scope=\"col\">VM</th><th scope=\"col\">Runs on</th>"
			 "</tr></thead>\n<tbody>\n");
	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool) && rows < PAGE_ROWS; vm++) {
		if (page->troubled[vm] || !featset_pool_vm_counts(page->view->pool, vm))
			continue;
		rows++;
		put_vm(page, vm);
		put_where(page, vm);
		html(page->file, "</tr>\n");
	}
	html(page->file, "</tbody>\n");
	page_table_end(page);
	page_left(page, count - rows, "VM");
	html(page->file, "</details>\n");
}

void page_vms(struct page *page)
{
	page_section(page, "vms", page->view->mode == POOL_ACROSS ? "VMs by hosts of the other pool" : "VMs by hosts");
	if (!page->sums.vms)
		html(page->file, "<p>No VM that runs is told of.</p>\n");
	if (page->troubles && page->sums.hosts <= PAGE_COLUMNS)
		put_matrix(page);
	else if (page->troubles)
		put_lines(page);
	put_free_vms(page);
	page_section_end(page);
}

/* ---- what is missing ---------------------------------------------------------------------------- */

static void sort_causes(featset_t parts[FEATSET_CAUSES], const struct page *page, const struct page_lack *lack,
			size_t host)
{
	for (unsigned cause = 0; cause < FEATSET_CAUSES; cause++)
		featset_clear(&parts[cause]);
	for (featset_feature_t f = featset_next(&lack->missing, 0); f < FEATSET_BITS;
	     f = featset_next(&lack->missing, f + 1))
		featset_add(&parts[featset_pool_cause(page->view->pool, lack->vm_on[host], host, f)], f);
}

static bool same_causes(const featset_t *a, const featset_t *b)
{
	for (unsigned cause = 0; cause < FEATSET_CAUSES; cause++)
		if (!featset_equal(&a[cause], &b[cause]))
			return false;
	return true;
}

static void put_causes(struct page *page, const featset_t *parts)
{
	html(page->file, "<dl class=\"set\">\n");
	for (unsigned cause = 0; cause < FEATSET_CAUSES; cause++) {
		if (featset_is_empty(&parts[cause]))
			continue;
		html(page->file, "<dt>%s</dt><dd>", featset_cause_name((featset_cause_t)cause));
		html_set(page->file, &parts[cause], page->view->settings->names);
		html(page->file, "</dd>\n");
	}
	html(page->file, "</dl>\n");
}

/* Hosts that lack the same for the same reasons are told of together. */
static void put_lack(struct page *page, size_t at)
{
	struct page_lack *lack = &page->lack[at];
	unsigned char *marks = cli_alloc(page->sums.hosts, 1), *done = cli_alloc(page->sums.hosts, 1);
	featset_t first[FEATSET_CAUSES], parts[FEATSET_CAUSES];

	html(page->file, "<h3 id=\"lack-%zu\">%u feature%s that VMs have and hosts lack</h3>\n", at + 1,
	     featset_count(&lack->missing), featset_count(&lack->missing) == 1 ? "" : "s");
	html(page->file, "<p>Started with %s: <strong>", featset_count(&lack->missing) == 1 ? "it" : "all of them");
	page_vm_names(page, lack->marks, PAGE_NAMES);
	html(page->file, "</strong>.</p>\n");
	for (size_t host = 0; host < page->sums.hosts; host++) {
		if (lack->vm_on[host] == FEATSET_NONE || done[host])
			continue;
		sort_causes(first, page, lack, host);
		for (size_t h = host; h < page->sums.hosts; h++) {
			marks[h] = 0;
			if (lack->vm_on[h] == FEATSET_NONE || done[h])
				continue;
			sort_causes(parts, page, lack, h);
			marks[h] = done[h] = same_causes(first, parts);
		}
		html(page->file, "<p>Lacking on <strong>");
		page_hosts(page, marks);
		html(page->file, "</strong>, and why:</p>\n");
		put_causes(page, first);
		memset(marks, 0, page->sums.hosts);
	}
	free(done);
	free(marks);
}

static void put_place(struct page *page, const char *before, featset_record_t record, size_t index, const char *after,
		      const char *host)
{
	char *name = pool_name(page->view->hosts, record, index);

	html(page->file, "%s<strong>%s</strong>%s", before, name, after);
	if (*host)
		html(page->file, "<strong>%s</strong>", host);
	free(name);
}

/* The networks and storage that a VM has not on a host; how many sentences that took. */
static size_t put_places(struct page *page, size_t vm, size_t host)
{
	size_t network = featset_pool_network_lacking(page->view->pool, vm, host, 0);
	size_t storage = featset_pool_storage_lacking(page->view->pool, vm, host, 0);
	char *v, *h, *words;

	if (network == FEATSET_NONE && storage == FEATSET_NONE)
		return 0;
	v = pool_vm_name(page->view, vm);
	h = pool_host_name(page->view, host);
	if (network != FEATSET_NONE) {
		html(page->file, "<li><strong>%s</strong>", v);
		words = pool_network_words(page->view, vm, network, host);
		put_place(page, " needs network ", FEATSET_RECORD_NETWORK, network, ", ", "");
		html(page->file, "%s</li>\n", words);
		free(words);
	}
	if (storage != FEATSET_NONE) {
		html(page->file, "<li><strong>%s</strong>", v);
		put_place(page, " has a disk on SR ", FEATSET_RECORD_SR, storage, ", which is not attached to ", h);
		html(page->file, "</li>\n");
	}
	free(v);
	free(h);
	return 1;
}

static bool has_places(const struct page *page)
{
	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool); vm++)
		for (size_t host = 0; page->troubled[vm] && host < page->sums.hosts; host++)
			if (pool_blocks_of(page->view, vm, host) & (FEATSET_BLOCK_NETWORK | FEATSET_BLOCK_STORAGE))
				return true;
	return false;
}

static void put_placement(struct page *page)
{
	size_t told = 0;

	if (!has_places(page))
		return;
	html(page->file, "<h3>Networks and storage</h3>\n<ul>\n");
	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool) && told < PAGE_LIST; vm++)
		for (size_t host = 0; page->troubled[vm] && host < page->sums.hosts && told < PAGE_LIST; host++)
			told += put_places(page, vm, host);
	html(page->file, "</ul>\n");
	if (told == PAGE_LIST)
		html(page->file, "<p class=\"mute\">These are the first %zu; the table of VMs goes on.</p>\n", told);
}

void page_missing(struct page *page)
{
	if (!page->lacks && !has_places(page))
		return;
	page_section(page, "missing", "What is missing");
	for (size_t i = 0; i < page->lacks; i++)
		put_lack(page, i);
	if (page->lacks == PAGE_LACKS)
		html(page->file, "<p class=\"mute\">These are the first %u sets; --json has all.</p>\n",
		     (unsigned)PAGE_LACKS);
	put_placement(page);
	page_section_end(page);
}
