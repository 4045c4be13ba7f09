/* SPDX-License-Identifier: MIT */
#include "libvirt_domain.h"

#include "record.h"

#include <string.h>

static const char *optional(const char *const *attributes, const char *name)
{
	const char *value = fsi_xml_attribute(attributes, name);

	return value ? value : "";
}

featset_status_t fsi_domain_open(fsi_xml_t *xml, fsi_domain_t *vm, featset_inventory_t *inventory)
{
	*vm = (fsi_domain_t){ .inventory = inventory, .mark = fsi_mark(inventory), .memory = -1 };
	return fsi_record_add(inventory, xml->text, FEATSET_RECORD_VM, fsi_xml_line(xml), &vm->index, xml->error);
}

/* ---- what its elements tell ------------------------------------------------------- */

static bool is_running(const char *state)
{
	static const char *const words[] = { "crashed", "disk-snapshot", "nostate", "shutoff" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(state, words[i]))
			return false;
	return state[0] != '\0';
}

static void add_device(char *list, size_t size, const char *device)
{
	size_t at = strlen(list);

	fsi_print(list, size, at, "%s%s", at ? "; " : "", device);
}

/* "0x01" as "01" */
static const char *digits(const char *text)
{
	return text[0] == '0' && text[1] == 'x' ? text + 2 : text;
}

/* The <address> or the <vendor> in a <hostdev>'s <source>. */
static void take_device(fsi_domain_t *vm, const char *name, const char *const *attributes)
{
	char device[128];

	if (!strcmp(vm->device, "pci") && !strcmp(name, "address")) {
		fsi_print(device, sizeof(device), 0, "%.8s:%.8s:%.8s.%.8s", digits(optional(attributes, "domain")),
			  digits(optional(attributes, "bus")), digits(optional(attributes, "slot")),
			  digits(optional(attributes, "function")));
		add_device(vm->pcis, sizeof(vm->pcis), device);
	} else if (!strcmp(vm->device, "mdev") && !strcmp(name, "address")) {
		fsi_print(device, sizeof(device), 0, "mdev %.64s", optional(attributes, "uuid"));
		add_device(vm->vgpus, sizeof(vm->vgpus), device);
	} else {
		return;
	}
	vm->device[0] = '\0';
}

void fsi_domain_start(const fsi_xml_t *xml, fsi_domain_t *vm, const char *name, const char *const *attributes)
{
	if (xml->depth == 1 && !strcmp(name, "domainsnapshot"))
		vm->snapshot = true;
	if (xml->depth == 1 && !strcmp(name, "domstatus")) {
		vm->runs = is_running(optional(attributes, "state"));
		vm->paused = !strcmp(optional(attributes, "state"), "paused");
	}
	if (xml->depth == 2 && vm->snapshot && !strcmp(name, "memory"))
		vm->memory = strcmp(optional(attributes, "snapshot"), "no") != 0;
	if (!vm->root && xml->depth <= 2 && !strcmp(name, "domain")) {
		vm->root = xml->depth;
		vm->runs |= !vm->snapshot && optional(attributes, "id")[0];
	}
	if (!vm->root)
		return;
	if (xml->depth == vm->root + 2 && !strcmp(name, "type") && optional(attributes, "arch")[0])
		vm->foreign = strcmp(optional(attributes, "arch"), "x86_64") != 0 &&
			      strcmp(optional(attributes, "arch"), "i686") != 0;
	if (xml->depth == vm->root + 2 && !strcmp(name, "hostdev")) {
		fsi_print(vm->device, sizeof(vm->device), 0, "%.15s", optional(attributes, "type"));
		if (!strcmp(vm->device, "usb"))
			add_device(vm->usbs, sizeof(vm->usbs), "usb");
	} else if (xml->depth == vm->root + 4 && vm->device[0]) {
		take_device(vm, name, attributes);
	}
}

featset_status_t fsi_domain_cpu(fsi_xml_t *xml, fsi_domain_t *vm, const char *mode, const char *model)
{
	(void)xml;
	/* What a host-model is, a running domain's XML spells out as a custom model. */
	vm->wants_cpu = !vm->foreign && strcmp(mode, "host-passthrough") != 0 && strcmp(mode, "maximum") != 0 &&
			(strcmp(mode, "host-model") != 0 || model[0]);
	fsi_print(vm->cpu, sizeof(vm->cpu), 0, "%s%s%s", mode, mode[0] && model[0] ? " " : "", model);
	return FEATSET_OK;
}

/* ---- the record -------------------------------------------------------------------------- */

static const char *power_state(const fsi_domain_t *vm)
{
	if (vm->snapshot)
		return vm->memory == 1 || (vm->memory < 0 && vm->runs) ? "suspended" : "halted";
	return !vm->runs ? "halted" : vm->paused ? "paused" : "running";
}

static featset_status_t close_domain(fsi_xml_t *xml, const fsi_domain_t *vm, const char *name, const char *uuid)
{
	char own[200];
	struct {
		featset_field_t field;
		const char *value;
	} fields[] = {
		{ FEATSET_VM_UUID, vm->snapshot && uuid[0] ? own : uuid },
		{ FEATSET_VM_NAME, vm->snapshot ? vm->title : name },
		{ FEATSET_VM_MANAGER, "libvirt" },
		{ FEATSET_VM_POWER_STATE, power_state(vm) },
		{ FEATSET_VM_DOMAIN_TYPE, "hvm" },
		{ FEATSET_VM_IS_SNAPSHOT, vm->snapshot ? "true" : "" },
		{ FEATSET_VM_SNAPSHOT_OF, vm->snapshot ? uuid : "" },
		{ FEATSET_VM_PCIS, vm->pcis },
		{ FEATSET_VM_VGPUS, vm->vgpus },
		{ FEATSET_VM_VUSBS, vm->usbs },
		{ FEATSET_VM_CPU, vm->cpu },
	};

	fsi_print(own, sizeof(own), 0, "%s/%s", uuid, vm->title);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (featset_inventory_put(vm->inventory, fields[i].field, vm->index, fields[i].value) != FEATSET_OK)
			return fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
	return FEATSET_OK;
}

featset_status_t fsi_domain_end(fsi_xml_t *xml, fsi_domain_t *vm, const char *name, const char *text,
				const char *vm_name, const char *vm_uuid)
{
	if (xml->depth == 1)
		return close_domain(xml, vm, vm_name, vm_uuid);
	if (vm->snapshot && xml->depth == 2 && !strcmp(name, "name"))
		fsi_print(vm->title, sizeof(vm->title), 0, "%.127s", text);
	if (vm->snapshot && xml->depth == 2 && !strcmp(name, "state"))
		vm->runs = is_running(text);
	if (xml->depth == vm->root + 2 && !strcmp(name, "hostdev"))
		vm->device[0] = '\0';
	return FEATSET_OK;
}
