/* SPDX-License-Identifier: MIT */
#include "../featset/uarch.h"
#include "format_internal.h"

#include <string.h>

/*
 * gcc -march=native -Q --help=target: "  -mavx2    [enabled]".  gcc asks CPUID and
 * the operating system, so this is what programs can use.  Options that it does
 * not list are unknown.
 */

typedef struct option {
	char name[FSI_MAX_NAME];
	bool enabled;
	unsigned column;
} option_t;

/* Steps over "-m", a name, blanks and "[enabled]" or "[disabled]". */
static bool read_option(option_t *option, const fsi_line_t *line)
{
	const char *at = line->at, *end = line->at + line->size, *name;
	size_t length;

	while (at < end && fsi_is_space(*at))
		at++;
	if (!fsi_take(&at, end, "-m"))
		return false;
	name = at;
	while (at < end && !fsi_is_space(*at))
		at++;
	length = (size_t)(at - name);
	while (at < end && fsi_is_space(*at))
		at++;
	option->enabled = fsi_take(&at, end, "[enabled]");
	if (!option->enabled && !fsi_take(&at, end, "[disabled]"))
		return false;
	while (at < end && fsi_is_space(*at))
		at++;
	if (at != end || length >= sizeof(option->name))
		return false;
	memcpy(option->name, name, length);
	option->name[length] = '\0';
	option->column = (unsigned)(name - line->at) + 1;
	return true;
}

/* Options that say something else than a bit of their name does. */
static bool is_misleading(const char *name)
{
	/* Both come with SSE. */
	return !strcmp(name, "crc32") || !strcmp(name, "mwait");
}

/* Needs more than the bit: with the option off, nothing is known of the CPU. */
static bool off_says_nothing(featset_feature_t feature)
{
	return feature == FEATSET_PKU || feature == FEATSET_KEY_LOCKER || feature == FEATSET_AES_KEYLOCKER_WIDE;
}

/* What makes programs of 64 bits for the machine it runs on needs no options for the first of the psABI's levels. */
static void add_long_mode(featset_t *features, featset_t *known)
{
	const featset_baseline_t *baseline = featset_baseline_find("x86-64", NULL);
	featset_t set;

	if (!baseline)
		return;
	featset_baseline_features(&set, baseline);
	featset_or(features, features, &set);
	featset_or(known, known, &set);
}

static featset_status_t no_value(const fsi_text_t *text, const fsi_line_t *line, const option_t *option,
				 featset_error_t *error)
{
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line->number, option->column,
			   "-m%s is listed twice, once as enabled and once as disabled", option->name);
}

FSI_READ(gcc)
{
	featset_t features, known;
	fsi_line_t line = { 0 };
	featset_cpu_t *cpu;
	option_t option;

	featset_clear(&features);
	featset_clear(&known);
	while (fsi_line_next(&line, text->data, text->size)) {
		featset_feature_t feature;

		if (!read_option(&option, &line))
			continue;
		if (!strcmp(option.name, "64") && option.enabled)
			add_long_mode(&features, &known);
		if (is_misleading(option.name) ||
		    featset_feature_find(&feature, option.name, FEATSET_GCC, NULL) != FEATSET_OK)
			continue;
		if (!option.enabled && off_says_nothing(feature))
			continue;
		/* abm and lzcnt are one bit, and abm wants popcnt too. */
		if (!strcmp(option.name, "abm") && !option.enabled)
			continue;
		if (featset_has(&known, feature) && featset_has(&features, feature) != option.enabled)
			return no_value(text, &line, &option, error);
		featset_add(&known, feature);
		if (option.enabled)
			featset_add(&features, feature);
	}
	if (featset_is_empty(&known))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   "expected lines such as \"-mavx2 [enabled]\", as gcc -march=native -Q --help=target "
				   "prints them");
	cpu = featset_cpu_new();
	if (cpu)
		featset_cpu_set_features(cpu, &features, &known);
	return fsi_add_cpu(inventory, NULL, NULL, cpu, error);
}

FSI_PROBE(gcc)
{
	fsi_line_t line = { 0 };
	option_t option;
	int count = 0;

	while (fsi_line_next(&line, text, size))
		if (read_option(&option, &line) && ++count == 2)
			return 85;
	return count ? 60 : 0;
}
