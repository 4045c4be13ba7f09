/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

/*
 * What x86info prints with -r, among much else:
 *
 *	eax in: 0x00000007, eax = 00000001 ebx = f1bf07ab ecx = 00405fc6 edx = 00000110
 *
 * It does not name subleaves, and some versions leave ECX as it happens to be.
 * Leaves with subleaves therefore count only where the values prove that they
 * are subleaf 0.
 */

/*
 * 7.0.EBX has many flags; 7.1.EBX has but its lowest bits, and other subleaves
 * none.  D.0.ECX is the size of a save area, whose lowest byte is not zero
 * unless AMX is there, while D.1.ECX has XSS, whose lowest byte is zero.  Larger
 * subleaves have but their lowest bits in ECX, and D.0.EAX has bits 0 and 1.
 */
static bool is_subleaf_0(const fsi_reading_t *reading)
{
	const uint32_t *regs = reading->regs;

	if (reading->leaf == 7)
		return regs[FEATSET_EBX] >> 8 != 0;
	if (reading->leaf == 0xd)
		return (regs[FEATSET_EAX] & 3) == 3 && regs[FEATSET_ECX] & 0xc0;
	return !fsi_has_subleaves(reading->leaf);
}

static bool read_leaf(const char *at, const char *end, fsi_reading_t *reading)
{
	static const char *const names[4] = { ", eax = ", " ebx = ", " ecx = ", " edx = " };

	if (!fsi_take(&at, end, "eax in: 0x") || !fsi_take_hex(&at, end, 8, 8, &reading->leaf))
		return false;
	for (int i = 0; i < 4; i++)
		if (!fsi_take(&at, end, names[i]) || !fsi_take_hex(&at, end, 8, 8, &reading->regs[i]))
			return false;
	reading->subleaf = 0;
	return at == end;
}

FSI_PROBE(x86info)
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

static fsi_line_kind_t classify(fsi_dump_t *dump, const char *at, size_t size, fsi_reading_t *reading)
{
	const char *end = at + size;

	(void)dump;
	if (!fsi_take(&(const char *){ at }, end, "eax in:"))
		return FSI_LINE_SKIP;
	if (!read_leaf(at, end, reading))
		return FSI_LINE_BROKEN;
	return is_subleaf_0(reading) ? FSI_LINE_LEAF : FSI_LINE_SKIP;
}

FSI_READ(x86info)
{
	fsi_dump_t dump = { 0 };
	featset_status_t status = fsi_dump_read(&dump, inventory, text, classify,
						"x86info -r prints it, \"eax in: 0x00000001, eax = 00000000 ebx = "
						"00000000 ecx = 00000000 edx = 00000000\"",
						error);

	fsi_dump_free(&dump);
	return status;
}
