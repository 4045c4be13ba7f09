/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_GLUE_H
#define FEATSET_GLUE_H

/*
 * glue.h - what scripts want and C lacks, the same for every language
 *
 * Everything here is static inline: it is compiled into each binding.
 * Attributes are read by T_NAME_get; functions that can fail take the error
 * first and leave its code at FEATSET_OK otherwise.
 */

#include <featset.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The code of "no such index": a language that has its own error for it says so before. */
#ifndef FSG_E_INDEX
#define FSG_E_INDEX FEATSET_E_ARGUMENT
#endif

/* ---- values that cross the border ------------------------------------------------------- */

/* -1 is "unknown". */
typedef int64_t fsg_number;

/* A string that the receiver frees; NULL is "nothing". */
typedef char *fsg_text;

/* A cpu that the receiver frees; NULL is "nothing". */
typedef featset_cpu_t *fsg_cpu;

/* Cpus that the receiver frees, each and the array; `count` with NULL items means no memory. */
typedef struct fsg_cpus {
	featset_cpu_t **items;
	size_t count;
} fsg_cpus;

/* Constants in an array that the receiver frees. */
typedef struct fsg_baselines {
	const featset_baseline_t **items;
	size_t count;
} fsg_baselines;

/* Constant strings, the i-th by a call; `of` is what they belong to. */
typedef struct fsg_strings {
	const char *(*at)(const void *of, size_t index);
	const void *of;
	size_t count;
} fsg_strings;

/* The words of a cpu: bit w of `read` says that word w is there. */
typedef struct fsg_words {
	uint64_t read;
	uint32_t word[FEATSET_WORDS];
} fsg_words;

typedef struct fsg_check {
	featset_answer_t answer;
	featset_t missing;
	featset_t unknown;
} fsg_check;

static inline bool fsg_fail(featset_error_t *error, featset_status_t code, const char *text)
{
	error->code = code;
	error->line = error->column = 0;
	error->file[0] = '\0';
	snprintf(error->text, sizeof(error->text), "%s", text);
	return false;
}

/* ---- sets ---------------------------------------------------------------------------------- */

#define delete_featset(set) free(set)

/* The words a set can hold, number fields left out: what is known when everything is. */
static inline featset_t fsg_flags(void)
{
	featset_t set;

	featset_clear(&set);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		featset_set_word(&set, word, featset_word_flags(word));
	return set;
}

static inline featset_t featset_closed(const featset_t *set, featset_edges_t edges)
{
	featset_t dst;

	featset_close(&dst, set, edges);
	return dst;
}

static inline featset_t featset_pruned(const featset_t *set, featset_edges_t edges)
{
	featset_t dst;

	featset_prune(&dst, set, NULL, edges);
	return dst;
}

/* ---- features --------------------------------------------------------------------------------- */

/* FEATSET_AVX2's "AVX2": what a feature is called as a constant; NULL for a bit without a name. */
static inline const char *fsg_feature_id(featset_feature_t feature)
{
	static const char *const ids[FEATSET_BITS] = {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) [(word)*32 + (bit)] = #id,
#include <featset/features.def>
	};

	return feature < FEATSET_BITS ? ids[feature] : NULL;
}

static inline featset_feature_t fsg_feature(featset_error_t *error, const char *name, featset_dialect_t dialect)
{
	featset_feature_t feature = FEATSET_FEATURE_NONE;

	error->code = featset_feature_find(&feature, name, dialect, error);
	return feature;
}

static inline fsg_text fsg_feature_spell(featset_feature_t feature, featset_dialect_t dialect)
{
	char text[128];

	featset_feature_spell(text, sizeof(text), feature, dialect);
	return strdup(text);
}

#define fsg_number_of(feature) ((unsigned)(feature))
#define fsg_feature_class(feature) featset_class_name(featset_feature_class(feature))
#define fsg_feature_merge(feature) featset_merge_name(featset_feature_merge(feature))
#define fsg_feature_scope(feature) featset_scope_name(featset_feature_scope(feature))

static inline const char *fsg_word_source(unsigned word)
{
	switch (featset_word_source(word)) {
	case FEATSET_SOURCE_CPUID:
		return "cpuid";
	case FEATSET_SOURCE_MSR:
		return "msr";
	case FEATSET_SOURCE_LADDER:
		return "ladder";
	case FEATSET_SOURCE_RESERVED:
		return "reserved";
	case FEATSET_SOURCE_FREE:
		break;
	}
	return "free";
}

static inline const char *fsg_word_register(unsigned word)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };

	return names[featset_word_register(word) & 3];
}

static inline featset_t fsg_named(void)
{
	featset_t set;

	featset_named(&set);
	return set;
}

static inline featset_t fsg_requirements(featset_feature_t feature, featset_edges_t edges)
{
	featset_t set;

	featset_requirements(&set, feature, edges);
	return set;
}

static inline featset_t fsg_dependants(featset_feature_t feature, featset_edges_t edges)
{
	featset_t set;

	featset_dependants(&set, feature, edges);
	return set;
}

/* ---- cpus ----------------------------------------------------------------------------------------- */

#define delete_featset_cpu featset_cpu_free
#define featset_cpu_features_get featset_cpu_features
#define featset_cpu_known_get featset_cpu_known
#define featset_cpu_usable_get featset_cpu_usable
#define featset_cpu_compat_get featset_cpu_compat
#define featset_cpu_vendor_get featset_cpu_vendor
#define featset_cpu_brand_get featset_cpu_brand
#define featset_cpu_hypervisor_get featset_cpu_hypervisor
#define featset_cpu_core_type_get featset_cpu_core_type
#define featset_cpu_family_get(cpu) featset_cpu_number(cpu, FEATSET_FAMILY)
#define featset_cpu_model_get(cpu) featset_cpu_number(cpu, FEATSET_MODEL)
#define featset_cpu_stepping_get(cpu) featset_cpu_number(cpu, FEATSET_STEPPING)
#define featset_cpu_max_basic_get(cpu) featset_cpu_number(cpu, FEATSET_MAX_BASIC)
#define featset_cpu_max_subleaf_7_get(cpu) featset_cpu_number(cpu, FEATSET_MAX_SUBLEAF_7)
#define featset_cpu_max_hypervisor_get(cpu) featset_cpu_number(cpu, FEATSET_MAX_HYPERVISOR)
#define featset_cpu_max_extended_get(cpu) featset_cpu_number(cpu, FEATSET_MAX_EXTENDED)
#define featset_cpu_max_centaur_get(cpu) featset_cpu_number(cpu, FEATSET_MAX_CENTAUR)
#define featset_cpu_phys_bits_get(cpu) featset_cpu_number(cpu, FEATSET_PHYS_BITS)
#define featset_cpu_linear_bits_get(cpu) featset_cpu_number(cpu, FEATSET_LINEAR_BITS)
#define featset_cpu_avx10_version_get(cpu) featset_cpu_number(cpu, FEATSET_AVX10_VERSION)
#define featset_cpu_xcr0_get(cpu) featset_cpu_number(cpu, FEATSET_XCR0)
#define featset_cpu_microarchitecture_get featset_identify
#define featset_cpu_nearest_get fsg_nearest
#define featset_cpu_psabi_get featset_psabi
#define featset_cpu_xen_get fsg_xen
#define featset_cpu_cpus_get fsg_logical

static inline const char *featset_cpu_view_get(const featset_cpu_t *cpu)
{
	switch (featset_cpu_view(cpu)) {
	case FEATSET_VIEW_HARDWARE:
		return "hardware";
	case FEATSET_VIEW_GUEST:
		return "guest";
	case FEATSET_VIEW_DOM0:
		return "dom0";
	case FEATSET_VIEW_PROMISED:
		return "promised";
	case FEATSET_VIEW_UNKNOWN:
		break;
	}
	return NULL;
}

static inline fsg_words featset_cpu_words_get(const featset_cpu_t *cpu)
{
	fsg_words words = { .read = featset_cpu_words(cpu) };

	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		words.word[word] = featset_cpu_word(cpu, word);
	return words;
}

/* Copies, so that none outlives what it belongs to. */
static inline void fsg_push(fsg_cpus *list, size_t count, const featset_cpu_t *cpu)
{
	if (!list->items && !list->count)
		list->items = calloc(count ? count : 1, sizeof(*list->items));
	if (list->items)
		list->items[list->count] = featset_cpu_copy(cpu);
	list->count++;
}

static inline fsg_cpus fsg_logical(const featset_cpu_t *cpu)
{
	fsg_cpus list = { NULL, 0 };

	for (size_t i = 0; i < featset_cpu_count(cpu); i++)
		fsg_push(&list, featset_cpu_count(cpu), featset_cpu_at(cpu, i));
	return list;
}

/* As XAPI writes it: as long as what it was read from, else up to the last word that is not 0. */
static inline fsg_text fsg_xen(const featset_cpu_t *cpu)
{
	const featset_t *features = featset_cpu_features(cpu);
	int64_t length = featset_cpu_number(cpu, FEATSET_XEN_LENGTH);
	char text[FEATSET_XEN_WORDS * 9 + 1] = "";

	if (length < 0 || length > FEATSET_XEN_WORDS)
		for (length = FEATSET_XEN_WORDS; length > 0 && !featset_word(features, (unsigned)length - 1);)
			length--;
	featset_xen_write(text, sizeof(text), features, (size_t)length);
	return strdup(text);
}

/* A cpu that has exactly these features, all others known to be absent. */
static inline featset_cpu_t *fsg_cpu_of(const featset_t *features)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t known = fsg_flags();

	featset_or(&known, &known, features);
	if (cpu)
		featset_cpu_set_features(cpu, features, &known);
	return cpu;
}

static inline featset_cpu_t *fsg_expression(featset_error_t *error, const char *text)
{
	featset_cpu_t *cpu = NULL;

	error->code = featset_expression(&cpu, text, error);
	return cpu;
}

static inline featset_cpu_t *fsg_host(featset_error_t *error, bool all_cpus, bool msr)
{
	unsigned flags = (all_cpus ? FEATSET_HOST_ALL_CPUS : 0u) | (msr ? 0u : FEATSET_HOST_NO_MSR);
	featset_cpu_t *cpu = NULL;

	errno = 0;
	error->code = featset_host(&cpu, flags, error);
	return cpu;
}

static inline fsg_check fsg_fits(const featset_cpu_t *guest, const featset_cpu_t *host)
{
	fsg_check check;

	check.answer = featset_cpu_fits(guest, host, &check.missing, &check.unknown);
	return check;
}

/* ---- the catalog -------------------------------------------------------------------------------------- */

#define featset_baseline_name_get featset_baseline_name
#define featset_baseline_title_get featset_baseline_title
#define featset_baseline_kind_get(baseline) featset_kind_name(featset_baseline_kind(baseline))
#define featset_baseline_vendor_get featset_baseline_vendor
#define featset_baseline_year_get featset_baseline_year
#define featset_baseline_parent_get featset_baseline_parent

static inline featset_t featset_baseline_features_get(const featset_baseline_t *baseline)
{
	featset_t set;

	featset_baseline_features(&set, baseline);
	return set;
}

static inline featset_t featset_baseline_fused_get(const featset_baseline_t *baseline)
{
	featset_t set;

	featset_baseline_fused(&set, baseline);
	return set;
}

static inline featset_t featset_baseline_switchable_get(const featset_baseline_t *baseline)
{
	featset_t set;

	featset_baseline_switchable(&set, baseline);
	return set;
}

static inline const featset_baseline_t *fsg_baseline(featset_error_t *error, const char *name)
{
	return featset_baseline_find(name, error);
}

static inline fsg_baselines fsg_catalog(void)
{
	fsg_baselines list = { NULL, featset_baseline_count() };

	list.items = calloc(list.count + 1, sizeof(*list.items));
	for (size_t i = 0; list.items && i < list.count; i++)
		list.items[i] = featset_baseline_at(i);
	return list;
}

static inline fsg_baselines fsg_nearest(const featset_cpu_t *cpu)
{
	fsg_baselines list = { NULL, featset_nearest(NULL, 0, cpu) };

	list.items = calloc(list.count + 1, sizeof(*list.items));
	if (list.items)
		featset_nearest(list.items, list.count, cpu);
	return list;
}

/* ---- levels ------------------------------------------------------------------------------------------------ */

#define delete_featset_level featset_level_free
#define featset_level_features_get(level) (*featset_cpu_features(featset_level_cpu(level)))
#define featset_level_cpu_get(level) featset_cpu_copy(featset_level_cpu(level))
#define featset_level_rule_get(level) featset_rule_name(featset_level_rule(level))
#define featset_level_psabi_get(level) featset_psabi(featset_level_cpu(level))
#define featset_level_vendor_get featset_level_vendor
#define featset_level_mixed_get featset_level_mixed
#define featset_level_xen_get(level) fsg_xen(featset_level_cpu(level))

static inline fsg_cpus featset_level_hosts_get(const featset_level_t *level)
{
	fsg_cpus list = { NULL, 0 };

	for (size_t i = 0; i < featset_level_hosts(level); i++)
		fsg_push(&list, featset_level_hosts(level), featset_level_host(level, i));
	return list;
}

static inline const featset_baseline_t *featset_level_baseline_get(const featset_level_t *level)
{
	const featset_baseline_t *best = NULL;

	featset_nearest(&best, 1, featset_level_cpu(level));
	return best;
}

static inline featset_t featset_level_accumulated_get(const featset_level_t *level)
{
	featset_t set;

	featset_level_accumulated(&set, level);
	return set;
}

static inline featset_t featset_level_unknown_get(const featset_level_t *level)
{
	featset_t set;

	featset_level_unknown(&set, level);
	return set;
}

static inline void fsg_losses(featset_t *lost, featset_t *other, const featset_level_t *level, featset_error_t *error,
			      size_t index)
{
	featset_clear(lost);
	featset_clear(other);
	if (index < featset_level_hosts(level))
		featset_level_lost(lost, other, level, index);
	else
		fsg_fail(error, FSG_E_INDEX, "the level has no host of that index");
}

static inline featset_t featset_level_loss(const featset_level_t *level, featset_error_t *error, size_t index)
{
	featset_t lost, other;

	fsg_losses(&lost, &other, level, error, index);
	return lost;
}

static inline featset_t featset_level_lost_other(const featset_level_t *level, featset_error_t *error, size_t index)
{
	featset_t lost, other;

	fsg_losses(&lost, &other, level, error, index);
	return other;
}

static inline featset_level_t *fsg_level(featset_error_t *error, const featset_cpu_t *const *hosts, size_t count,
					 featset_rule_t rule)
{
	featset_level_t *level = NULL;

	error->code = featset_level_new(&level, hosts, count, rule, error);
	return level;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

#define delete_featset_inventory featset_inventory_free
#define featset_inventory_format_get featset_inventory_format
#define featset_inventory_count_get featset_inventory_hosts

static inline bool fsg_has_host(featset_error_t *error, const featset_inventory_t *inventory, size_t index)
{
	return index < featset_inventory_hosts(inventory) ||
	       fsg_fail(error, FSG_E_INDEX, "the inventory has no host of that index");
}

static inline const char *featset_inventory_name(const featset_inventory_t *inventory, featset_error_t *error,
						 size_t index)
{
	return fsg_has_host(error, inventory, index) ? featset_inventory_host_name(inventory, index) : NULL;
}

static inline const char *featset_inventory_uuid(const featset_inventory_t *inventory, featset_error_t *error,
						 size_t index)
{
	return fsg_has_host(error, inventory, index) ? featset_inventory_host_uuid(inventory, index) : NULL;
}

static inline fsg_cpu featset_inventory_slot(const featset_inventory_t *inventory, featset_error_t *error, size_t index,
					     featset_slot_t slot)
{
	const featset_cpu_t *cpu;

	if (!fsg_has_host(error, inventory, index))
		return NULL;
	cpu = featset_inventory_cpu(inventory, index, slot);
	return cpu ? featset_cpu_copy(cpu) : NULL;
}

static inline const char *fsg_note_at(const void *inventory, size_t index)
{
	return featset_inventory_note(inventory, index);
}

static inline fsg_strings featset_inventory_notes_get(const featset_inventory_t *inventory)
{
	fsg_strings notes = { fsg_note_at, inventory, featset_inventory_notes(inventory) };

	return notes;
}

static inline featset_inventory_t *fsg_read(featset_error_t *error, const void *data, size_t size,
					    const featset_format_t *format, const char *file, size_t limit,
					    bool keep_going)
{
	featset_inventory_t *inventory = NULL;

	if (limit && size > limit) {
		fsg_fail(error, FEATSET_E_LIMIT, "");
		snprintf(error->text, sizeof(error->text), "larger than the limit of %zu bytes", limit);
		snprintf(error->file, sizeof(error->file), "%s", file ? file : "");
		return NULL;
	}
	error->code = featset_read_with(&inventory, data, size, format, file, keep_going ? FEATSET_KEEP_GOING : 0,
					error);
	return inventory;
}

static inline featset_inventory_t *fsg_read_file(featset_error_t *error, const char *path,
						 const featset_format_t *format, size_t limit, bool keep_going)
{
	featset_inventory_t *inventory = NULL;

	errno = 0;
	error->code = featset_read_file_with(&inventory, path, format, limit, keep_going ? FEATSET_KEEP_GOING : 0,
					     error);
	return inventory;
}

static inline fsg_text fsg_write(featset_error_t *error, const featset_cpu_t *cpu, const featset_format_t *format,
				 featset_dialect_t dialect)
{
	size_t length = 0;
	char *text = NULL;

	error->code = featset_write(NULL, 0, &length, cpu, format, dialect, NULL, error);
	if (error->code == FEATSET_OK) {
		text = malloc(length + 1);
		if (!text)
			fsg_fail(error, FEATSET_E_MEMORY, "no memory");
		else
			error->code = featset_write(text, length + 1, &length, cpu, format, dialect, NULL, error);
	}
	if (error->code != FEATSET_OK) {
		free(text);
		text = NULL;
	}
	return text;
}

static inline const char *fsg_format_at(const void *of, size_t index)
{
	(void)of;
	return featset_format_name(featset_format_at(index));
}

static inline fsg_strings fsg_formats(void)
{
	fsg_strings names = { fsg_format_at, NULL, featset_format_count() };

	return names;
}

static inline const char *fsg_dialect_at(const void *of, size_t index)
{
	(void)of;
	return featset_dialect_name((featset_dialect_t)index);
}

static inline fsg_strings fsg_dialects(void)
{
	fsg_strings names = { fsg_dialect_at, NULL, FEATSET_DIALECTS };

	return names;
}

static inline const char *fsg_rule_at(const void *of, size_t index)
{
	(void)of;
	return featset_rule_name((featset_rule_t)index);
}

static inline fsg_strings fsg_rules(void)
{
	fsg_strings names = { fsg_rule_at, NULL, FEATSET_RULES };

	return names;
}

#endif
