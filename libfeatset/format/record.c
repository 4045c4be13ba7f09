/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	featset_record_t record;
	const char *key[3]; /* in the order of fsi_dress_t */
} sources[] = {
#define FEATSET_FIELD(kind, field, name, xapi, xe, xo) { FEATSET_RECORD_##kind, { xapi, xe, xo } },
#include "../featset/records.def"
};

/* The first field of each kind. */
static const featset_field_t first[] = {
#define FEATSET_RECORD(kind, name) FEATSET_##kind##_REF,
#include "../featset/records.def"
	FEATSET_FIELDS
};

featset_field_t fsi_record_field(featset_record_t record, fsi_dress_t dress, const char *key, size_t size)
{
	for (featset_field_t field = first[record]; field < first[record + 1]; field++)
		if (size && fsi_same(key, size, sources[field].key[dress]))
			return field;
	return FEATSET_FIELDS;
}

featset_field_t fsi_record_first(featset_record_t record)
{
	return first[record];
}

const char *fsi_record_key(featset_field_t field, fsi_dress_t dress)
{
	return sources[field].key[dress];
}

bool fsi_record_is_set(featset_field_t field)
{
	return field == FEATSET_HOST_CAPABILITIES || field == FEATSET_VM_PCIS || field == FEATSET_VM_VGPUS || field == FEATSET_VM_VUSBS ||
	       field == FEATSET_VM_VBDS || field == FEATSET_VM_VIFS;
}

const char *fsi_record_class(featset_record_t record)
{
	static const char *const classes[] = {
#define FEATSET_RECORD(kind, name) #kind,
#include "../featset/records.def"
	};

	switch (record) {
	case FEATSET_RECORD_HOST:
	case FEATSET_RECORD_POOL:
	case FEATSET_RECORD_NETWORK:
		return featset_record_name(record);
	case FEATSET_RECORD_VM_METRICS:
		return "VM_metrics";
	default:
		return classes[record];
	}
}

bool fsi_record_is_map(featset_record_t record, fsi_dress_t dress, const char *key, size_t size)
{
	for (featset_field_t field = first[record]; field < first[record + 1]; field++) {
		const char *of = sources[field].key[dress];

		if (!strncmp(of, key, size) && of[size] == '/')
			return true;
	}
	return false;
}

static bool is_nothing(const fsi_span_t *value)
{
	static const char *const words[] = { "OpaqueRef:NULL", "<not in database>", "<invalid reference>", "Ref:NULL",
					     "NULL" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (fsi_same(value->at, value->size, words[i]))
			return true;
	return false;
}

/* The fields that hold an enumeration or a boolean. */
static bool is_enumeration(featset_field_t field)
{
	switch (field) {
	case FEATSET_HOST_ENABLED:
	case FEATSET_VM_POWER_STATE:
	case FEATSET_VM_DOMAIN_TYPE:
	case FEATSET_VM_CURRENT_DOMAIN_TYPE:
	case FEATSET_VM_IS_TEMPLATE:
	case FEATSET_VM_IS_SNAPSHOT:
	case FEATSET_VM_IS_CONTROL_DOMAIN:
	case FEATSET_VM_METRICS_CURRENT_DOMAIN_TYPE:
	case FEATSET_PIF_ATTACHED:
	case FEATSET_PIF_MANAGEMENT:
	case FEATSET_SR_SHARED:
	case FEATSET_PBD_ATTACHED:
	case FEATSET_VBD_TYPE:
	case FEATSET_VBD_EMPTY:
		return true;
	default:
		return false;
	}
}

static char *copy_value(featset_field_t field, const fsi_span_t *value)
{
	char *copy = malloc(value->size + 1);

	if (!copy)
		return NULL;
	if (value->size)
		memcpy(copy, value->at, value->size);
	copy[value->size] = '\0';
	/* xe spells pv_in_pvh with hyphens. */
	if (is_enumeration(field))
		for (char *at = copy; *at; at++)
			*at = *at >= 'A' && *at <= 'Z' ? (char)(*at + ('a' - 'A')) : *at == '-' ? '_' : *at;
	return copy;
}

featset_status_t fsi_record_put(featset_inventory_t *inventory, featset_field_t field, size_t index,
				const fsi_span_t *value, featset_error_t *error)
{
	featset_status_t status;
	char *copy;

	if (!value->at || is_nothing(value))
		return FEATSET_OK;
	copy = copy_value(field, value);
	status = copy ? featset_inventory_put(inventory, field, index, copy) : FEATSET_E_MEMORY;
	free(copy);
	return status == FEATSET_OK ? status : fsi_fail(error, status, "no memory");
}

featset_status_t fsi_record_add(featset_inventory_t *inventory, const fsi_text_t *text, featset_record_t record,
				unsigned line, size_t *index, featset_error_t *error)
{
	featset_status_t status;

	if (featset_inventory_count(inventory, record) == FSI_MAX_HOSTS)
		return fsi_fail_at(error, FEATSET_E_LIMIT, text->file, line, 0, "more than %d records of one kind (%s)",
				   FSI_MAX_HOSTS, featset_record_name(record));
	status = featset_inventory_add(inventory, record, index);
	return status == FEATSET_OK ? status : fsi_fail(error, status, "no memory");
}
