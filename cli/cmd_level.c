/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A level, and the hosts it was made of. */
struct result {
	const struct hosts *hosts;
	const featset_cpu_t **cpus;
	featset_level_t *level;
	const struct settings *settings;
	featset_policy_t *policy; /* NULL: none is wanted */
};

/* XAPI's strings carry a length, nothing else does. */
static bool from_xapi(const struct result *r)
{
	for (size_t i = 0; i < r->hosts->count; i++)
		if (featset_cpu_number(r->cpus[i], FEATSET_XEN_LENGTH) < 0)
			return false;
	return true;
}

static featset_rule_t rule_for(const struct result *r, const struct settings *settings)
{
	if (settings->rule != FEATSET_RULES)
		return settings->rule;
	if (settings->platform)
		return featset_platform_rule(settings->platform);
	return from_xapi(r) ? FEATSET_RULE_XENSERVER : FEATSET_RULE_SAFE;
}

static const featset_t *features(const struct result *r)
{
	return featset_cpu_features(featset_level_cpu(r->level));
}

static const featset_baseline_t *baseline(const struct result *r)
{
	const featset_baseline_t *best = NULL;

	return featset_catalog_nearest(r->settings->catalog, &best, 1, featset_level_cpu(r->level)) ? best : NULL;
}

/* What another rule would add to this level and drop from it. */
static bool other_rule(featset_t *adds, featset_t *drops, const struct result *r, featset_rule_t rule)
{
	featset_level_t *level = NULL;
	featset_error_t error = { 0 };

	if (featset_level_new(&level, r->cpus, r->hosts->count, rule, &error) != FEATSET_OK)
		return false;
	featset_minus(adds, featset_cpu_features(featset_level_cpu(level)), features(r));
	featset_minus(drops, features(r), featset_cpu_features(featset_level_cpu(level)));
	featset_level_free(level);
	return true;
}

/* ---- text -------------------------------------------------------------------------- */

/* VMs stand in for hosts where an input tells of no host. */
static const char *noun(const struct hosts *hosts)
{
	size_t vms = 0;

	for (size_t i = 0; i < hosts->count; i++)
		vms += hosts->host[i].inventory && hosts->host[i].index >= featset_inventory_hosts(hosts->host[i].inventory);
	return !vms ? "host" : vms == hosts->count ? "VM" : "CPU";
}

static void show_answer(const struct result *r)
{
	const featset_baseline_t *base = baseline(r);
	const char *psabi = describe_psabi(featset_level_cpu(r->level));
	const char *name = base ? featset_baseline_name(base) : "no known baseline";
	struct text text = { 0 };

	text_add(&text, "%s", name);
	if (*psabi && strcmp(psabi, name) != 0)
		text_add(&text, ", %s", psabi);
	text_add(&text, ": ");
	text_add_count(&text, r->hosts->count, noun(r->hosts));
	text_add(&text, ", ");
	text_add_count(&text, featset_count(features(r)), "feature");
	out_answer(OUT_BOLD, "%s (rule %s)", text_get(&text), featset_rule_name(featset_level_rule(r->level)));
	text_free(&text);
}

static void show_mixed(const struct result *r)
{
	struct text vendors = { 0 };

	if (!featset_level_mixed(r->level))
		return;
	policy_vendors(&vendors, r->cpus, r->hosts->count);
	out_gap();
	out_answer(OUT_BAD, "The hosts come from several vendors (%s): VMs do not migrate between them.",
		   text_get(&vendors));
	text_free(&vendors);
}

/* What is said of a cpu: equal hosts of a listing have the same one. */
struct seen {
	const featset_cpu_t *cpu;
	const char *kind;
	featset_t act, other;
};

enum { SEEN = 1024 };

static const struct seen *look_at(struct seen *all, const struct result *r, size_t index)
{
	const featset_cpu_t *cpu = r->cpus[index];
	uint64_t hash = (uintptr_t)cpu * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	struct seen *seen = &all[hash % SEEN];

	/* Two cpus that drive each other out would cost as much as no memory at all. */
	for (unsigned i = 1; i < 8 && seen->cpu && seen->cpu != cpu; i++)
		seen = &all[(hash + i) % SEEN];
	if (seen->cpu != cpu) {
		seen->cpu = cpu;
		seen->kind = describe_kind(cpu, r->settings);
		featset_level_lost(&seen->act, &seen->other, r->level, index);
	}
	return seen;
}

static void show_host(const struct result *r, size_t index, featset_dialect_t names, struct seen *all)
{
	const struct host *host = &r->hosts->host[index];
	const struct seen *seen = look_at(all, r, index);
	const char *kind = seen->kind;
	char *brand = cli_copy(featset_cpu_brand(r->cpus[index]));
	featset_t act = seen->act, other = seen->other;
	char label[64];

	text_clean(brand);
	out_answer(OUT_BOLD, "%s%s%s%s%s", host->name, *kind ? ": " : "", kind, *brand ? ", " : "", brand);
	free(brand);
	if (featset_is_empty(&act))
		out_paragraph(OUT_PLAIN, "    ", 4, "loses nothing");
	snprintf(label, sizeof(label), "    loses %u: ", featset_count(&act));
	out_set(label, 8, &act, names);
	snprintf(label, sizeof(label),
		 "    and harmless bits (copies, hints, compatibility), %u: ", featset_count(&other));
	out_set(label, 8, &other, names);
	if (r->settings->cpus)
		describe_cpus(r->cpus[index], "    ", r->settings);
}

static void show_rules(const struct result *r, featset_dialect_t names)
{
	featset_t adds, drops;
	char label[64];

	for (unsigned rule = 0; rule < FEATSET_RULES; rule++) {
		const char *name = featset_rule_name((featset_rule_t)rule);

		if ((featset_rule_t)rule == featset_level_rule(r->level) ||
		    !other_rule(&adds, &drops, r, (featset_rule_t)rule))
			continue;
		if (featset_is_empty(&adds) && featset_is_empty(&drops))
			out_paragraph(OUT_PLAIN, "", 0, "Rule %s gives the same.", name);
		snprintf(label, sizeof(label), "Rule %s would add: ", name);
		out_set(label, 4, &adds, names);
		snprintf(label, sizeof(label), "Rule %s would leave out: ", name);
		out_set(label, 4, &drops, names);
	}
}

static void show_evidence(const struct result *r, featset_dialect_t names)
{
	featset_t set;

	out_gap();
	featset_level_accumulated(&set, r->level);
	out_set("In the level though a host lacks it: ", 4, &set, names);
	featset_level_unknown(&set, r->level);
	if (featset_count(&set) > 64)
		out_paragraph(OUT_PLAIN, "", 0,
			      "Not known, because not every input tells: %u features (--json names them).",
			      featset_count(&set));
	else
		out_set("Not known, because not every input tells: ", 4, &set, names);
	show_rules(r, names);
}

static void show_xapi_advice(const char *xen, const struct settings *settings)
{
	out_paragraph(OUT_PLAIN, "", 0,
		      "XAPI starts new %s guests of a pool of these hosts with this level.  A VM that was started "
		      "before keeps what it had until it gets a new domain (xe vm-reboot uuid=VM).  Can it still move?",
		      settings->pv ? "PV" : "HVM");
	/* xe gives the whole map, whatever key one asks for. */
	out_raw("  xe vm-param-get uuid=VM param-name=last-boot-CPU-flags |\n"
		"    featset check%s - INPUT...",
		settings->pv ? " --domain pv" : "");
	out_paragraph(OUT_PLAIN, "", 0, "To hold one VM at this level whatever the pool becomes:");
	out_raw("  xe vm-param-set uuid=VM platform:featureset=\\\n%s", xen);
}

static void show_advice(const struct result *r, const struct settings *settings)
{
	char *xen = xen_string(featset_level_cpu(r->level));
	featset_rule_t rule = featset_level_rule(r->level);

	out_gap();
	if (from_xapi(r) && (rule == FEATSET_RULE_PLAIN || rule == FEATSET_RULE_XENSERVER)) {
		show_xapi_advice(xen, settings);
	} else {
		out_paragraph(OUT_PLAIN, "", 0, "The level as a Xen featureset:");
		out_raw("%s", xen);
	}
	free(xen);
}

static int show(const struct result *r, const struct settings *settings)
{
	static struct seen seen[SEEN];

	show_answer(r);
	show_mixed(r);
	out_gap();
	for (size_t i = 0; i < r->hosts->count; i++)
		show_host(r, i, settings->names, seen);
	show_evidence(r, settings->names);
	if (r->policy)
		policy_advise(r->policy, featset_level_cpu(r->level), settings);
	else
		show_advice(r, settings);
	hosts_notes(r->hosts);
	return EXIT_YES;
}

/* ---- JSON --------------------------------------------------------------------------- */

#ifdef FEATSET_NO_JSON
#define json(r, settings) EXIT_TROUBLE
#else
static json_t *json_host(const struct result *r, size_t index, featset_dialect_t names)
{
	const featset_baseline_t *uarch = featset_catalog_identify(r->settings->catalog, r->cpus[index]);
	json_t *object = json_object();
	featset_t act, other;

	featset_level_lost(&act, &other, r->level, index);
	json_object_set_new(object, "name", json_text(r->hosts->host[index].name));
	json_object_set_new(object, "uuid", json_text(r->hosts->host[index].uuid));
	json_object_set_new(object, "vendor", json_text(featset_cpu_vendor(r->cpus[index])));
	json_object_set_new(object, "brand", json_text(featset_cpu_brand(r->cpus[index])));
	json_object_set_new(object, "microarchitecture", json_text(uarch ? featset_baseline_name(uarch) : ""));
	json_object_set_new(object, "lost", json_set(&act, names));
	json_object_set_new(object, "lost_other", json_set(&other, names));
	return object;
}

static json_t *json_hosts(const struct result *r, featset_dialect_t names)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->hosts->count; i++)
		json_array_append_new(array, json_host(r, i, names));
	return array;
}

static json_t *json_rules(const struct result *r, featset_dialect_t names)
{
	json_t *object = json_object();
	featset_t adds, drops;

	for (unsigned rule = 0; rule < FEATSET_RULES; rule++) {
		json_t *differs;

		if ((featset_rule_t)rule == featset_level_rule(r->level) ||
		    !other_rule(&adds, &drops, r, (featset_rule_t)rule))
			continue;
		differs = json_object();
		json_object_set_new(differs, "adds", json_set(&adds, names));
		json_object_set_new(differs, "leaves_out", json_set(&drops, names));
		json_object_set_new(object, featset_rule_name((featset_rule_t)rule), differs);
	}
	return object;
}

static json_t *json_nearest(const struct result *r)
{
	const featset_cpu_t *cpu = featset_level_cpu(r->level);
	size_t count = featset_catalog_nearest(r->settings->catalog, NULL, 0, cpu);
	const featset_baseline_t **near = cli_alloc(count, sizeof(*near));
	json_t *array = json_array();

	count = featset_catalog_nearest(r->settings->catalog, near, count, cpu);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(featset_baseline_name(near[i])));
	free(near);
	return array;
}

static void json_name(json_t *root, const struct result *r)
{
	const featset_baseline_t *base = baseline(r);
	char *xen = xen_string(featset_level_cpu(r->level));

	json_object_set_new(root, "count", json_integer(featset_count(features(r))));
	json_object_set_new(root, "baseline", json_text(base ? featset_baseline_name(base) : ""));
	json_object_set_new(root, "nearest", json_nearest(r));
	json_object_set_new(root, "psabi", json_text(describe_psabi(featset_level_cpu(r->level))));
	json_object_set_new(root, "xen", json_string(xen));
	json_object_set_new(root, "vendor", json_text(featset_level_vendor(r->level)));
	json_object_set_new(root, "mixed", json_boolean(featset_level_mixed(r->level)));
	free(xen);
}

static int json(const struct result *r, const struct settings *settings)
{
	json_t *root = json_start();
	featset_t set;

	json_object_set_new(root, "rule", json_string(featset_rule_name(featset_level_rule(r->level))));
	json_object_set_new(root, "domain", json_string(settings->pv ? "pv" : "hvm"));
	json_object_set_new(root, "features", json_set(features(r), settings->names));
	json_name(root, r);
	featset_level_accumulated(&set, r->level);
	json_object_set_new(root, "accumulated", json_set(&set, settings->names));
	featset_level_unknown(&set, r->level);
	json_object_set_new(root, "unknown", json_set(&set, settings->names));
	json_object_set_new(root, "other_rules", json_rules(r, settings->names));
	json_object_set_new(root, "hosts", json_hosts(r, settings->names));
	json_object_set_new(root, "notes", json_notes(r->hosts));
	if (r->policy) {
		json_t *policy = json_object();

		json_policy(policy, r->policy, settings->names);
		json_object_set_new(root, "policy", policy);
	}
	json_finish(root);
	return EXIT_YES;
}
#endif

static int answer(const struct hosts *hosts, const struct settings *settings)
{
	struct result r = { hosts, hosts_cpus(hosts, settings), NULL, settings, NULL };
	featset_error_t error = { 0 };
	int code;

	if (!r.cpus)
		return EXIT_TROUBLE;
	if (featset_level_new(&r.level, r.cpus, hosts->count, rule_for(&r, settings), &error) != FEATSET_OK)
		code = out_error(&error);
	else if (settings->platform && !(r.policy = policy_new(featset_level_cpu(r.level), settings)))
		code = EXIT_TROUBLE;
	else
		code = settings->json ? json(&r, settings) : show(&r, settings);
	featset_policy_free(r.policy);
	featset_level_free(r.level);
	free(r.cpus);
	return code;
}

/*
 * A host without HVM has a set of bits that XAPI makes up; XAPI leaves it out of
 * the HVM level, and so do we.  A bare string is a set like any other.
 */
static bool offers_guests(const struct host *host, const struct settings *settings)
{
	const featset_cpu_t *cpu = hosts_cpu(host, settings, false);

	return !cpu || strcmp(host->format, "xen") == 0 || featset_cpu_number(cpu, FEATSET_XEN_LENGTH) <= 0 ||
	       !featset_subset(featset_cpu_features(cpu), featset_cpu_compat(cpu));
}

static void leave_out_idle(struct hosts *hosts, const struct settings *settings)
{
	size_t kept = 0;

	for (size_t i = 0; i < hosts->count; i++) {
		struct host host = hosts->host[i];

		if (offers_guests(&host, settings)) {
			hosts->host[i] = hosts->host[kept];
			hosts->host[kept++] = host;
		}
	}
	if (!kept)
		return; /* all alike: their common set is still an answer */
	for (size_t i = kept; i < hosts->count; i++) {
		free(hosts->host[i].name);
		free(hosts->host[i].uuid);
	}
	hosts->count = kept;
}

bool level_read(struct hosts *hosts, const struct settings *settings, int count, char **words)
{
	if (!hosts_read(hosts, settings, count, words))
		return false;
	leave_out_idle(hosts, settings);
	return true;
}

int cmd_level(const struct settings *settings, int count, char **words)
{
	struct hosts hosts;
	int code;

	if (settings->target && !settings->platform)
		return out_trouble("level: --target is a version of a platform; it needs --for");
	if (!level_read(&hosts, settings, count, words))
		return EXIT_TROUBLE;
	code = answer(&hosts, settings);
	hosts_free(&hosts);
	return code;
}
