/* SPDX-License-Identifier: MIT */
#include "inventory_internal.h"

#include <stdlib.h>
#include <string.h>

struct host {
	char *name;
	char *uuid;
	featset_cpu_t *cpu[FEATSET_SLOTS];
};

struct note {
	char *text;
	bool left_out; /* it tells of a host that is not here */
};

struct featset_inventory {
	struct host *hosts;
	size_t host_count;
	size_t host_room;
	struct note *notes;
	size_t note_count;
	size_t note_room;
	const char *format;
};

static char *copy_text(const char *text)
{
	size_t size = text ? strlen(text) + 1 : 1;
	char *copy = malloc(size);

	if (copy)
		memcpy(copy, text ? text : "", size);
	return copy;
}

/* Makes room for one more element; the array may move. */
static bool grow(void *array, size_t count, size_t *room, size_t element)
{
	size_t more = *room ? *room * 2 : 4;
	void **base = array;
	void *moved;

	if (count < *room)
		return true;
	if (more > SIZE_MAX / element)
		return false;
	moved = realloc(*base, more * element);
	if (!moved)
		return false;
	*base = moved;
	*room = more;
	return true;
}

featset_inventory_t *featset_inventory_new(void)
{
	featset_inventory_t *inventory = calloc(1, sizeof(*inventory));

	if (inventory)
		inventory->format = "";
	return inventory;
}

void fsi_inventory_cut(featset_inventory_t *inventory, size_t hosts, size_t notes)
{
	while (inventory->host_count > hosts) {
		struct host *host = &inventory->hosts[--inventory->host_count];

		free(host->name);
		free(host->uuid);
		for (int slot = 0; slot < FEATSET_SLOTS; slot++)
			featset_cpu_free(host->cpu[slot]);
	}
	while (inventory->note_count > notes)
		free(inventory->notes[--inventory->note_count].text);
}

void featset_inventory_free(featset_inventory_t *inventory)
{
	if (!inventory)
		return;
	fsi_inventory_cut(inventory, 0, 0);
	free(inventory->hosts);
	free(inventory->notes);
	free(inventory);
}

featset_status_t featset_inventory_add_host(featset_inventory_t *inventory, const char *name, const char *uuid,
					    size_t *index)
{
	struct host host = { 0 };
	void *hosts;

	if (!inventory)
		return FEATSET_E_ARGUMENT;
	hosts = inventory->hosts;
	host.name = copy_text(name);
	host.uuid = copy_text(uuid);
	if (!host.name || !host.uuid || !grow(&hosts, inventory->host_count, &inventory->host_room, sizeof(host))) {
		free(host.name);
		free(host.uuid);
		return FEATSET_E_MEMORY;
	}
	inventory->hosts = hosts;
	inventory->hosts[inventory->host_count] = host;
	if (index)
		*index = inventory->host_count;
	inventory->host_count++;
	return FEATSET_OK;
}

featset_status_t featset_inventory_set_cpu(featset_inventory_t *inventory, size_t host, featset_slot_t slot,
					   featset_cpu_t *cpu)
{
	featset_cpu_t **place;

	if (!inventory || host >= inventory->host_count || (unsigned)slot >= FEATSET_SLOTS) {
		featset_cpu_free(cpu);
		return FEATSET_E_ARGUMENT;
	}
	place = &inventory->hosts[host].cpu[slot];
	if (*place != cpu)
		featset_cpu_free(*place);
	*place = cpu;
	return FEATSET_OK;
}

static featset_status_t add_note(featset_inventory_t *inventory, const char *note, bool left_out)
{
	void *notes;
	char *copy;

	if (!inventory || !note)
		return FEATSET_E_ARGUMENT;
	notes = inventory->notes;
	copy = copy_text(note);
	if (!copy || !grow(&notes, inventory->note_count, &inventory->note_room, sizeof(*inventory->notes))) {
		free(copy);
		return FEATSET_E_MEMORY;
	}
	inventory->notes = notes;
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

size_t featset_inventory_hosts(const featset_inventory_t *inventory)
{
	return inventory ? inventory->host_count : 0;
}

const char *featset_inventory_host_name(const featset_inventory_t *inventory, size_t host)
{
	return host < featset_inventory_hosts(inventory) ? inventory->hosts[host].name : "";
}

const char *featset_inventory_host_uuid(const featset_inventory_t *inventory, size_t host)
{
	return host < featset_inventory_hosts(inventory) ? inventory->hosts[host].uuid : "";
}

const featset_cpu_t *featset_inventory_cpu(const featset_inventory_t *inventory, size_t host, featset_slot_t slot)
{
	const struct host *of;

	if (host >= featset_inventory_hosts(inventory) || (unsigned)slot >= FEATSET_SLOTS)
		return NULL;
	of = &inventory->hosts[host];
	for (int other = 0; other < FEATSET_SLOTS; other++)
		if (other != FEATSET_SLOT_CPU && of->cpu[other])
			return of->cpu[slot];
	return of->cpu[FEATSET_SLOT_CPU];
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
