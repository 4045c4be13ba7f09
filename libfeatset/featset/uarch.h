/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_UARCH_H
#define FEATSET_UARCH_H

/*
 * featset/uarch.h - the catalog of baselines
 *
 * A baseline is a named set: a microarchitecture (ivybridge), a psABI level
 * (x86-64-v3) or a hypervisor's model (qemu:Haswell-v4).  A microarchitecture's set is that of the full-featured part of
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
typedef struct featset_catalog featset_catalog_t; /* baselines of a user's own, see below */

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
 * By name, by title, or by a name that compilers, archspec, hypervisors or the
 * market use ("znver5", "Milan", "IvyBridge-EP"); a prefix says whose it is, as
 * in "gcc:znver5".  Letter case, '-', '_', '.' and blanks do not count.  A
 * baseline's own name goes before what others call by it.  A model has its project
 * in front; without, it is found where nothing else is called so.
 *
 * NULL with FEATSET_E_NAME and the nearest name in `error` when nothing is called
 * so; NULL with FEATSET_E_AMBIGUOUS and the choices when several are.
 */
FEATSET_API const featset_baseline_t *featset_baseline_find(const char *name, featset_error_t *error);

FEATSET_API const char *featset_baseline_name(const featset_baseline_t *baseline);
FEATSET_API const char *featset_baseline_title(const featset_baseline_t *baseline); /* "Haswell", "Skylake (client)" */
FEATSET_API featset_kind_t featset_baseline_kind(const featset_baseline_t *baseline);
FEATSET_API const char *featset_kind_name(featset_kind_t kind);
/* CPUID's vendor string, "" for psABI levels. */
FEATSET_API const char *featset_baseline_vendor(const featset_baseline_t *baseline);
/* Of the first part sold; 0 for models. */
FEATSET_API unsigned featset_baseline_year(const featset_baseline_t *baseline);
/*
 * For a part that is announced and not sold yet: where its features are described
 * ("gcc 16, LLVM 23"); such a row may still change.  NULL for all others.
 */
FEATSET_API const char *featset_baseline_preliminary(const featset_baseline_t *baseline);
/* What its row builds on; NULL at a root. */
FEATSET_API const featset_baseline_t *featset_baseline_parent(const featset_baseline_t *baseline);

FEATSET_API void featset_baseline_features(featset_t *dst, const featset_baseline_t *baseline);
/* What some parts of it lack for good. */
FEATSET_API void featset_baseline_fused(featset_t *dst, const featset_baseline_t *baseline);
/* What firmware, microcode, an operating system or a hypervisor is known to switch off in parts that have it. */
FEATSET_API void featset_baseline_switchable(featset_t *dst, const featset_baseline_t *baseline);

/*
 * Whose model it is ("QEMU", "libvirt"), and the oldest release of theirs in which
 * its row was checked ("7.2"); NULL for what is no model.
 */
FEATSET_API const char *featset_baseline_origin(const featset_baseline_t *baseline);
FEATSET_API const char *featset_baseline_since(const featset_baseline_t *baseline);

/* Family, models and steppings, as CPUID shows them. */
typedef struct featset_signature {
	unsigned family, model_first, model_last, stepping_first, stepping_last;
} featset_signature_t;

/*
 * The index-th signature, from 0: of a microarchitecture, of its parts; of a model,
 * what its guest sees, or for libvirt's what it is recognised by.  False past the
 * last; there need not be any.
 */
FEATSET_API bool featset_baseline_signature(const featset_baseline_t *baseline, size_t index,
					    featset_signature_t *signature);

/* Who else has a name for it. */
typedef enum featset_naming {
	FEATSET_NAMING_GCC, /* -march= */
	FEATSET_NAMING_CLANG,
	FEATSET_NAMING_ARCHSPEC,
	FEATSET_NAMING_QEMU, /* the nearest model of QEMU */
	FEATSET_NAMING_LIBVIRT,
	FEATSET_NAMING_EVC,    /* VMware's key of the mode */
	FEATSET_NAMING_MARKET, /* platforms and lines of products */
	FEATSET_NAMINGS        /* how many there are */
} featset_naming_t;

/* "gcc", "clang" ...; NULL when there is no such naming. */
FEATSET_API const char *featset_naming_name(featset_naming_t naming);
/* The index-th of its names there, from 0, the usual one first; NULL past the last. */
FEATSET_API const char *featset_baseline_alias(const featset_baseline_t *baseline, featset_naming_t naming,
					       size_t index);

/* ---- a cpu against the catalog ---------------------------------------------- */

/*
 * The microarchitecture of a part, from vendor, family, model and stepping
 * alone; NULL when the catalog does not have it or one of them is unknown.  What
 * the part can do is another question: look at its features.
 */
FEATSET_API const featset_baseline_t *featset_identify(const featset_cpu_t *cpu);

/*
 * What a part lacks of its microarchitecture, each by the likely reason; any of
 * the sets may be NULL.  Only what is known to be absent counts, and none of the
 * sets says anything about how the part came to be identified.
 *
 * fused     some parts lack it for good
 * switched  firmware, microcode or the operating system decides (TSX, SGX, VMX); TSX also when it is there and
 *           every transaction aborts
 * other     of the rest; for a guest, a control domain or a promise this is what its hypervisor masks, and
 *           contains what may be fused off beneath
 */
FEATSET_API void featset_baseline_lacks(const featset_baseline_t *baseline, const featset_cpu_t *cpu, featset_t *fused,
					featset_t *switched, featset_t *other);

/*
 * How far apart a cpu and a baseline are: the number of features of user code
 * that one has and the other has not.  `more` (may be NULL) gets what the cpu has
 * beyond the baseline, `less` (may be NULL) what it lacks.
 */
FEATSET_API unsigned featset_baseline_distance(const featset_baseline_t *baseline, const featset_cpu_t *cpu,
					       featset_t *more, featset_t *less);

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

/* ---- a catalog of one's own -------------------------------------------------- */

/*
 * Reads rows in the syntax of uarchs.def, which featset-catalog(5) describes.
 * They add to the built-in catalog; where the same part stands in both, the
 * user's row identifies it.  `file` names the input in errors and may be NULL.
 *
 * FEATSET_E_SYNTAX or FEATSET_E_NAME with line and column for a mistake,
 * FEATSET_E_LIMIT beyond 4 MiB, 1024 rows or 65536 features.  On failure *catalog
 * is NULL.
 */
FEATSET_API featset_status_t featset_catalog_read(featset_catalog_t **catalog, const void *data, size_t size,
						  const char *file, featset_error_t *error);
/* The same from a file; FEATSET_E_IO when it cannot be read. */
FEATSET_API featset_status_t featset_catalog_read_file(featset_catalog_t **catalog, const char *path,
						       featset_error_t *error);
/* Its baselines end with it.  NULL is allowed. */
FEATSET_API void featset_catalog_free(featset_catalog_t *catalog);

/*
 * As the calls above that bear the same names, over the built-in catalog and
 * then the user's rows; NULL means the built-in catalog alone.
 */
FEATSET_API size_t featset_catalog_count(const featset_catalog_t *catalog);
FEATSET_API const featset_baseline_t *featset_catalog_at(const featset_catalog_t *catalog, size_t index);
FEATSET_API const featset_baseline_t *featset_catalog_find(const featset_catalog_t *catalog, const char *name,
							   featset_error_t *error);
FEATSET_API const featset_baseline_t *featset_catalog_identify(const featset_catalog_t *catalog,
							       const featset_cpu_t *cpu);
FEATSET_API size_t featset_catalog_nearest(const featset_catalog_t *catalog, const featset_baseline_t **out, size_t max,
					   const featset_cpu_t *cpu);

#ifdef __cplusplus
}
#endif

#endif
