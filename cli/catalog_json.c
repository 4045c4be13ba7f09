/* SPDX-License-Identifier: MIT */
#include "json.h"

#ifdef FEATSET_NO_JSON
typedef int no_catalog_json; /* a file must not be empty */
#else

#include <inttypes.h>
#include <stdio.h>

static json_t *json_maybe(const char *text)
{
	return text ? json_text(text) : json_null();
}

/* ---- baselines --------------------------------------------------------------------------- */

static json_t *json_signatures(const featset_baseline_t *baseline)
{
	json_t *array = json_array();
	featset_signature_t s;

	for (size_t i = 0; featset_baseline_signature(baseline, i, &s); i++)
		json_array_append_new(array, json_pack("{s:i, s:[ii], s:[ii]}", "family", (int)s.family, "models",
						       (int)s.model_first, (int)s.model_last, "steppings",
						       (int)s.stepping_first, (int)s.stepping_last));
	return array;
}

static json_t *json_namings(const featset_baseline_t *baseline)
{
	json_t *object = json_object();

	for (unsigned n = 0; n < FEATSET_NAMINGS; n++) {
		json_t *array = json_array();
		const char *alias;

		for (size_t i = 0; (alias = featset_baseline_alias(baseline, (featset_naming_t)n, i)); i++)
			json_array_append_new(array, json_text(alias));
		json_object_set_new(object, featset_naming_name((featset_naming_t)n), array);
	}
	return object;
}

static void json_sets(json_t *object, const featset_baseline_t *baseline, featset_dialect_t names)
{
	featset_t set, drops;

	featset_baseline_features(&set, baseline);
	json_object_set_new(object, "count", json_integer(featset_count(&set)));
	json_object_set_new(object, "features", json_set(&set, names));
	baseline_changes(&set, &drops, baseline);
	json_object_set_new(object, "adds", json_set(&set, names));
	json_object_set_new(object, "drops", json_set(&drops, names));
	featset_baseline_fused(&set, baseline);
	json_object_set_new(object, "fused", json_set(&set, names));
	featset_baseline_switchable(&set, baseline);
	json_object_set_new(object, "switchable", json_set(&set, names));
}

json_t *json_baseline(const featset_baseline_t *baseline, featset_dialect_t names)
{
	const featset_baseline_t *parent = featset_baseline_parent(baseline);
	unsigned year = featset_baseline_year(baseline);
	json_t *object = json_object();

	json_object_set_new(object, "name", json_text(featset_baseline_name(baseline)));
	json_object_set_new(object, "kind", json_text(featset_kind_name(featset_baseline_kind(baseline))));
	json_object_set_new(object, "title", json_text(featset_baseline_title(baseline)));
	json_object_set_new(object, "vendor", json_text(featset_baseline_vendor(baseline)));
	json_object_set_new(object, "year", year ? json_integer(year) : json_null());
	json_object_set_new(object, "preliminary", json_maybe(featset_baseline_preliminary(baseline)));
	json_object_set_new(object, "parent", json_maybe(parent ? featset_baseline_name(parent) : NULL));
	json_object_set_new(object, "psabi", json_text(baseline_psabi(baseline)));
	json_object_set_new(object, "origin", json_maybe(featset_baseline_origin(baseline)));
	json_object_set_new(object, "since", json_maybe(featset_baseline_since(baseline)));
	json_object_set_new(object, "signatures", json_signatures(baseline));
	json_sets(object, baseline, names);
	json_object_set_new(object, "names", json_namings(baseline));
	return object;
}

/* ---- features ------------------------------------------------------------------------------ */

/* The names C knows the features by, without FEATSET_. */
static const char *const ids[FEATSET_BITS] = {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) [FEATSET_##id] = #id,
#include <featset/features.def>
};

/* A feature's spellings in every dialect that has one. */
static json_t *json_spellings(featset_feature_t feature)
{
	json_t *names = json_object();

	for (unsigned d = FEATSET_CANONICAL + 1; d < FEATSET_DIALECTS; d++) {
		const char *name = featset_feature_name(feature, (featset_dialect_t)d);

		if (name)
			json_object_set_new(names, featset_dialect_name((featset_dialect_t)d), json_string(name));
	}
	return names;
}

static json_t *json_requirements(featset_feature_t feature, featset_edges_t edges)
{
	featset_t set;

	featset_requirements(&set, feature, edges);
	return json_set(&set, FEATSET_CANONICAL);
}

static json_t *json_twins(featset_feature_t feature)
{
	featset_feature_t twin;
	featset_t set;

	featset_clear(&set);
	for (size_t i = 0; (twin = featset_feature_twin(feature, i, NULL)) != FEATSET_FEATURE_NONE; i++)
		featset_add(&set, twin);
	return json_set(&set, FEATSET_CANONICAL);
}

json_t *json_feature(featset_feature_t feature)
{
	json_t *object = json_object();
	char where[64];

	snprintf(where, sizeof(where), "%s[%u]", featset_word_name(feature / 32), feature % 32);
	json_object_set_new(object, "name", json_text(featset_feature_name(feature, FEATSET_CANONICAL)));
	json_object_set_new(object, "id", json_maybe(ids[feature]));
	json_object_set_new(object, "number", json_integer(feature));
	json_object_set_new(object, "word", json_integer(feature / 32));
	json_object_set_new(object, "bit", json_integer(feature % 32));
	json_object_set_new(object, "where", json_text(where));
	json_object_set_new(object, "class", json_text(featset_class_name(featset_feature_class(feature))));
	json_object_set_new(object, "merge", json_text(featset_merge_name(featset_feature_merge(feature))));
	json_object_set_new(object, "scope", json_text(featset_scope_name(featset_feature_scope(feature))));
	json_object_set_new(object, "summary", json_maybe(featset_feature_summary(feature)));
	json_object_set_new(object, "names", json_spellings(feature));
	json_object_set_new(object, "requires", json_requirements(feature, FEATSET_EDGES_ALL));
	json_object_set_new(object, "requires_xen", json_requirements(feature, FEATSET_EDGES_XEN));
	json_object_set_new(object, "twins", json_twins(feature));
	return object;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Of CPUID the register, of an MSR the half. */
static json_t *json_register(unsigned word)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };
	featset_register_t reg = featset_word_register(word);

	if (featset_word_source(word) == FEATSET_SOURCE_CPUID)
		return json_string(names[reg]);
	if (featset_word_source(word) == FEATSET_SOURCE_MSR)
		return json_string(reg == FEATSET_EAX ? "low" : "high");
	return json_null();
}

static json_t *json_named(unsigned word)
{
	featset_t named, one;

	featset_named(&named);
	featset_clear(&one);
	featset_set_word(&one, word, featset_word(&named, word));
	return json_integer(featset_count(&one));
}

json_t *json_word(unsigned word)
{
	static const char *const sources[] = { "cpuid", "msr", "ladder", "reserved", "free" };
	featset_source_t source = featset_word_source(word);
	bool is_read = source == FEATSET_SOURCE_CPUID || source == FEATSET_SOURCE_MSR;
	bool has_subleaf = source == FEATSET_SOURCE_CPUID;
	json_t *object = json_object();
	char flags[9];

	snprintf(flags, sizeof(flags), "%08" PRIx32, featset_word_flags(word));
	json_object_set_new(object, "number", json_integer(word));
	json_object_set_new(object, "name", json_text(featset_word_name(word)));
	json_object_set_new(object, "source", json_string(sources[source]));
	json_object_set_new(object, "index", is_read ? json_integer(featset_word_index(word)) : json_null());
	json_object_set_new(object, "subleaf", has_subleaf ? json_integer(featset_word_subleaf(word)) : json_null());
	json_object_set_new(object, "register", json_register(word));
	json_object_set_new(object, "flags", json_string(flags));
	json_object_set_new(object, "named", json_named(word));
	return object;
}
#endif
