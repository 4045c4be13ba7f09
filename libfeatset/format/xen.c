/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <string.h>

/*
 * Xen featuresets.  Words 0 to 18 are Xen's own at present; XCP-ng appends four
 * spare ones, hence FEATSET_XEN_WORDS.
 */
#define XEN_WORDS_NOW 19

/* ---- the string itself ----------------------------------------------------------- */

bool fsi_xen_parse(fsi_xen_t *xen, const char *at, size_t size, size_t *bad, const char **why)
{
	const char *p = at, *end = at + size;
	size_t first = 0;

	memset(xen, 0, sizeof(*xen));
	while (size) {
		const char *start = p;
		uint32_t word;

		*bad = (size_t)(p - at);
		if (p == end || *p == '-' || *p == ':') {
			*why = "a word of 1 to 8 hexadecimal digits is missing";
			return false;
		}
		if (!fsi_take_hex(&p, end, 1, 8, &word)) {
			*why = fsi_hex_digit(*p) < 0 ? "not a hexadecimal digit" : "a word has more than 8 digits";
			return false;
		}
		if (xen->length >= FEATSET_XEN_WORDS && word) {
			*why = "a featureset has at most 23 words that are not zero";
			return false;
		}
		if (!xen->length)
			first = (size_t)(p - start);
		else if (first == 8 && p - start < 8 && !xen->short_word) {
			xen->short_word = true;
			xen->short_at = *bad;
		}
		featset_set_word(&xen->set, xen->length < FEATSET_XEN_WORDS ? (unsigned)xen->length : FEATSET_WORDS,
				 word);
		xen->length++;
		*bad = (size_t)(p - at);
		if (p == end)
			break;
		if (*p != '-' && *p != ':') {
			*why = "not a hexadecimal digit, '-' or ':'";
			return false;
		}
		p++;
	}
	/* Zero words that no set has room for say nothing. */
	if (xen->length > FEATSET_XEN_WORDS)
		xen->length = FEATSET_XEN_WORDS;
	return true;
}

bool fsi_xen_looks_like(const char *at, size_t size)
{
	const char *p = at, *end = at + size;
	uint32_t word;

	/*
	 * Everybody prints 8 digits.  Shorter words are legal but also look like
	 * names (de, ace2), so that only words that start with a digit count.
	 */
	if (!fsi_take_hex(&p, end, 1, 8, &word))
		return false;
	if (p - at == 8)
		return p == end || *p == '-' || *p == ':';
	return *at <= '9' && p < end && (*p == '-' || *p == ':');
}

featset_status_t featset_xen_read(featset_t *set, size_t *length, const char *text, featset_error_t *error)
{
	const char *why;
	fsi_xen_t xen;
	size_t bad;

	if (!set || !text)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_xen_read needs a set and a text");
	if (!fsi_xen_parse(&xen, text, strlen(text), &bad, &why))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, NULL, 1, (unsigned)bad + 1, "no Xen featureset: %s", why);
	*set = xen.set;
	if (length)
		*length = xen.length;
	return FEATSET_OK;
}

size_t featset_xen_write(char *buffer, size_t size, const featset_t *set, size_t length)
{
	size_t at = 0;

	if (size)
		buffer[0] = '\0';
	if (length > FEATSET_XEN_WORDS)
		length = FEATSET_XEN_WORDS;
	for (unsigned word = 0; word < length; word++)
		at = fsi_print(buffer, size, at, "%s%08x", word ? "-" : "", (unsigned)featset_word(set, word));
	return at;
}

/* ---- XAPI's algebra ------------------------------------------------------------------ */

static void cut(featset_t *dst, const featset_t *src, size_t length)
{
	featset_t made;

	featset_clear(&made);
	for (unsigned word = 0; word < FEATSET_XEN_WORDS && word < length; word++)
		featset_set_word(&made, word, featset_word(src, word));
	*dst = made;
}

void featset_xen_and(featset_t *dst, size_t *length, const featset_t *a, size_t a_length, const featset_t *b,
		     size_t b_length)
{
	featset_t left, right;

	cut(&left, a, a_length);
	cut(&right, b, b_length);
	if (!a_length)
		*dst = right;
	else if (!b_length)
		*dst = left;
	else
		featset_and(dst, &left, &right);
	if (length)
		*length = a_length > b_length ? a_length : b_length;
}

bool featset_xen_subset(const featset_t *a, size_t a_length, const featset_t *b, size_t b_length)
{
	featset_t left, both;

	cut(&left, a, a_length);
	featset_xen_and(&both, NULL, a, a_length, b, b_length);
	return featset_equal(&both, &left);
}

/* ---- cpus ---------------------------------------------------------------------------- */

void fsi_xen_compat(featset_t *dst)
{
	featset_clear(dst);
	featset_set_word(dst, 0, 1u << 28);                                /* HTT */
	featset_set_word(dst, 1, 1u << 5 | 1u << 21);                      /* VMX, X2APIC */
	featset_set_word(dst, 2, 0x0183f3ff);                              /* copies of 1.EDX */
	featset_set_word(dst, 3, 1u << 1 | 1u << 2 | 1u << 10 | 1u << 15); /* CMP_LEGACY, SVM, IBS, LWP */
}

featset_cpu_t *fsi_xen_cpu(const fsi_xen_t *xen)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t compat;

	if (!cpu)
		return NULL;
	for (unsigned word = 0; word < xen->length; word++)
		featset_cpu_set_word(cpu, word, featset_word(&xen->set, word));
	fsi_xen_compat(&compat);
	featset_cpu_set_compat(cpu, &compat);
	featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, (int64_t)xen->length);
	featset_cpu_set_view(cpu, FEATSET_VIEW_PROMISED);
	return cpu;
}

featset_cpu_t *fsi_xen_legacy_cpu(const fsi_xen_t *xen)
{
	static const unsigned order[4] = { 1, 0, 3, 2 };
	featset_cpu_t *cpu = featset_cpu_new();

	for (unsigned i = 0; cpu && i < 4; i++)
		featset_cpu_set_word(cpu, order[i], featset_word(&xen->set, i));
	return cpu;
}

/*
 * Can this be 1.EDX of a CPU that runs Xen?  Then it has FPU, TSC, MSR, CX8,
 * CMOV, MMX, FXSR, SSE and SSE2, and bits 10 and 20 are reserved.  1.ECX has
 * SSE4.2 in bit 20, and on older parts lacks one of the others.
 */
static bool plausible_edx(uint32_t word)
{
	const uint32_t must = 0x07808131, never = 1u << 10 | 1u << 20;

	return (word & must) == must && !(word & never);
}

/*
 * Four words are the old order of XAPI before 7.0 (ECX first) or a new one cut
 * short.  Whichever word can be 1.EDX decides; when both or neither can, it is
 * read in the new order, and a note says so.
 */
static featset_cpu_t *four_words(featset_inventory_t *inventory, const fsi_xen_t *xen, featset_status_t *status)
{
	bool first = plausible_edx(featset_word(&xen->set, 0));
	bool second = plausible_edx(featset_word(&xen->set, 1));

	if (second && !first)
		return fsi_xen_legacy_cpu(xen);
	if (first == second)
		*status = featset_inventory_add_note(inventory,
						     "four words could be in Xen's order or in the old one of XAPI "
						     "(1.ecx-1.edx-80000001.ecx-80000001.edx); they were read in "
						     "Xen's order");
	return fsi_xen_cpu(xen);
}

/* ---- the format ------------------------------------------------------------------------ */

FSI_PROBE(xen)
{
	fsi_line_t line = { 0 };
	unsigned column;

	if (!fsi_line_next_filled(&line, text, size, &column))
		return 0;
	return fsi_xen_looks_like(line.at, line.size) ? 60 : 0;
}

static featset_status_t read_line(featset_inventory_t *inventory, const fsi_text_t *text, const fsi_line_t *line,
				  unsigned column, featset_error_t *error)
{
	featset_status_t status = FEATSET_OK;
	fsi_key_t key;
	featset_cpu_t *cpu;
	const char *why;
	fsi_xen_t xen;
	size_t bad;

	if (featset_inventory_hosts(inventory) == FSI_MAX_HOSTS)
		return fsi_fail_at(error, FEATSET_E_LIMIT, text->file, line->number, 0, "more than %d hosts",
				   FSI_MAX_HOSTS);
	key.size = 0;
	key.full = false;
	fsi_key_add(&key, line->at, line->size);
	cpu = fsi_cache_find(text, &key);
	if (cpu)
		return fsi_add_cpu(inventory, NULL, NULL, cpu, error);
	if (!fsi_xen_parse(&xen, line->at, line->size, &bad, &why))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line->number, column + (unsigned)bad + 1,
				   "no Xen featureset: %s", why);
	if (xen.short_word)
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line->number,
				   column + (unsigned)xen.short_at + 1,
				   "a word has fewer than 8 digits where the first has 8: the string is cut off");
	cpu = xen.length == 4 ? four_words(inventory, &xen, &status) : fsi_xen_cpu(&xen);
	/* Each line of four words may have its note. */
	if (status == FEATSET_OK && cpu && xen.length != 4 && !fsi_cache_keep(text, &key, cpu))
		status = FEATSET_E_MEMORY;
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		return fsi_fail(error, status, "no memory");
	}
	return fsi_add_cpu(inventory, NULL, NULL, cpu, error);
}

FSI_READ(xen)
{
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	unsigned column;

	while (status == FEATSET_OK && fsi_line_next_filled(&line, text->data, text->size, &column)) {
		const fsi_mark_t mark = fsi_mark(inventory);

		status = read_line(inventory, text, &line, column, error);
		status = fsi_pass(inventory, text, mark, status, error);
	}
	return status;
}

FSI_WRITE(xen)
{
	const featset_t *features = featset_cpu_features(cpu);
	int64_t stated = featset_cpu_number(cpu, FEATSET_XEN_LENGTH);
	size_t words = stated >= 0 && stated <= FEATSET_XEN_WORDS ? (size_t)stated : XEN_WORDS_NOW;
	featset_t whole, kept;

	(void)dialect;
	(void)error;
	featset_clear(&whole);
	for (unsigned word = 0; word < FEATSET_XEN_WORDS; word++) {
		uint32_t numbers = featset_cpu_word(cpu, word) & ~featset_word_flags(word);

		featset_set_word(&whole, word, featset_word(features, word) | numbers);
		if (featset_word(&whole, word) && word >= words)
			words = word + 1;
	}
	cut(&kept, features, words);
	featset_minus(left_out, features, &kept);
	*length = featset_xen_write(buffer, size, &whole, words);
	*length = fsi_print(buffer, size, *length, "\n");
	return FEATSET_OK;
}
