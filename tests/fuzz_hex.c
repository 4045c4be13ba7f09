/* SPDX-License-Identifier: MIT */
/* Feeds bytes to the readers of hexadecimal dumps. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const family[] = { "aida64", "cpuid",   "kcpuid",    "libcpuid",
					      "tycho",  "vmx",     "x86info",   "xe-platform",
					      "xen-cpuid", "xl-cfg", NULL };

	fuzz_family(family, data, size);
	return 0;
}
