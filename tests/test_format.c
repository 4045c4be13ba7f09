/* SPDX-License-Identifier: MIT */
/*
 * Formats: XAPI's published vectors for Xen strings, real dumps compared word
 * by word with an independent reading of the same file, round trips through
 * every writer, and what is refused and where.
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
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <featset/format.h>

/* ---- help ---------------------------------------------------------------------- */

static const char *shared(const char *name)
{
	static char path[4096];
	const char *root = getenv("FEATSET_SHARED");

	snprintf(path, sizeof(path), "%s/data/%s", root ? root : "../shared", name);
	if (access(path, R_OK) != 0) {
		print_message("[          ] skipped: %s is not there\n", path);
		skip();
	}
	return path;
}

static char *slurp(const char *path)
{
	FILE *stream = fopen(path, "rb");
	char *text = calloc(1, 1 << 20);

	if (!stream || !text)
		fail_msg("cannot open %s", path);
	text[fread(text, 1, (1 << 20) - 1, stream)] = '\0';
	fclose(stream);
	return text;
}

static featset_inventory_t *read_text(const char *text, const char *format)
{
	const featset_format_t *chosen = format ? featset_format_find(format, NULL) : NULL;
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	char told[1024];

	if (featset_read(&inventory, text, strlen(text), chosen, "text", &error) != FEATSET_OK) {
		featset_error_write(told, sizeof(told), &error);
		fail_msg("%s\n%.400s", told, text);
	}
	return inventory;
}

static const featset_cpu_t *cpu_of(const featset_inventory_t *inventory, size_t host, featset_slot_t slot)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, slot);

	if (!cpu)
		fail_msg("host %zu has no cpu in slot %d", host, (int)slot);
	return cpu;
}

static uint32_t word(const featset_cpu_t *cpu, unsigned number)
{
	return featset_word(featset_cpu_features(cpu), number);
}

/* Words of a string by strtoul; how many there are. */
static size_t split(uint32_t words[64], const char *text)
{
	size_t count = 0;
	char *end;

	do {
		words[count++] = (uint32_t)strtoul(text, &end, 16);
		text = end + 1;
	} while (*end == '-' && count < 64);
	return count;
}

static char *write_text(const featset_cpu_t *cpu, const char *format, featset_t *left_out)
{
	const featset_format_t *chosen = featset_format_find(format, NULL);
	featset_error_t error = { 0 };
	size_t length = 0, again = 0;
	char *text;

	assert_int_equal(featset_write(NULL, 0, &length, cpu, chosen, FEATSET_CANONICAL, left_out, &error), FEATSET_OK);
	text = malloc(length + 1);
	assert_int_equal(featset_write(text, length + 1, &again, cpu, chosen, FEATSET_CANONICAL, left_out, &error),
			 FEATSET_OK);
	assert_int_equal(length, again);
	assert_int_equal(strlen(text), length);
	return text;
}

/* ---- Xen strings: the vectors that XAPI's own tests publish ------------------------ */

struct xen_words {
	size_t length;
	uint32_t word[9];
};

static void make(featset_t *set, const struct xen_words *from)
{
	featset_clear(set);
	for (unsigned i = 0; i < from->length; i++)
		featset_set_word(set, i, from->word[i]);
}

static void xen_strings(void **state)
{
	static const struct {
		struct xen_words words;
		const char *text;
	} vectors[] = {
		{ { 3, { 0, 2, 123 } }, "00000000-00000002-0000007b" },
		{ { 3, { 0, 1, 123 } }, "00000000-00000001-0000007b" },
		{ { 1, { 0 } }, "00000000" },
		{ { 1, { 1 } }, "00000001" },
		{ { 0, { 0 } }, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		featset_t set, back;
		size_t length = 99;
		char text[256];

		make(&set, &vectors[i].words);
		assert_int_equal(featset_xen_write(text, sizeof(text), &set, vectors[i].words.length),
				 strlen(vectors[i].text));
		assert_string_equal(text, vectors[i].text);
		assert_int_equal(featset_xen_read(&back, &length, vectors[i].text, NULL), FEATSET_OK);
		assert_int_equal(length, vectors[i].words.length);
		assert_true(featset_equal(&set, &back));
	}
}

static void xen_string_forms(void **state)
{
	static const char *const bad[] = {
		"foo bar baz", "fgfg-1234", "0123-foo", "foo-0123", "-1234", "1234-", /* XAPI's */
		" 1234",       "1234 ",     "1234\n",   "0x1234",   "+1234", "123456789",
		"1234--1234",  ":",         "1234:",    "1234-+1",
	};
	featset_error_t error = { 0 };
	char text[512] = "", small[12];
	featset_t set, other;
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		featset_clear(&set);
		length = 77;
		if (featset_xen_read(&set, &length, bad[i], &error) != FEATSET_E_SYNTAX)
			fail_msg("'%s' was accepted", bad[i]);
		assert_true(featset_is_empty(&set) && length == 77 && error.column > 0);
	}
	/* Fewer digits and capitals are legal, and so are colons. */
	assert_int_equal(featset_xen_read(&set, &length, "1234", NULL), FEATSET_OK);
	assert_int_equal(featset_word(&set, 0), 0x1234);
	assert_int_equal(featset_xen_read(&set, &length, "1FCBFBFF:f7ba2223", NULL), FEATSET_OK);
	assert_int_equal(featset_xen_read(&other, &length, "1fcbfbff-f7ba2223", NULL), FEATSET_OK);
	assert_true(featset_equal(&set, &other));
	/* 23 words fit, a 24th only when it is zero. */
	for (int i = 0; i < 23; i++)
		strcat(text, i ? "-ffffffff" : "ffffffff");
	assert_int_equal(featset_xen_read(&set, &length, text, NULL), FEATSET_OK);
	assert_int_equal(length, 23);
	assert_int_equal(featset_word(&set, 22), 0xffffffff);
	assert_int_equal(featset_word(&set, 23), 0);
	strcat(text, "-00000000-0");
	assert_int_equal(featset_xen_read(&set, &length, text, NULL), FEATSET_OK);
	assert_int_equal(length, 23);
	strcat(text, "-1");
	assert_int_equal(featset_xen_read(&set, &length, text, NULL), FEATSET_E_SYNTAX);
	/* A buffer that is too small is filled and ended. */
	assert_int_equal(featset_xen_write(small, sizeof(small), &other, 2), 17);
	assert_string_equal(small, "1fcbfbff-f7");
	assert_int_equal(featset_xen_write(NULL, 0, &other, 2), 17);
}

static void xen_and(void **state)
{
	static const struct {
		struct xen_words a, b, result;
	} vectors[] = {
		{ { 0, { 0 } }, { 0, { 0 } }, { 0, { 0 } } },
		{ { 3, { 1, 2, 3 } }, { 0, { 0 } }, { 3, { 1, 2, 3 } } },
		{ { 0, { 0 } }, { 3, { 1, 2, 3 } }, { 3, { 1, 2, 3 } } },
		{ { 2, { 7, 3 } }, { 1, { 5 } }, { 2, { 5, 0 } } },
		{ { 1, { 5 } }, { 2, { 7, 3 } }, { 2, { 5, 0 } } },
		{ { 1, { 1 } }, { 1, { 1 } }, { 1, { 1 } } },
		{ { 1, { 1 } }, { 2, { 1, 0 } }, { 2, { 1, 0 } } },
		{ { 3, { 1, 2, 3 } }, { 3, { 1, 1, 1 } }, { 3, { 1, 0, 1 } } },
		{ { 3, { 1, 2, 3 } }, { 3, { 0, 0, 0 } }, { 3, { 0, 0, 0 } } },
		{ { 1, { 0x00 } }, { 1, { 0xff } }, { 1, { 0x00 } } },
		{ { 1, { 0xff } }, { 1, { 0xff } }, { 1, { 0xff } } },
		{ { 1, { 0x7f } }, { 1, { 0xff } }, { 1, { 0x7f } } },
		{ { 1, { 0x07 } }, { 1, { 0x0f } }, { 1, { 0x07 } } },
		{ { 1, { 0x1f } }, { 1, { 0x0f } }, { 1, { 0x0f } } },
		{ { 2, { 0x00, 0xff } }, { 2, { 0xff, 0x00 } }, { 2, { 0x00, 0x00 } } },
		{ { 2, { 0xff, 0x55 } }, { 2, { 0xff, 0x55 } }, { 2, { 0xff, 0x55 } } },
		{ { 2, { 0x7f, 0x80 } }, { 2, { 0xff, 0x00 } }, { 2, { 0x7f, 0x00 } } },
		{ { 2, { 0x07, 0xe0 } }, { 2, { 0x0f, 0xf0 } }, { 2, { 0x07, 0xe0 } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		featset_t a, b, expected, result;
		size_t length;

		make(&a, &vectors[i].a);
		make(&b, &vectors[i].b);
		make(&expected, &vectors[i].result);
		featset_xen_and(&result, &length, &a, vectors[i].a.length, &b, vectors[i].b.length);
		assert_int_equal(length, vectors[i].result.length);
		assert_true(featset_equal(&result, &expected));
		/* in place */
		featset_xen_and(&a, &length, &a, vectors[i].a.length, &b, vectors[i].b.length);
		assert_true(featset_equal(&a, &expected));
	}
}

/* Sets are equal when they are after zero extension, which a featset_t has by itself. */
static void xen_equal(void **state)
{
	static const struct {
		struct xen_words a, b;
		bool equal;
	} vectors[] = {
		{ { 0, { 0 } }, { 0, { 0 } }, true },          { { 3, { 1, 2, 3 } }, { 3, { 1, 2, 3 } }, true },
		{ { 3, { 1, 2, 3 } }, { 0, { 0 } }, false },   { { 0, { 0 } }, { 3, { 1, 2, 3 } }, false },
		{ { 2, { 7, 0 } }, { 1, { 7 } }, true },       { { 1, { 7 } }, { 2, { 7, 0 } }, true },
		{ { 3, { 7, 1, 0 } }, { 2, { 7, 1 } }, true }, { { 2, { 7, 1 } }, { 2, { 7, 1 } }, true },
		{ { 2, { 7, 1 } }, { 1, { 7 } }, false },      { { 1, { 7 } }, { 2, { 7, 1 } }, false },
		{ { 2, { 1, 7 } }, { 2, { 7, 1 } }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		featset_t a, b;

		make(&a, &vectors[i].a);
		make(&b, &vectors[i].b);
		assert_int_equal(featset_equal(&a, &b), vectors[i].equal);
	}
}

static void xen_subset(void **state)
{
	static const struct {
		struct xen_words a, b;
		bool subset, strict;
	} vectors[] = {
		{ { 0, { 0 } }, { 0, { 0 } }, true, false },
		{ { 3, { 1, 2, 3 } }, { 0, { 0 } }, true, true }, /* the quirk */
		{ { 0, { 0 } }, { 3, { 1, 2, 3 } }, false, false },
		{ { 2, { 7, 3 } }, { 1, { 5 } }, false, false },
		{ { 1, { 5 } }, { 2, { 7, 3 } }, true, true },
		{ { 1, { 1 } }, { 1, { 1 } }, true, false },
		{ { 1, { 1 } }, { 2, { 1, 0 } }, true, false },
		{ { 2, { 1, 0 } }, { 1, { 1 } }, true, false },
		{ { 9, { 0x07cbfbff, 0x04082201, 0x20100800, 1 } },
		  { 9, { 0x07c9cbf5, 0x80082201, 0x20100800, 1 } },
		  false,
		  false },
		{ { 1, { 0x00 } }, { 1, { 0xff } }, true, true },
		{ { 1, { 0xff } }, { 1, { 0xff } }, true, false },
		{ { 1, { 0x7f } }, { 1, { 0xff } }, true, true },
		{ { 1, { 0x07 } }, { 1, { 0x0f } }, true, true },
		{ { 1, { 0x1f } }, { 1, { 0x0f } }, false, false },
		{ { 2, { 0x00, 0xff } }, { 2, { 0xff, 0x00 } }, false, false },
		{ { 2, { 0xff, 0x55 } }, { 2, { 0xff, 0x55 } }, true, false },
		{ { 2, { 0x7f, 0x80 } }, { 2, { 0xff, 0x00 } }, false, false },
		{ { 2, { 0x07, 0xe0 } }, { 2, { 0x0f, 0xf0 } }, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		featset_t a, b;
		bool subset;

		make(&a, &vectors[i].a);
		make(&b, &vectors[i].b);
		subset = featset_xen_subset(&a, vectors[i].a.length, &b, vectors[i].b.length);
		assert_int_equal(subset, vectors[i].subset);
		assert_int_equal(subset && !featset_equal(&a, &b), vectors[i].strict);
	}
}

/* ---- Xen strings as a format ------------------------------------------------------ */

static void check_xen_cpu(const featset_cpu_t *cpu, const char *text)
{
	uint32_t words[64];
	size_t count = split(words, text);

	assert_int_equal(featset_cpu_number(cpu, FEATSET_XEN_LENGTH), count);
	for (unsigned i = 0; i < FEATSET_WORDS; i++) {
		bool read = i < count;
		uint32_t flags = i < FEATSET_WORDS ? featset_word_flags(i) : 0;

		assert_int_equal(word(cpu, i), read ? words[i] & flags : 0);
		assert_int_equal(featset_word(featset_cpu_known(cpu), i), read ? flags : 0);
		assert_int_equal(featset_cpu_words(cpu) >> i & 1, read);
		if (read)
			assert_int_equal(featset_cpu_word(cpu, i), words[i]);
	}
	/* The bits that XAPI sets for every CPU. */
	assert_int_equal(featset_word(featset_cpu_compat(cpu), 2), 0x0183f3ff);
	assert_true(featset_has(featset_cpu_compat(cpu), 0 * 32 + 28));
	assert_true(featset_has(featset_cpu_compat(cpu), 1 * 32 + 21));
	assert_true(featset_has(featset_cpu_compat(cpu), 3 * 32 + 1));
	assert_true(featset_has(featset_cpu_compat(cpu), 3 * 32 + 10));
}

/* The old order: 1.ecx-1.edx-80000001.ecx-80000001.edx. */
static void check_legacy_cpu(const featset_cpu_t *cpu, const char *text)
{
	uint32_t words[64];

	assert_int_equal(split(words, text), 4);
	assert_int_equal(word(cpu, 1), words[0]);
	assert_int_equal(word(cpu, 0), words[1]);
	assert_int_equal(word(cpu, 3), words[2]);
	assert_int_equal(word(cpu, 2), words[3]);
	assert_int_equal(featset_cpu_words(cpu), 15);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_XEN_LENGTH), -1);
	assert_true(featset_is_empty(featset_cpu_compat(cpu)));
}

static void real_strings(void **state)
{
	FILE *file = fopen(shared("xapi/strings.txt"), "r");
	char line[1024], kind[64];
	size_t seen = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *text = strrchr(line, '|'), *back;
		featset_inventory_t *inventory;

		if (*line == '#' || !text || sscanf(line, "%63s", kind) != 1)
			continue;
		text += 2;
		text[strcspn(text, "\r\n")] = '\0';
		inventory = read_text(text, NULL);
		assert_string_equal(featset_inventory_format(inventory), "xen");
		if (!strcmp(kind, "legacy4")) {
			check_legacy_cpu(cpu_of(inventory, 0, FEATSET_SLOT_CPU), text);
		} else {
			check_xen_cpu(cpu_of(inventory, 0, FEATSET_SLOT_CPU), text);
			back = write_text(cpu_of(inventory, 0, FEATSET_SLOT_CPU), "xen", NULL);
			back[strcspn(back, "\n")] = '\0';
			assert_string_equal(back, text);
			free(back);
		}
		assert_int_equal(featset_inventory_notes(inventory), 0);
		featset_inventory_free(inventory);
		seen++;
	}
	fclose(file);
	assert_true(seen >= 9);
}

static void four_words(void **state)
{
	static const struct {
		const char *text;
		bool legacy;
		bool note;
	} vectors[] = {
		{ "7fbee3ff-bfebfbff-00000001-2c100800", true, false },  /* Ivy Bridge-EP */
		{ "7ffefbff-bfebfbff-00000021-2c100800", true, false },  /* Haswell-EP */
		{ "0098e3fd-bfebfbff-00000001-28100800", true, false },  /* Lynnfield */
		{ "fffa3203-078bfbff-00000021-2c100800", true, false },  /* nested, Skylake */
		{ "1fcbfbff-f7ba2223-2c100800-00000001", false, false }, /* the start of a new one */
		{ "17cbfbff-f7fa3223-2d93fbff-00000023", false, false },
		{ "00000000-00000000-00000000-00000000", false, true },
		{ "ffffff7f-ffffffff-ffffffff-ffffffff", false, true }, /* XenServer 5.6's mask */
		{ "078bfbff-078bfbff-00000001-2c100800", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		featset_inventory_t *inventory = read_text(vectors[i].text, NULL);

		if (vectors[i].legacy)
			check_legacy_cpu(cpu_of(inventory, 0, FEATSET_SLOT_CPU), vectors[i].text);
		else
			check_xen_cpu(cpu_of(inventory, 0, FEATSET_SLOT_CPU), vectors[i].text);
		assert_int_equal(featset_inventory_notes(inventory), vectors[i].note);
		featset_inventory_free(inventory);
	}
}

/* Several lines are several hosts; line ends of both kinds, colons, blank lines and a byte order mark do no harm. */
static void xen_files(void **state)
{
	featset_inventory_t *inventory = read_text(
		"\xef\xbb\xbf\r\n  1fcbfbff:f7ba2223:2c100800  \r\n\n1fcbfbff-f7fa3223-2d93fbff-00000423-1FCBFBFF",
		NULL);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_int_equal(word(cpu_of(inventory, 0, FEATSET_SLOT_CPU), 1), 0xf7ba2223);
	assert_int_equal(word(cpu_of(inventory, 1, FEATSET_SLOT_CPU), 4), 0x1fcbfbff);
	assert_int_equal(featset_cpu_number(cpu_of(inventory, 0, FEATSET_SLOT_CPU), FEATSET_XEN_LENGTH), 3);
	featset_inventory_free(inventory);
}

/* ---- xe ------------------------------------------------------------------------------ */

/* Finds "key: words" in a text by hand. */
static const char *words_of(const char *text, const char *key)
{
	static char words[512];
	char needle[64];
	const char *at;

	snprintf(needle, sizeof(needle), " %s: ", key);
	at = strstr(text, needle);
	if (!at)
		fail_msg("no %s in the text", key);
	at += strlen(needle);
	snprintf(words, sizeof(words), "%.*s", (int)strspn(at, "0123456789abcdef-"), at);
	return words;
}

static void check_xe_host(const featset_inventory_t *inventory, size_t host, const char *text)
{
	check_xen_cpu(cpu_of(inventory, host, FEATSET_SLOT_HVM), words_of(text, "features_hvm_host"));
	check_xen_cpu(cpu_of(inventory, host, FEATSET_SLOT_HVM_MAX), words_of(text, "features_hvm"));
	check_xen_cpu(cpu_of(inventory, host, FEATSET_SLOT_PV), words_of(text, "features_pv_host"));
	check_xen_cpu(cpu_of(inventory, host, FEATSET_SLOT_PV_MAX), words_of(text, "features_pv"));
	assert_null(featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU));
}

static void check_identity(const featset_cpu_t *cpu, int model, int stepping, const char *brand)
{
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	assert_string_equal(featset_cpu_brand(cpu), brand);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), 6);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), model);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), stepping);
	assert_int_equal(featset_cpu_view(cpu), FEATSET_VIEW_PROMISED);
}

static void real_hosts(void **state)
{
	static const char brand[] = "Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz";
	char *hera = slurp(shared("xapi/host-haswell-ep.txt")), *zeus = slurp(shared("xapi/host-ivybridge-ep.txt"));
	char *both = malloc(strlen(hera) + strlen(zeus) + 16);
	static const char *const between[] = { "", "\n", "\n\n\n", "\r\n" };
	featset_inventory_t *inventory;

	(void)state;
	for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
		sprintf(both, "%s%s%s", hera, between[i], zeus);
		inventory = read_text(both, NULL);
		assert_string_equal(featset_inventory_format(inventory), "xe");
		assert_int_equal(featset_inventory_hosts(inventory), 2);
		assert_int_equal(featset_inventory_notes(inventory), 0);
		assert_string_equal(featset_inventory_host_name(inventory, 0), "hera");
		assert_string_equal(featset_inventory_host_uuid(inventory, 0), "1de8f41d-0002-497c-b026-d8b687dee6a1");
		assert_string_equal(featset_inventory_host_name(inventory, 1), "zeus");
		check_xe_host(inventory, 0, hera);
		check_xe_host(inventory, 1, zeus);
		check_identity(cpu_of(inventory, 0, FEATSET_SLOT_HVM), 63, 2, brand);
		check_identity(cpu_of(inventory, 0, FEATSET_SLOT_PV_MAX), 63, 2, brand);
		check_identity(cpu_of(inventory, 1, FEATSET_SLOT_HVM_MAX), 62, 4,
			       "Intel(R) Xeon(R) CPU E5-2630L v2 @ 2.40GHz");
		featset_inventory_free(inventory);
	}
	free(both);
	free(hera);
	free(zeus);
}

/* The same map on one line and as a table, the way host-param-get and host-cpu-info print it. */
static void map_and_table(void **state)
{
	char *hera = slurp(shared("xapi/host-haswell-ep.txt")), *map = strstr(hera, "cpu_count:"), *table, *out, *at;
	featset_inventory_t *inventory;

	(void)state;
	assert_non_null(map);
	inventory = read_text(map, NULL);
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	assert_string_equal(featset_inventory_host_name(inventory, 0), "");
	check_xe_host(inventory, 0, hera);
	check_identity(cpu_of(inventory, 0, FEATSET_SLOT_HVM), 63, 2, "Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz");
	featset_inventory_free(inventory);

	/* "; " becomes a new line with the key pushed to the right. */
	out = table = calloc(1, 2 * strlen(map) * 2 + 16);
	for (at = map; *at; at++) {
		if (at[0] == ';' && at[1] == ' ') {
			out += sprintf(out, "\n            ");
			at++;
		} else if (at == map) {
			out += sprintf(out, "cpu_count    ");
			at += 8;
		} else {
			*out++ = *at;
		}
	}
	inventory = read_text(table, NULL);
	assert_string_equal(featset_inventory_format(inventory), "xe");
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	check_xe_host(inventory, 0, hera);
	check_identity(cpu_of(inventory, 0, FEATSET_SLOT_HVM), 63, 2, "Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz");
	featset_inventory_free(inventory);
	free(table);
	free(hera);
}

#define WORDS9 "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000"

/* Records of other kinds, descriptions of several lines, values that look like maps. */
static void other_records(void **state)
{
	featset_inventory_t *inventory = read_text(
		"uuid ( RO)                   : 11111111-0000-0000-0000-000000000001\n"
		"             name-label ( RW): my pool\n"
		"                 master ( RO): 22222222-0000-0000-0000-000000000001\n"
		"             default-SR ( RW): <not in database>\n"
		"               cpu_info (MRO): vendor: GenuineIntel; cpu_count: 40; features_hvm_host: " WORDS9 "\n"
		"\n\n"
		"uuid ( RO)                        : 33333333-0000-0000-0000-000000000001\n"
		"                  name-label ( RW): a VM\n"
		"            name-description ( RW): first line\n"
		"second line: cpu_info (MRO)\n"
		"         last-boot-CPU-flags ( RO): vendor: GenuineIntel; features: " WORDS9 "\n"
		"\n\n"
		"uuid ( RO)                           : 22222222-0000-0000-0000-000000000001\n"
		"                     name-label ( RW): odd; name: [x] \xc3\xa9\n"
		"               name-description ( RW): \n"
		"[DEPRECATED] API-version-major ( RO): 2\n"
		"                       cpu_info (MRO): flags: fpu de; modelname: A CPU; B: 3, rev: 2; C ; vendor: "
		"AuthenticAMD; "
		"model: 49; family: 23; stepping: unknown; features_hvm_host: " WORDS9 "; features_hvm: " WORDS9 "; \n",
		NULL);
	const featset_cpu_t *cpu = cpu_of(inventory, 0, FEATSET_SLOT_HVM);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	assert_string_equal(featset_inventory_host_name(inventory, 0), "odd; name: [x] \xc3\xa9");
	assert_string_equal(featset_inventory_host_uuid(inventory, 0), "22222222-0000-0000-0000-000000000001");
	check_xen_cpu(cpu, WORDS9);
	assert_string_equal(featset_cpu_vendor(cpu), "AuthenticAMD");
	assert_string_equal(featset_cpu_brand(cpu), "A CPU; B: 3, rev: 2; C");
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), 23);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), -1);
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_PV));
	featset_inventory_free(inventory);
}

/* Hosts that deserve a note: an old XAPI, and one without HVM. */
static void noted_hosts(void **state)
{
	featset_inventory_t *inventory = read_text(
		"uuid ( RO): 1\nname-label ( RW): ares\ncpu_info (MRO): vendor: GenuineIntel; features: "
		"7fbee3ff-bfebfbff-00000001-2c100800; features_hvm: " WORDS9 "; features_pv: " WORDS9 "\n\n"
		"uuid ( RO): 2\nname-label ( RW): nested\ncpu_info (MRO): vendor: GenuineIntel; features_hvm_host: "
		"10000000-00200000-00000000-00000402-00000000-00000000-00000000-00000000-00000000; features_pv_host: " WORDS9
		"\n",
		NULL);

	(void)state;
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	check_xen_cpu(cpu_of(inventory, 0, FEATSET_SLOT_HVM), WORDS9);
	check_xen_cpu(cpu_of(inventory, 0, FEATSET_SLOT_PV), WORDS9);
	check_legacy_cpu(cpu_of(inventory, 0, FEATSET_SLOT_CPU), "7fbee3ff-bfebfbff-00000001-2c100800");
	assert_int_equal(featset_inventory_notes(inventory), 3);
	assert_non_null(strstr(featset_inventory_note(inventory, 0), "ares"));
	assert_non_null(strstr(featset_inventory_note(inventory, 0), "features_hvm_host"));
	assert_non_null(strstr(featset_inventory_note(inventory, 1), "features_pv_host"));
	assert_non_null(strstr(featset_inventory_note(inventory, 2), "nested"));
	assert_non_null(strstr(featset_inventory_note(inventory, 2), "no HVM"));
	featset_inventory_free(inventory);
}

/* A listing that was cut off says so, wherever it was cut, or holds only hosts that are whole. */
static void cut_listings(void **state)
{
	static const char whole[] =
		"uuid ( RO): 1\nname-label ( RW): ares\ncpu_info (MRO): vendor: GenuineIntel; features_hvm: " WORDS9
		"; features_pv: " WORDS9 "; features_hvm_host: " WORDS9 "; features_pv_host: " WORDS9 "\n";
	size_t ends = sizeof(whole) - 1;

	(void)state;
	for (size_t size = 1; size < ends; size++) {
		featset_inventory_t *inventory = NULL;
		featset_status_t status = featset_read(&inventory, whole, size, NULL, NULL, NULL);

		if (status == FEATSET_OK)
			check_xen_cpu(cpu_of(inventory, 0, FEATSET_SLOT_HVM), WORDS9);
		/* All but the end of the line is whole; so is an empty last value, XAPI's "no such guests". */
		assert_int_equal(status == FEATSET_OK, size == ends - 1 || size == ends - 1 - strlen(WORDS9) ||
							       size == ends - 2 - strlen(WORDS9));
		featset_inventory_free(inventory);
	}
}

/* ---- libcpuid ------------------------------------------------------------------------- */

/* One reading of a dump by sscanf: which registers leaf 0 of each array has. */
struct raw {
	uint32_t basic[32][4], ext[32][4];
};

static size_t read_raw(struct raw *cpus, size_t max, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t count = 0;
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) && strncmp(line, "----------", 10) != 0) {
		uint32_t regs[4];
		unsigned i;

		if (sscanf(line, "basic_cpuid[%u]=%x %x %x %x", &i, &regs[0], &regs[1], &regs[2], &regs[3]) == 5) {
			count += i == 0;
			assert_true(count <= max);
			memcpy(cpus[count - 1].basic[i], regs, sizeof(regs));
		} else if (sscanf(line, "ext_cpuid[%u]=%x %x %x %x", &i, &regs[0], &regs[1], &regs[2], &regs[3]) == 5) {
			memcpy(cpus[count - 1].ext[i], regs, sizeof(regs));
		}
	}
	fclose(file);
	return count;
}

/* Words of leaves that a dump has as a whole, and whose existence no other feature decides. */
static const struct {
	unsigned word;
	uint32_t leaf;
	int reg;
} plain_words[] = {
	{ 0, 1, 3 },  { 1, 1, 2 },          { 2, 0x80000001, 3 },  { 3, 0x80000001, 2 },  { 5, 7, 1 },
	{ 6, 7, 2 },  { 7, 0x80000007, 3 }, { 8, 0x80000008, 1 },  { 9, 7, 3 },           { 23, 6, 0 },
	{ 24, 6, 2 }, { 25, 0xd, 0 },       { 41, 0x80000007, 1 }, { 43, 0x8000001f, 0 },
};

static void check_raw(const featset_cpu_t *cpu, const struct raw *raw)
{
	for (size_t i = 0; i < sizeof(plain_words) / sizeof(plain_words[0]); i++) {
		uint32_t leaf = plain_words[i].leaf;
		bool extended = leaf >> 31, none = extended && raw->ext[0][0] >> 16 != 0x8000;
		const uint32_t(*array)[4] = extended ? raw->ext : raw->basic;
		uint32_t flags = featset_word_flags(plain_words[i].word);
		bool there = !none && leaf <= array[0][0];
		uint32_t expected = there ? array[leaf & 31][plain_words[i].reg] : 0;

		assert_int_equal(word(cpu, plain_words[i].word), expected & flags);
		/* Intel shows SYSCALL (bit 11) beside long mode (bit 29) only to 64-bit programs. */
		if (plain_words[i].word == 2 && raw->basic[0][1] == 0x756e6547 && (expected & 0x20000800) == 0x20000000)
			flags &= ~0x800u;
		assert_int_equal(featset_word(featset_cpu_known(cpu), plain_words[i].word), flags);
		assert_int_equal(featset_cpu_words(cpu) >> plain_words[i].word & 1, there);
		assert_int_equal(featset_cpu_word(cpu, plain_words[i].word), expected);
	}
	/* D.1 and 7.1 are not in a dump: absent when the maximum says so, else unknown. */
	assert_int_equal(featset_word(featset_cpu_known(cpu), 4), raw->basic[0][0] < 0xd ? 0xffffffff : 0);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 10),
			 raw->basic[0][0] < 7 || raw->basic[7][0] < 1 ? 0xffffffff : 0);
}

static void check_raw_identity(const featset_cpu_t *cpu, const struct raw *raw)
{
	char vendor[13] = "";
	uint32_t eax = raw->basic[1][0], family = eax >> 8 & 15, model = eax >> 4 & 15;

	memcpy(vendor, &raw->basic[0][1], 4);
	memcpy(vendor + 4, &raw->basic[0][3], 4);
	memcpy(vendor + 8, &raw->basic[0][2], 4);
	if (family == 6 || family == 15)
		model += (eax >> 16 & 15) << 4;
	if (family == 15)
		family += eax >> 20 & 255;
	assert_string_equal(featset_cpu_vendor(cpu), vendor);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_FAMILY), family);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), model);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), eax & 15);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MAX_BASIC), raw->basic[0][0]);
}

/* Everything that a reader could have found in a dump. */
static void check_same(const featset_cpu_t *a, const featset_cpu_t *b)
{
	static const featset_number_t numbers[] = { FEATSET_FAMILY,    FEATSET_MODEL,         FEATSET_STEPPING,
						    FEATSET_MAX_BASIC, FEATSET_MAX_SUBLEAF_7, FEATSET_MAX_EXTENDED,
						    FEATSET_PHYS_BITS, FEATSET_LINEAR_BITS,   FEATSET_AVX10_VERSION };

	for (unsigned i = 0; i < FEATSET_WORDS; i++) {
		if (featset_word_source(i) != FEATSET_SOURCE_CPUID)
			continue;
		if (word(a, i) != word(b, i) || featset_cpu_word(a, i) != featset_cpu_word(b, i))
			fail_msg("%s: %08x, then %08x", featset_word_name(i), (unsigned)featset_cpu_word(a, i),
				 (unsigned)featset_cpu_word(b, i));
		if (featset_word(featset_cpu_known(a), i) != featset_word(featset_cpu_known(b), i))
			fail_msg("%s: known %08x, then %08x", featset_word_name(i),
				 (unsigned)featset_word(featset_cpu_known(a), i),
				 (unsigned)featset_word(featset_cpu_known(b), i));
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(featset_cpu_number(a, numbers[i]), featset_cpu_number(b, numbers[i]));
	assert_string_equal(featset_cpu_vendor(a), featset_cpu_vendor(b));
	assert_string_equal(featset_cpu_brand(a), featset_cpu_brand(b));
	assert_string_equal(featset_cpu_hypervisor(a), featset_cpu_hypervisor(b));
	assert_int_equal(featset_cpu_view(a), featset_cpu_view(b));
}

static void round_trip(const featset_cpu_t *cpu, const char *format)
{
	char *text = write_text(cpu, format, NULL);
	featset_inventory_t *inventory = read_text(text, NULL);

	assert_string_equal(featset_inventory_format(inventory), format);
	check_same(cpu, cpu_of(inventory, 0, FEATSET_SLOT_CPU));
	featset_inventory_free(inventory);
	free(text);
}

static bool has_json(void)
{
	return featset_format_writes(featset_format_find("json", NULL));
}

static void native_dumps(void **state)
{
	char folder[4096], path[8192];
	struct dirent *entry;
	size_t seen = 0, several = 0;
	DIR *directory;

	(void)state;
	snprintf(folder, sizeof(folder), "%s", shared("libcpuid/native"));
	directory = opendir(folder);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		featset_inventory_t *inventory;
		featset_error_t error = { 0 };
		const featset_cpu_t *cpu;
		static struct raw raw[64];
		size_t count;

		if (!strstr(entry->d_name, ".test"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		memset(raw, 0, sizeof(raw));
		count = read_raw(raw, 64, path);
		if (featset_read_file(&inventory, path, NULL, 0, &error) != FEATSET_OK)
			fail_msg("%s: %s", entry->d_name, error.text);
		assert_string_equal(featset_inventory_format(inventory), "libcpuid");
		assert_int_equal(featset_inventory_hosts(inventory), 1);
		cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);
		assert_int_equal(featset_cpu_count(cpu), count == 1 ? 0 : count);
		for (size_t i = 0; i < count; i++) {
			const featset_cpu_t *one = count == 1 ? cpu : featset_cpu_at(cpu, i);

			check_raw(one, &raw[i]);
			check_raw_identity(one, &raw[i]);
			assert_true(featset_subset(featset_cpu_features(cpu), featset_cpu_features(one)));
			round_trip(one, "cpuid");
			if (has_json())
				round_trip(one, "json");
		}
		several += count > 1;
		featset_inventory_free(inventory);
		seen++;
	}
	closedir(directory);
	assert_true(seen >= 40 && several >= 3);
}

/* ---- cpuid -r --------------------------------------------------------------------------- */

#define CPU_A                                                                                                          \
	"   0x00000000 0x00: eax=0x00000007 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"                            \
	"   0x00000001 0x00: eax=0x000306f2 ebx=0x00020800 ecx=0x7ffefbff edx=0xbfebfbff\n"                            \
	"   0x00000006 0x00: eax=0x00000077 ebx=0x00000002 ecx=0x00000009 edx=0x00000000\n"                            \
	"   0x00000007 0x00: eax=0x00000000 ebx=0x000037ab ecx=0x00000000 edx=0x9c000400\n"                            \
	"   0x80000000 0x00: eax=0x80000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n"                            \
	"   0x80000001 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000021 edx=0x2c100800\n"
/* the same without AVX2 */
#define CPU_B                                                                                                          \
	"   0x00000000 0x00: eax=0x00000007 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"                            \
	"   0x00000001 0x00: eax=0x000306f2 ebx=0x01020800 ecx=0x7ffefbff edx=0xbfebfbff\n"                            \
	"   0x00000006 0x00: eax=0x00000077 ebx=0x00000002 ecx=0x00000009 edx=0x00000000\n"                            \
	"   0x00000007 0x00: eax=0x00000000 ebx=0x0000378b ecx=0x00000000 edx=0x9c000400\n"                            \
	"   0x80000000 0x00: eax=0x80000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n"                            \
	"   0x80000001 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000021 edx=0x2c100800\n"

static void cpuid_text(void **state)
{
	static const struct {
		const char *text;
		size_t cpus;
		size_t notes;
		uint32_t ebx7;
	} vectors[] = {
		{ "CPU:\n" CPU_A, 0, 0, 0x37ab },
		{ "CPU 0:\n" CPU_A, 0, 0, 0x37ab },
		{ "Disclaimer: cpuid may be wrong\nCPU 0:\n" CPU_A "\n", 0, 0, 0x37ab },
		{ "$ cpuid -1r\nCPU:\n" CPU_A, 0, 0, 0x37ab },
		{ CPU_A, 0, 0, 0x37ab },
		{ "CPU 0:\n" CPU_A "CPU 1:\n" CPU_A, 2, 0, 0x37ab },
		{ "CPU 0:\n" CPU_A "CPU 1:\n" CPU_B, 2, 1, 0x378b },
		{ CPU_B CPU_A CPU_A, 3, 1, 0x378b },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		featset_inventory_t *inventory = read_text(vectors[i].text, NULL);
		const featset_cpu_t *cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);

		assert_string_equal(featset_inventory_format(inventory), "cpuid");
		assert_int_equal(featset_inventory_hosts(inventory), 1);
		assert_int_equal(featset_cpu_count(cpu), vectors[i].cpus);
		assert_int_equal(word(cpu, 5), vectors[i].ebx7);
		assert_int_equal(word(cpu, 1), 0x7ffefbff);
		assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), 63);
		assert_int_equal(featset_inventory_notes(inventory), vectors[i].notes);
		if (vectors[i].notes)
			assert_non_null(strstr(featset_inventory_note(inventory, 0), "avx2"));
		featset_inventory_free(inventory);
	}
}

/* What a reader must not see: a leaf that is missing is unknown, one past the maximum absent. */
static void cpuid_unknown(void **state)
{
	featset_inventory_t *inventory =
		read_text("CPU:\n"
			  "   0x00000000 0x00: eax=0x0000000d ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
			  "   0x00000001 0x00: eax=0x000306f2 ebx=0x00020800 ecx=0x7ffefbff edx=0xbfebfbff\n"
			  "   0x80000000 0x00: eax=0x80000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n",
			  NULL);
	const featset_cpu_t *cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);

	(void)state;
	assert_int_equal(featset_word(featset_cpu_known(cpu), 5), 0);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 2), 0);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 7), 0xffffffff);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 32), 0xffffffff);
	round_trip(cpu, "cpuid");
	featset_inventory_free(inventory);
}

/* This machine's, where Debian's cpuid is installed. */
static void cpuid_live(void **state)
{
	static const struct {
		unsigned word;
		unsigned leaf, subleaf;
		int reg;
	} words[] = {
		{ 0, 1, 0, 3 }, { 1, 1, 0, 2 }, { 2, 0x80000001, 0, 3 }, { 3, 0x80000001, 0, 2 }, { 4, 0xd, 1, 0 },
		{ 5, 7, 0, 1 }, { 6, 7, 0, 2 }, { 9, 7, 0, 3 },          { 10, 7, 1, 0 },         { 15, 7, 1, 3 },
	};
	FILE *pipe = popen("cpuid -1r 2>/dev/null", "r");
	char *text = calloc(1, 1 << 20), *line;
	featset_inventory_t *inventory;
	const featset_cpu_t *cpu;
	size_t found = 0;

	(void)state;
	assert_non_null(pipe);
	text[fread(text, 1, (1 << 20) - 1, pipe)] = '\0';
	if (pclose(pipe) != 0 || !strstr(text, "0x00000001")) {
		print_message("[          ] skipped: cpuid is not installed\n");
		free(text);
		skip();
	}
	inventory = read_text(text, NULL);
	cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);
	round_trip(cpu, "cpuid");
	if (has_json())
		round_trip(cpu, "json");
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned leaf, subleaf, regs[4];

		if (sscanf(line, " 0x%x 0x%x: eax=0x%x ebx=0x%x ecx=0x%x edx=0x%x", &leaf, &subleaf, &regs[0], &regs[1],
			   &regs[2], &regs[3]) != 6)
			continue;
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (words[i].leaf != leaf || words[i].subleaf != subleaf)
				continue;
			assert_int_equal(featset_cpu_word(cpu, words[i].word), regs[words[i].reg]);
			found++;
		}
	}
	assert_true(found >= 4);
	featset_inventory_free(inventory);
	free(text);
}

/* Real sets through cpuid's form: what a featureset does not say stays unknown. */
static void xen_to_cpuid(void **state)
{
	featset_inventory_t *inventory = read_text(
		"1fcbfbff-f7fa3203-2c100800-00000021-00000001-000007ab-00000000-00000000-00101000-bc000400", NULL);
	const featset_cpu_t *cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU), *back;
	featset_inventory_t *again;
	featset_t left_out;
	char *text = write_text(cpu, "cpuid", &left_out);

	(void)state;
	again = read_text(text, NULL);
	back = cpu_of(again, 0, FEATSET_SLOT_CPU);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(word(back, i), word(cpu, i));
	for (unsigned i = 10; i < FEATSET_WORDS; i++)
		assert_int_equal(word(back, i), 0);
	assert_int_equal(featset_word(featset_cpu_known(back), 10), 0);
	assert_int_equal(featset_word(featset_cpu_known(back), 11), 0);
	assert_true(featset_is_empty(&left_out));
	featset_inventory_free(again);
	featset_inventory_free(inventory);
	free(text);
}

/* ---- other writers ---------------------------------------------------------------------- */

static void left_out(void **state)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t out;
	char *text;

	(void)state;
	featset_cpu_set_word(cpu, 5, 0x20);
	featset_cpu_set_word(cpu, 16, 0x3);   /* MSR 10A: not in CPUID */
	featset_cpu_set_word(cpu, 19, 0x1);   /* Xen's next word */
	featset_cpu_set_word(cpu, 31, 0x100); /* 12.1: not in a Xen featureset */
	text = write_text(cpu, "cpuid", &out);
	assert_int_equal(featset_word(&out, 16), 3);
	assert_int_equal(featset_word(&out, 19), 1);
	/* What a dump states of leaf 12 counts even where there is no SGX. */
	assert_int_equal(featset_word(&out, 31), 0);
	assert_int_equal(featset_count(&out), 3);
	free(text);
	text = write_text(cpu, "xen", &out);
	assert_int_equal(featset_word(&out, 31), 0x100);
	assert_int_equal(featset_count(&out), 1);
	/* 19 words as Xen has today, and as many more as are needed. */
	assert_int_equal(strlen(text), 20 * 9);
	free(text);
	text = write_text(cpu, "names", &out);
	assert_true(featset_is_empty(&out));
	assert_int_equal(strncmp(text, "avx2\n", 5), 0);
	free(text);
	featset_cpu_free(cpu);
}

static void name_lists(void **state)
{
	static const char *const texts[] = { "avx2\nbmi2\n",         "avx2 bmi2",
					     "  +avx2,+bmi2",        "# a comment\r\navx2 # more\r\n\r\nbmi2\r\n",
					     "AVX2, bmi2 avx2",      "linux:avx2\nqemu:bmi2",
					     "7.0.ebx[5] 7.0.ebx[8]" };
	featset_inventory_t *inventory;
	const featset_cpu_t *cpu;
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		inventory = read_text(texts[i], NULL);
		cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);
		assert_string_equal(featset_inventory_format(inventory), "names");
		assert_int_equal(word(cpu, 5), 1u << 5 | 1u << 8);
		assert_int_equal(featset_count(featset_cpu_features(cpu)), 2);
		assert_int_equal(featset_word(featset_cpu_known(cpu), 0), 0xffffffff);
		text = write_text(cpu, "names", NULL);
		assert_string_equal(text, "avx2\nbmi2\n");
		free(text);
		featset_inventory_free(inventory);
	}
	/* Blank lines in front, more than a probe looks at. */
	text = malloc(200001 + 4);
	memset(text, '\n', 200001);
	memcpy(text + 200000, "avx2", 5);
	inventory = read_text(text, NULL);
	assert_int_equal(featset_count(featset_cpu_features(cpu_of(inventory, 0, FEATSET_SLOT_CPU))), 1);
	featset_inventory_free(inventory);
	free(text);
	/* Bits without a name survive as places. */
	inventory = read_text("ffffffff-ffffffff-ffffffff-ffffffff-ffffffff-ffffffff-00000000", NULL);
	text = write_text(cpu_of(inventory, 0, FEATSET_SLOT_CPU), "names", NULL);
	featset_inventory_free(inventory);
	inventory = read_text(text, NULL);
	assert_int_equal(featset_count(featset_cpu_features(cpu_of(inventory, 0, FEATSET_SLOT_CPU))), 6 * 32);
	featset_inventory_free(inventory);
	free(text);
}

static void json_texts(void **state)
{
	featset_inventory_t *inventory;
	const featset_cpu_t *cpu;
	char *text;

	(void)state;
	if (!has_json()) {
		featset_error_t error = { 0 };

		assert_int_equal(featset_read(&inventory, "{}", 2, NULL, NULL, &error), FEATSET_E_UNSUPPORTED);
		print_message("[          ] skipped: this build has no JSON\n");
		skip();
	}
	inventory = read_text("{\"vendor\": \"GenuineIntel\", \"family\": 6, \"model\": 63, \"stepping\": null,"
			      "\"words\": {\"7.0.ebx\": \"000007ab\"}, \"features\": [\"avx2\", \"sse4_1\"]}",
			      NULL);
	cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);
	assert_string_equal(featset_inventory_format(inventory), "json");
	assert_int_equal(word(cpu, 5), 0x7ab);
	assert_int_equal(word(cpu, 1), 1u << 19);
	/* What the words do not hold is known where it was named, and nowhere else. */
	assert_int_equal(featset_word(featset_cpu_known(cpu), 1), 1u << 19);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 0), 0);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), 63);
	assert_int_equal(featset_cpu_number(cpu, FEATSET_STEPPING), -1);
	assert_null(featset_cpu_usable(cpu));
	text = write_text(cpu, "json", NULL);
	assert_non_null(strstr(text, "\"schema\": 1"));
	assert_non_null(strstr(text, "\"7.0.ebx\": \"000007ab\""));
	assert_non_null(strstr(text, "\"microarchitecture\""));
	featset_inventory_free(inventory);
	inventory = read_text(text, NULL);
	cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);
	assert_int_equal(word(cpu, 5), 0x7ab);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 1), 1u << 19);
	featset_inventory_free(inventory);
	free(text);

	/* Names alone are the whole set. */
	inventory = read_text("{\"schema\": 1, \"hosts\": [{\"features\": [\"avx2\"], \"words\": {}}, {\"words\": "
			      "{\"7.0.ebx\": \"20\"}}], \"notes\": []}",
			      NULL);
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	assert_int_equal(featset_word(featset_cpu_known(cpu_of(inventory, 0, FEATSET_SLOT_CPU)), 0), 0xffffffff);
	assert_int_equal(featset_word(featset_cpu_known(cpu_of(inventory, 1, FEATSET_SLOT_CPU)), 0), 0);
	assert_int_equal(word(cpu_of(inventory, 1, FEATSET_SLOT_CPU), 5), 0x20);
	featset_inventory_free(inventory);
	inventory = read_text(
		"[{\"features\": [\"avx2\"], \"usable\": [\"avx2\"]}, {\"features\": [], \"name\": \"x\"}]", NULL);
	assert_int_equal(featset_inventory_hosts(inventory), 2);
	cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);
	assert_int_equal(featset_word(featset_cpu_known(cpu), 0), 0xffffffff);
	assert_int_equal(featset_count(featset_cpu_usable(cpu)), 1);
	assert_string_equal(featset_inventory_host_name(inventory, 1), "x");
	featset_inventory_free(inventory);

	/* What is said of the whole counts more than what its CPUs say. */
	inventory = read_text(
		"{\"vendor\": \"GenuineIntel\", \"model\": 151, \"features\": [], \"cpus\": [{\"core_type\": \"P\", "
		"\"features\": [\"avx2\", \"bmi2\"]}, {\"core_type\": \"E\", \"features\": [\"avx2\"]}]}",
		NULL);
	cpu = cpu_of(inventory, 0, FEATSET_SLOT_CPU);
	assert_string_equal(featset_cpu_vendor(cpu), "GenuineIntel");
	assert_int_equal(featset_cpu_number(cpu, FEATSET_MODEL), 151);
	assert_int_equal(word(cpu, 5), 0x20);
	assert_string_equal(featset_cpu_core_type(featset_cpu_at(cpu, 1)), "E");
	featset_inventory_free(inventory);
}

/* A featureset keeps its length, its compatibility bits and what was not read; an unread cpu stays unread. */
static void json_rest(void **state)
{
	static const char *const texts[] = { WORDS9, "1fcbfbff-f7ba2223" };

	(void)state;
	if (!has_json()) {
		print_message("[          ] skipped: this build has no JSON\n");
		skip();
	}
	for (size_t i = 0; i <= sizeof(texts) / sizeof(texts[0]); i++) {
		bool empty = i == sizeof(texts) / sizeof(texts[0]);
		featset_inventory_t *inventory = empty ? NULL : read_text(texts[i], NULL), *again;
		featset_cpu_t *nothing = featset_cpu_new();
		const featset_cpu_t *cpu = empty ? nothing : cpu_of(inventory, 0, FEATSET_SLOT_CPU);
		char *text = write_text(cpu, "json", NULL);

		again = read_text(text, NULL);
		if (!empty)
			check_xen_cpu(cpu_of(again, 0, FEATSET_SLOT_CPU), texts[i]);
		check_same(cpu, cpu_of(again, 0, FEATSET_SLOT_CPU));
		featset_inventory_free(again);
		featset_inventory_free(inventory);
		featset_cpu_free(nothing);
		free(text);
	}
}

/* Several CPUs of one machine come back as several. */
static void json_cpus(void **state)
{
	featset_inventory_t *inventory = read_text("CPU 0:\n" CPU_A "CPU 1:\n" CPU_B, NULL), *again;
	char *text;

	(void)state;
	if (!has_json()) {
		featset_inventory_free(inventory);
		print_message("[          ] skipped: this build has no JSON\n");
		skip();
	}
	text = write_text(cpu_of(inventory, 0, FEATSET_SLOT_CPU), "json", NULL);
	again = read_text(text, NULL);
	assert_int_equal(featset_cpu_count(cpu_of(again, 0, FEATSET_SLOT_CPU)), 2);
	assert_int_equal(word(featset_cpu_at(cpu_of(again, 0, FEATSET_SLOT_CPU), 0), 5), 0x37ab);
	assert_int_equal(word(featset_cpu_at(cpu_of(again, 0, FEATSET_SLOT_CPU), 1), 5), 0x378b);
	check_same(cpu_of(inventory, 0, FEATSET_SLOT_CPU), cpu_of(again, 0, FEATSET_SLOT_CPU));
	featset_inventory_free(again);
	featset_inventory_free(inventory);
	free(text);
}

/* ---- what is refused ------------------------------------------------------------------------ */

static const struct {
	const char *format; /* NULL: told by content */
	const char *text;
	featset_status_t status;
	unsigned line, column;
	const char *holds;
} refused[] = {
	{ NULL, "", FEATSET_E_FORMAT, 1, 1, "empty" },
	{ NULL, " \n\r\n\t", FEATSET_E_FORMAT, 1, 1, "empty" },
	{ "xen", "", FEATSET_E_FORMAT, 1, 1, "empty" },
	{ NULL, "hello, world\n", FEATSET_E_FORMAT, 1, 1, "aida64, cpu-models, cpuid" },
	{ NULL, "<xml/>", FEATSET_E_FORMAT, 1, 1, "xe, xe-platform, xen" },
	{ NULL, "1fcbfbff-", FEATSET_E_SYNTAX, 1, 10, "missing" },
	{ NULL, "1fcbfbff-f7ba22\n", FEATSET_E_SYNTAX, 1, 10, "cut off" },
	{ NULL, "\n  1fcbfbff-f7ba2223-zz", FEATSET_E_SYNTAX, 2, 21, "hexadecimal" },
	{ NULL, "1fcbfbff-f7ba2223\r\n1fcbfbff--\r\n", FEATSET_E_SYNTAX, 2, 10, "missing" },
	{ NULL, "1fcbfbff-123456789", FEATSET_E_SYNTAX, 1, 10, "more than 8" },
	{ NULL, "1fcbfbff f7ba2223", FEATSET_E_FORMAT, 1, 1, "none of the formats" },
	{ "xen", "1fcbfbff f7ba2223", FEATSET_E_SYNTAX, 1, 9, "'-'" },
	{ NULL, "avx2\nsse4_9\n", FEATSET_E_NAME, 2, 1, "sse4_" },
	{ NULL, "avx2, bmi2, prefetchi", FEATSET_E_AMBIGUOUS, 1, 13, "prefetchi" },
	{ "names", "ivy bridge", FEATSET_E_NAME, 1, 1, "ivy" },
	{ NULL, "CPU 0:\n", FEATSET_E_SYNTAX, 1, 0, "leaf 0" },
	{ NULL, "CPU:\n   0x00000000 0x00: eax=0x00000007 ebx=0x756e6547 ecx=0x6c65746e\n", FEATSET_E_SYNTAX, 2, 4,
	  "edx" },
	{ NULL, "CPU:\n   0x00000001 0x00: eax=0x00000007 ebx=0x756e6547 ecx=0x6c65746e edx=0x00000000\n",
	  FEATSET_E_SYNTAX, 1, 0, "leaf 0" },
	{ NULL, "CPU 0:\n" CPU_A "CPU 1:\n   0x00000000 0x00: eax=0x000", FEATSET_E_SYNTAX, 9, 4, "leaf" },
	{ NULL,
	  "CPU 0:\n" CPU_A "nonsense\n"
	  "   0x80000008 0x00: eax=0x00003030 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n",
	  FEATSET_E_SYNTAX, 8, 1, "leaf" },
	{ NULL, "basic_cpuid[0]=00000016 756e6547 6c65746e", FEATSET_E_SYNTAX, 1, 1, "libcpuid" },
	{ NULL, "basic_cpuid[999]=00000016 756e6547 6c65746e 49656e69\n", FEATSET_E_SYNTAX, 1, 1, "libcpuid" },
	{ NULL, "version=0.6.2\nbasic_cpuid[1]=00000016 756e6547 6c65746e 49656e69\n", FEATSET_E_SYNTAX, 2, 0,
	  "leaf 0" },
	{ NULL, "basic_cpuid[0]=00000016 756e6547 6c65746e 49656e69\nbasic_cpuid[1", FEATSET_E_SYNTAX, 2, 1,
	  "libcpuid" },
	{ NULL, "uuid ( RO): 1\nname-label ( RW): x\n", FEATSET_E_SYNTAX, 1, 0, "cpu_info" },
	{ NULL, "uuid ( RO): 1\ncpu_info (MRO): vendor: x; features_hvm: 1fcbfbff-f7ba\n", FEATSET_E_SYNTAX, 2, 51,
	  "cut off" },
	{ NULL, "uuid ( RO): 1\ncpu_info (MRO): vendor: x; features_hvm: 1fcbfbff", FEATSET_E_SYNTAX, 2, 0, "cut off" },
	{ NULL, "uuid ( RO): 1\ncpu_info (MRO): vendor: x; features_hvm: 1fcbfbff-; a: b\n", FEATSET_E_SYNTAX, 2, 51,
	  "missing" },
	{ NULL, "vendor: x; features_hvm: foo\n", FEATSET_E_SYNTAX, 1, 27, "features_hvm" },
};

static const struct {
	const char *text;
	featset_status_t status;
} refused_json[] = {
	{ "{", FEATSET_E_SYNTAX },
	{ "{}", FEATSET_E_SYNTAX },
	{ "[]", FEATSET_E_SYNTAX },
	{ "[1]", FEATSET_E_SYNTAX },
	{ "{\"words\": []}", FEATSET_E_SYNTAX },
	{ "{\"words\": {\"7.0.ebx\": 5}}", FEATSET_E_SYNTAX },
	{ "{\"words\": {\"7.0.ebx\": \"123456789\"}}", FEATSET_E_SYNTAX },
	{ "{\"words\": {\"7.0.ebx\": \"12 \"}}", FEATSET_E_SYNTAX },
	{ "{\"words\": {\"7.0.exx\": \"12\"}}", FEATSET_E_NAME },
	{ "{\"features\": [\"avx22\"]}", FEATSET_E_NAME },
	{ "{\"features\": [5]}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"family\": -1}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"family\": \"6\"}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"vendor\": 6}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"usable\": 6}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"compat\": [\"avx22\"]}", FEATSET_E_NAME },
	{ "{\"features\": [], \"view\": \"mine\"}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"cpus\": 6}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"cpus\": [{\"features\": []}, {}]}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"schema\": 2}", FEATSET_E_SYNTAX },
	{ "{\"features\": [], \"features\": []}", FEATSET_E_SYNTAX },
	{ "{\"features\": []} x", FEATSET_E_SYNTAX },
};

static void check_refused(const char *format, const char *text, size_t size, featset_status_t status, unsigned line,
			  unsigned column, const char *holds)
{
	featset_inventory_t *inventory = (void *)&inventory;
	featset_error_t error = { 0 };
	featset_status_t got = featset_read(&inventory, text, size, format ? featset_format_find(format, NULL) : NULL,
					    "hera.txt", &error);

	if (got != status || error.code != status || (line && (error.line != line || error.column != column)) ||
	    !strstr(error.text, holds))
		fail_msg("'%s': status %d at %u:%u: %s", text, (int)got, error.line, error.column, error.text);
	assert_null(inventory);
	assert_string_equal(error.file, "hera.txt");
	assert_int_equal(featset_read(&inventory, text, size, NULL, NULL, NULL) == FEATSET_OK, false);
}

static void refused_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_refused(refused[i].format, refused[i].text, strlen(refused[i].text), refused[i].status,
			      refused[i].line, refused[i].column, refused[i].holds);
	for (size_t i = 0; has_json() && i < sizeof(refused_json) / sizeof(refused_json[0]); i++)
		check_refused(NULL, refused_json[i].text, strlen(refused_json[i].text), refused_json[i].status, 0, 0,
			      "");
	check_refused(NULL, "avx2\nbm\0i2", 10, FEATSET_E_FORMAT, 2, 3, "zero byte");
	check_refused(NULL,
		      "\x7f"
		      "ELF\2\1\1\0\0\0",
		      10, FEATSET_E_FORMAT, 1, 8, "zero byte");
}

/* Every prefix of a good text is read or refused with a sentence; nothing is half accepted. */
static void prefixes(void **state)
{
	static const char *const texts[] = {
		"CPU 0:\n" CPU_A "CPU 1:\n" CPU_B,
		"uuid ( RO): 1\nname-label ( RW): x\ncpu_info (MRO): vendor: y; features_hvm_host: " WORDS9
		"; model: 3\n\n",
		"1fcbfbff-f7ba2223-2c100800-00000001\n1fcbfbff-f7ba2223\n",
		("version=0.6.2\nbasic_cpuid[0]=00000001 756e6547 6c65746e 49656e69\nbasic_cpuid[1]=00000016 00000000 "
		 "00000001 "
		 "49656e69\n----------\n6\n"),
		"{\"schema\": 1, \"words\": {\"7.0.ebx\": \"000007ab\"}, \"features\": [\"avx2\"]}",
		"avx2, bmi2 # and\nsse4_1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t size = 0; size <= strlen(texts[i]); size++) {
			/* of its very size, so that a reader past the end is caught */
			char *copy = malloc(size ? size : 1);
			featset_inventory_t *inventory = NULL;
			featset_error_t error = { 0 };
			featset_status_t status;

			memcpy(copy, texts[i], size);
			status = featset_read(&inventory, copy, size, NULL, "f", &error);
			if (status == FEATSET_OK) {
				assert_true(featset_inventory_hosts(inventory) > 0);
			} else {
				assert_null(inventory);
				assert_true(error.text[0] && error.code == status);
			}
			featset_inventory_free(inventory);
			free(copy);
		}
	}
}

/* ---- files and the table ------------------------------------------------------------------------ */

static void files(void **state)
{
	char path[] = "/tmp/featset-format-XXXXXX", name[64];
	featset_inventory_t *inventory;
	featset_error_t error = { 0 };
	int handle = mkstemp(path), ends[2], before;

	(void)state;
	assert_true(handle >= 0);
	assert_int_equal(write(handle, "avx2\nbmi2\n", 10), 10);
	close(handle);
	assert_int_equal(featset_read_file(&inventory, path, NULL, 0, NULL), FEATSET_OK);
	featset_inventory_free(inventory);
	assert_int_equal(featset_read_file(&inventory, path, NULL, 10, NULL), FEATSET_OK);
	featset_inventory_free(inventory);
	assert_int_equal(featset_read_file(&inventory, path, NULL, SIZE_MAX, NULL), FEATSET_OK);
	featset_inventory_free(inventory);
	assert_int_equal(featset_read_file(&inventory, path, NULL, 9, &error), FEATSET_E_LIMIT);
	assert_string_equal(error.file, path);
	assert_null(inventory);
	unlink(path);
	assert_int_equal(featset_read_file(&inventory, path, NULL, 0, &error), FEATSET_E_IO);
	assert_non_null(strstr(error.text, "No such file"));
	assert_int_equal(featset_read_file(&inventory, "/", NULL, 0, &error), FEATSET_E_IO);
	assert_non_null(strstr(error.text, "directory"));
	/* A device without an end is no trouble. */
	assert_int_equal(featset_read_file(&inventory, "/dev/zero", NULL, 100000, &error), FEATSET_E_LIMIT);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "avx2\n", 5), 5);
	close(ends[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	assert_int_equal(featset_read_file(&inventory, name, NULL, 0, NULL), FEATSET_OK);
	featset_inventory_free(inventory);
	close(ends[0]);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "avx2\nsse4_9", 11), 11);
	close(ends[1]);
	before = dup(0);
	assert_int_equal(dup2(ends[0], 0), 0);
	assert_int_equal(featset_read_file(&inventory, "-", NULL, 0, &error), FEATSET_E_NAME);
	assert_string_equal(error.file, "standard input");
	assert_int_equal(error.line, 2);
	assert_int_equal(dup2(before, 0), 0);
	close(before);
	close(ends[0]);
}

static void table(void **state)
{
	static const char *const read[] = { "cpuid", "json", "libcpuid", "names", "xe", "xen" };
	static const char *const written[] = { "cpuid", "names", "xen" };
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = featset_cpu_new();

	(void)state;
	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
		const featset_format_t *format = featset_format_find(read[i], NULL);

		assert_non_null(format);
		/* JSON may not be in this build, and then is not written either. */
		assert_int_equal(featset_format_reads(format), strcmp(read[i], "json") != 0 || has_json());
		assert_true(strlen(featset_format_summary(format)) > 10);
	}
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
		assert_true(featset_format_writes(featset_format_find(written[i], NULL)));
	for (size_t i = 1; i < featset_format_count(); i++)
		assert_true(strcmp(featset_format_name(featset_format_at(i - 1)),
				   featset_format_name(featset_format_at(i))) < 0);
	assert_null(featset_format_at(featset_format_count()));
	assert_null(featset_format_find("cpuidd", &error));
	assert_int_equal(error.code, FEATSET_E_NAME);
	assert_non_null(strstr(error.text, "'cpuid'"));
	assert_null(featset_format_find("nothing-like-it", &error));
	assert_non_null(strstr(error.text, "cpuid, "));
	assert_int_equal(
		featset_write(NULL, 0, NULL, cpu, featset_format_find("xe", NULL), FEATSET_CANONICAL, NULL, &error),
		FEATSET_E_UNSUPPORTED);
	assert_int_equal(featset_write(NULL, 0, NULL, cpu, NULL, FEATSET_CANONICAL, NULL, &error), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_read(NULL, "x", 1, NULL, NULL, &error), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_read_file(NULL, "x", NULL, 0, &error), FEATSET_E_ARGUMENT);
	featset_cpu_free(cpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xen_strings),   cmocka_unit_test(xen_string_forms),
		cmocka_unit_test(xen_and),       cmocka_unit_test(xen_equal),
		cmocka_unit_test(xen_subset),    cmocka_unit_test(real_strings),
		cmocka_unit_test(four_words),    cmocka_unit_test(xen_files),
		cmocka_unit_test(real_hosts),    cmocka_unit_test(map_and_table),
		cmocka_unit_test(other_records), cmocka_unit_test(noted_hosts),
		cmocka_unit_test(cut_listings),
		cmocka_unit_test(native_dumps),  cmocka_unit_test(cpuid_text),
		cmocka_unit_test(cpuid_unknown), cmocka_unit_test(cpuid_live),
		cmocka_unit_test(xen_to_cpuid),  cmocka_unit_test(left_out),
		cmocka_unit_test(name_lists),    cmocka_unit_test(json_texts),
		cmocka_unit_test(json_cpus),     cmocka_unit_test(json_rest),
		cmocka_unit_test(refused_texts), cmocka_unit_test(prefixes),
		cmocka_unit_test(files),         cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
