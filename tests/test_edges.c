/* SPDX-License-Identifier: MIT */
/*
 * The edges of calls: nothing given, the index past the end, texts that are cut
 * off or too long, buffers that are too small, and every seed of the fuzzers with
 * one byte gone, changed, or the last ones missing.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

static void statuses(void **state)
{
	(void)state;
	for (int i = FEATSET_OK; i <= FEATSET_E_UNSUPPORTED; i++) {
		const char *text = featset_status_text((featset_status_t)i);

		assert_true(text[0]);
		for (int k = FEATSET_OK; k < i; k++)
			assert_string_not_equal(text, featset_status_text((featset_status_t)k));
	}
	assert_string_equal(featset_status_text((featset_status_t)99), "unknown status");
}

/* As snprintf: the whole length, and as much as there is room for. */
static void check_line(const featset_error_t *error, const char *expected)
{
	char line[1200];

	for (size_t size = 0; size <= strlen(expected) + 1; size++) {
		memset(line, 'x', sizeof(line));
		assert_int_equal(featset_error_write(size ? line : NULL, size, error), strlen(expected));
		if (size) {
			assert_int_equal(strlen(line), size - 1);
			assert_memory_equal(line, expected, size - 1);
		}
		assert_int_equal(line[size], 'x');
	}
}

static void error_lines(void **state)
{
	featset_error_t error = { .code = FEATSET_E_SYNTAX, .text = "wrong" };

	(void)state;
	check_line(&error, "wrong");
	error.column = 3;
	check_line(&error, "wrong");
	error.line = 2;
	check_line(&error, "line 2:3: wrong");
	strcpy(error.file, "f");
	check_line(&error, "f:2:3: wrong");
	error.column = 0;
	check_line(&error, "f:2: wrong");
	error.line = 0;
	check_line(&error, "f: wrong");
}

/* A file's name that is too long is cut between characters, not within one. */
static void long_file_name(void **state)
{
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };
	char name[600];

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		memset(name, 0, sizeof(name));
		if (shift)
			strcpy(name, "x");
		for (size_t i = 0; i < 250; i++)
			strcat(name, "\xc3\xa4");
		assert_int_equal(featset_read(&inventory, "?", 1, NULL, name, &error), FEATSET_E_FORMAT);
		assert_int_equal(strlen(error.file) % 2, shift);
		assert_true(strlen(error.file) > 240);
		assert_memory_equal(error.file, name, strlen(error.file));
	}
}

static void nothing_given(void **state)
{
	const featset_format_t *cpuid = featset_format_find("cpuid", NULL);
	featset_inventory_t *inventory;
	featset_cpu_t *cpu = featset_cpu_new();
	char text[8];
	size_t length;

	(void)state;
	assert_null(featset_format_find(NULL, NULL));
	assert_null(featset_format_at(featset_format_count()));
	assert_string_equal(featset_format_name(NULL), "");
	assert_string_equal(featset_format_summary(NULL), "");
	assert_false(featset_format_reads(NULL));
	assert_false(featset_format_writes(NULL));
	assert_int_equal(featset_inventory_hosts(NULL), 0);
	assert_int_equal(featset_inventory_notes(NULL), 0);
	assert_null(featset_inventory_note(NULL, 0));
	assert_null(featset_inventory_cpu(NULL, 0, FEATSET_SLOT_CPU));
	assert_string_equal(featset_inventory_host_name(NULL, 0), "");
	assert_string_equal(featset_inventory_host_uuid(NULL, 0), "");
	featset_inventory_free(NULL);
	featset_catalog_free(NULL);
	featset_level_free(NULL);
	featset_cpu_free(NULL);
	assert_int_equal(featset_read(NULL, "x", 1, NULL, NULL, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_read(&inventory, NULL, 1, NULL, NULL, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_read(&inventory, NULL, 0, NULL, NULL, NULL), FEATSET_E_FORMAT);
	assert_int_equal(featset_read_file(NULL, "x", NULL, 0, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_read_file(&inventory, NULL, NULL, 0, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_read_file(&inventory, "tests", NULL, 0, NULL), FEATSET_E_IO);
	assert_int_equal(featset_read_file(&inventory, "tests/corpus/hex/cpuid", NULL, 10, NULL), FEATSET_E_LIMIT);
	assert_int_equal(featset_read_file(&inventory, "tests/corpus/hex/cpuid", NULL, SIZE_MAX, NULL), FEATSET_OK);
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOTS));
	assert_null(featset_inventory_cpu(inventory, 1, FEATSET_SLOT_CPU));
	featset_inventory_set_format(inventory, NULL);
	assert_string_equal(featset_inventory_format(inventory), "");
	featset_inventory_free(inventory);
	assert_int_equal(featset_write(text, 8, &length, NULL, cpuid, FEATSET_CANONICAL, NULL, NULL),
			 FEATSET_E_ARGUMENT);
	assert_int_equal(featset_write(text, 8, &length, cpu, NULL, FEATSET_CANONICAL, NULL, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_write(NULL, 8, &length, cpu, cpuid, FEATSET_CANONICAL, NULL, NULL),
			 FEATSET_E_ARGUMENT);
	assert_int_equal(featset_write(text, 8, &length, cpu, cpuid, (featset_dialect_t)99, NULL, NULL),
			 FEATSET_E_ARGUMENT);
	assert_int_equal(featset_write(text, 8, NULL, cpu, cpuid, FEATSET_ANY_DIALECT, NULL, NULL), FEATSET_OK);
	featset_cpu_free(cpu);
}

static void levels(void **state)
{
	featset_cpu_t *cpu = featset_cpu_new();
	const featset_cpu_t *const hosts[] = { cpu };
	featset_level_t *level;

	(void)state;
	assert_int_equal(featset_level_new(&level, hosts, 0, FEATSET_RULE_SAFE, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_level_new(&level, hosts, 1, FEATSET_RULES, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_level_new(&level, hosts, 1, FEATSET_RULE_PLAIN, NULL), FEATSET_OK);
	assert_int_equal(featset_level_rule(level), FEATSET_RULE_PLAIN);
	assert_int_equal(featset_level_hosts(level), 1);
	assert_non_null(featset_level_host(level, 0));
	assert_null(featset_level_host(level, 1));
	featset_level_free(level);
	featset_cpu_free(cpu);
}

/* Writers follow snprintf: of a text as much as there is room for, and always its whole length. */
static void small_buffers(void **state)
{
	featset_cpu_t *cpu;

	(void)state;
	assert_int_equal(featset_expression(&cpu, "haswell", NULL), FEATSET_OK);
	featset_cpu_set_vendor(cpu, "GenuineIntel");
	featset_cpu_set_brand(cpu, "\xff not UTF-8");
	featset_cpu_set_word(cpu, 16, 0x4c);
	for (size_t i = 0; i < featset_format_count(); i++) {
		const featset_format_t *format = featset_format_at(i);
		size_t length = 0, same = 0;
		char *whole, *part;

		if (!featset_format_writes(format))
			continue;
		assert_int_equal(featset_write(NULL, 0, &length, cpu, format, FEATSET_CANONICAL, NULL, NULL),
				 FEATSET_OK);
		whole = malloc(length + 1);
		part = malloc(length + 2);
		assert_int_equal(featset_write(whole, length + 1, &same, cpu, format, FEATSET_CANONICAL, NULL, NULL),
				 FEATSET_OK);
		assert_int_equal(strlen(whole), length);
		for (size_t size = 1; size <= length + 1; size += size < 64 || size + 64 > length ? 1 : 61) {
			memset(part, 'x', length + 2);
			assert_int_equal(featset_write(part, size, &same, cpu, format, FEATSET_CANONICAL, NULL, NULL),
					 FEATSET_OK);
			assert_int_equal(same, length);
			assert_memory_equal(part, whole, size - 1);
			assert_int_equal(part[size - 1], 0);
			assert_int_equal(part[size], 'x');
		}
		free(part);
		free(whole);
	}
	featset_cpu_free(cpu);
}

/* ---- texts ------------------------------------------------------------------------- */

/* An inventory tells of something: a record of whatever kind. */
static bool tells_something(const featset_inventory_t *inventory)
{
	size_t count = 0;

	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		count += featset_inventory_count(inventory, (featset_record_t)kind);
	return count > 0;
}

static void check_text(const char *text, size_t size, const featset_format_t *format)
{
	for (unsigned flags = 0; flags <= FEATSET_KEEP_GOING; flags += FEATSET_KEEP_GOING) {
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };
		featset_status_t status = featset_read_with(&inventory, text, size, format, "text", flags, &error);

		assert_int_equal(status == FEATSET_OK, inventory != NULL);
		if (status != FEATSET_OK)
			assert_true(error.text[0] && error.code == status);
		else
			assert_true(tells_something(inventory));
		/* Nobody has to want the error. */
		if (!flags && status != FEATSET_OK)
			assert_int_equal(featset_read(&inventory, text, size, format, NULL, NULL), status);
		featset_inventory_free(inventory);
	}
}

/* One seed with each byte missing, with each byte changed, and each beginning of it. */
static void change(const char *text, size_t size, const featset_format_t *format)
{
	static const char other[] = "\"<9\n";
	char *changed = malloc(size + 1);

	for (size_t i = 0; i < size; i++) {
		check_text(text, i, format);
		memcpy(changed, text, i);
		memcpy(changed + i, text + i + 1, size - i - 1);
		check_text(changed, size - 1, format);
		memcpy(changed, text, size);
		changed[i] = other[i % (sizeof(other) - 1)];
		check_text(changed, size, format);
	}
	free(changed);
}

static void changed_seeds(void **state)
{
	static const char *const targets[] = { "hex", "xe", "json", "xml", "names" };
	static char text[1 << 16];
	size_t seeds = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char folder[256], path[4096];
		struct dirent *entry;
		DIR *directory;

		snprintf(folder, sizeof(folder), "tests/corpus/%s", targets[i]);
		directory = opendir(folder);
		assert_non_null(directory);
		while ((entry = readdir(directory)) != NULL) {
			featset_inventory_t *inventory = NULL;
			const featset_format_t *format = NULL;
			FILE *stream;
			size_t size;

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
			stream = fopen(path, "rb");
			assert_non_null(stream);
			size = fread(text, 1, sizeof(text), stream);
			fclose(stream);
			/* As what it is, even where a change hides it. */
			if (featset_read(&inventory, text, size, NULL, NULL, NULL) == FEATSET_OK)
				format = featset_format_find(featset_inventory_format(inventory), NULL);
			featset_inventory_free(inventory);
			if (size <= 1024)
				change(text, size, format);
			seeds++;
		}
		closedir(directory);
	}
	assert_true(seeds >= 34);
}

/* featset's own JSON with each key of a wrong kind. */
static void wrong_json(void **state)
{
	static const char *const rests[] = {
		"\"vendor\": 1",
		"\"brand\": []",
		"\"family\": \"6\"",
		"\"model\": -1",
		"\"usable\": 1",
		"\"usable\": [1]",
		"\"compat\": [\"nosuch\"]",
		"\"view\": \"nowhere\"",
		"\"view\": 1",
		"\"words\": 1",
		"\"words\": {\"no\": \"0\"}",
		"\"words\": {\"1.0.edx\": 1}",
		"\"known\": []",
		"\"known\": {\"x\": \"0\"}",
		"\"cpus\": 1",
		"\"cpus\": [1]",
		"\"cpus\": [{}]",
		"\"schema\": 2",
		"\"known\": {\"1.0.edx\": \"123456789\"}",
		"\"max_leaves\": {\"basic\": \"1\"}",
	};
	static const char *const good[] = { "\"vendor\": null", "\"usable\": null", "\"view\": null",
					    "\"family\": null", "\"cpus\": []",     "\"view\": \"dom0\"" };
	const featset_format_t *json = featset_format_find("json", NULL);
	featset_inventory_t *inventory;
	featset_error_t error;
	char text[256];

	(void)state;
	if (!featset_format_writes(json))
		skip();
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		featset_status_t status;

		snprintf(text, sizeof(text), "{\"features\": [\"avx2\"], %s}", rests[i]);
		status = featset_read(&inventory, text, strlen(text), json, "f", &error);
		if (status != FEATSET_E_SYNTAX && status != FEATSET_E_NAME)
			fail_msg("%s: %d", rests[i], (int)status);
		assert_null(inventory);
		assert_true(error.text[0]);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "{\"features\": [\"avx2\"], %s}", good[i]);
		if (featset_read(&inventory, text, strlen(text), json, "f", &error) != FEATSET_OK)
			fail_msg("%s: %s", good[i], error.text);
		assert_true(featset_has(featset_cpu_features(featset_inventory_cpu(inventory, 0, 0)), FEATSET_AVX2));
		featset_inventory_free(inventory);
	}
}

/* Hundreds of names that nobody knows are a note of bounded length. */
static void many_strange_names(void **state)
{
	static const char *const forms[][3] = {
		{ "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: avx2 ", "strange_%zu ", "\n" },
		{ "feature.node.kubernetes.io/cpu-cpuid.AVX2=true\n",
		  "feature.node.kubernetes.io/cpu-cpuid.STRANGE%zu=true\n", "" },
	};
	char *text = malloc(1 << 16);

	(void)state;
	for (size_t form = 0; form < 2; form++) {
		featset_inventory_t *inventory;
		featset_error_t error = { 0 };
		size_t at = (size_t)sprintf(text, "%s", forms[form][0]);

		for (size_t i = 0; i < 300; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			at += (size_t)sprintf(text + at, forms[form][1], i);
#pragma GCC diagnostic pop
		}
		at += (size_t)sprintf(text + at, "%s", forms[form][2]);
		if (featset_read(&inventory, text, at, NULL, "f", &error) != FEATSET_OK)
			fail_msg("%s", error.text);
		assert_true(featset_has(featset_cpu_features(featset_inventory_cpu(inventory, 0, 0)), FEATSET_AVX2));
		assert_true(featset_inventory_notes(inventory) > 0);
		for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
			assert_true(strlen(featset_inventory_note(inventory, i)) < 2048);
		featset_inventory_free(inventory);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),      cmocka_unit_test(error_lines), cmocka_unit_test(long_file_name),
		cmocka_unit_test(nothing_given), cmocka_unit_test(levels),      cmocka_unit_test(small_buffers),
		cmocka_unit_test(changed_seeds), cmocka_unit_test(wrong_json),  cmocka_unit_test(many_strange_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
