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
 * Reads files and folders, "-" being standard input, into one inventory, merged.
 *
 * In a folder plain files are read in the order of their names, each in its own
 * format; hidden ones and README files are skipped, empty ones get a note.  Hosts without a name
 * are called like their file, without its suffix.  A folder in it is one host's
 * and has its name: what its files tell of a CPU is that host's (libvirt's
 * domainCapabilities what it promises, in the slots HVM and HVM_MAX; of several
 * bare CPUs the one that most is known of), and VMs in it run there.  A file
 * cpu-models.conf has Proxmox VE's custom models for its folder and those in it.
 *
 * A record whose UUID another of its kind has is dropped: what was read first
 * counts, of a VM the one that runs, and what it leaves open is filled.  A note
 * says how many hosts and VMs were told of again.
 *
 * FEATSET_E_FORMAT for a file in no known format, FEATSET_E_IO for what cannot be
 * read or is no plain file, FEATSET_E_LIMIT for folders deeper than two and for
 * more than 10,000 files; with FEATSET_KEEP_GOING in `flags` such a file of a
 * folder is left out and a note tells so.  `limit` bytes at most in a file, 0 for
 * FEATSET_MAX_SIZE.
 */
FEATSET_API featset_status_t featset_inventory_load(featset_inventory_t **inventory, const char *const *paths,
						    size_t count, size_t limit, unsigned flags, featset_error_t *error);

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
