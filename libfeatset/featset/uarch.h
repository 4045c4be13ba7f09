/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_UARCH_H
#define FEATSET_UARCH_H

/*
 * featset/uarch.h - the catalog of baselines
 *
 * A baseline is a named set: a microarchitecture (ivybridge) or a psABI level
 * (x86-64-v3).  A microarchitecture's set is that of the full-featured part of
 * its generation with default firmware and current microcode; what some parts
 * lack stands apart as fused (cut off for good) and switchable (firmware or a
 * microcode update decides).
 *
 * Baselines are constants: pointers to them are never freed and compare equal
 * when they mean the same baseline.  Their sets are worked out on each call.
 */

#include "cpu.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct featset_baseline featset_baseline_t;

typedef enum featset_kind {
	FEATSET_KIND_UARCH, /* a microarchitecture */
	FEATSET_KIND_PSABI, /* an x86-64 psABI level */
	FEATSET_KIND_MODEL, /* a hypervisor's model */
	FEATSET_KINDS
} featset_kind_t;

/* ---- the catalog ------------------------------------------------------------ */

FEATSET_API size_t featset_baseline_count(void);
/* In the catalog's order, parents before children; NULL past the end. */
FEATSET_API const featset_baseline_t *featset_baseline_at(size_t index);
/*
 * By name; letter case and '-' against '_' do not matter.  NULL, with
 * FEATSET_E_NAME and the nearest name in `error`, when there is none.
 */
FEATSET_API const featset_baseline_t *featset_baseline_find(const char *name, featset_error_t *error);

FEATSET_API const char *featset_baseline_name(const featset_baseline_t *baseline);
FEATSET_API const char *featset_baseline_title(const featset_baseline_t *baseline); /* "Haswell", "Skylake (client)" */
FEATSET_API featset_kind_t featset_baseline_kind(const featset_baseline_t *baseline);
FEATSET_API const char *featset_kind_name(featset_kind_t kind);
/* CPUID's vendor string, "" for psABI levels. */
FEATSET_API const char *featset_baseline_vendor(const featset_baseline_t *baseline);
FEATSET_API unsigned featset_baseline_year(const featset_baseline_t *baseline);
/* What its row builds on; NULL at a root. */
FEATSET_API const featset_baseline_t *featset_baseline_parent(const featset_baseline_t *baseline);

FEATSET_API void featset_baseline_features(featset_t *dst, const featset_baseline_t *baseline);
/* What some parts of it lack for good. */
FEATSET_API void featset_baseline_fused(featset_t *dst, const featset_baseline_t *baseline);
/* What firmware or microcode may switch. */
FEATSET_API void featset_baseline_switchable(featset_t *dst, const featset_baseline_t *baseline);

/* ---- a cpu against the catalog ---------------------------------------------- */

/*
 * The microarchitecture of a part, from vendor, family, model and stepping
 * alone; NULL when the catalog does not have it or one of them is unknown.  What
 * the part can do is another question: look at its features.
 */
FEATSET_API const featset_baseline_t *featset_identify(const featset_cpu_t *cpu);

/*
 * Is this cpu at least this baseline?  It is unless a bit of the baseline that
 * user code can use is known to be absent.  `missing` (may be NULL) gets those
 * that are absent, `unknown` (may be NULL) those that were not read.  A few bits
 * do not count, because nothing built for the baseline depends on them: fast
 * strings, hints that read as a NOP, SYSCALL (which 32-bit readers do not see),
 * and what hypervisors withhold and programs have to ask for (MWAITX, UINTR ...).
 */
FEATSET_API featset_answer_t featset_baseline_fits(const featset_baseline_t *baseline, const featset_cpu_t *cpu,
						   featset_t *missing, featset_t *unknown);

/*
 * The nearest baselines: those the cpu has, of which no other it has is larger.
 * Writes at most `max` of them, the best first, and returns how many there are.
 * Of baselines with equal sets only the eldest counts.  Where bits were not read
 * the baseline counts that has more of what is there and assumes less; nothing
 * is near a cpu of which nothing is known.
 */
FEATSET_API size_t featset_nearest(const featset_baseline_t **out, size_t max, const featset_cpu_t *cpu);

/*
 * The x86-64 psABI level: 1 to 4, or 0 when not even the first is there.  Where
 * the usable set is known it decides, because code runs on what the operating
 * system enabled.
 */
FEATSET_API int featset_psabi(const featset_cpu_t *cpu);

#ifdef __cplusplus
}
#endif

#endif
