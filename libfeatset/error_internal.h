/* SPDX-License-Identifier: MIT */
#ifndef FSI_ERROR_INTERNAL_H
#define FSI_ERROR_INTERNAL_H

/* Errors and bounded text, for the library's own use. */

#include "featset/error.h"

#if defined(__GNUC__)
#define FSI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define FSI_PRINTF(text, first)
#endif

/* Fills the error (if there is one) with code and sentence, without a place, and returns the code. */
featset_status_t fsi_fail(featset_error_t *error, featset_status_t code, const char *format, ...) FSI_PRINTF(3, 4);

/* The same with a place; file may be NULL, line and column 0. */
featset_status_t fsi_fail_at(featset_error_t *error, featset_status_t code, const char *file, unsigned line,
			     unsigned column, const char *format, ...) FSI_PRINTF(6, 7);

/* Gives an error that has no file yet the name of one; file may be NULL. */
void fsi_error_file(featset_error_t *error, const char *file);

/*
 * Appends to a text that is `at` bytes long, as snprintf would into the rest of
 * buffer[size]; returns the new length of the whole, written or not.
 */
size_t fsi_print(char *buffer, size_t size, size_t at, const char *format, ...) FSI_PRINTF(4, 5);

/*
 * Sentences and notes quote what stands in files: new lines, what a terminal
 * obeys and what is no UTF-8 become '?', so that the length stays.
 */
void fsi_clean(char *text);

/*
 * How many insertions, deletions, replacements and swaps of neighbours lie
 * between two names; letter case does not count, nor do '-', '_' and '.' differ.
 * More than `limit` gives limit + 1.
 */
unsigned fsi_distance(const char *a, const char *b, unsigned limit);

/* The largest distance at which a name of this length is worth suggesting. */
unsigned fsi_distance_limit(const char *name);

/* A character as names are compared: lower case, '-' and '.' as '_'. */
static inline char fsi_fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '-' || c == '.' ? '_' : c;
}

/* strcmp over folded characters. */
int fsi_fold_compare(const char *a, const char *b);

#endif
