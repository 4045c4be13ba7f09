/* SPDX-License-Identifier: MIT */
/* Sets of features as values: no allocation, no errors, nothing to free. */
#include <featset.h>

#include <stdio.h>

int main(void)
{
	featset_t ivybridge, haswell, gained;

	featset_baseline_features(&ivybridge, featset_baseline_find("ivybridge", NULL));
	featset_baseline_features(&haswell, featset_baseline_find("haswell", NULL));
	featset_minus(&gained, &haswell, &ivybridge);

	printf("Haswell brings");
	for (featset_feature_t f = featset_next(&gained, 0); f < FEATSET_BITS; f = featset_next(&gained, f + 1))
		printf(" %s", featset_feature_name(f, FEATSET_CANONICAL));
	printf("\nIvy Bridge runs on Haswell: %s\n", featset_subset(&ivybridge, &haswell) ? "yes" : "no");
	return !featset_has(&gained, FEATSET_AVX2);
}
