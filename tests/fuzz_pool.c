/* SPDX-License-Identifier: MIT */
/*
 * Thinks through whatever pool the bytes tell of: what its answers say of each
 * other has to agree, and compared with itself it is unchanged.
 */
#include "fuzz.h"

/* Pairs grow with the product. */
enum { MOST = 24 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void check_that(bool good)
{
	if (!good)
		abort();
}

/* ---- VM against host ----------------------------------------------------------------- */

static void look_at_places(const featset_pool_t *pool, size_t vm, size_t host, unsigned blocks)
{
	size_t at = featset_pool_network_lacking(pool, vm, host, 0);

	check_that((at != FEATSET_NONE) == !!(blocks & FEATSET_BLOCK_NETWORK));
	for (size_t next; at != FEATSET_NONE; at = next) {
		next = featset_pool_network_lacking(pool, vm, host, at + 1);
		check_that(next == FEATSET_NONE || next > at);
	}
	at = featset_pool_storage_lacking(pool, vm, host, 0);
	check_that((at != FEATSET_NONE) == !!(blocks & FEATSET_BLOCK_STORAGE));
	for (size_t next; at != FEATSET_NONE; at = next) {
		next = featset_pool_storage_lacking(pool, vm, host, at + 1);
		check_that(next == FEATSET_NONE || next > at);
	}
}

static void look_at_pair(const featset_pool_t *pool, size_t vm, size_t host)
{
	featset_answer_t answer = featset_pool_check(pool, vm, host);
	unsigned blocks = featset_pool_blocks(pool, vm, host), cpu = blocks & FEATSET_BLOCK_CPU;
	featset_t missing;

	featset_pool_missing(&missing, pool, vm, host);
	check_that(!(blocks & ~(unsigned)FEATSET_BLOCKS));
	check_that(answer == (!cpu ? FEATSET_YES : cpu == FEATSET_BLOCK_UNKNOWN ? FEATSET_UNKNOWN : FEATSET_NO));
	check_that(answer != FEATSET_YES || featset_is_empty(&missing));
	check_that(!(blocks & FEATSET_BLOCK_FEATURES) || !featset_is_empty(&missing));
	check_that(featset_pool_vm_host(pool, vm) != host || !blocks);
	check_that(!featset_pool_blocked_on(pool, vm, host) ||
		   (blocks && featset_pool_vm_blocks(pool, vm) == FEATSET_YES));
	for (featset_feature_t f = featset_next(&missing, 0); f < FEATSET_BITS; f = featset_next(&missing, f + 1))
		check_that(featset_cause_name(featset_pool_cause(pool, vm, host, f)) != NULL);
	look_at_places(pool, vm, host, blocks);
}

/* ---- VMs ------------------------------------------------------------------------------- */

static void look_at_commands(const featset_pool_t *pool, size_t vm, size_t host)
{
	for (int command = 0; command < FEATSET_COMMANDS; command++) {
		size_t length = featset_pool_command(NULL, 0, pool, (featset_command_t)command, vm, host);
		char *text = malloc(length + 1);

		if (!text)
			return;
		check_that(featset_pool_command(text, length + 1, pool, (featset_command_t)command, vm, host) == length &&
			   strlen(text) == length);
		for (const char *c = text; *c; c++)
			check_that((unsigned char)*c >= ' ' && *c != 0x7f);
		free(text);
	}
}

static void look_at_vm(const featset_pool_t *pool, const featset_inventory_t *inventory, size_t vm)
{
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(inventory, vm);
	featset_cure_t cure = featset_pool_cure(pool, vm);
	size_t to = featset_pool_movable_to(pool, vm, 0);
	bool refused = false;
	featset_t gain;

	check_that(featset_pool_vm_guest(pool, vm) < FEATSET_GUESTS && cure < FEATSET_CURES);
	check_that(to == FEATSET_NONE || (to != featset_pool_vm_host(pool, vm) && !featset_pool_blocks(pool, vm, to)));
	for (size_t host = 0; host < featset_pool_hosts(pool); host++) {
		refused |= featset_pool_check(pool, vm, host) == FEATSET_NO && featset_pool_host_enabled(pool, host);
		if (host < MOST)
			look_at_pair(pool, vm, host);
	}
	/* Who is well needs no cure, and the other way round. */
	check_that(refused == (cure != FEATSET_CURE_NONE));
	featset_pool_gain(&gain, pool, vm);
	check_that(!cpu || featset_disjoint(&gain, featset_cpu_features(cpu)));
	featset_pool_pinned(pool, vm);
	look_at_commands(pool, vm, to);
	look_at_commands(pool, vm, FEATSET_NONE);
}

/* ---- hosts and levels -------------------------------------------------------------------- */

static void look_at_host(const featset_pool_t *pool, featset_guest_t guest, size_t host)
{
	const featset_level_t *level = featset_pool_level(pool, guest);
	const featset_cpu_t *cpu = featset_pool_host_cpu(pool, guest, host);
	bool counts = featset_pool_counts(pool, guest, host) == FEATSET_COUNTS;
	featset_t act, other, both;

	featset_pool_lost(&act, &other, pool, guest, host);
	featset_or(&both, &act, &other);
	check_that(featset_disjoint(&act, &other) && (counts || featset_is_empty(&both)));
	check_that(!counts || (cpu && featset_subset(&both, featset_cpu_features(cpu))));
	featset_pool_price(&act, &other, pool, guest, host);
	featset_or(&both, &act, &other);
	check_that(featset_disjoint(&act, &other) && (counts || featset_is_empty(&both)));
	check_that(!level || featset_disjoint(&both, featset_cpu_features(featset_level_cpu(level))));
	featset_pool_host_max(pool, guest, host);
	featset_pool_evacuable(pool, host);
}

static void look_at_level(const featset_pool_t *pool, featset_guest_t guest)
{
	size_t hosts = featset_pool_hosts(pool), on_one = 0;
	unsigned char *side = malloc(hosts);
	featset_t first, second;
	bool gains;

	if (!side)
		return;
	gains = featset_pool_split(pool, guest, side, &first, &second);
	for (size_t host = 0; host < hosts; host++) {
		check_that(side[host] == (featset_pool_counts(pool, guest, host) == FEATSET_COUNTS ? side[host] & 1 : 2));
		on_one += side[host] == 1;
	}
	check_that(gains == (on_one > 0));
	free(side);
	featset_pool_level_differs(pool, guest, &first);
	for (size_t host = 0; host < hosts && host < MOST; host++)
		look_at_host(pool, guest, host);
}

static void look_at_pool(const featset_pool_t *pool, const featset_inventory_t *vms)
{
	size_t one = FEATSET_NONE, two = FEATSET_NONE, hosts = featset_pool_hosts(pool);

	check_that(featset_pool_manager(pool) != NULL);
	for (int guest = 0; guest < FEATSET_GUESTS; guest++)
		look_at_level(pool, (featset_guest_t)guest);
	for (size_t vm = 0; vm < least(featset_pool_vms(pool), MOST); vm++)
		look_at_vm(pool, vms, vm);
	if (featset_pool_half_updated(pool, &one, &two))
		check_that(one < two && two < hosts);
}

/* ---- change -------------------------------------------------------------------------------- */

/* Records may share a UUID, and then the second of them is nobody's. */
static void compare(const featset_pool_t *before, const featset_pool_t *after, bool same)
{
	featset_change_t *change = NULL;
	featset_t lost, gained;
	size_t one, two;

	check_that(featset_change_new(&change, before, after, NULL) == FEATSET_OK);
	for (int guest = 0; guest < FEATSET_GUESTS; guest++) {
		featset_change_level(&lost, &gained, change, (featset_guest_t)guest);
		check_that(!same || (featset_is_empty(&lost) && featset_is_empty(&gained)));
		for (size_t i = 0; i < least(featset_change_hosts(change), MOST); i++) {
			featset_change_host_features(&lost, &gained, change, (featset_guest_t)guest, i);
			featset_change_host(change, i, &one, &two);
			check_that(featset_change_turn(change, i) < FEATSET_TURNS);
			if (same && one == two)
				check_that(featset_is_empty(&lost) && featset_is_empty(&gained) &&
					   featset_change_turn(change, i) == FEATSET_TURN_NONE);
		}
	}
	for (size_t vm = featset_change_stuck(change, 0); vm != FEATSET_NONE;
	     vm = featset_change_stuck(change, vm + 1))
		check_that(vm < featset_pool_vms(before));
	check_that(!same || !featset_change_mixes_vendors(change));
	featset_change_free(change);
}

/* The same pool without its first host, and its VMs on the hosts that are left. */
static void change(const featset_pool_t *pool, const featset_inventory_t *inventory)
{
	featset_inventory_t *less = featset_inventory_copy(inventory);
	featset_pool_t *after = NULL, *across = NULL;

	if (less && featset_inventory_remove(less, FEATSET_RECORD_HOST, 0) == FEATSET_OK &&
	    featset_pool_new(&after, less, NULL) == FEATSET_OK) {
		compare(pool, after, false);
		compare(after, pool, false);
		if (featset_pool_new_across(&across, inventory, less, NULL) == FEATSET_OK)
			look_at_pool(across, inventory);
	}
	featset_pool_free(across);
	featset_pool_free(after);
	featset_inventory_free(less);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_pool_t *pool = NULL;
	featset_status_t status;

	if (featset_read_with(&inventory, data, size, NULL, "fuzz", FEATSET_KEEP_GOING, NULL) != FEATSET_OK)
		return 0;
	status = featset_pool_new(&pool, inventory, &error);
	if (status == FEATSET_OK) {
		look_at_pool(pool, inventory);
		compare(pool, pool, true);
		change(pool, inventory);
	} else {
		fuzz_check_failure(status, pool, &error);
	}
	featset_pool_free(pool);
	featset_inventory_free(inventory);
	return 0;
}
