/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_H
#define FEATSET_FORMAT_H

/*
 * featset/format.h - the dialects files are written in
 *
 * One table holds every format that can be read or written.  Readers tell
 * formats apart by content, work on bounded memory and never trust it.
 */

#include "inventory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct featset_format featset_format_t;

/* Flags of readers; their bits differ from those of featset_host. */
enum {
	/*
	 * A host that is broken is left out, if hosts of its format stand for
	 * themselves: json, libvirt, libvirt-cpudata, lscpu, nfd, qemu, xapi, xapi-db,
	 * xe, xen (a line each), xen-cpuid, xl (but for Xen's console).  A file of
	 * another format is one machine's, and broken as a whole.  A note tells which
	 * one and why, see featset_inventory_note_is_left_out.  When no host is left,
	 * the first error counts.
	 */
	FEATSET_KEEP_GOING = 256
};

/* Files larger than this are refused unless the caller raises the limit. */
#define FEATSET_MAX_SIZE ((size_t)256 << 20)

FEATSET_API size_t featset_format_count(void);
FEATSET_API const featset_format_t *featset_format_at(size_t index);
/* By name; NULL, with FEATSET_E_NAME and the nearest name in `error`, when there is none. */
FEATSET_API const featset_format_t *featset_format_find(const char *name, featset_error_t *error);
FEATSET_API const char *featset_format_name(const featset_format_t *format);
/* One line: what it is and which program writes it. */
FEATSET_API const char *featset_format_summary(const featset_format_t *format);
/* How one comes by such a text: a short command, or in a few words what prints it. */
FEATSET_API const char *featset_format_source(const featset_format_t *format);
/* Whether this build reads it: without JSON or XML some formats are only known. */
FEATSET_API bool featset_format_reads(const featset_format_t *format);
FEATSET_API bool featset_format_writes(const featset_format_t *format);

/*
 * Reads `size` bytes.  `format` NULL tells it by content.  `file` is the name
 * that errors show; NULL for none.
 *
 * FEATSET_E_FORMAT when no format fits, FEATSET_E_SYNTAX with line and column
 * when the one that fits is broken.
 */
FEATSET_API featset_status_t featset_read(featset_inventory_t **inventory, const void *data, size_t size,
					  const featset_format_t *format, const char *file, featset_error_t *error);

/* The same with flags. */
FEATSET_API featset_status_t featset_read_with(featset_inventory_t **inventory, const void *data, size_t size,
					       const featset_format_t *format, const char *file, unsigned flags,
					       featset_error_t *error);

/* Reads a whole file; "-" is standard input.  `limit` bytes at most, 0 for FEATSET_MAX_SIZE. */
FEATSET_API featset_status_t featset_read_file(featset_inventory_t **inventory, const char *path,
					       const featset_format_t *format, size_t limit, featset_error_t *error);

/* The same with flags. */
FEATSET_API featset_status_t featset_read_file_with(featset_inventory_t **inventory, const char *path,
						    const featset_format_t *format, size_t limit, unsigned flags,
						    featset_error_t *error);

/*
 * Writes a cpu in a format, as snprintf would: `*length` is the whole text's
 * length, of which at most `size` bytes with a NUL are written.  Names are
 * spelt in `dialect` where the format leaves the choice.
 *
 * `left_out` (may be NULL) gets the features that the format cannot hold.
 * FEATSET_E_UNSUPPORTED when the format cannot be written.
 */
FEATSET_API featset_status_t featset_write(char *buffer, size_t size, size_t *length, const featset_cpu_t *cpu,
					   const featset_format_t *format, featset_dialect_t dialect,
					   featset_t *left_out, featset_error_t *error);

/* ---- Xen featuresets, which carry their length ----------------------------------- */

/* The longest Xen featureset that a set can hold, in words. */
#define FEATSET_XEN_WORDS 23

/*
 * Reads a Xen featureset: words of 1 to 8 hexadecimal digits joined by '-' or
 * ':', in Xen's order.  "" is the empty featureset of length 0.  Nothing else is
 * allowed in the text, not even a space.
 */
FEATSET_API featset_status_t featset_xen_read(featset_t *set, size_t *length, const char *text, featset_error_t *error);
/* Writes `length` words (at most FEATSET_XEN_WORDS) in 8 lower-case digits joined by '-', as snprintf would. */
FEATSET_API size_t featset_xen_write(char *buffer, size_t size, const featset_t *set, size_t length);
/* XAPI's intersection: the empty featureset is the identity, otherwise the length is the longer one's. */
FEATSET_API void featset_xen_and(featset_t *dst, size_t *length, const featset_t *a, size_t a_length,
				 const featset_t *b, size_t b_length);
/* XAPI's is_subset, with its quirk: everything is a subset of the empty featureset. */
FEATSET_API bool featset_xen_subset(const featset_t *a, size_t a_length, const featset_t *b, size_t b_length);

#ifdef __cplusplus
}
#endif

#endif
