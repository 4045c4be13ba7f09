/* SPDX-License-Identifier: MIT */
#include "inventory_internal.h"
#include "cpu_internal.h"
#include "error_internal.h"

#include <stdlib.h>
#include <string.h>

/* Texts of records, many in one piece of memory: a pool of a million hosts has millions. */
struct texts {
	struct texts *next;
	size_t used, size;
	char bytes[];
};

/* Pieces grow from the one to the other: of a thousand dumps each is an inventory with a name or two. */
#define TEXTS_LEAST ((size_t)1 << 10)
#define TEXTS_MOST ((size_t)64 << 10)

/* All records of one kind: their texts one record after the other, and their cpus where the kind has some. */
struct table {
	const char **value;
	featset_cpu_t **cpu;
	size_t count;
	size_t room;
};

struct note {
	char *text;
	bool left_out; /* it tells of a host that is not here */
};

struct featset_inventory {
	struct table table[FEATSET_RECORDS];
	struct texts *texts;
	size_t texts_size; /* of the next piece */
	struct note *notes;
	size_t note_count;
	size_t note_room;
	const char *format;
};

/* ---- kinds and fields ----------------------------------------------------------- */

static const char *const kind_names[] = {
#define FEATSET_RECORD(kind, name) name,
#include "featset/records.def"
};

static const struct {
	const char *name;
	featset_record_t kind;
} fields[] = {
#define FEATSET_FIELD(kind, field, name, xapi, xe, xo) { name, FEATSET_RECORD_##kind },
#include "featset/records.def"
};

/* Every kind begins with its reference. */
static const featset_field_t first_field[] = {
#define FEATSET_RECORD(kind, name) FEATSET_##kind##_REF,
#include "featset/records.def"
	FEATSET_FIELDS
};

static size_t width_of(featset_record_t kind)
{
	return (size_t)(first_field[kind + 1] - first_field[kind]);
}

static size_t cpus_of(featset_record_t kind)
{
	return kind == FEATSET_RECORD_HOST ? FEATSET_SLOTS : kind == FEATSET_RECORD_VM ? 1 : 0;
}

const char *featset_record_name(featset_record_t kind)
{
	return (unsigned)kind < FEATSET_RECORDS ? kind_names[kind] : NULL;
}

const char *featset_field_name(featset_field_t field)
{
	return (unsigned)field < FEATSET_FIELDS ? fields[field].name : NULL;
}

featset_record_t featset_field_record(featset_field_t field)
{
	return (unsigned)field < FEATSET_FIELDS ? fields[field].kind : FEATSET_RECORDS;
}

/* ---- memory ---------------------------------------------------------------------- */

static struct texts *new_texts(size_t size)
{
	struct texts *texts = malloc(sizeof(*texts) + size);

	if (texts)
		*texts = (struct texts){ .size = size };
	return texts;
}

/* A piece with room for a text; a long text has one of its own, behind the one that is being filled. */
static struct texts *room_for(featset_inventory_t *inventory, size_t size)
{
	struct texts *texts = inventory->texts;
	bool alone = size > TEXTS_MOST / 4;

	if (texts && texts->size - texts->used >= size)
		return texts;
	while (!alone && inventory->texts_size < size * 4 && inventory->texts_size < TEXTS_MOST)
		inventory->texts_size *= 2;
	texts = new_texts(alone ? size : inventory->texts_size);
	if (!texts)
		return NULL;
	if (alone && inventory->texts) {
		texts->next = inventory->texts->next;
		inventory->texts->next = texts;
		return texts;
	}
	texts->next = inventory->texts;
	inventory->texts = texts;
	if (!alone && inventory->texts_size < TEXTS_MOST)
		inventory->texts_size *= 2;
	return texts;
}

static const char *keep_text(featset_inventory_t *inventory, const char *text)
{
	size_t size = strlen(text) + 1;
	struct texts *texts;
	char *copy;

	if (size == 1)
		return "";
	texts = room_for(inventory, size);
	if (!texts)
		return NULL;
	copy = texts->bytes + texts->used;
	memcpy(copy, text, size);
	texts->used += size;
	return copy;
}

/* Makes the array as large as `room` elements; what was there stays when there is no memory. */
static bool resize(void *array, size_t room, size_t element)
{
	void *base, *moved;

	if (element && room > SIZE_MAX / element)
		return false;
	memcpy(&base, array, sizeof(base));
	moved = realloc(base, room * element);
	if (!moved)
		return false;
	memcpy(array, &moved, sizeof(moved));
	return true;
}

/* Makes room for `more` records. */
static bool reserve(featset_inventory_t *inventory, featset_record_t kind, size_t more)
{
	struct table *table = &inventory->table[kind];
	size_t cpus = cpus_of(kind), room = table->room ? table->room * 2 : 4;

	if (table->room - table->count >= more)
		return true;
	if (room < table->count + more)
		room = table->count + more;
	if (!resize(&table->value, room, width_of(kind) * sizeof(*table->value)) ||
	    (cpus && !resize(&table->cpu, room, cpus * sizeof(featset_cpu_t *))))
		return false;
	table->room = room;
	return true;
}

featset_inventory_t *featset_inventory_new(void)
{
	featset_inventory_t *inventory = calloc(1, sizeof(*inventory));

	if (inventory) {
		inventory->format = "";
		inventory->texts_size = TEXTS_LEAST;
	}
	return inventory;
}

static void cut_table(struct table *table, featset_record_t kind, size_t count)
{
	size_t cpus = cpus_of(kind);

	if (table->count <= count)
		return;
	for (size_t i = count * cpus; i < table->count * cpus; i++)
		featset_cpu_free(table->cpu[i]);
	table->count = count;
}

fsi_mark_t fsi_mark(const featset_inventory_t *inventory)
{
	fsi_mark_t mark = { .notes = inventory->note_count };

	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		mark.count[kind] = inventory->table[kind].count;
	return mark;
}

void fsi_inventory_cut(featset_inventory_t *inventory, const fsi_mark_t *mark)
{
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		cut_table(&inventory->table[kind], (featset_record_t)kind, mark->count[kind]);
	while (inventory->note_count > mark->notes)
		free(inventory->notes[--inventory->note_count].text);
}

void featset_inventory_free(featset_inventory_t *inventory)
{
	static const fsi_mark_t nothing;

	if (!inventory)
		return;
	fsi_inventory_cut(inventory, &nothing);
	for (int kind = 0; kind < FEATSET_RECORDS; kind++) {
		free(inventory->table[kind].value);
		free(inventory->table[kind].cpu);
	}
	while (inventory->texts) {
		struct texts *next = inventory->texts->next;

		free(inventory->texts);
		inventory->texts = next;
	}
	free(inventory->notes);
	free(inventory);
}

/* ---- records ------------------------------------------------------------------------ */

featset_status_t featset_inventory_add(featset_inventory_t *inventory, featset_record_t kind, size_t *index)
{
	struct table *table;

	if (!inventory || (unsigned)kind >= FEATSET_RECORDS)
		return FEATSET_E_ARGUMENT;
	if (!reserve(inventory, kind, 1))
		return FEATSET_E_MEMORY;
	table = &inventory->table[kind];
	for (size_t i = 0; i < width_of(kind); i++)
		table->value[table->count * width_of(kind) + i] = "";
	for (size_t i = 0; i < cpus_of(kind); i++)
		table->cpu[table->count * cpus_of(kind) + i] = NULL;
	if (index)
		*index = table->count;
	table->count++;
	return FEATSET_OK;
}

featset_status_t featset_inventory_put(featset_inventory_t *inventory, featset_field_t field, size_t index,
				       const char *value)
{
	featset_record_t kind = featset_field_record(field);
	const char *copy;

	if (!inventory || kind == FEATSET_RECORDS || index >= inventory->table[kind].count)
		return FEATSET_E_ARGUMENT;
	copy = keep_text(inventory, value ? value : "");
	if (!copy)
		return FEATSET_E_MEMORY;
	inventory->table[kind].value[index * width_of(kind) + (size_t)(field - first_field[kind])] = copy;
	return FEATSET_OK;
}

featset_status_t featset_inventory_add_host(featset_inventory_t *inventory, const char *name, const char *uuid,
					    size_t *index)
{
	size_t host;
	featset_status_t status = featset_inventory_add(inventory, FEATSET_RECORD_HOST, &host);

	if (status != FEATSET_OK)
		return status;
	status = featset_inventory_put(inventory, FEATSET_HOST_NAME, host, name);
	if (status == FEATSET_OK)
		status = featset_inventory_put(inventory, FEATSET_HOST_UUID, host, uuid);
	if (status != FEATSET_OK)
		cut_table(&inventory->table[FEATSET_RECORD_HOST], FEATSET_RECORD_HOST, host);
	else if (index)
		*index = host;
	return status;
}

static featset_status_t set_cpu(featset_inventory_t *inventory, featset_record_t kind, size_t index, unsigned slot,
				featset_cpu_t *cpu)
{
	featset_cpu_t **place;

	if (!inventory || index >= inventory->table[kind].count || slot >= cpus_of(kind)) {
		featset_cpu_free(cpu);
		return FEATSET_E_ARGUMENT;
	}
	place = &inventory->table[kind].cpu[index * cpus_of(kind) + slot];
	if (*place != cpu)
		featset_cpu_free(*place);
	fsi_cpu_freeze(cpu);
	*place = cpu;
	return FEATSET_OK;
}

featset_status_t featset_inventory_set_cpu(featset_inventory_t *inventory, size_t host, featset_slot_t slot,
					   featset_cpu_t *cpu)
{
	return set_cpu(inventory, FEATSET_RECORD_HOST, host, (unsigned)slot, cpu);
}

featset_status_t featset_inventory_set_vm_cpu(featset_inventory_t *inventory, size_t vm, featset_cpu_t *cpu)
{
	return set_cpu(inventory, FEATSET_RECORD_VM, vm, 0, cpu);
}

/* ---- notes and the format ---------------------------------------------------------------- */

static bool reserve_notes(featset_inventory_t *inventory, size_t more)
{
	size_t room = inventory->note_room ? inventory->note_room * 2 : 4;

	if (inventory->note_room - inventory->note_count >= more)
		return true;
	if (room < inventory->note_count + more)
		room = inventory->note_count + more;
	if (!resize(&inventory->notes, room, sizeof(*inventory->notes)))
		return false;
	inventory->note_room = room;
	return true;
}

static featset_status_t add_note(featset_inventory_t *inventory, const char *note, bool left_out)
{
	char *copy;

	if (!inventory || !note)
		return FEATSET_E_ARGUMENT;
	if (!reserve_notes(inventory, 1))
		return FEATSET_E_MEMORY;
	copy = malloc(strlen(note) + 1);
	if (!copy)
		return FEATSET_E_MEMORY;
	memcpy(copy, note, strlen(note) + 1);
	fsi_clean(copy);
	inventory->notes[inventory->note_count++] = (struct note){ copy, left_out };
	return FEATSET_OK;
}

featset_status_t featset_inventory_add_note(featset_inventory_t *inventory, const char *note)
{
	return add_note(inventory, note, false);
}

featset_status_t fsi_inventory_add_left_out(featset_inventory_t *inventory, const char *note)
{
	return add_note(inventory, note, true);
}

void featset_inventory_set_format(featset_inventory_t *inventory, const char *format)
{
	if (inventory)
		inventory->format = format ? format : "";
}

/* ---- merging ----------------------------------------------------------------------------- */

static bool reserve_all(featset_inventory_t *inventory, const featset_inventory_t *from)
{
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		if (!reserve(inventory, (featset_record_t)kind, from->table[kind].count))
			return false;
	return reserve_notes(inventory, from->note_count);
}

static void move_table(struct table *to, struct table *from, featset_record_t kind)
{
	size_t width = width_of(kind), cpus = cpus_of(kind);

	if (!from->count)
		return;
	memcpy(to->value + to->count * width, from->value, from->count * width * sizeof(*from->value));
	if (cpus)
		memcpy(to->cpu + to->count * cpus, from->cpu, from->count * cpus * sizeof(*from->cpu));
	to->count += from->count;
	from->count = 0;
}

static void move_texts(featset_inventory_t *to, featset_inventory_t *from)
{
	struct texts **end = &from->texts;

	while (*end)
		end = &(*end)->next;
	*end = to->texts;
	to->texts = from->texts;
	from->texts = NULL;
}

static bool is_empty(const featset_inventory_t *inventory)
{
	size_t count = inventory->note_count;

	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		count += inventory->table[kind].count;
	return !count;
}

featset_status_t featset_inventory_merge(featset_inventory_t *inventory, featset_inventory_t *from)
{
	if (!inventory || !from || inventory == from)
		return FEATSET_E_ARGUMENT;
	if (!reserve_all(inventory, from))
		return FEATSET_E_MEMORY;
	if (is_empty(inventory))
		inventory->format = from->format;
	else if (strcmp(inventory->format, from->format) != 0)
		inventory->format = "";
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		move_table(&inventory->table[kind], &from->table[kind], (featset_record_t)kind);
	if (from->note_count)
		memcpy(inventory->notes + inventory->note_count, from->notes,
		       from->note_count * sizeof(*from->notes));
	inventory->note_count += from->note_count;
	from->note_count = 0;
	move_texts(inventory, from);
	return FEATSET_OK;
}

/* ---- copying and removing ------------------------------------------------------------------ */

static bool copy_table(featset_inventory_t *copy, const struct table *from, featset_record_t kind)
{
	struct table *to = &copy->table[kind];
	size_t values = from->count * width_of(kind), cpus = from->count * cpus_of(kind);

	if (!reserve(copy, kind, from->count))
		return false;
	for (size_t i = 0; i < values; i++) {
		to->value[i] = keep_text(copy, from->value[i]);
		if (!to->value[i])
			return false;
	}
	for (size_t i = 0; i < cpus; i++)
		to->cpu[i] = NULL;
	to->count = from->count;
	for (size_t i = 0; i < cpus; i++) {
		to->cpu[i] = from->cpu[i] ? fsi_cpu_share(from->cpu[i]) : NULL;
		if (from->cpu[i] && !to->cpu[i])
			return false;
	}
	return true;
}

featset_inventory_t *featset_inventory_copy(const featset_inventory_t *inventory)
{
	featset_inventory_t *copy = inventory ? featset_inventory_new() : NULL;
	bool good = copy != NULL;

	for (int kind = 0; good && kind < FEATSET_RECORDS; kind++)
		good = copy_table(copy, &inventory->table[kind], (featset_record_t)kind);
	for (size_t i = 0; good && i < inventory->note_count; i++)
		good = add_note(copy, inventory->notes[i].text, inventory->notes[i].left_out) == FEATSET_OK;
	if (!good) {
		featset_inventory_free(copy);
		return NULL;
	}
	copy->format = inventory->format;
	return copy;
}

featset_status_t featset_inventory_remove(featset_inventory_t *inventory, featset_record_t record, size_t index)
{
	size_t width, cpus, after;
	struct table *table;

	if (index >= featset_inventory_count(inventory, record))
		return FEATSET_E_ARGUMENT;
	table = &inventory->table[record];
	width = width_of(record);
	cpus = cpus_of(record);
	after = table->count - index - 1;
	for (size_t i = 0; i < cpus; i++)
		featset_cpu_free(table->cpu[index * cpus + i]);
	memmove(table->value + index * width, table->value + (index + 1) * width,
		after * width * sizeof(*table->value));
	if (cpus)
		memmove(table->cpu + index * cpus, table->cpu + (index + 1) * cpus, after * cpus * sizeof(*table->cpu));
	table->count--;
	return FEATSET_OK;
}

void fsi_inventory_drop(featset_inventory_t *inventory, featset_record_t kind, const bool *drop)
{
	struct table *table = &inventory->table[kind];
	size_t width = width_of(kind), cpus = cpus_of(kind), kept = 0;

	for (size_t i = 0; i < table->count; i++) {
		for (size_t c = 0; c < cpus && drop[i]; c++)
			featset_cpu_free(table->cpu[i * cpus + c]);
		if (drop[i])
			continue;
		if (kept != i) {
			memcpy(table->value + kept * width, table->value + i * width, width * sizeof(*table->value));
			if (cpus)
				memcpy(table->cpu + kept * cpus, table->cpu + i * cpus, cpus * sizeof(*table->cpu));
		}
		kept++;
	}
	table->count = kept;
}

/* ---- looking ----------------------------------------------------------------------------- */

size_t featset_inventory_count(const featset_inventory_t *inventory, featset_record_t kind)
{
	return inventory && (unsigned)kind < FEATSET_RECORDS ? inventory->table[kind].count : 0;
}

const char *featset_inventory_get(const featset_inventory_t *inventory, featset_field_t field, size_t index)
{
	featset_record_t kind = featset_field_record(field);

	if (index >= featset_inventory_count(inventory, kind))
		return "";
	return inventory->table[kind].value[index * width_of(kind) + (size_t)(field - first_field[kind])];
}

size_t featset_inventory_hosts(const featset_inventory_t *inventory)
{
	return featset_inventory_count(inventory, FEATSET_RECORD_HOST);
}

const char *featset_inventory_host_name(const featset_inventory_t *inventory, size_t host)
{
	return featset_inventory_get(inventory, FEATSET_HOST_NAME, host);
}

const char *featset_inventory_host_uuid(const featset_inventory_t *inventory, size_t host)
{
	return featset_inventory_get(inventory, FEATSET_HOST_UUID, host);
}

const featset_cpu_t *featset_inventory_cpu(const featset_inventory_t *inventory, size_t host, featset_slot_t slot)
{
	featset_cpu_t *const *cpu;

	if (host >= featset_inventory_hosts(inventory) || (unsigned)slot >= FEATSET_SLOTS)
		return NULL;
	cpu = inventory->table[FEATSET_RECORD_HOST].cpu + host * FEATSET_SLOTS;
	for (int other = 0; other < FEATSET_SLOTS; other++)
		if (other != FEATSET_SLOT_CPU && cpu[other])
			return cpu[slot];
	return cpu[FEATSET_SLOT_CPU];
}

const featset_cpu_t *featset_inventory_vm_cpu(const featset_inventory_t *inventory, size_t vm)
{
	return vm < featset_inventory_count(inventory, FEATSET_RECORD_VM) ? inventory->table[FEATSET_RECORD_VM].cpu[vm] :
									   NULL;
}

size_t featset_inventory_notes(const featset_inventory_t *inventory)
{
	return inventory ? inventory->note_count : 0;
}

const char *featset_inventory_note(const featset_inventory_t *inventory, size_t index)
{
	return index < featset_inventory_notes(inventory) ? inventory->notes[index].text : NULL;
}

bool featset_inventory_note_is_left_out(const featset_inventory_t *inventory, size_t index)
{
	return index < featset_inventory_notes(inventory) && inventory->notes[index].left_out;
}

const char *featset_inventory_format(const featset_inventory_t *inventory)
{
	return inventory ? inventory->format : "";
}
