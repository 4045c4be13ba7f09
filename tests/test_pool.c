/* SPDX-License-Identifier: MIT */
/* Pools: networks, storage, devices, cures, commands, other platforms, many hosts, and no memory. */
#undef _GNU_SOURCE
#define _GNU_SOURCE

#include "pool_kit.h"

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define REPLACED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define REPLACED 0
#endif
#endif
#ifndef REPLACED
#define REPLACED 1
#endif

static void assert_command(const featset_pool_t *pool, featset_command_t command, size_t vm, size_t host,
			   const char *expected)
{
	char text[1024], cut[8];
	size_t length = featset_pool_command(text, sizeof(text), pool, command, vm, host);

	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
	assert_int_equal(featset_pool_command(cut, sizeof(cut), pool, command, vm, host), length);
	assert_memory_equal(cut, text, length < 7 ? length : 7);
	assert_int_equal(featset_pool_command(NULL, 0, pool, command, vm, host), length);
}

/* ---- where VMs can go ------------------------------------------------------------ */

static size_t add_network(featset_inventory_t *inventory, const char *name)
{
	return kit_add(inventory, FEATSET_RECORD_NETWORK, FEATSET_NETWORK_UUID, name);
}

static size_t add_pif(featset_inventory_t *inventory, const char *network, const char *host)
{
	size_t pif = kit_add(inventory, FEATSET_RECORD_PIF, FEATSET_PIF_UUID, "");

	kit_put(inventory, FEATSET_PIF_NETWORK, pif, network);
	kit_put(inventory, FEATSET_PIF_HOST, pif, host);
	return pif;
}

static void add_vif(featset_inventory_t *inventory, const char *vm, const char *network)
{
	size_t vif = kit_add(inventory, FEATSET_RECORD_VIF, FEATSET_VIF_UUID, "");

	kit_put(inventory, FEATSET_VIF_VM, vif, vm);
	kit_put(inventory, FEATSET_VIF_NETWORK, vif, network);
}

static size_t add_sr(featset_inventory_t *inventory, const char *name)
{
	return kit_add(inventory, FEATSET_RECORD_SR, FEATSET_SR_UUID, name);
}

static void add_pbd(featset_inventory_t *inventory, const char *sr, const char *host, const char *attached)
{
	size_t pbd = kit_add(inventory, FEATSET_RECORD_PBD, FEATSET_PBD_UUID, "");

	kit_put(inventory, FEATSET_PBD_SR, pbd, sr);
	kit_put(inventory, FEATSET_PBD_HOST, pbd, host);
	kit_put(inventory, FEATSET_PBD_ATTACHED, pbd, attached);
}

/* A disk of a VM, with the SR it is on; VDIs are named after both. */
static void add_disk(featset_inventory_t *inventory, const char *vm, const char *sr, const char *type,
		     const char *empty)
{
	char name[64];
	size_t vbd = kit_add(inventory, FEATSET_RECORD_VBD, FEATSET_VBD_UUID, ""), vdi;

	snprintf(name, sizeof(name), "%s on %s", vm, sr);
	vdi = kit_add(inventory, FEATSET_RECORD_VDI, FEATSET_VDI_UUID, name);
	kit_put(inventory, FEATSET_VDI_SR, vdi, sr);
	kit_put(inventory, FEATSET_VBD_VM, vbd, vm);
	kit_put(inventory, FEATSET_VBD_VDI, vbd, name);
	kit_put(inventory, FEATSET_VBD_TYPE, vbd, type);
	kit_put(inventory, FEATSET_VBD_EMPTY, vbd, empty);
}

/* Three hosts alike; what differs is around them. */
static featset_inventory_t *three_hosts(void)
{
	featset_inventory_t *inventory = featset_inventory_new();

	for (char name[2] = "a"; name[0] <= 'c'; name[0]++)
		kit_host(inventory, name, INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	return inventory;
}

static void networks(void **state)
{
	featset_inventory_t *inventory = three_hosts();
	static const struct {
		featset_field_t field;
		const char *value;
		int blocks;
	} offers[] = {
		{ FEATSET_NETWORK_SHARED, "false", FEATSET_BLOCK_NETWORK },
		{ FEATSET_NETWORK_SHARED, "true", 0 },
		{ FEATSET_NETWORK_SHARED, "", FEATSET_BLOCK_NETWORK },
		{ FEATSET_NETWORK_MANAGED, "true", FEATSET_BLOCK_NETWORK },
		{ FEATSET_NETWORK_MANAGED, "false", 0 },
	};
	size_t lan, cameras, internal, vm, inside, alone, unplugged;
	featset_pool_t *pool;

	(void)state;
	lan = add_network(inventory, "lan");
	cameras = add_network(inventory, "cameras");
	internal = add_network(inventory, "internal");
	add_network(inventory, "unused");
	vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL);
	inside = kit_vm(inventory, "inside", "running", "a", HASWELL, INTEL);
	alone = kit_vm(inventory, "alone", "suspended", "", HASWELL, INTEL);
	unplugged = kit_vm(inventory, "unplugged", "running", "a", HASWELL, INTEL);
	add_vif(inventory, "unplugged", "lan");
	add_vif(inventory, "vm", "cameras");
	add_vif(inventory, "vm", "lan");
	add_vif(inventory, "vm", "lan");
	add_vif(inventory, "inside", "internal");
	add_vif(inventory, "alone", "unused");
	add_vif(inventory, "nobody", "lan");
	add_vif(inventory, "vm", "nowhere");

	/* Without a single PIF nothing is known of networks. */
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_blocks(pool, vm, 1), 0);
	assert_false(featset_pool_network_is_internal(pool, internal));
	featset_pool_free(pool);

	for (char host[2] = "a"; host[0] <= 'c'; host[0]++)
		kit_put(inventory, FEATSET_PIF_ATTACHED, add_pif(inventory, "lan", host), "false");
	add_pif(inventory, "cameras", "a");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_blocks(pool, vm, 0), 0);
	assert_int_equal(featset_pool_blocks(pool, vm, 1), FEATSET_BLOCK_NETWORK);
	assert_int_equal(featset_pool_network_lacking(pool, vm, 1, 0), cameras);
	assert_int_equal(featset_pool_network_lacking(pool, vm, 1, cameras + 1), FEATSET_NONE);
	/* XAPI asks for a PIF, which it plugs when it is needed. */
	assert_int_equal(featset_pool_blocks(pool, unplugged, 1), 0);
	/* A network without PIFs is where running VMs are on it, or anywhere. */
	assert_int_equal(featset_pool_blocks(pool, inside, 1), FEATSET_BLOCK_NETWORK);
	assert_int_equal(featset_pool_blocks(pool, alone, 1), 0);
	assert_int_equal(featset_pool_vm_blocks(pool, vm), FEATSET_YES);
	assert_int_equal(featset_pool_vm_blocks(pool, unplugged), FEATSET_NO);
	assert_int_equal(featset_pool_movable_to(pool, vm, 0), FEATSET_NONE);
	assert_int_equal(featset_pool_cure(pool, vm), FEATSET_CURE_NONE);
	assert_true(lan < cameras);
	assert_true(featset_pool_network_is_internal(pool, internal));
	assert_false(featset_pool_network_is_internal(pool, cameras) || featset_pool_network_is_internal(pool, 99));
	featset_pool_free(pool);
	/* Unless it is told that the network reaches further, or it is not XAPI's. */
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		kit_put(inventory, offers[i].field, internal, offers[i].value);
		pool = kit_pool(inventory);
		assert_int_equal(featset_pool_blocks(pool, inside, 1), offers[i].blocks);
		featset_pool_free(pool);
	}
	featset_inventory_free(inventory);
}

/* XAPI knows no number fields: 7.ECX's bits 21:17, the width of MPX addresses, are bits as all others. */
static void number_fields(void **state)
{
#define WITH_MAWAU(word) "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-" word
	static const char plain[] = WITH_MAWAU("00000000"), wide[] = WITH_MAWAU("00040000");
	featset_inventory_t *inventory = featset_inventory_new();
	size_t low, high;
	featset_pool_t *pool;
	featset_t missing;

	(void)state;
	kit_host(inventory, "a", INTEL, wide, wide, wide, wide);
	kit_host(inventory, "b", INTEL, plain, plain, plain, plain);
	kit_host(inventory, "c", INTEL, wide, wide, wide, wide);
	low = kit_vm(inventory, "low", "running", "a", plain, INTEL);
	high = kit_vm(inventory, "high", "running", "a", wide, INTEL);
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_blocks(pool, low, 1), 0);
	assert_int_equal(featset_pool_blocks(pool, high, 1), FEATSET_BLOCK_FEATURES);
	assert_int_equal(featset_pool_blocks(pool, high, 2), 0);
	featset_pool_missing(&missing, pool, high, 1);
	assert_int_equal(featset_count(&missing), 1);
	assert_int_equal(featset_word(&missing, 6), 0x00040000);
	assert_int_equal(featset_pool_cure(pool, high), FEATSET_CURE_RESTART);
	assert_command(pool, FEATSET_COMMAND_PIN, high, FEATSET_NONE,
		       "xe vm-param-set uuid=high platform:featureset=" WITH_MAWAU("00000000"));
	featset_pool_free(pool);
	kit_put(inventory, FEATSET_HOST_ENABLED, 1, "false");
	kit_put(inventory, FEATSET_POOL_HVM, kit_add(inventory, FEATSET_RECORD_POOL, FEATSET_POOL_UUID, "pool"), plain);
	pool = kit_pool(inventory);
	assert_false(featset_pool_level_differs(pool, FEATSET_GUEST_HVM, NULL));
	featset_pool_free(pool);
	featset_inventory_free(inventory);
#undef WITH_MAWAU
}

static void storage(void **state)
{
	featset_inventory_t *inventory = three_hosts();
	size_t nfs, local, vm, cd, empty, sleeper;
	featset_pool_t *pool;

	(void)state;
	nfs = add_sr(inventory, "nfs");
	local = add_sr(inventory, "local");
	vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL);
	cd = kit_vm(inventory, "cd", "running", "a", HASWELL, INTEL);
	empty = kit_vm(inventory, "empty", "running", "a", HASWELL, INTEL);
	sleeper = kit_vm(inventory, "sleeper", "suspended", "", HASWELL, INTEL);
	add_disk(inventory, "vm", "nfs", "disk", "false");
	add_disk(inventory, "cd", "local", "cd", "false");
	add_disk(inventory, "empty", "local", "cd", "true");
	add_disk(inventory, "sleeper", "nfs", "disk", "false");
	kit_put(inventory, FEATSET_VM_SUSPEND_VDI, sleeper, "cd on local");
	/* c's nfs is there, but not attached. */
	add_pbd(inventory, "nfs", "a", "true");
	add_pbd(inventory, "nfs", "b", "true");
	add_pbd(inventory, "nfs", "c", "false");
	add_pbd(inventory, "local", "a", "true");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_blocks(pool, vm, 1), 0);
	assert_int_equal(featset_pool_blocks(pool, vm, 2), FEATSET_BLOCK_STORAGE);
	assert_int_equal(featset_pool_storage_lacking(pool, vm, 2, 0), nfs);
	assert_int_equal(featset_pool_blocks(pool, cd, 1), FEATSET_BLOCK_STORAGE);
	assert_int_equal(featset_pool_blocks(pool, empty, 1), 0);
	/* The memory of what is suspended must be in reach too; the first of two SRs, then the second. */
	assert_int_equal(featset_pool_blocks(pool, sleeper, 0), 0);
	assert_int_equal(featset_pool_storage_lacking(pool, sleeper, 2, 0), nfs);
	assert_int_equal(featset_pool_storage_lacking(pool, sleeper, 2, nfs + 1), local);
	assert_int_equal(featset_pool_storage_lacking(pool, sleeper, 1, 0), local);
	assert_true(featset_pool_blocked_on(pool, vm, 2));
	assert_false(featset_pool_blocked_on(pool, vm, 1));
	assert_int_equal(featset_pool_movable_to(pool, vm, 0), 1);
	featset_pool_free(pool);

	/* A host of which nothing is known, as one that is only to join, is not in the way. */
	kit_host(inventory, "d", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_blocks(pool, vm, 3), 0);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

static void devices(void **state)
{
	static const featset_field_t fields[] = { FEATSET_VM_PCIS, FEATSET_VM_VGPUS, FEATSET_VM_VUSBS };
	static const int blocks[] = { FEATSET_BLOCK_PCI, FEATSET_BLOCK_VGPU, FEATSET_BLOCK_USB };

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		featset_inventory_t *inventory = three_hosts();
		size_t vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL);
		featset_pool_t *pool;

		kit_put(inventory, fields[i], vm, "a; b");
		pool = kit_pool(inventory);
		assert_int_equal(featset_pool_blocks(pool, vm, 1), blocks[i]);
		assert_int_equal(featset_pool_evacuable(pool, 0), FEATSET_NO);
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

/* As xe tells of them: records of their own, which name the VM by its UUID, and JSON by its reference. */
static void devices_apart(void **state)
{
	static const featset_field_t fields[] = { FEATSET_VGPU_VM, FEATSET_VUSB_VM };
	static const featset_field_t names[] = { FEATSET_VM_UUID, FEATSET_VM_REF };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		featset_inventory_t *inventory = three_hosts();
		size_t vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL);
		size_t other = kit_vm(inventory, "other", "running", "a", IVY_HOST, INTEL), index;
		featset_pool_t *pool;

		kit_put(inventory, names[i / 2], vm, "1");
		kit_put(inventory, names[i / 2], other, "2");
		for (size_t n = 0; n < 2; n++) {
			assert_int_equal(featset_inventory_add(inventory, featset_field_record(fields[i % 2]), &index),
					 FEATSET_OK);
			kit_put(inventory, fields[i % 2], index, n ? "" : "1");
		}
		pool = kit_pool(inventory);
		assert_int_equal(featset_pool_blocks(pool, vm, 1), i % 2 ? FEATSET_BLOCK_USB : FEATSET_BLOCK_VGPU);
		assert_int_equal(featset_pool_blocks(pool, other, 1), 0);
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

/* Outside XAPI a VM needs one host that takes it; what is not known is said so. */
static void elsewhere(void **state)
{
	featset_inventory_t *inventory = three_hosts();
	size_t vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL), blank, nobody;
	featset_pool_t *pool;

	(void)state;
	for (size_t host = 0; host < 3; host++)
		kit_put(inventory, FEATSET_HOST_MANAGER, host, "proxmox");
	kit_put(inventory, FEATSET_VM_MANAGER, vm, "proxmox");
	kit_slot(inventory, 2, FEATSET_SLOT_HVM_MAX, IVY_MAX, INTEL);
	pool = kit_pool(inventory);
	assert_string_equal(featset_pool_manager(pool), "proxmox");
	assert_int_equal(featset_level_rule(featset_pool_level(pool, FEATSET_GUEST_HVM)), FEATSET_RULE_SAFE);
	assert_null(featset_pool_level(pool, FEATSET_GUEST_PV));
	assert_int_equal(featset_pool_check(pool, vm, 1), FEATSET_YES);
	assert_int_equal(featset_pool_check(pool, vm, 2), FEATSET_NO);
	assert_int_equal(featset_pool_evacuable(pool, 0), FEATSET_YES);
	assert_false(featset_pool_blocked_on(pool, vm, 2));
	assert_int_equal(featset_pool_cure(pool, vm), FEATSET_CURE_UNPIN);
	featset_pool_free(pool);

	blank = kit_vm(inventory, "blank", "running", "a", NULL, NULL);
	kit_put(inventory, FEATSET_VM_MANAGER, blank, "proxmox");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_check(pool, blank, 1), FEATSET_UNKNOWN);
	assert_int_equal(featset_pool_vm_blocks(pool, blank), FEATSET_UNKNOWN);
	assert_int_equal(featset_pool_evacuable(pool, 0), FEATSET_UNKNOWN);
	assert_int_equal(featset_pool_cure(pool, blank), FEATSET_CURE_NONE);
	assert_int_equal(featset_pool_movable_to(pool, blank, 0), FEATSET_NONE);
	featset_pool_free(pool);

	/* A VM that has all its host has fits where the host's own CPU does. */
	kit_put(inventory, FEATSET_VM_CPU, blank, "host,flags=+aes");
	nobody = kit_vm(inventory, "nobody's", "running", "elsewhere", NULL, NULL);
	kit_put(inventory, FEATSET_VM_MANAGER, nobody, "proxmox");
	kit_put(inventory, FEATSET_VM_CPU, nobody, "host");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_check(pool, blank, 1), FEATSET_YES);
	assert_int_equal(featset_pool_check(pool, blank, 2), FEATSET_NO);
	assert_int_equal(featset_pool_vm_host(pool, nobody), FEATSET_NONE);
	assert_int_equal(featset_pool_check(pool, nobody, 1), FEATSET_UNKNOWN);
	featset_pool_free(pool);

	/* Of two hosts with one name it is the first. */
	kit_put(inventory, FEATSET_HOST_NAME, 2, "a");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_vm_host(pool, vm), 0);
	featset_pool_free(pool);

	kit_put(inventory, FEATSET_VM_CPU, blank, "hostess");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_check(pool, blank, 1), FEATSET_UNKNOWN);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

static void dumps_and_platforms(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_error_t error = { 0 };
	featset_pool_t *pool = NULL;
	featset_cpu_t *cpu;
	size_t host, vm;

	(void)state;
	assert_int_equal(featset_pool_new(&pool, inventory, &error), FEATSET_E_ARGUMENT);
	assert_null(pool);
	assert_true(error.text[0]);

	kit_host(inventory, "a", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL);
	/* A dump beside XAPI's hosts, without CMP_LEGACY and IBS: an estimate, for which such bits do not count. */
	assert_int_equal(featset_inventory_add_host(inventory, "dump", "", &host), FEATSET_OK);
	cpu = kit_cpu("1fcbfbff-f7fa3223-2c100800-00000021-00000001-000007ab-00000000-00000000-00001000-9c000400", INTEL);
	featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, -1);
	assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_CPU, cpu), FEATSET_OK);
	pool = kit_pool(inventory);
	assert_string_equal(featset_pool_manager(pool), "xapi");
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, host), FEATSET_COUNTS);
	assert_int_equal(featset_pool_check(pool, vm, host), FEATSET_YES);
	featset_pool_free(pool);

	host = kit_host(inventory, "b", INTEL, HASWELL, HASWELL, NULL, NULL);
	kit_put(inventory, FEATSET_HOST_MANAGER, host, "libvirt");
	assert_int_equal(featset_pool_new(&pool, inventory, &error), FEATSET_E_ARGUMENT);
	assert_null(pool);
	featset_inventory_free(inventory);

	/* A heap of dumps. */
	inventory = NULL;
	assert_int_equal(featset_input(&inventory, "haswell", 0, 0, NULL), FEATSET_OK);
	pool = kit_pool(inventory);
	assert_string_equal(featset_pool_manager(pool), "");
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, 0), FEATSET_COUNTS);
	assert_int_equal(featset_pool_evacuable(pool, 0), FEATSET_YES);
	featset_pool_free(pool);

	/* With VMs beside them it is clear whose they are. */
	vm = kit_vm(inventory, "abc", "running", "", NULL, NULL);
	kit_put(inventory, FEATSET_VM_MANAGER, vm, "proxmox");
	pool = kit_pool(inventory);
	assert_string_equal(featset_pool_manager(pool), "proxmox");
	/* Nor is a word that is no number Proxmox's. */
	assert_command(pool, FEATSET_COMMAND_RESTART, vm, 0, "");
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* ---- cures -------------------------------------------------------------------------- */

static size_t add_pool_record(featset_inventory_t *inventory, const char *hvm)
{
	size_t record = kit_add(inventory, FEATSET_RECORD_POOL, FEATSET_POOL_UUID, "pool");

	kit_put(inventory, FEATSET_POOL_HVM, record, hvm);
	return record;
}

static void cures(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	size_t fine, below, above, asleep, snapshot, old, forced, high, low, broken, record, amd;
	featset_pool_t *pool;
	featset_t set;

	(void)state;
	kit_host(inventory, "hera", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	kit_host(inventory, "zeus", INTEL, IVY_HOST, IVY_MAX, IVY_HOST, IVY_MAX);
	fine = kit_vm(inventory, "fine", "running", "hera", IVY_HOST, INTEL);
	below = kit_vm(inventory, "below", "running", "hera", "1fcbfbff-00000201-2c100800-00000001", INTEL);
	above = kit_vm(inventory, "above", "running", "hera", HASWELL, INTEL);
	asleep = kit_vm(inventory, "asleep", "suspended", "", HASWELL, INTEL);
	snapshot = kit_vm(inventory, "snapshot", "suspended", "", HASWELL, INTEL);
	kit_put(inventory, FEATSET_VM_IS_SNAPSHOT, snapshot, "true");
	old = kit_vm(inventory, "old", "suspended", "", "1fcbfbff-00000201-2c100800-00000001", INTEL);
	kit_put(inventory, FEATSET_VM_IS_SNAPSHOT, old, "true");
	forced = kit_vm(inventory, "forced", "running", "zeus", HASWELL, INTEL);
	high = kit_vm(inventory, "pinned high", "running", "hera", HASWELL, INTEL);
	kit_put(inventory, FEATSET_VM_FEATURESET, high, HASWELL);
	low = kit_vm(inventory, "pinned low", "running", "hera", HASWELL, INTEL);
	kit_put(inventory, FEATSET_VM_FEATURESET, low, "1fcbfbff-00000201-2c100800-00000001");
	broken = kit_vm(inventory, "pinned to nonsense", "running", "hera", HASWELL, INTEL);
	kit_put(inventory, FEATSET_VM_FEATURESET, broken, "avx2");
	/* It changes nothing at all. */
	kit_put(inventory, FEATSET_VM_CPU_TYPE, above, "generic");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_cure(pool, fine), FEATSET_CURE_NONE);
	assert_int_equal(featset_pool_cure(pool, below), FEATSET_CURE_NONE);
	assert_int_equal(featset_pool_cure(pool, above), FEATSET_CURE_RESTART);
	assert_int_equal(featset_pool_cure(pool, asleep), FEATSET_CURE_RESUME);
	assert_int_equal(featset_pool_cure(pool, snapshot), FEATSET_CURE_DISCARD);
	assert_int_equal(featset_pool_cure(pool, high), FEATSET_CURE_UNPIN);
	assert_int_equal(featset_pool_cure(pool, low), FEATSET_CURE_RESTART);
	assert_int_equal(featset_pool_cure(pool, broken), FEATSET_CURE_UNPIN);
	assert_true(featset_pool_pinned(pool, high));
	assert_false(featset_pool_pinned(pool, above));
	/* 1.ECX f7ba2223 without 00000201 */
	featset_pool_gain(&set, pool, below);
	assert_int_equal(featset_word(&set, 1), 0xf7ba2022);
	featset_pool_gain(&set, pool, fine);
	assert_true(featset_is_empty(&set));
	assert_false(featset_pool_level_differs(pool, FEATSET_GUEST_HVM, &set));
	featset_pool_free(pool);

	/* The pool's record is what the next VM gets: one that is out of date cures nothing. */
	record = add_pool_record(inventory, HASWELL);
	pool = kit_pool(inventory);
	assert_true(featset_pool_level_differs(pool, FEATSET_GUEST_HVM, &set));
	assert_true(featset_has(&set, FEATSET_AVX2));
	assert_false(featset_pool_level_differs(pool, FEATSET_GUEST_PV, NULL));
	assert_int_equal(featset_pool_cure(pool, above), FEATSET_CURE_LEVEL);
	featset_pool_gain(&set, pool, fine);
	assert_true(featset_has(&set, FEATSET_AVX2));
	featset_pool_free(pool);
	/* The same features at another length are the same level. */
	kit_put(inventory, FEATSET_POOL_HVM, record,
		"1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400");
	pool = kit_pool(inventory);
	assert_false(featset_pool_level_differs(pool, FEATSET_GUEST_HVM, NULL));
	assert_int_equal(featset_pool_cure(pool, above), FEATSET_CURE_RESTART);
	featset_pool_free(pool);

	/* Each kind of guest has a level of its own: PV's is out of date here. */
	kit_put(inventory, FEATSET_POOL_PV, record, HASWELL);
	kit_put(inventory, FEATSET_VM_DOMAIN_TYPE, above, "pv");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_cure(pool, above), FEATSET_CURE_LEVEL);
	assert_int_equal(featset_pool_cure(pool, low), FEATSET_CURE_RESTART);
	/* A snapshot gets no new domain. */
	featset_pool_gain(&set, pool, old);
	assert_true(featset_is_empty(&set));
	featset_pool_free(pool);
	kit_put(inventory, FEATSET_VM_DOMAIN_TYPE, above, "hvm");

	/* A host that does not tell its featuresets takes no VM at all. */
	amd = kit_host(inventory, "untold", INTEL, NULL, NULL, NULL, NULL);
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_cure(pool, above), FEATSET_CURE_HOSTS);
	featset_pool_free(pool);
	kit_put(inventory, FEATSET_HOST_ENABLED, amd, "false");

	/* No level cures a pool of two vendors, unless one of them is disabled. */
	amd = kit_host(inventory, "amd", "AuthenticAMD", IVY_HOST, IVY_MAX, IVY_HOST, IVY_MAX);
	kit_put(inventory, FEATSET_HOST_ENABLED, amd, "false");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_cure(pool, above), FEATSET_CURE_RESTART);
	/* What was forced onto zeus runs there. */
	assert_int_equal(featset_pool_check(pool, forced, 1), FEATSET_YES);
	assert_int_equal(featset_pool_cure(pool, forced), FEATSET_CURE_NONE);
	featset_pool_free(pool);

	/* Nobody resumes what no enabled host takes. */
	kit_put(inventory, FEATSET_HOST_ENABLED, amd, "true");
	kit_put(inventory, FEATSET_HOST_ENABLED, 0, "false");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_cure(pool, above), FEATSET_CURE_HOSTS);
	assert_int_equal(featset_pool_cure(pool, asleep), FEATSET_CURE_DISCARD);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* The kinds of causes that silicon, firmware and Xen itself have, on a Broadwell whose microcode took TSX away. */
static void causes(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_cpu_t *max = kit_cpu(BROADWELL_MAX, INTEL);
	size_t host = kit_host(inventory, "host", INTEL, BROADWELL_HOST, NULL, HASWELL, HASWELL), vm;
	featset_pool_t *pool;

	(void)state;
	featset_cpu_set_number(max, FEATSET_FAMILY, 6);
	featset_cpu_set_number(max, FEATSET_MODEL, 86);
	featset_cpu_set_number(max, FEATSET_STEPPING, 3);
	assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_HVM_MAX, max), FEATSET_OK);
	vm = kit_vm(inventory, "vm", "suspended", "", BROADWELL_HOST, INTEL);
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_HLE), FEATSET_CAUSE_FIRMWARE);
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_SVM), FEATSET_CAUSE_SILICON);
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_AVX512F), FEATSET_CAUSE_SILICON);
	/* The part has it: only Xen can withhold it. */
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_PCID), FEATSET_CAUSE_HYPERVISOR);
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_INTEL_STIBP), FEATSET_CAUSE_MITIGATION);
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_RTM_ALWAYS_ABORT), FEATSET_CAUSE_FIRMWARE);
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_CMP_LEGACY), FEATSET_CAUSE_COMPAT);
	assert_int_equal(featset_pool_cause(pool, vm, host, FEATSET_RSBA), FEATSET_CAUSE_HYPERVISOR);
	for (int cause = 0; cause < FEATSET_CAUSES; cause++)
		assert_non_null(featset_cause_name((featset_cause_t)cause));
	assert_null(featset_cause_name(FEATSET_CAUSES));
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* ---- commands ---------------------------------------------------------------------------- */

static void xe_commands(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_pool_t *pool, *across;

	(void)state;
	kit_host(inventory, "h1", INTEL, "0000000f-00000001", "0000000f-00000001", "0000000f", "0000000f");
	kit_vm(inventory, "v1", "running", "h1", HASWELL, INTEL);
	/* What is in a file is not to be trusted. */
	kit_vm(inventory, "a b'; rm -rf $HOME", "running", "h1", HASWELL, INTEL);
	kit_vm(inventory, "line\nbreak", "running", "h1", HASWELL, INTEL);
	kit_vm(inventory, "", "running", "h1", HASWELL, INTEL);
	kit_vm(inventory, "v5", "paused", "h1", HASWELL, INTEL);
	kit_vm(inventory, "v6", "suspended", "", HASWELL, INTEL);
	pool = kit_pool(inventory);
	/* XAPI: clean_reboot and pool_migrate are for what is running. */
	assert_command(pool, FEATSET_COMMAND_RESTART, 4, FEATSET_NONE, "xe vm-unpause uuid=v5 && xe vm-reboot uuid=v5");
	assert_command(pool, FEATSET_COMMAND_MOVE, 4, 0,
		       "xe vm-unpause uuid=v5 && xe vm-migrate uuid=v5 host-uuid=h1 live=true");
	assert_command(pool, FEATSET_COMMAND_UNPIN, 4, FEATSET_NONE,
		       "xe vm-param-remove uuid=v5 param-name=platform param-key=featureset && "
		       "xe vm-unpause uuid=v5 && xe vm-reboot uuid=v5");
	assert_command(pool, FEATSET_COMMAND_UNPIN, 5, FEATSET_NONE,
		       "xe vm-param-remove uuid=v6 param-name=platform param-key=featureset");
	assert_command(pool, FEATSET_COMMAND_RESTART, 0, FEATSET_NONE, "xe vm-reboot uuid=v1");
	assert_command(pool, FEATSET_COMMAND_RESTART, 1, FEATSET_NONE, "xe vm-reboot uuid='a b'\\''; rm -rf $HOME'");
	assert_command(pool, FEATSET_COMMAND_RESTART, 2, FEATSET_NONE, "");
	assert_command(pool, FEATSET_COMMAND_RESTART, 3, FEATSET_NONE, "");
	assert_command(pool, FEATSET_COMMAND_MOVE, 0, 0, "xe vm-migrate uuid=v1 host-uuid=h1 live=true");
	assert_command(pool, FEATSET_COMMAND_MOVE, 0, FEATSET_NONE, "");
	assert_command(pool, FEATSET_COMMAND_RESUME, 0, 0, "xe vm-resume uuid=v1 on=h1");
	assert_command(pool, FEATSET_COMMAND_RESUME, 0, FEATSET_NONE, "xe vm-resume uuid=v1");
	assert_command(pool, FEATSET_COMMAND_PIN, 0, FEATSET_NONE,
		       "xe vm-param-set uuid=v1 platform:featureset=0000000f-00000001");
	assert_command(pool, FEATSET_COMMAND_UNPIN, 0, FEATSET_NONE,
		       "xe vm-param-remove uuid=v1 param-name=platform param-key=featureset && xe vm-reboot uuid=v1");
	assert_command(pool, FEATSET_COMMAND_VERIFY, 0, FEATSET_NONE,
		       "xe vm-param-get uuid=v1 param-name=last-boot-CPU-flags");
	assert_command(pool, FEATSET_COMMAND_EVACUATE, FEATSET_NONE, 0,
		       "xe host-disable uuid=h1 && xe host-evacuate uuid=h1");
	assert_command(pool, FEATSET_COMMAND_RELEVEL, FEATSET_NONE, FEATSET_NONE, "xe-toolstack-restart # on the coordinator");
	assert_command(pool, FEATSET_COMMAND_RELEVEL, FEATSET_NONE, 0, "xe-toolstack-restart # on h1");
	assert_command(pool, FEATSET_COMMANDS, 0, 0, "");
	assert_int_equal(featset_pool_new_across(&across, inventory, inventory, NULL), FEATSET_OK);
	featset_pool_free(across);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

static void other_commands(void **state)
{
	static const char *const managers[] = { "libvirt", "proxmox", "" };
	static const char *const expected[][FEATSET_COMMANDS] = {
		{ "virsh resume 'my vm' && virsh shutdown 'my vm' && until LC_ALL=C virsh domstate 'my vm' | grep -q 'shut off'; do sleep 1; done "
		  "&& virsh start 'my vm'",
		  "virsh migrate --live --persistent --undefinesource 'my vm' qemu+ssh://node1/system",
		  "virsh resume 'my vm'", "", "", "virsh dumpxml 'my vm' | sed -n '/<cpu /,/<\\/cpu>/p'", "", "" },
		{ "qm resume 100 && qm shutdown 100 && qm start 100", "qm migrate 100 node1 --online", "qm resume 100",
		  "qm set 100 --cpu x86-64-v3", "qm set 100 --cpu x86-64-v3 && qm resume 100 && qm shutdown 100 && qm start 100",
		  "tr '\\0' '\\n' </proc/$(cat /run/qemu-server/100.pid)/cmdline | grep -A1 -x -e -cpu", "", "" },
		{ "", "", "", "", "", "", "", "" },
	};

	(void)state;
	for (size_t m = 0; m < sizeof(managers) / sizeof(managers[0]); m++) {
		featset_inventory_t *inventory = featset_inventory_new();
		featset_pool_t *pool;
		featset_cpu_t *cpu;
		size_t host, vm;

		assert_int_equal(featset_inventory_add_host(inventory, "node1", "", &host), FEATSET_OK);
		assert_int_equal(featset_expression(&cpu, "haswell", NULL), FEATSET_OK);
		assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_CPU, cpu), FEATSET_OK);
		kit_put(inventory, FEATSET_HOST_MANAGER, host, managers[m]);
		vm = kit_vm(inventory, "100", "paused", "node1", NULL, NULL);
		kit_put(inventory, FEATSET_VM_NAME, vm, "my vm");
		kit_put(inventory, FEATSET_VM_MANAGER, vm, managers[m]);
		pool = kit_pool(inventory);
		for (int command = 0; command < FEATSET_COMMANDS; command++)
			assert_command(pool, (featset_command_t)command, vm, host, expected[m][command]);
		featset_pool_free(pool);

		/* A snapshot may have the name of another VM. */
		kit_put(inventory, FEATSET_VM_UUID, vm, "100/200");
		kit_put(inventory, FEATSET_VM_NAME, vm, "200");
		kit_put(inventory, FEATSET_VM_POWER_STATE, vm, "suspended");
		kit_put(inventory, FEATSET_VM_IS_SNAPSHOT, vm, "true");
		pool = kit_pool(inventory);
		for (int command = 0; command < FEATSET_COMMANDS; command++)
			assert_command(pool, (featset_command_t)command, vm, host, "");
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

/* ---- to another pool, and many -------------------------------------------------------------- */

static void across(void **state)
{
	featset_inventory_t *here = three_hosts(), *there = featset_inventory_new();
	size_t vm = kit_vm(here, "vm", "running", "a", HASWELL, INTEL);
	featset_pool_t *pool = NULL;
	char text[64];

	(void)state;
	add_network(here, "lan");
	add_vif(here, "vm", "lan");
	add_pif(here, "lan", "a");
	kit_put(here, FEATSET_HOST_PLATFORM, 0, "3.4.0");
	kit_host(there, "a", INTEL, IVY_HOST, IVY_MAX, IVY_HOST, IVY_MAX);
	kit_host(there, "z", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	kit_put(there, FEATSET_HOST_PLATFORM, 1, "3.2.1");
	/* Its VM of that name has a network that z has not. */
	kit_vm(there, "vm", "running", "a", IVY_HOST, INTEL);
	add_network(there, "lan");
	add_network(there, "other");
	add_vif(there, "vm", "lan");
	add_pif(there, "lan", "a");
	add_pif(there, "other", "z");
	assert_int_equal(featset_pool_new_across(&pool, here, there, NULL), FEATSET_OK);
	assert_int_equal(featset_pool_hosts(pool), 2);
	/* The other pool's host of that name is not where it runs. */
	assert_int_equal(featset_pool_vm_host(pool, vm), FEATSET_NONE);
	assert_int_equal(featset_pool_blocks(pool, vm, 0), FEATSET_BLOCK_FEATURES);
	assert_int_equal(featset_pool_blocks(pool, vm, 1), FEATSET_BLOCK_VERSION);
	assert_int_equal(featset_pool_command(text, sizeof(text), pool, FEATSET_COMMAND_MOVE, vm, 1), 0);
	featset_pool_free(pool);
	featset_inventory_free(here);
	featset_inventory_free(there);
}

/* More hosts than a word has bits, more classes than a table starts with: each answer by itself. */
static void many(void **state)
{
	enum { HOSTS = 150, VMS = 450 };
	featset_inventory_t *inventory = featset_inventory_new();
	featset_pool_t *pool;
	char name[32], words[32], ref[32];

	(void)state;
	for (unsigned i = 0; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "host-%u", i);
		snprintf(words, sizeof(words), "%08x-ffffffff", (1u << (i % 30 + 1)) - 1);
		kit_host(inventory, name, INTEL, words, words, words, words);
		if (i % 7 == 6)
			kit_put(inventory, FEATSET_HOST_ENABLED, i, "false");
	}
	for (unsigned i = 0; i < VMS; i++) {
		size_t vm;

		snprintf(name, sizeof(name), "vm-%u", i);
		snprintf(ref, sizeof(ref), "host-%u", i * 31 % HOSTS);
		snprintf(words, sizeof(words), "%08x-%08x", (1u << (i % 30 + 1)) - 1, i);
		vm = kit_vm(inventory, name, "running", ref, words, INTEL);
		assert_int_equal(vm, i);
	}
	pool = kit_pool(inventory);
	for (size_t vm = 0; vm < VMS; vm++) {
		size_t home = vm * 31 % HOSTS;
		bool refused = false;

		assert_int_equal(featset_pool_vm_host(pool, vm), home);
		for (size_t host = 0; host < HOSTS; host++) {
			bool fits = host == home || vm % 30 <= host % 30;

			assert_int_equal(featset_pool_check(pool, vm, host), fits ? FEATSET_YES : FEATSET_NO);
			refused |= !fits && host % 7 != 6;
		}
		assert_int_equal(featset_pool_vm_blocks(pool, vm), refused ? FEATSET_YES : FEATSET_NO);
		assert_int_equal(featset_pool_cure(pool, vm), refused ? FEATSET_CURE_RESTART : FEATSET_CURE_NONE);
	}
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* ---- no memory --------------------------------------------------------------------------------- */

#if REPLACED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

/* While `watching`, `live` counts blocks, and the allocation number `failing` fails. */
static bool watching;
static long live, count, failing;

static bool fails(void)
{
	return watching && ++count == failing;
}

#pragma GCC visibility push(default)
void *malloc(size_t size)
{
	void *block = fails() ? NULL : __libc_malloc(size);

	live += watching && block;
	return block;
}

void *calloc(size_t number, size_t size)
{
	void *block = fails() ? NULL : __libc_calloc(number, size);

	live += watching && block;
	return block;
}

void *realloc(void *block, size_t size)
{
	void *moved = fails() ? NULL : __libc_realloc(block, size);

	live += watching && moved && !block;
	return moved;
}

void free(void *block)
{
	live -= watching && block;
	__libc_free(block);
}
#pragma GCC visibility pop

static void no_memory(void **state)
{
	featset_inventory_t *inventory = three_hosts();
	featset_status_t status = FEATSET_E_MEMORY;
	char words[32];

	(void)state;
	/* Enough classes for the tables to grow. */
	for (unsigned i = 0; i < 70; i++) {
		snprintf(words, sizeof(words), "%08x", i);
		kit_vm(inventory, "vm", "running", "a", words, INTEL);
	}
	add_network(inventory, "lan");
	add_pif(inventory, "lan", "a");
	add_vif(inventory, "vm", "lan");
	add_sr(inventory, "nfs");
	add_pbd(inventory, "nfs", "a", "true");
	add_disk(inventory, "vm", "nfs", "disk", "false");
	add_pool_record(inventory, HASWELL);
	for (failing = 1; status == FEATSET_E_MEMORY; failing++) {
		featset_error_t error = { 0 };
		featset_pool_t *pool = NULL;

		live = count = 0;
		watching = true;
		status = featset_pool_new(&pool, inventory, &error);
		featset_pool_free(pool);
		watching = false;
		assert_int_equal(live, 0);
		if (status != FEATSET_OK && (pool || error.code != status || !error.text[0]))
			fail_msg("allocation %ld fails without a word", failing);
		assert_true(failing < 1000);
	}
	assert_int_equal(status, FEATSET_OK);
	assert_true(failing > 30);
	featset_inventory_free(inventory);
}

#else

static void no_memory(void **state)
{
	(void)state;
	print_message("[          ] the sanitizer has the allocator\n");
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks), cmocka_unit_test(number_fields),    cmocka_unit_test(storage),
		cmocka_unit_test(devices),
		cmocka_unit_test(devices_apart),     cmocka_unit_test(elsewhere),
		cmocka_unit_test(dumps_and_platforms), cmocka_unit_test(cures),
		cmocka_unit_test(causes),      cmocka_unit_test(xe_commands),
		cmocka_unit_test(other_commands), cmocka_unit_test(across),
		cmocka_unit_test(many),	       cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
