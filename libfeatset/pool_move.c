/* SPDX-License-Identifier: MIT */
#include "pool_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- what VMs need and hosts have ------------------------------------------------- */

/* All indices that references in records are looked up in. */
typedef struct finder {
	featset_pool_t *pool;
	const featset_inventory_t *inventory;
	fsi_index_t hosts, vms, networks, srs, vdis;
} finder_t;

static bool make_finder(finder_t *finder)
{
#define REFERENCES(kind) { FEATSET_##kind##_REF, FEATSET_##kind##_UUID, FEATSET_FIELDS }
	static const struct {
		featset_record_t kind;
		featset_field_t fields[3];
	} kinds[] = {
		{ FEATSET_RECORD_HOST, REFERENCES(HOST) }, { FEATSET_RECORD_VM, REFERENCES(VM) },
		{ FEATSET_RECORD_NETWORK, REFERENCES(NETWORK) }, { FEATSET_RECORD_SR, REFERENCES(SR) },
		{ FEATSET_RECORD_VDI, REFERENCES(VDI) },
	};
#undef REFERENCES
	fsi_index_t *indices[] = { &finder->hosts, &finder->vms, &finder->networks, &finder->srs, &finder->vdis };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!fsi_index_records(indices[i], finder->inventory, kinds[i].kind, kinds[i].fields))
			return false;
	return true;
}

static void free_finder(finder_t *finder)
{
	fsi_index_free(&finder->hosts);
	fsi_index_free(&finder->vms);
	fsi_index_free(&finder->networks);
	fsi_index_free(&finder->srs);
	fsi_index_free(&finder->vdis);
}

static size_t find(const finder_t *finder, const fsi_index_t *index, featset_field_t field, size_t record)
{
	return fsi_index_find(index, featset_inventory_get(finder->inventory, field, record));
}

static bool is_true(const finder_t *finder, featset_field_t field, size_t record)
{
	return fsi_is(featset_inventory_get(finder->inventory, field, record), "true");
}

void fsi_places_free(fsi_places_t *places)
{
	free(places->bits);
	free(places->anywhere);
	free(places->known);
	free(places->first);
	free(places->need);
	*places = (fsi_places_t){ 0 };
}

/* Room for things of a kind, and for as many needs as there are records that can be one. */
static bool init_places(fsi_places_t *places, const featset_pool_t *pool, size_t count, size_t needs)
{
	places->bits = fsi_zeros(count * pool->words, sizeof(*places->bits));
	places->anywhere = fsi_zeros(count, sizeof(*places->anywhere));
	places->known = fsi_zeros(pool->words, sizeof(*places->known));
	places->first = fsi_zeros(pool->vm_count + 1, sizeof(*places->first));
	places->need = fsi_zeros(needs, sizeof(*places->need));
	return places->bits && places->anywhere && places->known && places->first && places->need;
}

/*
 * Needs come in any order and are to lie VM by VM: the first round counts them,
 * the second puts them in place.
 */
typedef struct need {
	fsi_places_t *places;
	bool counting;
} need_t;

static void add_need(const need_t *need, size_t vm, size_t thing)
{
	fsi_places_t *places = need->places;

	if (vm == FEATSET_NONE || thing == FEATSET_NONE)
		return;
	if (need->counting)
		places->first[vm + 1]++;
	else
		places->need[places->first[vm]++] = thing;
}

static void sum_needs(fsi_places_t *places, size_t vms)
{
	for (size_t vm = 0; vm < vms; vm++)
		places->first[vm + 1] += places->first[vm];
}

/* Putting them in place moved each beginning to its end. */
static void rewind_needs(fsi_places_t *places, size_t vms)
{
	memmove(places->first + 1, places->first, vms * sizeof(*places->first));
	places->first[0] = 0;
}

static void collect(const finder_t *finder, fsi_places_t *places, void (*each)(const finder_t *, const need_t *))
{
	const need_t count = { places, true }, put = { places, false };

	each(finder, &count);
	sum_needs(places, finder->pool->vm_count);
	each(finder, &put);
	rewind_needs(places, finder->pool->vm_count);
}

/* ---- networks ------------------------------------------------------------------------- */

static void need_networks(const finder_t *finder, const need_t *need)
{
	for (size_t vif = 0; vif < featset_inventory_count(finder->inventory, FEATSET_RECORD_VIF); vif++)
		add_need(need, find(finder, &finder->vms, FEATSET_VIF_VM, vif),
			 find(finder, &finder->networks, FEATSET_VIF_NETWORK, vif));
}

/* Has XAPI been told to offer it anywhere all the same, or is it none of XAPI's? */
static bool is_offered(const finder_t *finder, size_t network)
{
	return is_true(finder, FEATSET_NETWORK_SHARED, network) ||
	       fsi_is(featset_inventory_get(finder->inventory, FEATSET_NETWORK_MANAGED, network), "false");
}

/*
 * A network without any PIF is inside one host: XAPI offers it where running VMs
 * are on it already, and anywhere when none is.
 */
static void pin_inside(const finder_t *finder, const bool *internal)
{
	fsi_places_t *places = &finder->pool->networks;
	const featset_pool_t *pool = finder->pool;

	for (size_t vm = 0; vm < pool->vm_count; vm++) {
		size_t host = pool->vm[vm].host;

		for (size_t i = places->first[vm]; host != FEATSET_NONE && i < places->first[vm + 1]; i++) {
			size_t network = places->need[i];

			if (!internal[network] || is_offered(finder, network))
				continue;
			places->anywhere[network] = false;
			fsi_set_bit(places->bits + network * pool->words, host);
		}
	}
}

static bool place_networks(finder_t *finder)
{
	featset_pool_t *pool = finder->pool;
	fsi_places_t *places = &pool->networks;
	size_t count = featset_inventory_count(finder->inventory, FEATSET_RECORD_NETWORK);
	size_t pifs = featset_inventory_count(finder->inventory, FEATSET_RECORD_PIF);

	if (!pifs)
		return true;
	pool->internal = fsi_zeros(count, sizeof(*pool->internal));
	if (!pool->internal)
		return false;
	memset(pool->internal, true, count * sizeof(*pool->internal));
	for (size_t pif = 0; pif < pifs; pif++) {
		size_t network = find(finder, &finder->networks, FEATSET_PIF_NETWORK, pif);
		size_t host = find(finder, &finder->hosts, FEATSET_PIF_HOST, pif);

		if (network != FEATSET_NONE)
			pool->internal[network] = false;
		if (host != FEATSET_NONE)
			fsi_set_bit(places->known, host);
		if (network != FEATSET_NONE && host != FEATSET_NONE)
			fsi_set_bit(places->bits + network * pool->words, host);
	}
	for (size_t network = 0; network < count; network++)
		places->anywhere[network] = pool->internal[network];
	pin_inside(finder, pool->internal);
	return true;
}

/* ---- storage ------------------------------------------------------------------------------ */

/* Disks, CDs that are not empty, and the memory of what is suspended. */
static void need_srs(const finder_t *finder, const need_t *need)
{
	for (size_t vbd = 0; vbd < featset_inventory_count(finder->inventory, FEATSET_RECORD_VBD); vbd++)
		if (!is_true(finder, FEATSET_VBD_EMPTY, vbd))
			add_need(need, find(finder, &finder->vms, FEATSET_VBD_VM, vbd),
				 find(finder, &finder->srs, FEATSET_VDI_SR,
				      find(finder, &finder->vdis, FEATSET_VBD_VDI, vbd)));
	for (size_t vm = 0; vm < finder->pool->vm_count; vm++)
		if (finder->pool->vm[vm].suspended)
			add_need(need, vm,
				 find(finder, &finder->srs, FEATSET_VDI_SR,
				      find(finder, &finder->vdis, FEATSET_VM_SUSPEND_VDI, vm)));
}

static void place_srs(const finder_t *finder)
{
	fsi_places_t *places = &finder->pool->srs;

	for (size_t pbd = 0; pbd < featset_inventory_count(finder->inventory, FEATSET_RECORD_PBD); pbd++) {
		size_t sr = find(finder, &finder->srs, FEATSET_PBD_SR, pbd);
		size_t host = find(finder, &finder->hosts, FEATSET_PBD_HOST, pbd);

		if (host == FEATSET_NONE)
			continue;
		fsi_set_bit(places->known, host);
		if (sr != FEATSET_NONE &&
		    !fsi_is(featset_inventory_get(finder->inventory, FEATSET_PBD_ATTACHED, pbd), "false"))
			fsi_set_bit(places->bits + sr * finder->pool->words, host);
	}
}

/* ---- both ------------------------------------------------------------------------------------ */

static bool is_everywhere(const fsi_places_t *places, size_t words, size_t thing)
{
	uint64_t lacking = 0;

	for (size_t word = 0; word < words && !places->anywhere[thing]; word++)
		lacking |= places->known[word] & ~places->bits[thing * words + word];
	return !lacking;
}

/* What no host lacks is in nobody's way: most VMs need nothing else, and are done with at once. */
static void drop_everywhere(const featset_pool_t *pool, fsi_places_t *places, size_t count)
{
	size_t kept = 0, from = 0;

	for (size_t thing = 0; thing < count; thing++)
		places->anywhere[thing] = is_everywhere(places, pool->words, thing);
	for (size_t vm = 0; vm < pool->vm_count; vm++) {
		size_t to = places->first[vm + 1];

		for (; from < to; from++)
			if (!places->anywhere[places->need[from]])
				places->need[kept++] = places->need[from];
		places->first[vm + 1] = kept;
	}
}

static bool fill_places(finder_t *finder)
{
	const featset_inventory_t *inventory = finder->inventory;
	featset_pool_t *pool = finder->pool;

	if (!make_finder(finder) ||
	    !init_places(&pool->networks, pool, featset_inventory_count(inventory, FEATSET_RECORD_NETWORK),
			 featset_inventory_count(inventory, FEATSET_RECORD_VIF)) ||
	    !init_places(&pool->srs, pool, featset_inventory_count(inventory, FEATSET_RECORD_SR),
			 featset_inventory_count(inventory, FEATSET_RECORD_VBD) + pool->vm_count))
		return false;
	/* Networks and storage of two pools are not the same ones. */
	if (pool->across)
		return true;
	collect(finder, &pool->networks, need_networks);
	collect(finder, &pool->srs, need_srs);
	place_srs(finder);
	if (!place_networks(finder))
		return false;
	drop_everywhere(pool, &pool->networks, featset_inventory_count(inventory, FEATSET_RECORD_NETWORK));
	drop_everywhere(pool, &pool->srs, featset_inventory_count(inventory, FEATSET_RECORD_SR));
	return true;
}

bool fsi_make_places(featset_pool_t *pool)
{
	finder_t finder = { .pool = pool, .inventory = pool->hosts_of };
	bool made = fill_places(&finder);

	free_finder(&finder);
	return made;
}

static bool is_lacking(const featset_pool_t *pool, const fsi_places_t *places, size_t thing, size_t host)
{
	return !places->anywhere[thing] && fsi_bit(places->known, host) &&
	       !fsi_bit(places->bits + thing * pool->words, host);
}

static size_t lacking(const featset_pool_t *pool, const fsi_places_t *places, size_t vm, size_t host, size_t from)
{
	size_t first = FEATSET_NONE;

	if (vm >= pool->vm_count || host >= pool->host_count || pool->vm[vm].host == host)
		return FEATSET_NONE;
	for (size_t i = places->first[vm]; i < places->first[vm + 1]; i++) {
		size_t thing = places->need[i];

		if (thing >= from && thing < first && is_lacking(pool, places, thing, host))
			first = thing;
	}
	return first;
}

size_t featset_pool_network_lacking(const featset_pool_t *pool, size_t vm, size_t host, size_t from)
{
	return lacking(pool, &pool->networks, vm, host, from);
}

bool featset_pool_network_is_internal(const featset_pool_t *pool, size_t network)
{
	return pool->internal && network < featset_inventory_count(pool->hosts_of, FEATSET_RECORD_NETWORK) &&
	       pool->internal[network];
}

size_t featset_pool_storage_lacking(const featset_pool_t *pool, size_t vm, size_t host, size_t from)
{
	return lacking(pool, &pool->srs, vm, host, from);
}

/* ---- evacuation ---------------------------------------------------------------------------------- */

/* Enabled hosts that are not this one, nor of an older version. */
static void find_targets(uint64_t *targets, const featset_pool_t *pool, size_t host)
{
	memset(targets, 0, pool->words * sizeof(*targets));
	for (size_t i = 0; i < pool->host_count; i++)
		if (i != host && pool->host[i].enabled &&
		    fsi_version_compare(&pool->host[i].version, &pool->host[host].version) >= 0)
			fsi_set_bit(targets, i);
}

/* One word of the hosts where a thing a VM needs is lacking. */
static uint64_t lacking_word(const featset_pool_t *pool, const fsi_places_t *places, size_t vm, size_t word)
{
	uint64_t out = 0;

	for (size_t i = places->first[vm]; i < places->first[vm + 1]; i++)
		if (!places->anywhere[places->need[i]])
			out |= places->known[word] & ~places->bits[places->need[i] * pool->words + word];
	return out;
}

/* Under XAPI one target that a VM fails on is enough to block; elsewhere one that takes it to pass. */
static featset_answer_t blocks_evacuation(const featset_pool_t *pool, size_t index, const uint64_t *targets)
{
	const fsi_vm_t *vm = &pool->vm[index];
	const uint64_t *fits = pool->fits + vm->klass * pool->words, *unsure = pool->unsure + vm->klass * pool->words;
	uint64_t any = 0, bad = 0, open = 0, good = 0;

	for (size_t word = 0; word < pool->words; word++) {
		uint64_t not_there = vm->device ? ~(uint64_t)0 :
						  lacking_word(pool, &pool->networks, index, word) |
							  lacking_word(pool, &pool->srs, index, word);

		any |= targets[word];
		bad |= targets[word] & (~(fits[word] | unsure[word]) | not_there);
		open |= targets[word] & unsure[word] & ~not_there;
		good |= targets[word] & fits[word] & ~not_there;
	}
	if (!any)
		return FEATSET_YES;
	if (pool->xapi)
		return bad ? FEATSET_YES : open ? FEATSET_UNKNOWN : FEATSET_NO;
	return good ? FEATSET_NO : open ? FEATSET_UNKNOWN : FEATSET_YES;
}

/* The next VM of each VM's host; `first` has each host's first one. */
static void chain_vms(const featset_pool_t *pool, size_t *first, size_t *next)
{
	for (size_t host = 0; host < pool->host_count; host++)
		first[host] = FEATSET_NONE;
	for (size_t vm = pool->vm_count; vm-- > 0;) {
		size_t host = pool->vm[vm].counts ? pool->vm[vm].host : FEATSET_NONE;

		if (host == FEATSET_NONE)
			continue;
		next[vm] = first[host];
		first[host] = vm;
	}
}

static featset_answer_t evacuate(featset_pool_t *pool, size_t host, size_t vm, const size_t *next, uint64_t *targets)
{
	featset_answer_t answer = FEATSET_YES;

	if (vm != FEATSET_NONE)
		find_targets(targets, pool, host);
	for (; vm != FEATSET_NONE; vm = next[vm]) {
		featset_answer_t blocks = blocks_evacuation(pool, vm, targets);

		pool->vm[vm].blocks = (uint8_t)blocks;
		if (blocks == FEATSET_YES)
			answer = FEATSET_NO;
		else if (blocks == FEATSET_UNKNOWN && answer == FEATSET_YES)
			answer = FEATSET_UNKNOWN;
	}
	return answer;
}

bool fsi_find_blocking(featset_pool_t *pool)
{
	size_t *first = fsi_zeros(pool->host_count, sizeof(*first));
	size_t *next = fsi_zeros(pool->vm_count, sizeof(*next));
	uint64_t *targets = fsi_zeros(pool->words, sizeof(*targets));
	bool made = first && next && targets;

	if (made)
		chain_vms(pool, first, next);
	for (size_t host = 0; made && host < pool->host_count; host++)
		pool->host[host].evacuable = (uint8_t)evacuate(pool, host, first[host], next, targets);
	free(first);
	free(next);
	free(targets);
	return made;
}

featset_answer_t featset_pool_evacuable(const featset_pool_t *pool, size_t host)
{
	return host < pool->host_count ? (featset_answer_t)pool->host[host].evacuable : FEATSET_UNKNOWN;
}

featset_answer_t featset_pool_vm_blocks(const featset_pool_t *pool, size_t vm)
{
	return vm < pool->vm_count ? (featset_answer_t)pool->vm[vm].blocks : FEATSET_UNKNOWN;
}

bool featset_pool_blocked_on(const featset_pool_t *pool, size_t vm, size_t host)
{
	unsigned blocks;

	if (featset_pool_vm_blocks(pool, vm) != FEATSET_YES || host >= pool->host_count || vm >= pool->vm_count)
		return false;
	blocks = featset_pool_blocks(pool, vm, host);
	return !(blocks & (FEATSET_BLOCK_DISABLED | FEATSET_BLOCK_VERSION)) && (blocks & ~FEATSET_BLOCK_UNKNOWN);
}

size_t featset_pool_movable_to(const featset_pool_t *pool, size_t vm, size_t from)
{
	for (size_t host = from; vm < pool->vm_count && host < pool->host_count; host++)
		if (pool->vm[vm].host != host && !featset_pool_blocks(pool, vm, host))
			return host;
	return FEATSET_NONE;
}
