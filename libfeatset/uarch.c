/* SPDX-License-Identifier: MIT */
/*
 * uarch.c - the catalog of baselines, identification, the nearest baseline.
 *
 * A row is worked out into sets by walking its parents on each call: nothing is
 * kept, and a few dozen steps are cheap beside what the answers are used for.
 */

#include "featset/uarch.h"

#include <string.h>

#include "error_internal.h"

#define END 0xffff /* ends a list of features */

/* The features by their bare ids, as the rows spell them. */
enum {
	NONE = END,
#undef FEATURE
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) id = FEATSET_##id,
#include "featset/features.def"
#undef FEATURE
};

enum vendor {
	VENDOR_GENERIC,
	VENDOR_INTEL,
	VENDOR_AMD,
	VENDOR_HYGON,
	VENDOR_VIA,
	VENDOR_ZHAOXIN
};

/* CPUID's strings; Zhaoxin's parts say either of two. */
static const char *const vendor_strings[][2] = {
	[VENDOR_GENERIC] = { "", "" },
	[VENDOR_INTEL] = { "GenuineIntel", "GenuineIntel" },
	[VENDOR_AMD] = { "AuthenticAMD", "AuthenticAMD" },
	[VENDOR_HYGON] = { "HygonGenuine", "HygonGenuine" },
	[VENDOR_VIA] = { "CentaurHauls", "CentaurHauls" },
	[VENDOR_ZHAOXIN] = { "CentaurHauls", "  Shanghai  " },
};

/* Parts by family, range of models, range of steppings. */
struct part {
	int16_t family; /* -1 ends a list */
	uint8_t model_first, model_last, stepping_first, stepping_last;
};

struct featset_baseline {
	const char *name;
	const char *title;
	featset_kind_t kind;
	enum vendor vendor;
	uint16_t year;
	int16_t parent; /* -1 at a root */
	const struct part *parts;
	const uint16_t *adds, *drops, *fused, *switchable;
};

/* ---- the rows ---------------------------------------------------------------- */

#define P(family, model)	      { family, model, model, 0, 15 }
#define R(family, first, last)	      { family, first, last, 0, 15 }
#define S(family, model, first, last) { family, model, model, first, last }
#define LIST(...)		      (const uint16_t[]) { __VA_ARGS__, END }
#define PARTS(...)		      (const struct part[]) { __VA_ARGS__, { -1, 0, 0, 0, 0 } }
#define ADDS(...)		      LIST(__VA_ARGS__)
#define DROPS(...)		      LIST(__VA_ARGS__)
#define FUSED(...)		      LIST(__VA_ARGS__)
#define SWITCHABLE(...)		      LIST(__VA_ARGS__)

enum {
	ROW_NONE = -1,
#define UARCH(id, name, title, vendor, year, parent, ...) ROW_##id,
#define PSABI(id, name, title, year, parent, ...)	  ROW_##id,
#include "featset/uarchs.def"
#undef UARCH
#undef PSABI
	ROWS
};

#define UARCH(id, name, title, vendor, year, parent, ...)                                                              \
	_Static_assert(ROW_##parent < ROW_##id, name ": the parent must stand further up");
#define PSABI(id, name, title, year, parent, ...) UARCH(id, name, title, GENERIC, year, parent, NONE)
#include "featset/uarchs.def"
#undef UARCH
#undef PSABI

static const struct featset_baseline rows[ROWS] = {
#define UARCH(id, name, title, vendor, year, parent, parts, adds, drops, fused, switchable)                            \
	{ name, title, FEATSET_KIND_UARCH, VENDOR_##vendor, year, ROW_##parent, parts, adds, drops, fused, switchable },
#define PSABI(id, name, title, year, parent, adds)                                                                     \
	{ name, title, FEATSET_KIND_PSABI, VENDOR_GENERIC, year, ROW_##parent, NULL, adds, LIST(NONE), LIST(NONE),     \
	  LIST(NONE) },
#include "featset/uarchs.def"
#undef UARCH
#undef PSABI
};

size_t featset_baseline_count(void)
{
	return ROWS;
}

const featset_baseline_t *featset_baseline_at(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}

const char *featset_baseline_name(const featset_baseline_t *baseline)
{
	return baseline->name;
}

const char *featset_baseline_title(const featset_baseline_t *baseline)
{
	return baseline->title;
}

featset_kind_t featset_baseline_kind(const featset_baseline_t *baseline)
{
	return baseline->kind;
}

const char *featset_kind_name(featset_kind_t kind)
{
	static const char *const names[FEATSET_KINDS] = {
		[FEATSET_KIND_UARCH] = "microarchitecture",
		[FEATSET_KIND_PSABI] = "psABI level",
		[FEATSET_KIND_MODEL] = "model",
	};

	return (unsigned)kind < FEATSET_KINDS ? names[kind] : NULL;
}

const char *featset_baseline_vendor(const featset_baseline_t *baseline)
{
	return vendor_strings[baseline->vendor][0];
}

unsigned featset_baseline_year(const featset_baseline_t *baseline)
{
	return baseline->year;
}

const featset_baseline_t *featset_baseline_parent(const featset_baseline_t *baseline)
{
	return baseline->parent < 0 ? NULL : &rows[baseline->parent];
}

/* ---- sets -------------------------------------------------------------------- */

static void add_all(featset_t *set, const uint16_t *list)
{
	for (; *list != END; list++)
		featset_add(set, *list);
}

static void remove_all(featset_t *set, const uint16_t *list)
{
	for (; *list != END; list++)
		featset_remove(set, *list);
}

void featset_baseline_features(featset_t *dst, const featset_baseline_t *baseline)
{
	if (baseline->parent < 0)
		featset_clear(dst);
	else
		featset_baseline_features(dst, &rows[baseline->parent]);
	remove_all(dst, baseline->drops);
	add_all(dst, baseline->adds);
}

void featset_baseline_fused(featset_t *dst, const featset_baseline_t *baseline)
{
	featset_clear(dst);
	add_all(dst, baseline->fused);
}

static void collect_switchable(featset_t *dst, const featset_baseline_t *baseline)
{
	if (baseline->parent < 0)
		featset_clear(dst);
	else
		collect_switchable(dst, &rows[baseline->parent]);
	remove_all(dst, baseline->drops);
	remove_all(dst, baseline->adds);
	add_all(dst, baseline->switchable);
}

void featset_baseline_switchable(featset_t *dst, const featset_baseline_t *baseline)
{
	collect_switchable(dst, baseline);
}

/* ---- names ------------------------------------------------------------------- */

static const featset_baseline_t *find_row(const char *name)
{
	if (!fsi_fold_compare(name, "x86-64-v1"))
		return &rows[ROW_X86_64];
	for (size_t i = 0; i < ROWS; i++) {
		if (!fsi_fold_compare(name, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

static const char *nearest_name(const char *name)
{
	const char *nearest = NULL;
	unsigned limit = fsi_distance_limit(name);

	for (size_t i = 0; i < ROWS; i++) {
		unsigned distance = fsi_distance(name, rows[i].name, limit);

		if (distance <= limit && (!nearest || distance < fsi_distance(name, nearest, limit)))
			nearest = rows[i].name;
	}
	return nearest;
}

const featset_baseline_t *featset_baseline_find(const char *name, featset_error_t *error)
{
	const featset_baseline_t *row = find_row(name);
	const char *nearest;

	if (row)
		return row;
	nearest = nearest_name(name);
	if (nearest)
		fsi_fail(error, FEATSET_E_NAME, "no baseline is called '%.60s'; did you mean '%s'?", name, nearest);
	else
		fsi_fail(error, FEATSET_E_NAME, "no baseline is called '%.60s'", name);
	return NULL;
}

/* ---- identification ---------------------------------------------------------- */

static bool has_vendor(const featset_baseline_t *row, const char *vendor)
{
	return row->vendor != VENDOR_GENERIC && (!strcmp(vendor, vendor_strings[row->vendor][0]) ||
						 !strcmp(vendor, vendor_strings[row->vendor][1]));
}

static bool has_part(const featset_baseline_t *row, int64_t family, int64_t model, int64_t stepping)
{
	for (const struct part *p = row->parts; p->family >= 0; p++) {
		if (p->family == family && p->model_first <= model && model <= p->model_last &&
		    p->stepping_first <= stepping && stepping <= p->stepping_last)
			return true;
	}
	return false;
}

const featset_baseline_t *featset_identify(const featset_cpu_t *cpu)
{
	const char *vendor = featset_cpu_vendor(cpu);
	int64_t family = featset_cpu_number(cpu, FEATSET_FAMILY);
	int64_t model = featset_cpu_number(cpu, FEATSET_MODEL);
	int64_t stepping = featset_cpu_number(cpu, FEATSET_STEPPING);

	for (size_t i = 0; i < ROWS; i++) {
		if (has_vendor(&rows[i], vendor) && has_part(&rows[i], family, model, stepping))
			return &rows[i];
	}
	return NULL;
}

/* ---- membership -------------------------------------------------------------- */

/*
 * Bits of scope user whose absence says nothing about the code a baseline can
 * run: what 32-bit readers of CPUID do not see on Intel (SYSCALL), what changes
 * the speed of a string instruction and not its result, what reads as a NOP
 * where it is missing, and what a program only reaches by asking for it, while
 * hypervisors withhold it.
 */
static const uint16_t not_judged[] = {
	SYSCALL,                                                 /* 32-bit readers */
	AMD_FSRC, AMD_FSRS, ERMS, FSRC, FSRM, FSRS, FSRSC, FZRM, /* speed */
	AMD_PREFETCHI, CLDEMOTE, IBT, INTEL_PREFETCHI, SHSTK,    /* NOPs */
	ENQCMD, MWAITX, PTWRITE, RDPRU, UINTR, WAITPKG,          /* withheld */
	END
};

/* The bits by which membership is decided. */
static void judged(featset_t *dst, const featset_baseline_t *baseline)
{
	featset_t user;

	featset_of_scope(&user, FEATSET_SCOPE_USER);
	featset_baseline_features(dst, baseline);
	featset_and(dst, dst, &user);
	remove_all(dst, not_judged);
}

/* A baseline as one cpu shows it. */
struct fit {
	featset_t proven, missing, open;
};

static void fit(struct fit *dst, const featset_baseline_t *baseline, const featset_cpu_t *cpu)
{
	featset_t wanted;

	judged(&wanted, baseline);
	featset_and(&dst->proven, &wanted, featset_cpu_features(cpu));
	featset_minus(&dst->open, &wanted, featset_cpu_known(cpu));
	featset_minus(&dst->missing, &wanted, &dst->proven);
	featset_minus(&dst->missing, &dst->missing, &dst->open);
}

featset_answer_t featset_baseline_fits(const featset_baseline_t *baseline, const featset_cpu_t *cpu, featset_t *missing,
				       featset_t *unknown)
{
	struct fit f;

	fit(&f, baseline, cpu);
	if (missing)
		*missing = f.missing;
	if (unknown)
		*unknown = f.open;
	if (!featset_is_empty(&f.missing))
		return FEATSET_NO;
	return featset_is_empty(&f.open) ? FEATSET_YES : FEATSET_UNKNOWN;
}

/* ---- the nearest baseline ---------------------------------------------------- */

/* Of two baselines, which to name first: negative when it is a.  Never 0 for two. */
static int order(const featset_baseline_t *a, const featset_baseline_t *b, const featset_cpu_t *cpu)
{
	const char *vendor = featset_cpu_vendor(cpu);
	bool same_a = has_vendor(a, vendor), same_b = has_vendor(b, vendor);
	struct fit fit_a, fit_b;
	unsigned count_a, count_b;

	if (same_a != same_b)
		return same_a ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind == FEATSET_KIND_UARCH || b->kind == FEATSET_KIND_MODEL ? -1 : 1;
	fit(&fit_a, a, cpu);
	fit(&fit_b, b, cpu);
	count_a = featset_count(&fit_a.proven);
	count_b = featset_count(&fit_b.proven);
	if (count_a != count_b)
		return count_a > count_b ? -1 : 1;
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	return a < b ? -1 : 1; /* within a year the catalog's order is that of time */
}

/*
 * Does a make b needless?  It does when it proves more; when both prove the same
 * and it leaves less open; and among equals when it is named first.  Where
 * everything is known this is set inclusion.
 */
static bool beats(const featset_baseline_t *a, const featset_baseline_t *b, const featset_cpu_t *cpu)
{
	struct fit fit_a, fit_b;

	fit(&fit_a, a, cpu);
	fit(&fit_b, b, cpu);
	if (!featset_equal(&fit_a.proven, &fit_b.proven))
		return featset_subset(&fit_b.proven, &fit_a.proven);
	if (!featset_equal(&fit_a.open, &fit_b.open))
		return featset_subset(&fit_a.open, &fit_b.open);
	return order(a, b, cpu) < 0;
}

/* Has the cpu this baseline, and does anything speak for it? */
static bool is_candidate(const featset_baseline_t *row, const featset_cpu_t *cpu)
{
	struct fit f;

	fit(&f, row, cpu);
	return featset_is_empty(&f.missing) && !featset_is_empty(&f.proven);
}

/* Puts a row into the list of those that nothing beats, if nothing there beats it. */
static size_t keep(const featset_baseline_t **kept, size_t count, const featset_baseline_t *row,
		   const featset_cpu_t *cpu)
{
	size_t left = 0, at;

	for (size_t i = 0; i < count; i++) {
		if (beats(kept[i], row, cpu))
			return count;
	}
	for (size_t i = 0; i < count; i++) {
		if (!beats(row, kept[i], cpu))
			kept[left++] = kept[i];
	}
	for (at = left; at && order(row, kept[at - 1], cpu) < 0; at--)
		kept[at] = kept[at - 1];
	kept[at] = row;
	return left + 1;
}

size_t featset_nearest(const featset_baseline_t **out, size_t max, const featset_cpu_t *cpu)
{
	const featset_baseline_t *kept[ROWS];
	size_t count = 0;

	for (size_t i = 0; i < ROWS; i++) {
		if (is_candidate(&rows[i], cpu))
			count = keep(kept, count, &rows[i], cpu);
	}
	for (size_t i = 0; i < count && i < max; i++)
		out[i] = kept[i];
	return count;
}

/* ---- psABI ------------------------------------------------------------------- */

int featset_psabi(const featset_cpu_t *cpu)
{
	static const int levels[] = { ROW_X86_64, ROW_X86_64_V2, ROW_X86_64_V3, ROW_X86_64_V4 };
	const featset_t *has = featset_cpu_usable(cpu);
	int level = 0;

	if (!has)
		has = featset_cpu_features(cpu);
	while (level < 4) {
		featset_t wanted;

		judged(&wanted, &rows[levels[level]]);
		if (!featset_subset(&wanted, has))
			break;
		level++;
	}
	return level;
}
