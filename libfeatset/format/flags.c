/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <stdlib.h>
#include <string.h>

/*
 * Texts that name a model of QEMU's or libvirt's, and features on and off:
 *
 *	cpu-models   cpu-models.conf of Proxmox VE, each model a host
 *	incus        instances.vm.cpu.x86_64.baseline=IvyBridge instances.vm.cpu.x86_64.flags=-rdrand
 *	kubevirt     cpu:, of a VirtualMachine, in YAML
 *	nova         cpu_models and cpu_model_extra_flags of nova.conf
 *
 * Each is read as the -cpu or the <cpu> that it becomes.
 */

#define FLAGS 1024

typedef struct wish {
	char name[FSI_MAX_NAME];
	char model[FSI_MAX_NAME];
	unsigned line;
	unsigned count, width;
	struct {
		char name[56];
		bool on;
	} flag[FLAGS];
} wish_t;

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '.';
}

static bool copy_name(char *name, size_t room, const char *at, size_t size)
{
	fsi_trim(&at, &size);
	if (size > 1 && (*at == '"' || *at == '\'') && at[size - 1] == *at) {
		at++;
		size -= 2;
	}
	if (!size || size >= room)
		return false;
	for (size_t i = 0; i < size; i++)
		if (!is_name_character(at[i]))
			return false;
	memcpy(name, at, size);
	name[size] = '\0';
	return true;
}

static bool add_flag(wish_t *wish, const char *at, size_t size, bool on)
{
	return wish->count < FLAGS &&
	       copy_name(wish->flag[wish->count].name, sizeof(wish->flag[0].name), at, size) &&
	       (wish->flag[wish->count++].on = on, true);
}

/* "+aes;-pcid": one without a sign is on. */
static bool add_flags(wish_t *wish, const char *at, size_t size, char separator)
{
	const char *end = at + size;

	while (at < end) {
		const char *stop = memchr(at, separator, (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);
		const char *part = at;
		bool sign;

		at += length + 1;
		fsi_trim(&part, &length);
		sign = length && (*part == '+' || *part == '-');
		if (length && !add_flag(wish, part + sign, length - sign, *part != '-'))
			return false;
	}
	return true;
}

static featset_status_t wrong(const fsi_text_t *text, unsigned line, featset_error_t *error, const char *sentence)
{
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line, 0, "%s", sentence);
}

/* ---- as QEMU and libvirt have it ------------------------------------------------------------- */

static void write_qemu(char *buffer, size_t room, const wish_t *wish)
{
	size_t at = fsi_print(buffer, room, 0, "-cpu %s", wish->model);

	for (unsigned i = 0; i < wish->count; i++)
		at = fsi_print(buffer, room, at, ",%c%s", wish->flag[i].on ? '+' : '-', wish->flag[i].name);
	if (wish->width)
		fsi_print(buffer, room, at, ",phys-bits=%u", wish->width);
}

static void write_libvirt(char *buffer, size_t room, const wish_t *wish)
{
	size_t at = fsi_print(buffer, room, 0, "<cpu mode='custom' match='exact'><model fallback='forbid'>%s</model>",
			      wish->model);

	for (unsigned i = 0; i < wish->count; i++)
		at = fsi_print(buffer, room, at, "<feature policy='%s' name='%s'/>",
			       wish->flag[i].on ? "require" : "disable", wish->flag[i].name);
	fsi_print(buffer, room, at, "</cpu>");
}

/* Adds the CPU that another dialect makes of it. */
static featset_status_t add_wish(featset_inventory_t *inventory, const fsi_text_t *text, const wish_t *wish,
				 bool libvirt, featset_error_t *error)
{
	size_t room = 256 + (size_t)(wish->count + 1) * 128;
	featset_inventory_t *made = featset_inventory_new();
	char *buffer = malloc(room);
	fsi_text_t inner = { .data = buffer };
	featset_status_t status;
	featset_error_t told = { 0 };

	if (!made || !buffer) {
		featset_inventory_free(made);
		free(buffer);
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	}
	(libvirt ? write_libvirt : write_qemu)(buffer, room, wish);
	inner.size = strlen(buffer);
	status = libvirt ? fsi_libvirt_read(made, &inner, &told) : fsi_qemu_read(made, &inner, &told);
	for (size_t i = 0; status == FEATSET_OK && i < featset_inventory_notes(made); i++)
		status = featset_inventory_add_note(inventory, featset_inventory_note(made, i));
	if (status == FEATSET_OK)
		status = fsi_add_cpu(inventory, wish->name[0] ? wish->name : NULL, NULL,
				     featset_cpu_copy(featset_inventory_cpu(made, 0, FEATSET_SLOT_CPU)), error);
	else
		status = fsi_fail_at(error, status, text->file, wish->line, 0, "%s",
				     told.text[0] ? told.text : "no memory");
	featset_inventory_free(made);
	free(buffer);
	return status;
}

/* ---- lines ------------------------------------------------------------------------------------- */

/* "key = value", "key: value" or "key value" for a separator of '=', ':' or ' '. */
static bool is_key(const fsi_line_t *line, const char *key, char separator, const char **value, size_t *size)
{
	const char *at = line->at, *end = line->at + line->size;

	if (!fsi_take(&at, end, key))
		return false;
	if (separator == ' ') {
		if (at < end && !fsi_is_space(*at))
			return false;
	} else {
		while (at < end && fsi_is_space(*at))
			at++;
		if (at == end || *at++ != separator)
			return false;
	}
	*value = at;
	*size = (size_t)(end - at);
	fsi_trim(value, size);
	return true;
}

static wish_t *new_wish(featset_error_t *error)
{
	wish_t *wish = calloc(1, sizeof(*wish));

	if (!wish)
		fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	return wish;
}

/* ---- Proxmox VE ----------------------------------------------------------------------------------- */

static featset_status_t read_model_line(wish_t *wish, const fsi_text_t *text, const fsi_line_t *line,
					featset_error_t *error)
{
	const char *value;
	size_t size;
	int64_t bits;
	char why[160];

	if (is_key(line, "reported-model", ' ', &value, &size))
		return copy_name(wish->model, sizeof(wish->model), value, size)
			       ? FEATSET_OK
			       : wrong(text, line->number, error, "expected a model of QEMU's behind reported-model");
	if (is_key(line, "flags", ' ', &value, &size))
		return add_flags(wish, value, size, ';')
			       ? FEATSET_OK
			       : wrong(text, line->number, error, "expected flags like +aes;-pcid");
	if (is_key(line, "phys-bits", ' ', &value, &size) && !fsi_same(value, size, "host")) {
		if (!fsi_number_read(&bits, FEATSET_PHYS_BITS, value, size, why, sizeof(why)))
			return wrong(text, line->number, error, why);
		wish->width = (unsigned)bits;
	}
	return FEATSET_OK;
}

static featset_status_t end_model(featset_inventory_t *inventory, const fsi_text_t *text, wish_t *wish,
				  featset_error_t *error)
{
	if (!wish->line)
		return FEATSET_OK;
	if (featset_inventory_hosts(inventory) == FSI_MAX_HOSTS)
		return fsi_fail_at(error, FEATSET_E_LIMIT, text->file, wish->line, 0, "more than %d models",
				   FSI_MAX_HOSTS);
	if (!wish->model[0])
		memcpy(wish->model, "kvm64", sizeof("kvm64"));
	return add_wish(inventory, text, wish, false, error);
}

FSI_READ(cpumodels)
{
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	wish_t *wish = new_wish(error);
	unsigned column;

	if (!wish)
		return FEATSET_E_MEMORY;
	while (status == FEATSET_OK && fsi_line_next_filled(&line, text->data, text->size, &column)) {
		const char *value;
		size_t size;

		if (*line.at == '#')
			continue;
		if (is_key(&line, "cpu-model", ':', &value, &size)) {
			status = end_model(inventory, text, wish, error);
			memset(wish, 0, sizeof(*wish));
			wish->line = line.number;
			if (status == FEATSET_OK && !copy_name(wish->name, sizeof(wish->name), value, size))
				status = wrong(text, line.number, error, "expected a model's name behind cpu-model:");
		} else if (!wish->line || !column) {
			status = wrong(text, line.number, error,
				       "expected \"cpu-model: NAME\" and indented lines behind it");
		} else {
			status = read_model_line(wish, text, &line, error);
		}
	}
	if (status == FEATSET_OK)
		status = end_model(inventory, text, wish, error);
	free(wish);
	return status;
}

/* Models and nothing else: with VMs beside them they are for those. */
FSI_PROBE(cpumodels)
{
	fsi_line_t line = { 0 };
	unsigned column, models = 0;
	const char *value;
	size_t length;

	while (fsi_line_next_filled(&line, text, size, &column)) {
		if (*line.at == '#')
			continue;
		if (is_key(&line, "cpu-model", ':', &value, &length))
			models++;
		else if (!models || !column)
			return 0;
	}
	return models ? 78 : 0;
}

/* ---- Incus ------------------------------------------------------------------------------------------ */

static const char baseline_key[] = "instances.vm.cpu.x86_64.baseline";
static const char flags_key[] = "instances.vm.cpu.x86_64.flags";

/* The value behind "key=" or "key:" anywhere in a text, up to white space; NULL when it is not there. */
static const char *find_setting(const char *text, size_t size, const char *key, size_t *length)
{
	size_t key_length = strlen(key);
	const char *end = text + size;

	for (const char *at = text; (size_t)(end - at) > key_length; at++) {
		if (memcmp(at, key, key_length) != 0 || !strchr("=:", at[key_length]))
			continue;
		at += key_length + 1;
		while (at < end && (*at == ' ' || *at == '"' || *at == '\''))
			at++;
		for (*length = 0; at + *length < end && !fsi_is_space(at[*length]) && at[*length] != '"' &&
				  at[*length] != '\'';
		     ++*length)
			;
		return at;
	}
	return NULL;
}

FSI_READ(incus)
{
	size_t length = 0;
	const char *model = find_setting(text->data, text->size, baseline_key, &length);
	wish_t *wish = new_wish(error);
	featset_status_t status = FEATSET_OK;
	unsigned column;

	if (!wish)
		return FEATSET_E_MEMORY;
	wish->line = 1;
	if (model)
		fsi_place(text, (size_t)(model - text->data), &wish->line, &column);
	if (!model || !copy_name(wish->model, sizeof(wish->model), model, length))
		status = wrong(text, wish->line, error, "expected a model of QEMU's behind "
							"instances.vm.cpu.x86_64.baseline");
	model = find_setting(text->data, text->size, flags_key, &length);
	if (status == FEATSET_OK && model && !add_flags(wish, model, length, ','))
		status = wrong(text, wish->line, error, "expected flags like +aes,-pcid");
	if (status == FEATSET_OK)
		status = add_wish(inventory, text, wish, false, error);
	free(wish);
	return status;
}

FSI_PROBE(incus)
{
	size_t length;

	return find_setting(text, size, baseline_key, &length) ? 82 : 0;
}

/* ---- KubeVirt ----------------------------------------------------------------------------------------- */

static featset_status_t read_kubevirt_line(wish_t *wish, const fsi_text_t *text, fsi_line_t *line,
					   featset_error_t *error)
{
	const char *value, *at = line->at, *end = line->at + line->size;
	size_t size;

	if (fsi_take(&at, end, "- ")) {
		line->at = at;
		line->size = (size_t)(end - at);
		fsi_trim(&line->at, &line->size);
	}
	if (is_key(line, "model", ':', &value, &size)) {
		wish->line = line->number;
		if (!copy_name(wish->model, sizeof(wish->model), value, size))
			return wrong(text, line->number, error, "expected a model of libvirt's behind model:");
	} else if (is_key(line, "name", ':', &value, &size)) {
		if (!add_flag(wish, value, size, true))
			return wrong(text, line->number, error, "expected a feature's name behind name:");
	} else if (is_key(line, "policy", ':', &value, &size)) {
		if (!wish->count)
			return wrong(text, line->number, error, "expected the feature's name in front of its policy");
		wish->flag[wish->count - 1].on = !fsi_same(value, size, "disable") && !fsi_same(value, size, "forbid");
	}
	return FEATSET_OK;
}

FSI_READ(kubevirt)
{
	wish_t *wish = new_wish(error);
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	unsigned column;

	if (!wish)
		return FEATSET_E_MEMORY;
	while (status == FEATSET_OK && fsi_line_next_filled(&line, text->data, text->size, &column))
		status = read_kubevirt_line(wish, text, &line, error);
	if (status == FEATSET_OK && !wish->line)
		status = wrong(text, 1, error, "expected cpu: with a model:");
	if (status == FEATSET_OK)
		status = add_wish(inventory, text, wish, true, error);
	free(wish);
	return status;
}

/* A cpu: with a model: in it, and nothing beside it. */
FSI_PROBE(kubevirt)
{
	fsi_line_t line = { 0 };
	const char *value;
	unsigned column;
	size_t length;
	bool model = false;

	if (!fsi_line_next_filled(&line, text, size, &column) || !fsi_same(line.at, line.size, "cpu:"))
		return 0;
	while (fsi_line_next_filled(&line, text, size, &column)) {
		if (!column)
			return 0;
		model = model || is_key(&line, "model", ':', &value, &length);
	}
	return model ? 80 : 0;
}

/* ---- Nova ---------------------------------------------------------------------------------------------- */

FSI_READ(nova)
{
	wish_t *wish = new_wish(error);
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	unsigned column;

	if (!wish)
		return FEATSET_E_MEMORY;
	while (status == FEATSET_OK && fsi_line_next_filled(&line, text->data, text->size, &column)) {
		const char *value, *comma;
		size_t size;

		/* Of several models it takes the first that has what a flavor asks for. */
		if (is_key(&line, "cpu_models", '=', &value, &size) || is_key(&line, "cpu_model", '=', &value, &size)) {
			wish->line = line.number;
			comma = memchr(value, ',', size);
			if (!copy_name(wish->model, sizeof(wish->model), value,
				       comma ? (size_t)(comma - value) : size))
				status = wrong(text, line.number, error, "expected a model of libvirt's");
		} else if (is_key(&line, "cpu_model_extra_flags", '=', &value, &size)) {
			wish->count = 0;
			if (!add_flags(wish, value, size, ','))
				status = wrong(text, line.number, error, "expected flags like +aes, -pcid");
		}
	}
	if (status == FEATSET_OK && !wish->line)
		status = wrong(text, 1, error, "expected cpu_models = and a model");
	if (status == FEATSET_OK)
		status = add_wish(inventory, text, wish, true, error);
	free(wish);
	return status;
}

FSI_PROBE(nova)
{
	fsi_line_t line = { 0 };
	const char *value;
	unsigned column;
	size_t length;

	while (fsi_line_next_filled(&line, text, size, &column))
		if (is_key(&line, "cpu_models", '=', &value, &length))
			return 80;
	return 0;
}
