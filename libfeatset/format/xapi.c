/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <string.h>

/*
 * Hosts of a pool in JSON: XAPI's own records (host.get_all_records over
 * JSON-RPC, version 2.0, 1.0 or bare) and Xen Orchestra's objects.  Whatever
 * wraps them, a host is an object that holds the map "cpu_info", in Xen
 * Orchestra "CPUs"; a pool has one too, and names a master.
 */

#ifdef FEATSET_NO_JSON

FSI_READ_NO_JSON(xapi)

#else

/* Wrappers deeper than this are nobody's. */
#define DEPTH 12

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	size_t machines; /* VMs, which are no hosts */
} reader_t;

/* ---- a host ---------------------------------------------------------------------------- */

static featset_status_t read_map(reader_t *reader, fsi_xapi_host_t *host, const char *name, json_t *map)
{
	bool features = false;
	const char *key;
	json_t *value;

	json_object_foreach(map, key, value)
	{
		fsi_span_t span = fsi_json_span(value);

		if (!span.at && !strncmp(key, "features", 8))
			return fsi_json_fail(reader->text, key, reader->error, FEATSET_E_SYNTAX,
					     "host %.64s: \"%.32s\" is no string", name, key);
		if (span.at)
			features |= fsi_xapi_put(host, key, strlen(key), &span);
	}
	if (!features)
		return fsi_json_fail(reader->text, name, reader->error, FEATSET_E_SYNTAX,
				     "host %.64s has no features_hvm_host and the like in what it says of its CPU",
				     name);
	return FEATSET_OK;
}

static featset_status_t read_host(reader_t *reader, const json_t *object, json_t *map)
{
	const json_t *name = json_object_get(object, "name_label"), *uuid = json_object_get(object, "uuid");
	fsi_xapi_host_t host = { 0 };
	featset_status_t status;

	if (!uuid)
		uuid = json_object_get(object, "id");
	host.name = fsi_json_span(name);
	host.uuid = fsi_json_span(uuid);
	status = read_map(reader, &host, host.name.size ? host.name.at : host.uuid.size ? host.uuid.at : "?", map);
	return status == FEATSET_OK ? fsi_xapi_add_host(reader->inventory, reader->text, &host, reader->error) : status;
}

/* ---- what is around it ---------------------------------------------------------------------- */

/* JSON-RPC says what went wrong instead of an answer. */
static featset_status_t read_failure(reader_t *reader, const json_t *object)
{
	const json_t *error = json_object_get(object, "error");
	const json_t *description = json_object_get(object, "ErrorDescription");
	const char *what = json_string_value(json_object_get(error, "message"));

	if (!what)
		what = json_string_value(json_array_get(description, 0));
	if (!what)
		return FEATSET_OK;
	return fsi_json_fail(reader->text, what, reader->error, FEATSET_E_SYNTAX,
			     "this is no answer of XAPI's but its error %.128s", what);
}

static bool is_machine(const json_t *object)
{
	return json_object_get(object, "power_state") || json_object_get(object, "last_boot_CPU_flags");
}

static featset_status_t walk(reader_t *reader, const json_t *value, unsigned depth);

static featset_status_t walk_object(reader_t *reader, json_t *object, unsigned depth)
{
	json_t *map = json_object_get(object, "cpu_info"), *inner;
	featset_status_t status;
	const char *key;

	if (!json_is_object(map))
		map = json_object_get(object, "CPUs");
	if (json_is_object(map) && !json_object_get(object, "master")) {
		const fsi_mark_t mark = fsi_mark(reader->inventory);

		status = read_host(reader, object, map);
		return fsi_pass(reader->inventory, reader->text, mark, status, reader->error);
	}
	if (is_machine(object)) {
		reader->machines++;
		return FEATSET_OK;
	}
	status = read_failure(reader, object);
	json_object_foreach(object, key, inner)
	{
		if (status != FEATSET_OK)
			break;
		status = walk(reader, inner, depth + 1);
	}
	return status;
}

static featset_status_t walk(reader_t *reader, const json_t *value, unsigned depth)
{
	featset_status_t status = FEATSET_OK;
	size_t index;
	json_t *inner;

	if (depth > DEPTH)
		return FEATSET_OK;
	if (json_is_object(value))
		return walk_object(reader, (json_t *)value, depth);
	json_array_foreach(value, index, inner)
	{
		if (status != FEATSET_OK)
			break;
		status = walk(reader, inner, depth + 1);
	}
	return status;
}

static featset_status_t no_host(const reader_t *reader)
{
	if (reader->machines)
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 1, 0,
				   "records of %zu VM%s, but no host: ask XAPI for host.get_all_records",
				   reader->machines, reader->machines == 1 ? "" : "s");
	return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 1, 0,
			   "no host with its cpu_info here; host.get_all_records gives it, or Xen Orchestra's "
			   "/rest/v0/hosts?fields=*");
}

FSI_READ(xapi)
{
	reader_t reader = { .inventory = inventory, .text = text, .error = error };
	featset_status_t status;
	json_t *root;

	status = fsi_json_load(&root, text, error);
	if (status != FEATSET_OK)
		return status;
	status = walk(&reader, root, 1);
	if (status == FEATSET_OK && !featset_inventory_hosts(inventory))
		status = no_host(&reader);
	json_decref(root);
	return status;
}

#endif

FSI_PROBE(xapi)
{
	static const char *const words[] = { "\"OpaqueRef:", "\"CPUs\"", "\"cpu_info\"", "\"ErrorDescription\"", NULL };

	return fsi_json_mentions(text, size, words) ? 75 : 0;
}
