/* SPDX-License-Identifier: MIT */
#include "pool_internal.h"
#include "error_internal.h"
#include "featset/format.h"

#include <stdlib.h>
#include <string.h>

/* ---- small things --------------------------------------------------------------- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool fsi_is(const char *text, const char *word)
{
	while (*text && lower(*text) == lower(*word)) {
		text++;
		word++;
	}
	return lower(*text) == lower(*word);
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (fsi_is(text, *words))
			return true;
	return false;
}

static void read_version(fsi_version_t *version, const char *text)
{
	*version = (fsi_version_t){ 0 };
	while (version->parts < 4 && *text >= '0' && *text <= '9') {
		uint64_t value = 0;

		for (; *text >= '0' && *text <= '9'; text++)
			value = value < 100000000 ? value * 10 + (uint64_t)(*text - '0') : value;
		version->part[version->parts++] = (uint32_t)value;
		if (*text != '.')
			break;
		text++;
	}
}

int fsi_version_compare(const fsi_version_t *a, const fsi_version_t *b)
{
	if (!a->parts || !b->parts)
		return 0;
	for (unsigned i = 0; i < 4; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

/* ---- classes ------------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t hash_set(uint64_t hash, const featset_t *set)
{
	for (int i = 0; i < FEATSET_LANES; i++)
		hash = mix(hash, set->lane[i]);
	return hash;
}

void fsi_words(featset_t *dst, const featset_cpu_t *cpu)
{
	*dst = *featset_cpu_features(cpu);
	for (unsigned word = 0; word < FEATSET_XEN_WORDS; word++)
		featset_set_word(dst, word,
				 featset_word(dst, word) | (featset_cpu_word(cpu, word) & ~featset_word_flags(word)));
}

static uint64_t hash_cpu(const featset_cpu_t *cpu)
{
	const char *vendor = featset_cpu_vendor(cpu);
	featset_t words;
	uint64_t hash;

	fsi_words(&words, cpu);
	hash = hash_set(0, &words);
	hash = hash_set(hash, featset_cpu_known(cpu));
	for (; *vendor; vendor++)
		hash = mix(hash, (unsigned char)*vendor);
	return mix(hash, (uint64_t)featset_cpu_number(cpu, FEATSET_XEN_LENGTH));
}

/* Do two cpus pass and fail the same checks? */
static bool same_cpu(const featset_cpu_t *a, const featset_cpu_t *b)
{
	featset_t words, others;

	if (a == b || !a || !b)
		return a == b;
	fsi_words(&words, a);
	fsi_words(&others, b);
	return featset_equal(&words, &others) &&
	       featset_equal(featset_cpu_known(a), featset_cpu_known(b)) &&
	       featset_equal(featset_cpu_compat(a), featset_cpu_compat(b)) &&
	       featset_cpu_number(a, FEATSET_XEN_LENGTH) == featset_cpu_number(b, FEATSET_XEN_LENGTH) &&
	       !strcmp(featset_cpu_vendor(a), featset_cpu_vendor(b)) &&
	       !strcmp(featset_cpu_hypervisor(a), featset_cpu_hypervisor(b));
}

static bool grow_table(fsi_classes_t *classes)
{
	uint32_t size = classes->slot ? (classes->mask + 1) * 2 : 64;
	uint32_t *slot = malloc(size * sizeof(*slot));

	if (!slot)
		return false;
	memset(slot, 0xff, size * sizeof(*slot));
	for (uint32_t i = 0; i < classes->count; i++) {
		uint32_t at = (uint32_t)classes->at[i].hash & (size - 1);

		while (slot[at] != FSI_NO_CLASS)
			at = (at + 1) & (size - 1);
		slot[at] = i;
	}
	free(classes->slot);
	classes->slot = slot;
	classes->mask = size - 1;
	return true;
}

static bool grow_classes(fsi_classes_t *classes)
{
	uint32_t room = classes->room ? classes->room * 2 : 32;
	fsi_class_t *at;

	if (classes->count < classes->room)
		return true;
	at = realloc(classes->at, room * sizeof(*at));
	if (!at)
		return false;
	classes->at = at;
	classes->room = room;
	return true;
}

bool fsi_class_of(uint32_t *klass, fsi_classes_t *classes, const featset_cpu_t *cpu, featset_guest_t guest, bool dump)
{
	uint64_t hash = mix(cpu ? hash_cpu(cpu) : 0, (uint64_t)guest * 2 + dump);
	uint32_t at;

	if (!grow_classes(classes) || ((!classes->slot || classes->count > classes->mask / 2) && !grow_table(classes)))
		return false;
	for (at = (uint32_t)hash & classes->mask; classes->slot[at] != FSI_NO_CLASS; at = (at + 1) & classes->mask) {
		fsi_class_t *old = &classes->at[classes->slot[at]];

		if (old->hash == hash && old->guest == guest && old->dump == dump && same_cpu(old->cpu, cpu)) {
			old->count++;
			*klass = classes->slot[at];
			return true;
		}
	}
	*klass = classes->slot[at] = classes->count;
	classes->at[classes->count++] = (fsi_class_t){ cpu, guest, dump, hash, 1 };
	return true;
}

static void free_classes(fsi_classes_t *classes)
{
	free(classes->at);
	free(classes->slot);
}

/* ---- hosts' cpus -------------------------------------------------------------------- */

static bool is_xapi(const featset_inventory_t *inventory, size_t host)
{
	return !strcmp(featset_inventory_get(inventory, FEATSET_HOST_MANAGER, host), "xapi");
}

/* Nothing but a CPU's own registers is known of it: asked for a guest's slot, the inventory gives the bare cpu. */
static bool is_bare(const featset_inventory_t *inventory, size_t host)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU);

	return cpu && cpu == featset_inventory_cpu(inventory, host, FEATSET_SLOT_HVM);
}

static const featset_cpu_t *find_cpu(const featset_inventory_t *inventory, featset_guest_t guest, bool max, size_t host)
{
	static const featset_slot_t slots[FEATSET_GUESTS][2] = { { FEATSET_SLOT_HVM, FEATSET_SLOT_HVM_MAX },
								 { FEATSET_SLOT_PV, FEATSET_SLOT_PV_MAX } };
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, slots[guest][max]);

	/* The four words that the oldest XAPI tells are no set that VMs are checked against. */
	if (is_xapi(inventory, host))
		return max && is_bare(inventory, host) ? NULL : cpu;
	if (!cpu)
		cpu = featset_inventory_cpu(inventory, host, slots[guest][0]);
	return cpu ? cpu : featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU);
}

/* XAPI skips a host as a whole when one of the two keys is not there. */
static bool lacks_keys(const featset_inventory_t *inventory, size_t host)
{
	return is_bare(inventory, host) || featset_inventory_get(inventory, FEATSET_HOST_STAND_IN, host)[0] ||
	       !featset_inventory_cpu(inventory, host, FEATSET_SLOT_HVM) ||
	       !featset_inventory_cpu(inventory, host, FEATSET_SLOT_PV);
}

static bool any_has_keys(const featset_inventory_t *inventory)
{
	for (size_t host = 0; host < featset_inventory_hosts(inventory); host++)
		if (is_xapi(inventory, host) && !lacks_keys(inventory, host))
			return true;
	return false;
}

/* Has a set of capabilities one for HVM?  That is what XAPI asks. */
static bool has_hvm(const char *capabilities)
{
	while (strncmp(capabilities, "hvm", 3) != 0) {
		capabilities = strchr(capabilities, ';');
		if (!capabilities)
			return false;
		capabilities += 1 + strspn(capabilities + 1, " ");
	}
	return true;
}

/* Where no capabilities are told: without HVM the featuresets hold nothing but compatibility bits. */
static bool offers(const featset_inventory_t *inventory, const featset_cpu_t *cpu, featset_guest_t guest, size_t host)
{
	const char *capabilities = featset_inventory_get(inventory, FEATSET_HOST_CAPABILITIES, host);

	if (guest == FEATSET_GUEST_HVM && capabilities[0] && is_xapi(inventory, host))
		return has_hvm(capabilities) && featset_cpu_number(cpu, FEATSET_XEN_LENGTH) != 0;
	if (featset_cpu_number(cpu, FEATSET_XEN_LENGTH) < 0)
		return true;
	if (guest == FEATSET_GUEST_PV)
		return featset_cpu_number(cpu, FEATSET_XEN_LENGTH) > 0;
	return !featset_subset(featset_cpu_features(cpu), featset_cpu_compat(cpu));
}

static featset_counts_t count_host(const featset_pool_t *pool, featset_guest_t guest, size_t host, bool have_keys)
{
	const featset_cpu_t *cpu = find_cpu(pool->hosts_of, guest, false, host);

	if (!pool->xapi && guest == FEATSET_GUEST_PV)
		return FEATSET_COUNTS_NO_HVM;
	if (!cpu || (have_keys && is_xapi(pool->hosts_of, host) && lacks_keys(pool->hosts_of, host)))
		return FEATSET_COUNTS_NO_KEYS;
	return offers(pool->hosts_of, cpu, guest, host) ? FEATSET_COUNTS : FEATSET_COUNTS_NO_HVM;
}

static bool classify_host(featset_pool_t *pool, size_t host, featset_guest_t guest)
{
	const featset_cpu_t *cpu = find_cpu(pool->hosts_of, guest, false, host);
	const featset_cpu_t *max = find_cpu(pool->hosts_of, guest, true, host);
	fsi_host_t *h = &pool->host[host];

	h->cpu_class[guest] = h->max_class[guest] = FSI_NO_CLASS;
	return (!cpu || fsi_class_of(&h->cpu_class[guest], &pool->host_class, cpu, FEATSET_GUEST_HVM, h->dump)) &&
	       (!max || fsi_class_of(&h->max_class[guest], &pool->host_class, max, FEATSET_GUEST_HVM, h->dump));
}

static bool make_hosts(featset_pool_t *pool)
{
	bool have_keys = any_has_keys(pool->hosts_of);

	pool->host = fsi_zeros(pool->host_count, sizeof(*pool->host));
	pool->enabled = fsi_zeros(pool->words, sizeof(*pool->enabled));
	if (!pool->host || !pool->enabled)
		return false;
	for (size_t i = 0; i < pool->host_count; i++) {
		fsi_host_t *host = &pool->host[i];

		host->enabled = !fsi_is(featset_inventory_get(pool->hosts_of, FEATSET_HOST_ENABLED, i), "false");
		if (host->enabled)
			fsi_set_bit(pool->enabled, i);
		host->dump = !featset_inventory_get(pool->hosts_of, FEATSET_HOST_MANAGER, i)[0] &&
			     is_bare(pool->hosts_of, i);
		read_version(&host->version, featset_inventory_get(pool->hosts_of, FEATSET_HOST_PLATFORM, i));
		for (int guest = 0; guest < FEATSET_GUESTS; guest++) {
			host->counts[guest] = (uint8_t)count_host(pool, (featset_guest_t)guest, i, have_keys);
			if (!classify_host(pool, i, (featset_guest_t)guest))
				return false;
		}
	}
	return true;
}

/* ---- levels ----------------------------------------------------------------------------- */

static featset_status_t make_level(featset_pool_t *pool, featset_guest_t guest, featset_error_t *error)
{
	const featset_cpu_t **cpus = fsi_zeros(pool->host_count, sizeof(*cpus));
	featset_status_t status = FEATSET_OK;
	size_t count = 0;

	if (!cpus)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	for (size_t i = 0; i < pool->host_count; i++) {
		fsi_host_t *host = &pool->host[i];

		host->level_index[guest] = host->counts[guest] == FEATSET_COUNTS ? count : FEATSET_NONE;
		if (host->counts[guest] == FEATSET_COUNTS)
			cpus[count++] = find_cpu(pool->hosts_of, guest, false, i);
	}
	if (count)
		status = featset_level_new(&pool->level[guest], cpus, count, pool->rule, error);
	free(cpus);
	return status;
}

static void read_recorded(featset_pool_t *pool)
{
	static const featset_field_t fields[FEATSET_GUESTS] = { FEATSET_POOL_HVM, FEATSET_POOL_PV };

	for (int guest = 0; guest < FEATSET_GUESTS && pool->xapi; guest++) {
		const char *text = featset_inventory_get(pool->hosts_of, fields[guest], 0);

		pool->has_recorded[guest] =
			text[0] && featset_xen_read(&pool->recorded[guest], NULL, text, NULL) == FEATSET_OK;
	}
}

/* The level as XAPI has it: the words that all hosts that count have in common. */
static void find_level_words(featset_pool_t *pool, featset_guest_t guest)
{
	featset_t words, *all = &pool->level_words[guest];

	if (!pool->level[guest])
		return;
	memset(all, 0xff, sizeof(*all));
	for (size_t i = 0; i < pool->host_count; i++) {
		if (pool->host[i].counts[guest] != FEATSET_COUNTS)
			continue;
		fsi_words(&words, find_cpu(pool->hosts_of, guest, false, i));
		featset_and(all, all, &words);
	}
	words = *featset_cpu_features(featset_level_cpu(pool->level[guest]));
	/* The level's own rule is the last word on features. */
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		featset_set_word(all, word,
				 featset_word(&words, word) |
					 (word < FEATSET_XEN_WORDS ? featset_word(all, word) & ~featset_word_flags(word) : 0));
}

/* What a VM started now would have, under XAPI: the recorded level before ours. */
static void check_next(featset_pool_t *pool)
{
	for (int guest = 0; guest < FEATSET_GUESTS; guest++) {
		bool fits = pool->level[guest] &&
			    fsi_fits_everywhere(pool, (featset_guest_t)guest, &pool->level_words[guest]);

		pool->level_fits[guest] = fits;
		pool->next_fits[guest] =
			pool->has_recorded[guest] ?
				fsi_fits_everywhere(pool, (featset_guest_t)guest, &pool->recorded[guest]) :
				fits;
	}
}

/* ---- VMs ------------------------------------------------------------------------------------ */

static bool flag(const featset_pool_t *pool, featset_field_t field, size_t vm)
{
	return fsi_is(featset_inventory_get(pool->vms_of, field, vm), "true");
}

/*
 * Halted ones hold no CPU's features; of snapshots those with memory do (which
 * XAPI calls suspended).  XAPI calls every snapshot a template too.
 */
static void read_state(const featset_pool_t *pool, size_t index, fsi_vm_t *vm)
{
	static const char *const off[] = { "halted", "shut off", "shutoff", "stopped", "crashed", "off", NULL };
	static const char *const idle[] = { "suspended", "saved", NULL };
	const char *state = featset_inventory_get(pool->vms_of, FEATSET_VM_POWER_STATE, index);

	vm->snapshot = flag(pool, FEATSET_VM_IS_SNAPSHOT, index);
	vm->suspended = is_one_of(state, idle);
	vm->counts = !is_one_of(state, off) && !flag(pool, FEATSET_VM_IS_CONTROL_DOMAIN, index);
	if (vm->snapshot) {
		if (featset_inventory_get(pool->vms_of, FEATSET_VM_SUSPEND_VDI, index)[0])
			vm->suspended = true;
		vm->counts = vm->suspended;
	} else if (flag(pool, FEATSET_VM_IS_TEMPLATE, index)) {
		vm->counts = false;
	}
	vm->running = vm->counts && !vm->suspended;
}

static featset_guest_t guest_of(const char *type, const char *policy)
{
	if (fsi_is(type, "unspecified"))
		return policy[0] ? FEATSET_GUEST_HVM : FEATSET_GUEST_PV;
	return fsi_is(type, "pv") ? FEATSET_GUEST_PV : FEATSET_GUEST_HVM;
}

/* The present domain's type, which XAPI keeps apart from the one that the next domain will have. */
static void read_guest(const featset_pool_t *pool, size_t index, const fsi_index_t *metrics, fsi_vm_t *vm)
{
	const char *type = featset_inventory_get(pool->vms_of, FEATSET_VM_CURRENT_DOMAIN_TYPE, index);
	const char *next = featset_inventory_get(pool->vms_of, FEATSET_VM_DOMAIN_TYPE, index);
	const char *policy = featset_inventory_get(pool->vms_of, FEATSET_VM_BOOT_POLICY, index);

	if (!pool->xapi)
		return;
	if (!type[0])
		type = featset_inventory_get(pool->vms_of, FEATSET_VM_METRICS_CURRENT_DOMAIN_TYPE,
					     fsi_index_find(metrics, featset_inventory_get(pool->vms_of,
											   FEATSET_VM_METRICS, index)));
	vm->next_guest = (uint8_t)guest_of(next, policy);
	vm->guest = !vm->counts || !type[0] || fsi_is(type, "unspecified") ? vm->next_guest :
									     (uint8_t)guest_of(type, policy);
}

/* A field that tells of a kind of devices. */
typedef struct told {
	featset_field_t field;
	uint16_t block;
} told_t;

static uint16_t devices_of(const featset_pool_t *pool, size_t vm)
{
	static const told_t told[] = {
		{ FEATSET_VM_PCIS, FEATSET_BLOCK_PCI },
		{ FEATSET_VM_VGPUS, FEATSET_BLOCK_VGPU },
		{ FEATSET_VM_VUSBS, FEATSET_BLOCK_USB },
	};
	unsigned devices = 0;

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (featset_inventory_get(pool->vms_of, told[i].field, vm)[0])
			devices |= told[i].block;
	return (uint16_t)devices;
}

/* xe's records of VMs do not name these; they name their VMs. */
static bool mark_devices(featset_pool_t *pool)
{
	static const featset_field_t vm_fields[] = { FEATSET_VM_REF, FEATSET_VM_UUID, FEATSET_FIELDS };
	static const told_t told[] = {
		{ FEATSET_VGPU_VM, FEATSET_BLOCK_VGPU },
		{ FEATSET_VUSB_VM, FEATSET_BLOCK_USB },
	};
	fsi_index_t vms = { 0 };
	bool made = fsi_index_records(&vms, pool->vms_of, FEATSET_RECORD_VM, vm_fields);

	for (const told_t *it = told; made && it < told + sizeof(told) / sizeof(told[0]); it++)
		for (size_t i = 0; i < featset_inventory_count(pool->vms_of, featset_field_record(it->field)); i++) {
			size_t vm = fsi_index_find(&vms, featset_inventory_get(pool->vms_of, it->field, i));

			if (vm != FEATSET_NONE)
				pool->vm[vm].device |= it->block;
		}
	fsi_index_free(&vms);
	return made;
}

/* Has a VM whatever its host has?  The first word of what libvirt and Proxmox call its CPU. */
static bool is_like_host(const char *cpu)
{
	static const char *const words[] = { "host", "max", "host-passthrough", "host-model", "maximum", NULL };
	char word[24];
	size_t length;

	if (!strncmp(cpu, "cputype=", 8))
		cpu += 8;
	length = strcspn(cpu, " ,;:");
	if (length >= sizeof(word))
		return false;
	memcpy(word, cpu, length);
	word[length] = '\0';
	return is_one_of(word, words);
}

static const featset_cpu_t *vm_cpu(const featset_pool_t *pool, size_t vm, size_t home)
{
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(pool->vms_of, vm);

	if (!cpu && home != FEATSET_NONE && is_like_host(featset_inventory_get(pool->vms_of, FEATSET_VM_CPU, vm)))
		cpu = find_cpu(pool->vms_of, FEATSET_GUEST_HVM, true, home);
	return cpu;
}

static bool make_vm(featset_pool_t *pool, size_t index, const fsi_index_t *hosts, const fsi_index_t *metrics)
{
	fsi_vm_t *vm = &pool->vm[index];
	size_t home;

	read_state(pool, index, vm);
	read_guest(pool, index, metrics, vm);
	home = vm->running ? fsi_index_find(hosts, featset_inventory_get(pool->vms_of, FEATSET_VM_HOST, index)) :
			     FEATSET_NONE;
	vm->device = devices_of(pool, index);
	vm->host = pool->across ? FEATSET_NONE : home;
	if (home != FEATSET_NONE)
		read_version(&vm->version, featset_inventory_get(pool->vms_of, FEATSET_HOST_PLATFORM, home));
	vm->klass = FSI_NO_CLASS;
	return !vm->counts || fsi_class_of(&vm->klass, &pool->vm_class, vm_cpu(pool, index, home),
					   (featset_guest_t)vm->guest, false);
}

static bool make_vms(featset_pool_t *pool)
{
	static const featset_field_t host_fields[] = { FEATSET_HOST_REF, FEATSET_HOST_UUID, FEATSET_HOST_NAME,
						       FEATSET_HOST_HOSTNAME, FEATSET_FIELDS };
	static const featset_field_t metrics_fields[] = { FEATSET_VM_METRICS_REF, FEATSET_VM_METRICS_UUID,
							  FEATSET_FIELDS };
	fsi_index_t hosts = { 0 }, metrics = { 0 };
	bool made;

	pool->vm = fsi_zeros(pool->vm_count, sizeof(*pool->vm));
	made = pool->vm && fsi_index_records(&hosts, pool->vms_of, FEATSET_RECORD_HOST, host_fields) &&
	       fsi_index_records(&metrics, pool->vms_of, FEATSET_RECORD_VM_METRICS, metrics_fields);
	for (size_t i = 0; made && i < pool->vm_count; i++)
		made = make_vm(pool, i, &hosts, &metrics);
	made = made && mark_devices(pool);
	fsi_index_free(&hosts);
	fsi_index_free(&metrics);
	return made;
}

static bool is_other_version(const fsi_version_t **first, const fsi_version_t *version)
{
	if (!*first && version->parts)
		*first = version;
	return *first && fsi_version_compare(*first, version) != 0;
}

static void compare_versions(featset_pool_t *pool)
{
	const fsi_version_t *first = NULL;

	for (size_t i = 0; i < pool->host_count; i++)
		pool->versions_differ |= is_other_version(&first, &pool->host[i].version);
	for (size_t i = 0; i < pool->vm_count; i++)
		pool->versions_differ |= is_other_version(&first, &pool->vm[i].version);
}

/* ---- making ------------------------------------------------------------------------------------ */

/* The one manager of all records of a kind that have one; NULL when there are two. */
static const char *find_manager(const featset_inventory_t *inventory, featset_record_t kind, featset_field_t field)
{
	static const char *const known[] = { "xapi", "libvirt", "proxmox" };
	const char *manager = "";

	for (size_t i = 0; i < featset_inventory_count(inventory, kind); i++) {
		const char *other = featset_inventory_get(inventory, field, i);

		if (manager[0] && other[0] && strcmp(manager, other) != 0)
			return NULL;
		manager = other[0] ? other : manager;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(manager, known[i]))
			return known[i];
	return manager;
}

static featset_status_t find_platform(featset_pool_t *pool, featset_error_t *error)
{
	const char *vms;

	pool->manager = find_manager(pool->hosts_of, FEATSET_RECORD_HOST, FEATSET_HOST_MANAGER);
	if (!pool->manager)
		return fsi_fail(error, FEATSET_E_ARGUMENT,
				"the hosts belong to different platforms: a pool has hosts of one, and dumps of CPUs");
	vms = find_manager(pool->vms_of, FEATSET_RECORD_VM, FEATSET_VM_MANAGER);
	if (!pool->manager[0] && vms)
		pool->manager = vms;
	pool->xapi = !strcmp(pool->manager, "xapi");
	pool->rule = pool->xapi ? FEATSET_RULE_XENSERVER : FEATSET_RULE_SAFE;
	return FEATSET_OK;
}

static featset_status_t fill(featset_pool_t *pool, featset_error_t *error)
{
	featset_status_t status = find_platform(pool, error);
	bool made;

	if (status != FEATSET_OK)
		return status;
	made = make_hosts(pool) && make_vms(pool) && fsi_make_matrix(pool) && fsi_make_places(pool) &&
	       fsi_find_blocking(pool);
	if (!made)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	compare_versions(pool);
	for (int guest = 0; status == FEATSET_OK && guest < FEATSET_GUESTS; guest++)
		status = make_level(pool, (featset_guest_t)guest, error);
	if (status != FEATSET_OK)
		return status;
	for (int guest = 0; guest < FEATSET_GUESTS; guest++)
		find_level_words(pool, (featset_guest_t)guest);
	read_recorded(pool);
	check_next(pool);
	return FEATSET_OK;
}

featset_status_t featset_pool_new_across(featset_pool_t **pool, const featset_inventory_t *vms,
					 const featset_inventory_t *hosts, featset_error_t *error)
{
	featset_status_t status;
	featset_pool_t *made;

	if (!pool)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "there is no place for the pool");
	*pool = NULL;
	if (!featset_inventory_hosts(hosts))
		return fsi_fail(error, FEATSET_E_ARGUMENT, "a pool needs at least one host");
	made = calloc(1, sizeof(*made));
	if (!made)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	made->hosts_of = hosts;
	made->vms_of = vms;
	made->across = vms != hosts;
	made->host_count = featset_inventory_hosts(hosts);
	made->vm_count = featset_inventory_count(vms, FEATSET_RECORD_VM);
	made->words = (made->host_count + 63) / 64;
	status = fill(made, error);
	if (status == FEATSET_OK)
		*pool = made;
	else
		featset_pool_free(made);
	return status;
}

featset_status_t featset_pool_new(featset_pool_t **pool, const featset_inventory_t *inventory, featset_error_t *error)
{
	return featset_pool_new_across(pool, inventory, inventory, error);
}

void featset_pool_free(featset_pool_t *pool)
{
	if (!pool)
		return;
	for (int guest = 0; guest < FEATSET_GUESTS; guest++)
		featset_level_free(pool->level[guest]);
	free_classes(&pool->host_class);
	free_classes(&pool->vm_class);
	fsi_places_free(&pool->networks);
	fsi_places_free(&pool->srs);
	free(pool->internal);
	free(pool->host);
	free(pool->vm);
	free(pool->matrix);
	free(pool->fits);
	free(pool->unsure);
	free(pool->enabled);
	free(pool);
}

/* ---- looking -------------------------------------------------------------------------------------- */

const char *featset_pool_manager(const featset_pool_t *pool)
{
	return pool->manager;
}

size_t featset_pool_hosts(const featset_pool_t *pool)
{
	return pool->host_count;
}

size_t featset_pool_vms(const featset_pool_t *pool)
{
	return pool->vm_count;
}

bool featset_pool_vm_counts(const featset_pool_t *pool, size_t vm)
{
	return vm < pool->vm_count && pool->vm[vm].counts;
}

size_t featset_pool_vm_host(const featset_pool_t *pool, size_t vm)
{
	return vm < pool->vm_count ? pool->vm[vm].host : FEATSET_NONE;
}

bool featset_pool_host_enabled(const featset_pool_t *pool, size_t host)
{
	return host < pool->host_count && pool->host[host].enabled;
}

featset_guest_t featset_pool_vm_guest(const featset_pool_t *pool, size_t vm)
{
	return vm < pool->vm_count ? (featset_guest_t)pool->vm[vm].guest : FEATSET_GUEST_HVM;
}

const featset_cpu_t *fsi_vm_cpu(const featset_pool_t *pool, size_t vm)
{
	if (vm >= pool->vm_count || pool->vm[vm].klass == FSI_NO_CLASS)
		return NULL;
	return pool->vm_class.at[pool->vm[vm].klass].cpu;
}

const featset_level_t *featset_pool_level(const featset_pool_t *pool, featset_guest_t guest)
{
	return (unsigned)guest < FEATSET_GUESTS ? pool->level[guest] : NULL;
}

featset_counts_t featset_pool_counts(const featset_pool_t *pool, featset_guest_t guest, size_t host)
{
	if ((unsigned)guest >= FEATSET_GUESTS || host >= pool->host_count)
		return FEATSET_COUNTS_NO_KEYS;
	return (featset_counts_t)pool->host[host].counts[guest];
}

const featset_cpu_t *featset_pool_host_cpu(const featset_pool_t *pool, featset_guest_t guest, size_t host)
{
	return (unsigned)guest < FEATSET_GUESTS && host < pool->host_count ?
		       find_cpu(pool->hosts_of, guest, false, host) :
		       NULL;
}

const featset_cpu_t *featset_pool_host_max(const featset_pool_t *pool, featset_guest_t guest, size_t host)
{
	return (unsigned)guest < FEATSET_GUESTS && host < pool->host_count ?
		       find_cpu(pool->hosts_of, guest, true, host) :
		       NULL;
}

void featset_pool_lost(featset_t *act, featset_t *other, const featset_pool_t *pool, featset_guest_t guest, size_t host)
{
	featset_clear(act);
	featset_clear(other);
	if (featset_pool_counts(pool, guest, host) == FEATSET_COUNTS)
		featset_level_lost(act, other, pool->level[guest], pool->host[host].level_index[guest]);
}

bool featset_pool_level_differs(const featset_pool_t *pool, featset_guest_t guest, featset_t *recorded)
{
	if ((unsigned)guest >= FEATSET_GUESTS || !pool->has_recorded[guest])
		return false;
	if (recorded)
		*recorded = pool->recorded[guest];
	return !pool->level[guest] || !featset_equal(&pool->recorded[guest], &pool->level_words[guest]);
}
