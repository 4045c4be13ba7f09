/* SPDX-License-Identifier: MIT */
/*
 * tree.c - the baselines in the order of their parents, drawn
 *
 * The longest line of heirs goes straight down; other heirs branch off to the
 * right of it.  Plain indentation would need more columns than there are: the
 * generations of one vendor are twenty deep.
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns that the names get, from the left margin. */
#define NAME_COLUMNS 30

struct node {
	const featset_baseline_t *baseline;
	size_t parent;   /* its own index at a root */
	unsigned height; /* of the longest line of heirs */
	bool wanted;
};

struct tree {
	struct node *node;
	size_t count;
	const char *mark, *branch, *line;
};

/* Parents stand before their heirs. */
static size_t find_parent(const struct tree *tree, size_t index)
{
	const featset_baseline_t *parent = featset_baseline_parent(tree->node[index].baseline);

	for (size_t i = 0; i < index; i++)
		if (tree->node[i].baseline == parent)
			return i;
	return index;
}

/* One pass upwards, from heirs to parents. */
static void measure(struct tree *tree)
{
	for (size_t i = tree->count; i-- > 0;) {
		struct node *node = &tree->node[i], *parent = &tree->node[node->parent];

		if (!node->wanted || parent == node)
			continue;
		parent->wanted = true;
		if (parent->height < node->height + 1)
			parent->height = node->height + 1;
	}
}

static size_t plant(struct tree *tree, const struct settings *settings, const char *text)
{
	size_t wanted = 0;

	tree->count = featset_catalog_count(settings->catalog);
	tree->node = cli_alloc(tree->count, sizeof(*tree->node));
	for (size_t i = 0; i < tree->count; i++) {
		struct node *node = &tree->node[i];

		node->baseline = featset_catalog_at(settings->catalog, i);
		node->parent = find_parent(tree, i);
		node->wanted = baseline_wanted(node->baseline, settings, text);
		wanted += node->wanted;
	}
	measure(tree);
	if (!wanted)
		out_warn("none of the baselines has '%s' in its names", text);
	return wanted;
}

static bool is_heir(const struct tree *tree, size_t i, size_t of)
{
	return i != of && tree->node[i].wanted && tree->node[i].parent == of;
}

/* The heir that goes on with the line; the node itself where the line ends. */
static size_t main_heir(const struct tree *tree, size_t of)
{
	size_t best = of;

	for (size_t i = of + 1; i < tree->count; i++)
		if (is_heir(tree, i, of) && (best == of || tree->node[i].height > tree->node[best].height))
			best = i;
	return best;
}

static unsigned columns(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* As many names as the line has room for, then how many more there are. */
static void add_names(struct text *line, unsigned *room, const char *sign, const featset_t *set)
{
	unsigned left = featset_count(set);

	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		const char *name = featset_feature_name(f, FEATSET_CANONICAL);
		unsigned need = (unsigned)strlen(name ? name : "?") + 2;

		if (!name || need + 6 > *room)
			break;
		text_add(line, " %s%s", sign, name);
		*room -= need;
		left--;
	}
	if (left && *room >= 6) {
		text_add(line, " %s%u", sign, left);
		*room -= 6;
	}
}

/* What programs notice first; a root shows its number of features. */
static void add_changes(struct text *line, const featset_baseline_t *baseline, unsigned room)
{
	featset_t adds, drops, first;

	baseline_changes(&adds, &drops, baseline);
	if (!featset_baseline_parent(baseline)) {
		text_add(line, " ");
		text_add_count(line, featset_count(&adds), "feature");
		return;
	}
	room -= featset_is_empty(&drops) ? 0 : 6;
	baseline_for_programs(&first, &adds);
	if (featset_is_empty(&first))
		first = adds;
	add_names(line, &room, "+", &first);
	room += featset_is_empty(&drops) ? 0 : 6;
	add_names(line, &room, "-", &drops);
}

static void draw_line(const struct tree *tree, const char *before, size_t index)
{
	const featset_baseline_t *baseline = tree->node[index].baseline;
	unsigned year = featset_baseline_year(baseline), used;
	struct text line = { 0 };

	text_add(&line, "%s%s %s", before, tree->mark, featset_baseline_name(baseline));
	used = columns(text_get(&line));
	if (used < NAME_COLUMNS)
		text_add(&line, "%*s", (int)(NAME_COLUMNS - used), "");
	if (year)
		text_add(&line, " %u%s", year, featset_baseline_preliminary(baseline) ? "?" : " ");
	used = columns(text_get(&line));
	if (used < out_width())
		add_changes(&line, baseline, out_width() - used);
	while (line.data[line.length - 1] == ' ')
		line.data[--line.length] = '\0';
	out_raw("%s", text_get(&line));
	text_free(&line);
}

static void draw(const struct tree *tree, const char *first, const char *before, size_t index)
{
	size_t heir = main_heir(tree, index);

	draw_line(tree, first, index);
	for (size_t i = index + 1; i < tree->count; i++) {
		struct text side = { 0 }, below = { 0 };

		if (i == heir || !is_heir(tree, i, index))
			continue;
		text_add(&side, "%s%s", before, tree->branch);
		text_add(&below, "%s%s", before, tree->line);
		draw(tree, text_get(&side), text_get(&below), i);
		text_free(&side);
		text_free(&below);
	}
	if (heir != index)
		draw(tree, before, before, heir);
}

static size_t count_wanted(const struct tree *tree)
{
	size_t count = 0;

	for (size_t i = 0; i < tree->count; i++)
		count += tree->node[i].wanted;
	return count;
}

int baseline_tree(const struct settings *settings, const char *text)
{
	struct tree tree = { NULL, 0, "*", "|-", "| " };
	size_t count;

	if (out_draws()) {
		tree.mark = "\xe2\x97\x8f";               /* a black circle */
		tree.branch = "\xe2\x94\x9c\xe2\x94\x80"; /* box drawings */
		tree.line = "\xe2\x94\x82 ";
	}
	if (!plant(&tree, settings, text)) {
		free(tree.node);
		return EXIT_NO;
	}
	count = count_wanted(&tree);
	out_answer(OUT_BOLD,
		   "%zu baseline%s, each on the one above it, with what it adds for programs (? not sold yet)", count,
		   count == 1 ? "" : "s");
	for (size_t i = 0; i < tree.count; i++) {
		if (!tree.node[i].wanted || tree.node[i].parent != i)
			continue;
		out_gap();
		draw(&tree, "", "", i);
	}
	free(tree.node);
	return EXIT_YES;
}

/* ---- graphviz --------------------------------------------------------------------------- */

static void dot_string(struct text *text, const char *string)
{
	for (; *string; string++)
		text_add(text, *string == '"' || *string == '\\' ? "\\%c" : "%c", *string);
}

static void dot_node(const featset_baseline_t *baseline)
{
	static const char *const shapes[FEATSET_KINDS] = {
		[FEATSET_KIND_UARCH] = "box",
		[FEATSET_KIND_PSABI] = "ellipse",
		[FEATSET_KIND_MODEL] = "component",
	};
	unsigned year = featset_baseline_year(baseline);
	struct text line = { 0 };

	text_add(&line, "\t\"");
	dot_string(&line, featset_baseline_name(baseline));
	text_add(&line, "\" [shape=%s, label=\"", shapes[featset_baseline_kind(baseline)]);
	dot_string(&line, featset_baseline_name(baseline));
	text_add(&line, "\\n");
	dot_string(&line, featset_baseline_title(baseline));
	if (year)
		text_add(&line, ", %u", year);
	text_add(&line, "\"%s];", featset_baseline_preliminary(baseline) ? ", style=dashed" : "");
	out_raw("%s", text_get(&line));
	text_free(&line);
}

static void dot_edge(const featset_baseline_t *baseline)
{
	featset_t adds, drops;
	struct text line = { 0 };

	baseline_changes(&adds, &drops, baseline);
	text_add(&line, "\t\"");
	dot_string(&line, featset_baseline_name(featset_baseline_parent(baseline)));
	text_add(&line, "\" -> \"");
	dot_string(&line, featset_baseline_name(baseline));
	text_add(&line, "\" [label=\"+%u", featset_count(&adds));
	if (!featset_is_empty(&drops))
		text_add(&line, " -%u", featset_count(&drops));
	text_add(&line, "\"];");
	out_raw("%s", text_get(&line));
	text_free(&line);
}

int baseline_dot(const struct settings *settings, const char *text)
{
	struct tree tree = { 0 };

	if (!plant(&tree, settings, text)) {
		free(tree.node);
		return EXIT_NO;
	}
	out_raw("digraph featset {\n\trankdir=LR;");
	for (size_t i = 0; i < tree.count; i++) {
		if (!tree.node[i].wanted)
			continue;
		dot_node(tree.node[i].baseline);
		if (tree.node[i].parent != i)
			dot_edge(tree.node[i].baseline);
	}
	out_raw("}");
	free(tree.node);
	return EXIT_YES;
}
