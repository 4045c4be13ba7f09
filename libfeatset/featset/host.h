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
 * MSR features come from /dev/cpu/N/msr where it can be read.  Elsewhere bits
 * that KVM's feature MSRs (/dev/kvm) show as set are taken over, less those that
 * KVM makes up; a bit clear there stays unknown, since KVM hides what it does not
 * offer to guests.  What CPUID says is absent stays absent.  VMX capabilities
 * come from the msr device only: KVM's are those of the VMX that it emulates.
 *
 * The cpu gets XCR0 (0 while OSXSAVE is clear), the usable set, and the view:
 * hardware, a guest's, or that of Xen's control domain.
 *
 * FEATSET_E_IO when a CPU cannot be visited, or the affinity not be given back.
 * FEATSET_E_UNSUPPORTED where there is no CPUID, or in a build without it.
 */
FEATSET_API featset_status_t featset_host(featset_cpu_t **cpu, unsigned flags, featset_error_t *error);

/*
 * What of `features` code can use when XCR0 is `xcr0` (OSXSAVE clear: 0): states
 * that the operating system does not save take their instructions with them.
 * SSE to SSE4.2 do not depend on XCR0, nor do the VEX-coded instructions on
 * general registers (BMI1, BMI2).  PKU needs OSPKE in `features`, Key Locker its
 * own mirror bit.  Of the states that XCR0 could hold (word d.0.eax) those remain
 * that it does hold.
 *
 * Not judged, since nothing here tells: what the kernel keeps for itself in
 * CR4 and XSS without a mirror in CPUID (CET, user interrupts), and Linux's
 * permission that each process must ask for before it uses AMX.
 */
FEATSET_API void featset_usable(featset_t *dst, const featset_t *features, uint64_t xcr0);

#ifdef __cplusplus
}
#endif

#endif
