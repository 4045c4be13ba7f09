/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_EXPLAIN_H
#define FEATSET_EXPLAIN_H

/*
 * featset/explain.h - what a pasted error says
 *
 * Texts of xe, Xen Orchestra, xensource.log, libvirt, QEMU and Proxmox: found
 * wherever they stand in what was pasted, broken over lines or wrapped in JSON.
 */

#include "pool.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct featset_explanation featset_explanation_t;

/*
 * Reads a text; `pool` (may be NULL) resolves references and names what is
 * missing.  The pool must live as long.  A text without a known error gives an
 * explanation of no findings, and no more than 4096 are kept.  FEATSET_E_LIMIT for
 * a text of more than 16 MiB.
 */
FEATSET_API featset_status_t featset_explanation_new(featset_explanation_t **explanation, const char *text, size_t size,
						     const featset_pool_t *pool, featset_error_t *error);
FEATSET_API void featset_explanation_free(featset_explanation_t *explanation);
/* One finding for each error in the text; the same one said twice is one. */
FEATSET_API size_t featset_explanation_count(const featset_explanation_t *explanation);

/* The error's code as its program spells it, such as "VM_INCOMPATIBLE_WITH_THIS_HOST". */
FEATSET_API const char *featset_explanation_code(const featset_explanation_t *explanation, size_t index);
/* What happened, why, and what helps: each one or two sentences. */
FEATSET_API const char *featset_explanation_what(const featset_explanation_t *explanation, size_t index);
FEATSET_API const char *featset_explanation_cause(const featset_explanation_t *explanation, size_t index);
FEATSET_API const char *featset_explanation_cure(const featset_explanation_t *explanation, size_t index);
/* A command that helps, ready to paste, from 0 on; NULL past the last, and most have none without a pool. */
FEATSET_API const char *featset_explanation_command(const featset_explanation_t *explanation, size_t index,
						    size_t command);
/* Whom it is about, resolved where there is a pool: indices, FEATSET_NONE where unknown. */
FEATSET_API size_t featset_explanation_vm(const featset_explanation_t *explanation, size_t index);
FEATSET_API size_t featset_explanation_host(const featset_explanation_t *explanation, size_t index);
/* The same as the text has it: a reference, UUID or name; "" where it has none. */
FEATSET_API const char *featset_explanation_vm_text(const featset_explanation_t *explanation, size_t index);
FEATSET_API const char *featset_explanation_host_text(const featset_explanation_t *explanation, size_t index);
/* The features that are missing, from the text or the pool; empty where nothing tells. */
FEATSET_API const featset_t *featset_explanation_missing(const featset_explanation_t *explanation, size_t index);

/* ---- the table of errors, for listing -------------------------------------------------- */

FEATSET_API size_t featset_error_codes(void);
/* A row's code as its program spells it, and its cause and cure; NULL past the end. */
FEATSET_API const char *featset_error_code_at(size_t index);
FEATSET_API const char *featset_error_code_cause(size_t index);
FEATSET_API const char *featset_error_code_cure(size_t index);

#ifdef __cplusplus
}
#endif

#endif
