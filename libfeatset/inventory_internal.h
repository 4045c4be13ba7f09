/* SPDX-License-Identifier: MIT */
#ifndef FSI_INVENTORY_INTERNAL_H
#define FSI_INVENTORY_INTERNAL_H

/* What readers may do to an inventory beyond what everybody may. */

#include "featset/inventory.h"

/* Takes back all hosts and notes but the first `hosts` and `notes`. */
void fsi_inventory_cut(featset_inventory_t *inventory, size_t hosts, size_t notes);

/* Appends a note that tells of a host that was left out. */
featset_status_t fsi_inventory_add_left_out(featset_inventory_t *inventory, const char *note);

#endif
