/* SPDX-License-Identifier: MIT */
#ifndef CLI_POOL_HTML_H
#define CLI_POOL_HTML_H

/*
 * pool_html.h - what the parts of a pool's page share
 *
 * A page stays of a size that browsers like: what is beyond these bounds is
 * counted, not shown.  --json has everything.
 */

#include "html.h"
#include "pool.h"

enum {
	PAGE_COLUMNS = 24, /* hosts, or kinds of hosts, side by side */
	PAGE_ROWS = 1000,  /* rows of a table, commands */
	PAGE_LIST = 200,   /* sentences */
	PAGE_NAMES = 20,   /* names in a sentence */
	PAGE_FEW = 6,      /* names in a heading or a cell */
	PAGE_LACKS = 40,   /* sets of missing features */
	PAGE_SECTIONS = 12
};

/* One set of features that some VMs have and some hosts lack. */
struct page_lack {
	featset_t missing;
	featset_guest_t guest;
	size_t *vm_on;        /* for each host a VM that it stops, or FEATSET_NONE */
	unsigned char *marks; /* which VMs these are */
};

struct page {
	FILE *file; /* the body, which is put together before the navigation above it is written */
	const struct pool_view *view;
	struct pool_sums sums;
	struct {
		const char *id, *heading;
	} section[PAGE_SECTIONS];
	size_t sections;
	bool commands;           /* are there any? */
	unsigned char *troubled; /* for each VM: does something stand between it and some host? */
	size_t troubles;
	struct page_lack lack[PAGE_LACKS];
	size_t lacks;
};

/* Sections with a heading, which the navigation also has. */
void page_section(struct page *page, const char *id, const char *heading);
void page_section_end(struct page *page);
/* A table in a box of its own, which scrolls. */
void page_table(struct page *page, const char *label, const char *caption);
void page_table_end(struct page *page);
/* "... and 12 more VMs, which --json has"; nothing for 0. */
void page_left(struct page *page, size_t left, const char *noun);
/* Features that nobody has to act on, for who wants to see them; nothing for an empty set. */
void page_folded(struct page *page, const featset_t *set);
/* "a, b, c and 3 more": hosts, or VMs, that are marked. */
void page_hosts(struct page *page, const unsigned char *marks);
void page_vm_names(struct page *page, const unsigned char *marks, size_t most);

/* Finds what stands between VMs and hosts, for all parts. */
void page_find_troubles(struct page *page);
void page_free_troubles(struct page *page);

void page_change(struct page *page);
void page_cures(struct page *page);
void page_features(struct page *page);
void page_levels(struct page *page);
void page_vms(struct page *page);
void page_missing(struct page *page);

#endif
