/* SPDX-License-Identifier: MIT */
/* What stands behind an error's text, by the kind of error. */
#include "error_internal.h"
#include "explain_internal.h"

#include "featset/feature.h"
#include "featset/format.h"

#include <stdlib.h>
#include <string.h>

/* A place in the text and the end of what belongs to the error. */
struct cursor {
	const char *text;
	size_t at, end;
};

#define NAMES_MOST 512

void fsi_finding_init(fsi_finding_t *finding, fsi_error_id_t row)
{
	memset(finding, 0, sizeof(*finding));
	finding->row = row;
	finding->vm = finding->host = finding->thing = FEATSET_NONE;
	finding->parent = finding->child = FEATSET_NONE;
}

/* ---- reading pieces ------------------------------------------------------------- */

static bool in(const char *set, char c)
{
	return c && strchr(set, c);
}

static char peek(const struct cursor *cursor)
{
	return cursor->at < cursor->end ? cursor->text[cursor->at] : '\0';
}

static void skip(struct cursor *cursor, const char *set)
{
	while (in(set, peek(cursor)))
		cursor->at++;
}

static bool take(struct cursor *cursor, const char *word)
{
	if (!fsi_stands_at(cursor->text, cursor->end, cursor->at, word))
		return false;
	cursor->at += strlen(word);
	return true;
}

/* Copies what fits; no half of a UTF-8 sequence is left at its end. */
static void keep(char *dst, size_t size, const char *from, size_t length)
{
	if (length >= size) {
		length = size - 1;
		while (length && ((unsigned char)from[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(dst, from, length);
	dst[length] = '\0';
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || in("_-.", c);
}

/* "OpaqueRef:..." or a UUID.  A terminal may have broken it at one of its hyphens. */
static bool take_reference(struct cursor *cursor, char *reference)
{
	size_t used = 0, at = cursor->at;

	if (fsi_is_uuid(cursor->text + at, cursor->end - at)) {
		keep(reference, FSI_TEXT, cursor->text + at, 36);
		cursor->at += 36;
		return true;
	}
	if (!take(cursor, "OpaqueRef:"))
		return false;
	memcpy(reference, "OpaqueRef:", 10);
	for (used = 10; used < FSI_TEXT - 1; cursor->at++) {
		char c = peek(cursor);

		if (c == '\n' && reference[used - 1] == '-')
			continue;
		if (!is_hex(c) && c != '-' && !in("NUL", c))
			break;
		reference[used++] = c;
	}
	reference[used] = '\0';
	if (strcmp(reference, "OpaqueRef:NULL") == 0)
		reference[0] = '\0';
	return true;
}

/* " (name)", up to the last ')' of the line. */
static void take_name(struct cursor *cursor, char *name)
{
	size_t last = 0, at = cursor->at;

	if (!take(cursor, " ("))
		return;
	for (at = cursor->at; at < cursor->end && cursor->text[at] != '\n' && at - cursor->at < 2 * FSI_TEXT; at++)
		if (cursor->text[at] == ')')
			last = at;
	if (last)
		keep(name, FSI_TEXT, cursor->text + cursor->at, last - cursor->at);
	cursor->at = last ? last + 1 : cursor->at;
}

/* Words of up to 8 digits joined by '-' or ':'. */
static bool take_featureset(struct cursor *cursor, featset_t *set)
{
	char digits[FEATSET_XEN_WORDS * 9 + 1];
	size_t used = 0, length;

	while (used < sizeof(digits) - 1 && (is_hex(peek(cursor)) || in("-:", peek(cursor))))
		digits[used++] = cursor->text[cursor->at++];
	digits[used] = '\0';
	return used >= 8 && featset_xen_read(set, &length, digits, NULL) == FEATSET_OK;
}

static bool take_number(struct cursor *cursor, int base, uint32_t *value)
{
	char digits[12], *end;
	size_t used = 0;

	while (used < sizeof(digits) - 1 && is_hex(peek(cursor)))
		digits[used++] = cursor->text[cursor->at++];
	digits[used] = '\0';
	*value = (uint32_t)strtoul(digits, &end, base);
	return used && !*end;
}

/* ---- who it is about --------------------------------------------------------------- */

void fsi_first_reference(char *reference, const char *text, size_t from, size_t limit)
{
	struct cursor cursor = { text, from, limit };

	for (reference[0] = '\0'; !reference[0] && cursor.at < limit; cursor.at++)
		if (in("O0123456789abcdef", peek(&cursor)) && take_reference(&cursor, reference))
			return;
}

static void place_second(fsi_finding_t *finding, fsi_error_kind_t kind, const char *text, const char *name)
{
	bool host = kind == FSI_KIND_VM_HOST, thing = kind == FSI_KIND_VM_NETWORK || kind == FSI_KIND_VM_SR;

	if (host) {
		memcpy(finding->host_text, text, FSI_TEXT);
		memcpy(finding->host_name, name, FSI_TEXT);
	} else if (thing) {
		memcpy(finding->thing_text, text, FSI_TEXT);
		memcpy(finding->thing_name, name, FSI_TEXT);
	}
}

/* CODE(ref, ref, ...), CODE,ref,ref, "code": "CODE", "params": ["ref", ...], CODE, [ ref; ref; ... */
static void read_parameters(fsi_finding_t *finding, fsi_error_kind_t kind, struct cursor *cursor)
{
	static const char *const between = " \n\"'([{;:,";
	char second[FSI_TEXT] = "", none[FSI_TEXT] = "";
	struct cursor ahead = *cursor;

	skip(&ahead, " \n");
	/* After nothing but white space comes something else: the next line of a list. */
	if (!in(between, peek(&ahead)) && !fsi_stands_at(ahead.text, ahead.end, ahead.at, "Error parameters"))
		return;
	skip(&ahead, between);
	if (take(&ahead, "params") || take(&ahead, "Error parameters"))
		skip(&ahead, between);
	if (!take_reference(&ahead, finding->vm_text))
		return;
	*cursor = ahead;
	skip(&ahead, between);
	if (!take_reference(&ahead, second))
		return;
	*cursor = ahead;
	place_second(finding, kind, second, none);
}

/* A line "label: reference (name)" of xe. */
static bool read_label(const struct cursor *cursor, const char *label, char *text, char *name)
{
	for (size_t at = cursor->at; at < cursor->end; at++) {
		struct cursor line = { cursor->text, at + 1, cursor->end };

		if (cursor->text[at] != '\n' || !take(&line, label) || !take(&line, ": "))
			continue;
		if (!take_reference(&line, text))
			return false;
		take_name(&line, name);
		return true;
	}
	return false;
}

static void read_labels(fsi_finding_t *finding, fsi_error_kind_t kind, const struct cursor *cursor)
{
	char text[FSI_TEXT] = "", name[FSI_TEXT] = "";
	const char *second = kind == FSI_KIND_VM_HOST      ? "host"
			     : kind == FSI_KIND_VM_NETWORK ? "network"
			     : kind == FSI_KIND_VM_SR      ? "sr"
							   : NULL;

	read_label(cursor, kind == FSI_KIND_MEMORY ? "needed" : "vm", finding->vm_text, finding->vm_name);
	if (second && read_label(cursor, second, text, name))
		place_second(finding, kind, text, name);
}

static size_t line_start(const char *text, size_t at)
{
	size_t least = at > FSI_EXPLAIN_BEHIND ? at - FSI_EXPLAIN_BEHIND : 0;

	while (at > least && text[at - 1] != '\n')
		at--;
	return at;
}

/* "UUID (name): CODE" */
static bool read_subject(const char *text, size_t at, char *reference, char *name)
{
	struct cursor cursor = { text, line_start(text, at), at };

	if (!fsi_is_uuid(text + cursor.at, at - cursor.at) || !take_reference(&cursor, reference))
		return false;
	take_name(&cursor, name);
	skip(&cursor, ": ");
	return cursor.at == at;
}

bool fsi_has_subject(const char *text, size_t at)
{
	char reference[FSI_TEXT], name[FSI_TEXT] = "";

	return read_subject(text, at, reference, name);
}

/* A field of the lines before: "name-label ( RW): mail". */
static bool read_field(const char *text, size_t from, size_t to, const char *field, char *value)
{
	for (size_t at = to; at > from; at--) {
		struct cursor line = { text, at - 1, to };
		size_t start;

		if ((at - 1 > 0 && text[at - 2] != '\n') || !take(&line, field))
			continue;
		while (!in(":\n", peek(&line)) && line.at < line.end)
			line.at++;
		skip(&line, ": ");
		for (start = line.at; line.at < line.end && peek(&line) != '\n';)
			line.at++;
		keep(value, FSI_TEXT, text + start, line.at - start);
		return true;
	}
	return false;
}

/* A record of 'xe host-get-vms-which-prevent-evacuation': uuid, name-label, reason: CODE,... */
static void read_record(fsi_finding_t *finding, const char *text, size_t at)
{
	size_t line = line_start(text, at), from = line > FSI_EXPLAIN_BEHIND ? line - FSI_EXPLAIN_BEHIND : 0;
	char uuid[FSI_TEXT] = "";

	if (!fsi_stands_at(text, at, line, "reason"))
		return;
	read_field(text, from, line, "name-label", finding->vm_name);
	if (!finding->vm_text[0] && read_field(text, from, line, "uuid", uuid) && fsi_is_uuid(uuid, strlen(uuid)))
		memcpy(finding->vm_text, uuid, FSI_TEXT);
}

static void read_who(fsi_finding_t *finding, fsi_error_kind_t kind, struct cursor *cursor, const fsi_match_t *match)
{
	char subject[FSI_TEXT] = "";
	bool is_code = memchr(match->pattern->text, ' ', match->pattern->length) == NULL;

	if (is_code)
		read_parameters(finding, kind, cursor);
	else
		read_labels(finding, kind, cursor);
	if (read_subject(cursor->text, match->start, subject, finding->vm_name)) {
		if (!finding->vm_text[0])
			memcpy(finding->vm_text, subject, FSI_TEXT);
	} else {
		read_record(finding, cursor->text, match->start);
	}
}

/* ---- features by name ------------------------------------------------------------------ */

static void add_unknown(fsi_finding_t *finding, const char *name)
{
	size_t used = strlen(finding->unknown), length = strlen(name);

	if (used + length + 3 > sizeof(finding->unknown))
		return;
	if (used) {
		memcpy(finding->unknown + used, ", ", 2);
		used += 2;
	}
	memcpy(finding->unknown + used, name, length + 1);
}

static void add_feature(fsi_finding_t *finding, featset_t *set, const char *name, featset_dialect_t dialect)
{
	featset_feature_t feature;

	if (featset_feature_find(&feature, name, dialect, NULL) == FEATSET_OK ||
	    featset_feature_find(&feature, name, FEATSET_ANY_DIALECT, NULL) == FEATSET_OK)
		featset_add(set, feature);
	else
		add_unknown(finding, name);
}

/* A name, without the stop that ends its sentence. */
static bool take_word(struct cursor *cursor, char *word, size_t size)
{
	size_t start = cursor->at, length;

	while (is_name(peek(cursor)))
		cursor->at++;
	length = cursor->at - start;
	while (length && cursor->text[start + length - 1] == '.')
		length--;
	keep(word, size, cursor->text + start, length);
	return length > 0;
}

/* "a,b, c": names go on as long as there are commas, over line ends as well. */
static void read_libvirt_list(fsi_finding_t *finding, struct cursor *cursor, featset_t *set)
{
	char word[64];

	for (unsigned i = 0; i < NAMES_MOST; i++) {
		skip(cursor, " \n");
		if (fsi_stands_at(cursor->text, cursor->end, cursor->at, "missing features: ") ||
		    !take_word(cursor, word, sizeof(word)))
			return;
		add_feature(finding, set, word, FEATSET_LIBVIRT);
		if (peek(cursor) != ',')
			return;
		cursor->at++;
	}
}

static bool read_libvirt(fsi_finding_t *finding, struct cursor *cursor)
{
	if (finding->row != FSI_ERROR_LIBVIRT_SPECIFICATION) {
		read_libvirt_list(finding, cursor, &finding->missing);
		return true;
	}
	skip(cursor, ": \n");
	if (take(cursor, "extra features: "))
		read_libvirt_list(finding, cursor, &finding->extra);
	if (take(cursor, "missing features: "))
		read_libvirt_list(finding, cursor, &finding->missing);
	return true;
}

/* libxc names what it knows and writes <bit> for the rest; without it there is a whole featureset. */
static bool read_xen(fsi_finding_t *finding, struct cursor *cursor)
{
	struct cursor ahead = *cursor;
	char word[64];
	uint32_t bit;

	if (take_featureset(&ahead, &finding->missing)) {
		finding->row = FSI_ERROR_LOG_POLICY_WHOLE;
		*cursor = ahead;
		return true;
	}
	featset_clear(&finding->missing);
	for (unsigned i = 0; i < NAMES_MOST; i++) {
		skip(cursor, " ,");
		if (take(cursor, "<") && take_number(cursor, 10, &bit)) {
			featset_add(&finding->missing, bit);
			take(cursor, ">");
		} else if (take_word(cursor, word, sizeof(word))) {
			add_feature(finding, &finding->missing, word, FEATSET_XEN);
		} else {
			break;
		}
	}
	return !featset_is_empty(&finding->missing) || finding->unknown[0];
}

/* ---- QEMU's bits --------------------------------------------------------------------------- */

/* Where a bit is, as far as QEMU tells: its older versions leave the subleaf out. */
struct place {
	featset_source_t source;
	uint32_t index, subleaf, bit;
	int reg; /* -1: not told */
};

static int take_register(struct cursor *cursor)
{
	static const char *const names[] = { "EAX", "EBX", "ECX", "EDX" };

	for (int i = 0; i < 4; i++)
		if (take(cursor, names[i]))
			return i;
	return -1;
}

/* "CPUID.07H:EBX", "CPUID[eax=07h,ecx=00h].EBX", "MSR(10AH)" */
static bool take_place(struct cursor *cursor, struct place *place)
{
	*place = (struct place){ FEATSET_SOURCE_CPUID, 0, 0, 0, -1 };
	if (take(cursor, "CPUID.")) {
		if (!take_number(cursor, 16, &place->index) || !take(cursor, "H:"))
			return false;
		place->reg = take_register(cursor);
		return place->reg >= 0;
	}
	if (take(cursor, "CPUID[eax=")) {
		if (!take_number(cursor, 16, &place->index) || !take(cursor, "h"))
			return false;
		if (take(cursor, ",ecx=") && (!take_number(cursor, 16, &place->subleaf) || !take(cursor, "h")))
			return false;
		if (!take(cursor, "]."))
			return false;
		place->reg = take_register(cursor);
		return place->reg >= 0;
	}
	place->source = FEATSET_SOURCE_MSR;
	return take(cursor, "MSR(") && take_number(cursor, 16, &place->index) && take(cursor, "H)");
}

static bool add_place(featset_t *set, const struct place *place)
{
	featset_register_t reg = (featset_register_t)place->reg;
	unsigned word;

	if (place->bit > 63 || (place->source == FEATSET_SOURCE_CPUID && place->bit > 31))
		return false;
	if (place->source == FEATSET_SOURCE_MSR)
		reg = place->bit < 32 ? FEATSET_EAX : FEATSET_EDX;
	word = featset_word_at(place->source, place->index, place->subleaf, reg);
	if (word == FEATSET_WORDS)
		return false;
	featset_add(set, word * 32 + place->bit % 32);
	return true;
}

/* The name decides, because it is the same in all versions; the place helps where the name is not known. */
static bool read_qemu(fsi_finding_t *finding, struct cursor *cursor)
{
	featset_feature_t feature;
	struct place place;
	char word[64] = "";
	bool bit = false;

	if (!take_place(cursor, &place))
		return false;
	if (peek(cursor) == '.') {
		cursor->at++;
		take_word(cursor, word, sizeof(word));
	}
	if (take(cursor, " [bit "))
		bit = take_number(cursor, 10, &place.bit);
	take(cursor, "]");
	if (word[0] && featset_feature_find(&feature, word, FEATSET_QEMU, NULL) == FEATSET_OK)
		featset_add(&finding->missing, feature);
	else if (!bit || !add_place(&finding->missing, &place))
		add_unknown(finding, word[0] ? word : "a bit without a name");
	return true;
}

/* ---- featuresets ------------------------------------------------------------------------------ */

static bool read_pair(fsi_finding_t *finding, struct cursor *cursor)
{
	featset_t vm, host;

	if (!take_featureset(cursor, &vm) || !take(cursor, ") are not compatible with host CPU features (") ||
	    !take_featureset(cursor, &host))
		return false;
	featset_minus(&finding->missing, &vm, &host);
	return true;
}

static bool read_change(fsi_finding_t *finding, struct cursor *cursor)
{
	featset_t before, after;

	if (!take_featureset(cursor, &before))
		return false;
	skip(cursor, ". \n");
	if (!take(cursor, "New features_hvm_host=") || !take_featureset(cursor, &after))
		return false;
	featset_minus(&finding->missing, &before, &after);
	featset_minus(&finding->extra, &after, &before);
	return true;
}

/* "cap[ 1] is 7ed8320b (expected f6d8320b)" */
static bool read_cap(fsi_finding_t *finding, struct cursor *cursor)
{
	uint32_t word, is, expected;

	skip(cursor, " ");
	if (!take_number(cursor, 10, &word) || !take(cursor, "] is ") || !take_number(cursor, 16, &is) ||
	    !take(cursor, " (expected ") || !take_number(cursor, 16, &expected) || word >= FEATSET_XEN_WORDS)
		return false;
	featset_set_word(&finding->missing, word, featset_word(&finding->missing, word) | (expected & ~is));
	featset_set_word(&finding->extra, word, featset_word(&finding->extra, word) | (is & ~expected));
	return true;
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static bool read_word(fsi_finding_t *finding, struct cursor *cursor)
{
	size_t start;

	skip(cursor, " \n'\"");
	for (start = cursor->at; is_name(peek(cursor)) || in("+:", peek(cursor));)
		cursor->at++;
	keep(finding->thing_text, FSI_TEXT, cursor->text + start, cursor->at - start);
	if (!finding->thing_text[0])
		return false;
	return finding->row != FSI_ERROR_QEMU_PROPERTY ||
	       fsi_stands_at(cursor->text, cursor->end, cursor->at, "' not found");
}

/* Proxmox numbers its VMs, and says so somewhere in the line. */
static void read_number(fsi_finding_t *finding, const char *text, size_t size, size_t at)
{
	size_t start = line_start(text, at), end = at;

	while (end < size && end - at < FSI_EXPLAIN_BEHIND && text[end] != '\n')
		end++;
	for (size_t i = start; i + 4 < end; i++) {
		struct cursor cursor = { text, i, end };
		size_t digits;

		if ((i > start && is_name(text[i - 1])) || (!take(&cursor, "VM ") && !take(&cursor, "vm ")))
			continue;
		for (digits = cursor.at; peek(&cursor) >= '0' && peek(&cursor) <= '9';)
			cursor.at++;
		if (cursor.at > digits && cursor.at - digits < 10) {
			keep(finding->vm_text, FSI_TEXT, text + digits, cursor.at - digits);
			return;
		}
	}
}

bool fsi_finding_read(fsi_finding_t *finding, const char *text, size_t size, const fsi_match_t *match, size_t limit,
		      size_t *end)
{
	fsi_error_kind_t kind = fsi_error_row(match->pattern->row)->kind;
	struct cursor cursor = { text, match->end, limit };
	bool good = true;

	switch (kind) {
	case FSI_KIND_PLAIN:
	case FSI_KIND_EVACUATE:
		break;
	case FSI_KIND_VM_HOST:
	case FSI_KIND_VM_NETWORK:
	case FSI_KIND_VM_SR:
	case FSI_KIND_VM:
	case FSI_KIND_MEMORY:
		read_who(finding, kind, &cursor, match);
		break;
	case FSI_KIND_HEX_PAIR:
		good = read_pair(finding, &cursor);
		break;
	case FSI_KIND_HEX_ONE:
		good = take_featureset(&cursor, &finding->missing);
		break;
	case FSI_KIND_HEX_CHANGE:
		good = read_change(finding, &cursor);
		break;
	case FSI_KIND_CAP:
		good = read_cap(finding, &cursor);
		break;
	case FSI_KIND_NAMES_XEN:
		good = read_xen(finding, &cursor);
		break;
	case FSI_KIND_NAMES_LIBVIRT:
		good = read_libvirt(finding, &cursor);
		break;
	case FSI_KIND_QEMU:
		good = read_qemu(finding, &cursor);
		break;
	case FSI_KIND_WORD:
		good = read_word(finding, &cursor);
		break;
	case FSI_KIND_PROXMOX:
		read_number(finding, text, size, match->start);
		break;
	}
	*end = cursor.at;
	return good;
}
