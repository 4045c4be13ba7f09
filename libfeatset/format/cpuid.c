/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <string.h>

/*
 * What Todd Allen's cpuid prints with -r: "CPU 0:" (or "CPU:" with -1), then
 *    0x00000007 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
 */

/* ---- reading ----------------------------------------------------------------------- */

static bool read_leaf(const char *at, size_t size, uint32_t *leaf, uint32_t *subleaf, uint32_t regs[4])
{
	static const char *const names[4] = { " eax=0x", " ebx=0x", " ecx=0x", " edx=0x" };
	const char *end = at + size;

	if (!fsi_take(&at, end, "0x") || !fsi_take_hex(&at, end, 8, 8, leaf) || !fsi_take(&at, end, " 0x") ||
	    !fsi_take_hex(&at, end, 1, 8, subleaf) || !fsi_take(&at, end, ":"))
		return false;
	for (int i = 0; i < 4; i++)
		if (!fsi_take(&at, end, names[i]) || !fsi_take_hex(&at, end, 8, 8, &regs[i]))
			return false;
	return at == end;
}

/* "CPU:" or "CPU 12:" */
static bool is_header(const char *at, size_t size)
{
	const char *end = at + size;
	unsigned number;

	if (!fsi_take(&at, end, "CPU"))
		return false;
	if (fsi_take(&at, end, " ") && !fsi_take_decimal(&at, end, &number))
		return false;
	return fsi_take(&at, end, ":") && at == end;
}

FSI_PROBE(cpuid)
{
	fsi_line_t line = { 0 };
	unsigned column;
	int score = 0;

	while (fsi_dump_next_line(&line, text, size, &column)) {
		const char *at = line.at, *end = line.at + line.size;
		uint32_t ignored;

		if (is_header(line.at, line.size))
			score = 50;
		else if (fsi_take(&at, end, "0x") && fsi_take_hex(&at, end, 8, 8, &ignored) &&
			 fsi_take(&at, end, " 0x") && fsi_take_hex(&at, end, 1, 8, &ignored) && fsi_take(&at, end, ":"))
			return 90;
	}
	return score;
}

static featset_status_t no_leaf(const fsi_text_t *text, unsigned line, unsigned column, featset_error_t *error)
{
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line, column,
			   "expected a leaf as cpuid -r prints it, "
			   "\"0x00000007 0x00: eax=0x... ebx=0x... ecx=0x... edx=0x...\"");
}

/*
 * Before the first CPU old versions print a disclaimer, and people paste a
 * prompt; behind the last leaf a mail goes on.  Only between the leaves of a CPU
 * has nothing else a place.
 */
static featset_status_t read_lines(fsi_dump_t *dump, const fsi_text_t *text, featset_error_t *error)
{
	featset_status_t status = FEATSET_OK;
	uint32_t leaf, subleaf, regs[4];
	unsigned column, odd = 0, odd_column = 0;
	fsi_line_t line = { 0 };

	while (status == FEATSET_OK && fsi_dump_next_line(&line, text->data, text->size, &column)) {
		if (is_header(line.at, line.size)) {
			odd = 0;
			status = fsi_dump_start(dump, text, line.number, error);
		} else if (read_leaf(line.at, line.size, &leaf, &subleaf, regs)) {
			bool again = !leaf && !subleaf && fsi_dump_has(dump, 0, 0);

			if (odd && !again)
				return no_leaf(text, odd, odd_column, error);
			odd = 0;
			if (!dump->line || again)
				status = fsi_dump_start(dump, text, line.number, error);
			if (status == FEATSET_OK)
				status = fsi_dump_add(dump, text, line.number, leaf, subleaf, regs, error);
		} else if (fsi_take(&(const char *){ line.at }, line.at + line.size, "0x")) {
			return no_leaf(text, line.number, column + 1, error);
		} else if (dump->line && !odd) {
			odd = line.number;
			odd_column = column + 1;
		}
	}
	return status;
}

FSI_READ(cpuid)
{
	fsi_dump_t dump = { 0 };
	featset_status_t status = read_lines(&dump, text, error);

	if (status == FEATSET_OK)
		status = fsi_dump_finish(&dump, inventory, text, error);
	fsi_dump_free(&dump);
	return status;
}

/* ---- writing ----------------------------------------------------------------------- */

/* The registers of a leaf, which is added when it is not there yet. */
static uint32_t *row(fsi_rows_t *out, uint32_t leaf, uint32_t subleaf)
{
	size_t i = out->count;

	while (i &&
	       (out->row[i - 1].leaf > leaf || (out->row[i - 1].leaf == leaf && out->row[i - 1].subleaf > subleaf)))
		i--;
	if (i && out->row[i - 1].leaf == leaf && out->row[i - 1].subleaf == subleaf)
		return out->row[i - 1].regs;
	memmove(&out->row[i + 1], &out->row[i], (out->count - i) * sizeof(out->row[0]));
	out->count++;
	out->row[i].leaf = leaf;
	out->row[i].subleaf = subleaf;
	memset(out->row[i].regs, 0, sizeof(out->row[i].regs));
	return out->row[i].regs;
}

static bool has_leaf(const fsi_rows_t *out, uint32_t leaf)
{
	for (size_t i = 0; i < out->count; i++)
		if (out->row[i].leaf == leaf)
			return true;
	return false;
}

/* Spreads a string over registers, four bytes each, least significant first. */
static void spread(uint32_t *regs[], size_t count, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < count * 4; i++)
		if (i < length)
			*regs[i / 4] |= (uint32_t)(unsigned char)text[i] << (i % 4 * 8);
}

static uint32_t word_bits(const featset_cpu_t *cpu, unsigned word)
{
	return featset_word(featset_cpu_features(cpu), word) |
	       (featset_cpu_word(cpu, word) & ~featset_word_flags(word));
}

/* Is every bit of a word known, be it read or absent for another reason? */
static bool is_known(const featset_cpu_t *cpu, unsigned word)
{
	return !(featset_word_flags(word) & ~featset_word(featset_cpu_known(cpu), word));
}

/* The largest leaf of each range and the largest subleaf of leaf 7; -1 where nothing is written. */
struct limits {
	int64_t leaf[4]; /* by the two upper bits of a leaf */
	int64_t subleaf_7;
};

static void raise_to(int64_t *limit, int64_t value)
{
	if (*limit < value)
		*limit = value;
}

/*
 * As stated, or as needed: up to the last word that is not known to be zero.  A
 * word that was not read counts as well: a reader then finds its leaf missing
 * and takes it for unknown, where a smaller maximum would say that it is absent.
 * Hypervisor leaves need the signature that says whose they are.
 */
static void find_limits(struct limits *limits, const featset_cpu_t *cpu)
{
	static const featset_number_t numbers[4] = { FEATSET_MAX_BASIC, FEATSET_MAX_HYPERVISOR, FEATSET_MAX_EXTENDED,
						     FEATSET_MAX_CENTAUR };
	bool signature = featset_cpu_hypervisor(cpu)[0];
	struct limits needed = { { 1, signature ? 0x40000000 : -1, 0x80000000, -1 }, 0 };

	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		uint32_t leaf = featset_word_index(word), bits = word_bits(cpu, word);
		bool unread = !is_known(cpu, word);

		if (featset_word_source(word) != FEATSET_SOURCE_CPUID || !(bits || unread))
			continue;
		if (leaf == 7)
			raise_to(&needed.subleaf_7, featset_word_subleaf(word));
		if ((leaf >> 30 == 3 && !bits) || (leaf >> 30 == 1 && !signature))
			continue;
		raise_to(&needed.leaf[leaf >> 30], leaf);
	}
	if (featset_cpu_brand(cpu)[0])
		raise_to(&needed.leaf[2], 0x80000004);
	if (featset_cpu_number(cpu, FEATSET_PHYS_BITS) >= 0)
		raise_to(&needed.leaf[2], 0x80000008);
	for (int i = 0; i < 4; i++) {
		int64_t stated = featset_cpu_number(cpu, numbers[i]);

		limits->leaf[i] = stated >= 0 && (i != 1 || signature) ? stated : needed.leaf[i];
	}
	limits->subleaf_7 = featset_cpu_number(cpu, FEATSET_MAX_SUBLEAF_7);
	if (limits->subleaf_7 < 0)
		limits->subleaf_7 = needed.subleaf_7;
}

/* A reader does not look past a maximum. */
static bool has_room(const struct limits *limits, uint32_t leaf, uint32_t subleaf)
{
	return (int64_t)leaf <= limits->leaf[leaf >> 30] && (leaf != 7 || (int64_t)subleaf <= limits->subleaf_7);
}

/*
 * A reader asks subleaf 0 whether another one exists: leaf F names them in EDX,
 * the others give the largest in EAX.  7 and D are known anyway.
 */
static void announce(fsi_rows_t *out, uint32_t leaf, uint32_t subleaf, bool there)
{
	uint32_t *regs;

	if (!subleaf || leaf == 7 || leaf == 0xd || leaf == 0x12)
		return;
	regs = row(out, leaf, 0);
	if (there && leaf == 0xf)
		regs[FEATSET_EDX] |= 1u << subleaf;
	else if (there && regs[FEATSET_EAX] < subleaf)
		regs[FEATSET_EAX] = subleaf;
}

/* Is every half of a register that is a word known, and does one of them hold what a reader cannot infer? */
static bool msr_can_go(const featset_cpu_t *cpu, uint32_t index, uint64_t *value)
{
	bool there = false;

	*value = 0;
	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		if (featset_word_source(word) != FEATSET_SOURCE_MSR || featset_word_index(word) != index)
			continue;
		if (!is_known(cpu, word))
			return false;
		there = there || word_bits(cpu, word) || featset_cpu_words(cpu) >> word & 1;
		*value |= (uint64_t)word_bits(cpu, word) << (featset_word_register(word) == FEATSET_EDX ? 32 : 0);
	}
	return there;
}

static void fill_msr(fsi_rows_t *out, const featset_cpu_t *cpu, unsigned word)
{
	uint32_t index = featset_word_index(word);
	uint64_t value;

	/* The halves of a register are neighbours. */
	if (out->msr_count && out->msr[out->msr_count - 1].index == index)
		return;
	if (msr_can_go(cpu, index, &value)) {
		out->msr[out->msr_count].index = index;
		out->msr[out->msr_count++].value = value;
	}
}

/* All words that are known or hold something, and have a place. */
static void fill_words(fsi_rows_t *out, const featset_cpu_t *cpu, const struct limits *limits, bool msrs)
{
	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		uint32_t leaf = featset_word_index(word), subleaf = featset_word_subleaf(word);
		uint32_t bits = word_bits(cpu, word);
		featset_source_t source = featset_word_source(word);

		if (source == FEATSET_SOURCE_MSR && msrs)
			fill_msr(out, cpu, word);
		if (source == FEATSET_SOURCE_CPUID && has_room(limits, leaf, subleaf) &&
		    (bits || is_known(cpu, word))) {
			bool there = bits || featset_cpu_words(cpu) >> word & 1;

			announce(out, leaf, subleaf, there);
			if (there || !subleaf || leaf == 7 || leaf == 0xd || leaf == 0x12)
				row(out, leaf, subleaf)[featset_word_register(word)] = bits;
		}
	}
}

static void fill_maxima(fsi_rows_t *out, const struct limits *limits)
{
	for (uint32_t i = 0; i < 4; i++)
		if (limits->leaf[i] >= 0)
			row(out, i << 30, 0)[FEATSET_EAX] = (uint32_t)limits->leaf[i];
	if (has_leaf(out, 7))
		row(out, 7, 0)[FEATSET_EAX] = (uint32_t)limits->subleaf_7;
}

static void fill_identity(fsi_rows_t *out, const featset_cpu_t *cpu, const struct limits *limits)
{
	int64_t family = featset_cpu_number(cpu, FEATSET_FAMILY), model = featset_cpu_number(cpu, FEATSET_MODEL);
	int64_t stepping = featset_cpu_number(cpu, FEATSET_STEPPING);
	int64_t phys = featset_cpu_number(cpu, FEATSET_PHYS_BITS);
	int64_t linear = featset_cpu_number(cpu, FEATSET_LINEAR_BITS);
	int64_t avx10 = featset_cpu_number(cpu, FEATSET_AVX10_VERSION);

	if (family >= 0 && model >= 0) {
		uint32_t *regs = row(out, 1, 0);

		regs[FEATSET_EAX] = (uint32_t)(family > 15 ? 15 : family) << 8 | ((uint32_t)model & 15) << 4 |
				    ((uint32_t)model >> 4 & 15) << 16 | ((uint32_t)(stepping > 0 ? stepping : 0) & 15);
		if (family > 15)
			regs[FEATSET_EAX] |= ((uint32_t)family - 15) << 20;
	}
	if (featset_cpu_brand(cpu)[0] && has_room(limits, 0x80000004, 0)) {
		uint32_t *brand[12];

		/* Rows move while they are added, so that pointers are taken last. */
		for (uint32_t i = 0; i < 3; i++)
			row(out, 0x80000002 + i, 0);
		for (uint32_t i = 0; i < 12; i++)
			brand[i] = &row(out, 0x80000002 + i / 4, 0)[i % 4];
		spread(brand, 12, featset_cpu_brand(cpu));
	}
	if (avx10 > 0 && has_room(limits, 0x24, 0))
		row(out, 0x24, 0)[FEATSET_EBX] |= (uint32_t)avx10 & 0xff;
	if (phys > 0 && has_room(limits, 0x80000008, 0))
		row(out, 0x80000008, 0)[FEATSET_EAX] =
			((uint32_t)phys & 0xff) | ((uint32_t)(linear > 0 ? linear : 0) & 0xff) << 8;
}

static void fill_signatures(fsi_rows_t *out, const featset_cpu_t *cpu)
{
	uint32_t *regs = row(out, 0, 0), *vendor[3] = { &regs[FEATSET_EBX], &regs[FEATSET_EDX], &regs[FEATSET_ECX] };

	spread(vendor, 3, featset_cpu_vendor(cpu));
	if (featset_cpu_hypervisor(cpu)[0]) {
		uint32_t *own = row(out, 0x40000000, 0), *signature[3] = { &own[1], &own[2], &own[3] };

		spread(signature, 3, featset_cpu_hypervisor(cpu));
	}
}

/*
 * What a reader does not find in the rows: what has no place, and the ladder of a
 * number that is not there.
 */
static featset_status_t find_left_out(featset_t *left_out, const fsi_rows_t *rows, const featset_cpu_t *cpu,
				      featset_error_t *error)
{
	const fsi_text_t text = { .data = "" };
	fsi_dump_t dump = { 0 };
	featset_cpu_t *back = NULL;
	featset_status_t status = fsi_dump_start(&dump, &text, 1, error);

	for (size_t i = 0; status == FEATSET_OK && i < rows->count; i++)
		status = fsi_dump_add(&dump, &text, 1, rows->row[i].leaf, rows->row[i].subleaf, rows->row[i].regs,
				      error);
	for (size_t i = 0; status == FEATSET_OK && i < rows->msr_count; i++)
		status = fsi_dump_msr(&dump, &text, 1, rows->msr[i].index, rows->msr[i].value, error);
	if (status == FEATSET_OK)
		status = fsi_dump_take(&dump, &text, &back, error);
	if (status == FEATSET_OK)
		featset_minus(left_out, featset_cpu_features(cpu), featset_cpu_features(back));
	featset_cpu_free(back);
	fsi_dump_free(&dump);
	return status;
}

featset_status_t fsi_rows_fill(fsi_rows_t *rows, const featset_cpu_t *cpu, bool msrs, featset_t *left_out,
			       featset_error_t *error)
{
	struct limits limits;

	rows->count = rows->msr_count = 0;
	find_limits(&limits, cpu);
	fill_words(rows, cpu, &limits, msrs);
	fill_identity(rows, cpu, &limits);
	fill_maxima(rows, &limits);
	fill_signatures(rows, cpu);
	return find_left_out(left_out, rows, cpu, error);
}

FSI_WRITE(cpuid)
{
	fsi_rows_t rows;
	featset_status_t status = fsi_rows_fill(&rows, cpu, false, left_out, error);

	(void)dialect;
	if (status != FEATSET_OK)
		return status;
	*length = fsi_print(buffer, size, 0, "CPU:\n");
	for (size_t i = 0; i < rows.count; i++) {
		const uint32_t *regs = rows.row[i].regs;

		*length = fsi_print(buffer, size, *length,
				    "   0x%08x 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x edx=0x%08x\n",
				    (unsigned)rows.row[i].leaf, (unsigned)rows.row[i].subleaf, (unsigned)regs[0],
				    (unsigned)regs[1], (unsigned)regs[2], (unsigned)regs[3]);
	}
	return FEATSET_OK;
}
