/* SPDX-License-Identifier: MIT */
#include "json.h"

#ifdef FEATSET_NO_JSON
typedef int no_describe_json; /* a file must not be empty */
#else

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *json_leaves(const featset_cpu_t *cpu)
{
	static const struct {
		const char *key;
		featset_number_t number;
	} leaves[] = {
		{ "basic", FEATSET_MAX_BASIC },		  { "subleaf_7", FEATSET_MAX_SUBLEAF_7 },
		{ "hypervisor", FEATSET_MAX_HYPERVISOR }, { "extended", FEATSET_MAX_EXTENDED },
		{ "centaur", FEATSET_MAX_CENTAUR },
	};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		json_object_set_new(object, leaves[i].key, json_number(featset_cpu_number(cpu, leaves[i].number)));
	return object;
}

static json_t *json_words(const featset_cpu_t *cpu)
{
	json_t *object = json_object();
	char digits[9];

	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		if (!(featset_cpu_words(cpu) >> w & 1))
			continue;
		snprintf(digits, sizeof(digits), "%08" PRIx32, featset_cpu_word(cpu, w));
		json_object_set_new(object, featset_word_name(w), json_string(digits));
	}
	return object;
}

static json_t *json_nearest(const featset_cpu_t *cpu, const struct settings *settings)
{
	size_t count = featset_catalog_nearest(settings->catalog, NULL, 0, cpu);
	const featset_baseline_t **near = cli_alloc(count, sizeof(*near));
	json_t *array = json_array();

	count = featset_catalog_nearest(settings->catalog, near, count, cpu);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(featset_baseline_name(near[i])));
	free(near);
	return array;
}

static void json_lacks(json_t *object, const struct identity *identity, featset_dialect_t names)
{
	static const featset_t none;
	featset_t all;

	featset_or(&all, &identity->fused, &identity->switched);
	featset_or(&all, &all, &identity->other);
	json_object_set_new(object, "lacks", json_set(&all, names));
	json_object_set_new(object, "lacks_fused", json_set(&identity->fused, names));
	json_object_set_new(object, "lacks_switchable", json_set(&identity->switched, names));
	json_object_set_new(object, "lacks_masked", json_set(identity->guest ? &identity->other : &none, names));
	json_object_set_new(object, "lacks_unknown", json_set(&identity->unread, names));
	json_object_set_new(object, "beyond", json_set(&identity->beyond, names));
}

static void json_identity(json_t *object, const struct identity *identity, const featset_cpu_t *cpu,
			  const struct settings *settings)
{
	const featset_baseline_t *uarch = identity->uarch;

	json_object_set_new(object, "microarchitecture", json_text(uarch ? featset_baseline_name(uarch) : ""));
	json_object_set_new(object, "nearest", json_nearest(cpu, settings));
	json_object_set_new(object, "distance", json_number(identity->nearest ? (int64_t)identity->distance : -1));
}

static json_t *json_cpus(const featset_cpu_t *cpu, featset_dialect_t names)
{
	json_t *array = json_array();

	for (size_t i = 0; i < featset_cpu_count(cpu); i++) {
		const featset_cpu_t *one = featset_cpu_at(cpu, i);
		json_t *object = json_object();

		json_object_set_new(object, "core_type", json_text(featset_cpu_core_type(one)));
		json_object_set_new(object, "features", json_set(featset_cpu_features(one), names));
		json_object_set_new(object, "words", json_words(one));
		json_array_append_new(array, object);
	}
	return array;
}

static const char *view_key(featset_view_t view)
{
	static const char *const keys[] = { "", "hardware", "guest", "dom0", "promised" };

	return keys[view];
}

static void json_part(json_t *object, const featset_cpu_t *cpu)
{
	json_object_set_new(object, "vendor", json_text(featset_cpu_vendor(cpu)));
	json_object_set_new(object, "family", json_number(featset_cpu_number(cpu, FEATSET_FAMILY)));
	json_object_set_new(object, "model", json_number(featset_cpu_number(cpu, FEATSET_MODEL)));
	json_object_set_new(object, "stepping", json_number(featset_cpu_number(cpu, FEATSET_STEPPING)));
	json_object_set_new(object, "brand", json_text(featset_cpu_brand(cpu)));
}

static void json_host(json_t *object, const struct host *host, const featset_cpu_t *cpu,
		      const struct settings *settings)
{
	const featset_t *usable = featset_cpu_usable(cpu);
	featset_dialect_t names = settings->names;
	struct identity identity;

	identity_find(&identity, cpu, settings);
	json_object_set_new(object, "format", json_text(host->format));
	json_object_set_new(object, "name", json_text(host->name));
	json_object_set_new(object, "uuid", json_text(host->uuid));
	json_part(object, cpu);
	if (host->baseline)
		json_object_set_new(object, "baseline", json_baseline(host->baseline, names));
	json_identity(object, &identity, cpu, settings);
	json_object_set_new(object, "psabi", json_text(describe_psabi(cpu)));
	json_object_set_new(object, "view", json_text(view_key(featset_cpu_view(cpu))));
	json_object_set_new(object, "hypervisor", json_text(featset_cpu_hypervisor(cpu)));
	json_object_set_new(object, "max_leaves", json_leaves(cpu));
	json_object_set_new(object, "phys_bits", json_number(featset_cpu_number(cpu, FEATSET_PHYS_BITS)));
	json_object_set_new(object, "features", json_set(featset_cpu_features(cpu), names));
	json_object_set_new(object, "usable", usable ? json_set(usable, names) : json_null());
	json_object_set_new(object, "compat", json_set(featset_cpu_compat(cpu), names));
	json_lacks(object, &identity, names);
	json_object_set_new(object, "words", json_words(cpu));
	if (featset_cpu_count(cpu) > 1)
		json_object_set_new(object, "cpus", json_cpus(cpu, names));
}

int describe_json(const struct hosts *hosts, const struct settings *settings)
{
	const featset_cpu_t **cpus = hosts_cpus(hosts, settings);
	json_t *root, *array;

	if (!cpus)
		return EXIT_TROUBLE;
	root = json_start();
	array = json_array();
	if (hosts->count == 1)
		json_host(root, &hosts->host[0], cpus[0], settings);
	for (size_t i = 0; i < hosts->count && hosts->count > 1; i++) {
		json_t *object = json_object();

		json_host(object, &hosts->host[i], cpus[i], settings);
		json_array_append_new(array, object);
	}
	if (hosts->count > 1)
		json_object_set(root, "hosts", array);
	json_decref(array);
	json_object_set_new(root, "notes", json_notes(hosts));
	json_finish(root);
	free(cpus);
	return EXIT_YES;
}
#endif
