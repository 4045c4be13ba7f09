/* SPDX-License-Identifier: MIT */
#include "explain_internal.h"

#include <string.h>

static const fsi_error_row_t rows[] = {
#define FEATSET_ERROR(id, kind, code, what, cause, cure) { FSI_KIND_##kind, code, what, cause, cure },
#include "featset/errors.def"
};

static const fsi_pattern_t patterns[] = {
#define FEATSET_PATTERN(id, text) { text, sizeof(text) - 1, FSI_ROLE_PATTERN, FSI_ERROR_##id, FSI_ERROR_##id },
#define FEATSET_REASON(id, base, text) { text, sizeof(text) - 1, FSI_ROLE_REASON, FSI_ERROR_##id, FSI_ERROR_##base },
#define FEATSET_DETAIL(id, base, text) { text, sizeof(text) - 1, FSI_ROLE_DETAIL, FSI_ERROR_##id, FSI_ERROR_##base },
#include "featset/errors.def"
};

#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

_Static_assert(PATTERNS <= FSI_PATTERNS_MOST, "a pattern's number plus 1 must fit into a byte");

const fsi_error_row_t *fsi_error_row(fsi_error_id_t id)
{
	return &rows[id];
}

size_t featset_error_codes(void)
{
	return FSI_ERRORS;
}

const char *featset_error_code_at(size_t index)
{
	return index < FSI_ERRORS ? rows[index].code : NULL;
}

const char *featset_error_code_cause(size_t index)
{
	return index < FSI_ERRORS ? rows[index].cause : NULL;
}

const char *featset_error_code_cure(size_t index)
{
	return index < FSI_ERRORS ? rows[index].cure : NULL;
}

/* ---- finding them ------------------------------------------------------------------ */

void fsi_matcher_init(fsi_matcher_t *matcher)
{
	memset(matcher, 0, sizeof(*matcher));
	for (size_t i = PATTERNS; i-- > 0;) {
		unsigned char *first = &matcher->first[(unsigned char)patterns[i].text[0]];

		matcher->next[i] = *first;
		*first = (unsigned char)(i + 1);
	}
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A code is not found inside of a longer one. */
static bool is_whole(const fsi_pattern_t *pattern, const char *text, size_t size, size_t at)
{
	size_t end = at + pattern->length;

	if (at && is_word(pattern->text[0]) && is_word(text[at - 1]))
		return false;
	return end >= size || !is_word(pattern->text[pattern->length - 1]) || !is_word(text[end]);
}

fsi_match_t fsi_matcher_find(const fsi_matcher_t *matcher, const char *text, size_t size, size_t from)
{
	fsi_match_t best = { NULL, size, size };

	for (size_t at = from; at < size && !best.pattern; at++) {
		for (unsigned i = matcher->first[(unsigned char)text[at]]; i; i = matcher->next[i - 1]) {
			const fsi_pattern_t *pattern = &patterns[i - 1];

			if ((best.pattern && best.pattern->length >= pattern->length) ||
			    !fsi_stands_at(text, size, at, pattern->text) || !is_whole(pattern, text, size, at))
				continue;
			best = (fsi_match_t){ pattern, at, at + pattern->length };
		}
	}
	return best;
}
