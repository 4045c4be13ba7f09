/* SPDX-License-Identifier: MIT */
#include "xapi.h"

#include <string.h>

/*
 * What XenServer's and XCP-ng's xe prints:
 *
 *   records   "key ( RO): value" lines, separated by blank lines (host-list,
 *             host-param-list); a host has its CPU in one map, "cpu_info"
 *   a map     "k: v; k: v" on one line (host-param-get param-name=cpu_info)
 *   a table   "k: v" lines, the same map one key a line (host-cpu-info,
 *             host-get-cpu-features)
 *
 * Records of other kinds may stand between: they have no cpu_info, or (pools)
 * they name a master.
 */

/* ---- spans ------------------------------------------------------------------------- */

/* A record: a host, or something else. */
typedef struct record {
	fsi_xapi_host_t host;
	fsi_span_t first; /* its first key: when that comes again, another record begins */
	bool has_map;
	bool is_other;
} record_t;

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	record_t record;
	unsigned line; /* the one at hand */
	bool cut;      /* it is the last, and it has no end */
} reader_t;

static bool is_map_key_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_key_character(char c)
{
	return is_map_key_character(c) || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool same_span(const fsi_span_t *a, const fsi_span_t *b)
{
	return a->at && b->at && a->size == b->size && !memcmp(a->at, b->at, a->size);
}

/* The part of a line from offset on, without white space around it. */
static fsi_span_t part(const fsi_span_t *whole, size_t offset, size_t size)
{
	fsi_span_t span = { whole->at + offset, size, whole->line, 0 };

	fsi_trim(&span.at, &span.size);
	span.column = whole->column + (unsigned)(span.at - whole->at);
	return span;
}

/* Splits "key ( RO): value"; *access tells whether there was something in parentheses. */
static bool split_field(const fsi_span_t *line, fsi_span_t *key, fsi_span_t *value, bool *access)
{
	const char *at = line->at, *end = line->at + line->size, *start;

	if (fsi_take(&at, end, "[DEPRECATED]"))
		while (at < end && *at == ' ')
			at++;
	start = at;
	while (at < end && is_key_character(*at))
		at++;
	if (at == start)
		return false;
	*key = part(line, (size_t)(start - line->at), (size_t)(at - start));
	while (at < end && *at == ' ')
		at++;
	*access = at < end && *at == '(';
	if (*access) {
		while (at < end && *at != ')')
			at++;
		at += at < end;
		while (at < end && *at == ' ')
			at++;
	}
	if (at == end || *at != ':')
		return false;
	at++;
	*value = part(line, (size_t)(at - line->at), (size_t)(end - at));
	return true;
}

/* ---- maps -------------------------------------------------------------------------- */

/* Length of "key: " (or "key:" at the end) at a place; 0 when no key stands there. */
static size_t key_at(const char *at, const char *end)
{
	const char *p = at;

	while (p < end && is_map_key_character(*p))
		p++;
	if (p == at || p == end || *p != ':' || (p + 1 < end && p[1] != ' '))
		return 0;
	return (size_t)(p - at);
}

static void put(record_t *record, const char *key, size_t size, const fsi_span_t *value)
{
	record->has_map |= fsi_xapi_put(&record->host, key, size, value);
}

/*
 * Reads "k: v; k: v".  A value may hold "; " and ": " (a model's name does), so
 * that it ends only where "; key: " follows.
 */
static void read_map(record_t *record, const fsi_span_t *map)
{
	const char *at = map->at, *end = map->at + map->size;
	size_t size = key_at(at, end);

	while (size) {
		const char *key = at, *value = at + size + 1, *stop = value;
		size_t next = 0;
		fsi_span_t span;

		while (stop < end) {
			const char *semicolon = memchr(stop, ';', (size_t)(end - stop));

			if (!semicolon) {
				stop = end;
				break;
			}
			stop = semicolon;
			if (end - semicolon > 2 && semicolon[1] == ' ')
				next = key_at(semicolon + 2, end);
			if (next || semicolon + 1 == end)
				break;
			stop++;
		}
		span = part(map, (size_t)(value - map->at), (size_t)(stop - value));
		put(record, key, size, &span);
		size = next;
		at = next ? stop + 2 : end;
	}
}

/* Is this line a whole map?  Then it has features after a semicolon or before one. */
static bool is_map(const fsi_span_t *line)
{
	record_t record = { 0 };
	const char *semicolon = memchr(line->at, ';', line->size);

	if (!semicolon || !key_at(line->at, line->at + line->size))
		return false;
	read_map(&record, line);
	return record.has_map;
}

/* ---- records ----------------------------------------------------------------------- */

/* Ends the record at hand; a host goes to the inventory. */
/* cpu_info breaks off, or never comes: its last keys are those that levels are made of.  A VM's flags have one set. */
static bool is_cut(const reader_t *reader)
{
	const fsi_span_t *map = reader->record.host.map;

	return reader->cut && !map[FSI_XAPI_FEATURES].at && (!map[FSI_XAPI_HVM_HOST].at || !map[FSI_XAPI_PV_HOST].at);
}

static featset_status_t end_record(reader_t *reader)
{
	record_t *record = &reader->record;
	featset_status_t status = FEATSET_OK;
	const fsi_mark_t mark = fsi_mark(reader->inventory);

	record->host.line = record->first.line;
	if (record->first.at && !record->is_other && is_cut(reader))
		status = fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, reader->line, 0,
				     "the text ends within this record, without an end of line: it is cut off");
	else if (record->has_map && !record->is_other)
		status = fsi_xapi_add_host(reader->inventory, reader->text, &record->host, reader->error);
	memset(record, 0, sizeof(*record));
	return fsi_pass(reader->inventory, reader->text, mark, status, reader->error);
}

/* ---- lines ------------------------------------------------------------------------- */

static void read_field(record_t *record, const fsi_span_t *key, const fsi_span_t *value, bool access)
{
	if (!record->first.at)
		record->first = *key;
	if (fsi_same(key->at, key->size, "uuid"))
		record->host.uuid = *value;
	else if (fsi_same(key->at, key->size, "name-label"))
		record->host.name = *value;
	else if (fsi_same(key->at, key->size, "master") || fsi_same(key->at, key->size, "default-SR") ||
		 fsi_same(key->at, key->size, "power-state"))
		record->is_other = true;
	else if (fsi_same(key->at, key->size, "cpu_info"))
		read_map(record, value);
	else if (!access)
		put(record, key->at, key->size, value);
}

static featset_status_t read_line(reader_t *reader, const fsi_span_t *line)
{
	featset_status_t status = FEATSET_OK;
	fsi_span_t key, value;
	bool access;

	if (!line->size)
		return end_record(reader);
	if (is_map(line)) {
		status = end_record(reader);
		if (status != FEATSET_OK)
			return status;
		reader->record.first = *line;
		read_map(&reader->record, line);
		return end_record(reader);
	}
	/* Other lines are the rest of a description of several lines. */
	if (!split_field(line, &key, &value, &access))
		return FEATSET_OK;
	if (same_span(&key, &reader->record.first))
		status = end_record(reader);
	if (status == FEATSET_OK)
		read_field(&reader->record, &key, &value, access);
	return status;
}

FSI_READ(xe)
{
	reader_t reader = { .inventory = inventory, .text = text, .error = error };
	fsi_line_t line = { 0 };
	featset_status_t status;

	while (fsi_line_next(&line, text->data, text->size)) {
		fsi_span_t whole = { line.at, line.size, line.number, 1 };
		fsi_span_t span = part(&whole, 0, whole.size);

		reader.line = line.number;
		reader.cut = line.next >= text->size && text->data[text->size - 1] != '\n';
		status = read_line(&reader, &span);
		if (status != FEATSET_OK)
			return status;
	}
	status = end_record(&reader);
	if (status == FEATSET_OK && !featset_inventory_hosts(inventory))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   "no host with its cpu_info here; ask for it with "
				   "xe host-list params=uuid,name-label,cpu_info");
	return status;
}

FSI_PROBE(xe)
{
	fsi_line_t line = { 0 };
	int score = 0;

	while (score < 80 && fsi_line_next(&line, text, size)) {
		fsi_span_t whole = { line.at, line.size, line.number, 1 };
		fsi_span_t span = part(&whole, 0, whole.size), key, value;
		bool access;

		if (!split_field(&span, &key, &value, &access))
			continue;
		if (access && value.at > key.at &&
		    (fsi_same(key.at, key.size, "uuid") || fsi_same(key.at, key.size, "cpu_info")))
			score = 80;
		else if (is_map(&span) || (key.size > 9 && !memcmp(key.at, "features_", 9)))
			score = 70;
		if (score == 70)
			break;
	}
	return score;
}
