/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdlib.h>
#include <string.h>

/* What keeps a baseline out of one cpu's reach; no feature stands in two of the sets. */
struct reach {
	featset_answer_t answer;
	struct identity identity;
	featset_t missing; /* the sum of the next four */
	featset_t fused, switched, masked, absent;
	featset_t unread;
	featset_t spared; /* not there, but nothing built for the baseline depends on it */
};

/* Takes out of `rest` what is in `reason`. */
static void take(featset_t *part, featset_t *rest, const featset_t *reason)
{
	featset_and(part, rest, reason);
	featset_minus(rest, rest, part);
}

static void find(struct reach *reach, const featset_baseline_t *baseline, const featset_cpu_t *cpu,
		 const struct settings *settings)
{
	featset_t rest;

	memset(reach, 0, sizeof(*reach));
	reach->answer = featset_baseline_fits(baseline, cpu, &reach->missing, &reach->unread);
	identity_find(&reach->identity, cpu, settings);
	rest = reach->missing;
	take(&reach->fused, &rest, &reach->identity.fused);
	take(&reach->switched, &rest, &reach->identity.switched);
	if (reach->identity.guest)
		take(&reach->masked, &rest, &reach->identity.other);
	reach->absent = rest;
	featset_baseline_features(&reach->spared, baseline);
	featset_minus(&reach->spared, &reach->spared, featset_cpu_features(cpu));
	featset_and(&reach->spared, &reach->spared, featset_cpu_known(cpu));
	featset_minus(&reach->spared, &reach->spared, &reach->missing);
}

/* ---- text ------------------------------------------------------------------------------- */

static void show_answer(const struct reach *reach, const char *name, const char *baseline)
{
	struct text count = { 0 };

	if (reach->answer == FEATSET_YES)
		out_answer(OUT_GOOD, "yes: nothing keeps %s out of reach of %s", baseline, name);
	if (reach->answer == FEATSET_NO) {
		text_add_count(&count, featset_count(&reach->missing), "missing feature");
		out_answer(OUT_BAD, "no: %s %s %s out of reach of %s", text_get(&count),
			   featset_count(&reach->missing) == 1 ? "keeps" : "keep", baseline, name);
	}
	if (reach->answer == FEATSET_UNKNOWN) {
		text_add_count(&count, featset_count(&reach->unread), "feature");
		out_answer(OUT_BAD, "unknown: nobody read %s of %s on %s", text_get(&count), baseline, name);
	}
	text_free(&count);
}

static void show_absent(const struct reach *reach, featset_dialect_t names)
{
	struct text label = { 0 };

	if (reach->identity.uarch)
		text_add(&label, "    not in %s: ", featset_baseline_title(reach->identity.uarch));
	else
		text_add(&label, "    not there: ");
	out_set(text_get(&label), 8, &reach->absent, names);
	text_free(&label);
}

static void show_masked(const struct reach *reach, const featset_cpu_t *cpu, featset_dialect_t names)
{
	struct text label = { 0 };

	text_add(&label, "    masked by ");
	identity_hypervisor(&label, cpu);
	text_add(&label, ": ");
	out_set(text_get(&label), 8, &reach->masked, names);
	text_free(&label);
}

static void show_cure(const struct reach *reach)
{
	if (!featset_is_empty(&reach->switched))
		out_paragraph(OUT_PLAIN, "    ", 4,
			      "What is switched off may be on after a change of the firmware's "
			      "setup, the kernel's command line or the microcode.");
	if (!featset_is_empty(&reach->masked))
		out_paragraph(OUT_PLAIN, "    ", 4,
			      "What is masked appears when the guest is given a larger CPU "
			      "model, if the host's part has it.");
	if (!featset_is_empty(&reach->unread))
		out_paragraph(OUT_PLAIN, "    ", 4,
			      "A dump of all leaves, such as 'cpuid -1 -r' gives, tells what "
			      "was not read.");
}

static void show(const struct reach *reach, const featset_cpu_t *cpu, featset_dialect_t names)
{
	out_set("    fused off in this part: ", 8, &reach->fused, names);
	out_set("    switched off: ", 8, &reach->switched, names);
	show_masked(reach, cpu, names);
	show_absent(reach, names);
	out_set("    not read: ", 8, &reach->unread, names);
	out_set("    not there either, but programs do not depend on it: ", 8, &reach->spared, names);
	show_cure(reach);
}

/* ---- JSON --------------------------------------------------------------------------------- */

#ifdef FEATSET_NO_JSON
#define json(all, baseline, hosts, settings) ((void)0)
#else
static void json_reach(json_t *object, const struct reach *reach, const char *name, featset_dialect_t names)
{
	static const char *const words[] = { "no", "yes", "unknown" };
	const featset_baseline_t *uarch = reach->identity.uarch;

	json_object_set_new(object, "name", json_text(name));
	json_object_set_new(object, "reachable", json_string(words[reach->answer]));
	json_object_set_new(object, "microarchitecture", json_text(uarch ? featset_baseline_name(uarch) : ""));
	json_object_set_new(object, "missing", json_set(&reach->missing, names));
	json_object_set_new(object, "fused", json_set(&reach->fused, names));
	json_object_set_new(object, "switchable", json_set(&reach->switched, names));
	json_object_set_new(object, "masked", json_set(&reach->masked, names));
	json_object_set_new(object, "absent", json_set(&reach->absent, names));
	json_object_set_new(object, "unknown", json_set(&reach->unread, names));
	json_object_set_new(object, "not_needed", json_set(&reach->spared, names));
}

static void json(const struct reach *all, const featset_baseline_t *baseline, const struct hosts *hosts,
		 const struct settings *settings)
{
	json_t *root = json_start(), *array = json_array();

	json_object_set_new(root, "baseline", json_text(featset_baseline_name(baseline)));
	if (hosts->count == 1)
		json_reach(root, all, hosts->host[0].name, settings->names);
	for (size_t i = 0; i < hosts->count && hosts->count > 1; i++) {
		json_t *object = json_object();

		json_reach(object, &all[i], hosts->host[i].name, settings->names);
		json_array_append_new(array, object);
	}
	if (hosts->count > 1)
		json_object_set(root, "hosts", array);
	json_decref(array);
	json_object_set_new(root, "notes", json_notes(hosts));
	json_finish(root);
}
#endif

static int tell(const struct reach *all, const featset_cpu_t **cpus, const featset_baseline_t *baseline,
		const struct hosts *hosts, const struct settings *settings)
{
	int code = EXIT_YES;

	for (size_t i = 0; i < hosts->count; i++)
		if (all[i].answer != FEATSET_YES)
			code = EXIT_NO;
	if (settings->json) {
		json(all, baseline, hosts, settings);
		return code;
	}
	for (size_t i = 0; i < hosts->count; i++) {
		show_answer(&all[i], hosts->host[i].name, featset_baseline_name(baseline));
		show(&all[i], cpus[i], settings->names);
	}
	hosts_notes(hosts);
	return code;
}

int why(const struct hosts *hosts, const struct settings *settings)
{
	featset_error_t error = { 0 };
	const featset_baseline_t *baseline = featset_catalog_find(settings->catalog, settings->why, &error);
	const featset_cpu_t **cpus;
	struct reach *all;
	int code;

	if (!baseline)
		return out_error(&error);
	cpus = hosts_cpus(hosts, settings);
	if (!cpus)
		return EXIT_TROUBLE;
	all = cli_alloc(hosts->count, sizeof(*all));
	for (size_t i = 0; i < hosts->count; i++)
		find(&all[i], baseline, cpus[i], settings);
	code = tell(all, cpus, baseline, hosts, settings);
	free(all);
	free(cpus);
	return code;
}
