/* SPDX-License-Identifier: MIT */
/*
 * What the library says quotes files, and no byte of a file may command a
 * terminal: neither sentences nor notes have control characters (C0, DEL, C1), and
 * both are UTF-8 (RFC 3629), whatever stands in the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

/* Decodes as RFC 3629 says, one character after the other. */
static bool is_clean(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
		unsigned length = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 : *s >> 3 == 30 ? 4 : 0;
		unsigned code = length == 1 ? *s : *s & (0x7fu >> length);

		if (!length)
			return false;
		for (unsigned i = 1; i < length; i++) {
			if (s[i] >> 6 != 2)
				return false;
			code = code << 6 | (s[i] & 0x3f);
		}
		if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || code < 0x20 ||
		    (code >= 0x7f && code < 0xa0))
			return false;
		s += length;
	}
	return true;
}

/* Each quotes what stands for @, in an error or in a note of a file that is read. */
static const struct {
	const char *text;
	bool read;
} quoted[] = {
	{ "avx2\nno@such\n", false },
	{ "-cpu IvyBridge,+av@x\n", false },
	{ "{\"name\": \"IvyBridge\", \"props\": {\"no@such\": true}}", false },
	{ "Architecture: x86_64@\nVendor ID: x\n", false },
	{ "Vendor ID: x\nModel name: a@b\nFlags: ?\n", false },
	{ "Name: n@1\nfeature.node.kubernetes.io/cpu-cpuid.AVX2=no\n", false },
	{ "host : n@\nhw_caps : x\n", false },
	{ "processor : 0\nflags : a@x?\n", false },
	{ "uuid ( RO) : u@\n name-label ( RW): n@\n cpu_info (MRO): features_hvm_host: x@y\n", false },
	{ "{\"hosts\": [{\"name\": \"n@\", \"words\": {\"x@y\": \"0\"}}]}", false },
	{ "<domain><name>n@</name><cpu><model>Westmere</model><feature name='x@y'/></cpu></domain>", false },
	{ "CPU:\n 0x00000000 0x00: eax=0x00000000 ebx=0x1b5b324a ecx=0x9bff0707 edx=0x00000a07\n", true },
	{ "processor : 0\nflags : avx2\npower management: x@y\n", true },
	{ "{\"name\": \"a@b\", \"props\": {\"avx2\": true}}", true },
	{ "{\"items\": [{\"metadata\": {\"labels\": {\"feature.node.kubernetes.io/cpu-cpuid.AVX2\": \"true\", "
	  "\"feature.node.kubernetes.io/cpu-cpuid.X@Y\": \"true\"}}}]}",
	  true },
};

static size_t with(char *buffer, const char *text, const char *bytes)
{
	size_t length = 0;

	for (; *text; text++) {
		if (*text != '@') {
			buffer[length++] = *text;
			continue;
		}
		memcpy(buffer + length, bytes, strlen(bytes));
		length += strlen(bytes);
	}
	return length;
}

static bool check(const char *data, size_t size, unsigned flags)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	char line[2048];
	featset_status_t status = featset_read_with(&inventory, data, size, NULL, "a\033b", flags, &error);

	featset_error_write(line, sizeof(line), &error);
	if (!is_clean(error.text) || !is_clean(line))
		fail_msg("%.*s: %s", (int)size, data, line);
	if (status != FEATSET_OK)
		assert_true(error.text[0]);
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		if (!is_clean(featset_inventory_note(inventory, i)))
			fail_msg("%.*s: %s", (int)size, data, featset_inventory_note(inventory, i));
	featset_inventory_free(inventory);
	return status == FEATSET_OK;
}

static void sentences_and_notes(void **state)
{
	static const char *const garbage[] = {
		"\033[2J",
		"\a",
		"\b\b",
		"\r",
		"\x7f",
		"\x80",
		"\xff\xfe",
		("\xc2\x9b"
		 "2J"),
		"\xc0\xaf",
		"\xe0\x80\x80",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xf0\x9f",
		"\xe4",
	};
	size_t read = 0;
	char text[1024];

	(void)state;
	for (size_t q = 0; q < sizeof(quoted) / sizeof(quoted[0]); q++) {
		for (size_t g = 0; g < sizeof(garbage) / sizeof(garbage[0]); g++) {
			size_t size = with(text, quoted[q].text, garbage[g]);

			read += check(text, size, 0) && quoted[q].read;
			check(text, size, FEATSET_KEEP_GOING);
			/* JSON's own way to say it. */
			size = with(text, quoted[q].text, "\\u001b\\u009b\\u0007");
			check(text, size, 0);
		}
	}
	assert_true(read >= sizeof(garbage) / sizeof(garbage[0]));
}

/* What is meant is left as it is. */
static void other_scripts(void **state)
{
	static const char text[] =
		"Name: n\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80\nfeature.node.kubernetes.io/cpu-cpuid.AVX2=no\n";
	featset_inventory_t *inventory;
	featset_error_t error;

	(void)state;
	assert_int_equal(featset_read(&inventory, text, strlen(text), NULL, NULL, &error), FEATSET_E_SYNTAX);
	assert_non_null(strstr(error.text, "n\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sentences_and_notes), cmocka_unit_test(other_scripts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
