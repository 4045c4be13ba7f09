/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

/*
 * Text of AIDA64 and EVEREST, as InstLatx64 collects it and libcpuid's tests
 * embed it:
 *
 *	------[ CPUID Registers / Logical CPU #0 ]------
 *	allcpu: Package 0 / Core 0 / Thread 0: Valid, Intel Core
 *	CPUID 0000000D: 00000008-00000A80-00000000-00000000 [SL 09] [PKRU]
 *	MSR 0000010A: 0000-0000-0000-0000
 *
 * The subleaf is hexadecimal.  Older versions do not label it: they repeat a
 * leaf and leave out empty subleaves, so that only the first line, subleaf 0, is
 * certain.  The colon may be missing or stand alone, and spaces may stand for
 * hyphens.  Everything else in such a text is for people, in any encoding.
 */

/* ---- reading ----------------------------------------------------------------------- */

static void skip_space(const char **at, const char *end)
{
	while (*at < end && fsi_is_space(**at))
		++*at;
}

/* "CPUID 00000000", in front of a colon, a hyphen's words or anything else */
static bool take_name(const char **at, const char *end, const char *name, uint32_t *index)
{
	const char *p = *at;

	if (!fsi_take(&p, end, name) || p == end || !fsi_is_space(*p))
		return false;
	skip_space(&p, end);
	if (!fsi_take_hex(&p, end, 8, 8, index))
		return false;
	skip_space(&p, end);
	fsi_take(&p, end, ":");
	skip_space(&p, end);
	*at = p;
	return true;
}

static bool take_leaf(const char *at, const char *end, fsi_reading_t *reading)
{
	for (int i = 0; i < 4; i++) {
		if (i && !fsi_take(&at, end, "-") && !fsi_take(&at, end, " "))
			return false;
		if (!fsi_take_hex(&at, end, 8, 8, &reading->regs[i]))
			return false;
	}
	reading->subleaf = 0;
	skip_space(&at, end);
	reading->vague = !fsi_take(&at, end, "[SL ");
	return reading->vague || (fsi_take_hex(&at, end, 1, 8, &reading->subleaf) && fsi_take(&at, end, "]"));
}

/* "0000-0000-0000-0000"; what could not be read is "< FAILED >" */
static bool take_msr(const char *at, const char *end, uint64_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++) {
		uint32_t part;

		if ((i && !fsi_take(&at, end, "-")) || !fsi_take_hex(&at, end, 4, 4, &part))
			return false;
		*value = *value << 16 | part;
	}
	return true;
}

static bool contains(const char *at, const char *end, const char *literal)
{
	for (; at < end; at++)
		if (fsi_take(&(const char *){ at }, end, literal))
			return true;
	return false;
}

/* "------[ Logical CPU #3 ]------", "CPUID Registers (CPU #3 Virtual):", "CPU#003 AffMask: 0x0000000000000008" */
static bool is_header(const char *at, const char *end)
{
	if (fsi_take(&(const char *){ at }, end, "------["))
		return contains(at, end, "Logical CPU #");
	return fsi_take(&(const char *){ at }, end, "CPUID Registers (CPU #") ||
	       fsi_take(&(const char *){ at }, end, "CPU#");
}

/* The line that libcpuid's tests put in front of what they expect. */
static bool is_rule(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] != '-')
			return false;
	return size == 80;
}

FSI_PROBE(aida64)
{
	fsi_line_t line = { 0 };
	unsigned column;

	while (fsi_dump_next_line(&line, text, size, &column)) {
		const char *at = line.at, *end = line.at + line.size;
		fsi_reading_t reading;

		if (take_name(&at, end, "CPUID", &reading.leaf) && take_leaf(at, end, &reading))
			return 90;
	}
	return 0;
}

/*
 * Registers are listed once and after all CPUs, for the first of them: they
 * count for all, as an operating system takes them.
 */
static featset_status_t read_msrs(fsi_dump_t *dump, const fsi_text_t *text, featset_error_t *error)
{
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	unsigned column;

	while (status == FEATSET_OK && fsi_dump_next_line(&line, text->data, text->size, &column)) {
		const char *at = line.at, *end = line.at + line.size;
		uint32_t index;
		uint64_t value;

		/* Some versions read a register more than once, and counters go on; the first reading counts. */
		if (take_name(&at, end, "MSR", &index) && take_msr(at, end, &value) && !fsi_dump_has_msr(dump, index))
			status = fsi_dump_msr(dump, text, line.number, index, value, error);
	}
	dump->keep_msrs = true;
	return status;
}

/* Each hypervisor has leaves with subleaves of its own. */
static bool is_hypervisors(uint32_t leaf)
{
	return leaf >> 30 == 1;
}

static fsi_line_kind_t classify(fsi_dump_t *dump, const char *at, size_t size, fsi_reading_t *reading)
{
	const char *end = at + size;
	bool *done = dump->context;

	if (*done || is_rule(at, size)) {
		*done = *done || dump->line;
		return FSI_LINE_SKIP;
	}
	if (is_header(at, end)) {
		dump->next_type = NULL;
		return FSI_LINE_CPU;
	}
	if (fsi_take(&(const char *){ at }, end, "allcpu:")) {
		if (contains(at, end, "Intel Core"))
			dump->next_type = "P";
		else if (contains(at, end, "Intel Atom"))
			dump->next_type = "E";
		return FSI_LINE_SKIP;
	}
	if (!take_name(&at, end, "CPUID", &reading->leaf))
		return FSI_LINE_SKIP;
	if (!take_leaf(at, end, reading))
		return FSI_LINE_BROKEN;
	reading->vague = reading->vague && (fsi_has_subleaves(reading->leaf) || is_hypervisors(reading->leaf));
	return FSI_LINE_LEAF;
}

FSI_READ(aida64)
{
	bool done = false;
	fsi_dump_t dump = { .context = &done };
	featset_status_t status = read_msrs(&dump, text, error);

	if (status == FEATSET_OK)
		status = fsi_dump_read(
			&dump, inventory, text, classify,
			"AIDA64 prints it, \"CPUID 00000007: 00000000-00000000-00000000-00000000 [SL 00]\"", error);
	fsi_dump_free(&dump);
	return status;
}

/* ---- writing ----------------------------------------------------------------------- */

FSI_WRITE(aida64)
{
	fsi_rows_t rows;
	featset_status_t status = fsi_rows_fill(&rows, cpu, true, left_out, error);
	size_t at;

	(void)dialect;
	if (status != FEATSET_OK)
		return status;
	at = fsi_print(buffer, size, 0, "------[ CPUID Registers / Logical CPU #0 ]------\n\n");
	for (size_t i = 0; i < rows.count; i++) {
		const fsi_reading_t *row = &rows.row[i];

		at = fsi_print(buffer, size, at, "CPUID %08X: %08X-%08X-%08X-%08X", (unsigned)row->leaf,
			       (unsigned)row->regs[0], (unsigned)row->regs[1], (unsigned)row->regs[2],
			       (unsigned)row->regs[3]);
		if (row->subleaf || row->leaf == 7 || row->leaf == 0xd ||
		    (i + 1 < rows.count && rows.row[i + 1].leaf == row->leaf))
			at = fsi_print(buffer, size, at, " [SL %02X]", (unsigned)row->subleaf);
		at = fsi_print(buffer, size, at, "\n");
	}
	if (rows.msr_count)
		at = fsi_print(buffer, size, at, "\n------[ MSR Registers ]------\n\n");
	for (size_t i = 0; i < rows.msr_count; i++) {
		unsigned high = (unsigned)(rows.msr[i].value >> 32), low = (unsigned)(rows.msr[i].value & 0xffffffff);

		at = fsi_print(buffer, size, at, "MSR %08X: %04X-%04X-%04X-%04X\n", (unsigned)rows.msr[i].index,
			       high >> 16, high & 0xffff, low >> 16, low & 0xffff);
	}
	*length = at;
	return FEATSET_OK;
}
