/* SPDX-License-Identifier: MIT */
#include "json_text.h"
#include "model.h"

#include <stdlib.h>
#include <string.h>

/*
 * QEMU's ways to say a CPU:
 *
 *   -cpu      "-cpu IvyBridge,-rdrand,+avx2,enforce", alone, without the "-cpu"
 *             or in a command line; several make several hosts
 *   QMP       the reply to query-cpu-model-expansion, or a model with its
 *             properties as such a question has it: {"name": "IvyBridge",
 *             "props": {"rdrand": false}}; other documents around it are skipped
 */

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	char strange[512];
	size_t from, to; /* the JSON document at hand, and the lines in front of it */
	unsigned lines;
} reader_t;

/* One CPU at work. */
typedef struct guest {
	featset_cpu_t *cpu;
	fsi_stated_t stated;
	const char *model; /* that the catalog does not have; NULL when all is known */
} guest_t;

/* ---- models --------------------------------------------------------------------------- */

/* What the accelerator decides, whatever the model says. */
static const uint16_t accelerated[] = {
	FEATSET_VME,    FEATSET_ACPI,    FEATSET_HT,  FEATSET_MONITOR,
	FEATSET_X2APIC, FEATSET_OSXSAVE, FEATSET_SVM, FEATSET_TSC_DEADLINE_TIMER,
	FEATSET_OSPKE,
};

/* Starts from a model: what it has, and that it has nothing else that QEMU can name. */
static void start_from_model(guest_t *guest, const char *name)
{
	const featset_baseline_t *model = fsi_model_find("qemu", name);
	featset_t features;

	if (!model) {
		guest->model = name;
		return;
	}
	fsi_named_in(&guest->stated.known, FEATSET_QEMU);
	featset_baseline_features(&features, model);
	featset_or(&guest->stated.known, &guest->stated.known, &features);
	guest->stated.features = features;
	for (size_t i = 0; i < sizeof(accelerated) / sizeof(accelerated[0]); i++)
		fsi_state_unknown(&guest->stated, accelerated[i]);
	/* KVM's own features, and SVM's. */
	for (featset_feature_t f = 39 * 32; f < 41 * 32; f++)
		fsi_state_unknown(&guest->stated, f);
	for (featset_feature_t f = 42 * 32; f < 43 * 32; f++)
		fsi_state_unknown(&guest->stated, f);
	if (featset_baseline_vendor(model)[0])
		featset_cpu_set_vendor(guest->cpu, featset_baseline_vendor(model));
}

/* Properties that are no features: by their beginnings, and by name. */
static bool is_no_feature(const char *name)
{
	static const char *const beginnings[] = {
		"amd-perfmon-always", "hv-", "hv_", "kvm-", "kvm_", "legacy-", "tcg-", "vmware-", "x-", "xen-"
	};
	static const char *const names[] = {
		"arch-cap-always-on",
		"check",
		"cpuid-0xb",
		"enforce",
		"fill-mtrr-mask",
		"full-cpuid-auto-level",
		"host-cache-info",
		"host-phys-bits",
		"hotpluggable",
		"hotplugged",
		"kvm",
		"l3-cache",
		"lmce",
		"migratable",
		"pdcm-on-even-without-pmu",
		"pmu",
		"realized",
		"start-powered-off",
		"x2apic-auto",
	};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Other names for features that QEMU itself takes. */
static featset_status_t find_feature(featset_feature_t *feature, const char *name, featset_error_t *error)
{
	if (!strcmp(name, "pclmuldq"))
		name = "pclmulqdq";
	else if (!strcmp(name, "arch-facilities"))
		name = "arch-capabilities";
	return featset_feature_find(feature, name, FEATSET_QEMU, error);
}

/* What a property sets: the name of INVEPT's is misspelt once more in INVVPID's place, and QEMU sets both bits. */
static void state_property(guest_t *guest, featset_feature_t feature, bool on)
{
	fsi_state(&guest->stated, feature, on);
	if (feature == FEATSET_VMX_INVEPT_SINGLE_CONTEXT)
		fsi_state(&guest->stated, FEATSET_VMX_INVVPID_SINGLE_CONTEXT, on);
}

static const struct {
	const char *name;
	featset_number_t number;
} numbers[] = {
	{ "family", FEATSET_FAMILY },
	{ "model", FEATSET_MODEL },
	{ "stepping", FEATSET_STEPPING },
	{ "phys-bits", FEATSET_PHYS_BITS },
	{ "level", FEATSET_MAX_BASIC },
	{ "xlevel", FEATSET_MAX_EXTENDED },
	{ "level-func7", FEATSET_MAX_SUBLEAF_7 },
};

/* FEATSET_NUMBERS for what is none. */
static featset_number_t find_number(const char *name)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(name, numbers[i].name))
			return numbers[i].number;
	return FEATSET_NUMBERS;
}

/* False for what no CPU can have. */
static bool set_number(guest_t *guest, featset_number_t number, int64_t value)
{
	/* 0xffffffff is "not set", and so is 0 bits. */
	if (number == FEATSET_PHYS_BITS ? !value
					: value == 0xffffffff && number != FEATSET_FAMILY && number != FEATSET_MODEL &&
						  number != FEATSET_STEPPING)
		return true;
	if (!fsi_number_fits(number, value))
		return false;
	featset_cpu_set_number(guest->cpu, number, value);
	return true;
}

static void set_string(guest_t *guest, const char *name, const char *value)
{
	if (!strcmp(name, "vendor"))
		featset_cpu_set_vendor(guest->cpu, value);
	else if (!strcmp(name, "model-id"))
		featset_cpu_set_brand(guest->cpu, value);
}

static featset_status_t start_guest(const reader_t *reader, guest_t *guest)
{
	memset(guest, 0, sizeof(*guest));
	if (featset_inventory_hosts(reader->inventory) == FSI_MAX_HOSTS)
		return fsi_fail_at(reader->error, FEATSET_E_LIMIT, reader->text->file, 0, 0, "more than %d hosts",
				   FSI_MAX_HOSTS);
	guest->cpu = featset_cpu_new();
	return guest->cpu ? FEATSET_OK : fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
}

static featset_status_t end_guest(const reader_t *reader, guest_t *guest, featset_view_t view)
{
	featset_cpu_t *cpu = guest->cpu;
	featset_status_t status = FEATSET_OK;
	char note[FSI_MAX_NAME + 160];

	guest->cpu = NULL;
	featset_cpu_set_features(cpu, &guest->stated.features, &guest->stated.known);
	featset_cpu_set_view(cpu, view);
	if (guest->model) {
		fsi_print(note, sizeof(note), 0,
			  "what QEMU's model %.64s has is not in the catalog: of this CPU, only what is "
			  "stated beside the model is known",
			  guest->model);
		fsi_clean(note);
		status = featset_inventory_add_note(reader->inventory, note);
	}
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		return fsi_fail(reader->error, status, "no memory");
	}
	return fsi_add_cpu(reader->inventory, NULL, NULL, cpu, reader->error);
}

/* ---- -cpu ------------------------------------------------------------------------------ */

typedef struct spec {
	const char *at;
	size_t size;
	unsigned line;
	unsigned column;
} spec_t;

static featset_status_t wrong_option(const reader_t *reader, const spec_t *spec, const char *at,
				     featset_status_t status)
{
	return fsi_locate(reader->error, status, reader->text, spec->line, spec->column + (unsigned)(at - spec->at));
}

static bool is_option_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_-.", c);
}

/* "f", "+f", "-f", "f=on" or "key=value"; `round` says which are meant: QEMU takes "f=on" first, "-f" last. */
enum round { ROUND_EQUAL, ROUND_PLUS, ROUND_MINUS };

static featset_status_t set_feature(const reader_t *reader, guest_t *guest, const char *name, bool on)
{
	featset_feature_t feature;
	featset_status_t status;

	if (is_no_feature(name) && find_feature(&feature, name, NULL) != FEATSET_OK)
		return FEATSET_OK;
	status = find_feature(&feature, name, reader->error);
	if (status == FEATSET_OK)
		state_property(guest, feature, on);
	return status;
}

static featset_status_t set_property(const reader_t *reader, guest_t *guest, const char *name, const char *value)
{
	const featset_number_t number = find_number(name);
	unsigned long long read;
	char *end, why[160];
	bool on;

	if (fsi_switch(value, &on))
		return set_feature(reader, guest, name, on);
	set_string(guest, name, value);
	if (number == FEATSET_NUMBERS)
		return FEATSET_OK;
	read = strtoull(value, &end, 0);
	if (value[0] >= '0' && value[0] <= '9' && !*end && read <= INT64_MAX &&
	    set_number(guest, number, (int64_t)read))
		return FEATSET_OK;
	fsi_number_wrong(why, sizeof(why), number, value, strlen(value));
	return fsi_fail(reader->error, FEATSET_E_SYNTAX, "%s", why);
}

static featset_status_t read_option(const reader_t *reader, guest_t *guest, const spec_t *spec, const char *at,
				    size_t size, enum round round)
{
	bool sign = size && (*at == '+' || *at == '-');
	enum round mine = !sign ? ROUND_EQUAL : *at == '+' ? ROUND_PLUS : ROUND_MINUS;
	char text[2 * FSI_MAX_NAME], *value;

	if (mine != round)
		return FEATSET_OK;
	if (size - sign >= sizeof(text) || size == (size_t)sign)
		return wrong_option(reader, spec, at,
				    fsi_fail(reader->error, FEATSET_E_SYNTAX, "expected a property between commas"));
	memcpy(text, at + sign, size - sign);
	text[size - sign] = '\0';
	value = strchr(text, '=');
	if (value)
		*value++ = '\0';
	for (const char *p = text; *p; p++)
		if (!is_option_character(*p))
			return wrong_option(
				reader, spec, at,
				fsi_fail(
					reader->error, FEATSET_E_SYNTAX,
					"expected the name of a property, with + or - in front or =on or =off behind"));
	if (value && !sign)
		return wrong_option(reader, spec, at, set_property(reader, guest, text, value));
	return wrong_option(reader, spec, at, set_feature(reader, guest, text, round != ROUND_MINUS));
}

static featset_status_t read_options(const reader_t *reader, guest_t *guest, const spec_t *spec, size_t from)
{
	for (int round = ROUND_EQUAL; round <= ROUND_MINUS; round++) {
		size_t at = from;

		while (at < spec->size) {
			const char *comma = memchr(spec->at + at, ',', spec->size - at);
			size_t end = comma ? (size_t)(comma - spec->at) : spec->size;
			featset_status_t status =
				read_option(reader, guest, spec, spec->at + at, end - at, (enum round)round);

			if (status != FEATSET_OK)
				return status;
			at = end + 1;
		}
	}
	return FEATSET_OK;
}

/* Without svm or vmx QEMU clears what belongs to it, asked for or not. */
static void clear_dependents(guest_t *guest)
{
	static const struct {
		uint16_t needs;
		uint16_t word, words;
	} dependents[] = { { FEATSET_SVM, 42, 1 }, { FEATSET_VMX, 49, 10 } };
	fsi_stated_t *stated = &guest->stated;
	featset_t asked = stated->features;

	/* Of a model that the catalog does not have nobody knows whether the switch is on. */
	if (guest->model)
		return;
	for (size_t i = 0; i < sizeof(dependents) / sizeof(dependents[0]); i++) {
		featset_feature_t end = (dependents[i].word + dependents[i].words) * 32;

		if (featset_has(&stated->features, dependents[i].needs))
			continue;
		for (featset_feature_t f = featset_next(&asked, dependents[i].word * 32); f < end;
		     f = featset_next(&asked, f + 1)) {
			if (featset_has(&stated->known, dependents[i].needs))
				fsi_state(stated, f, false);
			else
				fsi_state_unknown(stated, f);
		}
	}
}

static featset_status_t read_spec(const reader_t *reader, const spec_t *spec)
{
	const char *comma = memchr(spec->at, ',', spec->size);
	size_t length = comma ? (size_t)(comma - spec->at) : spec->size;
	char name[FSI_MAX_NAME];
	featset_status_t status;
	guest_t guest;

	if (!length || length >= sizeof(name))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, spec->line, spec->column,
				   "expected a model of QEMU's");
	for (size_t i = 0; i < length; i++)
		if (!is_option_character(spec->at[i]))
			return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, spec->line,
					   spec->column + (unsigned)i, "expected a model of QEMU's, then a comma");
	memcpy(name, spec->at, length);
	name[length] = '\0';
	status = start_guest(reader, &guest);
	if (status != FEATSET_OK)
		return fsi_locate(reader->error, status, reader->text, spec->line, spec->column);
	start_from_model(&guest, name);
	status = comma ? read_options(reader, &guest, spec, length + 1) : FEATSET_OK;
	clear_dependents(&guest);
	if (status == FEATSET_OK)
		return end_guest(reader, &guest, FEATSET_VIEW_GUEST);
	featset_cpu_free(guest.cpu);
	return status;
}

/* The next word of a line, without quotes around it. */
static bool next_word(const fsi_line_t *line, size_t *offset, spec_t *word)
{
	size_t at = *offset, end;

	while (at < line->size && fsi_is_space(line->at[at]))
		at++;
	if (at == line->size)
		return false;
	if (line->at[at] == '\'' || line->at[at] == '"') {
		const char *quote = memchr(line->at + at + 1, line->at[at], line->size - at - 1);

		end = quote ? (size_t)(quote - line->at) : line->size;
		at++;
		*offset = end + (quote != NULL);
	} else {
		for (end = at; end < line->size && !fsi_is_space(line->at[end]); end++)
			;
		*offset = end;
	}
	word->at = line->at + at;
	word->size = end - at;
	word->line = line->number;
	word->column = (unsigned)at + 1;
	return true;
}

static bool is_cpu_option(const spec_t *word)
{
	return fsi_same(word->at, word->size, "-cpu") || fsi_same(word->at, word->size, "--cpu");
}

static bool is_comment(const spec_t *word)
{
	return word->size && *word->at == '#';
}

/* Does the text have "-cpu" somewhere?  Otherwise each line is one CPU. */
static bool has_cpu_option(const char *text, size_t size)
{
	fsi_line_t line = { 0 };

	while (fsi_line_next(&line, text, size)) {
		size_t offset = 0;
		spec_t word;

		while (next_word(&line, &offset, &word) && !is_comment(&word))
			if (is_cpu_option(&word))
				return true;
	}
	return false;
}

static featset_status_t read_text(const reader_t *reader)
{
	bool options = has_cpu_option(reader->text->data, reader->text->size), wanted = !options;
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };

	while (status == FEATSET_OK && fsi_line_next(&line, reader->text->data, reader->text->size)) {
		size_t offset = 0;
		spec_t word;

		while (status == FEATSET_OK && next_word(&line, &offset, &word)) {
			if (is_comment(&word))
				break;
			if (is_cpu_option(&word)) {
				wanted = true;
				continue;
			}
			if (options && wanted && fsi_same(word.at, word.size, "\\"))
				continue;
			if (wanted) {
				const fsi_mark_t mark = fsi_mark(reader->inventory);

				status = fsi_pass(reader->inventory, reader->text, mark, read_spec(reader, &word),
						  reader->error);
			}
			wanted = !options;
		}
	}
	if (status == FEATSET_OK && options && wanted)
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, line.number, 0,
				   "expected a model of QEMU's behind -cpu");
	return status;
}

/* ---- QMP ------------------------------------------------------------------------------- */

#ifndef FEATSET_NO_JSON

/* A model that lists as many properties lists all. */
#define ALL_PROPERTIES 64

static featset_status_t add_strange(reader_t *reader, const char *name)
{
	size_t at = strlen(reader->strange);

	if (at + strlen(name) + 8 < sizeof(reader->strange))
		fsi_print(reader->strange, sizeof(reader->strange), at, "%s%s", at ? ", " : "", name);
	return FEATSET_OK;
}

/* Points at the first place where the document at hand has the string in quotes. */
static featset_status_t fail_at_word(const reader_t *reader, const char *word, featset_status_t status,
				     const char *sentence)
{
	fsi_text_t document = *reader->text;

	document.data += reader->from;
	document.size = reader->to - reader->from;
	status = fsi_json_fail(&document, word, reader->error, status, "%s", sentence);
	if (!reader->error->line)
		reader->error->line = 1;
	reader->error->line += reader->lines;
	return status;
}

static featset_status_t read_boolean(reader_t *reader, guest_t *guest, const char *name, bool on, bool all)
{
	featset_feature_t feature;
	featset_status_t status = find_feature(&feature, name, NULL);

	if (status != FEATSET_OK && is_no_feature(name))
		return FEATSET_OK;
	if (status != FEATSET_OK && all)
		return add_strange(reader, name);
	if (status != FEATSET_OK) {
		featset_error_t why;

		status = find_feature(&feature, name, &why);
		return fail_at_word(reader, name, status, why.text);
	}
	if (all && featset_has(&guest->stated.known, feature) && featset_has(&guest->stated.features, feature) != on) {
		char sentence[160];

		fsi_print(sentence, sizeof(sentence), 0, "\"%.64s\" is on under one of its names and off under another",
			  name);
		return fail_at_word(reader, name, FEATSET_E_SYNTAX, sentence);
	}
	/* A reply says "off" when either bit of a property is. */
	if (all && !on)
		fsi_state(&guest->stated, feature, false);
	else
		state_property(guest, feature, on);
	return FEATSET_OK;
}

/* Prints what stands there, for sentences. */
static void print_value(char *buffer, size_t size, const json_t *value)
{
	if (json_is_string(value))
		fsi_print(buffer, size, 0, "%.40s", json_string_value(value));
	else if (json_is_real(value))
		fsi_print(buffer, size, 0, "%.15g", json_real_value(value));
	else
		fsi_print(buffer, size, 0, "%s",
			  json_is_true(value)    ? "true"
			  : json_is_false(value) ? "false"
			  : json_is_null(value)  ? "null"
						 : "...");
}

static featset_status_t read_number(const reader_t *reader, guest_t *guest, const char *name, featset_number_t number,
				    const json_t *value)
{
	double real = json_is_real(value) ? json_real_value(value) : -1;
	char text[64], why[160];

	if (real >= 0 && real <= 4294967295.0 && real == (double)(int64_t)real &&
	    set_number(guest, number, (int64_t)real))
		return FEATSET_OK;
	print_value(text, sizeof(text), value);
	fsi_number_wrong(why, sizeof(why), number, text, strlen(text));
	return fail_at_word(reader, name, FEATSET_E_SYNTAX, why);
}

/* A property that is neither switched nor a number; hv-... have three states. */
static featset_status_t read_other(const reader_t *reader, guest_t *guest, const char *name, const json_t *value)
{
	char text[64], sentence[256];
	featset_feature_t feature;

	if (strncmp(name, "hv", 2) != 0 && find_feature(&feature, name, NULL) == FEATSET_OK) {
		print_value(text, sizeof(text), value);
		fsi_print(sentence, sizeof(sentence), 0, "\"%.64s\": expected true or false, not \"%s\"", name, text);
		return fail_at_word(reader, name, FEATSET_E_SYNTAX, sentence);
	}
	if (json_is_string(value))
		set_string(guest, name, json_string_value(value));
	return FEATSET_OK;
}

static featset_status_t read_props(reader_t *reader, guest_t *guest, json_t *props, bool all)
{
	featset_status_t status = FEATSET_OK;
	const char *name;
	json_t *value;

	json_object_foreach(props, name, value)
	{
		const featset_number_t number = find_number(name);

		if (number != FEATSET_NUMBERS)
			status = read_number(reader, guest, name, number, value);
		else if (json_is_boolean(value))
			status = read_boolean(reader, guest, name, json_is_true(value), all);
		else
			status = read_other(reader, guest, name, value);
		if (status != FEATSET_OK)
			break;
	}
	return status;
}

static featset_status_t read_model(reader_t *reader, const json_t *model, featset_view_t view)
{
	const char *name = json_string_value(json_object_get(model, "name"));
	json_t *props = json_object_get(model, "props");
	bool all = json_object_size(props) >= ALL_PROPERTIES;
	featset_status_t status;
	guest_t guest;

	if (!name || (props && !json_is_object(props)))
		return fail_at_word(reader, "model", FEATSET_E_SYNTAX,
				    "expected a model with a \"name\" and \"props\"");
	status = start_guest(reader, &guest);
	if (status != FEATSET_OK)
		return status;
	if (!all)
		start_from_model(&guest, name);
	status = read_props(reader, &guest, props, all);
	if (!all)
		clear_dependents(&guest);
	if (status == FEATSET_OK)
		return end_guest(reader, &guest, view);
	featset_cpu_free(guest.cpu);
	return status;
}

static featset_status_t read_document(reader_t *reader, const json_t *root)
{
	const json_t *reply = json_object_get(json_object_get(root, "return"), "model");
	const json_t *question = json_object_get(json_object_get(root, "arguments"), "model");

	if (reply)
		return read_model(reader, reply, FEATSET_VIEW_PROMISED);
	if (json_object_get(root, "props") || json_is_object(json_object_get(root, "model")))
		return read_model(reader, json_object_get(root, "props") ? root : json_object_get(root, "model"),
				  FEATSET_VIEW_GUEST);
	if (json_is_object(question))
		return read_model(reader, question, FEATSET_VIEW_GUEST);
	return FEATSET_OK;
}

static featset_status_t read_json(reader_t *reader)
{
	featset_status_t status;
	fsi_json_at_t at = { 0 };
	json_t *root;

	do {
		const fsi_mark_t mark = fsi_mark(reader->inventory);

		reader->from = at.offset;
		reader->lines = at.lines;
		status = fsi_json_next(&root, &at, reader->text, reader->error);
		if (status != FEATSET_OK || !root)
			break;
		reader->to = at.offset;
		status = fsi_pass(reader->inventory, reader->text, mark, read_document(reader, root), reader->error);
		json_decref(root);
	} while (status == FEATSET_OK);
	return status;
}

#else

static featset_status_t read_json(reader_t *reader)
{
	return fsi_fail_at(reader->error, FEATSET_E_UNSUPPORTED, reader->text->file, 0, 0, "this build reads no JSON");
}

#endif

/* ---- the format ------------------------------------------------------------------------- */

static bool starts_json(const char *text, size_t size)
{
	size_t blank = 0;

	while (blank < size && fsi_is_space(text[blank]))
		blank++;
	return blank < size && (text[blank] == '{' || text[blank] == '[');
}

static featset_status_t finish(const reader_t *reader)
{
	featset_status_t status = FEATSET_OK;
	char note[700];

	if (!featset_inventory_hosts(reader->inventory))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 1, 0,
				   "no CPU here: expected the reply to query-cpu-model-expansion, or -cpu and a model");
	if (reader->strange[0]) {
		fsi_print(note, sizeof(note), 0, "properties that no feature is known by were left out: %s",
			  reader->strange);
		fsi_clean(note);
		status = featset_inventory_add_note(reader->inventory, note);
	}
	return status == FEATSET_OK ? status : fsi_fail(reader->error, status, "no memory");
}

FSI_READ(qemu)
{
	reader_t reader = { .inventory = inventory, .text = text, .error = error };
	featset_status_t status = starts_json(text->data, text->size) ? read_json(&reader) : read_text(&reader);

	return status == FEATSET_OK ? finish(&reader) : status;
}

static const char *const json_words[] = { "\"props\"", "\"QMP\"", "query-cpu-model-expansion", NULL };

FSI_PROBE(qemu)
{
	fsi_line_t line = { 0 };
	char name[FSI_MAX_NAME];
	unsigned column;

	if (starts_json(text, size))
		return fsi_json_mentions(text, size, json_words) ? 70 : 0;
	if (has_cpu_option(text, size))
		return 65;
	if (!fsi_line_next_filled(&line, text, size, &column))
		return 0;
	for (size_t i = 0; i < line.size && i < sizeof(name); i++) {
		if (line.at[i] != ',') {
			name[i] = line.at[i];
			continue;
		}
		name[i] = '\0';
		return fsi_model_find("qemu", name) ? 50 : 0;
	}
	return 0;
}
