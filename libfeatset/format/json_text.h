/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_JSON_TEXT_H
#define FEATSET_FORMAT_JSON_TEXT_H

/* json_text.h - what dialects in JSON share; jansson bounds the depth, the size of the file the rest */

#include "xapi.h"

/* For probes: does a text that starts as JSON have one of these words (ended by NULL) in it? */
bool fsi_json_mentions(const char *text, size_t size, const char *const *words);

/* The only reader that a build without JSON has. */
#define FSI_READ_NO_JSON(name)                                                                                         \
	FSI_READ(name)                                                                                                 \
	{                                                                                                              \
		(void)inventory;                                                                                       \
		return fsi_fail_at(error, FEATSET_E_UNSUPPORTED, text->file, 0, 0, "this build reads no JSON");        \
	}

#ifndef FEATSET_NO_JSON

#include <jansson.h>

/* Where the next document starts; start from all zeros. */
typedef struct fsi_json_at {
	size_t offset;
	unsigned lines; /* before it */
} fsi_json_at_t;

/*
 * Reads the next document of several; *root is NULL at the end of the text.  A key
 * that comes twice is refused; all numbers are reals.
 */
featset_status_t fsi_json_next(json_t **root, fsi_json_at_t *at, const fsi_text_t *text, featset_error_t *error);
/* The same with whole numbers as what they are. */
featset_status_t fsi_json_next_exact(json_t **root, fsi_json_at_t *at, const fsi_text_t *text, featset_error_t *error);
/* Reads the only document. */
featset_status_t fsi_json_load(json_t **root, const fsi_text_t *text, featset_error_t *error);

/* A string's span, whose place is not known; all zeros when it is no string. */
fsi_span_t fsi_json_span(const json_t *value);
/* Fills an error that points at the first place where the text has the string in quotes. */
featset_status_t fsi_json_fail(const fsi_text_t *text, const char *at, featset_error_t *error, featset_status_t status,
			       const char *format, ...) FSI_PRINTF(5, 6);

#endif

#endif
