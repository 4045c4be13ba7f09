/* SPDX-License-Identifier: MIT */
#include "record.h"
#include "xml.h"

#include <stdlib.h>
#include <string.h>

/*
 * XAPI's database, as xe pool-dump-database writes it: <database> with a <table>
 * for each class and a <row> for each object, whose fields are attributes.  A
 * value has its blanks spelt with '%'; a map is then (('key' 'value') ...), and a
 * set ('member' ...).
 */

/* A map with more keys than this is nobody's. */
#define MAX_KEYS 256

typedef struct reader {
	featset_inventory_t *inventory;
	featset_record_t table; /* the kind of the table that is open; FEATSET_RECORDS where it is of no interest */
	bool tables;            /* was there any? */
	bool records;           /* was there any, even one that was left out? */
} reader_t;

/* ---- values ------------------------------------------------------------------------------ */

/* Writes a value without its protection into a buffer of its own length and a NUL; false when it has none of it. */
static bool unprotect(char *to, const char *from)
{
	for (; *from; from++) {
		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		switch (*++from) {
		case '.':
			*to++ = ' ';
			break;
		case '_':
			*to++ = ' ';
			*to++ = ' ';
			break;
		case 't':
			*to++ = '\t';
			break;
		case 'n':
			*to++ = '\n';
			break;
		case 'r':
			*to++ = '\r';
			break;
		case '%':
			*to++ = '%';
			break;
		default:
			return false;
		}
	}
	*to = '\0';
	return true;
}

/* Steps over 'text', takes out its backslashes where it stands, and ends it with a NUL. */
static bool take_string(char **at, fsi_span_t *span)
{
	char *from = *at, *to;

	if (*from != '\'')
		return false;
	span->at = to = ++from;
	while (*from && *from != '\'') {
		from += *from == '\\' && from[1];
		*to++ = *from++;
	}
	if (!*from)
		return false;
	span->size = (size_t)(to - span->at);
	*at = from + 1;
	*to = '\0';
	return true;
}

static void skip_blanks(char **at)
{
	while (fsi_is_space(**at))
		++*at;
}

static bool take_character(char **at, char c)
{
	skip_blanks(at);
	if (**at != c)
		return false;
	++*at;
	skip_blanks(at);
	return true;
}

/* A map, whose strings lie in the value that it was made of. */
typedef struct map {
	fsi_span_t key[MAX_KEYS];
	fsi_span_t value[MAX_KEYS];
	size_t count;
} map_t;

static bool is_new_key(const map_t *map, const fsi_span_t *key)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->key[i].size == key->size && !memcmp(map->key[i].at, key->at, key->size))
			return false;
	return true;
}

/* Reads (('key' 'value') ...); NULL when all is well, or what is wrong. */
static const char *read_map(map_t *map, char *at)
{
	map->count = 0;
	if (!take_character(&at, '('))
		return "is no map";
	while (take_character(&at, '(')) {
		if (map->count == MAX_KEYS)
			return "has more than 256 keys";
		if (!take_string(&at, &map->key[map->count]))
			return "is no map of strings";
		skip_blanks(&at);
		if (!take_string(&at, &map->value[map->count]) || !take_character(&at, ')'))
			return "is no map of strings";
		if (!is_new_key(map, &map->key[map->count]))
			return "has a key twice";
		map->count++;
	}
	if (!take_character(&at, ')') || *at)
		return "does not end where it should";
	return NULL;
}

static bool is_nothing(const fsi_span_t *member)
{
	return !member->size || fsi_same(member->at, member->size, "OpaqueRef:NULL");
}

/* Turns ('member' ...) into "member; ..." where it stands; NULL when all is well, or what is wrong. */
static const char *join_set(char *value)
{
	char *at = value, *to = value;
	fsi_span_t member;

	if (!take_character(&at, '('))
		return "is no set";
	while (take_string(&at, &member)) {
		skip_blanks(&at);
		if (is_nothing(&member))
			continue;
		/* Its quotes and the blank behind them leave room for what joins it to the one in front. */
		if (to != value) {
			*to++ = ';';
			*to++ = ' ';
		}
		memmove(to, member.at, member.size);
		to += member.size;
	}
	if (!take_character(&at, ')') || *at)
		return "is no set of strings";
	*to = '\0';
	return NULL;
}

/* ---- rows --------------------------------------------------------------------------------- */

typedef struct row {
	const char *const *attributes;
	featset_record_t kind;
	size_t index;
	char *name, *uuid; /* copies of the values, without their protection */
	map_t map;         /* the one that is read at the moment */
} row_t;

static featset_status_t fail(fsi_xml_t *xml, const row_t *row, const char *attribute, const char *why)
{
	const char *name = row->name && row->name[0] ? row->name : row->uuid && row->uuid[0] ? row->uuid : "?";

	return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "%s %.64s: its %.64s %s", fsi_record_class(row->kind), name,
			    attribute, why);
}

/* Copies a value without its protection; *copy is the caller's to free. */
static featset_status_t copy_value(fsi_xml_t *xml, const row_t *row, char **copy, const char *name, const char *value)
{
	/* Two letters become at most two. */
	char *made = malloc((value ? strlen(value) : 0) + 1);

	*copy = NULL;
	if (!made)
		return fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
	if (!unprotect(made, value ? value : "")) {
		free(made);
		return fail(xml, row, name, "has something else than '.', '_', 't', 'n', 'r' and '%' after '%'");
	}
	*copy = made;
	return FEATSET_OK;
}

/* Copies an attribute's value that is a map; *copy is the caller's to free. */
static featset_status_t copy_map(fsi_xml_t *xml, row_t *row, char **copy, const char *name, const char *value)
{
	featset_status_t status = copy_value(xml, row, copy, name, value);
	const char *why = status == FEATSET_OK ? read_map(&row->map, *copy) : NULL;

	return why ? fail(xml, row, name, why) : status;
}

/* Attributes spell "name_label" "name__label". */
static bool is_called(const char *attribute, const char *key, size_t size)
{
	const char *end = key + size;

	for (; *attribute && key < end; attribute++, key++) {
		if (*attribute != *key)
			return false;
		if (*attribute == '_' && attribute[1] == '_')
			attribute++;
	}
	return !*attribute && key == end;
}

static featset_status_t put_span(fsi_xml_t *xml, const row_t *row, featset_field_t field, const char *at, size_t size)
{
	const reader_t *reader = xml->context;
	const fsi_span_t span = { at, size, 0, 0 };

	return fsi_record_put(reader->inventory, field, row->index, &span, xml->error);
}

static featset_status_t put_value(fsi_xml_t *xml, const row_t *row, featset_field_t field, const char *name,
				  const char *value)
{
	char *copy;
	featset_status_t status = copy_value(xml, row, &copy, name, value);
	const char *why = status == FEATSET_OK && *copy && fsi_record_is_set(field) ? join_set(copy) : NULL;

	if (why)
		status = fail(xml, row, name, why);
	if (status == FEATSET_OK)
		status = put_span(xml, row, field, copy, strlen(copy));
	free(copy);
	return status;
}

/* Puts those values of a map that fill fields, from this one on. */
static featset_status_t put_map(fsi_xml_t *xml, row_t *row, featset_field_t from, const char *name, const char *value)
{
	const char *key = fsi_record_key(from, FSI_DRESS_XAPI);
	size_t size = (size_t)(strchr(key, '/') - key) + 1;
	featset_status_t status;
	char *copy;

	if (!*value)
		return FEATSET_OK;
	status = copy_map(xml, row, &copy, name, value);
	for (featset_field_t field = from; field < fsi_record_first(row->kind + 1); field++) {
		const char *other = fsi_record_key(field, FSI_DRESS_XAPI);

		if (strncmp(other, key, size) != 0)
			continue;
		for (size_t i = 0; status == FEATSET_OK && i < row->map.count; i++)
			if (fsi_same(row->map.key[i].at, row->map.key[i].size, other + size))
				status = put_span(xml, row, field, row->map.value[i].at, row->map.value[i].size);
	}
	free(copy);
	return status;
}

/* Puts one attribute into the field that it fills, or a map into all of its fields. */
static featset_status_t put_attribute(fsi_xml_t *xml, row_t *row, const char *name, const char *value)
{
	const featset_field_t end = fsi_record_first(row->kind + 1);

	for (featset_field_t field = fsi_record_first(row->kind); field < end; field++) {
		const char *key = fsi_record_key(field, FSI_DRESS_XAPI), *slash;

		if (*key != *name)
			continue;
		slash = strchr(key, '/');
		if (!is_called(name, key, slash ? (size_t)(slash - key) : strlen(key)))
			continue;
		return slash ? put_map(xml, row, field, name, value) : put_value(xml, row, field, name, value);
	}
	return FEATSET_OK;
}

static featset_status_t put_attributes(fsi_xml_t *xml, row_t *row)
{
	featset_status_t status = FEATSET_OK;
	const char *ref = fsi_xml_attribute(row->attributes, "ref");

	if (ref)
		status = put_value(xml, row, fsi_record_first(row->kind), "ref", ref);
	for (const char *const *at = row->attributes; status == FEATSET_OK && *at; at += 2)
		status = put_attribute(xml, row, at[0], at[1]);
	return status;
}

/* ---- hosts and VMs ------------------------------------------------------------------------- */

/* Takes from a map what it says of a CPU. */
static void take_map(const row_t *row, fsi_xapi_host_t *host)
{
	for (size_t i = 0; i < row->map.count; i++) {
		fsi_span_t value = row->map.value[i];

		value.line = host->line;
		fsi_xapi_put(host, row->map.key[i].at, row->map.key[i].size, &value);
	}
}

static fsi_xapi_host_t start_host(const fsi_xml_t *xml, const row_t *row)
{
	unsigned line = fsi_xml_line(xml);
	fsi_xapi_host_t host = {
		.name = { row->name, strlen(row->name), line, 0 },
		.uuid = { row->uuid, strlen(row->uuid), line, 0 },
		.line = line,
	};

	return host;
}

static featset_status_t add_host(fsi_xml_t *xml, row_t *row)
{
	const reader_t *reader = xml->context;
	fsi_xapi_host_t host = start_host(xml, row);
	char *copy = NULL;
	const char *value = fsi_xml_attribute(row->attributes, "cpu_info");
	featset_status_t status = copy_map(xml, row, &copy, "cpu_info", value && !*value ? "()" : value);

	row->index = featset_inventory_hosts(reader->inventory);
	if (status == FEATSET_OK) {
		take_map(row, &host);
		status = fsi_xapi_add_host(reader->inventory, xml->text, &host, xml->error);
	}
	free(copy);
	return status;
}

static featset_status_t read_vm(fsi_xml_t *xml, row_t *row)
{
	const reader_t *reader = xml->context;
	const char *value = fsi_xml_attribute(row->attributes, "last_boot_CPU_flags");
	featset_status_t status = put_span(xml, row, FEATSET_VM_MANAGER, "xapi", 4);
	fsi_xapi_host_t flags = start_host(xml, row);
	char *copy = NULL;

	if (status != FEATSET_OK || !value || !*value)
		return status;
	status = copy_map(xml, row, &copy, "last_boot_CPU_flags", value);
	if (status == FEATSET_OK) {
		take_map(row, &flags);
		status = fsi_xapi_set_vm_cpu(reader->inventory, xml->text, row->index, &flags, xml->error);
	}
	free(copy);
	return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static featset_status_t add_row(fsi_xml_t *xml, row_t *row)
{
	const reader_t *reader = xml->context;
	featset_status_t status;

	if (row->kind == FEATSET_RECORD_HOST)
		status = add_host(xml, row);
	else
		status = fsi_record_add(reader->inventory, xml->text, row->kind, fsi_xml_line(xml), &row->index,
					xml->error);
	if (status == FEATSET_OK)
		status = put_attributes(xml, row);
	if (status == FEATSET_OK && row->kind == FEATSET_RECORD_VM)
		status = read_vm(xml, row);
	return status;
}

static featset_status_t read_row(fsi_xml_t *xml, const char *const *attributes)
{
	const reader_t *reader = xml->context;
	const fsi_mark_t mark = fsi_mark(reader->inventory);
	row_t row;
	featset_status_t status;

	row.attributes = attributes;
	row.kind = reader->table;
	row.name = row.uuid = NULL;
	status = copy_value(xml, &row, &row.name, "name__label", fsi_xml_attribute(attributes, "name__label"));
	if (status == FEATSET_OK)
		status = copy_value(xml, &row, &row.uuid, "uuid", fsi_xml_attribute(attributes, "uuid"));
	if (status == FEATSET_OK)
		status = add_row(xml, &row);
	status = fsi_pass(reader->inventory, xml->text, mark, status, xml->error);
	free(row.name);
	free(row.uuid);
	return status;
}

static featset_record_t find_table(const char *name)
{
	for (int kind = 0; name && kind < FEATSET_RECORDS; kind++)
		if (!strcmp(name, fsi_record_class((featset_record_t)kind)))
			return (featset_record_t)kind;
	return FEATSET_RECORDS;
}

static featset_status_t start(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	reader_t *reader = xml->context;
	const char *table;

	if (xml->depth == 2) {
		table = !strcmp(name, "table") ? fsi_xml_attribute(attributes, "name") : NULL;
		reader->table = find_table(table);
		reader->tables |= table != NULL;
	}
	if (xml->depth != 3 || reader->table == FEATSET_RECORDS || strcmp(name, "row") != 0)
		return FEATSET_OK;
	reader->records = true;
	return read_row(xml, attributes);
}

FSI_READ(xapi_db)
{
	reader_t reader = { .inventory = inventory, .table = FEATSET_RECORDS };
	fsi_xml_t xml = { .context = &reader, .start = start };
	featset_status_t status = fsi_xml_parse(&xml, text, error);

	if (status == FEATSET_OK && !reader.records)
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   reader.tables ? "the database has no host, and no other record of a pool"
						 : "no table of XAPI's database here");
	return status == FEATSET_OK ? fsi_xapi_check_hosts(inventory, text, error) : status;
}

FSI_PROBE(xapi_db)
{
	static const char *const names[] = { "database", NULL };

	return fsi_xml_looks_like(text, size, names) ? 80 : 0;
}
