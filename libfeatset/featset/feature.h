/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FEATURE_H
#define FEATSET_FEATURE_H

/*
 * featset/feature.h - what the bits of a set mean
 *
 * Every named bit has one row in features.def: where it stands, its class, how
 * it merges over a pool, whether user code can use it, and its canonical name,
 * which is Linux's spelling where Linux has one that is unique.  Other dialects'
 * spellings are in aliases.def where they differ.
 */

#include "error.h"
#include "set.h"

#ifdef __cplusplus
extern "C" {
#endif

/* FEATSET_AVX2, FEATSET_RDRAND ...: numbers, never changing. */
enum {
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) FEATSET_##id = (word)*32 + (bit),
#include "features.def"
	FEATSET_FEATURE_NONE = FEATSET_BITS /* "no feature" where a feature is expected */
};

/* What kind of bit it is. */
typedef enum featset_class {
	FEATSET_CLASS_CAPABILITY, /* the CPU can do something */
	FEATSET_CLASS_MITIGATION, /* a control or a promise about a speculation flaw */
	FEATSET_CLASS_FIRMWARE,   /* a capability that firmware switches on or off */
	FEATSET_CLASS_DYNAMIC,    /* mirrors what the operating system set just now (OSXSAVE, APIC) */
	FEATSET_CLASS_HINT,       /* says how to read a number or what is fast, not what works */
	FEATSET_CLASS_ALIAS,      /* a second copy of another bit */
	FEATSET_CLASS_INVERTED,   /* set means less */
	FEATSET_CLASS_NUMBER      /* one rung of a number, such as avx10.2 */
} featset_class_t;

/* How it merges over the hosts of a pool. */
typedef enum featset_merge {
	FEATSET_MERGE_AND,    /* there when every host has it */
	FEATSET_MERGE_XEN_OR, /* Xen accumulates it: there when any host has it */
	FEATSET_MERGE_OR,     /* not Xen's, but means "beware": there when any host has it (rule safe) */
	FEATSET_MERGE_RSB     /* RSBA and RRSBA, which are computed */
} featset_merge_t;

/* Who can use it. */
typedef enum featset_scope {
	FEATSET_SCOPE_USER,  /* user code: an instruction or a behaviour seen without privilege */
	FEATSET_SCOPE_SYSTEM /* the kernel, the hypervisor or the firmware only */
} featset_scope_t;

/* Whose spelling. */
typedef enum featset_dialect {
	FEATSET_CANONICAL = 0, /* featset's own: Linux's, made unique; always exists */
	FEATSET_LINUX,         /* /proc/cpuinfo, or the kernel's source where cpuinfo hides the bit */
	FEATSET_XEN,           /* cpufeatureset.h in lower case with hyphens, as xl and xen-cpuid spell it */
	FEATSET_QEMU,          /* -cpu */
	FEATSET_LIBVIRT,       /* cpu_map */
	FEATSET_GCC,           /* -m options without the -m; clang's are the same where it has them */
	FEATSET_INTEL,         /* the manuals */
	FEATSET_KCPUID,        /* x86-cpuid-db */
	FEATSET_ARCHSPEC,
	FEATSET_KLAUSPOST, /* klauspost/cpuid, which node-feature-discovery uses */
	FEATSET_LIBCPUID,
	FEATSET_DIALECTS, /* how many there are */
	FEATSET_ANY_DIALECT = FEATSET_DIALECTS
} featset_dialect_t;

/* Where a word comes from. */
typedef enum featset_source {
	FEATSET_SOURCE_CPUID,
	FEATSET_SOURCE_MSR,
	FEATSET_SOURCE_LADDER,
	FEATSET_SOURCE_RESERVED,
	FEATSET_SOURCE_FREE
} featset_source_t;

typedef enum featset_register {
	FEATSET_EAX, /* low half of an MSR */
	FEATSET_EBX,
	FEATSET_ECX,
	FEATSET_EDX /* high half of an MSR */
} featset_register_t;

/* ---- features ------------------------------------------------------------ */

/* All features that have a name. */
FEATSET_API void featset_named(featset_t *dst);

/* All features of one class; of one merge rule; all that user code can use. */
FEATSET_API void featset_of_class(featset_t *dst, featset_class_t klass);
FEATSET_API void featset_of_merge(featset_t *dst, featset_merge_t merge);
FEATSET_API void featset_of_scope(featset_t *dst, featset_scope_t scope);

/* Bits without a name are capabilities, merged by AND, of scope system. */
FEATSET_API featset_class_t featset_feature_class(featset_feature_t feature);
FEATSET_API featset_merge_t featset_feature_merge(featset_feature_t feature);
FEATSET_API featset_scope_t featset_feature_scope(featset_feature_t feature);

/* One line in plain words, NULL for a bit without a name. */
FEATSET_API const char *featset_feature_summary(featset_feature_t feature);

/*
 * The index-th other vendor's bit, from 0, for the same capability (twins.def):
 * Intel's PREFETCHI for AMD's and the other way round.  `what` (may be NULL) gets
 * what they have in common.  FEATSET_FEATURE_NONE past the last; most have none.
 */
FEATSET_API featset_feature_t featset_feature_twin(featset_feature_t feature, size_t index, const char **what);

/*
 * The name of a feature in a dialect, or NULL when the dialect has none (or the
 * bit has no name at all).  FEATSET_CANONICAL never says NULL for a named bit.
 */
FEATSET_API const char *featset_feature_name(featset_feature_t feature, featset_dialect_t dialect);

/*
 * Writes some spelling that featset_feature_find reads back: the dialect's name,
 * else the canonical one, else the place, such as "7.0.ecx[15]".  Works as
 * snprintf.
 */
FEATSET_API size_t featset_feature_spell(char *buffer, size_t size, featset_feature_t feature,
					 featset_dialect_t dialect);

/*
 * The feature that a name means.  `dialect` FEATSET_ANY_DIALECT accepts every
 * spelling; letter case and the difference between '-', '_' and '.' do not
 * matter.  A name may carry its dialect, as in "qemu:prefetchi", and may be a
 * place, as in "7.0.ecx[15]".  A dialect reads its own names first, then the
 * canonical ones; a canonical name is never ambiguous.
 *
 * FEATSET_E_NAME when nothing has the name; the text then offers the nearest.
 * FEATSET_E_AMBIGUOUS when dialects mean different bits by it; the text shows
 * the choices.
 */
FEATSET_API featset_status_t featset_feature_find(featset_feature_t *feature, const char *name,
						  featset_dialect_t dialect, featset_error_t *error);

/* A dialect's own name ("linux"); NULL when there is no such dialect. */
FEATSET_API const char *featset_dialect_name(featset_dialect_t dialect);
/* The dialect of that name; FEATSET_DIALECTS when there is none. */
FEATSET_API featset_dialect_t featset_dialect_find(const char *name);
/* A class's own name ("capability"), a merge rule's ("and"), a scope's ("user"). */
FEATSET_API const char *featset_class_name(featset_class_t klass);
FEATSET_API const char *featset_merge_name(featset_merge_t merge);
FEATSET_API const char *featset_scope_name(featset_scope_t scope);

/* ---- words --------------------------------------------------------------- */

/* A word's name, such as "7.0.ebx", "80000001.0.edx" or "msr.10a.low"; NULL from FEATSET_WORDS on. */
FEATSET_API const char *featset_word_name(unsigned word);
/* The word of that name; FEATSET_WORDS when there is none. */
FEATSET_API unsigned featset_word_find(const char *name);
/* The word of a leaf (or MSR), subleaf and register; FEATSET_WORDS when a set has none for it. */
FEATSET_API unsigned featset_word_at(featset_source_t source, uint32_t index, uint32_t subleaf,
				     featset_register_t reg);
FEATSET_API featset_source_t featset_word_source(unsigned word);
/* The leaf, or the number of the MSR. */
FEATSET_API uint32_t featset_word_index(unsigned word);
FEATSET_API uint32_t featset_word_subleaf(unsigned word);
FEATSET_API featset_register_t featset_word_register(unsigned word);
/* Which of its bits are flags; the rest are numbers and never enter a set. */
FEATSET_API uint32_t featset_word_flags(unsigned word);

#ifdef __cplusplus
}
#endif

#endif
