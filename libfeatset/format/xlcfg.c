/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

/*
 * cpuid= in a guest's configuration for xl, in one of two forms:
 *
 *	cpuid="host,avx2=0,maxleaf=13"
 *	cpuid=[ "0x1:ecx=xxxx0xxx...,edx=...", "0x7,0x0:ebx=..." ]
 *
 * 1 is on and 0 is off; x, k and s are up to Xen and the host, and so unknown.
 */

typedef struct reader {
	const fsi_text_t *text;
	featset_error_t *error;
	featset_cpu_t *cpu;
	fsi_stated_t stated;
	unsigned line;
} reader_t;

static featset_status_t wrong(const reader_t *reader, const char *sentence)
{
	return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, reader->line, 0, "%s", sentence);
}

static bool is_setting(char c)
{
	return c == '0' || c == '1' || c == 'x' || c == 'k' || c == 's';
}

/* Keys that are numbers; those that say nothing here are NUMBERS. */
static const struct {
	const char *key;
	featset_number_t number;
} numbers[] = {
	{ "apicidsize", FEATSET_NUMBERS }, { "brandid", FEATSET_NUMBERS },     { "clflush", FEATSET_NUMBERS },
	{ "family", FEATSET_FAMILY },      { "localapicid", FEATSET_NUMBERS }, { "maxhvleaf", FEATSET_NUMBERS },
	{ "maxleaf", FEATSET_MAX_BASIC },  { "model", FEATSET_MODEL },         { "nc", FEATSET_NUMBERS },
	{ "proccount", FEATSET_NUMBERS },  { "procpkg", FEATSET_NUMBERS },     { "stepping", FEATSET_STEPPING },
};

static bool take_value(const char *at, const char *end, uint32_t *value)
{
	unsigned decimal;

	if (fsi_take(&at, end, "0x"))
		return fsi_take_hex(&at, end, 1, 8, value) && at == end;
	if (!fsi_take_decimal(&at, end, &decimal) || at != end)
		return false;
	*value = decimal;
	return true;
}

static featset_status_t read_pair(reader_t *reader, const char *at, const char *end)
{
	const char *equal = memchr(at, '=', (size_t)(end - at));
	char name[FSI_MAX_NAME];
	featset_feature_t feature;
	featset_status_t status;
	uint32_t value;

	if (!equal || equal == at || (size_t)(equal - at) >= sizeof(name))
		return wrong(reader, "expected settings such as avx2=0 between commas, behind host");
	memcpy(name, at, (size_t)(equal - at));
	name[equal - at] = '\0';
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].key, name) != 0)
			continue;
		if (numbers[i].number != FEATSET_NUMBERS && take_value(equal + 1, end, &value)) {
			if (!fsi_number_fits(numbers[i].number, value))
				return wrong(reader, "a number is larger than a CPU can have");
			featset_cpu_set_number(reader->cpu, numbers[i].number, value);
		}
		return FEATSET_OK;
	}
	if (end - equal != 2 || !is_setting(equal[1]))
		return wrong(reader, "expected 0, 1, x, k or s behind a feature's name");
	status = featset_feature_find(&feature, strcmp(name, "clfsh") ? name : "clflush", FEATSET_XEN, reader->error);
	if (status != FEATSET_OK)
		return fsi_locate(reader->error, status, reader->text, reader->line, 0);
	if (equal[1] == '0' || equal[1] == '1')
		fsi_state(&reader->stated, feature, equal[1] == '1');
	return FEATSET_OK;
}

static featset_status_t read_pairs(reader_t *reader, const char *at, const char *end)
{
	featset_status_t status = FEATSET_OK;

	if (!fsi_take(&at, end, "host"))
		return wrong(reader, "expected host and then settings such as avx2=0");
	while (status == FEATSET_OK && at < end) {
		const char *comma;

		if (*at != ',')
			return wrong(reader, "expected a comma between settings");
		at++;
		comma = memchr(at, ',', (size_t)(end - at));
		status = read_pair(reader, at, comma ? comma : end);
		at = comma ? comma : end;
	}
	return status;
}

/* "ecx=" and 32 settings, the highest bit first. */
static bool take_mask(const char **at, const char *end, int *number, uint32_t *value, uint32_t *said)
{
	static const char *const registers[] = { "eax=", "ebx=", "ecx=", "edx=" };

	for (*number = 0; *number < 4; ++*number)
		if (fsi_take(at, end, registers[*number]))
			break;
	if (*number == 4 || end - *at < 32)
		return false;
	*value = *said = 0;
	for (int i = 0; i < 32; i++, ++*at) {
		if (!is_setting(**at))
			return false;
		*value = *value << 1 | (**at == '1');
		*said = *said << 1 | (**at == '0' || **at == '1');
	}
	return true;
}

/* "0x7,0x0:ebx=...,ecx=..." */
static featset_status_t read_masks(reader_t *reader, const char *at, const char *end)
{
	static const char expected[] = "expected a leaf, a colon and masks of registers such as ecx= with 32 of 0, 1, "
				       "x, k and s";
	const char *colon = memchr(at, ':', (size_t)(end - at));
	const char *comma = colon ? memchr(at, ',', (size_t)(colon - at)) : NULL;
	uint32_t leaf, subleaf = 0;

	if (!colon || !take_value(at, comma ? comma : colon, &leaf) ||
	    (comma && !take_value(comma + 1, colon, &subleaf)))
		return wrong(reader, expected);
	at = colon + 1;
	for (;;) {
		uint32_t value, said;
		unsigned word;
		int number;

		if (!take_mask(&at, end, &number, &value, &said))
			return wrong(reader, expected);
		word = featset_word_at(FEATSET_SOURCE_CPUID, leaf, subleaf, (featset_register_t)number);
		for (unsigned bit = 0; bit < 32 && word < FEATSET_WORDS; bit++)
			if (said & featset_word_flags(word) & UINT32_C(1) << bit)
				fsi_state(&reader->stated, word * 32 + bit, value >> bit & 1);
		if (at == end)
			return FEATSET_OK;
		if (*at != ',')
			return wrong(reader, expected);
		at++;
	}
}

/* Steps behind "cpuid" and '=' at the beginning of a line; NULL when it has none. */
static const char *find_value(const fsi_line_t *line)
{
	const char *at = line->at, *end = line->at + line->size;

	while (at < end && fsi_is_space(*at))
		at++;
	if (!fsi_take(&at, end, "cpuid"))
		return NULL;
	while (at < end && fsi_is_space(*at))
		at++;
	if (!fsi_take(&at, end, "="))
		return NULL;
	while (at < end && fsi_is_space(*at))
		at++;
	return at < end && (*at == '"' || *at == '\'' || *at == '[') ? at : NULL;
}

/* Reads the strings of a list, or one string; they may stand on several lines. */
static featset_status_t read_value(reader_t *reader, const char *at)
{
	const char *end = reader->text->data + reader->text->size;
	featset_status_t status = FEATSET_OK;
	bool list = *at == '[';

	for (at += list; at < end && status == FEATSET_OK; at++) {
		const char *quote;

		reader->line += *at == '\n';
		if (list && *at == ']')
			return FEATSET_OK;
		if (fsi_is_space(*at) || *at == ',')
			continue;
		if (*at != '"' && *at != '\'')
			break;
		quote = memchr(at + 1, *at, (size_t)(end - at - 1));
		if (!quote || memchr(at, '\n', (size_t)(quote - at)))
			return wrong(reader, "expected a quote at the end of the string");
		status = list ? read_masks(reader, at + 1, quote) : read_pairs(reader, at + 1, quote);
		if (!list)
			return status;
		at = quote;
	}
	return status == FEATSET_OK ? wrong(reader, "expected strings with commas between them, and ] behind") : status;
}

FSI_READ(xlcfg)
{
	reader_t reader = { .text = text, .error = error, .cpu = featset_cpu_new() };
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	bool found = false;

	if (!reader.cpu)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	while (status == FEATSET_OK && fsi_line_next(&line, text->data, text->size)) {
		const char *value = find_value(&line);

		if (!value)
			continue;
		found = true;
		reader.line = line.number;
		/* As in a program, the last one counts. */
		memset(&reader.stated, 0, sizeof(reader.stated));
		status = read_value(&reader, value);
	}
	if (status == FEATSET_OK && !found)
		status = fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0, "expected a line such as "
										"cpuid=\"host,avx2=0\"");
	if (status != FEATSET_OK) {
		featset_cpu_free(reader.cpu);
		return status;
	}
	featset_cpu_set_features(reader.cpu, &reader.stated.features, &reader.stated.known);
	featset_cpu_set_view(reader.cpu, FEATSET_VIEW_GUEST);
	return fsi_add_cpu(inventory, NULL, NULL, reader.cpu, error);
}

FSI_PROBE(xlcfg)
{
	fsi_line_t line = { 0 };

	while (fsi_line_next(&line, text, size))
		if (find_value(&line))
			return 80;
	return 0;
}
