/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_INPUT_H
#define FEATSET_INPUT_H

/*
 * featset/input.h - from a word of the command line to cpus
 *
 * A word is one of, tried in this order:
 *   "-"              standard input, in any format
 *   "host"           this machine
 *   a path           a file in any format (anything with a '/' in it is only ever a path)
 *   a Xen string     1fcbfbff-f7ba2223-2c100800-...
 *   a name           a baseline by any name it has: ivybridge, x86-64-v3, znver5, "Emerald Rapids"
 *   a list           features: avx2,bmi2
 *   arithmetic       haswell-avx2+sha_ni: names joined by '+' and '-', from left to right
 */

#include "format.h"
#include "uarch.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Reads what a word means into an inventory.  `limit` as for featset_read_file,
 * `host_flags` as for featset_host, with FEATSET_KEEP_GOING for files.
 */
FEATSET_API featset_status_t featset_input(featset_inventory_t **inventory, const char *word, unsigned host_flags,
					   size_t limit, featset_error_t *error);
/* The same, with names looked up in a user's catalog too; NULL means the built-in one alone. */
FEATSET_API featset_status_t featset_input_with(featset_inventory_t **inventory, const char *word, unsigned host_flags,
						size_t limit, const featset_catalog_t *catalog, featset_error_t *error);

/*
 * Reads a list or arithmetic of features and baselines, without files: names
 * separated by commas, spaces, '+' and '-'.  All bits are known afterwards.
 */
FEATSET_API featset_status_t featset_expression(featset_cpu_t **cpu, const char *text, featset_error_t *error);
/* The same, with names looked up in a user's catalog too. */
FEATSET_API featset_status_t featset_expression_with(featset_cpu_t **cpu, const char *text,
						     const featset_catalog_t *catalog, featset_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
