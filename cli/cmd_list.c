/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Every topic fills a grid of strings, which becomes a table or JSON.  A column's
 * name is its JSON key and, in upper case, its heading.
 */
struct column {
	const char *key;
	enum { SHOWN, HIDDEN } in_table;
	enum { STRING, NUMBER, TRUTH } kind;
};

struct grid {
	char **cells;
	size_t used, size;
};

struct topic {
	const char *name;
	const struct column *columns;
	size_t width;
	void (*fill)(struct grid *grid);
	bool in_names; /* the text is looked for in the spellings of all dialects as well */
};

static void cell(struct grid *grid, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void cell(struct grid *grid, const char *format, ...)
{
	char text[256];
	va_list arguments;

	if (grid->used == grid->size) {
		char **more;

		grid->size = grid->size ? grid->size * 2 : 512;
		more = cli_alloc(grid->size, sizeof(*more));
		if (grid->used)
			memcpy(more, grid->cells, grid->used * sizeof(*more));
		free(grid->cells);
		grid->cells = more;
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	grid->cells[grid->used++] = cli_copy(text);
}

/* ---- the topics ------------------------------------------------------------------------ */

static const struct column feature_columns[] = {
	{ "name", SHOWN, STRING },  { "where", SHOWN, STRING },	 { "class", SHOWN, STRING },
	{ "merge", HIDDEN, STRING }, { "scope", HIDDEN, STRING }, { "number", HIDDEN, NUMBER },
	{ "summary", SHOWN, STRING },
};

static void fill_features(struct grid *grid)
{
	featset_t named;

	featset_named(&named);
	for (featset_feature_t f = featset_next(&named, 0); f < FEATSET_BITS; f = featset_next(&named, f + 1)) {
		cell(grid, "%s", featset_feature_name(f, FEATSET_CANONICAL));
		cell(grid, "%s[%u]", featset_word_name(f / 32), f % 32);
		cell(grid, "%s", featset_class_name(featset_feature_class(f)));
		cell(grid, "%s", featset_merge_name(featset_feature_merge(f)));
		cell(grid, "%s", featset_scope_name(featset_feature_scope(f)));
		cell(grid, "%u", f);
		cell(grid, "%s", featset_feature_summary(f));
	}
}

static const struct column baseline_columns[] = {
	{ "name", SHOWN, STRING }, { "kind", HIDDEN, STRING },	 { "vendor", SHOWN, STRING },
	{ "year", SHOWN, NUMBER }, { "count", SHOWN, NUMBER }, { "parent", HIDDEN, STRING },
	{ "title", SHOWN, STRING },
};

static void fill_baselines(struct grid *grid)
{
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *baseline = featset_baseline_at(i);
		const featset_baseline_t *parent = featset_baseline_parent(baseline);
		featset_t features;

		featset_baseline_features(&features, baseline);
		cell(grid, "%s", featset_baseline_name(baseline));
		cell(grid, "%s", featset_kind_name(featset_baseline_kind(baseline)));
		cell(grid, "%s", featset_baseline_vendor(baseline));
		if (featset_baseline_year(baseline))
			cell(grid, "%u", featset_baseline_year(baseline));
		else
			cell(grid, "%s", "");
		cell(grid, "%u", featset_count(&features));
		cell(grid, "%s", parent ? featset_baseline_name(parent) : "");
		cell(grid, "%s", featset_baseline_title(baseline));
	}
}

static const struct column format_columns[] = {
	{ "name", SHOWN, STRING },
	{ "reads", SHOWN, TRUTH },
	{ "writes", SHOWN, TRUTH },
	{ "summary", SHOWN, STRING },
};

static void fill_formats(struct grid *grid)
{
	for (size_t i = 0; i < featset_format_count(); i++) {
		const featset_format_t *format = featset_format_at(i);

		cell(grid, "%s", featset_format_name(format));
		cell(grid, "%s", featset_format_reads(format) ? "yes" : "no");
		cell(grid, "%s", featset_format_writes(format) ? "yes" : "no");
		cell(grid, "%s", featset_format_summary(format));
	}
}

static const struct column word_columns[] = {
	{ "number", SHOWN, NUMBER }, { "name", SHOWN, STRING }, { "source", SHOWN, STRING },
	{ "flags", SHOWN, STRING },  { "named", SHOWN, NUMBER },
};

static unsigned named_in(unsigned word)
{
	featset_t named, one;

	featset_named(&named);
	featset_clear(&one);
	featset_set_word(&one, word, featset_word(&named, word));
	return featset_count(&one);
}

static void fill_words(struct grid *grid)
{
	static const char *const sources[] = { "cpuid", "msr", "ladder", "reserved", "free" };

	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		cell(grid, "%u", w);
		cell(grid, "%s", featset_word_name(w));
		cell(grid, "%s", sources[featset_word_source(w)]);
		cell(grid, "%08" PRIx32, featset_word_flags(w));
		cell(grid, "%u", named_in(w));
	}
}

static const struct column plain_columns[] = {
	{ "name", SHOWN, STRING },
	{ "summary", SHOWN, STRING },
};

static void fill_dialects(struct grid *grid)
{
	static const char *const summaries[FEATSET_DIALECTS] = {
		[FEATSET_CANONICAL] = "featset's own: Linux's spelling, made unique",
		[FEATSET_LINUX] = "/proc/cpuinfo and the kernel's source",
		[FEATSET_XEN] = "xl and xen-cpuid",
		[FEATSET_QEMU] = "QEMU's -cpu",
		[FEATSET_LIBVIRT] = "libvirt's cpu_map",
		[FEATSET_GCC] = "options of gcc and clang, without -m",
		[FEATSET_INTEL] = "the processor manuals",
		[FEATSET_KCPUID] = "x86-cpuid-db and kcpuid",
		[FEATSET_ARCHSPEC] = "archspec",
		[FEATSET_KLAUSPOST] = "klauspost/cpuid, so also node-feature-discovery",
		[FEATSET_LIBCPUID] = "libcpuid",
	};

	for (unsigned d = 0; d < FEATSET_DIALECTS; d++) {
		cell(grid, "%s", featset_dialect_name((featset_dialect_t)d));
		cell(grid, "%s", summaries[d]);
	}
}

static void fill_rules(struct grid *grid)
{
	static const char *const summaries[FEATSET_RULES] = {
		[FEATSET_RULE_PLAIN] = "words extended with zeros and ANDed: what XAPI falls back to",
		[FEATSET_RULE_XENSERVER] = "what XenServer and XCP-ng compute: AND, OR of what Xen accumulates, prune "
					   "by Xen's dependencies, RSBA and RRSBA computed",
		[FEATSET_RULE_SAFE] = "for a guest that may run anywhere: as xenserver, with RTM_ALWAYS_ABORT "
				      "accumulated, dynamic bits and hints left out, all dependencies",
	};

	for (unsigned r = 0; r < FEATSET_RULES; r++) {
		cell(grid, "%s", featset_rule_name((featset_rule_t)r));
		cell(grid, "%s", summaries[r]);
	}
}

#define COLUMNS(c) c, sizeof(c) / sizeof((c)[0])

static const struct topic topics[] = {
	{ "baselines", COLUMNS(baseline_columns), fill_baselines, false },
	{ "dialects", COLUMNS(plain_columns), fill_dialects, false },
	{ "features", COLUMNS(feature_columns), fill_features, true },
	{ "formats", COLUMNS(format_columns), fill_formats, false },
	{ "rules", COLUMNS(plain_columns), fill_rules, false },
	{ "words", COLUMNS(word_columns), fill_words, false },
};

#define TOPICS (sizeof(topics) / sizeof(topics[0]))

/* ---- searching --------------------------------------------------------------------------- */

static bool contains(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; *text; text++)
		if (strncasecmp(text, part, length) == 0)
			return true;
	return !length;
}

static bool in_other_names(char *const *row, const char *text)
{
	featset_feature_t feature = (featset_feature_t)strtoul(row[5], NULL, 10);

	for (unsigned d = 0; d < FEATSET_DIALECTS; d++) {
		const char *name = featset_feature_name(feature, (featset_dialect_t)d);

		if (name && contains(name, text))
			return true;
	}
	return false;
}

static bool matches(const struct topic *topic, char *const *row, const char *text)
{
	if (!text)
		return true;
	for (size_t c = 0; c < topic->width; c++)
		if (topic->columns[c].in_table == SHOWN && contains(row[c], text))
			return true;
	return topic->in_names && in_other_names(row, text);
}

/* Moves the rows that match to the front, and gives how many they are. */
static size_t select_rows(const struct topic *topic, struct grid *grid, const char *text)
{
	size_t kept = 0, w = topic->width;

	for (size_t r = 0; r < grid->used / w; r++) {
		if (!matches(topic, grid->cells + r * w, text))
			continue;
		for (size_t c = 0; c < w && kept != r; c++) {
			char *swap = grid->cells[kept * w + c];

			grid->cells[kept * w + c] = grid->cells[r * w + c];
			grid->cells[r * w + c] = swap;
		}
		kept++;
	}
	return kept;
}

/* ---- showing ------------------------------------------------------------------------------ */

static size_t add_headings(const struct topic *topic, struct grid *grid)
{
	size_t shown = 0;

	for (size_t c = 0; c < topic->width; c++) {
		char heading[32];
		size_t i;

		if (topic->columns[c].in_table == HIDDEN)
			continue;
		for (i = 0; topic->columns[c].key[i] && i + 1 < sizeof(heading); i++)
			heading[i] = (char)(topic->columns[c].key[i] - 'a' + 'A');
		heading[i] = '\0';
		cell(grid, "%s", heading);
		shown++;
	}
	return shown;
}

static void show(const struct topic *topic, const struct grid *grid, size_t rows)
{
	struct grid headings = { 0 };
	size_t shown = add_headings(topic, &headings), used = 0;
	const char **cells = cli_alloc((rows + 1) * shown, sizeof(*cells));

	for (; used < shown; used++)
		cells[used] = headings.cells[used];
	for (size_t i = 0; i < rows * topic->width; i++)
		if (topic->columns[i % topic->width].in_table == SHOWN)
			cells[used++] = *grid->cells[i] ? grid->cells[i] : "-";
	out_table(cells, rows + 1, shown);
	for (size_t c = 0; c < shown; c++)
		free(headings.cells[c]);
	free(headings.cells);
	free(cells);
}

#ifdef FEATSET_NO_JSON
#define json(topic, grid, rows) ((void)0)
#else
/* A feature's spellings in every dialect that has one. */
static void json_names(json_t *object, const char *number)
{
	featset_feature_t feature = (featset_feature_t)strtoul(number, NULL, 10);
	json_t *names = json_object();

	for (unsigned d = FEATSET_CANONICAL + 1; d < FEATSET_DIALECTS; d++) {
		const char *name = featset_feature_name(feature, (featset_dialect_t)d);

		if (name)
			json_object_set_new(names, featset_dialect_name((featset_dialect_t)d), json_string(name));
	}
	json_object_set_new(object, "names", names);
}

/* A text, or null for NULL. */
static json_t *json_maybe(const char *text)
{
	return text ? json_text(text) : json_null();
}

static json_t *json_signatures(const featset_baseline_t *baseline)
{
	json_t *array = json_array();
	featset_signature_t s;

	for (size_t i = 0; featset_baseline_signature(baseline, i, &s); i++)
		json_array_append_new(array, json_pack("{s:i, s:[ii], s:[ii]}", "family", (int)s.family, "models",
						       (int)s.model_first, (int)s.model_last, "steppings",
						       (int)s.stepping_first, (int)s.stepping_last));
	return array;
}

static void json_sets(json_t *object, const char *name)
{
	const featset_baseline_t *baseline = featset_baseline_find(name, NULL);
	featset_t set;

	if (!baseline)
		return;
	featset_baseline_features(&set, baseline);
	json_object_set_new(object, "features", json_set(&set, FEATSET_CANONICAL));
	featset_baseline_fused(&set, baseline);
	json_object_set_new(object, "fused", json_set(&set, FEATSET_CANONICAL));
	featset_baseline_switchable(&set, baseline);
	json_object_set_new(object, "switchable", json_set(&set, FEATSET_CANONICAL));
	json_object_set_new(object, "origin", json_maybe(featset_baseline_origin(baseline)));
	json_object_set_new(object, "since", json_maybe(featset_baseline_since(baseline)));
	json_object_set_new(object, "signatures", json_signatures(baseline));
}

static json_t *json_cell(const struct column *column, const char *text)
{
	if (column->kind == NUMBER && *text)
		return json_integer(strtoll(text, NULL, 10));
	if (column->kind == TRUTH)
		return json_boolean(strcmp(text, "yes") == 0);
	return json_text(text);
}

static json_t *json_row(const struct topic *topic, char *const *row)
{
	json_t *object = json_object();

	for (size_t c = 0; c < topic->width; c++)
		json_object_set_new(object, topic->columns[c].key, json_cell(&topic->columns[c], row[c]));
	if (topic->fill == fill_features)
		json_names(object, row[5]);
	if (topic->fill == fill_baselines)
		json_sets(object, row[0]);
	return object;
}

static void json(const struct topic *topic, const struct grid *grid, size_t rows)
{
	json_t *root = json_start(), *array = json_array();

	for (size_t r = 0; r < rows; r++)
		json_array_append_new(array, json_row(topic, grid->cells + r * topic->width));
	json_object_set_new(root, topic->name, array);
	json_finish(root);
}
#endif

static int unknown_topic(const char *name)
{
	const char *names[TOPICS + 1] = { NULL };
	const char *near;

	for (size_t i = 0; i < TOPICS; i++)
		names[i] = topics[i].name;
	near = text_nearest(name, names);
	if (near)
		return out_trouble("list: nothing is called '%s' (did you mean '%s'?)", name, near);
	return out_trouble("list: nothing is called '%s'; see 'featset list --help'", name);
}

static int list(const struct topic *topic, const char *text, const struct settings *settings)
{
	struct grid grid = { 0 };
	size_t rows;

	topic->fill(&grid);
	rows = select_rows(topic, &grid, text);
	if (settings->json)
		json(topic, &grid, rows);
	else if (rows)
		show(topic, &grid, rows);
	else
		out_warn("none of the %s has '%s' in it", topic->name, text);
	for (size_t i = 0; i < grid.used; i++)
		free(grid.cells[i]);
	free(grid.cells);
	return rows ? EXIT_YES : EXIT_NO;
}

int cmd_list(const struct settings *settings, int count, char **words)
{
	for (size_t i = 0; i < TOPICS; i++)
		if (strcmp(words[0], topics[i].name) == 0)
			return list(&topics[i], count > 1 ? words[1] : NULL, settings);
	return unknown_topic(words[0]);
}
