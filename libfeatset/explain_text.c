/* SPDX-License-Identifier: MIT */
#include "explain_internal.h"

#include <stdlib.h>
#include <string.h>

/* What is written for another character. */
static const struct {
	const char *text;
	char means;
} spellings[] = {
	{ "\\\"", '"' },          { "\\'", '\'' },         { "\\/", '/' },          { "\\n", '\n' },
	{ "\\r", '\n' },          { "\\t", ' ' },          { "\\u0027", '\'' },     { "\\u2019", '\'' },
	{ "&#39;", '\'' },        { "&#x27;", '\'' },      { "&apos;", '\'' },      { "&quot;", '"' },
	{ "&gt;", '>' },          { "&lt;", '<' },         { "&amp;", '&' },        { "\xe2\x80\x98", '\'' },
	{ "\xe2\x80\x99", '\'' }, { "\xe2\x80\x9c", '"' }, { "\xe2\x80\x9d", '"' }, { "\xc2\xa0", ' ' },
	{ "''", '\'' },
};

static size_t spelling_at(const char *text, size_t size, char *means)
{
	char c = *text;

	if (c != '\\' && c != '&' && c != '\'' && c != '\xe2' && c != '\xc2')
		return 0;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		size_t length = strlen(spellings[i].text);

		if (length <= size && memcmp(text, spellings[i].text, length) == 0) {
			*means = spellings[i].means;
			return length;
		}
	}
	return 0;
}

/* The length of a terminal's sequence, "ESC [ ... letter"; 0 for none. */
static size_t sequence_at(const char *text, size_t size)
{
	size_t i = 2;

	if (size < 3 || text[0] != '\033' || text[1] != '[')
		return 0;
	while (i < size && i < 32 && text[i] >= ' ' && text[i] < '@')
		i++;
	return i < size && text[i] >= '@' && text[i] <= '~' ? i + 1 : 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Appends a character; the marks of a quoted mail at a line's beginning are left out. */
static size_t append(char *out, size_t at, char c)
{
	bool line_end = c == '\n' || c == '\r' || c == '\f' || c == '\v';

	if (is_space(c)) {
		if (at && (out[at - 1] == ' ' || out[at - 1] == '\n')) {
			if (line_end)
				out[at - 1] = '\n';
			return at;
		}
		out[at] = line_end ? '\n' : ' ';
		return at + 1;
	}
	if ((unsigned char)c < ' ' || c == 0x7f || (c == '>' && (!at || out[at - 1] == '\n')))
		return at;
	out[at] = c;
	return at + 1;
}

char *fsi_plain_text(const char *text, size_t size, size_t *length)
{
	char *out = malloc(size + 1);
	size_t at = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < size;) {
		char c = text[i];
		size_t step = spelling_at(text + i, size - i, &c);

		if (!step) {
			step = sequence_at(text + i, size - i);
			c = step ? '\0' : text[i];
		}
		at = append(out, at, c);
		i += step ? step : 1;
	}
	out[at] = '\0';
	*length = at;
	return out;
}

bool fsi_stands_at(const char *text, size_t size, size_t at, const char *word)
{
	for (; *word; word++, at++)
		if (at >= size || (text[at] != *word && (*word != ' ' || text[at] != '\n')))
			return false;
	return true;
}

bool fsi_is_uuid(const char *text, size_t size)
{
	if (size < 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23, digit = text[i] >= '0' && text[i] <= '9';
		char letter = (char)(text[i] | 0x20);

		if (dash ? text[i] != '-' : !digit && (letter < 'a' || letter > 'f'))
			return false;
	}
	return true;
}
