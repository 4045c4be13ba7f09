/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void no_memory(void)
{
	fputs("featset: no memory\n", stderr);
	exit(2);
}

void *cli_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		no_memory();
	return memory;
}

char *cli_copy(const char *string)
{
	size_t size = strlen(string) + 1;

	return memcpy(cli_alloc(size, 1), string, size);
}

static void reserve(struct text *text, size_t more)
{
	size_t need = text->length + more + 1;

	if (need <= text->size)
		return;
	text->size = need < 128 ? 128 : need * 2;
	text->data = realloc(text->data, text->size);
	if (!text->data)
		no_memory();
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments, again;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length >= 0) {
		reserve(text, (size_t)length);
		vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
		text->length += (size_t)length;
	}
	va_end(again);
	va_end(arguments);
}

void text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){ NULL, 0, 0 };
}

const char *text_get(const struct text *text)
{
	return text->data ? text->data : "";
}

void text_add_set(struct text *text, const featset_t *set, featset_dialect_t names)
{
	char name[128];
	const char *space = "";

	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		featset_feature_spell(name, sizeof(name), f, names);
		text_add(text, "%s%s", space, name);
		space = " ";
	}
}

void text_add_count(struct text *text, size_t count, const char *noun)
{
	text_add(text, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: what follows would be shown in another order than it has. */
static bool turns_text(const unsigned char *s)
{
	if (s[0] != 0xe2)
		return false;
	return (s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xaa && s[2] <= 0xae))) ||
	       (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

/* The length of the UTF-8 character at s; 0 for what should not be printed. */
static size_t character(const unsigned char *s)
{
	size_t length = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

	if (*s < 0x20 || *s == 0x7f)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls, overlong forms, surrogates, beyond U+10FFFF */
	if ((s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length == 3 && turns_text(s) ? 0 : length;
}

void text_clean(char *string)
{
	for (unsigned char *s = (unsigned char *)string; *s;) {
		size_t length = character(s);

		if (!length && turns_text(s))
			memmove(s + 1, s + 3, strlen((const char *)s + 3) + 1);
		if (!length)
			*s = '?';
		s += length ? length : 1;
	}
}

#define NEAR_MAX 32

static unsigned distance(const char *a, const char *b)
{
	unsigned row[NEAR_MAX + 1];
	size_t length = strlen(b);

	if (length > NEAR_MAX || strlen(a) > NEAR_MAX)
		return NEAR_MAX;
	for (unsigned j = 0; j <= length; j++)
		row[j] = j;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= length; j++) {
			unsigned change = diagonal + (*a != b[j - 1]);
			unsigned gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < gap ? change : gap;
		}
	}
	return row[length];
}

const char *text_nearest(const char *word, const char *const *candidates)
{
	const char *nearest = NULL;
	unsigned least = strlen(word) > 4 ? 4 : 3;

	for (; *candidates; candidates++) {
		unsigned d = distance(word, *candidates);

		if (d < least) {
			least = d;
			nearest = *candidates;
		}
	}
	return nearest;
}
