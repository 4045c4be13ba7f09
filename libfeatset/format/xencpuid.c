/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <string.h>

/*
 * What xen-cpuid prints.  Without options, or with -d, Xen's static sets, which
 * are no host's, and the host's:
 *
 *	Dynamic sets:
 *	HVM Max                         1fcbfbff:f7fa3223:2c100800:...
 *	  [00] CPUID 0x00000001.edx     fpu vme de ...
 *
 * With words on its command line, those words as "Raw".  With -p, policies:
 *
 *	HVM Max policy: 65 leaves, 2 MSRs
 *	  00000007:00000000 -> 00000002:219c07ab:9840070c:bc004410
 *	  0000010a -> 400000001d0ae167
 *
 * where leaves that are all zero are left out, and subleaf ffffffff means that
 * there are none.
 *
 * The outputs of several hosts may stand one after the other.  What is wrong with
 * one of them leaves it out as a whole, but for a domain's policy and for words
 * that xen-cpuid was asked about, which stand for themselves.
 */

/* What Xen calls its sets, and which cpu of a host they are.  A host's own CPU is Raw, or else Host. */
static const struct {
	const char *name;
	featset_slot_t slot;
	bool both; /* older versions have one set for new and for migrating guests */
} sets[] = {
	{ "Raw", FEATSET_SLOT_CPU, false },       { "Host", FEATSET_SLOT_CPU, false },
	{ "PV Max", FEATSET_SLOT_PV_MAX, false }, { "HVM Max", FEATSET_SLOT_HVM_MAX, false },
	{ "PV Default", FEATSET_SLOT_PV, false }, { "HVM Default", FEATSET_SLOT_HVM, false },
	{ "PV", FEATSET_SLOT_PV_MAX, true },      { "HVM", FEATSET_SLOT_HVM_MAX, true },
};

#define SETS (sizeof(sets) / sizeof(sets[0]))
#define RAW 0
#define HOST 1

/* Which set has this name; SETS for none. */
static size_t find_set(const char *at, size_t size)
{
	size_t i = 0;

	fsi_trim(&at, &size);
	while (i < SETS && !fsi_same(at, size, sets[i].name))
		i++;
	return i;
}

/* The host being read, and the policy. */
struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	size_t host;
	bool has_host;
	bool filled[FEATSET_SLOTS];
	struct {
		unsigned line; /* 0: not yet */
		featset_t features, known;
	} seen[SETS]; /* what the host's sets or policies said */
	enum { NEITHER, STATIC, DYNAMIC } section;
	fsi_dump_t dump;
	size_t policy; /* of sets[], SETS for a domain's */
	unsigned policy_line;
	bool in_policy;
	char name[64];
	fsi_mark_t start;                               /* of the host */
	enum { READING, PAST_POLICY, PAST_HOST } state; /* what is passed over, because it is broken */
};

static featset_status_t no_memory(const struct reader *reader)
{
	return fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
}

static featset_status_t add_host(struct reader *reader, const char *name)
{
	if (featset_inventory_hosts(reader->inventory) == FSI_MAX_HOSTS)
		return fsi_fail_at(reader->error, FEATSET_E_LIMIT, reader->text->file, 0, 0, "more than %d hosts",
				   FSI_MAX_HOSTS);
	if (featset_inventory_add_host(reader->inventory, name, NULL, &reader->host) != FEATSET_OK)
		return no_memory(reader);
	memset(reader->filled, 0, sizeof(reader->filled));
	memset(reader->seen, 0, sizeof(reader->seen));
	reader->has_host = true;
	return FEATSET_OK;
}

/* Gives the host a cpu, which is owned from now on; the first one of a slot stays. */
static featset_status_t put(struct reader *reader, featset_slot_t slot, featset_cpu_t *cpu)
{
	if (!cpu)
		return no_memory(reader);
	if (!reader->has_host) {
		featset_status_t status = add_host(reader, NULL);

		if (status != FEATSET_OK) {
			featset_cpu_free(cpu);
			return status;
		}
	}
	if (reader->filled[slot]) {
		featset_cpu_free(cpu);
		return FEATSET_OK;
	}
	reader->filled[slot] = true;
	return featset_inventory_set_cpu(reader->inventory, reader->host, slot, cpu);
}

/* Of a host each set is there once, or says the same again. */
static featset_status_t see(struct reader *reader, size_t set, unsigned line, const char *what,
			    const featset_t *features, const featset_t *known)
{
	unsigned first = reader->has_host ? reader->seen[set].line : 0;

	if (first &&
	    (!featset_equal(&reader->seen[set].features, features) || !featset_equal(&reader->seen[set].known, known)))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line, 1,
				   "the %s %s is there twice with different values, first in line %u", sets[set].name,
				   what, first);
	return FEATSET_OK;
}

/* Called when it has a host. */
static void note_seen(struct reader *reader, size_t set, unsigned line, const featset_t *features,
		      const featset_t *known)
{
	if (reader->seen[set].line)
		return;
	reader->seen[set].line = line;
	reader->seen[set].features = *features;
	reader->seen[set].known = *known;
}

/* ---- featuresets ------------------------------------------------------------------------ */

/* A host's own words; what lies beyond them nobody read. */
static featset_cpu_t *bare_cpu(const fsi_xen_t *xen)
{
	featset_cpu_t *cpu = featset_cpu_new();
	bool guest;

	if (!cpu)
		return NULL;
	for (unsigned word = 0; word < xen->length; word++)
		featset_cpu_set_word(cpu, word, featset_word(&xen->set, word));
	guest = featset_has(featset_cpu_features(cpu), FEATSET_HYPERVISOR);
	featset_cpu_set_view(cpu, guest ? FEATSET_VIEW_GUEST : FEATSET_VIEW_HARDWARE);
	return cpu;
}

/* Splits "HVM Max    1fcbfbff:f7fa3223:..." in front of the last word; false when that is no featureset. */
static bool split(const fsi_line_t *line, const char **words)
{
	const char *at = line->at + line->size;

	while (at > line->at && !fsi_is_space(at[-1]))
		at--;
	*words = at;
	return at > line->at && fsi_xen_looks_like(at, (size_t)(line->at + line->size - at)) &&
	       memchr(at, ':', (size_t)(line->at + line->size - at));
}

static featset_status_t add_set(struct reader *reader, const fsi_line_t *line, unsigned column, const char *words)
{
	size_t set = find_set(line->at, (size_t)(words - line->at));
	featset_status_t status;
	featset_t none;
	const char *why;
	fsi_xen_t xen;
	size_t bad;

	if (set == SETS || reader->section == STATIC)
		return FEATSET_OK;
	if (!fsi_xen_parse(&xen, words, (size_t)(line->at + line->size - words), &bad, &why))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line->number,
				   column + (unsigned)(words - line->at) + (unsigned)bad + 1, "no Xen featureset: %s",
				   why);
	if (reader->section == NEITHER) {
		/* xen-cpuid was asked to explain words, whatever they are. */
		status = add_host(reader, NULL);
		return status == FEATSET_OK ? put(reader, FEATSET_SLOT_CPU, fsi_xen_cpu(&xen)) : status;
	}
	featset_clear(&none);
	status = see(reader, set, line->number, "set", &xen.set, &none);
	if (status != FEATSET_OK)
		return status;
	status = put(reader, sets[set].slot, sets[set].slot == FEATSET_SLOT_CPU ? bare_cpu(&xen) : fsi_xen_cpu(&xen));
	if (status == FEATSET_OK)
		note_seen(reader, set, line->number, &xen.set, &none);
	if (status == FEATSET_OK && sets[set].both)
		status = put(reader, sets[set].slot == FEATSET_SLOT_PV_MAX ? FEATSET_SLOT_PV : FEATSET_SLOT_HVM,
			     fsi_xen_cpu(&xen));
	return status;
}

/* ---- policies ------------------------------------------------------------------------------ */

/*
 * A guest's policy is all that a guest sees.  Of the raw one Xen keeps basic
 * leaves up to D, extended ones up to 8000001C in every version, no subleaf of 7
 * but 0 in some, and two of D.  The host's has been tidied, so that what it lacks
 * the CPU may have.
 */
static bool zero(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf)
{
	const struct reader *reader = dump->context;

	if (reader->policy == HOST)
		return false;
	if (reader->policy != RAW)
		return true;
	if (leaf == 0xd)
		return subleaf < 2;
	return !subleaf && (leaf < 0xd || (leaf >= 0x80000000 && leaf <= 0x8000001c));
}

/* "HVM Max policy: 65 leaves, 2 MSRs"; the name is what stands in front */
static bool is_policy(const char *at, size_t size, size_t *name)
{
	const char *end = at + size, *start = at;
	unsigned number;

	for (; at < end; at++) {
		const char *p = at;

		if (fsi_take(&p, end, " policy: ") && fsi_take_decimal(&p, end, &number) &&
		    fsi_take(&p, end, " leaves, ")) {
			*name = (size_t)(at - start);
			return true;
		}
	}
	return false;
}

/* Does it stand for itself? */
static bool is_domain(const struct reader *reader)
{
	return reader->in_policy && reader->policy == SETS;
}

/* What becomes of what is at hand, when a line of it was read with this status. */
static featset_status_t pass(struct reader *reader, featset_status_t status)
{
	bool alone = is_domain(reader) || (!reader->in_policy && reader->section == NEITHER);
	const fsi_mark_t mark = alone ? fsi_mark(reader->inventory) : reader->start;

	if (status == FEATSET_OK)
		return status;
	status = fsi_pass(reader->inventory, reader->text, mark, status, reader->error);
	reader->dump.leaf_count = reader->dump.msr_count = 0;
	reader->dump.line = 0;
	if (!alone || !reader->in_policy)
		reader->has_host = false;
	reader->state = !alone ? PAST_HOST : reader->in_policy ? PAST_POLICY : READING;
	reader->in_policy = false;
	return status;
}

static featset_status_t finish_policy(struct reader *reader)
{
	featset_t features, known;
	featset_status_t status;
	featset_cpu_t *cpu;

	/* A host without HVM prints policies with nothing in them. */
	if (!reader->dump.line)
		return FEATSET_OK;
	status = fsi_dump_take(&reader->dump, reader->text, &cpu, reader->error);
	if (status != FEATSET_OK)
		return status;
	if (reader->policy == SETS) {
		status = add_host(reader, reader->name);
		if (status != FEATSET_OK) {
			featset_cpu_free(cpu);
			return status;
		}
		status = put(reader, FEATSET_SLOT_CPU, cpu);
		reader->has_host = false;
		return status;
	}
	if (reader->policy != RAW && reader->policy != HOST) {
		featset_t compat;

		fsi_xen_compat(&compat);
		featset_cpu_set_compat(cpu, &compat);
		featset_cpu_set_view(cpu, FEATSET_VIEW_PROMISED);
	}
	features = *featset_cpu_features(cpu);
	known = *featset_cpu_known(cpu);
	status = see(reader, reader->policy, reader->policy_line, "policy", &features, &known);
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		return status;
	}
	status = put(reader, sets[reader->policy].slot, cpu);
	if (status == FEATSET_OK)
		note_seen(reader, reader->policy, reader->policy_line, &features, &known);
	return status;
}

static featset_status_t end_policy(struct reader *reader)
{
	featset_status_t status = FEATSET_OK;

	if (reader->in_policy)
		status = pass(reader, finish_policy(reader));
	reader->in_policy = false;
	return status;
}

static featset_status_t start_policy(struct reader *reader, const char *at, size_t size, unsigned line)
{
	featset_status_t status = end_policy(reader);

	if (reader->state == PAST_HOST)
		return status;
	reader->state = READING;
	if (size >= sizeof(reader->name))
		size = sizeof(reader->name) - 1;
	memcpy(reader->name, at, size);
	reader->name[size] = '\0';
	reader->policy = find_set(at, size);
	reader->in_policy = true;
	reader->policy_line = line;
	reader->dump.msr_count = 0;
	/* Versions that do not read a register of the host print 0. */
	reader->dump.zero_is_unread = reader->policy <= HOST;
	return status;
}

static bool take_leaf(const char *at, const char *end, fsi_reading_t *reading)
{
	if (!fsi_take_hex(&at, end, 8, 8, &reading->leaf) || !fsi_take(&at, end, ":") ||
	    !fsi_take_hex(&at, end, 8, 8, &reading->subleaf) || !fsi_take(&at, end, " -> "))
		return false;
	for (int i = 0; i < 4; i++)
		if ((i && !fsi_take(&at, end, ":")) || !fsi_take_hex(&at, end, 8, 8, &reading->regs[i]))
			return false;
	if (reading->subleaf == 0xffffffff)
		reading->subleaf = 0;
	return at == end;
}

static bool take_msr(const char *at, const char *end, uint32_t *index, uint64_t *value)
{
	if (!fsi_take_hex(&at, end, 8, 8, index) || !fsi_take(&at, end, " -> ") || end - at != 16)
		return false;
	*value = 0;
	for (; at < end; at++) {
		if (fsi_hex_digit(*at) < 0)
			return false;
		*value = *value << 4 | (uint64_t)fsi_hex_digit(*at);
	}
	return true;
}

static featset_status_t policy_line(struct reader *reader, const fsi_line_t *line, unsigned column)
{
	const char *end = line->at + line->size;
	featset_status_t status = FEATSET_OK;
	fsi_reading_t reading;
	uint32_t index;
	uint64_t value;

	if (take_leaf(line->at, end, &reading)) {
		if (!reader->dump.line)
			status = fsi_dump_start(&reader->dump, reader->text, line->number, reader->error);
		return status == FEATSET_OK ? fsi_dump_add(&reader->dump, reader->text, line->number, reading.leaf,
							   reading.subleaf, reading.regs, reader->error)
					    : status;
	}
	if (take_msr(line->at, end, &index, &value)) {
		return fsi_dump_msr(&reader->dump, reader->text, line->number, index, value, reader->error);
	}
	if (fsi_take_hex(&(const char *){ line->at }, end, 8, 8, &index))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line->number, column + 1,
				   "expected a leaf or a register as xen-cpuid -p prints it, "
				   "\"00000007:00000000 -> 00000000:00000000:00000000:00000000\"");
	return FEATSET_OK;
}

/* ---- both ------------------------------------------------------------------------------------- */

static bool starts_host(const fsi_line_t *line)
{
	const char *at = line->at, *end = line->at + line->size;

	return fsi_take(&at, end, "nr_features: ") || fsi_take(&at, end, "Xen reports there are maximum ");
}

FSI_PROBE(xencpuid)
{
	fsi_line_t line = { 0 };
	unsigned column;

	while (fsi_line_next_filled(&line, text, size, &column)) {
		const char *words;
		size_t name;

		if (starts_host(&line) || is_policy(line.at, line.size, &name))
			return 90;
		if (split(&line, &words) && find_set(line.at, (size_t)(words - line.at)) < SETS)
			return 70;
	}
	return 0;
}

static featset_status_t start_host(struct reader *reader)
{
	featset_status_t status = end_policy(reader);

	reader->has_host = false;
	reader->section = NEITHER;
	reader->state = READING;
	reader->start = fsi_mark(reader->inventory);
	return status;
}

static featset_status_t read_line(struct reader *reader, const fsi_line_t *line, unsigned column)
{
	const char *at = line->at, *end = line->at + line->size, *words;
	size_t name;

	if (starts_host(line))
		return start_host(reader);
	if (reader->state == PAST_HOST)
		return FEATSET_OK;
	if (fsi_take(&at, end, "Static sets:"))
		reader->section = STATIC;
	else if (fsi_take(&at, end, "Dynamic sets:"))
		reader->section = DYNAMIC;
	else if (is_policy(line->at, line->size, &name))
		return start_policy(reader, line->at, name, line->number);
	else if (reader->in_policy)
		return pass(reader, policy_line(reader, line, column));
	else if (reader->state == READING && *line->at != '[' && split(line, &words))
		return pass(reader, add_set(reader, line, column, words));
	return FEATSET_OK;
}

FSI_READ(xencpuid)
{
	struct reader reader = { .inventory = inventory, .text = text, .error = error };
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	unsigned column;

	reader.dump.zero = zero;
	reader.dump.context = &reader;
	while (status == FEATSET_OK && fsi_line_next_filled(&line, text->data, text->size, &column))
		status = read_line(&reader, &line, column);
	if (status == FEATSET_OK)
		status = end_policy(&reader);
	fsi_dump_free(&reader.dump);
	if (status == FEATSET_OK && !featset_inventory_hosts(inventory))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   "there is no set and no policy of a host in this output of xen-cpuid");
	return status;
}
