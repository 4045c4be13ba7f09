/* SPDX-License-Identifier: MIT */
/*
 * compiler.c - -march= and -m options of gcc and clang
 *
 * Programs made so use nothing else than the CPU has.  The compiler's idea of a name
 * is not always the catalog's: it counts what firmware switches on as there, and
 * forgets what cheap parts lack.  What is not sure is said.
 */
#include "policy_internal.h"

#include <stdio.h>
#include <string.h>

enum {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) id = FEATSET_##id,
#include "../featset/features.def"
};

enum { MOST = 8, NONE = 0xffff };

typedef struct compiler {
	featset_naming_t naming;
	bool gcc;
} compiler_t;

/* Where gcc 12 or clang 14, asked for their macros and options, and some also in other releases, differ. */
static const struct {
	const char *names; /* of -march, between blanks */
	bool gcc, clang;
	uint16_t more[MOST], less[MOST];
} differs[] = {
	/* clang-format off */
	{ " westmere sandybridge corei7-avx ivybridge core-avx-i ", true, true, { NONE }, { AES, NONE } },
	{ " haswell core-avx2 broadwell knl knm ", true, false, { HLE, NONE }, { AES, NONE } },
	{ " haswell core-avx2 broadwell ", false, true, { NONE }, { AES, NONE } },
	{ " skylake skylake-avx512 skx cannonlake icelake-client cascadelake cooperlake ", true, false, { HLE, SGX, NONE }, { NONE } },
	{ " goldmont-plus skylake cannonlake icelake-client ", false, true, { SGX, NONE }, { NONE } },
	{ " rocketlake ", true, false, { HLE, NONE }, { NONE } },
	{ " icelake-server ", true, true, { HLE, PCONFIG, SGX, NONE }, { NONE } },
	{ " tigerlake ", true, true, { AES_KEYLOCKER_WIDE, HLE, KEY_LOCKER, SGX, NONE }, { SHSTK, NONE } },
	{ " sapphirerapids emeraldrapids graniterapids graniterapids-d diamondrapids ", true, true, { AVX512_VP2INTERSECT, HLE, PCONFIG, SGX, TSXLDTRK, NONE }, { SHSTK, NONE } },
	{ " alderlake raptorlake meteorlake arrowlake arrowlake-s lunarlake pantherlake gracemont sierraforest grandridge clearwaterforest novalake wildcatlake ", true, true, { AES_KEYLOCKER_WIDE, CLDEMOTE, HLE, KEY_LOCKER, PCONFIG, SGX, NONE }, { SHSTK, NONE } },
	{ " goldmont-plus ", true, false, { SGX, NONE }, { NONE } },
	{ " tremont ", true, true, { CLDEMOTE, SGX, NONE }, { MOVDIR64B, MOVDIRI, WAITPKG, NONE } },
	{ " k8-sse3 opteron-sse3 athlon64-sse3 ", true, true, { NONE }, { CX16, LAHF_LM, NONE } },
	{ " bdver1 bdver2 bdver3 bdver4 ", true, true, { LWP, RDRAND, NONE }, { NONE } },
	{ " znver3 znver4 znver5 ", true, true, { NONE }, { SHSTK, NONE } },
	{ " btver1 ", true, false, { XSAVE, NONE }, { NONE } },
	/* clang-format on */
};

/* Options that came later than gcc 12 and clang 14; 9999 where they are not known to be there. */
static const struct {
	uint16_t feature;
	uint16_t gcc, clang;
} late[] = {
	{ HLE, 0, 9999 },
	{ AVX_IFMA, 1300, 1600 },
	{ AVX_VNNI_INT8, 1300, 1600 },
	{ AVX_NE_CONVERT, 1300, 1600 },
	{ CMPCCXADD, 1300, 1600 },
	{ AMX_FP16, 1300, 1600 },
	{ INTEL_PREFETCHI, 1300, 1600 },
	{ RAO_INT, 1300, 1600 },
	{ AMX_COMPLEX, 1300, 1700 },
	{ AVX_VNNI_INT16, 1400, 1700 },
	{ SHA512, 1400, 1700 },
	{ SM3, 1400, 1700 },
	{ SM4, 1400, 1700 },
	{ USER_MSR, 1400, 1800 },
};

/* Features that a newer option than any of ours stands for, or whose option says something else. */
static const uint16_t never[] = { MONITOR,     APX,           AVX10_1,     AVX10_2,   MOVRS,      AVX512_BMM, AMX_FP8,
				  AMX_TF32,    AMX_TRANSPOSE, AMX_AVX512,  AMX_MOVRS, AVX512PF,   AVX512ER,   PREFETCHWT1,
				  AVX512_4VNNIW, AVX512_4FMAPS };

/* Names of -march that gcc 12 or clang 14 do not know, with the releases that do. */
static const struct {
	const char *name;
	uint16_t gcc, clang;
} late_names[] = {
	{ "penryn", 9999, 0 },          { "skx", 9999, 0 },
	{ "nano", 0, 9999 },            { "emeraldrapids", 1300, 1700 },
	{ "graniterapids", 1300, 1600 }, { "graniterapids-d", 1300, 1700 },
	{ "sierraforest", 1300, 1600 }, { "grandridge", 1300, 1600 },
	{ "raptorlake", 1300, 1600 },   { "meteorlake", 1300, 1600 },
	{ "znver4", 1300, 1600 },       { "lujiazui", 1300, 9999 },
};

/* Names that both know from the beginning; all others would have to be asked for first. */
static const char known_names[] =
	" nocona core2 penryn nehalem corei7 westmere sandybridge corei7-avx ivybridge core-avx-i haswell core-avx2 "
	"broadwell skylake skylake-avx512 skx cannonlake icelake-client icelake-server cascadelake cooperlake "
	"tigerlake sapphirerapids alderlake rocketlake bonnell atom silvermont slm goldmont goldmont-plus tremont "
	"knl knm x86-64 x86-64-v2 x86-64-v3 x86-64-v4 nano k8 k8-sse3 opteron opteron-sse3 athlon64 athlon64-sse3 "
	"athlon-fx amdfam10 barcelona bdver1 bdver2 bdver3 bdver4 znver1 znver2 znver3 btver1 btver2 ";

static bool names(const char *list, const char *name)
{
	char padded[64];

	snprintf(padded, sizeof(padded), " %s ", name);
	return strstr(list, padded) != NULL;
}

static bool knows_name(const compiler_t *compiler, const char *name, unsigned release)
{
	for (size_t i = 0; i < sizeof(late_names) / sizeof(late_names[0]); i++)
		if (!strcmp(late_names[i].name, name))
			return release >= (compiler->gcc ? late_names[i].gcc : late_names[i].clang);
	return names(known_names, name);
}

/* What options of the release can switch. */
static void nameable(featset_t *dst, const compiler_t *compiler, unsigned release)
{
	featset_t named;

	featset_clear(dst);
	featset_named(&named);
	for (featset_feature_t f = featset_next(&named, 0); f < FEATSET_BITS; f = featset_next(&named, f + 1))
		if (featset_feature_name(f, FEATSET_GCC))
			featset_add(dst, f);
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++)
		if (release < (compiler->gcc ? late[i].gcc : late[i].clang))
			featset_remove(dst, late[i].feature);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		featset_remove(dst, never[i]);
}

/* What a name surely turns on, and what it may. */
static void gives(featset_t *sure, featset_t *possible, const compiler_t *compiler, const featset_baseline_t *baseline,
		  const char *name)
{
	featset_baseline_features(sure, baseline);
	*possible = *sure;
	for (size_t i = 0; i < sizeof(differs) / sizeof(differs[0]); i++) {
		if (!(compiler->gcc ? differs[i].gcc : differs[i].clang) || !names(differs[i].names, name))
			continue;
		for (int k = 0; differs[i].more[k] != NONE; k++) {
			featset_add(possible, differs[i].more[k]);
			featset_remove(sure, differs[i].more[k]);
		}
		for (int k = 0; differs[i].less[k] != NONE; k++)
			featset_remove(sure, differs[i].less[k]);
	}
}

typedef struct choice {
	const featset_baseline_t *baseline;
	const char *name;
	featset_t plus, minus;
	size_t cost;
} choice_t;

static size_t letters(const featset_t *features, const char *option)
{
	size_t count = 0;

	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		count += strlen(featset_feature_name(f, FEATSET_GCC)) + strlen(option);
	return count;
}

static void compare(choice_t *choice, const compiler_t *compiler, const featset_t *wanted, const featset_t *switched)
{
	featset_t sure, possible;

	gives(&sure, &possible, compiler, choice->baseline, choice->name);
	featset_minus(&choice->plus, wanted, &sure);
	featset_minus(&choice->minus, &possible, wanted);
	featset_and(&choice->minus, &choice->minus, switched);
	choice->cost = strlen(choice->name) + letters(&choice->plus, " -m") + letters(&choice->minus, " -mno-");
}

/* A name means features that the options cannot take away again. */
static bool is_too_much(const choice_t *choice, const featset_t *features, const featset_t *switched)
{
	featset_t more;

	featset_baseline_features(&more, choice->baseline);
	featset_minus(&more, &more, features);
	featset_minus(&more, &more, switched);
	for (featset_feature_t f = featset_next(&more, 0); f < FEATSET_BITS; f = featset_next(&more, f + 1))
		if (featset_feature_name(f, FEATSET_GCC) && f != MONITOR)
			return true;
	return false;
}

static void choose(choice_t *best, const compiler_t *compiler, const featset_policy_t *policy, const featset_t *wanted,
		   const featset_t *switched)
{
	char full[64];

	best->baseline = NULL;
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		choice_t next = { .baseline = featset_baseline_at(i) };

		next.name = featset_baseline_alias(next.baseline, compiler->naming, 0);
		if (!next.name || !knows_name(compiler, next.name, policy->target->release))
			continue;
		/* Of a name that stands for several parts, the catalog's choice. */
		snprintf(full, sizeof(full), "%s:%s", compiler->gcc ? "gcc" : "clang", next.name);
		if (featset_baseline_find(full, NULL) != next.baseline || is_too_much(&next, wanted, switched))
			continue;
		if (policy->flags & FEATSET_POLICY_EXPANDED && strcmp(next.name, "x86-64") != 0)
			continue;
		compare(&next, compiler, wanted, switched);
		if (!best->baseline || next.cost < best->cost)
			*best = next;
	}
}

static void print_each(featset_policy_t *policy, const featset_t *features, const char *option)
{
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		fsi_policy_print(policy, "%s%s", option, featset_feature_name(f, FEATSET_GCC));
}

static void tell(featset_policy_t *policy, const choice_t *choice, const featset_t *whole, const featset_t *wanted,
		 const featset_t *pruned)
{
	const featset_t *features = featset_cpu_features(policy->cpu);
	featset_t unsaid;

	policy->model = choice->baseline;
	policy->features = *wanted;
	/* What every 64-bit program may use has no options. */
	featset_baseline_features(&unsaid, featset_baseline_find("x86-64", NULL));
	featset_and(&unsaid, &unsaid, whole);
	featset_or(&policy->features, &policy->features, &unsaid);
	featset_clear(&unsaid);
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		if (featset_feature_name(f, FEATSET_GCC) && f != MONITOR)
			featset_add(&unsaid, f);
	featset_minus(&policy->left_out, &unsaid, &policy->features);
	fsi_policy_note_features(policy, "left out, for what they need is not there", pruned);
	featset_minus(&unsaid, &choice->minus, featset_cpu_known(policy->cpu));
	fsi_policy_note_features(policy, "not known of the CPU and so turned off", &unsaid);
}

static featset_status_t write_options(featset_policy_t *policy, const compiler_t *compiler, featset_error_t *error)
{
	const featset_t *features = featset_cpu_features(policy->cpu);
	featset_t switched, wanted, whole, basic, all, pruned;
	choice_t choice;

	if (!featset_has(features, LM))
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "%s: only for CPUs with 64-bit mode",
				policy->target->name);
	fsi_guest_basic(&basic, features);
	featset_or(&whole, features, &basic);
	for (int i = 0; i < FEATSET_LANES; i++)
		all.lane[i] = UINT64_MAX;
	featset_prune(&wanted, &whole, &all, FEATSET_EDGES_ALL);
	nameable(&switched, compiler, policy->target->release);
	featset_and(&wanted, &wanted, &switched);
	featset_and(&pruned, &whole, &switched);
	featset_minus(&pruned, &pruned, &wanted);
	choose(&choice, compiler, policy, &wanted, &switched);
	if (!choice.baseline)
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "no -march of %s has no more than this CPU",
				policy->target->name);
	fsi_policy_print(policy, "-march=%s", choice.name);
	print_each(policy, &choice.minus, " -mno-");
	print_each(policy, &choice.plus, " -m");
	fsi_policy_print(policy, "\n");
	tell(policy, &choice, &whole, &wanted, &pruned);
	return FEATSET_OK;
}

featset_status_t fsi_policy_gcc(featset_policy_t *policy, featset_error_t *error)
{
	const compiler_t compiler = { FEATSET_NAMING_GCC, true };

	return write_options(policy, &compiler, error);
}

featset_status_t fsi_policy_clang(featset_policy_t *policy, featset_error_t *error)
{
	const compiler_t compiler = { FEATSET_NAMING_CLANG, false };

	return write_options(policy, &compiler, error);
}
