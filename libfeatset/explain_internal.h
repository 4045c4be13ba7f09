/* SPDX-License-Identifier: MIT */
#ifndef FSI_EXPLAIN_INTERNAL_H
#define FSI_EXPLAIN_INTERNAL_H

/*
 * What the files of room explain share.
 *
 * A text is made plain first (explain_text.c); then one pass finds the errors'
 * texts in it (explain_table.c), reads what stands behind each (explain_read.c)
 * and keeps it as a finding (explain.c); then each finding is put into words
 * (explain_tell.c).
 */

#include "featset/explain.h"

/* Texts larger than this are refused; findings beyond these are left out. */
#define FSI_EXPLAIN_SIZE ((size_t)16 << 20)
#define FSI_EXPLAIN_FINDINGS 4096
/* How far what belongs to an error may stand behind its text, or before it. */
#define FSI_EXPLAIN_AHEAD 2048
#define FSI_EXPLAIN_BEHIND 400
#define FSI_EXPLAIN_NEAR 4096

/* ---- the table ---------------------------------------------------------------- */

typedef enum fsi_error_id {
#define FEATSET_ERROR(id, kind, code, what, cause, cure) FSI_ERROR_##id,
#include "featset/errors.def"
	FSI_ERRORS
} fsi_error_id_t;

/* What stands behind an error's text. */
typedef enum fsi_error_kind {
	FSI_KIND_PLAIN,         /* nothing */
	FSI_KIND_EVACUATE,      /* other errors, one a VM */
	FSI_KIND_VM_HOST,       /* a VM and a host */
	FSI_KIND_VM_NETWORK,    /* a VM and a network */
	FSI_KIND_VM_SR,         /* a VM and an SR */
	FSI_KIND_VM,            /* a VM */
	FSI_KIND_MEMORY,        /* a VM, or two numbers */
	FSI_KIND_HEX_PAIR,      /* the VM's featureset and the host's */
	FSI_KIND_HEX_ONE,       /* the featureset that is missing */
	FSI_KIND_HEX_CHANGE,    /* the old featureset and the new one */
	FSI_KIND_CAP,           /* one word's number, value and expected value */
	FSI_KIND_NAMES_XEN,     /* names of one word, or a featureset */
	FSI_KIND_NAMES_LIBVIRT, /* names with commas between */
	FSI_KIND_QEMU,          /* a bit as QEMU writes it */
	FSI_KIND_WORD,          /* a name */
	FSI_KIND_PROXMOX        /* nothing; a VM's number stands in the line */
} fsi_error_kind_t;

typedef struct fsi_error_row {
	fsi_error_kind_t kind;
	const char *code, *what, *cause, *cure;
} fsi_error_row_t;

typedef enum fsi_role { FSI_ROLE_PATTERN, FSI_ROLE_REASON, FSI_ROLE_DETAIL } fsi_role_t;

typedef struct fsi_pattern {
	const char *text;
	size_t length;
	fsi_role_t role;
	fsi_error_id_t row, base; /* base: the row itself for a pattern */
} fsi_pattern_t;

/* Where in a text a pattern is; pattern NULL: nowhere. */
typedef struct fsi_match {
	const fsi_pattern_t *pattern;
	size_t start, end;
} fsi_match_t;

#define FSI_PATTERNS_MOST 250

/* The patterns by their first byte; a pattern's number plus 1, or 0. */
typedef struct fsi_matcher {
	unsigned char first[256], next[FSI_PATTERNS_MOST];
} fsi_matcher_t;

const fsi_error_row_t *fsi_error_row(fsi_error_id_t id);
void fsi_matcher_init(fsi_matcher_t *matcher);
/* The first pattern at or after `from`; of several at one place the longest. */
fsi_match_t fsi_matcher_find(const fsi_matcher_t *matcher, const char *text, size_t size, size_t from);

/* ---- texts ---------------------------------------------------------------------- */

/*
 * A copy without what mailers, terminals, JSON and logs add: escapes undone,
 * typographic quotes made plain, runs of white space one ' ' or, with a line end in
 * it, '\n', control characters and terminal sequences left out.  *length is its
 * length, never more than `size`.  NULL when there is no memory.
 */
char *fsi_plain_text(const char *text, size_t size, size_t *length);
/* Does `word` stand at this place?  A space in it is any white space. */
bool fsi_stands_at(const char *text, size_t size, size_t at, const char *word);
bool fsi_is_uuid(const char *text, size_t size);

/* ---- findings --------------------------------------------------------------------- */

#define FSI_TEXT 96 /* of a reference or a name */
#define FSI_COMMANDS 4

typedef struct fsi_finding {
	fsi_error_id_t row;
	char vm_text[FSI_TEXT], vm_name[FSI_TEXT]; /* a reference or UUID; a name beside it */
	char host_text[FSI_TEXT], host_name[FSI_TEXT];
	char thing_text[FSI_TEXT], thing_name[FSI_TEXT];
	char unknown[256]; /* names of features that nothing has */
	featset_t missing, extra;
	size_t vm, host, thing; /* FEATSET_NONE */
	size_t parent;          /* the evacuation it belongs to; FEATSET_NONE */
	size_t child, children; /* of an evacuation: its first finding, and how many */
	uint64_t seed;          /* tells evacuations apart */
	bool detailed;          /* more than its code was said */
	bool dropped;
	char *what, *cause, *cure, *command[FSI_COMMANDS];
} fsi_finding_t;

void fsi_finding_init(fsi_finding_t *finding, fsi_error_id_t row);
/*
 * Reads what stands behind a match, up to `limit`, and adds it to the finding.
 * *end is where it ends.  False when it is no such error after all.
 */
bool fsi_finding_read(fsi_finding_t *finding, const char *text, size_t size, const fsi_match_t *match, size_t limit,
		      size_t *end);
/* The first reference in a part of a text, "" when there is none. */
void fsi_first_reference(char *reference, const char *text, size_t from, size_t limit);
/* Is there a line's beginning "UUID (name): " right before this place? */
bool fsi_has_subject(const char *text, size_t at);

/* Puts a finding into words; false when there is no memory. */
bool fsi_finding_tell(fsi_finding_t *finding, const fsi_finding_t *all, const featset_pool_t *pool);

#endif
