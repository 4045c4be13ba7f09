/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_ERROR_H
#define FEATSET_ERROR_H

/*
 * featset/error.h - how calls report trouble
 *
 * A call that can fail returns a featset_status_t and, if the caller passes a
 * featset_error_t, fills it with a sentence that names the file, the line, what
 * was expected and, for a misspelt name, the nearest known one.  On success the
 * error is left as it was.  Passing NULL is always allowed.
 */

#include <stddef.h>

#ifndef FEATSET_API
#if defined(__GNUC__)
#define FEATSET_API __attribute__((visibility("default")))
#else
#define FEATSET_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum featset_status {
	FEATSET_OK = 0,
	FEATSET_E_ARGUMENT,  /* the call itself is wrong: NULL where an object belongs, a number out of range */
	FEATSET_E_MEMORY,    /* no memory */
	FEATSET_E_IO,        /* a file or device cannot be read or written */
	FEATSET_E_SYNTAX,    /* input that does not follow its format */
	FEATSET_E_FORMAT,    /* input in no format that is known */
	FEATSET_E_NAME,      /* a name that nothing has */
	FEATSET_E_AMBIGUOUS, /* a name that means different things in different dialects */
	FEATSET_E_LIMIT,     /* input larger than its limit */
	FEATSET_E_UNSUPPORTED /* not in this build, or not on this machine */
} featset_status_t;

/*
 * The error value.  Its size is frozen; put it on the stack.  `line` and
 * `column` count from 1, 0 means unknown; `file` is empty when the input had no
 * name.  `text` is one sentence without file and line.
 */
typedef struct featset_error {
	featset_status_t code;
	unsigned line;
	unsigned column;
	char file[244];
	char text[768];
} featset_error_t;

/* A status as a short phrase, such as "unknown name".  Never NULL. */
FEATSET_API const char *featset_status_text(featset_status_t status);

/*
 * Writes "FILE:LINE:COLUMN: TEXT" (leaving out what is unknown) as snprintf
 * would: at most `size` bytes with a terminating NUL, and returns the length of
 * the whole.
 */
FEATSET_API size_t featset_error_write(char *buffer, size_t size, const featset_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
