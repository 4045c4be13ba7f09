/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One side: what only it has, and what the other side did not read. */
struct side {
	const char *name;
	const featset_cpu_t *cpu;
	featset_t act, other, unread;
	featset_t twins; /* within act and other */
};

static void compare(struct side *side, const featset_cpu_t *against)
{
	featset_t only;

	featset_minus(&only, featset_cpu_features(side->cpu), featset_cpu_features(against));
	featset_minus(&side->unread, &only, featset_cpu_known(against));
	featset_minus(&only, &only, &side->unread);
	featset_cpu_split(side->cpu, &only, &side->act, &side->other);
}

/* ---- twins: one capability, of which Intel and AMD have a bit each ------------------------- */

/* Has the other side every bit that stands for this feature there? */
static bool has_twins(const featset_t *other, featset_feature_t feature)
{
	featset_feature_t twin;
	size_t i = 0;

	while ((twin = featset_feature_twin(feature, i, NULL)) != FEATSET_FEATURE_NONE && featset_has(other, twin))
		i++;
	return i && twin == FEATSET_FEATURE_NONE;
}

/* Those that only one side has, but whose capability the other has by another bit. */
static void find_twins(struct side *side, const featset_cpu_t *against)
{
	featset_t only;

	featset_or(&only, &side->act, &side->other);
	featset_clear(&side->twins);
	for (featset_feature_t f = featset_next(&only, 0); f < FEATSET_BITS; f = featset_next(&only, f + 1))
		if (has_twins(featset_cpu_features(against), f))
			featset_add(&side->twins, f);
}

/* "amd_prefetchi / intel_prefetchi", one pair a line. */
static void show_twins(const struct side *sides, featset_dialect_t names)
{
	const featset_t *one = &sides[0].twins;
	featset_feature_t twin;
	const char *what;
	char a[128], b[128];

	if (featset_is_empty(one))
		return;
	out_gap();
	out_answer(OUT_BOLD, "the same by another bit");
	for (featset_feature_t f = featset_next(one, 0); f < FEATSET_BITS; f = featset_next(one, f + 1)) {
		featset_feature_spell(a, sizeof(a), f, names);
		for (size_t i = 0; (twin = featset_feature_twin(f, i, &what)) != FEATSET_FEATURE_NONE; i++) {
			if (!featset_has(featset_cpu_features(sides[1].cpu), twin))
				continue;
			featset_feature_spell(b, sizeof(b), twin, names);
			out_paragraph(OUT_PLAIN, "    ", 4, "%s / %s: %s", a, b, what);
		}
	}
}

static bool differs(const struct side *side)
{
	return !featset_is_empty(&side->act) || !featset_is_empty(&side->other);
}

static bool tells_all(const struct side *sides)
{
	return featset_is_empty(&sides[0].unread) && featset_is_empty(&sides[1].unread);
}

static void show_side(const struct side *side, const char *other, featset_dialect_t names)
{
	featset_t act, rest;

	featset_minus(&act, &side->act, &side->twins);
	featset_minus(&rest, &side->other, &side->twins);
	out_gap();
	out_answer(OUT_BOLD, "%s has besides %u", side->name, featset_count(&act));
	out_set("    ", 4, &act, names);
	out_set("    and harmless bits (copies, hints, compatibility): ", 8, &rest, names);
	if (featset_is_empty(&side->unread))
		return;
	out_paragraph(OUT_PLAIN, "    ", 4, "and %u that nobody read on %s:", featset_count(&side->unread), other);
	out_set("        ", 8, &side->unread, names);
}

/* What it has and the other has by no bit at all. */
static unsigned count_only(const struct side *side)
{
	featset_t only;

	featset_minus(&only, &side->act, &side->twins);
	return featset_count(&only);
}

static int show(const struct side *sides, const featset_t *common, featset_dialect_t names)
{
	unsigned a = count_only(&sides[0]), b = count_only(&sides[1]);

	if (!differs(&sides[0]) && !differs(&sides[1]) && tells_all(sides)) {
		out_answer(OUT_GOOD, "%s and %s have the same %u features.", sides[0].name, sides[1].name,
			   featset_count(common));
		return EXIT_YES;
	}
	out_answer(OUT_BOLD, "%u in common, %u only in %s, %u only in %s%s", featset_count(common), a, sides[0].name, b,
		   sides[1].name, tells_all(sides) ? "" : ", some not known");
	show_side(&sides[0], sides[1].name, names);
	show_side(&sides[1], sides[0].name, names);
	show_twins(sides, names);
	return EXIT_NO;
}

#ifdef FEATSET_NO_JSON
#define json(sides, common, names) EXIT_TROUBLE
#else
static json_t *json_side(const struct side *side, featset_dialect_t names)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_text(side->name));
	json_object_set_new(object, "vendor", json_text(featset_cpu_vendor(side->cpu)));
	json_object_set_new(object, "only", json_set(&side->act, names));
	json_object_set_new(object, "only_other", json_set(&side->other, names));
	json_object_set_new(object, "unknown", json_set(&side->unread, names));
	json_object_set_new(object, "twins", json_set(&side->twins, names));
	return object;
}

static int json(const struct side *sides, const featset_t *common, featset_dialect_t names)
{
	bool same = !differs(&sides[0]) && !differs(&sides[1]);
	json_t *root = json_start();

	json_object_set_new(root, "same", json_string(!same ? "no" : tells_all(sides) ? "yes" : "unknown"));
	json_object_set_new(root, "common", json_set(common, names));
	json_object_set_new(root, "a", json_side(&sides[0], names));
	json_object_set_new(root, "b", json_side(&sides[1], names));
	json_finish(root);
	return same && tells_all(sides) ? EXIT_YES : EXIT_NO;
}
#endif

static int answer(const struct hosts *hosts, const struct settings *settings)
{
	struct side sides[2];
	featset_t common;

	if (hosts->count != 2)
		return out_trouble("diff: compares two, and was given %zu; --host NAME picks one of a file",
				   hosts->count);
	for (int i = 0; i < 2; i++) {
		sides[i].name = hosts->host[i].name;
		sides[i].cpu = hosts_cpu(&hosts->host[i], settings, false);
		if (!sides[i].cpu)
			return EXIT_TROUBLE;
	}
	compare(&sides[0], sides[1].cpu);
	compare(&sides[1], sides[0].cpu);
	find_twins(&sides[0], sides[1].cpu);
	find_twins(&sides[1], sides[0].cpu);
	featset_and(&common, featset_cpu_features(sides[0].cpu), featset_cpu_features(sides[1].cpu));
	return settings->json ? json(sides, &common, settings->names) : show(sides, &common, settings->names);
}

int cmd_diff(const struct settings *settings, int count, char **words)
{
	struct hosts hosts;
	int code;

	if (!hosts_read(&hosts, settings, count, words))
		return EXIT_TROUBLE;
	code = answer(&hosts, settings);
	hosts_free(&hosts);
	return code;
}
