/* SPDX-License-Identifier: MIT */
#include "model.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

static const char *const key_names[FSI_XAPI_KEYS] = {
	/* clang-format off */
	[FSI_XAPI_FAMILY] = "family",
	[FSI_XAPI_FEATURES] = "features",
	[FSI_XAPI_HVM] = "features_hvm",
	[FSI_XAPI_HVM_HOST] = "features_hvm_host",
	[FSI_XAPI_PV] = "features_pv",
	[FSI_XAPI_PV_HOST] = "features_pv_host",
	[FSI_XAPI_MODEL] = "model",
	[FSI_XAPI_MODELNAME] = "modelname",
	[FSI_XAPI_STEPPING] = "stepping",
	[FSI_XAPI_VENDOR] = "vendor",
	/* clang-format on */
};

typedef struct adder {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	const fsi_xapi_host_t *host;
	const char *what; /* "host" or "VM" */
} adder_t;

bool fsi_span_same(const fsi_span_t *a, const fsi_span_t *b)
{
	return a->at && b->at && a->size == b->size && !memcmp(a->at, b->at, a->size);
}

bool fsi_xapi_put(fsi_xapi_host_t *host, const char *key, size_t size, const fsi_span_t *value)
{
	for (int i = 0; i < FSI_XAPI_KEYS; i++) {
		if (!fsi_same(key, size, key_names[i]))
			continue;
		if (!host->map[i].at)
			host->map[i] = *value;
		else if (!host->twice.at && !fsi_span_same(&host->map[i], value))
			host->twice = (fsi_span_t){ key, size, value->line, value->column };
	}
	return fsi_same(key, size, "features") || (size > 9 && !memcmp(key, "features_", 9));
}

static char *copy_span(const fsi_span_t *span)
{
	char *copy = malloc(span->size + 1);

	if (copy) {
		if (span->size)
			memcpy(copy, span->at, span->size);
		copy[span->size] = '\0';
	}
	return copy;
}

static featset_status_t no_memory(const adder_t *adder)
{
	return fsi_fail(adder->error, FEATSET_E_MEMORY, "no memory");
}

/* What notes call the host at hand. */
static void call_host(const adder_t *adder, char *buffer, size_t size)
{
	const fsi_span_t *name = adder->host->name.size ? &adder->host->name : &adder->host->uuid;
	int length = name->size > 200 ? 200 : (int)name->size;

	if (length)
		fsi_print(buffer, size, 0, "%s %.*s", adder->what, length, name->at);
	else
		fsi_print(buffer, size, 0, "%s number %zu", adder->what,
			  featset_inventory_count(adder->inventory, adder->what[0] == 'V' ? FEATSET_RECORD_VM :
											   FEATSET_RECORD_HOST));
}

void fsi_place_of(const fsi_text_t *text, const char *string, size_t size, unsigned *line, unsigned *column)
{
	const char *found = size && fsi_shows_places(text) ? memmem(text->data, text->size, string, size) : NULL;

	*line = *column = 0;
	if (!found)
		return;
	*line = *column = 1;
	for (const char *at = text->data; at < found; at++) {
		*line += *at == '\n';
		*column = *at == '\n' ? 1 : *column + 1;
	}
}

/* "unknown" is what XAPI writes when it does not know. */
static featset_status_t set_number(const adder_t *adder, featset_cpu_t *cpu, featset_number_t number,
				   const fsi_span_t *span)
{
	unsigned line = span->line, column = span->column;
	char why[160], name[256];
	int64_t value;

	if (!span->size || fsi_same(span->at, span->size, "unknown"))
		return FEATSET_OK;
	if (fsi_number_read(&value, number, span->at, span->size, why, sizeof(why))) {
		featset_cpu_set_number(cpu, number, value);
		return FEATSET_OK;
	}
	if (!line)
		fsi_place_of(adder->text, span->at, span->size, &line, &column);
	call_host(adder, name, sizeof(name));
	return fsi_fail_at(adder->error, FEATSET_E_SYNTAX, adder->text->file, line, column, "%s: %s", name, why);
}

static featset_status_t identify(const adder_t *adder, featset_cpu_t *cpu)
{
	static const struct {
		enum fsi_xapi_key key;
		featset_number_t number;
	} numbers[] = { { FSI_XAPI_FAMILY, FEATSET_FAMILY },
			{ FSI_XAPI_MODEL, FEATSET_MODEL },
			{ FSI_XAPI_STEPPING, FEATSET_STEPPING } };
	const fsi_span_t *map = adder->host->map;
	char *vendor = copy_span(&map[FSI_XAPI_VENDOR]), *brand = copy_span(&map[FSI_XAPI_MODELNAME]);
	featset_status_t status = vendor && brand ? FEATSET_OK : no_memory(adder);

	if (status == FEATSET_OK && strcmp(vendor, "unknown") != 0)
		featset_cpu_set_vendor(cpu, vendor);
	if (status == FEATSET_OK && strcmp(brand, "unknown") != 0)
		featset_cpu_set_brand(cpu, brand);
	for (size_t i = 0; status == FEATSET_OK && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		status = set_number(adder, cpu, numbers[i].number, &map[numbers[i].key]);
	free(vendor);
	free(brand);
	return status;
}

/* A mistake `bad` bytes into the words. */
static featset_status_t wrong_words(const adder_t *adder, enum fsi_xapi_key key, size_t bad, const char *why)
{
	const fsi_span_t *words = &adder->host->map[key];
	unsigned line = words->line, column = words->column;
	char name[256];

	if (!line)
		fsi_place_of(adder->text, words->at, words->size, &line, &column);
	call_host(adder, name, sizeof(name));
	return fsi_fail_at(adder->error, FEATSET_E_SYNTAX, adder->text->file, line, column ? column + (unsigned)bad : 0,
			   "%s: %s %s", name, key_names[key], why);
}

static featset_status_t parse_words(const adder_t *adder, enum fsi_xapi_key key, fsi_xen_t *xen)
{
	const fsi_span_t *words = &adder->host->map[key];
	const char *why;
	size_t bad;

	if (!fsi_xen_parse(xen, words->at, words->size, &bad, &why)) {
		char sentence[256];

		fsi_print(sentence, sizeof(sentence), 0, "is no Xen featureset: %s", why);
		return wrong_words(adder, key, bad, sentence);
	}
	if (xen->short_word || (words->size && words->size < 8))
		return wrong_words(adder, key, xen->short_at,
				   "has a word of fewer than 8 digits, which xe never prints: the text is cut off");
	return FEATSET_OK;
}

/* Nothing but zeros is how a host without HVM tells that it has none, at any length. */
static bool is_zero(const fsi_span_t *words)
{
	for (size_t i = 0; i < words->size; i++)
		if (words->at[i] != '0' && words->at[i] != '-')
			return false;
	return true;
}

/* XAPI prints a host's four featuresets at one length; empty is "no such guests". */
static featset_status_t compare_lengths(const adder_t *adder)
{
	static const enum fsi_xapi_key keys[] = { FSI_XAPI_HVM, FSI_XAPI_HVM_HOST, FSI_XAPI_PV, FSI_XAPI_PV_HOST };
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t size = adder->host->map[keys[i]].size;

		longest = size > longest ? size : longest;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t size = adder->host->map[keys[i]].size;
		bool hvm = keys[i] == FSI_XAPI_HVM || keys[i] == FSI_XAPI_HVM_HOST;

		if (size && size != longest && !(hvm && is_zero(&adder->host->map[keys[i]])))
			return wrong_words(adder, keys[i], size,
					   "is shorter than the host's other featuresets: the text is cut off");
	}
	return FEATSET_OK;
}

/* All that a cpu of the map is made of; `how` the words are read, and whether there are any. */
static void make_key(fsi_key_t *made, const adder_t *adder, enum fsi_xapi_key words, const char *how)
{
	static const enum fsi_xapi_key keys[] = { FSI_XAPI_VENDOR, FSI_XAPI_MODELNAME, FSI_XAPI_FAMILY, FSI_XAPI_MODEL,
						  FSI_XAPI_STEPPING };
	const fsi_span_t *map = adder->host->map;

	made->size = 0;
	made->full = false;
	fsi_key_add(made, how, 1);
	fsi_key_add(made, map[words].at, map[words].size);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		fsi_key_add(made, map[keys[i]].at, map[keys[i]].size);
}

/* Tells the cpu who it is; what goes wrong is the end of it. */
static featset_status_t complete(const adder_t *adder, featset_cpu_t *cpu, const fsi_key_t *key)
{
	featset_status_t status = cpu ? identify(adder, cpu) : no_memory(adder);

	if (status == FEATSET_OK && !fsi_cache_keep(adder->text, key, cpu))
		status = no_memory(adder);
	if (status != FEATSET_OK)
		featset_cpu_free(cpu);
	return status;
}

/* Reads one key's words into one slot. */
static featset_status_t read_slot(const adder_t *adder, size_t index, enum fsi_xapi_key key, featset_slot_t slot)
{
	bool old = key == FSI_XAPI_FEATURES;
	featset_status_t status;
	featset_cpu_t *cpu;
	fsi_key_t text;
	fsi_xen_t xen;

	make_key(&text, adder, key, old ? "o" : "n");
	cpu = fsi_cache_find(adder->text, &text);
	if (cpu)
		return featset_inventory_set_cpu(adder->inventory, index, slot, cpu);
	status = parse_words(adder, key, &xen);
	if (status != FEATSET_OK)
		return status;
	/* "features" was a host's old key; in a VM's last-boot-CPU-flags it has Xen's order. */
	cpu = old && xen.length == 4 ? fsi_xen_legacy_cpu(&xen) : fsi_xen_cpu(&xen);
	status = complete(adder, cpu, &text);
	if (status != FEATSET_OK)
		return status;
	return featset_inventory_set_cpu(adder->inventory, index, slot, cpu);
}

static featset_status_t add_note(const adder_t *adder, const char *format, const char *first, const char *second)
	FSI_PRINTF(2, 0);

static featset_status_t add_note(const adder_t *adder, const char *format, const char *first, const char *second)
{
	char name[256], note[768];

	call_host(adder, name, sizeof(name));
	fsi_print(note, sizeof(note), 0, format, name, first, second);
	return featset_inventory_add_note(adder->inventory, note) == FEATSET_OK ? FEATSET_OK : no_memory(adder);
}

/* Does a HVM set hold nothing but what XAPI sets whatever the CPU? */
static bool only_compat(const featset_cpu_t *cpu)
{
	featset_t compat;

	fsi_xen_compat(&compat);
	return featset_subset(featset_cpu_features(cpu), &compat);
}

static featset_status_t note_missing_hvm(const adder_t *adder, size_t index)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(adder->inventory, index, FEATSET_SLOT_HVM);

	if (!cpu || featset_cpu_number(cpu, FEATSET_XEN_LENGTH) <= 0 || !only_compat(cpu))
		return FEATSET_OK;
	return add_note(
		adder,
		"%s offers no HVM: its %s holds nothing but bits that XAPI sets for every CPU, and no HVM level "
		"counts it%s",
		adder->host->map[FSI_XAPI_HVM_HOST].at ? key_names[FSI_XAPI_HVM_HOST] : key_names[FSI_XAPI_HVM], "");
}

static bool tells_nothing(const featset_inventory_t *inventory, size_t host)
{
	for (int slot = 0; slot < FEATSET_SLOTS; slot++)
		if (featset_inventory_cpu(inventory, host, (featset_slot_t)slot))
			return false;
	return true;
}

/* XAPI looks for both features_*_host, and skips the whole host where it misses one. */
static featset_status_t note_keys(const adder_t *adder, size_t index)
{
	const fsi_span_t *map = adder->host->map;
	bool hvm = map[FSI_XAPI_HVM_HOST].at != NULL, pv = map[FSI_XAPI_PV_HOST].at != NULL;

	if (tells_nothing(adder->inventory, index))
		return add_note(adder,
				"%s tells no featuresets: XAPI leaves it out of levels and moves no VM there%s%s", "",
				"");
	if (hvm == pv || (!adder->host->name.size && !adder->host->uuid.size))
		return FEATSET_OK;
	return add_note(adder, "%s has %s but no %s: XAPI leaves such a host out of both levels, which is told here where "
			"another host has both",
			key_names[hvm ? FSI_XAPI_HVM_HOST : FSI_XAPI_PV_HOST],
			key_names[hvm ? FSI_XAPI_PV_HOST : FSI_XAPI_HVM_HOST]);
}

featset_status_t fsi_xapi_check_hosts(const featset_inventory_t *inventory, const fsi_text_t *text,
				      featset_error_t *error)
{
	size_t hosts = featset_inventory_hosts(inventory);
	const char *uuid, *name;
	unsigned line, column;

	for (size_t i = 0; i < hosts; i++)
		if (!tells_nothing(inventory, i))
			return FEATSET_OK;
	if (!hosts)
		return FEATSET_OK;
	uuid = featset_inventory_host_uuid(inventory, 0);
	name = featset_inventory_host_name(inventory, 0);
	fsi_place_of(text, uuid[0] ? uuid : name, strlen(uuid[0] ? uuid : name), &line, &column);
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line, column,
			   "host %.64s has no features_hvm_host and the like in what it says of its CPU%s",
			   name[0] ? name : uuid, hosts > 1 ? ", and no other host has" : "");
}

static featset_status_t fill_host(const adder_t *adder, size_t index)
{
	static const struct {
		enum fsi_xapi_key key;
		enum fsi_xapi_key instead; /* what stands in when it is absent */
		featset_slot_t slot;
	} slots[] = {
		/* clang-format off */
		{ FSI_XAPI_FEATURES, FSI_XAPI_FEATURES, FEATSET_SLOT_CPU },
		{ FSI_XAPI_HVM_HOST, FSI_XAPI_HVM, FEATSET_SLOT_HVM },
		{ FSI_XAPI_HVM, FSI_XAPI_HVM, FEATSET_SLOT_HVM_MAX },
		{ FSI_XAPI_PV_HOST, FSI_XAPI_PV, FEATSET_SLOT_PV },
		{ FSI_XAPI_PV, FSI_XAPI_PV, FEATSET_SLOT_PV_MAX },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		const fsi_span_t *map = adder->host->map;
		enum fsi_xapi_key key = map[slots[i].key].at ? slots[i].key : slots[i].instead;
		featset_status_t status = FEATSET_OK;

		if (!map[key].at)
			continue;
		if (key != slots[i].key)
			status = add_note(
				adder,
				"%s comes from an old XAPI: it has no %s, so its %s stands in, which may hold more "
				"than new VMs get",
				key_names[slots[i].key], key_names[key]);
		if (status == FEATSET_OK && key != slots[i].key &&
		    featset_inventory_put(adder->inventory, FEATSET_HOST_STAND_IN, index, key_names[key]) != FEATSET_OK)
			status = no_memory(adder);
		if (status == FEATSET_OK)
			status = read_slot(adder, index, key, slots[i].slot);
		if (status != FEATSET_OK)
			return status;
	}
	if (compare_lengths(adder) != FEATSET_OK)
		return FEATSET_E_SYNTAX;
	if (note_keys(adder, index) != FEATSET_OK)
		return FEATSET_E_MEMORY;
	return note_missing_hvm(adder, index);
}

featset_status_t fsi_xapi_add_host(featset_inventory_t *inventory, const fsi_text_t *text, const fsi_xapi_host_t *host,
				   featset_error_t *error)
{
	const adder_t adder = { inventory, text, error, host, "host" };
	char *name = copy_span(&host->name), *uuid = copy_span(&host->uuid);
	featset_status_t status = FEATSET_E_MEMORY;
	size_t index = 0;

	if (featset_inventory_hosts(inventory) == FSI_MAX_HOSTS)
		status = fsi_fail_at(error, FEATSET_E_LIMIT, text->file, host->line, 0, "more than %d hosts",
				     FSI_MAX_HOSTS);
	else if (name && uuid)
		status = featset_inventory_add_host(inventory, name, uuid, &index);
	free(name);
	free(uuid);
	if (status == FEATSET_E_MEMORY)
		return no_memory(&adder);
	if (status == FEATSET_OK && featset_inventory_put(inventory, FEATSET_HOST_MANAGER, index, "xapi") != FEATSET_OK)
		return no_memory(&adder);
	return status == FEATSET_OK ? fill_host(&adder, index) : status;
}

featset_status_t fsi_xapi_set_vm_cpu(featset_inventory_t *inventory, const fsi_text_t *text, size_t vm,
				     const fsi_xapi_host_t *flags, featset_error_t *error)
{
	const adder_t adder = { inventory, text, error, flags, "VM" };
	const fsi_span_t *features = &flags->map[FSI_XAPI_FEATURES];
	featset_status_t status;
	featset_cpu_t *cpu;
	fsi_key_t key;
	fsi_xen_t xen = { .length = 0 };

	make_key(&key, &adder, FSI_XAPI_FEATURES, features->at ? "n" : "v");
	cpu = fsi_cache_find(text, &key);
	if (cpu)
		return featset_inventory_set_vm_cpu(inventory, vm, cpu);
	if (features->at) {
		status = parse_words(&adder, FSI_XAPI_FEATURES, &xen);
		if (status != FEATSET_OK)
			return status;
	}
	cpu = features->at ? fsi_xen_cpu(&xen) : featset_cpu_new();
	status = complete(&adder, cpu, &key);
	if (status != FEATSET_OK)
		return status;
	return featset_inventory_set_vm_cpu(inventory, vm, cpu);
}
