// SPDX-License-Identifier: MIT
//
// The timed loops.  Compiled once per instruction set and optimisation level
// with VARIANT as pairs_avx2_O3 and so on.  Every loop is flattened: what a
// template leaves out of line would be shared by all the variants.

#include <bitset>

#include <featset/set.h>

#include "pairs.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "g++ " __VERSION__
#endif

#define KERNEL __attribute__((noinline, flatten)) static void

using bits = std::bitset<FEATSET_BITS>;
static_assert(sizeof(bits) == sizeof(featset_t), "the sets are the same bytes");

struct words {
	uint64_t w[FEATSET_LANES];
};

KERNEL featset_subset_loop(uint8_t *out, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n)
{
	const featset_t *g = static_cast<const featset_t *>(guests), *h = static_cast<const featset_t *>(hosts);

	for (size_t i = 0; i < n; i++)
		out[i] = featset_subset(&g[pairs[i].guest], &h[pairs[i].host]);
}

KERNEL featset_and_loop(void *ring, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n)
{
	const featset_t *g = static_cast<const featset_t *>(guests), *h = static_cast<const featset_t *>(hosts);
	featset_t *r = static_cast<featset_t *>(ring);

	for (size_t i = 0; i < n; i++)
		featset_and(&r[i % RING], &g[pairs[i].guest], &h[pairs[i].host]);
}

KERNEL bitset_subset_loop(uint8_t *out, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n)
{
	const bits *g = static_cast<const bits *>(guests), *h = static_cast<const bits *>(hosts);

	for (size_t i = 0; i < n; i++)
		out[i] = (g[pairs[i].guest] & ~h[pairs[i].host]).none();
}

KERNEL bitset_and_loop(void *ring, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n)
{
	const bits *g = static_cast<const bits *>(guests), *h = static_cast<const bits *>(hosts);
	bits *r = static_cast<bits *>(ring);

	for (size_t i = 0; i < n; i++)
		r[i % RING] = g[pairs[i].guest] & h[pairs[i].host];
}

static inline bool plain_subset(const words &a, const words &b)
{
	for (int i = 0; i < FEATSET_LANES; i++)
		if (a.w[i] & ~b.w[i])
			return false;
	return true;
}

KERNEL plain_subset_loop(uint8_t *out, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n)
{
	const words *g = static_cast<const words *>(guests), *h = static_cast<const words *>(hosts);

	for (size_t i = 0; i < n; i++)
		out[i] = plain_subset(g[pairs[i].guest], h[pairs[i].host]);
}

KERNEL plain_and_loop(void *ring, const void *guests, const void *hosts, const pair_of_sets *pairs, size_t n)
{
	const words *g = static_cast<const words *>(guests), *h = static_cast<const words *>(hosts);
	words *r = static_cast<words *>(ring);

	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < FEATSET_LANES; k++)
			r[i % RING].w[k] = g[pairs[i].guest].w[k] & h[pairs[i].host].w[k];
}

extern const pairs_variant VARIANT;
const pairs_variant VARIANT = { FEATSET_BODY,
				COMPILER,
				{ featset_subset_loop, featset_and_loop },
				{ bitset_subset_loop, bitset_and_loop },
				{ plain_subset_loop, plain_and_loop } };
