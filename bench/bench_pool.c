/* SPDX-License-Identifier: MIT */
/*
 * bench_pool FEATSET FILE...: what it takes to think a pool through, beside the
 * time of reading its file.  A file is called HOSTSxVMS.DRESS, and dresses of one
 * pool stand together: their answers are compared first.  Exit status 1 when they
 * differ.
 *
 * The analysis is everything that pool.h answers: each VM against each host, the
 * features that are missing and why, evacuation, cures, gains, prices, the split,
 * a half-done update, and the pool compared with itself.  `featset pool FILE` is
 * run beside.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <featset.h>

enum { ROUNDS = 5 };

struct timings {
	double read[ROUNDS], analysis[ROUNDS], text[ROUNDS];
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void stop(const char *file, const char *why)
{
	fprintf(stderr, "bench_pool: %s: %s\n", file, why);
	exit(1);
}

static featset_inventory_t *load(const char *file)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	if (featset_inventory_load(&inventory, &file, 1, 0, 0, &error) != FEATSET_OK)
		stop(file, error.text);
	return inventory;
}

static featset_pool_t *think(const char *file, const featset_inventory_t *inventory)
{
	featset_error_t error = { 0 };
	featset_pool_t *pool = NULL;

	if (featset_pool_new(&pool, inventory, &error) != FEATSET_OK)
		stop(file, error.text);
	return pool;
}

/* ---- answers as one number -------------------------------------------------------- */

/*
 * Sums over records, each with its UUID's hash in it: dresses may have them in any
 * order.  Without hashes it is a sum all the same, so that nothing is left out.
 */
struct names {
	uint64_t *vm, *host;
};

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ b) * UINT64_C(0x9e3779b97f4a7c15);

	return hash ^ hash >> 29;
}

static uint64_t hash_set(const featset_t *set)
{
	uint64_t hash = 1;

	for (int i = 0; i < FEATSET_LANES; i++)
		hash = mix(hash, set->lane[i]);
	return hash;
}

static uint64_t *hash_names(const featset_inventory_t *inventory, featset_record_t kind, featset_field_t field)
{
	size_t count = featset_inventory_count(inventory, kind);
	uint64_t *hash = calloc(count + 1, sizeof(*hash));

	for (size_t i = 0; hash && i < count; i++)
		for (const char *c = featset_inventory_get(inventory, field, i); *c; c++)
			hash[i] = mix(hash[i], (unsigned char)*c);
	if (!hash)
		stop("memory", "there is none left");
	return hash;
}

static uint64_t of_host(const struct names *names, size_t host)
{
	return host == FEATSET_NONE ? 7 : names ? names->host[host] : host;
}

static uint64_t of_vm(const struct names *names, size_t vm)
{
	return names ? names->vm[vm] : vm;
}

/* ---- the analysis ------------------------------------------------------------------ */

static uint64_t pairs(const featset_pool_t *pool, const struct names *names)
{
	size_t hosts = featset_pool_hosts(pool);
	uint64_t sum = 0;

	for (size_t vm = 0; vm < featset_pool_vms(pool); vm++) {
		uint64_t hash = of_vm(names, vm);

		if (!featset_pool_vm_counts(pool, vm))
			continue;
		if (!names) {
			for (size_t host = 0; host < hosts; host++)
				sum += (uint64_t)featset_pool_check(pool, vm, host);
			continue;
		}
		for (size_t host = 0; host < hosts; host++)
			sum += mix(hash ^ of_host(names, host), (uint64_t)featset_pool_check(pool, vm, host) << 16 |
									featset_pool_blocks(pool, vm, host));
	}
	return sum;
}

/* What stands in a VM's way on the first host that refuses it, and why. */
static uint64_t reasons(const featset_pool_t *pool, size_t vm)
{
	uint64_t sum = 0;
	featset_t missing;
	size_t host = 0;

	while (host < featset_pool_hosts(pool) && featset_pool_check(pool, vm, host) != FEATSET_NO)
		host++;
	if (host == featset_pool_hosts(pool))
		return 0;
	featset_pool_missing(&missing, pool, vm, host);
	for (featset_feature_t f = featset_next(&missing, 0); f < FEATSET_BITS; f = featset_next(&missing, f + 1))
		sum += mix(f, (uint64_t)featset_pool_cause(pool, vm, host, f));
	return sum;
}

static uint64_t vms(const featset_pool_t *pool, const struct names *names)
{
	uint64_t sum = 0;
	featset_t gain;

	for (size_t vm = 0; vm < featset_pool_vms(pool); vm++) {
		uint64_t hash = of_vm(names, vm);

		if (!featset_pool_vm_counts(pool, vm))
			continue;
		featset_pool_gain(&gain, pool, vm);
		sum += mix(mix(hash, hash_set(&gain)), featset_pool_cure(pool, vm));
		sum += mix(hash, (uint64_t)featset_pool_vm_blocks(pool, vm)) + reasons(pool, vm);
		sum += mix(hash, of_host(names, featset_pool_movable_to(pool, vm, 0)));
	}
	return sum;
}

static uint64_t hosts(const featset_pool_t *pool, const struct names *names)
{
	featset_t lost, other, price, rest;
	uint64_t sum = 0;

	for (size_t host = 0; host < featset_pool_hosts(pool); host++) {
		sum += mix(of_host(names, host), (uint64_t)featset_pool_evacuable(pool, host));
		for (int guest = 0; guest < FEATSET_GUESTS; guest++) {
			featset_pool_lost(&lost, &other, pool, (featset_guest_t)guest, host);
			featset_pool_price(&price, &rest, pool, (featset_guest_t)guest, host);
			sum += mix(mix(hash_set(&lost), hash_set(&other)), mix(hash_set(&price), hash_set(&rest)));
		}
	}
	return sum;
}

static uint64_t whole(const featset_pool_t *pool)
{
	unsigned char *side = calloc(featset_pool_hosts(pool), 1);
	size_t one = 0, two = 0;
	uint64_t sum = 0;
	featset_t sets[2];

	for (int guest = 0; side && guest < FEATSET_GUESTS; guest++) {
		const featset_level_t *level = featset_pool_level(pool, (featset_guest_t)guest);

		if (level)
			sum += hash_set(featset_cpu_features(featset_level_cpu(level)));
		if (!featset_pool_split(pool, (featset_guest_t)guest, side, &sets[0], &sets[1]))
			continue;
		for (size_t host = 0; host < featset_pool_hosts(pool); host++)
			sum += side[host];
		sum += hash_set(&sets[0]) + hash_set(&sets[1]);
	}
	free(side);
	return sum + featset_pool_half_updated(pool, &one, &two);
}

static uint64_t change(const featset_pool_t *pool)
{
	featset_change_t *made = NULL;
	featset_t lost, gained;
	uint64_t sum = 0;

	if (featset_change_new(&made, pool, pool, NULL) != FEATSET_OK)
		stop("memory", "there is none left");
	for (size_t i = 0; i < featset_change_hosts(made); i++) {
		featset_change_host_features(&lost, &gained, made, FEATSET_GUEST_HVM, i);
		sum += hash_set(&lost) + hash_set(&gained) + (uint64_t)featset_change_turn(made, i);
	}
	sum += featset_change_stuck(made, 0) == FEATSET_NONE;
	sum += featset_change_mixes_vendors(made);
	featset_change_free(made);
	return sum;
}

static uint64_t analyse(const char *file, const featset_inventory_t *inventory, const struct names *names)
{
	featset_pool_t *pool = think(file, inventory);
	uint64_t sum = pairs(pool, names) + vms(pool, names) + hosts(pool, names) + whole(pool) + change(pool);

	featset_pool_free(pool);
	return sum;
}

/* ---- measuring ------------------------------------------------------------------------ */

/* The sum does not say that it was worked out unless somebody looks at it. */
static volatile uint64_t sink;

static void run(const char *program, const char *options, const char *file)
{
	char command[4096];

	snprintf(command, sizeof(command), "'%s' pool %s '%s' >/dev/null", program, options, file);
	/* 1: not all is well in that pool. */
	if (system(command) / 256 > 1)
		stop(file, "the program fails");
}

static void measure(struct timings *timings, const char *program, const char *file)
{
	for (int round = 0; round < ROUNDS; round++) {
		double start = now(), read;
		featset_inventory_t *inventory = load(file);

		read = now();
		sink = analyse(file, inventory, NULL);
		timings->analysis[round] = now() - read;
		timings->read[round] = read - start;
		featset_inventory_free(inventory);
		start = now();
		run(program, "", file);
		timings->text[round] = now() - start;
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(*sorted), compare);
	return sorted[ROUNDS / 2];
}

/* The median of the rounds' own ratios. */
static double ratio(const double *a, const double *b)
{
	double ratios[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ratios[i] = a[i] / b[i];
	return median(ratios);
}

static uint64_t answers(const char *file)
{
	featset_inventory_t *inventory = load(file);
	struct names names = { hash_names(inventory, FEATSET_RECORD_VM, FEATSET_VM_UUID),
			       hash_names(inventory, FEATSET_RECORD_HOST, FEATSET_HOST_UUID) };
	uint64_t sum = analyse(file, inventory, &names);

	free(names.vm);
	free(names.host);
	featset_inventory_free(inventory);
	return sum;
}

/* "64x4000" of "build/bench/64x4000.xe", and "xe". */
static const char *name_of(const char *file, int *length)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;

	*length = (int)strcspn(name, ".");
	return name;
}

static void check_answers(char **files, int count)
{
	const char *before = "";
	uint64_t expected = 0;
	int size = 0;

	for (int i = 0; i < count; i++) {
		int length;
		const char *name = name_of(files[i], &length);
		uint64_t sum = answers(files[i]);

		if (length == size && !strncmp(name, before, (size_t)size) && sum != expected)
			stop(files[i], "its answers differ from those of the same pool in another dress");
		before = name;
		size = length;
		expected = sum;
	}
}

static void print_row(const char *file, const struct timings *timings)
{
	int length;
	const char *name = name_of(file, &length);

	printf("%-11.*s %-5s %9.1f %9.1f %9.1f %9.2fx %9.2fx\n", length, name, name + length + (name[length] == '.'),
	       median(timings->read), median(timings->analysis), median(timings->text),
	       ratio(timings->analysis, timings->read), ratio(timings->text, timings->read));
}

int main(int argc, char **argv)
{
	struct timings timings;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_pool FEATSET FILE...\n");
		return 2;
	}
	check_answers(argv + 2, argc - 2);
	printf("Pools: reading a file, every answer about it, and the program as a whole: ms, medians of %d rounds.\n"
	       "The answers are equal in all dresses.  Aims: analysis at most 1x reading, the program at most 2x.\n\n",
	       ROUNDS);
	printf("hosts x VMs dress      read  analysis   program  analysis   program\n");
	printf("                                                   / read    / read\n");
	for (int i = 2; i < argc; i++) {
		measure(&timings, argv[1], argv[i]);
		print_row(argv[i], &timings);
	}
	return 0;
}
