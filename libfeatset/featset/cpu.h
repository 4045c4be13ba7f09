/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_CPU_H
#define FEATSET_CPU_H

/*
 * featset/cpu.h - a CPU as somebody saw it
 *
 * A cpu is a set of features beside a second set, the known ones: what was not
 * read is not zero.  It also carries what identifies the part (vendor, family,
 * model, stepping, brand) and the numbers that are no flags (largest leaves,
 * address widths, the AVX10 version).
 *
 * A cpu may stand for several logical CPUs; it is then their intersection, and
 * each of them can be looked at.
 */

#include "feature.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct featset_cpu featset_cpu_t;

/* Who looked through which glasses. */
typedef enum featset_view {
	FEATSET_VIEW_UNKNOWN,  /* nothing tells */
	FEATSET_VIEW_HARDWARE, /* no hypervisor bit */
	FEATSET_VIEW_GUEST,    /* inside a virtual machine: what its hypervisor shows */
	FEATSET_VIEW_DOM0,     /* inside Xen's control domain: what Xen shows to it */
	FEATSET_VIEW_PROMISED  /* what a hypervisor offers to its guests */
} featset_view_t;

/* Numbers of a cpu; -1 where unknown. */
typedef enum featset_number {
	FEATSET_FAMILY,        /* display family: base plus extended */
	FEATSET_MODEL,         /* display model */
	FEATSET_STEPPING,
	FEATSET_MAX_BASIC,     /* largest leaf below 0x40000000 */
	FEATSET_MAX_SUBLEAF_7, /* largest subleaf of leaf 7 */
	FEATSET_MAX_HYPERVISOR,/* largest leaf from 0x40000000 on */
	FEATSET_MAX_EXTENDED,  /* largest leaf from 0x80000000 on */
	FEATSET_MAX_CENTAUR,   /* largest leaf from 0xc0000000 on */
	FEATSET_PHYS_BITS,     /* width of physical addresses */
	FEATSET_LINEAR_BITS,   /* width of linear addresses */
	FEATSET_AVX10_VERSION, /* 0 when AVX10 is absent */
	FEATSET_XCR0,          /* XCR0 as the operating system left it */
	FEATSET_XEN_LENGTH,    /* how many words the Xen featureset had that this was read from */
	FEATSET_NUMBERS        /* how many there are */
} featset_number_t;

/* ---- making and freeing --------------------------------------------------- */

/* An empty cpu of which nothing is known; NULL when there is no memory. */
FEATSET_API featset_cpu_t *featset_cpu_new(void);
/* A deep copy; NULL when there is no memory. */
FEATSET_API featset_cpu_t *featset_cpu_copy(const featset_cpu_t *cpu);
FEATSET_API void featset_cpu_free(featset_cpu_t *cpu);

/*
 * Reads CPUID from anything that can answer it.  `cpuid` fills regs (EAX, EBX,
 * ECX, EDX) for one leaf and subleaf and returns true, or returns false when it
 * has no such reading; `msr` does the same for a model-specific register and may
 * be NULL; both get `context`.
 *
 * Leaves and subleaves past the maximum that the CPU states are not asked for:
 * their features are known to be absent.  What `cpuid` could have answered and
 * did not stays unknown.
 *
 * FEATSET_E_SYNTAX when leaf 0 cannot be read.
 */
typedef bool (*featset_cpuid_fn)(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4]);
typedef bool (*featset_msr_fn)(void *context, uint32_t index, uint64_t *value);
FEATSET_API featset_status_t featset_cpu_read(featset_cpu_t **cpu, featset_cpuid_fn cpuid, featset_msr_fn msr,
					      void *context, featset_error_t *error);

/*
 * The intersection of several logical CPUs of one machine, which keeps a copy of
 * each.  Identity is the first one's.  FEATSET_E_ARGUMENT when count is 0.
 */
FEATSET_API featset_status_t featset_cpu_join(featset_cpu_t **cpu, const featset_cpu_t *const *cpus, size_t count,
					      featset_error_t *error);

/* ---- looking ---------------------------------------------------------------- */

/* The features, and which bits were read; a bit outside the known ones is 0 in the features. */
FEATSET_API const featset_t *featset_cpu_features(const featset_cpu_t *cpu);
FEATSET_API const featset_t *featset_cpu_known(const featset_cpu_t *cpu);
/* What the operating system enabled (see host.h); NULL when that is unknown, as for every dump. */
FEATSET_API const featset_t *featset_cpu_usable(const featset_cpu_t *cpu);
/* Bits that the source sets whatever the CPU, so that they say nothing (XAPI's compatibility bits). */
FEATSET_API const featset_t *featset_cpu_compat(const featset_cpu_t *cpu);
/* Which words were read as a whole: bit w for word w. */
FEATSET_API uint64_t featset_cpu_words(const featset_cpu_t *cpu);
/* One word as it was read, number fields and all; 0 when it was not. */
FEATSET_API uint32_t featset_cpu_word(const featset_cpu_t *cpu, unsigned word);

/* Strings; "" where unknown.  The vendor is CPUID's, such as "GenuineIntel". */
FEATSET_API const char *featset_cpu_vendor(const featset_cpu_t *cpu);
FEATSET_API const char *featset_cpu_brand(const featset_cpu_t *cpu);
FEATSET_API const char *featset_cpu_hypervisor(const featset_cpu_t *cpu); /* its signature, such as "KVMKVMKVM" */
FEATSET_API int64_t featset_cpu_number(const featset_cpu_t *cpu, featset_number_t number);
FEATSET_API featset_view_t featset_cpu_view(const featset_cpu_t *cpu);

/* The logical CPUs it stands for: how many (0 when it is one alone) and each. */
FEATSET_API size_t featset_cpu_count(const featset_cpu_t *cpu);
FEATSET_API const featset_cpu_t *featset_cpu_at(const featset_cpu_t *cpu, size_t index);
/* A logical CPU's core type as leaf 1Ah or the source gives it: "P", "E", "LP" or "". */
FEATSET_API const char *featset_cpu_core_type(const featset_cpu_t *cpu);

/* ---- changing --------------------------------------------------------------- */

/* Features outside `known` are dropped. */
FEATSET_API void featset_cpu_set_features(featset_cpu_t *cpu, const featset_t *features, const featset_t *known);
/* Sets one whole word as it was read, number fields and all, and marks it as read. */
FEATSET_API void featset_cpu_set_word(featset_cpu_t *cpu, unsigned word, uint32_t bits);
FEATSET_API void featset_cpu_set_usable(featset_cpu_t *cpu, const featset_t *usable);
FEATSET_API void featset_cpu_set_compat(featset_cpu_t *cpu, const featset_t *compat);
/* Longer strings are cut at 12 bytes for vendor and hypervisor, 48 for the brand. */
FEATSET_API void featset_cpu_set_vendor(featset_cpu_t *cpu, const char *vendor);
FEATSET_API void featset_cpu_set_brand(featset_cpu_t *cpu, const char *brand);
FEATSET_API void featset_cpu_set_hypervisor(featset_cpu_t *cpu, const char *signature);
FEATSET_API void featset_cpu_set_core_type(featset_cpu_t *cpu, const char *type);
FEATSET_API void featset_cpu_set_number(featset_cpu_t *cpu, featset_number_t number, int64_t value);
FEATSET_API void featset_cpu_set_view(featset_cpu_t *cpu, featset_view_t view);

/* ---- comparing -------------------------------------------------------------- */

typedef enum featset_answer {
	FEATSET_NO,
	FEATSET_YES,
	FEATSET_UNKNOWN /* a bit that matters was not read */
} featset_answer_t;

/*
 * Does `host` offer everything `guest` has?  `missing` (may be NULL) gets what
 * the host is known to lack, `unknown` (may be NULL) what was not read there.
 * Compatibility bits of the guest's source, dynamic bits, hints, copies and
 * inverted bits do not count, nor do KVM's paravirtual features unless the host
 * was seen under KVM too: they are the hypervisor's.  Of what nobody read in the guest, only bits that
 * user code can use make the answer unknown.
 *
 * A cpu that was read from a Xen featureset is all its hypervisor offers or was
 * asked for: beyond its length Xen's words are zero, as XAPI takes them, and as
 * a guest it has nothing else.
 */
FEATSET_API featset_answer_t featset_cpu_fits(const featset_cpu_t *guest, const featset_cpu_t *host, featset_t *missing,
					      featset_t *unknown);

/*
 * The features of `a` that `b` lacks, split by what a person can act on: `act`
 * gets capabilities, firmware switches, mitigations and numbers that have a
 * name, `other` the rest (copies, hints, dynamic, inverted, compatibility bits,
 * bits without a name).
 */
FEATSET_API void featset_cpu_split(const featset_cpu_t *cpu, const featset_t *features, featset_t *act,
				   featset_t *other);

#ifdef __cplusplus
}
#endif

#endif
