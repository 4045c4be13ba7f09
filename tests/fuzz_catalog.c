/* SPDX-License-Identifier: MIT */
/* Feeds bytes to the reader of catalogs, and asks about every row it gives. */
#include "fuzz.h"

/* What every row must be: named, found by its name, with sets that can be worked out. */
static void look_at(const featset_catalog_t *catalog)
{
	size_t built_in = featset_baseline_count(), count = featset_catalog_count(catalog);

	for (size_t i = built_in; i < count; i++) {
		const featset_baseline_t *row = featset_catalog_at(catalog, i);
		featset_t set;

		if (i < built_in + 64 && featset_catalog_find(catalog, featset_baseline_name(row), NULL) != row)
			abort();
		if (!featset_baseline_title(row)[0] || featset_baseline_parent(row) == row)
			abort();
		featset_baseline_features(&set, row);
		featset_baseline_fused(&set, row);
		featset_baseline_switchable(&set, row);
	}
	if (featset_catalog_at(catalog, count))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	featset_catalog_t *catalog = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_catalog_read(&catalog, data, size, "fuzz", &error);

	if (status == FEATSET_OK)
		look_at(catalog);
	else
		fuzz_check_failure(status, catalog, &error);
	featset_catalog_free(catalog);
	return 0;
}
