/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_INVENTORY_H
#define FEATSET_INVENTORY_H

/*
 * featset/inventory.h - the hosts, VMs, networks and storage that a file tells of
 *
 * Whatever is read becomes an inventory: one host for a CPUID dump, many for a
 * listing of a pool.  A host has up to five cpus: the bare one that a dump
 * shows, and what its hypervisor offers to each kind of guest.  A VM may have
 * one: what it was last started with.
 *
 * Beside that an inventory keeps plain records as the cluster reports them:
 * texts in fields, nothing interpreted.  records.def lists kinds and fields.
 */

#include "cpu.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct featset_inventory featset_inventory_t;

/* Which of a host's cpus. */
typedef enum featset_slot {
	FEATSET_SLOT_CPU,     /* the CPU itself: a dump, a list, a baseline */
	FEATSET_SLOT_HVM,     /* features_hvm_host: what new HVM guests get, and what levels are made of */
	FEATSET_SLOT_HVM_MAX, /* features_hvm: what migrating HVM guests are checked against */
	FEATSET_SLOT_PV,      /* features_pv_host */
	FEATSET_SLOT_PV_MAX,  /* features_pv */
	FEATSET_SLOTS
} featset_slot_t;

/* Kinds of records: FEATSET_RECORD_HOST, FEATSET_RECORD_VM ... */
typedef enum featset_record {
#define FEATSET_RECORD(kind, name) FEATSET_RECORD_##kind,
#include "records.def"
	FEATSET_RECORDS
} featset_record_t;

/* Fields of records: FEATSET_HOST_UUID, FEATSET_VM_POWER_STATE ...  The first three of a kind are REF, UUID, NAME. */
typedef enum featset_field {
#define FEATSET_FIELD(kind, field, name, xapi, xe, xo) FEATSET_##kind##_##field,
#include "records.def"
	FEATSET_FIELDS
} featset_field_t;

/* What scripts call a kind ("vm") and a field ("power_state"); NULL past the end. */
FEATSET_API const char *featset_record_name(featset_record_t kind);
FEATSET_API const char *featset_field_name(featset_field_t field);
/* The kind that a field belongs to; FEATSET_RECORDS past the end. */
FEATSET_API featset_record_t featset_field_record(featset_field_t field);

/* ---- making -------------------------------------------------------------------- */

/* An empty inventory; NULL when there is no memory. */
FEATSET_API featset_inventory_t *featset_inventory_new(void);
FEATSET_API void featset_inventory_free(featset_inventory_t *inventory);

/*
 * Appends a host and gives its index.  Strings are copied and may be NULL.
 * FEATSET_E_MEMORY is the only trouble.
 */
FEATSET_API featset_status_t featset_inventory_add_host(featset_inventory_t *inventory, const char *name,
							const char *uuid, size_t *index);
/* Gives a cpu to a host.  The inventory owns it from now on, whatever the status says, and nobody may change it. */
FEATSET_API featset_status_t featset_inventory_set_cpu(featset_inventory_t *inventory, size_t host, featset_slot_t slot,
						       featset_cpu_t *cpu);
/* Appends a record of any kind, all its fields "", and gives its index among its kind. */
FEATSET_API featset_status_t featset_inventory_add(featset_inventory_t *inventory, featset_record_t kind, size_t *index);
/* Sets a field of the record at an index of the field's kind; the value is copied, NULL means "". */
FEATSET_API featset_status_t featset_inventory_put(featset_inventory_t *inventory, featset_field_t field, size_t index,
						   const char *value);
/* Gives a VM the cpu that it was last started with, which the inventory owns in the same way. */
FEATSET_API featset_status_t featset_inventory_set_vm_cpu(featset_inventory_t *inventory, size_t vm,
							  featset_cpu_t *cpu);
/*
 * Moves everything from one inventory to the end of another: records, cpus and
 * notes.  What is left of `from` is empty, and its caller's to free.  The format
 * becomes "" unless both had the same one, or `inventory` was empty.
 */
FEATSET_API featset_status_t featset_inventory_merge(featset_inventory_t *inventory, featset_inventory_t *from);
/* A copy of its own, to try things on; NULL when there is no memory. */
FEATSET_API featset_inventory_t *featset_inventory_copy(const featset_inventory_t *inventory);
/* Takes one record out; those after it move up by one. */
FEATSET_API featset_status_t featset_inventory_remove(featset_inventory_t *inventory, featset_record_t record,
						      size_t index);
/* Appends a sentence the reader wants told. */
FEATSET_API featset_status_t featset_inventory_add_note(featset_inventory_t *inventory, const char *note);
/* The name of the format it was read from; the string must live as long. */
FEATSET_API void featset_inventory_set_format(featset_inventory_t *inventory, const char *format);

/* ---- looking ------------------------------------------------------------------- */

FEATSET_API size_t featset_inventory_hosts(const featset_inventory_t *inventory);
/* "" where unknown. */
FEATSET_API const char *featset_inventory_host_name(const featset_inventory_t *inventory, size_t host);
FEATSET_API const char *featset_inventory_host_uuid(const featset_inventory_t *inventory, size_t host);
/*
 * A host's cpu, or NULL when the source has none in that slot.  Asking for a
 * guest's slot of a host that has only its bare CPU gives the bare CPU.
 */
FEATSET_API const featset_cpu_t *featset_inventory_cpu(const featset_inventory_t *inventory, size_t host,
						       featset_slot_t slot);
/* How many records of a kind there are; a field's text, "" where unknown or past the end. */
FEATSET_API size_t featset_inventory_count(const featset_inventory_t *inventory, featset_record_t kind);
FEATSET_API const char *featset_inventory_get(const featset_inventory_t *inventory, featset_field_t field,
					      size_t index);
/* What a VM was last started with; NULL where the source does not tell. */
FEATSET_API const featset_cpu_t *featset_inventory_vm_cpu(const featset_inventory_t *inventory, size_t vm);
FEATSET_API size_t featset_inventory_notes(const featset_inventory_t *inventory);
FEATSET_API const char *featset_inventory_note(const featset_inventory_t *inventory, size_t index);
/* Does this note tell of a host that was left out, as FEATSET_KEEP_GOING allows? */
FEATSET_API bool featset_inventory_note_is_left_out(const featset_inventory_t *inventory, size_t index);
/* The name of the format, such as "xe"; "" when it was made by hand. */
FEATSET_API const char *featset_inventory_format(const featset_inventory_t *inventory);

#ifdef __cplusplus
}
#endif

#endif
