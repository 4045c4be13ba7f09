/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_BENCH_PAIRS_H
#define FEATSET_BENCH_PAIRS_H

/*
 * What pairs_kernel.cc exports, once per instruction set and optimisation level.
 * Every kernel goes over n pairs of 2048-bit sets; a pair is two indices.
 */

#include <cstddef>
#include <cstdint>

struct pair_of_sets {
	uint16_t guest, host;
};

enum { RING = 32 }; /* intersections go into a ring of this many sets, so that memory is not what is measured */

/* The sets are arrays of 256 bytes each. */
struct pairs_kernel {
	void (*subset)(uint8_t *out, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n);
	void (*intersect)(void *ring, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n);
};

struct pairs_variant {
	const char *isa;      /* FEATSET_BODY */
	const char *compiler;
	pairs_kernel featset, bitset, loop;
};

#define PAIRS_VARIANT(isa) extern const pairs_variant pairs_##isa##_O2, pairs_##isa##_O3
PAIRS_VARIANT(sse2);
PAIRS_VARIANT(avx2);
PAIRS_VARIANT(avx512);
PAIRS_VARIANT(portable);

#endif
