/* SPDX-License-Identifier: MIT */
#include "error_internal.h"
#include "explain_internal.h"
#include "pool_internal.h"

#include <stdlib.h>
#include <string.h>

struct featset_explanation {
	fsi_finding_t *all;
	size_t count, room;
	size_t *shown; /* indices into `all` of those that are not dropped */
	size_t shown_count;
};

/* One reading of a text. */
struct reading {
	featset_explanation_t *explanation;
	const char *text;
	size_t size;
	const featset_pool_t *pool;
	fsi_index_t vms, hosts; /* by reference and UUID */
	size_t *slot;           /* hash table of findings; index plus 1, 0 where empty */
	size_t mask;
	fsi_finding_t now; /* the one being read */
	bool open;
	size_t mark;       /* where what belongs to it ends so far */
	size_t start;      /* and where it begins */
	size_t evacuation; /* whose VMs are being read; FEATSET_NONE */
	size_t evacuated;  /* the last one at all; FEATSET_NONE */
	featset_t told;    /* missing features of the last log line that had some */
	size_t told_at;
	bool told_whole, full;
};

/* ---- whom it is about --------------------------------------------------------------- */

static bool make_indices(struct reading *reading)
{
	static const featset_field_t vm[] = { FEATSET_VM_REF, FEATSET_VM_UUID, FEATSET_FIELDS };
	static const featset_field_t host[] = { FEATSET_HOST_REF, FEATSET_HOST_UUID, FEATSET_FIELDS };

	if (!reading->pool)
		return true;
	return fsi_index_records(&reading->vms, reading->pool->vms_of, FEATSET_RECORD_VM, vm) &&
	       fsi_index_records(&reading->hosts, reading->pool->hosts_of, FEATSET_RECORD_HOST, host);
}

/* The only record whose field has this text. */
static size_t only_one(const featset_inventory_t *inventory, featset_field_t field, const char *text)
{
	size_t count = featset_inventory_count(inventory, featset_field_record(field)), found = FEATSET_NONE;

	for (size_t i = 0; *text && i < count; i++) {
		if (strcmp(featset_inventory_get(inventory, field, i), text) != 0)
			continue;
		if (found != FEATSET_NONE)
			return FEATSET_NONE;
		found = i;
	}
	return found;
}

static size_t look_up(const fsi_index_t *index, const featset_inventory_t *inventory, featset_field_t name_field,
		      const char *text, const char *name)
{
	size_t found = *text ? fsi_index_find(index, text) : FEATSET_NONE;

	if (found == FEATSET_NONE)
		found = only_one(inventory, name_field, name);
	return found == FEATSET_NONE ? only_one(inventory, name_field, text) : found;
}

static size_t look_up_thing(const struct reading *reading, const fsi_finding_t *finding)
{
	const featset_inventory_t *inventory = reading->pool->vms_of;
	bool network = fsi_error_row(finding->row)->kind == FSI_KIND_VM_NETWORK;
	size_t found = only_one(inventory, network ? FEATSET_NETWORK_REF : FEATSET_SR_REF, finding->thing_text);

	return found == FEATSET_NONE
		       ? only_one(inventory, network ? FEATSET_NETWORK_UUID : FEATSET_SR_UUID, finding->thing_text)
		       : found;
}

static void resolve(const struct reading *reading, fsi_finding_t *finding)
{
	const featset_pool_t *pool = reading->pool;

	if (!pool)
		return;
	finding->vm = look_up(&reading->vms, pool->vms_of, FEATSET_VM_NAME, finding->vm_text, finding->vm_name);
	finding->host =
		look_up(&reading->hosts, pool->hosts_of, FEATSET_HOST_NAME, finding->host_text, finding->host_name);
	finding->thing = look_up_thing(reading, finding);
}

/* ---- keeping ------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

/* Texts that name the same record are the same, however they do. */
static uint64_t mix_who(uint64_t hash, size_t index, const char *text, const char *name)
{
	if (index != FEATSET_NONE)
		return mix(hash, &index, sizeof(index));
	return mix(hash, *text ? text : name, strlen(*text ? text : name) + 1);
}

static bool is_made_of_features(const fsi_finding_t *finding)
{
	fsi_error_kind_t kind = fsi_error_row(finding->row)->kind;

	return kind >= FSI_KIND_HEX_PAIR && kind <= FSI_KIND_QEMU;
}

static uint64_t hash_of(const fsi_finding_t *finding)
{
	uint64_t hash = mix(0xcbf29ce484222325u, &finding->row, sizeof(finding->row));

	hash = mix(hash, &finding->seed, sizeof(finding->seed));
	hash = mix_who(hash, finding->vm, finding->vm_text, finding->vm_name);
	if (finding->row != FSI_ERROR_EVACUATE)
		hash = mix_who(hash, finding->host, finding->host_text, finding->host_name);
	hash = mix_who(hash, finding->thing, finding->thing_text, finding->thing_name);
	if (!is_made_of_features(finding))
		return hash;
	hash = mix(hash, finding->unknown, strlen(finding->unknown));
	hash = mix(hash, &finding->missing, sizeof(finding->missing));
	return mix(hash, &finding->extra, sizeof(finding->extra));
}

static bool is_same_who(size_t a, size_t b, const char *a_text, const char *b_text, const char *a_name,
			const char *b_name)
{
	if (a != FEATSET_NONE || b != FEATSET_NONE)
		return a == b;
	return strcmp(*a_text ? a_text : a_name, *b_text ? b_text : b_name) == 0;
}

static bool is_same(const fsi_finding_t *a, const fsi_finding_t *b)
{
	if (a->row != b->row || a->seed != b->seed ||
	    !is_same_who(a->vm, b->vm, a->vm_text, b->vm_text, a->vm_name, b->vm_name) ||
	    !is_same_who(a->thing, b->thing, a->thing_text, b->thing_text, a->thing_name, b->thing_name))
		return false;
	if (a->row != FSI_ERROR_EVACUATE &&
	    !is_same_who(a->host, b->host, a->host_text, b->host_text, a->host_name, b->host_name))
		return false;
	return !is_made_of_features(a) || (featset_equal(&a->missing, &b->missing) &&
					   featset_equal(&a->extra, &b->extra) && strcmp(a->unknown, b->unknown) == 0);
}

static bool grow(featset_explanation_t *explanation)
{
	size_t room = explanation->room ? explanation->room * 2 : 8;
	fsi_finding_t *more;

	if (explanation->count < explanation->room)
		return true;
	more = realloc(explanation->all, room * sizeof(*more));
	if (!more)
		return false;
	explanation->all = more;
	explanation->room = room;
	return true;
}

/* Keeps the finding, unless it is there already; *index is where.  False when there is no memory. */
static bool keep(struct reading *reading, const fsi_finding_t *finding, size_t *index)
{
	featset_explanation_t *explanation = reading->explanation;
	size_t at = (size_t)hash_of(finding) & reading->mask;

	for (; reading->slot[at]; at = (at + 1) & reading->mask) {
		fsi_finding_t *other = &explanation->all[reading->slot[at] - 1];

		if (!is_same(other, finding))
			continue;
		if (featset_is_empty(&other->missing))
			other->missing = finding->missing;
		other->detailed |= finding->detailed;
		*index = reading->slot[at] - 1;
		return true;
	}
	*index = FEATSET_NONE;
	reading->full = explanation->count == FSI_EXPLAIN_FINDINGS;
	if (reading->full)
		return true;
	if (!grow(explanation))
		return false;
	*index = explanation->count++;
	explanation->all[*index] = *finding;
	reading->slot[at] = explanation->count;
	return true;
}

/* ---- features from beside the error ------------------------------------------------------ */

static bool is_about_features(fsi_error_id_t row)
{
	return row == FSI_ERROR_VM_FEATURES || row == FSI_ERROR_VM_INCOMPATIBLE;
}

/* The pool knows best; else a line of the log that stands before the error. */
static void find_missing(struct reading *reading, fsi_finding_t *finding)
{
	if (!is_about_features(finding->row))
		return;
	if (finding->vm != FEATSET_NONE && finding->host != FEATSET_NONE)
		featset_pool_missing(&finding->missing, reading->pool, finding->vm, finding->host);
	else if (!featset_is_empty(&reading->told) && reading->start - reading->told_at < FSI_EXPLAIN_NEAR)
		finding->missing = reading->told;
}

/* A whole list is not replaced by one that may be short while both are near. */
static void remember(struct reading *reading, const fsi_finding_t *finding)
{
	bool whole = finding->row == FSI_ERROR_LOG_PAIR || finding->row == FSI_ERROR_LOG_MISSING ||
		     finding->row == FSI_ERROR_LOG_POLICY_WHOLE;
	bool near = reading->told_whole && reading->start - reading->told_at < FSI_EXPLAIN_NEAR;

	if (!whole && (finding->row != FSI_ERROR_LOG_POLICY || near))
		return;
	reading->told = finding->missing;
	reading->told_at = reading->start;
	reading->told_whole = whole;
}

/* ---- reading ------------------------------------------------------------------------------- */

static void clean(fsi_finding_t *finding)
{
	fsi_clean(finding->vm_text);
	fsi_clean(finding->vm_name);
	fsi_clean(finding->host_text);
	fsi_clean(finding->host_name);
	fsi_clean(finding->thing_text);
	fsi_clean(finding->thing_name);
	fsi_clean(finding->unknown);
}

/* Ends the finding that is being read. */
static bool close_finding(struct reading *reading)
{
	fsi_finding_t *finding = &reading->now;
	size_t index;

	if (!reading->open)
		return true;
	reading->open = false;
	clean(finding);
	resolve(reading, finding);
	find_missing(reading, finding);
	remember(reading, finding);
	if (!keep(reading, finding, &index))
		return false;
	if (finding->row == FSI_ERROR_EVACUATE)
		reading->evacuation = reading->evacuated = index;
	return true;
}

/* Is there nothing between two places but what stands before an error's parameters? */
static bool is_filler(const char *text, size_t from, size_t to)
{
	static const char *const words[] = { "params", "Error parameters", "errors" };

	while (from < to) {
		size_t step = strchr(" \n\"'([{:,;.", text[from]) ? 1 : 0;

		for (size_t i = 0; !step && i < sizeof(words) / sizeof(words[0]); i++)
			if (fsi_stands_at(text, to, from, words[i]))
				step = strlen(words[i]);
		if (!step)
			return false;
		from += step;
	}
	return true;
}

/* Does an error stand among those of an evacuation?  Between its VMs is a '|'; xe has a line for each. */
static bool is_nested(const struct reading *reading, const fsi_match_t *match)
{
	bool first = reading->open && reading->now.row == FSI_ERROR_EVACUATE;
	size_t gap = match->start - reading->mark;

	if ((!first && reading->evacuation == FEATSET_NONE) || gap > FSI_EXPLAIN_AHEAD / 4)
		return false;
	if (fsi_has_subject(reading->text, match->start))
		return true;
	if (first)
		return is_filler(reading->text, reading->mark, match->start);
	return memchr(reading->text + reading->mark, '|', gap) != NULL;
}

/* Is the match only more of the finding that is being read? */
static bool is_more(const struct reading *reading, const fsi_match_t *match)
{
	const fsi_pattern_t *pattern = match->pattern;
	fsi_error_kind_t kind = fsi_error_row(pattern->row)->kind;

	if (!reading->open || match->start - reading->mark > FSI_EXPLAIN_AHEAD)
		return false;
	if (pattern->role != FSI_ROLE_PATTERN)
		return reading->now.row == pattern->base || reading->now.row == pattern->row;
	return reading->now.row == pattern->row && (kind == FSI_KIND_QEMU || kind == FSI_KIND_CAP);
}

static bool add_more(struct reading *reading, const fsi_match_t *match, size_t limit)
{
	fsi_error_kind_t kind = fsi_error_row(match->pattern->row)->kind;
	fsi_finding_t more = reading->now;
	size_t end = match->end;

	more.row = match->pattern->row;
	more.detailed = true;
	if (kind != FSI_KIND_VM_HOST && !fsi_finding_read(&more, reading->text, reading->size, match, limit, &end))
		return true;
	reading->now = more;
	reading->mark = end;
	return true;
}

static uint64_t seed_of(const fsi_finding_t *finding)
{
	return mix(mix(1, finding->vm_text, strlen(finding->vm_text)), finding->vm_name, strlen(finding->vm_name));
}

static bool begin(struct reading *reading, const fsi_match_t *match, size_t limit)
{
	bool nested = is_nested(reading, match);
	fsi_finding_t finding;
	size_t end;

	fsi_finding_init(&finding, match->pattern->row);
	if (!fsi_finding_read(&finding, reading->text, reading->size, match, limit, &end))
		return true;
	if (nested && reading->open && reading->now.row == FSI_ERROR_EVACUATE)
		reading->now.seed = seed_of(&finding);
	if (!close_finding(reading))
		return false;
	if (!nested)
		reading->evacuation = FEATSET_NONE;
	finding.parent = nested ? reading->evacuation : FEATSET_NONE;
	reading->now = finding;
	reading->open = true;
	reading->mark = end;
	reading->start = match->start;
	return true;
}

static bool take(struct reading *reading, const fsi_match_t *match, size_t limit)
{
	if (is_more(reading, match))
		return add_more(reading, match, limit);
	return match->pattern->role == FSI_ROLE_DETAIL || begin(reading, match, limit);
}

/* Xen Orchestra tells which call failed: its host is the one that was to be evacuated. */
static void find_evacuated(struct reading *reading, size_t from, size_t to)
{
	static const char *const calls[] = { "host.assert_can_evacuate", "host.evacuate" };
	fsi_finding_t *finding;

	if (reading->evacuated == FEATSET_NONE)
		return;
	finding = &reading->explanation->all[reading->evacuated];
	for (size_t at = from; !finding->host_text[0] && at < to; at++) {
		if (reading->text[at] != 'h')
			continue;
		for (size_t i = 0; i < 2; i++)
			if (fsi_stands_at(reading->text, to, at, calls[i]))
				fsi_first_reference(finding->host_text, reading->text, at,
						    to - at < 200 ? to : at + 200);
	}
	if (finding->host_text[0] && reading->pool && finding->host == FEATSET_NONE)
		finding->host =
			look_up(&reading->hosts, reading->pool->hosts_of, FEATSET_HOST_NAME, finding->host_text, "");
}

static bool read_all(struct reading *reading)
{
	fsi_matcher_t matcher;
	fsi_match_t match, next;

	fsi_matcher_init(&matcher);
	match = fsi_matcher_find(&matcher, reading->text, reading->size, 0);
	for (; match.pattern && !reading->full; match = next) {
		size_t limit;

		next = fsi_matcher_find(&matcher, reading->text, reading->size, match.end);
		limit = next.start - match.end < FSI_EXPLAIN_AHEAD ? next.start : match.end + FSI_EXPLAIN_AHEAD;
		if (!take(reading, &match, limit))
			return false;
		find_evacuated(reading, match.end, limit);
	}
	return close_finding(reading);
}

/* ---- what is left -------------------------------------------------------------------------- */

static bool is_bare(const fsi_finding_t *finding)
{
	return !finding->vm_text[0] && !finding->vm_name[0] && !finding->host_text[0] && !finding->thing_text[0] &&
	       !finding->children;
}

/* Of the rows of one code the first is the general one. */
static bool is_general(const fsi_finding_t *finding)
{
	return finding->row == 0 ||
	       strcmp(fsi_error_row((fsi_error_id_t)(finding->row - 1))->code, fsi_error_row(finding->row)->code) != 0;
}

/* Does another finding say the same and more?  A code that is only mentioned says nothing beside one that is told. */
static bool is_said_better(const featset_explanation_t *explanation, const fsi_finding_t *finding)
{
	const char *code = fsi_error_row(finding->row)->code;
	bool bare = is_bare(finding);

	if (!is_general(finding) || finding->detailed || fsi_error_row(finding->row)->kind > FSI_KIND_MEMORY)
		return false;
	for (size_t i = 0; i < explanation->count; i++) {
		const fsi_finding_t *other = &explanation->all[i];

		if (other == finding || other->dropped || strcmp(fsi_error_row(other->row)->code, code) != 0)
			continue;
		if (bare ? !is_bare(other) || !is_general(other)
			 : !is_general(other) && is_same_who(finding->vm, other->vm, finding->vm_text, other->vm_text,
							     finding->vm_name, other->vm_name))
			return true;
	}
	return false;
}

static void count_children(featset_explanation_t *explanation)
{
	for (size_t i = 0; i < explanation->count; i++) {
		size_t parent = explanation->all[i].parent;

		if (parent == FEATSET_NONE)
			continue;
		if (!explanation->all[parent].children++)
			explanation->all[parent].child = i;
	}
}

/* The host that cannot be evacuated is where the VMs run that stand in the way. */
static void place_evacuation(fsi_finding_t *finding, const featset_explanation_t *explanation,
			     const featset_pool_t *pool)
{
	if (!pool || finding->host != FEATSET_NONE || !finding->children)
		return;
	if (explanation->all[finding->child].vm != FEATSET_NONE)
		finding->host = featset_pool_vm_host(pool, explanation->all[finding->child].vm);
	if (finding->host >= featset_pool_hosts(pool))
		finding->host = FEATSET_NONE;
}

static bool tell_all(featset_explanation_t *explanation, const featset_pool_t *pool)
{
	explanation->shown = calloc(explanation->count + 1, sizeof(*explanation->shown));
	if (!explanation->shown)
		return false;
	count_children(explanation);
	for (size_t i = 0; i < explanation->count; i++) {
		fsi_finding_t *finding = &explanation->all[i];

		finding->dropped = is_said_better(explanation, finding);
		if (finding->dropped)
			continue;
		if (finding->row == FSI_ERROR_EVACUATE)
			place_evacuation(finding, explanation, pool);
		if (!fsi_finding_tell(finding, explanation->all, pool))
			return false;
		explanation->shown[explanation->shown_count++] = i;
	}
	return true;
}

static bool explain(struct reading *reading)
{
	size_t slots = (size_t)FSI_EXPLAIN_FINDINGS * 2;

	reading->slot = calloc(slots, sizeof(*reading->slot));
	reading->mask = slots - 1;
	return reading->slot && make_indices(reading) && read_all(reading) &&
	       tell_all(reading->explanation, reading->pool);
}

featset_status_t featset_explanation_new(featset_explanation_t **explanation, const char *text, size_t size,
					 const featset_pool_t *pool, featset_error_t *error)
{
	struct reading reading = { .pool = pool, .evacuation = FEATSET_NONE, .evacuated = FEATSET_NONE };
	char *plain;
	bool good;

	if (!explanation || (!text && size))
		return fsi_fail(error, FEATSET_E_ARGUMENT, "a text and a place for its explanation are expected");
	*explanation = NULL;
	if (size > FSI_EXPLAIN_SIZE)
		return fsi_fail(error, FEATSET_E_LIMIT, "the text is larger than the limit of 16 MiB");
	plain = fsi_plain_text(text, size, &reading.size);
	reading.text = plain;
	reading.explanation = calloc(1, sizeof(*reading.explanation));
	good = plain && reading.explanation && explain(&reading);
	free(plain);
	free(reading.slot);
	fsi_index_free(&reading.vms);
	fsi_index_free(&reading.hosts);
	if (!good) {
		featset_explanation_free(reading.explanation);
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory for explaining a text of %zu bytes", size);
	}
	*explanation = reading.explanation;
	return FEATSET_OK;
}

void featset_explanation_free(featset_explanation_t *explanation)
{
	if (!explanation)
		return;
	for (size_t i = 0; i < explanation->count; i++) {
		fsi_finding_t *finding = &explanation->all[i];

		free(finding->what);
		free(finding->cause);
		free(finding->cure);
		for (size_t c = 0; c < FSI_COMMANDS; c++)
			free(finding->command[c]);
	}
	free(explanation->all);
	free(explanation->shown);
	free(explanation);
}

/* ---- looking ---------------------------------------------------------------------------- */

size_t featset_explanation_count(const featset_explanation_t *explanation)
{
	return explanation ? explanation->shown_count : 0;
}

static const fsi_finding_t *at(const featset_explanation_t *explanation, size_t index)
{
	return index < featset_explanation_count(explanation) ? &explanation->all[explanation->shown[index]] : NULL;
}

const char *featset_explanation_code(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return finding ? fsi_error_row(finding->row)->code : NULL;
}

const char *featset_explanation_what(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return finding ? finding->what : NULL;
}

const char *featset_explanation_cause(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return finding ? finding->cause : NULL;
}

const char *featset_explanation_cure(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return finding ? finding->cure : NULL;
}

const char *featset_explanation_command(const featset_explanation_t *explanation, size_t index, size_t command)
{
	const fsi_finding_t *finding = at(explanation, index);

	return finding && command < FSI_COMMANDS ? finding->command[command] : NULL;
}

size_t featset_explanation_vm(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return finding ? finding->vm : FEATSET_NONE;
}

size_t featset_explanation_host(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return finding ? finding->host : FEATSET_NONE;
}

const char *featset_explanation_vm_text(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return !finding ? "" : finding->vm_text[0] ? finding->vm_text : finding->vm_name;
}

const char *featset_explanation_host_text(const featset_explanation_t *explanation, size_t index)
{
	const fsi_finding_t *finding = at(explanation, index);

	return !finding ? "" : finding->host_text[0] ? finding->host_text : finding->host_name;
}

const featset_t *featset_explanation_missing(const featset_explanation_t *explanation, size_t index)
{
	static const featset_t none;
	const fsi_finding_t *finding = at(explanation, index);

	return finding ? &finding->missing : &none;
}
