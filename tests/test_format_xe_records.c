/* SPDX-License-Identifier: MIT */
/*
 * xe's records of VMs, networks and storage.  The texts are written after what
 * xe's printer does with each field; what is expected stands in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

#define BEFORE                                                                                                         \
	"1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400-00000000-00000000-" \
	"00000000-00000000-00000000"
#define AFTER                                                                                                          \
	"1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400-00000000-00000000-" \
	"00000000-00000000-00000000-00000000-00000000-00000000"
#define PV                                                                                                             \
	"1fc9cbf5-f6b82203-28100800-00000001-00000001-00000201-00000000-00000000-00001000-8c000400-00000000-00000000-" \
	"00000000-00000000-00000000-00000000-00000000-00000000"

/* ---- help ------------------------------------------------------------------------------ */

static featset_inventory_t *read_flags(const char *text, unsigned flags)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	if (featset_read_with(&inventory, text, strlen(text), NULL, "text", flags, &error) != FEATSET_OK)
		fail_msg("%u:%u: %s", error.line, error.column, error.text);
	assert_string_equal(featset_inventory_format(inventory), "xe");
	return inventory;
}

static featset_inventory_t *read_text(const char *text)
{
	return read_flags(text, 0);
}

static featset_inventory_t *read_example(const char *const *names)
{
	static char text[1 << 20];
	size_t size = 0;

	for (; *names; names++) {
		char path[256];
		FILE *stream;

		snprintf(path, sizeof(path), "examples/pools/hera-zeus/%s", *names);
		stream = fopen(path, "rb");
		if (!stream)
			fail_msg("cannot open %s", path);
		size += fread(text + size, 1, sizeof(text) - 1 - size, stream);
		text[size] = '\0';
		fclose(stream);
	}
	return read_text(text);
}

static void check_counts(const featset_inventory_t *inventory, const size_t counts[FEATSET_RECORDS])
{
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		if (featset_inventory_count(inventory, (featset_record_t)kind) != counts[kind])
			fail_msg("%zu records of kind %s, expected %zu",
				 featset_inventory_count(inventory, (featset_record_t)kind),
				 featset_record_name((featset_record_t)kind), counts[kind]);
}

static void check(const featset_inventory_t *inventory, featset_field_t field, size_t index, const char *expected)
{
	const char *value = featset_inventory_get(inventory, field, index);

	if (strcmp(value, expected) != 0)
		fail_msg("%s %zu: %s is \"%s\", expected \"%s\"", featset_record_name(featset_field_record(field)),
			 index, featset_field_name(field), value, expected);
}

/* The index of the record with this text in a field. */
static size_t find(const featset_inventory_t *inventory, featset_field_t field, const char *value)
{
	size_t count = featset_inventory_count(inventory, featset_field_record(field));

	for (size_t i = 0; i < count; i++)
		if (strcmp(featset_inventory_get(inventory, field, i), value) == 0)
			return i;
	fail_msg("no %s has the %s \"%s\"", featset_record_name(featset_field_record(field)), featset_field_name(field),
		 value);
	return 0;
}

/* The words of a cpu against a string, by strtoul. */
static void check_words(const featset_cpu_t *cpu, const char *text)
{
	size_t count = 0;

	assert_non_null(cpu);
	while (*text) {
		char *end;
		unsigned long word = strtoul(text, &end, 16);

		assert_int_equal(featset_word(featset_cpu_features(cpu), (unsigned)count), word);
		count++;
		text = *end ? end + 1 : end;
	}
	assert_int_equal(featset_cpu_number(cpu, FEATSET_XEN_LENGTH), count);
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
}

/* ---- VMs --------------------------------------------------------------------------------- */

/* One VM of vm-param-list: of xe's many fields those that are read, and some between. */
static const char suspended[] =
	"uuid ( RO)                                  : 3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6\n"
	"                            name-label ( RW): ledger; old: yes\n"
	"                      name-description ( RW): of several lines\n"
	"power-state: lost\n"
	"vendor: Dell\n"
	"                         is-a-template ( RW): true\n"
	"                   is-default-template ( RW): false\n"
	"                         is-a-snapshot ( RO): true\n"
	"                           snapshot-of ( RO): b94d7e02-16fa-4c83-a5d0-2e8f36c1b07d\n"
	"                     is-control-domain ( RO): false\n"
	"                           power-state ( RO): suspended\n"
	"                      suspend-VDI-uuid ( RW): 11111111-5c2e-4b7d-9e18-c4072b8fd5a6\n"
	"                              platform (MRW): timeoffset: 0; device-model: qemu-upstream-compat; "
	"cpu-type: generic; featureset: " AFTER "; xo:x: 1\n"
	"                           domain-type ( RW): pv-in-pvh\n"
	"                   current-domain-type ( RO): <not in database>\n"
	"                       HVM-boot-policy ( RW): BIOS order\n"
	"                   last-boot-CPU-flags ( RO): features: " BEFORE "; vendor: GenuineIntel\n"
	"                           resident-on ( RO): <not in database>\n"
	"                              affinity ( RW): 7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3\n"
	"                          other-config (MRW): mac_seed: 9c32; pci: 0/0000:04:01.0; XenCenter.Folder: /x\n"
	"            ha-always-run ( RW) [DEPRECATED]: false\n"
	"                                  VBDs (SRO): aaaa; bbbb\n";

static void vm_fields(void **state)
{
	static const struct {
		featset_field_t field;
		const char *value;
	} expected[] = {
		{ FEATSET_VM_REF, "" },
		{ FEATSET_VM_UUID, "3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6" },
		{ FEATSET_VM_NAME, "ledger; old: yes" },
		{ FEATSET_VM_MANAGER, "xapi" },
		{ FEATSET_VM_POWER_STATE, "suspended" },
		{ FEATSET_VM_HOST, "" },
		/* XAPI's own spelling. */
		{ FEATSET_VM_DOMAIN_TYPE, "pv_in_pvh" },
		{ FEATSET_VM_CURRENT_DOMAIN_TYPE, "" },
		{ FEATSET_VM_BOOT_POLICY, "BIOS order" },
		{ FEATSET_VM_IS_TEMPLATE, "true" },
		{ FEATSET_VM_IS_SNAPSHOT, "true" },
		{ FEATSET_VM_IS_CONTROL_DOMAIN, "false" },
		{ FEATSET_VM_SNAPSHOT_OF, "b94d7e02-16fa-4c83-a5d0-2e8f36c1b07d" },
		{ FEATSET_VM_SUSPEND_VDI, "11111111-5c2e-4b7d-9e18-c4072b8fd5a6" },
		{ FEATSET_VM_AFFINITY, "7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3" },
		{ FEATSET_VM_CPU_TYPE, "generic" },
		{ FEATSET_VM_PCIS, "0/0000:04:01.0" },
		{ FEATSET_VM_VBDS, "aaaa; bbbb" },
	};
	const size_t counts[FEATSET_RECORDS] = { [FEATSET_RECORD_VM] = 1 };
	featset_inventory_t *inventory = read_text(suspended);

	(void)state;
	check_counts(inventory, counts);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		check(inventory, expected[i].field, 0, expected[i].value);
	assert_memory_equal(featset_inventory_get(inventory, FEATSET_VM_FEATURESET, 0), AFTER, strlen(AFTER));
	check_words(featset_inventory_vm_cpu(inventory, 0), BEFORE);
	featset_inventory_free(inventory);
}

/* VMs of vm-list, short and long, that have no flags, or flags without features. */
static void vm_flags(void **state)
{
	featset_inventory_t *inventory = read_text(
		"uuid ( RO)           : 1\n     name-label ( RW): short\n    power-state ( RO): halted\n\n\n"
		"uuid ( RO)           : 2\n    last-boot-CPU-flags ( RO): \n    resident-on ( RO): 9\n\n\n"
		"uuid ( RO)           : 3\n    last-boot-CPU-flags ( RO): vendor: AuthenticAMD\n\n\n"
		"uuid ( RO)           : 4\n    last-boot-CPU-flags ( RO): vendor: GenuineIntel; features: " PV "\n");
	const featset_cpu_t *vendor = featset_inventory_vm_cpu(inventory, 2);

	(void)state;
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 4);
	check(inventory, FEATSET_VM_POWER_STATE, 0, "halted");
	check(inventory, FEATSET_VM_HOST, 1, "9");
	assert_null(featset_inventory_vm_cpu(inventory, 0));
	/* XAPI passes a VM of which nothing is recorded. */
	assert_non_null(featset_inventory_vm_cpu(inventory, 1));
	assert_string_equal(featset_cpu_vendor(featset_inventory_vm_cpu(inventory, 1)), "");
	assert_int_equal(featset_cpu_number(featset_inventory_vm_cpu(inventory, 1), FEATSET_XEN_LENGTH), -1);
	assert_non_null(vendor);
	assert_string_equal(featset_cpu_vendor(vendor), "AuthenticAMD");
	assert_int_equal(featset_cpu_number(vendor, FEATSET_XEN_LENGTH), -1);
	check_words(featset_inventory_vm_cpu(inventory, 3), PV);
	featset_inventory_free(inventory);
}

/* vm-param-get param-name=last-boot-CPU-flags: one map, its order is not fixed, and it may lack its end of line. */
static void bare_flags(void **state)
{
	static const char *const texts[] = {
		"vendor: GenuineIntel; features: " BEFORE "\n",
		"features: " BEFORE "; vendor: GenuineIntel\n",
		"vendor: GenuineIntel; features: " BEFORE,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const size_t counts[FEATSET_RECORDS] = { [FEATSET_RECORD_VM] = 1 };
		featset_inventory_t *inventory = read_text(texts[i]);

		check_counts(inventory, counts);
		check_words(featset_inventory_vm_cpu(inventory, 0), BEFORE);
		featset_inventory_free(inventory);
	}
}

/* The lines of a description may look like fields, however many there are; the first of a name counts. */
static void repeated_keys(void **state)
{
	static const char head[] = "uuid ( RO): 1\nname-label ( RW): a\npower-state ( RO): paused\n";
	static const char again[] = "power-state ( RO): paused\n";
	char *text = malloc(sizeof(head) + 1000 * sizeof(again)), *end = text + sprintf(text, "%s", head);
	featset_inventory_t *inventory;

	(void)state;
	for (int i = 0; i < 1000; i++)
		end += sprintf(end, "%s", again);
	inventory = read_text(text);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 1);
	check(inventory, FEATSET_VM_POWER_STATE, 0, "paused");
	featset_inventory_free(inventory);
	free(text);
}

/* ---- a pool's own ---------------------------------------------------------------------------- */

#define LEVEL "features_pv_host: " PV "; features_hvm_host: " AFTER

static void pools(void **state)
{
	/* Two default lists, then all parameters, then those that a short list may ask for. */
	featset_inventory_t *inventory = read_text(
		"uuid ( RO)                : 1\n          name-label ( RW): one\n              master ( RO): 7\n"
		"          default-SR ( RW): <not in database>\n\n\n"
		"uuid ( RO)                : 2\n          name-label ( RW): two\n              master ( RO): 8\n"
		"            cpu_info (MRO): vendor: GenuineIntel; cpu_count: 40; socket_count: 2; " LEVEL "\n\n\n"
		"uuid ( RO)                : 3\n          name-label ( RW): three\n"
		"            cpu_info (MRO): vendor: GenuineIntel; cpu_count: 40; socket_count: 2; features_pv: " PV
		"; features_hvm: " AFTER "; " LEVEL "\n\n\n"
		"uuid ( RO)    : 4\n    master ( RO): 5\n    slaves ( RO): 5; 6\n");
	const size_t counts[FEATSET_RECORDS] = { [FEATSET_RECORD_POOL] = 3 };

	(void)state;
	check_counts(inventory, counts);
	check(inventory, FEATSET_POOL_NAME, 0, "one");
	check(inventory, FEATSET_POOL_MASTER, 0, "7");
	check(inventory, FEATSET_POOL_VENDOR, 0, "");
	for (size_t i = 1; i < 3; i++) {
		check(inventory, FEATSET_POOL_VENDOR, i, "GenuineIntel");
		check(inventory, FEATSET_POOL_HVM, i, AFTER);
		check(inventory, FEATSET_POOL_PV, i, PV);
	}
	featset_inventory_free(inventory);
}

/* pool-param-get param-name=cpu_info and pool-get-cpu-features: alone something to look at, with hosts no host. */
static void bare_levels(void **state)
{
	static const char *const texts[] = {
		"vendor: GenuineIntel; cpu_count: 40; socket_count: 2; " LEVEL "\n",
		"features_pv_host     : " PV "\n    features_hvm_host: " AFTER "\n",
	};
	static const char host[] = "uuid ( RO): 1\nname-label ( RW): hera\ncpu_info (MRO): cpu_count: 24; vendor: "
				   "GenuineIntel; modelname: "
				   "unknown; features_pv: " PV "; features_hvm: " AFTER "; " LEVEL "\n";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const size_t counts[FEATSET_RECORDS] = { [FEATSET_RECORD_POOL] = 1, [FEATSET_RECORD_HOST] = 1 };
		featset_inventory_t *inventory = read_text(texts[i]);
		char both[2048];

		check_counts(inventory, counts);
		check(inventory, FEATSET_POOL_HVM, 0, AFTER);
		check(inventory, FEATSET_POOL_PV, 0, PV);
		assert_int_equal(featset_inventory_notes(inventory), 1);
		assert_non_null(strstr(featset_inventory_note(inventory, 0), "pool"));
		featset_inventory_free(inventory);

		snprintf(both, sizeof(both), "%s\n%s", texts[i], host);
		inventory = read_text(both);
		check_counts(inventory, counts);
		check(inventory, FEATSET_HOST_NAME, 0, "hera");
		assert_int_equal(featset_inventory_notes(inventory), 0);
		featset_inventory_free(inventory);
	}
}

/* host-get-cpu-features has four keys now, and was one bare string. */
static void host_features(void **state)
{
	featset_inventory_t *inventory =
		read_text("features_pv          : " PV "\n         features_hvm: " AFTER "\n     features_pv_host: " PV
			  "\n    features_hvm_host: " AFTER "\n");
	const size_t counts[FEATSET_RECORDS] = { [FEATSET_RECORD_HOST] = 1 };

	(void)state;
	check_counts(inventory, counts);
	assert_non_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM_MAX));
	assert_non_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_PV));
	featset_inventory_free(inventory);
	inventory = NULL;
	assert_int_equal(featset_read(&inventory, AFTER "\n", strlen(AFTER) + 1, NULL, NULL, NULL), FEATSET_OK);
	assert_string_equal(featset_inventory_format(inventory), "xen");
	featset_inventory_free(inventory);
}

static void host_fields(void **state)
{
	static const char *const files[] = { "hosts.txt", NULL };
	featset_inventory_t *inventory = read_example(files);

	(void)state;
	check(inventory, FEATSET_HOST_NAME, 1, "zeus");
	check(inventory, FEATSET_HOST_MANAGER, 1, "xapi");
	check(inventory, FEATSET_HOST_HOSTNAME, 1, "zeus");
	check(inventory, FEATSET_HOST_ADDRESS, 1, "192.0.2.12");
	check(inventory, FEATSET_HOST_ENABLED, 1, "true");
	check(inventory, FEATSET_HOST_BRAND, 1, "XCP-ng");
	check(inventory, FEATSET_HOST_VERSION, 1, "8.2.1");
	check(inventory, FEATSET_HOST_PLATFORM, 1, "3.2.1");
	check(inventory, FEATSET_HOST_XEN, 1, "4.13.5-9.40.1");
	featset_inventory_free(inventory);
}

/* ---- networks and storage -------------------------------------------------------------------- */

/* What NAME-list prints without params=, and the least that a short list needs to be told by. */
static void default_lists(void **state)
{
	featset_inventory_t *inventory = read_text(
		"uuid ( RO)                : n1\n          name-label ( RW): lan\n    name-description ( RW): \n"
		"              bridge ( RO) [DEPRECATED]: xenbr0\n             managed ( RO): true\n"
		"        other-config (MRW): automatic: false; assume_network_is_shared: true\n\n\n"
		"uuid ( RO)                  : p1\n                device ( RO): eth0\n"
		"    currently-attached ( RO): true\n                  VLAN ( RO): -1\n"
		"          network-uuid ( RO): n1\n\n\n"
		"uuid ( RO)            : p2\n    network-uuid ( RO): n1\n       host-uuid ( RO): h2\n\n\n"
		"uuid ( RO)            : v1\n         vm-uuid ( RO): m1\n          device ( RO): 0\n"
		"    network-uuid ( RO): n1\n\n\n"
		"uuid ( RO)                : s1\n          name-label ( RW): iso\n    name-description ( RW): \n"
		"                host ( RO): <shared>\n                type ( RO): iso\n"
		"        content-type ( RO): iso\n\n\n"
		"uuid ( RO)                  : b1\n             host-uuid ( RO): h1\n               sr-uuid ( RO): s1\n"
		"         device-config (MRO): location: /x\n    currently-attached ( RO): false\n\n\n"
		"uuid ( RO)             : d1\n          vm-uuid ( RO): m1\n    vm-name-label ( RO): mail\n"
		"         vdi-uuid ( RO): <not in database>\n            empty ( RO): true\n"
		"           device ( RO): xvdd\n\n\n"
		"uuid ( RO)                : i1\n          name-label ( RW): disk\n    name-description ( RW): \n"
		"             sr-uuid ( RO): s1\n        virtual-size ( RO): 1\n            sharable ( RO): false\n"
		"           read-only ( RO): false\n\n\n"
		/* A virtual GPU and a USB device of a VM, and those of the hosts that they are on. */
		"uuid ( RO)                  : g1\n               vm-uuid ( RO): m1\n"
		"        gpu-group-uuid ( RO): g\n    currently-attached ( RO): true\n           resident-on ( RO): "
		"<not in database>\n\n\n"
		"uuid ( RO)              : u1\n           vm-uuid ( RO): m1\n    usb-group-uuid ( RO): g2\n\n\n"
		"uuid ( RO)              : x7\n         host-uuid ( RO): h1\n    gpu-group-uuid ( RW): g\n\n\n"
		"uuid ( RO)              : x8\n         host-uuid ( RO): h1\n    usb-group-uuid ( RO): g2\n\n\n"
		/* A virtual GPU that runs, a console, a task, a host's CPU, a cache of PVS, and why a host cannot be emptied. */
		"uuid ( RO)    : x1\n    vm-uuid ( RO): m1\n    gpu-group-uuid ( RO): g\n    resident-on ( RO): "
		"h1\n\n\n"
		"uuid ( RO)    : x2\n    vm-uuid ( RO): m1\n    protocol ( RO): rfb\n\n\n"
		"uuid ( RO)    : x3\n    subtask_of ( RO): x\n    resident-on ( RO): h1\n\n\n"
		"uuid ( RO)    : x4\n    host-uuid ( RO): h1\n    vendor ( RO): GenuineIntel\n    flags ( RO): "
		"fpu\n\n\n"
		"uuid ( RO)    : x5\n    host-uuid ( RO): h1\n    sr-uuid ( RO): s1\n    pvs-site-uuid ( RO): y\n\n\n"
		"uuid          : m1\n    name-label: mail\n        reason: VM_HAS_VUSBS,OpaqueRef:1\n");
	const size_t counts[FEATSET_RECORDS] = {
		[FEATSET_RECORD_NETWORK] = 1, [FEATSET_RECORD_PIF] = 2, [FEATSET_RECORD_VIF] = 1,
		[FEATSET_RECORD_SR] = 1,      [FEATSET_RECORD_PBD] = 1, [FEATSET_RECORD_VBD] = 1,
		[FEATSET_RECORD_VDI] = 1,     [FEATSET_RECORD_VGPU] = 2, [FEATSET_RECORD_VUSB] = 1,
	};

	(void)state;
	check_counts(inventory, counts);
	check(inventory, FEATSET_VGPU_VM, 0, "m1");
	check(inventory, FEATSET_VGPU_GROUP, 0, "g");
	check(inventory, FEATSET_VUSB_VM, 0, "m1");
	check(inventory, FEATSET_VUSB_GROUP, 0, "g2");
	check(inventory, FEATSET_NETWORK_BRIDGE, 0, "xenbr0");
	check(inventory, FEATSET_NETWORK_MANAGED, 0, "true");
	check(inventory, FEATSET_NETWORK_SHARED, 0, "true");
	check(inventory, FEATSET_PIF_NAME, 0, "eth0");
	check(inventory, FEATSET_PIF_ATTACHED, 0, "true");
	check(inventory, FEATSET_PIF_HOST, 1, "h2");
	check(inventory, FEATSET_VIF_VM, 0, "m1");
	check(inventory, FEATSET_VIF_NETWORK, 0, "n1");
	check(inventory, FEATSET_SR_TYPE, 0, "iso");
	check(inventory, FEATSET_PBD_SR, 0, "s1");
	check(inventory, FEATSET_PBD_ATTACHED, 0, "false");
	check(inventory, FEATSET_VBD_VDI, 0, "");
	check(inventory, FEATSET_VBD_EMPTY, 0, "true");
	check(inventory, FEATSET_VDI_SR, 0, "s1");
	featset_inventory_free(inventory);
}

/* The example as its README tells it, in two orders. */
static void example(void **state)
{
	static const char *const orders[][6] = {
		{ "hosts.txt", "vms.txt", "pool.txt", "networks.txt", "storage.txt", NULL },
		{ "storage.txt", "networks.txt", "vms.txt", "hosts.txt", "pool.txt", NULL },
	};
	const size_t counts[FEATSET_RECORDS] = {
		[FEATSET_RECORD_HOST] = 2,    [FEATSET_RECORD_VM] = 12, [FEATSET_RECORD_POOL] = 1,
		[FEATSET_RECORD_NETWORK] = 4, [FEATSET_RECORD_PIF] = 5, [FEATSET_RECORD_VIF] = 9,
		[FEATSET_RECORD_SR] = 4,      [FEATSET_RECORD_PBD] = 6, [FEATSET_RECORD_VBD] = 15,
		[FEATSET_RECORD_VDI] = 11,
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		featset_inventory_t *inventory = read_example(orders[i]);
		size_t mail, snapshot, nvr, vif, pif;

		check_counts(inventory, counts);
		assert_int_equal(featset_inventory_notes(inventory), 0);
		mail = find(inventory, FEATSET_VM_NAME, "mail");
		check_words(featset_inventory_vm_cpu(inventory, mail), BEFORE "-00000000-00000000-00000000");
		check(inventory, FEATSET_VM_HOST, mail, "7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3");
		check(inventory, FEATSET_VM_CURRENT_DOMAIN_TYPE, mail, "hvm");
		check_words(featset_inventory_vm_cpu(inventory, find(inventory, FEATSET_VM_NAME, "build")), AFTER);
		snapshot = find(inventory, FEATSET_VM_NAME, "wiki-before-upgrade");
		check(inventory, FEATSET_VM_POWER_STATE, snapshot, "suspended");
		check(inventory, FEATSET_VM_SNAPSHOT_OF, snapshot, "b94d7e02-16fa-4c83-a5d0-2e8f36c1b07d");
		find(inventory, FEATSET_VDI_UUID, featset_inventory_get(inventory, FEATSET_VM_SUSPEND_VDI, snapshot));
		/* The network that only hera has. */
		nvr = find(inventory, FEATSET_VM_NAME, "nvr");
		vif = find(inventory, FEATSET_VIF_VM, featset_inventory_get(inventory, FEATSET_VM_UUID, nvr));
		pif = find(inventory, FEATSET_PIF_NETWORK, featset_inventory_get(inventory, FEATSET_VIF_NETWORK, vif));
		check(inventory, FEATSET_PIF_NAME, pif, "eth2");
		check(inventory, FEATSET_PIF_HOST, pif, "7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3");
		check(inventory, FEATSET_POOL_HVM, 0, AFTER);
		check(inventory, FEATSET_SR_SHARED, find(inventory, FEATSET_SR_TYPE, "nfs"), "true");
		featset_inventory_free(inventory);
	}
}

/* What a reference of XAPI's refers to, as xe has it. */
static const char *uuid_of(const featset_inventory_t *inventory, const char *value)
{
	static const featset_field_t refs[] = {
#define FEATSET_RECORD(kind, name) FEATSET_##kind##_REF,
#include <featset/records.def>
	};

	if (strncmp(value, "OpaqueRef:", 10) != 0)
		return value;
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++)
		for (size_t k = 0; k < featset_inventory_count(inventory, featset_field_record(refs[i])); k++)
			if (strcmp(featset_inventory_get(inventory, refs[i], k), value) == 0)
				return featset_inventory_get(inventory, (featset_field_t)(refs[i] + 1), k);
	fail_msg("%s refers to nothing", value);
	return NULL;
}

/* What only XAPI itself tells, or xe elsewhere. */
static bool is_told_elsewhere(featset_field_t field)
{
	const char *name = featset_field_name(field);

	return featset_field_record(field) == FEATSET_RECORD_VM_METRICS || field == FEATSET_VM_METRICS ||
	       field == FEATSET_VM_CURRENT_DOMAIN_TYPE || field == FEATSET_VM_VBDS || field == FEATSET_VM_VIFS ||
	       strcmp(name, "ref") == 0;
}

/* The example in XAPI's other dresses tells the same. */
static void dresses(void **state)
{
	static const char *const files[] = { "hosts.txt", "vms.txt", "pool.txt", "networks.txt", "storage.txt", NULL };
	static const char *const others[] = { "records.json", "pool-database.xml" };
	featset_inventory_t *xe = read_example(files);
	size_t compared = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		featset_inventory_t *other = NULL;
		featset_error_t error = { 0 };
		char path[256];

		snprintf(path, sizeof(path), "examples/pools/hera-zeus/%s", others[i]);
		if (featset_input(&other, path, 0, 0, &error) != FEATSET_OK) {
			print_message("[          ] skipped: %s: %s\n", path, error.text);
			continue;
		}
		for (int field = 0; field < FEATSET_FIELDS; field++) {
			featset_record_t kind = featset_field_record((featset_field_t)field);

			for (size_t k = 0; k < featset_inventory_count(other, kind); k++) {
				if (is_told_elsewhere((featset_field_t)field))
					continue;
				check(xe, (featset_field_t)field, k,
				      uuid_of(other, featset_inventory_get(other, (featset_field_t)field, k)));
				compared++;
			}
		}
		for (size_t k = 0; k < featset_inventory_count(xe, FEATSET_RECORD_VM); k++) {
			const featset_cpu_t *a = featset_inventory_vm_cpu(xe, k),
					    *b = featset_inventory_vm_cpu(other, k);

			assert_true(!a == !b);
			if (a)
				assert_memory_equal(featset_cpu_features(a), featset_cpu_features(b),
						    sizeof(featset_t));
		}
		featset_inventory_free(other);
	}
	featset_inventory_free(xe);
	if (!compared)
		skip();
	assert_true(compared > 500);
}

/* ---- what is wrong ------------------------------------------------------------------------------ */

static void refused(const char *text, unsigned line, const char *why)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	assert_int_equal(featset_read(&inventory, text, strlen(text), featset_format_find("xe", NULL), "text", &error),
			 FEATSET_E_SYNTAX);
	assert_null(inventory);
	assert_int_equal(error.line, line);
	if (!strstr(error.text, why))
		fail_msg("\"%s\" has no \"%s\"", error.text, why);
}

#define BROKEN                                                                                                         \
	"uuid ( RO): 2\nname-label ( RW): wiki\nlast-boot-CPU-flags ( RO): vendor: GenuineIntel; features: "           \
	"1fcbfbff-x\n"

static void broken(void **state)
{
	static const char good[] = "uuid ( RO): 1\nname-label ( RW): mail\npower-state ( RO): running\n";
	char text[1024];
	featset_inventory_t *inventory;

	(void)state;
	snprintf(text, sizeof(text), "%s\n%s\n%s", good, BROKEN, good);
	refused(text, 7, "VM wiki: features is no Xen featureset");
	inventory = read_flags(text, FEATSET_KEEP_GOING);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 2);
	check(inventory, FEATSET_VM_NAME, 1, "mail");
	assert_int_equal(featset_inventory_notes(inventory), 1);
	assert_true(featset_inventory_note_is_left_out(inventory, 0));
	assert_non_null(strstr(featset_inventory_note(inventory, 0), "wiki"));
	featset_inventory_free(inventory);

	refused("uuid ( RO): 1\nname-label ( RW): a\nname-description ( RW): b\n", 1, "no host with its cpu_info");
	refused("uuid ( RO): 1\nlast-boot-CPU-flags ( RO): vendor: GenuineIntel; features: 1fcb", 2, "cut off");
	refused("uuid ( RO): 1\nname-label ( RW): mail\npower-state ( RO): run", 3, "cut off");
	refused("uuid ( RO): 1\nbridge ( RO): xen", 2, "cut off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vm_fields),   cmocka_unit_test(vm_flags),      cmocka_unit_test(bare_flags),
		cmocka_unit_test(pools),       cmocka_unit_test(bare_levels),   cmocka_unit_test(host_features),
		cmocka_unit_test(host_fields), cmocka_unit_test(default_lists), cmocka_unit_test(example),
		cmocka_unit_test(dresses),     cmocka_unit_test(broken),        cmocka_unit_test(repeated_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
