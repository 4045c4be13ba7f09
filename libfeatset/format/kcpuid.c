/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

/*
 * What the kernel's kcpuid prints with -r, for the CPU it runs on:
 *
 *	Basic Leafs :
 *	================
 *	0x00000001: EAX=0x00b00f21, EBX=0x01020800, ECX=0xfffa3203, EDX=0x178bfbff
 *	0x00000007: subleafs:
 *	  0: EAX=0x00000001, EBX=0xf1bf07ab, ECX=0x00405fc6, EDX=0x00000110
 *
 * It walks every leaf up to the maximum of the basic and of the extended range,
 * and leaves out what is all zero; so a leaf that is missing there is zero.  Of
 * a leaf with a "subleafs:" line it walks the subleaves the same way; which
 * leaves those are depends on its version, so that subleaves of others are
 * unknown.  It does not look at the hypervisor's range.
 */

#define LISTED 64
/* It walks no more of one leaf: leaf D has one for each bit of XCR0. */
#define SUBLEAVES 64

/* The leaves that have subleaves, and which of them is being read. */
struct state {
	uint32_t listed[LISTED];
	size_t count;
};

static bool is_listed(const struct state *state, uint32_t leaf)
{
	for (size_t i = 0; i < state->count; i++)
		if (state->listed[i] == leaf)
			return true;
	return false;
}

static bool zero(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf)
{
	uint32_t base = leaf & 0xc0000000;
	const uint32_t *first = fsi_dump_get(dump, base, 0);

	if ((base && base != 0x80000000) || !first || leaf > first[FEATSET_EAX])
		return false;
	return !subleaf || is_listed(dump->context, leaf);
}

static bool take_registers(const char *at, const char *end, uint32_t regs[4])
{
	static const char *const names[4] = { " EAX=0x", ", EBX=0x", ", ECX=0x", ", EDX=0x" };

	for (int i = 0; i < 4; i++)
		if (!fsi_take(&at, end, names[i]) || !fsi_take_hex(&at, end, 8, 8, &regs[i]))
			return false;
	return at == end;
}

FSI_PROBE(kcpuid)
{
	fsi_line_t line = { 0 };
	unsigned column;

	while (fsi_dump_next_line(&line, text, size, &column)) {
		const char *at = line.at, *end = line.at + line.size;
		uint32_t leaf;

		if (fsi_take(&at, end, "0x") && fsi_take_hex(&at, end, 8, 8, &leaf) && fsi_take(&at, end, ": EAX=0x"))
			return 90;
	}
	return 0;
}

/* "  3: EAX=...": a subleaf of the leaf named last */
static fsi_line_kind_t read_subleaf(const struct state *state, const char *at, const char *end, fsi_reading_t *reading)
{
	unsigned subleaf;

	if (!fsi_take_decimal(&at, end, &subleaf) || !fsi_take(&at, end, ":"))
		return FSI_LINE_SKIP;
	if (at < end && !fsi_take(&(const char *){ at }, end, " EAX"))
		return FSI_LINE_ODD;
	if (subleaf >= SUBLEAVES || !state->count || !take_registers(at, end, reading->regs))
		return FSI_LINE_BROKEN;
	reading->leaf = state->listed[state->count - 1];
	reading->subleaf = subleaf;
	return FSI_LINE_LEAF;
}

static fsi_line_kind_t classify(fsi_dump_t *dump, const char *at, size_t size, fsi_reading_t *reading)
{
	struct state *state = dump->context;
	const char *end = at + size;

	if (!fsi_take(&at, end, "0x"))
		return read_subleaf(state, at, end, reading);
	reading->subleaf = 0;
	if (!fsi_take_hex(&at, end, 8, 8, &reading->leaf) || !fsi_take(&at, end, ":"))
		return FSI_LINE_BROKEN;
	if (fsi_take(&(const char *){ at }, end, " subleafs:")) {
		if (state->count == LISTED)
			return FSI_LINE_BROKEN;
		state->listed[state->count++] = reading->leaf;
		return FSI_LINE_SKIP;
	}
	return take_registers(at, end, reading->regs) ? FSI_LINE_LEAF : FSI_LINE_BROKEN;
}

FSI_READ(kcpuid)
{
	struct state state = { .count = 0 };
	fsi_dump_t dump = { .zero = zero, .context = &state };
	featset_status_t status = fsi_dump_read(
		&dump, inventory, text, classify,
		"kcpuid -r prints it, \"0x00000001: EAX=0x00000000, EBX=0x00000000, ECX=0x00000000, EDX=0x00000000\"",
		error);

	fsi_dump_free(&dump);
	return status;
}
