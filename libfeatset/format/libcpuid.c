/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <string.h>

/*
 * libcpuid's raw dump: NAME[INDEX]=EAX EBX ECX EDX, eight digits each.  Arrays
 * have a fixed size, so that entries past a CPU's maximum hold what the last
 * leaf says; featset_cpu_read never asks for those.  Leaves with subleaves have
 * arrays of their own, but not all: 7.1 and D.1 are not in such a dump.  Subleaf 0
 * of those stands in two arrays, read one after the other, on two CPUs perhaps.
 */

static const struct {
	const char *name;
	uint32_t leaf;
	uint32_t entries;
	bool subleaves; /* the index is a subleaf, otherwise it is added to the leaf */
} arrays[] = {
	/* clang-format off */
	{ "amd_fn8000001dh", 0x8000001d, 4, true },
	{ "amd_fn80000026h", 0x80000026, 4, true },
	{ "basic_cpuid", 0x00000000, 32, false },
	{ "ext_cpuid", 0x80000000, 32, false },
	{ "intel_fn11", 0x0000000b, 4, true },
	{ "intel_fn12h", 0x00000012, 4, true },
	{ "intel_fn14h", 0x00000014, 4, true },
	{ "intel_fn4", 0x00000004, 8, true },
	/* clang-format on */
};

#define ARRAYS (sizeof(arrays) / sizeof(arrays[0]))

/* "_________________ Logical CPU #3 _________________" */
static bool is_header(const char *at, size_t size)
{
	const char *end = at + size;
	unsigned number;

	if (!size || *at != '_')
		return false;
	while (at < end && *at == '_')
		at++;
	return fsi_take(&at, end, " Logical CPU #") && fsi_take_decimal(&at, end, &number) && fsi_take(&at, end, " _");
}

/* The expectations of libcpuid's own tests follow a line of hyphens. */
static bool is_end(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] != '-')
			return false;
	return size >= 10;
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

FSI_PROBE(libcpuid)
{
	fsi_line_t line = { 0 };
	unsigned column;

	for (int filled = 0; filled < 16 && fsi_line_next_filled(&line, text, size, &column); filled++) {
		const char *at = line.at, *end = line.at + line.size;

		if (is_header(line.at, line.size) || fsi_take(&at, end, "basic_cpuid["))
			return 90;
	}
	return 0;
}

/* What a line holds: a known array's leaf, something to skip, or nothing that can be read. */
enum kind { LEAF, SKIP, BROKEN, OUTSIDE };

static enum kind read_leaf(const char *at, size_t size, fsi_reading_t *reading, unsigned *which)
{
	const char *end = at + size, *name = at;
	size_t length, array = 0;
	unsigned index;

	while (at < end && is_name_character(*at))
		at++;
	length = (size_t)(at - name);
	if (!length || at == end)
		return BROKEN;
	/* version=0.6.2, and what newer versions add for other architectures */
	if (*at == '=')
		return SKIP;
	if (!fsi_take(&at, end, "[") || !fsi_take_decimal(&at, end, &index) || !fsi_take(&at, end, "]="))
		return BROKEN;
	while (array < ARRAYS && !fsi_same(name, length, arrays[array].name))
		array++;
	if (array == ARRAYS)
		return SKIP;
	*which = (unsigned)array;
	if (index >= arrays[array].entries)
		return OUTSIDE;
	for (int i = 0; i < 4; i++)
		if ((i && !fsi_take(&at, end, " ")) || !fsi_take_hex(&at, end, 8, 8, &reading->regs[i]))
			return BROKEN;
	reading->leaf = arrays[array].leaf + (arrays[array].subleaves ? 0 : index);
	reading->subleaf = arrays[array].subleaves ? index : 0;
	return at == end ? LEAF : BROKEN;
}

static featset_status_t add_leaf(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, uint32_t leaf,
				 uint32_t subleaf, const uint32_t regs[4], featset_error_t *error)
{
	featset_status_t status = FEATSET_OK;

	if (!dump->line || (!leaf && !subleaf && fsi_dump_has(dump, 0, 0)))
		status = fsi_dump_start(dump, text, line, error);
	if (status == FEATSET_OK)
		status = fsi_dump_add(dump, text, line, leaf, subleaf, regs, error);
	return status;
}

static featset_status_t read_lines(fsi_dump_t *dump, const fsi_text_t *text, featset_error_t *error)
{
	featset_status_t status = FEATSET_OK;
	fsi_reading_t reading = { .vague = false };
	fsi_line_t line = { 0 };
	unsigned column, array = 0;

	while (status == FEATSET_OK && fsi_line_next_filled(&line, text->data, text->size, &column)) {
		if (is_end(line.at, line.size))
			break;
		if (is_header(line.at, line.size)) {
			status = fsi_dump_start(dump, text, line.number, error);
			continue;
		}
		switch (read_leaf(line.at, line.size, &reading, &array)) {
		case LEAF:
			dump->source = arrays[array].subleaves ? array + 1 : 0;
			status = add_leaf(dump, text, line.number, reading.leaf, reading.subleaf, reading.regs, error);
			break;
		case OUTSIDE:
			return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line.number, column + 1,
					   "expected an entry of %s as libcpuid writes it, 0 to %u", arrays[array].name,
					   (unsigned)arrays[array].entries - 1);
		case SKIP:
			break;
		default:
			return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line.number, column + 1,
					   "expected a leaf as libcpuid writes it, "
					   "\"basic_cpuid[7]=00000000 00000000 00000000 00000000\"");
		}
	}
	return status;
}

FSI_READ(libcpuid)
{
	fsi_dump_t dump = { 0 };
	featset_status_t status = read_lines(&dump, text, error);

	if (status == FEATSET_OK)
		status = fsi_dump_finish(&dump, inventory, text, error);
	fsi_dump_free(&dump);
	return status;
}
