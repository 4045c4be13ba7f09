/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fsi_json_mentions(const char *text, size_t size, const char *const *words)
{
	size_t blank = 0;

	while (blank < size && fsi_is_space(text[blank]))
		blank++;
	if (blank == size || (text[blank] != '{' && text[blank] != '['))
		return false;
	for (; *words; words++)
		if (memmem(text, size, *words, strlen(*words)))
			return true;
	return false;
}

#ifndef FEATSET_NO_JSON

static featset_status_t no_json(const fsi_text_t *text, unsigned lines, const json_error_t *trouble,
				featset_error_t *error)
{
	unsigned line = trouble->line > 0 ? (unsigned)trouble->line : 1;
	unsigned column = trouble->column > 0 ? (unsigned)trouble->column : 1;

	/* When its values cannot be made, jansson says nothing at all. */
	if (json_error_code(trouble) == json_error_out_of_memory || !trouble->text[0])
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, lines + line, column, "no JSON: %s", trouble->text);
}

static void step(fsi_json_at_t *at, const fsi_text_t *text, size_t offset)
{
	for (; at->offset < offset; at->offset++)
		at->lines += text->data[at->offset] == '\n';
}

static featset_status_t next(json_t **root, fsi_json_at_t *at, const fsi_text_t *text, size_t flags,
			     featset_error_t *error)
{
	json_error_t trouble;
	size_t start = at->offset;

	*root = NULL;
	while (start < text->size && fsi_is_space(text->data[start]))
		start++;
	if (start == text->size)
		return FEATSET_OK;
	*root = json_loadb(text->data + at->offset, text->size - at->offset,
			   flags | JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &trouble);
	if (!*root)
		return no_json(text, at->lines, &trouble, error);
	step(at, text, at->offset + (size_t)trouble.position);
	return FEATSET_OK;
}

/* QEMU writes numbers of 64 bits without a sign, which jansson takes as reals only. */
featset_status_t fsi_json_next(json_t **root, fsi_json_at_t *at, const fsi_text_t *text, featset_error_t *error)
{
	return next(root, at, text, JSON_DECODE_INT_AS_REAL, error);
}

featset_status_t fsi_json_next_exact(json_t **root, fsi_json_at_t *at, const fsi_text_t *text, featset_error_t *error)
{
	return next(root, at, text, 0, error);
}

featset_status_t fsi_json_load(json_t **root, const fsi_text_t *text, featset_error_t *error)
{
	json_error_t trouble;

	*root = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, &trouble);
	return *root ? FEATSET_OK : no_json(text, 0, &trouble, error);
}

/* ---- strings ------------------------------------------------------------------------- */

fsi_span_t fsi_json_span(const json_t *value)
{
	fsi_span_t span = { json_string_value(value), json_string_length(value), 0, 0 };

	return span;
}

featset_status_t fsi_json_fail(const fsi_text_t *text, const char *at, featset_error_t *error, featset_status_t status,
			       const char *format, ...)
{
	char sentence[768], quoted[160];
	unsigned line = 0, column = 0;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (at && fsi_print(quoted, sizeof(quoted), 0, "\"%s\"", at) < sizeof(quoted))
		fsi_place_of(text, quoted, strlen(quoted), &line, &column);
	return fsi_fail_at(error, status, text->file, line, column, "%s", sentence);
}

#endif
