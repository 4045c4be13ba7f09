/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "out.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct {
	unsigned width;
	bool terminal, colour;
	unsigned measuring, lines; /* how many measure, one within another; lines so far */
} out = { .width = 80 };

static unsigned number(const char *text)
{
	char *end;
	unsigned long value = text ? strtoul(text, &end, 10) : 0;

	return text && *text && !*end && value < 10000 ? (unsigned)value : 0;
}

void out_start(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	struct winsize size = { 0 };

	out.terminal = isatty(STDOUT_FILENO);
	out.colour = out.terminal && !(no_color && *no_color) && term && *term && strcmp(term, "dumb") != 0;
	if (!out.terminal)
		return;
	out.width = number(getenv("COLUMNS"));
	if (!out.width && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		out.width = size.ws_col;
	if (!out.width)
		out.width = 80;
	if (out.width < 40)
		out.width = 40;
}

unsigned out_width(void)
{
	return out.width;
}

bool out_draws(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	const char *term = getenv("TERM");
	bool draws;

	if (!locale)
		return false;
	draws = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return draws && !(out.terminal && (!term || strcmp(term, "dumb") == 0));
}

/* A reader that has seen enough is no trouble of ours. */
int out_finish(int code)
{
	bool failed = fflush(stdout) != 0 || ferror(stdout);
	int why = errno;

	if (!failed)
		return code;
	if (why != EPIPE)
		fprintf(stderr, "featset: cannot write to standard output: %s\n", strerror(why));
	return 2;
}

int out_error(const featset_error_t *error)
{
	char line[1200];

	featset_error_write(line, sizeof(line), error);
	text_clean(line);
	fprintf(stderr, "featset: %s\n", *line ? line : featset_status_text(error->code));
	return 2;
}

static char *formatted(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

static char *formatted(const char *format, va_list arguments)
{
	va_list again;
	int length;
	char *text;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = cli_alloc((size_t)(length < 0 ? 0 : length) + 1, 1);
	if (length >= 0)
		vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

static void complain(const char *prefix, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static void complain(const char *prefix, const char *format, va_list arguments)
{
	char *line = formatted(format, arguments);

	text_clean(line);
	fprintf(stderr, "featset: %s%s\n", prefix, line);
	free(line);
}

int out_trouble(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain("", format, arguments);
	va_end(arguments);
	return 2;
}

void out_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain("warning: ", format, arguments);
	va_end(arguments);
}

/* Columns, not bytes: continuation bytes of UTF-8 take no room. */
static unsigned columns_of(const char *text, size_t length)
{
	unsigned columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

static void pad(unsigned columns)
{
	if (!out.measuring)
		printf("%*s", (int)columns, "");
}

static void style_on(enum out_style style)
{
	static const char *const codes[] = { "", "\033[1m", "\033[1;32m", "\033[1;31m" };

	if (out.colour && !out.measuring)
		fputs(codes[style], stdout);
}

static void style_off(enum out_style style)
{
	if (out.colour && style != OUT_PLAIN && !out.measuring)
		fputs("\033[0m", stdout);
}

static void put(const char *text, size_t length)
{
	if (!out.measuring)
		fwrite(text, 1, length, stdout);
}

static void end_line(void)
{
	put("\n", 1);
	out.lines++;
}

static void wrap(unsigned column, unsigned hang, const char *text)
{
	bool first = true;

	while (*text) {
		size_t length = strcspn(text, " ");
		unsigned columns = columns_of(text, length);

		if (!first && column + 1 + columns > out.width) {
			end_line();
			pad(hang);
			column = hang;
		} else if (!first) {
			put(" ", 1);
			column++;
		}
		put(text, length);
		column += columns;
		text += length + strspn(text + length, " ");
		first = false;
	}
	end_line();
}

static void paragraph(enum out_style style, const char *label, unsigned hang, const char *text)
{
	unsigned column = columns_of(label, strlen(label));

	style_on(style);
	put(label, strlen(label));
	if (column < hang)
		pad(hang - column);
	wrap(column < hang ? hang : column, hang, text);
	style_off(style);
}

void out_paragraph(enum out_style style, const char *label, unsigned hang, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = formatted(format, arguments);
	va_end(arguments);
	paragraph(style, label, hang, text);
	free(text);
}

void out_answer(enum out_style style, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = formatted(format, arguments);
	va_end(arguments);
	paragraph(style, "", 0, text);
	free(text);
}

void out_field(const char *label, const char *format, ...)
{
	char start[64];
	va_list arguments;
	char *text;

	snprintf(start, sizeof(start), "  %-17s ", label);
	va_start(arguments, format);
	text = formatted(format, arguments);
	va_end(arguments);
	paragraph(OUT_PLAIN, start, 20, text);
	free(text);
}

void out_set(const char *label, unsigned hang, const featset_t *set, featset_dialect_t names)
{
	struct text text = { 0 };

	if (featset_is_empty(set))
		return;
	text_add_set(&text, set, names);
	paragraph(OUT_PLAIN, label, hang, text_get(&text));
	text_free(&text);
}

void out_raw(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

void out_gap(void)
{
	end_line();
}

unsigned out_lines(void)
{
	return out.lines;
}

unsigned out_measure(void)
{
	out.measuring++;
	return out.lines;
}

unsigned out_measured(unsigned start)
{
	unsigned count = out.lines - start;

	out.lines = start;
	out.measuring--;
	return count;
}

/* ---- tables --------------------------------------------------------------------- */

#define TABLE_CELL   24 /* a column is no wider than this for the sake of a few long cells */
#define TABLE_LAST   24 /* with less room than this the last column gets a line of its own */
#define TABLE_INDENT 4

static unsigned column_width(const char *const *cells, size_t rows, size_t columns, size_t column, bool fits)
{
	unsigned width = 0;

	for (size_t r = 0; r < rows; r++) {
		const char *cell = cells[r * columns + column];
		unsigned w = columns_of(cell, strlen(cell));

		width = w > width ? w : width;
	}
	return fits || width < TABLE_CELL ? width : TABLE_CELL;
}

/* A cell wider than its column moves what follows to the right, in its own row only. */
static void table_row(const char *const *row, const unsigned *width, size_t columns, enum out_style style)
{
	unsigned column = 0, start = 0;

	style_on(style);
	for (size_t c = 0; c + 1 < columns; c++) {
		unsigned cell = columns_of(row[c], strlen(row[c]));

		fputs(row[c], stdout);
		start += width[c] + 2;
		column += cell;
		pad(column + 2 < start ? start - column : 2);
		column = column + 2 < start ? start : column + 2;
	}
	if (out.terminal && column + TABLE_LAST > out.width) {
		putchar('\n');
		pad(TABLE_INDENT);
		column = TABLE_INDENT;
	}
	if (out.terminal)
		wrap(column, column, row[columns - 1]);
	else
		puts(row[columns - 1]);
	style_off(style);
}

unsigned out_table_width(const char *const *cells, size_t rows, size_t columns)
{
	unsigned width = 0;

	for (size_t c = 0; c < columns; c++) {
		unsigned widest = 0;

		for (size_t r = 0; r < rows; r++) {
			unsigned w = columns_of(cells[r * columns + c], strlen(cells[r * columns + c]));

			widest = w > widest ? w : widest;
		}
		width += widest + (c ? 2 : 0);
	}
	return width;
}

void out_table(const char *const *cells, size_t rows, size_t columns)
{
	bool fits = out_table_width(cells, rows, columns) <= out.width;
	unsigned *width = cli_alloc(columns, sizeof(*width));

	for (size_t c = 0; c < columns; c++)
		width[c] = column_width(cells, rows, columns, c, fits);
	for (size_t r = 0; r < rows; r++)
		table_row(cells + r * columns, width, columns, r ? OUT_PLAIN : OUT_BOLD);
	free(width);
}
