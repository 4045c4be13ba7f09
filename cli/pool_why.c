/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* What the text and the page both have words for. */

/* ---- what blocks ------------------------------------------------------------------------ */

/*
 * What is of interest about a VM and a host: not that the host is disabled, which
 * the hosts' table says, nor that one without such guests lacks every feature of them.
 */
unsigned pool_blocks_of(const struct pool_view *view, size_t vm, size_t host)
{
	unsigned blocks = featset_pool_blocks(view->pool, vm, host) & ~(unsigned)FEATSET_BLOCK_DISABLED;
	featset_guest_t guest = featset_pool_vm_guest(view->pool, vm);

	if ((blocks & FEATSET_BLOCK_FEATURES) && featset_pool_counts(view->pool, guest, host) == FEATSET_COUNTS_NO_HVM) {
		blocks &= ~(unsigned)FEATSET_BLOCK_FEATURES;
		blocks |= guest == FEATSET_GUEST_PV ? POOL_BLOCK_NO_PV : POOL_BLOCK_NO_HVM;
	}
	return blocks;
}

void pool_add_blocks(struct text *text, unsigned blocks)
{
	static const struct {
		unsigned block;
		const char *word;
	} words[] = {
		/* clang-format off */
		{ FEATSET_BLOCK_VENDOR, "vendor" },
		{ FEATSET_BLOCK_FEATURES, "features" },
		{ POOL_BLOCK_NO_HVM, "no HVM" },
		{ POOL_BLOCK_NO_PV, "no PV" },
		{ FEATSET_BLOCK_KEYS, "no keys" },
		{ FEATSET_BLOCK_UNKNOWN, "unknown" },
		{ FEATSET_BLOCK_DISABLED, "disabled" },
		{ FEATSET_BLOCK_VERSION, "older" },
		{ FEATSET_BLOCK_NETWORK, "network" },
		{ FEATSET_BLOCK_STORAGE, "storage" },
		{ FEATSET_BLOCK_PCI, "PCI" },
		{ FEATSET_BLOCK_USB, "USB" },
		{ FEATSET_BLOCK_VGPU, "vGPU" },
		/* clang-format on */
	};
	bool first = true;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(blocks & words[i].block))
			continue;
		text_add(text, "%s%s", first ? "" : ", ", words[i].word);
		first = false;
	}
}

/* ---- networks ----------------------------------------------------------------------------- */

char *pool_network_words(const struct pool_view *view, size_t vm, size_t network, size_t host)
{
	size_t home = featset_pool_vm_host(view->pool, vm);
	bool internal = featset_pool_network_is_internal(view->pool, network);
	struct text text = { 0 };
	char *name = internal && home == FEATSET_NONE ? cli_copy("one host") : pool_host_name(view, internal ? home : host);

	if (internal)
		text_add(&text, "which is internal: VMs that use it while it runs on %s stay there", name);
	else
		text_add(&text, "which has no PIF on %s (the device may be named differently there)", name);
	free(name);
	return text.data;
}

/* ---- devices -------------------------------------------------------------------------------- */

unsigned pool_devices_of(const struct pool_view *view, size_t vm)
{
	unsigned blocks = 0;

	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++)
		blocks |= featset_pool_blocks(view->pool, vm, host);
	return blocks & FEATSET_BLOCK_DEVICE;
}

char *pool_device_words(unsigned devices)
{
	static const struct {
		unsigned block;
		const char *words;
	} rows[] = {
		{ FEATSET_BLOCK_PCI, "a PCI device" }, { FEATSET_BLOCK_USB, "a USB device" }, { FEATSET_BLOCK_VGPU, "a vGPU" },
	};
	struct text text = { 0 };

	for (size_t i = 0; i < 3; i++) {
		if (!(devices & rows[i].block))
			continue;
		devices &= ~rows[i].block;
		text_add(&text, "%s%s", !text.length ? "" : devices & FEATSET_BLOCK_DEVICE ? ", " : " and ",
			 rows[i].words);
	}
	return text.data ? text.data : cli_copy("");
}

static bool is_uuid(const char *text)
{
	return *text && *text != '-' && !text[strspn(text, "0123456789abcdefABCDEF-")];
}

/* The commands that take a VM's USB devices, or its vGPUs, away; where they are not listed, what lists them. */
static void add_detach(struct text *text, const struct pool_view *view, size_t vm, bool usb, bool running)
{
	const char *uuid = featset_inventory_get(view->vms, FEATSET_VM_UUID, vm);
	const char *ref = featset_inventory_get(view->vms, FEATSET_VM_REF, vm);
	size_t count = featset_inventory_count(view->vms, usb ? FEATSET_RECORD_VUSB : FEATSET_RECORD_VGPU), found = 0;

	for (size_t i = 0; i < count; i++) {
		const char *of = featset_inventory_get(view->vms, usb ? FEATSET_VUSB_VM : FEATSET_VGPU_VM, i);
		const char *it = featset_inventory_get(view->vms, usb ? FEATSET_VUSB_UUID : FEATSET_VGPU_UUID, i);

		if (!*of || (strcmp(of, uuid) != 0 && strcmp(of, ref) != 0) || !is_uuid(it))
			continue;
		found++;
		/* A VM that is shut down has nothing to unplug. */
		if (running)
			text_add(text, "xe vusb-unplug uuid=%s && ", it);
		text_add(text, "xe %s-destroy uuid=%s\n", usb ? "vusb" : "vgpu", it);
	}
	if (!found)
		text_add(text, "xe %s-list vm-uuid=%s params=uuid\n", usb ? "vusb" : "vgpu", uuid);
}

char *pool_device_commands(const struct pool_view *view, size_t vm, unsigned devices)
{
	const char *uuid = featset_inventory_get(view->vms, FEATSET_VM_UUID, vm);
	struct text text = { 0 };

	if (strcmp(featset_pool_manager(view->pool), "xapi") != 0 || !is_uuid(uuid))
		return cli_copy("");
	/* Only USB devices come out of a VM that runs. */
	if (devices != FEATSET_BLOCK_USB)
		text_add(&text, "xe vm-shutdown uuid=%s\n", uuid);
	if (devices & FEATSET_BLOCK_PCI)
		text_add(&text, "xe vm-param-remove uuid=%s param-name=other-config param-key=pci\n", uuid);
	if (devices & FEATSET_BLOCK_USB)
		add_detach(&text, view, vm, true, devices == FEATSET_BLOCK_USB);
	if (devices & FEATSET_BLOCK_VGPU)
		add_detach(&text, view, vm, false, false);
	if (devices != FEATSET_BLOCK_USB)
		text_add(&text, "xe vm-start uuid=%s\n", uuid);
	text.data[--text.length] = '\0';
	return text.data;
}

/* ---- hosts that take no such VM ------------------------------------------------------------- */

static bool refuses(const struct pool_view *view, enum pool_refusal why, size_t vm, size_t host)
{
	unsigned blocks = pool_blocks_of(view, vm, host);

	if (!featset_pool_host_enabled(view->pool, host))
		return false;
	switch (why) {
	case POOL_REFUSAL_VENDOR:
		return blocks & FEATSET_BLOCK_VENDOR;
	case POOL_REFUSAL_KEYS:
		return blocks & FEATSET_BLOCK_KEYS;
	default:
		return blocks & (POOL_BLOCK_NO_HVM | POOL_BLOCK_NO_PV);
	}
}

bool pool_is_refused(const struct pool_view *view, enum pool_refusal why, size_t vm)
{
	bool any = false;

	if (!featset_pool_vm_counts(view->pool, vm) || featset_pool_cure(view->pool, vm) != FEATSET_CURE_HOSTS)
		return false;
	for (unsigned each = 0; why == POOL_REFUSAL_OTHER && each < POOL_REFUSAL_OTHER; each++)
		any |= pool_is_refused(view, (enum pool_refusal)each, vm);
	for (size_t host = 0; why != POOL_REFUSAL_OTHER && host < featset_pool_hosts(view->pool) && !any; host++)
		any = refuses(view, why, vm, host);
	return why == POOL_REFUSAL_OTHER ? !any : any;
}

void pool_add_refusal(struct text *text, const struct pool_view *view, enum pool_refusal why)
{
	size_t hosts = featset_pool_hosts(view->pool), count = 0;
	unsigned char *marks = cli_alloc(hosts, 1);
	bool pv = false;

	for (size_t host = 0; host < hosts; host++) {
		for (size_t vm = 0; vm < featset_pool_vms(view->pool) && !marks[host]; vm++) {
			marks[host] = why != POOL_REFUSAL_OTHER && pool_is_refused(view, why, vm) &&
				      refuses(view, why, vm, host);
			pv |= marks[host] && featset_pool_vm_guest(view->pool, vm) == FEATSET_GUEST_PV;
		}
	}
	for (size_t host = 0; host < hosts; host++)
		count += marks[host];
	if (why == POOL_REFUSAL_KEYS || why == POOL_REFUSAL_GUESTS)
		pool_add_marked(text, view, marks, false);
	if (why == POOL_REFUSAL_VENDOR)
		text_add(text, "The hosts are of several vendors, between which no VM moves, restarted or not");
	else if (why == POOL_REFUSAL_KEYS)
		text_add(text, " do%s not tell %s featuresets, so that XAPI sends no VM there: no restart helps these, but "
			       "an update of %s may",
			 count > 1 ? "" : "es", count > 1 ? "their" : "its", count > 1 ? "those hosts" : "that host");
	else if (why == POOL_REFUSAL_GUESTS)
		text_add(text, " run%s no %s guests%s: no restart helps these", count > 1 ? "" : "s", pv ? "PV" : "HVM",
			 pv ? "" : " (is virtualization switched on in the firmware?)");
	else
		text_add(text, "No restart makes these fit everywhere");
	free(marks);
}

/* ---- two pools of one -------------------------------------------------------------------------- */

static void find_gain(featset_t *gain, const struct pool_view *view, featset_guest_t guest, const featset_t *set,
		      const unsigned char *side, unsigned char which)
{
	const featset_t *level = featset_cpu_features(featset_level_cpu(featset_pool_level(view->pool, guest)));
	featset_t more, act, other;

	featset_clear(gain);
	featset_minus(&more, set, level);
	for (size_t host = 0; host < featset_pool_hosts(view->pool); host++) {
		if (side[host] != which)
			continue;
		featset_pool_lost(&act, &other, view->pool, guest, host);
		featset_or(gain, gain, &act);
	}
	featset_and(gain, gain, &more);
}

static void add_gain(struct text *text, unsigned gain)
{
	if (gain)
		text_add_count(text, gain, "feature");
	else
		text_add(text, "nothing");
}

bool pool_split_words(struct text *text, const struct pool_view *view, featset_guest_t guest, unsigned char *side)
{
	size_t hosts = featset_pool_hosts(view->pool), apart = 0;
	featset_t sets[2], gain[2];

	if (!featset_pool_split(view->pool, guest, side, &sets[0], &sets[1]))
		return false;
	for (unsigned char which = 0; which < 2; which++)
		find_gain(&gain[which], view, guest, &sets[which], side, which);
	if (featset_is_empty(&gain[0]) && featset_is_empty(&gain[1]))
		return false;
	for (size_t host = 0; host < hosts; host++)
		apart += side[host] = side[host] == 1;
	text_add(text, "%s would gain ", apart > 1 ? "these" : "it");
	add_gain(text, featset_count(&gain[1]));
	text_add(text, ", the others ");
	add_gain(text, featset_count(&gain[0]));
	return true;
}

/* ---- what is unknown ------------------------------------------------------------------------------ */

void pool_find_unknown(struct pool_unknown *unknown, const struct pool_view *view)
{
	*unknown = (struct pool_unknown){ 0 };
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		if (!featset_pool_vm_counts(view->pool, vm) || featset_inventory_vm_cpu(view->vms, vm))
			continue;
		for (size_t host = 0; host < featset_pool_hosts(view->pool); host++) {
			if (featset_pool_check(view->pool, vm, host) != FEATSET_UNKNOWN)
				continue;
			if (!strcmp(featset_inventory_get(view->vms, FEATSET_VM_IS_SNAPSHOT, vm), "true"))
				unknown->snapshots++;
			else
				unknown->vms++;
			break;
		}
	}
}
