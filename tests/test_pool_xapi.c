/* SPDX-License-Identifier: MIT */
/*
 * XAPI's semantics.  The cases are those of XAPI's own tests, of its sources and
 * of pools that people published; the expected answers are theirs.
 */
#include "pool_kit.h"

/* A word fifteen times over, but for word 5. */
static const char *fifteen(char text[136], const char *word, const char *fifth)
{
	text[0] = '\0';
	for (int i = 0; i < 15; i++) {
		strcat(text, i ? "-" : "");
		strcat(text, i == 5 ? fifth : word);
	}
	return text;
}

/*
 * XAPI's cases of assert_vm_is_compatible: a host of vendor "Abacus" whose
 * default set lacks HLE and RTM (TAA) while its max set has them.
 */
static void vm_is_compatible(void **state)
{
	static const struct {
		const char *type, *word, *fifth, *vendor;
		unsigned blocks;
	} cases[] = {
		{ "hvm", "feedface", "00000810", "Abacus", 0 },
		{ "hvm", "feedface", "00000000", "Abacus", 0 },
		{ "hvm", "feedface", "00000811", "Abacus", FEATSET_BLOCK_FEATURES },
		{ "hvm", "cafecafe", "cafecafe", "Abacus", FEATSET_BLOCK_FEATURES },
		{ "hvm", "feedface", "00000810", "Napier's Bon", FEATSET_BLOCK_VENDOR },
		{ "pv", "deadbeef", "deadbeef", "Abacus", 0 },
		{ "pv", "cafecafe", "cafecafe", "Abacus", FEATSET_BLOCK_FEATURES },
		{ "pv", "deadbeef", "deadbeef", "Napier's Bon", FEATSET_BLOCK_VENDOR },
		/* of a domain's type all but pv are checked against the HVM set */
		{ "pvh", "feedface", "00000810", "Abacus", 0 },
		{ "pv_in_pvh", "feedface", "00000810", "Abacus", 0 },
		{ "pv_in_pvh", "deadbeef", "deadbeef", "Abacus", FEATSET_BLOCK_FEATURES },
	};
	char hvm[136], max[136], pv[136], words[136];

	(void)state;
	fifteen(hvm, "feedface", "00000000");
	fifteen(max, "feedface", "00000810");
	fifteen(pv, "deadbeef", "deadbeef");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_inventory_t *inventory = featset_inventory_new();
		size_t host = kit_host(inventory, "host", "Abacus", hvm, max, pv, pv);
		size_t vm = kit_vm(inventory, "vm", "suspended", "", fifteen(words, cases[i].word, cases[i].fifth),
				   cases[i].vendor);
		featset_pool_t *pool;

		kit_put(inventory, FEATSET_VM_DOMAIN_TYPE, vm, cases[i].type);
		pool = kit_pool(inventory);
		if (featset_pool_blocks(pool, vm, host) != cases[i].blocks)
			fail_msg("case %zu: %u", i, featset_pool_blocks(pool, vm, host));
		assert_int_equal(featset_pool_check(pool, vm, host), cases[i].blocks ? FEATSET_NO : FEATSET_YES);
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

/* What decides is the domain that is there now, not the one that the next start will make. */
static void current_domain_type(void **state)
{
	static const struct {
		const char *type, *current, *metrics, *policy;
		featset_guest_t guest;
	} cases[] = {
		{ "hvm", "", "", "", FEATSET_GUEST_HVM },
		{ "pv", "", "", "", FEATSET_GUEST_PV },
		{ "hvm", "pv", "", "", FEATSET_GUEST_PV },
		{ "hvm", "", "pv", "", FEATSET_GUEST_PV },
		{ "pv", "", "pv_in_pvh", "", FEATSET_GUEST_HVM },
		{ "pv", "", "unspecified", "", FEATSET_GUEST_PV },
		{ "unspecified", "", "", "BIOS order", FEATSET_GUEST_HVM },
		{ "unspecified", "", "", "", FEATSET_GUEST_PV },
		{ "", "", "", "", FEATSET_GUEST_HVM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_inventory_t *inventory = featset_inventory_new();
		size_t vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL);
		size_t metrics = kit_add(inventory, FEATSET_RECORD_VM_METRICS, FEATSET_VM_METRICS_UUID, "metrics");
		featset_pool_t *pool;

		kit_host(inventory, "a", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
		kit_put(inventory, FEATSET_VM_METRICS, vm, "metrics");
		kit_put(inventory, FEATSET_VM_DOMAIN_TYPE, vm, cases[i].type);
		kit_put(inventory, FEATSET_VM_CURRENT_DOMAIN_TYPE, vm, cases[i].current);
		kit_put(inventory, FEATSET_VM_METRICS_CURRENT_DOMAIN_TYPE, metrics, cases[i].metrics);
		kit_put(inventory, FEATSET_VM_BOOT_POLICY, vm, cases[i].policy);
		pool = kit_pool(inventory);
		if (featset_pool_vm_guest(pool, vm) != cases[i].guest)
			fail_msg("case %zu", i);
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

typedef struct level_case {
	const char *hvm[2], *pv[2]; /* of two hosts; NULL: no second host */
	const char *hvm_level, *pv_level;
} level_case_t;

/* XAPI's expectations are of the bare AND; libxc's then drops what has lost its prerequisites. */
static void assert_level(const featset_pool_t *pool, featset_guest_t guest, const char *expected)
{
	const featset_level_t *level = featset_pool_level(pool, guest);
	size_t length;
	featset_t set;

	if (!expected) {
		assert_null(level);
		return;
	}
	assert_non_null(level);
	assert_int_equal(featset_xen_read(&set, &length, expected, NULL), FEATSET_OK);
	if (featset_level_hosts(level) > 1) {
		featset_t all;

		memset(&all, 0xff, sizeof(all));
		featset_prune(&set, &set, &all, FEATSET_EDGES_XEN);
	}
	assert_true(featset_equal(&set, featset_cpu_features(featset_level_cpu(level))));
	assert_int_equal(featset_cpu_number(featset_level_cpu(level), FEATSET_XEN_LENGTH), length);
}

static void pool_level(void **state)
{
	static const level_case_t cases[] = {
		{ { "0000000a" }, { "0000000a" }, "0000000a", "0000000a" },
		{ { "0000000a", "0000000a" }, { "0000000a", "0000000a" }, "0000000a", "0000000a" },
		{ { "0000000a", "0000000f" }, { "00000002", "00000001" }, "0000000a", "00000000" },
		{ { "ffffffff", "ffffffff" }, { "ffffffff", "ffffffff" }, "ffffffff", "ffffffff" },
		{ { "ffffffff", "ffffffff-ffffffff" },
		  { "ffffffff-ffffffff-ffffffff", "ffffffff-ffffffff" },
		  "ffffffff-00000000",
		  "ffffffff-ffffffff-00000000" },
		{ { "01230123-5a5a5a5a", "ffff1111-a5a56666" },
		  { "00000002", "00004242" },
		  "01230101-00004242",
		  "00000002" },
		/* a host without HVM does not count for it */
		{ { "00000000-00000000", "ffff1111-a5a56666" },
		  { "00000002", "00004242" },
		  "ffff1111-a5a56666",
		  "00000002" },
		/* nor does one whose HVM set holds compatibility bits alone: a real nested host's */
		{ { "10000000-00200000-00000000-00000402" ZERO8, "ffff1111-a5a56666" },
		  { "00000002", "00004242" },
		  "ffff1111-a5a56666",
		  "00000002" },
		/* the empty featureset is the identity */
		{ { "", "0000000f" }, { "00000002", "" }, "0000000f", "00000002" },
		{ { "", "" }, { "00000002", "" }, NULL, "00000002" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_inventory_t *inventory = featset_inventory_new();
		featset_pool_t *pool;

		/* The max sets must not matter. */
		for (int host = 0; host < 2 && cases[i].hvm[host]; host++)
			kit_host(inventory, host ? "two" : "one", INTEL, cases[i].hvm[host], "deadbeef-deadbeef",
				 cases[i].pv[host], "deadbeef-deadbeef");
		pool = kit_pool(inventory);
		assert_level(pool, FEATSET_GUEST_HVM, cases[i].hvm_level);
		assert_level(pool, FEATSET_GUEST_PV, cases[i].pv_level);
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

static void who_counts(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	size_t new = kit_host(inventory, "new", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	/* An old XAPI: a reader lets its max sets stand in, and says so. */
	size_t old = kit_host(inventory, "old", INTEL, IVY_MAX, IVY_MAX, IVY_MAX, IVY_MAX);
	size_t nested = kit_host(inventory, "nested", INTEL, "10000000-00200000-00000000-00000402",
				 "10000000-00200000-00000000-00000402", "1789cbf5", "1789cbf5");
	/* XAPI skips a host that lacks one of the keys for both kinds of guests. */
	size_t half = kit_host(inventory, "half", INTEL, IVY_HOST, IVY_MAX, NULL, NULL);
	size_t no_pv = kit_host(inventory, "no PV", INTEL, HASWELL, HASWELL, "", "");
	featset_t act, other;
	featset_pool_t *pool;

	(void)state;
	kit_put(inventory, FEATSET_HOST_STAND_IN, old, "features_pv");
	kit_put(inventory, FEATSET_HOST_ENABLED, new, "false"); /* no matter */
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, new), FEATSET_COUNTS);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, old), FEATSET_COUNTS_NO_KEYS);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_PV, old), FEATSET_COUNTS_NO_KEYS);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, nested), FEATSET_COUNTS_NO_HVM);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_PV, nested), FEATSET_COUNTS);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, half), FEATSET_COUNTS_NO_KEYS);
	assert_level(pool, FEATSET_GUEST_HVM, HASWELL);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, no_pv), FEATSET_COUNTS);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_PV, no_pv), FEATSET_COUNTS_NO_HVM);
	featset_pool_lost(&act, &other, pool, FEATSET_GUEST_PV, new);
	assert_true(featset_count(&act) > 0);
	featset_pool_lost(&act, &other, pool, FEATSET_GUEST_HVM, old);
	assert_true(featset_is_empty(&act) && featset_is_empty(&other));
	featset_pool_free(pool);
	featset_inventory_free(inventory);

	/* A pool of which no host has the keys is levelled by what it has. */
	inventory = featset_inventory_new();
	for (int i = 0; i < 2; i++) {
		old = kit_host(inventory, i ? "b" : "a", INTEL, i ? IVY_MAX : HASWELL, IVY_MAX, IVY_MAX, IVY_MAX);
		kit_put(inventory, FEATSET_HOST_STAND_IN, old, "features_hvm");
	}
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, 0), FEATSET_COUNTS);
	assert_int_equal(featset_level_hosts(featset_pool_level(pool, FEATSET_GUEST_HVM)), 2);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* A host that does not tell takes no VM, whatever the VM has. */
static void missing_keys(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	size_t full = kit_host(inventory, "full", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	size_t bare = kit_host(inventory, "bare", INTEL, NULL, NULL, NULL, NULL);
	size_t vm = kit_vm(inventory, "vm", "running", "full", IVY_HOST, INTEL);
	size_t orchestra = kit_vm(inventory, "from Xen Orchestra", "running", "full", NULL, NULL);
	size_t vendor = kit_vm(inventory, "without features", "suspended", "", "", INTEL);
	size_t halted = kit_vm(inventory, "halted", "halted", "", HASWELL, "AuthenticAMD");
	featset_cpu_t *legacy = kit_cpu("7ffefbff-bfebfbff-00000021-2c100800", INTEL);
	featset_pool_t *pool;

	(void)state;
	/* The four words of the oldest XAPI are no set to be checked against either. */
	assert_int_equal(featset_inventory_set_cpu(inventory, bare, FEATSET_SLOT_CPU, legacy), FEATSET_OK);
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_check(pool, vm, full), FEATSET_YES);
	assert_int_equal(featset_pool_check(pool, vm, bare), FEATSET_NO);
	assert_int_equal(featset_pool_blocks(pool, vm, bare), FEATSET_BLOCK_KEYS);
	assert_int_equal(featset_pool_blocks(pool, orchestra, bare), FEATSET_BLOCK_KEYS);
	assert_int_equal(featset_pool_check(pool, vendor, full), FEATSET_YES);
	assert_false(featset_pool_vm_counts(pool, halted));
	assert_int_equal(featset_pool_check(pool, halted, full), FEATSET_YES);
	featset_pool_free(pool);

	kit_slot(inventory, bare, FEATSET_SLOT_HVM_MAX, HASWELL, INTEL);
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_check(pool, orchestra, bare), FEATSET_UNKNOWN);
	assert_int_equal(featset_pool_blocks(pool, orchestra, bare), FEATSET_BLOCK_UNKNOWN);
	/* Where it runs it runs. */
	assert_int_equal(featset_pool_check(pool, orchestra, full), FEATSET_YES);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* The eight features of the Haswell and Ivy Bridge pool, and what a newer Xen adds to them. */
static void worked_example(void **state)
{
	static const char eight[] = "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid";
	featset_inventory_t *inventory = featset_inventory_new();
	size_t ivy = kit_host(inventory, "zeus", INTEL, IVY_HOST, IVY_MAX, IVY_HOST, IVY_MAX);
	size_t broadwell = kit_host(inventory, "third", INTEL, BROADWELL_HOST, BROADWELL_MAX, BROADWELL_HOST,
				    BROADWELL_MAX);
	size_t mail = kit_vm(inventory, "mail", "suspended", "", HASWELL, INTEL);
	size_t newer = kit_vm(inventory, "newer", "suspended", "", HASWELL_VM8, INTEL);
	featset_pool_t *pool = kit_pool(inventory);
	featset_t missing;

	(void)state;
	featset_pool_missing(&missing, pool, mail, ivy);
	kit_is(&missing, eight);
	for (featset_feature_t f = featset_next(&missing, 0); f < FEATSET_BITS; f = featset_next(&missing, f + 1))
		assert_int_equal(featset_pool_cause(pool, mail, ivy, f), FEATSET_CAUSE_SILICON);
	featset_pool_missing(&missing, pool, newer, ivy);
	kit_is(&missing, "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid efer_lmsle_mbz arch_capabilities gds_no");
	assert_int_equal(featset_pool_cause(pool, newer, ivy, FEATSET_AVX2), FEATSET_CAUSE_SILICON);
	assert_int_equal(featset_pool_cause(pool, newer, ivy, FEATSET_EFER_LMSLE_MBZ), FEATSET_CAUSE_HYPERVISOR);
	assert_int_equal(featset_pool_cause(pool, newer, ivy, FEATSET_ARCH_CAPABILITIES), FEATSET_CAUSE_HYPERVISOR);
	assert_int_equal(featset_pool_cause(pool, newer, ivy, FEATSET_GDS_NO), FEATSET_CAUSE_HYPERVISOR);
	/* A Haswell VM moves up. */
	assert_int_equal(featset_pool_check(pool, newer, broadwell), FEATSET_YES);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* libxc compares over the longer of the two lengths: a word that the host does not know is missing there. */
static void word_beyond_the_host(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	size_t host = kit_host(inventory, "short", INTEL, "ffffffff-ffffffff", "ffffffff-ffffffff", "ff", "ff");
	size_t zero = kit_vm(inventory, "zero", "suspended", "", "0000000f-0000000f-00000000", INTEL);
	size_t more = kit_vm(inventory, "more", "suspended", "", "0000000f-0000000f-20000000", INTEL);
	featset_pool_t *pool = kit_pool(inventory);
	featset_t missing;

	(void)state;
	assert_int_equal(featset_pool_check(pool, zero, host), FEATSET_YES);
	assert_int_equal(featset_pool_check(pool, more, host), FEATSET_NO);
	featset_pool_missing(&missing, pool, more, host);
	kit_is(&missing, "lm");
	assert_int_equal(featset_pool_cause(pool, more, host, FEATSET_LM), FEATSET_CAUSE_HYPERVISOR);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* VMs that were started on XenServer of 2018 carry IBS and other bits whatever their CPU: XAPI checks them all the same. */
static void compatibility_bits(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	size_t host = kit_host(inventory, "upstream", INTEL, IVY_HOST, IVY_HOST, IVY_HOST, IVY_HOST);
	size_t vm = kit_vm(inventory, "of 2018", "suspended", "", IVY_MAX, INTEL);
	featset_pool_t *pool = kit_pool(inventory);
	featset_t missing;

	(void)state;
	assert_int_equal(featset_pool_check(pool, vm, host), FEATSET_NO);
	featset_pool_missing(&missing, pool, vm, host);
	assert_true(featset_has(&missing, FEATSET_CMP_LEGACY));
	for (featset_feature_t f = featset_next(&missing, 0); f < FEATSET_BITS; f = featset_next(&missing, f + 1))
		assert_int_equal(featset_pool_cause(pool, vm, host, f), FEATSET_CAUSE_COMPAT);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/*
 * XAPI tests a VM on every other enabled host: what fits on B and not on C cannot
 * be evacuated from A, though it could be moved to B by hand.
 */
static void all_targets(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	size_t a = kit_host(inventory, "a", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	size_t b = kit_host(inventory, "b", INTEL, BROADWELL_HOST, BROADWELL_MAX, HASWELL, HASWELL);
	size_t c = kit_host(inventory, "c", INTEL, IVY_HOST, IVY_MAX, IVY_HOST, IVY_MAX);
	size_t vm = kit_vm(inventory, "vm", "running", "a", HASWELL, INTEL);
	size_t easy = kit_vm(inventory, "easy", "running", "a", IVY_HOST, INTEL);
	featset_pool_t *pool = kit_pool(inventory);

	(void)state;
	assert_int_equal(featset_pool_evacuable(pool, a), FEATSET_NO);
	assert_int_equal(featset_pool_evacuable(pool, b), FEATSET_YES); /* nothing runs there */
	assert_int_equal(featset_pool_vm_blocks(pool, vm), FEATSET_YES);
	assert_int_equal(featset_pool_vm_blocks(pool, easy), FEATSET_NO);
	assert_true(featset_pool_blocked_on(pool, vm, c));
	assert_false(featset_pool_blocked_on(pool, vm, b));
	assert_false(featset_pool_blocked_on(pool, vm, a));
	assert_int_equal(featset_pool_movable_to(pool, vm, 0), b);
	assert_int_equal(featset_pool_movable_to(pool, vm, b + 1), FEATSET_NONE);
	featset_pool_free(pool);

	/* Targets are enabled hosts only. */
	kit_put(inventory, FEATSET_HOST_ENABLED, c, "false");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_evacuable(pool, a), FEATSET_YES);
	assert_false(featset_pool_blocked_on(pool, vm, c));
	assert_true(featset_pool_blocks(pool, vm, c) & FEATSET_BLOCK_DISABLED);
	featset_pool_free(pool);

	/* Nor of an older version. */
	kit_put(inventory, FEATSET_HOST_ENABLED, c, "true");
	kit_put(inventory, FEATSET_HOST_PLATFORM, a, "3.10.0");
	kit_put(inventory, FEATSET_HOST_PLATFORM, b, "3.10.0");
	kit_put(inventory, FEATSET_HOST_PLATFORM, c, "3.9.1");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_evacuable(pool, a), FEATSET_YES);
	assert_int_equal(featset_pool_blocks(pool, easy, c), FEATSET_BLOCK_VERSION);
	featset_pool_free(pool);

	/* No target at all: NO_HOSTS_AVAILABLE for each VM. */
	kit_put(inventory, FEATSET_HOST_ENABLED, b, "false");
	pool = kit_pool(inventory);
	assert_int_equal(featset_pool_evacuable(pool, a), FEATSET_NO);
	assert_int_equal(featset_pool_vm_blocks(pool, easy), FEATSET_YES);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* What counts: a domain, a suspended one's memory, a snapshot's memory. */
static void which_vms_count(void **state)
{
	static const struct {
		const char *power, *snapshot, *template, *control, *vdi;
		bool counts, on_host;
	} cases[] = {
		{ "running", "false", "false", "false", "", true, true },
		{ "paused", "false", "false", "false", "", true, true },
		{ "suspended", "false", "false", "false", "memory", true, false },
		{ "halted", "false", "false", "false", "", false, false },
		{ "halted", "false", "true", "false", "", false, false },
		{ "running", "false", "false", "true", "", false, false },
		/* XAPI flags snapshots as templates too */
		{ "suspended", "true", "true", "false", "memory", true, false },
		{ "halted", "true", "true", "false", "", false, false },
	};
	featset_inventory_t *inventory = featset_inventory_new();
	featset_pool_t *pool;

	(void)state;
	kit_host(inventory, "a", INTEL, HASWELL, HASWELL, HASWELL, HASWELL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t vm = kit_vm(inventory, "vm", cases[i].power, "a", HASWELL, INTEL);

		kit_put(inventory, FEATSET_VM_IS_SNAPSHOT, vm, cases[i].snapshot);
		kit_put(inventory, FEATSET_VM_IS_TEMPLATE, vm, cases[i].template);
		kit_put(inventory, FEATSET_VM_IS_CONTROL_DOMAIN, vm, cases[i].control);
		kit_put(inventory, FEATSET_VM_SUSPEND_VDI, vm, cases[i].vdi);
	}
	pool = kit_pool(inventory);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (featset_pool_vm_counts(pool, i) != cases[i].counts ||
		    (featset_pool_vm_host(pool, i) == 0) != cases[i].on_host)
			fail_msg("case %zu", i);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* ---- what is not told ---------------------------------------------------------------- */

#define CUT8 "1fcbfbff-f7fa3223-2d93fbff"
#define CUT8_IVY "1fcbfbff-f7ba2223-2c100800"
#define XE_MAP(set) "features_hvm: " set "; features_pv: ; features_hvm_host: " set "; features_pv_host: "
#define JSON_MAP(set)                                                                                                 \
	"{\"features_hvm\": \"" set "\", \"features_hvm_host\": \"" set                                                   \
	"\", \"features_pv\": \"\", \"features_pv_host\": \"\", \"vendor\": \"GenuineIntel\"}"
#define DB_MAP(set) "(('features_hvm'%.'" set "')%.('features_hvm_host'%.'" set "')%.('features_pv'%.'')%.('features_pv_host'%.''))"

/*
 * An unfinished join: host "new" has an empty cpu_info.  XAPI's level skips it,
 * and no VM passes there, "Host does not have new leveling feature keys".  A VM
 * whose last_boot_CPU_flags are empty passes on any other host.
 */
static void nothing_told(void **state)
{
	static const struct {
		const char *format, *text;
	} dresses[] = {
		{ "xe", "uuid ( RO): a\nname-label ( RW): a\ncpu_info (MRO): vendor: GenuineIntel; " XE_MAP(CUT8) "\n\n"
			"uuid ( RO): new\nname-label ( RW): new\ncpu_info (MRO): \n\n"
			"uuid ( RO): c\nname-label ( RW): c\ncpu_info (MRO): vendor: GenuineIntel; " XE_MAP(CUT8_IVY) "\n\n"
			"uuid ( RO): v\npower-state ( RO): running\nresident-on ( RO): a\ndomain-type ( RW): hvm\n"
			"last-boot-CPU-flags ( RO): \n" },
		{ "xapi", "{\"host\": {\"OpaqueRef:a\": {\"uuid\": \"a\", \"name_label\": \"a\", \"cpu_info\": " JSON_MAP(CUT8)
			  "}, \"OpaqueRef:new\": {\"uuid\": \"new\", \"name_label\": \"new\", \"cpu_info\": {}}, "
			  "\"OpaqueRef:c\": {\"uuid\": \"c\", \"name_label\": \"c\", \"cpu_info\": " JSON_MAP(CUT8_IVY) "}}, "
			  "\"VM\": {\"OpaqueRef:v\": {\"uuid\": \"v\", \"power_state\": \"Running\", \"resident_on\": "
			  "\"OpaqueRef:a\", \"domain_type\": \"hvm\", \"last_boot_CPU_flags\": {}}}}" },
		{ "xapi-db", "<database><table name=\"host\">"
			     "<row ref=\"OpaqueRef:a\" uuid=\"a\" name__label=\"a\" cpu_info=\"" DB_MAP(CUT8) "\"/>"
			     "<row ref=\"OpaqueRef:new\" uuid=\"new\" name__label=\"new\" cpu_info=\"()\"/>"
			     "<row ref=\"OpaqueRef:c\" uuid=\"c\" name__label=\"c\" cpu_info=\"" DB_MAP(CUT8_IVY) "\"/></table>"
			     "<table name=\"VM\"><row ref=\"OpaqueRef:v\" uuid=\"v\" power_state=\"Running\" "
			     "resident_on=\"OpaqueRef:a\" domain_type=\"hvm\" last_boot_CPU_flags=\"()\"/></table></database>" },
		/* Xen Orchestra has no such field of VMs: nobody knows. */
		{ "xapi", "[{\"type\": \"host\", \"id\": \"a\", \"name_label\": \"a\", \"CPUs\": " JSON_MAP(CUT8)
			  "}, {\"type\": \"host\", \"id\": \"new\", \"name_label\": \"new\", \"CPUs\": {}}, "
			  "{\"type\": \"host\", \"id\": \"c\", \"name_label\": \"c\", \"CPUs\": " JSON_MAP(CUT8_IVY) "}, "
			  "{\"type\": \"VM\", \"id\": \"v\", \"power_state\": \"Running\", \"$container\": \"a\"}]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dresses) / sizeof(dresses[0]); i++) {
		const featset_format_t *format = featset_format_find(dresses[i].format, NULL);
		bool orchestra = dresses[i].text[0] == '[';
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };
		featset_pool_t *pool;
		featset_t gain;

		if (!featset_format_reads(format)) {
			print_message("[          ] left out: this build reads no %s\n", dresses[i].format);
			continue;
		}
		if (featset_read(&inventory, dresses[i].text, strlen(dresses[i].text), NULL, "text", &error) != FEATSET_OK)
			fail_msg("%s: %s", dresses[i].format, error.text);
		assert_int_equal(featset_inventory_hosts(inventory), 3);
		assert_string_equal(featset_inventory_get(inventory, FEATSET_HOST_MANAGER, 1), "xapi");
		assert_int_equal(featset_inventory_notes(inventory), 1);
		assert_string_equal(featset_inventory_note(inventory, 0),
				    "host new tells no featuresets: XAPI leaves it out of levels and moves no VM there");
		pool = kit_pool(inventory);
		assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, 0), FEATSET_COUNTS);
		assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_HVM, 1), FEATSET_COUNTS_NO_KEYS);
		assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_PV, 1), FEATSET_COUNTS_NO_KEYS);
		assert_int_equal(featset_pool_vm_host(pool, 0), 0);
		assert_int_equal(featset_pool_blocks(pool, 0, 1), FEATSET_BLOCK_KEYS);
		assert_int_equal(featset_pool_check(pool, 0, 1), FEATSET_NO);
		assert_int_equal(featset_pool_check(pool, 0, 2), orchestra ? FEATSET_UNKNOWN : FEATSET_YES);
		assert_int_equal(featset_pool_evacuable(pool, 0), FEATSET_NO);
		assert_int_equal(featset_pool_cure(pool, 0), FEATSET_CURE_HOSTS);
		featset_pool_gain(&gain, pool, 0);
		assert_true(featset_is_empty(&gain));
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

/* A text whose only host tells nothing has nothing to tell. */
static void only_host_untold(void **state)
{
	static const char *const texts[] = {
		"uuid ( RO): u\nname-label ( RW): new\ncpu_info (MRO): \n",
		"uuid ( RO): u\nname-label ( RW): new\ncpu_info (MRO): vendor: GenuineIntel; model: 63\n",
		"{\"host\": {\"OpaqueRef:n\": {\"uuid\": \"u\", \"name_label\": \"new\", \"cpu_info\": {}}}}",
		"<database><table name=\"host\"><row uuid=\"u\" name__label=\"new\" cpu_info=\"\"/></table></database>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };

		if (featset_read(&inventory, texts[i], strlen(texts[i]), NULL, "text", &error) == FEATSET_E_UNSUPPORTED)
			continue;
		assert_null(inventory);
		assert_int_equal(error.code, FEATSET_E_SYNTAX);
		assert_non_null(strstr(error.text, "host new has no features_hvm_host"));
	}
}

#define XE_HOST(name, capabilities, hvm, pv)                                                                            \
	"uuid ( RO): " name "\nname-label ( RW): " name "\n" capabilities "cpu_info (MRO): vendor: GenuineIntel; "      \
	"features_hvm: " hvm "; features_pv: " pv "; features_hvm_host: " hvm "; features_pv_host: " pv "\n\n"

/*
 * XAPI's tests of the pool's level have a host without HVM, which is not counted;
 * its set of zeros may be shorter than its others.  Its source asks capabilities,
 * whatever the bits: none that begins with "hvm", no HVM.
 */
static void no_hvm(void **state)
{
	static const struct {
		const char *second;
		featset_counts_t counts;
	} cases[] = {
		{ XE_HOST("b", "", "00000000-00000000", "00004242-00000000"), FEATSET_COUNTS_NO_HVM },
		{ XE_HOST("b", "", "00000000-00000000", "00004242-00000000-00000001"), FEATSET_COUNTS_NO_HVM },
		{ XE_HOST("b", "capabilities (SRO): xen-3.0-x86_64; xen-3.0-x86_32p; \n", "01230123-5a5a5a5a",
			  "00004242-00000000"),
		  FEATSET_COUNTS_NO_HVM },
		{ XE_HOST("b", "capabilities (SRO): xen-3.0-x86_64; hvm-3.0-x86_64; \n", "ffff1111-a5a56666",
			  "00004242-00000000"),
		  FEATSET_COUNTS },
		{ XE_HOST("b", "capabilities (SRO): \n", "ffff1111-a5a56666", "00004242-00000000"), FEATSET_COUNTS },
		/* an empty set is XAPI's for no such guests */
		{ XE_HOST("b", "capabilities (SRO): hvm-3.0-x86_64\n", "", "00004242-00000000"), FEATSET_COUNTS_NO_HVM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const char first[] =
			XE_HOST("a", "capabilities (SRO): hvm-3.0-x86_32; \n", "ffff1111-a5a56666", "00000002-00000000");
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };
		featset_pool_t *pool;
		char text[2048];

		snprintf(text, sizeof(text), "%s%s", first, cases[i].second);
		if (featset_read(&inventory, text, strlen(text), NULL, "text", &error) != FEATSET_OK)
			fail_msg("case %zu: %s", i, error.text);
		pool = kit_pool(inventory);
		if (featset_pool_counts(pool, FEATSET_GUEST_HVM, 1) != cases[i].counts)
			fail_msg("case %zu counts otherwise", i);
		assert_int_equal(featset_pool_counts(pool, FEATSET_GUEST_PV, 1), FEATSET_COUNTS);
		assert_int_equal(featset_level_hosts(featset_pool_level(pool, FEATSET_GUEST_HVM)),
				 cases[i].counts == FEATSET_COUNTS ? 2 : 1);
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

/* An empty set is told, and it is no hint that a VM could have more. */
static void empty_set_of_vm(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_pool_t *pool;
	featset_t gain;

	(void)state;
	kit_host(inventory, "a", INTEL, HASWELL, HASWELL, "", "");
	kit_vm(inventory, "v", "running", "a", "", INTEL);
	pool = kit_pool(inventory);
	featset_pool_gain(&gain, pool, 0);
	assert_true(featset_is_empty(&gain));
	assert_int_equal(featset_pool_cure(pool, 0), FEATSET_CURE_NONE);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vm_is_compatible),	cmocka_unit_test(current_domain_type),
		cmocka_unit_test(pool_level),		cmocka_unit_test(who_counts),
		cmocka_unit_test(missing_keys),		cmocka_unit_test(worked_example),
		cmocka_unit_test(word_beyond_the_host), cmocka_unit_test(compatibility_bits),
		cmocka_unit_test(nothing_told),
		cmocka_unit_test(no_hvm),
		cmocka_unit_test(only_host_untold),
		cmocka_unit_test(empty_set_of_vm),
		cmocka_unit_test(all_targets),		cmocka_unit_test(which_vms_count),
	};

	return cmocka_run_group_tests_name("pool_xapi", tests, NULL, NULL);
}
