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
};

static void compare(struct side *side, const featset_cpu_t *against)
{
	featset_t only;

	featset_minus(&only, featset_cpu_features(side->cpu), featset_cpu_features(against));
	featset_minus(&side->unread, &only, featset_cpu_known(against));
	featset_minus(&only, &only, &side->unread);
	featset_cpu_split(side->cpu, &only, &side->act, &side->other);
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
	out_gap();
	out_answer(OUT_BOLD, "%s has besides %u", side->name, featset_count(&side->act));
	out_set("    ", 4, &side->act, names);
	out_set("    and harmless bits (copies, hints, compatibility): ", 8, &side->other, names);
	if (featset_is_empty(&side->unread))
		return;
	out_paragraph(OUT_PLAIN, "    ", 4, "and %u that nobody read on %s:", featset_count(&side->unread), other);
	out_set("        ", 8, &side->unread, names);
}

static int show(const struct side *sides, const featset_t *common, featset_dialect_t names)
{
	unsigned a = featset_count(&sides[0].act), b = featset_count(&sides[1].act);

	if (!differs(&sides[0]) && !differs(&sides[1]) && tells_all(sides)) {
		out_answer(OUT_GOOD, "%s and %s have the same %u features.", sides[0].name, sides[1].name,
			   featset_count(common));
		return EXIT_YES;
	}
	out_answer(OUT_BOLD, "%u in common, %u only in %s, %u only in %s%s", featset_count(common), a, sides[0].name, b,
		   sides[1].name, tells_all(sides) ? "" : ", some not known");
	show_side(&sides[0], sides[1].name, names);
	show_side(&sides[1], sides[0].name, names);
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
