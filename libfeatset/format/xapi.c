/* SPDX-License-Identifier: MIT */
#include "json_text.h"
#include "record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The records of a pool in JSON: XAPI's own (CLASS.get_all_records over JSON-RPC,
 * version 2.0, 1.0 or bare) and Xen Orchestra's objects, one document or several.
 * Whatever wraps them is looked through.  What kind a record is tells the class
 * that wraps it, as in {"VM": {"OpaqueRef:...": {...}}}, Xen Orchestra's "type" or
 * address, or else keys that no other class has.
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
	bool records; /* was there any, even one that was left out? */
} reader_t;

/* Where a value stands. */
typedef struct spot {
	const char *key;        /* NULL in an array */
	featset_record_t class; /* as something around it says; FEATSET_RECORDS where nothing does */
	unsigned depth;
} spot_t;

typedef struct record {
	json_t *object;
	const char *key; /* what the object stands under; NULL in an array */
	featset_record_t kind;
	fsi_dress_t dress;
	const struct type *type; /* Xen Orchestra's; NULL where it does not tell */
	fsi_span_t name, uuid;
	size_t index;
} record_t;

/* ---- what kind a record is --------------------------------------------------------------- */

/* Xen Orchestra's types, with their collections in its REST API. */
static const struct type {
	const char *name;
	const char *collection;
	featset_record_t kind;
	featset_field_t flag; /* the field that it says is true */
} types[] = {
	{ "PBD", "pbds", FEATSET_RECORD_PBD, FEATSET_FIELDS },
	{ "PIF", "pifs", FEATSET_RECORD_PIF, FEATSET_FIELDS },
	{ "SR", "srs", FEATSET_RECORD_SR, FEATSET_FIELDS },
	{ "VBD", "vbds", FEATSET_RECORD_VBD, FEATSET_FIELDS },
	{ "VDI", "vdis", FEATSET_RECORD_VDI, FEATSET_FIELDS },
	{ "VDI-snapshot", "vdi-snapshots", FEATSET_RECORD_VDI, FEATSET_FIELDS },
	{ "VDI-unmanaged", "vdi-unmanaged", FEATSET_RECORD_VDI, FEATSET_FIELDS },
	{ "VIF", "vifs", FEATSET_RECORD_VIF, FEATSET_FIELDS },
	{ "VM", "vms", FEATSET_RECORD_VM, FEATSET_FIELDS },
	{ "VM-controller", "vm-controllers", FEATSET_RECORD_VM, FEATSET_VM_IS_CONTROL_DOMAIN },
	{ "VM-snapshot", "vm-snapshots", FEATSET_RECORD_VM, FEATSET_VM_IS_SNAPSHOT },
	{ "VM-template", "vm-templates", FEATSET_RECORD_VM, FEATSET_VM_IS_TEMPLATE },
	{ "VUSB", "vusbs", FEATSET_RECORD_VUSB, FEATSET_FIELDS },
	{ "host", "hosts", FEATSET_RECORD_HOST, FEATSET_FIELDS },
	{ "network", "networks", FEATSET_RECORD_NETWORK, FEATSET_FIELDS },
	{ "pool", "pools", FEATSET_RECORD_POOL, FEATSET_FIELDS },
	{ "vgpu", "vgpus", FEATSET_RECORD_VGPU, FEATSET_FIELDS },
};

/*
 * Keys that make an object of XAPI's, where nothing around it tells, a record of
 * a kind; the first row decides.  A bond has a master as well, and a crash dump a
 * VM and a VDI.
 */
static const struct {
	featset_record_t kind;
	const char *key[3];
} marks[] = {
	{ FEATSET_RECORD_POOL, { "master", "name_label", NULL } },
	{ FEATSET_RECORD_POOL, { "master", "cpu_info", NULL } },
	{ FEATSET_RECORD_HOST, { "cpu_info", NULL, NULL } },
	{ FEATSET_RECORD_VM, { "power_state", NULL, NULL } },
	{ FEATSET_RECORD_VM, { "last_boot_CPU_flags", NULL, NULL } },
	{ FEATSET_RECORD_VM_METRICS, { "current_domain_type", NULL, NULL } },
	{ FEATSET_RECORD_PIF, { "VLAN", "device", "host" } },
	{ FEATSET_RECORD_VIF, { "MAC", "VM", "network" } },
	{ FEATSET_RECORD_VBD, { "VM", "VDI", "userdevice" } },
	{ FEATSET_RECORD_PBD, { "device_config", "SR", "host" } },
	{ FEATSET_RECORD_PBD, { "currently_attached", "SR", "host" } },
	{ FEATSET_RECORD_VDI, { "virtual_size", "SR", NULL } },
	{ FEATSET_RECORD_SR, { "content_type", "PBDs", NULL } },
	{ FEATSET_RECORD_NETWORK, { "bridge", NULL, NULL } },
	{ FEATSET_RECORD_VGPU, { "GPU_group", "VM", NULL } },
	{ FEATSET_RECORD_VUSB, { "USB_group", "VM", NULL } },
};

static bool has_keys(const json_t *object, const char *const key[3])
{
	for (int i = 0; i < 3 && key[i]; i++)
		if (!json_object_get(object, key[i]))
			return false;
	return true;
}

static featset_record_t kind_by_keys(const json_t *object)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (has_keys(object, marks[i].key))
			return marks[i].kind;
	return FEATSET_RECORDS;
}

/* The class that a wrapper's key names, as in "VM" and "VM.get_all_records". */
static featset_record_t class_of_key(const char *key)
{
	for (int kind = 0; kind < FEATSET_RECORDS; kind++) {
		const char *class = fsi_record_class((featset_record_t)kind);
		size_t size = strlen(class);

		if (!strncmp(key, class, size) && (key[size] == '\0' || key[size] == '.'))
			return (featset_record_t)kind;
	}
	return FEATSET_RECORDS;
}

static bool is_reference(const char *key)
{
	return key && !strncmp(key, "OpaqueRef:", 10);
}

/* What follows the name of a collection, "/rest/v0/vms/ID"; NULL when it is no address of this one. */
static const char *id_in_address(const char *address, const char *collection)
{
	const char *at = address ? strstr(address, "/rest/v0/") : NULL, *end;

	if (!at)
		return NULL;
	at += strlen("/rest/v0/");
	end = at + strlen(collection);
	return !strncmp(at, collection, (size_t)(end - at)) && *end == '/' ? end + 1 : NULL;
}

static const struct type *find_type(const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "type"));
	const char *address = json_string_value(json_object_get(object, "href"));

	for (size_t i = 0; (name || address) && i < sizeof(types) / sizeof(types[0]); i++)
		if ((name && !strcmp(name, types[i].name)) || id_in_address(address, types[i].collection))
			return &types[i];
	return NULL;
}

/* A VM of Xen Orchestra's has a map of this name too, with their number. */
static bool has_host_cpus(const json_t *object)
{
	const json_t *cpus = json_object_get(object, "CPUs");

	return json_is_object(cpus) && !json_object_get(cpus, "number");
}

/* Is it one of Xen Orchestra's, even of a kind that is of no interest? */
static bool is_orchestra(const json_t *object)
{
	static const char *const keys[] = { "$pool", "$container", "_xapiRef", "virtualizationMode" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_get(object, keys[i]))
			return true;
	return has_host_cpus(object) && !json_object_get(object, "cpu_info");
}

static void classify_orchestra(record_t *record)
{
	record->dress = FSI_DRESS_XO;
	if (record->type)
		record->kind = record->type->kind;
	else if (has_host_cpus(record->object))
		record->kind = FEATSET_RECORD_HOST;
	else if (json_object_get(record->object, "virtualizationMode"))
		record->kind = FEATSET_RECORD_VM;
}

/* Tells what an object is; false for a wrapper, which has to be looked into. */
static bool classify(record_t *record, const spot_t *spot)
{
	const json_t *object = record->object;

	record->type = find_type(object);
	record->kind = FEATSET_RECORDS;
	if (record->type || is_orchestra(object)) {
		classify_orchestra(record);
		return true;
	}
	record->dress = FSI_DRESS_XAPI;
	if (spot->class != FEATSET_RECORDS && (is_reference(spot->key) || json_object_get(object, "uuid")))
		record->kind = spot->class;
	else
		record->kind = kind_by_keys(object);
	return record->kind != FEATSET_RECORDS;
}

/* ---- what is wrong with a record ------------------------------------------------------------ */

static const char *name_of(const record_t *record)
{
	if (record->name.size)
		return record->name.at;
	if (record->uuid.size)
		return record->uuid.at;
	return record->key ? record->key : "?";
}

/* Where the text has a string in quotes; NULL when it has it nowhere. */
static const char *find_quoted(const char *from, const fsi_text_t *text, const char *string)
{
	char quoted[160];

	if (fsi_print(quoted, sizeof(quoted), 0, "\"%s\"", string) >= sizeof(quoted))
		return NULL;
	return memmem(from, (size_t)(text->data + text->size - from), quoted, strlen(quoted));
}

/* Where the text has a string as a key; it may stand as a value in other records. */
static const char *find_key(const fsi_text_t *text, const char *key)
{
	const char *end = text->data + text->size, *found = find_quoted(text->data, text, key), *at;

	for (; found; found = find_quoted(at, text, key)) {
		at = found + strlen(key) + 2;
		while (at < end && fsi_is_space(*at))
			at++;
		if (at < end && *at == ':')
			break;
	}
	return found;
}

/* Keys repeat in every record, so that only behind the record's own is the place sure. */
static const char *find_place(const fsi_text_t *text, const record_t *record, const char *key)
{
	const char *start = record->key ? find_key(text, record->key) : NULL, *found;

	if (!start)
		return find_quoted(text->data, text, record->uuid.size ? record->uuid.at : name_of(record));
	found = find_quoted(start, text, key);
	return found ? found : start;
}

static featset_status_t fail(const reader_t *reader, const record_t *record, const char *key, const char *format, ...)
	FSI_PRINTF(4, 5);

static featset_status_t fail(const reader_t *reader, const record_t *record, const char *key, const char *format, ...)
{
	const char *found = fsi_shows_places(reader->text) ? find_place(reader->text, record, key) : NULL;
	unsigned line = 0, column = 0;
	char sentence[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (found)
		fsi_place(reader->text, (size_t)(found - reader->text->data), &line, &column);
	return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line, column, "%s %.64s%s",
			   fsi_record_class(record->kind), name_of(record), sentence);
}

static featset_status_t no_memory(const reader_t *reader)
{
	return fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
}

/* ---- fields ----------------------------------------------------------------------------------- */

static featset_status_t put_text(const reader_t *reader, const record_t *record, featset_field_t field,
				 const char *text)
{
	const fsi_span_t span = { text, strlen(text), 0, 0 };

	return fsi_record_put(reader->inventory, field, record->index, &span, reader->error);
}

static bool is_nothing(const json_t *member)
{
	/* XAPI's capabilities end with an empty one. */
	return json_is_null(member) || (json_is_string(member) && (!json_string_length(member) ||
								    !strcmp(json_string_value(member), "OpaqueRef:NULL")));
}

/* A set is a list of references, where Xen Orchestra leaves null for what is gone. */
static featset_status_t put_set(const reader_t *reader, const record_t *record, featset_field_t field, const char *key,
				const json_t *set)
{
	featset_status_t status;
	size_t size = 1, at = 0, index;
	json_t *member;
	char *joined;

	json_array_foreach(set, index, member)
	{
		if (!json_is_string(member) && !json_is_null(member))
			return fail(reader, record, key, ": \"%.32s\" is no list of texts", key);
		size += json_string_length(member) + 2;
	}
	joined = calloc(1, size);
	if (!joined)
		return no_memory(reader);
	json_array_foreach(set, index, member)
	{
		if (is_nothing(member))
			continue;
		if (at) {
			memcpy(joined + at, "; ", 2);
			at += 2;
		}
		memcpy(joined + at, json_string_value(member), json_string_length(member));
		at += json_string_length(member);
	}
	status = put_text(reader, record, field, joined);
	free(joined);
	return status;
}

static featset_status_t put_number(const reader_t *reader, const record_t *record, featset_field_t field, double value)
{
	char digits[32];

	/* No field holds a fraction. */
	if (value > -1e15 && value < 1e15)
		snprintf(digits, sizeof(digits), "%lld", (long long)value);
	else
		snprintf(digits, sizeof(digits), "%.0e", value);
	return put_text(reader, record, field, digits);
}

static featset_status_t put_value(const reader_t *reader, const record_t *record, featset_field_t field,
				  const char *key, const json_t *value)
{
	if (json_is_string(value))
		return put_text(reader, record, field, json_string_value(value));
	if (json_is_boolean(value))
		return put_text(reader, record, field, json_is_true(value) ? "true" : "false");
	if (json_is_number(value))
		return put_number(reader, record, field, json_number_value(value));
	if (json_is_array(value) && fsi_record_is_set(field))
		return put_set(reader, record, field, key, value);
	if (json_is_null(value))
		return FEATSET_OK;
	return fail(reader, record, key, ": \"%.32s\" is no text", key);
}

/* Puts what stands under a key, "map/key" for one key of a map. */
static featset_status_t put_key(const reader_t *reader, const record_t *record, featset_field_t field, const char *key)
{
	const char *slash = strchr(key, '/');
	const json_t *value, *map;
	char name[64];

	if (!slash) {
		value = json_object_get(record->object, key);
		return value ? put_value(reader, record, field, key, value) : FEATSET_OK;
	}
	fsi_print(name, sizeof(name), 0, "%.*s", (int)(slash - key), key);
	map = json_object_get(record->object, name);
	if (map && !json_is_object(map) && !json_is_null(map))
		return fail(reader, record, name, ": \"%.32s\" is no map", name);
	value = json_object_get(map, slash + 1);
	return value ? put_value(reader, record, field, slash + 1, value) : FEATSET_OK;
}

static featset_status_t put_fields(const reader_t *reader, const record_t *record)
{
	featset_status_t status = FEATSET_OK;

	for (featset_field_t field = fsi_record_first(record->kind);
	     status == FEATSET_OK && field < fsi_record_first(record->kind + 1); field++) {
		const char *key = fsi_record_key(field, record->dress);

		/* A host's name and UUID are there before the rest. */
		if (*key && field != FEATSET_HOST_NAME && field != FEATSET_HOST_UUID)
			status = put_key(reader, record, field, key);
	}
	return status;
}

/* Puts what the record does not say itself: what it stands under, and a UUID that was asked for by address alone. */
static featset_status_t put_identity(const reader_t *reader, const record_t *record)
{
	featset_field_t ref = fsi_record_first(record->kind), uuid = ref + 1;
	featset_status_t status = FEATSET_OK;

	if (is_reference(record->key))
		status = put_text(reader, record, ref, record->key);
	if (status == FEATSET_OK && record->uuid.size &&
	    !*featset_inventory_get(reader->inventory, uuid, record->index))
		status = put_text(reader, record, uuid, record->uuid.at);
	return status;
}

/* ---- hosts ------------------------------------------------------------------------------ */

static featset_status_t read_cpu_info(const reader_t *reader, const record_t *record, fsi_xapi_host_t *host)
{
	const char *name = record->dress == FSI_DRESS_XO ? "CPUs" : "cpu_info", *key;
	json_t *map = json_object_get(record->object, name), *value;

	if (!json_is_object(map) && record->dress == FSI_DRESS_XO)
		return fail(reader, record, name_of(record),
			    " has no \"CPUs\": ask Xen Orchestra for /rest/v0/hosts?fields=*");
	if (!json_is_object(map))
		return fail(reader, record, map ? name : name_of(record), ": \"cpu_info\" is no map");
	json_object_foreach(map, key, value)
	{
		fsi_span_t span = fsi_json_span(value);

		if (!span.at && !strncmp(key, "features", 8))
			return fail(reader, record, key, ": \"%.32s\" is no string", key);
		if (span.at)
			fsi_xapi_put(host, key, strlen(key), &span);
	}
	return FEATSET_OK;
}

static featset_status_t read_host(const reader_t *reader, record_t *record)
{
	fsi_xapi_host_t host = { .name = record->name, .uuid = record->uuid };
	featset_status_t status = read_cpu_info(reader, record, &host);

	if (status != FEATSET_OK)
		return status;
	record->index = featset_inventory_hosts(reader->inventory);
	return fsi_xapi_add_host(reader->inventory, reader->text, &host, reader->error);
}

/* ---- VMs -------------------------------------------------------------------------------- */

static featset_status_t read_flags(const reader_t *reader, const record_t *record)
{
	json_t *map = json_object_get(record->object, "last_boot_CPU_flags"), *value;
	fsi_xapi_host_t flags = { .name = record->name, .uuid = record->uuid };
	const char *key;

	if (!map || json_is_null(map))
		return FEATSET_OK;
	if (!json_is_object(map))
		return fail(reader, record, "last_boot_CPU_flags", ": \"last_boot_CPU_flags\" is no map");
	json_object_foreach(map, key, value)
	{
		fsi_span_t span = fsi_json_span(value);

		if (!span.at)
			return fail(reader, record, key, ": \"%.32s\" is no string", key);
		fsi_xapi_put(&flags, key, strlen(key), &span);
	}
	return fsi_xapi_set_vm_cpu(reader->inventory, reader->text, record->index, &flags, reader->error);
}

static featset_status_t put_type(const reader_t *reader, const record_t *record)
{
	static const featset_field_t flags[] = { FEATSET_VM_IS_TEMPLATE, FEATSET_VM_IS_SNAPSHOT,
						 FEATSET_VM_IS_CONTROL_DOMAIN };
	featset_status_t status = FEATSET_OK;

	for (size_t i = 0; status == FEATSET_OK && i < sizeof(flags) / sizeof(flags[0]); i++)
		status = put_text(reader, record, flags[i], record->type->flag == flags[i] ? "true" : "false");
	return status;
}

/*
 * The "$container" of a VM that runs is its host.  Otherwise it is the pool, or
 * a host that has one of its disks to itself.
 */
static featset_status_t put_container(const reader_t *reader, const record_t *record)
{
	const char *container = json_string_value(json_object_get(record->object, "$container"));
	const char *pool = json_string_value(json_object_get(record->object, "$pool"));
	const char *state = featset_inventory_get(reader->inventory, FEATSET_VM_POWER_STATE, record->index);

	if (!container || (pool && !strcmp(container, pool)) ||
	    (strcmp(state, "running") != 0 && strcmp(state, "paused") != 0))
		return FEATSET_OK;
	return put_text(reader, record, FEATSET_VM_HOST, container);
}

static featset_status_t read_vm(const reader_t *reader, const record_t *record)
{
	featset_status_t status = put_text(reader, record, FEATSET_VM_MANAGER, "xapi");

	if (status == FEATSET_OK)
		status = read_flags(reader, record);
	if (status == FEATSET_OK && record->dress == FSI_DRESS_XO)
		status = put_container(reader, record);
	return status == FEATSET_OK && record->type ? put_type(reader, record) : status;
}

/* ---- records ---------------------------------------------------------------------------- */

/* Xen Orchestra knows a disk from a CD drive in its own way. */
static featset_status_t read_vbd(const reader_t *reader, const record_t *record)
{
	const json_t *drive = json_object_get(record->object, "is_cd_drive");

	if (record->dress != FSI_DRESS_XO || !json_is_boolean(drive))
		return FEATSET_OK;
	return put_text(reader, record, FEATSET_VBD_TYPE, json_is_true(drive) ? "cd" : "disk");
}

static fsi_span_t find_uuid(const record_t *record)
{
	const char *address = json_string_value(json_object_get(record->object, "href"));
	fsi_span_t uuid = fsi_json_span(json_object_get(record->object, "uuid"));

	if (record->dress == FSI_DRESS_XO && json_is_string(json_object_get(record->object, "id")))
		uuid = fsi_json_span(json_object_get(record->object, "id"));
	if (!uuid.size && record->type && id_in_address(address, record->type->collection)) {
		uuid.at = id_in_address(address, record->type->collection);
		uuid.size = strlen(uuid.at);
	}
	return uuid;
}

static featset_status_t read_record(const reader_t *reader, record_t *record)
{
	featset_status_t status;

	record->name = fsi_json_span(json_object_get(record->object, "name_label"));
	record->uuid = find_uuid(record);
	if (record->kind == FEATSET_RECORD_HOST)
		status = read_host(reader, record);
	else
		status =
			fsi_record_add(reader->inventory, reader->text, record->kind, 0, &record->index, reader->error);
	if (status == FEATSET_OK)
		status = put_fields(reader, record);
	if (status == FEATSET_OK)
		status = put_identity(reader, record);
	if (status == FEATSET_OK && record->kind == FEATSET_RECORD_VM)
		status = read_vm(reader, record);
	if (status == FEATSET_OK && record->kind == FEATSET_RECORD_VBD)
		status = read_vbd(reader, record);
	return status;
}

/* ---- what is around them ------------------------------------------------------------------- */

/* JSON-RPC says what went wrong instead of an answer. */
static featset_status_t read_failure(const reader_t *reader, const json_t *object)
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

static featset_status_t walk(reader_t *reader, json_t *value, const spot_t *spot);

static featset_status_t walk_wrapper(reader_t *reader, json_t *object, const spot_t *spot)
{
	featset_status_t status = read_failure(reader, object);
	const char *key;
	json_t *inner;

	json_object_foreach(object, key, inner)
	{
		featset_record_t class = class_of_key(key);
		const spot_t below = { key, class != FEATSET_RECORDS ? class : spot->class, spot->depth + 1 };

		if (status != FEATSET_OK)
			break;
		status = walk(reader, inner, &below);
	}
	return status;
}

/* Is it a host's cpu_info that stands alone, or a pool's?  A pool's has no model's name. */
static bool is_map(const json_t *object, const spot_t *spot)
{
	return spot->class == FEATSET_RECORDS && (json_is_string(json_object_get(object, "features_hvm")) ||
						  (json_is_string(json_object_get(object, "features_hvm_host")) &&
						   json_is_string(json_object_get(object, "features_pv_host"))));
}

static featset_status_t walk_map(reader_t *reader, json_t *map, const spot_t *spot)
{
	record_t record = { .key = spot->key, .kind = FEATSET_RECORD_HOST, .dress = FSI_DRESS_XAPI };
	const fsi_mark_t mark = fsi_mark(reader->inventory);
	featset_status_t status;

	if (json_object_get(map, "cpu_count") && !json_object_get(map, "modelname") && !json_object_get(map, "model"))
		record.kind = FEATSET_RECORD_POOL;
	record.object = json_object();
	if (!record.object || json_object_set(record.object, "cpu_info", map) != 0) {
		json_decref(record.object);
		return no_memory(reader);
	}
	reader->records = true;
	status = read_record(reader, &record);
	json_decref(record.object);
	return fsi_pass(reader->inventory, reader->text, mark, status, reader->error);
}

static featset_status_t walk_object(reader_t *reader, json_t *object, const spot_t *spot)
{
	record_t record = { .object = object, .key = spot->key };
	fsi_mark_t mark;

	if (!classify(&record, spot))
		return is_map(object, spot) ? walk_map(reader, object, spot) : walk_wrapper(reader, object, spot);
	if (record.kind == FEATSET_RECORDS)
		return FEATSET_OK;
	reader->records = true;
	mark = fsi_mark(reader->inventory);
	return fsi_pass(reader->inventory, reader->text, mark, read_record(reader, &record), reader->error);
}

static featset_status_t walk(reader_t *reader, json_t *value, const spot_t *spot)
{
	const spot_t below = { NULL, spot->class, spot->depth + 1 };
	featset_status_t status = FEATSET_OK;
	size_t index;
	json_t *inner;

	if (spot->depth > DEPTH)
		return FEATSET_OK;
	if (json_is_object(value))
		return walk_object(reader, value, spot);
	json_array_foreach(value, index, inner)
	{
		if (status != FEATSET_OK)
			break;
		status = walk(reader, inner, &below);
	}
	return status;
}

FSI_READ(xapi)
{
	reader_t reader = { .inventory = inventory, .text = text, .error = error };
	const spot_t top = { NULL, FEATSET_RECORDS, 1 };
	featset_status_t status;
	fsi_json_at_t at = { 0 };
	json_t *root;

	do {
		status = fsi_json_next(&root, &at, text, error);
		if (status != FEATSET_OK || !root)
			break;
		status = walk(&reader, root, &top);
		json_decref(root);
	} while (status == FEATSET_OK);
	if (status == FEATSET_OK && !reader.records)
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   "no record of a pool here; host.get_all_records and VM.get_all_records give them, "
				   "or Xen Orchestra's /rest/v0/hosts?fields=*");
	return status == FEATSET_OK ? fsi_xapi_check_hosts(inventory, text, error) : status;
}

#endif

FSI_PROBE(xapi)
{
	static const char *const words[] = { "\"OpaqueRef:",
					     "\"jsonrpc\"",
					     "\"Status\"",
					     "\"CPUs\"",
					     "\"cpu_info\"",
					     "\"features_hvm\"",
					     "\"features_hvm_host\"",
					     "\"ErrorDescription\"",
					     "\"$pool\"",
					     "\"virtualizationMode\"",
					     "\"last_boot_CPU_flags\"",
					     "/rest/v0/",
					     NULL };

	return fsi_json_mentions(text, size, words) ? 75 : 0;
}
