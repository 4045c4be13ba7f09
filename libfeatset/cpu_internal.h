/* SPDX-License-Identifier: MIT */
#ifndef FSI_CPU_INTERNAL_H
#define FSI_CPU_INTERNAL_H

/* What levels and logical CPUs share, for the library's own use. */

#include "featset/cpu.h"

/*
 * A cpu may have several owners once nobody changes it any more: many hosts of a
 * pool have the same one.  Each owner gives it to featset_cpu_free when it is
 * done, in any order and any thread, and shows it to others as const.
 */
void fsi_cpu_freeze(featset_cpu_t *cpu);
/* The cpu itself with one owner more if it is frozen, else a frozen copy; NULL when there is no memory. */
featset_cpu_t *fsi_cpu_share(const featset_cpu_t *cpu);

/*
 * ANDs `more` into `features`, and makes `known` what is known of the outcome:
 * known in both, or known to be 0 in one.
 */
void fsi_and_known(featset_t *features, featset_t *known, const featset_t *more, const featset_t *more_known);

/*
 * featset_cpu_read of what a file states.  A feature of a leaf or register that
 * exists only together with another one counts where the file has its bit, even
 * without the other: whoever wrote it, such as a hypervisor that masks one and
 * shows the other, has it.
 */
featset_status_t fsi_cpu_read_stated(featset_cpu_t **cpu, featset_cpuid_fn cpuid, featset_msr_fn msr, void *context,
				     featset_error_t *error);

/* All that featset_cpu_split calls actionable, but for the compatibility bits of a source. */
void fsi_actionable(featset_t *dst);

#endif
