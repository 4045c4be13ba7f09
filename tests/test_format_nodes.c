/* SPDX-License-Identifier: MIT */
/*
 * NodeFeature objects of node-feature-discovery, in YAML and JSON.
 *
 * Their shape: the project's page on custom resources; the names of features are
 * klauspost/cpuid's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

#define OBJECT "apiVersion: nfd.k8s-sigs.io/v1alpha1\nkind: NodeFeature\n"

static featset_inventory_t *read_text(const char *text)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_read(&inventory, text, strlen(text), NULL, "nodes", &error);

	if (status == FEATSET_E_UNSUPPORTED)
		skip();
	if (status != FEATSET_OK)
		fail_msg("%s", error.text);
	assert_string_equal(featset_inventory_format(inventory), "nfd");
	return inventory;
}

static featset_inventory_t *read_seed(const char *path)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_read_file(&inventory, path, NULL, 0, &error);

	if (status == FEATSET_E_UNSUPPORTED)
		skip();
	if (status != FEATSET_OK)
		fail_msg("%s", error.text);
	return inventory;
}

static void check(const featset_inventory_t *inventory, size_t host, const char *name, const char *features)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU), *other;
	featset_cpu_t *expected;

	assert_string_equal(featset_inventory_host_name(inventory, host), name);
	assert_non_null(cpu);
	assert_int_equal(featset_expression(&expected, features, NULL), FEATSET_OK);
	other = expected;
	assert_true(featset_equal(featset_cpu_features(cpu), featset_cpu_features(other)));
	/* What is not in the list nobody knows. */
	assert_true(featset_equal(featset_cpu_known(cpu), featset_cpu_features(cpu)));
	featset_cpu_free(expected);
}

static void yaml_list(void **state)
{
	featset_inventory_t *inventory = read_seed("tests/corpus/names/nfd-feature-yaml");
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	/* Modules of the kernel are no features, nor are the fields that somebody manages. */
	check(inventory, 0, "kube1", "avx2+popcnt+aes");
	check(inventory, 1, "kube2", "sse4_1+sse4_2");
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), 6);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), 85);
	featset_inventory_free(inventory);
}

static void json_object(void **state)
{
	featset_inventory_t *inventory = read_seed("tests/corpus/json/nfd-feature");
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	check(inventory, 0, "kube1", "avx2+sse4a+aes");
	assert_string_equal(featset_cpu_vendor(cpu), "AuthenticAMD");
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), 25);
	featset_inventory_free(inventory);
}

/* One object alone; several documents; an object that says nothing about the CPU is no host. */
static void yaml_documents(void **state)
{
	featset_inventory_t *inventory = read_text(
		OBJECT "metadata:\n  name: one\nspec:\n  features:\n    flags:\n      cpu.cpuid:\n        elements:\n"
		       "          AVX: {}\n    instances:\n      cpu.other:\n        elements: []\n---\n" OBJECT
		       "metadata:\n  name: gpu\nspec:\n  labels:\n    vendor-xpu: \"true\"\n---\n" OBJECT
		       "metadata:\n  labels:\n    nfd.node.kubernetes.io/node-name: two\n  name: x\nspec:\r\n"
		       "  labels:\n    \"feature.node.kubernetes.io/cpu-cpuid.FMA3\": \"true\"\n");

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	check(inventory, 0, "one", "avx");
	check(inventory, 1, "two", "fma");
	featset_inventory_free(inventory);
}

/* A rule has the same words in it, and tells of no node. */
static void rules(void **state)
{
	static const char rule[] = "apiVersion: nfd.k8s-sigs.io/v1alpha1\nkind: NodeFeatureRule\nspec:\n  rules:\n"
				   "  - matchFeatures:\n    - feature: cpu.cpuid\n";
	featset_inventory_t *inventory = NULL;

	(void)state;
	assert_int_equal(featset_read(&inventory, rule, strlen(rule), NULL, NULL, NULL), FEATSET_E_FORMAT);
	assert_null(inventory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_list),
		cmocka_unit_test(json_object),
		cmocka_unit_test(yaml_documents),
		cmocka_unit_test(rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
