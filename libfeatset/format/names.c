/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <string.h>

/* Feature names, separated by white space or commas; '#' starts a comment. */

typedef struct token {
	const char *at;
	size_t size;
	unsigned line;
	unsigned column;
} token_t;

typedef struct tokens {
	fsi_line_t line;
	size_t offset; /* in the line */
} tokens_t;

static bool is_separator(char c)
{
	return fsi_is_space(c) || c == ',';
}

static bool next_token(tokens_t *tokens, const char *text, size_t size, token_t *token)
{
	fsi_line_t *line = &tokens->line;
	size_t end;

	for (;;) {
		while (tokens->offset < line->size && is_separator(line->at[tokens->offset]))
			tokens->offset++;
		if (tokens->offset < line->size && line->at[tokens->offset] != '#')
			break;
		tokens->offset = 0;
		if (!fsi_line_next(line, text, size))
			return false;
	}
	end = tokens->offset;
	while (end < line->size && !is_separator(line->at[end]) && line->at[end] != '#')
		end++;
	token->at = line->at + tokens->offset;
	token->size = end - tokens->offset;
	token->line = line->number;
	token->column = (unsigned)tokens->offset + 1;
	tokens->offset = end;
	if (token->size > 1 && *token->at == '+') {
		token->at++;
		token->size--;
		token->column++;
	}
	return true;
}

static featset_status_t find_feature(featset_feature_t *feature, const token_t *token, featset_error_t *error)
{
	char name[FSI_MAX_NAME];

	if (token->size >= sizeof(name))
		return fsi_fail(error, FEATSET_E_NAME, "no feature has a name of %zu letters", token->size);
	memcpy(name, token->at, token->size);
	name[token->size] = '\0';
	return featset_feature_find(feature, name, FEATSET_ANY_DIALECT, error);
}

static bool is_word_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("_-.:[]", c);
}

/* One known name among the first few is enough: the others may be misspelt, and that deserves a better answer. */
FSI_PROBE(names)
{
	tokens_t tokens = { 0 };
	token_t token;

	for (int i = 0; i < 16 && next_token(&tokens, text, size, &token); i++) {
		featset_feature_t feature;
		featset_status_t status;

		for (size_t k = 0; k < token.size; k++)
			if (!is_word_character(token.at[k]))
				return 0;
		status = find_feature(&feature, &token, NULL);
		if (status == FEATSET_OK || status == FEATSET_E_AMBIGUOUS)
			return 40;
	}
	return 0;
}

FSI_READ(names)
{
	featset_t features, known;
	tokens_t tokens = { 0 };
	featset_cpu_t *cpu;
	token_t token;

	featset_clear(&features);
	while (next_token(&tokens, text->data, text->size, &token)) {
		featset_feature_t feature;
		featset_status_t status = find_feature(&feature, &token, error);

		if (status != FEATSET_OK)
			return fsi_locate(error, status, text, token.line, token.column);
		featset_add(&features, feature);
	}
	/* A list states the whole set, as it does on the command line. */
	featset_clear(&known);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		featset_set_word(&known, word, featset_word_flags(word));
	cpu = featset_cpu_new();
	if (cpu)
		featset_cpu_set_features(cpu, &features, &known);
	return fsi_add_cpu(inventory, NULL, NULL, cpu, error);
}

FSI_WRITE(names)
{
	const featset_t *features = featset_cpu_features(cpu);

	(void)left_out;
	(void)error;
	*length = 0;
	if (size)
		buffer[0] = '\0';
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1)) {
		char name[FSI_MAX_NAME];

		featset_feature_spell(name, sizeof(name), f, dialect);
		*length = fsi_print(buffer, size, *length, "%s\n", name);
	}
	return FEATSET_OK;
}
