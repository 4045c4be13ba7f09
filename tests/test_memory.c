/* SPDX-License-Identifier: MIT */
/*
 * Failing memory: of every seed of the fuzzers, of inputs, joins, levels and
 * writers, each allocation fails in turn.  Nothing may crash, be left allocated or
 * be given as an answer, and the error says that there is no memory.
 *
 * The allocator is replaced in this program; sanitizers replace it too, and then
 * the test is skipped.
 */
#undef _GNU_SOURCE
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <featset.h>

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define REPLACED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define REPLACED 0
#endif
#endif
#ifndef REPLACED
#define REPLACED 1
#endif

#if REPLACED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

/* Or only the library's own calls would come here, and not those of expat and jansson. */
#pragma GCC visibility push(default)
void *malloc(size_t size);
void *calloc(size_t number, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
#pragma GCC visibility pop

/* While `watching`, `live` counts blocks, and the allocation number `failing` fails. */
static bool watching;
static long live, count, failing, failed;

static bool fails(void)
{
	bool now = watching && ++count == failing;

	failed += now;
	return now;
}

void *malloc(size_t size)
{
	void *block = fails() ? NULL : __libc_malloc(size);

	live += watching && block;
	if (!block)
		errno = ENOMEM;
	return block;
}

void *calloc(size_t number, size_t size)
{
	void *block = fails() ? NULL : __libc_calloc(number, size);

	live += watching && block;
	return block;
}

void *realloc(void *block, size_t size)
{
	void *moved = fails() ? NULL : __libc_realloc(block, size);

	live += watching && moved && !block;
	return moved;
}

void free(void *block)
{
	live -= watching && block;
	__libc_free(block);
}

/* ---- what may fail -------------------------------------------------------------- */

/* What is called, with its subject; `drop` frees what it made. */
typedef struct call {
	const char *name;
	const void *subject;
	size_t size;
	featset_status_t (*make)(void **made, const struct call *call, featset_error_t *error);
	void (*drop)(void *made);
} call_t;

static void drop_inventory(void *made)
{
	featset_inventory_free(made);
}

static void drop_file(void *made)
{
	featset_inventory_free(made);
}

/*
 * The C library does without a file's buffer.  jansson's parser drops characters
 * that it has no memory for, so that of JSON anything may come that is not a crash
 * or a leak.
 */
static bool is_excused(featset_status_t status, const call_t *call)
{
	if (call->drop == drop_inventory && strchr("{[", *(const char *)call->subject))
		return true;
	return status == FEATSET_OK && call->drop == drop_file;
}

/* Lets each allocation of a call fail in turn, until there is none left that could. */
static void fail_each(const call_t *call)
{
	bool reached = true;

	for (failing = 1; reached; failing++) {
		featset_error_t error = { 0 };
		featset_status_t status;
		void *made = NULL;

		live = count = 0;
		watching = true;
		status = call->make(&made, call, &error);
		reached = count >= failing;
		if (status == FEATSET_OK)
			call->drop(made);
		watching = false;
		if (live)
			fail_msg("%s: %ld blocks are left when allocation %ld fails", call->name, live, failing);
		if (status != FEATSET_OK && (made || error.code != status || !error.text[0]))
			fail_msg("%s: allocation %ld fails without a word", call->name, failing);
		/* Once nothing fails any more the seed is read, or refused for another reason. */
		if (reached ? status != FEATSET_E_MEMORY && !is_excused(status, call) : status == FEATSET_E_MEMORY)
			fail_msg("%s: allocation %ld fails, and the status is %d: %s", call->name, failing, (int)status,
				 error.text);
		assert_true(failing < 100000);
	}
}

static featset_status_t make_inventory(void **made, const call_t *call, featset_error_t *error)
{
	featset_inventory_t *inventory = NULL;
	featset_status_t status = featset_read(&inventory, call->subject, call->size, NULL, call->name, error);

	*made = inventory;
	return status;
}

/* The same where broken hosts are left out. */
static featset_status_t make_rest(void **made, const call_t *call, featset_error_t *error)
{
	featset_inventory_t *inventory = NULL;
	featset_status_t status =
		featset_read_with(&inventory, call->subject, call->size, NULL, call->name, FEATSET_KEEP_GOING, error);

	*made = inventory;
	return status;
}

static featset_status_t make_catalog(void **made, const call_t *call, featset_error_t *error)
{
	featset_catalog_t *catalog = NULL;
	featset_status_t status = featset_catalog_read(&catalog, call->subject, call->size, call->name, error);

	*made = catalog;
	return status;
}

static void drop_catalog(void *made)
{
	featset_catalog_free(made);
}

static featset_status_t make_file(void **made, const call_t *call, featset_error_t *error)
{
	featset_inventory_t *inventory = NULL;
	featset_status_t status = featset_input(&inventory, call->subject, 0, 0, error);

	*made = inventory;
	/* The C library's own: the file cannot be opened for want of memory, and the sentence says so. */
	if (status == FEATSET_E_IO && strstr(error->text, strerror(ENOMEM)))
		status = error->code = FEATSET_E_MEMORY;
	return status;
}

static featset_status_t make_expression(void **made, const call_t *call, featset_error_t *error)
{
	featset_cpu_t *cpu = NULL;
	featset_status_t status = featset_expression(&cpu, call->subject, error);

	*made = cpu;
	return status;
}

static void drop_cpu(void *made)
{
	featset_cpu_free(made);
}

static featset_status_t make_join(void **made, const call_t *call, featset_error_t *error)
{
	featset_cpu_t *cpu = NULL;
	featset_status_t status = featset_cpu_join(&cpu, call->subject, call->size, error);

	*made = cpu;
	return status;
}

static featset_status_t no_memory(featset_error_t *error)
{
	error->code = FEATSET_E_MEMORY;
	strcpy(error->text, "no memory");
	return FEATSET_E_MEMORY;
}

static featset_status_t make_copy(void **made, const call_t *call, featset_error_t *error)
{
	*made = featset_cpu_copy(call->subject);
	if (*made)
		return FEATSET_OK;
	/* It has no error of its own: NULL says it. */
	return no_memory(error);
}

static featset_status_t make_level(void **made, const call_t *call, featset_error_t *error)
{
	featset_level_t *level = NULL;
	featset_status_t status = featset_level_new(&level, call->subject, call->size, FEATSET_RULE_SAFE, error);

	*made = level;
	return status;
}

static void drop_level(void *made)
{
	featset_level_free(made);
}

static featset_status_t make_policy(void **made, const call_t *call, featset_error_t *error)
{
	featset_policy_t *policy = NULL;
	featset_status_t status =
		featset_policy_new(&policy, call->subject, featset_platform_find("qemu", NULL), NULL, NULL, 0, error);

	*made = policy;
	return status;
}

static void drop_policy(void *made)
{
	featset_policy_free(made);
}

/* Any inventory will do, so an excuse of drop_inventory's and drop_file's is not wanted. */
static void drop_merged(void *made)
{
	featset_inventory_free(made);
}

static featset_status_t make_inventory_copy(void **made, const call_t *call, featset_error_t *error)
{
	*made = featset_inventory_copy(call->subject);
	return *made ? FEATSET_OK : no_memory(error);
}

/* A merge that fails leaves both as they were. */
static featset_status_t make_merged(void **made, const call_t *call, featset_error_t *error)
{
	featset_inventory_t *into = featset_inventory_copy(call->subject);
	featset_inventory_t *from = featset_inventory_copy(call->subject);
	bool both = into && from;
	size_t hosts = featset_inventory_hosts(into), notes = featset_inventory_notes(from);
	featset_status_t status = both ? featset_inventory_merge(into, from) : FEATSET_E_MEMORY;

	if (both && (featset_inventory_hosts(into) != hosts * (status == FEATSET_OK ? 2 : 1) ||
		     featset_inventory_notes(from) != (status == FEATSET_OK ? 0 : notes))) {
		watching = false;
		fail_msg("allocation %ld fails, and half is merged", failing);
	}
	featset_inventory_free(from);
	if (status == FEATSET_OK) {
		*made = into;
		return FEATSET_OK;
	}
	featset_inventory_free(into);
	return no_memory(error);
}

static featset_status_t make_pool(void **made, const call_t *call, featset_error_t *error)
{
	featset_pool_t *pool = NULL;
	featset_status_t status = featset_pool_new(&pool, call->subject, error);

	*made = pool;
	return status;
}

static void drop_pool(void *made)
{
	featset_pool_free(made);
}

/* From the first pool to the second. */
static featset_status_t make_change(void **made, const call_t *call, featset_error_t *error)
{
	featset_pool_t *const *pools = call->subject;
	featset_change_t *change = NULL;
	featset_status_t status = featset_change_new(&change, pools[0], pools[1], error);

	*made = change;
	return status;
}

static void drop_change(void *made)
{
	featset_change_free(made);
}

/* Texts are explained in this pool; NULL for none. */
static const featset_pool_t *explained_in;

static featset_status_t make_explanation(void **made, const call_t *call, featset_error_t *error)
{
	featset_explanation_t *explanation = NULL;
	featset_status_t status = featset_explanation_new(&explanation, call->subject, call->size, explained_in, error);

	*made = explanation;
	return status;
}

static void drop_explanation(void *made)
{
	featset_explanation_free(made);
}

/* What a writer writes when nothing fails, into the same place each time. */
static char written[1 << 16], expected[1 << 16];

static featset_status_t make_text(void **made, const call_t *call, featset_error_t *error)
{
	const featset_format_t *format = featset_format_find(call->name, NULL);
	size_t length;

	(void)made;
	return featset_write(written, sizeof(written), &length, call->subject, format, FEATSET_CANONICAL, NULL, error);
}

/* Half a text is no answer either. */
static void drop_text(void *made)
{
	(void)made;
	if (strcmp(written, expected) != 0) {
		watching = false;
		fail_msg("allocation %ld fails, and something else is written: %.400s", failing, written);
	}
}

/* ---- the tests -------------------------------------------------------------------- */

/* Calls a function with each seed of a fuzz target; how many there were. */
static size_t each_seed(const char *target, featset_status_t (*make)(void **, const call_t *, featset_error_t *),
			void (*drop)(void *))
{
	static char text[1 << 16];
	char folder[256], path[4096];
	struct dirent *entry;
	DIR *directory;
	size_t seeds = 0;

	snprintf(folder, sizeof(folder), "tests/corpus/%s", target);
	directory = opendir(folder);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		call_t call = { .name = path, .subject = text, .make = make, .drop = drop };
		FILE *stream;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		stream = fopen(path, "rb");
		if (!stream)
			fail_msg("cannot open %s", path);
		call.size = fread(text, 1, sizeof(text), stream);
		fclose(stream);
		fail_each(&call);
		seeds++;
	}
	closedir(directory);
	return seeds;
}

static void readers(void **state)
{
	static const char *const targets[] = { "hex", "xe", "json", "xml", "names", "roundtrip" };
	size_t seeds = 0;
	long before;

	(void)state;
	failed = 0;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		seeds += each_seed(targets[i], make_inventory, drop_inventory);
	assert_true(seeds >= 34);
	before = failed;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		each_seed(targets[i], make_rest, drop_inventory);
	/* Some seeds have a broken host, whose sentence is kept and behind which there is more to read. */
	assert_true(failed - before > before);
	assert_true(failed > 300);
	print_message("[          ] %ld allocations failed\n", failed);
}

/* Errors that people paste, alone and with the pool that they are about. */
static void explanations(void **state)
{
	static const char *const files[] = { "examples/pools/hera-zeus/hosts.txt", "examples/pools/hera-zeus/vms.txt" };
	featset_inventory_t *inventory;
	featset_pool_t *pool;

	(void)state;
	failed = 0;
	assert_true(each_seed("explain", make_explanation, drop_explanation) >= 7);
	assert_int_equal(featset_inventory_load(&inventory, files, 2, 0, 0, NULL), FEATSET_OK);
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	explained_in = pool;
	each_seed("explain", make_explanation, drop_explanation);
	explained_in = NULL;
	featset_pool_free(pool);
	featset_inventory_free(inventory);
	assert_true(failed > 100);
}

/* Of each format that can be read there is a seed that is read as that format. */
static void every_format_has_a_seed(void **state)
{
	static const char *const targets[] = { "hex", "xe", "json", "xml", "names" };
	static char text[1 << 16];

	(void)state;
	for (size_t i = 0; i < featset_format_count(); i++) {
		const char *name = featset_format_name(featset_format_at(i));
		featset_inventory_t *inventory = NULL;
		FILE *stream = NULL;
		char path[256];
		size_t size;

		for (size_t k = 0; !stream && k < sizeof(targets) / sizeof(targets[0]); k++) {
			snprintf(path, sizeof(path), "tests/corpus/%s/%s", targets[k], name);
			stream = fopen(path, "rb");
		}
		if (!stream)
			fail_msg("no seed is called %s", name);
		size = fread(text, 1, sizeof(text), stream);
		fclose(stream);
		/* A build may be without XML or JSON. */
		if (featset_read(&inventory, text, size, NULL, path, NULL) == FEATSET_OK)
			assert_string_equal(featset_inventory_format(inventory), name);
		featset_inventory_free(inventory);
	}
}

static void catalogs(void **state)
{
	(void)state;
	failed = 0;
	assert_true(each_seed("catalog", make_catalog, drop_catalog) >= 6);
	assert_true(failed > 10);
}

static featset_status_t make_folder(void **made, const call_t *call, featset_error_t *error)
{
	const char *path = call->subject;
	featset_inventory_t *inventory = NULL;
	featset_status_t status = featset_inventory_load(&inventory, &path, 1, 0, 0, error);

	*made = inventory;
	return status;
}

static void write_text(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	stream = fopen(path, "w");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
}

/* A node of Proxmox VE, with a custom model, and one VM told of twice. */
static void folders(void **state)
{
	char folder[] = "/tmp/featset-memory-XXXXXX", host[64], command[128];
	const call_t call = { "a folder", folder, 0, make_folder, drop_inventory };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(host, sizeof(host), "%s/host", folder);
	assert_int_equal(mkdir(host, 0700), 0);
	write_text(folder, "cpu-models.conf", "cpu-model: m\n    flags +aes\n");
	write_text(host, "cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse sse2\n\n");
	write_text(host, "100.conf", "cpu: custom-m\nname: a\n");
	write_text(host, "list", "VMID NAME STATUS MEM(MB) BOOTDISK(GB) PID\n100 a running 1 1 1\n");
	failed = 0;
	fail_each(&call);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
	assert_true(failed > 20);
}

static void inputs(void **state)
{
	const call_t file = { "a file", "tests/corpus/hex/cpuid", 0, make_file, drop_file };
	const call_t names = { "names", "haswell-avx2+sha_ni", 0, make_file, drop_inventory };
	const call_t baseline = { "a baseline", "x86-64-v3", 0, make_file, drop_inventory };
	const call_t xen = { "a Xen string", "1fcbfbff-f7ba2223", 0, make_file, drop_inventory };
	const call_t expression = { "an expression", "haswell-avx2+sha_ni", 0, make_expression, drop_cpu };

	(void)state;
	fail_each(&file);
	fail_each(&names);
	fail_each(&baseline);
	fail_each(&xen);
	failed = 0;
	fail_each(&expression);
	assert_true(failed > 0);
}

static void cpus(void **state)
{
	featset_cpu_t *each[2], *both;
	featset_t usable;

	(void)state;
	assert_int_equal(featset_expression(&each[0], "haswell", NULL), FEATSET_OK);
	assert_int_equal(featset_expression(&each[1], "ivybridge", NULL), FEATSET_OK);
	usable = *featset_cpu_features(each[0]);
	featset_cpu_set_usable(each[0], &usable);
	featset_cpu_set_usable(each[1], &usable);
	assert_int_equal(featset_cpu_join(&both, (const featset_cpu_t *const *)each, 2, NULL), FEATSET_OK);
	{
		const featset_cpu_t *const hosts[] = { both, each[1], each[0] };
		const call_t join = { "a join", each, 2, make_join, drop_cpu };
		const call_t copy = { "a copy", both, 0, make_copy, drop_cpu };
		const call_t level = { "a level", hosts, 3, make_level, drop_level };
		const call_t policy = { "a policy", each[0], 0, make_policy, drop_policy };

		failed = 0;
		fail_each(&join);
		assert_true(failed >= 3);
		failed = 0;
		fail_each(&copy);
		assert_true(failed >= 2);
		failed = 0;
		fail_each(&level);
		assert_true(failed >= 4);
		failed = 0;
		featset_cpu_set_number(each[0], FEATSET_MAX_BASIC, 0xd);
		fail_each(&policy);
		assert_true(failed >= 4);
	}
	featset_cpu_free(both);
	featset_cpu_free(each[1]);
	featset_cpu_free(each[0]);
}

static void inventories(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_cpu_t *cpu;

	(void)state;
	assert_int_equal(featset_expression(&cpu, "haswell", NULL), FEATSET_OK);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(featset_inventory_add_host(inventory, "hera", "1", NULL), FEATSET_OK);
		assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VM, NULL), FEATSET_OK);
		assert_int_equal(featset_inventory_add_note(inventory, "a note"), FEATSET_OK);
	}
	assert_int_equal(featset_inventory_set_cpu(inventory, 4, FEATSET_SLOT_HVM, featset_cpu_copy(cpu)), FEATSET_OK);
	assert_int_equal(featset_inventory_set_vm_cpu(inventory, 4, cpu), FEATSET_OK);
	{
		const call_t copy = { "a copy", inventory, 0, make_inventory_copy, drop_merged };
		const call_t merge = { "a merge", inventory, 0, make_merged, drop_merged };

		failed = 0;
		fail_each(&copy);
		assert_true(failed >= 10);
		failed = 0;
		fail_each(&merge);
		assert_true(failed >= 20);
	}
	featset_inventory_free(inventory);
}

/* Hera, with a VM, disks and a network, becomes Hera and Zeus; and hosts alone, so that VMs are taken from before. */
static void pools(void **state)
{
	static const char hosts[] =
		"uuid ( RO): 1\nname-label ( RW): hera\ncpu_info (MRO): vendor: GenuineIntel; features_hvm: 1fcbfbff-"
		"f7fa3223; features_pv: 1fc9cbf5-f6f83203; features_hvm_host: 1fcbfbff-f7fa3203; features_pv_host: "
		"1fc9cbf5-f6f83203\n\n";
	featset_inventory_t *inventory[2];
	featset_pool_t *pool[2];

	(void)state;
	assert_int_equal(featset_read(&inventory[1], hosts, strlen(hosts), NULL, NULL, NULL), FEATSET_OK);
	inventory[0] = featset_inventory_copy(inventory[1]);
	for (int kind = FEATSET_RECORD_VM; kind < FEATSET_RECORDS; kind++)
		assert_int_equal(featset_inventory_add(inventory[0], (featset_record_t)kind, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory[0], FEATSET_VM_HOST, 0, "1"), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory[0], FEATSET_VM_POWER_STATE, 0, "running"), FEATSET_OK);
	assert_int_equal(featset_pool_new(&pool[0], inventory[0], NULL), FEATSET_OK);
	assert_int_equal(featset_pool_new(&pool[1], inventory[1], NULL), FEATSET_OK);
	{
		featset_pool_t *back[2] = { pool[1], pool[0] };
		const call_t make = { "a pool", inventory[0], 0, make_pool, drop_pool };
		const call_t change = { "a change", pool, 0, make_change, drop_change };
		const call_t changed_back = { "a change", back, 0, make_change, drop_change };

		failed = 0;
		fail_each(&make);
		assert_true(failed >= 20);
		failed = 0;
		fail_each(&change);
		assert_true(failed >= 20);
		failed = 0;
		fail_each(&changed_back);
		assert_true(failed >= 10);
	}
	for (int i = 0; i < 2; i++) {
		featset_pool_free(pool[i]);
		featset_inventory_free(inventory[i]);
	}
}

static void writers(void **state)
{
	featset_cpu_t *cpu;

	(void)state;
	assert_int_equal(featset_expression(&cpu, "haswell", NULL), FEATSET_OK);
	for (size_t i = 0; i < featset_format_count(); i++) {
		const featset_format_t *format = featset_format_at(i);
		const call_t call = { featset_format_name(format), cpu, 0, make_text, drop_text };
		size_t length;

		if (!featset_format_writes(format))
			continue;
		assert_int_equal(
			featset_write(expected, sizeof(expected), &length, cpu, format, FEATSET_CANONICAL, NULL, NULL),
			FEATSET_OK);
		assert_true(length < sizeof(expected));
		fail_each(&call);
	}
	featset_cpu_free(cpu);
}

#else

static void skipped(void **state)
{
	(void)state;
	print_message("[          ] skipped: the allocator is a sanitizer's\n");
	skip();
}

#define readers skipped
#define explanations skipped
#define every_format_has_a_seed skipped
#define catalogs skipped
#define inputs skipped
#define folders skipped
#define cpus skipped
#define inventories skipped
#define pools skipped
#define writers skipped

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers),
		cmocka_unit_test(explanations),
		cmocka_unit_test(every_format_has_a_seed),
		cmocka_unit_test(catalogs),
		cmocka_unit_test(inputs),
		cmocka_unit_test(folders),
		cmocka_unit_test(cpus),
		cmocka_unit_test(inventories),
		cmocka_unit_test(pools),
		cmocka_unit_test(writers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
