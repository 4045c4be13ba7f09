/* SPDX-License-Identifier: MIT */
/* Findings in words: names instead of references where there is a pool, and what helps in it. */
#include "error_internal.h"
#include "explain_internal.h"
#include "pool_internal.h"

#include "featset/feature.h"

#include <stdlib.h>
#include <string.h>

/* A text that grows. */
struct text {
	char *data;
	size_t length, size;
	bool failed;
};

/* Names of features or hosts that a sentence holds before it counts them. */
#define NAMES_MOST 6

static void add(struct text *text, const char *string)
{
	size_t length = strlen(string);

	if (text->failed)
		return;
	if (text->size - text->length <= length) {
		size_t size = (text->length + length + 1) * 2;
		char *more = realloc(text->data, size);

		text->failed = !more;
		if (!more)
			return;
		text->data = more;
		text->size = size;
	}
	memcpy(text->data + text->length, string, length + 1);
	text->length += length;
}

static void add_number(struct text *text, size_t number, const char *one, const char *many)
{
	char digits[32];

	fsi_print(digits, sizeof(digits), 0, "%zu ", number);
	add(text, digits);
	add(text, number == 1 ? one : many);
}

/* The text, which is the caller's to free; NULL when there was no memory. */
static char *finish(struct text *text)
{
	if (text->failed) {
		free(text->data);
		return NULL;
	}
	fsi_clean(text->data);
	return text->data;
}

/* ---- names ------------------------------------------------------------------------- */

static const char *name_or_uuid(const featset_inventory_t *inventory, featset_field_t name, featset_field_t uuid,
				size_t index)
{
	const char *text = featset_inventory_get(inventory, name, index);

	return *text ? text : featset_inventory_get(inventory, uuid, index);
}

static void add_vm(struct text *text, const fsi_finding_t *finding, const featset_pool_t *pool, bool first)
{
	const char *name = finding->vm_name[0] ? finding->vm_name : finding->vm_text;

	if (finding->vm != FEATSET_NONE)
		name = name_or_uuid(pool->vms_of, FEATSET_VM_NAME, FEATSET_VM_UUID, finding->vm);
	if (!*name)
		add(text, first ? "The VM" : "the VM");
	else
		add(text, "VM ");
	add(text, name);
}

static void add_host(struct text *text, const fsi_finding_t *finding, const featset_pool_t *pool, bool first)
{
	fsi_error_kind_t kind = fsi_error_row(finding->row)->kind;
	const char *name = finding->host_name[0] ? finding->host_name : finding->host_text;
	bool target = kind == FSI_KIND_VM_HOST || kind == FSI_KIND_HEX_PAIR || kind == FSI_KIND_HEX_ONE ||
		      kind == FSI_KIND_NAMES_XEN;

	if (finding->host != FEATSET_NONE) {
		add(text, name_or_uuid(pool->hosts_of, FEATSET_HOST_NAME, FEATSET_HOST_UUID, finding->host));
	} else if (*name) {
		if (!finding->host_name[0])
			add(text, first ? "Host " : "host ");
		add(text, name);
	} else {
		add(text, first ? "The host" : "the host");
		if (target)
			add(text, " it was to go to");
	}
}

static void add_thing(struct text *text, const fsi_finding_t *finding, const featset_pool_t *pool)
{
	fsi_error_kind_t kind = fsi_error_row(finding->row)->kind;
	const char *name = finding->thing_name[0] ? finding->thing_name : finding->thing_text;
	bool network = kind == FSI_KIND_VM_NETWORK;

	if (finding->thing != FEATSET_NONE && network)
		name = name_or_uuid(pool->vms_of, FEATSET_NETWORK_NAME, FEATSET_NETWORK_UUID, finding->thing);
	else if (finding->thing != FEATSET_NONE)
		name = name_or_uuid(pool->vms_of, FEATSET_SR_NAME, FEATSET_SR_UUID, finding->thing);
	if (kind == FSI_KIND_WORD)
		add(text, "'");
	else if (!*name)
		add(text, network ? "a network" : "an SR");
	else
		add(text, network ? "network " : "SR ");
	add(text, name);
	if (kind == FSI_KIND_WORD)
		add(text, "'");
}

static void add_names(struct text *text, const featset_t *set, size_t most)
{
	size_t count = featset_count(set), i = 0;
	char name[128];

	if (count > most) {
		add_number(text, count, "feature", "features");
		return;
	}
	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1), i++) {
		add(text, !i ? "" : i + 1 < count ? ", " : " and ");
		featset_feature_spell(name, sizeof(name), f, FEATSET_CANONICAL);
		add(text, name);
	}
}

/* What counts: bits that only mirror or repeat something are not what anybody misses, unless they are all there is. */
static void what_counts(featset_t *dst, const featset_t *set)
{
	static const featset_class_t classes[] = { FEATSET_CLASS_DYNAMIC, FEATSET_CLASS_HINT, FEATSET_CLASS_ALIAS,
						   FEATSET_CLASS_INVERTED };
	featset_t part;

	*dst = *set;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		featset_of_class(&part, classes[i]);
		featset_minus(dst, dst, &part);
	}
	if (featset_is_empty(dst))
		*dst = *set;
}

static void add_features(struct text *text, const featset_t *set, bool may_be_none)
{
	featset_t counts;

	if (may_be_none && featset_count(set) <= NAMES_MOST)
		counts = *set;
	else
		what_counts(&counts, set);
	if (!featset_is_empty(&counts))
		add_names(text, &counts, may_be_none ? NAMES_MOST : 1);
	else
		add(text, may_be_none ? "no feature" : "features");
}

static void expand(struct text *text, const char *sentence, const fsi_finding_t *finding, const featset_pool_t *pool,
		   bool first)
{
	char letter[2] = "";

	for (const char *c = sentence; *c; c++) {
		bool begins = first && c == sentence;

		if (*c != '%') {
			letter[0] = !first && c == sentence && c[1] >= 'a' ? (char)(*c | 0x20) : *c;
			add(text, letter);
			continue;
		}
		switch (*++c) {
		case 'V':
		case 'v':
			add_vm(text, finding, pool, begins);
			break;
		case 'H':
		case 'h':
			add_host(text, finding, pool, begins);
			break;
		case 't':
			add_thing(text, finding, pool);
			break;
		case 'n':
		case 'N':
			add_features(text, &finding->missing, *c == 'N');
			break;
		default:
			add_features(text, &finding->extra, true);
		}
	}
}

/* ---- what ----------------------------------------------------------------------------- */

static char *tell_what(const fsi_finding_t *finding, const fsi_finding_t *all, const featset_pool_t *pool)
{
	struct text text = { 0 };

	expand(&text, fsi_error_row(finding->row)->what, finding, pool, true);
	if (finding->unknown[0]) {
		add(&text, " Names that nothing here has: ");
		add(&text, finding->unknown);
		add(&text, ".");
	}
	if (finding->children && !text.failed) {
		text.data[--text.length] = '\0';
		add(&text, ": ");
		expand(&text, fsi_error_row(all[finding->child].row)->what, &all[finding->child], pool, false);
		if (finding->children > 1 && !text.failed) {
			text.data[--text.length] = '\0';
			add(&text, ", and ");
			add_number(&text, finding->children - 1, "more VM stands in the way.",
				   "more VMs stand in the way.");
		}
	}
	return finish(&text);
}

/* ---- cause ------------------------------------------------------------------------------ */

/* On which hosts the pool's records say the same. */
static void add_hosts_with(struct text *text, const fsi_finding_t *finding, const featset_pool_t *pool, unsigned block)
{
	size_t hosts = featset_pool_hosts(pool), count = 0;
	struct text names = { 0 };

	for (size_t host = 0; host < hosts; host++) {
		if (!(featset_pool_blocks(pool, finding->vm, host) & block))
			continue;
		if (count++ >= NAMES_MOST)
			continue;
		add(&names, count > 1 ? ", " : "");
		add(&names, name_or_uuid(pool->hosts_of, FEATSET_HOST_NAME, FEATSET_HOST_UUID, host));
	}
	if (count) {
		add(text, " Here that is so on ");
		add(text, names.failed ? "" : names.data);
		add(text, count > NAMES_MOST ? " and others." : ".");
	}
	text->failed |= names.failed;
	free(names.data);
}

static char *tell_cause(const fsi_finding_t *finding, const featset_pool_t *pool)
{
	struct text text = { 0 };

	add(&text, fsi_error_row(finding->row)->cause);
	if (finding->vm != FEATSET_NONE && finding->row == FSI_ERROR_VM_NETWORK)
		add_hosts_with(&text, finding, pool, FEATSET_BLOCK_NETWORK);
	if (finding->vm != FEATSET_NONE && finding->row == FSI_ERROR_VM_SR)
		add_hosts_with(&text, finding, pool, FEATSET_BLOCK_STORAGE);
	return finish(&text);
}

/* ---- cure ------------------------------------------------------------------------------- */

/* Is it about what features a VM of XAPI was started with? */
static bool is_about_features(const fsi_finding_t *finding)
{
	return finding->row == FSI_ERROR_VM_FEATURES || finding->row == FSI_ERROR_VM_INCOMPATIBLE;
}

static const char *cure_sentence(featset_cure_t cure)
{
	switch (cure) {
	case FEATSET_CURE_RESTART:
		return "Restart %v: a new domain gets the pool's present features, which every enabled host takes.";
	case FEATSET_CURE_RESUME:
		return "%V is suspended: resume it where it fits, then restart it, so that it gets the pool's present "
		       "features.";
	case FEATSET_CURE_UNPIN:
		return "platform:featureset gives %v more than some host has: remove or lower it, then restart the VM.";
	case FEATSET_CURE_DISCARD:
		return "No host can resume %v: only without its memory, by a forced shutdown and a start, or the "
		       "snapshot's disks alone.";
	case FEATSET_CURE_HOSTS:
		return "A restart does not help %v: some enabled host takes no such VM whatever its features, for it is of "
		       "another vendor, or tells no featuresets, or offers no such guests.";
	case FEATSET_CURE_LEVEL:
		return "The pool's recorded level, which a new domain gets, is not that of its hosts.  XAPI works it out "
		       "again when the coordinator's toolstack restarts; then restart %v.";
	default:
		return "By these records nothing is wrong with the CPU of %v any more: try again.";
	}
}

/* Is all that keeps a VM where it is cured by the commands that come with a finding of it? */
static bool has_cure(size_t vm, const fsi_finding_t *finding, const fsi_finding_t *all, const featset_pool_t *pool)
{
	featset_cure_t cure = featset_pool_cure(pool, vm);
	const fsi_finding_t *child = all + finding->child;
	size_t left = finding->children;

	if (cure != FEATSET_CURE_RESTART && cure != FEATSET_CURE_UNPIN && cure != FEATSET_CURE_LEVEL)
		return false;
	for (size_t host = 0; host < featset_pool_hosts(pool); host++)
		if (featset_pool_blocked_on(pool, vm, host) &&
		    (featset_pool_blocks(pool, vm, host) & ~(unsigned)FEATSET_BLOCK_CPU))
			return false;
	for (; left; child++) {
		if (child->parent != (size_t)(finding - all))
			continue;
		left--;
		if (child->vm == vm && is_about_features(child))
			return true;
	}
	return false;
}

/* The next VM that blocks the host of an evacuation and that no finding here cures. */
static size_t next_in_the_way(const fsi_finding_t *finding, const fsi_finding_t *all, const featset_pool_t *pool,
			      size_t from)
{
	for (size_t vm = from; vm < featset_pool_vms(pool); vm++)
		if (featset_pool_vm_host(pool, vm) == finding->host &&
		    featset_pool_vm_blocks(pool, vm) == FEATSET_YES && !has_cure(vm, finding, all, pool))
			return vm;
	return FEATSET_NONE;
}

/* Who else has to be seen to before the host can be evacuated. */
static void add_in_the_way(struct text *text, const fsi_finding_t *finding, const fsi_finding_t *all,
			   const featset_pool_t *pool)
{
	size_t vm = finding->host == FEATSET_NONE ? FEATSET_NONE : next_in_the_way(finding, all, pool, 0), count = 0;

	for (; vm != FEATSET_NONE && count <= NAMES_MOST; vm = next_in_the_way(finding, all, pool, vm + 1)) {
		if (!count)
			add(text, " Before it is evacuated, see to ");
		if (count++ < NAMES_MOST) {
			add(text, count > 1 ? ", " : "");
			add(text, name_or_uuid(pool->vms_of, FEATSET_VM_NAME, FEATSET_VM_UUID, vm));
		}
	}
	if (count)
		add(text, count > NAMES_MOST ? " and others, which these commands do not move: 'featset pool' says why." :
					       ", which no command here moves: 'featset pool' says why.");
}

static char *tell_cure(const fsi_finding_t *finding, const fsi_finding_t *all, const featset_pool_t *pool)
{
	size_t target = FEATSET_NONE;
	struct text text = { 0 };

	if (finding->vm == FEATSET_NONE || !is_about_features(finding)) {
		add(&text, fsi_error_row(finding->row)->cure);
		if (finding->row == FSI_ERROR_EVACUATE)
			add_in_the_way(&text, finding, all, pool);
		return finish(&text);
	}
	expand(&text, cure_sentence(featset_pool_cure(pool, finding->vm)), finding, pool, true);
	if (featset_pool_vm_host(pool, finding->vm) != FEATSET_NONE)
		target = featset_pool_movable_to(pool, finding->vm, 0);
	if (target != FEATSET_NONE) {
		add(&text, " As it is it can be moved by hand to ");
		add(&text, name_or_uuid(pool->hosts_of, FEATSET_HOST_NAME, FEATSET_HOST_UUID, target));
		add(&text, ".");
	}
	return finish(&text);
}

/* ---- commands ------------------------------------------------------------------------------ */

static bool add_command(fsi_finding_t *finding, const char *command)
{
	for (size_t i = 0; *command && i < FSI_COMMANDS; i++) {
		if (finding->command[i])
			continue;
		finding->command[i] = malloc(strlen(command) + 1);
		if (!finding->command[i])
			return false;
		memcpy(finding->command[i], command, strlen(command) + 1);
		break;
	}
	return true;
}

static bool add_pool_command(fsi_finding_t *finding, const featset_pool_t *pool, featset_command_t command, size_t host)
{
	size_t size = featset_pool_command(NULL, 0, pool, command, finding->vm, host) + 1;
	char *line = malloc(size);
	bool good = line != NULL;

	if (good) {
		featset_pool_command(line, size, pool, command, finding->vm, host);
		good = add_command(finding, line);
	}
	free(line);
	return good;
}

static bool add_cure_commands(fsi_finding_t *finding, const featset_pool_t *pool)
{
	featset_cure_t cure = featset_pool_cure(pool, finding->vm);
	size_t target = featset_pool_movable_to(pool, finding->vm, 0);

	if (cure == FEATSET_CURE_RESUME && target != FEATSET_NONE &&
	    !add_pool_command(finding, pool, FEATSET_COMMAND_RESUME, target))
		return false;
	if (cure == FEATSET_CURE_LEVEL && !add_pool_command(finding, pool, FEATSET_COMMAND_RELEVEL, FEATSET_NONE))
		return false;
	if (cure == FEATSET_CURE_NONE || cure == FEATSET_CURE_DISCARD || cure == FEATSET_CURE_HOSTS)
		return true;
	return add_pool_command(finding, pool, cure == FEATSET_CURE_UNPIN ? FEATSET_COMMAND_UNPIN : FEATSET_COMMAND_RESTART,
				FEATSET_NONE) &&
	       add_pool_command(finding, pool, FEATSET_COMMAND_VERIFY, FEATSET_NONE);
}

static bool tell_commands(fsi_finding_t *finding, const fsi_finding_t *all, const featset_pool_t *pool)
{
	char line[FSI_TEXT + 32];

	if (is_about_features(finding) && finding->vm != FEATSET_NONE)
		return add_cure_commands(finding, pool);
	if (finding->row == FSI_ERROR_EVACUATE && finding->host != FEATSET_NONE &&
	    next_in_the_way(finding, all, pool, 0) == FEATSET_NONE)
		return add_pool_command(finding, pool, FEATSET_COMMAND_EVACUATE, finding->host);
	if (!is_about_features(finding) || !fsi_is_uuid(finding->vm_text, strlen(finding->vm_text)))
		return true;
	fsi_print(line, sizeof(line), 0, "xe vm-reboot uuid=%s", finding->vm_text);
	return add_command(finding, line);
}

bool fsi_finding_tell(fsi_finding_t *finding, const fsi_finding_t *all, const featset_pool_t *pool)
{
	finding->what = tell_what(finding, all, pool);
	finding->cause = tell_cause(finding, pool);
	finding->cure = tell_cure(finding, all, pool);
	return finding->what && finding->cause && finding->cure && tell_commands(finding, all, pool);
}
