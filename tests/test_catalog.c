/* SPDX-License-Identifier: MIT */
/*
 * A user's own catalog: its rows join the built-in ones, the shipped table reads
 * as it was compiled, and every mistake is told with its place.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset/uarch.h>

static featset_catalog_t *catalog_of(const char *text)
{
	featset_catalog_t *catalog = NULL;
	featset_error_t error = { 0 };

	if (featset_catalog_read(&catalog, text, strlen(text), NULL, &error) != FEATSET_OK)
		fail_msg("%u:%u: %s", error.line, error.column, error.text);
	assert_non_null(catalog);
	return catalog;
}

static const featset_baseline_t *found(const featset_catalog_t *catalog, const char *name)
{
	featset_error_t error = { 0 };
	const featset_baseline_t *b = featset_catalog_find(catalog, name, &error);

	if (!b)
		fail_msg("%s", error.text);
	return b;
}

static const char lab[] = "/* SPDX-License-Identifier: MIT */\n"
			  "#define TODAY AVX_VNNI, \\\n"
			  "	amx_tile\n"
			  "// what the laboratory has\n"
			  "UARCH(LAB, \"lab-1\", \"The Lab's First\", INTEL, 2027, SKYLAKE_AVX512,\n"
			  "      PARTS(P(6, 0xfe), R(6, 16, 0x12), S(6, 0x55, 4, 4)),\n"
			  "      ADDS(TODAY, \"qemu:gfni\", AMD_3DNOW), DROPS(pku),\n"
			  "      FUSED(avx_vnni), SWITCHABLE(SGX))\n"
			  "UARCH(LAB2, \"lab-2\", \"The Lab's Second\", INTEL, 2028, LAB, PARTS(NONE),\n"
			  "      ADDS(NONE), DROPS(NONE), FUSED(NONE), SWITCHABLE(NONE))\n"
			  "PRELIMINARY(LAB2, \"a rumour\")\n"
			  "PSABI(X86_64_V5, \"x86-64-v5\", \"psABI of the lab\", 2030, x86-64-v4, ADDS(AES))\r\n";

static void test_rows(void **state)
{
	featset_catalog_t *catalog = catalog_of(lab);
	const featset_baseline_t *one = found(catalog, "LAB_1"), *two = found(catalog, "the lab's second");
	featset_t set, parent;

	(void)state;
	assert_int_equal(featset_catalog_count(catalog), featset_baseline_count() + 3);
	assert_ptr_equal(featset_catalog_at(catalog, featset_baseline_count()), one);
	assert_null(featset_catalog_at(catalog, featset_catalog_count(catalog)));
	assert_ptr_equal(featset_catalog_at(catalog, 0), featset_baseline_at(0));
	assert_ptr_equal(found(catalog, "ivybridge"), featset_baseline_find("ivybridge", NULL));
	assert_null(featset_baseline_find("lab-1", NULL));
	assert_string_equal(featset_baseline_vendor(one), "GenuineIntel");
	assert_int_equal(featset_baseline_year(one), 2027);
	assert_int_equal(featset_baseline_kind(one), FEATSET_KIND_UARCH);
	assert_ptr_equal(featset_baseline_parent(one), featset_baseline_find("skylake-avx512", NULL));
	assert_ptr_equal(featset_baseline_parent(two), one);
	assert_null(featset_baseline_preliminary(one));
	assert_string_equal(featset_baseline_preliminary(two), "a rumour");
	assert_int_equal(featset_baseline_kind(found(catalog, "x86-64-v5")), FEATSET_KIND_PSABI);

	featset_baseline_features(&parent, featset_baseline_parent(one));
	featset_add(&parent, FEATSET_AVX_VNNI);
	featset_add(&parent, FEATSET_AMX_TILE);
	featset_add(&parent, FEATSET_GFNI);
	featset_add(&parent, FEATSET_AMD_3DNOW);
	featset_remove(&parent, FEATSET_PKU);
	featset_baseline_features(&set, two);
	assert_true(featset_equal(&set, &parent));
	featset_baseline_fused(&set, one);
	assert_true(featset_has(&set, FEATSET_AVX_VNNI) && featset_count(&set) == 1);
	featset_baseline_switchable(&set, two);
	assert_true(featset_has(&set, FEATSET_SGX) && featset_has(&set, FEATSET_VMX));
	featset_catalog_free(catalog);
	featset_catalog_free(NULL);
}

static featset_cpu_t *part(int family, int model, int stepping)
{
	featset_cpu_t *cpu = featset_cpu_new();

	featset_cpu_set_vendor(cpu, "GenuineIntel");
	featset_cpu_set_number(cpu, FEATSET_FAMILY, family);
	featset_cpu_set_number(cpu, FEATSET_MODEL, model);
	featset_cpu_set_number(cpu, FEATSET_STEPPING, stepping);
	return cpu;
}

/* The user's rows are more exact than the built-in ones; what they do not name stays. */
static void test_identify(void **state)
{
	static const struct {
		int model, stepping;
		const char *name;
	} table[] = {
		{ 0xfe, 0, "lab-1" }, { 0x10, 7, "lab-1" },          { 0x12, 7, "lab-1" },
		{ 0x55, 4, "lab-1" }, { 0x55, 3, "skylake-avx512" }, { 0x3f, 2, "haswell" },
		{ 0x10, -1, "lab-1" }, { 0x3f, -1, "haswell" },
	};
	featset_catalog_t *catalog = catalog_of(lab);
	featset_cpu_t *open = part(6, 0x3f, -1);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		featset_cpu_t *cpu = part(6, table[i].model, table[i].stepping);

		assert_ptr_equal(featset_catalog_identify(catalog, cpu), found(catalog, table[i].name));
		assert_ptr_equal(featset_catalog_identify(NULL, cpu), featset_identify(cpu));
		featset_cpu_free(cpu);
	}
	featset_catalog_free(catalog);
	/* With a row for one stepping of Haswell the model alone tells nothing any more. */
	catalog = catalog_of("UARCH(B, \"b0\", \"B0\", INTEL, 2027, HASWELL, PARTS(S(6, 0x3f, 4, 4)),\n"
			     "      ADDS(NONE), DROPS(NONE), FUSED(NONE), SWITCHABLE(NONE))\n");
	assert_null(featset_catalog_identify(catalog, open));
	assert_ptr_equal(featset_identify(open), found(catalog, "haswell"));
	featset_cpu_free(open);
	featset_catalog_free(catalog);
}

static void test_nearest(void **state)
{
	featset_catalog_t *catalog = catalog_of(lab);
	const featset_baseline_t *best[4];
	featset_cpu_t *cpu = part(6, 0xfe, 0);
	featset_t set, known;

	(void)state;
	featset_baseline_features(&set, found(catalog, "lab-2"));
	memset(&known, 0xff, sizeof known);
	featset_cpu_set_features(cpu, &set, &known);
	assert_true(featset_catalog_nearest(catalog, best, 4, cpu) >= 1);
	assert_ptr_equal(best[0], found(catalog, "lab-1")); /* the elder of two equal ones */
	assert_true(featset_nearest(best, 4, cpu) >= 1);
	assert_ptr_equal(best[0], featset_baseline_find("skylake-avx512", NULL));
	featset_cpu_free(cpu);
	featset_catalog_free(catalog);
}

/* ---- mistakes ------------------------------------------------------------------------ */

#define ROW                                                                                                            \
	"UARCH(A, \"a\", \"A\", AMD, 2020, ZEN, PARTS(P(30, 1)), ADDS(NONE), DROPS(NONE), FUSED(NONE), "               \
	"SWITCHABLE(NONE))\n"

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		featset_status_t code;
		unsigned line, column;
		const char *told;
	} table[] = {
		{ "ivybridge", FEATSET_E_SYNTAX, 1, 1,
		  "a row expected: UARCH(...), PSABI(...), PRELIMINARY(...) or #define, not 'ivybridge'" },
		{ "\n  UARCH(A, \"a\"", FEATSET_E_SYNTAX, 2, 15, "',' expected before the end" },
		{ "UARCH(A, \"a\" \"b\"", FEATSET_E_SYNTAX, 1, 14, "',' expected before 'b'" },
		{ "UARCH(ZEN, \"a\"", FEATSET_E_NAME, 1, 7, "the id 'ZEN' is taken" },
		{ "UARCH(A, \"Ivy-Bridge\"", FEATSET_E_NAME, 1, 10, "the name 'Ivy-Bridge' is taken by 'ivybridge'" },
		{ ROW ROW, FEATSET_E_NAME, 2, 7, "the id 'A' is taken" },
		{ "UARCH(A, \"a\", \"A\", ACME,", FEATSET_E_NAME, 1, 20,
		  "'ACME' is no vendor; they are INTEL, AMD, HYGON, VIA, ZHAOXIN and GENERIC" },
		{ "UARCH(A, \"a\", \"A\", AMD, MMXX,", FEATSET_E_SYNTAX, 1, 25, "a year expected, not 'MMXX'" },
		{ "UARCH(A, \"a\", \"A\", AMD, 20a,", FEATSET_E_SYNTAX, 1, 25, "'20a' is no number" },
		{ "UARCH(A, \"a\", \"A\", AMD, 99999999999999999999,", FEATSET_E_SYNTAX, 1, 25,
		  "a year is from 1978 to 2100, not '99999999999999999999'" },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZENN,", FEATSET_E_NAME, 1, 31,
		  "no row above has this parent's id: no baseline is called 'ZENN'; did you mean 'zen'?" },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZEN,\n PARTS(Q(1, 2))", FEATSET_E_SYNTAX, 2, 8,
		  "P(family, model), R(...), S(...) or NONE expected here" },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZEN,\n PARTS(P(25, 256))", FEATSET_E_SYNTAX, 2, 14,
		  "a model is from 0 to 255, not '256'" },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZEN,\n PARTS(R(25, 9, 8))", FEATSET_E_SYNTAX, 2, 17,
		  "the last model is from 9 to 255, not '8'" },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZEN, PARTS(NONE), DROPS(", FEATSET_E_SYNTAX, 1, 49,
		  "ADDS(...) expected here" },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZEN, PARTS(NONE),\n\tADDS(AVX2, AVX3))", FEATSET_E_NAME, 2, 13,
		  "no feature is called AVX3; did you mean avx?" },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZEN, PARTS(NONE), ADDS(prefetchi))", FEATSET_E_AMBIGUOUS, 1, 54,
		  NULL },
		{ "UARCH(A, \"a\", \"A\", AMD, 2020, ZEN, PARTS(NONE), ADDS()", FEATSET_E_SYNTAX, 1, 54,
		  "a feature expected, not ')'" },
		{ "UARCH(A, \"a\", \"\",", FEATSET_E_SYNTAX, 1, 15, "a title in quotes is empty" },
		{ "UARCH(A, \"a", FEATSET_E_SYNTAX, 1, 10, "this string has no closing quote" },
		{ "UARCH(A, \"a\\\"\",", FEATSET_E_SYNTAX, 1, 10,
		  "this string has a character that names cannot have" },
		{ "/* for ever", FEATSET_E_SYNTAX, 1, 1, "this comment has no end" },
		{ "#include <x>\n", FEATSET_E_SYNTAX, 1, 2, "of lines with '#' a catalog has only #define" },
		{ "#define AVX2 AVX\n", FEATSET_E_NAME, 1, 9, "the name 'AVX2' is taken" },
		{ "#define MINE AVX AVX2\n", FEATSET_E_SYNTAX, 1, 18,
		  "',' or the end of the line expected, not 'AVX2'" },
		{ "#define MINE\nAVX", FEATSET_E_SYNTAX, 1, 13, "a feature expected before the end" },
		{ "PRELIMINARY(ZEN, \"x\")", FEATSET_E_NAME, 1, 13, "no row above has the id 'ZEN'" },
		{ "UARCH[", FEATSET_E_SYNTAX, 1, 6, "a character that no row has" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		featset_catalog_t *catalog = (featset_catalog_t *)&table;
		featset_error_t error = { 0 };
		featset_status_t status =
			featset_catalog_read(&catalog, table[i].text, strlen(table[i].text), "my.cat", &error);

		if (status != table[i].code || error.line != table[i].line || error.column != table[i].column ||
		    (table[i].told && strcmp(error.text, table[i].told) != 0))
			fail_msg("%s\n%d %u:%u: %s", table[i].text, status, error.line, error.column, error.text);
		assert_null(catalog);
		assert_string_equal(error.file, "my.cat");
		assert_int_equal(featset_catalog_read(&catalog, table[i].text, strlen(table[i].text), NULL, NULL),
				 status);
	}
}

#define LAB(parent, lists) "UARCH(A, \"a-1\", \"A\", INTEL, 2030, " parent ", PARTS(NONE),\n" lists ")"

/* Rows that can be read and cannot be true; who has what is of the manuals: Haswell AVX2, Bulldozer XOP, Zen SHA. */
static void test_untrue_rows(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *told; /* NULL: nothing is wrong with it */
	} table[] = {
		{ LAB("HASWELL", "ADDS(ADX, AVX512BW), DROPS(NONE), FUSED(NONE), SWITCHABLE(NONE)"), 2, 11,
		  "avx512bw needs avx512f, which a-1 has not" },
		{ "#define BAD AVX512BW\n" LAB("HASWELL", "ADDS(ADX, BAD), DROPS(NONE), FUSED(NONE), SWITCHABLE(NONE)"),
		  3, 11, "avx512bw needs avx512f, which a-1 has not" },
		{ LAB("HASWELL", "ADDS(AVX2), DROPS(NONE), FUSED(NONE), SWITCHABLE(NONE)"), 2, 6,
		  "avx2 need not be added: it is in the parent, haswell" },
		{ LAB("HASWELL", "ADDS(SHA_NI), DROPS(SHA_NI), FUSED(NONE), SWITCHABLE(NONE)"), 2, 21,
		  "sha_ni is among ADDS and DROPS at once" },
		{ LAB("ZEN", "ADDS(SHA_NI), DROPS(SHA_NI), FUSED(NONE), SWITCHABLE(NONE)"), 2, 21,
		  "sha_ni is among ADDS and DROPS at once" },
		{ LAB("HASWELL", "ADDS(NONE), DROPS(AES, SHA_NI), FUSED(NONE), SWITCHABLE(NONE)"), 2, 24,
		  "sha_ni cannot be dropped: it is not in the parent, haswell" },
		{ LAB("NONE", "ADDS(FPU), DROPS(AES), FUSED(NONE), SWITCHABLE(NONE)"), 2, 18,
		  "aes cannot be dropped where there is no parent" },
		{ LAB("HASWELL", "ADDS(NONE), DROPS(NONE), FUSED(AVX, XOP), SWITCHABLE(NONE)"), 2, 37,
		  "xop cannot be fused off: it is not in a-1" },
		{ LAB("HASWELL", "ADDS(NONE), DROPS(AVX), FUSED(NONE), SWITCHABLE(NONE)"), 2, 19,
		  "fma needs avx, which a-1 has not" },
		{ "PSABI(A, \"a-1\", \"A\", 2030, NONE,\n ADDS(FPU, SSE2))", 2, 12,
		  "sse2 needs fxsr, which a-1 has not" },
		/* What is in no set and can be switched on is dropped and fused as well: TSX. */
		{ LAB("HASWELL", "ADDS(NONE), DROPS(RTM, HLE), FUSED(NONE), SWITCHABLE(NONE)"), 0, 0, NULL },
		{ LAB("HASWELL", "ADDS(NONE), DROPS(NONE), FUSED(RTM), SWITCHABLE(NONE)"), 0, 0, NULL },
		/* APIC, which X2APIC needs, mirrors what the operating system did. */
		{ LAB("PENRYN", "ADDS(X2APIC), DROPS(NONE), FUSED(NONE), SWITCHABLE(NONE)"), 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		featset_catalog_t *catalog = NULL;
		featset_error_t error = { 0 };
		featset_status_t status =
			featset_catalog_read(&catalog, table[i].text, strlen(table[i].text), "my.cat", &error);

		if ((status == FEATSET_OK) != !table[i].line || error.line != table[i].line ||
		    error.column != table[i].column || (table[i].told && strcmp(error.text, table[i].told) != 0))
			fail_msg("%s\n%d %u:%u: %s", table[i].text, status, error.line, error.column, error.text);
		featset_catalog_free(catalog);
	}
}

/* Every beginning of a catalog is either a catalog or a mistake, and none reads past its end. */
static void test_beginnings(void **state)
{
	size_t whole = 0;

	(void)state;
	for (size_t size = 0; size < sizeof lab; size++) {
		char *copy = malloc(size + 1);
		featset_catalog_t *catalog;

		memcpy(copy, lab, size);
		if (featset_catalog_read(&catalog, copy, size, NULL, NULL) == FEATSET_OK)
			whole++;
		featset_catalog_free(catalog);
		free(copy);
	}
	assert_true(whole > 10 && whole < sizeof lab);
}

static void test_limits(void **state)
{
	size_t size = ((size_t)4 << 20) + 1;
	char *text = calloc(1, size + 64);
	featset_catalog_t *catalog;
	featset_error_t error = { 0 };
	size_t at = 0;

	(void)state;
	memset(text, ' ', size);
	assert_int_equal(featset_catalog_read(&catalog, text, size, NULL, &error), FEATSET_E_LIMIT);
	assert_int_equal(featset_catalog_read(&catalog, text, size - 1, NULL, &error), FEATSET_OK);
	assert_int_equal(featset_catalog_count(catalog), featset_baseline_count());
	featset_catalog_free(catalog);
	for (int i = 0; i < 1025; i++)
		at += (size_t)sprintf(text + at, "PSABI(A%d, \"a%d!\", \"A\", 2020, NONE, ADDS(FPU))\n", i, i);
	assert_int_equal(featset_catalog_read(&catalog, text, at, NULL, &error), FEATSET_E_LIMIT);
	assert_int_equal(error.line, 1025);
	assert_int_equal(featset_catalog_read(&catalog, NULL, 1, NULL, &error), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_catalog_read(NULL, text, 1, NULL, &error), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_catalog_read(&catalog, NULL, 0, NULL, &error), FEATSET_OK);
	featset_catalog_free(catalog);
	free(text);
}

static void test_file(void **state)
{
	char path[] = "/tmp/featset-catalog-XXXXXX";
	featset_catalog_t *catalog;
	featset_error_t error = { 0 };
	FILE *file;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	fputs(lab, file);
	fclose(file);
	assert_int_equal(featset_catalog_read_file(&catalog, path, &error), FEATSET_OK);
	found(catalog, "lab-1");
	featset_catalog_free(catalog);
	remove(path);
	assert_int_equal(featset_catalog_read_file(&catalog, path, &error), FEATSET_E_IO);
	assert_null(catalog);
	assert_string_equal(error.file, path);
	assert_int_equal(featset_catalog_read_file(&catalog, "/", &error), FEATSET_E_IO);
}

/* ---- the shipped table ------------------------------------------------------------------ */

/* Renames one row's id, name and parent, and appends it; false for a line that is no row's first. */
static bool rename_row(char *out, size_t *at, const char *line)
{
	char id[64], name[64], title[64], vendor[16], parent[64];
	unsigned year;
	int end = 0;

	if (sscanf(line, "UARCH(%63[A-Z0-9_], \"%63[^\"]\", \"%63[^\"]\", %15[A-Z], %u, %63[A-Z0-9_],%n", id, name,
		   title, vendor, &year, parent, &end) == 6 &&
	    end)
		*at += (size_t)sprintf(out + *at, "UARCH(T_%s, \"t-%s\", \"T %s\", %s, %u, %s%s,%s", id, name, title,
				       vendor, year, strcmp(parent, "NONE") != 0 ? "T_" : "", parent, line + end);
	else if (sscanf(line, "PSABI(%63[A-Z0-9_], \"%63[^\"]\", \"%63[^\"]\", %u, %63[A-Z0-9_],%n", id, name, title,
			&year, parent, &end) == 5 &&
		 end)
		*at += (size_t)sprintf(out + *at, "PSABI(T_%s, \"t-%s\", \"T %s\", %u, %s%s,%s", id, name, title, year,
				       strcmp(parent, "NONE") != 0 ? "T_" : "", parent, line + end);
	else if (sscanf(line, "PRELIMINARY(%63[A-Z0-9_],%n", id, &end) == 1 && end)
		*at += (size_t)sprintf(out + *at, "PRELIMINARY(T_%s,%s", id, line + end);
	else
		return false;
	return true;
}

/* uarchs.def as text, under other names. */
static char *shipped(void)
{
	static const char *const left_out[] = { "#ifndef", "#endif", "#undef", "#define PRELIMINARY" };
	FILE *file = fopen("libfeatset/featset/uarchs.def", "r");
	char *out = malloc(1 << 18), line[512];
	size_t at = 0;

	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		bool skipped = false;

		assert_true(at < (1 << 18) - 1024);
		for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
			skipped |= !strncmp(line, left_out[i], strlen(left_out[i]));
		if (!skipped && !rename_row(out, &at, line))
			at += (size_t)sprintf(out + at, "%s", line);
	}
	fclose(file);
	return out;
}

static void assert_same(const featset_baseline_t *read, const featset_baseline_t *built)
{
	featset_t a, b;

	assert_int_equal(featset_baseline_year(read), featset_baseline_year(built));
	assert_int_equal(featset_baseline_kind(read), featset_baseline_kind(built));
	assert_string_equal(featset_baseline_vendor(read), featset_baseline_vendor(built));
	assert_string_equal(featset_baseline_title(read) + 2, featset_baseline_title(built));
	assert_int_equal(!featset_baseline_preliminary(read), !featset_baseline_preliminary(built));
	featset_baseline_features(&a, read);
	featset_baseline_features(&b, built);
	assert_true(featset_equal(&a, &b));
	featset_baseline_fused(&a, read);
	featset_baseline_fused(&b, built);
	assert_true(featset_equal(&a, &b));
	featset_baseline_switchable(&a, read);
	featset_baseline_switchable(&b, built);
	assert_true(featset_equal(&a, &b));
}

/* The compiler and the reader of catalogs agree on every row that is shipped. */
static void test_shipped_rows(void **state)
{
	char *text = shipped();
	featset_catalog_t *catalog = catalog_of(text);
	size_t built_in = featset_baseline_count(), compared = 0;

	(void)state;
	for (size_t i = built_in; i < featset_catalog_count(catalog); i++) {
		const featset_baseline_t *read = featset_catalog_at(catalog, i);

		assert_same(read, featset_baseline_at(compared++));
	}
	assert_true(compared > 85);
	assert_int_equal(featset_baseline_kind(featset_baseline_at(compared)), FEATSET_KIND_MODEL);
	featset_catalog_free(catalog);
	free(text);
}

/* The examples of featset-catalog(5). */
static void test_manual(void **state)
{
	FILE *file = fopen("docs/man/featset-catalog.5", "r");
	char text[4096] = "", line[512];
	bool inside = false;
	featset_catalog_t *catalog;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		if (!strncmp(line, ".Ed", 3))
			inside = false;
		if (inside && strlen(text) + strlen(line) < sizeof text)
			strcat(text, line);
		if (!strncmp(line, ".Bd -literal", 12))
			inside = true;
	}
	fclose(file);
	catalog = catalog_of(text);
	assert_int_equal(featset_catalog_count(catalog), featset_baseline_count() + 2);
	featset_catalog_free(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),         cmocka_unit_test(test_identify),
		cmocka_unit_test(test_nearest),      cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_untrue_rows),  cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_limits),       cmocka_unit_test(test_file),
		cmocka_unit_test(test_shipped_rows), cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
