/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

/*
 * A CPU template, for PUT /cpu-config.  Firecracker takes it only on hosts whose KVM
 * lists every leaf in it, so one stands there when every 64-bit CPU has it, when the
 * largest leaf says that all hosts have it, or when some feature of it is wanted.
 * Higher leaves are hidden by lowering the largest one.
 */

typedef struct entry {
	uint32_t leaf, subleaf;
	bool flagged; /* KVM marks that the subleaf counts */
} entry_t;

/* Leaves with words of a set that guests have, in rising order; 0 and 80000000 have none. */
static const entry_t entries[] = {
	{ 0x0, 0, false },        { 0x1, 0, false },        { 0x7, 0, true },         { 0x7, 1, true },
	{ 0x7, 2, true },         { 0xd, 0, true },         { 0xd, 1, true },         { 0x1e, 1, true },
	{ 0x24, 0, true },        { 0x24, 1, true },        { 0x80000000, 0, false }, { 0x80000001, 0, false },
	{ 0x80000007, 0, false }, { 0x80000008, 0, false }, { 0x80000021, 0, false },
};

typedef struct writer {
	featset_policy_t *policy;
	fsi_mask_t mask;
	featset_t said;
	bool any_leaf, any_register;
	const entry_t *entry;
} writer_t;

static const char *const registers[] = { "eax", "ebx", "ecx", "edx" };

/* ---- what is left to compute ------------------------------------------------------------- */

static const struct {
	uint16_t word, bit;
	uint16_t needs;
} states[] = {
	{ 25, 0, FEATSET_XSAVE },     { 25, 1, FEATSET_XSAVE },    { 25, 2, FEATSET_AVX },     { 25, 3, FEATSET_MPX },
	{ 25, 4, FEATSET_MPX },       { 25, 5, FEATSET_AVX512F },  { 25, 6, FEATSET_AVX512F }, { 25, 7, FEATSET_AVX512F },
	{ 25, 9, FEATSET_PKU },       { 25, 17, FEATSET_AMX_TILE }, { 25, 18, FEATSET_AMX_TILE }, { 25, 19, FEATSET_APX },
	{ 26, 11, FEATSET_SHSTK },    { 26, 12, FEATSET_SHSTK },
};

/* What XSAVE saves follows from the features, where the CPU does not tell it itself. */
static void add_states(featset_t *value)
{
	uint32_t saved[2] = { 0 };

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (featset_has(value, FEATSET_XSAVE) && featset_has(value, states[i].needs))
			saved[states[i].word - 25] |= UINT32_C(1) << states[i].bit;
	if (!(featset_word(value, 25) & 1)) {
		featset_set_word(value, 25, saved[0]);
		featset_set_word(value, 26, saved[1]);
	}
}

/* ---- registers --------------------------------------------------------------------------- */

static void begin_leaf(writer_t *writer)
{
	const entry_t *entry = writer->entry;

	if (!writer->any_register)
		fsi_policy_print(writer->policy,
				 "%s    {\n      \"leaf\": \"0x%x\", \"subleaf\": \"0x%x\", \"flags\": %d,\n"
				 "      \"modifiers\": [\n",
				 writer->any_leaf ? ",\n" : "", (unsigned)entry->leaf, (unsigned)entry->subleaf,
				 entry->flagged);
	else
		fsi_policy_print(writer->policy, ",\n");
	writer->any_leaf = writer->any_register = true;
}

static void print_register(writer_t *writer, int number, uint32_t value, uint32_t open)
{
	if (open == UINT32_MAX)
		return;
	begin_leaf(writer);
	fsi_policy_print(writer->policy, "        { \"register\": \"%s\", \"bitmap\": \"0b", registers[number]);
	fsi_mask_print(writer->policy, value, open, 'x');
	fsi_policy_print(writer->policy, "\" }");
}

static void print_word(writer_t *writer, int number, unsigned word, uint32_t value, uint32_t open)
{
	print_register(writer, number, value | fsi_mask_value(&writer->mask, word),
		       open & fsi_mask_open(&writer->mask, word));
	featset_set_word(&writer->said, word, ~fsi_mask_open(&writer->mask, word));
}

static int64_t number(const writer_t *writer, featset_number_t which)
{
	return featset_cpu_number(writer->policy->cpu, which);
}

/* Family, model and stepping, all or none; 13:12 is the type, and 0. */
static void print_signature(writer_t *writer)
{
	int64_t family = number(writer, FEATSET_FAMILY), model = number(writer, FEATSET_MODEL);
	int64_t stepping = number(writer, FEATSET_STEPPING);
	uint32_t base;

	if (family < 0 || model < 0 || stepping < 0)
		return;
	base = family > 15 ? 15 : (uint32_t)family;
	print_register(writer, 0,
		       ((uint32_t)family - base) << 20 | ((uint32_t)model >> 4) << 16 | base << 8 |
			       ((uint32_t)model & 15) << 4 | (uint32_t)stepping,
		       0xf000c000);
}

/* The registers of a leaf that are numbers: all of a register, or its low bits. */
static void print_number(writer_t *writer, featset_number_t which, unsigned width)
{
	int64_t value = number(writer, which);

	if (value >= 0)
		print_register(writer, 0, (uint32_t)value, width < 32 ? UINT32_MAX << width : 0);
}

static void print_version(writer_t *writer, unsigned word)
{
	int64_t version = number(writer, FEATSET_AVX10_VERSION);

	print_word(writer, 1, word, version > 0 ? (uint32_t)version : 0, version > 0 ? 0xffffff00 : UINT32_MAX);
}

static void print_leaf(writer_t *writer, const entry_t *entry)
{
	writer->entry = entry;
	writer->any_register = false;
	if (entry->leaf == 0)
		print_number(writer, FEATSET_MAX_BASIC, 32);
	else if (entry->leaf == 0x80000000)
		print_number(writer, FEATSET_MAX_EXTENDED, 32);
	else if (entry->leaf == 1)
		print_signature(writer);
	else if (entry->leaf == 7 && entry->subleaf == 0)
		print_number(writer, FEATSET_MAX_SUBLEAF_7, 32);
	else if (entry->leaf == 0x80000008)
		print_number(writer, FEATSET_PHYS_BITS, 8);
	for (int reg = 0; reg < 4; reg++) {
		unsigned word = featset_word_at(FEATSET_SOURCE_CPUID, entry->leaf, entry->subleaf,
						(featset_register_t)reg);

		if (word == 36)
			print_version(writer, word);
		else if (word < FEATSET_WORDS)
			print_word(writer, reg, word, 0, UINT32_MAX);
	}
	if (writer->any_register)
		fsi_policy_print(writer->policy, "\n      ]\n    }");
}

/* ---- which leaves ---------------------------------------------------------------------------- */

static bool is_wanted(const writer_t *writer, const entry_t *entry)
{
	for (int reg = 0; reg < 4; reg++) {
		unsigned word = featset_word_at(FEATSET_SOURCE_CPUID, entry->leaf, entry->subleaf,
						(featset_register_t)reg);

		if (word < FEATSET_WORDS &&
		    (fsi_mask_value(&writer->mask, word) ||
		     (writer->policy->flags & FEATSET_POLICY_LEAVE_OPEN && fsi_mask_open(&writer->mask, word) != UINT32_MAX)))
			return true;
	}
	return false;
}

static bool is_everywhere(const writer_t *writer, const entry_t *entry)
{
	bool extended = entry->leaf >= 0x80000000;

	if (entry->leaf == 7 && entry->subleaf)
		return number(writer, FEATSET_MAX_SUBLEAF_7) >= (int64_t)entry->subleaf;
	if (entry->leaf <= 7 || (extended && entry->leaf <= 0x80000008 && entry->leaf != 0x80000007))
		return true;
	if (entry->leaf == 0xd)
		return featset_has(&writer->mask.value, FEATSET_XSAVE);
	return extended && number(writer, FEATSET_MAX_EXTENDED) >= (int64_t)entry->leaf;
}

/* Only such a register can be set that all hosts have. */
static void print_msr(writer_t *writer)
{
	const fsi_mask_t *mask = &writer->mask;
	bool open = fsi_mask_open(mask, 16) == UINT32_MAX && fsi_mask_open(mask, 17) == UINT32_MAX;
	bool wanted = featset_has(&mask->value, FEATSET_ARCH_CAPABILITIES) || fsi_mask_value(mask, 16) ||
		      fsi_mask_value(mask, 17) || writer->policy->flags & FEATSET_POLICY_LEAVE_OPEN;

	if (open || !wanted)
		return;
	fsi_policy_print(writer->policy, "\n    { \"addr\": \"0x10a\", \"bitmap\": \"0b");
	fsi_mask_print(writer->policy, fsi_mask_value(mask, 17), fsi_mask_open(mask, 17), 'x');
	fsi_mask_print(writer->policy, fsi_mask_value(mask, 16), fsi_mask_open(mask, 16), 'x');
	fsi_policy_print(writer->policy, "\" }\n  ");
	featset_set_word(&writer->said, 16, ~fsi_mask_open(mask, 16));
	featset_set_word(&writer->said, 17, ~fsi_mask_open(mask, 17));
}

static void add_ladder(writer_t *writer)
{
	/* AVX10's version says it. */
	if (number(writer, FEATSET_AVX10_VERSION) > 0)
		featset_set_word(&writer->said, 63, UINT32_MAX);
}

static void note_open(featset_policy_t *policy)
{
	if (policy->flags & FEATSET_POLICY_LEAVE_OPEN)
		return;
	if (featset_cpu_number(policy->cpu, FEATSET_MAX_BASIC) < 0)
		fsi_policy_note(policy, "the CPU's largest leaf is not known: leaves that are not in the template are "
					"the host's");
	if (featset_cpu_number(policy->cpu, FEATSET_MAX_SUBLEAF_7) < 0)
		fsi_policy_note(policy, "the CPU's largest subleaf of leaf 7 is not known: subleaves that are not in "
					"the template are the host's");
}

featset_status_t fsi_policy_firecracker(featset_policy_t *policy, featset_error_t *error)
{
	writer_t writer = { .policy = policy };

	(void)error;
	fsi_mask_start(&writer.mask, policy);
	if (!(policy->flags & FEATSET_POLICY_LEAVE_OPEN))
		add_states(&writer.mask.value);
	fsi_policy_print(policy, "{\n  \"cpuid_modifiers\": [\n");
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		if (is_wanted(&writer, &entries[i]) ||
		    (!(policy->flags & FEATSET_POLICY_LEAVE_OPEN) && is_everywhere(&writer, &entries[i])))
			print_leaf(&writer, &entries[i]);
	fsi_policy_print(policy, "%s  ],\n  \"msr_modifiers\": [", writer.any_leaf ? "\n" : "");
	print_msr(&writer);
	fsi_policy_print(policy, "]\n}\n");
	add_ladder(&writer);
	fsi_mask_finish(&writer.mask, policy, &writer.said);
	fsi_note_unread(policy, &writer.said);
	note_open(policy);
	return FEATSET_OK;
}
