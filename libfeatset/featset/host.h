/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_HOST_H
#define FEATSET_HOST_H

/*
 * featset/host.h - this machine
 */

#include "cpu.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum featset_host_flags {
	FEATSET_HOST_ALL_CPUS = 1, /* every logical CPU, not only the one we run on */
	FEATSET_HOST_NO_MSR = 2    /* do not open /dev/kvm and /dev/cpu */
} featset_host_flags_t;

/*
 * Reads this machine's CPU.  `flags` is a sum of featset_host_flags_t.
 *
 * With FEATSET_HOST_ALL_CPUS the calling thread visits every logical CPU that
 * its affinity allows (and gets its affinity back); the answer is their
 * intersection, and each is there to look at with its core type.
 *
 * MSR features come from /dev/kvm (KVM's feature MSRs) or /dev/cpu/N/msr where
 * they can be read, and are unknown elsewhere.
 *
 * FEATSET_E_UNSUPPORTED where there is no CPUID, or in a build without it.
 */
FEATSET_API featset_status_t featset_host(featset_cpu_t **cpu, unsigned flags, featset_error_t *error);

/*
 * What of `features` code can use when XCR0 is `xcr0` (OSXSAVE clear: 0): states
 * that the operating system does not save take their instructions with them.
 */
FEATSET_API void featset_usable(featset_t *dst, const featset_t *features, uint64_t xcr0);

#ifdef __cplusplus
}
#endif

#endif
