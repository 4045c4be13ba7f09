/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_TESTS_SET_BODY_H
#define FEATSET_TESTS_SET_BODY_H

/*
 * What set_body.c exports, once per instruction set.  Pointers to sets are void
 * pointers here, so that the test may hand in any address that is a multiple of 8.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct set_body {
	const char *expected; /* the body that the object was compiled for */
	const char *name;     /* the body that set.h chose: FEATSET_BODY */
	void (*and)(void *dst, const void *a, const void *b);
	void (*or)(void *dst, const void *a, const void *b);
	void (*xor)(void *dst, const void *a, const void *b);
	void (*minus)(void *dst, const void *a, const void *b);
	bool (*subset)(const void *a, const void *b);
	bool (*equal)(const void *a, const void *b);
	bool (*disjoint)(const void *a, const void *b);
	bool (*is_empty)(const void *set);
	unsigned (*count)(const void *set);
	uint64_t (*hash)(const void *set);
	size_t (*subsets)(const void *a, const void *b, size_t n); /* how many of n pairs; featset_subset in a loop */
};

extern const struct set_body set_body_portable;
#if defined(__x86_64__) || defined(__i386__)
extern const struct set_body set_body_sse2;
extern const struct set_body set_body_avx2;
extern const struct set_body set_body_avx512;
#endif

#endif
