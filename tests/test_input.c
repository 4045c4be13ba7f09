/* SPDX-License-Identifier: MIT */
/* Words of the command line: what each kind means, and what is said about one that means nothing. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <featset/host.h>
#include <featset/input.h>

static featset_cpu_t *expression(const char *text)
{
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = NULL;
	featset_status_t status = featset_expression(&cpu, text, &error);

	if (status != FEATSET_OK)
		fail_msg("%s: %s", text, error.text);
	return cpu;
}

static bool has(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return featset_has(featset_cpu_features(cpu), feature);
}

static void baseline_features(featset_t *set, const char *name)
{
	const featset_baseline_t *baseline = featset_baseline_find(name, NULL);

	if (!baseline)
		fail_msg("no baseline %s", name);
	featset_baseline_features(set, baseline);
}

/* The bits are those of the manuals: AVX2 is 7.0.EBX[5], BMI2 7.0.EBX[8], SHA 7.0.EBX[29], SSE4.1 1.ECX[19]. */
static const struct {
	const char *text;
	uint32_t ecx1;
	uint32_t ebx7;
} lists[] = {
	{ "avx2", 0, 1u << 5 },
	{ "avx2,bmi2", 0, 1u << 5 | 1u << 8 },
	{ "avx2 bmi2", 0, 1u << 5 | 1u << 8 },
	{ "avx2, bmi2,", 0, 1u << 5 | 1u << 8 },
	{ "avx2+bmi2", 0, 1u << 5 | 1u << 8 },
	{ "+avx2+bmi2", 0, 1u << 5 | 1u << 8 },
	{ "avx2,bmi2,-avx2", 0, 1u << 8 },
	{ "avx2+bmi2-avx2", 0, 1u << 8 },
	{ "avx2-avx2+sha_ni", 0, 1u << 29 },
	{ "sse4.1", 1u << 19, 0 },
	{ "sse4_1", 1u << 19, 0 },
	{ "sse4-1", 1u << 19, 0 },
	{ "SSE4-1,AVX2", 1u << 19, 1u << 5 },
	{ "7.0.ebx[8]", 0, 1u << 8 },
};

static void feature_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		featset_cpu_t *cpu = expression(lists[i].text);
		featset_t expected;

		featset_clear(&expected);
		featset_set_word(&expected, 1, lists[i].ecx1);
		featset_set_word(&expected, 5, lists[i].ebx7);
		if (!featset_equal(&expected, featset_cpu_features(cpu)))
			fail_msg("%s", lists[i].text);
		for (unsigned word = 0; word < FEATSET_WORDS; word++)
			assert_int_equal(featset_word(featset_cpu_known(cpu), word), featset_word_flags(word));
		featset_cpu_free(cpu);
	}
}

static void arithmetic(void **state)
{
	featset_cpu_t *cpu = expression("haswell-avx2+sha_ni");
	featset_t expected, other;

	(void)state;
	baseline_features(&expected, "haswell");
	assert_true(featset_has(&expected, 5 * 32 + 5));
	featset_remove(&expected, 5 * 32 + 5);
	featset_add(&expected, 5 * 32 + 29);
	assert_true(featset_equal(&expected, featset_cpu_features(cpu)));
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	featset_cpu_free(cpu);

	/* A whole baseline less another. */
	cpu = expression("haswell-ivybridge");
	baseline_features(&expected, "haswell");
	baseline_features(&other, "ivybridge");
	featset_minus(&expected, &expected, &other);
	assert_true(featset_equal(&expected, featset_cpu_features(cpu)));
	assert_true(has(cpu, 5 * 32 + 5));
	featset_cpu_free(cpu);

	/* Of two vendors none is left. */
	cpu = expression("haswell+zen2");
	assert_string_equal(featset_cpu_vendor(cpu), "");
	featset_cpu_free(cpu);
}

/* Names may hold '-' themselves: the longest that fits is taken, whatever is the shorter one's meaning. */
static void hyphens(void **state)
{
	featset_cpu_t *cpu = expression("x86-64-v3");
	featset_t level;

	(void)state;
	baseline_features(&level, "x86-64-v3");
	assert_true(featset_equal(&level, featset_cpu_features(cpu)));
	assert_string_equal(featset_cpu_vendor(cpu), "");
	featset_cpu_free(cpu);

	cpu = expression("x86-64-v3-avx2");
	assert_false(has(cpu, 5 * 32 + 5));
	assert_true(has(cpu, 5 * 32 + 8));
	featset_cpu_free(cpu);

	/* The psABI: version 4 is version 3 and AVX512F, BW, CD, DQ, VL. */
	cpu = expression("x86-64-v4-x86-64-v3");
	assert_int_equal(featset_word(featset_cpu_features(cpu), 5),
			 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31);
	featset_cpu_free(cpu);

	/* sse4-1 is one name here, not sse4 less 1 */
	cpu = expression("avx2+sse4-1-avx2");
	assert_int_equal(featset_count(featset_cpu_features(cpu)), 1);
	featset_cpu_free(cpu);
}

static const struct {
	const char *word;
	featset_status_t status;
	const char *text; /* what the sentence must hold */
} wrong[] = {
	{ "ivybrige", FEATSET_E_NAME, "'ivybridge'" },
	{ "Haswel", FEATSET_E_NAME, "'haswell'" },
	{ "avx22", FEATSET_E_NAME, "'avx2'" },
	{ "haswell-avx22", FEATSET_E_NAME, "'avx2'" },
	{ "haswel-avx2", FEATSET_E_NAME, "'haswell'" },
	{ "x86-64-v33", FEATSET_E_NAME, "'x86-64-v3'" },
	{ "avx2,bim2", FEATSET_E_NAME, "'bmi2'" },
	{ "nothingisnearthis", FEATSET_E_NAME, "nothingisnearthis" },
	{ "prefetchi", FEATSET_E_AMBIGUOUS, "amd_prefetchi" },
	{ "haswell+prefetchi", FEATSET_E_AMBIGUOUS, "intel_prefetchi" },
	{ "Haswell-noTSX-IBRS", FEATSET_E_AMBIGUOUS, "'qemu:Haswell-noTSX-IBRS' or 'libvirt:Haswell-noTSX-IBRS'" },
	{ "hera.txt", FEATSET_E_IO, "No such file" },
	{ "./hera", FEATSET_E_IO, "No such file" },
	{ "no/such/haswell", FEATSET_E_IO, "No such file" },
	{ "/", FEATSET_E_IO, "directory" },
	{ "", FEATSET_E_SYNTAX, "expected the name" },
	{ ",", FEATSET_E_SYNTAX, "expected the name" },
	{ "+", FEATSET_E_SYNTAX, "expected a name" },
	{ "haswell+", FEATSET_E_SYNTAX, "expected a name" },
	{ "haswell-", FEATSET_E_SYNTAX, "expected a name" },
	{ "haswell--avx2", FEATSET_E_SYNTAX, "expected a name" },
	{ "-avx2", FEATSET_E_SYNTAX, "nothing yet" },
	{ "1fcbfbff-", FEATSET_E_SYNTAX, "missing" },
	{ "1fcbfbff-f7ba22", FEATSET_E_SYNTAX, "cut off" },
	{ "1fcbfbff--00000000", FEATSET_E_SYNTAX, "missing" },
	{ "1fcbfbff-000000000", FEATSET_E_SYNTAX, "more than 8" },
};

static void wrong_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		featset_inventory_t *inventory = (void *)state;
		featset_error_t error = { 0 };
		featset_status_t status = featset_input(&inventory, wrong[i].word, FEATSET_HOST_NO_MSR, 0, &error);

		if (status != wrong[i].status || error.code != status || !strstr(error.text, wrong[i].text))
			fail_msg("'%s': status %d (%s)", wrong[i].word, (int)status, error.text);
		assert_null(inventory);
		assert_int_equal(featset_input(&inventory, wrong[i].word, FEATSET_HOST_NO_MSR, 0, NULL), status);
	}
}

/* Where the trouble is, counted from 1. */
static void columns(void **state)
{
	featset_error_t error = { 0 };
	featset_cpu_t *cpu;

	(void)state;
	assert_int_equal(featset_expression(&cpu, "haswell-avx2+bim2", &error), FEATSET_E_NAME);
	assert_int_equal(error.column, 14);
	assert_int_equal(featset_expression(&cpu, "avx2,,+", &error), FEATSET_E_SYNTAX);
	assert_int_equal(error.column, 8);
	assert_null(cpu);
}

static void long_texts(void **state)
{
	const size_t size = 1 << 20;
	char *text = malloc(size + 1);
	featset_error_t error = { 0 };
	featset_cpu_t *cpu;

	(void)state;
	memset(text, 'a', size);
	text[size] = '\0';
	assert_int_equal(featset_expression(&cpu, text, &error), FEATSET_E_LIMIT);
	text[1000] = '\0';
	assert_int_equal(featset_expression(&cpu, text, &error), FEATSET_E_NAME);
	memset(text, '-', 1000);
	assert_int_equal(featset_expression(&cpu, text, &error), FEATSET_E_SYNTAX);
	for (size_t i = 0; i < 60000; i += 5)
		memcpy(text + i, "avx2,", 5);
	text[60000] = '\0';
	assert_int_equal(featset_expression(&cpu, text, &error), FEATSET_OK);
	featset_cpu_free(cpu);
	free(text);
}

static void kinds(void **state)
{
	static const char *const words[][2] = { { "haswell", "baseline" },
						{ "x86-64-v2", "baseline" },
						{ "avx2,bmi2", "names" },
						{ "haswell-avx2", "names" },
						{ "1fcbfbff-f7ba2223-2c100800-00000001-00000001", "xen" },
						{ "1fcbfbff:f7ba2223", "xen" } };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		featset_inventory_t *inventory;

		assert_int_equal(featset_input(&inventory, words[i][0], 0, 0, NULL), FEATSET_OK);
		assert_int_equal(featset_inventory_hosts(inventory), 1);
		assert_string_equal(featset_inventory_format(inventory), words[i][1]);
		assert_non_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM));
		featset_inventory_free(inventory);
	}
}

/* A file of the working directory comes before a name; a directory does not. */
static void files_first(void **state)
{
	char folder[] = "/tmp/featset-input-XXXXXX", before[4096];
	featset_inventory_t *inventory;
	FILE *file;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	file = fopen("haswell", "w");
	assert_non_null(file);
	fputs("avx2\n", file);
	fclose(file);
	assert_int_equal(mkdir("ivybridge", 0700), 0);
	assert_int_equal(mkdir("notaname", 0700), 0);

	assert_int_equal(featset_input(&inventory, "haswell", 0, 0, NULL), FEATSET_OK);
	assert_int_equal(featset_count(featset_cpu_features(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU))), 1);
	featset_inventory_free(inventory);
	assert_int_equal(featset_input(&inventory, "ivybridge", 0, 0, NULL), FEATSET_OK);
	assert_string_equal(featset_inventory_format(inventory), "baseline");
	featset_inventory_free(inventory);
	assert_int_equal(featset_input(&inventory, "notaname", 0, 0, NULL), FEATSET_E_IO);
	assert_int_equal(featset_input(&inventory, "haswell", 0, 3, NULL), FEATSET_E_LIMIT);

	assert_int_equal(unlink("haswell"), 0);
	assert_int_equal(rmdir("ivybridge"), 0);
	assert_int_equal(rmdir("notaname"), 0);
	assert_int_equal(chdir(before), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void this_machine(void **state)
{
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };
	featset_status_t status = featset_input(&inventory, "host", FEATSET_HOST_NO_MSR, 0, &error);

	(void)state;
	if (status == FEATSET_E_UNSUPPORTED) {
		print_message("[          ] skipped: this build or machine has no CPUID\n");
		skip();
	}
	assert_int_equal(status, FEATSET_OK);
	assert_string_equal(featset_inventory_format(inventory), "host");
	assert_true(featset_cpu_vendor(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU))[0] != '\0');
	featset_inventory_free(inventory);
}

/* FEATSET_KEEP_GOING: of three lines the second is broken. */
static void keeps_going(void **state)
{
	static const char text[] = "1fcbfbff-f7fa3223\n1fcbfbff-x\n00000000-00001000\n";
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	(void)state;
	assert_int_equal(featset_read_with(&inventory, text, strlen(text), NULL, "f", 0, &error), FEATSET_E_SYNTAX);
	assert_null(inventory);
	assert_int_equal(error.line, 2);
	memset(&error, 0, sizeof(error));
	assert_int_equal(featset_read_with(&inventory, text, strlen(text), NULL, "f", FEATSET_KEEP_GOING, &error),
			 FEATSET_OK);
	assert_string_equal(error.text, ""); /* on success the error is left as it was */
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_int_equal(featset_inventory_notes(inventory), 1);
	assert_true(featset_inventory_note_is_left_out(inventory, 0));
	assert_false(featset_inventory_note_is_left_out(inventory, 1));
	assert_non_null(strstr(featset_inventory_note(inventory, 0), "f:2:10: "));
	featset_inventory_free(inventory);
	/* With nothing left the first error counts, and nobody needs to ask for it. */
	assert_int_equal(featset_read_with(&inventory, text + 18, 11, NULL, "f", FEATSET_KEEP_GOING, NULL),
			 FEATSET_E_SYNTAX);
	assert_int_equal(featset_read_with(&inventory, text + 18, 11, NULL, "f", FEATSET_KEEP_GOING, &error),
			 FEATSET_E_SYNTAX);
	assert_null(inventory);
	assert_int_equal(error.line, 1);
}

static void wrong_calls(void **state)
{
	featset_inventory_t *inventory;
	featset_cpu_t *cpu;

	(void)state;
	assert_int_equal(featset_input(NULL, "haswell", 0, 0, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_input(&inventory, NULL, 0, 0, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_expression(NULL, "avx2", NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_expression(&cpu, NULL, NULL), FEATSET_E_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(feature_lists), cmocka_unit_test(arithmetic),  cmocka_unit_test(hyphens),
		cmocka_unit_test(wrong_words),   cmocka_unit_test(columns),     cmocka_unit_test(long_texts),
		cmocka_unit_test(kinds),         cmocka_unit_test(files_first), cmocka_unit_test(this_machine),
		cmocka_unit_test(wrong_calls),   cmocka_unit_test(keeps_going),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
