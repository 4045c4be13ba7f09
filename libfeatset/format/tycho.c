/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

/*
 * What tycho's cpuid prints with --dump:
 *
 *	CPU 0:
 *	CPUID 00000007:00 = 00000001 f1bf07ab 00405fc6 00000110 | ................
 *
 * Older versions wrote "CPUID 00000007, index 0 = ..." and, for leaves without
 * subleaves, "CPUID 00000001, results = ...".
 */

static bool take_subleaf(const char **at, const char *end, uint32_t *subleaf)
{
	*subleaf = 0;
	if (fsi_take(at, end, ", results"))
		return true;
	return (fsi_take(at, end, ":") || fsi_take(at, end, ", index ")) && fsi_take_hex(at, end, 1, 8, subleaf);
}

static bool read_leaf(const char *at, const char *end, fsi_reading_t *reading)
{
	if (!fsi_take(&at, end, "CPUID ") || !fsi_take_hex(&at, end, 8, 8, &reading->leaf) ||
	    !take_subleaf(&at, end, &reading->subleaf) || !fsi_take(&at, end, " ="))
		return false;
	for (int i = 0; i < 4; i++)
		if (!fsi_take(&at, end, " ") || !fsi_take_hex(&at, end, 8, 8, &reading->regs[i]))
			return false;
	return at == end || fsi_is_space(*at);
}

FSI_PROBE(tycho)
{
	fsi_line_t line = { 0 };
	unsigned column;

	while (fsi_dump_next_line(&line, text, size, &column)) {
		fsi_reading_t reading;

		if (read_leaf(line.at, line.at + line.size, &reading))
			return 90;
	}
	return 0;
}

/* "CPUID 00000007" and what a broken end leaves of it, not "CPUID is an instruction" */
static bool is_leaf_start(const char *at, const char *end)
{
	unsigned digits = 0;

	fsi_take(&at, end, "CPUID ");
	for (; at < end && fsi_hex_digit(*at) >= 0; at++)
		digits++;
	return digits >= 8 || at == end;
}

static fsi_line_kind_t classify(fsi_dump_t *dump, const char *at, size_t size, fsi_reading_t *reading)
{
	const char *end = at + size;
	unsigned number;

	(void)dump;
	if (read_leaf(at, end, reading))
		return FSI_LINE_LEAF;
	if (fsi_take(&(const char *){ at }, end, "CPUID "))
		return is_leaf_start(at, end) ? FSI_LINE_BROKEN : FSI_LINE_ODD;
	if (fsi_take(&at, end, "CPU ") && fsi_take_decimal(&at, end, &number) && fsi_take(&at, end, ":"))
		return FSI_LINE_CPU;
	return FSI_LINE_SKIP;
}

FSI_READ(tycho)
{
	fsi_dump_t dump = { 0 };
	featset_status_t status = fsi_dump_read(
		&dump, inventory, text, classify,
		"tycho's cpuid --dump prints it, \"CPUID 00000007:00 = 00000000 00000000 00000000 00000000\"", error);

	fsi_dump_free(&dump);
	return status;
}
