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
	void (*fill)(struct grid *grid, const struct settings *settings);
	bool in_names; /* the text is looked for in the spellings of all dialects as well */
};

static void cell(struct grid *grid, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void cell(struct grid *grid, const char *format, ...)
{
	char text[512];
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
	{ "name", SHOWN, STRING },    { "where", SHOWN, STRING },   { "class", SHOWN, STRING },
	{ "number", HIDDEN, NUMBER }, { "summary", SHOWN, STRING },
};

/* The column of features and words that says which one it is. */
enum { FEATURE_NUMBER = 3, WORD_NUMBER = 0 };

static void fill_features(struct grid *grid, const struct settings *settings)
{
	featset_t named;
	char name[128];

	featset_named(&named);
	for (featset_feature_t f = featset_next(&named, 0); f < FEATSET_BITS; f = featset_next(&named, f + 1)) {
		featset_feature_spell(name, sizeof(name), f, settings->names);
		cell(grid, "%s", name);
		cell(grid, "%s[%u]", featset_word_name(f / 32), f % 32);
		cell(grid, "%s", featset_class_name(featset_feature_class(f)));
		cell(grid, "%u", f);
		cell(grid, "%s", featset_feature_summary(f));
	}
}

static const struct column baseline_columns[] = {
	{ "name", SHOWN, STRING },  { "vendor", SHOWN, STRING }, { "year", SHOWN, NUMBER },
	{ "count", SHOWN, NUMBER }, { "title", SHOWN, STRING },
};

static void year_cell(struct grid *grid, const featset_baseline_t *baseline)
{
	if (featset_baseline_year(baseline))
		cell(grid, "%u", featset_baseline_year(baseline));
	else
		cell(grid, "%s", "");
}

static void count_cell(struct grid *grid, const featset_baseline_t *baseline)
{
	featset_t features;

	featset_baseline_features(&features, baseline);
	cell(grid, "%u", featset_count(&features));
}

/* A table without models unless they are asked for; data with all. */
static void fill_baselines(struct grid *grid, const struct settings *settings)
{
	const featset_baseline_t *baseline;

	for (size_t i = 0; (baseline = featset_catalog_at(settings->catalog, i)); i++) {
		if (!settings->json && !baseline_wanted(baseline, settings, NULL))
			continue;
		cell(grid, "%s", featset_baseline_name(baseline));
		cell(grid, "%s", featset_baseline_vendor(baseline));
		year_cell(grid, baseline);
		count_cell(grid, baseline);
		cell(grid, "%s%s", featset_baseline_title(baseline),
		     featset_baseline_preliminary(baseline) ? " (not sold yet)" : "");
	}
}

static const struct column model_columns[] = {
	{ "name", SHOWN, STRING },   { "origin", SHOWN, STRING }, { "since", SHOWN, STRING },
	{ "vendor", SHOWN, STRING }, { "count", SHOWN, NUMBER },
};

static void fill_models(struct grid *grid, const struct settings *settings)
{
	const featset_baseline_t *baseline;

	for (size_t i = 0; (baseline = featset_catalog_at(settings->catalog, i)); i++) {
		if (featset_baseline_kind(baseline) != FEATSET_KIND_MODEL)
			continue;
		cell(grid, "%s", featset_baseline_name(baseline));
		cell(grid, "%s", featset_baseline_origin(baseline));
		cell(grid, "%s", featset_baseline_since(baseline));
		cell(grid, "%s", featset_baseline_vendor(baseline));
		count_cell(grid, baseline);
	}
}

static const struct column format_columns[] = {
	{ "name", SHOWN, STRING },     { "reads", SHOWN, TRUTH },   { "writes", SHOWN, TRUTH },
	{ "summary", HIDDEN, STRING }, { "source", SHOWN, STRING },
};

static void fill_formats(struct grid *grid, const struct settings *settings)
{
	(void)settings;
	for (size_t i = 0; i < featset_format_count(); i++) {
		const featset_format_t *format = featset_format_at(i);

		cell(grid, "%s", featset_format_name(format));
		cell(grid, "%s", featset_format_reads(format) ? "yes" : "no");
		cell(grid, "%s", featset_format_writes(format) ? "yes" : "no");
		cell(grid, "%s", featset_format_summary(format));
		cell(grid, "%s", featset_format_source(format));
	}
}

static const struct column word_columns[] = {
	{ "number", SHOWN, NUMBER }, { "name", SHOWN, STRING },  { "source", SHOWN, STRING },
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

static void fill_words(struct grid *grid, const struct settings *settings)
{
	static const char *const sources[] = { "cpuid", "msr", "ladder", "reserved", "free" };

	(void)settings;
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

static void fill_dialects(struct grid *grid, const struct settings *settings)
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

	(void)settings;
	for (unsigned d = 0; d < FEATSET_DIALECTS; d++) {
		cell(grid, "%s", featset_dialect_name((featset_dialect_t)d));
		cell(grid, "%s", summaries[d]);
	}
}

static void fill_rules(struct grid *grid, const struct settings *settings)
{
	static const char *const summaries[FEATSET_RULES] = {
		[FEATSET_RULE_PLAIN] = "words extended with zeros and ANDed: what XAPI falls back to",
		[FEATSET_RULE_XENSERVER] = "what XenServer and XCP-ng compute: AND, OR of what Xen accumulates, prune "
					   "by Xen's dependencies, RSBA and RRSBA computed",
		[FEATSET_RULE_SAFE] = "for a guest that may run anywhere: as xenserver, with RTM_ALWAYS_ABORT "
				      "accumulated, dynamic bits and hints left out, all dependencies",
		[FEATSET_RULE_KVM] = "for QEMU and KVM: AND, RSBA and RRSBA computed, without invtsc, all dependencies",
	};

	(void)settings;
	for (unsigned r = 0; r < FEATSET_RULES; r++) {
		cell(grid, "%s", featset_rule_name((featset_rule_t)r));
		cell(grid, "%s", summaries[r]);
	}
}

static const struct column platform_columns[] = {
	{ "name", SHOWN, STRING },
	{ "targets", SHOWN, STRING },
	{ "summary", SHOWN, STRING },
};

/* "qemu-11.1, 10.0": of all but the first its number, where they are of one thing, for --target takes that too. */
static void add_target(struct text *text, const char *target)
{
	const char *dash = strrchr(target, '-');
	size_t length = dash ? (size_t)(dash + 1 - target) : 0;
	bool same = length && strncmp(text_get(text), target, length) == 0;

	text_add(text, "%s%s", text->length ? ", " : "", same ? dash + 1 : target);
}

static void fill_platforms(struct grid *grid, const struct settings *settings)
{
	(void)settings;
	for (size_t i = 0; i < featset_platform_count(); i++) {
		const featset_platform_t *platform = featset_platform_at(i);
		struct text targets = { 0 };
		const char *target;

		for (size_t t = 0; (target = featset_platform_target(platform, t)); t++)
			add_target(&targets, target);
		cell(grid, "%s", featset_platform_name(platform));
		cell(grid, "%s", text_get(&targets));
		cell(grid, "%s", featset_platform_summary(platform));
		text_free(&targets);
	}
}

static const struct column error_columns[] = {
	{ "code", SHOWN, STRING },
	{ "cause", SHOWN, STRING },
	{ "cure", HIDDEN, STRING },
};

static void fill_errors(struct grid *grid, const struct settings *settings)
{
	(void)settings;
	for (size_t i = 0; i < featset_error_codes(); i++) {
		cell(grid, "%s", featset_error_code_at(i));
		cell(grid, "%s", featset_error_code_cause(i));
		cell(grid, "%s", featset_error_code_cure(i));
	}
}

#define COLUMNS(c) c, sizeof(c) / sizeof((c)[0])

static const struct topic topics[] = {
	{ "baselines", COLUMNS(baseline_columns), fill_baselines, false },
	{ "dialects", COLUMNS(plain_columns), fill_dialects, false },
	{ "errors", COLUMNS(error_columns), fill_errors, false },
	{ "features", COLUMNS(feature_columns), fill_features, true },
	{ "formats", COLUMNS(format_columns), fill_formats, false },
	{ "models", COLUMNS(model_columns), fill_models, false },
	{ "platforms", COLUMNS(platform_columns), fill_platforms, false },
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
	featset_feature_t feature = (featset_feature_t)strtoul(row[FEATURE_NUMBER], NULL, 10);

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
		if ((topic->columns[c].in_table == SHOWN || topic->columns[c].kind == STRING) && contains(row[c], text))
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
#define json(topic, grid, rows, settings) ((void)0)
#else
static json_t *json_cell(const struct column *column, const char *text)
{
	if (column->kind == NUMBER && *text)
		return json_integer(strtoll(text, NULL, 10));
	if (column->kind == TRUTH)
		return json_boolean(strcmp(text, "yes") == 0);
	return json_text(text);
}

static json_t *json_columns(const struct topic *topic, char *const *row)
{
	json_t *object = json_object();

	for (size_t c = 0; c < topic->width; c++)
		json_object_set_new(object, topic->columns[c].key, json_cell(&topic->columns[c], row[c]));
	return object;
}

static json_t *json_platform(const char *name)
{
	const featset_platform_t *platform = featset_platform_find(name, NULL);
	json_t *object = json_object(), *targets = json_array();
	const char *target;

	for (size_t t = 0; (target = featset_platform_target(platform, t)); t++)
		json_array_append_new(targets, json_string(target));
	json_object_set_new(object, "name", json_string(name));
	json_object_set_new(object, "targets", targets);
	json_object_set_new(object, "rule", json_string(featset_rule_name(featset_platform_rule(platform))));
	json_object_set_new(object, "summary", json_string(featset_platform_summary(platform)));
	return object;
}

/* What the catalog holds is given whole, not only what its table has columns for. */
static json_t *json_row(const struct topic *topic, char *const *row, const struct settings *settings)
{
	const featset_baseline_t *baseline;

	if (topic->fill == fill_features)
		return json_feature((featset_feature_t)strtoul(row[FEATURE_NUMBER], NULL, 10));
	if (topic->fill == fill_platforms)
		return json_platform(row[0]);
	if (topic->fill == fill_words)
		return json_word((unsigned)strtoul(row[WORD_NUMBER], NULL, 10));
	if (topic->fill != fill_baselines && topic->fill != fill_models)
		return json_columns(topic, row);
	baseline = featset_catalog_find(settings->catalog, row[0], NULL);
	return baseline ? json_baseline(baseline, FEATSET_CANONICAL) : json_null();
}

static void json(const struct topic *topic, const struct grid *grid, size_t rows, const struct settings *settings)
{
	json_t *root = json_start(), *array = json_array();

	for (size_t r = 0; r < rows; r++)
		json_array_append_new(array, json_row(topic, grid->cells + r * topic->width, settings));
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

	topic->fill(&grid, settings);
	rows = select_rows(topic, &grid, text);
	if (settings->json)
		json(topic, &grid, rows, settings);
	else if (rows)
		show(topic, &grid, rows);
	else
		out_warn("none of the %s has '%s' in it", topic->name, text);
	for (size_t i = 0; i < grid.used; i++)
		free(grid.cells[i]);
	free(grid.cells);
	return rows ? EXIT_YES : EXIT_NO;
}

/* Is it a project's prefix, "qemu:" or "qemu", perhaps with more after the colon? */
static bool asks_for_models(const char *text, const struct settings *settings)
{
	const featset_baseline_t *baseline;

	for (size_t i = 0; text && (baseline = featset_catalog_at(settings->catalog, i)); i++) {
		const char *name = featset_baseline_name(baseline);
		size_t length = strcspn(name, ":");

		if (featset_baseline_kind(baseline) == FEATSET_KIND_MODEL && name[length] &&
		    strncasecmp(text, name, length) == 0 && (!text[length] || text[length] == ':'))
			return true;
	}
	return false;
}

/* Draws baselines, if that is what was asked for: the exit code, or -1. */
static int drawing(const struct topic *topic, const char *text, const struct settings *settings)
{
	struct settings with = *settings;
	bool baselines = topic->fill == fill_baselines || topic->fill == fill_models;

	if (!baselines && (settings->tree || settings->dot || settings->models))
		return out_trouble("list: %s are not drawn; --tree, --dot and --models are for baselines", topic->name);
	if (settings->tree + settings->dot + settings->json > 1)
		return out_trouble("list: --tree, --dot and --json exclude one another");
	with.models |= topic->fill == fill_models;
	if (settings->dot)
		return baseline_dot(&with, text);
	return settings->tree ? baseline_tree(&with, text) : -1;
}

int cmd_list(const struct settings *settings, int count, char **words)
{
	const char *text = count > 1 ? words[1] : NULL;
	struct settings with = *settings;
	int code;

	for (size_t i = 0; i < TOPICS; i++) {
		if (strcmp(words[0], topics[i].name) != 0)
			continue;
		with.models |= topics[i].fill == fill_baselines && asks_for_models(text, settings);
		code = drawing(&topics[i], text, &with);
		return code >= 0 ? code : list(&topics[i], text, &with);
	}
	return unknown_topic(words[0]);
}
