/* SPDX-License-Identifier: MIT */
/* A program of somebody else's: knows nothing but pkg-config and <featset.h>.  C11 and C++11. */
#include <featset.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	featset_cpu_t *guest = NULL;
	featset_error_t error;
	featset_t features, avx2;
	const featset_baseline_t *haswell = featset_baseline_find("haswell", &error);

	if (!haswell || featset_baseline_find("hasswell", &error) || !strstr(error.text, "haswell"))
		return 1;
	featset_clear(&avx2);
	featset_add(&avx2, FEATSET_AVX2);
	featset_baseline_features(&features, haswell);
	if (!featset_subset(&avx2, &features) || featset_subset(&features, &avx2))
		return 1;
	if (featset_expression(&guest, "ivybridge+avx2", &error) != FEATSET_OK) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	printf("%u features\n", featset_count(featset_cpu_features(guest)));
	featset_cpu_free(guest);
	return 0;
}
