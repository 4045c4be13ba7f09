/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#ifdef FEATSET_NO_JSON

FSI_PROBE(json)
{
	size_t i = 0;

	while (i < size && fsi_is_space(text[i]))
		i++;
	return i < size && text[i] == '{' ? 30 : 0;
}

FSI_READ(json)
{
	(void)inventory;
	return fsi_fail_at(error, FEATSET_E_UNSUPPORTED, text->file, 0, 0, "this build reads no JSON");
}

#else

#include "model.h"

#include <stdlib.h>
#include <string.h>

/* The version of the keys that featset writes. */
#define SCHEMA 1

/* ---- writing ----------------------------------------------------------------------- */

/* Where the numbers go: the object's key, and the key in it. */
static const struct {
	featset_number_t number;
	const char *object; /* NULL: the outermost */
	const char *key;
} numbers[] = {
	{ FEATSET_FAMILY, NULL, "family" },
	{ FEATSET_MODEL, NULL, "model" },
	{ FEATSET_STEPPING, NULL, "stepping" },
	{ FEATSET_MAX_BASIC, "max_leaves", "basic" },
	{ FEATSET_MAX_SUBLEAF_7, "max_leaves", "subleaf_7" },
	{ FEATSET_MAX_HYPERVISOR, "max_leaves", "hypervisor" },
	{ FEATSET_MAX_EXTENDED, "max_leaves", "extended" },
	{ FEATSET_MAX_CENTAUR, "max_leaves", "centaur" },
	{ FEATSET_PHYS_BITS, NULL, "phys_bits" },
	{ FEATSET_LINEAR_BITS, NULL, "linear_bits" },
	{ FEATSET_AVX10_VERSION, NULL, "avx10_version" },
	{ FEATSET_XCR0, NULL, "xcr0" },
	{ FEATSET_XEN_LENGTH, NULL, "xen_length" },
};

/* In the order of featset_view_t. */
static const char *const views[] = { "", "hardware", "guest", "dom0", "promised" };

#define VIEWS (sizeof(views) / sizeof(views[0]))

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* A value in the making.  jansson gives NULL or -1 when there is no memory; what is cut short is no answer. */
typedef struct maker {
	featset_dialect_t dialect;
	bool failed;
} maker_t;

static void put(maker_t *maker, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		maker->failed = true;
}

static void append(maker_t *maker, json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) != 0)
		maker->failed = true;
}

static json_t *known_string(const char *text)
{
	json_t *string = text[0] ? json_string(text) : json_null();

	/* A brand string is whatever bytes the CPU says. */
	for (; !string && *text; text++)
		if ((unsigned char)*text >= 0x80)
			return json_null();
	return string;
}

static json_t *name_list(maker_t *maker, const featset_t *features)
{
	json_t *list = json_array();

	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1)) {
		char name[FSI_MAX_NAME];

		featset_feature_spell(name, sizeof(name), f, maker->dialect);
		append(maker, list, json_string(name));
	}
	return list;
}

static json_t *word_object(maker_t *maker, const featset_cpu_t *cpu)
{
	json_t *words = json_object();

	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		char digits[16];

		if (!(featset_cpu_words(cpu) >> word & 1))
			continue;
		fsi_print(digits, sizeof(digits), 0, "%08x", (unsigned)featset_cpu_word(cpu, word));
		put(maker, words, featset_word_name(word), json_string(digits));
	}
	return words;
}

/* Which bits are known of words of which not all are. */
static json_t *known_object(maker_t *maker, const featset_cpu_t *cpu)
{
	json_t *known = json_object();

	for (unsigned word = 0; word < FEATSET_WORDS; word++) {
		uint32_t bits = featset_word(featset_cpu_known(cpu), word);
		char digits[16];
		bool whole = !(featset_word_flags(word) & ~bits);

		if (featset_cpu_words(cpu) >> word & 1 ? whole : !bits)
			continue;
		fsi_print(digits, sizeof(digits), 0, "%08x", (unsigned)bits);
		put(maker, known, featset_word_name(word), json_string(digits));
	}
	return known;
}

static void put_numbers(maker_t *maker, json_t *object, const featset_cpu_t *cpu)
{
	json_t *leaves = json_object();

	for (size_t i = 0; i < NUMBERS; i++) {
		int64_t value = featset_cpu_number(cpu, numbers[i].number);
		json_t *into = numbers[i].object ? leaves : object;

		/* The identity is always there, the rest where it is known. */
		if (value >= 0)
			put(maker, into, numbers[i].key, json_integer((json_int_t)value));
		else if (i < 3 || numbers[i].number == FEATSET_PHYS_BITS)
			put(maker, into, numbers[i].key, json_null());
	}
	put(maker, object, "max_leaves", leaves);
}

static json_t *cpu_object(maker_t *maker, const featset_cpu_t *cpu)
{
	static const char *const levels[] = { "", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4" };
	const featset_baseline_t *part = featset_identify(cpu);
	const featset_t *usable = featset_cpu_usable(cpu);
	json_t *object = json_object();

	put(maker, object, "vendor", known_string(featset_cpu_vendor(cpu)));
	put(maker, object, "brand", known_string(featset_cpu_brand(cpu)));
	if (featset_cpu_hypervisor(cpu)[0])
		put(maker, object, "hypervisor", known_string(featset_cpu_hypervisor(cpu)));
	if (featset_cpu_core_type(cpu)[0])
		put(maker, object, "core_type", known_string(featset_cpu_core_type(cpu)));
	put(maker, object, "view", known_string(views[featset_cpu_view(cpu)]));
	put_numbers(maker, object, cpu);
	put(maker, object, "microarchitecture", part ? json_string(featset_baseline_name(part)) : json_null());
	put(maker, object, "psabi", known_string(levels[featset_psabi(cpu)]));
	put(maker, object, "features", name_list(maker, featset_cpu_features(cpu)));
	put(maker, object, "usable", usable ? name_list(maker, usable) : json_null());
	put(maker, object, "compat", name_list(maker, featset_cpu_compat(cpu)));
	put(maker, object, "words", word_object(maker, cpu));
	put(maker, object, "known", known_object(maker, cpu));
	return object;
}

static void put_cpus(maker_t *maker, json_t *object, const featset_cpu_t *cpu)
{
	json_t *cpus = json_array();

	for (size_t i = 0; i < featset_cpu_count(cpu); i++)
		append(maker, cpus, cpu_object(maker, featset_cpu_at(cpu, i)));
	put(maker, object, "cpus", cpus);
}

/* A text of which as much is kept as there is room for. */
typedef struct out {
	char *buffer;
	size_t size;
	size_t at;
} out_t;

static int emit(const char *bytes, size_t count, void *context)
{
	out_t *out = context;

	if (out->at < out->size)
		memcpy(out->buffer + out->at, bytes, count < out->size - out->at ? count : out->size - out->at);
	out->at += count;
	return 0;
}

FSI_WRITE(json)
{
	out_t out = { buffer, size, 0 };
	maker_t maker = { dialect, false };
	json_t *object = json_object(), *inner = cpu_object(&maker, cpu);

	(void)left_out;
	put(&maker, object, "schema", json_integer(SCHEMA));
	put(&maker, object, "format", json_string("json"));
	if (json_object_update(object, inner) != 0)
		maker.failed = true;
	json_decref(inner);
	if (featset_cpu_count(cpu))
		put_cpus(&maker, object, cpu);
	/* json_dumps would drop what its own buffer has no memory for. */
	if (!maker.failed && (json_dump_callback(object, emit, &out, JSON_INDENT(2)) != 0 || emit("\n", 1, &out) != 0))
		maker.failed = true;
	json_decref(object);
	if (size)
		buffer[out.at < size ? out.at : size - 1] = '\0';
	if (maker.failed)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	*length = out.at;
	return FEATSET_OK;
}

/* ---- reading ----------------------------------------------------------------------- */

FSI_PROBE(json)
{
	size_t i = 0;

	while (i < size && fsi_is_space(text[i]))
		i++;
	return i < size && (text[i] == '{' || text[i] == '[') ? 30 : 0;
}

typedef struct source {
	const fsi_text_t *text; /* one document */
	featset_error_t *error;
	unsigned lines; /* in front of it */
	size_t hosts;   /* in the documents in front of it */
} source_t;

static featset_status_t wrong(const source_t *source, const char *key, const char *expected)
{
	return fsi_json_fail(source->text, key, source->error, FEATSET_E_SYNTAX, "\"%.64s\": expected %s", key,
			     expected);
}

/* One member of "words" or "known". */
static featset_status_t read_word(const source_t *source, const char *name, const json_t *value, unsigned *word,
				  uint32_t *bits)
{
	const char *digits = json_string_value(value), *end = digits ? digits + strlen(digits) : NULL;

	*word = featset_word_find(name);
	if (*word == FEATSET_WORDS)
		return fsi_json_fail(source->text, name, source->error, FEATSET_E_NAME, "no word is called '%.64s'",
				     name);
	if (!digits || !fsi_take_hex(&digits, end, 1, 8, bits) || digits != end)
		return wrong(source, name, "eight hexadecimal digits");
	return FEATSET_OK;
}

static featset_status_t read_words(const source_t *source, featset_cpu_t *cpu, json_t *words)
{
	const char *name;
	json_t *value;

	json_object_foreach(words, name, value)
	{
		unsigned word;
		uint32_t bits;
		featset_status_t status = read_word(source, name, value, &word, &bits);

		if (status != FEATSET_OK)
			return status;
		featset_cpu_set_word(cpu, word, bits);
	}
	return FEATSET_OK;
}

/* `told` gets the words that it names: there it counts more than "words", which says what was read. */
static featset_status_t read_known(const source_t *source, featset_t *known, featset_t *told, json_t *words)
{
	const char *name;
	json_t *value;

	featset_clear(known);
	featset_clear(told);
	json_object_foreach(words, name, value)
	{
		unsigned word;
		uint32_t bits;
		featset_status_t status = read_word(source, name, value, &word, &bits);

		if (status != FEATSET_OK)
			return status;
		featset_set_word(known, word, bits & featset_word_flags(word));
		featset_set_word(told, word, 0xffffffff);
	}
	return FEATSET_OK;
}

/* Gives the error about a name the place where the text has it. */
static featset_status_t unknown_name(const source_t *source, const char *name, featset_status_t status)
{
	char sentence[sizeof(source->error->text)];

	if (!source->error)
		return status;
	memcpy(sentence, source->error->text, sizeof(sentence));
	return fsi_json_fail(source->text, name, source->error, status, "%s", sentence);
}

static featset_status_t read_names(const source_t *source, featset_t *features, const char *key, const json_t *list)
{
	size_t index;
	json_t *value;

	featset_clear(features);
	json_array_foreach(list, index, value)
	{
		const char *name = json_string_value(value);
		featset_feature_t feature;
		featset_status_t status;

		if (!name)
			return wrong(source, key, "names of features");
		status = featset_feature_find(&feature, name, FEATSET_ANY_DIALECT, source->error);
		if (status != FEATSET_OK)
			return unknown_name(source, name, status);
		featset_add(features, feature);
	}
	return FEATSET_OK;
}

static featset_status_t read_string(const source_t *source, const json_t *object, const char *key, featset_cpu_t *cpu,
				    void (*set)(featset_cpu_t *, const char *))
{
	const json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return FEATSET_OK;
	if (!json_is_string(value))
		return wrong(source, key, "a string");
	set(cpu, json_string_value(value));
	return FEATSET_OK;
}

/* A dump's byte may give its addresses any width. */
static bool is_possible(featset_number_t number, int64_t value)
{
	if (number == FEATSET_PHYS_BITS || number == FEATSET_LINEAR_BITS)
		return value >= 0 && value <= 0xff;
	return fsi_number_fits(number, value);
}

static featset_status_t read_identity(const source_t *source, const json_t *object, featset_cpu_t *cpu)
{
	static const struct {
		const char *key;
		void (*set)(featset_cpu_t *, const char *);
	} strings[] = {
		{ "vendor", featset_cpu_set_vendor },
		{ "brand", featset_cpu_set_brand },
		{ "hypervisor", featset_cpu_set_hypervisor },
		{ "core_type", featset_cpu_set_core_type },
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		featset_status_t status = read_string(source, object, strings[i].key, cpu, strings[i].set);

		if (status != FEATSET_OK)
			return status;
	}
	for (size_t i = 0; i < NUMBERS; i++) {
		const json_t *in = numbers[i].object ? json_object_get(object, numbers[i].object) : object;
		const json_t *value = json_object_get(in, numbers[i].key);

		if (!value || json_is_null(value))
			continue;
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return wrong(source, numbers[i].key, "a number that is not negative");
		if (!is_possible(numbers[i].number, (int64_t)json_integer_value(value)))
			return wrong(source, numbers[i].key, "a number that a CPU can have");
		featset_cpu_set_number(cpu, numbers[i].number, (int64_t)json_integer_value(value));
	}
	return FEATSET_OK;
}

/*
 * Features: "words" decides what it holds, "known" says which other bits are
 * known, and names outside of both are known to be there.  With no words and no
 * "known", the names are the whole set.
 */
static featset_status_t read_features(const source_t *source, const json_t *object, featset_cpu_t *cpu)
{
	json_t *words = json_object_get(object, "words"), *list = json_object_get(object, "features");
	json_t *masks = json_object_get(object, "known");
	featset_t named, features, known, told, read;
	featset_status_t status;

	if ((words && !json_is_object(words)) || (masks && !json_is_object(masks)) || (list && !json_is_array(list)) ||
	    !(words || list))
		return fsi_fail_at(source->error, FEATSET_E_SYNTAX, source->text->file, 1, 1,
				   "expected an object of featset's, with \"words\" or \"features\"");
	status = read_names(source, &named, "features", list);
	if (status == FEATSET_OK)
		status = read_words(source, cpu, words);
	if (status == FEATSET_OK)
		status = read_known(source, &known, &told, masks);
	if (status != FEATSET_OK)
		return status;
	if (!json_object_size(words) && !masks)
		for (unsigned word = 0; word < FEATSET_WORDS; word++)
			featset_set_word(&known, word, featset_word_flags(word));
	featset_minus(&read, featset_cpu_known(cpu), &told);
	featset_minus(&named, &named, &read);
	featset_or(&features, featset_cpu_features(cpu), &named);
	featset_or(&known, &known, &read);
	featset_or(&known, &known, &named);
	featset_cpu_set_features(cpu, &features, &known);
	return FEATSET_OK;
}

/* A set of its own: "usable" or "compat". */
static featset_status_t read_set(const source_t *source, const json_t *object, const char *key, featset_cpu_t *cpu,
				 void (*set)(featset_cpu_t *, const featset_t *))
{
	const json_t *list = json_object_get(object, key);
	featset_status_t status;
	featset_t features;

	if (!list || json_is_null(list))
		return FEATSET_OK;
	if (!json_is_array(list))
		return wrong(source, key, "names of features");
	status = read_names(source, &features, key, list);
	if (status == FEATSET_OK)
		set(cpu, &features);
	return status;
}

static featset_status_t read_view(const source_t *source, const json_t *object, featset_cpu_t *cpu)
{
	const json_t *value = json_object_get(object, "view");
	const char *view = json_string_value(value);

	if (!value || json_is_null(value))
		return FEATSET_OK;
	for (size_t i = 1; view && i < VIEWS; i++) {
		if (!strcmp(view, views[i])) {
			featset_cpu_set_view(cpu, (featset_view_t)i);
			return FEATSET_OK;
		}
	}
	return wrong(source, "view", "hardware, guest, dom0 or promised");
}

/* All but the features. */
static featset_status_t read_rest(const source_t *source, const json_t *object, featset_cpu_t *cpu)
{
	featset_status_t status = read_identity(source, object, cpu);

	if (status == FEATSET_OK)
		status = read_set(source, object, "usable", cpu, featset_cpu_set_usable);
	if (status == FEATSET_OK)
		status = read_set(source, object, "compat", cpu, featset_cpu_set_compat);
	if (status == FEATSET_OK)
		status = read_view(source, object, cpu);
	return status;
}

static featset_status_t read_one(const source_t *source, const json_t *object, featset_cpu_t **cpu)
{
	featset_status_t status;

	*cpu = NULL;
	if (!json_is_object(object))
		return fsi_fail_at(source->error, FEATSET_E_SYNTAX, source->text->file, 1, 1,
				   "expected an object of featset's");
	*cpu = featset_cpu_new();
	if (!*cpu)
		return fsi_fail(source->error, FEATSET_E_MEMORY, "no memory");
	status = read_features(source, object, *cpu);
	if (status == FEATSET_OK)
		status = read_rest(source, object, *cpu);
	if (status != FEATSET_OK) {
		featset_cpu_free(*cpu);
		*cpu = NULL;
	}
	return status;
}

/* Replaces a cpu by the intersection of the logical CPUs that are listed with it. */
static featset_status_t read_cpus(const source_t *source, const json_t *object, featset_cpu_t **cpu)
{
	const json_t *list = json_object_get(object, "cpus");
	size_t count = json_array_size(list), made = 0;
	featset_status_t status = FEATSET_OK;
	featset_cpu_t **each, *joined;

	if (!list)
		return FEATSET_OK;
	if (!json_is_array(list))
		return wrong(source, "cpus", "an array");
	if (!count)
		return FEATSET_OK;
	if (count > FSI_MAX_CPUS)
		return fsi_fail_at(source->error, FEATSET_E_LIMIT, source->text->file, 0, 0,
				   "more than %d logical CPUs", FSI_MAX_CPUS);
	each = calloc(count, sizeof(featset_cpu_t *));
	if (!each)
		return fsi_fail(source->error, FEATSET_E_MEMORY, "no memory");
	while (status == FEATSET_OK && made < count) {
		status = read_one(source, json_array_get(list, made), &each[made]);
		made++;
	}
	if (status == FEATSET_OK)
		status = featset_cpu_join(&joined, (const featset_cpu_t *const *)each, count, source->error);
	while (made)
		featset_cpu_free(each[--made]);
	free(each);
	if (status != FEATSET_OK)
		return status;
	/* What was said of the whole counts more than what its CPUs say. */
	featset_cpu_free(*cpu);
	*cpu = joined;
	return read_rest(source, object, joined);
}

static featset_status_t read_host(const source_t *source, featset_inventory_t *inventory, const json_t *object)
{
	const json_t *schema = json_object_get(object, "schema");
	featset_status_t status;
	featset_cpu_t *cpu;

	if (schema && json_integer_value(schema) != SCHEMA)
		return wrong(source, "schema", "1, the only one this version knows");
	status = read_one(source, object, &cpu);
	if (status != FEATSET_OK)
		return status;
	status = read_cpus(source, object, &cpu);
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		return status;
	}
	return fsi_add_cpu(inventory, json_string_value(json_object_get(object, "name")),
			   json_string_value(json_object_get(object, "uuid")), cpu, source->error);
}

/* Where one of the objects in the array of hosts starts.  The text is known to be JSON. */
static size_t host_offset(const fsi_text_t *text, size_t index)
{
	size_t at = 0, depth = 0, list = 0; /* how deep the array of hosts is, 0 before it */
	bool hosts = false;                 /* was the last string of the outermost object "hosts"? */

	for (; at < text->size; at++) {
		char c = text->data[at];

		if (c == '"') {
			size_t start = ++at;

			while (at < text->size && text->data[at] != '"')
				at += 1 + (text->data[at] == '\\');
			if (depth == 1 && !list)
				hosts = fsi_same(text->data + start, at - start, "hosts");
		} else if (c == '{' || c == '[') {
			if (list && depth == list && !index--)
				break;
			depth++;
			if (!list && c == '[' && (depth == 1 || (depth == 2 && hosts)))
				list = depth;
		} else if (c == '}' || c == ']') {
			depth--;
		} else if (c == ',' && depth == 1) {
			hosts = false;
		}
	}
	return at < text->size ? at : 0;
}

#define NOWHERE ((size_t)-1)

/* Says in front of an error which of several hosts it is about, and where its object starts. */
static featset_status_t call_host(const source_t *source, const json_t *object, size_t number, size_t offset,
				  featset_status_t status)
{
	const char *name = json_string_value(json_object_get(object, "name"));
	featset_error_t *error = source->error;
	char sentence[sizeof(error->text)];
	unsigned line = 0, column = 0;

	if (!error || status == FEATSET_E_MEMORY)
		return status;
	memcpy(sentence, error->text, sizeof(sentence));
	if (offset != NOWHERE) {
		fsi_place(source->text, offset, &line, &column);
		line += source->lines;
	}
	if (name)
		return fsi_fail_at(error, status, source->text->file, line, column, "host %.64s: %.512s", name,
				   sentence);
	return fsi_fail_at(error, status, source->text->file, line, column, "host number %zu: %.512s", number,
			   sentence);
}

static size_t place_host(const source_t *source, size_t index)
{
	size_t offset = fsi_shows_places(source->text) ? host_offset(source->text, index) : 0;

	return offset ? offset : NOWHERE;
}

static featset_status_t read_hosts(const source_t *source, featset_inventory_t *inventory, const json_t *list)
{
	featset_status_t status = FEATSET_OK;
	size_t count = json_array_size(list);

	if (!count || count > FSI_MAX_HOSTS)
		return fsi_fail_at(source->error, FEATSET_E_SYNTAX, source->text->file, source->lines + 1, 1,
				   "expected 1 to %d objects of featset's", FSI_MAX_HOSTS);
	for (size_t i = 0; status == FEATSET_OK && i < count; i++) {
		const fsi_mark_t mark = fsi_mark(inventory);

		status = read_host(source, inventory, json_array_get(list, i));
		if (status != FEATSET_OK)
			status = call_host(source, json_array_get(list, i), source->hosts + i + 1,
					   place_host(source, i), status);
		status = fsi_pass(inventory, source->text, mark, status, source->error);
	}
	return status;
}

/* One of several documents, each a host: what is wrong with it is not wrong with the others. */
static featset_status_t read_one_of(const source_t *source, featset_inventory_t *inventory, const json_t *root)
{
	const fsi_mark_t mark = fsi_mark(inventory);
	featset_status_t status = read_host(source, inventory, root);
	size_t start = 0;

	if (status == FEATSET_OK)
		return status;
	while (start < source->text->size && fsi_is_space(source->text->data[start]))
		start++;
	status = call_host(source, root, source->hosts + 1, start, status);
	return fsi_pass(inventory, source->text, mark, status, source->error);
}

/* One object, an array of them, or an object that has such an array as its "hosts" and no features itself. */
static featset_status_t read_document(const source_t *source, featset_inventory_t *inventory, const json_t *root,
				      bool several)
{
	const json_t *hosts = json_object_get(root, "features") || json_object_get(root, "words")
				      ? NULL
				      : json_object_get(root, "hosts");

	if (json_is_array(root))
		hosts = root;
	if (json_is_array(hosts))
		return read_hosts(source, inventory, hosts);
	return several ? read_one_of(source, inventory, root) : read_host(source, inventory, root);
}

static bool is_blank(const char *at, size_t size)
{
	while (size && fsi_is_space(*at)) {
		at++;
		size--;
	}
	return !size;
}

/* Several documents one after the other are as many files. */
FSI_READ(json)
{
	fsi_text_t document = *text;
	source_t source = { &document, error, 0, 0 };
	bool several = false;
	featset_status_t status;
	fsi_json_at_t at = { 0 };
	json_t *root;

	do {
		const size_t from = at.offset;

		source.lines = at.lines;
		source.hosts = featset_inventory_hosts(inventory) + (text->skips ? text->skips->count : 0);
		status = fsi_json_next_exact(&root, &at, text, error);
		if (status != FEATSET_OK || !root)
			break;
		document.data = text->data + from;
		document.size = at.offset - from;
		several |= !is_blank(text->data + at.offset, text->size - at.offset);
		status = read_document(&source, inventory, root, several);
		json_decref(root);
	} while (status == FEATSET_OK);
	return status;
}

#endif
