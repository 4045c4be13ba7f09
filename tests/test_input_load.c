/* SPDX-License-Identifier: MIT */
/* Files and folders as one inventory: whose is what, what is told twice, and what is no file to read. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <featset/input.h>

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/featset-load-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *stream = fopen(at(name), "w");

	if (!stream || fputs(text, stream) < 0 || fclose(stream) != 0)
		fail_msg("cannot write %s", name);
}

static void make(const char *name)
{
	assert_int_equal(mkdir(at(name), 0700), 0);
}

static featset_status_t try_load(featset_inventory_t **inventory, unsigned flags, featset_error_t *error)
{
	const char *paths[] = { folder };

	return featset_inventory_load(inventory, paths, 1, 0, flags, error);
}

static featset_inventory_t *load(unsigned flags)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = try_load(&inventory, flags, &error);

	if (status == FEATSET_E_UNSUPPORTED) {
		print_message("[          ] skipped: %s\n", error.text);
		skip();
	}
	if (status != FEATSET_OK)
		fail_msg("%s: %s", error.file, error.text);
	return inventory;
}

static const char *get(const featset_inventory_t *inventory, featset_field_t field, size_t index)
{
	return featset_inventory_get(inventory, field, index);
}

static bool noted(const featset_inventory_t *inventory, const char *words)
{
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		if (strstr(featset_inventory_note(inventory, i), words))
			return true;
	return false;
}

static bool has(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return cpu && featset_has(featset_cpu_features(cpu), feature);
}

/* Leaf 1 has AES, 1.ECX[25], or has not. */
#define DUMP(ecx)                                                                                                      \
	"CPU 0:\n"                                                                                                     \
	"   0x00000000 0x00: eax=0x00000001 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"                             \
	"   0x00000001 0x00: eax=0x000306a9 ebx=0x00000800 ecx=" ecx " edx=0x078bfbfd\n"
#define CAPABILITIES(uuid, feature)                                                                                    \
	"<capabilities><host><uuid>" uuid "</uuid><cpu><arch>x86_64</arch><model>Westmere</model>"                      \
	"<feature name='" feature "'/></cpu></host></capabilities>\n"
#define PROMISE(feature)                                                                                               \
	"<domainCapabilities><arch>x86_64</arch><cpu><mode name='host-model' supported='yes'>"                          \
	"<model>Westmere</model><feature policy='require' name='" feature "'/></mode></cpu></domainCapabilities>\n"
#define DOMAIN(id, name, uuid)                                                                                         \
	"<domain type='kvm'" id "><name>" name "</name><uuid>" uuid "</uuid>"                                           \
	"<cpu mode='custom'><model>Westmere</model></cpu></domain>\n"
#define A "aaaaaaaa-0000-0000-0000-000000000000"
#define B "bbbbbbbb-0000-0000-0000-000000000000"

static void hosts_of_libvirt(void **state)
{
	featset_inventory_t *inventory;

	(void)state;
	make("hera");
	write_file("hera/capabilities.xml", CAPABILITIES("11111111-0000-0000-0000-000000000000", "avx"));
	write_file("hera/domcapabilities.xml", PROMISE("avx2"));
	write_file("hera/domains.xml", DOMAIN("", "web", A) DOMAIN(" id='2'", "db", B));
	make("zeus");
	write_file("zeus/capabilities.xml", CAPABILITIES("22222222-0000-0000-0000-000000000000", "bmi1"));
	write_file("zeus/web.xml", DOMAIN(" id='7'", "web", A));
	write_file("zeus/.web.xml.swp", "b0VIM 9.0");
	write_file("zeus/empty.xml", "");
	inventory = load(0);
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_string_equal(get(inventory, FEATSET_HOST_NAME, 0), "hera");
	assert_string_equal(get(inventory, FEATSET_HOST_UUID, 0), "11111111-0000-0000-0000-000000000000");
	assert_string_equal(get(inventory, FEATSET_HOST_NAME, 1), "zeus");
	assert_string_equal(get(inventory, FEATSET_HOST_MANAGER, 1), "libvirt");
	assert_true(has(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU), FEATSET_AVX));
	assert_false(has(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU), FEATSET_AVX2));
	assert_true(has(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM), FEATSET_AVX2));
	assert_true(has(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM_MAX), FEATSET_AVX2));
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_PV));
	/* Nothing is promised there: the bare CPU stands in. */
	assert_true(has(featset_inventory_cpu(inventory, 1, FEATSET_SLOT_HVM), FEATSET_BMI1));

	/* web is defined on both, and runs on zeus. */
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 2);
	for (size_t i = 0; i < 2; i++) {
		bool web = !strcmp(get(inventory, FEATSET_VM_NAME, i), "web");

		assert_string_equal(get(inventory, FEATSET_VM_HOST, i), web ? "zeus" : "hera");
		assert_string_equal(get(inventory, FEATSET_VM_POWER_STATE, i), "running");
		assert_non_null(featset_inventory_vm_cpu(inventory, i));
	}
	assert_int_equal(featset_inventory_notes(inventory), 2);
	assert_non_null(strstr(featset_inventory_note(inventory, 0), "zeus/empty.xml is empty"));
	assert_non_null(strstr(featset_inventory_note(inventory, 1), "1 VM was told again"));
	featset_inventory_free(inventory);
}

static void nodes_of_proxmox(void **state)
{
	featset_inventory_t *inventory;

	(void)state;
	write_file("cpu-models.conf", "cpu-model: mine\n    reported-model Nehalem\n    flags +aes\n");
	make("pve1");
	write_file("pve1/cpuid.raw", DUMP("0xf6982203"));
	write_file("pve1/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse sse2\n\n");
	write_file("pve1/100.conf", "name: web\ncpu: custom-mine\n");
	write_file("pve1/qm-list.txt", "VMID NAME STATUS MEM(MB) BOOTDISK(GB) PID\n100 web running 512 1.00 7\n");
	make("pve2");
	write_file("pve2/cpuid.txt", DUMP("0xf4982203"));
	write_file("pve2/100.conf", "name: of-another-cluster\ncpu: host\n");
	make("pve3");
	inventory = load(0);
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_string_equal(get(inventory, FEATSET_HOST_NAME, 0), "pve1");
	assert_string_equal(get(inventory, FEATSET_HOST_MANAGER, 0), "proxmox");
	assert_string_equal(get(inventory, FEATSET_HOST_MANAGER, 1), "proxmox");
	/* Of the two about pve1, the dump tells more. */
	assert_true(has(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU), FEATSET_AES));
	assert_false(has(featset_inventory_cpu(inventory, 1, FEATSET_SLOT_CPU), FEATSET_AES));
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 2);
	assert_string_equal(get(inventory, FEATSET_VM_HOST, 0), "pve1");
	assert_string_equal(get(inventory, FEATSET_VM_POWER_STATE, 0), "running");
	assert_true(has(featset_inventory_vm_cpu(inventory, 0), FEATSET_AES));
	assert_string_equal(get(inventory, FEATSET_VM_NAME, 1), "of-another-cluster");
	assert_string_equal(get(inventory, FEATSET_VM_HOST, 1), "pve2");
	/* A listing and a configuration of one VM are no news twice. */
	assert_true(noted(inventory, "pve3 has nothing that tells of a host"));
	assert_false(noted(inventory, "told again"));
	featset_inventory_free(inventory);
}

static void dumps(void **state)
{
	const char *paths[2] = { folder, NULL };
	featset_inventory_t *inventory;
	char file[256];

	(void)state;
	write_file("zeus.example.org.txt", DUMP("0xf6982203"));
	write_file("hera", DUMP("0xf4982203"));
	write_file("pool.xml", "<cpu><model>Westmere</model></cpu><cpu><model>Nehalem</model></cpu>");
	inventory = load(0);
	assert_int_equal(featset_inventory_hosts(inventory), 4);
	assert_string_equal(get(inventory, FEATSET_HOST_NAME, 0), "hera");
	assert_string_equal(get(inventory, FEATSET_HOST_NAME, 1), "pool:1");
	assert_string_equal(get(inventory, FEATSET_HOST_NAME, 2), "pool:2");
	assert_string_equal(get(inventory, FEATSET_HOST_NAME, 3), "zeus.example.org");
	assert_string_equal(featset_inventory_format(inventory), "");
	featset_inventory_free(inventory);

	/* A folder and a file. */
	snprintf(file, sizeof(file), "%s", at("hera"));
	paths[1] = file;
	assert_int_equal(featset_inventory_load(&inventory, paths, 2, 0, 0, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_hosts(inventory), 5);
	featset_inventory_free(inventory);
}

/* Refused with a sentence about that file; left out with a note that names it. */
static void check_refused(const char *name, featset_status_t expected, const char *says)
{
	featset_inventory_t *inventory = (featset_inventory_t *)1;
	featset_error_t error = { 0 };
	size_t left_out = 0;

	assert_int_equal(try_load(&inventory, 0, &error), expected);
	assert_null(inventory);
	assert_string_equal(error.file, at(name));
	if (!strstr(error.text, says))
		fail_msg("%s", error.text);
	inventory = load(FEATSET_KEEP_GOING);
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++) {
		if (!featset_inventory_note_is_left_out(inventory, i))
			continue;
		left_out++;
		assert_non_null(strstr(featset_inventory_note(inventory, i), at(name)));
	}
	assert_int_equal(left_out, 1);
	featset_inventory_free(inventory);
}

static void files_of_no_format(void **state)
{
	(void)state;
	write_file("hera.txt", DUMP("0xf4982203"));
	write_file("README", "This is a text.\nIt has two lines, and no host.\n");
	write_file("README.md", "This is another.\n");
	write_file("READMENOT", "This is no text for people.\n");
	check_refused("READMENOT", FEATSET_E_FORMAT, "none of the formats");
}

static void pipes(void **state)
{
	(void)state;
	write_file("hera.txt", DUMP("0xf4982203"));
	assert_int_equal(mkfifo(at("pipe"), 0600), 0);
	check_refused("pipe", FEATSET_E_IO, "no plain file");
}

static void loops(void **state)
{
	(void)state;
	make("hera");
	write_file("hera/cpuid.txt", DUMP("0xf4982203"));
	assert_int_equal(symlink("..", at("hera/up")), 0);
	check_refused("hera/up", FEATSET_E_LIMIT, "two deep");
	assert_int_equal(unlink(at("hera/up")), 0);
	assert_int_equal(symlink(".", at("self")), 0);
	check_refused("self", FEATSET_E_IO, "leads back");
	assert_int_equal(unlink(at("self")), 0);
	assert_int_equal(symlink("nowhere", at("broken")), 0);
	check_refused("broken", FEATSET_E_IO, "cannot be read");
}

static void unreadable(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("[          ] skipped: nothing is unreadable to root\n");
		skip();
	}
	write_file("hera.txt", DUMP("0xf4982203"));
	write_file("zeus.txt", DUMP("0xf4982203"));
	assert_int_equal(chmod(at("zeus.txt"), 0), 0);
	check_refused("zeus.txt", FEATSET_E_IO, "cannot be read");
}

static void too_much(void **state)
{
	const char *paths[] = { folder };
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };

	(void)state;
	write_file("hera.txt", DUMP("0xf4982203"));
	assert_int_equal(featset_inventory_load(&inventory, paths, 1, 100, 0, &error), FEATSET_E_LIMIT);
	assert_non_null(strstr(error.text, "larger than the limit of 100 bytes"));
	for (int i = 0; i < 10000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "host%d", i);
		assert_int_equal(symlink("hera.txt", at(name)), 0);
	}
	assert_int_equal(try_load(&inventory, FEATSET_KEEP_GOING, &error), FEATSET_E_LIMIT);
	assert_non_null(strstr(error.text, "more than 10000 files"));
	assert_int_equal(unlink(at("host0")), 0);
	inventory = load(0);
	assert_int_equal(featset_inventory_hosts(inventory), 10000);
	featset_inventory_free(inventory);
}

static void nothing(void **state)
{
	const char *none[] = { "/nonexistent/featset" };
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };

	(void)state;
	assert_int_equal(try_load(&inventory, 0, &error), FEATSET_E_FORMAT);
	assert_non_null(strstr(error.text, "nothing here"));
	write_file("notes", "This is a text.\n");
	assert_int_equal(try_load(&inventory, FEATSET_KEEP_GOING, &error), FEATSET_E_FORMAT);
	assert_string_equal(error.file, at("notes"));
	assert_int_equal(featset_inventory_load(&inventory, none, 1, 0, FEATSET_KEEP_GOING, &error), FEATSET_E_IO);
	assert_int_equal(featset_inventory_load(&inventory, none, 0, 0, 0, &error), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_load(NULL, none, 1, 0, 0, &error), FEATSET_E_ARGUMENT);
}

/* The example pool lies there as xe's text, as JSON and as a database: it is one pool. */
static void one_pool_in_three_dresses(void **state)
{
	static const char *const texts[] = { "examples/pools/hera-zeus/hosts.txt", "examples/pools/hera-zeus/vms.txt" };
	const char *whole[] = { "examples/pools/hera-zeus" };
	featset_inventory_t *all = NULL, *text = NULL;
	featset_error_t error = { 0 };

	(void)state;
	if (featset_inventory_load(&all, whole, 1, 0, 0, &error) != FEATSET_OK) {
		if (error.code == FEATSET_E_UNSUPPORTED) {
			print_message("[          ] skipped: %s\n", error.text);
			skip();
		}
		fail_msg("%s: %s", error.file, error.text);
	}
	assert_int_equal(featset_inventory_load(&text, texts, 2, 0, 0, &error), FEATSET_OK);
	assert_true(featset_inventory_hosts(text) > 0);
	assert_int_equal(featset_inventory_hosts(all), featset_inventory_hosts(text));
	for (size_t i = 0; i < featset_inventory_hosts(all); i++)
		assert_string_equal(get(all, FEATSET_HOST_UUID, i), get(text, FEATSET_HOST_UUID, i));
	for (size_t i = 0; i < featset_inventory_count(all, FEATSET_RECORD_VM); i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(get(all, FEATSET_VM_UUID, i), get(all, FEATSET_VM_UUID, j));
	featset_inventory_free(all);
	featset_inventory_free(text);
}

/* CLASS.get_all_records of every class, a file each: some are of no interest, and of some there is no object. */
static void answers_of_no_matter(void **state)
{
	static const char host[] = "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"OpaqueRef:h\": {\"uuid\": \"h\", "
				   "\"cpu_info\": {\"features_hvm\": \"1fcbfbff\", \"features_hvm_host\": \"1fcbfbff\", "
				   "\"features_pv\": \"\", \"features_pv_host\": \"\"}}}}";
	static const char metrics[] = "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"OpaqueRef:m\": {\"uuid\": "
				      "\"m\", \"live\": true, \"memory_total\": 34359738368}}}";
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };
	const char *path;

	(void)state;
	write_file("host.json", host);
	write_file("host_metrics.json", metrics);
	write_file("VGPU.json", "{\"result\": {\"Status\": \"Success\", \"Value\": {}}, \"error\": null, \"id\": 1}");
	write_file("VUSB.json", "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {}}");
	inventory = load(0);
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	assert_int_equal(featset_inventory_notes(inventory), 3);
	assert_true(noted(inventory, "host_metrics.json is an answer of XAPI's without a record that is of use here"));
	assert_true(noted(inventory, "VGPU.json is an answer"));
	assert_true(noted(inventory, "VUSB.json is an answer"));
	featset_inventory_free(inventory);
	/* What goes wrong is still an error, and so is an answer that is all there is. */
	path = at("host_metrics.json");
	assert_int_equal(featset_inventory_load(&inventory, &path, 1, 0, 0, &error), FEATSET_E_SYNTAX);
	write_file("VUSB.json", "{\"jsonrpc\": \"2.0\", \"id\": 1, \"error\": {\"code\": 1, \"message\": "
				"\"SESSION_INVALID\", \"data\": []}}");
	assert_int_equal(try_load(&inventory, 0, &error), FEATSET_E_SYNTAX);
	assert_non_null(strstr(error.text, "SESSION_INVALID"));
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(hosts_of_libvirt),   IN_FOLDER(nodes_of_proxmox), IN_FOLDER(dumps),
		IN_FOLDER(files_of_no_format), IN_FOLDER(pipes),	    IN_FOLDER(loops),
		IN_FOLDER(unreadable),	       IN_FOLDER(too_much),	    IN_FOLDER(nothing),
		cmocka_unit_test(one_pool_in_three_dresses),
		IN_FOLDER(answers_of_no_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
