/* SPDX-License-Identifier: MIT */
/*
 * The pair operations of set.h behind pointers.  Compiled once per body, with
 * BODY as portable, sse2, avx2 or avx512 and the -m flag that goes with it.
 */

#define BODY_portable 0
#define BODY_sse2     1
#define BODY_avx2     2
#define BODY_avx512   3
#define PASTE_(a, b)  a##b
#define PASTE(a, b)   PASTE_(a, b)
#define TEXT_(a)      #a
#define TEXT(a)       TEXT_(a)
#define LEVEL         PASTE(BODY_, BODY)

/* The intrinsics come first: set.h must choose by what is left of the macros, even under -march=native. */
#if LEVEL == BODY_portable
#ifndef FEATSET_PORTABLE
#define FEATSET_PORTABLE
#endif
#else
#include <immintrin.h>
#if LEVEL < BODY_avx512
#undef __AVX512F__
#endif
#if LEVEL < BODY_avx2
#undef __AVX2__
#endif
#endif

#include <featset/set.h>

#include "set_body.h"

static void body_and(void *dst, const void *a, const void *b)
{
	featset_and(dst, a, b);
}

static void body_or(void *dst, const void *a, const void *b)
{
	featset_or(dst, a, b);
}

static void body_xor(void *dst, const void *a, const void *b)
{
	featset_xor(dst, a, b);
}

static void body_minus(void *dst, const void *a, const void *b)
{
	featset_minus(dst, a, b);
}

static bool body_subset(const void *a, const void *b)
{
	return featset_subset(a, b);
}

static bool body_equal(const void *a, const void *b)
{
	return featset_equal(a, b);
}

static bool body_disjoint(const void *a, const void *b)
{
	return featset_disjoint(a, b);
}

static bool body_is_empty(const void *set)
{
	return featset_is_empty(set);
}

static unsigned body_count(const void *set)
{
	return featset_count(set);
}

static uint64_t body_hash(const void *set)
{
	return featset_hash(set);
}

static size_t body_subsets(const void *a, const void *b, size_t n)
{
	const featset_t *x = a, *y = b;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += featset_subset(&x[i], &y[i]);
	return count;
}

const struct set_body PASTE(set_body_, BODY) = {
	.expected = TEXT(BODY),
	.name = FEATSET_BODY,
	.and = body_and,
	.or = body_or,
	.xor = body_xor,
	.minus = body_minus,
	.subset = body_subset,
	.equal = body_equal,
	.disjoint = body_disjoint,
	.is_empty = body_is_empty,
	.count = body_count,
	.hash = body_hash,
	.subsets = body_subsets,
};
