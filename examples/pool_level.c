/* SPDX-License-Identifier: MIT */
/* The level of a pool: what its hosts have in common, and what each loses by it. */
#include <featset.h>

#include <stdio.h>
#include <stdlib.h>

enum { MOST_HOSTS = 64 };

static int fail(const featset_error_t *error)
{
	char text[1024];

	featset_error_write(text, sizeof text, error);
	fprintf(stderr, "pool_level: %s\n", text);
	return EXIT_FAILURE;
}

static void print_names(const featset_t *set)
{
	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		char name[64];

		featset_feature_spell(name, sizeof name, f, FEATSET_CANONICAL);
		printf(" %s", name);
	}
	printf("%s\n", featset_is_empty(set) ? " nothing" : "");
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "pools/hera-zeus/hosts.txt";
	const featset_cpu_t *hosts[MOST_HOSTS];
	const featset_baseline_t *nearest;
	featset_inventory_t *pool = NULL;
	featset_level_t *level = NULL;
	featset_error_t error;
	char words[FEATSET_XEN_WORDS * 9];
	size_t count;

	if (featset_read_file(&pool, path, NULL, 0, &error) != FEATSET_OK)
		return fail(&error);
	count = featset_inventory_hosts(pool);
	if (count > MOST_HOSTS)
		count = MOST_HOSTS;
	for (size_t i = 0; i < count; i++)
		hosts[i] = featset_inventory_cpu(pool, i, FEATSET_SLOT_HVM);
	if (featset_level_new(&level, hosts, count, FEATSET_RULE_XENSERVER, &error) != FEATSET_OK)
		return fail(&error);

	if (featset_nearest(&nearest, 1, featset_level_cpu(level)) > 0)
		printf("level: %s, x86-64-v%d\n", featset_baseline_name(nearest), featset_psabi(featset_level_cpu(level)));
	for (size_t i = 0; i < count; i++) {
		featset_t lost, harmless;

		featset_level_lost(&lost, &harmless, level, i);
		printf("%s loses", featset_inventory_host_name(pool, i));
		print_names(&lost);
	}
	featset_xen_write(words, sizeof words, featset_cpu_features(featset_level_cpu(level)),
			  (size_t)featset_cpu_number(featset_level_cpu(level), FEATSET_XEN_LENGTH));
	printf("xen: %s\n", words);
	featset_level_free(level);
	featset_inventory_free(pool);
	return EXIT_SUCCESS;
}
