/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/*
 * What an input gives to work on: its hosts, then its VMs, in one row of numbers.
 * VMs count where there is no host, or where one is asked for by its name.
 */
static bool is_vm(const featset_inventory_t *inventory, size_t index)
{
	return index >= featset_inventory_hosts(inventory);
}

static const char *text_of(const featset_inventory_t *inventory, size_t index, featset_field_t of_host,
			   featset_field_t of_vm)
{
	return is_vm(inventory, index) ?
		       featset_inventory_get(inventory, of_vm, index - featset_inventory_hosts(inventory)) :
		       featset_inventory_get(inventory, of_host, index);
}

static const char *own_name(const featset_inventory_t *inventory, size_t index)
{
	return text_of(inventory, index, FEATSET_HOST_NAME, FEATSET_VM_NAME);
}

static const char *own_uuid(const featset_inventory_t *inventory, size_t index)
{
	return text_of(inventory, index, FEATSET_HOST_UUID, FEATSET_VM_UUID);
}

/* A VM that was never started has no cpu, or one with nothing but a vendor. */
static const featset_cpu_t *vm_cpu(const featset_inventory_t *inventory, size_t index)
{
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(inventory, index - featset_inventory_hosts(inventory));

	/* Only XAPI tells lengths; elsewhere what is known of the CPU decides. */
	if (cpu && featset_cpu_number(cpu, FEATSET_XEN_LENGTH) < 0)
		return featset_is_empty(featset_cpu_known(cpu)) ? NULL : cpu;
	return cpu && featset_cpu_number(cpu, FEATSET_XEN_LENGTH) > 0 ? cpu : NULL;
}

static void add(struct hosts *hosts, const featset_inventory_t *inventory, size_t index, const char *word,
		const struct settings *settings, size_t of)
{
	struct host *host = &hosts->host[hosts->count++];
	const char *name = own_name(inventory, index);

	*host = (struct host){ 0 };
	host->name = *name ? cli_copy(name) : name_of(word, index, of);
	host->uuid = cli_copy(own_uuid(inventory, index));
	host->format = featset_inventory_format(inventory);
	if (strcmp(host->format, "baseline") == 0)
		host->baseline = featset_catalog_find(settings->catalog, word, NULL);
	host->inventory = inventory;
	host->index = index;
	text_clean(host->name);
	text_clean(host->uuid);
}

static bool is_called(const featset_inventory_t *inventory, size_t index, const char *only)
{
	return strcmp(own_name(inventory, index), only) == 0 || strcmp(own_uuid(inventory, index), only) == 0;
}

/* --host chooses among the hosts of a listing; a baseline or a dump has nothing to choose from. */
static bool wanted(const featset_inventory_t *inventory, size_t index, const char *only, size_t of)
{
	return !only || (of == 1 && !*own_uuid(inventory, index)) || is_called(inventory, index, only);
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

/* What is there instead of hosts, and what gives hosts. */
static bool no_host(const featset_inventory_t *inventory, const char *word)
{
	static const struct {
		featset_record_t kind;
		const char *noun;
	} kinds[] = {
		/* clang-format off */
		{ FEATSET_RECORD_POOL, "pool" },
		{ FEATSET_RECORD_VM, "VM" },
		{ FEATSET_RECORD_NETWORK, "network" },
		{ FEATSET_RECORD_PIF, "PIF" },
		{ FEATSET_RECORD_VIF, "VIF" },
		{ FEATSET_RECORD_SR, "SR" },
		{ FEATSET_RECORD_PBD, "PBD" },
		{ FEATSET_RECORD_VBD, "VBD" },
		{ FEATSET_RECORD_VDI, "VDI" },
		{ FEATSET_RECORD_VGPU, "vGPU" },
		{ FEATSET_RECORD_VUSB, "USB device" },
		/* clang-format on */
	};
	const char *manager = featset_inventory_get(inventory, FEATSET_VM_MANAGER, 0);
	struct text has = { 0 };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t count = featset_inventory_count(inventory, kinds[i].kind);

		if (!count)
			continue;
		text_add(&has, "%s", *text_get(&has) ? ", " : "");
		text_add_count(&has, count, kinds[i].noun);
	}
	if (manager[0] && strcmp(manager, "xapi") != 0)
		out_trouble("%s tells of no host, and of no VM whose CPU does not depend on its host, but of %s; "
			    "featset pool --how %s tells how one comes by hosts",
			    word, text_get(&has), manager);
	else if (*text_get(&has))
		out_trouble("%s tells of no host, and of no VM that was ever started, but of %s; "
			    "xe host-list params=uuid,name-label,cpu_info gives hosts",
			    word, text_get(&has));
	else
		out_trouble("%s tells of no host", word);
	free(has.data);
	return false;
}

static void make_room(struct hosts *hosts, size_t more)
{
	hosts->host = realloc(hosts->host, (hosts->count + more) * sizeof(*hosts->host));
	if (!hosts->host)
		cli_alloc(SIZE_MAX / 2, 2); /* says so and ends */
}

/* Adds the hosts that are wanted; how many there were. */
static size_t add_hosts(struct hosts *hosts, const featset_inventory_t *inventory, const char *word,
			const struct settings *settings)
{
	size_t count = featset_inventory_hosts(inventory);

	if (count)
		make_room(hosts, count);
	for (size_t i = 0; i < count; i++)
		if (wanted(inventory, i, settings->only, count))
			add(hosts, inventory, i, word, settings, count);
	return count;
}

/* The same of VMs that were ever started. */
static size_t add_vms(struct hosts *hosts, const featset_inventory_t *inventory, const char *word,
		      const struct settings *settings)
{
	size_t from = featset_inventory_hosts(inventory), count = 0;
	size_t end = from + featset_inventory_count(inventory, FEATSET_RECORD_VM);

	for (size_t i = from; i < end; i++)
		count += vm_cpu(inventory, i) != NULL;
	if (count)
		make_room(hosts, count);
	for (size_t i = from; i < end; i++)
		if (vm_cpu(inventory, i) && wanted(inventory, i, settings->only, from + count))
			add(hosts, inventory, i, word, settings, count);
	return count;
}

/* The level that the only pool of an input gives to new VMs, as XAPI's own text; NULL when there is none. */
static char *level_text(const featset_inventory_t *inventory)
{
	const char *vendor = featset_inventory_get(inventory, FEATSET_POOL_VENDOR, 0);
	const char *hvm = featset_inventory_get(inventory, FEATSET_POOL_HVM, 0);
	const char *pv = featset_inventory_get(inventory, FEATSET_POOL_PV, 0);
	struct text text = { 0 };

	if (featset_inventory_count(inventory, FEATSET_RECORD_POOL) != 1 || (!*hvm && !*pv))
		return NULL;
	text_add(&text, "cpu_count: 0; vendor: %s; features_hvm_host: %s; features_pv_host: %s\n", vendor, hvm, pv);
	return text.data;
}

/* Adds the level of an input that tells of a pool and of no host; how many there were. */
static size_t add_level(struct hosts *hosts, const char *word, const struct settings *settings)
{
	featset_inventory_t *pool = hosts->inventory[hosts->inventories - 1];
	const char *name = featset_inventory_get(pool, FEATSET_POOL_NAME, 0);
	const char *uuid = featset_inventory_get(pool, FEATSET_POOL_UUID, 0);
	featset_inventory_t *level = NULL;
	char *text = level_text(pool);
	size_t count = 0;

	if (text &&
	    featset_read(&level, text, strlen(text), featset_format_find("xe", NULL), word, NULL) == FEATSET_OK &&
	    featset_inventory_hosts(level) == 1 &&
	    featset_inventory_put(level, FEATSET_HOST_NAME, 0, name) == FEATSET_OK &&
	    featset_inventory_put(level, FEATSET_HOST_UUID, 0, uuid) == FEATSET_OK) {
		hosts->inventory[hosts->inventories - 1] = level;
		featset_inventory_free(pool);
		count = add_hosts(hosts, level, word, settings);
	} else {
		featset_inventory_free(level);
	}
	free(text);
	return count;
}

/* A folder holds what `pool --how` collects: together its files tell of hosts. */
static featset_status_t read_input(featset_inventory_t **inventory, const struct settings *settings, const char *word,
				   featset_error_t *error)
{
	featset_status_t status =
		featset_input_with(inventory, word, settings->host_flags, settings->limit, settings->catalog, error);
	bool path = strcmp(word, "-") != 0 && strcmp(word, "host") != 0;
	struct stat about;

	if (status != FEATSET_E_IO || !path || stat(word, &about) != 0 || !S_ISDIR(about.st_mode))
		return status;
	*error = (featset_error_t){ 0 };
	return featset_inventory_load(inventory, &word, 1, settings->limit, settings->host_flags, error);
}

static bool read_one(struct hosts *hosts, const struct settings *settings, const char *word)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	size_t before = hosts->count, count;

	if (read_input(&inventory, settings, word, &error) != FEATSET_OK) {
		tell(&error);
		return false;
	}
	hosts->inventory[hosts->inventories++] = inventory;
	warn_left_out(inventory);
	count = add_hosts(hosts, inventory, word, settings);
	if (hosts->count == before)
		count += add_vms(hosts, inventory, word, settings);
	if (!count)
		count = add_level(hosts, word, settings);
	inventory = hosts->inventory[hosts->inventories - 1];
	if (!count)
		return no_host(inventory, word);
	if (hosts->count == before) {
		out_trouble("%s: no host%s is named '%s' there", word,
			    featset_inventory_count(inventory, FEATSET_RECORD_VM) ? " and no VM that was ever started" :
										    "",
			    settings->only);
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

	if (is_vm(host->inventory, host->index))
		return vm_cpu(host->inventory, host->index);
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
