/* SPDX-License-Identifier: MIT */
#include "pool_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- one cpu against another ---------------------------------------------------- */

/*
 * XAPI's check, in its order: the vendor, then all words of the VM against the
 * host's.  What is compared with libxc's help is zero-extended, so that a word
 * beyond the host's length is missing there; only XAPI without XenServer's libxc
 * would ignore it.  A VM of which no featureset is recorded passes.
 */
static unsigned check_xapi(const featset_cpu_t *vm, const featset_cpu_t *host)
{
	const char *vendor = featset_cpu_vendor(vm), *other = featset_cpu_vendor(host);
	featset_t words, others;

	if (vendor[0] && other[0] && strcmp(vendor, other) != 0)
		return FEATSET_BLOCK_VENDOR;
	fsi_words(&words, vm);
	fsi_words(&others, host);
	return featset_subset(&words, &others) ? 0 : FEATSET_BLOCK_FEATURES;
}

static unsigned check_fits(const featset_cpu_t *vm, const featset_cpu_t *host)
{
	static const unsigned blocks[] = { [FEATSET_NO] = FEATSET_BLOCK_FEATURES,
					   [FEATSET_YES] = 0,
					   [FEATSET_UNKNOWN] = FEATSET_BLOCK_UNKNOWN };
	const char *vendor = featset_cpu_vendor(vm), *other = featset_cpu_vendor(host);

	if (vendor[0] && other[0] && strcmp(vendor, other) != 0)
		return FEATSET_BLOCK_VENDOR;
	return blocks[featset_cpu_fits(vm, host, NULL, NULL)];
}

/* Does XAPI compare the two, word by word?  A dump among its hosts is estimated. */
static bool is_raw(const featset_pool_t *pool, bool dump)
{
	return pool->xapi && !dump;
}

static unsigned check_classes(const featset_pool_t *pool, const fsi_class_t *vm, const fsi_class_t *host)
{
	if (!vm->cpu)
		return FEATSET_BLOCK_UNKNOWN;
	return is_raw(pool, host->dump) ? check_xapi(vm->cpu, host->cpu) : check_fits(vm->cpu, host->cpu);
}

/* ---- classes against classes -------------------------------------------------------- */

unsigned fsi_class_blocks(const featset_pool_t *pool, uint32_t klass, size_t host)
{
	uint32_t column = pool->host[host].max_class[pool->vm_class.at[klass].guest];

	if (column == FSI_NO_CLASS)
		return is_raw(pool, pool->host[host].dump) ? FEATSET_BLOCK_KEYS : FEATSET_BLOCK_UNKNOWN;
	return pool->matrix[(size_t)klass * pool->host_class.count + column];
}

static void fill_matrix(featset_pool_t *pool)
{
	const fsi_classes_t *vms = &pool->vm_class, *hosts = &pool->host_class;

	for (uint32_t v = 0; v < vms->count; v++)
		for (uint32_t h = 0; h < hosts->count; h++)
			pool->matrix[(size_t)v * hosts->count + h] =
				(uint8_t)check_classes(pool, &vms->at[v], &hosts->at[h]);
}

static void fill_rows(featset_pool_t *pool, uint32_t klass)
{
	uint64_t *fits = pool->fits + klass * pool->words, *unsure = pool->unsure + klass * pool->words;

	for (size_t host = 0; host < pool->host_count; host++) {
		unsigned blocks = fsi_class_blocks(pool, klass, host);

		if (!blocks)
			fsi_set_bit(fits, host);
		else if (blocks == FEATSET_BLOCK_UNKNOWN)
			fsi_set_bit(unsure, host);
	}
}

bool fsi_make_matrix(featset_pool_t *pool)
{
	size_t rows = pool->vm_class.count;

	pool->matrix = fsi_zeros(rows, pool->host_class.count ? pool->host_class.count : 1);
	pool->fits = fsi_zeros(rows * pool->words, sizeof(*pool->fits));
	pool->unsure = fsi_zeros(rows * pool->words, sizeof(*pool->unsure));
	if (!pool->matrix || !pool->fits || !pool->unsure)
		return false;
	fill_matrix(pool);
	for (uint32_t klass = 0; klass < rows; klass++)
		fill_rows(pool, klass);
	return true;
}

/* ---- VM against host -------------------------------------------------------------------- */

static bool is_pair(const featset_pool_t *pool, size_t vm, size_t host)
{
	return vm < pool->vm_count && host < pool->host_count;
}

/* Most pairs fit, and one bit tells. */
static unsigned cpu_blocks(const featset_pool_t *pool, size_t vm, size_t host)
{
	const fsi_vm_t *it = &pool->vm[vm];

	if (!it->counts || it->host == host || fsi_bit(pool->fits + it->klass * pool->words, host))
		return 0;
	return fsi_class_blocks(pool, it->klass, host);
}

/* Needs are those that some host lacks. */
static bool needs_any(const fsi_places_t *places, size_t vm)
{
	return places->first[vm] != places->first[vm + 1];
}

featset_answer_t featset_pool_check(const featset_pool_t *pool, size_t vm, size_t host)
{
	unsigned blocks;

	if (!is_pair(pool, vm, host))
		return FEATSET_UNKNOWN;
	blocks = cpu_blocks(pool, vm, host);
	return !blocks ? FEATSET_YES : blocks == FEATSET_BLOCK_UNKNOWN ? FEATSET_UNKNOWN : FEATSET_NO;
}

unsigned featset_pool_blocks(const featset_pool_t *pool, size_t vm, size_t host)
{
	unsigned blocks;

	if (!is_pair(pool, vm, host))
		return FEATSET_BLOCK_UNKNOWN;
	if (pool->vm[vm].host == host)
		return 0;
	blocks = cpu_blocks(pool, vm, host);
	if (!fsi_bit(pool->enabled, host))
		blocks |= FEATSET_BLOCK_DISABLED;
	if (pool->versions_differ && fsi_version_compare(&pool->host[host].version, &pool->vm[vm].version) < 0)
		blocks |= FEATSET_BLOCK_VERSION;
	if (needs_any(&pool->networks, vm) && featset_pool_network_lacking(pool, vm, host, 0) != FEATSET_NONE)
		blocks |= FEATSET_BLOCK_NETWORK;
	if (needs_any(&pool->srs, vm) && featset_pool_storage_lacking(pool, vm, host, 0) != FEATSET_NONE)
		blocks |= FEATSET_BLOCK_STORAGE;
	return blocks | pool->vm[vm].device;
}

void featset_pool_missing(featset_t *dst, const featset_pool_t *pool, size_t vm, size_t host)
{
	const featset_cpu_t *cpu = fsi_vm_cpu(pool, vm);
	const featset_cpu_t *max = featset_pool_host_max(pool, featset_pool_vm_guest(pool, vm), host);

	featset_clear(dst);
	if (!cpu || !max || pool->vm[vm].host == host)
		return;
	if (is_raw(pool, pool->host[host].dump)) {
		featset_t words;

		fsi_words(dst, cpu);
		fsi_words(&words, max);
		featset_minus(dst, dst, &words);
	} else {
		featset_cpu_fits(cpu, max, dst, NULL);
	}
}

/* ---- a set against all hosts ---------------------------------------------------------------- */

static bool takes(const featset_pool_t *pool, const fsi_class_t *host, const featset_t *set)
{
	featset_t missing, words;

	fsi_words(&words, host->cpu);
	featset_minus(&missing, set, &words);
	if (!is_raw(pool, host->dump)) {
		featset_t unread;

		featset_minus(&missing, &missing, featset_cpu_compat(host->cpu));
		featset_minus(&unread, &missing, featset_cpu_known(host->cpu));
		featset_minus(&missing, &missing, &unread);
	}
	return featset_is_empty(&missing);
}

bool fsi_fits_everywhere(const featset_pool_t *pool, featset_guest_t guest, const featset_t *set)
{
	uint32_t last = FSI_NO_CLASS;
	const char *vendor = "";

	for (size_t i = 0; i < pool->host_count; i++) {
		uint32_t klass = pool->host[i].max_class[guest];
		const fsi_class_t *host;
		const char *other;

		if (!pool->host[i].enabled || (klass == last && klass != FSI_NO_CLASS))
			continue;
		if (klass == FSI_NO_CLASS)
			return false;
		host = &pool->host_class.at[klass];
		other = featset_cpu_vendor(host->cpu);
		if ((vendor[0] && other[0] && strcmp(vendor, other) != 0) || !takes(pool, host, set))
			return false;
		vendor = other[0] ? other : vendor;
		last = klass;
	}
	return true;
}

/* ---- causes ------------------------------------------------------------------------------------ */

static const char *const cause_names[FEATSET_CAUSES] = {
	[FEATSET_CAUSE_SILICON] = "silicon",   [FEATSET_CAUSE_FIRMWARE] = "firmware",
	[FEATSET_CAUSE_HYPERVISOR] = "hypervisor", [FEATSET_CAUSE_COMPAT] = "compat",
	[FEATSET_CAUSE_MITIGATION] = "mitigation",
};

const char *featset_cause_name(featset_cause_t cause)
{
	return (unsigned)cause < FEATSET_CAUSES ? cause_names[cause] : NULL;
}

/* Bits of Xen's featuresets that Xen sets or works out by itself: which release it is decides. */
static const featset_feature_t made_by_xen[] = {
	FEATSET_ARCH_CAPABILITIES, FEATSET_EFER_LMSLE_MBZ, FEATSET_WRMSR_XX_BASE_NS, FEATSET_RSBA, FEATSET_RRSBA,
};

/* What the class of a feature says; FEATSET_CAUSES: look closer. */
static const featset_cause_t class_causes[] = {
	[FEATSET_CLASS_CAPABILITY] = FEATSET_CAUSES,	     [FEATSET_CLASS_MITIGATION] = FEATSET_CAUSE_MITIGATION,
	[FEATSET_CLASS_FIRMWARE] = FEATSET_CAUSES,	     [FEATSET_CLASS_DYNAMIC] = FEATSET_CAUSE_HYPERVISOR,
	[FEATSET_CLASS_HINT] = FEATSET_CAUSE_COMPAT,	     [FEATSET_CLASS_ALIAS] = FEATSET_CAUSE_COMPAT,
	[FEATSET_CLASS_INVERTED] = FEATSET_CAUSE_COMPAT,     [FEATSET_CLASS_NUMBER] = FEATSET_CAUSES,
};

/* "This part is free of that flaw": passed on by a Xen that knows the flaw. */
static bool says_no(featset_feature_t feature)
{
	const char *name = featset_feature_name(feature, FEATSET_CANONICAL);
	size_t length = name ? strlen(name) : 0;

	return length > 3 && !strcmp(name + length - 3, "_no");
}

/* Is it the one Xen's age that the other does not have this bit? */
static bool is_skew(const featset_cpu_t *vm, const featset_cpu_t *host, featset_feature_t feature)
{
	int64_t ours = featset_cpu_number(vm, FEATSET_XEN_LENGTH), theirs = featset_cpu_number(host, FEATSET_XEN_LENGTH);

	if (theirs <= 0)
		return false;
	if ((int64_t)(feature / 32) >= theirs)
		return true;
	for (size_t i = 0; i < sizeof(made_by_xen) / sizeof(made_by_xen[0]); i++)
		if (made_by_xen[i] == feature)
			return true;
	return ours > theirs && says_no(feature);
}

/* VMX and SVM are compatibility bits of hosts, but a VM that has one can nest. */
static bool is_compat(const featset_cpu_t *vm, featset_feature_t feature)
{
	return feature != FEATSET_VMX && feature != FEATSET_SVM && featset_has(featset_cpu_compat(vm), feature);
}

/* A capability: what the catalog has of the host's part, or the class alone where the part is not known. */
static featset_cause_t ask_catalog(const featset_cpu_t *host, featset_feature_t feature)
{
	const featset_baseline_t *baseline = featset_identify(host);
	bool firmware = featset_feature_class(feature) == FEATSET_CLASS_FIRMWARE;
	featset_t set;

	if (!baseline)
		return firmware ? FEATSET_CAUSE_FIRMWARE : FEATSET_CAUSE_SILICON;
	featset_baseline_switchable(&set, baseline);
	if (featset_has(&set, feature))
		return FEATSET_CAUSE_FIRMWARE;
	featset_baseline_fused(&set, baseline);
	if (featset_has(&set, feature))
		return FEATSET_CAUSE_SILICON;
	featset_baseline_features(&set, baseline);
	if (!featset_has(&set, feature))
		return FEATSET_CAUSE_SILICON;
	return firmware || featset_cpu_view(host) == FEATSET_VIEW_HARDWARE ? FEATSET_CAUSE_FIRMWARE :
									     FEATSET_CAUSE_HYPERVISOR;
}

featset_cause_t featset_pool_cause(const featset_pool_t *pool, size_t vm, size_t host, featset_feature_t feature)
{
	const featset_cpu_t *cpu = fsi_vm_cpu(pool, vm);
	const featset_cpu_t *max = featset_pool_host_max(pool, featset_pool_vm_guest(pool, vm), host);
	featset_cause_t cause = class_causes[featset_feature_class(feature)];

	if (!cpu || !max)
		return cause == FEATSET_CAUSES ? FEATSET_CAUSE_SILICON : cause;
	if (is_skew(cpu, max, feature))
		return FEATSET_CAUSE_HYPERVISOR;
	if (is_compat(cpu, feature))
		return FEATSET_CAUSE_COMPAT;
	/* Microcode brings it. */
	if (feature == FEATSET_RTM_ALWAYS_ABORT)
		return FEATSET_CAUSE_FIRMWARE;
	return cause == FEATSET_CAUSES ? ask_catalog(max, feature) : cause;
}
