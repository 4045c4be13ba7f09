/* SPDX-License-Identifier: MIT */
/*
 * Pasted errors.  The texts are those of xe, Xen Orchestra, xensource.log, the
 * storage manager, libvirt, QEMU and Proxmox as their sources print them and as
 * people have posted them; which features are meant comes from Xen's table of
 * words, or stands in the text.
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

#define VM_A "OpaqueRef:1de8f41d-c39c-b097-026d-c8b687dee6a1"
#define VM_B "OpaqueRef:dd8ccb61-2e86-4853-880f-49f078b0e10d"
#define ZEUS "OpaqueRef:4f9c343b-8ebd-9ade-7f9b-eaa22844b7dd"
#define HERA "OpaqueRef:2bed8441-a728-4fb1-9183-9b1d6f3190a7"
#define CAMS "OpaqueRef:9c8eea06-c7cd-4725-9af5-5a6b9d6d3d35"
#define UUID "3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6"
#define UUID2 "e20b9f6a-4d15-48c7-b3a8-0f927d61c58e"
#define LACKS "VM last booted on a CPU with features this host's CPU does not have."

#define HASWELL "1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400"
#define IVY_MAX "1fcbfbff-f7ba2223-2d93fbff-00000403-00000001-00000281-00000000-00000000-00001000-9c000400"
#define IVY_HOST "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400"
#define LOST_EIGHT "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid"

/* ---- asking ------------------------------------------------------------------------- */

static featset_explanation_t *explain_in(const char *text, const featset_pool_t *pool)
{
	featset_explanation_t *explanation;

	assert_int_equal(featset_explanation_new(&explanation, text, strlen(text), pool, NULL), FEATSET_OK);
	return explanation;
}

static featset_explanation_t *explain(const char *text)
{
	return explain_in(text, NULL);
}

static void assert_features(const featset_t *set, const char *names)
{
	featset_t expected;
	char copy[512], name[64];

	featset_clear(&expected);
	snprintf(copy, sizeof(copy), "%s", names);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		featset_feature_t feature;

		assert_int_equal(featset_feature_find(&feature, word, FEATSET_CANONICAL, NULL), FEATSET_OK);
		featset_add(&expected, feature);
	}
	for (featset_feature_t f = 0; f < FEATSET_BITS; f++) {
		if (featset_has(set, f) == featset_has(&expected, f))
			continue;
		featset_feature_spell(name, sizeof(name), f, FEATSET_CANONICAL);
		fail_msg("%s is %s", name, featset_has(set, f) ? "too many" : "missing");
	}
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

/* ---- XAPI ------------------------------------------------------------------------------- */

/* One VM that lacks features, however it is told, is one finding of the same two references. */
static void one_vm_and_host(void **state)
{
	static const char *const texts[] = {
		"VM_INCOMPATIBLE_WITH_THIS_HOST(" VM_A ", " ZEUS ", " LACKS ")",
		"VM_INCOMPATIBLE_WITH_THIS_HOST(\n" VM_A ",\n" ZEUS ",\nVM last booted on a CPU with\nfeatures this "
		"host's CPU\ndoes not have.)",
		"VM_INCOMPATIBLE_WITH_THIS_HOST(OpaqueRef:1de8f41d-c39c-b097-\n026d-c8b687dee6a1, " ZEUS ", " LACKS ")",
		"{\"code\": \"VM_INCOMPATIBLE_WITH_THIS_HOST\",\n  \"params\": [\n    \"" VM_A "\",\n    \"" ZEUS
		"\",\n    \"" LACKS "\"\n  ],\n \"task\": {\"error_info\": [\"VM_INCOMPATIBLE_WITH_THIS_HOST\", \"" VM_A
		"\", \"" ZEUS "\", \"" LACKS "\"]},\n  \"message\": \"VM_INCOMPATIBLE_WITH_THIS_HOST(" VM_A ", " ZEUS
		", " LACKS ")\",\n  \"name\": \"XapiError\"}",
		"[ 'VM_INCOMPATIBLE_WITH_THIS_HOST',\n  '" VM_A "',\n  '" ZEUS "',\n  'VM last booted on a CPU with "
		"features this host\\'s CPU does not have.' ]",
		"Nov 14 09:12:03 hera xapi: [error||12 |backtrace] failed with exception Server_error("
		"VM_INCOMPATIBLE_WITH_THIS_HOST, [ " VM_A "; " ZEUS "; " LACKS " ])",
		"> VM_INCOMPATIBLE_WITH_THIS_HOST(" VM_A ",\n> " ZEUS ", VM last booted on a CPU with features this\n> "
		"host\xe2\x80\x99s CPU does not have.)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		featset_explanation_t *explanation = explain(texts[i]);

		assert_int_equal(featset_explanation_count(explanation), 1);
		assert_string_equal(featset_explanation_code(explanation, 0), "VM_INCOMPATIBLE_WITH_THIS_HOST");
		assert_string_equal(featset_explanation_vm_text(explanation, 0), VM_A);
		assert_string_equal(featset_explanation_host_text(explanation, 0), ZEUS);
		assert_string_equal(featset_explanation_what(explanation, 0),
				    "VM " VM_A " was started with features that host " ZEUS " lacks.");
		assert_int_equal(featset_explanation_vm(explanation, 0), FEATSET_NONE);
		assert_true(featset_is_empty(featset_explanation_missing(explanation, 0)));
		assert_null(featset_explanation_command(explanation, 0, 0));
		featset_explanation_free(explanation);
	}
}

/* xe has names and UUIDs, and so a command can be told. */
static void xe_names_them(void **state)
{
	featset_explanation_t *explanation =
		explain("The VM is incompatible with the CPU features of this host.\nvm: " UUID
			" (mail (old))\nhost: " UUID2 " (zeus)\nreason: " LACKS "\n");

	(void)state;
	assert_int_equal(featset_explanation_count(explanation), 1);
	assert_string_equal(featset_explanation_code(explanation, 0), "VM_INCOMPATIBLE_WITH_THIS_HOST");
	assert_string_equal(featset_explanation_what(explanation, 0),
			    "VM mail (old) was started with features that zeus lacks.");
	assert_string_equal(featset_explanation_vm_text(explanation, 0), UUID);
	assert_string_equal(featset_explanation_host_text(explanation, 0), UUID2);
	assert_string_equal(featset_explanation_command(explanation, 0, 0), "xe vm-reboot uuid=" UUID);
	assert_null(featset_explanation_command(explanation, 0, 1));
	featset_explanation_free(explanation);
}

static void each_reason(void **state)
{
	static const struct {
		const char *reason, *what;
	} cases[] = {
		{ LACKS, "VM " VM_A " was started with features that host " ZEUS " lacks." },
		{ "VM last booted on a host which had a CPU from a different vendor.", "of another vendor" },
		{ "Host does not have new leveling feature keys - not comparing VM's flags",
		  "Host " ZEUS " does not tell what it accepts" },
		{ "VM featureset too old to be upgraded; VM needs to be shut down before it can run here",
		  "from before XenServer 7" },
		{ "a reason of tomorrow", "cannot run on host " ZEUS " because of its CPU" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_explanation_t *explanation;

		snprintf(text, sizeof(text), "VM_INCOMPATIBLE_WITH_THIS_HOST(%s, %s, %s)", VM_A, ZEUS, cases[i].reason);
		explanation = explain(text);
		assert_int_equal(featset_explanation_count(explanation), 1);
		assert_string_equal(featset_explanation_code(explanation, 0), "VM_INCOMPATIBLE_WITH_THIS_HOST");
		assert_says(featset_explanation_what(explanation, 0), cases[i].what);
		featset_explanation_free(explanation);
		/* Each reason but the last is known without its code, too. */
		explanation = explain(cases[i].reason);
		assert_int_equal(featset_explanation_count(explanation), i < 4);
		featset_explanation_free(explanation);
	}
}

/* VMs are parted by '|'; the first reference is the VM, the second the host that failed; a reason may have commas. */
static void evacuation(void **state)
{
	featset_explanation_t *explanation = explain(
		"CANNOT_EVACUATE_HOST(VM_INCOMPATIBLE_WITH_THIS_HOST," VM_A "," ZEUS
		",a reason, with commas, of tomorrow|VM_INCOMPATIBLE_WITH_THIS_HOST," VM_B "," ZEUS "," LACKS
		"|VM_REQUIRES_NETWORK,OpaqueRef:4387ff46-4de5-499f-a367-1ac576aca7b8," CAMS
		"|VM_REQUIRES_SR,OpaqueRef:16468b5e-8e7a-452d-9fc9-01111af3fd60,"
		"OpaqueRef:da55acb9-552e-4a08-b2d6-7540db0f6b40|NO_HOSTS_AVAILABLE)\n\nElsewhere VM_HAS_VGPU(" VM_A
		")");

	(void)state;
	assert_int_equal(featset_explanation_count(explanation), 7);
	assert_string_equal(featset_explanation_code(explanation, 0), "CANNOT_EVACUATE_HOST");
	assert_string_equal(featset_explanation_what(explanation, 0),
			    "The host cannot be evacuated: VM " VM_A " cannot run on host " ZEUS
			    " because of its CPU, and 4 more VMs stand in the way.");
	assert_string_equal(featset_explanation_vm_text(explanation, 1), VM_A);
	assert_string_equal(featset_explanation_vm_text(explanation, 2), VM_B);
	assert_string_equal(featset_explanation_host_text(explanation, 2), ZEUS);
	assert_string_equal(featset_explanation_code(explanation, 3), "VM_REQUIRES_NETWORK");
	assert_says(featset_explanation_what(explanation, 3), "needs network " CAMS);
	assert_string_equal(featset_explanation_host_text(explanation, 3), "");
	assert_string_equal(featset_explanation_code(explanation, 4), "VM_REQUIRES_SR");
	assert_says(featset_explanation_what(explanation, 4), "SR OpaqueRef:da55acb9-552e-4a08-b2d6-7540db0f6b40");
	assert_string_equal(featset_explanation_code(explanation, 5), "NO_HOSTS_AVAILABLE");
	assert_string_equal(featset_explanation_code(explanation, 6), "VM_HAS_VGPU");
	featset_explanation_free(explanation);
}

/* Xen Orchestra says it three times over, and which host was to be evacuated. */
static void orchestra(void **state)
{
	featset_explanation_t *explanation = explain(
		"pool.rollingUpdate\n{\n  \"pool\": \"17057acf-92ef-3e0c-60e1-5b4a12d47871\"\n}\n{\n"
		"  \"code\": \"CANNOT_EVACUATE_HOST\",\n  \"params\": [\n    \"VM_REQUIRES_SR,"
		"OpaqueRef:16468b5e-8e7a-452d-9fc9-01111af3fd60,OpaqueRef:da55acb9-552e-4a08-b2d6-7540db0f6b40\"\n  "
		"],\n"
		"  \"call\": {\n    \"method\": \"host.assert_can_evacuate\",\n    \"params\": [\n      \"" HERA
		"\"\n    ]\n  },\n  \"message\": \"CANNOT_EVACUATE_HOST(VM_REQUIRES_SR,"
		"OpaqueRef:16468b5e-8e7a-452d-9fc9-01111af3fd60,OpaqueRef:da55acb9-552e-4a08-b2d6-7540db0f6b40)\",\n"
		"  \"name\": \"XapiError\",\n  \"stack\": \"XapiError: CANNOT_EVACUATE_HOST(VM_REQUIRES_SR,"
		"OpaqueRef:16468b5e-8e7a-452d-9fc9-01111af3fd60,OpaqueRef:da55acb9-552e-4a08-b2d6-7540db0f6b40)\\n    "
		"at "
		"Function.wrap\"\n}");

	(void)state;
	assert_int_equal(featset_explanation_count(explanation), 2);
	assert_string_equal(featset_explanation_host_text(explanation, 0), HERA);
	assert_says(featset_explanation_what(explanation, 0),
		    "Host " HERA " cannot be evacuated: VM OpaqueRef:16468b5e");
	assert_string_equal(featset_explanation_code(explanation, 1), "VM_REQUIRES_SR");
	featset_explanation_free(explanation);
}

/* xe's older list, and the records of host-get-vms-which-prevent-evacuation. */
static void lists_of_xe(void **state)
{
	featset_explanation_t *explanation = explain(
		"This host cannot be evacuated.\nerrors:\n371ac4ab-d3e5-d870-2e8d-c6ae05917479 (Copy of Citrix WLB "
		"Virtual Appliance (2)): HOST_NOT_ENOUGH_FREE_MEMORY\n45754ce1-7c3f-3cf3-8206-bc63d2d163f8 (Citrix WLB "
		"Virtual Appliance): HOST_NOT_ENOUGH_FREE_MEMORY\n");

	(void)state;
	assert_int_equal(featset_explanation_count(explanation), 3);
	assert_says(featset_explanation_what(explanation, 0), "and 1 more VM stands in the way");
	assert_says(featset_explanation_what(explanation, 1),
		    "VM Copy of Citrix WLB Virtual Appliance (2) does not fit");
	assert_string_equal(featset_explanation_vm_text(explanation, 2), "45754ce1-7c3f-3cf3-8206-bc63d2d163f8");
	featset_explanation_free(explanation);

	explanation =
		explain("uuid ( RO)          : " UUID "\n    name-label ( RW): mail\n        reason ( RO): "
			"VM_INCOMPATIBLE_WITH_THIS_HOST," VM_A "," ZEUS "," LACKS "\n\n\nuuid ( RO)          : " UUID2
			"\n    name-label ( RW): wiki\n        reason ( RO): VM_HAS_PCI_ATTACHED," VM_B "\n");
	assert_int_equal(featset_explanation_count(explanation), 2);
	assert_says(featset_explanation_what(explanation, 0), "VM mail was started with");
	assert_says(featset_explanation_what(explanation, 1), "VM wiki has a PCI device");
	featset_explanation_free(explanation);
}

/* Other errors of XAPI, by code and by xe's sentence. */
static void other_errors(void **state)
{
	static const struct {
		const char *text, *code, *what;
	} cases[] = {
		{ "HOSTS_NOT_HOMOGENEOUS(CPUs differ)", "HOSTS_NOT_HOMOGENEOUS", "another vendor" },
		{ "The hosts in this pool are not homogeneous.\nreason: Software version differs",
		  "HOSTS_NOT_HOMOGENEOUS", "another version" },
		{ "HOSTS_NOT_HOMOGENEOUS(Updates on local host a and pool host b differ)", "HOSTS_NOT_HOMOGENEOUS",
		  "updates differ" },
		{ "HOSTS_NOT_HOMOGENEOUS", "HOSTS_NOT_HOMOGENEOUS", "differs from the pool's hosts" },
		{ "VM_HAS_PCI_ATTACHED(" VM_A ")", "VM_HAS_PCI_ATTACHED", "VM " VM_A },
		{ "VM_HAS_VUSBS(" VM_A ", OpaqueRef:0)", "VM_HAS_VUSBS", "USB" },
		{ "VM_LACKS_FEATURE(" VM_A ")", "VM_LACKS_FEATURE", "guest tools" },
		{ "Not enough host memory is available to perform this operation\nneeded: " UUID
		  " (vm24)\navailable: <unknown>",
		  "HOST_NOT_ENOUGH_FREE_MEMORY", "VM vm24 does not fit" },
		{ "HOST_NOT_ENOUGH_FREE_MEMORY(4294967296, 1073741824)", "HOST_NOT_ENOUGH_FREE_MEMORY", "The VM" },
		{ "There were no servers available to complete the specified operation.", "NO_HOSTS_AVAILABLE",
		  "the VM" },
		{ "You attempted to run a VM on a host which doesn't have a PIF on a Network needed by the VM. The VM "
		  "has "
		  "at least one VIF attached to the Network.\nvm: " UUID " (nvr)\nnetwork: " UUID2 " (cameras)",
		  "VM_REQUIRES_NETWORK", "VM nvr needs network cameras" },
		{ "SR_BACKEND_FAILURE_140(, Incorrect DNS name, unable to resolve., )", "SR_BACKEND_FAILURE_140",
		  "cannot resolve" },
		{ "SR_BACKEND_FAILURE_88(, NFS SR creation error [opterr=remote directory creation error is 13], )",
		  "SR_BACKEND_FAILURE_88", "let the host write" },
		{ "SR_BACKEND_FAILURE_88(, NFS SR creation error [opterr=remote directory creation error is 5], )",
		  "SR_BACKEND_FAILURE_88", "could not be made" },
		{ "SR_BACKEND_FAILURE_73(, NFS mount error [opterr=mount failed with return code 32], )",
		  "SR_BACKEND_FAILURE_73", "mount ended with 32" },
		{ "{\"code\": \"SR_BACKEND_FAILURE_73\", \"params\": [\"\", \"NFS mount error [opterr=Failed to detect "
		  "NFS "
		  "service on server `192.0.2.30`]\", \"\"]}",
		  "SR_BACKEND_FAILURE_73", "No NFS service" },
		{ "\"code\": \"SR_BACKEND_FAILURE_73\",\n \"params\": [\"\", \"NFS mount error [opterr=Failed to make "
		  "directory: code is 17]\", \"\"]",
		  "SR_BACKEND_FAILURE_73", "could not be mounted." },
		{ "Error code: SR_BACKEND_FAILURE_47\nError parameters: , The SR is not available [opterr=no such "
		  "directory "
		  "/run/sr-mount/4ee03329], ",
		  "SR_BACKEND_FAILURE_47", "its directory is missing" },
		{ "SR_BACKEND_FAILURE_47(, The SR is not available [opterr=ceph is not installed],)",
		  "SR_BACKEND_FAILURE_47", "not available on that host" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_explanation_t *explanation = explain(cases[i].text);

		if (featset_explanation_count(explanation) != 1)
			fail_msg("%s: %zu findings", cases[i].text, featset_explanation_count(explanation));
		assert_string_equal(featset_explanation_code(explanation, 0), cases[i].code);
		assert_says(featset_explanation_what(explanation, 0), cases[i].what);
		featset_explanation_free(explanation);
	}
}

/* ---- logs -------------------------------------------------------------------------------- */

/* xenopsd names one word, xapi has both featuresets, and the error beside them has neither. */
static void logs(void **state)
{
	featset_explanation_t *explanation = explain(
		"xenopsd-xc: [ info||8 ||x] The VM's CPU policy is not compatible with the target host's. The host is "
		"missing: FMA MOVBE <45>\nxapi: [debug||9 ||cpuid_helpers] VM CPU features (" HASWELL
		") are not compatible with host CPU features (" IVY_MAX "-00000000-00000000)\\n\nServer_error("
		"VM_INCOMPATIBLE_WITH_THIS_HOST, [ " VM_A "; " ZEUS "; " LACKS " ])\n");

	(void)state;
	assert_int_equal(featset_explanation_count(explanation), 3);
	assert_says(featset_explanation_what(explanation, 0), "and perhaps more");
	assert_true(featset_has(featset_explanation_missing(explanation, 0), 45));
	assert_true(featset_has(featset_explanation_missing(explanation, 0), FEATSET_MOVBE));
	assert_int_equal(featset_count(featset_explanation_missing(explanation, 0)), 3);
	assert_features(featset_explanation_missing(explanation, 1), LOST_EIGHT);
	assert_features(featset_explanation_missing(explanation, 2), LOST_EIGHT);
	assert_says(featset_explanation_what(explanation, 2), "was started with 8 features");
	featset_explanation_free(explanation);
}

static void featuresets(void **state)
{
	static const struct {
		const char *text, *missing, *what;
	} cases[] = {
		/* Words 1, 3 and 5 of facts: the whole difference, as xenopsd prints it without libxc's help. */
		{ "CPU policy is not compatible with the target host's. The host is missing: "
		  "00000000-00401000-00000000-00000020-00000000-0000052a",
		  LOST_EIGHT, "lacks 8 features that the VM has." },
		{ "Host is missing these CPU features required by the VM: 00000000:00401000:00000000:00000020",
		  "fma movbe abm", "lacks 3 features" },
		{ "The pool-level CPU features have changed. Old features_hvm_host=" IVY_HOST
		  ". New "
		  "features_hvm_host=1fcbfbff-f7ba2223-2c100800-00000021-00000001-00000280-00000000-00000000-00001000-"
		  "9c000400.",
		  "fsgsbase", "it lost fsgsbase and gained abm" },
		{ "The CPU features of this host have changed. Old features_hvm_host=" IVY_HOST
		  ". New features_hvm_host=" IVY_HOST "-00000001.",
		  "", "it lost no feature and gained sha512" },
		/* Xen's own sample: OSXSAVE came and HYPERVISOR went. */
		{ "(XEN) CPU0: cap[ 1] is 7ed8320b (expected f6d8320b)", "hypervisor", "has osxsave beyond" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_explanation_t *explanation = explain(cases[i].text);

		assert_int_equal(featset_explanation_count(explanation), 1);
		assert_features(featset_explanation_missing(explanation, 0), cases[i].missing);
		assert_says(featset_explanation_what(explanation, 0), cases[i].what);
		featset_explanation_free(explanation);
	}
}

/* ---- libvirt, QEMU, Proxmox ------------------------------------------------------------------- */

static void names(void **state)
{
	static const struct {
		const char *text, *missing, *what;
	} cases[] = {
		{ "error: operation failed: guest CPU doesn't match specification: missing features: "
		  "ss,fma,movbe,aes,f16c,rdrand,fsgsbase,bmi1,avx2,smep,bmi2,erms,invpcid,pdpe1gb,abm\n\nTraceback",
		  "ss fma movbe aes f16c rdrand fsgsbase bmi1 avx2 smep bmi2 erms invpcid pdpe1gb abm",
		  "lacks 15 features" },
		{ "guest CPU doesn't match specification: extra features: hypervisor,arat,xsaveopt, missing features: "
		  "vme,x2apic,tsc-deadline",
		  "vme x2apic tsc_deadline_timer", "and has hypervisor, xsaveopt and arat that should not be there" },
		{ "operation failed: guest CPU\n      doesn''t match specification: missing features: erms,vaes,\n     "
		  " "
		  "vpclmulqdq,fsrm'')'",
		  "erms vaes vpclmulqdq fsrm", "lacks erms" },
		{ "guest CPU doesn't match specification: missing features: pdcm,nosuchthing", "pdcm",
		  "Names that nothing here has: nosuchthing." },
		{ "error: the CPU is incompatible with host CPU: Host CPU does not provide required features: hle, "
		  "rtm.",
		  "hle rtm", "cannot provide 2 features" },
		{ "unsupported configuration: guest and host CPU are not compatible: Host CPU does not provide "
		  "required "
		  "features: xsave, avx",
		  "xsave avx", "cannot provide 2 features" },
		{ "kvm: warning: host doesn't support requested feature: CPUID.07H:EBX.avx2 [bit 5]\n"
		  "kvm: warning: host doesn't support requested feature: CPUID[eax=07h,ecx=00h].EBX.hle [bit 4]\n"
		  "kvm: warning: host doesn't support requested feature: CPUID.01H:ECX.sse4.1 [bit 19]\n"
		  "kvm: warning: host doesn't support requested feature: MSR(10AH).taa-no [bit 8]\n"
		  "kvm: warning: host doesn't support requested feature: CPUID.80000001H:ECX.newname [bit 5]\n",
		  "avx2 hle sse4_1 taa_no abm", "5 features" },
		{ "qemu-system-x86_64: warning: TCG doesn't support requested feature: "
		  "CPUID[eax=80000007h].EDX.invtsc [bit 8]",
		  "invtsc", "its emulation lacks" },
		{ "qemu: warning: host doesn't support requested feature: MSR(48FH).vmx-exit-load-perf-global-ctrl "
		  "[bit 12]",
		  "vmx_exit_load_perf_global_ctrl", "QEMU was asked for" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_explanation_t *explanation = explain(cases[i].text);

		assert_int_equal(featset_explanation_count(explanation), 1);
		assert_features(featset_explanation_missing(explanation, 0), cases[i].missing);
		assert_says(featset_explanation_what(explanation, 0), cases[i].what);
		featset_explanation_free(explanation);
	}
}

/* A task's log as it was posted: three messages, the first with the feature. */
static void proxmox(void **state)
{
	featset_explanation_t *explanation =
		explain("kvm: warning: host doesn't support requested feature: CPUID.01H:ECX.aes [bit 25]\n"
			"kvm: Host doesn't support requested features\n"
			"TASK ERROR: start failed: QEMU exited with code 1\n"
			"2026-11-14 09:30:12 query migrate failed: VM 104 qmp command 'query-migrate' failed\n"
			"TASK ERROR: migration aborted\n");

	(void)state;
	assert_int_equal(featset_explanation_count(explanation), 5);
	assert_features(featset_explanation_missing(explanation, 0), "aes");
	assert_string_equal(featset_explanation_code(explanation, 1), "Host doesn't support requested features");
	assert_string_equal(featset_explanation_code(explanation, 2), "start failed: QEMU exited with code 1");
	assert_string_equal(featset_explanation_vm_text(explanation, 3), "104");
	assert_string_equal(featset_explanation_code(explanation, 4), "migration aborted");
	featset_explanation_free(explanation);
}

static void words(void **state)
{
	static const struct {
		const char *text, *what;
	} cases[] = {
		{ "error: unsupported configuration: CPU mode 'host-model' for x86_64 kvm domain on x86_64 host is not "
		  "supported by hypervisor",
		  "'host-model'" },
		{ "error: internal error: Unknown CPU model SapphireRapids", "'SapphireRapids'" },
		{ "qemu-system-x86_64: unable to find CPU model 'NoSuch'", "'NoSuch'" },
		{ "Property 'IvyBridge-x86_64-cpu.nosuch' not found", "'nosuch'" },
		{ "error: operation failed: CPU vendors do not match", "different vendors" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_explanation_t *explanation = explain(cases[i].text);

		assert_int_equal(featset_explanation_count(explanation), 1);
		assert_says(featset_explanation_what(explanation, 0), cases[i].what);
		featset_explanation_free(explanation);
	}
}

/* ---- with a pool ---------------------------------------------------------------------------- */

static featset_inventory_t *make_inventory(void)
{
	static const char text[] =
		"uuid ( RO): 7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3\n    name-label ( RW): hera\n    enabled "
		"( RO): true\n    cpu_info (MRO): vendor: GenuineIntel; features_hvm: " HASWELL
		"; features_hvm_host: " HASWELL "; features_pv: " HASWELL "; features_pv_host: " HASWELL
		"\n\n\nuuid ( RO): " UUID2 "\n    name-label ( RW): zeus\n    enabled ( RO): true\n    "
		"cpu_info (MRO): vendor: GenuineIntel; features_hvm: " IVY_MAX "; features_hvm_host: " IVY_HOST
		"; features_pv: " IVY_MAX "; features_pv_host: " IVY_HOST "\n\n\nuuid ( RO): " UUID
		"\n    name-label ( RW): mail\n    power-state ( RO): running\n    "
		"resident-on ( RO): 7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3\n    domain-type ( RW): hvm\n    "
		"last-boot-CPU-flags (MRO): vendor: GenuineIntel; features: " HASWELL "\n";
	featset_inventory_t *inventory;

	assert_int_equal(featset_read(&inventory, text, sizeof(text) - 1, NULL, NULL, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 1);
	featset_inventory_put(inventory, FEATSET_VM_REF, 0, VM_A);
	featset_inventory_put(inventory, FEATSET_HOST_REF, 0, HERA);
	featset_inventory_put(inventory, FEATSET_HOST_REF, 1, ZEUS);
	return inventory;
}

static void with_a_pool(void **state)
{
	static const char *const forms[] = {
		"CANNOT_EVACUATE_HOST(VM_INCOMPATIBLE_WITH_THIS_HOST," VM_A "," ZEUS "," LACKS ")",
		"CANNOT_EVACUATE_HOST(VM_INCOMPATIBLE_WITH_THIS_HOST," UUID "," UUID2 "," LACKS ")",
		/* by reference and by UUID it is the same VM */
		"CANNOT_EVACUATE_HOST(VM_INCOMPATIBLE_WITH_THIS_HOST," VM_A "," ZEUS "," LACKS
		")\nThe VM is incompatible with "
		"the CPU features of this host.\nvm: " UUID " (mail)\nhost: " UUID2 " (zeus)\nreason: " LACKS,
	};
	featset_inventory_t *inventory = make_inventory();
	featset_pool_t *pool;

	(void)state;
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		featset_explanation_t *explanation = explain_in(forms[i], pool);

		assert_int_equal(featset_explanation_count(explanation), 2);
		assert_string_equal(featset_explanation_what(explanation, 0),
				    "hera cannot be evacuated: VM mail was started with 8 features that zeus lacks.");
		assert_int_equal(featset_explanation_host(explanation, 0), 0);
		assert_int_equal(featset_explanation_vm(explanation, 1), 0);
		assert_int_equal(featset_explanation_host(explanation, 1), 1);
		assert_features(featset_explanation_missing(explanation, 1), LOST_EIGHT);
		assert_says(featset_explanation_cure(explanation, 1), "Restart VM mail");
		assert_string_equal(featset_explanation_command(explanation, 1, 0), "xe vm-reboot uuid=" UUID);
		assert_says(featset_explanation_command(explanation, 0, 0), "xe host-evacuate uuid=7c1e58d4");
		featset_explanation_free(explanation);
	}
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* XAPI gives a VM its features when a domain is built, but for a suspended, a pinned one and a snapshot. */
static void each_cure(void **state)
{
	static const char error[] = "VM_INCOMPATIBLE_WITH_THIS_HOST(" VM_A "," ZEUS "," LACKS ")";
	static const struct {
		const char *state, *snapshot, *pin, *cure, *command;
	} cases[] = {
		{ "running", "false", "", "Restart VM mail:", "xe vm-reboot uuid=" UUID },
		{ "suspended", "false", "", "VM mail is suspended: resume it", "xe vm-resume uuid=" UUID },
		{ "suspended", "true", "", "No host can resume VM mail", NULL },
		{ "running", "false", HASWELL, "platform:featureset gives VM mail more",
		  "xe vm-param-remove uuid=" UUID " param-name=platform param-key=featureset && xe vm-reboot uuid=" UUID },
		{ "paused", "false", "", "Restart VM mail:", "xe vm-unpause uuid=" UUID " && xe vm-reboot uuid=" UUID },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		featset_inventory_t *inventory = make_inventory();
		featset_explanation_t *explanation;
		featset_pool_t *pool;
		const char *command;

		featset_inventory_put(inventory, FEATSET_VM_POWER_STATE, 0, cases[i].state);
		featset_inventory_put(inventory, FEATSET_VM_IS_SNAPSHOT, 0, cases[i].snapshot);
		featset_inventory_put(inventory, FEATSET_VM_FEATURESET, 0, cases[i].pin);
		if (!strcmp(cases[i].state, "suspended"))
			featset_inventory_put(inventory, FEATSET_VM_HOST, 0, "");
		assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
		explanation = explain_in(error, pool);
		assert_int_equal(featset_explanation_count(explanation), 1);
		assert_says(featset_explanation_cure(explanation, 0), cases[i].cure);
		command = featset_explanation_command(explanation, 0, 0);
		if (!cases[i].command)
			assert_null(command);
		else
			assert_says(command ? command : "", cases[i].command);
		featset_explanation_free(explanation);
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
}

/* XAPI wants a PIF of each of a VM's networks: zeus has none of the cameras'. */
static void hosts_without_a_network(void **state)
{
	featset_inventory_t *inventory = make_inventory();
	featset_explanation_t *explanation;
	featset_pool_t *pool;
	size_t network, pif, other, vif;

	(void)state;
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_NETWORK, &network), FEATSET_OK);
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_PIF, &pif), FEATSET_OK);
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_PIF, &other), FEATSET_OK);
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VIF, &vif), FEATSET_OK);
	featset_inventory_put(inventory, FEATSET_NETWORK_REF, network, CAMS);
	featset_inventory_put(inventory, FEATSET_NETWORK_NAME, network, "cameras");
	featset_inventory_put(inventory, FEATSET_PIF_NETWORK, pif, CAMS);
	featset_inventory_put(inventory, FEATSET_PIF_HOST, pif, HERA);
	featset_inventory_put(inventory, FEATSET_PIF_HOST, other, ZEUS);
	featset_inventory_put(inventory, FEATSET_VIF_VM, vif, VM_A);
	featset_inventory_put(inventory, FEATSET_VIF_NETWORK, vif, CAMS);
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	explanation = explain_in("VM_REQUIRES_NETWORK(" VM_A "," CAMS ")", pool);
	assert_int_equal(featset_explanation_count(explanation), 1);
	assert_says(featset_explanation_what(explanation, 0), "VM mail needs network cameras");
	assert_says(featset_explanation_cause(explanation, 0), " Here that is so on zeus.");
	featset_explanation_free(explanation);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* Evacuation wants every VM to go: while another one is in the way it would only fail again. */
static void others_in_the_way(void **state)
{
	static const char error[] = "CANNOT_EVACUATE_HOST(VM_INCOMPATIBLE_WITH_THIS_HOST," VM_A "," ZEUS "," LACKS ")";
	static const char *const fields[] = { "running", "7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3", "hvm", "wiki" };
	static const featset_field_t which[] = { FEATSET_VM_POWER_STATE, FEATSET_VM_HOST, FEATSET_VM_DOMAIN_TYPE,
						 FEATSET_VM_NAME };
	featset_inventory_t *inventory = make_inventory();
	featset_explanation_t *explanation;
	featset_pool_t *pool;
	size_t other;

	(void)state;
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VM, &other), FEATSET_OK);
	for (size_t i = 0; i < 4; i++)
		featset_inventory_put(inventory, which[i], other, fields[i]);
	assert_int_equal(featset_inventory_set_vm_cpu(inventory, other,
						      featset_cpu_copy(featset_inventory_vm_cpu(inventory, 0))),
			 FEATSET_OK);
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	explanation = explain_in(error, pool);
	assert_null(featset_explanation_command(explanation, 0, 0));
	assert_says(featset_explanation_cure(explanation, 0), "see to wiki, which no command here moves");
	assert_string_equal(featset_explanation_command(explanation, 1, 0), "xe vm-reboot uuid=" UUID);
	featset_explanation_free(explanation);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* Controls of direction, U+202E and U+2066, would show a line in another order than it has; others are letters. */
static void no_turned_text(void **state)
{
	featset_explanation_t *explanation = explain("error: internal error: Unknown CPU model x\n"
						     "uuid ( RO): " UUID
						     "\nname-label ( RW): a\xe2\x80\xae" "b\xe2\x81\xa6" "c\xe2\x82\xac"
						     "\nreason ( RO): VM_HAS_VGPU\n");

	(void)state;
	assert_int_equal(featset_explanation_count(explanation), 2);
	assert_says(featset_explanation_what(explanation, 1), "VM a?b?c\xe2\x82\xac");
	featset_explanation_free(explanation);
}

/* Of two VMs of one name nothing is said of either. */
static void ambiguous_name(void **state)
{
	static const char text[] =
		"uuid ( RO): 00000000-0000-0000-0000-000000000001\nname-label ( RW): mail\nreason ( RO): VM_HAS_VGPU\n";
	featset_inventory_t *inventory = make_inventory();
	featset_explanation_t *explanation;
	featset_pool_t *pool;
	size_t second;

	(void)state;
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	explanation = explain_in(text, pool);
	assert_int_equal(featset_explanation_vm(explanation, 0), 0);
	featset_explanation_free(explanation);
	featset_pool_free(pool);
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VM, &second), FEATSET_OK);
	featset_inventory_put(inventory, FEATSET_VM_NAME, second, "mail");
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	explanation = explain_in(text, pool);
	assert_int_equal(featset_explanation_vm(explanation, 0), FEATSET_NONE);
	featset_explanation_free(explanation);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* ---- limits --------------------------------------------------------------------------------- */

static void nothing_known(void **state)
{
	static const char *const texts[] = { "",
					     "all is well",
					     "no such directory",
					     "VM_REQUIRES_SRX XVM_REQUIRES_SR",
					     "SR_BACKEND_FAILURE_731",
					     "cap[ 1] was 3",
					     "VM CPU features (abc) fine",
					     "doesn't support requested feature: " };
	featset_explanation_t *explanation;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		explanation = explain(texts[i]);
		assert_int_equal(featset_explanation_count(explanation), 0);
		assert_null(featset_explanation_what(explanation, 0));
		assert_string_equal(featset_explanation_vm_text(explanation, 0), "");
		assert_true(featset_is_empty(featset_explanation_missing(explanation, 0)));
		featset_explanation_free(explanation);
	}
	/* A code that is only mentioned gives way to where it is told. */
	explanation = explain("What is VM_INCOMPATIBLE_WITH_THIS_HOST? I got VM_INCOMPATIBLE_WITH_THIS_HOST(" VM_A
			      ", " ZEUS ", " LACKS ")");
	assert_int_equal(featset_explanation_count(explanation), 1);
	assert_string_equal(featset_explanation_vm_text(explanation, 0), VM_A);
	featset_explanation_free(explanation);
}

static void large(void **state)
{
	size_t size = ((size_t)16 << 20) + 1, used = 0;
	char *text = malloc(size);
	featset_explanation_t *explanation = NULL;
	featset_error_t error = { 0 };

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; used + 80 < size - 1; i++)
		used += (size_t)snprintf(text + used, 80, "VM_HAS_VGPU(OpaqueRef:%08x-0000-0000-0000-000000000000)\n",
					 i);
	memset(text + used, '\n', size - used);
	assert_int_equal(featset_explanation_new(&explanation, text, size, NULL, &error), FEATSET_E_LIMIT);
	assert_null(explanation);
	assert_says(error.text, "16 MiB");
	assert_int_equal(featset_explanation_new(&explanation, text, size - 1, NULL, NULL), FEATSET_OK);
	assert_int_equal(featset_explanation_count(explanation), 4096);
	featset_explanation_free(explanation);
	free(text);
	assert_int_equal(featset_explanation_new(NULL, "", 0, NULL, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_explanation_new(&explanation, NULL, 0, NULL, NULL), FEATSET_OK);
	featset_explanation_free(explanation);
	featset_explanation_free(NULL);
}

/* ---- the table -------------------------------------------------------------------------------- */

static unsigned sentences(const char *text)
{
	unsigned count = 0;

	for (const char *c = text; *c; c++)
		count += *c == '.' && (c[1] == ' ' || !c[1]) && (c == text || c[-1] != '.');
	return count;
}

/* Each row has a cause and a cure of at most two sentences, and no placeholder in them. */
static void table(void **state)
{
	(void)state;
	assert_true(featset_error_codes() > 30);
	for (size_t i = 0; i < featset_error_codes(); i++) {
		const char *texts[] = { featset_error_code_cause(i), featset_error_code_cure(i) };

		assert_true(strlen(featset_error_code_at(i)) > 3);
		for (size_t t = 0; t < 2; t++)
			if (sentences(texts[t]) < 1 || sentences(texts[t]) > 2 || strchr(texts[t], '%'))
				fail_msg("%s: %s", featset_error_code_at(i), texts[t]);
	}
	assert_null(featset_error_code_at(featset_error_codes()));
	assert_null(featset_error_code_cause(featset_error_codes()));
	assert_null(featset_error_code_cure(featset_error_codes()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_vm_and_host), cmocka_unit_test(xe_names_them),  cmocka_unit_test(each_reason),
		cmocka_unit_test(evacuation),      cmocka_unit_test(orchestra),      cmocka_unit_test(lists_of_xe),
		cmocka_unit_test(other_errors),    cmocka_unit_test(logs),           cmocka_unit_test(featuresets),
		cmocka_unit_test(names),           cmocka_unit_test(proxmox),        cmocka_unit_test(words),
		cmocka_unit_test(with_a_pool),     cmocka_unit_test(ambiguous_name), cmocka_unit_test(nothing_known),
		cmocka_unit_test(large),           cmocka_unit_test(table),          cmocka_unit_test(each_cure),
		cmocka_unit_test(hosts_without_a_network), cmocka_unit_test(no_turned_text),
		cmocka_unit_test(others_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
