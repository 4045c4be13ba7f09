/* SPDX-License-Identifier: MIT */
/*
 * Virtual machines of Proxmox VE.  What a guest's CPU has is held against what
 * Proxmox VE's CPUConfig.pm asks QEMU for, and QEMU's definitions of its models.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset/input.h>

static featset_inventory_t *read_as(const char *text, const char *file, unsigned flags)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	if (featset_read_with(&inventory, text, strlen(text), NULL, file, flags, &error) != FEATSET_OK)
		fail_msg("%s", error.text);
	assert_string_equal(featset_inventory_format(inventory), "qm");
	return inventory;
}

static const char *vm(const featset_inventory_t *inventory, featset_field_t field, size_t index)
{
	return featset_inventory_get(inventory, field, index);
}

static uint32_t word(const featset_inventory_t *inventory, size_t index, unsigned number)
{
	const featset_cpu_t *cpu = featset_inventory_vm_cpu(inventory, index);

	if (!cpu)
		fail_msg("VM %zu has no cpu", index);
	return featset_word(featset_cpu_features(cpu), number);
}

#define SSE3 (1u << 0)
#define SSSE3 (1u << 9)
#define CX16 (1u << 13)
#define PCID (1u << 17)
#define SSE41 (1u << 19)
#define SSE42 (1u << 20)
#define POPCNT (1u << 23)
#define AES (1u << 25)
#define GUEST (1u << 31) /* QEMU sets the hypervisor bit */

static const char configuration[] =
	"#a comment of its owner\n"
	"agent: 1\n"
	"boot: order=scsi0;ide2\n"
	"cores: 2\n"
	"cpu: x86-64-v2-AES\n"
	"hostpci0: 0000:01:00.0,pcie=1\n"
	"hostpci1: 0000:02:00.0,mdev=nvidia-63\n"
	"ide2: none,media=cdrom\n"
	"memory: 2048\n"
	"name: web\n"
	"net0: virtio=BC:24:11:2C:69:EC,bridge=vmbr0,firewall=1\n"
	"net1: virtio=BC:24:11:2C:69:ED,bridge=vmbr7\n"
	"ostype: l26\n"
	"scsi0: nfs:100/vm-100-disk-0.qcow2,iothread=1,size=32G\n"
	"scsi1: file=local-lvm:vm-100-disk-1,size=4G\n"
	"scsihw: virtio-scsi-single\n"
	"usb0: host=1234:5678\n"
	"usb1: spice\n"
	"\n"
	"[PENDING]\n"
	"cpu: host\n"
	"\n"
	"[asleep]\n"
	"cores: 2\n"
	"cpu: x86-64-v2-AES\n"
	"name: web\n"
	"runningcpu: kvm64,enforce,+kvm_pv_eoi,+lahf_lm,+sep\n"
	"snaptime: 1737549549\n"
	"vmstate: nfs:100/vm-100-state-asleep.raw\n"
	"\n"
	"[cold]\n"
	"cores: 2\n"
	"cpu: host\n"
	"snaptime: 1737549550\n"
	"\n"
	"[special:cloudinit]\n"
	"name: other\n";

static void a_configuration(void **state)
{
	featset_inventory_t *inventory = read_as(configuration, "/tmp/pve1/100.conf", 0);

	(void)state;
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 3);
	assert_int_equal(featset_inventory_hosts(inventory), 0);
	assert_string_equal(vm(inventory, FEATSET_VM_UUID, 0), "100");
	assert_string_equal(vm(inventory, FEATSET_VM_NAME, 0), "web");
	assert_string_equal(vm(inventory, FEATSET_VM_MANAGER, 0), "proxmox");
	assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, 0), "");
	assert_string_equal(vm(inventory, FEATSET_VM_CPU, 0), "x86-64-v2-AES");
	assert_string_equal(vm(inventory, FEATSET_VM_HOST, 0), "");
	assert_string_equal(vm(inventory, FEATSET_VM_PCIS, 0), "0000:01:00.0,pcie=1");
	assert_string_equal(vm(inventory, FEATSET_VM_VGPUS, 0), "0000:02:00.0,mdev=nvidia-63");
	assert_string_equal(vm(inventory, FEATSET_VM_VUSBS, 0), "host=1234:5678");
	assert_string_equal(vm(inventory, FEATSET_VM_VIFS, 0), "100/net0; 100/net1");
	assert_string_equal(vm(inventory, FEATSET_VM_VBDS, 0), "100/ide2; 100/scsi0; 100/scsi1");
	/* qemu64 has SSE3 and CX16; the built-in model adds the rest. */
	assert_int_equal(word(inventory, 0, 1), GUEST | SSE3 | CX16 | SSSE3 | SSE41 | SSE42 | POPCNT | AES);
	assert_string_equal(featset_cpu_vendor(featset_inventory_vm_cpu(inventory, 0)), "");
	assert_int_equal(featset_cpu_view(featset_inventory_vm_cpu(inventory, 0)), FEATSET_VIEW_GUEST);

	/* A snapshot with memory holds the CPU it was taken on; one without holds none. */
	assert_string_equal(vm(inventory, FEATSET_VM_NAME, 1), "asleep");
	assert_string_equal(vm(inventory, FEATSET_VM_UUID, 1), "100/asleep");
	assert_string_equal(vm(inventory, FEATSET_VM_IS_SNAPSHOT, 1), "true");
	assert_string_equal(vm(inventory, FEATSET_VM_SNAPSHOT_OF, 1), "100");
	assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, 1), "suspended");
	assert_string_equal(vm(inventory, FEATSET_VM_SUSPEND_VDI, 1), "nfs:100/vm-100-state-asleep.raw");
	assert_string_equal(vm(inventory, FEATSET_VM_CPU, 1), "kvm64,enforce,+kvm_pv_eoi,+lahf_lm,+sep");
	assert_int_equal(word(inventory, 1, 1), GUEST | SSE3 | CX16);
	assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, 2), "halted");
	assert_null(featset_inventory_vm_cpu(inventory, 2));

	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VBD), 3);
	assert_string_equal(vm(inventory, FEATSET_VBD_EMPTY, 0), "true");
	assert_string_equal(vm(inventory, FEATSET_VBD_TYPE, 0), "cd");
	assert_string_equal(vm(inventory, FEATSET_VBD_VDI, 2), "local-lvm:vm-100-disk-1");
	assert_string_equal(vm(inventory, FEATSET_VDI_SR, 1), "local-lvm");
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_SR), 2);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_NETWORK), 2);
	assert_string_equal(vm(inventory, FEATSET_VIF_NETWORK, 1), "vmbr7");
	assert_string_equal(vm(inventory, FEATSET_NETWORK_BRIDGE, 1), "vmbr7");
	featset_inventory_free(inventory);
}

/* Ivy Bridge has AES and no PCID in QEMU's definition: 1.ECX is f6ba2203 less what KVM decides. */
static void flags_come_on_top_of_models(void **state)
{
	featset_inventory_t *inventory = read_as("==> 1.conf <==\n"
						 "cpu: IvyBridge,flags=-aes;+pcid\n"
						 "==> 2.conf <==\n"
						 "cores: 1\n"
						 "==> 3.conf <==\n"
						 "cpu: cputype=custom-mine,flags=+aes\n"
						 "==> 4.conf <==\n"
						 "cpu: host,flags=+aes\n"
						 "==> 5.conf <==\n"
						 "cpu: max\n"
						 "==> 6.conf <==\n"
						 "cpu: custom-other\n"
						 "==> 7.conf <==\n"
						 "cpu: kvm64,flags=+hv-tlbflush;+nested-virt\n"
						 "==> 8.conf <==\n"
						 "cpu: IvyBridge,flags=+nested-virt\n"
						 "cpu-model: mine\n"
						 "    flags -aes;+popcnt\n"
						 "    hidden 0\n"
						 "    reported-model Nehalem\n",
						 NULL, 0);

	(void)state;
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 8);
	assert_int_equal(word(inventory, 0, 1) & (AES | PCID), PCID);
	assert_string_equal(featset_cpu_vendor(featset_inventory_vm_cpu(inventory, 0)), "GenuineIntel");
	/* No cpu line is kvm64, with what Windows needs: lahf_lm is 80000001.ECX[0], sep 1.EDX[11]. */
	assert_string_equal(vm(inventory, FEATSET_VM_CPU, 1), "");
	assert_int_equal(word(inventory, 1, 1), GUEST | SSE3 | CX16);
	assert_int_equal(word(inventory, 1, 3), 1);
	assert_true(word(inventory, 1, 0) & 1u << 11);
	assert_string_equal(featset_cpu_vendor(featset_inventory_vm_cpu(inventory, 1)), "");
	/* The VM's flag overrides its model's. */
	assert_true(word(inventory, 2, 1) & AES);
	assert_string_equal(featset_cpu_vendor(featset_inventory_vm_cpu(inventory, 2)), "GenuineIntel");
	assert_null(featset_inventory_vm_cpu(inventory, 3));
	assert_string_equal(vm(inventory, FEATSET_VM_CPU, 3), "host,flags=+aes");
	assert_null(featset_inventory_vm_cpu(inventory, 4));
	assert_null(featset_inventory_vm_cpu(inventory, 5));
	assert_int_equal(featset_inventory_notes(inventory), 1);
	assert_non_null(strstr(featset_inventory_note(inventory, 0), "custom-other"));
	/* Which bit nested virtualisation is depends on the vendor: VMX is 1.ECX[5]. */
	assert_int_equal(word(inventory, 6, 1), GUEST | SSE3 | CX16);
	assert_true(word(inventory, 7, 1) & 1u << 5);
	featset_inventory_free(inventory);
}

/* QEMU gives a guest its model and the flags, and nothing else. */
static void a_guest_is_what_qemu_was_asked_for(void **state)
{
	static const struct {
		const char *cpu, *host;
		featset_answer_t answer;
	} cases[] = {
		{ "kvm64", "qemu:kvm64+lahf_lm+sep", FEATSET_YES },
		{ "kvm64", "qemu:kvm64+lahf_lm+sep-cx16", FEATSET_NO },
		{ "x86-64-v2-AES", "proxmox:x86-64-v2-AES", FEATSET_YES },
		{ "x86-64-v2-AES,flags=-aes", "proxmox:x86-64-v2", FEATSET_YES },
		{ "x86-64-v2-AES", "proxmox:x86-64-v2", FEATSET_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_inventory_t *inventory;
		featset_cpu_t *host = NULL;
		char text[200];

		snprintf(text, sizeof(text), "==> 1.conf <==\ncpu: %s\n", cases[i].cpu);
		inventory = read_as(text, NULL, 0);
		assert_int_equal(featset_expression(&host, cases[i].host, NULL), FEATSET_OK);
		assert_int_equal(featset_cpu_fits(featset_inventory_vm_cpu(inventory, 0), host, NULL, NULL),
				 cases[i].answer);
		featset_cpu_free(host);
		featset_inventory_free(inventory);
	}
}

static void power_states(void **state)
{
	featset_inventory_t *inventory =
		read_as("      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       \n"
			"       100 web                  running    2048              32.00 1234      \n"
			"        20 VM 20                stopped    512                0.00 0         \n"
			"       101 db                   paused     512                8.00 99        \n"
			"       102 sleeper              stopped    512                8.00 0         \n"
			"       103 only-listed          running    512                8.00 7         \n"
			"==> /etc/pve/nodes/pve1/qemu-server/100.conf <==\n"
			"name: web\n"
			"\n"
			"==> /etc/pve/nodes/pve2/qemu-server/20.conf <==\n"
			"memory: 512\n"
			"template: 1\n"
			"==> /etc/pve/nodes/pve2/qemu-server/101.conf <==\n"
			"name: db\n"
			"==> /etc/pve/nodes/pve2/qemu-server/102.conf <==\n"
			"lock: suspended\n"
			"name: sleeper\n"
			"runningcpu: host,+kvm_pv_eoi\n"
			"vmstate: local:vm-102-state-suspend\n",
			NULL, 0);
	static const char *const expected[][5] = {
		{ "100", "web", "running", "pve1", "" },     { "20", "VM 20", "halted", "pve2", "true" },
		{ "101", "db", "paused", "pve2", "" },	      { "102", "sleeper", "suspended", "pve2", "" },
		{ "103", "only-listed", "running", "", "" },
	};

	(void)state;
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(vm(inventory, FEATSET_VM_UUID, i), expected[i][0]);
		assert_string_equal(vm(inventory, FEATSET_VM_NAME, i), expected[i][1]);
		assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, i), expected[i][2]);
		assert_string_equal(vm(inventory, FEATSET_VM_HOST, i), expected[i][3]);
		assert_string_equal(vm(inventory, FEATSET_VM_IS_TEMPLATE, i), expected[i][4]);
	}
	assert_non_null(featset_inventory_vm_cpu(inventory, 0));
	assert_null(featset_inventory_vm_cpu(inventory, 3));
	assert_null(featset_inventory_vm_cpu(inventory, 4));
	featset_inventory_free(inventory);
}

/* Output of qm config, one after the other: the number comes from the listing, by the name. */
static void configurations_without_headers(void **state)
{
	featset_inventory_t *inventory = read_as("VMID NAME STATUS MEM(MB) BOOTDISK(GB) PID\n"
						 "7 a running 1 1.00 1\n"
						 "8 b stopped 1 1.00 0\n"
						 "boot: order=scsi0\n"
						 "cores: 2\n"
						 "name: b\n"
						 "smbios1: uuid=b3247ab1-1fe6-428e-965b-08a1b64a8746\n"
						 "boot: order=scsi0\n"
						 "cores: 2\n"
						 "name: a\n",
						 NULL, 0);

	(void)state;
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 2);
	assert_string_equal(vm(inventory, FEATSET_VM_UUID, 0), "8");
	assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, 0), "halted");
	assert_string_equal(vm(inventory, FEATSET_VM_UUID, 1), "7");
	assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, 1), "running");
	featset_inventory_free(inventory);

	inventory = read_as("boot: order=net0\ncores: 2\nmemory: 512\nname: x\nstatus: running\n", NULL, 0);
	assert_string_equal(vm(inventory, FEATSET_VM_POWER_STATE, 0), "running");
	featset_inventory_free(inventory);
}

static void broken_ones(void **state)
{
	static const struct {
		const char *text;
		featset_status_t status;
		unsigned line;
		const char *says;
	} cases[] = {
		{ "==> 1.conf <==\nname: a\ncpu: kvm64,flags=+nosuch\n", FEATSET_E_NAME, 3, "nosuch" },
		{ "==> 1.conf <==\nname: a\ncpu: kvm64,flags=aes\n", FEATSET_E_SYNTAX, 3, "VM 1: expected flags" },
		{ "==> 1.conf <==\nname: a\ncpu: a b\n", FEATSET_E_SYNTAX, 3, "CPU type" },
		{ "VMID NAME STATUS\ncpu-model: mine\n    reported-model kvm64\n", FEATSET_E_SYNTAX, 1, "no VM here" },
	};
	featset_inventory_t *inventory;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_error_t error = { 0 };

		assert_int_equal(featset_read(&inventory, cases[i].text, strlen(cases[i].text), NULL, "f", &error),
				 cases[i].status);
		assert_int_equal(error.line, cases[i].line);
		assert_string_equal(error.file, "f");
		assert_non_null(strstr(error.text, cases[i].says));
	}
	inventory = read_as("==> 1.conf <==\ncpu: kvm64,flags=+nosuch\n==> 2.conf <==\nname: b\n", "f",
			    FEATSET_KEEP_GOING);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 1);
	assert_string_equal(vm(inventory, FEATSET_VM_UUID, 0), "2");
	assert_true(featset_inventory_note_is_left_out(inventory, 0));
	featset_inventory_free(inventory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration),
		cmocka_unit_test(flags_come_on_top_of_models),
		cmocka_unit_test(a_guest_is_what_qemu_was_asked_for),
		cmocka_unit_test(power_states),
		cmocka_unit_test(configurations_without_headers),
		cmocka_unit_test(broken_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
