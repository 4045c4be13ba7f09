/* SPDX-License-Identifier: MIT */
/* Feeds bytes to the readers of XML. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const family[] = { "libvirt", "libvirt-cpudata", "xapi-db", NULL };

	fuzz_family(family, data, size);
	return 0;
}
