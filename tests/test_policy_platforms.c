/* SPDX-License-Identifier: MIT */
/*
 * Policies for platforms that are not QEMU and libvirt themselves: texts that others
 * published or took come out, and what comes out is read again as the same set.
 *
 * `test_policy_platforms gcc` prints policies for tests/test_policy_compilers.py.
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

static featset_policy_t *policy_of(const featset_cpu_t *cpu, const char *platform, const char *target, const char *name,
				   unsigned flags)
{
	const featset_platform_t *found = featset_platform_find(platform, NULL);
	featset_policy_t *policy = NULL;
	featset_error_t error = { 0 };

	assert_non_null(found);
	if (featset_policy_new(&policy, cpu, found, target, name, flags, &error) != FEATSET_OK)
		fail_msg("%s: %s", platform, error.text);
	return policy;
}

static featset_cpu_t *expression(const char *text)
{
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = NULL;

	if (featset_expression(&cpu, text, &error) != FEATSET_OK)
		fail_msg("%s: %s", text, error.text);
	return cpu;
}

static featset_cpu_t *cpu_of_text(const char *text)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = NULL;

	if (featset_read(&inventory, text, strlen(text), NULL, NULL, &error) != FEATSET_OK)
		fail_msg("%s\n%s", error.text, text);
	if (featset_inventory_hosts(inventory))
		cpu = featset_cpu_copy(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU));
	featset_inventory_free(inventory);
	assert_non_null(cpu);
	return cpu;
}

static void assert_text(const char *cpu_text, const char *platform, const char *name, unsigned flags,
			const char *expected)
{
	featset_cpu_t *cpu = expression(cpu_text);
	featset_policy_t *policy = policy_of(cpu, platform, NULL, name, flags);

	assert_string_equal(featset_policy_text(policy), expected);
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

/* ---- texts -------------------------------------------------------------------------------- */

/* Ivy Bridge without RDRAND, as the platforms' documents and sources have it said. */
static void ivy_bridge_without_rdrand(void **state)
{
	static const char ivy[] = "qemu:IvyBridge-v1-rdrand";

	(void)state;
	assert_text(ivy, "incus", NULL, 0,
		    "incus cluster group set default instances.vm.cpu.x86_64.baseline=IvyBridge-v1 "
		    "instances.vm.cpu.x86_64.flags=-rdrand\n");
	assert_text(ivy, "proxmox", "ivb-no-rdrand", 0,
		    "cpu-model: ivb-no-rdrand\n"
		    "    flags -rdrand\n"
		    "    reported-model IvyBridge\n"
		    "\n"
		    "# qm set VMID --cpu custom-ivb-no-rdrand\n");
	assert_text(ivy, "nova", NULL, 0,
		    "[libvirt]\ncpu_mode = custom\ncpu_models = IvyBridge\n"
		    "cpu_model_extra_flags = +xsaveopt, +arat, -rdrand\n");
	assert_text("libvirt:IvyBridge+xsaveopt+arat-rdrand", "kubevirt", NULL, 0,
		    "cpu:\n  model: IvyBridge\n  features:\n"
		    "  - name: xsaveopt\n    policy: require\n"
		    "  - name: arat\n    policy: require\n"
		    "  - name: rdrand\n    policy: disable\n");
	assert_text("evc:intel-ivybridge-rdrand", "vmware", "C", 0,
		    "# Set-Cluster -Cluster C -EVCMode 'intel-ivybridge'\n"
		    "cpuid.1.ecx = \"-0--:----:----:----:----:----:----:----\"\n");
	assert_text("ivybridge-rdrand", "gcc", NULL, 0, "-march=ivybridge -mno-rdrnd -maes\n");
	assert_text("x86-64-v3", "gcc", NULL, 0, "-march=x86-64-v3\n");
	assert_text("x86-64-v2", "clang", NULL, FEATSET_POLICY_EXPANDED,
		    "-march=x86-64 -msse3 -mssse3 -mcx16 -msse4.1 -msse4.2 -mpopcnt -msahf\n");
}

/* A level of XAPI is written as it is: the words of a pool of 8.3, whatever they mean. */
static void a_featureset_is_copied(void **state)
{
	static const char level[] = "17cbfbff-f7fa3223-2d93fbff-00000023-00000001-000007ab-00000000-00000000-"
				    "00001000-9c000400";
	featset_cpu_t *cpu = cpu_of_text(level);
	featset_policy_t *policy = policy_of(cpu, "xapi", NULL, "f4806b2c-1fac-4cb6-9df2-eb9a3f6fbf87", 0);
	char expected[512];

	(void)state;
	snprintf(expected, sizeof(expected),
		 "xe vm-param-set uuid=f4806b2c-1fac-4cb6-9df2-eb9a3f6fbf87 platform:featureset=%s\n", level);
	assert_string_equal(featset_policy_text(policy), expected);
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

/* Other vendors have no row among EVC's modes, and compilers make no programs of 32 bits here. */
static void not_for_every_cpu(void **state)
{
	featset_cpu_t *cpu = expression("zen2");
	featset_policy_t *policy;
	featset_error_t error = { 0 };

	(void)state;
	assert_int_equal(
		featset_policy_new(&policy, cpu, featset_platform_find("vmware", NULL), NULL, NULL, 0, &error),
		FEATSET_E_UNSUPPORTED);
	featset_cpu_free(cpu);
	cpu = expression("qemu:486");
	assert_int_equal(featset_policy_new(&policy, cpu, featset_platform_find("gcc", NULL), NULL, NULL, 0, &error),
			 FEATSET_E_UNSUPPORTED);
	featset_cpu_free(cpu);
}

static void what_cannot_be_said_is_told(void **state)
{
	featset_cpu_t *cpu = expression("sierraforest");
	featset_policy_t *policy = policy_of(cpu, "gcc", "gcc-12", NULL, 0);

	(void)state;
	assert_true(featset_has(featset_policy_left_out(policy), FEATSET_AVX_IFMA));
	assert_false(featset_policy_is_exact(policy));
	featset_policy_free(policy);
	policy = policy_of(cpu, "gcc", "gcc-14", NULL, 0);
	assert_false(featset_has(featset_policy_left_out(policy), FEATSET_AVX_IFMA));
	featset_policy_free(policy);
	featset_cpu_set_number(cpu, FEATSET_PHYS_BITS, 46);
	policy = policy_of(cpu, "xl", NULL, NULL, 0);
	assert_string_equal(featset_policy_note(policy, featset_policy_notes(policy) - 1),
			    "xl cannot say the width of physical addresses; the CPU's is 46 bits");
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

/* ---- what others published comes back -------------------------------------------------------- */

/* Firecracker's own templates: every mask is the same, one bit or another of a number aside. */
static void templates_come_back(void **state)
{
	static const char *const templates[] = { "T2.json", "C3.json" };
	const char *root = getenv("FEATSET_SHARED");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		featset_inventory_t *inventory = NULL;
		featset_cpu_t *cpu, *again;
		featset_policy_t *policy;
		char path[512];

		snprintf(path, sizeof(path), "%s/data/firecracker/%s", root ? root : "../shared", templates[i]);
		if (featset_read_file(&inventory, path, NULL, 0, NULL) != FEATSET_OK) {
			print_message("SKIP: Firecracker's templates are not here, or this build has no JSON\n");
			skip();
		}
		cpu = featset_cpu_copy(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU));
		policy = policy_of(cpu, "firecracker", NULL, NULL, FEATSET_POLICY_LEAVE_OPEN);
		again = cpu_of_text(featset_policy_text(policy));
		assert_true(featset_count(featset_cpu_known(cpu)) > 50);
		assert_true(featset_equal(featset_cpu_known(cpu), featset_cpu_known(again)));
		assert_true(featset_equal(featset_cpu_features(cpu), featset_cpu_features(again)));
		featset_cpu_free(again);
		featset_policy_free(policy);
		featset_cpu_free(cpu);
		featset_inventory_free(inventory);
	}
}

/* xl.cfg(5)'s own example, and a mask as xend had it; both say two bits and nothing else. */
static void xl_strings_come_back(void **state)
{
	static const char names[] = "cpuid=\"host,tm1=0,sse3=0\"\n";
	static const char masks[] = "cpuid=[ \"0x1:edx=xx0xxxxxxxxxxxxxxxxxxxxxxxxxxxxx,"
				    "ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0\" ]\n";
	featset_cpu_t *cpu = cpu_of_text("cpuid=\"host,tm=0,sse3=0\"\n"), *again = cpu_of_text(masks);
	featset_policy_t *policy = policy_of(cpu, "xl", NULL, NULL, FEATSET_POLICY_LEAVE_OPEN);

	(void)state;
	assert_int_equal(featset_count(featset_cpu_known(cpu)), 2);
	assert_true(featset_equal(featset_cpu_known(cpu), featset_cpu_known(again)));
	assert_string_equal(featset_policy_text(policy), names);
	featset_policy_free(policy);
	policy = policy_of(again, "xl", NULL, NULL, FEATSET_POLICY_LEAVE_OPEN | FEATSET_POLICY_EXPANDED);
	assert_string_equal(featset_policy_text(policy), masks);
	featset_policy_free(policy);
	featset_cpu_free(cpu);
	featset_cpu_free(again);
}

/* VMware's masks: bit 30 of 1.ECX. */
static void masks_of_vmx_are_read(void **state)
{
	featset_cpu_t *cpu = cpu_of_text("cpuid.1.ecx = \"-0--:----:----:----:----:----:----:----\"\n");
	featset_cpu_t *named = cpu_of_text("featMask.vm.cpuid.RDRAND = \"Val:0\"\n");

	(void)state;
	assert_int_equal(featset_count(featset_cpu_known(cpu)), 1);
	assert_true(featset_has(featset_cpu_known(cpu), FEATSET_RDRAND));
	assert_true(featset_equal(featset_cpu_known(cpu), featset_cpu_known(named)));
	assert_true(featset_is_empty(featset_cpu_features(cpu)));
	featset_cpu_free(cpu);
	featset_cpu_free(named);
}

/* ---- every baseline, on every platform ------------------------------------------------------------ */

static featset_cpu_t *cpu_of(const featset_baseline_t *baseline)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t features, all;

	for (int i = 0; i < FEATSET_LANES; i++)
		all.lane[i] = UINT64_MAX;
	featset_baseline_features(&features, baseline);
	featset_cpu_set_features(cpu, &features, &all);
	featset_cpu_set_vendor(cpu, featset_baseline_vendor(baseline));
	return cpu;
}

/* The platform's, so that a text says nothing of it. */
static void undecided(featset_t *dst)
{
	static const featset_feature_t features[] = { FEATSET_X2APIC, FEATSET_ARAT, FEATSET_MONITOR, FEATSET_ACPI,
						      FEATSET_HYPERVISOR };
	featset_t more;

	featset_of_class(dst, FEATSET_CLASS_HINT);
	featset_of_class(&more, FEATSET_CLASS_DYNAMIC);
	featset_or(dst, dst, &more);
	featset_of_class(&more, FEATSET_CLASS_ALIAS);
	featset_or(dst, dst, &more);
	featset_set_word(dst, 25, UINT32_MAX);
	featset_set_word(dst, 26, UINT32_MAX);
	featset_set_word(dst, 63, UINT32_MAX);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		featset_add(dst, features[i]);
}

static void assert_none(const char *baseline, const featset_policy_t *policy, const char *what, const featset_t *some)
{
	char name[64];

	if (featset_is_empty(some))
		return;
	featset_feature_spell(name, sizeof(name), featset_next(some, 0), FEATSET_CANONICAL);
	fail_msg("%s for %s: %s: %s and %u more\n%s", baseline, featset_policy_target(policy), what, name,
		 featset_count(some) - 1, featset_policy_text(policy));
}

/* Read again, it is the same: no bit differs, and none that the policy has is unsaid but where the text only takes away. */
static void assert_comes_back(const char *name, const featset_policy_t *policy)
{
	const char *text = featset_policy_text(policy);
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	const featset_cpu_t *read;
	featset_t differing, ignored;
	featset_status_t status = featset_read(&inventory, text, strlen(text), NULL, NULL, &error);

	if (status == FEATSET_E_UNSUPPORTED)
		return;
	if (status != FEATSET_OK)
		fail_msg("%s: %s\n%s", name, error.text, text);
	read = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	assert_non_null(read);
	featset_xor(&differing, featset_cpu_features(read), featset_policy_features(policy));
	featset_and(&differing, &differing, featset_cpu_known(read));
	undecided(&ignored);
	featset_minus(&differing, &differing, &ignored);
	assert_none(name, policy, "not what was written", &differing);
	if (strcmp(featset_platform_name(featset_policy_platform(policy)), "glibc") != 0) {
		featset_minus(&differing, featset_policy_features(policy), featset_cpu_features(read));
		featset_minus(&differing, &differing, &ignored);
		/* A reader does not know whether it is KVM that runs QEMU's model, and some of it stays open. */
		if (featset_policy_model(policy))
			featset_baseline_features(&ignored, featset_policy_model(policy));
		else
			featset_clear(&ignored);
		featset_minus(&ignored, &ignored, featset_cpu_known(read));
		featset_minus(&differing, &differing, &ignored);
		assert_none(name, policy, "written and not read", &differing);
	}
	featset_inventory_free(inventory);
}

/* Nothing is added, and of what user code can use nothing is lost in silence. */
static void assert_sound(const char *name, const featset_cpu_t *cpu, const featset_policy_t *policy)
{
	const char *platform = featset_platform_name(featset_policy_platform(policy));
	const featset_t *features = featset_policy_features(policy), *wanted = featset_cpu_features(cpu);
	featset_t some, ignored, basic;

	undecided(&ignored);
	featset_clear(&basic);
	if (featset_has(wanted, FEATSET_LM))
		featset_baseline_features(&basic, featset_baseline_find("qemu:qemu64-v1", NULL));
	featset_set_word(&basic, 1, 0);
	featset_set_word(&basic, 3, 0);
	featset_minus(&some, features, wanted);
	featset_minus(&some, &some, &ignored);
	featset_minus(&some, &some, &basic);
	if (!strcmp(platform, "vmware"))
		featset_remove(&some, FEATSET_SS);
	assert_none(name, policy, "added", &some);
	featset_and(&some, features, featset_policy_left_out(policy));
	assert_none(name, policy, "left out and there", &some);
	/* Compilers and glibc have no name for what they never use. */
	if (!strcmp(platform, "gcc") || !strcmp(platform, "clang") || !strcmp(platform, "glibc"))
		return;
	featset_minus(&some, wanted, features);
	featset_minus(&some, &some, featset_policy_left_out(policy));
	featset_of_scope(&basic, FEATSET_SCOPE_USER);
	featset_and(&some, &some, &basic);
	featset_minus(&some, &some, &ignored);
	featset_remove(&some, FEATSET_LWP);
	featset_remove(&some, FEATSET_PTWRITE);
	featset_remove(&some, FEATSET_INTEL_PT);
	assert_none(name, policy, "lost", &some);
}

static void every_baseline_comes_back(void **state)
{
	size_t policies = 0;

	(void)state;
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *baseline = featset_baseline_at(i);
		const char *name = featset_baseline_name(baseline);
		featset_cpu_t *cpu = cpu_of(baseline);

		for (size_t p = 0; p < featset_platform_count(); p++) {
			const featset_platform_t *platform = featset_platform_at(p);
			const char *called = featset_platform_name(platform);

			/* tests/test_policy.c has these. */
			if (!strcmp(called, "qemu") || !strcmp(called, "qmp") || !strcmp(called, "libvirt"))
				continue;
			for (unsigned flags = 0; flags <= FEATSET_POLICY_EXPANDED; flags++) {
				featset_policy_t *policy;

				if (featset_policy_new(&policy, cpu, platform, NULL, NULL, flags, NULL) != FEATSET_OK)
					continue;
				assert_comes_back(name, policy);
				assert_sound(name, cpu, policy);
				featset_policy_free(policy);
				policies++;
			}
		}
		featset_cpu_free(cpu);
	}
	assert_true(policies > 4000);
}

/* ---- for tests/test_policy_compilers.py --------------------------------------------------------- */

static void print_names(const featset_t *features)
{
	putchar('\t');
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		if (featset_feature_name(f, FEATSET_GCC))
			printf(" %s", featset_feature_name(f, FEATSET_GCC));
}

/* A line: baseline, target, options, the options' names that a program may use, all of them. */
static int print_options(const char *name)
{
	const featset_platform_t *platform = featset_platform_find(name, NULL);
	featset_t named;
	const char *target;

	featset_named(&named);
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *baseline = featset_baseline_at(i);
		featset_cpu_t *cpu = cpu_of(baseline);

		for (size_t t = 0; (target = featset_platform_target(platform, t)); t++) {
			for (unsigned flags = 0; flags <= FEATSET_POLICY_EXPANDED; flags++) {
				featset_policy_t *policy;

				if (featset_policy_new(&policy, cpu, platform, target, NULL, flags, NULL) != FEATSET_OK)
					continue;
				printf("%s\t%s\t%.*s", featset_baseline_name(baseline), target,
				       (int)strcspn(featset_policy_text(policy), "\n"), featset_policy_text(policy));
				print_names(featset_policy_features(policy));
				print_names(&named);
				putchar('\n');
				featset_policy_free(policy);
			}
		}
		featset_cpu_free(cpu);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ivy_bridge_without_rdrand),
		cmocka_unit_test(a_featureset_is_copied),
		cmocka_unit_test(not_for_every_cpu),
		cmocka_unit_test(what_cannot_be_said_is_told),
		cmocka_unit_test(templates_come_back),
		cmocka_unit_test(xl_strings_come_back),
		cmocka_unit_test(masks_of_vmx_are_read),
		cmocka_unit_test(every_baseline_comes_back),
	};

	if (argc > 1)
		return print_options(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
