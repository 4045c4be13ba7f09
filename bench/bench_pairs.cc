// SPDX-License-Identifier: MIT
//
// bench_pairs [--json]: one pair of sets, subset and intersection.  featset
// inlined at -O2 and -O3 against std::bitset<2048> and a plain loop at -O3 of the
// same instruction set, all on the same pairs in one run, after checking that
// they agree.  Exit status 1 when they do not.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <featset/set.h>

#include "pairs.h"

namespace {

enum { SETS = 64, PAIRS = 672000, ROUNDS = 15, PASSES = 2 };

struct data {
	alignas(64) featset_t guests[SETS], hosts[SETS];
	std::vector<pair_of_sets> pairs;
	std::vector<uint8_t> subset; // the right answers
	size_t matches;
};

struct timing {
	const char *isa;
	const char *operation;
	std::vector<double> ns[4]; // by round: featset -O2, featset -O3, bitset, loop
};

uint64_t state = UINT64_C(0x2545f4914f6cdd1d);

unsigned random_below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return static_cast<unsigned>((state >> 33) % n);
}

// What real hosts look like: some 140 features, nearly all in the first 32
// words; eight generations of which each adds to the one before, and a few bits
// that firmware or fusing takes away.
void make_hosts(featset_t *hosts)
{
	featset_t generation;

	featset_clear(&generation);
	for (int i = 0; i < SETS; i++) {
		while (featset_count(&generation) < 110u + 8u * (static_cast<unsigned>(i) / (SETS / 8)))
			featset_add(&generation, random_below(20) ? random_below(32 * 32) : random_below(FEATSET_BITS));
		hosts[i] = generation;
		for (unsigned n = random_below(4); n > 0; n--)
			featset_remove(&hosts[i], featset_next(&hosts[i], random_below(32 * 32)));
	}
}

// Half the guests run at the level of a few hosts, a quarter were booted on one
// host and see all of it, a quarter all but some bits.
void make_guests(featset_t *guests, const featset_t *hosts)
{
	for (int i = 0; i < SETS; i++) {
		guests[i] = hosts[random_below(SETS)];
		if (i % 4 < 2)
			for (unsigned n = 1 + random_below(5); n > 0; n--)
				featset_and(&guests[i], &guests[i], &hosts[random_below(SETS)]);
		else if (i % 4 == 2)
			for (unsigned n = 1 + random_below(8); n > 0; n--)
				featset_remove(&guests[i], featset_next(&guests[i], random_below(32 * 32)));
	}
}

// The right answers, bit by bit.
bool right_subset(const featset_t *a, const featset_t *b)
{
	for (unsigned f = 0; f < FEATSET_BITS; f++)
		if (featset_has(a, f) && !featset_has(b, f))
			return false;
	return true;
}

void make_data(data &d)
{
	std::vector<uint8_t> table(SETS * SETS);

	make_hosts(d.hosts);
	make_guests(d.guests, d.hosts);
	for (int g = 0; g < SETS; g++)
		for (int h = 0; h < SETS; h++)
			table[g * SETS + h] = right_subset(&d.guests[g], &d.hosts[h]);
	d.pairs.resize(PAIRS);
	d.subset.resize(PAIRS);
	d.matches = 0;
	for (int i = 0; i < PAIRS; i++) {
		d.pairs[i].guest = static_cast<uint16_t>(random_below(SETS));
		d.pairs[i].host = static_cast<uint16_t>(random_below(SETS));
		d.subset[i] = table[d.pairs[i].guest * SETS + d.pairs[i].host];
		d.matches += d.subset[i];
	}
}

bool agrees(const data &d, const pairs_kernel &k)
{
	alignas(64) static featset_t ring[RING];
	std::vector<uint8_t> out(PAIRS, 2);

	k.subset(out.data(), d.guests, d.hosts, d.pairs.data(), PAIRS);
	if (out != d.subset)
		return false;
	for (size_t i = 0; i + RING <= PAIRS; i += RING) {
		k.intersect(ring, d.guests, d.hosts, &d.pairs[i], RING);
		for (int r = 0; r < RING; r++)
			for (unsigned w = 0; w < FEATSET_WORDS; w++)
				if (featset_word(&ring[r], w) != (featset_word(&d.guests[d.pairs[i + r].guest], w) &
								  featset_word(&d.hosts[d.pairs[i + r].host], w)))
					return false;
	}
	return true;
}

double time_one(const data &d, const pairs_kernel &k, bool subset)
{
	alignas(64) static featset_t ring[RING];
	static std::vector<uint8_t> out(PAIRS);
	auto start = std::chrono::steady_clock::now();

	for (int pass = 0; pass < PASSES; pass++) {
		if (subset)
			k.subset(out.data(), d.guests, d.hosts, d.pairs.data(), PAIRS);
		else
			k.intersect(ring, d.guests, d.hosts, d.pairs.data(), PAIRS);
	}
	std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
	return spent.count() / (static_cast<double>(PAIRS) * PASSES);
}

double median(std::vector<double> v)
{
	std::sort(v.begin(), v.end());
	return v[v.size() / 2];
}

// How many times as long `theirs` takes as `ours`: the median of the rounds' own ratios.
double ratio(const timing &t, int theirs, int ours)
{
	std::vector<double> r;

	for (size_t i = 0; i < t.ns[ours].size(); i++)
		r.push_back(t.ns[theirs][i] / t.ns[ours][i]);
	return median(r);
}

std::string cpu_name()
{
	char name[49] = "unknown CPU";
#if defined(__x86_64__) || defined(__i386__)
	unsigned regs[12];
	bool all = true;

	for (unsigned i = 0; i < 3; i++)
		all = all &&
		      __get_cpuid(0x80000002 + i, &regs[4 * i], &regs[4 * i + 1], &regs[4 * i + 2], &regs[4 * i + 3]);
	if (all)
		memcpy(name, regs, 48);
#endif
	std::string s(name);
	s.erase(0, std::min(s.find_first_not_of(' '), s.size()));
	s.erase(s.find_last_not_of(' ') + 1);
	s.erase(std::remove_if(s.begin(), s.end(), [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }),
		s.end());
	return s;
}

struct row {
	const pairs_variant *o2, *o3;
};

std::vector<row> rows()
{
	std::vector<row> v;

#if defined(__x86_64__) || defined(__i386__)
	__builtin_cpu_init();
	v.push_back({ &pairs_sse2_O2, &pairs_sse2_O3 });
	if (__builtin_cpu_supports("avx2"))
		v.push_back({ &pairs_avx2_O2, &pairs_avx2_O3 });
	if (__builtin_cpu_supports("avx512f"))
		v.push_back({ &pairs_avx512_O2, &pairs_avx512_O3 });
#else
	v.push_back({ &pairs_portable_O2, &pairs_portable_O3 });
#endif
	return v;
}

// Everything of one instruction set within one round comes together, in an order that turns, so that drift hits all.
void measure(const data &d, const std::vector<row> &all, std::vector<timing> &timings)
{
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < all.size(); i++) {
			const pairs_kernel *k[4] = { &all[i].o2->featset, &all[i].o3->featset, &all[i].o3->bitset,
						     &all[i].o3->loop };

			for (size_t op = 0; op < 2; op++)
				for (int turn = 0; turn < 4; turn++) {
					int which = (turn + round) % 4;

					timings[2 * i + op].ns[which].push_back(time_one(d, *k[which], op == 0));
				}
		}
}

void print_text(const data &d, const std::vector<timing> &timings)
{
	printf("One pair of sets: ns a pair, median of %d rounds; how many times as long the others take.\n", ROUNDS);
	printf("%s; %s; %d pairs of sets on cache lines, %.0f %% true; all results equal.\n\n", cpu_name().c_str(),
	       rows()[0].o3->compiler, PAIRS, 100.0 * static_cast<double>(d.matches) / PAIRS);
	printf("                    featset featset  bitset  a loop    bitset / featset  a loop / featset\n");
	printf("                        -O2     -O3     -O3     -O3       -O2     -O3       -O2     -O3\n");
	for (const timing &t : timings)
		printf("%-9s  %-8s %7.2f %7.2f %7.2f %7.2f   %6.2fx %6.2fx   %6.2fx %6.2fx\n", t.operation, t.isa,
		       median(t.ns[0]), median(t.ns[1]), median(t.ns[2]), median(t.ns[3]), ratio(t, 2, 0),
		       ratio(t, 2, 1), ratio(t, 3, 0), ratio(t, 3, 1));
}

void print_json(const data &d, const std::vector<timing> &timings)
{
	const char *comma = "";

	printf("{\n  \"schema\": 1,\n  \"benchmark\": \"pairs\",\n  \"cpu\": \"%s\",\n  \"compiler\": \"%s\",\n",
	       cpu_name().c_str(), rows()[0].o3->compiler);
	printf("  \"pairs\": %d,\n  \"true\": %zu,\n  \"rounds\": %d,\n  \"unit\": \"ns\",\n  \"results\": [", PAIRS,
	       d.matches, ROUNDS);
	for (const timing &t : timings) {
		printf("%s\n    {\"operation\": \"%s\", \"isa\": \"%s\", \"featset_O2\": %.3f, \"featset_O3\": %.3f, "
		       "\"bitset_O3\": %.3f, \"loop_O3\": %.3f,\n     \"bitset_over_featset_O2\": %.3f, "
		       "\"bitset_over_featset_O3\": %.3f, \"loop_over_featset_O2\": %.3f, \"loop_over_featset_O3\": "
		       "%.3f}",
		       comma, t.operation, t.isa, median(t.ns[0]), median(t.ns[1]), median(t.ns[2]), median(t.ns[3]),
		       ratio(t, 2, 0), ratio(t, 2, 1), ratio(t, 3, 0), ratio(t, 3, 1));
		comma = ",";
	}
	printf("\n  ]\n}\n");
}

} // namespace

int main(int argc, char **argv)
{
	static data d;
	std::vector<timing> timings;
	bool json = argc == 2 && !strcmp(argv[1], "--json");

	if (argc > 1 && !json) {
		fprintf(stderr, "usage: bench_pairs [--json]\n");
		return 2;
	}
	make_data(d);
	for (const row &r : rows()) {
		const pairs_kernel all[] = { r.o2->featset, r.o3->featset, r.o3->bitset, r.o3->loop };

		for (const pairs_kernel &k : all)
			if (!agrees(d, k)) {
				fprintf(stderr, "bench_pairs: results differ for %s\n", r.o3->isa);
				return 1;
			}
		timings.push_back({ r.o3->isa, "subset", {} });
		timings.push_back({ r.o3->isa, "intersect", {} });
	}
	measure(d, rows(), timings);
	if (json)
		print_json(d, timings);
	else
		print_text(d, timings);
	return 0;
}
