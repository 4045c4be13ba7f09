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
#include "uarch_internal.h"

/* The features by their bare ids, as the rows spell them. */
enum {
	NONE = FSI_END,
#undef FEATURE
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) id = FEATSET_##id,
#include "featset/features.def"
#undef FEATURE
};

/* CPUID's strings; Zhaoxin's parts say either of two. */
static const char *const vendor_strings[FSI_VENDORS][2] = {
	[FSI_VENDOR_GENERIC] = { "", "" },
	[FSI_VENDOR_INTEL] = { "GenuineIntel", "GenuineIntel" },
	[FSI_VENDOR_AMD] = { "AuthenticAMD", "AuthenticAMD" },
	[FSI_VENDOR_HYGON] = { "HygonGenuine", "HygonGenuine" },
	[FSI_VENDOR_VIA] = { "CentaurHauls", "CentaurHauls" },
	[FSI_VENDOR_ZHAOXIN] = { "CentaurHauls", "  Shanghai  " },
};

/* ---- the rows ---------------------------------------------------------------- */

#define P(family, model)	      { family, model, model, 0, 15 }
#define R(family, first, last)	      { family, first, last, 0, 15 }
#define S(family, model, first, last) { family, model, model, first, last }
#define LIST(...)		      (const uint16_t[]) { __VA_ARGS__, FSI_END }
#define PARTS(...)		      (const struct fsi_part[]) { __VA_ARGS__, { -1, 0, 0, 0, 0 } }
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

/* What is announced, and where it says so. */
static const struct {
	int row;
	const char *source;
} preliminary[] = {
#define UARCH(...)
#define PSABI(...)
#define PRELIMINARY(id, source) { ROW_##id, source },
#include "featset/uarchs.def"
#undef UARCH
#undef PSABI
};

const struct featset_baseline fsi_uarchs[ROWS] = {
#define ROW_AT(number) ((number) < 0 ? NULL : &fsi_uarchs[(number) < 0 ? 0 : (number)])
#define UARCH(id, name, title, vendor, year, parent, parts, adds, drops, fused, switchable)                            \
	{ #id,  name,  title, FEATSET_KIND_UARCH, FSI_VENDOR_##vendor, year, ROW_AT(ROW_##parent), parts, adds, drops, \
	  fused, switchable, NULL },
#define PSABI(id, name, title, year, parent, adds)                                                                     \
	{ #id,	name,	    title,	FEATSET_KIND_PSABI, FSI_VENDOR_GENERIC, year, ROW_AT(ROW_##parent),            \
	  NULL, adds,	    LIST(NONE), LIST(NONE),	   LIST(NONE),	NULL },
#include "featset/uarchs.def"
#undef UARCH
#undef PSABI
};

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

const char *featset_baseline_preliminary(const featset_baseline_t *baseline)
{
	for (size_t i = 0; i < sizeof(preliminary) / sizeof(preliminary[0]); i++) {
		if (baseline == &fsi_uarchs[preliminary[i].row])
			return preliminary[i].source;
	}
	return baseline->preliminary;
}

unsigned featset_baseline_year(const featset_baseline_t *baseline)
{
	return baseline->year;
}

const featset_baseline_t *featset_baseline_parent(const featset_baseline_t *baseline)
{
	return baseline->parent;
}

/* ---- sets -------------------------------------------------------------------- */

static void add_all(featset_t *set, const uint16_t *list)
{
	for (; *list != FSI_END; list++)
		featset_add(set, *list);
}

static void remove_all(featset_t *set, const uint16_t *list)
{
	for (; *list != FSI_END; list++)
		featset_remove(set, *list);
}

void featset_baseline_features(featset_t *dst, const featset_baseline_t *baseline)
{
	if (!baseline->parent)
		featset_clear(dst);
	else
		featset_baseline_features(dst, baseline->parent);
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
	if (!baseline->parent)
		featset_clear(dst);
	else
		collect_switchable(dst, baseline->parent);
	remove_all(dst, baseline->drops);
	remove_all(dst, baseline->adds);
	add_all(dst, baseline->switchable);
}

void featset_baseline_switchable(featset_t *dst, const featset_baseline_t *baseline)
{
	if (baseline->kind == FEATSET_KIND_MODEL)
		featset_clear(dst); /* a guest has the model's set, whatever it builds on */
	else
		collect_switchable(dst, baseline);
}

/* ---- the built-in rows and a catalog's own --------------------------------------- */

size_t featset_catalog_count(const featset_catalog_t *catalog)
{
	const featset_baseline_t *list;

	return ROWS + fsi_models(&list) + fsi_catalog_own(catalog, &list);
}

const featset_baseline_t *featset_catalog_at(const featset_catalog_t *catalog, size_t index)
{
	const featset_baseline_t *list;
	size_t count;

	if (index < ROWS)
		return &fsi_uarchs[index];
	index -= ROWS;
	count = fsi_models(&list);
	if (index < count)
		return &list[index];
	index -= count;
	count = fsi_catalog_own(catalog, &list);
	return index < count ? &list[index] : NULL;
}

size_t featset_baseline_count(void)
{
	return featset_catalog_count(NULL);
}

const featset_baseline_t *featset_baseline_at(size_t index)
{
	return featset_catalog_at(NULL, index);
}

const featset_baseline_t *fsi_baseline_by_id(const char *id)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!fsi_fold_compare(id, fsi_uarchs[i].id))
			return &fsi_uarchs[i];
	}
	return NULL;
}

/* ---- names ------------------------------------------------------------------- */

/* What others call a baseline; a shared name is written for it but means another row. */
static const struct {
	uint16_t row;
	uint8_t naming;
	bool shared;
	const char *name;
} names[] = {
#define NAME(id, naming, name) { ROW_##id, FEATSET_NAMING_##naming, false, name },
#define SHARED(id, naming, name) { ROW_##id, FEATSET_NAMING_##naming, true, name },
#include "featset/names.def"
#undef NAME
#undef SHARED
};

#define NAMES (sizeof(names) / sizeof(names[0]))

const char *featset_naming_name(featset_naming_t naming)
{
	static const char *const all[FEATSET_NAMINGS] = {
		[FEATSET_NAMING_GCC] = "gcc",           [FEATSET_NAMING_CLANG] = "clang",
		[FEATSET_NAMING_ARCHSPEC] = "archspec", [FEATSET_NAMING_QEMU] = "qemu",
		[FEATSET_NAMING_LIBVIRT] = "libvirt",   [FEATSET_NAMING_EVC] = "evc",
		[FEATSET_NAMING_MARKET] = "market",
	};

	return (unsigned)naming < FEATSET_NAMINGS ? all[naming] : NULL;
}

const char *featset_baseline_alias(const featset_baseline_t *baseline, featset_naming_t naming, size_t index)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (&fsi_uarchs[names[i].row] == baseline && names[i].naming == naming && !index--)
			return names[i].name;
	}
	return NULL;
}

static bool is_joint(char c)
{
	return c == '-' || c == '_' || c == '.' || c == ' ';
}

/* Past what joins two parts of a name; at its ends nothing is joined. */
static const char *past_joints(const char *at)
{
	const char *next = at;

	while (is_joint(*next))
		next++;
	return *next ? next : at;
}

bool fsi_same_baseline_name(const char *a, const char *b)
{
	while (fsi_fold(*a) == fsi_fold(*b)) {
		if (!*a)
			return true;
		a = past_joints(a + 1);
		b = past_joints(b + 1);
	}
	return false;
}

static const featset_baseline_t *find_row(const featset_catalog_t *catalog, const char *name)
{
	const featset_baseline_t *row;

	for (size_t i = 0; (row = featset_catalog_at(catalog, i)); i++) {
		if (fsi_same_baseline_name(name, row->name))
			return row;
	}
	for (size_t i = 0; (row = featset_catalog_at(catalog, i)); i++) {
		if (row->kind != FEATSET_KIND_MODEL && fsi_same_baseline_name(name, row->title))
			return row;
	}
	return NULL;
}

/* Cuts "gcc:" and the like off a name; FEATSET_NAMINGS where there is none. */
static featset_naming_t take_naming(const char **name)
{
	for (int i = 0; i < FEATSET_NAMINGS; i++) {
		const char *prefix = featset_naming_name((featset_naming_t)i);
		size_t length = strlen(prefix);

		if (strncmp(*name, prefix, length) == 0 && (*name)[length] == ':') {
			*name += length + 1;
			return (featset_naming_t)i;
		}
	}
	return FEATSET_NAMINGS;
}

/* The rows that others call so: how many, and up to `max` of them. */
static size_t find_aliases(const featset_baseline_t **out, size_t max, const char *name)
{
	featset_naming_t naming = take_naming(&name);
	size_t count = 0;

	for (size_t i = 0; i < NAMES; i++) {
		const featset_baseline_t *row = &fsi_uarchs[names[i].row];
		size_t known = 0;

		if (names[i].shared || (naming != FEATSET_NAMINGS && names[i].naming != naming) ||
		    !fsi_same_baseline_name(name, names[i].name))
			continue;
		while (known < count && out[known] != row)
			known++;
		if (known == count && count < max)
			out[count++] = row;
	}
	return count;
}

static void keep_nearer(const char **nearest, const char *candidate, const char *name, unsigned *limit)
{
	unsigned distance = fsi_distance(name, candidate, *limit);

	if (distance < *limit + !*nearest) {
		*nearest = candidate;
		*limit = distance;
	}
}

static const char *nearest_name(const featset_catalog_t *catalog, const char *name)
{
	const featset_baseline_t *row;
	const char *nearest = NULL;
	unsigned limit = fsi_distance_limit(name);

	for (size_t i = 0; (row = featset_catalog_at(catalog, i)); i++)
		keep_nearer(&nearest, row->name, name, &limit);
	for (size_t i = 0; i < NAMES; i++)
		keep_nearer(&nearest, names[i].name, name, &limit);
	return nearest;
}

static void fail_ambiguous(featset_error_t *error, const char *name, const featset_baseline_t *const *choices,
			   size_t count)
{
	char text[256] = "";
	size_t at = 0;

	for (size_t i = 0; i < count; i++)
		at = fsi_print(text, sizeof(text), at, "%s'%s'", !i ? "" : i + 1 < count ? ", " : " or ",
			       choices[i]->name);
	fsi_fail(error, FEATSET_E_AMBIGUOUS, "'%.60s' can mean %s", name, text);
}

const featset_baseline_t *featset_catalog_find(const featset_catalog_t *catalog, const char *name,
					       featset_error_t *error)
{
	const featset_baseline_t *row = find_row(catalog, name), *choices[8];
	const char *nearest;
	size_t count;

	if (row)
		return row;
	count = find_aliases(choices, sizeof(choices) / sizeof(choices[0]), name);
	if (!count)
		count = fsi_models_called(choices, sizeof(choices) / sizeof(choices[0]), name);
	if (count == 1)
		return choices[0];
	if (count) {
		fail_ambiguous(error, name, choices, count);
		return NULL;
	}
	nearest = error ? nearest_name(catalog, name) : NULL;
	if (nearest)
		fsi_fail(error, FEATSET_E_NAME, "no baseline is called '%.60s'; did you mean '%s'?", name, nearest);
	else
		fsi_fail(error, FEATSET_E_NAME, "no baseline is called '%.60s'", name);
	return NULL;
}

const featset_baseline_t *featset_baseline_find(const char *name, featset_error_t *error)
{
	return featset_catalog_find(NULL, name, error);
}

/* ---- identification ---------------------------------------------------------- */

/* CPUID has four bits for it. */
#define LAST_STEPPING 15

static bool has_vendor(const featset_baseline_t *row, const char *vendor)
{
	return row->vendor != FSI_VENDOR_GENERIC && (!strcmp(vendor, vendor_strings[row->vendor][0]) ||
						 !strcmp(vendor, vendor_strings[row->vendor][1]));
}

static bool has_part(const featset_baseline_t *row, int64_t family, int64_t model, int64_t stepping)
{
	for (const struct fsi_part *p = row->parts; p && p->family >= 0; p++) {
		if (p->family == family && p->model_first <= model && model <= p->model_last &&
		    p->stepping_first <= stepping && stepping <= p->stepping_last)
			return true;
	}
	return false;
}

/* Later rows first, so that a catalog's own can be more exact than the built-in ones. */
static const featset_baseline_t *identify(const featset_catalog_t *catalog, const featset_cpu_t *cpu, int64_t stepping)
{
	const char *vendor = featset_cpu_vendor(cpu);
	int64_t family = featset_cpu_number(cpu, FEATSET_FAMILY);
	int64_t model = featset_cpu_number(cpu, FEATSET_MODEL);

	for (size_t i = featset_catalog_count(catalog); i-- > 0;) {
		const featset_baseline_t *row = featset_catalog_at(catalog, i);

		if (row->kind != FEATSET_KIND_MODEL && has_vendor(row, vendor) &&
		    has_part(row, family, model, stepping))
			return row;
	}
	return NULL;
}

/* Without a stepping the answer is that which all steppings share. */
const featset_baseline_t *featset_catalog_identify(const featset_catalog_t *catalog, const featset_cpu_t *cpu)
{
	int64_t stepping = featset_cpu_number(cpu, FEATSET_STEPPING);
	const featset_baseline_t *row;

	if (stepping >= 0)
		return identify(catalog, cpu, stepping);
	row = identify(catalog, cpu, 0);
	for (stepping = 1; row && stepping <= LAST_STEPPING; stepping++) {
		if (identify(catalog, cpu, stepping) != row)
			return NULL;
	}
	return row;
}

const featset_baseline_t *featset_identify(const featset_cpu_t *cpu)
{
	return featset_catalog_identify(NULL, cpu);
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
	ENQCMD, MWAITX, PTWRITE, RDPRU, UINTR, WAITPKG, XGETBV1, /* withheld */
	FSI_END
};

/* The bits by which membership is decided. */
static void judged(featset_t *dst, const featset_baseline_t *baseline, const featset_t *user)
{
	featset_baseline_features(dst, baseline);
	featset_and(dst, dst, user);
}

static void judged_bits(featset_t *dst)
{
	featset_of_scope(dst, FEATSET_SCOPE_USER);
	remove_all(dst, not_judged);
}

/* A baseline as one cpu shows it. */
struct fit {
	featset_t proven, missing, open;
};

/* Who is judged, and by which bits. */
struct judge {
	const featset_cpu_t *cpu;
	featset_t user;
};

static void fit(struct fit *dst, const featset_baseline_t *baseline, const struct judge *judge)
{
	featset_t wanted;

	judged(&wanted, baseline, &judge->user);
	featset_and(&dst->proven, &wanted, featset_cpu_features(judge->cpu));
	featset_minus(&dst->open, &wanted, featset_cpu_known(judge->cpu));
	featset_minus(&dst->missing, &wanted, &dst->proven);
	featset_minus(&dst->missing, &dst->missing, &dst->open);
}

featset_answer_t featset_baseline_fits(const featset_baseline_t *baseline, const featset_cpu_t *cpu, featset_t *missing,
				       featset_t *unknown)
{
	struct judge judge = { .cpu = cpu };
	struct fit f;

	judged_bits(&judge.user);
	fit(&f, baseline, &judge);
	if (missing)
		*missing = f.missing;
	if (unknown)
		*unknown = f.open;
	if (!featset_is_empty(&f.missing))
		return FEATSET_NO;
	return featset_is_empty(&f.open) ? FEATSET_YES : FEATSET_UNKNOWN;
}

unsigned featset_baseline_distance(const featset_baseline_t *baseline, const featset_cpu_t *cpu, featset_t *more,
				   featset_t *less)
{
	struct judge judge = { .cpu = cpu };
	featset_t beyond, wanted, klass;
	struct fit f;

	judged_bits(&judge.user);
	fit(&f, baseline, &judge);
	featset_baseline_features(&wanted, baseline);
	featset_and(&beyond, featset_cpu_features(cpu), &judge.user);
	featset_minus(&beyond, &beyond, &wanted);
	featset_of_class(&wanted, FEATSET_CLASS_CAPABILITY);
	featset_of_class(&klass, FEATSET_CLASS_NUMBER);
	featset_or(&wanted, &wanted, &klass);
	featset_and(&beyond, &beyond, &wanted);
	if (more)
		*more = beyond;
	if (less)
		*less = f.missing;
	return featset_count(&beyond) + featset_count(&f.missing);
}

/* ---- what one part of a microarchitecture lacks ------------------------------------------- */

static bool is_masked(const featset_cpu_t *cpu)
{
	featset_view_t view = featset_cpu_view(cpu);

	return view == FEATSET_VIEW_GUEST || view == FEATSET_VIEW_DOM0 || view == FEATSET_VIEW_PROMISED;
}

/* Those of the wanted features that the cpu is known not to have. */
static void known_absent(featset_t *dst, const featset_t *wanted, const featset_cpu_t *cpu)
{
	featset_and(dst, wanted, featset_cpu_known(cpu));
	featset_minus(dst, dst, featset_cpu_features(cpu));
}

void featset_baseline_lacks(const featset_baseline_t *baseline, const featset_cpu_t *cpu, featset_t *fused,
			    featset_t *switched, featset_t *other)
{
	static const uint16_t tsx[] = { HLE, RTM, TSXLDTRK, FSI_END };
	featset_t absent, cut, off, aborted;

	featset_baseline_features(&absent, baseline);
	known_absent(&absent, &absent, cpu);
	/* Intel shows SYSCALL to 64-bit readers only. */
	if (!strcmp(featset_cpu_vendor(cpu), "GenuineIntel") && featset_has(featset_cpu_features(cpu), LM))
		featset_remove(&absent, SYSCALL);
	featset_baseline_fused(&cut, baseline);
	featset_and(&cut, &cut, &absent);
	if (is_masked(cpu))
		featset_clear(&cut);
	featset_minus(&absent, &absent, &cut);
	featset_baseline_switchable(&off, baseline);
	if (featset_has(featset_cpu_features(cpu), RTM_ALWAYS_ABORT)) {
		featset_clear(&aborted);
		add_all(&aborted, tsx);
		featset_and(&aborted, &aborted, &off);
	} else {
		featset_clear(&aborted);
	}
	known_absent(&off, &off, cpu);
	featset_or(&off, &off, &aborted);
	if (fused)
		*fused = cut;
	if (switched)
		*switched = off;
	if (other)
		*other = absent;
}

/* ---- the nearest baseline ---------------------------------------------------- */

static bool is_built_in(const featset_baseline_t *row)
{
	return (uintptr_t)row >= (uintptr_t)fsi_uarchs && (uintptr_t)row < (uintptr_t)(fsi_uarchs + ROWS);
}

/* Of two baselines, which to name first: negative when it is a.  Never 0 for two. */
static int order(const featset_baseline_t *a, const featset_baseline_t *b, const struct judge *judge)
{
	const char *vendor = featset_cpu_vendor(judge->cpu);
	bool same_a = has_vendor(a, vendor), same_b = has_vendor(b, vendor);
	struct fit fit_a, fit_b;
	unsigned count_a, count_b;

	if (same_a != same_b)
		return same_a ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind == FEATSET_KIND_UARCH || b->kind == FEATSET_KIND_MODEL ? -1 : 1;
	fit(&fit_a, a, judge);
	fit(&fit_b, b, judge);
	count_a = featset_count(&fit_a.proven);
	count_b = featset_count(&fit_b.proven);
	if (count_a != count_b)
		return count_a > count_b ? -1 : 1;
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	/* Within a year the catalog's order is that of time. */
	if (is_built_in(a) != is_built_in(b))
		return is_built_in(a) ? -1 : 1;
	return a < b ? -1 : 1;
}

/* A microarchitecture of a vendor other than the cpu's. */
static bool is_foreign(const featset_baseline_t *row, const struct judge *judge)
{
	const char *vendor = featset_cpu_vendor(judge->cpu);

	return *vendor && row->vendor != FSI_VENDOR_GENERIC && !has_vendor(row, vendor);
}

/*
 * Does a make b needless?  It does when it proves more; when both prove the same
 * and b alone is of a foreign vendor, or, the vendor being no reason, when it
 * leaves less open; and among equals when it is named first.  Where everything
 * is known this is set inclusion.
 */
static bool beats(const featset_baseline_t *a, const featset_baseline_t *b, const struct judge *judge)
{
	struct fit fit_a, fit_b;

	fit(&fit_a, a, judge);
	fit(&fit_b, b, judge);
	if (!featset_equal(&fit_a.proven, &fit_b.proven))
		return featset_subset(&fit_b.proven, &fit_a.proven);
	if (is_foreign(a, judge) != is_foreign(b, judge))
		return is_foreign(b, judge);
	if (!featset_equal(&fit_a.open, &fit_b.open))
		return featset_subset(&fit_a.open, &fit_b.open);
	return order(a, b, judge) < 0;
}

/* Has the cpu this baseline, and does anything speak for it? */
static bool is_candidate(const featset_baseline_t *row, const struct judge *judge)
{
	struct fit f;

	fit(&f, row, judge);
	return featset_is_empty(&f.missing) && !featset_is_empty(&f.proven);
}

/* Puts a row into the list of those that nothing beats, if nothing there beats it. */
static size_t keep(const featset_baseline_t **kept, size_t count, const featset_baseline_t *row,
		   const struct judge *judge)
{
	size_t left = 0, at;

	for (size_t i = 0; i < count; i++) {
		if (beats(kept[i], row, judge))
			return count;
	}
	for (size_t i = 0; i < count; i++) {
		if (!beats(row, kept[i], judge))
			kept[left++] = kept[i];
	}
	for (at = left; at && order(row, kept[at - 1], judge) < 0; at--)
		kept[at] = kept[at - 1];
	kept[at] = row;
	return left + 1;
}

size_t featset_catalog_nearest(const featset_catalog_t *catalog, const featset_baseline_t **out, size_t max,
			       const featset_cpu_t *cpu)
{
	const featset_baseline_t *kept[ROWS + FSI_OWN_ROWS], *row;
	struct judge judge = { .cpu = cpu };
	size_t count = 0;

	judged_bits(&judge.user);
	for (size_t i = 0; (row = featset_catalog_at(catalog, i)); i++) {
		if (row->kind != FEATSET_KIND_MODEL && is_candidate(row, &judge))
			count = keep(kept, count, row, &judge);
	}
	for (size_t i = 0; i < count && i < max; i++)
		out[i] = kept[i];
	return count;
}

size_t featset_nearest(const featset_baseline_t **out, size_t max, const featset_cpu_t *cpu)
{
	return featset_catalog_nearest(NULL, out, max, cpu);
}

/* ---- psABI ------------------------------------------------------------------- */

int featset_psabi(const featset_cpu_t *cpu)
{
	static const int levels[] = { ROW_X86_64, ROW_X86_64_V2, ROW_X86_64_V3, ROW_X86_64_V4 };
	const featset_t *has = featset_cpu_usable(cpu);
	featset_t user;
	int level = 0;

	if (!has)
		has = featset_cpu_features(cpu);
	judged_bits(&user);
	while (level < 4) {
		featset_t wanted;

		judged(&wanted, &fsi_uarchs[levels[level]], &user);
		if (!featset_subset(&wanted, has))
			break;
		level++;
	}
	return level;
}
