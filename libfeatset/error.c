/* SPDX-License-Identifier: MIT */
#include "error_internal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *featset_status_text(featset_status_t status)
{
	switch (status) {
	case FEATSET_OK:
		return "no error";
	case FEATSET_E_ARGUMENT:
		return "wrong argument";
	case FEATSET_E_MEMORY:
		return "out of memory";
	case FEATSET_E_IO:
		return "cannot read or write";
	case FEATSET_E_SYNTAX:
		return "wrong syntax";
	case FEATSET_E_FORMAT:
		return "unknown format";
	case FEATSET_E_NAME:
		return "unknown name";
	case FEATSET_E_AMBIGUOUS:
		return "ambiguous name";
	case FEATSET_E_LIMIT:
		return "too large";
	case FEATSET_E_UNSUPPORTED:
		return "not supported";
	}
	return "unknown status";
}

size_t fsi_print(char *buffer, size_t size, size_t at, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	if (at < size)
		length = vsnprintf(buffer + at, size - at, format, arguments);
	else
		length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	return length < 0 ? at : at + (size_t)length;
}

/* Cuts at a character's start, so that no half of a UTF-8 sequence is left. */
static void copy_text(char *dst, size_t size, const char *src)
{
	size_t length = strlen(src);

	if (length >= size) {
		length = size - 1;
		while (length > 0 && ((unsigned char)src[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(dst, src, length);
	dst[length] = '\0';
}

void fsi_error_file(featset_error_t *error, const char *file)
{
	if (error && file && !error->file[0])
		copy_text(error->file, sizeof error->file, file);
}

/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: what follows would be shown in another order than it has. */
static bool turns_text(const unsigned char *s)
{
	if (s[0] != 0xe2)
		return false;
	return (s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xaa && s[2] <= 0xae))) ||
	       (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

/* How many bytes the UTF-8 character at s has; 0 for what is none and for what a terminal obeys. */
static size_t character(const unsigned char *s)
{
	size_t length = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

	if (*s < ' ' || *s == 0x7f)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls, overlong forms, surrogates and what is past U+10FFFF. */
	if ((s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length == 3 && turns_text(s) ? 0 : length;
}

void fsi_clean(char *text)
{
	for (unsigned char *s = (unsigned char *)text; *s;) {
		size_t length = character(s);

		if (!length && turns_text(s))
			memmove(s + 1, s + 3, strlen((const char *)s + 3) + 1);
		if (!length)
			*s = '?';
		s += length ? length : 1;
	}
}

static featset_status_t fail(featset_error_t *error, featset_status_t code, const char *file, unsigned line,
			     unsigned column, const char *format, va_list arguments)
{
	char text[2 * sizeof error->text];

	if (!error)
		return code;
	vsnprintf(text, sizeof text, format, arguments);
	error->code = code;
	error->line = line;
	error->column = column;
	error->file[0] = '\0';
	fsi_error_file(error, file);
	fsi_clean(text);
	copy_text(error->text, sizeof error->text, text);
	return code;
}

featset_status_t fsi_fail(featset_error_t *error, featset_status_t code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail(error, code, NULL, 0, 0, format, arguments);
	va_end(arguments);
	return code;
}

featset_status_t fsi_fail_at(featset_error_t *error, featset_status_t code, const char *file, unsigned line,
			     unsigned column, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail(error, code, file, line, column, format, arguments);
	va_end(arguments);
	return code;
}

size_t featset_error_write(char *buffer, size_t size, const featset_error_t *error)
{
	size_t at = 0;

	if (size)
		buffer[0] = '\0';
	if (error->file[0])
		at = fsi_print(buffer, size, at, "%s:", error->file);
	if (error->line)
		at = fsi_print(buffer, size, at, "%s%u:", error->file[0] ? "" : "line ", error->line);
	if (error->line && error->column)
		at = fsi_print(buffer, size, at, "%u:", error->column);
	at = fsi_print(buffer, size, at, "%s%s", at ? " " : "", error->text);
	if (size)
		fsi_clean(buffer);
	return at;
}

int fsi_fold_compare(const char *a, const char *b)
{
	while (*a && fsi_fold(*a) == fsi_fold(*b)) {
		a++;
		b++;
	}
	return (unsigned char)fsi_fold(*a) - (unsigned char)fsi_fold(*b);
}

enum { LONGEST_NAME = 63 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned fsi_distance(const char *a, const char *b, unsigned limit)
{
	unsigned char row[3][LONGEST_NAME + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LONGEST_NAME || m > LONGEST_NAME || n > m + limit || m > n + limit)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned char *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned char)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned cost = fsi_fold(a[i - 1]) != fsi_fold(b[j - 1]);
			unsigned best = least(least(last[j] + 1u, now[j - 1] + 1u), last[j - 1] + cost);

			if (i > 1 && j > 1 && fsi_fold(a[i - 1]) == fsi_fold(b[j - 2]) &&
			    fsi_fold(a[i - 2]) == fsi_fold(b[j - 1]))
				best = least(best, before[j - 2] + 1u);
			now[j] = (unsigned char)best;
		}
	}
	return least(row[n % 3][m], limit + 1);
}

unsigned fsi_distance_limit(const char *name)
{
	size_t length = strlen(name);

	return length < 4 ? 1 : length < 8 ? 2 : 3;
}
