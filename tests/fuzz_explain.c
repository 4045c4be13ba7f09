/* SPDX-License-Identifier: MIT */
/* Feeds texts to the explainer, without a pool and with a small one. */
#include "fuzz.h"

static const char pool_text[] = "uuid ( RO): 7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3\n"
				"    name-label ( RW): hera\n"
				"    cpu_info (MRO): vendor: GenuineIntel; features_hvm: "
				"1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab; "
				"features_hvm_host: 1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab\n"
				"\n\n"
				"uuid ( RO): e20b9f6a-4d15-48c7-b3a8-0f927d61c58e\n"
				"    name-label ( RW): zeus\n"
				"    cpu_info (MRO): vendor: GenuineIntel; features_hvm: "
				"1fcbfbff-f7ba2223-2d93fbff-00000403-00000001-00000281; "
				"features_hvm_host: 1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281\n"
				"\n\n"
				"uuid ( RO): 3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6\n"
				"    name-label ( RW): mail\n"
				"    power-state ( RO): running\n"
				"    resident-on ( RO): 7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3\n"
				"    last-boot-CPU-flags (MRO): vendor: GenuineIntel; features: "
				"1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab\n";

static void check_sentence(const char *text)
{
	if (!text || !*text)
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			abort();
}

static void explain(const uint8_t *data, size_t size, const featset_pool_t *pool)
{
	featset_explanation_t *explanation = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_explanation_new(&explanation, (const char *)data, size, pool, &error);

	if (status != FEATSET_OK) {
		fuzz_check_failure(status, explanation, &error);
		return;
	}
	for (size_t i = 0; i < featset_explanation_count(explanation); i++) {
		size_t vm = featset_explanation_vm(explanation, i), host = featset_explanation_host(explanation, i);

		if (i >= 4096 || !*featset_explanation_code(explanation, i))
			abort();
		check_sentence(featset_explanation_what(explanation, i));
		check_sentence(featset_explanation_cause(explanation, i));
		check_sentence(featset_explanation_cure(explanation, i));
		for (size_t c = 0; featset_explanation_command(explanation, i, c); c++)
			check_sentence(featset_explanation_command(explanation, i, c));
		if ((vm != FEATSET_NONE && vm >= featset_pool_vms(pool)) ||
		    (host != FEATSET_NONE && host >= featset_pool_hosts(pool)))
			abort();
		if (!featset_explanation_vm_text(explanation, i) || !featset_explanation_host_text(explanation, i))
			abort();
	}
	featset_explanation_free(explanation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	featset_inventory_t *inventory = NULL;
	featset_pool_t *pool = NULL;

	if (featset_read(&inventory, pool_text, sizeof(pool_text) - 1, NULL, NULL, NULL) != FEATSET_OK ||
	    featset_pool_new(&pool, inventory, NULL) != FEATSET_OK)
		abort();
	explain(data, size, NULL);
	explain(data, size, pool);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
	return 0;
}
