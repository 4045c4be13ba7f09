/* SPDX-License-Identifier: MIT */
/* Feeds bytes to the readers of what xe and xl print. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const family[] = { "xe", "xen", "xl", NULL };

	fuzz_family(family, data, size);
	return 0;
}
