/* SPDX-License-Identifier: MIT */
#include "error_internal.h"
#include "featset/depend.h"
#include "pool_internal.h"

#include <stdlib.h>
#include <string.h>

struct featset_change {
	const featset_pool_t *before, *after;
	featset_pool_t *across; /* VMs before on hosts after, where the pool after tells of no VMs */
	size_t *host_before, *host_after, hosts;
	size_t *before_of; /* which host before each host after is */
	size_t *vm_after;
	uint64_t *common; /* hosts before that are enabled, and in both */
};

/* ---- who is who --------------------------------------------------------------------- */

/* Finds the records of one inventory in another one. */
typedef struct matcher {
	const featset_inventory_t *from, *to;
	featset_field_t uuid, name;
	fsi_index_t by_uuid, by_name;
} matcher_t;

static bool start_matching(matcher_t *m, featset_record_t kind)
{
	const featset_field_t uuids[] = { m->uuid, FEATSET_FIELDS }, names[] = { m->name, FEATSET_FIELDS };

	return fsi_index_records(&m->by_uuid, m->to, kind, uuids) && fsi_index_records(&m->by_name, m->to, kind, names);
}

static void end_matching(matcher_t *m)
{
	fsi_index_free(&m->by_uuid);
	fsi_index_free(&m->by_name);
}

/* By UUID; by name only where one of the two has no UUID. */
static size_t match(const matcher_t *m, size_t index)
{
	const char *uuid = featset_inventory_get(m->from, m->uuid, index);
	size_t found = fsi_index_find(&m->by_uuid, uuid);

	if (found != FEATSET_NONE)
		return found;
	found = fsi_index_find(&m->by_name, featset_inventory_get(m->from, m->name, index));
	if (found != FEATSET_NONE && uuid[0] && featset_inventory_get(m->to, m->uuid, found)[0])
		return FEATSET_NONE;
	return found;
}

/* Hosts before in their order, then those that came. */
static bool match_hosts(featset_change_t *change)
{
	size_t before = change->before->host_count, after = change->after->host_count;
	matcher_t m = {
		change->before->hosts_of, change->after->hosts_of, FEATSET_HOST_UUID, FEATSET_HOST_NAME, { 0 }, { 0 }
	};
	bool *taken = fsi_zeros(after, sizeof(*taken));
	bool good = taken && start_matching(&m, FEATSET_RECORD_HOST);

	for (size_t i = 0; i < after; i++)
		change->before_of[i] = FEATSET_NONE;
	for (size_t i = 0; good && i < before; i++) {
		size_t found = match(&m, i);

		if (found != FEATSET_NONE && taken[found])
			found = FEATSET_NONE;
		if (found != FEATSET_NONE) {
			taken[found] = true;
			change->before_of[found] = i;
			if (fsi_bit(change->before->enabled, i))
				fsi_set_bit(change->common, i);
		}
		change->host_before[change->hosts] = i;
		change->host_after[change->hosts++] = found;
	}
	for (size_t i = 0; good && i < after; i++) {
		if (taken[i])
			continue;
		change->host_before[change->hosts] = FEATSET_NONE;
		change->host_after[change->hosts++] = i;
	}
	end_matching(&m);
	free(taken);
	return good;
}

static bool match_vms(featset_change_t *change)
{
	matcher_t m = { change->before->vms_of, change->after->vms_of, FEATSET_VM_UUID, FEATSET_VM_NAME, { 0 }, { 0 } };
	bool good = start_matching(&m, FEATSET_RECORD_VM);

	for (size_t i = 0; good && i < change->before->vm_count; i++)
		change->vm_after[i] = match(&m, i);
	end_matching(&m);
	return good;
}

/* Where the second file tells of hosts alone, VMs are taken to be as they were. */
static featset_status_t match_vms_or_keep(featset_change_t *change, featset_error_t *error)
{
	if (!change->after->vm_count && change->before->vm_count) {
		for (size_t i = 0; i < change->before->vm_count; i++)
			change->vm_after[i] = i;
		return featset_pool_new_across(&change->across, change->before->vms_of, change->after->hosts_of, error);
	}
	return match_vms(change) ? FEATSET_OK : fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
}

featset_status_t featset_change_new(featset_change_t **change, const featset_pool_t *before,
				    const featset_pool_t *after, featset_error_t *error)
{
	featset_change_t *made;
	featset_status_t status;

	*change = NULL;
	if (!before || !after)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "a change needs two pools");
	made = fsi_zeros(1, sizeof(*made));
	if (!made)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	made->before = before;
	made->after = after;
	made->host_before = fsi_zeros(before->host_count + after->host_count, sizeof(*made->host_before));
	made->host_after = fsi_zeros(before->host_count + after->host_count, sizeof(*made->host_after));
	made->before_of = fsi_zeros(after->host_count, sizeof(*made->before_of));
	made->vm_after = fsi_zeros(before->vm_count, sizeof(*made->vm_after));
	made->common = fsi_zeros(before->words, sizeof(*made->common));
	if (!made->host_before || !made->host_after || !made->before_of || !made->vm_after || !made->common ||
	    !match_hosts(made))
		status = fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	else
		status = match_vms_or_keep(made, error);
	if (status != FEATSET_OK) {
		featset_change_free(made);
		return status;
	}
	*change = made;
	return FEATSET_OK;
}

void featset_change_free(featset_change_t *change)
{
	if (!change)
		return;
	featset_pool_free(change->across);
	free(change->host_before);
	free(change->host_after);
	free(change->before_of);
	free(change->vm_after);
	free(change->common);
	free(change);
}

size_t featset_change_hosts(const featset_change_t *change)
{
	return change ? change->hosts : 0;
}

void featset_change_host(const featset_change_t *change, size_t index, size_t *before, size_t *after)
{
	bool there = index < featset_change_hosts(change);

	*before = there ? change->host_before[index] : FEATSET_NONE;
	*after = there ? change->host_after[index] : FEATSET_NONE;
}

/* ---- levels and hosts ------------------------------------------------------------------ */

/* What nobody read on the other side is neither lost nor gained. */
static void compare(featset_t *lost, featset_t *gained, const featset_cpu_t *before, const featset_cpu_t *after)
{
	featset_clear(lost);
	featset_clear(gained);
	if (!before || !after)
		return;
	featset_minus(lost, featset_cpu_features(before), featset_cpu_features(after));
	featset_and(lost, lost, featset_cpu_known(after));
	featset_minus(gained, featset_cpu_features(after), featset_cpu_features(before));
	featset_and(gained, gained, featset_cpu_known(before));
}

static const featset_cpu_t *level_of(const featset_pool_t *pool, featset_guest_t guest)
{
	const featset_level_t *level = featset_pool_level(pool, guest);

	return level ? featset_level_cpu(level) : NULL;
}

void featset_change_level(featset_t *lost, featset_t *gained, const featset_change_t *change, featset_guest_t guest)
{
	compare(lost, gained, change ? level_of(change->before, guest) : NULL,
		change ? level_of(change->after, guest) : NULL);
}

/* A host's cpu before or after; NULL where it is not, or has not told. */
static const featset_cpu_t *cpu_of(const featset_pool_t *pool, featset_guest_t guest, size_t host)
{
	return host == FEATSET_NONE ? NULL : featset_pool_host_cpu(pool, guest, host);
}

void featset_change_host_features(featset_t *lost, featset_t *gained, const featset_change_t *change,
				  featset_guest_t guest, size_t index)
{
	size_t before, after;

	featset_change_host(change, index, &before, &after);
	compare(lost, gained, change ? cpu_of(change->before, guest, before) : NULL,
		change ? cpu_of(change->after, guest, after) : NULL);
}

/* ---- whose doing it is ------------------------------------------------------------------- */

static void add_class(featset_t *dst, featset_class_t klass)
{
	featset_t set;

	featset_of_class(&set, klass);
	featset_or(dst, dst, &set);
}

/* What says nothing about anybody: copies, hints, and what the operating system switched just now. */
static void add_noise(featset_t *dst)
{
	add_class(dst, FEATSET_CLASS_DYNAMIC);
	add_class(dst, FEATSET_CLASS_HINT);
	add_class(dst, FEATSET_CLASS_ALIAS);
}

static void noise_of(featset_t *dst, const featset_cpu_t *a, const featset_cpu_t *b)
{
	featset_or(dst, featset_cpu_compat(a), featset_cpu_compat(b));
	add_noise(dst);
}

static void add_each(featset_t *dst, const uint16_t *features, size_t count)
{
	for (size_t i = 0; i < count; i++)
		featset_add(dst, features[i]);
}

/*
 * What hypervisor and microcode make up, whatever the silicon: mitigations and
 * their opposite, all of ARCH_CAPABILITIES, an emulated x2APIC, a TSC that Xen
 * shows only to VMs that stay, LFENCE by an MSR bit, RDRAND where it leaks.
 */
static void add_software(featset_t *dst)
{
	static const uint16_t made_up[] = { FEATSET_X2APIC, FEATSET_INVTSC, FEATSET_LFENCE_RDTSC,
					    FEATSET_NULL_SEL_CLR_BASE, FEATSET_RDRAND };

	add_class(dst, FEATSET_CLASS_MITIGATION);
	add_class(dst, FEATSET_CLASS_INVERTED);
	add_each(dst, made_up, sizeof(made_up) / sizeof(made_up[0]));
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		if (featset_word_source(word) == FEATSET_SOURCE_MSR && featset_word_index(word) == 0x10a)
			featset_set_word(dst, word, 0xffffffff);
}

static void add_switchable(featset_t *dst, const featset_cpu_t *cpu)
{
	const featset_baseline_t *baseline = featset_identify(cpu);
	featset_t set;

	if (!baseline)
		return;
	featset_baseline_switchable(&set, baseline);
	featset_or(dst, dst, &set);
}

/* What firmware switches: the catalog's word for these parts, and IA32_MISC_ENABLE's and FEATURE_CONFIG's bits. */
static void firmware_of(featset_t *dst, const featset_cpu_t *a, const featset_cpu_t *b)
{
	static const uint16_t switches[] = { FEATSET_AES,  FEATSET_NX,  FEATSET_MONITOR, FEATSET_EST,
					     FEATSET_ERMS, FEATSET_HLE, FEATSET_RTM,     FEATSET_TSXLDTRK };

	featset_of_class(dst, FEATSET_CLASS_FIRMWARE);
	add_each(dst, switches, sizeof(switches) / sizeof(switches[0]));
	add_switchable(dst, a);
	add_switchable(dst, b);
}

/* And what goes with such a bit: no VAES without AES. */
static void take_along(featset_t *rest, const featset_t *switched)
{
	featset_t more;

	for (featset_feature_t f = featset_next(switched, 0); f < FEATSET_BITS; f = featset_next(switched, f + 1)) {
		featset_dependants(&more, f, FEATSET_EDGES_ALL);
		featset_minus(rest, rest, &more);
	}
}

static bool other_length(const featset_cpu_t *a, const featset_cpu_t *b)
{
	int64_t x = featset_cpu_number(a, FEATSET_XEN_LENGTH), y = featset_cpu_number(b, FEATSET_XEN_LENGTH);

	return x > 0 && y > 0 && x != y;
}

/* What differs in words that both have and both read. */
static void difference(featset_t *dst, const featset_cpu_t *a, const featset_cpu_t *b)
{
	int64_t x = featset_cpu_number(a, FEATSET_XEN_LENGTH), y = featset_cpu_number(b, FEATSET_XEN_LENGTH);

	featset_xor(dst, featset_cpu_features(a), featset_cpu_features(b));
	featset_and(dst, dst, featset_cpu_known(a));
	featset_and(dst, dst, featset_cpu_known(b));
	if (!other_length(a, b))
		return;
	for (unsigned word = (unsigned)(x < y ? x : y); word < FEATSET_WORDS; word++)
		featset_set_word(dst, word, 0);
}

/* Yes when vendor, family and model are the same, or where these are unknown the model's name; no when any differs. */
static featset_answer_t same_model(const featset_cpu_t *a, const featset_cpu_t *b, bool stepping)
{
	static const featset_number_t numbers[] = { FEATSET_FAMILY, FEATSET_MODEL, FEATSET_STEPPING };
	const char *x = featset_cpu_vendor(a), *y = featset_cpu_vendor(b);
	unsigned same = x[0] && y[0];

	if (same && strcmp(x, y) != 0)
		return FEATSET_NO;
	for (size_t i = 0; i < (stepping ? 3 : 2); i++) {
		int64_t one = featset_cpu_number(a, numbers[i]), two = featset_cpu_number(b, numbers[i]);

		if (one >= 0 && two >= 0 && one != two)
			return FEATSET_NO;
		same += i < 2 && one >= 0 && two >= 0;
	}
	if (same == 3)
		return FEATSET_YES;
	x = featset_cpu_brand(a);
	y = featset_cpu_brand(b);
	if (!x[0] || !y[0])
		return FEATSET_UNKNOWN;
	return strcmp(x, y) == 0 ? FEATSET_YES : FEATSET_NO;
}

static bool same_name(const featset_cpu_t *a, const featset_cpu_t *b)
{
	const char *x = featset_cpu_brand(a), *y = featset_cpu_brand(b);

	return !x[0] || !y[0] || strcmp(x, y) == 0;
}

/*
 * Another length on the same model is another hypervisor, which then explains
 * whatever else has changed: older Xens show VMX and copies that newer ones do not.
 */
static featset_turn_t turn_of(const featset_cpu_t *before, const featset_cpu_t *after)
{
	featset_answer_t same = same_model(before, after, true);
	featset_t changed, soft, firmware, switched;

	if (same == FEATSET_NO || !same_name(before, after))
		return FEATSET_TURN_HARDWARE;
	if (same == FEATSET_YES && other_length(before, after))
		return FEATSET_TURN_SOFTWARE;
	difference(&changed, before, after);
	if (featset_is_empty(&changed))
		return other_length(before, after) ? FEATSET_TURN_SOFTWARE : FEATSET_TURN_NONE;
	noise_of(&soft, before, after);
	add_software(&soft);
	firmware_of(&firmware, before, after);
	featset_minus(&soft, &soft, &firmware);
	featset_minus(&changed, &changed, &soft);
	if (featset_is_empty(&changed))
		return FEATSET_TURN_SOFTWARE;
	featset_and(&switched, &changed, &firmware);
	featset_minus(&changed, &changed, &firmware);
	take_along(&changed, &switched);
	return featset_is_empty(&changed) ? FEATSET_TURN_FIRMWARE : FEATSET_TURN_HARDWARE;
}

featset_turn_t featset_change_turn(const featset_change_t *change, size_t index)
{
	featset_turn_t turn = FEATSET_TURN_NONE;
	size_t before, after;

	featset_change_host(change, index, &before, &after);
	if (before == FEATSET_NONE || after == FEATSET_NONE)
		return FEATSET_TURN_NONE;
	for (int guest = 0; guest < FEATSET_GUESTS; guest++) {
		const featset_cpu_t *old = cpu_of(change->before, (featset_guest_t)guest, before);
		const featset_cpu_t *new = cpu_of(change->after, (featset_guest_t)guest, after);
		featset_turn_t other = old && new ? turn_of(old, new) : FEATSET_TURN_NONE;

		if (other > turn)
			turn = other;
	}
	return turn;
}

/*
 * Other steppings may have mended in silicon what a *_NO bit tells of (Cascade
 * Lake is a stepping of Skylake), so bits count only where steppings are equal.
 */
static bool is_half_updated(const featset_cpu_t *a, const featset_cpu_t *b, const featset_t *software)
{
	featset_t changed, noise;

	if (same_model(a, b, false) != FEATSET_YES)
		return false;
	if (other_length(a, b))
		return true;
	difference(&changed, a, b);
	if (featset_is_empty(&changed) || same_model(a, b, true) != FEATSET_YES)
		return false;
	featset_minus(&changed, &changed, software);
	if (!featset_is_empty(&changed))
		return false;
	difference(&changed, a, b);
	noise_of(&noise, a, b);
	return !featset_subset(&changed, &noise);
}

/* Hosts of one class differ in nothing but perhaps their model. */
static bool is_half_updated_pair(const featset_pool_t *pool, size_t one, size_t two, const featset_t *software)
{
	for (int guest = 0; guest < FEATSET_GUESTS; guest++) {
		uint32_t a = pool->host[one].cpu_class[guest], b = pool->host[two].cpu_class[guest];

		if (a != b && a != FSI_NO_CLASS && b != FSI_NO_CLASS &&
		    is_half_updated(featset_pool_host_cpu(pool, (featset_guest_t)guest, one),
				    featset_pool_host_cpu(pool, (featset_guest_t)guest, two), software))
			return true;
	}
	return false;
}

/* Has an earlier host the same model and the same classes?  Then it has stood in every pair for this one too. */
static bool is_repeated(const featset_pool_t *pool, size_t host)
{
	const uint32_t *classes = pool->host[host].cpu_class;

	for (size_t i = 0; i < host; i++) {
		const featset_cpu_t *a, *b;

		if (memcmp(pool->host[i].cpu_class, classes, sizeof(pool->host[i].cpu_class)) != 0)
			continue;
		a = featset_pool_host_cpu(pool, FEATSET_GUEST_HVM, i);
		b = featset_pool_host_cpu(pool, FEATSET_GUEST_HVM, host);
		if (a && b && same_model(a, b, true) == FEATSET_YES)
			return true;
	}
	return false;
}

bool featset_pool_half_updated(const featset_pool_t *pool, size_t *one, size_t *two)
{
	featset_t software = { { 0 } };

	if (!pool)
		return false;
	/* Copies and hints may differ beside what matters. */
	add_software(&software);
	add_noise(&software);
	for (size_t i = 0; i < pool->host_count; i++) {
		if (is_repeated(pool, i))
			continue;
		for (size_t k = i + 1; k < pool->host_count; k++) {
			if (!is_half_updated_pair(pool, i, k, &software))
				continue;
			*one = i;
			*two = k;
			return true;
		}
	}
	return false;
}

/* ---- vendors --------------------------------------------------------------------------------- */

static const char *vendor_of(const featset_pool_t *pool, size_t host)
{
	for (int slot = 0; slot < FEATSET_SLOTS; slot++) {
		const featset_cpu_t *cpu = featset_inventory_cpu(pool->hosts_of, host, (featset_slot_t)slot);

		if (cpu && featset_cpu_vendor(cpu)[0])
			return featset_cpu_vendor(cpu);
	}
	return "";
}

static size_t count_vendors(const featset_pool_t *pool)
{
	size_t count = 0;

	for (size_t i = 0; i < pool->host_count; i++) {
		const char *vendor = vendor_of(pool, i);
		size_t k = 0;

		while (k < i && strcmp(vendor_of(pool, k), vendor) != 0)
			k++;
		count += vendor[0] && k == i;
	}
	return count;
}

bool featset_change_mixes_vendors(const featset_change_t *change)
{
	size_t after = change ? count_vendors(change->after) : 0;

	return after > 1 && after > count_vendors(change->before);
}

/* ---- mobility -------------------------------------------------------------------------------------- */

/* All hosts of a pool as one VM sees them. */
typedef struct sight {
	const uint64_t *enabled, *fits, *unsure;
	size_t words, own;
} sight_t;

/* False for a VM that holds nothing, or of whose CPU nothing is known. */
static bool look(sight_t *sight, const featset_pool_t *pool, size_t vm)
{
	const fsi_vm_t *it;

	if (vm >= pool->vm_count)
		return false;
	it = &pool->vm[vm];
	if (!it->counts || it->klass == FSI_NO_CLASS)
		return false;
	*sight = (sight_t){ pool->enabled, pool->fits + it->klass * pool->words, pool->unsure + it->klass * pool->words,
			    pool->words, it->host };
	return true;
}

/* All hosts but the VM's own, word by word. */
static uint64_t others(const sight_t *sight, const uint64_t *hosts, size_t word)
{
	uint64_t bits = hosts[word];

	if (sight->own != FEATSET_NONE && sight->own / 64 == word)
		bits &= ~((uint64_t)1 << sight->own % 64);
	return bits;
}

static bool all_take(const sight_t *sight, const uint64_t *hosts)
{
	uint64_t refusing = 0;

	for (size_t w = 0; w < sight->words; w++)
		refusing |= others(sight, hosts, w) & ~sight->fits[w];
	return !refusing;
}

static bool any_other(const sight_t *sight)
{
	uint64_t any = 0;

	for (size_t w = 0; w < sight->words; w++)
		any |= others(sight, sight->enabled, w);
	return any;
}

/* Is there another enabled host where nothing at all stands in a VM's way, or nothing that is known? */
static bool some_take(const sight_t *sight, const featset_pool_t *pool, size_t vm, bool or_may)
{
	for (size_t w = 0; w < sight->words; w++) {
		uint64_t hosts = others(sight, sight->enabled, w) & (sight->fits[w] | (or_may ? sight->unsure[w] : 0));

		for (size_t host = w * 64; hosts; host++, hosts >>= 1)
			if (hosts & 1 && !(featset_pool_blocks(pool, vm, host) & ~(unsigned)FEATSET_BLOCK_UNKNOWN))
				return true;
	}
	return false;
}

/* What keeps a VM away whatever its CPU has. */
#define PLACEMENT (FEATSET_BLOCK_NETWORK | FEATSET_BLOCK_STORAGE | FEATSET_BLOCK_DEVICE)

/* Did a host that refuses a VM now take it before?  A new host is measured by what all others did. */
static bool refuses_newly(const featset_change_t *change, const sight_t *before, size_t host)
{
	size_t old = change->before_of[host];

	return old == FEATSET_NONE ? all_take(before, change->common) : fsi_bit(before->fits, old);
}

static bool some_refuse_newly(const featset_change_t *change, const sight_t *before, const sight_t *after,
			      const featset_pool_t *pool, size_t vm)
{
	for (size_t w = 0; w < after->words; w++) {
		uint64_t hosts = others(after, after->enabled, w) & ~after->fits[w] & ~after->unsure[w];

		for (size_t host = w * 64; hosts; host++, hosts >>= 1)
			if (hosts & 1 && refuses_newly(change, before, host) &&
			    !(featset_pool_blocks(pool, vm, host) & PLACEMENT))
				return true;
	}
	return false;
}

/* What could go nowhere before is not stuck by the change; what was alone could go wherever it fits. */
static bool is_stuck(const featset_change_t *change, size_t vm)
{
	const featset_pool_t *pool = change->across ? change->across : change->after;
	sight_t before, after;
	bool could;

	if (!look(&before, change->before, vm) || !look(&after, pool, change->vm_after[vm]))
		return false;
	/* A migration to another pool knows no own host, but here the VM stays where it is. */
	if (change->across && before.own != FEATSET_NONE)
		after.own = change->host_after[before.own];
	could = some_take(&before, change->before, vm, false);
	if (!could && any_other(&before))
		return false;
	if (some_refuse_newly(change, &before, &after, pool, change->vm_after[vm]))
		return true;
	return could && any_other(&after) && !some_take(&after, pool, change->vm_after[vm], true);
}

size_t featset_change_stuck(const featset_change_t *change, size_t from)
{
	for (size_t vm = from; change && vm < change->before->vm_count; vm++)
		if (is_stuck(change, vm))
			return vm;
	return FEATSET_NONE;
}

static bool is_homeless(const featset_change_t *change, size_t vm)
{
	const fsi_vm_t *before = &change->before->vm[vm], *after;

	if (!before->counts || before->host == FEATSET_NONE || change->host_after[before->host] != FEATSET_NONE)
		return false;
	if (change->across)
		return true;
	if (change->vm_after[vm] == FEATSET_NONE)
		return false;
	after = &change->after->vm[change->vm_after[vm]];
	return after->running && after->host == FEATSET_NONE;
}

size_t featset_change_homeless(const featset_change_t *change, size_t from)
{
	for (size_t vm = from; change && vm < change->before->vm_count; vm++)
		if (is_homeless(change, vm))
			return vm;
	return FEATSET_NONE;
}
