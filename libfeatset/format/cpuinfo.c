/* SPDX-License-Identifier: MIT */
#include "linux.h"

#include <stdlib.h>
#include <string.h>

/*
 * /proc/cpuinfo: "key<TAB>: value" lines, a block for each logical CPU that
 * starts with "processor".  A flags line alone is read too.
 */

typedef struct reader {
	const fsi_text_t *text;
	featset_error_t *error;
	fsi_linux_t block;
	fsi_linux_t last; /* the block before, whose cpu is the last of the dump */
	unsigned line;    /* where the block starts; 0: there is none */
	bool bare;        /* it starts without "processor": somebody's grep */
	fsi_dump_t dump;  /* its cpus only */
	char strange[1024];
} reader_t;

/* ---- a block ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t offset;
} keys[] = {
	{ "address sizes", offsetof(fsi_linux_t, address_sizes) },
	{ "cpu family", offsetof(fsi_linux_t, family) },
	{ "cpuid level", offsetof(fsi_linux_t, cpuid_level) },
	{ "flags", offsetof(fsi_linux_t, flags) },
	{ "model", offsetof(fsi_linux_t, model) },
	{ "model name", offsetof(fsi_linux_t, brand) },
	{ "power management", offsetof(fsi_linux_t, power) },
	{ "stepping", offsetof(fsi_linux_t, stepping) },
	{ "vendor_id", offsetof(fsi_linux_t, vendor) },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static fsi_span_t *field(fsi_linux_t *block, size_t key)
{
	return (fsi_span_t *)((char *)block + keys[key].offset);
}

static bool same_spans(fsi_linux_t *a, fsi_linux_t *b)
{
	for (size_t i = 0; i < KEYS; i++) {
		const fsi_span_t *one = field(a, i), *other = field(b, i);

		if (one->size != other->size || (one->size && memcmp(one->at, other->at, one->size) != 0))
			return false;
	}
	return true;
}

static featset_status_t push(reader_t *reader, featset_cpu_t *cpu)
{
	fsi_dump_t *dump = &reader->dump;

	if (!cpu)
		return fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
	if (dump->cpu_count == dump->cpu_room) {
		size_t room = dump->cpu_room ? dump->cpu_room * 2 : 16;
		featset_cpu_t **moved = realloc(dump->cpus, room * sizeof(*moved));

		if (!moved) {
			featset_cpu_free(cpu);
			return fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
		}
		dump->cpus = moved;
		dump->cpu_room = room;
	}
	dump->cpus[dump->cpu_count++] = cpu;
	return FEATSET_OK;
}

static featset_status_t end_block(reader_t *reader)
{
	featset_status_t status;
	featset_cpu_t *cpu;

	/* What grep let through behind the last flags tells of no other CPU. */
	if (!reader->line || (reader->bare && !reader->block.flags.at && reader->dump.cpu_count))
		return FEATSET_OK;
	if (!reader->block.flags.at)
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, reader->line, 0,
				   "the CPU that starts here has no flags line");
	if (reader->dump.cpu_count == FSI_MAX_CPUS)
		return fsi_fail_at(reader->error, FEATSET_E_LIMIT, reader->text->file, reader->line, 0,
				   "more than %d logical CPUs", FSI_MAX_CPUS);
	/* All CPUs of most machines are the same. */
	if (reader->dump.cpu_count && same_spans(&reader->block, &reader->last))
		return push(reader, featset_cpu_copy(reader->dump.cpus[reader->dump.cpu_count - 1]));
	status = fsi_linux_cpu(&cpu, reader->text, &reader->block, reader->strange, sizeof(reader->strange),
			       reader->error);
	if (status != FEATSET_OK)
		return status;
	reader->last = reader->block;
	return push(reader, cpu);
}

static featset_status_t start_block(reader_t *reader, unsigned line)
{
	featset_status_t status = end_block(reader);

	memset(&reader->block, 0, sizeof(reader->block));
	reader->line = line;
	return status;
}

/* ---- lines ---------------------------------------------------------------------------- */

/* Splits "key<blanks>: value". */
static bool split(const fsi_line_t *line, fsi_span_t *key, fsi_span_t *value)
{
	const char *colon = memchr(line->at, ':', line->size);
	fsi_span_t left = { line->at, 0, line->number, 1 }, right = { 0 };

	if (!colon)
		return false;
	left.size = (size_t)(colon - line->at);
	fsi_trim(&left.at, &left.size);
	right.at = colon + 1;
	right.size = line->size - (size_t)(right.at - line->at);
	fsi_trim(&right.at, &right.size);
	right.line = line->number;
	right.column = (unsigned)(right.at - line->at) + 1;
	*key = left;
	*value = right;
	return left.size != 0;
}

static featset_status_t no_x86(const reader_t *reader, const fsi_line_t *line, const char *whose)
{
	return fsi_fail_at(reader->error, FEATSET_E_UNSUPPORTED, reader->text->file, line->number, 0,
			   "this is the cpuinfo of %s; featset knows x86 only", whose);
}

/* Keys that only other architectures have. */
static featset_status_t check_architecture(const reader_t *reader, const fsi_line_t *line, const fsi_span_t *key)
{
	static const struct {
		const char *key;
		const char *whose;
	} others[] = {
		{ "CPU implementer", "an ARM machine" }, { "Features", "an ARM machine" },
		{ "features", "an S/390 machine" },      { "isa", "a RISC-V machine" },
		{ "timebase", "a POWER machine" },       { "ASEs implemented", "a MIPS machine" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (fsi_same(key->at, key->size, others[i].key))
			return no_x86(reader, line, others[i].whose);
	return FEATSET_OK;
}

static featset_status_t put(reader_t *reader, const fsi_line_t *line, const fsi_span_t *key, const fsi_span_t *value)
{
	for (size_t i = 0; i < KEYS; i++) {
		fsi_span_t *into = field(&reader->block, i);

		if (!fsi_same(key->at, key->size, keys[i].name))
			continue;
		if (into->at)
			return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line->number, 1,
					   "a second \"%s\" of the CPU that starts in line %u", keys[i].name,
					   reader->line);
		/* Other lines follow it in the file. */
		if (!strcmp(keys[i].name, "flags") && line->next > reader->text->size)
			return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line->number,
					   value->column, "the text ends inside the flags, which may be cut off");
		*into = *value;
	}
	return FEATSET_OK;
}

/* Does a block start here without "processor" in front?  Then the first key that comes again starts the next. */
static bool starts_bare(reader_t *reader, const fsi_span_t *key)
{
	for (size_t i = 0; i < KEYS; i++)
		if (fsi_same(key->at, key->size, keys[i].name))
			return !reader->line ||
			       (reader->bare && reader->block.flags.at && field(&reader->block, i)->at);
	return false;
}

static featset_status_t read_line(reader_t *reader, const fsi_line_t *line)
{
	featset_status_t status;
	fsi_span_t key, value;
	bool first;

	if (!split(line, &key, &value)) {
		for (size_t i = 0; i < line->size && reader->line; i++)
			if (!fsi_is_space(line->at[i]))
				return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line->number, 1,
						   "expected a key, ':' and a value");
		return FEATSET_OK;
	}
	status = check_architecture(reader, line, &key);
	first = fsi_same(key.at, key.size, "processor");
	if (status == FEATSET_OK && (first || starts_bare(reader, &key))) {
		status = start_block(reader, line->number);
		reader->bare = !first;
	}
	return status == FEATSET_OK && reader->line ? put(reader, line, &key, &value) : status;
}

/* ---- the format ------------------------------------------------------------------------ */

static featset_status_t finish(reader_t *reader, featset_inventory_t *inventory)
{
	featset_status_t status = end_block(reader);

	if (status == FEATSET_OK && !reader->dump.cpu_count)
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 1, 0,
				   "no CPU with its flags here");
	if (status == FEATSET_OK)
		status = fsi_dump_finish(&reader->dump, inventory, reader->text, reader->error);
	return status == FEATSET_OK ? fsi_linux_add_notes(inventory, reader->strange, reader->error) : status;
}

FSI_READ(cpuinfo)
{
	reader_t reader = { .text = text, .error = error };
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };

	while (status == FEATSET_OK && fsi_line_next(&line, text->data, text->size))
		status = read_line(&reader, &line);
	if (status == FEATSET_OK)
		status = finish(&reader, inventory);
	fsi_dump_free(&reader.dump);
	return status;
}

FSI_PROBE(cpuinfo)
{
	fsi_line_t line = { 0 };

	while (fsi_line_next(&line, text, size)) {
		fsi_span_t key, value;

		if (!split(&line, &key, &value) || key.at != line.at)
			continue;
		if (fsi_same(key.at, key.size, "processor") && value.size && *value.at >= '0' && *value.at <= '9')
			return 75;
		/* xe's tables have flags too, and say more. */
		if (fsi_same(key.at, key.size, "flags"))
			return 60;
	}
	return 0;
}
