/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "featset/input.h"

#include "error_internal.h"
#include "featset/host.h"

#include <string.h>
#include <sys/stat.h>

/* Longest name of anything, and longest text that is taken for names. */
#define MAX_NAME 128
#define MAX_TEXT ((size_t)1 << 16)

/* ---- names ------------------------------------------------------------------------- */

/* What a name means: a baseline, or else a feature. */
typedef struct meaning {
	const featset_baseline_t *baseline;
	featset_feature_t feature;
} meaning_t;

static bool copy_name(char name[MAX_NAME], const char *at, size_t size)
{
	if (!size || size >= MAX_NAME)
		return false;
	memcpy(name, at, size);
	name[size] = '\0';
	return true;
}

static featset_status_t look_up(meaning_t *meaning, const char *name, const featset_catalog_t *catalog,
				featset_error_t *error)
{
	featset_error_t told = { 0 };
	featset_status_t status;

	meaning->feature = FEATSET_FEATURE_NONE;
	meaning->baseline = featset_catalog_find(catalog, name, NULL);
	if (meaning->baseline)
		return FEATSET_OK;
	status = featset_feature_find(&meaning->feature, name, FEATSET_ANY_DIALECT, error);
	if (status != FEATSET_E_NAME)
		return status;
	/* Several models may be called so. */
	featset_catalog_find(catalog, name, &told);
	if (told.code != FEATSET_E_AMBIGUOUS)
		return status;
	return fsi_fail(error, told.code, "%s", told.text);
}

/* The known name nearest to one that nothing has, and how far away it is; limit + 1 when none is near. */
static unsigned nearest(const char **found, const char *name, const featset_catalog_t *catalog, unsigned limit)
{
	const featset_baseline_t *baseline;
	unsigned least = limit + 1;

	for (size_t i = 0; (baseline = featset_catalog_at(catalog, i)); i++) {
		const char *known = featset_baseline_name(baseline);
		unsigned distance = fsi_distance(name, known, limit);

		if (distance < least) {
			least = distance;
			*found = known;
		}
	}
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
		const char *known = featset_feature_name(f, FEATSET_CANONICAL);
		unsigned distance = known ? fsi_distance(name, known, limit) : limit + 1;

		if (distance < least) {
			least = distance;
			*found = known;
		}
	}
	return least;
}

static featset_status_t unknown_name(const char *name, unsigned column, const featset_catalog_t *catalog,
				     featset_error_t *error)
{
	const char *found = "";
	unsigned limit = fsi_distance_limit(name);
	featset_error_t told = { 0 };

	if (!error)
		return FEATSET_E_NAME;
	if (nearest(&found, name, catalog, limit) <= limit)
		return fsi_fail_at(error, FEATSET_E_NAME, NULL, 0, column, "nothing is called '%s'; did you mean '%s'?",
				   name, found);
	/* Perhaps another dialect has a name that is near. */
	if (featset_feature_find(&(featset_feature_t){ 0 }, name, FEATSET_ANY_DIALECT, &told) != FEATSET_OK &&
	    strstr(told.text, "did you mean"))
		return fsi_fail_at(error, told.code, NULL, 0, column, "%s", told.text);
	return fsi_fail_at(error, FEATSET_E_NAME, NULL, 0, column, "no file, baseline or feature is called '%s'", name);
}

/* ---- arithmetic ---------------------------------------------------------------------- */

/* A sum in the making. */
typedef struct sum {
	featset_t features;
	const char *vendor; /* of the first baseline that has one; "" once another differs */
	const char *text;
	const featset_catalog_t *catalog;
	featset_error_t *error;
} sum_t;

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A name ends before these for sure; '-' may belong to it. */
static bool ends_name(char c)
{
	return !c || c == '+' || is_separator(c);
}

static void apply(sum_t *sum, const meaning_t *meaning, char sign)
{
	featset_t set;

	if (meaning->baseline) {
		const char *vendor = featset_baseline_vendor(meaning->baseline);

		featset_baseline_features(&set, meaning->baseline);
		if (sign == '+' && vendor[0])
			sum->vendor = !sum->vendor || !strcmp(sum->vendor, vendor) ? vendor : "";
	} else {
		featset_clear(&set);
		featset_add(&set, meaning->feature);
	}
	if (sign == '-')
		featset_minus(&sum->features, &sum->features, &set);
	else
		featset_or(&sum->features, &sum->features, &set);
}

/*
 * The longest name that stands at a place: all up to the next '+' or separator,
 * or less by one '-' after the other.  A name two dialects quarrel about counts
 * as a name, with its error.
 */
static featset_status_t longest_name(meaning_t *meaning, size_t *length, const sum_t *sum, size_t at)
{
	unsigned column = (unsigned)at + 1;
	char name[MAX_NAME], first[MAX_NAME] = "";
	size_t end = at, tried = 0;

	while (!ends_name(sum->text[end]) && end - at < MAX_NAME)
		end++;
	for (size_t stop = end; stop > at; stop--) {
		featset_status_t status;

		if ((stop < end && sum->text[stop] != '-') || !copy_name(name, sum->text + at, stop - at))
			continue;
		if (!tried++)
			memcpy(first, name, sizeof(first));
		status = look_up(meaning, name, sum->catalog, NULL);
		*length = stop - at;
		if (status == FEATSET_E_AMBIGUOUS) {
			status = look_up(meaning, name, sum->catalog, sum->error);
			if (sum->error)
				sum->error->column = column;
		}
		if (status != FEATSET_E_NAME)
			return status;
	}
	if (!tried)
		return fsi_fail_at(sum->error, FEATSET_E_NAME, NULL, 0, column, "no name is that long");
	/* The whole may be one misspelt name, or its first part may be. */
	if (tried > 1 && sum->error) {
		const char *found;
		unsigned limit = fsi_distance_limit(first);

		if (nearest(&found, first, sum->catalog, limit) > limit) {
			featset_status_t status = unknown_name(name, column, sum->catalog, sum->error);

			/* Where that is like nothing known either, the whole was meant: "intel-icelake". */
			if (strstr(sum->error->text, "did you mean"))
				return status;
		}
	}
	return unknown_name(first, column, sum->catalog, sum->error);
}

/* "x86-64-v33" is not x86-64 less something: a name that is nearly the whole is the better suggestion. */
static void suggest_whole(const sum_t *sum, size_t from)
{
	char name[MAX_NAME];
	const char *found;
	size_t end = from;

	while (!ends_name(sum->text[end]))
		end++;
	if (sum->error && copy_name(name, sum->text + from, end - from) && nearest(&found, name, sum->catalog, 1) <= 1)
		unknown_name(name, (unsigned)from + 1, sum->catalog, sum->error);
}

static featset_status_t add_up(sum_t *sum)
{
	const char *text = sum->text;
	size_t at = 0, last = 0; /* where the name before this one began */
	bool any = false;

	for (;;) {
		featset_status_t status;
		meaning_t meaning;
		char sign = '+';
		size_t length = 0, sign_at = at;

		while (is_separator(text[at]))
			at++;
		if (!text[at] && sign_at == at)
			break;
		if (text[at] == '+' || text[at] == '-')
			sign = text[at++];
		if (!text[at] && sign == '+' && text[at - 1] != '+')
			break;
		if (ends_name(text[at]) || text[at] == '-')
			return fsi_fail_at(sum->error, FEATSET_E_SYNTAX, NULL, 0, (unsigned)at + 1,
					   "expected a name here");
		if (!any && sign == '-')
			return fsi_fail_at(sum->error, FEATSET_E_SYNTAX, NULL, 0, (unsigned)at,
					   "there is nothing yet that '-' could take away from");
		status = longest_name(&meaning, &length, sum, at);
		if (status == FEATSET_E_NAME && sign == '-')
			suggest_whole(sum, last);
		if (status != FEATSET_OK)
			return status;
		apply(sum, &meaning, sign);
		any = true;
		last = at;
		at += length;
	}
	return any ? FEATSET_OK
		   : fsi_fail(sum->error, FEATSET_E_SYNTAX, "expected the name of a baseline or a feature");
}

/* A baseline alone may have '+' or blanks in its name: "zen+", "Emerald Rapids". */
static bool add_whole(sum_t *sum)
{
	meaning_t meaning = { .feature = FEATSET_FEATURE_NONE };

	if (!sum->text[0] || strlen(sum->text) >= MAX_NAME)
		return false;
	meaning.baseline = featset_catalog_find(sum->catalog, sum->text, NULL);
	if (meaning.baseline)
		apply(sum, &meaning, '+');
	return meaning.baseline != NULL;
}

featset_status_t featset_expression(featset_cpu_t **cpu, const char *text, featset_error_t *error)
{
	return featset_expression_with(cpu, text, NULL, error);
}

featset_status_t featset_expression_with(featset_cpu_t **cpu, const char *text, const featset_catalog_t *catalog,
					 featset_error_t *error)
{
	sum_t sum = { .vendor = NULL, .text = text, .catalog = catalog, .error = error };
	featset_status_t status;
	featset_t known;

	if (!cpu || !text)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_expression needs a cpu and a text");
	*cpu = NULL;
	if (strlen(text) > MAX_TEXT)
		return fsi_fail(error, FEATSET_E_LIMIT, "longer than %zu characters", MAX_TEXT);
	featset_clear(&sum.features);
	status = add_whole(&sum) ? FEATSET_OK : add_up(&sum);
	if (status != FEATSET_OK)
		return status;
	*cpu = featset_cpu_new();
	if (!*cpu)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	featset_clear(&known);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		featset_set_word(&known, word, featset_word_flags(word));
	featset_cpu_set_features(*cpu, &sum.features, &known);
	if (sum.vendor)
		featset_cpu_set_vendor(*cpu, sum.vendor);
	return FEATSET_OK;
}

/* ---- words of the command line ---------------------------------------------------------- */

/* Wraps one cpu, which it takes over. */
static featset_status_t wrap(featset_inventory_t **inventory, const char *name, const char *format, featset_cpu_t *cpu,
			     featset_error_t *error)
{
	featset_inventory_t *made = featset_inventory_new();
	featset_status_t status = FEATSET_E_MEMORY;
	size_t host;

	if (made)
		status = featset_inventory_add_host(made, name, NULL, &host);
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		featset_inventory_free(made);
		return fsi_fail(error, status, "no memory");
	}
	featset_inventory_set_cpu(made, host, FEATSET_SLOT_CPU, cpu);
	featset_inventory_set_format(made, format);
	*inventory = made;
	return FEATSET_OK;
}

static featset_status_t read_host(featset_inventory_t **inventory, unsigned flags, featset_error_t *error)
{
	featset_cpu_t *cpu;
	featset_status_t status = featset_host(&cpu, flags & ~(unsigned)FEATSET_KEEP_GOING, error);

	return status == FEATSET_OK ? wrap(inventory, NULL, "host", cpu, error) : status;
}

/* Hexadecimal words joined by '-' or ':', the first of 8 digits. */
static bool is_xen(const char *word)
{
	return strspn(word, "0123456789abcdefABCDEF") == 8 && (!word[8] || word[8] == '-' || word[8] == ':') &&
	       word[strspn(word, "0123456789abcdefABCDEF-:")] == '\0';
}

static bool exists(const char *word, bool *directory)
{
	struct stat status;
	bool found = stat(word, &status) == 0;

	*directory = found && S_ISDIR(status.st_mode);
	return found;
}

/* Does it end like a file's name, ".txt"?  "sse4.1" and "avx10.2" do not: their suffix begins with a digit. */
static bool has_suffix(const char *word)
{
	const char *dot = strrchr(word, '.');

	return dot && dot != word && ((dot[1] >= 'a' && dot[1] <= 'z') || (dot[1] >= 'A' && dot[1] <= 'Z')) &&
	       !dot[1 + strspn(dot + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")];
}

static featset_status_t read_names(featset_inventory_t **inventory, const char *word, bool directory, unsigned flags,
				   size_t limit, const featset_catalog_t *catalog, featset_error_t *error)
{
	featset_cpu_t *cpu;
	featset_status_t status = featset_expression_with(&cpu, word, catalog, error);

	if (status == FEATSET_OK)
		return wrap(inventory, word, featset_catalog_find(catalog, word, NULL) ? "baseline" : "names", cpu,
			    error);
	/* Nobody has such a name: opening the file says that it is missing, or a directory. */
	if (status == FEATSET_E_NAME && (directory || has_suffix(word)))
		return featset_read_file_with(inventory, word, NULL, limit, flags, error);
	return status;
}

featset_status_t featset_input(featset_inventory_t **inventory, const char *word, unsigned host_flags, size_t limit,
			       featset_error_t *error)
{
	return featset_input_with(inventory, word, host_flags, limit, NULL, error);
}

featset_status_t featset_input_with(featset_inventory_t **inventory, const char *word, unsigned host_flags,
				    size_t limit, const featset_catalog_t *catalog, featset_error_t *error)
{
	bool directory = false;

	if (!inventory || !word)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_input needs an inventory and a word");
	*inventory = NULL;
	if (!strcmp(word, "-"))
		return featset_read_file_with(inventory, word, NULL, limit, host_flags, error);
	if (!strcmp(word, "host"))
		return read_host(inventory, host_flags, error);
	/* A directory that is called like a baseline does not hide it. */
	if (strchr(word, '/') || (exists(word, &directory) && !directory))
		return featset_read_file_with(inventory, word, NULL, limit, host_flags, error);
	if (is_xen(word))
		return featset_read(inventory, word, strlen(word), featset_format_find("xen", NULL), word, error);
	return read_names(inventory, word, directory, host_flags, limit, catalog, error);
}
