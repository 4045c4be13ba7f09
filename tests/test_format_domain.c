/* SPDX-License-Identifier: MIT */
/* libvirt's domains as VMs: the elements are those of libvirt's formatdomain and formatsnapshot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset/input.h>

#define UUID "c7a5fdbd-edaf-9455-926a-d65c16db1809"
#define AES (1u << 25)
#define AVX (1u << 28)

static featset_inventory_t *read_with(const char *text, unsigned flags)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_read_with(&inventory, text, strlen(text), NULL, "f", flags, &error);

	if (status == FEATSET_E_UNSUPPORTED) {
		print_message("[          ] skipped: no XML in this build\n");
		skip();
	}
	if (status != FEATSET_OK)
		fail_msg("%s", error.text);
	return inventory;
}

static const char *vm(const featset_inventory_t *inventory, featset_field_t field, size_t index)
{
	return featset_inventory_get(inventory, field, index);
}

static void domains(void **state)
{
	featset_inventory_t *inventory = read_with(
		"<domain type='kvm' id='3'><name>web</name><uuid>" UUID "</uuid>"
		"<sysinfo type='smbios'><system><entry name='uuid'>x</entry></system></sysinfo>"
		"<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>"
		"<cpu mode='custom' match='exact' check='full'><model fallback='forbid'>Westmere</model>"
		"<feature policy='require' name='avx'/><feature policy='disable' name='aes'/></cpu>"
		"<devices><hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/>"
		"<source><address domain='0x0000' bus='0x3b' slot='0x00' function='0x1'/></source>"
		"<address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/></hostdev>"
		"<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/></source></hostdev>"
		"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='" UUID "'/></source>"
		"</hostdev></devices></domain>\n"
		"<domain type='kvm'><name>off</name><cpu mode='host-passthrough' check='none' migratable='on'>"
		"<feature policy='disable' name='rdrand'/></cpu></domain>\n"
		"<domain type='kvm'><name>model</name><cpu mode='host-model'/></domain>\n"
		"<domain type='kvm' id='4'><name>plain</name></domain>\n"
		"<domain type='qemu' id='5'><name>arm</name><os><type arch='aarch64'>hvm</type></os>"
		"<cpu mode='custom'><model>cortex-a57</model></cpu></domain>\n"
		"<domstatus state='paused' reason='user' pid='7'><domain type='kvm' id='6'><name>held</name>"
		"<cpu mode='custom'><model>Westmere</model></cpu></domain></domstatus>\n",
		0);
	static const char *const expected[][3] = {
		{ "web", "running", "custom Westmere" },
		{ "off", "halted", "host-passthrough" },
		{ "model", "halted", "host-model" },
		{ "plain", "running", "" },
		{ "arm", "running", "custom cortex-a57" },
		{ "held", "paused", "custom Westmere" },
	};
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(inventory, 0);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 0);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(vm(inventory, FEATSET_VM_NAME, i), expected[i][0]);
		assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, i), expected[i][1]);
		assert_string_equal(vm(inventory, FEATSET_VM_CPU, i), expected[i][2]);
		assert_string_equal(vm(inventory, FEATSET_VM_MANAGER, i), "libvirt");
		assert_int_equal(featset_inventory_vm_cpu(inventory, i) != NULL, i == 0 || i == 5);
	}
	assert_int_equal(featset_inventory_notes(inventory), 0);
	assert_string_equal(vm(inventory, FEATSET_VM_UUID, 0), UUID);
	assert_string_equal(vm(inventory, FEATSET_VM_PCIS, 0), "0000:3b:00.1");
	assert_string_equal(vm(inventory, FEATSET_VM_VUSBS, 0), "usb");
	assert_string_equal(vm(inventory, FEATSET_VM_VGPUS, 0), "mdev " UUID);
	assert_int_equal(featset_word(featset_cpu_features(cpu), 1) & (AES | AVX), AVX);
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_GUEST);
	featset_inventory_free(inventory);
}

/* What a domain's XML does not give it, it has not: it fits on whatever has its model. */
static void a_domain_is_what_its_xml_says(void **state)
{
	static const struct {
		const char *features, *host;
		featset_answer_t answer;
	} cases[] = {
		{ "", "libvirt:Westmere", FEATSET_YES },
		{ "<feature policy='require' name='avx'/>", "libvirt:Westmere", FEATSET_NO },
		{ "<feature policy='require' name='avx'/>", "libvirt:Westmere+avx", FEATSET_YES },
		{ "<feature policy='disable' name='aes'/>", "libvirt:Westmere-aes", FEATSET_YES },
		{ "<feature policy='optional' name='avx'/>", "libvirt:Westmere", FEATSET_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_inventory_t *inventory;
		featset_cpu_t *host = NULL;
		char text[400];

		snprintf(text, sizeof(text), "<domain><cpu mode='custom' match='exact'><model>Westmere</model>%s</cpu></domain>",
			 cases[i].features);
		inventory = read_with(text, 0);
		assert_int_equal(featset_expression(&host, cases[i].host, NULL), FEATSET_OK);
		assert_int_equal(featset_cpu_fits(featset_inventory_vm_cpu(inventory, 0), host, NULL, NULL),
				 cases[i].answer);
		featset_cpu_free(host);
		featset_inventory_free(inventory);
	}
}

#define SNAPSHOT(name, middle)                                                                                         \
	"<domainsnapshot><name>" name "</name>" middle "<domain type='kvm'><name>web</name><uuid>" UUID "</uuid>"       \
	"<cpu mode='custom'><model>Westmere</model></cpu></domain></domainsnapshot>\n"

static void snapshots(void **state)
{
	featset_inventory_t *inventory =
		read_with(SNAPSHOT("a", "<state>running</state><memory snapshot='internal'/>")
				  SNAPSHOT("b", "<state>running</state><memory snapshot='no'/>")
					  SNAPSHOT("c", "<state>running</state>"),
			  0);
	static const char *const states[] = { "suspended", "halted", "suspended" };

	(void)state;
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, i), states[i]);
		assert_string_equal(vm(inventory, FEATSET_VM_SNAPSHOT_OF, i), UUID);
		assert_string_equal(vm(inventory, FEATSET_VM_IS_SNAPSHOT, i), "true");
	}
	assert_string_equal(vm(inventory, FEATSET_VM_UUID, 1), UUID "/b");
	assert_string_equal(vm(inventory, FEATSET_VM_NAME, 1), "b");
	featset_inventory_free(inventory);
}

static void broken_domains_and_hosts(void **state)
{
	featset_inventory_t *inventory =
		read_with("<domain><name>a</name><cpu><model>Westmere</model><feature name='bogus'/></cpu></domain>\n"
			  "<domain><name>b</name><cpu><model>Westmere</model></cpu></domain>\n"
			  "<capabilities><host><cpu><arch>x86_64</arch><model>Westmere</model></cpu></host></capabilities>\n"
			  "<cpu><model>Westmere</model></cpu>\n",
			  FEATSET_KEEP_GOING);

	(void)state;
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 1);
	assert_string_equal(vm(inventory, FEATSET_VM_NAME, 0), "b");
	assert_true(featset_inventory_note_is_left_out(inventory, 0));
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_string_equal(vm(inventory, FEATSET_HOST_MANAGER, 0), "libvirt");
	assert_string_equal(vm(inventory, FEATSET_HOST_MANAGER, 1), "");
	featset_inventory_free(inventory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains),
		cmocka_unit_test(a_domain_is_what_its_xml_says),
		cmocka_unit_test(snapshots),
		cmocka_unit_test(broken_domains_and_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
