/* SPDX-License-Identifier: MIT */
/*
 * Failing memory: of every seed of the format fuzzer, each allocation of its
 * reader fails in turn.  Nothing may crash, be left allocated or be given as an
 * answer, and the error says that there is no memory.
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

#include <cmocka.h>

#include <featset/format.h>

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

static void read_failing(const char *name, const char *text, size_t size)
{
	featset_status_t status = FEATSET_E_MEMORY;

	for (failing = 1; status == FEATSET_E_MEMORY; failing++) {
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };
		bool reached;

		live = count = 0;
		watching = true;
		status = featset_read(&inventory, text, size, NULL, name, &error);
		reached = count >= failing;
		if (status == FEATSET_OK)
			featset_inventory_free(inventory);
		watching = false;
		if (live)
			fail_msg("%s: %ld blocks are left when allocation %ld fails", name, live, failing);
		if (status != FEATSET_OK && (inventory || error.code != status || !error.text[0]))
			fail_msg("%s: allocation %ld fails without a word", name, failing);
		/* Once nothing fails any more the seed is read, or refused for another reason. */
		if (reached && status != FEATSET_E_MEMORY)
			fail_msg("%s: allocation %ld fails, and the status is %d: %s", name, failing, (int)status,
				 error.text);
		assert_true(failing < 100000);
	}
}

static void each_allocation(void **state)
{
	static const char folder[] = "tests/corpus/format";
	static char text[1 << 16];
	DIR *directory = opendir(folder);
	struct dirent *entry;
	size_t seeds = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		char path[4096];
		FILE *stream;
		size_t size;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		stream = fopen(path, "rb");
		if (!stream)
			fail_msg("cannot open %s", path);
		size = fread(text, 1, sizeof(text), stream);
		fclose(stream);
		read_failing(path, text, size);
		seeds++;
	}
	closedir(directory);
	assert_true(seeds >= 18);
	assert_true(failed > 100);
	print_message("[          ] %ld allocations failed\n", failed);
}

#else

static void each_allocation(void **state)
{
	(void)state;
	print_message("[          ] skipped: the allocator is a sanitizer's\n");
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
