/* SPDX-License-Identifier: MIT */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

/*
 * text.h - strings that grow, and the words around an answer
 *
 * There is no way on without memory, so these calls end the program with exit
 * code 2 when there is none.
 */

#include <featset.h>

struct text {
	char *data; /* always ends in NUL once something was added; NULL before */
	size_t length, size;
};

void *cli_alloc(size_t count, size_t size);
char *cli_copy(const char *string);

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text);
const char *text_get(const struct text *text);

/* Names of features in order of number, with one space between. */
void text_add_set(struct text *text, const featset_t *set, featset_dialect_t names);

/* "1 feature", "2 features". */
void text_add_count(struct text *text, size_t count, const char *noun);

/* Turns control characters and broken UTF-8 of foreign strings into '?'. */
void text_clean(char *string);

/* The candidate nearest to a misspelt word, or NULL when none is near; candidates end with NULL. */
const char *text_nearest(const char *word, const char *const *candidates);

#endif
