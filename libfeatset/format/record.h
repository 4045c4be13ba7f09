/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_RECORD_H
#define FEATSET_FORMAT_RECORD_H

/*
 * record.h - XAPI's records of VMs, networks and storage, whatever dress they come in
 *
 * Which key of which source fills which field is a table, records.def.
 */

#include "xapi.h"

typedef enum fsi_dress {
	FSI_DRESS_XAPI, /* XAPI's own names: JSON-RPC; the database's with name__label as name_label */
	FSI_DRESS_XE,   /* xe's */
	FSI_DRESS_XO    /* Xen Orchestra's */
} fsi_dress_t;

/* The field that a key fills, "map/key" for one key of a map; FEATSET_FIELDS when it fills none. */
featset_field_t fsi_record_field(featset_record_t record, fsi_dress_t dress, const char *key, size_t size);
/* The fields of a kind are those from this one to the first of the next kind; FEATSET_FIELDS for FEATSET_RECORDS. */
featset_field_t fsi_record_first(featset_record_t record);
/* The key that fills a field, "map/key" for one key of a map; "" for none. */
const char *fsi_record_key(featset_field_t field, fsi_dress_t dress);
/* Does a field hold a set, joined by "; "? */
bool fsi_record_is_set(featset_field_t field);
/* What XAPI calls a kind: "VM_metrics". */
const char *fsi_record_class(featset_record_t record);
/* Is this key a map of which some key fills a field? */
bool fsi_record_is_map(featset_record_t record, fsi_dress_t dress, const char *key, size_t size);

/*
 * Sets a field to a text as records have it: enumerations and booleans in lower
 * case, "" for what is nothing in the source.
 */
featset_status_t fsi_record_put(featset_inventory_t *inventory, featset_field_t field, size_t index,
				const fsi_span_t *value, featset_error_t *error);

/*
 * Gives a VM the cpu of its last_boot_CPU_flags; `flags` has the map's keys, its
 * name and uuid.  A map without features makes a cpu with
 * a vendor alone, an empty one a cpu of which nothing is recorded (both have
 * FEATSET_XEN_LENGTH -1): XAPI checks what is recorded, and passes the rest.  A VM
 * whose record has no such map at all has no cpu.  A broken featureset is
 * FEATSET_E_SYNTAX.
 */
featset_status_t fsi_xapi_set_vm_cpu(featset_inventory_t *inventory, const fsi_text_t *text, size_t vm,
				     const fsi_xapi_host_t *flags, featset_error_t *error);

/* Appends a record and says so with FEATSET_E_LIMIT when there are too many. */
featset_status_t fsi_record_add(featset_inventory_t *inventory, const fsi_text_t *text, featset_record_t record,
				unsigned line, size_t *index, featset_error_t *error);

#endif
