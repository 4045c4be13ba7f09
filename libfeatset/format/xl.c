/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <string.h>

/*
 * What Xen says of a host in passing.  `xl info`:
 *
 *	hw_caps                : bfebfbff:77faf3ff:2c100800:00000121:0000000f:009c6fbf:00000000:00000100
 *
 * eight words, since Xen 4.7 the first eight of its featureset; and its console:
 *
 *	(XEN) CPU0: cap[ 1] is 7ed8320b (expected f6d8320b)
 *
 * a word of the featureset as a CPU has it, and as the CPU that booted had it.
 */

#define CAPS 8
/* Words that the console numbers the same in every version that prints them; above may be Xen's own. */
#define CONSOLE_WORDS 10
/* No version has that many. */
#define MOST_CONSOLE_WORDS 64

/* ---- lines ------------------------------------------------------------------------ */

/* "key   : value"; the value may be empty */
static bool take_key(const char **at, const char *end, const char *key)
{
	const char *p = *at;

	if (!fsi_take(&p, end, key))
		return false;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (!fsi_take(&p, end, ":"))
		return false;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*at = p;
	return true;
}

static bool take_caps(const char *at, const char *end, uint32_t caps[CAPS])
{
	for (int i = 0; i < CAPS; i++)
		if ((i && !fsi_take(&at, end, ":")) || !fsi_take_hex(&at, end, 8, 8, &caps[i]))
			return false;
	return at == end;
}

struct cap {
	unsigned cpu, word;
	uint32_t found, expected;
};

/* Steps to "CPU" of "CPU0: cap[ 1] is ..."; false when there is none. */
static bool find_cap(const char **at, const char *end)
{
	for (const char *p = *at; p < end; p++) {
		const char *q = p;
		unsigned cpu;

		if (fsi_take(&q, end, "CPU") && fsi_take_decimal(&q, end, &cpu) && fsi_take(&q, end, ": cap[")) {
			*at = p;
			return true;
		}
	}
	return false;
}

static bool take_cap(const char *at, const char *end, struct cap *cap)
{
	if (!fsi_take(&at, end, "CPU") || !fsi_take_decimal(&at, end, &cap->cpu) || !fsi_take(&at, end, ": cap["))
		return false;
	fsi_take(&at, end, " ");
	return fsi_take_decimal(&at, end, &cap->word) && fsi_take(&at, end, "] is ") &&
	       fsi_take_hex(&at, end, 8, 8, &cap->found) && fsi_take(&at, end, " (expected ") &&
	       fsi_take_hex(&at, end, 8, 8, &cap->expected) && fsi_take(&at, end, ")") &&
	       cap->word < MOST_CONSOLE_WORDS;
}

FSI_PROBE(xl)
{
	fsi_line_t line = { 0 };
	unsigned column;

	while (fsi_line_next_filled(&line, text, size, &column)) {
		const char *at = line.at, *end = line.at + line.size;

		if (take_key(&at, end, "hw_caps") || find_cap(&at, end))
			return 80;
	}
	return 0;
}

/* ---- xl info ------------------------------------------------------------------------- */

/*
 * Which words the caps are.  The third of today's order has long mode, which
 * every Xen since 4.3 needs; before 4.7 it was the second, and the third was
 * Transmeta's.  NULL for neither.
 */
static const unsigned *caps_order(const uint32_t caps[CAPS])
{
	static const unsigned now[CAPS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	/* 80860001.EDX and Linux's own word are none of ours */
	static const unsigned then[CAPS] = { 0, 2, FEATSET_WORDS, FEATSET_WORDS, 1, 45, 3, 5 };
	const uint32_t long_mode = 1u << 29;

	if (caps[2] & long_mode)
		return now;
	return caps[1] & long_mode && !caps[2] ? then : NULL;
}

static void set_view(featset_cpu_t *cpu)
{
	bool guest = featset_has(featset_cpu_features(cpu), FEATSET_HYPERVISOR);

	featset_cpu_set_view(cpu, guest ? FEATSET_VIEW_GUEST : FEATSET_VIEW_HARDWARE);
}

/* A mistake in the caps of a host, which may have told its name. */
static featset_status_t wrong_caps(const fsi_text_t *text, const fsi_line_t *line, unsigned column, const char *name,
				   const char *why, featset_error_t *error)
{
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line->number, column, "%s%s%s%s", *name ? "host " : "",
			   name, *name ? ": " : "", why);
}

static featset_status_t add_caps(featset_inventory_t *inventory, const fsi_text_t *text, const fsi_line_t *line,
				 const char *at, const char *name, featset_error_t *error)
{
	unsigned column = (unsigned)(at - line->at) + 1;
	uint32_t caps[CAPS];
	const unsigned *order;
	featset_cpu_t *cpu;

	if (!take_caps(at, line->at + line->size, caps))
		return wrong_caps(text, line, column, name,
				  "expected eight words of eight hexadecimal digits, joined by ':'", error);
	order = caps_order(caps);
	if (!order)
		return wrong_caps(text, line, column, name, "these hw_caps are those of no 64-bit x86 CPU", error);
	cpu = featset_cpu_new();
	for (int i = 0; cpu && i < CAPS; i++) {
		/* Old versions left words zero that they did not read. */
		bool read = order[i] == (unsigned)i || order[i] < 5 || caps[i];

		if (order[i] < FEATSET_WORDS && read)
			featset_cpu_set_word(cpu, order[i], caps[i]);
	}
	if (cpu)
		set_view(cpu);
	return fsi_add_cpu(inventory, name, NULL, cpu, error);
}

/* ---- the console ---------------------------------------------------------------------- */

/* What the lines about one CPU say. */
struct pair {
	featset_cpu_t *found, *expected;
	unsigned cpu;
	unsigned lines[MOST_CONSOLE_WORDS]; /* where each word stood; 0: not yet */
	struct cap caps[MOST_CONSOLE_WORDS];
};

static featset_status_t end_pair(featset_inventory_t *inventory, struct pair *pair, featset_error_t *error)
{
	featset_cpu_t *expected = pair->expected;
	featset_status_t status;
	char name[64];

	if (!pair->found)
		return FEATSET_OK;
	pair->expected = NULL;
	fsi_print(name, sizeof(name), 0, "CPU%u, expected", pair->cpu);
	status = fsi_add_cpu(inventory, name, NULL, expected, error);
	if (status != FEATSET_OK)
		return status;
	fsi_print(name, sizeof(name), 0, "CPU%u, found", pair->cpu);
	status = fsi_add_cpu(inventory, name, NULL, pair->found, error);
	pair->found = NULL;
	return status;
}

static featset_status_t add_cap(featset_inventory_t *inventory, struct pair *pair, const struct cap *cap, bool *above,
				const fsi_text_t *text, const fsi_line_t *line, unsigned column, featset_error_t *error)
{
	if (!pair->found || pair->cpu != cap->cpu) {
		featset_status_t status = end_pair(inventory, pair, error);

		if (status != FEATSET_OK)
			return status;
		pair->cpu = cap->cpu;
		memset(pair->lines, 0, sizeof(pair->lines));
		pair->found = featset_cpu_new();
		pair->expected = featset_cpu_new();
		if (!pair->found || !pair->expected)
			return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	}
	if (!pair->lines[cap->word]) {
		pair->lines[cap->word] = line->number;
		pair->caps[cap->word] = *cap;
	} else if (pair->caps[cap->word].found != cap->found || pair->caps[cap->word].expected != cap->expected) {
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line->number, column,
				   "CPU%u: cap[%u] is there twice with different values, first in line %u", cap->cpu,
				   cap->word, pair->lines[cap->word]);
	}
	if (cap->word >= CONSOLE_WORDS) {
		*above = true;
		return FEATSET_OK;
	}
	featset_cpu_set_word(pair->found, cap->word, cap->found);
	featset_cpu_set_word(pair->expected, cap->word, cap->expected);
	return FEATSET_OK;
}

/* ---- both -------------------------------------------------------------------------------- */

struct reader {
	struct pair pair;
	char name[256]; /* of the host that xl info tells of */
	bool caps_next; /* a mail has put the words on a line of their own */
	bool above;
};

static featset_status_t read_line(struct reader *reader, featset_inventory_t *inventory, const fsi_text_t *text,
				  const fsi_line_t *line, unsigned column, featset_error_t *error)
{
	const char *at = line->at, *end = at + line->size;
	struct cap cap;

	if (take_key(&at, end, "hw_caps") && at == end) {
		reader->caps_next = true;
		return FEATSET_OK;
	}
	if (at != line->at || reader->caps_next) {
		const fsi_mark_t mark = fsi_mark(inventory);
		featset_status_t status = add_caps(inventory, text, line, at, reader->name, error);

		reader->name[0] = '\0';
		reader->caps_next = false;
		return fsi_pass(inventory, text, mark, status, error);
	}
	if (take_key(&at, end, "host")) {
		size_t length = (size_t)(end - at) < sizeof(reader->name) ? (size_t)(end - at) : 0;

		memcpy(reader->name, at, length);
		reader->name[length] = '\0';
		return FEATSET_OK;
	}
	if (!find_cap(&at, end))
		return FEATSET_OK;
	if (!take_cap(at, end, &cap))
		return fsi_fail_at(
			error, FEATSET_E_SYNTAX, text->file, line->number, column + (unsigned)(at - line->at) + 1,
			"expected a line as Xen prints it, \"CPU0: cap[ 1] is 00000000 (expected 00000000)\"");
	return add_cap(inventory, &reader->pair, &cap, &reader->above, text, line,
		       column + (unsigned)(at - line->at) + 1, error);
}

FSI_READ(xl)
{
	struct reader reader = { .above = false };
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	unsigned column;

	while (status == FEATSET_OK && fsi_line_next_filled(&line, text->data, text->size, &column)) {
		if (featset_inventory_hosts(inventory) + 2 > FSI_MAX_HOSTS)
			status = fsi_fail_at(error, FEATSET_E_LIMIT, text->file, line.number, 0, "more than %d hosts",
					     FSI_MAX_HOSTS);
		else
			status = read_line(&reader, inventory, text, &line, column, error);
	}
	if (status == FEATSET_OK)
		status = end_pair(inventory, &reader.pair, error);
	featset_cpu_free(reader.pair.found);
	featset_cpu_free(reader.pair.expected);
	if (status == FEATSET_OK && !featset_inventory_hosts(inventory))
		return fsi_fail_at(
			error, FEATSET_E_SYNTAX, text->file, 1, 0,
			"there is neither a line hw_caps of xl info nor one \"cap[ n] is\" of Xen's console");
	if (status == FEATSET_OK && reader.above &&
	    featset_inventory_add_note(inventory, "words from cap[10] on were left out: which words they are depends "
						  "on Xen's version") != FEATSET_OK)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	return status;
}
