/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <string.h>

/*
 * What XenServer's and XCP-ng's xe prints:
 *
 *   records   "key ( RO): value" lines, separated by blank lines (host-list,
 *             vm-param-list ...); a host has its CPU in one map, "cpu_info", a
 *             VM what it was started with in another, "last-boot-CPU-flags"
 *   a map     "k: v; k: v" on one line (host-param-get param-name=cpu_info)
 *   a table   "k: v" lines, the same map one key a line (host-cpu-info,
 *             host-get-cpu-features)
 *
 * No record says what it is a record of; its keys tell.  What they do not tell is
 * nobody's.
 */

/* ---- keys -------------------------------------------------------------------------- */

/*
 * A record with all keys of `with` and not that of `without` is of this kind, or
 * nobody's (FEATSET_RECORDS).  The first row that fits counts.
 */
static const struct {
	featset_record_t kind;
	const char *with[2];
	const char *without;
} rules[] = {
	/* clang-format off */
	{ FEATSET_RECORD_POOL, { "default-SR" }, NULL },
	{ FEATSET_RECORD_POOL, { "master" }, "slaves" /* a bond */ },
	{ FEATSET_RECORD_POOL, { "ha-overcommitted" }, NULL },
	{ FEATSET_RECORD_VM, { "power-state" }, NULL },
	{ FEATSET_RECORD_VM, { "last-boot-CPU-flags" }, NULL },
	{ FEATSET_RECORD_VM, { "is-a-template" }, NULL },
	{ FEATSET_RECORD_VM, { "is-control-domain" }, NULL },
	{ FEATSET_RECORD_VM, { "is-vmss-snapshot" }, NULL },
	{ FEATSET_RECORD_VM, { "domain-type" }, NULL },
	{ FEATSET_RECORD_VM, { "current-domain-type" }, NULL },
	{ FEATSET_RECORD_VM, { "suspend-VDI-uuid" }, NULL },
	{ FEATSET_RECORD_VM, { "platform" }, NULL },
	{ FEATSET_RECORD_VM, { "affinity" }, NULL },
	{ FEATSET_RECORD_VGPU, { "gpu-group-uuid", "vm-uuid" }, NULL }, /* has its host as well */
	{ FEATSET_RECORD_VUSB, { "usb-group-uuid", "vm-uuid" }, NULL },
	{ FEATSET_RECORDS, { "gpu-group-uuid" }, NULL }, /* a GPU */
	{ FEATSET_RECORD_VM, { "resident-on" }, "subtask_of" /* a task */ },
	{ FEATSET_RECORD_NETWORK, { "bridge" }, NULL },
	{ FEATSET_RECORD_PIF, { "VLAN" }, NULL },
	{ FEATSET_RECORD_PIF, { "management" }, NULL },
	{ FEATSET_RECORD_PIF, { "network-uuid", "host-uuid" }, NULL },
	{ FEATSET_RECORD_VIF, { "network-uuid", "vm-uuid" }, NULL },
	{ FEATSET_RECORD_VBD, { "vdi-uuid", "vm-uuid" }, NULL },
	{ FEATSET_RECORD_VBD, { "empty" }, NULL },
	{ FEATSET_RECORD_PBD, { "sr-uuid", "host-uuid" }, "pvs-site-uuid" },
	{ FEATSET_RECORD_PBD, { "sr-uuid", "device-config" }, NULL },
	{ FEATSET_RECORD_VDI, { "sr-uuid" }, "host-uuid" },
	{ FEATSET_RECORD_SR, { "content-type" }, NULL },
	{ FEATSET_RECORD_SR, { "shared" }, NULL },
	{ FEATSET_RECORD_HOST, { "cpu_info" }, NULL },
	/* clang-format on */
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

/* Where each field comes from: "key", or "map/key". */
static const char *const sources[FEATSET_FIELDS] = {
#define FEATSET_FIELD(kind, field, name, xapi, xe, xo) xe,
#include "../featset/records.def"
};

/* The first field of each kind. */
static const featset_field_t first[] = {
#define FEATSET_RECORD(kind, name) FEATSET_##kind##_REF,
#include "../featset/records.def"
	FEATSET_FIELDS
};

#define MAX_KEYS (FEATSET_FIELDS + 3 * RULES)
#define NO_KEY ((size_t)-1)

/* The keys that are worth keeping, each once, sorted; and which of them fields and rules ask for. */
typedef struct keys {
	struct {
		const char *name;
		size_t size;
	} key[MAX_KEYS];
	size_t count;
	size_t of_field[FEATSET_FIELDS];
	size_t of_rule[RULES][3];
	size_t uuid, name, cpu_info, flags;
} keys_t;

static int compare(const char *a, size_t a_size, const char *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

/* The place of a key, or where it would be; *found tells which. */
static size_t find_key(const keys_t *keys, const char *name, size_t size, bool *found)
{
	size_t low = 0, high = keys->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(name, size, keys->key[middle].name, keys->key[middle].size);

		if (!order) {
			*found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*found = false;
	return low;
}

static void add_key(keys_t *keys, const char *name)
{
	size_t size = name ? strcspn(name, "/") : 0, at;
	bool found;

	if (!size)
		return;
	at = find_key(keys, name, size, &found);
	if (found)
		return;
	memmove(&keys->key[at + 1], &keys->key[at], (keys->count - at) * sizeof(keys->key[0]));
	keys->key[at].name = name;
	keys->key[at].size = size;
	keys->count++;
}

static size_t key_of(const keys_t *keys, const char *name)
{
	bool found;
	size_t at = name ? find_key(keys, name, strcspn(name, "/"), &found) : 0;

	return name && found ? at : NO_KEY;
}

static const char *rule_key(size_t rule, size_t i)
{
	return i < 2 ? rules[rule].with[i] : rules[rule].without;
}

static void fill_keys(keys_t *keys)
{
	keys->count = 0;
	for (int field = 0; field < FEATSET_FIELDS; field++)
		add_key(keys, sources[field]);
	for (size_t i = 0; i < 3 * RULES; i++)
		add_key(keys, rule_key(i / 3, i % 3));
	for (int field = 0; field < FEATSET_FIELDS; field++)
		keys->of_field[field] = key_of(keys, sources[field]);
	for (size_t i = 0; i < 3 * RULES; i++)
		keys->of_rule[i / 3][i % 3] = key_of(keys, rule_key(i / 3, i % 3));
	keys->uuid = key_of(keys, "uuid");
	keys->name = key_of(keys, "name-label");
	keys->cpu_info = key_of(keys, "cpu_info");
	keys->flags = key_of(keys, "last-boot-CPU-flags");
}

/* ---- spans ------------------------------------------------------------------------- */

typedef struct record {
	fsi_span_t value[MAX_KEYS]; /* of each key that is worth keeping, and was there */
	size_t used[MAX_KEYS];      /* which those are */
	size_t used_count;
	fsi_xapi_host_t host;
	fsi_span_t first; /* its first key: when that comes again, another record begins */
	fsi_span_t twice; /* the first of its keys that came again with another value */
	bool has_map;     /* with features */
	bool counts;      /* the map says how many CPUs there are */
} record_t;

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	keys_t keys;
	record_t record;
	fsi_xapi_host_t level; /* what stands alone and is a pool's */
	bool has_level;
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

/* The part of a line from offset on, without white space around it. */
static fsi_span_t part(const fsi_span_t *whole, size_t offset, size_t size)
{
	fsi_span_t span = { whole->at + offset, size, whole->line, 0 };

	fsi_trim(&span.at, &span.size);
	span.column = whole->column + (unsigned)(span.at - whole->at);
	return span;
}

/* The mark may stand before the key, as of old, or behind its access. */
static void skip_deprecated(const char **at, const char *end)
{
	if (fsi_take(at, end, "[DEPRECATED]"))
		while (*at < end && **at == ' ')
			++*at;
}

/* Splits "key ( RO): value"; *access tells whether there was something in parentheses. */
static bool split_field(const fsi_span_t *line, fsi_span_t *key, fsi_span_t *value, bool *access)
{
	const char *at = line->at, *end = line->at + line->size, *start;

	skip_deprecated(&at, end);
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
		skip_deprecated(&at, end);
	}
	if (at == end || *at != ':')
		return false;
	at++;
	*value = part(line, (size_t)(at - line->at), (size_t)(end - at));
	return true;
}

/* ---- maps -------------------------------------------------------------------------- */

/*
 * Steps over "k: v; k: v".  A value may hold "; " and ": " (a model's name does), so
 * that it ends only where "; key: " follows.  cpu_info has but plain keys.
 */
typedef struct pairs {
	const fsi_span_t *map;
	const char *at;
	size_t size; /* of the key that stands there; 0 at the end */
	bool any;    /* keys may have what a key of any map may */
} pairs_t;

/* Length of the key of "key: " (or "key:" at the end) at a place; 0 when no key stands there. */
static size_t key_at(const char *at, const char *end, bool any)
{
	const char *p = at;

	while (p < end && (any ? is_key_character(*p) || *p == '.' || *p == '/' : is_map_key_character(*p)))
		p++;
	if (p == at || p == end || *p != ':' || (p + 1 < end && p[1] != ' '))
		return 0;
	return (size_t)(p - at);
}

static pairs_t pairs_of(const fsi_span_t *map, bool any)
{
	pairs_t pairs = { map, map->at, key_at(map->at, map->at + map->size, any), any };

	return pairs;
}

static bool next_pair(pairs_t *pairs, fsi_span_t *key, fsi_span_t *value)
{
	const char *end = pairs->map->at + pairs->map->size, *start = pairs->at + pairs->size + 1, *stop = start;
	size_t next = 0;

	if (!pairs->size)
		return false;
	while (stop < end) {
		const char *semicolon = memchr(stop, ';', (size_t)(end - stop));

		if (!semicolon) {
			stop = end;
			break;
		}
		stop = semicolon;
		if (end - semicolon > 2 && semicolon[1] == ' ')
			next = key_at(semicolon + 2, end, pairs->any);
		if (next || semicolon + 1 == end)
			break;
		stop++;
	}
	*key = part(pairs->map, (size_t)(pairs->at - pairs->map->at), pairs->size);
	*value = part(pairs->map, (size_t)(start - pairs->map->at), (size_t)(stop - start));
	pairs->size = next;
	pairs->at = next ? stop + 2 : end;
	return true;
}

static void put(record_t *record, const fsi_span_t *key, const fsi_span_t *value)
{
	record->has_map |= fsi_xapi_put(&record->host, key->at, key->size, value);
	record->counts |= fsi_same(key->at, key->size, "cpu_count");
}

/* Can this be more of a model's name, which is free text?  What levels depend on it cannot be. */
static bool is_more_name(const fsi_span_t *key)
{
	return fsi_same(key->at, key->size, "family") || fsi_same(key->at, key->size, "model") ||
	       fsi_same(key->at, key->size, "stepping");
}

static void read_map(record_t *record, const fsi_span_t *map)
{
	pairs_t pairs = pairs_of(map, false);
	fsi_span_t key, value, before = { 0 };

	while (next_pair(&pairs, &key, &value)) {
		const bool twice = record->host.twice.at != NULL;

		put(record, &key, &value);
		if (!twice && record->host.twice.at && is_more_name(&key) &&
		    fsi_same(before.at, before.size, "modelname"))
			memset(&record->host.twice, 0, sizeof(record->host.twice));
		before = key;
	}
}

/* Is this line a whole map?  Then it has features after a semicolon or before one. */
static bool is_map(const fsi_span_t *line)
{
	fsi_xapi_host_t host = { .line = line->line };
	pairs_t pairs;
	fsi_span_t key, value;
	bool features = false;

	if (!key_at(line->at, line->at + line->size, false) || !memchr(line->at, ';', line->size))
		return false;
	pairs = pairs_of(line, false);
	while (next_pair(&pairs, &key, &value))
		features |= fsi_xapi_put(&host, key.at, key.size, &value);
	return features;
}

/* ---- records ----------------------------------------------------------------------- */

static const fsi_span_t *value_of(const reader_t *reader, size_t key)
{
	static const fsi_span_t nothing;

	return key == NO_KEY ? &nothing : &reader->record.value[key];
}

/* FEATSET_RECORDS: nobody's. */
static featset_record_t kind_of(const reader_t *reader)
{
	for (size_t i = 0; i < RULES; i++) {
		const size_t *keys = reader->keys.of_rule[i];

		if (value_of(reader, keys[0])->at && (keys[1] == NO_KEY || value_of(reader, keys[1])->at) &&
		    !value_of(reader, keys[2])->at)
			return rules[i].kind;
	}
	return FEATSET_RECORDS;
}

/* A host's cpu_info has a model's name, be it "unknown"; a pool's sums up its CPUs, or is the level alone. */
static bool is_level(const record_t *record)
{
	const fsi_span_t *map = record->host.map;

	if (map[FSI_XAPI_MODELNAME].at || map[FSI_XAPI_MODEL].at || !map[FSI_XAPI_HVM_HOST].at ||
	    !map[FSI_XAPI_PV_HOST].at)
		return false;
	return record->counts || (!record->host.uuid.at && !map[FSI_XAPI_VENDOR].at && !map[FSI_XAPI_HVM].at &&
				  !map[FSI_XAPI_PV].at && !map[FSI_XAPI_FEATURES].at);
}

/* "vendor: v; features: f", and nothing else. */
static bool is_flags(const record_t *record)
{
	for (int key = 0; key < FSI_XAPI_KEYS; key++)
		if (record->host.map[key].at && key != FSI_XAPI_FEATURES && key != FSI_XAPI_VENDOR)
			return false;
	return record->host.map[FSI_XAPI_FEATURES].at && record->host.map[FSI_XAPI_VENDOR].at && !record->counts;
}

/* A sentence about a key of the record at hand that has two values. */
static featset_status_t twice(const reader_t *reader, const fsi_span_t *key)
{
	const featset_record_t kind = kind_of(reader);
	const fsi_span_t *name = &reader->record.host.name;

	if (!name->size)
		name = &reader->record.host.uuid;
	return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, key->line, key->column,
			   "%s%s%.*s: the key %.*s comes twice, with another value",
			   fsi_record_class(kind == FEATSET_RECORDS ? FEATSET_RECORD_HOST : kind),
			   name->size ? " " : "", name->size > 64 ? 64 : (int)name->size, name->size ? name->at : "",
			   key->size > 64 ? 64 : (int)key->size, key->at);
}

/* Sets one field from the key of a record, or from a key of one of its maps. */
static featset_status_t put_field(reader_t *reader, featset_field_t field, size_t index)
{
	const fsi_span_t *whole = value_of(reader, reader->keys.of_field[field]);
	const char *inner = strchr(sources[field], '/');
	fsi_span_t key, value, chosen = { 0 };
	pairs_t pairs;

	if (!whole->at)
		return FEATSET_OK;
	if (!inner) {
		fsi_span_t text = *whole;

		/* A set may end with an empty member. */
		while (fsi_record_is_set(field) && text.size &&
		       (text.at[text.size - 1] == ';' || text.at[text.size - 1] == ' '))
			text.size--;
		return fsi_record_put(reader->inventory, field, index, &text, reader->error);
	}
	pairs = pairs_of(whole, reader->keys.of_field[field] != reader->keys.cpu_info);
	while (next_pair(&pairs, &key, &value)) {
		if (!fsi_same(key.at, key.size, inner + 1))
			continue;
		if (chosen.at && !fsi_span_same(&chosen, &value))
			return twice(reader, &key);
		chosen = value;
	}
	return chosen.at ? fsi_record_put(reader->inventory, field, index, &chosen, reader->error) : FEATSET_OK;
}

static featset_status_t put_fields(reader_t *reader, featset_field_t from, featset_field_t end, size_t index)
{
	featset_status_t status = FEATSET_OK;

	for (featset_field_t field = from; status == FEATSET_OK && field < end; field++)
		status = put_field(reader, field, index);
	return status;
}

static featset_status_t add_host(reader_t *reader)
{
	featset_status_t status =
		fsi_xapi_add_host(reader->inventory, reader->text, &reader->record.host, reader->error);

	return status == FEATSET_OK
		       ? put_fields(reader, (featset_field_t)(FEATSET_HOST_NAME + 1), first[FEATSET_RECORD_HOST + 1],
				    featset_inventory_hosts(reader->inventory) - 1)
		       : status;
}

static featset_status_t add_plain(reader_t *reader, featset_record_t kind, size_t *index)
{
	featset_status_t status =
		fsi_record_add(reader->inventory, reader->text, kind, reader->record.first.line, index, reader->error);

	return status == FEATSET_OK ? put_fields(reader, first[kind], first[kind + 1], *index) : status;
}

/* Is there anything that says what a VM was last started with, be it that nothing is recorded? */
static bool tells_flags(const reader_t *reader)
{
	const fsi_span_t *flags = value_of(reader, reader->keys.flags), *map = reader->record.host.map;

	return (flags->at && !flags->size) || map[FSI_XAPI_FEATURES].at || map[FSI_XAPI_VENDOR].at;
}

static featset_status_t add_vm(reader_t *reader)
{
	const fsi_span_t manager = { "xapi", 4, 0, 0 };
	size_t index;
	featset_status_t status = add_plain(reader, FEATSET_RECORD_VM, &index);

	if (status == FEATSET_OK)
		status = fsi_record_put(reader->inventory, FEATSET_VM_MANAGER, index, &manager, reader->error);
	if (status != FEATSET_OK || !tells_flags(reader))
		return status;
	return fsi_xapi_set_vm_cpu(reader->inventory, reader->text, index, &reader->record.host, reader->error);
}

/* A pool's map that stands alone: a record of the pool, and if the text tells of nothing else, a set to look at. */
static featset_status_t add_level(reader_t *reader)
{
	static const struct {
		featset_field_t field;
		enum fsi_xapi_key key;
	} fields[] = { { FEATSET_POOL_VENDOR, FSI_XAPI_VENDOR },
		       { FEATSET_POOL_HVM, FSI_XAPI_HVM_HOST },
		       { FEATSET_POOL_PV, FSI_XAPI_PV_HOST } };
	size_t index;
	featset_status_t status = fsi_record_add(reader->inventory, reader->text, FEATSET_RECORD_POOL,
						 reader->record.first.line, &index, reader->error);

	for (size_t i = 0; status == FEATSET_OK && i < sizeof(fields) / sizeof(fields[0]); i++)
		status = fsi_record_put(reader->inventory, fields[i].field, index,
					&reader->record.host.map[fields[i].key], reader->error);
	reader->level = reader->record.host;
	reader->has_level = true;
	return status;
}

static featset_status_t add_record(reader_t *reader, featset_record_t kind)
{
	size_t index;

	if (kind == FEATSET_RECORDS && !reader->record.has_map)
		return FEATSET_OK;
	if (reader->record.twice.at || reader->record.host.twice.at)
		return twice(reader, reader->record.twice.at ? &reader->record.twice : &reader->record.host.twice);
	switch (kind) {
	case FEATSET_RECORDS:
		return is_flags(&reader->record)   ? add_vm(reader)
		       : is_level(&reader->record) ? add_level(reader)
						   : add_host(reader);
	case FEATSET_RECORD_HOST:
		if (is_level(&reader->record))
			return add_plain(reader, FEATSET_RECORD_POOL, &index);
		return add_host(reader);
	case FEATSET_RECORD_VM:
		return add_vm(reader);
	default:
		return add_plain(reader, kind, &index);
	}
}

/*
 * Is something missing at the end of the text?  The last keys of a host's cpu_info
 * are those that levels are made of, a VM's flags have one set, and what comes
 * behind them says nothing about a CPU.
 */
static bool is_cut(const reader_t *reader)
{
	const fsi_span_t *map = reader->record.host.map;

	return reader->cut && !map[FSI_XAPI_FEATURES].at && (!map[FSI_XAPI_HVM_HOST].at || !map[FSI_XAPI_PV_HOST].at);
}

static void clear_record(record_t *record)
{
	static const fsi_span_t nothing;

	for (size_t i = 0; i < record->used_count; i++)
		record->value[record->used[i]] = nothing;
	record->used_count = 0;
	memset(&record->host, 0, sizeof(record->host));
	record->first = record->twice = nothing;
	record->has_map = record->counts = false;
}

/* Reads the map of a record.  Lines without an access were a description's. */
static void read_cpu(reader_t *reader, featset_record_t kind)
{
	const fsi_span_t *map =
		value_of(reader, kind == FEATSET_RECORD_VM ? reader->keys.flags : reader->keys.cpu_info);
	record_t *record = &reader->record;

	memset(record->host.map, 0, sizeof(record->host.map));
	memset(&record->host.twice, 0, sizeof(record->host.twice));
	record->has_map = record->counts = false;
	if (map->at)
		read_map(record, map);
}

/* Ends the record at hand, which goes to the inventory unless it is nobody's. */
static featset_status_t end_record(reader_t *reader)
{
	record_t *record = &reader->record;
	const fsi_mark_t mark = fsi_mark(reader->inventory);
	featset_status_t status;
	featset_record_t kind;

	if (!record->first.at)
		return FEATSET_OK;
	kind = kind_of(reader);
	record->host.line = record->first.line;
	record->host.uuid = *value_of(reader, reader->keys.uuid);
	record->host.name = *value_of(reader, reader->keys.name);
	if (kind != FEATSET_RECORDS)
		read_cpu(reader, kind);
	if (is_cut(reader))
		status = fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, reader->line, 0,
				     "the text ends within this record, without an end of line: it is cut off");
	else
		status = add_record(reader, kind);
	clear_record(record);
	return fsi_pass(reader->inventory, reader->text, mark, status, reader->error);
}

/* ---- lines ------------------------------------------------------------------------- */

/* Only what has an access is a record's field: the lines of a description may look like anything. */
static void read_field(reader_t *reader, const fsi_span_t *key, const fsi_span_t *value, bool access)
{
	record_t *record = &reader->record;
	bool found;
	size_t at = find_key(&reader->keys, key->at, key->size, &found);

	if (!record->first.at)
		record->first = *key;
	if (!access)
		put(record, key, value);
	if (!found || (!access && at != reader->keys.uuid && at != reader->keys.name))
		return;
	if (record->value[at].at) {
		if (access && !record->twice.at && !fsi_span_same(&record->value[at], value))
			record->twice = *key;
		return;
	}
	record->value[at] = *value;
	record->used[record->used_count++] = at;
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
	if (fsi_span_same(&key, &reader->record.first))
		status = end_record(reader);
	if (status == FEATSET_OK)
		read_field(reader, &key, &value, access);
	return status;
}

/* The text is over.  A level that came alone is something to look at as well. */
static featset_status_t finish(reader_t *reader)
{
	featset_inventory_t *inventory = reader->inventory;
	featset_status_t status = end_record(reader);
	size_t count = 0;

	if (status == FEATSET_OK && reader->has_level && !featset_inventory_hosts(inventory) &&
	    !featset_inventory_count(inventory, FEATSET_RECORD_VM)) {
		status = fsi_xapi_add_host(inventory, reader->text, &reader->level, reader->error);
		if (status == FEATSET_OK &&
		    featset_inventory_add_note(inventory, "this is what a pool gives to new VMs, the level of its "
							  "hosts, and no host") != FEATSET_OK)
			status = fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
	}
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		count += featset_inventory_count(inventory, (featset_record_t)kind);
	if (status == FEATSET_OK && !count)
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 1, 0,
				   "no host with its cpu_info here; ask for it with "
				   "xe host-list params=uuid,name-label,cpu_info");
	return status == FEATSET_OK ? fsi_xapi_check_hosts(inventory, reader->text, reader->error) : status;
}

FSI_READ(xe)
{
	reader_t reader;
	fsi_line_t line = { 0 };
	featset_status_t status;

	memset(&reader, 0, sizeof(reader));
	reader.inventory = inventory;
	reader.text = text;
	reader.error = error;
	fill_keys(&reader.keys);
	while (fsi_line_next(&line, text->data, text->size)) {
		fsi_span_t whole = { line.at, line.size, line.number, 1 };
		fsi_span_t span = part(&whole, 0, whole.size);

		reader.line = line.number;
		reader.cut = line.next >= text->size && text->data[text->size - 1] != '\n';
		status = read_line(&reader, &span);
		if (status != FEATSET_OK)
			return status;
	}
	return finish(&reader);
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
