/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What the library refuses, and one byte more to see it. */
#define TEXT_MOST (((size_t)16 << 20) + 1)

struct view {
	const struct settings *settings;
	featset_inventory_t *inventory; /* NULL without --pool */
	featset_pool_t *pool;
	featset_explanation_t *explanation;
};

/* ---- reading ---------------------------------------------------------------------- */

static bool read_stream(struct text *text, FILE *stream, const char *name)
{
	char *data = cli_alloc(TEXT_MOST + 1, 1);

	text->length = fread(data, 1, TEXT_MOST, stream);
	text->data = data;
	if (!ferror(stream))
		return true;
	out_trouble("%s: cannot be read: %s", name, strerror(errno));
	return false;
}

static bool read_path(struct text *text, const char *path)
{
	FILE *stream = fopen(path, "rb");
	bool good;

	if (!stream) {
		out_trouble("%s: cannot be read: %s", path, strerror(errno));
		return false;
	}
	good = read_stream(text, stream, path);
	fclose(stream);
	return good;
}

/* One word is a file if there is one of this name; a path that looks like nothing else must be there. */
static bool is_path(const char *word)
{
	struct stat status;

	return stat(word, &status) == 0 || (strchr(word, '/') && !strpbrk(word, " \n(,:"));
}

static bool read_text(struct text *text, int count, char **words)
{
	if (!count || (count == 1 && strcmp(words[0], "-") == 0))
		return read_stream(text, stdin, "standard input");
	if (count == 1 && is_path(words[0]))
		return read_path(text, words[0]);
	for (int i = 0; i < count; i++)
		text_add(text, "%s%s", i ? " " : "", words[i]);
	return true;
}

static bool read_pool(struct view *view)
{
	const struct settings *settings = view->settings;
	featset_error_t error = { 0 };

	if (!settings->pools)
		return true;
	if (featset_inventory_load(&view->inventory, (const char *const *)settings->pool, settings->pools,
				   settings->limit, settings->host_flags & FEATSET_KEEP_GOING, &error) == FEATSET_OK &&
	    featset_pool_new(&view->pool, view->inventory, &error) == FEATSET_OK)
		return true;
	out_error(&error);
	return false;
}

/* ---- features by why they are missing --------------------------------------------------- */

static const struct {
	const char *key, *label;
} groups[FEATSET_CAUSES + 1] = {
	{ "silicon", "the CPU itself" },
	{ "firmware", "firmware or microcode" },
	{ "hypervisor", "the hypervisor's version" },
	{ "compat", "bits for compatibility, which do no harm" },
	{ "mitigation", "microcode and mitigations" },
	{ "mirror", "copies and hints, which count for nothing" },
};

#define GROUPS (FEATSET_CAUSES + 1)

/* Without a pool the feature's own class is all there is to go by. */
static unsigned group_by_class(featset_feature_t feature)
{
	switch (featset_feature_class(feature)) {
	case FEATSET_CLASS_MITIGATION:
		return FEATSET_CAUSE_MITIGATION;
	case FEATSET_CLASS_FIRMWARE:
		return FEATSET_CAUSE_FIRMWARE;
	case FEATSET_CLASS_CAPABILITY:
	case FEATSET_CLASS_NUMBER:
		return FEATSET_CAUSE_SILICON;
	default:
		return FEATSET_CAUSES;
	}
}

static void group(featset_t sets[GROUPS], const struct view *view, size_t index)
{
	const featset_t *missing = featset_explanation_missing(view->explanation, index);
	size_t vm = featset_explanation_vm(view->explanation, index);
	size_t host = featset_explanation_host(view->explanation, index);
	bool known = view->pool && vm != FEATSET_NONE && host != FEATSET_NONE;

	for (size_t g = 0; g < GROUPS; g++)
		featset_clear(&sets[g]);
	for (featset_feature_t f = featset_next(missing, 0); f < FEATSET_BITS; f = featset_next(missing, f + 1))
		featset_add(&sets[known ? featset_pool_cause(view->pool, vm, host, f) : group_by_class(f)], f);
}

/* ---- showing ------------------------------------------------------------------------------ */

static bool is_evacuation(const struct view *view, size_t index)
{
	return strcmp(featset_explanation_code(view->explanation, index), "CANNOT_EVACUATE_HOST") == 0;
}

/* Causes and cures that several findings share are told once. */
static bool is_told(const struct view *view, size_t index,
		    const char *(*get)(const featset_explanation_t *explanation, size_t index))
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(get(view->explanation, i), get(view->explanation, index)) == 0)
			return true;
	return false;
}

static void show_features(const struct view *view, size_t index)
{
	featset_t sets[GROUPS];
	bool first = true;

	group(sets, view, index);
	for (size_t g = 0; g < GROUPS; g++) {
		struct text names = { 0 };

		if (featset_is_empty(&sets[g]))
			continue;
		text_add_set(&names, &sets[g], view->settings->names);
		out_field(first ? "missing" : "", "%s (%s)", text_get(&names), groups[g].label);
		text_free(&names);
		first = false;
	}
}

static void show_finding(const struct view *view, size_t index)
{
	if (index) {
		out_gap();
		out_paragraph(OUT_BOLD, "", 0, "%s", featset_explanation_what(view->explanation, index));
	}
	out_field("error", "%s", featset_explanation_code(view->explanation, index));
	show_features(view, index);
	if (!is_told(view, index, featset_explanation_cause))
		out_field("why", "%s", featset_explanation_cause(view->explanation, index));
	if (!is_told(view, index, featset_explanation_cure))
		out_field("what helps", "%s", featset_explanation_cure(view->explanation, index));
}

static size_t show_commands(const struct view *view, bool evacuations, size_t shown)
{
	for (size_t i = 0; i < featset_explanation_count(view->explanation); i++) {
		const char *command;

		if (is_evacuation(view, i) != evacuations)
			continue;
		for (size_t c = 0; (command = featset_explanation_command(view->explanation, i, c)); c++) {
			char *line = cli_copy(command);

			if (!shown++) {
				out_gap();
				out_raw("To type:");
			}
			text_clean(line);
			out_raw("  %s", line);
			free(line);
		}
	}
	return shown;
}

static bool is_reference(const char *text)
{
	return strncmp(text, "OpaqueRef:", 10) == 0;
}

/* Would records say more than the text does? */
static void show_hint(const struct view *view)
{
	bool open = false;

	for (size_t i = 0; i < featset_explanation_count(view->explanation); i++)
		open |= is_reference(featset_explanation_vm_text(view->explanation, i)) ||
			is_reference(featset_explanation_host_text(view->explanation, i));
	if (!open || view->pool)
		return;
	out_gap();
	out_paragraph(OUT_PLAIN, "note: ", 6,
		      "with the pool's records VMs, hosts and the missing features have names: '--pool FILE'; "
		      "'featset pool --how xcp-ng' tells how to collect them");
}

static int show(const struct view *view)
{
	size_t count = featset_explanation_count(view->explanation);

	if (!count) {
		out_answer(OUT_PLAIN, "No error that featset knows is in this text; 'featset list errors' shows them.");
		return EXIT_NO;
	}
	out_answer(OUT_BAD, "%s", featset_explanation_what(view->explanation, 0));
	for (size_t i = 0; i < count; i++)
		show_finding(view, i);
	show_commands(view, true, show_commands(view, false, 0));
	show_hint(view);
	return EXIT_YES;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

#ifdef FEATSET_NO_JSON
#define show_json(view) EXIT_TROUBLE
#else
static json_t *json_who(const struct view *view, size_t index, const char *text, featset_field_t name,
			featset_field_t uuid)
{
	json_t *object;

	if (index == FEATSET_NONE && !*text)
		return json_null();
	object = json_object();
	json_object_set_new(object, "name", json_text(featset_inventory_get(view->inventory, name, index)));
	json_object_set_new(object, "uuid", json_text(featset_inventory_get(view->inventory, uuid, index)));
	json_object_set_new(object, "text", json_text(text));
	return object;
}

static json_t *json_groups(const struct view *view, size_t index)
{
	json_t *object = json_object();
	featset_t sets[GROUPS];

	group(sets, view, index);
	for (size_t g = 0; g < GROUPS; g++)
		if (!featset_is_empty(&sets[g]))
			json_object_set_new(object, groups[g].key, json_set(&sets[g], view->settings->names));
	return object;
}

static json_t *json_finding(const struct view *view, size_t i)
{
	const featset_explanation_t *explanation = view->explanation;
	json_t *object = json_object(), *commands = json_array();
	const char *command;

	json_object_set_new(object, "code", json_text(featset_explanation_code(explanation, i)));
	json_object_set_new(object, "what", json_text(featset_explanation_what(explanation, i)));
	json_object_set_new(object, "cause", json_text(featset_explanation_cause(explanation, i)));
	json_object_set_new(object, "cure", json_text(featset_explanation_cure(explanation, i)));
	json_object_set_new(object, "vm",
			    json_who(view, featset_explanation_vm(explanation, i),
				     featset_explanation_vm_text(explanation, i), FEATSET_VM_NAME, FEATSET_VM_UUID));
	json_object_set_new(object, "host",
			    json_who(view, featset_explanation_host(explanation, i),
				     featset_explanation_host_text(explanation, i), FEATSET_HOST_NAME,
				     FEATSET_HOST_UUID));
	json_object_set_new(object, "missing",
			    json_set(featset_explanation_missing(explanation, i), view->settings->names));
	json_object_set_new(object, "missing_by_cause", json_groups(view, i));
	for (size_t c = 0; (command = featset_explanation_command(explanation, i, c)); c++)
		json_array_append_new(commands, json_text(command));
	json_object_set_new(object, "commands", commands);
	return object;
}

static int show_json(const struct view *view)
{
	json_t *root = json_start(), *findings = json_array();
	size_t count = featset_explanation_count(view->explanation);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(findings, json_finding(view, i));
	json_object_set_new(root, "findings", findings);
	json_finish(root);
	return count ? EXIT_YES : EXIT_NO;
}
#endif

/* ---- the command -------------------------------------------------------------------------------- */

static int explain(struct view *view, const struct text *text)
{
	featset_error_t error = { 0 };

	if (featset_explanation_new(&view->explanation, text_get(text), text->length, view->pool, &error) != FEATSET_OK)
		return out_error(&error);
	return view->settings->json ? show_json(view) : show(view);
}

int cmd_explain(const struct settings *settings, int count, char **words)
{
	struct view view = { .settings = settings };
	struct text text = { 0 };
	int code = EXIT_TROUBLE;

	if (read_pool(&view) && read_text(&text, count, words))
		code = explain(&view, &text);
	text_free(&text);
	featset_explanation_free(view.explanation);
	featset_pool_free(view.pool);
	featset_inventory_free(view.inventory);
	return code;
}
