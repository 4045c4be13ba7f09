/* SPDX-License-Identifier: MIT */
/*
 * What one host costs a pool, and how to part it: against words that hosts in
 * the field showed, worked out by hand, against the worked vectors of
 * XenServer's rule, and against levels made anew without the host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

/* features_hvm_host of an E5-2630L v2, of an E5-2680 v3 and of a Xeon D-1548, as their owners published them. */
#define IVY                                                                                                            \
	"1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400-00000000-00000000-" \
	"00000000-00000000-00000000-00000000-00000000-00000000"
#define HASWELL                                                                                                        \
	"1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400-00000000-00000000-" \
	"00000000-00000000-00000000"
#define BROADWELL                                                                                                      \
	"1fcbfbff-f7fa3203-2c100800-00000121-00000001-001c0fab-00000000-00000000-00101000-bc000400-00000000-00000000-" \
	"00000000-00000000-00000000-00000000-0c000000-00000000-00000000-00000000"

/* What can be acted on and the rest together. */
static void whole_price(featset_t *dst, const featset_pool_t *pool, featset_guest_t guest, size_t host)
{
	featset_t other;

	featset_pool_price(dst, &other, pool, guest, host);
	assert_true(featset_disjoint(dst, &other));
	featset_or(dst, dst, &other);
}

static featset_cpu_t *xen_cpu(const char *text)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t set;
	size_t length;

	assert_int_equal(featset_xen_read(&set, &length, text, NULL), FEATSET_OK);
	for (unsigned w = 0; w < length; w++)
		featset_cpu_set_word(cpu, w, featset_word(&set, w));
	featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, (int64_t)length);
	featset_cpu_set_vendor(cpu, "GenuineIntel");
	return cpu;
}

static void add_host(featset_inventory_t *inventory, const char *manager, featset_cpu_t *cpu)
{
	size_t host;

	assert_int_equal(featset_inventory_add_host(inventory, "host", NULL, &host), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory, FEATSET_HOST_MANAGER, host, manager), FEATSET_OK);
	assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_PV, featset_cpu_copy(cpu)),
			 FEATSET_OK);
	assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_HVM, cpu), FEATSET_OK);
}

/* XAPI's hosts with these words; the texts end with NULL. */
static featset_pool_t *make_pool(featset_inventory_t **inventory, const char *const *texts)
{
	featset_pool_t *pool;

	*inventory = featset_inventory_new();
	for (; *texts; texts++)
		add_host(*inventory, "xapi", xen_cpu(*texts));
	assert_int_equal(featset_pool_new(&pool, *inventory, NULL), FEATSET_OK);
	return pool;
}

static void end_pool(featset_pool_t *pool, featset_inventory_t *inventory)
{
	featset_pool_free(pool);
	featset_inventory_free(inventory);
}

/* The price of a host, as words. */
static void assert_price(const featset_pool_t *pool, size_t host, const char *words)
{
	char text[9 * FEATSET_XEN_WORDS + 1];
	featset_t price;

	whole_price(&price, pool, FEATSET_GUEST_HVM, host);
	featset_xen_write(text, sizeof(text), &price, 10);
	assert_string_equal(text, words);
}

#define NOTHING "00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000"

static void real_hosts(void **state)
{
	featset_inventory_t *inventory;
	featset_pool_t *pool;

	(void)state;
	/* Of two each costs what the other alone has: the Haswell's eight features and the copies that its Xen shows.
	 */
	pool = make_pool(&inventory, (const char *const[]){ IVY, HASWELL, NULL });
	assert_price(pool, 0,
		     "00000000-00401000-0183f3ff-00000422-00000000-0000052a-00000000-00000000-00000000-00000000");
	assert_price(pool, 1, NOTHING);
	assert_price(pool, 2, NOTHING);
	end_pool(pool, inventory);

	/*
	 * Of three: FMA, MOVBE, LZCNT, TSC_ADJUST, BMI1, AVX2, BMI2 and INVPCID; the Broadwell, whose Xen is younger,
	 * keeps VMX from all, and that it alone has NO_LMSL costs nobody anything.
	 */
	pool = make_pool(&inventory, (const char *const[]){ IVY, HASWELL, BROADWELL, NULL });
	assert_price(pool, 0,
		     "00000000-00401000-00000000-00000020-00000000-0000052a-00000000-00000000-00000000-00000000");
	assert_price(pool, 1, NOTHING);
	assert_price(pool, 2,
		     "00000000-00000020-00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000");
	end_pool(pool, inventory);

	/* A second one of them takes the price from both, though the strings' lengths differ. */
	pool = make_pool(&inventory, (const char *const[]){ IVY, HASWELL, IVY "-00000000", HASWELL, NULL });
	for (size_t i = 0; i < 4; i++)
		assert_price(pool, i, NOTHING);
	end_pool(pool, inventory);

	pool = make_pool(&inventory, (const char *const[]){ IVY, NULL });
	assert_price(pool, 0, NOTHING);
	end_pool(pool, inventory);
}

/* A host that does not count has no price, and none of the others is dearer for it. */
static void skipped_host(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_pool_t *pool;

	(void)state;
	assert_int_equal(featset_inventory_add_host(inventory, "old", NULL, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory, FEATSET_HOST_MANAGER, 0, "xapi"), FEATSET_OK);
	add_host(inventory, "xapi", xen_cpu(HASWELL));
	add_host(inventory, "xapi", xen_cpu(IVY));
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	assert_price(pool, 0, NOTHING);
	assert_price(pool, 1, NOTHING);
	assert_price(pool, 2,
		     "00000000-00401000-0183f3ff-00000422-00000000-0000052a-00000000-00000000-00000000-00000000");
	end_pool(pool, inventory);
}

/* Each line of the worked vectors is a pool of two: the price of one is the other, left as it is, without the level. */
static void vectors(void **state)
{
	const char *shared = getenv("FEATSET_SHARED");
	char path[512], line[2048], text[4][9 * FEATSET_XEN_WORDS + 1];
	size_t pools = 0;
	FILE *stream;

	(void)state;
	snprintf(path, sizeof(path), "%s/facts/xen-level-vectors.txt", shared ? shared : "../shared");
	stream = fopen(path, "r");
	if (!stream) {
		print_message("[          ] skipped: no %s\n", path);
		skip();
	}
	while (fgets(line, sizeof(line), stream)) {
		featset_inventory_t *inventory;
		featset_t set[4], price, wanted;
		featset_pool_t *pool;

		if (line[0] == '#' || sscanf(line, "%207s %207s %207s %207s", text[0], text[1], text[2], text[3]) != 4)
			continue;
		for (int i = 0; i < 4; i++)
			assert_int_equal(featset_xen_read(&set[i], NULL, text[i], NULL), FEATSET_OK);
		pool = make_pool(&inventory, (const char *const[]){ text[0], text[1], NULL });
		for (size_t i = 0; i < 2; i++) {
			whole_price(&price, pool, FEATSET_GUEST_PV, i);
			featset_minus(&wanted, &set[1 - i], &set[3]);
			assert_true(featset_equal(&price, &wanted));
		}
		end_pool(pool, inventory);
		pools++;
	}
	fclose(stream);
	assert_true(pools >= 100);
}

/* ---- against levels made anew ----------------------------------------------------------- */

static uint32_t seed = 1;

static uint32_t rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* Words from the Broadwell's with a few bits turned, prerequisites and accumulated ones among them. */
static featset_cpu_t *random_cpu(bool some_unread)
{
	static const featset_feature_t often[] = { FEATSET_ARCH_CAPABILITIES,
						   FEATSET_RSBA,
						   FEATSET_RRSBA,
						   FEATSET_IBRS_ALL,
						   FEATSET_FB_CLEAR,
						   FEATSET_RFDS_CLEAR,
						   FEATSET_MD_CLEAR,
						   FEATSET_EFER_LMSLE_MBZ,
						   FEATSET_LM,
						   FEATSET_AVX,
						   FEATSET_XSAVE,
						   FEATSET_AVX2,
						   FEATSET_VERW_CLEAR,
						   FEATSET_RTM_ALWAYS_ABORT,
						   FEATSET_SSE2 };
	/* Nothing needs these: an unread prerequisite makes a safe level depend on the hosts' order. */
	static const featset_feature_t unread[] = { FEATSET_MD_CLEAR, FEATSET_VERW_CLEAR, FEATSET_RTM_ALWAYS_ABORT,
						    FEATSET_FB_CLEAR, FEATSET_ADX };
	featset_cpu_t *cpu = xen_cpu(BROADWELL);
	featset_t set = *featset_cpu_features(cpu), known = *featset_cpu_known(cpu);

	for (unsigned i = rnd() % 4; i > 0; i--) {
		featset_feature_t f = often[rnd() % (sizeof(often) / sizeof(often[0]))];

		featset_set_word(&set, f / 32, featset_word(&set, f / 32) ^ 1u << f % 32);
	}
	for (unsigned i = some_unread ? rnd() % 3 : 0; i > 0; i--)
		featset_remove(&known, unread[rnd() % (sizeof(unread) / sizeof(unread[0]))]);
	featset_cpu_set_features(cpu, &set, &known);
	return cpu;
}

static void compare_with_new_levels(const featset_inventory_t *inventory, featset_rule_t rule, size_t *dear)
{
	size_t hosts = featset_inventory_hosts(inventory);
	const featset_cpu_t *cpu[16];
	featset_level_t *all, *rest;
	featset_t price, wanted;
	featset_pool_t *pool;

	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	for (size_t i = 0; i < hosts; i++)
		cpu[i] = featset_inventory_cpu(inventory, i, FEATSET_SLOT_HVM);
	assert_int_equal(featset_level_new(&all, cpu, hosts, rule, NULL), FEATSET_OK);
	for (size_t i = 0; i < hosts; i++) {
		const featset_cpu_t *others[16];
		size_t count = 0;

		for (size_t k = 0; k < hosts; k++)
			if (k != i)
				others[count++] = cpu[k];
		assert_int_equal(featset_level_new(&rest, others, count, rule, NULL), FEATSET_OK);
		featset_minus(&wanted, featset_cpu_features(featset_level_cpu(rest)),
			      featset_cpu_features(featset_level_cpu(all)));
		featset_and(&wanted, &wanted, featset_cpu_known(featset_level_cpu(all)));
		whole_price(&price, pool, FEATSET_GUEST_HVM, i);
		assert_true(featset_equal(&price, &wanted));
		*dear += !featset_is_empty(&price);
		featset_level_free(rest);
	}
	featset_level_free(all);
	featset_pool_free(pool);
}

static void new_levels(void **state)
{
	size_t dear = 0;

	(void)state;
	for (int i = 0; i < 600; i++) {
		featset_inventory_t *inventory = featset_inventory_new();
		bool xapi = i % 2;

		for (unsigned n = 2 + rnd() % 6; n > 0; n--)
			add_host(inventory, xapi ? "xapi" : "libvirt", random_cpu(!xapi));
		compare_with_new_levels(inventory, xapi ? FEATSET_RULE_XENSERVER : FEATSET_RULE_SAFE, &dear);
		featset_inventory_free(inventory);
	}
	assert_true(dear > 200);
}

/* ---- two pools of one --------------------------------------------------------------------- */

static void two_generations(void **state)
{
	static const unsigned char sides[] = { 0, 2, 1, 0, 1, 0 };
	unsigned char side[6];
	featset_inventory_t *inventory = featset_inventory_new();
	featset_t first, second, wanted;
	featset_pool_t *pool;

	(void)state;
	add_host(inventory, "xapi", xen_cpu(HASWELL));
	assert_int_equal(featset_inventory_add_host(inventory, "old", NULL, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory, FEATSET_HOST_MANAGER, 1, "xapi"), FEATSET_OK);
	add_host(inventory, "xapi", xen_cpu(IVY));
	add_host(inventory, "xapi", xen_cpu(HASWELL));
	add_host(inventory, "xapi", xen_cpu(IVY));
	add_host(inventory, "xapi", xen_cpu(BROADWELL));
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	assert_true(featset_pool_split(pool, FEATSET_GUEST_HVM, side, &first, &second));
	assert_memory_equal(side, sides, sizeof(sides));
	assert_int_equal(featset_xen_read(&wanted, NULL, IVY, NULL), FEATSET_OK);
	assert_true(featset_equal(&second, &wanted));
	/* The second row of its kind in the worked vectors: Haswell with Broadwell. */
	assert_int_equal(featset_xen_read(&wanted, NULL,
					  "1fcbfbff-f7fa3203-2c100800-00000021-00000001-000007ab-00000000-00000000-"
					  "00101000-9c000400",
					  NULL),
			 FEATSET_OK);
	assert_true(featset_equal(&first, &wanted));
	end_pool(pool, inventory);
}

/* Two halves: side 1 is the one without the first host.  The last line has one of each only. */
static void halves(void **state)
{
	unsigned char side[4];
	featset_inventory_t *inventory;
	featset_t first, second, wanted;
	featset_pool_t *pool;

	(void)state;
	pool = make_pool(&inventory, (const char *const[]){ IVY, HASWELL, HASWELL, IVY, NULL });
	assert_true(featset_pool_split(pool, FEATSET_GUEST_HVM, side, &first, &second));
	assert_memory_equal(side, ((unsigned char[]){ 0, 1, 1, 0 }), 4);
	end_pool(pool, inventory);

	pool = make_pool(&inventory, (const char *const[]){ HASWELL, IVY, NULL });
	assert_true(featset_pool_split(pool, FEATSET_GUEST_HVM, side, &first, &second));
	assert_memory_equal(side, ((unsigned char[]){ 0, 1 }), 2);
	assert_int_equal(featset_xen_read(&wanted, NULL, HASWELL, NULL), FEATSET_OK);
	assert_true(featset_equal(&first, &wanted));
	end_pool(pool, inventory);
}

/* Equal hosts, one alone, and hosts that differ only in copies and in what Xen fakes. */
static void nothing_to_gain(void **state)
{
	static const char *const pools[][4] = {
		{ IVY, IVY, IVY, NULL },
		{ IVY, NULL },
		{ "1fcbfbff-f7fa3223-2d93fbff-00000021", "1fcbfbff-f7fa3223-2c100800-00000023", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		unsigned char side[3] = { 9, 9, 9 };
		featset_inventory_t *inventory;
		featset_t first, second;
		featset_pool_t *pool = make_pool(&inventory, pools[i]);

		assert_false(featset_pool_split(pool, FEATSET_GUEST_HVM, side, &first, &second));
		for (size_t k = 0; k < featset_pool_hosts(pool); k++)
			assert_int_equal(side[k], 0);
		assert_true(featset_equal(
			&first, featset_cpu_features(featset_level_cpu(featset_pool_level(pool, FEATSET_GUEST_HVM)))));
		assert_true(featset_is_empty(&second));
		end_pool(pool, inventory);
	}
}

/* Thirteen and more different cpus: five lack AVX2 and what came with it, and each lacks a bit of its own. */
static void many_classes(void **state)
{
	unsigned char side[16];
	featset_inventory_t *inventory = featset_inventory_new();
	featset_t first, second;
	featset_pool_t *pool;

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		featset_cpu_t *cpu = xen_cpu(i % 3 == 1 ? IVY : HASWELL);

		/* Bits of leaf 1 that nothing depends on and that both have. */
		featset_cpu_set_word(cpu, 0,
				     featset_cpu_word(cpu, 0) & ~(i & 1 ? 1u << 1 : 0) & ~(i & 2 ? 1u << 2 : 0) &
					     ~(i & 4 ? 1u << 7 : 0) & ~(i & 8 ? 1u << 14 : 0));
		add_host(inventory, "xapi", cpu);
	}
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	assert_true(featset_pool_split(pool, FEATSET_GUEST_HVM, side, &first, &second));
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(side[i], i % 3 == 1);
	assert_true(featset_has(&first, FEATSET_AVX2));
	assert_false(featset_has(&second, FEATSET_AVX2));
	end_pool(pool, inventory);
}

/* What all hosts keep on these sides, from levels made anew; side 1 may be empty. */
static size_t kept_by(const featset_inventory_t *inventory, unsigned mask, featset_rule_t rule)
{
	size_t score = 0;

	for (unsigned side = 0; side < 2; side++) {
		const featset_cpu_t *cpu[8];
		featset_level_t *level;
		size_t count = 0;

		for (size_t i = 0; i < featset_inventory_hosts(inventory); i++)
			if ((mask >> i & 1) == side)
				cpu[count++] = featset_inventory_cpu(inventory, i, FEATSET_SLOT_HVM);
		if (!count)
			continue;
		assert_int_equal(featset_level_new(&level, cpu, count, rule, NULL), FEATSET_OK);
		for (size_t i = 0; i < count; i++) {
			featset_t kept, act, other;

			featset_and(&kept, featset_cpu_features(cpu[i]),
				    featset_cpu_features(featset_level_cpu(level)));
			featset_cpu_split(cpu[i], &kept, &act, &other);
			score += featset_count(&act);
		}
		featset_level_free(level);
	}
	return score;
}

/* As CPUs are: what needs what is not there is not there either, or one host alone would keep more than two alike. */
static featset_cpu_t *random_tidy_cpu(void)
{
	featset_cpu_t *cpu = random_cpu(false);
	featset_t tidy;

	featset_prune(&tidy, featset_cpu_features(cpu), NULL, FEATSET_EDGES_ALL);
	featset_cpu_set_features(cpu, &tidy, featset_cpu_known(cpu));
	return cpu;
}

/* No other way of all there are keeps more, nor as much with fewer hosts on side 1. */
static void best_of_all(void **state)
{
	size_t splits = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		featset_inventory_t *inventory = featset_inventory_new();
		featset_rule_t rule = i % 2 ? FEATSET_RULE_XENSERVER : FEATSET_RULE_SAFE;
		unsigned hosts = 1 + rnd() % 6, mask = 0, ones = 0;
		unsigned char side[8];
		featset_t first, second;
		featset_pool_t *pool;
		size_t score;

		for (unsigned n = 0; n < hosts; n++) {
			bool again = n && rnd() % 2;
			const featset_cpu_t *old =
				again ? featset_inventory_cpu(inventory, rnd() % n, FEATSET_SLOT_HVM) : NULL;

			add_host(inventory, i % 2 ? "xapi" : "libvirt",
				 old ? featset_cpu_copy(old) : random_tidy_cpu());
		}
		assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
		if (featset_pool_split(pool, FEATSET_GUEST_HVM, side, &first, &second))
			for (unsigned n = 0; n < hosts; n++) {
				mask |= (unsigned)side[n] << n;
				ones += side[n];
			}
		score = kept_by(inventory, mask, rule);
		for (unsigned other = 0; other < 1u << hosts; other++) {
			size_t its = kept_by(inventory, other, rule);

			assert_true(its <= score);
			assert_true(its < score || (unsigned)__builtin_popcount(other) >= ones);
		}
		splits += mask != 0;
		featset_pool_free(pool);
		featset_inventory_free(inventory);
	}
	assert_true(splits > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_hosts),      cmocka_unit_test(skipped_host),    cmocka_unit_test(vectors),
		cmocka_unit_test(new_levels),      cmocka_unit_test(two_generations), cmocka_unit_test(halves),
		cmocka_unit_test(nothing_to_gain), cmocka_unit_test(many_classes),    cmocka_unit_test(best_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
