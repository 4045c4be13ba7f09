/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void policy_vendors(struct text *vendors, const featset_cpu_t *const *cpus, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *vendor = featset_cpu_vendor(cpus[i]);

		if (*vendor && !strstr(text_get(vendors), vendor))
			text_add(vendors, "%s%s", vendors->length ? ", " : "", vendor);
	}
}

/* ---- one policy ------------------------------------------------------------------------- */

void policy_left_out(featset_t *act, featset_t *other, const featset_policy_t *policy, const featset_cpu_t *cpu)
{
	featset_cpu_split(cpu, featset_policy_left_out(policy), act, other);
}

static const char *target_of(const featset_policy_t *policy)
{
	return featset_policy_target(policy);
}

/* --strict: nothing is better than something that lacks a feature. */
static bool is_refused(const featset_policy_t *policy, const featset_cpu_t *cpu, const struct settings *settings)
{
	struct text text = { 0 };
	featset_t act, other;

	if (!settings->strict || featset_policy_is_exact(policy))
		return false;
	policy_left_out(&act, &other, policy, cpu);
	text_add_count(&text, featset_count(&act), "feature");
	text_add(&text, ": ");
	text_add_set(&text, &act, settings->names);
	out_trouble("--strict: %s cannot express %s", target_of(policy), text_get(&text));
	text_free(&text);
	return true;
}

featset_policy_t *policy_new(const featset_cpu_t *cpu, const struct settings *settings)
{
	unsigned flags = (settings->expanded ? FEATSET_POLICY_EXPANDED : 0u) |
			 (settings->leave_open ? FEATSET_POLICY_LEAVE_OPEN : 0u);
	featset_policy_t *policy = NULL;
	featset_error_t error = { 0 };

	if (featset_policy_new(&policy, cpu, settings->platform, settings->target, settings->name, flags, &error) !=
	    FEATSET_OK) {
		out_error(&error);
		return NULL;
	}
	if (is_refused(policy, cpu, settings)) {
		featset_policy_free(policy);
		return NULL;
	}
	return policy;
}

void policy_advise(const featset_policy_t *policy, const featset_cpu_t *cpu, const struct settings *settings)
{
	const char *text = featset_policy_text(policy);
	featset_t act, other;
	char label[96];

	out_gap();
	out_paragraph(OUT_PLAIN, "", 0, "The level for %s (%s):", featset_platform_name(settings->platform),
		      target_of(policy));
	out_raw("%.*s", (int)(strlen(text) - 1), text);
	policy_left_out(&act, &other, policy, cpu);
	snprintf(label, sizeof(label), "It cannot express %u: ", featset_count(&act));
	out_set(label, 4, &act, settings->names);
	snprintf(label, sizeof(label), "Nor harmless bits (copies, hints, compatibility), %u: ", featset_count(&other));
	out_set(label, 4, &other, settings->names);
	for (size_t i = 0; i < featset_policy_notes(policy); i++)
		out_paragraph(OUT_PLAIN, "note: ", 6, "%s", featset_policy_note(policy, i));
}

/* ---- the command ------------------------------------------------------------------------- */

/* What is written: a level, or the one cpu there is. */
struct answer {
	const struct hosts *hosts;
	const featset_cpu_t **cpus;
	featset_level_t *level; /* NULL: one cpu as it is */
	const featset_cpu_t *cpu;
	featset_policy_t *policy;
};

static void warn_set(const char *what, const featset_policy_t *policy, const featset_t *set,
		     const struct settings *settings)
{
	struct text text = { 0 };

	if (featset_is_empty(set))
		return;
	text_add_set(&text, set, settings->names);
	out_warn("%s cannot express %u %s: %s", target_of(policy), featset_count(set), what, text_get(&text));
	text_free(&text);
}

static void warn_vendors(const struct answer *answer)
{
	struct text vendors = { 0 };

	if (!answer->level || !featset_level_mixed(answer->level))
		return;
	policy_vendors(&vendors, answer->cpus, answer->hosts->count);
	out_warn("the hosts come from several vendors (%s): VMs do not migrate between them", text_get(&vendors));
	text_free(&vendors);
}

static void warn_of_inputs(const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->inventories; i++) {
		const featset_inventory_t *inventory = hosts->inventory[i];

		for (size_t n = 0; n < featset_inventory_notes(inventory); n++) {
			char *note;

			if (featset_inventory_note_is_left_out(inventory, n))
				continue;
			note = cli_copy(featset_inventory_note(inventory, n));
			text_clean(note);
			out_warn("%s", note);
			free(note);
		}
	}
}

/* The text alone, so that it can go into a file; all else goes to standard error. */
static void show(const struct answer *answer, const struct settings *settings)
{
	featset_t act, other;

	fputs(featset_policy_text(answer->policy), stdout);
	policy_left_out(&act, &other, answer->policy, answer->cpu);
	warn_set(featset_count(&act) == 1 ? "feature" : "features", answer->policy, &act, settings);
	warn_set("harmless bits (copies, hints, compatibility)", answer->policy, &other, settings);
	for (size_t i = 0; i < featset_policy_notes(answer->policy); i++)
		out_warn("%s", featset_policy_note(answer->policy, i));
	warn_vendors(answer);
	warn_of_inputs(answer->hosts);
}

#ifdef FEATSET_NO_JSON
#define json(answer, settings) ((void)0)
#else
void json_policy(json_t *object, const featset_policy_t *policy, featset_dialect_t names)
{
	const featset_baseline_t *model = featset_policy_model(policy);
	json_t *notes = json_array(), *text = json_string(featset_policy_text(policy));

	for (size_t i = 0; i < featset_policy_notes(policy); i++)
		json_array_append_new(notes, json_text(featset_policy_note(policy, i)));
	json_object_set_new(object, "platform", json_string(featset_platform_name(featset_policy_platform(policy))));
	json_object_set_new(object, "target", json_string(target_of(policy)));
	json_object_set_new(object, "model", json_text(model ? featset_baseline_name(model) : ""));
	/* Line by line as it is, which json_text would not leave; a name may be anything. */
	json_object_set_new(object, "text", text ? text : json_text(featset_policy_text(policy)));
	json_object_set_new(object, "features", json_set(featset_policy_features(policy), names));
	json_object_set_new(object, "left_out", json_set(featset_policy_left_out(policy), names));
	json_object_set_new(object, "exact", json_boolean(featset_policy_is_exact(policy)));
	json_object_set_new(object, "notes", notes);
}

static void json(const struct answer *answer, const struct settings *settings)
{
	const char *rule = answer->level ? featset_rule_name(featset_level_rule(answer->level)) : "";
	json_t *root = json_start(), *notes = json_notes(answer->hosts);

	json_object_set_new(root, "rule", json_text(rule));
	json_policy(root, answer->policy, settings->names);
	json_array_extend(json_object_get(root, "notes"), notes);
	json_decref(notes);
	json_finish(root);
}
#endif

/* One cpu is what is wanted already, unless a rule is asked for. */
static bool find_cpu(struct answer *answer, const struct settings *settings)
{
	bool said = settings->rule != FEATSET_RULES;
	featset_rule_t rule = said ? settings->rule : featset_platform_rule(settings->platform);
	featset_error_t error = { 0 };

	answer->cpu = answer->cpus[0];
	if (answer->hosts->count == 1 && !said)
		return true;
	if (featset_level_new(&answer->level, answer->cpus, answer->hosts->count, rule, &error) != FEATSET_OK) {
		out_error(&error);
		return false;
	}
	answer->cpu = featset_level_cpu(answer->level);
	return true;
}

static int write_policy(const struct hosts *hosts, const struct settings *settings)
{
	struct answer answer = { .hosts = hosts, .cpus = hosts_cpus(hosts, settings) };
	int code = EXIT_TROUBLE;

	if (!answer.cpus)
		return EXIT_TROUBLE;
	if (find_cpu(&answer, settings) && (answer.policy = policy_new(answer.cpu, settings))) {
		if (settings->json)
			json(&answer, settings);
		else
			show(&answer, settings);
		code = EXIT_YES;
	}
	featset_policy_free(answer.policy);
	featset_level_free(answer.level);
	free(answer.cpus);
	return code;
}

int cmd_policy(const struct settings *settings, int count, char **words)
{
	struct hosts hosts;
	int code;

	if (!settings->platform)
		return out_trouble("policy: needs --for PLATFORM; see 'featset list platforms'");
	if (!level_read(&hosts, settings, count, words))
		return EXIT_TROUBLE;
	code = write_policy(&hosts, settings);
	hosts_free(&hosts);
	return code;
}
