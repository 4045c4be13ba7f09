/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_LINUX_H
#define FEATSET_FORMAT_LINUX_H

/*
 * linux.h - flags as the Linux kernel shows them
 *
 * The kernel shows names, not words.  It hides some bits, clears what it will
 * not use, and has names of its own that no bit stands behind.  So a name that
 * is shown is known to be there; one that is not shown is known to be absent
 * only if user code would see it and a kernel of that age would show it.
 */

#include "xapi.h"

/* What is known of a processor beside its flags; spans that are absent are all zeros. */
typedef struct fsi_linux {
	fsi_span_t vendor;
	fsi_span_t family;
	fsi_span_t model;
	fsi_span_t stepping;
	fsi_span_t brand;
	fsi_span_t flags;
	fsi_span_t power; /* "power management" */
	fsi_span_t address_sizes;
	fsi_span_t cpuid_level;
} fsi_linux_t;

/* A cpu of what was collected; names that nothing knows are appended to `strange`, which is `size` bytes long. */
featset_status_t fsi_linux_cpu(featset_cpu_t **cpu, const fsi_text_t *text, const fsi_linux_t *from, char *strange,
			       size_t size, featset_error_t *error);
/* The notes that belong to every host of which the kernel's names are all that is known. */
featset_status_t fsi_linux_add_notes(featset_inventory_t *inventory, const char *strange, featset_error_t *error);

#endif
