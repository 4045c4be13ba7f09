/* SPDX-License-Identifier: MIT */
/*
 * Every record of a pool in XAPI's dresses but xe's: JSON-RPC, Xen Orchestra's
 * objects and the pool database.  The same pool, worded by hand after XAPI's and
 * Xen Orchestra's own field names, must give the same fields in each, and a VM of
 * XAPI's own tests its published featureset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <featset.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- help ---------------------------------------------------------------------- */

/* Skips, aloud, where the build reads no such format. */
static const featset_format_t *format_of(const char *name)
{
	const featset_format_t *format = featset_format_find(name, NULL);

	assert_non_null(format);
	if (!featset_format_reads(format)) {
		print_message("[          ] skipped: this build reads no %s\n", name);
		skip();
	}
	return format;
}

static featset_inventory_t *read_flags(const char *text, const char *format, unsigned flags)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	char told[2048];

	format_of(format);
	if (featset_read_with(&inventory, text, strlen(text), NULL, "text", flags, &error) != FEATSET_OK) {
		featset_error_write(told, sizeof(told), &error);
		fail_msg("%s\n%.600s", told, text);
	}
	assert_string_equal(featset_inventory_format(inventory), format);
	return inventory;
}

static featset_inventory_t *read_as(const char *text, const char *format)
{
	return read_flags(text, format, 0);
}

#define GET(inventory, field, index) featset_inventory_get(inventory, FEATSET_##field, index)
#define ASSERT_GET(inventory, field, index, text) assert_string_equal(GET(inventory, field, index), text)
#define RECORDS(inventory, kind) ((int)featset_inventory_count(inventory, FEATSET_RECORD_##kind))

/* Are all texts of two inventories the same, and what their VMs were started with? */
static void assert_same(const featset_inventory_t *a, const featset_inventory_t *b)
{
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		assert_int_equal(featset_inventory_count(a, (featset_record_t)kind),
				 featset_inventory_count(b, (featset_record_t)kind));
	for (int field = 0; field < FEATSET_FIELDS; field++) {
		featset_record_t kind = featset_field_record((featset_field_t)field);

		for (size_t i = 0; i < featset_inventory_count(a, kind); i++)
			if (strcmp(featset_inventory_get(a, (featset_field_t)field, i),
				   featset_inventory_get(b, (featset_field_t)field, i)) != 0)
				fail_msg("%s.%s: %s, and %s", featset_record_name(kind),
					 featset_field_name((featset_field_t)field),
					 featset_inventory_get(a, (featset_field_t)field, i),
					 featset_inventory_get(b, (featset_field_t)field, i));
	}
	for (size_t i = 0; i < featset_inventory_count(a, FEATSET_RECORD_VM); i++) {
		const featset_cpu_t *one = featset_inventory_vm_cpu(a, i), *other = featset_inventory_vm_cpu(b, i);

		assert_int_equal(one != NULL, other != NULL);
		if (one)
			assert_true(featset_equal(featset_cpu_features(one), featset_cpu_features(other)));
	}
}

/* ---- a pool ----------------------------------------------------------------------- */

#define WORDS "1fcbfbff-f7fa3203-2c100800"
#define MAX_WORDS "1fcbfbff-f7fa3223-2d93fbff"

#define CPU "{\"vendor\": \"GenuineIntel\", \"features_hvm\": \"" MAX_WORDS "\", \"features_hvm_host\": \"" WORDS "\"}"

/* Each is an object's inside. */
#define HOST                                                                                                           \
	"\"uuid\": \"u-hera\", \"name_label\": \"hera\", \"hostname\": \"hera.lan\", \"address\": \"10.0.0.1\", "      \
	"\"enabled\": true, \"software_version\": {\"product_brand\": \"XCP-ng\", \"product_version\": \"8.3.0\", "    \
	"\"platform_version\": \"3.4.0\", \"xen\": \"4.17.5-3\", \"xapi\": \"24.19\"}, \"cpu_info\": " CPU             \
	", \"PIFs\": [\"OpaqueRef:pif\"], \"current_operations\": {}"
#define VM                                                                                                             \
	"\"uuid\": \"u-vm\", \"name_label\": \"web 1\", \"power_state\": \"Running\", \"resident_on\": "               \
	"\"OpaqueRef:host\", \"domain_type\": \"hvm\", \"HVM_boot_policy\": \"BIOS order\", \"is_a_template\": "       \
	"false, \"is_a_snapshot\": false, \"is_control_domain\": false, \"snapshot_of\": \"OpaqueRef:NULL\", "         \
	"\"suspend_VDI\": \"OpaqueRef:NULL\", \"affinity\": \"OpaqueRef:host\", \"platform\": {\"featureset\": "       \
	"\"1fcb\", \"cpu-type\": \"generic\", \"nx\": \"true\"}, \"metrics\": \"OpaqueRef:metrics\", "                 \
	"\"attached_PCIs\": [], \"VGPUs\": [\"OpaqueRef:vgpu\"], \"VUSBs\": [], \"VBDs\": [\"OpaqueRef:vbd\", "        \
	"\"OpaqueRef:cd\"], \"VIFs\": [\"OpaqueRef:vif\"], \"domid\": 5, \"memory_target\": 8589934592, "              \
	"\"last_boot_CPU_flags\": {\"vendor\": \"GenuineIntel\", \"features\": \"" WORDS "\"}"
#define METRICS "\"uuid\": \"u-metrics\", \"current_domain_type\": \"pv_in_pvh\", \"state\": []"
#define POOL                                                                                                           \
	"\"uuid\": \"u-pool\", \"name_label\": \"olympus\", \"master\": \"OpaqueRef:host\", \"cpu_info\": "            \
	"{\"vendor\": \"GenuineIntel\", \"cpu_count\": \"24\", \"features_hvm_host\": \"" WORDS                        \
	"\", \"features_pv_host\": \"1fc9cbf5\"}"
#define NETWORK "\"uuid\": \"u-net\", \"name_label\": \"lan\", \"bridge\": \"xenbr0\", \"managed\": false, " \
	"\"other_config\": {\"assume_network_is_shared\": \"true\"}, \"PIFs\": [\"OpaqueRef:pif\"]"
#define PIF                                                                                                            \
	"\"uuid\": \"u-pif\", \"device\": \"eth0\", \"host\": \"OpaqueRef:host\", \"network\": \"OpaqueRef:net\", "    \
	"\"currently_attached\": true, \"VLAN\": -1, \"management\": false, \"MAC\": \"00:11\""
#define VIF                                                                                                            \
	"\"uuid\": \"u-vif\", \"device\": \"0\", \"VM\": \"OpaqueRef:vm\", \"network\": \"OpaqueRef:net\", \"MAC\": "  \
	"\"00:22\""
#define SR                                                                                                             \
	"\"uuid\": \"u-sr\", \"name_label\": \"local\", \"type\": \"lvm\", \"content_type\": \"user\", \"shared\": "   \
	"false, \"PBDs\": [\"OpaqueRef:pbd\"]"
#define PBD                                                                                                            \
	"\"uuid\": \"u-pbd\", \"host\": \"OpaqueRef:host\", \"SR\": \"OpaqueRef:sr\", \"currently_attached\": true, "  \
	"\"device_config\": {\"device\": \"/dev/sda3\"}"
#define VBD                                                                                                            \
	"\"uuid\": \"u-vbd\", \"device\": \"xvda\", \"userdevice\": \"0\", \"VM\": \"OpaqueRef:vm\", \"VDI\": "        \
	"\"OpaqueRef:vdi\", \"type\": \"Disk\", \"empty\": false"
#define CD                                                                                                             \
	"\"uuid\": \"u-cd\", \"device\": \"\", \"userdevice\": \"3\", \"VM\": \"OpaqueRef:vm\", \"VDI\": "             \
	"\"OpaqueRef:NULL\", \"type\": \"CD\", \"empty\": true"
#define VDI "\"uuid\": \"u-vdi\", \"name_label\": \"root\", \"SR\": \"OpaqueRef:sr\", \"virtual_size\": \"1\""
/* None of these is a record of ours, whatever keys it has. */
#define OTHERS                                                                                                         \
	"\"OpaqueRef:bond\": {\"uuid\": \"x\", \"master\": \"OpaqueRef:pif\", \"slaves\": []}, "                       \
	"\"OpaqueRef:crash\": {\"uuid\": \"y\", \"VM\": \"OpaqueRef:vm\", \"VDI\": \"OpaqueRef:vdi\"}"

#define ONE(ref, inside) "{\"OpaqueRef:" ref "\": {" inside "}}"
#define VBDS "{\"OpaqueRef:vbd\": {" VBD "}, \"OpaqueRef:cd\": {" CD "}}"

static const char
	by_class[] = "{\"host\": " ONE("host", HOST) ", \"VM\": " ONE("vm", VM) ", \"VM_metrics\": " ONE("metrics", METRICS) ", \"pool\": " ONE("pool", POOL) ", \"network\": " ONE(
		"net",
		NETWORK) ", \"PIF\": " ONE("pif",
					   PIF) ", \"VIF\": " ONE("vif",
								  VIF) ", \"SR\": " ONE("sr",
											SR) ", \"PBD\": " ONE("pbd",
													      PBD) ", "
														   "\"V"
														   "BD"
														   "\":"
														   " " VBDS
														   ", "
														   "\"V"
														   "DI"
														   "\":"
														   " " ONE("vdi",
															   VDI) ", \"Bond\": {" OTHERS
																"}}";

/* What each field must be: the reference it is kept under, texts, small letters for enumerations. */
static void json_by_class(void **state)
{
	featset_inventory_t *pool = read_as(by_class, "xapi");
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(pool, 0);

	(void)state;
	assert_int_equal(featset_inventory_hosts(pool), 1);
	ASSERT_GET(pool, HOST_REF, 0, "OpaqueRef:host");
	ASSERT_GET(pool, HOST_UUID, 0, "u-hera");
	ASSERT_GET(pool, HOST_NAME, 0, "hera");
	ASSERT_GET(pool, HOST_MANAGER, 0, "xapi");
	ASSERT_GET(pool, HOST_HOSTNAME, 0, "hera.lan");
	ASSERT_GET(pool, HOST_ADDRESS, 0, "10.0.0.1");
	ASSERT_GET(pool, HOST_ENABLED, 0, "true");
	ASSERT_GET(pool, HOST_BRAND, 0, "XCP-ng");
	ASSERT_GET(pool, HOST_VERSION, 0, "8.3.0");
	ASSERT_GET(pool, HOST_PLATFORM, 0, "3.4.0");
	ASSERT_GET(pool, HOST_XEN, 0, "4.17.5-3");
	assert_int_equal(RECORDS(pool, VM), 1);
	ASSERT_GET(pool, VM_REF, 0, "OpaqueRef:vm");
	ASSERT_GET(pool, VM_UUID, 0, "u-vm");
	ASSERT_GET(pool, VM_NAME, 0, "web 1");
	ASSERT_GET(pool, VM_MANAGER, 0, "xapi");
	ASSERT_GET(pool, VM_POWER_STATE, 0, "running");
	ASSERT_GET(pool, VM_HOST, 0, "OpaqueRef:host");
	ASSERT_GET(pool, VM_DOMAIN_TYPE, 0, "hvm");
	ASSERT_GET(pool, VM_BOOT_POLICY, 0, "BIOS order");
	ASSERT_GET(pool, VM_IS_TEMPLATE, 0, "false");
	ASSERT_GET(pool, VM_SNAPSHOT_OF, 0, "");
	ASSERT_GET(pool, VM_SUSPEND_VDI, 0, "");
	ASSERT_GET(pool, VM_AFFINITY, 0, "OpaqueRef:host");
	ASSERT_GET(pool, VM_FEATURESET, 0, "1fcb");
	ASSERT_GET(pool, VM_CPU_TYPE, 0, "generic");
	ASSERT_GET(pool, VM_METRICS, 0, "OpaqueRef:metrics");
	ASSERT_GET(pool, VM_PCIS, 0, "");
	ASSERT_GET(pool, VM_VGPUS, 0, "OpaqueRef:vgpu");
	ASSERT_GET(pool, VM_VBDS, 0, "OpaqueRef:vbd; OpaqueRef:cd");
	ASSERT_GET(pool, VM_VIFS, 0, "OpaqueRef:vif");
	assert_non_null(cpu);
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	assert_int_equal(featset_word(featset_cpu_features(cpu), 1), 0xf7fa3203);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_XEN_LENGTH), 3);
	ASSERT_GET(pool, VM_METRICS_REF, 0, "OpaqueRef:metrics");
	ASSERT_GET(pool, VM_METRICS_CURRENT_DOMAIN_TYPE, 0, "pv_in_pvh");
	ASSERT_GET(pool, POOL_NAME, 0, "olympus");
	ASSERT_GET(pool, POOL_MASTER, 0, "OpaqueRef:host");
	ASSERT_GET(pool, POOL_VENDOR, 0, "GenuineIntel");
	ASSERT_GET(pool, POOL_HVM, 0, WORDS);
	ASSERT_GET(pool, POOL_PV, 0, "1fc9cbf5");
	ASSERT_GET(pool, NETWORK_BRIDGE, 0, "xenbr0");
	ASSERT_GET(pool, NETWORK_MANAGED, 0, "false");
	ASSERT_GET(pool, NETWORK_SHARED, 0, "true");
	ASSERT_GET(pool, PIF_NAME, 0, "eth0");
	ASSERT_GET(pool, PIF_HOST, 0, "OpaqueRef:host");
	ASSERT_GET(pool, PIF_NETWORK, 0, "OpaqueRef:net");
	ASSERT_GET(pool, PIF_ATTACHED, 0, "true");
	ASSERT_GET(pool, PIF_VLAN, 0, "-1");
	ASSERT_GET(pool, PIF_MANAGEMENT, 0, "false");
	ASSERT_GET(pool, VIF_VM, 0, "OpaqueRef:vm");
	ASSERT_GET(pool, VIF_NETWORK, 0, "OpaqueRef:net");
	ASSERT_GET(pool, SR_TYPE, 0, "lvm");
	ASSERT_GET(pool, SR_CONTENT_TYPE, 0, "user");
	ASSERT_GET(pool, SR_SHARED, 0, "false");
	ASSERT_GET(pool, PBD_HOST, 0, "OpaqueRef:host");
	ASSERT_GET(pool, PBD_SR, 0, "OpaqueRef:sr");
	ASSERT_GET(pool, PBD_ATTACHED, 0, "true");
	assert_int_equal(RECORDS(pool, VBD), 2);
	ASSERT_GET(pool, VBD_VDI, 0, "OpaqueRef:vdi");
	ASSERT_GET(pool, VBD_TYPE, 0, "disk");
	ASSERT_GET(pool, VBD_EMPTY, 0, "false");
	ASSERT_GET(pool, VBD_VDI, 1, "");
	ASSERT_GET(pool, VBD_TYPE, 1, "cd");
	ASSERT_GET(pool, VDI_SR, 0, "OpaqueRef:sr");
	assert_int_equal(RECORDS(pool, POOL), 1);
	featset_inventory_free(pool);
}

/* Whatever wraps the records, and whether or not it names their class, they are the same. */
static void json_wrappers(void **state)
{
#define V2(inside) "{\"jsonrpc\": \"2.0\", \"result\": " inside ", \"id\": 1}\n"
#define V1(inside) "{\"Status\": \"Success\", \"Value\": " inside "}"
#define ALL(wrap)                                                                                                      \
	wrap(ONE("host", HOST)) wrap(ONE("vm", VM)) wrap(ONE("metrics", METRICS)) wrap(ONE("pool", POOL))              \
		wrap(ONE("net", NETWORK)) wrap(ONE("pif", PIF)) wrap(ONE("vif", VIF)) wrap(ONE("sr", SR))              \
			wrap(ONE("pbd", PBD)) wrap(VBDS) wrap(ONE("vdi", VDI)) wrap("{" OTHERS "}")
#define BARE(inside) inside "\n\n"
#define METHOD(class, inside) "{\"" class ".get_all_records\": {\"result\": " inside "}}"
	static const char *const streams[] = { ALL(V2), ALL(V1), ALL(BARE) };
	static const char batch[] = "[" V2(ONE("vm", VM)) "," V2(VBDS) "," V2(ONE("sr", SR)) "]";
	/* Records that were asked for with few fields have no key that tells them; what wraps them does. */
	static const char methods[] = METHOD("VM", ONE("vm", "\"name_label\": \"a\""))
		METHOD("VDI", ONE("vdi", "\"uuid\": \"b\"")) METHOD("VM_metrics", ONE("m", "\"uuid\": \"c\""));
	featset_inventory_t *expected = read_as(by_class, "xapi"), *got;

	(void)state;
	for (size_t i = 0; i < COUNT(streams); i++) {
		got = read_as(streams[i], "xapi");
		assert_same(got, expected);
		featset_inventory_free(got);
	}
	featset_inventory_free(expected);
	got = read_as(batch, "xapi");
	assert_int_equal(RECORDS(got, VM) + RECORDS(got, VBD) + RECORDS(got, SR), 4);
	assert_int_equal(featset_inventory_hosts(got), 0);
	featset_inventory_free(got);
	got = read_as(methods, "xapi");
	ASSERT_GET(got, VM_NAME, 0, "a");
	assert_null(featset_inventory_vm_cpu(got, 0));
	ASSERT_GET(got, VDI_UUID, 0, "b");
	ASSERT_GET(got, VM_METRICS_UUID, 0, "c");
	featset_inventory_free(got);
}

/* Virtual GPUs and USB devices by their class, by their keys, by Xen Orchestra's type, and in the database. */
static void devices(void **state)
{
	static const struct {
		const char *format, *text;
	} texts[] = {
		{ "xapi", "{\"VGPU\": {\"OpaqueRef:1\": {\"uuid\": \"g\", \"VM\": \"OpaqueRef:vm\"}}, "
			  "\"VGPU_type\": {\"OpaqueRef:3\": {\"uuid\": \"t\", \"VGPUs\": []}}, "
			  "\"VUSB\": {\"OpaqueRef:2\": {\"uuid\": \"u\", \"VM\": \"OpaqueRef:vm\"}}}" },
		{ "xapi", "{\"OpaqueRef:1\": {\"uuid\": \"g\", \"VM\": \"OpaqueRef:vm\", \"GPU_group\": \"OpaqueRef:4\"}, "
			  "\"OpaqueRef:2\": {\"uuid\": \"u\", \"VM\": \"OpaqueRef:vm\", \"USB_group\": \"OpaqueRef:5\"}}" },
		{ "xapi", "[{\"type\": \"vgpu\", \"id\": \"g\", \"vm\": \"OpaqueRef:vm\", \"$pool\": \"p\"}, "
			  "{\"type\": \"PUSB\", \"id\": \"x\", \"host\": \"h\", \"$pool\": \"p\"}, "
			  "{\"type\": \"VUSB\", \"id\": \"u\", \"vm\": \"OpaqueRef:vm\", \"$pool\": \"p\"}]" },
		{ "xapi-db", "<database><table name=\"VGPU\"><row ref=\"OpaqueRef:1\" uuid=\"g\" VM=\"OpaqueRef:vm\"/></table>"
			     "<table name=\"VUSB\"><row ref=\"OpaqueRef:2\" uuid=\"u\" VM=\"OpaqueRef:vm\"/></table>"
			     "<table name=\"PUSB\"><row ref=\"OpaqueRef:3\" uuid=\"x\"/></table></database>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		featset_inventory_t *got = read_as(texts[i].text, texts[i].format);

		assert_int_equal(RECORDS(got, VGPU), 1);
		assert_int_equal(RECORDS(got, VUSB), 1);
		ASSERT_GET(got, VGPU_UUID, 0, "g");
		ASSERT_GET(got, VGPU_VM, 0, "OpaqueRef:vm");
		ASSERT_GET(got, VUSB_UUID, 0, "u");
		ASSERT_GET(got, VUSB_VM, 0, "OpaqueRef:vm");
		featset_inventory_free(got);
	}
}

/* XAPI passes what has nothing recorded: a cpu of which nothing is known, other than no map at all. */
static void is_unrecorded(const featset_cpu_t *cpu)
{
	assert_non_null(cpu);
	assert_string_equal(featset_cpu_vendor(cpu), "");
	assert_true(featset_is_empty(featset_cpu_features(cpu)));
	assert_int_equal(featset_cpu_number(cpu, FEATSET_XEN_LENGTH), -1);
}

/* A VM may never have been started, or have a vendor alone. */
static void json_vm_without_features(void **state)
{
	static const char text[] = "{\"OpaqueRef:1\": {\"power_state\": \"Halted\", \"last_boot_CPU_flags\": {}}, "
				   "\"OpaqueRef:2\": {\"power_state\": \"Halted\", \"last_boot_CPU_flags\": null}, "
				   "\"OpaqueRef:3\": {\"power_state\": \"Halted\", \"last_boot_CPU_flags\": "
				   "{\"vendor\": \"AuthenticAMD\"}}}";
	featset_inventory_t *got = read_as(text, "xapi");

	(void)state;
	assert_int_equal(RECORDS(got, VM), 3);
	is_unrecorded(featset_inventory_vm_cpu(got, 0));
	assert_null(featset_inventory_vm_cpu(got, 1));
	assert_non_null(featset_inventory_vm_cpu(got, 2));
	assert_string_equal(featset_cpu_vendor(featset_inventory_vm_cpu(got, 2)), "AuthenticAMD");
	assert_int_equal(featset_cpu_number(featset_inventory_vm_cpu(got, 2), FEATSET_XEN_LENGTH), -1);
	featset_inventory_free(got);
}

/* ---- a VM of XAPI's own tests ------------------------------------------------------------ */

static void published_vm(void **state)
{
	static const uint32_t words[22] = {
		0x1fcbfbff, 0xf7fa3203, 0x2c100800, 0x00000021, 0x00000001,       0x000007ab,
		0,          0,          0x00101000, 0xbc000400, [16] = 0x04000000
	};
	const char *root = getenv("FEATSET_SHARED");
	featset_inventory_t *got = NULL;
	featset_error_t error = { 0 };
	const featset_cpu_t *cpu;
	char path[4096];

	(void)state;
	format_of("xapi");
	snprintf(path, sizeof(path), "%s/data/xapi/vm_get_all_records.json", root ? root : "../shared");
	if (access(path, R_OK) != 0) {
		print_message("[          ] skipped: %s is not there\n", path);
		skip();
	}
	if (featset_read_file(&got, path, NULL, 0, &error) != FEATSET_OK)
		fail_msg("%s", error.text);
	assert_int_equal(featset_inventory_hosts(got), 0);
	/* The second record is cut down, and has never been started. */
	assert_int_equal(RECORDS(got, VM), 2);
	ASSERT_GET(got, VM_REF, 0, "OpaqueRef:6ef08bce-0bf0-30ff-804f-5f0ee4bbdd13");
	ASSERT_GET(got, VM_NAME, 0, "win11-x64");
	ASSERT_GET(got, VM_HOST, 0, "OpaqueRef:4a0fde9c-5709-4f66-9968-64fb6162bd97");
	ASSERT_GET(got, VM_DOMAIN_TYPE, 0, "hvm");
	ASSERT_GET(got, VM_NAME, 1, "ubuntu2204");
	assert_null(featset_inventory_vm_cpu(got, 1));
	cpu = featset_inventory_vm_cpu(got, 0);
	assert_non_null(cpu);
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	assert_int_equal(featset_cpu_number(cpu, FEATSET_XEN_LENGTH), 22);
	for (unsigned i = 0; i < 22; i++)
		assert_int_equal(featset_word(featset_cpu_features(cpu), i), words[i]);
	featset_inventory_free(got);
}

/* ---- Xen Orchestra ------------------------------------------------------------------------- */

#define XO(type, id, inside)                                                                                           \
	"{\"type\": \"" type "\", \"id\": \"" id "\", \"uuid\": \"" id "\", \"$pool\": \"u-pool\", \"$poolId\": "      \
	"\"u-pool\", \"_xapiRef\": \"OpaqueRef:" id "\", " inside "}"
#define XO_VM(type, id, state, container)                                                                              \
	XO(type, id,                                                                                                   \
	   "\"name_label\": \"" id "\", \"power_state\": \"" state "\", \"virtualizationMode\": \"hvm\", "             \
	   "\"CPUs\": {\"max\": 2, \"number\": 2}, \"$container\": \"" container "\", \"VIFs\": [\"u-vif\"], "         \
	   "\"$VBDs\": [\"u-vbd\", null, \"u-cd\"], \"VGPUs\": [], \"attachedPcis\": [\"0000:04:01.0\"], "             \
	   "\"current_operations\": {\"t\": \"start\"}, \"affinityHost\": \"u-hera\"")
#define XO_HOST                                                                                                        \
	XO("host", "u-hera",                                                                                           \
	   "\"name_label\": \"hera\", \"enabled\": true, \"power_state\": \"Running\", \"version\": \"8.3.0\", "       \
	   "\"productBrand\": \"XCP-ng\", \"CPUs\": " CPU ", \"cpus\": {\"cores\": 24}")

/* Several documents, the first an object by id, the second a list. */
static const char *const orchestra[] = {
	"{\"u-hera\": " XO_HOST,
	", \"runs\": " XO_VM("VM", "runs", "Running", "u-hera"),
	", \"halted\": " XO_VM("VM", "halted", "Halted", "u-pool"),
	", \"halted-local\": " XO_VM("VM", "halted-local", "Halted", "u-hera"),
	", \"shot\": " XO_VM("VM-snapshot", "shot", "Suspended", "u-pool"),
	", \"template\": " XO_VM("VM-template", "template", "Halted", "u-pool"),
	", \"dom0\": " XO_VM("VM-controller", "dom0", "Running", "u-hera") "}\n[",
	XO("network", "u-net", "\"name_label\": \"lan\", \"bridge\": \"xenbr0\""),
	", " XO("PIF", "u-pif",
		"\"device\": \"eth0\", \"$host\": \"u-hera\", \"$network\": \"u-net\", \"attached\": true, "
		"\"vlan\": 20, \"management\": true"),
	", " XO("VIF", "u-vif", "\"device\": \"0\", \"$VM\": \"runs\", \"$network\": \"u-net\""),
	", " XO("SR", "u-sr",
		"\"name_label\": \"nfs\", \"SR_type\": \"nfs\", \"content_type\": \"user\", \"shared\": true, "
		"\"$container\": \"u-pool\""),
	", " XO("PBD", "u-pbd", "\"host\": \"u-hera\", \"SR\": \"u-sr\", \"attached\": false, \"device_config\": {}"),
	", " XO("VBD", "u-vbd", "\"VM\": \"runs\", \"VDI\": \"u-vdi\", \"device\": null, \"is_cd_drive\": false"),
	", " XO("VDI-snapshot", "u-vdi", "\"name_label\": \"root\", \"$SR\": \"u-sr\""),
	", " XO("pool", "u-pool", "\"name_label\": \"olympus\", \"master\": \"u-hera\""),
	", " XO("bond", "u-bond", "\"master\": \"u-pif\"") "]",
};

static void xen_orchestra(void **state)
{
	static char text[8192];
	featset_inventory_t *got;

	(void)state;
	for (size_t i = 0; i < COUNT(orchestra); i++)
		strcat(text, orchestra[i]);
	got = read_as(text, "xapi");
	assert_int_equal(featset_inventory_hosts(got), 1);
	ASSERT_GET(got, HOST_REF, 0, "OpaqueRef:u-hera");
	ASSERT_GET(got, HOST_UUID, 0, "u-hera");
	ASSERT_GET(got, HOST_POOL, 0, "u-pool");
	ASSERT_GET(got, HOST_BRAND, 0, "XCP-ng");
	ASSERT_GET(got, HOST_VERSION, 0, "8.3.0");
	assert_int_equal(RECORDS(got, VM), 6);
	ASSERT_GET(got, VM_REF, 0, "OpaqueRef:runs");
	ASSERT_GET(got, VM_UUID, 0, "runs");
	ASSERT_GET(got, VM_MANAGER, 0, "xapi");
	ASSERT_GET(got, VM_DOMAIN_TYPE, 0, "hvm");
	ASSERT_GET(got, VM_VBDS, 0, "u-vbd; u-cd");
	ASSERT_GET(got, VM_PCIS, 0, "0000:04:01.0");
	ASSERT_GET(got, VM_AFFINITY, 0, "u-hera");
	assert_null(featset_inventory_vm_cpu(got, 0));
	/* The container of a VM that does not run is the pool, or whoever has its disks. */
	ASSERT_GET(got, VM_HOST, 0, "u-hera");
	ASSERT_GET(got, VM_HOST, 1, "");
	ASSERT_GET(got, VM_HOST, 2, "");
	ASSERT_GET(got, VM_HOST, 3, "");
	ASSERT_GET(got, VM_IS_SNAPSHOT, 0, "false");
	ASSERT_GET(got, VM_IS_SNAPSHOT, 3, "true");
	ASSERT_GET(got, VM_IS_TEMPLATE, 3, "false");
	ASSERT_GET(got, VM_IS_TEMPLATE, 4, "true");
	ASSERT_GET(got, VM_IS_CONTROL_DOMAIN, 5, "true");
	ASSERT_GET(got, NETWORK_BRIDGE, 0, "xenbr0");
	ASSERT_GET(got, PIF_HOST, 0, "u-hera");
	ASSERT_GET(got, PIF_NETWORK, 0, "u-net");
	ASSERT_GET(got, PIF_VLAN, 0, "20");
	ASSERT_GET(got, VIF_VM, 0, "runs");
	ASSERT_GET(got, SR_TYPE, 0, "nfs");
	ASSERT_GET(got, SR_CONTAINER, 0, "u-pool");
	ASSERT_GET(got, PBD_ATTACHED, 0, "false");
	ASSERT_GET(got, VBD_TYPE, 0, "disk");
	ASSERT_GET(got, VDI_SR, 0, "u-sr");
	assert_int_equal(RECORDS(got, POOL), 1);
	ASSERT_GET(got, POOL_MASTER, 0, "u-hera");
	featset_inventory_free(got);
}

/* The REST API gives what it is asked for: a whole object, or a list of a few fields that only addresses tell apart. */
static void xen_orchestra_rest(void **state)
{
	static const char list[] = "[{\"href\": \"/rest/v0/vms/1de8f41d\", \"name_label\": \"a\", \"power_state\": "
				   "\"Paused\", \"$container\": \"h\"}, {\"href\": \"/rest/v0/vm-templates/77\"}, "
				   "{\"id\": \"b\", \"CPUs\": "
				   "{\"number\": 1}, \"virtualizationMode\": \"pv\"}]";
	featset_inventory_t *got = read_as(list, "xapi");

	(void)state;
	assert_int_equal(RECORDS(got, VM), 3);
	ASSERT_GET(got, VM_UUID, 0, "1de8f41d");
	ASSERT_GET(got, VM_NAME, 0, "a");
	ASSERT_GET(got, VM_HOST, 0, "h");
	ASSERT_GET(got, VM_UUID, 1, "77");
	ASSERT_GET(got, VM_IS_TEMPLATE, 1, "true");
	/* Without either, a VM's number of CPUs makes it no host. */
	ASSERT_GET(got, VM_UUID, 2, "b");
	featset_inventory_free(got);
	got = read_as(XO_HOST, "xapi");
	ASSERT_GET(got, HOST_NAME, 0, "hera");
	assert_int_equal(featset_inventory_hosts(got), 1);
	featset_inventory_free(got);
}

/* ---- the database --------------------------------------------------------------------------- */

#define ROW(ref, uuid, inside)                                                                                         \
	"<row ref=\"OpaqueRef:" ref "\" __ctime=\"1\" __mtime=\"2\" _ref=\"OpaqueRef:" ref "\" uuid=\"u-" uuid         \
	"\" " inside "/>"
#define TABLE(name, rows) "<table name=\"" name "\">" rows "</table>\n"
#define LABEL(name) "name__label=\"" name "\" "

static const char database[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<database><manifest><pair "
	"key=\"schema_major_vsn\" value=\"5\"/></manifest>\n" TABLE(
		"PIF",
		ROW("pif", "pif",
		    "device=\"eth0\" host=\"OpaqueRef:host\" network=\"OpaqueRef:net\" "
		    "currently_attached=\"true\" VLAN=\"-1\" management=\"false\"")) TABLE("Bond",
											   ROW("bond", "x",
											       "master=\"OpaqueRef:"
											       "pif\""))
		TABLE("host", ROW("host", "hera",
				  LABEL("hera") "hostname=\"hera.lan\" address=\"10.0.0.1\" enabled=\"true\" "
						"software_version=\"(('product_brand'%.'XCP-ng')%.('product_version'%.'"
						"8.3.0')%."
						"('platform_version'%.'3.4.0')%.('xen'%.'4.17.5-3'))\" "
						"cpu_info=\"(('vendor'%.'GenuineIntel')%.('features_hvm'%.'" MAX_WORDS
						"')%.('features_hvm_host'%.'" WORDS "'))\""))
			TABLE("VM",
			      ROW("vm", "vm",
				  LABEL("web%.1") "power_state=\"Running\" resident_on=\"OpaqueRef:host\" "
						  "domain_type=\"hvm\" "
						  "HVM__boot_policy=\"BIOS%.order\" is_a_template=\"false\" "
						  "is_a_snapshot=\"false\" is_control_domain=\"false\" "
						  "snapshot_of=\"OpaqueRef:NULL\" suspend_VDI=\"OpaqueRef:NULL\" "
						  "affinity=\"OpaqueRef:host\" platform=\"(('featureset'%.'1fcb')%."
						  "('cpu-type'%.'generic')%.('nx'%.'true'))\" "
						  "metrics=\"OpaqueRef:metrics\" "
						  "attached_PCIs=\"()\" VGPUs=\"('OpaqueRef:vgpu')\" VUSBs=\"()\" "
						  "VBDs=\"('OpaqueRef:vbd'%.'OpaqueRef:cd')\" "
						  "VIFs=\"('OpaqueRef:vif')\" "
						  "last_boot_CPU_flags=\"(('vendor'%.'GenuineIntel')%.('features'%."
						  "'" WORDS
						  "'))\" memory__target=\"8589934592\"")) TABLE("VM_metrics",
												ROW("metrics",
												    "metrics",
												    "current_domain_"
												    "type=\"pv_in_"
												    "pvh\""))
				TABLE("pool", ROW("pool", "pool",
						  LABEL("olympus") "master=\"OpaqueRef:host\" cpu_info=\"(('vendor'%."
								   "'GenuineIntel')%.('features_hvm_host'%.'" WORDS
								   "')%.('features_pv_host'%.'1fc9cbf5'))\""))
					TABLE("network", ROW("net", "net", LABEL("lan") "bridge=\"xenbr0\" managed=\"false\" "
								      "other_config=\"(('automatic'%.'true')%."
								      "('assume_network_is_shared'%.'true'))\"")) TABLE(
						"VIF",
						ROW("vif", "vif",
						    "device=\"0\" VM=\"OpaqueRef:vm\" network=\"OpaqueRef:net\""))
						TABLE("SR", ROW("sr", "sr",
								LABEL("local") "type=\"lvm\" content_type=\"user\" "
									       "shared=\"false\""))
							TABLE("PBD", ROW("pbd", "pbd",
									 "host=\"OpaqueRef:host\" SR=\"OpaqueRef:sr\" "
									 "currently_attached=\"true\""))
								TABLE("VBD",
								      ROW("vbd", "vbd",
									  "device=\"xvda\" VM=\"OpaqueRef:vm\" "
									  "VDI=\"OpaqueRef:vdi\" "
									  "type=\"Disk\" empty=\"false\"")
									      ROW("cd", "cd",
										  "device=\"\" VM=\"OpaqueRef:vm\" "
										  "VDI=\"OpaqueRef:NULL\" type=\"CD\" "
										  "empty=\"true\""))
									TABLE("VDI", ROW("vdi", "vdi",
											 LABEL("root") "SR=\"OpaqueRef:"
												       "sr\"")) "</"
														"databa"
														"se>\n";

static void pool_database(void **state)
{
	featset_inventory_t *got = read_as(database, "xapi-db"), *expected;

	(void)state;
	format_of("xapi");
	expected = read_as(by_class, "xapi");
	assert_same(got, expected);
	featset_inventory_free(got);
	featset_inventory_free(expected);
}

/* Backslashes protect quotes, '%' blanks; members of a set need no blank between them. */
static void database_spelling(void **state)
{
	static const char text[] =
		"<database><table name='VM'><row ref='OpaqueRef:1' name__label='a%.b%_c%%d' "
		"platform=\"( ('x'%.'\\'\\\\') ('cpu-type'%.'it\\'s'%.)%.)\" VBDs=\"('a\\'b''OpaqueRef:NULL'%.'c')\" "
		"last_boot_CPU_flags='()'/><row ref='OpaqueRef:2' last_boot_CPU_flags='' platform=''/>"
		"</table></database>";
	featset_inventory_t *got = read_as(text, "xapi-db");

	(void)state;
	assert_int_equal(RECORDS(got, VM), 2);
	ASSERT_GET(got, VM_NAME, 0, "a b  c%d");
	ASSERT_GET(got, VM_CPU_TYPE, 0, "it's");
	ASSERT_GET(got, VM_VBDS, 0, "a'b; c");
	is_unrecorded(featset_inventory_vm_cpu(got, 0));
	assert_null(featset_inventory_vm_cpu(got, 1));
	featset_inventory_free(got);
}

/* The example pool is the same one in both. */
static void example_pool(void **state)
{
	static const char *const paths[] = { "examples/pools/hera-zeus/records.json",
					     "examples/pools/hera-zeus/pool-database.xml" };
	featset_inventory_t *got[2];
	featset_error_t error = { 0 };

	(void)state;
	format_of("xapi");
	format_of("xapi-db");
	for (size_t i = 0; i < COUNT(paths); i++)
		if (featset_read_file(&got[i], paths[i], NULL, 0, &error) != FEATSET_OK)
			fail_msg("%s: %s", paths[i], error.text);
	assert_int_equal(featset_inventory_hosts(got[0]), 2);
	assert_true(RECORDS(got[0], VM) > 5);
	for (int kind = 0; kind < FEATSET_RECORD_VGPU; kind++) /* no VM of it has a device */
		assert_true(featset_inventory_count(got[0], (featset_record_t)kind) > 0);
	assert_same(got[0], got[1]);
	featset_inventory_free(got[0]);
	featset_inventory_free(got[1]);
}

/* ---- what is refused ------------------------------------------------------------------------ */

#define FLAGS(flags)                                                                                                   \
	"{\"VM\": {\"OpaqueRef:1\": {\"power_state\": \"Running\"},\n\"OpaqueRef:2\": {\"name_label\": "               \
	"\"web\", \"last_boot_CPU_flags\": " flags "}}}"
#define DB_VM(inside) "<database><table name='VM'>\n  <row ref='OpaqueRef:1' uuid='u' " inside "/></table></database>"

static void refused(void **state)
{
	static const struct {
		const char *format;
		const char *text;
		unsigned line, column;
		const char *part;
	} cases[] = {
		{ "xapi", FLAGS("{\"features\": 5}"), 2, 62, "VM web: \"features\" is no string" },
		{ "xapi", FLAGS("{\"features\": \"1fcbfbff-xyz\"}"), 2, 84, "VM web: features is no Xen featureset" },
		{ "xapi", FLAGS("{\"features\": \"1fcbfbff-f7fa\"}"), 2, 84, "fewer than 8 digits" },
		{ "xapi", FLAGS("[]"), 2, 38, "is no map" },
		/* Its own place, and not the same key's in a record that refers to it. */
		{ "xapi",
		  "{\"OpaqueRef:1\": {\"power_state\": \"a\", \"parent\": \"OpaqueRef:3\", \"resident_on\": "
		  "\"OpaqueRef:2\"},\n"
		  "\"OpaqueRef:3\" : {\"power_state\": \"a\", \"resident_on\": [\"OpaqueRef:2\"]}}",
		  2, 38, "VM OpaqueRef:3: \"resident_on\" is no text" },
		{ "xapi", "{\"VM\": [{\"uuid\": \"a\", \"VBDs\": []},\n{\"uuid\": \"b\", \"VBDs\": [5]}]}", 2, 10,
		  "VM b: \"VBDs\" is no list of texts" },
		{ "xapi", "{\"OpaqueRef:1\": {\"power_state\": \"a\", \"platform\": \"b\"}}", 1, 38, "no map" },
		{ "xapi", "{\"OpaqueRef:1\": {\"cpu_info\": []}}", 1, 18, "no map" },
		{ "xapi", "[{\"type\": \"host\", \"id\": \"a\", \"_xapiRef\": \"b\"}]", 1, 25, "fields=*" },
		{ "xapi", "{\"result\": {\"OpaqueRef:1\": {\"name_label\": \"a task\"}}}", 1, 0, "no record" },
		{ "xapi", ONE("1", VM) "\n{\"error\": {\"code\": 1, \"message\": \"SESSION_INVALID\"}}", 2, 34,
		  "SESSION_INVALID" },
		{ "xapi", ONE("1", VM) "\n{\"OpaqueRef:1\": {\"a\": 1, \"a\": 2}}", 2, 0, "duplicate" },
		{ "xapi", ONE("1", VM) "\n" ONE("1", VM) "\n\n  x", 4, 0, "no JSON" },
		{ "xapi-db", DB_VM("last_boot_CPU_flags=\"(('features'%.'1fcbfbff-xyz'))\""), 2, 0,
		  "VM u: features is no Xen featureset" },
		{ "xapi-db", DB_VM("last_boot_CPU_flags=\"x\""), 2, 3, "VM u: its last_boot_CPU_flags is no map" },
		{ "xapi-db", DB_VM("platform=\"(('a'%.'b')('a'%.'c'))\""), 2, 3, "its platform has a key twice" },
		{ "xapi-db", DB_VM("VBDs=\"OpaqueRef:1\""), 2, 3, "its VBDs is no set" },
		{ "xapi-db", DB_VM("VBDs=\"('a' 'b'\""), 2, 3, "its VBDs is no set of strings" },
		{ "xapi-db", DB_VM("resident_on=\"a%x\""), 2, 3, "VM u: its resident_on has" },
		{ "xapi-db", "<database><table name='task'><row ref='a'/></table></database>", 1, 0,
		  "no other record" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const featset_format_t *format = featset_format_find(cases[i].format, NULL);
		size_t size = strlen(cases[i].text);
		featset_inventory_t *got = NULL;
		featset_error_t error = { 0 };

		if (!featset_format_reads(format))
			continue;
		if (featset_read(&got, cases[i].text, size, format, "text", &error) != FEATSET_E_SYNTAX || got ||
		    !strstr(error.text, cases[i].part) || error.line != cases[i].line ||
		    (cases[i].column && error.column != cases[i].column))
			fail_msg("case %zu, %.400s: %u:%u %s", i, cases[i].text, error.line, error.column, error.text);
	}
}

/* Wrappers around wrappers end somewhere, and without harm. */
static void nested(void **state)
{
	static char text[4096];
	featset_inventory_t *got = NULL;
	featset_error_t error = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		strcat(text, "[");
	strcat(text, ONE("1", VM));
	for (int i = 0; i < 1000; i++)
		strcat(text, "]");
	assert_int_equal(featset_read(&got, text, strlen(text), format_of("xapi"), "text", &error), FEATSET_E_SYNTAX);
	assert_non_null(strstr(error.text, "no record"));
}

/* One broken record among others is left out, and named; what is around it stays. */
static void keep_going(void **state)
{
	static const char json[] = "{\"host\": {\"OpaqueRef:h\": {\"name_label\": \"zeus\", \"cpu_info\": 1}, "
				   "\"OpaqueRef:g\": {" HOST "}}, \"VM\": {\"OpaqueRef:1\": {\"name_label\": "
				   "\"db\", \"resident_on\": []}, \"OpaqueRef:2\": {" VM "}}}";
	static const char vms[] = "{\"VM\": {\"OpaqueRef:1\": {\"name_label\": \"db\", \"last_boot_CPU_flags\": 1}, "
				  "\"OpaqueRef:2\": {" VM "}}}";
	static const char xml[] = "<database><table name='VM'><row name__label='db' platform='x'/><row "
				  "name__label='web'/></table></database>";
	featset_inventory_t *got = read_flags(json, "xapi", FEATSET_KEEP_GOING);
	featset_error_t error = { 0 };

	(void)state;
	assert_int_equal(featset_inventory_hosts(got), 1);
	ASSERT_GET(got, HOST_NAME, 0, "hera");
	assert_int_equal(RECORDS(got, VM), 1);
	ASSERT_GET(got, VM_NAME, 0, "web 1");
	assert_non_null(featset_inventory_vm_cpu(got, 0));
	assert_int_equal(featset_inventory_notes(got), 3);
	assert_true(featset_inventory_note_is_left_out(got, 0));
	assert_non_null(strstr(featset_inventory_note(got, 0), "host zeus"));
	assert_string_equal(featset_inventory_note(got, 1), "host hera has features_hvm_host but no features_pv_host: "
							    "XAPI leaves such a host out of both levels, which is told here "
							    "where another host has both");
	assert_non_null(strstr(featset_inventory_note(got, 2), "VM db"));
	featset_inventory_free(got);
	/* A file without a host too. */
	got = read_flags(vms, "xapi", FEATSET_KEEP_GOING);
	assert_int_equal(RECORDS(got, VM), 1);
	ASSERT_GET(got, VM_REF, 0, "OpaqueRef:2");
	assert_non_null(strstr(featset_inventory_note(got, 0), "VM db"));
	featset_inventory_free(got);
	got = NULL;
	/* Where nothing is left it is an error. */
	assert_int_equal(featset_read_with(&got, "{\"VM\": {\"OpaqueRef:1\": {\"affinity\": []}}}", 41, NULL, "text",
					   FEATSET_KEEP_GOING, &error),
			 FEATSET_E_SYNTAX);
	assert_non_null(strstr(error.text, "affinity"));
	got = read_flags(xml, "xapi-db", FEATSET_KEEP_GOING);
	assert_int_equal(RECORDS(got, VM), 1);
	ASSERT_GET(got, VM_NAME, 0, "web");
	assert_non_null(strstr(featset_inventory_note(got, 0), "VM db: its platform is no map"));
	featset_inventory_free(got);
}

/* ---- main --------------------------------------------------------------------------------- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_by_class),
		cmocka_unit_test(json_wrappers),
		cmocka_unit_test(devices),
		cmocka_unit_test(json_vm_without_features),
		cmocka_unit_test(published_vm),
		cmocka_unit_test(xen_orchestra),
		cmocka_unit_test(xen_orchestra_rest),
		cmocka_unit_test(pool_database),
		cmocka_unit_test(database_spelling),
		cmocka_unit_test(example_pool),
		cmocka_unit_test(refused),
		cmocka_unit_test(nested),
		cmocka_unit_test(keep_going),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
