/* SPDX-License-Identifier: MIT */
#include "../cpu_internal.h"
#include "format_internal.h"

#include <stdlib.h>
#include <string.h>

struct fsi_leaf {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t regs[4];
	unsigned source;
	unsigned line;
};

struct fsi_msr {
	uint32_t index;
	uint64_t value;
	unsigned line;
};

/* ---- what a CPU answers ------------------------------------------------------------- */

static const struct fsi_leaf *find(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf)
{
	for (size_t i = 0; i < dump->leaf_count; i++)
		if (dump->leaves[i].leaf == leaf && dump->leaves[i].subleaf == subleaf)
			return &dump->leaves[i];
	return NULL;
}

static bool answer(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	const fsi_dump_t *dump = context;
	const struct fsi_leaf *found = find(dump, leaf, subleaf);

	if (found)
		memcpy(regs, found->regs, sizeof(found->regs));
	else if (dump->zero && dump->zero(dump, leaf, subleaf))
		memset(regs, 0, sizeof(found->regs));
	else
		return false;
	return true;
}

static bool answer_msr(void *context, uint32_t index, uint64_t *value)
{
	const fsi_dump_t *dump = context;
	const struct fsi_leaf *zero = find(dump, 0, 0);

	/* Before Nehalem, which brought leaf B, another register had the number of PLATFORM_INFO. */
	if (index == 0xce && zero && zero->regs[FEATSET_EAX] < 0xb)
		return false;
	for (size_t i = 0; i < dump->msr_count; i++) {
		if (dump->msrs[i].index == index) {
			*value = dump->msrs[i].value;
			return *value || !dump->zero_is_unread;
		}
	}
	return false;
}

bool fsi_dump_has_msr(const fsi_dump_t *dump, uint32_t index)
{
	for (size_t i = 0; i < dump->msr_count; i++)
		if (dump->msrs[i].index == index)
			return true;
	return false;
}

bool fsi_dump_has(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf)
{
	return find(dump, leaf, subleaf) != NULL;
}

const uint32_t *fsi_dump_get(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf)
{
	const struct fsi_leaf *found = find(dump, leaf, subleaf);

	return found ? found->regs : NULL;
}

/* ---- one CPU ------------------------------------------------------------------------ */

/*
 * Intel's SYSCALL bit is 1 only when CPUID runs in 64-bit mode, and every part
 * with long mode has the instruction: read by a 32-bit program, 0 says nothing.
 */
static void doubt_syscall(featset_cpu_t *cpu)
{
	const char *vendor = featset_cpu_vendor(cpu);
	featset_t known = *featset_cpu_known(cpu), features = *featset_cpu_features(cpu);

	/* GenuineIotel is a real Haswell with a flipped bit. */
	if (strcmp(vendor, "GenuineIntel") != 0 && strcmp(vendor, "GenuineIotel") != 0)
		return;
	if (!featset_has(&features, FEATSET_LM) || featset_has(&features, FEATSET_SYSCALL))
		return;
	featset_remove(&known, FEATSET_SYSCALL);
	featset_cpu_set_features(cpu, &features, &known);
}

/* Which kind of core it is: leaf 1A says so, or what the reader has seen. */
static void tell_core_type(featset_cpu_t *cpu, const fsi_dump_t *dump)
{
	const struct fsi_leaf *hybrid = find(dump, 0x1a, 0);
	bool asked = featset_has(featset_cpu_features(cpu), FEATSET_HYBRID_CPU) &&
		     featset_cpu_number(cpu, FEATSET_MAX_BASIC) >= 0x1a;
	uint32_t type = hybrid && asked ? hybrid->regs[FEATSET_EAX] >> 24 : 0;

	if (type == 0x20 || type == 0x40)
		featset_cpu_set_core_type(cpu, type == 0x20 ? "E" : "P");
	else if (dump->core_type)
		featset_cpu_set_core_type(cpu, dump->core_type);
}

/* Makes a cpu of the leaves collected so far. */
static featset_status_t end_cpu(fsi_dump_t *dump, const fsi_text_t *text, featset_error_t *error)
{
	featset_status_t status;

	if (!dump->line)
		return FEATSET_OK;
	if (dump->cpu_count == FSI_MAX_CPUS)
		return fsi_fail_at(error, FEATSET_E_LIMIT, text->file, dump->line, 0, "more than %d logical CPUs",
				   FSI_MAX_CPUS);
	if (!fsi_dump_has(dump, 0, 0))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, dump->line, 0,
				   "leaf 0 of the CPU that starts here is missing");
	if (dump->cpu_count == dump->cpu_room) {
		size_t room = dump->cpu_room ? dump->cpu_room * 2 : 8;
		featset_cpu_t **moved = realloc(dump->cpus, room * sizeof(*moved));

		if (!moved)
			return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
		dump->cpus = moved;
		dump->cpu_room = room;
	}
	status = fsi_cpu_read_stated(&dump->cpus[dump->cpu_count], answer, dump->msr_count ? answer_msr : NULL, dump,
				     error);
	if (status != FEATSET_OK)
		return fsi_locate(error, status, text, dump->line, 0);
	doubt_syscall(dump->cpus[dump->cpu_count]);
	tell_core_type(dump->cpus[dump->cpu_count], dump);
	dump->cpu_count++;
	dump->leaf_count = 0;
	if (!dump->keep_msrs)
		dump->msr_count = 0;
	dump->line = 0;
	return FEATSET_OK;
}

featset_status_t fsi_dump_start(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, featset_error_t *error)
{
	featset_status_t status = end_cpu(dump, text, error);

	if (status == FEATSET_OK) {
		dump->line = line;
		dump->core_type = dump->next_type;
		dump->next_type = NULL;
	}
	return status;
}

/* ---- what is there twice -------------------------------------------------------------- */

/* `what` is there twice with different values; `first` is the line of the first one. */
static featset_status_t fail_twice(const fsi_text_t *text, unsigned line, const char *what, unsigned first,
				   featset_error_t *error)
{
	char where[32] = "";

	if (first)
		fsi_print(where, sizeof(where), 0, ", first in line %u", first);
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line, 0, "%s is there twice with different values%s",
			   what, where);
}

/* Searched from the end: what repeats does so soon. */
static featset_status_t check_leaf(const fsi_dump_t *dump, const fsi_text_t *text, unsigned line,
				   const struct fsi_leaf *leaf, featset_error_t *error)
{
	char what[64];

	if (!dump->leaf_count || ((uint64_t)leaf->leaf << 32 | leaf->subleaf) > dump->top || leaf->leaf == 2)
		return FEATSET_OK;
	for (size_t i = dump->leaf_count; i-- > 0;) {
		const struct fsi_leaf *first = &dump->leaves[i];

		if (first->leaf != leaf->leaf || first->subleaf != leaf->subleaf || first->source != leaf->source)
			continue;
		if (!memcmp(first->regs, leaf->regs, sizeof(leaf->regs)))
			return FEATSET_OK;
		fsi_print(what, sizeof(what), 0, "leaf %x subleaf %x", (unsigned)leaf->leaf, (unsigned)leaf->subleaf);
		return fail_twice(text, line, what, first->line, error);
	}
	return FEATSET_OK;
}

static featset_status_t check_msr(const fsi_dump_t *dump, const fsi_text_t *text, unsigned line, uint32_t index,
				  uint64_t value, featset_error_t *error)
{
	char what[64];

	for (size_t i = dump->msr_count; i-- > 0;) {
		if (dump->msrs[i].index != index)
			continue;
		if (dump->msrs[i].value == value)
			return FEATSET_OK;
		fsi_print(what, sizeof(what), 0, "register %x", (unsigned)index);
		return fail_twice(text, line, what, dump->msrs[i].line, error);
	}
	return FEATSET_OK;
}

featset_status_t fsi_dump_add(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, uint32_t leaf, uint32_t subleaf,
			      const uint32_t regs[4], featset_error_t *error)
{
	struct fsi_leaf at = { .leaf = leaf, .subleaf = subleaf, .source = dump->source, .line = line };
	uint64_t key = (uint64_t)leaf << 32 | subleaf;
	featset_status_t status;

	memcpy(at.regs, regs, sizeof(at.regs));
	status = check_leaf(dump, text, line, &at, error);
	if (status != FEATSET_OK)
		return status;
	if (dump->leaf_count == FSI_MAX_LEAVES)
		return fsi_fail_at(error, FEATSET_E_LIMIT, text->file, line, 0, "more than %d leaves of one CPU",
				   FSI_MAX_LEAVES);
	if (dump->leaf_count == dump->leaf_room) {
		size_t room = dump->leaf_room ? dump->leaf_room * 2 : 128;
		struct fsi_leaf *moved = realloc(dump->leaves, room * sizeof(*moved));

		if (!moved)
			return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
		dump->leaves = moved;
		dump->leaf_room = room;
	}
	if (!dump->leaf_count || key > dump->top)
		dump->top = key;
	dump->leaves[dump->leaf_count++] = at;
	return FEATSET_OK;
}

featset_status_t fsi_dump_msr(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, uint32_t index, uint64_t value,
			      featset_error_t *error)
{
	featset_status_t status = check_msr(dump, text, line, index, value, error);

	if (status != FEATSET_OK)
		return status;
	if (dump->msr_count == FSI_MAX_MSRS)
		return FEATSET_OK;
	if (dump->msr_count == dump->msr_room) {
		size_t room = dump->msr_room ? dump->msr_room * 2 : 64;
		struct fsi_msr *moved = realloc(dump->msrs, room * sizeof(*moved));

		if (!moved)
			return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
		dump->msrs = moved;
		dump->msr_room = room;
	}
	dump->msrs[dump->msr_count].index = index;
	dump->msrs[dump->msr_count].value = value;
	dump->msrs[dump->msr_count].line = line;
	dump->msr_count++;
	return FEATSET_OK;
}

featset_status_t fsi_dump_take(fsi_dump_t *dump, const fsi_text_t *text, featset_cpu_t **cpu, featset_error_t *error)
{
	featset_status_t status = end_cpu(dump, text, error);

	*cpu = NULL;
	if (status == FEATSET_OK && dump->cpu_count)
		*cpu = dump->cpus[--dump->cpu_count];
	return status;
}

featset_status_t fsi_dump_take_words(fsi_dump_t *dump, const fsi_text_t *text, featset_cpu_t **cpu,
				     featset_error_t *error)
{
	size_t read = 0;

	*cpu = featset_cpu_new();
	if (!*cpu)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		const struct fsi_leaf *found = NULL;
		uint64_t value;

		if (featset_word_source(word) == FEATSET_SOURCE_CPUID)
			found = find(dump, featset_word_index(word), featset_word_subleaf(word));
		if (found)
			featset_cpu_set_word(*cpu, word, found->regs[featset_word_register(word)]);
		if (featset_word_source(word) == FEATSET_SOURCE_MSR &&
		    answer_msr(dump, featset_word_index(word), &value))
			featset_cpu_set_word(
				*cpu, word,
				(uint32_t)(featset_word_register(word) == FEATSET_EDX ? value >> 32 : value));
	}
	read = dump->leaf_count + dump->msr_count;
	dump->leaf_count = dump->msr_count = 0;
	if (!read) {
		featset_cpu_free(*cpu);
		*cpu = NULL;
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, dump->line, 0, "there is no leaf in it");
	}
	dump->line = 0;
	return FEATSET_OK;
}

/* ---- what to tell about them --------------------------------------------------------- */

featset_status_t fsi_note_vendor(featset_inventory_t *inventory, const featset_cpu_t *cpu)
{
	static const char *const known[] = {
		"",
		"  Shanghai  ",
		"AMDisbetter!",
		"AuthenticAMD",
		"CentaurHauls",
		"CyrixInstead",
		"GenuineIntel",
		"GenuineTMx86",
		"Geode by NSC",
		"HygonGenuine",
		"NexGenDriven",
		"RiseRiseRise",
		"SiS SiS SiS ",
		"TransmetaCPU",
		"UMC UMC UMC ",
		"Vortex86 SoC",
	};
	const char *vendor = featset_cpu_vendor(cpu);
	char note[128];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(vendor, known[i]))
			return FEATSET_OK;
	fsi_print(note, sizeof(note), 0, "the vendor string \"%s\" is no manufacturer's; it was kept as it stands",
		  vendor);
	return featset_inventory_add_note(inventory, note);
}

/* A vendor string that starts with a zero byte is none, though there is more behind it. */
static featset_status_t note_no_vendor(featset_inventory_t *inventory, const uint32_t regs[4])
{
	static const int order[] = { 1, 3, 2 };
	char text[13] = "", note[128];

	for (int i = 0; i < 12; i++) {
		unsigned c = regs[order[i / 4]] >> (i % 4 * 8) & 0xff;

		text[i] = c >= ' ' && c < 0x7f ? (char)c : '?';
	}
	fsi_print(note, sizeof(note), 0,
		  "the vendor string \"%s\" is no text, where ? stands for a byte that cannot be "
		  "printed: the CPU counts as nobody's",
		  text);
	return featset_inventory_add_note(inventory, note);
}

/* "12 CPUs are of type P, 8 of type E", where their types differ. */
static featset_status_t note_core_types(const fsi_dump_t *dump, featset_inventory_t *inventory)
{
	static const char *const types[] = { "P", "E", "LP" };
	char note[128];
	size_t kinds = 0, at = 0;

	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		size_t count = 0;

		for (size_t i = 0; i < dump->cpu_count; i++)
			count += !strcmp(featset_cpu_core_type(dump->cpus[i]), types[t]);
		if (!count)
			continue;
		at = fsi_print(note, sizeof(note), at, "%s%zu logical CPU%s of core type %s", kinds ? ", " : "", count,
			       count == 1 ? "" : "s", types[t]);
		kinds++;
	}
	return kinds > 1 ? featset_inventory_add_note(inventory, note) : FEATSET_OK;
}

/* Which features some CPUs are known to have and others are known to lack, and how many differ from the first. */
static size_t differing(featset_t *dst, const fsi_dump_t *dump)
{
	size_t count = 0;

	featset_clear(dst);
	for (size_t i = 1; i < dump->cpu_count; i++) {
		featset_t differs;

		featset_xor(&differs, featset_cpu_features(dump->cpus[0]), featset_cpu_features(dump->cpus[i]));
		featset_and(&differs, &differs, featset_cpu_known(dump->cpus[0]));
		featset_and(&differs, &differs, featset_cpu_known(dump->cpus[i]));
		count += !featset_is_empty(&differs);
		featset_or(dst, dst, &differs);
	}
	return count;
}

static featset_status_t note_differences(const fsi_dump_t *dump, featset_inventory_t *inventory)
{
	char note[1024];
	featset_t differs;
	size_t others = differing(&differs, dump), at;
	bool comma = false;

	if (!others)
		return FEATSET_OK;
	at = fsi_print(note, sizeof(note), 0,
		       "%zu of %zu logical CPUs %s from the first, and only what all have counts; the difference is ",
		       others, dump->cpu_count, others == 1 ? "differs" : "differ");
	for (featset_feature_t f = featset_next(&differs, 0); f < FEATSET_BITS; f = featset_next(&differs, f + 1)) {
		char name[FSI_MAX_NAME];

		featset_feature_spell(name, sizeof(name), f, FEATSET_CANONICAL);
		if (at + strlen(name) + 8 > sizeof(note)) {
			at = fsi_print(note, sizeof(note), at, " ...");
			break;
		}
		at = fsi_print(note, sizeof(note), at, "%s%s", comma ? ", " : "", name);
		comma = true;
	}
	return featset_inventory_add_note(inventory, note);
}

featset_status_t fsi_dump_finish(fsi_dump_t *dump, featset_inventory_t *inventory, const fsi_text_t *text,
				 featset_error_t *error)
{
	const uint32_t *regs = fsi_dump_get(dump, 0, 0);
	const uint32_t vendor[4] = { 0, regs ? regs[1] : 0, regs ? regs[2] : 0, regs ? regs[3] : 0 };
	featset_status_t status = end_cpu(dump, text, error);
	featset_cpu_t *cpu;

	if (status != FEATSET_OK)
		return status;
	if (!dump->cpu_count)
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0, "there is no CPU in this dump");
	status = fsi_note_vendor(inventory, dump->cpus[0]);
	if (status == FEATSET_OK && !featset_cpu_vendor(dump->cpus[0])[0] && (vendor[1] | vendor[2] | vendor[3]))
		status = note_no_vendor(inventory, vendor);
	if (status != FEATSET_OK)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	if (dump->cpu_count == 1) {
		cpu = dump->cpus[0];
		dump->cpu_count = 0;
		return fsi_add_cpu(inventory, NULL, NULL, cpu, error);
	}
	status = featset_cpu_join(&cpu, (const featset_cpu_t *const *)dump->cpus, dump->cpu_count, error);
	if (status != FEATSET_OK)
		return status;
	status = fsi_add_cpu(inventory, NULL, NULL, cpu, error);
	if (status != FEATSET_OK)
		return status;
	status = note_differences(dump, inventory);
	if (status == FEATSET_OK)
		status = note_core_types(dump, inventory);
	return status == FEATSET_OK ? status : fsi_fail(error, status, "no memory");
}

void fsi_dump_free(fsi_dump_t *dump)
{
	for (size_t i = 0; i < dump->cpu_count; i++)
		featset_cpu_free(dump->cpus[i]);
	free(dump->cpus);
	free(dump->leaves);
	free(dump->msrs);
}

/* ---- dumps of one leaf per line ------------------------------------------------------- */

bool fsi_has_subleaves(uint32_t leaf)
{
	static const uint32_t leaves[] = {
		0x4,  0x7,  0xb,  0xd,  0xf,  0x10, 0x12, 0x14, 0x17,       0x18,       0x1b,       0x1d,
		0x1e, 0x1f, 0x20, 0x23, 0x24, 0x27, 0x28, 0x29, 0x8000001d, 0x80000020, 0x80000026,
	};

	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (leaves[i] == leaf)
			return true;
	return false;
}

bool fsi_dump_next_line(fsi_line_t *line, const char *text, size_t size, unsigned *column)
{
	while (fsi_line_next_filled(line, text, size, column)) {
		const char *start = line->at, *end = start + line->size;

		while (line->at < end && (*line->at == '>' || (line->at > start && fsi_is_space(*line->at))))
			line->at++;
		line->size = (size_t)(end - line->at);
		*column += (unsigned)(line->at - start);
		if (line->size)
			return true;
	}
	return false;
}

/* Does a leaf start another CPU? */
static bool starts_cpu(const fsi_dump_t *dump, const fsi_reading_t *reading)
{
	return !reading->leaf && !reading->subleaf && fsi_dump_has(dump, 0, 0);
}

featset_status_t fsi_dump_read(fsi_dump_t *dump, featset_inventory_t *inventory, const fsi_text_t *text,
			       fsi_line_kind_t (*classify)(fsi_dump_t *dump, const char *at, size_t size,
							   fsi_reading_t *reading),
			       const char *expected, featset_error_t *error)
{
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	bool fresh = true;                /* the next leaf is the first of its CPU */
	unsigned odd = 0, odd_column = 0; /* where a line without a leaf stood behind the last one */
	unsigned column;

	while (status == FEATSET_OK && fsi_dump_next_line(&line, text->data, text->size, &column)) {
		fsi_reading_t reading = { .vague = false };
		fsi_line_kind_t kind = classify(dump, line.at, line.size, &reading);

		if (kind == FSI_LINE_BROKEN)
			return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line.number, column + 1,
					   "expected a leaf as %s", expected);
		if (kind == FSI_LINE_CPU)
			fresh = true;
		if (kind == FSI_LINE_ODD && !odd) {
			odd = line.number;
			odd_column = column + 1;
		}
		if (kind != FSI_LINE_LEAF)
			continue;
		if (fresh || starts_cpu(dump, &reading))
			status = fsi_dump_start(dump, text, line.number, error);
		else if (odd)
			return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, odd, odd_column,
					   "expected a leaf as %s", expected);
		fresh = false;
		odd = 0;
		if (reading.vague && fsi_dump_has(dump, reading.leaf, 0))
			continue;
		if (status == FEATSET_OK)
			status = fsi_dump_add(dump, text, line.number, reading.leaf, reading.subleaf, reading.regs,
					      error);
	}
	return status == FEATSET_OK ? fsi_dump_finish(dump, inventory, text, error) : status;
}
