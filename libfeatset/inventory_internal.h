/* SPDX-License-Identifier: MIT */
#ifndef FSI_INVENTORY_INTERNAL_H
#define FSI_INVENTORY_INTERNAL_H

/* What readers may do to an inventory beyond what everybody may. */

#include "featset/inventory.h"

/* How much an inventory holds: before a record is read that may turn out to be broken. */
typedef struct fsi_mark {
	size_t count[FEATSET_RECORDS], notes;
} fsi_mark_t;

fsi_mark_t fsi_mark(const featset_inventory_t *inventory);
/* Takes back all records and notes since. */
void fsi_inventory_cut(featset_inventory_t *inventory, const fsi_mark_t *mark);

/* Appends a note that tells of a host that was left out. */
featset_status_t fsi_inventory_add_left_out(featset_inventory_t *inventory, const char *note);

/* Takes out the records of a kind that are marked: one bool for each. */
void fsi_inventory_drop(featset_inventory_t *inventory, featset_record_t kind, const bool *drop);

#endif
