/* SPDX-License-Identifier: MIT */
/*
 * Round trips: what a writer makes, its reader takes, and gives the same cpu but
 * for what the writer said it cannot hold.  An input is a text in any format, or,
 * when it starts with a zero byte, steps that build a cpu.
 */
#include "fuzz.h"

#define MAX_CPUS 4

/* ---- cpus from bytes ----------------------------------------------------------- */

typedef struct bytes {
	const uint8_t *at, *end;
} bytes_t;

static uint32_t take(bytes_t *bytes, unsigned count)
{
	uint32_t value = 0;

	while (count--)
		value = value << 8 | (bytes->at < bytes->end ? *bytes->at++ : 0);
	return value;
}

static void take_word(bytes_t *bytes, featset_cpu_t *cpu)
{
	unsigned word = take(bytes, 1) % FEATSET_WORDS;
	uint32_t bits = take(bytes, 4);

	/* What is no register is no word that can be read. */
	if (featset_word_source(word) == FEATSET_SOURCE_CPUID || featset_word_source(word) == FEATSET_SOURCE_MSR)
		featset_cpu_set_word(cpu, word, bits);
}

/* A word of which some bits are known. */
static void take_known(bytes_t *bytes, featset_cpu_t *cpu)
{
	featset_t features = *featset_cpu_features(cpu), known = *featset_cpu_known(cpu);
	unsigned word = take(bytes, 1) % FEATSET_WORDS;
	uint32_t mask = take(bytes, 4) & featset_word_flags(word);

	featset_set_word(&known, word, mask);
	featset_set_word(&features, word, take(bytes, 4) & mask);
	featset_cpu_set_features(cpu, &features, &known);
}

static void take_identity(bytes_t *bytes, featset_cpu_t *cpu)
{
	static const char *const vendors[] = { "GenuineIntel", "AuthenticAMD", "HygonGenuine", "CentaurHauls", "odd" };

	featset_cpu_set_vendor(cpu, vendors[take(bytes, 1) % 5]);
	featset_cpu_set_number(cpu, FEATSET_FAMILY, take(bytes, 1));
	featset_cpu_set_number(cpu, FEATSET_MODEL, take(bytes, 1));
	featset_cpu_set_number(cpu, FEATSET_STEPPING, take(bytes, 1) & 15);
}

static void take_brand(bytes_t *bytes, featset_cpu_t *cpu)
{
	char brand[49];
	size_t length = take(bytes, 1) % sizeof(brand);

	for (size_t i = 0; i < length; i++)
		brand[i] = (char)(' ' + take(bytes, 1) % 95);
	brand[length] = '\0';
	featset_cpu_set_brand(cpu, brand);
}

static void take_number(bytes_t *bytes, featset_cpu_t *cpu)
{
	static const featset_number_t numbers[] = { FEATSET_PHYS_BITS, FEATSET_LINEAR_BITS, FEATSET_MAX_SUBLEAF_7,
						    FEATSET_XEN_LENGTH };
	featset_number_t number = numbers[take(bytes, 1) % 4];

	featset_cpu_set_number(cpu, number, take(bytes, 1) % (number == FEATSET_XEN_LENGTH ? 24 : 64));
}

static void take_maximum(bytes_t *bytes, featset_cpu_t *cpu)
{
	unsigned which = take(bytes, 1) % 4;

	featset_cpu_set_number(cpu,
			       (featset_number_t)(which == 0   ? FEATSET_MAX_BASIC
						  : which == 1 ? FEATSET_MAX_HYPERVISOR
						  : which == 2 ? FEATSET_MAX_EXTENDED
							       : FEATSET_MAX_CENTAUR),
			       (int64_t)which << 30 | take(bytes, 1));
}

static void take_guest(bytes_t *bytes, featset_cpu_t *cpu)
{
	static const char *const hypervisors[] = { "KVMKVMKVM", "XenVMMXenVMM", "Microsoft Hv", "odd" };

	featset_cpu_set_hypervisor(cpu, hypervisors[take(bytes, 1) % 4]);
	featset_cpu_set_view(cpu, (featset_view_t)(take(bytes, 1) % (FEATSET_VIEW_PROMISED + 1)));
}

/* Steps up to one that ends this cpu; NULL when the bytes are at their end. */
static featset_cpu_t *take_cpu(bytes_t *bytes)
{
	static void (*const steps[])(bytes_t *, featset_cpu_t *) = { take_word,  take_known,  take_identity,
								     take_brand, take_number, take_maximum,
								     take_guest };
	featset_cpu_t *cpu = bytes->at < bytes->end ? featset_cpu_new() : NULL;

	while (cpu && bytes->at < bytes->end) {
		unsigned step = take(bytes, 1) % 8;

		if (step == 7)
			break;
		steps[step](bytes, cpu);
	}
	return cpu;
}

static featset_cpu_t *build(const uint8_t *data, size_t size)
{
	bytes_t bytes = { data, data + size };
	featset_cpu_t *cpus[MAX_CPUS], *joined = NULL;
	size_t count = 0;

	while (count < MAX_CPUS && (cpus[count] = take_cpu(&bytes)) != NULL)
		count++;
	if (count == 1)
		return cpus[0];
	if (count && featset_cpu_join(&joined, (const featset_cpu_t *const *)cpus, count, NULL) != FEATSET_OK)
		abort();
	while (count)
		featset_cpu_free(cpus[--count]);
	return joined;
}

/* ---- there and back --------------------------------------------------------------- */

static char *write_text(const featset_cpu_t *cpu, const featset_format_t *format, featset_t *left_out, size_t *length)
{
	size_t same = 0;
	char *text;

	if (featset_write(NULL, 0, length, cpu, format, FEATSET_CANONICAL, left_out, NULL) != FEATSET_OK)
		abort();
	text = malloc(*length + 1);
	if (!text ||
	    featset_write(text, *length + 1, &same, cpu, format, FEATSET_CANONICAL, left_out, NULL) != FEATSET_OK ||
	    same != *length || strlen(text) != *length)
		abort();
	return text;
}

/* Says which format and which features, for whoever looks into a finding. */
static void fail(const featset_format_t *format, const char *what, const featset_t *a, const featset_t *b)
{
	fprintf(stderr, "%s: %s\n", featset_format_name(format), what);
	for (unsigned word = 0; a && word < FEATSET_WORDS; word++)
		if (featset_word(a, word) != featset_word(b, word))
			fprintf(stderr, "%s: %08x, then %08x\n", featset_word_name(word),
				(unsigned)featset_word(a, word), (unsigned)featset_word(b, word));
	abort();
}

/* featset's own format holds everything. */
static void check_all(const featset_cpu_t *a, const featset_cpu_t *b)
{
	for (int i = 0; i < FEATSET_NUMBERS; i++)
		if (featset_cpu_number(a, (featset_number_t)i) != featset_cpu_number(b, (featset_number_t)i))
			abort();
	if (!featset_equal(featset_cpu_known(a), featset_cpu_known(b)) ||
	    !featset_equal(featset_cpu_compat(a), featset_cpu_compat(b)) ||
	    featset_cpu_words(a) != featset_cpu_words(b) || featset_cpu_view(a) != featset_cpu_view(b) ||
	    featset_cpu_count(a) != featset_cpu_count(b))
		abort();
}

/* The ladder of a number is worked out when the number is read; a cpu may be without it. */
static void check_features(const featset_format_t *format, const featset_t *expected, const featset_cpu_t *back)
{
	featset_t got = *featset_cpu_features(back);

	if (!featset_word(expected, FEATSET_AVX10_1 / 32))
		featset_set_word(&got, FEATSET_AVX10_1 / 32, 0);
	if (!featset_equal(expected, &got))
		fail(format, "other features", expected, &got);
}

/*
 * Leaves come with all of their registers, so that a dump's reader may know more
 * than was known before; then its next text has more rows.
 */
static bool same_knowledge(const featset_cpu_t *a, const featset_cpu_t *b)
{
	return featset_equal(featset_cpu_known(a), featset_cpu_known(b)) &&
	       featset_cpu_words(a) == featset_cpu_words(b);
}

static void check_back(const featset_cpu_t *cpu, const featset_format_t *format)
{
	featset_inventory_t *inventory = NULL;
	const featset_cpu_t *back;
	featset_t left_out, expected;
	size_t length = 0, again = 0;
	char *text = write_text(cpu, format, &left_out, &length), *second;

	/* No names are an empty text, which is no input; nor is the featureset of length 0. */
	if (strspn(text, "\n") == length) {
		free(text);
		return;
	}
	if (featset_read(&inventory, text, length, format, NULL, NULL) != FEATSET_OK ||
	    featset_inventory_hosts(inventory) != 1)
		abort();
	back = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	if (!back)
		back = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM);
	if (!back)
		abort();
	featset_minus(&expected, featset_cpu_features(cpu), &left_out);
	check_features(format, &expected, back);
	if (!strcmp(featset_format_name(format), "json"))
		check_all(cpu, back);
	second = write_text(back, format, &left_out, &again);
	if (same_knowledge(cpu, back) && (again != length || strcmp(text, second) != 0)) {
		fprintf(stderr, "%s\n%s", text, second);
		fail(format, "another text", featset_cpu_known(cpu), featset_cpu_known(back));
	}
	free(second);
	free(text);
	featset_inventory_free(inventory);
}

static void check_formats(const featset_cpu_t *cpu)
{
	const featset_format_t *format;

	for (size_t i = 0; (format = featset_format_at(i)) != NULL; i++)
		if (featset_format_writes(format))
			check_back(cpu, format);
}

static void check_inventory(const featset_inventory_t *inventory)
{
	for (size_t host = 0; host < featset_inventory_hosts(inventory) && host < 4; host++) {
		for (int slot = 0; slot < FEATSET_SLOTS; slot++) {
			const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, (featset_slot_t)slot);

			/* A guest's slot may give the bare cpu. */
			if (cpu && (!slot || cpu != featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU)))
				check_formats(cpu);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	featset_inventory_t *inventory = NULL;

	if (size && !data[0]) {
		featset_cpu_t *cpu = build(data + 1, size - 1);

		if (cpu)
			check_formats(cpu);
		featset_cpu_free(cpu);
	} else if (featset_read(&inventory, data, size, NULL, "fuzz", NULL) == FEATSET_OK) {
		check_inventory(inventory);
		featset_inventory_free(inventory);
	}
	return 0;
}
