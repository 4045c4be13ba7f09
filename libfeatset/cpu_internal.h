/* SPDX-License-Identifier: MIT */
#ifndef FSI_CPU_INTERNAL_H
#define FSI_CPU_INTERNAL_H

/* What levels and logical CPUs share, for the library's own use. */

#include "featset/cpu.h"

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
