/* SPDX-License-Identifier: MIT */
/* Feeds bytes to the readers of names, to the arithmetic of names, and to every look-up by name. */
#include "fuzz.h"

/* A sum, spelt out, is the same sum. */
static void check_sum(const featset_cpu_t *cpu)
{
	const featset_format_t *names = featset_format_find("names", NULL);
	featset_cpu_t *again;
	size_t length = 0;
	char *text;

	fuzz_look_at_cpu(cpu);
	if (featset_is_empty(featset_cpu_features(cpu)))
		return;
	if (featset_write(NULL, 0, &length, cpu, names, FEATSET_CANONICAL, NULL, NULL) != FEATSET_OK)
		abort();
	text = malloc(length + 1);
	if (!text ||
	    featset_write(text, length + 1, &length, cpu, names, FEATSET_CANONICAL, NULL, NULL) != FEATSET_OK ||
	    featset_expression(&again, text, NULL) != FEATSET_OK ||
	    !featset_equal(featset_cpu_features(cpu), featset_cpu_features(again)))
		abort();
	featset_cpu_free(again);
	free(text);
}

static void look_up(const char *text)
{
	featset_feature_t feature;
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = NULL;
	featset_status_t status = featset_expression(&cpu, text, &error);
	featset_t set;
	size_t length;

	if (status == FEATSET_OK)
		check_sum(cpu);
	else
		fuzz_check_failure(status, cpu, &error);
	featset_cpu_free(cpu);
	if (featset_feature_find(&feature, text, FEATSET_ANY_DIALECT, &error) == FEATSET_OK && feature >= FEATSET_BITS)
		abort();
	featset_baseline_find(text, &error);
	featset_format_find(text, &error);
	featset_word_find(text);
	featset_rule_find(text);
	if (featset_xen_read(&set, &length, text, &error) == FEATSET_OK && length > FEATSET_XEN_WORDS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const family[] = { "cpu-models", "cpuinfo", "gcc", "glibc-tunables", "incus", "kubevirt",
					      "lscpu", "march", "names", "nfd", "nova", "qemu",
					      "qm", "xl-cfg", NULL };
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	look_up(text);
	free(text);
	fuzz_family(family, data, size);
	return 0;
}
