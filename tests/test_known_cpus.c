/* SPDX-License-Identifier: MIT */
/*
 * Real machines as /proc/cpuinfo and Firecracker's fingerprints show them: the
 * part is recognised, and what its row has, less what is fused or switchable, is
 * there.  (test_uarch.c does this for dumps of CPUID.)
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

/* The parts are what the files say of themselves; absent is what a guest of Firecracker does not see. */
static const struct expectation {
	const char *file, *name, *absent;
} table[] = {
	{ "cpuinfo/e5-2650v2-rhel7.txt", "ivybridge", "" },
	{ "cpuinfo/e5-2680v3-rhel7.txt", "haswell", "" },
	{ "firecracker/fingerprint_AMD_MILAN_6.1host.json", "zen3", "" },
	{ "firecracker/fingerprint_INTEL_CASCADELAKE_6.1host.json", "cascadelake", "" },
	{ "firecracker/fingerprint_INTEL_SAPPHIRE_RAPIDS_6.1host.json", "sapphirerapids", "" },
};

static const char *shared(void)
{
	const char *path = getenv("FEATSET_SHARED");

	return path && *path ? path : "../shared";
}

static featset_inventory_t *load(const char *file)
{
	char path[512];
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };
	featset_status_t status;
	FILE *stream;

	snprintf(path, sizeof path, "%s/data/%s", shared(), file);
	stream = fopen(path, "r");
	if (!stream) {
		print_message("SKIPPED: no %s (set FEATSET_SHARED)\n", path);
		skip();
	}
	fclose(stream);
	status = featset_read_file(&inventory, path, NULL, 0, &error);
	if (status == FEATSET_E_UNSUPPORTED || status == FEATSET_E_FORMAT) {
		print_message("SKIPPED: %s: %s\n", file, error.text);
		skip();
	}
	if (status != FEATSET_OK)
		fail_msg("%s: %s", file, error.text);
	return inventory;
}

static void check(const struct expectation *e)
{
	featset_inventory_t *inventory = load(e->file);
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	const featset_baseline_t *part = featset_identify(cpu);
	featset_t own, less, absent;
	char name[64];

	if (!part || strcmp(featset_baseline_name(part), e->name) != 0)
		fail_msg("%s: identified as %s", e->file, part ? featset_baseline_name(part) : "nothing");
	featset_baseline_features(&own, part);
	featset_baseline_fused(&less, part);
	featset_minus(&own, &own, &less);
	featset_baseline_switchable(&less, part);
	featset_minus(&own, &own, &less);
	featset_minus(&absent, &own, featset_cpu_features(cpu));
	featset_and(&absent, &absent, featset_cpu_known(cpu));
	for (featset_feature_t f = featset_next(&absent, 0); f < FEATSET_BITS; f = featset_next(&absent, f + 1)) {
		featset_feature_spell(name, sizeof name, f, FEATSET_CANONICAL);
		if (!strstr(e->absent, name))
			print_message("%s lacks %s\n", e->file, name);
		assert_non_null(strstr(e->absent, name));
	}
	featset_inventory_free(inventory);
}

static void test_known_cpus(void **state)
{
	check(*state);
}

/* What Linux shows in a virtual machine of Azure on a Xeon Platinum 8272CL (hubblo-org/scaphandre, issue 25). */
static void test_masked_guest(void **state)
{
	static const char text[] =
		"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
		"model name\t: Intel(R) Xeon(R) Platinum 8272CL CPU @ 2.60GHz\nstepping\t: 7\n"
		"flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr "
		"sse "
		"sse2 ss ht syscall nx pdpe1gb rdtscp lm constant_tsc rep_good nopl xtopology cpuid pni pclmulqdq vmx "
		"ssse3 fma cx16 pcid sse4_1 sse4_2 movbe popcnt aes xsave avx f16c rdrand hypervisor lahf_lm abm "
		"3dnowprefetch invpcid_single pti tpr_shadow vnmi ept vpid fsgsbase bmi1 hle avx2 smep bmi2 erms "
		"invpcid "
		"rtm mpx avx512f avx512dq rdseed adx smap clflushopt avx512cd avx512bw avx512vl xsaveopt xsavec xsaves "
		"md_clear\n";
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };
	const featset_cpu_t *cpu;
	featset_t fused, other;

	(void)state;
	if (featset_read(&inventory, text, sizeof text - 1, NULL, NULL, &error) != FEATSET_OK)
		fail_msg("%s", error.text);
	cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	assert_string_equal(featset_baseline_name(featset_identify(cpu)), "cascadelake");
	featset_baseline_lacks(featset_identify(cpu), cpu, &fused, NULL, &other);
	assert_true(featset_is_empty(&fused)); /* a guest: nobody can tell from here */
	assert_false(featset_has(&other, FEATSET_AVX512F));
	assert_int_equal(featset_psabi(cpu), 4);
	featset_inventory_free(inventory);
}

/*
 * Words of Celerons as their kernels showed them: leaf 7's EBX of G1840 and 2955U without smep and of 3215U without
 * smap too, 80000001's EDX of a Jasper Lake without pdpe1gb.
 */
static void test_celerons(void **state)
{
	static const struct {
		int model, stepping;
		featset_feature_t beside; /* some feature of the word */
		uint32_t bits;
	} parts[] = {
		{ 0x3c, 3, FEATSET_SMEP, 0x00002603 },
		{ 0x45, 1, FEATSET_SMEP, 0x00002603 },
		{ 0x3d, 4, FEATSET_SMEP, 0x02042603 },
		{ 0x9c, 0, FEATSET_PDPE1GB, 0x28100800 },
	};
	featset_t other;

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		featset_cpu_t *cpu = featset_cpu_new();

		featset_cpu_set_vendor(cpu, "GenuineIntel");
		featset_cpu_set_number(cpu, FEATSET_FAMILY, 6);
		featset_cpu_set_number(cpu, FEATSET_MODEL, parts[i].model);
		featset_cpu_set_number(cpu, FEATSET_STEPPING, parts[i].stepping);
		featset_cpu_set_word(cpu, parts[i].beside / 32, parts[i].bits);
		featset_baseline_lacks(featset_identify(cpu), cpu, NULL, NULL, &other);
		assert_true(featset_is_empty(&other));
		featset_cpu_free(cpu);
	}
}

/* Linux prints Zhaoxin's vendor string as it is, others without its blanks. */
static void test_shanghai(void **state)
{
	static const char *const texts[] = {
		"processor\t: 0\nvendor_id\t:   Shanghai  \ncpu family\t: 7\nmodel\t\t: 59\nstepping\t: 0\n"
		"flags\t\t: fpu vme de pse tsc msr\n",
		"processor\t: 0\nvendor_id\t: Shanghai\ncpu family\t: 7\nmodel\t\t: 59\nstepping\t: 0\n"
		"flags\t\t: fpu vme de pse tsc msr\n",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		featset_inventory_t *inventory = NULL;
		const featset_cpu_t *cpu;

		assert_int_equal(featset_read(&inventory, texts[i], strlen(texts[i]), NULL, NULL, NULL), FEATSET_OK);
		cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
		assert_string_equal(featset_baseline_name(featset_identify(cpu)), "lujiazui");
		featset_inventory_free(inventory);
	}
}

int main(void)
{
	struct CMUnitTest tests[sizeof table / sizeof *table + 3];

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		tests[i] = (struct CMUnitTest){ table[i].file, test_known_cpus, NULL, NULL, (void *)&table[i] };
	tests[sizeof table / sizeof *table] = (struct CMUnitTest)cmocka_unit_test(test_masked_guest);
	tests[sizeof table / sizeof *table + 1] = (struct CMUnitTest)cmocka_unit_test(test_celerons);
	tests[sizeof table / sizeof *table + 2] = (struct CMUnitTest)cmocka_unit_test(test_shanghai);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
