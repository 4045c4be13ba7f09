/* SPDX-License-Identifier: MIT */
#ifndef FSI_HOST_INTERNAL_H
#define FSI_HOST_INTERNAL_H

#include "featset/host.h"

/*
 * What Linux says about Xen below `root` ("" for this machine): FEATSET_VIEW_DOM0,
 * FEATSET_VIEW_GUEST, or FEATSET_VIEW_UNKNOWN where there is no Xen.  CPUID cannot
 * tell: a paravirtual domain may run the real instruction.
 */
featset_view_t fsi_xen_view(const char *root);

/*
 * Adds to a cpu what KVM's copy of one model-specific register proves: bits that
 * are set there, that KVM does not make up, and that nothing else told.
 */
void fsi_add_kvm_msr(featset_cpu_t *cpu, uint32_t index, uint64_t value);

#endif
