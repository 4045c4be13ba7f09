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

/* Constant strings, the i-th by a call; `of` is what they belong to.  One that is NULL is left out. */
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

/* An index of an inventory; FEATSET_NONE is "nothing". */
typedef size_t fsg_index;

/* Indices in an array that the receiver frees; NULL items mean no memory. */
typedef struct fsg_indices {
	size_t *items;
	size_t count;
} fsg_indices;

/* A set, or nothing. */
typedef struct fsg_maybe {
	bool there;
	featset_t set;
} fsg_maybe;

/* All records of a kind, as texts by the names of their fields. */
typedef struct fsg_records {
	const featset_inventory_t *inventory;
	featset_record_t kind;
} fsg_records;

/* Two halves of a pool: side[host] is 0, 1, or 2 for neither.  The receiver frees `side`; NULL is "nothing". */
typedef struct fsg_split {
	unsigned char *side;
	size_t count;
	featset_t features[2];
} fsg_split;

/* One of the errors in a text. */
typedef struct fsg_finding {
	const featset_explanation_t *explanation;
	size_t index;
} fsg_finding;

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

static inline const char *fsg_left_out_at(const void *inventory, size_t index)
{
	return featset_inventory_note_is_left_out(inventory, index) ? featset_inventory_note(inventory, index) : NULL;
}

static inline fsg_strings featset_inventory_left_out_get(const featset_inventory_t *inventory)
{
	fsg_strings notes = { fsg_left_out_at, inventory, featset_inventory_notes(inventory) };

	return notes;
}

static inline fsg_records featset_inventory_records(const featset_inventory_t *inventory, featset_record_t kind)
{
	fsg_records records = { inventory, kind };

	return records;
}

#define featset_inventory_total featset_inventory_count

static inline fsg_cpu featset_inventory_started(const featset_inventory_t *inventory, featset_error_t *error,
						size_t index)
{
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(inventory, index);

	if (index >= featset_inventory_count(inventory, FEATSET_RECORD_VM))
		fsg_fail(error, FSG_E_INDEX, "the inventory has no VM of that index");
	return cpu ? featset_cpu_copy(cpu) : NULL;
}

/* Nothing changes an inventory that a script has: the result is another one. */
static inline featset_inventory_t *featset_inventory_joined(const featset_inventory_t *inventory,
							    featset_error_t *error, const featset_inventory_t *other)
{
	featset_inventory_t *copy = featset_inventory_copy(inventory), *from = featset_inventory_copy(other);

	error->code = copy && from ? featset_inventory_merge(copy, from) : FEATSET_E_MEMORY;
	featset_inventory_free(from);
	if (error->code == FEATSET_OK)
		return copy;
	featset_inventory_free(copy);
	fsg_fail(error, error->code, "no memory");
	return NULL;
}

static inline featset_inventory_t *featset_inventory_reduced(const featset_inventory_t *inventory,
							     featset_error_t *error, featset_record_t kind, size_t index)
{
	featset_inventory_t *copy;

	if (index >= featset_inventory_count(inventory, kind)) {
		fsg_fail(error, FSG_E_INDEX, "the inventory has no such record of that index");
		return NULL;
	}
	copy = featset_inventory_copy(inventory);
	error->code = copy ? featset_inventory_remove(copy, kind, index) : FEATSET_E_MEMORY;
	if (error->code == FEATSET_OK)
		return copy;
	featset_inventory_free(copy);
	fsg_fail(error, error->code, "no memory");
	return NULL;
}

static inline featset_inventory_t *fsg_load(featset_error_t *error, const char *const *paths, size_t count,
					    size_t limit, bool keep_going)
{
	featset_inventory_t *inventory = NULL;

	if (!count) {
		fsg_fail(error, FEATSET_E_ARGUMENT, "no file is named");
		return NULL;
	}
	errno = 0;
	error->code = featset_inventory_load(&inventory, paths, count, limit, keep_going ? FEATSET_KEEP_GOING : 0, error);
	return inventory;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static inline const char *fsg_kind_at(const void *of, size_t index)
{
	(void)of;
	return featset_record_name((featset_record_t)index);
}

static inline fsg_strings fsg_record_kinds(void)
{
	fsg_strings names = { fsg_kind_at, NULL, FEATSET_RECORDS };

	return names;
}

/* The fields of a kind stand together. */
static inline size_t fsg_first_field(featset_record_t kind)
{
	size_t field = 0;

	while (field < FEATSET_FIELDS && featset_field_record((featset_field_t)field) != kind)
		field++;
	return field;
}

static inline size_t fsg_field_count(featset_record_t kind)
{
	size_t first = fsg_first_field(kind), field = first;

	while (field < FEATSET_FIELDS && featset_field_record((featset_field_t)field) == kind)
		field++;
	return field - first;
}

static inline const char *fsg_field_at(const void *of, size_t index)
{
	return featset_field_name((featset_field_t)((size_t)(uintptr_t)of + index));
}

static inline fsg_strings fsg_record_fields(featset_record_t kind)
{
	fsg_strings names = { fsg_field_at, (const void *)(uintptr_t)fsg_first_field(kind), fsg_field_count(kind) };

	return names;
}

/* A record by its UUID, or by a name that no other of its kind has. */
static inline fsg_index fsg_record_find(featset_error_t *error, const featset_inventory_t *inventory,
					featset_record_t kind, const char *text)
{
	size_t first = fsg_first_field(kind), count = featset_inventory_count(inventory, kind), found = FEATSET_NONE;
	featset_field_t uuid = (featset_field_t)(first + 1), name = (featset_field_t)(first + 2);
	size_t same = 0;

	for (size_t i = 0; text[0] && i < count; i++) {
		if (!strcmp(featset_inventory_get(inventory, uuid, i), text))
			return i;
		if (strcmp(featset_inventory_get(inventory, name, i), text) != 0)
			continue;
		found = i;
		same++;
	}
	if (same == 1)
		return found;
	fsg_fail(error, same ? FEATSET_E_AMBIGUOUS : FEATSET_E_NAME, "");
	if (same)
		snprintf(error->text, sizeof(error->text), "%zu of kind '%s' are called '%.200s'; their UUIDs differ", same,
			 featset_record_name(kind), text);
	else
		snprintf(error->text, sizeof(error->text), "no %s has the name or UUID '%.200s'",
			 featset_record_name(kind), text);
	return FEATSET_NONE;
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

/* What a format cannot hold of a cpu. */
static inline featset_t fsg_left_out(featset_error_t *error, const featset_cpu_t *cpu, const featset_format_t *format,
				     featset_dialect_t dialect)
{
	size_t length = 0;
	featset_t set;

	featset_clear(&set);
	error->code = featset_write(NULL, 0, &length, cpu, format, dialect, &set, error);
	return set;
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

/* ---- pools ------------------------------------------------------------------------------------------------------- */

#define delete_featset_pool featset_pool_free
#define delete_featset_change featset_change_free
#define delete_featset_explanation featset_explanation_free
#define fsg_pool_manager featset_pool_manager
#define fsg_pool_hosts featset_pool_hosts
#define fsg_pool_vms featset_pool_vms

static inline const char *fsg_answer_name(featset_answer_t answer)
{
	static const char *const names[] = {
		[FEATSET_NO] = "no", [FEATSET_YES] = "yes", [FEATSET_UNKNOWN] = "unknown"
	};

	return names[answer];
}

static inline const char *fsg_guest_name(featset_guest_t guest)
{
	return guest == FEATSET_GUEST_PV ? "pv" : "hvm";
}

/* A list to which up to `most` indices are pushed. */
static inline fsg_indices fsg_indices_for(featset_error_t *error, size_t most)
{
	fsg_indices list = { calloc(most + 1, sizeof(*list.items)), 0 };

	if (!list.items)
		fsg_fail(error, FEATSET_E_MEMORY, "no memory");
	return list;
}

static inline bool fsg_has_vm(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	return vm < featset_pool_vms(pool) || fsg_fail(error, FSG_E_INDEX, "the pool has no VM of that index");
}

static inline bool fsg_has(featset_error_t *error, const featset_pool_t *pool, size_t host)
{
	return host < featset_pool_hosts(pool) || fsg_fail(error, FSG_E_INDEX, "the pool has no host of that index");
}

static inline bool fsg_has_both(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host)
{
	return fsg_has_vm(error, pool, vm) && fsg_has(error, pool, host);
}

/* What is no pool is an input that does not do, and no mistake of the script. */
static inline void fsg_no_pool(featset_error_t *error, featset_status_t status)
{
	error->code = status == FEATSET_E_ARGUMENT ? FEATSET_E_FORMAT : status;
}

static inline featset_pool_t *fsg_pool(featset_error_t *error, const featset_inventory_t *inventory)
{
	featset_pool_t *pool = NULL;

	fsg_no_pool(error, featset_pool_new(&pool, inventory, error));
	return pool;
}

static inline featset_pool_t *fsg_pool_across(featset_error_t *error, const featset_inventory_t *vms,
					      const featset_inventory_t *hosts)
{
	featset_pool_t *pool = NULL;

	fsg_no_pool(error, featset_pool_new_across(&pool, vms, hosts, error));
	return pool;
}

static inline bool fsg_pool_vm_counts(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	return fsg_has_vm(error, pool, vm) && featset_pool_vm_counts(pool, vm);
}

static inline fsg_index fsg_pool_vm_host(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	return fsg_has_vm(error, pool, vm) ? featset_pool_vm_host(pool, vm) : FEATSET_NONE;
}

static inline const char *fsg_pool_vm_guest(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	return fsg_has_vm(error, pool, vm) ? fsg_guest_name(featset_pool_vm_guest(pool, vm)) : NULL;
}

static inline const char *fsg_pool_vm_blocks(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	return fsg_has_vm(error, pool, vm) ? fsg_answer_name(featset_pool_vm_blocks(pool, vm)) : NULL;
}

static inline const char *fsg_pool_vm_cure(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	static const char *const names[FEATSET_CURES] = {
		[FEATSET_CURE_RESTART] = "restart", [FEATSET_CURE_RESUME] = "resume", [FEATSET_CURE_UNPIN] = "unpin",
		[FEATSET_CURE_DISCARD] = "discard", [FEATSET_CURE_HOSTS] = "hosts",     [FEATSET_CURE_LEVEL] = "level",
	};

	return fsg_has_vm(error, pool, vm) ? names[featset_pool_cure(pool, vm)] : NULL;
}

static inline featset_t fsg_pool_vm_gain(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	featset_t set;

	featset_clear(&set);
	if (fsg_has_vm(error, pool, vm))
		featset_pool_gain(&set, pool, vm);
	return set;
}

static inline bool fsg_pool_vm_pinned(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	return fsg_has_vm(error, pool, vm) && featset_pool_pinned(pool, vm);
}

static inline fsg_indices fsg_pool_vm_movable_to(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	fsg_indices list = fsg_indices_for(error, featset_pool_hosts(pool));

	if (!list.items || !fsg_has_vm(error, pool, vm))
		return list;
	for (size_t host = 0; (host = featset_pool_movable_to(pool, vm, host)) != FEATSET_NONE; host++)
		list.items[list.count++] = host;
	return list;
}

static inline fsg_indices fsg_pool_vm_blocked_on(featset_error_t *error, const featset_pool_t *pool, size_t vm)
{
	fsg_indices list = fsg_indices_for(error, featset_pool_hosts(pool));

	if (!list.items || !fsg_has_vm(error, pool, vm))
		return list;
	for (size_t host = 0; host < featset_pool_hosts(pool); host++)
		if (featset_pool_blocked_on(pool, vm, host))
			list.items[list.count++] = host;
	return list;
}

static inline bool fsg_pool_host_enabled(featset_error_t *error, const featset_pool_t *pool, size_t host)
{
	return fsg_has(error, pool, host) && featset_pool_host_enabled(pool, host);
}

static inline const char *fsg_pool_host_evacuable(featset_error_t *error, const featset_pool_t *pool, size_t host)
{
	return fsg_has(error, pool, host) ? fsg_answer_name(featset_pool_evacuable(pool, host)) : NULL;
}

/* The words of the program's JSON. */
static inline const char *fsg_pool_host_counts(featset_error_t *error, const featset_pool_t *pool,
					       featset_guest_t guest, size_t host)
{
	static const char *const names[] = {
		[FEATSET_COUNTS] = "yes", [FEATSET_COUNTS_NO_KEYS] = "no keys", [FEATSET_COUNTS_NO_HVM] = "no such guests"
	};

	return fsg_has(error, pool, host) ? names[featset_pool_counts(pool, guest, host)] : NULL;
}

static inline fsg_cpu fsg_pool_host_cpu(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest,
					size_t host, bool max)
{
	const featset_cpu_t *cpu;

	if (!fsg_has(error, pool, host))
		return NULL;
	cpu = max ? featset_pool_host_max(pool, guest, host) : featset_pool_host_cpu(pool, guest, host);
	return cpu ? featset_cpu_copy(cpu) : NULL;
}

static inline featset_t fsg_pool_host_lost(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest,
					   size_t host, bool other)
{
	featset_t act, rest;

	featset_clear(&act);
	featset_clear(&rest);
	if (fsg_has(error, pool, host))
		featset_pool_lost(&act, &rest, pool, guest, host);
	return other ? rest : act;
}

static inline featset_t fsg_pool_host_price(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest,
					    size_t host, bool other)
{
	featset_t act, rest;

	featset_clear(&act);
	featset_clear(&rest);
	if (fsg_has(error, pool, host))
		featset_pool_price(&act, &rest, pool, guest, host);
	return other ? rest : act;
}

/* The same level from the same hosts: the pool's own is not the script's to keep. */
static inline featset_level_t *fsg_pool_level(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest)
{
	const featset_level_t *own = featset_pool_level(pool, guest);
	size_t count = own ? featset_level_hosts(own) : 0;
	const featset_cpu_t **cpus = own ? calloc(count + 1, sizeof(*cpus)) : NULL;
	featset_level_t *level = NULL;

	if (own && !cpus)
		fsg_fail(error, FEATSET_E_MEMORY, "no memory");
	for (size_t i = 0; cpus && i < count; i++)
		cpus[i] = featset_level_host(own, i);
	if (cpus)
		error->code = featset_level_new(&level, cpus, count, featset_level_rule(own), error);
	free((void *)cpus);
	return level;
}

static inline fsg_maybe fsg_pool_recorded(const featset_pool_t *pool, featset_guest_t guest)
{
	fsg_maybe recorded = { .there = false };

	featset_clear(&recorded.set);
	recorded.there = featset_pool_level_differs(pool, guest, &recorded.set);
	return recorded;
}

static inline fsg_split fsg_pool_split(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest)
{
	fsg_split split = { calloc(featset_pool_hosts(pool) + 1, 1), featset_pool_hosts(pool), { { { 0 } }, { { 0 } } } };

	if (!split.side)
		fsg_fail(error, FEATSET_E_MEMORY, "no memory");
	else if (!featset_pool_split(pool, guest, split.side, &split.features[0], &split.features[1])) {
		free(split.side);
		split.side = NULL;
	}
	return split;
}

static inline const char *fsg_pool_check(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host)
{
	return fsg_has_both(error, pool, vm, host) ? fsg_answer_name(featset_pool_check(pool, vm, host)) : NULL;
}

static inline const char *fsg_block_at(const void *of, size_t index)
{
	static const char *const names[] = { "vendor",	"features", "keys", "unknown", "disabled", "version",
					     "network", "storage",  "pci",  "usb",     "vgpu" };

	return (uintptr_t)of >> index & 1 ? names[index] : NULL;
}

static inline fsg_strings fsg_pool_blocks(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host)
{
	unsigned bits = fsg_has_both(error, pool, vm, host) ? featset_pool_blocks(pool, vm, host) : 0;
	fsg_strings names = { fsg_block_at, (const void *)(uintptr_t)bits, 11 };

	return names;
}

static inline featset_t fsg_pool_missing(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host)
{
	featset_t set;

	featset_clear(&set);
	if (fsg_has_both(error, pool, vm, host))
		featset_pool_missing(&set, pool, vm, host);
	return set;
}

static inline const char *fsg_pool_cause(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host,
					 featset_feature_t feature)
{
	featset_t missing = fsg_pool_missing(error, pool, vm, host);

	if (error->code != FEATSET_OK || !featset_has(&missing, feature))
		return NULL;
	return featset_cause_name(featset_pool_cause(pool, vm, host, feature));
}

/* Networks that stand in the way, or SRs, as indices of their records. */
static inline fsg_indices fsg_pool_lacking(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host,
					   bool storage)
{
	size_t (*next)(const featset_pool_t *, size_t, size_t, size_t) =
		storage ? featset_pool_storage_lacking : featset_pool_network_lacking;
	fsg_indices list = { NULL, 0 };
	size_t count = 0;

	if (!fsg_has_both(error, pool, vm, host))
		return list;
	for (size_t at = 0; (at = next(pool, vm, host, at)) != FEATSET_NONE; at++)
		count++;
	list = fsg_indices_for(error, count);
	for (size_t at = 0; list.items && (at = next(pool, vm, host, at)) != FEATSET_NONE; at++)
		list.items[list.count++] = at;
	return list;
}

/* Two hosts, or none. */
static inline fsg_indices fsg_pool_half_updated(featset_error_t *error, const featset_pool_t *pool)
{
	fsg_indices list = fsg_indices_for(error, 2);

	if (list.items && featset_pool_half_updated(pool, &list.items[0], &list.items[1]))
		list.count = 2;
	return list;
}

static inline const char *fsg_command_at(const void *of, size_t index)
{
	static const char *const names[FEATSET_COMMANDS] = {
		[FEATSET_COMMAND_RESTART] = "restart", [FEATSET_COMMAND_MOVE] = "move",
		[FEATSET_COMMAND_RESUME] = "resume",   [FEATSET_COMMAND_PIN] = "pin",
		[FEATSET_COMMAND_UNPIN] = "unpin",     [FEATSET_COMMAND_VERIFY] = "verify",
		[FEATSET_COMMAND_EVACUATE] = "evacuate", [FEATSET_COMMAND_RELEVEL] = "relevel",
	};

	(void)of;
	return names[index];
}

static inline fsg_strings fsg_commands(void)
{
	fsg_strings names = { fsg_command_at, NULL, FEATSET_COMMANDS };

	return names;
}

/* Nothing where the platform has no such command.  FEATSET_NONE for a VM or host that is not meant. */
static inline fsg_text fsg_pool_command(featset_error_t *error, const featset_pool_t *pool, featset_command_t command,
					size_t vm, size_t host)
{
	size_t length;
	char *text;

	if ((vm != FEATSET_NONE && !fsg_has_vm(error, pool, vm)) ||
	    (host != FEATSET_NONE && !fsg_has(error, pool, host)))
		return NULL;
	length = featset_pool_command(NULL, 0, pool, command, vm, host);
	text = length ? malloc(length + 1) : NULL;
	if (length && !text)
		fsg_fail(error, FEATSET_E_MEMORY, "no memory");
	if (text)
		featset_pool_command(text, length + 1, pool, command, vm, host);
	return text;
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

#define fsg_change_hosts featset_change_hosts
#define fsg_change_mixes_vendors featset_change_mixes_vendors

static inline featset_change_t *fsg_change(featset_error_t *error, const featset_pool_t *before,
					   const featset_pool_t *after)
{
	featset_change_t *change = NULL;

	error->code = featset_change_new(&change, before, after, error);
	return change;
}

static inline bool fsg_changed(featset_error_t *error, const featset_change_t *change, size_t index)
{
	return index < featset_change_hosts(change) ||
	       fsg_fail(error, FSG_E_INDEX, "the change has no host of that index");
}

static inline featset_t fsg_change_level(const featset_change_t *change, featset_guest_t guest, bool gained)
{
	featset_t set[2];

	featset_change_level(&set[0], &set[1], change, guest);
	return set[gained];
}

static inline fsg_index fsg_change_host(featset_error_t *error, const featset_change_t *change, size_t index,
					bool after)
{
	size_t host[2] = { FEATSET_NONE, FEATSET_NONE };

	if (fsg_changed(error, change, index))
		featset_change_host(change, index, &host[0], &host[1]);
	return host[after];
}

static inline featset_t fsg_change_features(featset_error_t *error, const featset_change_t *change,
					    featset_guest_t guest, size_t index, bool gained)
{
	featset_t set[2];

	featset_clear(&set[0]);
	featset_clear(&set[1]);
	if (fsg_changed(error, change, index))
		featset_change_host_features(&set[0], &set[1], change, guest, index);
	return set[gained];
}

static inline const char *fsg_change_turn(featset_error_t *error, const featset_change_t *change, size_t index)
{
	static const char *const names[FEATSET_TURNS] = {
		[FEATSET_TURN_NONE] = "none",
		[FEATSET_TURN_SOFTWARE] = "software",
		[FEATSET_TURN_FIRMWARE] = "firmware",
		[FEATSET_TURN_HARDWARE] = "hardware",
	};

	return fsg_changed(error, change, index) ? names[featset_change_turn(change, index)] : NULL;
}

static inline fsg_indices fsg_change_stuck(featset_error_t *error, const featset_change_t *change)
{
	fsg_indices list;
	size_t count = 0;

	for (size_t vm = 0; (vm = featset_change_stuck(change, vm)) != FEATSET_NONE; vm++)
		count++;
	list = fsg_indices_for(error, count);
	for (size_t vm = 0; list.items && (vm = featset_change_stuck(change, vm)) != FEATSET_NONE; vm++)
		list.items[list.count++] = vm;
	return list;
}

/* ---- explanations ------------------------------------------------------------------------------------------------ */

#define fsg_finding_count featset_explanation_count

static inline featset_explanation_t *fsg_explain(featset_error_t *error, const void *data, size_t size,
						 const featset_pool_t *pool)
{
	featset_explanation_t *explanation = NULL;

	error->code = featset_explanation_new(&explanation, size ? data : "", size, pool, error);
	return explanation;
}

static inline fsg_finding fsg_finding_at(featset_error_t *error, const featset_explanation_t *explanation, size_t index)
{
	fsg_finding finding = { explanation, index };

	if (index >= featset_explanation_count(explanation))
		fsg_fail(error, FSG_E_INDEX, "there is no finding of that index");
	return finding;
}

static inline const char *fsg_finding_command(const void *of, size_t index)
{
	const fsg_finding *finding = of;

	return featset_explanation_command(finding->explanation, finding->index, index);
}

/* Each part of a finding that is a text, and what scripts call it. */
enum { FSG_FINDING_TEXTS = 6 };

static inline const char *fsg_finding_text(const fsg_finding *finding, unsigned part, const char **name)
{
	static const struct {
		const char *name, *(*get)(const featset_explanation_t *, size_t);
	} parts[FSG_FINDING_TEXTS] = {
		{ "code", featset_explanation_code },       { "what", featset_explanation_what },
		{ "cause", featset_explanation_cause },     { "cure", featset_explanation_cure },
		{ "vm_text", featset_explanation_vm_text }, { "host_text", featset_explanation_host_text },
	};

	*name = parts[part].name;
	return parts[part].get(finding->explanation, finding->index);
}

static inline const char *fsg_error_code_at(const void *of, size_t index)
{
	(void)of;
	return featset_error_code_at(index);
}

static inline const char *fsg_error_cause_at(const void *of, size_t index)
{
	(void)of;
	return featset_error_code_cause(index);
}

static inline const char *fsg_error_cure_at(const void *of, size_t index)
{
	(void)of;
	return featset_error_code_cure(index);
}

static inline fsg_strings fsg_error_codes(void)
{
	fsg_strings codes = { fsg_error_code_at, NULL, featset_error_codes() };

	return codes;
}

static inline fsg_strings fsg_error_causes(void)
{
	fsg_strings causes = { fsg_error_cause_at, NULL, featset_error_codes() };

	return causes;
}

static inline fsg_strings fsg_error_cures(void)
{
	fsg_strings cures = { fsg_error_cure_at, NULL, featset_error_codes() };

	return cures;
}

/* ---- policies ---------------------------------------------------------------------------------------------------- */

#define delete_featset_policy featset_policy_free
#define fsg_policy_platform(policy) featset_platform_name(featset_policy_platform(policy))

static inline const char *fsg_platform_at(const void *of, size_t index)
{
	(void)of;
	return featset_platform_name(featset_platform_at(index));
}

static inline fsg_strings fsg_platforms(void)
{
	fsg_strings names = { fsg_platform_at, NULL, featset_platform_count() };

	return names;
}

static inline const featset_platform_t *fsg_platform(featset_error_t *error, const char *name)
{
	const featset_platform_t *platform = featset_platform_find(name, error);

	if (!platform)
		error->code = FEATSET_E_NAME;
	return platform;
}

static inline const char *fsg_target_at(const void *platform, size_t index)
{
	return featset_platform_target(platform, index);
}

static inline fsg_strings fsg_platform_targets(featset_error_t *error, const char *name)
{
	fsg_strings targets = { fsg_target_at, fsg_platform(error, name), 0 };

	while (targets.of && fsg_target_at(targets.of, targets.count))
		targets.count++;
	return targets;
}

static inline const char *fsg_platform_summary(featset_error_t *error, const char *name)
{
	const featset_platform_t *platform = fsg_platform(error, name);

	return platform ? featset_platform_summary(platform) : NULL;
}

static inline const char *fsg_platform_rule(featset_error_t *error, const char *name)
{
	const featset_platform_t *platform = fsg_platform(error, name);

	return platform ? featset_rule_name(featset_platform_rule(platform)) : NULL;
}

/* Which features keep a policy from being exact. */
static inline void fsg_inexact(featset_error_t *error, const featset_policy_t *policy, const featset_cpu_t *cpu)
{
	featset_t act, other;
	size_t at;

	featset_cpu_split(cpu, featset_policy_left_out(policy), &act, &other);
	fsg_fail(error, FEATSET_E_UNSUPPORTED, "");
	at = (size_t)snprintf(error->text, sizeof(error->text), "%s cannot express", featset_policy_target(policy));
	for (featset_feature_t f = featset_next(&act, 0); f < FEATSET_BITS; f = featset_next(&act, f + 1)) {
		char name[128];

		featset_feature_spell(name, sizeof(name), f, FEATSET_CANONICAL);
		if (at + strlen(name) + sizeof(" and more") >= sizeof(error->text)) {
			snprintf(error->text + at, sizeof(error->text) - at, " and more");
			return;
		}
		at += (size_t)snprintf(error->text + at, sizeof(error->text) - at, " %s", name);
	}
}

/* "" is no target and no name. */
static inline featset_policy_t *fsg_policy(featset_error_t *error, const featset_cpu_t *cpu, const char *platform,
					   const char *target, const char *name, bool expanded, bool strict,
					   bool leave_open)
{
	const featset_platform_t *found = fsg_platform(error, platform);
	unsigned flags = (expanded ? FEATSET_POLICY_EXPANDED : 0u) | (leave_open ? FEATSET_POLICY_LEAVE_OPEN : 0u);
	featset_policy_t *policy = NULL;

	if (!found)
		return NULL;
	error->code = featset_policy_new(&policy, cpu, found, target[0] ? target : NULL, name[0] ? name : NULL,
					 flags, error);
	if (!policy || !strict || featset_policy_is_exact(policy))
		return policy;
	fsg_inexact(error, policy, cpu);
	featset_policy_free(policy);
	return NULL;
}

static inline const char *fsg_policy_note_at(const void *policy, size_t index)
{
	return featset_policy_note(policy, index);
}

static inline fsg_strings fsg_policy_notes(const featset_policy_t *policy)
{
	fsg_strings notes = { fsg_policy_note_at, policy, featset_policy_notes(policy) };

	return notes;
}

#endif
