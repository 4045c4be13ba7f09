/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a host is called that its source gives no name. */
static char *name_of(const char *word, size_t index, size_t count)
{
	const char *base = strrchr(word, '/');
	struct text text = { 0 };

	if (strcmp(word, "-") == 0)
		word = "stdin";
	else if (strcmp(word, "host") == 0)
		word = "this machine";
	else if (base && base[1])
		word = base + 1;
	if (strlen(word) > 60)
		text_add(&text, "%.57s...", word);
	else
		text_add(&text, "%s", word);
	if (count > 1)
		text_add(&text, ":%zu", index + 1);
	return text.data;
}

static void add(struct hosts *hosts, const featset_inventory_t *inventory, size_t index, const char *word,
		const struct settings *settings)
{
	struct host *host = &hosts->host[hosts->count++];
	const char *name = featset_inventory_host_name(inventory, index);

	*host = (struct host){ 0 };
	host->name = *name ? cli_copy(name) : name_of(word, index, featset_inventory_hosts(inventory));
	host->uuid = cli_copy(featset_inventory_host_uuid(inventory, index));
	host->format = featset_inventory_format(inventory);
	if (strcmp(host->format, "baseline") == 0)
		host->baseline = featset_catalog_find(settings->catalog, word, NULL);
	host->inventory = inventory;
	host->index = index;
	text_clean(host->name);
	text_clean(host->uuid);
}

/* --host chooses among the hosts of a listing; a baseline or a dump has nothing to choose from. */
static bool wanted(const featset_inventory_t *inventory, size_t index, const char *only)
{
	const char *uuid = featset_inventory_host_uuid(inventory, index);

	if (!only || (featset_inventory_hosts(inventory) == 1 && !*uuid))
		return true;
	return strcmp(featset_inventory_host_name(inventory, index), only) == 0 || strcmp(uuid, only) == 0;
}

/* Why a word cannot be read, and which option may help. */
static void tell(const featset_error_t *error)
{
	featset_error_t more = *error;
	size_t length = strlen(more.text);

	if (error->code == FEATSET_E_LIMIT && strstr(error->text, "larger than the limit"))
		snprintf(more.text + length, sizeof(more.text) - length, "; --max-size raises it");
	out_error(&more);
}

static void warn_left_out(const featset_inventory_t *inventory)
{
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++) {
		char *note;

		if (!featset_inventory_note_is_left_out(inventory, i))
			continue;
		note = cli_copy(featset_inventory_note(inventory, i));
		text_clean(note);
		out_warn("%s", note);
		free(note);
	}
}

bool hosts_left_out(const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->inventories; i++)
		for (size_t n = 0; n < featset_inventory_notes(hosts->inventory[i]); n++)
			if (featset_inventory_note_is_left_out(hosts->inventory[i], n))
				return true;
	return false;
}

static bool read_one(struct hosts *hosts, const struct settings *settings, const char *word)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	size_t count;

	if (featset_input_with(&inventory, word, settings->host_flags, settings->limit, settings->catalog, &error) !=
	    FEATSET_OK) {
		tell(&error);
		return false;
	}
	hosts->inventory[hosts->inventories++] = inventory;
	warn_left_out(inventory);
	count = featset_inventory_hosts(inventory);
	if (!count) {
		out_trouble("%s tells of no host", word);
		return false;
	}
	hosts->host = realloc(hosts->host, (hosts->count + count) * sizeof(*hosts->host));
	if (!hosts->host)
		cli_alloc(SIZE_MAX / 2, 2); /* says so and ends */
	count += hosts->count;
	for (size_t i = 0; i < featset_inventory_hosts(inventory); i++)
		if (wanted(inventory, i, settings->only))
			add(hosts, inventory, i, word, settings);
	if (settings->only && hosts->count == count - featset_inventory_hosts(inventory)) {
		out_trouble("%s: no host is named '%s' there", word, settings->only);
		return false;
	}
	return true;
}

bool hosts_read(struct hosts *hosts, const struct settings *settings, int count, char **words)
{
	*hosts = (struct hosts){ 0 };
	hosts->inventory = cli_alloc((size_t)count, sizeof(*hosts->inventory));
	for (int i = 0; i < count; i++) {
		if (!read_one(hosts, settings, words[i])) {
			hosts_free(hosts);
			return false;
		}
	}
	return true;
}

void hosts_free(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++) {
		free(hosts->host[i].name);
		free(hosts->host[i].uuid);
	}
	for (size_t i = 0; i < hosts->inventories; i++)
		featset_inventory_free(hosts->inventory[i]);
	free(hosts->host);
	free(hosts->inventory);
	*hosts = (struct hosts){ 0 };
}

const featset_cpu_t *hosts_cpu(const struct host *host, const struct settings *settings, bool max)
{
	featset_slot_t usual = settings->pv ? FEATSET_SLOT_PV : FEATSET_SLOT_HVM;
	featset_slot_t wide = settings->pv ? FEATSET_SLOT_PV_MAX : FEATSET_SLOT_HVM_MAX;
	const featset_cpu_t *cpu = max ? featset_inventory_cpu(host->inventory, host->index, wide) : NULL;

	if (!cpu)
		cpu = featset_inventory_cpu(host->inventory, host->index, usual);
	if (!cpu)
		cpu = featset_inventory_cpu(host->inventory, host->index, FEATSET_SLOT_CPU);
	if (!cpu)
		out_trouble("%s: nothing is told about what %s guests get there", host->name,
			    settings->pv ? "PV" : "HVM");
	return cpu;
}

const featset_cpu_t **hosts_cpus(const struct hosts *hosts, const struct settings *settings)
{
	const featset_cpu_t **cpus = cli_alloc(hosts->count, sizeof(*cpus));

	for (size_t i = 0; i < hosts->count; i++) {
		cpus[i] = hosts_cpu(&hosts->host[i], settings, false);
		if (!cpus[i]) {
			free(cpus);
			return NULL;
		}
	}
	return cpus;
}

void hosts_notes(const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->inventories; i++) {
		for (size_t n = 0; n < featset_inventory_notes(hosts->inventory[i]); n++) {
			char *note;

			if (featset_inventory_note_is_left_out(hosts->inventory[i], n))
				continue;
			note = cli_copy(featset_inventory_note(hosts->inventory[i], n));
			text_clean(note);
			out_paragraph(OUT_PLAIN, "note: ", 6, "%s", note);
			free(note);
		}
	}
}
