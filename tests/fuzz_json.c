/* SPDX-License-Identifier: MIT */
/* Feeds bytes to the readers of JSON. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const family[] = { "firecracker", "json", "lscpu", "nfd", "qemu", "xapi", NULL };

	fuzz_family(family, data, size);
	return 0;
}
