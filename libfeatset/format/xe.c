/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <stdlib.h>
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

typedef struct span {
	const char *at; /* NULL: absent */
	size_t size;
	unsigned line;
	unsigned column;
} span_t;

/* The keys of the map that say something about the CPU. */
enum key {
	KEY_FAMILY,
	KEY_FEATURES,
	KEY_HVM,
	KEY_HVM_HOST,
	KEY_PV,
	KEY_PV_HOST,
	KEY_MODEL,
	KEY_MODELNAME,
	KEY_STEPPING,
	KEY_VENDOR,
	KEYS
};

static const char *const key_names[KEYS] = {
	/* clang-format off */
	[KEY_FAMILY] = "family",
	[KEY_FEATURES] = "features",
	[KEY_HVM] = "features_hvm",
	[KEY_HVM_HOST] = "features_hvm_host",
	[KEY_PV] = "features_pv",
	[KEY_PV_HOST] = "features_pv_host",
	[KEY_MODEL] = "model",
	[KEY_MODELNAME] = "modelname",
	[KEY_STEPPING] = "stepping",
	[KEY_VENDOR] = "vendor",
	/* clang-format on */
};

/* A record: a host, or something else. */
typedef struct record {
	span_t name;
	span_t uuid;
	span_t map[KEYS];
	span_t first; /* its first key: when that comes again, another record begins */
	bool has_map;
	bool is_pool;
} record_t;

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	record_t record;
} reader_t;

static bool is_map_key_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_key_character(char c)
{
	return is_map_key_character(c) || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool same_span(const span_t *a, const span_t *b)
{
	return a->at && b->at && a->size == b->size && !memcmp(a->at, b->at, a->size);
}

static char *copy_span(const span_t *span)
{
	char *copy = malloc(span->size + 1);

	if (copy) {
		if (span->size)
			memcpy(copy, span->at, span->size);
		copy[span->size] = '\0';
	}
	return copy;
}

/* The part of a line from offset on, without white space around it. */
static span_t part(const span_t *whole, size_t offset, size_t size)
{
	span_t span = { whole->at + offset, size, whole->line, 0 };

	fsi_trim(&span.at, &span.size);
	span.column = whole->column + (unsigned)(span.at - whole->at);
	return span;
}

/* Splits "key ( RO): value"; *access tells whether there was something in parentheses. */
static bool split_field(const span_t *line, span_t *key, span_t *value, bool *access)
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

static void put(record_t *record, const char *key, size_t size, const span_t *value)
{
	for (int i = 0; i < KEYS; i++)
		if (fsi_same(key, size, key_names[i]) && !record->map[i].at)
			record->map[i] = *value;
	record->has_map |= size > 9 && !memcmp(key, "features_", 9);
	record->has_map |= fsi_same(key, size, "features");
}

/*
 * Reads "k: v; k: v".  A value may hold "; " and ": " (a model's name does), so
 * that it ends only where "; key: " follows.
 */
static void read_map(record_t *record, const span_t *map)
{
	const char *at = map->at, *end = map->at + map->size;
	size_t size = key_at(at, end);

	while (size) {
		const char *key = at, *value = at + size + 1, *stop = value;
		size_t next = 0;
		span_t span;

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
static bool is_map(const span_t *line)
{
	record_t record = { 0 };
	const char *semicolon = memchr(line->at, ';', line->size);

	if (!semicolon || !key_at(line->at, line->at + line->size))
		return false;
	read_map(&record, line);
	return record.has_map;
}

/* ---- hosts ------------------------------------------------------------------------- */

static featset_status_t no_memory(const reader_t *reader)
{
	return fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
}

/* What notes call the host at hand. */
static void call_host(const reader_t *reader, char *buffer, size_t size)
{
	const span_t *name = reader->record.name.size ? &reader->record.name : &reader->record.uuid;
	int length = name->size > 200 ? 200 : (int)name->size;

	if (length)
		fsi_print(buffer, size, 0, "host %.*s", length, name->at);
	else
		fsi_print(buffer, size, 0, "host number %zu", featset_inventory_hosts(reader->inventory));
}

static int64_t read_number(const span_t *span)
{
	const char *at = span->at;
	unsigned value;

	/* "unknown" is what XAPI writes when it does not know. */
	if (!at || !fsi_take_decimal(&at, span->at + span->size, &value))
		return -1;
	return at == span->at + span->size ? (int64_t)value : -1;
}

static featset_status_t identify(const reader_t *reader, featset_cpu_t *cpu)
{
	static const struct {
		enum key key;
		featset_number_t number;
	} numbers[] = { { KEY_FAMILY, FEATSET_FAMILY },
			{ KEY_MODEL, FEATSET_MODEL },
			{ KEY_STEPPING, FEATSET_STEPPING } };
	const span_t *map = reader->record.map;
	char *vendor = copy_span(&map[KEY_VENDOR]), *brand = copy_span(&map[KEY_MODELNAME]);
	bool made = vendor && brand;

	if (made && strcmp(vendor, "unknown") != 0)
		featset_cpu_set_vendor(cpu, vendor);
	if (made && strcmp(brand, "unknown") != 0)
		featset_cpu_set_brand(cpu, brand);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t value = read_number(&map[numbers[i].key]);

		if (value >= 0)
			featset_cpu_set_number(cpu, numbers[i].number, value);
	}
	free(vendor);
	free(brand);
	return made ? FEATSET_OK : no_memory(reader);
}

static featset_status_t parse_words(const reader_t *reader, enum key key, fsi_xen_t *xen)
{
	const span_t *words = &reader->record.map[key];
	const char *why;
	size_t bad;

	if (!fsi_xen_parse(xen, words->at, words->size, &bad, &why))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, words->line,
				   words->column + (unsigned)bad, "%s is no Xen featureset: %s", key_names[key], why);
	if (xen->short_word)
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, words->line,
				   words->column + (unsigned)xen->short_at,
				   "%s has a word of fewer than 8 digits, which xe never prints: the text is cut off",
				   key_names[key]);
	return FEATSET_OK;
}

/* Reads one key's words into one slot. */
static featset_status_t read_slot(const reader_t *reader, size_t host, enum key key, featset_slot_t slot)
{
	featset_status_t status;
	featset_cpu_t *cpu;
	fsi_xen_t xen;

	status = parse_words(reader, key, &xen);
	if (status != FEATSET_OK)
		return status;
	/* "features" was a host's old key; in a VM's last-boot-CPU-flags it has Xen's order. */
	cpu = key == KEY_FEATURES && xen.length == 4 ? fsi_xen_legacy_cpu(&xen) : fsi_xen_cpu(&xen);
	if (!cpu)
		return no_memory(reader);
	status = identify(reader, cpu);
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		return status;
	}
	return featset_inventory_set_cpu(reader->inventory, host, slot, cpu);
}

static featset_status_t add_note(const reader_t *reader, const char *format, const char *first, const char *second)
	FSI_PRINTF(2, 0);

static featset_status_t add_note(const reader_t *reader, const char *format, const char *first, const char *second)
{
	char name[256], note[768];

	call_host(reader, name, sizeof(name));
	fsi_print(note, sizeof(note), 0, format, name, first, second);
	return featset_inventory_add_note(reader->inventory, note) == FEATSET_OK ? FEATSET_OK : no_memory(reader);
}

/* Does a HVM set hold nothing but what XAPI sets whatever the CPU? */
static bool only_compat(const featset_cpu_t *cpu)
{
	featset_t compat;

	fsi_xen_compat(&compat);
	return featset_subset(featset_cpu_features(cpu), &compat);
}

static featset_status_t note_missing_hvm(const reader_t *reader, size_t host)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(reader->inventory, host, FEATSET_SLOT_HVM);

	if (!cpu || featset_cpu_number(cpu, FEATSET_XEN_LENGTH) <= 0 || !only_compat(cpu))
		return FEATSET_OK;
	return add_note(reader, "%s offers no HVM: its %s holds nothing but bits that XAPI sets for every CPU, and no HVM level "
			"counts it%s",
			reader->record.map[KEY_HVM_HOST].at ? key_names[KEY_HVM_HOST] : key_names[KEY_HVM], "");
}

static featset_status_t fill_host(const reader_t *reader, size_t host)
{
	static const struct {
		enum key key;
		enum key instead; /* what stands in when it is absent */
		featset_slot_t slot;
	} slots[] = {
		/* clang-format off */
		{ KEY_FEATURES, KEY_FEATURES, FEATSET_SLOT_CPU },
		{ KEY_HVM_HOST, KEY_HVM, FEATSET_SLOT_HVM },
		{ KEY_HVM, KEY_HVM, FEATSET_SLOT_HVM_MAX },
		{ KEY_PV_HOST, KEY_PV, FEATSET_SLOT_PV },
		{ KEY_PV, KEY_PV, FEATSET_SLOT_PV_MAX },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		const span_t *map = reader->record.map;
		enum key key = map[slots[i].key].at ? slots[i].key : slots[i].instead;
		featset_status_t status = FEATSET_OK;

		if (!map[key].at)
			continue;
		if (key != slots[i].key)
			status = add_note(
				reader,
				"%s comes from an old XAPI: it has no %s, so its %s stands in, which may hold more "
				"than new VMs get",
				key_names[slots[i].key], key_names[key]);
		if (status == FEATSET_OK)
			status = read_slot(reader, host, key, slots[i].slot);
		if (status != FEATSET_OK)
			return status;
	}
	return note_missing_hvm(reader, host);
}

/* Ends the record at hand; a host goes to the inventory. */
static featset_status_t end_record(reader_t *reader)
{
	record_t *record = &reader->record;
	featset_status_t status = FEATSET_OK;
	char *name, *uuid;
	size_t host = 0;

	if (record->has_map && !record->is_pool) {
		if (featset_inventory_hosts(reader->inventory) == FSI_MAX_HOSTS)
			return fsi_fail_at(reader->error, FEATSET_E_LIMIT, reader->text->file, record->first.line, 0,
					   "more than %d hosts", FSI_MAX_HOSTS);
		name = copy_span(&record->name);
		uuid = copy_span(&record->uuid);
		if (name && uuid)
			status = featset_inventory_add_host(reader->inventory, name, uuid, &host);
		else
			status = FEATSET_E_MEMORY;
		free(name);
		free(uuid);
		status = status == FEATSET_OK ? fill_host(reader, host) : no_memory(reader);
	}
	memset(record, 0, sizeof(*record));
	return status;
}

/* ---- lines ------------------------------------------------------------------------- */

static void read_field(record_t *record, const span_t *key, const span_t *value, bool access)
{
	if (!record->first.at)
		record->first = *key;
	if (fsi_same(key->at, key->size, "uuid"))
		record->uuid = *value;
	else if (fsi_same(key->at, key->size, "name-label"))
		record->name = *value;
	else if (fsi_same(key->at, key->size, "master") || fsi_same(key->at, key->size, "default-SR"))
		record->is_pool = true;
	else if (fsi_same(key->at, key->size, "cpu_info"))
		read_map(record, value);
	else if (!access)
		put(record, key->at, key->size, value);
}

static featset_status_t read_line(reader_t *reader, const span_t *line)
{
	featset_status_t status = FEATSET_OK;
	span_t key, value;
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
		span_t whole = { line.at, line.size, line.number, 1 };
		span_t span = part(&whole, 0, whole.size);

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
		span_t whole = { line.at, line.size, line.number, 1 };
		span_t span = part(&whole, 0, whole.size), key, value;
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
