/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_SET_H
#define FEATSET_SET_H

/*
 * featset/set.h - the algebra of feature sets
 *
 * A featset_t holds 2048 features: 64 words of 32 bits, each word one register
 * of one CPUID leaf and subleaf (or half of a model-specific register), in the
 * order that words.def gives.  A feature's number is word * 32 + bit, so a set
 * is simply what the CPU said: bits nobody has named yet survive every
 * operation and every round trip.
 *
 * A set is a value.  Put it on the stack, copy it with =, compare it here; the
 * library never allocates one.  Its size and layout are frozen.  Memory that
 * holds sets needs no more than the alignment of uint64_t.
 *
 * Everything that takes a pair of sets is inline, free of branches, and
 * compiled for the instruction set of the file that includes this header:
 * AVX-512 (F), AVX2, SSE2 or portable C, all with the same answers.  Define
 * FEATSET_PORTABLE before the include to get portable C everywhere.
 *
 * In functions that write a set, the destination comes first and may be the
 * same object as any source.  No function here fails.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(FEATSET_PORTABLE)
#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define FEATSET_WORDS 64   /* words of 32 bits in a set */
#define FEATSET_BITS  2048 /* features in a set; numbers run from 0 to 2047 */
#define FEATSET_LANES 32   /* the same, in uint64_t: lane i holds words 2i (low half) and 2i+1 */

typedef struct featset {
	uint64_t lane[FEATSET_LANES];
} featset_t;

#ifdef __cplusplus
static_assert(sizeof(featset_t) == 256, "the layout of a set is frozen");
#else
_Static_assert(sizeof(featset_t) == 256, "the layout of a set is frozen");
_Static_assert(_Alignof(featset_t) == _Alignof(uint64_t), "the layout of a set is frozen");
#endif

/* Number of a feature: word * 32 + bit.  The named ones are FEATSET_AVX2 and so on in feature.h. */
typedef unsigned featset_feature_t;

/* ---- one feature, one word ---------------------------------------------- */

/* Makes the set empty. */
static inline void featset_clear(featset_t *set)
{
	for (int i = 0; i < FEATSET_LANES; i++)
		set->lane[i] = 0;
}

/* Does the set hold this feature?  Numbers from FEATSET_BITS on are in no set. */
static inline bool featset_has(const featset_t *set, featset_feature_t feature)
{
	return feature < FEATSET_BITS && (set->lane[feature / 64] >> (feature % 64) & 1);
}

/* Adds one feature; a number from FEATSET_BITS on changes nothing. */
static inline void featset_add(featset_t *set, featset_feature_t feature)
{
	if (feature < FEATSET_BITS)
		set->lane[feature / 64] |= (uint64_t)1 << (feature % 64);
}

/* Removes one feature; a number from FEATSET_BITS on changes nothing. */
static inline void featset_remove(featset_t *set, featset_feature_t feature)
{
	if (feature < FEATSET_BITS)
		set->lane[feature / 64] &= ~((uint64_t)1 << (feature % 64));
}

/* The 32 bits of one word (0 for a word from FEATSET_WORDS on). */
static inline uint32_t featset_word(const featset_t *set, unsigned word)
{
	return word < FEATSET_WORDS ? (uint32_t)(set->lane[word / 2] >> (word % 2 * 32)) : 0;
}

/* Replaces the 32 bits of one word (a word from FEATSET_WORDS on changes nothing). */
static inline void featset_set_word(featset_t *set, unsigned word, uint32_t bits)
{
	if (word < FEATSET_WORDS) {
		unsigned shift = word % 2 * 32;
		uint64_t keep = ~((uint64_t)0xffffffffu << shift);

		set->lane[word / 2] = (set->lane[word / 2] & keep) | (uint64_t)bits << shift;
	}
}

/* How many features the set holds. */
static inline unsigned featset_count(const featset_t *set)
{
	unsigned count = 0;

	for (int i = 0; i < FEATSET_LANES; i++) {
		uint64_t v = set->lane[i];

#if defined(__GNUC__)
		count += (unsigned)__builtin_popcountll(v);
#else
		for (; v; v &= v - 1)
			count++;
#endif
	}
	return count;
}

/*
 * The first feature at or after `from`, in order of number; FEATSET_BITS when
 * there is none.  To visit every feature:
 *
 *	for (featset_feature_t f = featset_next(&s, 0); f < FEATSET_BITS; f = featset_next(&s, f + 1))
 */
static inline featset_feature_t featset_next(const featset_t *set, featset_feature_t from)
{
	while (from < FEATSET_BITS) {
		uint64_t v = set->lane[from / 64] >> (from % 64);

		if (v) {
#if defined(__GNUC__)
			return from + (unsigned)__builtin_ctzll(v);
#else
			while (!(v & 1)) {
				v >>= 1;
				from++;
			}
			return from;
#endif
		}
		from = (from / 64 + 1) * 64;
	}
	return FEATSET_BITS;
}

/* ---- pairs --------------------------------------------------------------- */

/*
 * One body per instruction set.  FEATSET_V is a vector of FEATSET_VL lanes;
 * FEATSET_ZERO tells whether a vector is all zero.  Loads and stores never ask
 * for more than the alignment of uint64_t.
 */
#if !defined(FEATSET_PORTABLE) && defined(__AVX512F__)
#define FEATSET_BODY "avx512"
#define FEATSET_VL 8
#define FEATSET_V __m512i
#define FEATSET_LOAD(p) _mm512_loadu_si512((const void *)(p))
#define FEATSET_STORE(p, v) _mm512_storeu_si512((void *)(p), (v))
#define FEATSET_AND(a, b) _mm512_and_si512((a), (b))
#define FEATSET_OR(a, b) _mm512_or_si512((a), (b))
#define FEATSET_XOR(a, b) _mm512_xor_si512((a), (b))
/* a & ~b; g++ 12 warns about _mm512_andnot_si512 itself, and this compiles to the same instruction. */
#define FEATSET_MINUS(a, b) _mm512_xor_si512((a), _mm512_and_si512((a), (b)))
#define FEATSET_ZERO(v) (_mm512_test_epi64_mask((v), (v)) == 0)
#elif !defined(FEATSET_PORTABLE) && defined(__AVX2__)
#define FEATSET_BODY "avx2"
#define FEATSET_VL 4
#define FEATSET_V __m256i
#define FEATSET_LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define FEATSET_STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), (v))
#define FEATSET_AND(a, b) _mm256_and_si256((a), (b))
#define FEATSET_OR(a, b) _mm256_or_si256((a), (b))
#define FEATSET_XOR(a, b) _mm256_xor_si256((a), (b))
#define FEATSET_MINUS(a, b) _mm256_andnot_si256((b), (a))
#define FEATSET_ZERO(v) (_mm256_testz_si256((v), (v)) != 0)
#elif !defined(FEATSET_PORTABLE) && defined(__SSE2__)
#define FEATSET_BODY "sse2"
#define FEATSET_VL 2
#define FEATSET_V __m128i
#define FEATSET_LOAD(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define FEATSET_STORE(p, v) _mm_storeu_si128((__m128i *)(void *)(p), (v))
#define FEATSET_AND(a, b) _mm_and_si128((a), (b))
#define FEATSET_OR(a, b) _mm_or_si128((a), (b))
#define FEATSET_XOR(a, b) _mm_xor_si128((a), (b))
#define FEATSET_MINUS(a, b) _mm_andnot_si128((b), (a))
#define FEATSET_ZERO(v) (_mm_movemask_epi8(_mm_cmpeq_epi8((v), _mm_setzero_si128())) == 0xffff)
#else
#define FEATSET_BODY "portable"
#define FEATSET_VL 1
#define FEATSET_V uint64_t
#define FEATSET_LOAD(p) (*(p))
#define FEATSET_STORE(p, v) (*(p) = (v))
#define FEATSET_AND(a, b) ((a) & (b))
#define FEATSET_OR(a, b) ((a) | (b))
#define FEATSET_XOR(a, b) ((a) ^ (b))
#define FEATSET_MINUS(a, b) ((a) & ~(b))
#define FEATSET_ZERO(v) ((v) == 0)
#endif

/* gcc leaves these short loops rolled at -O2; clang and gcc -O3 need no telling. */
#if FEATSET_VL > 1 && defined(__GNUC__) && __GNUC__ >= 8 && !defined(__clang__)
#define FEATSET_UNROLL _Pragma("GCC unroll 16")
#else
#define FEATSET_UNROLL
#endif

#define FEATSET_COMBINE(dst, a, b, OP)                                                             \
	FEATSET_UNROLL                                                                             \
	for (int i = 0; i < FEATSET_LANES; i += FEATSET_VL)                                        \
	FEATSET_STORE(&(dst)->lane[i], OP(FEATSET_LOAD(&(a)->lane[i]), FEATSET_LOAD(&(b)->lane[i])))

/* Two accumulators: the chain of ORs is what bounds a reduction's latency. */
#define FEATSET_REDUCE(a, b, OP)                                                                   \
	FEATSET_V even = OP(FEATSET_LOAD(&(a)->lane[0]), FEATSET_LOAD(&(b)->lane[0]));             \
	FEATSET_V odd = OP(FEATSET_LOAD(&(a)->lane[FEATSET_VL]), FEATSET_LOAD(&(b)->lane[FEATSET_VL])); \
	FEATSET_UNROLL                                                                             \
	for (int i = 2 * FEATSET_VL; i < FEATSET_LANES; i += 2 * FEATSET_VL) {                     \
		even = FEATSET_OR(even, OP(FEATSET_LOAD(&(a)->lane[i]), FEATSET_LOAD(&(b)->lane[i]))); \
		odd = FEATSET_OR(odd, OP(FEATSET_LOAD(&(a)->lane[i + FEATSET_VL]),                 \
					 FEATSET_LOAD(&(b)->lane[i + FEATSET_VL])));               \
	}                                                                                          \
	return FEATSET_ZERO(FEATSET_OR(even, odd))

/* What both hold. */
static inline void featset_and(featset_t *dst, const featset_t *a, const featset_t *b)
{
	FEATSET_COMBINE(dst, a, b, FEATSET_AND);
}

/* What either holds. */
static inline void featset_or(featset_t *dst, const featset_t *a, const featset_t *b)
{
	FEATSET_COMBINE(dst, a, b, FEATSET_OR);
}

/* What exactly one of them holds. */
static inline void featset_xor(featset_t *dst, const featset_t *a, const featset_t *b)
{
	FEATSET_COMBINE(dst, a, b, FEATSET_XOR);
}

/* What a holds and b does not. */
static inline void featset_minus(featset_t *dst, const featset_t *a, const featset_t *b)
{
	FEATSET_COMBINE(dst, a, b, FEATSET_MINUS);
}

/* Does b hold everything that a holds?  The empty set is a subset of every set. */
static inline bool featset_subset(const featset_t *a, const featset_t *b)
{
	FEATSET_REDUCE(a, b, FEATSET_MINUS);
}

/* Do both hold the same features? */
static inline bool featset_equal(const featset_t *a, const featset_t *b)
{
	FEATSET_REDUCE(a, b, FEATSET_XOR);
}

/* Do they have no feature in common? */
static inline bool featset_disjoint(const featset_t *a, const featset_t *b)
{
	FEATSET_REDUCE(a, b, FEATSET_AND);
}

/* Is there nothing in it? */
static inline bool featset_is_empty(const featset_t *set)
{
	return featset_disjoint(set, set);
}

#undef FEATSET_VL
#undef FEATSET_V
#undef FEATSET_LOAD
#undef FEATSET_STORE
#undef FEATSET_AND
#undef FEATSET_OR
#undef FEATSET_XOR
#undef FEATSET_MINUS
#undef FEATSET_ZERO
#undef FEATSET_UNROLL
#undef FEATSET_COMBINE
#undef FEATSET_REDUCE

/*
 * A 64-bit hash: equal sets have equal hashes, on every machine and in every
 * version of the library.  It is not a proof of equality and not meant against
 * an adversary.
 */
static inline uint64_t featset_hash(const featset_t *set)
{
	const uint64_t prime = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h[4] = { 1, 2, 3, 4 };

	for (int i = 0; i < FEATSET_LANES; i++) {
		uint64_t v = (h[i % 4] ^ set->lane[i]) * prime;

		h[i % 4] = v ^ v >> 29;
	}
	h[0] = ((h[0] * prime + h[1]) * prime + h[2]) * prime + h[3];
	return h[0] ^ h[0] >> 32;
}

/*
 * A total order for sorting: negative, zero or positive.  It compares the words
 * from 0 on and says nothing about inclusion.
 */
static inline int featset_compare(const featset_t *a, const featset_t *b)
{
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		uint32_t x = featset_word(a, w), y = featset_word(b, w);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif
