/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUT_H
#define CLI_OUT_H

/*
 * out.h - what people read
 *
 * Lines are wrapped to the terminal's width, or to 80 columns where there is no
 * terminal.  Colour appears on a terminal only, and never when NO_COLOR is set
 * or TERM is "dumb".
 */

#include "text.h"

enum out_style { OUT_PLAIN, OUT_BOLD, OUT_GOOD, OUT_BAD };

/* Looks at the terminal and the environment; once, before all else. */
void out_start(void);
/* Flushes; the exit code is `code`, or 2 with a message when something could not be written. */
int out_finish(int code);

/* Tells trouble: "featset: ..." to standard error.  Both give 2. */
int out_error(const featset_error_t *error);
int out_trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));
void out_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How many columns a line may have. */
unsigned out_width(void);
/* May lines be drawn with characters beyond ASCII?  The locale says so, unless the terminal is dumb. */
bool out_draws(void);

/* One wrapped paragraph: `label` padded to `hang` columns, further lines indented by `hang`. */
void out_paragraph(enum out_style style, const char *label, unsigned hang, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The answer: the first line, told apart by style. */
void out_answer(enum out_style style, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "  label   text", with texts under one another. */
void out_field(const char *label, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A set of features after a label; nothing at all when the set is empty. */
void out_set(const char *label, unsigned hang, const featset_t *set, featset_dialect_t names);
/* A line that must not be wrapped because somebody will paste it. */
void out_raw(const char *format, ...) __attribute__((format(printf, 1, 2)));
void out_gap(void);

/* How many lines the calls above have written, those of out_raw and of tables aside. */
unsigned out_lines(void);
/* Between out_measure and out_measured, which takes the former's result, calls write nothing; gives their lines. */
unsigned out_measure(void);
unsigned out_measured(unsigned start);

/*
 * A table: `cells` holds rows of `columns` strings, the headings first.  The last
 * column is wrapped on a terminal; elsewhere each row is one line, for grep.
 */
void out_table(const char *const *cells, size_t rows, size_t columns);
/* How wide the table is at most. */
unsigned out_table_width(const char *const *cells, size_t rows, size_t columns);

#endif
