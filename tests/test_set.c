/* SPDX-License-Identifier: MIT */
/*
 * The algebra of sets: every body of set.h against a plain loop over words, on
 * random and edge sets at every alignment that a set may have.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset/set.h>

#include "set_body.h"

#define ROUNDS 64
#define CANARY 0xa5

static uint64_t state = UINT64_C(0x123456789abcdef1);

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* ---- the reference: words, one at a time ---------------------------------- */

struct words {
	uint32_t w[FEATSET_WORDS];
};

static bool ref_subset(const struct words *a, const struct words *b)
{
	for (int i = 0; i < FEATSET_WORDS; i++)
		if (a->w[i] & ~b->w[i])
			return false;
	return true;
}

static bool ref_disjoint(const struct words *a, const struct words *b)
{
	for (int i = 0; i < FEATSET_WORDS; i++)
		if (a->w[i] & b->w[i])
			return false;
	return true;
}

static unsigned ref_count(const struct words *a)
{
	unsigned n = 0;

	for (int i = 0; i < FEATSET_WORDS; i++)
		for (int bit = 0; bit < 32; bit++)
			n += a->w[i] >> bit & 1;
	return n;
}

/* ---- bodies ---------------------------------------------------------------- */

static bool runs(const struct set_body *body)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_cpu_init();
	if (!strcmp(body->expected, "sse2"))
		return __builtin_cpu_supports("sse2");
	if (!strcmp(body->expected, "avx2"))
		return __builtin_cpu_supports("avx2");
	if (!strcmp(body->expected, "avx512"))
		return __builtin_cpu_supports("avx512f");
#endif
	return !strcmp(body->expected, "portable");
}

/* Room for one set at any multiple of 8 within a cache line, with canaries on both sides. */
struct slot {
	_Alignas(64) unsigned char byte[64 + 64 + sizeof(featset_t) + 64];
};

static void *slot_put(struct slot *slot, unsigned offset, const struct words *words)
{
	void *set = slot->byte + 64 + offset;

	memset(slot->byte, CANARY, sizeof(slot->byte));
	memcpy(set, words, sizeof(*words));
	return set;
}

static void slot_check(const struct slot *slot, unsigned offset, const struct words *expected)
{
	assert_memory_equal(slot->byte + 64 + offset, expected, sizeof(*expected));
	for (unsigned i = 0; i < sizeof(slot->byte); i++)
		if (i < 64 + offset || i >= 64 + offset + sizeof(featset_t))
			assert_int_equal(slot->byte[i], CANARY);
}

typedef void combine_fn(void *dst, const void *a, const void *b);

/* dst apart from both, dst on a, dst on b, and all three the same. */
static void check_combine(combine_fn *combine, const struct words *a, const struct words *b, unsigned oa, unsigned ob,
			  unsigned od, const struct words *expected, const struct words *of_a_with_itself)
{
	static struct slot sa, sb, sd;
	void *pa = slot_put(&sa, oa, a), *pb = slot_put(&sb, ob, b), *pd = slot_put(&sd, od, b);

	combine(pd, pa, pb);
	slot_check(&sd, od, expected);
	slot_check(&sa, oa, a);
	slot_check(&sb, ob, b);

	combine(pa, pa, pb);
	slot_check(&sa, oa, expected);
	slot_check(&sb, ob, b);

	pa = slot_put(&sa, oa, a);
	combine(pb, pa, pb);
	slot_check(&sb, ob, expected);
	slot_check(&sa, oa, a);

	combine(pa, pa, pa);
	slot_check(&sa, oa, of_a_with_itself);
}

static void check_pair(const struct set_body *body, const struct words *a, const struct words *b, unsigned oa,
		       unsigned ob, unsigned od)
{
	static const struct words none;
	static struct slot sa, sb;
	struct words e_and, e_or, e_xor, e_minus;
	void *pa = slot_put(&sa, oa, a), *pb = slot_put(&sb, ob, b);

	for (int i = 0; i < FEATSET_WORDS; i++) {
		e_and.w[i] = a->w[i] & b->w[i];
		e_or.w[i] = a->w[i] | b->w[i];
		e_xor.w[i] = a->w[i] ^ b->w[i];
		e_minus.w[i] = a->w[i] & ~b->w[i];
	}
	assert_int_equal(body->subset(pa, pb), ref_subset(a, b));
	assert_int_equal(body->subset(pb, pa), ref_subset(b, a));
	assert_int_equal(body->equal(pa, pb), !memcmp(a, b, sizeof(*a)));
	assert_int_equal(body->disjoint(pa, pb), ref_disjoint(a, b));
	assert_int_equal(body->is_empty(pa), !memcmp(a, &none, sizeof(*a)));
	assert_int_equal(body->count(pa), ref_count(a));
	assert_true(body->subset(pa, pa));
	assert_true(body->equal(pa, pa));

	check_combine(body->and, a, b, oa, ob, od, &e_and, a);
	check_combine(body->or, a, b, oa, ob, od, &e_or, a);
	check_combine(body->xor, a, b, oa, ob, od, &e_xor, &none);
	check_combine(body->minus, a, b, oa, ob, od, &e_minus, &none);
}

/* Sparse, dense and half-full sets, and pairs where one is a subset but for a bit or two. */
static void random_pair(struct words *a, struct words *b, int kind)
{
	for (int i = 0; i < FEATSET_WORDS; i++) {
		a->w[i] = random32();
		b->w[i] = random32();
		switch (kind % 4) {
		case 0:
			a->w[i] &= random32() & random32();
			break;
		case 1:
			a->w[i] &= b->w[i];
			break;
		case 2:
			b->w[i] = a->w[i];
			break;
		}
	}
	if (kind % 3)
		b->w[random32() % FEATSET_WORDS] &= ~(1u << random32() % 32);
}

static void body_alignments(const struct set_body *body)
{
	for (unsigned oa = 0; oa < 64; oa += 8)
		for (unsigned ob = 0; ob < 64; ob += 8)
			for (int kind = 0; kind < 12; kind++) {
				struct words a, b;

				random_pair(&a, &b, kind);
				check_pair(body, &a, &b, oa, ob, (oa + ob + 8 * (unsigned)kind) % 64);
			}
}

/* One bit decides, wherever it stands. */
static void body_edges(const struct set_body *body)
{
	struct words none = { { 0 } }, all;

	memset(&all, 0xff, sizeof(all));
	check_pair(body, &none, &none, 8, 16, 24);
	check_pair(body, &all, &all, 8, 16, 24);
	check_pair(body, &none, &all, 40, 0, 56);
	check_pair(body, &all, &none, 0, 8, 0);
	for (unsigned f = 0; f < FEATSET_BITS; f++) {
		struct words one = none, most = all, next = none;
		unsigned g = (f + 1) % FEATSET_BITS;

		one.w[f / 32] = 1u << f % 32;
		next.w[g / 32] = 1u << g % 32;
		most.w[f / 32] &= ~(1u << f % 32);
		check_pair(body, &one, &none, 0, 8, 16);
		check_pair(body, &one, &most, 8, 0, 32);
		check_pair(body, &one, &one, 24, 40, 8);
		check_pair(body, &one, &next, 16, 16, 16);
		check_pair(body, &all, &most, 56, 48, 40);
	}
}

/* The same test inlined into a loop, where a compiler may treat it differently. */
static void body_loops(const struct set_body *body)
{
	static struct words a[ROUNDS], b[ROUNDS];
	static _Alignas(64) unsigned char pa[sizeof(a) + 64], pb[sizeof(b) + 64];
	size_t expected = 0;

	for (int i = 0; i < ROUNDS; i++) {
		random_pair(&a[i], &b[i], i);
		expected += ref_subset(&a[i], &b[i]);
	}
	assert_in_range(expected, 1, ROUNDS - 1);
	for (unsigned offset = 0; offset < 64; offset += 8) {
		memcpy(pa + offset, a, sizeof(a));
		memcpy(pb + (offset * 3) % 64, b, sizeof(b));
		for (size_t n = 0; n <= ROUNDS; n += 8) {
			size_t want = 0;

			for (size_t i = 0; i < n; i++)
				want += ref_subset(&a[i], &b[i]);
			assert_int_equal(body->subsets(pa + offset, pb + (offset * 3) % 64, n), want);
		}
	}
}

static void check_body(const struct set_body *body)
{
	assert_string_equal(body->name, body->expected);
	if (!runs(body)) {
		printf("skipped: this CPU cannot run the %s body\n", body->expected);
		skip();
	}
	body_alignments(body);
	body_edges(body);
	body_loops(body);
}

static void test_portable(void **unused)
{
	(void)unused;
	check_body(&set_body_portable);
}

#if defined(__x86_64__) || defined(__i386__)
static void test_sse2(void **unused)
{
	(void)unused;
	check_body(&set_body_sse2);
}

static void test_avx2(void **unused)
{
	(void)unused;
	check_body(&set_body_avx2);
}

static void test_avx512(void **unused)
{
	(void)unused;
	check_body(&set_body_avx512);
}
#endif

/* ---- one feature, one word -------------------------------------------------- */

static void test_layout(void **unused)
{
	featset_t s;

	(void)unused;
	assert_int_equal(sizeof(featset_t), 256);
	assert_int_equal(_Alignof(featset_t), _Alignof(uint64_t));
	assert_int_equal(FEATSET_BITS, FEATSET_WORDS * 32);
	featset_clear(&s);
	/* A feature's number is word * 32 + bit; lane i holds words 2i (low) and 2i + 1. */
	featset_add(&s, 5 * 32 + 5);
	assert_int_equal(featset_word(&s, 5), 0x20);
	assert_true(s.lane[2] == UINT64_C(0x20) << 32);
}

static void test_one_feature(void **unused)
{
	featset_t s;

	(void)unused;
	memset(&s, 0xff, sizeof(s));
	featset_clear(&s);
	assert_int_equal(featset_count(&s), 0);
	for (unsigned f = 0; f < FEATSET_BITS; f++) {
		assert_false(featset_has(&s, f));
		featset_add(&s, f);
		featset_add(&s, f);
		assert_true(featset_has(&s, f));
		assert_int_equal(featset_count(&s), f + 1);
		assert_int_equal(featset_word(&s, f / 32), 0xffffffffu >> (31 - f % 32));
	}
	for (unsigned f = 0; f < FEATSET_BITS; f++) {
		featset_remove(&s, f);
		featset_remove(&s, f);
		assert_false(featset_has(&s, f));
		assert_int_equal(featset_count(&s), FEATSET_BITS - 1 - f);
	}
	assert_true(featset_is_empty(&s));
}

static void test_out_of_range(void **unused)
{
	static const unsigned outside[] = { FEATSET_BITS, FEATSET_BITS + 1, 4096, 0x7fffffff, 0x80000000, 0xffffffff };
	struct {
		featset_t set, after;
	} s;
	featset_t all;

	(void)unused;
	memset(&all, 0xff, sizeof(all));
	memset(&s, 0, sizeof(s));
	for (unsigned i = 0; i < sizeof(outside) / sizeof(*outside); i++) {
		assert_false(featset_has(&all, outside[i]));
		featset_add(&s.set, outside[i]);
		featset_remove(&all, outside[i]);
		featset_set_word(&s.set, outside[i], 0xffffffff);
		assert_int_equal(featset_word(&all, outside[i]), 0);
		assert_int_equal(featset_next(&all, outside[i]), FEATSET_BITS);
	}
	featset_set_word(&s.set, FEATSET_WORDS, 0xffffffff);
	assert_int_equal(featset_word(&all, FEATSET_WORDS), 0);
	assert_true(featset_is_empty(&s.set));
	assert_true(featset_is_empty(&s.after));
	assert_int_equal(featset_count(&all), FEATSET_BITS);
}

static void test_words(void **unused)
{
	featset_t s;

	(void)unused;
	memset(&s, 0xff, sizeof(s));
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		featset_set_word(&s, w, 0x80000001u + w);
		assert_int_equal(featset_word(&s, w), 0x80000001u + w);
		for (unsigned o = 0; o < FEATSET_WORDS; o++)
			assert_int_equal(featset_word(&s, o), o <= w ? 0x80000001u + o : 0xffffffffu);
	}
}

static void test_next(void **unused)
{
	static const unsigned some[] = { 0, 31, 32, 63, 64, 127, 700, 1000, 1023, 1024, 2046, 2047 };
	const unsigned n = sizeof(some) / sizeof(*some);
	featset_t s;
	unsigned i = 0;

	(void)unused;
	featset_clear(&s);
	assert_int_equal(featset_next(&s, 0), FEATSET_BITS);
	for (unsigned k = 0; k < n; k++)
		featset_add(&s, some[k]);
	for (featset_feature_t f = featset_next(&s, 0); f < FEATSET_BITS; f = featset_next(&s, f + 1)) {
		assert_in_range(i, 0, n - 1);
		assert_int_equal(f, some[i++]);
	}
	assert_int_equal(i, n);
	for (unsigned from = 0; from < FEATSET_BITS; from++) {
		unsigned want = from;

		while (want < FEATSET_BITS && !featset_has(&s, want))
			want++;
		assert_int_equal(featset_next(&s, from), want);
	}
}

/* Constants from an implementation of the comment in another language: hashes never change. */
static void test_hash(void **unused)
{
	featset_t s;

	(void)unused;
	featset_clear(&s);
	assert_true(featset_hash(&s) == UINT64_C(0x3f62c717d064af9c));
	featset_add(&s, 0);
	assert_true(featset_hash(&s) == UINT64_C(0x208a134d93c40c5e));
	featset_clear(&s);
	featset_add(&s, 2047);
	assert_true(featset_hash(&s) == UINT64_C(0xbf62c71b5064af90));
	for (unsigned w = 0; w < FEATSET_WORDS; w++)
		featset_set_word(&s, w, w * 0x01010101u);
	assert_true(featset_hash(&s) == UINT64_C(0xfe0808d1e6780f50));
	assert_true(set_body_portable.hash(&s) == UINT64_C(0xfe0808d1e6780f50));
	memset(&s, 0xff, sizeof(s));
	assert_true(featset_hash(&s) == UINT64_C(0x692026cd81cfaa15));
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Sets that differ by a bit or two, which is what a fleet has, must not collide. */
static void test_hash_spreads(void **unused)
{
	static uint64_t hash[1 + FEATSET_BITS + FEATSET_BITS - 1];
	size_t n = 0;
	featset_t s;

	(void)unused;
	featset_clear(&s);
	hash[n++] = featset_hash(&s);
	for (unsigned f = 0; f < FEATSET_BITS; f++) {
		featset_clear(&s);
		featset_add(&s, f);
		hash[n++] = featset_hash(&s);
		if (f + 1 < FEATSET_BITS) {
			featset_add(&s, f + 1);
			hash[n++] = featset_hash(&s);
		}
	}
	qsort(hash, n, sizeof(*hash), by_number);
	for (size_t i = 1; i < n; i++)
		assert_true(hash[i - 1] != hash[i]);
}

/* The first word that differs decides, as an unsigned number: word 0 is the low half of lane 0. */
static void test_compare(void **unused)
{
	featset_t a, b;

	(void)unused;
	featset_clear(&a);
	featset_clear(&b);
	assert_int_equal(featset_compare(&a, &b), 0);
	assert_int_equal(featset_compare(&a, &a), 0);
	featset_set_word(&a, 0, 1);
	featset_set_word(&b, 1, 0xffffffff);
	assert_true(featset_compare(&a, &b) > 0);
	assert_true(featset_compare(&b, &a) < 0);
	featset_set_word(&b, 0, 0x80000000);
	assert_true(featset_compare(&a, &b) < 0);
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		featset_clear(&a);
		featset_clear(&b);
		featset_set_word(&a, w, 7);
		featset_set_word(&b, w, 6);
		if (w + 1 < FEATSET_WORDS)
			featset_set_word(&b, w + 1, 0xffffffff);
		assert_true(featset_compare(&a, &b) > 0);
		assert_true(featset_compare(&b, &a) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_one_feature),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_spreads),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_portable),
#if defined(__x86_64__) || defined(__i386__)
		cmocka_unit_test(test_sse2),
		cmocka_unit_test(test_avx2),
		cmocka_unit_test(test_avx512),
#endif
	};

	return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
