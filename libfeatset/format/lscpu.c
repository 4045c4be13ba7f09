/* SPDX-License-Identifier: MIT */
#include "json_text.h"
#include "linux.h"

#include <string.h>

/*
 * lscpu, as a table of "Field:  value" lines or as JSON: {"lscpu": [{"field":
 * "Flags:", "data": "fpu ...", "children": [...]}, ...]}.  The outputs of several
 * machines may stand one after the other; each starts with its architecture.
 * Nothing there tells their names, so that errors count them.
 */

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	fsi_linux_t host;
	bool open; /* has the host at hand any field? */
	unsigned line;
	size_t number;         /* of the host at hand, from 1 */
	featset_error_t wrong; /* with it, at first */
	unsigned lines;        /* in front of the JSON at hand */
	char strange[1024];
} reader_t;

/* ---- fields ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "Address sizes", offsetof(fsi_linux_t, address_sizes) },
	{ "CPU family", offsetof(fsi_linux_t, family) },
	{ "Flags", offsetof(fsi_linux_t, flags) },
	{ "Model", offsetof(fsi_linux_t, model) },
	{ "Model name", offsetof(fsi_linux_t, brand) },
	{ "Stepping", offsetof(fsi_linux_t, stepping) },
	{ "Vendor ID", offsetof(fsi_linux_t, vendor) },
};

static featset_status_t add_host(reader_t *reader)
{
	featset_status_t status;
	featset_cpu_t *cpu;

	if (reader->wrong.code != FEATSET_OK) {
		*reader->error = reader->wrong;
		return reader->wrong.code;
	}
	if (!reader->host.flags.at)
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, reader->line, 0,
				   "no \"Flags:\"; lscpu prints it for x86, in English with LC_ALL=C");
	if (featset_inventory_hosts(reader->inventory) == FSI_MAX_HOSTS)
		return fsi_fail_at(reader->error, FEATSET_E_LIMIT, reader->text->file, reader->line, 0,
				   "more than %d hosts", FSI_MAX_HOSTS);
	status = fsi_linux_cpu(&cpu, reader->text, &reader->host, reader->strange, sizeof(reader->strange),
			       reader->error);
	return status == FEATSET_OK ? fsi_add_cpu(reader->inventory, NULL, NULL, cpu, reader->error) : status;
}

/* Says which of several machines is meant. */
static featset_status_t call_host(const reader_t *reader, featset_status_t status)
{
	const fsi_span_t *brand = &reader->host.brand;
	featset_error_t *error = reader->error, was = *error;
	int size = brand->size > 64 ? 64 : (int)brand->size;

	if (status == FEATSET_OK || status == FEATSET_E_MEMORY)
		return status;
	return fsi_fail_at(error, status, reader->text->file, was.line ? was.line : reader->line, was.column,
			   "machine number %zu%s%.*s%s: %s", reader->number, size ? " (" : "", size,
			   size ? brand->at : "", size ? ")" : "", was.text);
}

static featset_status_t end_host(reader_t *reader)
{
	const fsi_mark_t mark = fsi_mark(reader->inventory);
	featset_status_t status;

	if (!reader->open)
		return FEATSET_OK;
	reader->number++;
	status = call_host(reader, add_host(reader));
	reader->wrong.code = FEATSET_OK;
	memset(&reader->host, 0, sizeof(reader->host));
	reader->open = false;
	return fsi_pass(reader->inventory, reader->text, mark, status, reader->error);
}

static featset_status_t check_architecture(const reader_t *reader, const fsi_span_t *value)
{
	static const char *const x86[] = { "x86_64", "i386", "i486", "i586", "i686" };

	for (size_t i = 0; i < sizeof(x86) / sizeof(x86[0]); i++)
		if (fsi_same(value->at, value->size, x86[i]))
			return FEATSET_OK;
	return fsi_fail_at(reader->error, FEATSET_E_UNSUPPORTED, reader->text->file, value->line, value->column,
			   "this is a machine of architecture %.*s; featset knows x86 only",
			   value->size > 32 ? 32 : (int)value->size, value->at);
}

static featset_status_t put(reader_t *reader, const fsi_span_t *key, const fsi_span_t *value)
{
	featset_status_t status;

	if (fsi_same(key->at, key->size, "Architecture")) {
		status = end_host(reader);
		reader->open = true;
		reader->line = key->line ? key->line : reader->lines + 1;
		return status == FEATSET_OK ? check_architecture(reader, value) : status;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		fsi_span_t *into = (fsi_span_t *)((char *)&reader->host + fields[i].offset);

		if (!fsi_same(key->at, key->size, fields[i].name))
			continue;
		if (!reader->open)
			reader->line = key->line ? key->line : reader->lines + 1;
		reader->open = true;
		if (!into->at) {
			*into = *value;
		} else if (reader->wrong.code == FEATSET_OK) {
			fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, key->line, key->column,
				    "a second \"%s:\" of one machine", fields[i].name);
			reader->wrong = *reader->error;
		}
	}
	return FEATSET_OK;
}

static featset_status_t finish(reader_t *reader)
{
	featset_status_t status = end_host(reader);

	if (status == FEATSET_OK && !featset_inventory_hosts(reader->inventory))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 1, 0, "no machine here");
	return status == FEATSET_OK ? fsi_linux_add_notes(reader->inventory, reader->strange, reader->error) : status;
}

/* ---- text ----------------------------------------------------------------------------- */

/* Splits "  Field:   value". */
static bool split(const fsi_line_t *line, fsi_span_t *key, fsi_span_t *value)
{
	const char *colon = memchr(line->at, ':', line->size);
	fsi_span_t left = { line->at, 0, line->number, 0 }, right = { 0 };

	if (!colon)
		return false;
	left.size = (size_t)(colon - line->at);
	fsi_trim(&left.at, &left.size);
	left.column = (unsigned)(left.at - line->at) + 1;
	right.at = colon + 1;
	right.size = line->size - (size_t)(right.at - line->at);
	fsi_trim(&right.at, &right.size);
	right.line = line->number;
	right.column = (unsigned)(right.at - line->at) + 1;
	*key = left;
	*value = right;
	return true;
}

static featset_status_t read_text(reader_t *reader)
{
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };

	while (status == FEATSET_OK && fsi_line_next(&line, reader->text->data, reader->text->size)) {
		fsi_span_t key, value;

		if (!split(&line, &key, &value))
			continue;
		if (fsi_same(key.at, key.size, "Flags") && line.next > reader->text->size)
			return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, value.line,
					   value.column, "the text ends inside the flags, which may be cut off");
		status = put(reader, &key, &value);
	}
	return status;
}

/* ---- JSON ----------------------------------------------------------------------------- */

#ifndef FEATSET_NO_JSON

/* Fields deeper than this are nobody's. */
#define DEPTH 8

static featset_status_t read_fields(reader_t *reader, const json_t *list, unsigned depth)
{
	featset_status_t status = FEATSET_OK;
	size_t index;
	json_t *row;

	if (!json_is_array(list) || depth > DEPTH)
		return fsi_json_fail(reader->text, "lscpu", reader->error, FEATSET_E_SYNTAX,
				     "expected \"lscpu\" to hold a list of fields, at most %d deep", DEPTH);
	json_array_foreach(list, index, row)
	{
		fsi_span_t key = fsi_json_span(json_object_get(row, "field"));
		fsi_span_t value = fsi_json_span(json_object_get(row, "data"));
		const json_t *children = json_object_get(row, "children");

		if (!key.at)
			return fsi_json_fail(reader->text, "lscpu", reader->error, FEATSET_E_SYNTAX,
					     "expected each row of \"lscpu\" to have a \"field\"");
		if (key.size && key.at[key.size - 1] == ':')
			key.size--;
		fsi_trim(&key.at, &key.size);
		if (value.at)
			status = put(reader, &key, &value);
		if (status == FEATSET_OK && children)
			status = read_fields(reader, children, depth + 1);
		if (status != FEATSET_OK)
			return status;
	}
	return FEATSET_OK;
}

/* How many lines are in front of the next document. */
static unsigned first_line(const fsi_text_t *text, const fsi_json_at_t *at)
{
	unsigned lines = at->lines;

	for (size_t i = at->offset; i < text->size && fsi_is_space(text->data[i]); i++)
		lines += text->data[i] == '\n';
	return lines;
}

static featset_status_t read_json(reader_t *reader)
{
	featset_status_t status = FEATSET_OK;
	fsi_json_at_t at = { 0 };
	json_t *root;

	do {
		reader->lines = first_line(reader->text, &at);
		status = fsi_json_next(&root, &at, reader->text, reader->error);
		if (status != FEATSET_OK || !root)
			break;
		status = read_fields(reader, json_object_get(root, "lscpu"), 1);
		if (status == FEATSET_OK)
			status = end_host(reader);
		json_decref(root);
	} while (status == FEATSET_OK);
	return status;
}

#else

static featset_status_t read_json(reader_t *reader)
{
	return fsi_fail_at(reader->error, FEATSET_E_UNSUPPORTED, reader->text->file, 0, 0, "this build reads no JSON");
}

#endif

/* ---- the format ------------------------------------------------------------------------ */

static const char *const json_words[] = { "\"lscpu\"", NULL };

FSI_READ(lscpu)
{
	reader_t reader = { .inventory = inventory, .text = text, .error = error };
	size_t blank = 0;
	featset_status_t status;

	while (blank < text->size && fsi_is_space(text->data[blank]))
		blank++;
	status = blank < text->size && text->data[blank] == '{' ? read_json(&reader) : read_text(&reader);
	return status == FEATSET_OK ? finish(&reader) : status;
}

FSI_PROBE(lscpu)
{
	fsi_line_t line = { 0 };

	if (fsi_json_mentions(text, size, json_words))
		return 80;
	while (fsi_line_next(&line, text, size)) {
		fsi_span_t key, value;

		if (split(&line, &key, &value) &&
		    (fsi_same(key.at, key.size, "Vendor ID") || fsi_same(key.at, key.size, "CPU op-mode(s)")))
			return 75;
	}
	return 0;
}
