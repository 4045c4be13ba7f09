/* SPDX-License-Identifier: MIT */
#ifndef CLI_HTML_H
#define CLI_HTML_H

/*
 * html.h - writing HTML so that no string from a file can become markup
 */

#include "text.h"

#include <stdio.h>

/*
 * Like fprintf with %s, %u, %zu and %% only: the format is markup, what %s puts
 * in is text, escaped and cleaned, at home in elements and in quoted attributes.
 */
void html(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names of features, each in its own <code>, with its summary for who asks. */
void html_set(FILE *file, const featset_t *set, featset_dialect_t names);

#endif
