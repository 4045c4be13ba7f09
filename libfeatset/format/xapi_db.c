/* SPDX-License-Identifier: MIT */
#include "xapi.h"
#include "xml.h"

#include <stdlib.h>
#include <string.h>

/*
 * XAPI's database, as xe pool-dump-database writes it: <database> with a <table>
 * for each class and a <row> for each object, whose fields are attributes.  A
 * value has its blanks spelt with '%'; a map is then (('key' 'value') ...).
 */

/* A map with more keys than this is nobody's. */
#define MAX_KEYS 64

typedef struct reader {
	featset_inventory_t *inventory;
	bool hosts;  /* is the table that is open the hosts'? */
	bool tables; /* was there any? */
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

static bool is_new_key(const fsi_span_t *keys, size_t count, const fsi_span_t *key)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i].size == key->size && !memcmp(keys[i].at, key->at, key->size))
			return false;
	return true;
}

/* Reads (('key' 'value') ...); NULL when all is well, or what is wrong. */
static const char *read_map(fsi_xapi_host_t *host, char *at, bool *features)
{
	fsi_span_t keys[MAX_KEYS], value = { .line = host->line };
	size_t count = 0;

	if (!take_character(&at, '('))
		return "its cpu_info is no map";
	while (take_character(&at, '(')) {
		if (count == MAX_KEYS)
			return "its cpu_info has more than 64 keys";
		if (!take_string(&at, &keys[count]))
			return "its cpu_info is no map of strings";
		skip_blanks(&at);
		if (!take_string(&at, &value) || !take_character(&at, ')'))
			return "its cpu_info is no map of strings";
		if (!is_new_key(keys, count, &keys[count]))
			return "its cpu_info has a key twice";
		*features |= fsi_xapi_put(host, keys[count].at, keys[count].size, &value);
		count++;
	}
	if (!take_character(&at, ')') || *at)
		return "its cpu_info does not end where it should";
	return NULL;
}

/* ---- rows --------------------------------------------------------------------------------- */

/* Copies of a row's values, without their protection. */
typedef struct row {
	char *name;
	char *uuid;
	char *map;
} row_t;

static featset_status_t copy_value(fsi_xml_t *xml, char **copy, const char *const *attributes, const char *name)
{
	const char *value = fsi_xml_attribute(attributes, name);

	/* Two letters become at most two. */
	*copy = malloc((value ? strlen(value) : 0) + 1);
	if (!*copy)
		return fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
	if (!unprotect(*copy, value ? value : ""))
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "%s: expected '.', '_', 't', 'n', 'r' or '%%' after '%%'",
				    name);
	return FEATSET_OK;
}

static featset_status_t add_host(fsi_xml_t *xml, const row_t *row)
{
	reader_t *reader = xml->context;
	unsigned line = fsi_xml_line(xml);
	fsi_xapi_host_t host = {
		.name = { row->name, strlen(row->name), line, 0 },
		.uuid = { row->uuid, strlen(row->uuid), line, 0 },
		.line = line,
	};
	bool features = false;
	const char *why = read_map(&host, row->map, &features);

	if (!why && !features)
		why = "its cpu_info has no features_hvm_host and the like";
	if (why)
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "host %.64s: %s", row->name[0] ? row->name : row->uuid, why);
	return fsi_xapi_add_host(reader->inventory, xml->text, &host, xml->error);
}

static featset_status_t read_row(fsi_xml_t *xml, const char *const *attributes)
{
	const reader_t *reader = xml->context;
	const fsi_mark_t mark = fsi_mark(reader->inventory);
	row_t row = { 0 };
	featset_status_t status = copy_value(xml, &row.name, attributes, "name__label");

	if (status == FEATSET_OK)
		status = copy_value(xml, &row.uuid, attributes, "uuid");
	if (status == FEATSET_OK)
		status = copy_value(xml, &row.map, attributes, "cpu_info");
	if (status == FEATSET_OK)
		status = add_host(xml, &row);
	status = fsi_pass(reader->inventory, xml->text, mark, status, xml->error);
	free(row.name);
	free(row.uuid);
	free(row.map);
	return status;
}

static featset_status_t start(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	reader_t *reader = xml->context;
	const char *table;

	if (xml->depth == 2) {
		table = !strcmp(name, "table") ? fsi_xml_attribute(attributes, "name") : NULL;
		reader->hosts = table && !strcmp(table, "host");
		reader->tables |= table != NULL;
	}
	if (xml->depth == 3 && reader->hosts && !strcmp(name, "row"))
		return read_row(xml, attributes);
	return FEATSET_OK;
}

FSI_READ(xapi_db)
{
	reader_t reader = { .inventory = inventory };
	fsi_xml_t xml = { .context = &reader, .start = start };
	featset_status_t status = fsi_xml_parse(&xml, text, error);

	if (status == FEATSET_OK && !featset_inventory_hosts(inventory))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   reader.tables ? "the database has no host" : "no table of XAPI's database here");
	return status;
}

FSI_PROBE(xapi_db)
{
	static const char *const names[] = { "database", NULL };

	return fsi_xml_looks_like(text, size, names) ? 80 : 0;
}
