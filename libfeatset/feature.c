/* SPDX-License-Identifier: MIT */
#include "featset/feature.h"

#include "error_internal.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- tables -------------------------------------------------------------- */

/* The letters of features.def. */
enum {
	NONE = 0,
	L = 1 << FEATSET_LINUX,
	X = 1 << FEATSET_XEN,
	Q = 1 << FEATSET_QEMU,
	V = 1 << FEATSET_LIBVIRT,
	G = 1 << FEATSET_GCC,
	I = 1 << FEATSET_INTEL,
	K = 1 << FEATSET_KCPUID,
	A = 1 << FEATSET_ARCHSPEC,
	P = 1 << FEATSET_KLAUSPOST,
	C = 1 << FEATSET_LIBCPUID,
	HYPHENATED = X | Q | V | G,
	UPPER_CASE = I | P
};

struct feature {
	uint16_t number;
	uint16_t dialects;
	uint8_t klass, merge, scope;
	const char *name;
	const char *upper; /* the name in upper case wherever UPPER_CASE is among the dialects */
	const char *summary;
};

static const struct feature features[] = {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary)                                           \
	{ FEATSET_##id, dialects, FEATSET_CLASS_##klass, FEATSET_MERGE_##merge, FEATSET_SCOPE_##scope, name,           \
	  #id,          summary },
#include "featset/features.def"
};

/* A row's place in features[], and from a feature's number the same plus one. */
enum {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) ROW_##id,
#include "featset/features.def"
	ROWS
};

static const uint16_t rows[FEATSET_BITS] = {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) [FEATSET_##id] = ROW_##id + 1,
#include "featset/features.def"
};

/* Lengths alone, so that looking for a name passes over most rows without touching their text. */
static const uint8_t lengths[ROWS] = {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) sizeof(name) - 1,
#include "featset/features.def"
};

struct alias {
	uint16_t number;
	uint8_t dialect;
	bool written;
	const char *name;
};

static const struct alias aliases[] = {
#define SPELL(id, dialect, name) { FEATSET_##id, FEATSET_##dialect, true, name },
#define ALSO(id, dialect, name) { FEATSET_##id, FEATSET_##dialect, false, name },
#include "featset/aliases.def"
};

/* The canonical names with '-' for '_', made by the compiler so that no table repeats them. */
enum { NAME_SIZE = 40 };

#define HYPHEN(c) (char)((c) == '_' ? '-' : (c))
#define AT(name, i) HYPHEN(name[(i) < sizeof(name) ? (i) : sizeof(name) - 1])
#define AT4(name, i) AT(name, (i)), AT(name, (i) + 1), AT(name, (i) + 2), AT(name, (i) + 3)

static const char hyphenated[ROWS][NAME_SIZE] = {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary)                                           \
	{ AT4(name, 0),  AT4(name, 4),  AT4(name, 8),  AT4(name, 12), AT4(name, 16),                                   \
	  AT4(name, 20), AT4(name, 24), AT4(name, 28), AT4(name, 32), AT4(name, 36) },
#include "featset/features.def"
};

#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary)                                           \
	_Static_assert(sizeof(name) <= NAME_SIZE, #id " has too long a name");
#include "featset/features.def"

static const struct twin {
	uint16_t intel, amd;
	const char *what;
} twins[] = {
#define TWIN(intel, amd, what) { FEATSET_##intel, FEATSET_##amd, what },
#include "featset/twins.def"
};

struct word {
	const char *name;
	uint32_t index, subleaf, flags;
	uint8_t source, reg;
};

static const struct word words[FEATSET_WORDS] = {
#define WORD(number, name, source, index, subleaf, reg, flags)                                                         \
	[number] = { name, index, subleaf, flags, FEATSET_SOURCE_##source, FEATSET_##reg },
#include "featset/words.def"
#undef WORD
};

static const char *const dialect_names[FEATSET_DIALECTS] = {
	[FEATSET_CANONICAL] = "canonical", [FEATSET_LINUX] = "linux",       [FEATSET_XEN] = "xen",
	[FEATSET_QEMU] = "qemu",           [FEATSET_LIBVIRT] = "libvirt",   [FEATSET_GCC] = "gcc",
	[FEATSET_INTEL] = "intel",         [FEATSET_KCPUID] = "kcpuid",     [FEATSET_ARCHSPEC] = "archspec",
	[FEATSET_KLAUSPOST] = "klauspost", [FEATSET_LIBCPUID] = "libcpuid",
};

static const char *const class_names[] = {
	[FEATSET_CLASS_CAPABILITY] = "capability",
	[FEATSET_CLASS_MITIGATION] = "mitigation",
	[FEATSET_CLASS_FIRMWARE] = "firmware",
	[FEATSET_CLASS_DYNAMIC] = "dynamic",
	[FEATSET_CLASS_HINT] = "hint",
	[FEATSET_CLASS_ALIAS] = "alias",
	[FEATSET_CLASS_INVERTED] = "inverted",
	[FEATSET_CLASS_NUMBER] = "number",
};

static const char *const merge_names[] = {
	[FEATSET_MERGE_AND] = "and",
	[FEATSET_MERGE_XEN_OR] = "xen-or",
	[FEATSET_MERGE_OR] = "or",
	[FEATSET_MERGE_RSB] = "rsb",
};

static const char *const scope_names[] = {
	[FEATSET_SCOPE_USER] = "user",
	[FEATSET_SCOPE_SYSTEM] = "system",
};

/* ---- features ------------------------------------------------------------ */

static const struct feature *row_of(featset_feature_t feature)
{
	return feature < FEATSET_BITS && rows[feature] ? &features[rows[feature] - 1] : NULL;
}

void featset_named(featset_t *dst)
{
	featset_clear(dst);
	for (size_t i = 0; i < ROWS; i++)
		featset_add(dst, features[i].number);
}

void featset_of_class(featset_t *dst, featset_class_t klass)
{
	featset_clear(dst);
	for (size_t i = 0; i < ROWS; i++)
		if (features[i].klass == klass)
			featset_add(dst, features[i].number);
}

void featset_of_merge(featset_t *dst, featset_merge_t merge)
{
	featset_clear(dst);
	for (size_t i = 0; i < ROWS; i++)
		if (features[i].merge == merge)
			featset_add(dst, features[i].number);
}

void featset_of_scope(featset_t *dst, featset_scope_t scope)
{
	featset_clear(dst);
	for (size_t i = 0; i < ROWS; i++)
		if (features[i].scope == scope)
			featset_add(dst, features[i].number);
}

featset_class_t featset_feature_class(featset_feature_t feature)
{
	const struct feature *row = row_of(feature);

	return row ? (featset_class_t)row->klass : FEATSET_CLASS_CAPABILITY;
}

featset_merge_t featset_feature_merge(featset_feature_t feature)
{
	const struct feature *row = row_of(feature);

	return row ? (featset_merge_t)row->merge : FEATSET_MERGE_AND;
}

featset_scope_t featset_feature_scope(featset_feature_t feature)
{
	const struct feature *row = row_of(feature);

	return row ? (featset_scope_t)row->scope : FEATSET_SCOPE_SYSTEM;
}

const char *featset_feature_summary(featset_feature_t feature)
{
	const struct feature *row = row_of(feature);

	return row ? row->summary : NULL;
}

featset_feature_t featset_feature_twin(featset_feature_t feature, size_t index, const char **what)
{
	for (size_t i = 0; i < COUNT(twins); i++) {
		if ((twins[i].intel != feature && twins[i].amd != feature) || index--)
			continue;
		if (what)
			*what = twins[i].what;
		return twins[i].intel == feature ? twins[i].amd : twins[i].intel;
	}
	return FEATSET_FEATURE_NONE;
}

/* The canonical name as a dialect of features.def's column writes it. */
static const char *name_by_rule(const struct feature *row, featset_dialect_t dialect)
{
	size_t index = (size_t)(row - features);

	if (1 << dialect & HYPHENATED)
		return hyphenated[index];
	return 1 << dialect & UPPER_CASE ? row->upper : row->name;
}

const char *featset_feature_name(featset_feature_t feature, featset_dialect_t dialect)
{
	const struct feature *row = row_of(feature);

	if (!row || dialect >= FEATSET_DIALECTS)
		return NULL;
	if (dialect == FEATSET_CANONICAL)
		return row->name;
	if (row->dialects >> dialect & 1)
		return name_by_rule(row, dialect);
	for (size_t i = 0; i < COUNT(aliases); i++)
		if (aliases[i].number == feature && aliases[i].dialect == dialect && aliases[i].written)
			return aliases[i].name;
	return NULL;
}

/* ---- looking for names --------------------------------------------------- */

/* Appends up to 60 characters of what somebody typed, so that it can be shown. */
static size_t print_typed(char *buffer, size_t size, const char *typed)
{
	size_t at = 0;

	if (size)
		buffer[0] = '\0';
	for (size_t i = 0; typed[i]; i++) {
		unsigned char c = (unsigned char)typed[i];

		if (i == 60)
			return fsi_print(buffer, size, at, "...");
		at = fsi_print(buffer, size, at, "%c", c < 0x20 || c >= 0x7f ? '?' : c);
	}
	return at;
}

static const struct feature *find_canonical(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < ROWS; i++)
		if (lengths[i] == length && fsi_fold(features[i].name[0]) == fsi_fold(name[0]) &&
		    fsi_fold_compare(features[i].name, name) == 0)
			return &features[i];
	return NULL;
}

/* The first alias of that name, whatever its dialect; COUNT(aliases) when there is none. */
static size_t first_alias(const char *name)
{
	size_t low = 0, high = COUNT(aliases);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fsi_fold_compare(aliases[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < COUNT(aliases) && fsi_fold_compare(aliases[low].name, name) == 0 ? low : COUNT(aliases);
}

static bool same_name(size_t i, size_t first)
{
	return i < COUNT(aliases) && fsi_fold_compare(aliases[i].name, aliases[first].name) == 0;
}

/* What a name means: nothing (count 0), one feature, or several. */
enum { CHOICES = 8 };

struct meaning {
	unsigned count;
	featset_feature_t choice[CHOICES];
};

static void add_choice(struct meaning *meaning, featset_feature_t feature)
{
	for (unsigned i = 0; i < meaning->count; i++)
		if (meaning->choice[i] == feature)
			return;
	if (meaning->count < CHOICES)
		meaning->choice[meaning->count++] = feature;
}

/*
 * In one dialect: what it writes so, else what it reads so, else the canonical
 * name, which is never another dialect's name for something else.
 */
static struct meaning meaning_in(const char *name, featset_dialect_t dialect)
{
	const struct feature *canonical = find_canonical(name);
	size_t first = first_alias(name);
	struct meaning written = { 0 }, read = { 0 };

	if (canonical && (dialect == FEATSET_CANONICAL || canonical->dialects >> dialect & 1))
		add_choice(&written, canonical->number);
	for (size_t i = first; same_name(i, first); i++)
		if (aliases[i].dialect == dialect)
			add_choice(aliases[i].written ? &written : &read, aliases[i].number);
	if (written.count)
		return written;
	if (!read.count && canonical)
		add_choice(&read, canonical->number);
	return read;
}

static struct meaning meaning_of(const char *name, featset_dialect_t dialect)
{
	struct meaning meaning = { 0 };
	const struct feature *canonical;
	size_t first;

	if (dialect < FEATSET_DIALECTS)
		return meaning_in(name, dialect);
	canonical = find_canonical(name);
	if (canonical) {
		add_choice(&meaning, canonical->number);
		return meaning;
	}
	first = first_alias(name);
	for (size_t i = first; same_name(i, first); i++)
		add_choice(&meaning, aliases[i].number);
	return meaning;
}

static size_t print_place(char *buffer, size_t size, size_t at, featset_feature_t feature)
{
	return fsi_print(buffer, size, at, "%s[%u]", words[feature / 32].name, feature % 32);
}

/* One choice of an ambiguous name: "qemu:prefetchi (80000021.0.eax[20], amd_prefetchi)". */
static size_t print_choice(char *buffer, size_t size, size_t at, const char *name, featset_feature_t feature)
{
	size_t first = first_alias(name);
	const char *canonical = featset_feature_name(feature, FEATSET_CANONICAL);

	for (size_t i = first; same_name(i, first); i++) {
		struct meaning meaning = meaning_in(name, (featset_dialect_t)aliases[i].dialect);

		if (aliases[i].number != feature || meaning.count != 1 || meaning.choice[0] != feature)
			continue;
		at = fsi_print(buffer, size, at, "%s:%s (", dialect_names[aliases[i].dialect], name);
		at = print_place(buffer, size, at, feature);
		return fsi_print(buffer, size, at, ", %s)", canonical);
	}
	at = fsi_print(buffer, size, at, "%s (", canonical);
	at = print_place(buffer, size, at, feature);
	return fsi_print(buffer, size, at, ")");
}

static featset_status_t fail_ambiguous(const char *name, const struct meaning *meaning, featset_error_t *error)
{
	char text[sizeof error->text];
	size_t at = fsi_print(text, sizeof text, 0, "%s is ", name);

	for (unsigned i = 0; i < meaning->count; i++) {
		const char *joint = i == 0 ? "" : i + 1 == meaning->count ? " or " : ", ";

		at = fsi_print(text, sizeof text, at, "%s", joint);
		at = print_choice(text, sizeof text, at, name, meaning->choice[i]);
	}
	return fsi_fail(error, FEATSET_E_AMBIGUOUS, "%s", text);
}

static void keep_nearer(const char *typed, const char *name, unsigned *limit, const char **best)
{
	unsigned distance = fsi_distance(typed, name, *limit);

	if (distance > *limit || (*best && distance == *limit))
		return;
	*limit = distance;
	*best = name;
}

/* The known name nearest to a misspelt one, NULL when none is near; canonical names win ties. */
static const char *nearest(const char *typed, featset_dialect_t dialect)
{
	unsigned limit = fsi_distance_limit(typed);
	const char *best = NULL;

	for (size_t i = 0; i < ROWS; i++)
		keep_nearer(typed, features[i].name, &limit, &best);
	for (size_t i = 0; i < COUNT(aliases); i++)
		if (dialect >= FEATSET_DIALECTS || aliases[i].dialect == dialect)
			keep_nearer(typed, aliases[i].name, &limit, &best);
	return best;
}

static featset_status_t fail_unknown(const char *name, featset_dialect_t dialect, featset_error_t *error)
{
	const char *best;
	char typed[80];

	if (!error)
		return FEATSET_E_NAME;
	if (!name[0])
		return fsi_fail(error, FEATSET_E_NAME, "a feature's name is empty");
	print_typed(typed, sizeof typed, name);
	best = nearest(name, dialect);
	if (best)
		return fsi_fail(error, FEATSET_E_NAME, "no feature is called %s; did you mean %s?", typed, best);
	return fsi_fail(error, FEATSET_E_NAME, "no feature is called %s", typed);
}

/* A place, such as "7.0.ecx[15]"; `bracket` points at its '['. */
static featset_status_t find_place(featset_feature_t *feature, const char *name, const char *bracket,
				   featset_error_t *error)
{
	char word_name[24], typed[80];
	size_t length = (size_t)(bracket - name);
	unsigned word = FEATSET_WORDS, bit = 0;
	const char *p = bracket + 1;

	print_typed(typed, sizeof typed, name);
	if (length < sizeof word_name) {
		memcpy(word_name, name, length);
		word_name[length] = '\0';
		word = featset_word_find(word_name);
	}
	if (word == FEATSET_WORDS)
		return fsi_fail(error, FEATSET_E_NAME, "%s names no word of a set; one looks like 7.0.ebx[5]", typed);
	if (*p < '0' || *p > '9')
		bit = 32;
	for (; *p >= '0' && *p <= '9' && bit < 32; p++)
		bit = bit * 10 + (unsigned)(*p - '0');
	if (bit > 31 || p[0] != ']' || p[1])
		return fsi_fail(error, FEATSET_E_NAME, "in %s a bit from 0 to 31 and ']' are expected after '['",
				typed);
	if (!(words[word].flags >> bit & 1))
		return fsi_fail(error, FEATSET_E_NAME, "%s is part of a number, not a feature", typed);
	*feature = word * 32 + bit;
	return FEATSET_OK;
}

/* A prefix such as "qemu:" changes the dialect and moves the name on. */
static featset_status_t take_prefix(const char **name, featset_dialect_t *dialect, featset_error_t *error)
{
	const char *colon = strchr(*name, ':'), *best = NULL;
	char prefix[16] = "", typed[80];
	size_t length;
	unsigned limit;

	if (!colon)
		return FEATSET_OK;
	length = (size_t)(colon - *name);
	if (length < sizeof prefix) {
		memcpy(prefix, *name, length);
		prefix[length] = '\0';
		*dialect = featset_dialect_find(prefix);
	}
	if (length < sizeof prefix && *dialect != FEATSET_DIALECTS) {
		*name = colon + 1;
		return FEATSET_OK;
	}
	limit = fsi_distance_limit(prefix);
	for (size_t i = 0; i < FEATSET_DIALECTS; i++)
		keep_nearer(prefix, dialect_names[i], &limit, &best);
	print_typed(typed, sizeof typed, *name);
	if (best)
		return fsi_fail(error, FEATSET_E_NAME, "no dialect is called as in %s; did you mean %s?", typed, best);
	return fsi_fail(error, FEATSET_E_NAME, "no dialect is called as in %s", typed);
}

featset_status_t featset_feature_find(featset_feature_t *feature, const char *name, featset_dialect_t dialect,
				      featset_error_t *error)
{
	featset_status_t status;
	struct meaning meaning;
	const char *bracket;

	if (!feature || !name || (unsigned)dialect > FEATSET_ANY_DIALECT)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "a feature's name and a dialect are expected");
	status = take_prefix(&name, &dialect, error);
	if (status != FEATSET_OK)
		return status;
	bracket = strchr(name, '[');
	if (bracket)
		return find_place(feature, name, bracket, error);
	meaning = meaning_of(name, dialect);
	if (meaning.count == 0)
		return fail_unknown(name, dialect, error);
	if (meaning.count > 1)
		return fail_ambiguous(name, &meaning, error);
	*feature = meaning.choice[0];
	return FEATSET_OK;
}

static bool reads_back(const char *name, featset_feature_t feature, featset_dialect_t dialect)
{
	struct meaning meaning;

	if (!name)
		return false;
	meaning = meaning_of(name, dialect);
	return meaning.count == 1 && meaning.choice[0] == feature;
}

size_t featset_feature_spell(char *buffer, size_t size, featset_feature_t feature, featset_dialect_t dialect)
{
	const char *name = featset_feature_name(feature, dialect);

	if (!reads_back(name, feature, dialect))
		name = featset_feature_name(feature, FEATSET_CANONICAL);
	if (reads_back(name, feature, dialect))
		return fsi_print(buffer, size, 0, "%s", name);
	if (feature < FEATSET_BITS)
		return print_place(buffer, size, 0, feature);
	return fsi_print(buffer, size, 0, "?");
}

/* ---- names of the enumerations ------------------------------------------- */

const char *featset_dialect_name(featset_dialect_t dialect)
{
	return dialect < FEATSET_DIALECTS ? dialect_names[dialect] : NULL;
}

featset_dialect_t featset_dialect_find(const char *name)
{
	unsigned i;

	for (i = 0; i < FEATSET_DIALECTS; i++)
		if (fsi_fold_compare(dialect_names[i], name) == 0)
			break;
	return (featset_dialect_t)i;
}

const char *featset_class_name(featset_class_t klass)
{
	return klass < COUNT(class_names) ? class_names[klass] : NULL;
}

const char *featset_merge_name(featset_merge_t merge)
{
	return merge < COUNT(merge_names) ? merge_names[merge] : NULL;
}

const char *featset_scope_name(featset_scope_t scope)
{
	return scope < COUNT(scope_names) ? scope_names[scope] : NULL;
}

/* ---- words --------------------------------------------------------------- */

const char *featset_word_name(unsigned word)
{
	return word < FEATSET_WORDS ? words[word].name : NULL;
}

unsigned featset_word_find(const char *name)
{
	unsigned word;

	for (word = 0; word < FEATSET_WORDS; word++)
		if (fsi_fold_compare(words[word].name, name) == 0)
			break;
	return word;
}

unsigned featset_word_at(featset_source_t source, uint32_t index, uint32_t subleaf, featset_register_t reg)
{
	unsigned word;

	if (source != FEATSET_SOURCE_CPUID && source != FEATSET_SOURCE_MSR)
		return FEATSET_WORDS;
	for (word = 0; word < FEATSET_WORDS; word++)
		if (words[word].index == index && words[word].subleaf == subleaf && words[word].reg == reg &&
		    words[word].source == source)
			break;
	return word;
}

featset_source_t featset_word_source(unsigned word)
{
	return word < FEATSET_WORDS ? (featset_source_t)words[word].source : FEATSET_SOURCE_FREE;
}

uint32_t featset_word_index(unsigned word)
{
	return word < FEATSET_WORDS ? words[word].index : 0;
}

uint32_t featset_word_subleaf(unsigned word)
{
	return word < FEATSET_WORDS ? words[word].subleaf : 0;
}

featset_register_t featset_word_register(unsigned word)
{
	return word < FEATSET_WORDS ? (featset_register_t)words[word].reg : FEATSET_EAX;
}

uint32_t featset_word_flags(unsigned word)
{
	return word < FEATSET_WORDS ? words[word].flags : 0;
}
