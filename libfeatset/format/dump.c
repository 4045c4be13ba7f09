/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <stdlib.h>
#include <string.h>

struct fsi_leaf {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t regs[4];
};

static const struct fsi_leaf *find(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf)
{
	for (size_t i = 0; i < dump->leaf_count; i++)
		if (dump->leaves[i].leaf == leaf && dump->leaves[i].subleaf == subleaf)
			return &dump->leaves[i];
	return NULL;
}

static bool answer(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	const struct fsi_leaf *found = find(context, leaf, subleaf);

	if (found)
		memcpy(regs, found->regs, sizeof(found->regs));
	return found != NULL;
}

bool fsi_dump_has(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf)
{
	return find(dump, leaf, subleaf) != NULL;
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
	status = featset_cpu_read(&dump->cpus[dump->cpu_count], answer, NULL, dump, error);
	if (status != FEATSET_OK)
		return fsi_locate(error, status, text, dump->line, 0);
	dump->cpu_count++;
	dump->leaf_count = 0;
	dump->line = 0;
	return FEATSET_OK;
}

featset_status_t fsi_dump_start(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, featset_error_t *error)
{
	featset_status_t status = end_cpu(dump, text, error);

	if (status == FEATSET_OK)
		dump->line = line;
	return status;
}

featset_status_t fsi_dump_add(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, uint32_t leaf, uint32_t subleaf,
			      const uint32_t regs[4], featset_error_t *error)
{
	struct fsi_leaf *at;

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
	at = &dump->leaves[dump->leaf_count++];
	at->leaf = leaf;
	at->subleaf = subleaf;
	memcpy(at->regs, regs, sizeof(at->regs));
	return FEATSET_OK;
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
	featset_status_t status = end_cpu(dump, text, error);
	featset_cpu_t *cpu;

	if (status != FEATSET_OK)
		return status;
	if (!dump->cpu_count)
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0, "there is no CPU in this dump");
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
	return status == FEATSET_OK ? status : fsi_fail(error, status, "no memory");
}

void fsi_dump_free(fsi_dump_t *dump)
{
	for (size_t i = 0; i < dump->cpu_count; i++)
		featset_cpu_free(dump->cpus[i]);
	free(dump->cpus);
	free(dump->leaves);
}
