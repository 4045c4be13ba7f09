/* SPDX-License-Identifier: MIT */
/*
 * uarch_catalog.c - a user's own rows, read from text in the syntax of uarchs.def.
 *
 * Everything that the rows hold lies in a few arrays of the catalog: rows, parts,
 * lists of features, text.  They are as large as the input could need before the
 * first row is read, so pointers into them hold, and nothing is freed one by one.
 */

#include "featset/uarch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error_internal.h"
#include "featset/depend.h"
#include "uarch_internal.h"

#define MAX_SIZE ((size_t)4 << 20)
#define MAX_FEATURES 65536 /* in all lists together */
#define MAX_PARTS 16384
#define MAX_WORD 128 /* longest name or title */
#define MAX_MACROS 64

struct featset_catalog {
	struct featset_baseline *rows;
	size_t row_count;
	uint16_t *features;
	size_t feature_count;
	struct fsi_part *parts;
	size_t part_count;
	char *text;
	size_t text_size, text_used;
};

size_t fsi_catalog_own(const featset_catalog_t *catalog, const featset_baseline_t **rows)
{
	*rows = catalog ? catalog->rows : NULL;
	return catalog ? catalog->row_count : 0;
}

void featset_catalog_free(featset_catalog_t *catalog)
{
	if (!catalog)
		return;
	free(catalog->rows);
	free(catalog->features);
	free(catalog->parts);
	free(catalog->text);
	free(catalog);
}

/* ---- tokens -------------------------------------------------------------------- */

enum token {
	TOKEN_END,
	TOKEN_WORD,   /* letters, digits, '_' and what names have besides */
	TOKEN_STRING, /* between quotes */
	TOKEN_MARK    /* '(' ')' ',' */
};

/* A #define: a list of features under a name. */
struct macro {
	char name[MAX_WORD];
	size_t first, count; /* in the catalog's features */
};

struct place {
	unsigned line, column;
};

struct reader {
	featset_catalog_t *catalog;
	struct place *places; /* of the catalog's features, where their lists name them */
	const char *at, *end, *line_start;
	unsigned line;
	bool directive; /* inside a line that began with '#': its end is the text's */
	enum token token;
	char word[MAX_WORD];
	unsigned token_line, token_column;
	struct macro *macros;
	size_t macro_count;
	const char *file;
	featset_error_t *error;
};

#define FAIL(r, code, ...) fsi_fail_at((r)->error, code, (r)->file, (r)->token_line, (r)->token_column, __VA_ARGS__)

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
	       c == ':' || c == '-' || c == '+';
}

static void step(struct reader *r)
{
	if (*r->at++ == '\n') {
		r->line++;
		r->line_start = r->at;
	}
}

static void place(struct reader *r)
{
	r->token_line = r->line;
	r->token_column = (unsigned)(r->at - r->line_start) + 1;
}

static bool starts(const struct reader *r, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(r->end - r->at) >= length && memcmp(r->at, text, length) == 0;
}

/* Past blanks, comments and continued lines; a directive ends with its line. */
static featset_status_t skip(struct reader *r)
{
	while (r->at < r->end) {
		if (starts(r, "\\\n") || starts(r, "\\\r\n")) {
			while (*r->at != '\n')
				step(r);
			step(r);
		} else if (starts(r, "/*")) {
			place(r);
			r->at += 2;
			while (r->at < r->end && !starts(r, "*/"))
				step(r);
			if (r->at == r->end)
				return FAIL(r, FEATSET_E_SYNTAX, "this comment has no end");
			r->at += 2;
		} else if (starts(r, "//")) {
			while (r->at < r->end && *r->at != '\n')
				r->at++;
		} else if (*r->at == '\n' && r->directive) {
			break;
		} else if (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == '\n') {
			step(r);
		} else {
			break;
		}
	}
	return FEATSET_OK;
}

static featset_status_t keep_word(struct reader *r, const char *from, size_t length)
{
	if (length >= MAX_WORD)
		return FAIL(r, FEATSET_E_SYNTAX, "no name is that long");
	memcpy(r->word, from, length);
	r->word[length] = '\0';
	return FEATSET_OK;
}

static featset_status_t next_string(struct reader *r)
{
	const char *from = ++r->at;

	while (r->at < r->end && *r->at != '"' && (unsigned char)*r->at >= ' ' && *r->at != '\\' && *r->at != 0x7f)
		r->at++;
	if (r->at == r->end || *r->at == '\n' || *r->at == '\r')
		return FAIL(r, FEATSET_E_SYNTAX, "this string has no closing quote");
	if (*r->at != '"')
		return FAIL(r, FEATSET_E_SYNTAX, "this string has a character that names cannot have");
	r->token = TOKEN_STRING;
	return keep_word(r, from, (size_t)(r->at++ - from));
}

static featset_status_t next(struct reader *r)
{
	featset_status_t status = skip(r);
	const char *from = r->at;

	if (status != FEATSET_OK)
		return status;
	place(r);
	r->word[0] = '\0';
	r->token = TOKEN_END;
	if (r->at == r->end || (r->directive && *r->at == '\n'))
		return FEATSET_OK;
	if (*r->at == '"')
		return next_string(r);
	if (*r->at == '(' || *r->at == ')' || *r->at == ',' || *r->at == '#') {
		r->token = TOKEN_MARK;
		return keep_word(r, r->at++, 1);
	}
	while (r->at < r->end && is_word(*r->at))
		r->at++;
	if (r->at == from)
		return FAIL(r, FEATSET_E_SYNTAX, "a character that no row has");
	r->token = TOKEN_WORD;
	return keep_word(r, from, (size_t)(r->at - from));
}

static bool is_mark(const struct reader *r, char mark)
{
	return r->token == TOKEN_MARK && r->word[0] == mark;
}

static featset_status_t expect_mark(struct reader *r, char mark)
{
	if (is_mark(r, mark))
		return next(r);
	if (r->token == TOKEN_END)
		return FAIL(r, FEATSET_E_SYNTAX, "'%c' expected before the end", mark);
	return FAIL(r, FEATSET_E_SYNTAX, "'%c' expected before '%s'", mark, r->word);
}

static featset_status_t expect(struct reader *r, enum token token, const char *what)
{
	if (r->token == token)
		return FEATSET_OK;
	if (r->token == TOKEN_END)
		return FAIL(r, FEATSET_E_SYNTAX, "%s expected before the end", what);
	return FAIL(r, FEATSET_E_SYNTAX, "%s expected, not '%s'", what, r->word);
}

/* ---- pieces of a row -------------------------------------------------------------- */

/* Stores the current word for good. */
static const char *store(struct reader *r)
{
	featset_catalog_t *c = r->catalog;
	size_t length = strlen(r->word) + 1;
	char *stored = c->text + c->text_used;

	/* The text is as large as the input and two bytes a row, and no word is stored twice. */
	memcpy(stored, r->word, length);
	c->text_used += length;
	return stored;
}

static featset_status_t read_text(struct reader *r, const char **text, const char *what)
{
	featset_status_t status = expect(r, TOKEN_STRING, what);

	if (status != FEATSET_OK)
		return status;
	if (!r->word[0])
		return FAIL(r, FEATSET_E_SYNTAX, "%s is empty", what);
	*text = store(r);
	return next(r);
}

/* A number, decimal or hexadecimal, from least to most. */
static featset_status_t read_number(struct reader *r, unsigned least, unsigned most, const char *what, unsigned *number)
{
	featset_status_t status = expect(r, TOKEN_WORD, what);
	unsigned long value;
	char *end;

	if (status != FEATSET_OK)
		return status;
	if (r->word[0] < '0' || r->word[0] > '9')
		return FAIL(r, FEATSET_E_SYNTAX, "%s expected, not '%s'", what, r->word);
	value = strtoul(r->word, &end, r->word[1] == 'x' || r->word[1] == 'X' ? 16 : 10);
	if (*end)
		return FAIL(r, FEATSET_E_SYNTAX, "'%s' is no number", r->word);
	if (value < least || value > most)
		return FAIL(r, FEATSET_E_SYNTAX, "%s is from %u to %u, not '%s'", what, least, most, r->word);
	*number = (unsigned)value;
	return next(r);
}

/* The ids of features, which are names but for a prefix where C wants a letter first. */
static featset_status_t find_feature(struct reader *r, featset_feature_t *feature)
{
	featset_error_t told = { 0 };
	featset_status_t status = FEATSET_E_NAME;

	if (!strncmp(r->word, "AMD_3", 5))
		status = featset_feature_find(feature, r->word + 4, FEATSET_CANONICAL, NULL);
	if (status != FEATSET_OK)
		status = featset_feature_find(feature, r->word, FEATSET_CANONICAL, NULL);
	if (status != FEATSET_OK)
		status = featset_feature_find(feature, r->word, FEATSET_ANY_DIALECT, &told);
	return status == FEATSET_OK ? status : FAIL(r, status, "%s", told.text);
}

static featset_status_t add_feature(struct reader *r, featset_feature_t feature)
{
	featset_catalog_t *c = r->catalog;

	if (c->feature_count == MAX_FEATURES)
		return FAIL(r, FEATSET_E_LIMIT, "more than %d features in all rows", MAX_FEATURES);
	r->places[c->feature_count] = (struct place){ r->token_line, r->token_column };
	c->features[c->feature_count++] = (uint16_t)feature;
	return FEATSET_OK;
}

static const struct macro *find_macro(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->macro_count; i++) {
		if (!strcmp(r->macros[i].name, name))
			return &r->macros[i];
	}
	return NULL;
}

/* One entry of a list: NONE, the name of a #define, or a feature. */
static featset_status_t read_entry(struct reader *r)
{
	const struct macro *macro = find_macro(r, r->word);
	featset_status_t status = FEATSET_OK;
	featset_feature_t feature;

	if (r->token != TOKEN_WORD && r->token != TOKEN_STRING)
		return expect(r, TOKEN_WORD, "a feature");
	if (macro) {
		for (size_t i = 0; i < macro->count && status == FEATSET_OK; i++)
			status = add_feature(r, r->catalog->features[macro->first + i]);
	} else if (strcmp(r->word, "NONE") != 0) {
		status = find_feature(r, &feature);
		if (status == FEATSET_OK)
			status = add_feature(r, feature);
	}
	return status == FEATSET_OK ? next(r) : status;
}

static featset_status_t read_entries(struct reader *r)
{
	featset_status_t status = read_entry(r);

	while (status == FEATSET_OK && is_mark(r, ',')) {
		status = next(r);
		if (status == FEATSET_OK)
			status = read_entry(r);
	}
	return status;
}

/* KEYWORD(entry, ...) */
static featset_status_t read_list(struct reader *r, const char *keyword, const uint16_t **list)
{
	size_t first = r->catalog->feature_count;
	featset_status_t status;

	if (r->token != TOKEN_WORD || strcmp(r->word, keyword) != 0)
		return FAIL(r, FEATSET_E_SYNTAX, "%s(...) expected here", keyword);
	status = next(r);
	if (status == FEATSET_OK)
		status = expect_mark(r, '(');
	if (status == FEATSET_OK)
		status = read_entries(r);
	if (status == FEATSET_OK)
		status = add_feature(r, FSI_END);
	if (status == FEATSET_OK)
		status = expect_mark(r, ')');
	*list = r->catalog->features + first;
	return status;
}

static featset_status_t add_part(struct reader *r, unsigned family, const unsigned range[4])
{
	featset_catalog_t *c = r->catalog;
	struct fsi_part *part;

	if (c->part_count == MAX_PARTS)
		return FAIL(r, FEATSET_E_LIMIT, "more than %d parts in all rows", MAX_PARTS);
	part = &c->parts[c->part_count++];
	part->family = family == UINT32_MAX ? -1 : (int16_t)family;
	part->model_first = (uint8_t)range[0];
	part->model_last = (uint8_t)range[1];
	part->stepping_first = (uint8_t)range[2];
	part->stepping_last = (uint8_t)range[3];
	return FEATSET_OK;
}

/* ", number" */
static featset_status_t read_more(struct reader *r, unsigned least, unsigned most, const char *what, unsigned *number)
{
	featset_status_t status = expect_mark(r, ',');

	return status == FEATSET_OK ? read_number(r, least, most, what, number) : status;
}

/* P(family, model), R(family, first, last) or S(family, model, first, last) */
static featset_status_t read_part(struct reader *r)
{
	char kind = r->token == TOKEN_WORD && !r->word[1] ? r->word[0] : '\0';
	unsigned family = 0, range[4] = { 0, 0, 0, 15 };
	featset_status_t status;

	if (kind != 'P' && kind != 'R' && kind != 'S')
		return FAIL(r, FEATSET_E_SYNTAX, "P(family, model), R(...), S(...) or NONE expected here");
	status = next(r);
	if (status == FEATSET_OK)
		status = expect_mark(r, '(');
	if (status == FEATSET_OK)
		status = read_number(r, 0, 270, "a family", &family);
	if (status == FEATSET_OK)
		status = read_more(r, 0, 255, "a model", &range[0]);
	range[1] = range[0];
	if (status == FEATSET_OK && kind == 'R')
		status = read_more(r, range[0], 255, "the last model", &range[1]);
	if (status == FEATSET_OK && kind == 'S')
		status = read_more(r, 0, 15, "a stepping", &range[2]);
	if (status == FEATSET_OK && kind == 'S')
		status = read_more(r, range[2], 15, "the last stepping", &range[3]);
	if (status == FEATSET_OK)
		status = add_part(r, family, range);
	return status == FEATSET_OK ? expect_mark(r, ')') : status;
}

/* PARTS(part, ...) or PARTS(NONE) */
static featset_status_t read_parts(struct reader *r, const struct fsi_part **parts)
{
	static const unsigned nothing[4];
	size_t first = r->catalog->part_count;
	featset_status_t status;

	*parts = r->catalog->parts + first;
	if (r->token != TOKEN_WORD || strcmp(r->word, "PARTS") != 0)
		return FAIL(r, FEATSET_E_SYNTAX, "PARTS(...) expected here");
	status = next(r);
	if (status == FEATSET_OK)
		status = expect_mark(r, '(');
	if (status == FEATSET_OK && r->token == TOKEN_WORD && !strcmp(r->word, "NONE")) {
		status = next(r);
	} else if (status == FEATSET_OK) {
		status = read_part(r);
		while (status == FEATSET_OK && is_mark(r, ',')) {
			status = next(r);
			if (status == FEATSET_OK)
				status = read_part(r);
		}
	}
	if (status == FEATSET_OK)
		status = add_part(r, UINT32_MAX, nothing);
	return status == FEATSET_OK ? expect_mark(r, ')') : status;
}

/* ---- rows --------------------------------------------------------------------------- */

static const featset_baseline_t *find_id(const struct reader *r, const char *id)
{
	for (size_t i = 0; i < r->catalog->row_count; i++) {
		if (!fsi_fold_compare(r->catalog->rows[i].id, id))
			return &r->catalog->rows[i];
	}
	return fsi_baseline_by_id(id);
}

static featset_status_t read_id(struct reader *r, const char **id)
{
	featset_status_t status = expect(r, TOKEN_WORD, "an id");

	if (status != FEATSET_OK)
		return status;
	if (find_id(r, r->word) || !strcmp(r->word, "NONE"))
		return FAIL(r, FEATSET_E_NAME, "the id '%s' is taken", r->word);
	*id = store(r);
	return next(r);
}

/* A name that no baseline has yet. */
static featset_status_t read_name(struct reader *r, const char **name)
{
	featset_status_t status = expect(r, TOKEN_STRING, "a name in quotes");
	const featset_baseline_t *taken;

	if (status != FEATSET_OK)
		return status;
	for (size_t i = 0; (taken = featset_catalog_at(r->catalog, i)); i++) {
		if (fsi_same_baseline_name(taken->name, r->word))
			return FAIL(r, FEATSET_E_NAME, "the name '%s' is taken by '%s'", r->word, taken->name);
	}
	return read_text(r, name, "a name in quotes");
}

static featset_status_t read_vendor(struct reader *r, enum fsi_vendor *vendor)
{
	static const char *const names[FSI_VENDORS] = {
		[FSI_VENDOR_GENERIC] = "GENERIC", [FSI_VENDOR_INTEL] = "INTEL", [FSI_VENDOR_AMD] = "AMD",
		[FSI_VENDOR_HYGON] = "HYGON",     [FSI_VENDOR_VIA] = "VIA",     [FSI_VENDOR_ZHAOXIN] = "ZHAOXIN",
	};
	featset_status_t status = expect(r, TOKEN_WORD, "a vendor");

	if (status != FEATSET_OK)
		return status;
	for (int i = 0; i < FSI_VENDORS; i++) {
		if (!strcmp(r->word, names[i])) {
			*vendor = (enum fsi_vendor)i;
			return next(r);
		}
	}
	return FAIL(r, FEATSET_E_NAME, "'%s' is no vendor; they are INTEL, AMD, HYGON, VIA, ZHAOXIN and GENERIC",
		    r->word);
}

static featset_status_t read_parent(struct reader *r, const featset_baseline_t **parent)
{
	featset_status_t status = expect(r, TOKEN_WORD, "the id of a parent, or NONE");
	featset_error_t told = { 0 };

	if (status != FEATSET_OK)
		return status;
	*parent = NULL;
	if (strcmp(r->word, "NONE") != 0) {
		*parent = find_id(r, r->word);
		if (!*parent)
			*parent = featset_catalog_find(r->catalog, r->word, &told);
		if (!*parent)
			return FAIL(r, told.code, "no row above has this parent's id: %s", told.text);
	}
	return next(r);
}

/* ", " before each further piece. */
#define COMMA(r, status, call)                                                                                         \
	do {                                                                                                           \
		if ((status) == FEATSET_OK)                                                                            \
			(status) = expect_mark(r, ',');                                                                \
		if ((status) == FEATSET_OK)                                                                            \
			(status) = call;                                                                               \
	} while (0)

static featset_status_t read_uarch(struct reader *r, struct featset_baseline *row)
{
	featset_status_t status = FEATSET_OK;
	unsigned year = 0;

	row->kind = FEATSET_KIND_UARCH;
	COMMA(r, status, read_vendor(r, &row->vendor));
	COMMA(r, status, read_number(r, 1978, 2100, "a year", &year));
	COMMA(r, status, read_parent(r, &row->parent));
	COMMA(r, status, read_parts(r, &row->parts));
	COMMA(r, status, read_list(r, "ADDS", &row->adds));
	COMMA(r, status, read_list(r, "DROPS", &row->drops));
	COMMA(r, status, read_list(r, "FUSED", &row->fused));
	COMMA(r, status, read_list(r, "SWITCHABLE", &row->switchable));
	row->year = (uint16_t)year;
	return status;
}

static featset_status_t read_psabi(struct reader *r, struct featset_baseline *row)
{
	static const uint16_t empty[] = { FSI_END };
	featset_status_t status = FEATSET_OK;
	unsigned year = 0;

	row->kind = FEATSET_KIND_PSABI;
	row->drops = row->fused = row->switchable = empty;
	COMMA(r, status, read_number(r, 1978, 2100, "a year", &year));
	COMMA(r, status, read_parent(r, &row->parent));
	COMMA(r, status, read_list(r, "ADDS", &row->adds));
	row->year = (uint16_t)year;
	return status;
}

/* ---- what a row says must be so ------------------------------------------------------------ */

/* What a row starts from and what it makes of that. */
struct change {
	const struct featset_baseline *row;
	struct place start;
	featset_t before, before_switchable, own, own_switchable;
};

/* Where a list names a feature; the row's start where it does not. */
static struct place place_of(const struct reader *r, const struct change *change, const uint16_t *list,
			     featset_feature_t feature)
{
	for (; *list != FSI_END; list++) {
		if (*list == feature)
			return r->places[list - r->catalog->features];
	}
	return change->start;
}

/* A sentence with a feature and the row or its parent. */
static featset_status_t deny(struct reader *r, struct place place, featset_feature_t feature, const char *says,
			     const char *whose)
{
	char name[MAX_WORD];

	featset_feature_spell(name, sizeof(name), feature, FEATSET_CANONICAL);
	return fsi_fail_at(r->error, FEATSET_E_SYNTAX, r->file, place.line, place.column, "%s %s%s", name, says, whose);
}

static bool lists(const uint16_t *list, featset_feature_t feature)
{
	for (; *list != FSI_END; list++) {
		if (*list == feature)
			return true;
	}
	return false;
}

static featset_status_t check_drops(struct reader *r, const struct change *change)
{
	const struct featset_baseline *row = change->row;

	for (const uint16_t *f = row->drops; *f != FSI_END; f++) {
		struct place place = place_of(r, change, row->drops, *f);

		if (lists(row->adds, *f))
			return deny(r, place, *f, "is among ADDS and DROPS at once", "");
		if (!row->parent)
			return deny(r, place, *f, "cannot be dropped where there is no parent", "");
		if (!featset_has(&change->before, *f) && !featset_has(&change->before_switchable, *f))
			return deny(r, place, *f, "cannot be dropped: it is not in the parent, ", row->parent->name);
	}
	return FEATSET_OK;
}

static featset_status_t check_adds(struct reader *r, const struct change *change)
{
	const struct featset_baseline *row = change->row;

	for (const uint16_t *f = row->adds; *f != FSI_END; f++) {
		if (featset_has(&change->before, *f))
			return deny(r, place_of(r, change, row->adds, *f), *f,
				    "need not be added: it is in the parent, ", row->parent->name);
	}
	return FEATSET_OK;
}

static featset_status_t check_fused(struct reader *r, const struct change *change)
{
	const struct featset_baseline *row = change->row;

	for (const uint16_t *f = row->fused; *f != FSI_END; f++) {
		if (!featset_has(&change->own, *f) && !featset_has(&change->own_switchable, *f))
			return deny(r, place_of(r, change, row->fused, *f), *f, "cannot be fused off: it is not in ",
				    row->name);
	}
	return FEATSET_OK;
}

/* What a set has without its prerequisites; what mirrors the operating system, such as APIC, is in no row. */
static void find_loose(featset_t *loose, featset_t *known, const featset_t *set)
{
	featset_t dynamic;

	memset(known, 0xff, sizeof(*known));
	featset_of_class(&dynamic, FEATSET_CLASS_DYNAMIC);
	featset_minus(known, known, &dynamic);
	featset_prune(loose, set, known, FEATSET_EDGES_ALL);
	featset_minus(loose, set, loose);
}

static featset_status_t check_prerequisites(struct reader *r, const struct change *change)
{
	const struct featset_baseline *row = change->row;
	char name[MAX_WORD], missing_name[MAX_WORD];
	featset_t loose, inherited, known;
	featset_feature_t feature, missing;
	struct place place;

	find_loose(&inherited, &known, &change->before);
	find_loose(&loose, &known, &change->own);
	featset_minus(&loose, &loose, &inherited); /* a parent's mistake is not the row's */
	feature = featset_next(&loose, 0);
	if (feature >= FEATSET_BITS)
		return FEATSET_OK;
	for (const uint16_t *f = row->adds; *f != FSI_END; f++) {
		if (featset_has(&loose, *f)) {
			feature = *f;
			break;
		}
	}
	missing = featset_explain(feature, &change->own, &known, FEATSET_EDGES_ALL);
	place = place_of(r, change, lists(row->adds, feature) ? row->adds : row->drops,
			 lists(row->adds, feature) ? feature : missing);
	featset_feature_spell(name, sizeof(name), feature, FEATSET_CANONICAL);
	featset_feature_spell(missing_name, sizeof(missing_name), missing, FEATSET_CANONICAL);
	return fsi_fail_at(r->error, FEATSET_E_SYNTAX, r->file, place.line, place.column,
			   "%s needs %s, which %s has not", name, missing_name, row->name);
}

static featset_status_t check_row(struct reader *r, const struct featset_baseline *row, struct place start)
{
	struct change change = { .row = row, .start = start };
	featset_status_t status;

	if (row->parent) {
		featset_baseline_features(&change.before, row->parent);
		featset_baseline_switchable(&change.before_switchable, row->parent);
	}
	featset_baseline_features(&change.own, row);
	featset_baseline_switchable(&change.own_switchable, row);
	status = check_drops(r, &change);
	if (status == FEATSET_OK)
		status = check_adds(r, &change);
	if (status == FEATSET_OK)
		status = check_fused(r, &change);
	return status == FEATSET_OK ? check_prerequisites(r, &change) : status;
}

/* After UARCH or PSABI. */
static featset_status_t read_row(struct reader *r, bool psabi)
{
	featset_catalog_t *c = r->catalog;
	struct featset_baseline row = { .vendor = FSI_VENDOR_GENERIC };
	struct place start = { r->token_line, r->token_column };
	featset_status_t status;

	if (c->row_count == FSI_OWN_ROWS)
		return FAIL(r, FEATSET_E_LIMIT, "more than %d rows", FSI_OWN_ROWS);
	status = next(r);
	if (status == FEATSET_OK)
		status = expect_mark(r, '(');
	if (status == FEATSET_OK)
		status = read_id(r, &row.id);
	COMMA(r, status, read_name(r, &row.name));
	COMMA(r, status, read_text(r, &row.title, "a title in quotes"));
	if (status == FEATSET_OK)
		status = psabi ? read_psabi(r, &row) : read_uarch(r, &row);
	if (status == FEATSET_OK)
		status = expect_mark(r, ')');
	if (status == FEATSET_OK)
		status = check_row(r, &row, start);
	if (status == FEATSET_OK)
		c->rows[c->row_count++] = row;
	return status;
}

/* PRELIMINARY(id, "source") */
static featset_status_t read_preliminary(struct reader *r)
{
	struct featset_baseline *row = NULL;
	featset_status_t status = next(r);

	if (status == FEATSET_OK)
		status = expect_mark(r, '(');
	for (size_t i = 0; i < r->catalog->row_count; i++) {
		if (!strcmp(r->catalog->rows[i].id, r->word))
			row = &r->catalog->rows[i];
	}
	if (status == FEATSET_OK && !row)
		return FAIL(r, FEATSET_E_NAME, "no row above has the id '%s'", r->word);
	if (status == FEATSET_OK)
		status = next(r);
	COMMA(r, status, read_text(r, &row->preliminary, "a source in quotes"));
	return status == FEATSET_OK ? expect_mark(r, ')') : status;
}

/* #define NAME feature, ...; after its '#' */
static featset_status_t read_define(struct reader *r)
{
	struct macro *macro = &r->macros[r->macro_count];
	featset_feature_t feature;
	featset_status_t status;

	if (r->macro_count == MAX_MACROS)
		return FAIL(r, FEATSET_E_LIMIT, "more than %d #defines", MAX_MACROS);
	status = next(r);
	if (status == FEATSET_OK)
		status = expect(r, TOKEN_WORD, "the name of a list");
	if (status != FEATSET_OK)
		return status;
	if (find_macro(r, r->word) || featset_feature_find(&feature, r->word, FEATSET_CANONICAL, NULL) == FEATSET_OK)
		return FAIL(r, FEATSET_E_NAME, "the name '%s' is taken", r->word);
	memcpy(macro->name, r->word, sizeof(macro->name));
	macro->first = r->catalog->feature_count;
	status = next(r);
	if (status == FEATSET_OK)
		status = read_entries(r);
	if (status != FEATSET_OK)
		return status;
	macro->count = r->catalog->feature_count - macro->first;
	r->macro_count++;
	return r->token == TOKEN_END ? FEATSET_OK : expect(r, TOKEN_END, "',' or the end of the line");
}

static featset_status_t read_directive(struct reader *r)
{
	featset_status_t status;

	r->directive = true;
	status = next(r);
	if (status == FEATSET_OK && (r->token != TOKEN_WORD || strcmp(r->word, "define") != 0))
		return FAIL(r, FEATSET_E_SYNTAX, "of lines with '#' a catalog has only #define");
	if (status == FEATSET_OK)
		status = read_define(r);
	r->directive = false;
	return status == FEATSET_OK ? next(r) : status;
}

static featset_status_t read_rows(struct reader *r)
{
	featset_status_t status = next(r);

	while (status == FEATSET_OK && r->token != TOKEN_END) {
		if (is_mark(r, '#'))
			status = read_directive(r);
		else if (r->token == TOKEN_WORD && !strcmp(r->word, "UARCH"))
			status = read_row(r, false);
		else if (r->token == TOKEN_WORD && !strcmp(r->word, "PSABI"))
			status = read_row(r, true);
		else if (r->token == TOKEN_WORD && !strcmp(r->word, "PRELIMINARY"))
			status = read_preliminary(r);
		else
			status = FAIL(r, FEATSET_E_SYNTAX,
				      "a row expected: UARCH(...), PSABI(...), PRELIMINARY(...) or #define, not '%s'",
				      r->word);
	}
	return status;
}

/* ---- the whole ----------------------------------------------------------------------- */

static featset_catalog_t *new_catalog(size_t size)
{
	featset_catalog_t *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->rows = calloc(FSI_OWN_ROWS, sizeof(*c->rows));
	c->features = calloc(MAX_FEATURES, sizeof(*c->features));
	c->parts = calloc(MAX_PARTS, sizeof(*c->parts));
	c->text_size = size + 1;
	c->text = malloc(c->text_size);
	if (c->rows && c->features && c->parts && c->text)
		return c;
	featset_catalog_free(c);
	return NULL;
}

featset_status_t featset_catalog_read(featset_catalog_t **catalog, const void *data, size_t size, const char *file,
				      featset_error_t *error)
{
	struct reader r = { .at = data, .line_start = data, .line = 1, .file = file, .error = error };
	featset_status_t status;

	if (!catalog || (!data && size))
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_catalog_read needs a catalog and data");
	*catalog = NULL;
	if (size > MAX_SIZE)
		return fsi_fail_at(error, FEATSET_E_LIMIT, file, 0, 0, "larger than the limit of %zu bytes", MAX_SIZE);
	r.end = size ? r.at + size : r.at;
	r.catalog = new_catalog(size);
	r.macros = calloc(MAX_MACROS + 1, sizeof(*r.macros));
	r.places = calloc(MAX_FEATURES, sizeof(*r.places));
	status = r.catalog && r.macros && r.places ? read_rows(&r) : fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	free(r.macros);
	free(r.places);
	if (status == FEATSET_OK)
		*catalog = r.catalog;
	else
		featset_catalog_free(r.catalog);
	return status;
}

featset_status_t featset_catalog_read_file(featset_catalog_t **catalog, const char *path, featset_error_t *error)
{
	featset_status_t status;
	FILE *stream;
	char *data;
	size_t size;

	if (!catalog || !path)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_catalog_read_file needs a catalog and a path");
	*catalog = NULL;
	stream = fopen(path, "rb");
	if (!stream)
		return fsi_fail_at(error, FEATSET_E_IO, path, 0, 0, "cannot be opened");
	data = malloc(MAX_SIZE + 1);
	size = data ? fread(data, 1, MAX_SIZE + 1, stream) : 0;
	if (!data)
		status = fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	else if (ferror(stream))
		status = fsi_fail_at(error, FEATSET_E_IO, path, 0, 0, "cannot be read");
	else
		status = featset_catalog_read(catalog, data, size, path, error);
	free(data);
	fclose(stream);
	return status;
}
