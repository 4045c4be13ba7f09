/* SPDX-License-Identifier: MIT */
#include "json_text.h"
#include "model.h"

#include <string.h>

/*
 * Labels of Kubernetes nodes: node-feature-discovery's
 * (feature.node.kubernetes.io/cpu-cpuid.AVX2=true, names of klauspost/cpuid) and
 * KubeVirt's (cpu-feature.node.kubevirt.io/avx2=true, libvirt's names), as
 * kubectl prints them: describe, get --show-labels, get -o yaml and -o json, or
 * labels alone; and node-feature-discovery's NodeFeature objects, which have the
 * features that labels are made of:
 *
 *	spec:
 *	  features:
 *	    attributes:
 *	      cpu.model:
 *	        elements:
 *	          family: "6"
 *	    flags:
 *	      cpu.cpuid:
 *	        elements:
 *	          AVX2: {}
 *	  labels:
 *	    feature.node.kubernetes.io/cpu-cpuid.AVX2: "true"
 *
 * A feature without a label is unknown: node-feature-discovery leaves many out
 * by default, and KubeVirt labels nothing that its oldest model has.
 */

static const char nfd[] = "feature.node.kubernetes.io/cpu-";
static const char kubevirt[] = ".node.kubevirt.io/";
/* The label of a NodeFeature that names its node. */
static const char node_name[] = "nfd.node.kubernetes.io/node-name";

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;

	/* the node at hand */
	char name[256];
	bool named;            /* by what nothing else overrules */
	bool object;           /* a NodeFeature */
	featset_cpu_t *cpu;    /* NULL until it has a label */
	featset_error_t wrong; /* what is wrong with it first; its name may follow */
	fsi_stated_t hardware;
	fsi_stated_t promised;
	bool promises;

	char strange[512];
	bool both;
	bool labels;        /* some node has labels */
	const char *list;   /* of a NodeFeature: which one the line is in; NULL for none */
	size_t list_indent; /* of its name */
} reader_t;

/* ---- nodes ------------------------------------------------------------------------------ */

/* The node at hand is broken: trouble, or left out. */
static featset_status_t reject_node(reader_t *reader)
{
	const featset_error_t wrong = reader->wrong;
	unsigned line = wrong.line, column = wrong.column;
	char name[300];

	reader->wrong.code = FEATSET_OK;
	fsi_print(name, sizeof(name), 0, "\"%s\"", reader->name);
	if (!line && reader->name[0])
		fsi_place_of(reader->text, name, strlen(name), &line, &column);
	if (!reader->name[0])
		fsi_print(name, sizeof(name), 0, "number %zu",
			  featset_inventory_hosts(reader->inventory) + 1 +
				  (reader->text->skips ? reader->text->skips->count : 0));
	fsi_fail_at(reader->error, wrong.code, reader->text->file, line, column, "node %s: %s",
		    reader->name[0] ? reader->name : name, wrong.text);
	return fsi_pass(reader->inventory, reader->text, fsi_mark(reader->inventory), wrong.code, reader->error);
}

static featset_status_t end_node(reader_t *reader)
{
	const fsi_stated_t *stated = reader->promises ? &reader->promised : &reader->hardware;
	featset_cpu_t *cpu = reader->cpu;
	featset_status_t status;

	reader->cpu = NULL;
	if (reader->wrong.code != FEATSET_OK) {
		featset_cpu_free(cpu);
		return reject_node(reader);
	}
	if (!cpu)
		return FEATSET_OK;
	reader->both |= reader->promises && !featset_is_empty(&reader->hardware.known);
	featset_cpu_set_features(cpu, &stated->features, &stated->known);
	featset_cpu_set_view(cpu, reader->promises ? FEATSET_VIEW_PROMISED : FEATSET_VIEW_UNKNOWN);
	if (featset_inventory_hosts(reader->inventory) == FSI_MAX_HOSTS) {
		featset_cpu_free(cpu);
		return fsi_fail_at(reader->error, FEATSET_E_LIMIT, reader->text->file, 0, 0, "more than %d hosts",
				   FSI_MAX_HOSTS);
	}
	status = fsi_add_cpu(reader->inventory, reader->name, NULL, cpu, reader->error);
	return status;
}

static featset_status_t start_node(reader_t *reader, const char *name, size_t size)
{
	featset_status_t status = end_node(reader);

	memset(&reader->hardware, 0, sizeof(reader->hardware));
	memset(&reader->promised, 0, sizeof(reader->promised));
	reader->promises = reader->named = reader->object = false;
	fsi_print(reader->name, sizeof(reader->name), 0, "%.*s", size > 255 ? 255 : (int)size, name);
	return status;
}

/* ---- labels ------------------------------------------------------------------------------ */

typedef struct label {
	const char *at; /* the key */
	size_t size;
	const char *value;
	size_t value_size;
	unsigned line;
	unsigned column;
} label_t;

static featset_status_t wrong_label(const reader_t *reader, const label_t *label, const char *what)
{
	int size = label->size > 128 ? 128 : (int)label->size;

	return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, label->line, label->column, "%.*s: %s",
			   size, label->at, what);
}

static void note_strange(reader_t *reader, const char *name)
{
	size_t at = strlen(reader->strange), length = strlen(name);
	const char *seen = strstr(reader->strange, name);

	if (seen && (seen == reader->strange || seen[-1] == ' ') && (!seen[length] || seen[length] == ','))
		return;
	if (at + length + 8 < sizeof(reader->strange))
		fsi_print(reader->strange, sizeof(reader->strange), at, "%s%s", at ? ", " : "", name);
}

/* Labels that klauspost/cpuid derives from others or from leaves that no set holds. */
static bool is_derived(const char *name)
{
	static const char *const beginnings[] = { "AVXSLOW",  "AVX10_VERSION", "CPBOOST",
						  "IBS_",     "IBSFETCHSAM",   "IBSOPCNT",
						  "IBSOPSAM", "IBSRDWROPCNT",  "IBSRIPINVALIDCHK",
						  "NX",       "SVM",           "SYSEE",
						  "VMPL",     "VTE",           "X86_64_V" };

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

static featset_status_t put_feature(reader_t *reader, const label_t *label, const char *name, fsi_stated_t *into,
				    featset_dialect_t dialect)
{
	bool on = fsi_same(label->value, label->value_size, "true");
	featset_feature_t feature;

	if (!on && !fsi_same(label->value, label->value_size, "false")) {
		if (dialect == FEATSET_KLAUSPOST && is_derived(name))
			return FEATSET_OK;
		return wrong_label(reader, label, "expected true or false");
	}
	if (featset_feature_find(&feature, name, dialect, NULL) != FEATSET_OK) {
		if (dialect != FEATSET_KLAUSPOST || !is_derived(name))
			note_strange(reader, name);
		return FEATSET_OK;
	}
	if (featset_has(&into->known, feature) && featset_has(&into->features, feature) != on)
		return wrong_label(reader, label, "this label is on the node twice, with another value");
	fsi_state(into, feature, on);
	return FEATSET_OK;
}

static featset_status_t put_number(reader_t *reader, const label_t *label, featset_number_t number)
{
	int64_t value;
	char why[160];

	if (!fsi_number_read(&value, number, label->value, label->value_size, why, sizeof(why)))
		return wrong_label(reader, label, why);
	featset_cpu_set_number(reader->cpu, number, value);
	return FEATSET_OK;
}

static void put_vendor(reader_t *reader, const char *name)
{
	const char *vendor = fsi_vendor_string(name);

	if (vendor)
		featset_cpu_set_vendor(reader->cpu, vendor);
}

static featset_status_t put_nfd(reader_t *reader, const label_t *label, const char *name)
{
	char value[64];

	fsi_print(value, sizeof(value), 0, "%.*s", label->value_size > 60 ? 60 : (int)label->value_size, label->value);
	if (!strncmp(name, "cpuid.", 6))
		return put_feature(reader, label, name + 6, &reader->hardware, FEATSET_KLAUSPOST);
	if (!strcmp(name, "model.family"))
		return put_number(reader, label, FEATSET_FAMILY);
	if (!strcmp(name, "model.id"))
		return put_number(reader, label, FEATSET_MODEL);
	if (!strcmp(name, "model.vendor_id"))
		put_vendor(reader, value);
	return FEATSET_OK;
}

/* All that a model has is promised where guests of that model can run. */
static void put_model(reader_t *reader, const char *name)
{
	const featset_baseline_t *model = fsi_model_find("libvirt", name);
	featset_t features;

	if (!model)
		return;
	featset_baseline_features(&features, model);
	/* Later releases took it out of the models of 9.0. */
	if (!strcmp(featset_baseline_since(model), "9.0"))
		featset_remove(&features, FEATSET_MPX);
	featset_or(&reader->promised.features, &reader->promised.features, &features);
	featset_or(&reader->promised.known, &reader->promised.known, &features);
}

static featset_status_t put_kubevirt(reader_t *reader, const label_t *label, const char *kind, size_t size,
				     const char *name)
{
	bool on = fsi_same(label->value, label->value_size, "true");

	if (fsi_same(kind, size, "cpu-feature") || fsi_same(kind, size, "host-model-required-features")) {
		reader->promises = true;
		return put_feature(reader, label, name, &reader->promised, FEATSET_LIBVIRT);
	}
	if (on && (fsi_same(kind, size, "cpu-model") || fsi_same(kind, size, "host-model-cpu")))
		put_model(reader, name);
	else if (on && fsi_same(kind, size, "cpu-vendor"))
		put_vendor(reader, name);
	return FEATSET_OK;
}

static featset_status_t need_cpu(reader_t *reader)
{
	if (!reader->cpu)
		reader->cpu = featset_cpu_new();
	return reader->cpu ? FEATSET_OK : fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
}

/* What is wrong with a label is told at the end of its node. */
static featset_status_t remember(reader_t *reader, featset_status_t status)
{
	if (status == FEATSET_OK || status == FEATSET_E_MEMORY)
		return status;
	if (reader->wrong.code == FEATSET_OK)
		reader->wrong = *reader->error;
	return FEATSET_OK;
}

static featset_status_t put_label(reader_t *reader, const label_t *label)
{
	static const char bare[] = "cpu-";
	char key[FSI_MAX_NAME * 2];
	char *slash, *name = NULL;

	if (label->size >= sizeof(key))
		return FEATSET_OK;
	memcpy(key, label->at, label->size);
	key[label->size] = '\0';
	slash = strstr(key, kubevirt);
	if (!strncmp(key, nfd, sizeof(nfd) - 1))
		name = key + sizeof(nfd) - 1;
	else if (reader->object && !strncmp(key, bare, sizeof(bare) - 1) && !slash)
		name = key + sizeof(bare) - 1; /* the name space goes without saying in a NodeFeature */
	if (!name && !slash) {
		if (!strcmp(key, node_name) && label->value_size)
			fsi_print(reader->name, sizeof(reader->name), 0, "%.*s",
				  label->value_size > 255 ? 255 : (int)label->value_size, label->value);
		reader->named |= !strcmp(key, node_name);
		return FEATSET_OK;
	}
	if (need_cpu(reader) != FEATSET_OK)
		return FEATSET_E_MEMORY;
	reader->labels = true;
	if (name)
		return remember(reader, put_nfd(reader, label, name));
	return remember(reader, put_kubevirt(reader, label, key, (size_t)(slash - key), slash + sizeof(kubevirt) - 1));
}

/* ---- NodeFeature --------------------------------------------------------------------------- */

/* The lists of a NodeFeature that tell of the CPU, and what their elements are called in labels. */
static const struct {
	const char *kind, *list, *prefix;
} lists[] = {
	{ "flags", "cpu.cpuid", "cpuid." },
	{ "attributes", "cpu.model", "model." },
};

#define LISTS (sizeof(lists) / sizeof(lists[0]))

static featset_status_t put_element(reader_t *reader, const label_t *element, const char *prefix)
{
	char name[FSI_MAX_NAME];

	if (element->size + strlen(prefix) >= sizeof(name))
		return FEATSET_OK;
	fsi_print(name, sizeof(name), 0, "%s%.*s", prefix, (int)element->size, element->at);
	if (need_cpu(reader) != FEATSET_OK)
		return FEATSET_E_MEMORY;
	return remember(reader, put_nfd(reader, element, name));
}

/* ---- text ------------------------------------------------------------------------------- */

static bool is_key_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_-./", c) != NULL);
}

static bool is_quote(const char *at, const char *end)
{
	return at < end && (*at == '"' || *at == '\'');
}

/* Steps over "key=value", "key: value" or "key: 'value'" at a place of the line; false when there is none. */
static bool take_label(label_t *label, const fsi_line_t *line, size_t *offset)
{
	const char *at = line->at + *offset, *end = line->at + line->size, *slash = NULL;

	label->at = at;
	for (; at < end && is_key_character(*at); at++)
		if (*at == '/')
			slash = at;
	label->size = (size_t)(at - label->at);
	label->line = line->number;
	label->column = (unsigned)*offset + 1;
	*offset = (size_t)(at - line->at) + (at < end);
	/* "f:key: {}" says who wrote a label, not what it is. */
	if (fsi_same(label->at, label->size, "f") && at < end && *at == ':') {
		while (at < end && !fsi_is_space(*at))
			at++;
		*offset = (size_t)(at - line->at);
		return false;
	}
	if (!slash || at == end)
		return false;
	at += is_quote(at, end);
	if (at == end || (*at != '=' && *at != ':'))
		return false;
	at++;
	while (at < end && *at == ' ')
		at++;
	at += is_quote(at, end);
	label->value = at;
	while (at < end && is_key_character(*at))
		at++;
	label->value_size = (size_t)(at - label->value);
	*offset = (size_t)(at - line->at) + is_quote(at, end);
	return true;
}

static bool mentions(const char *at, size_t size)
{
	static const char *const words[] = { "node.kubernetes.io/cpu-cpuid.", "node.kubevirt.io/", NULL };

	for (size_t i = 0; words[i]; i++)
		if (memmem(at, size, words[i], strlen(words[i])))
			return true;
	return false;
}

/* A line with the labels of a whole node: "NAME  Ready ...  key=value,key=value"; a comma follows the first. */
static bool is_whole_node(const fsi_line_t *line)
{
	const char *comma = memchr(line->at, ',', line->size);

	return comma && mentions(line->at, line->size) && line->size && !fsi_is_space(*line->at) &&
	       memchr(line->at, '=', line->size) != NULL;
}

/* "Name:   node1" of describe, and "name: node1" of a YAML node. */
static bool is_name(const fsi_line_t *line, size_t indent, const char *key, const char **name, size_t *size)
{
	const char *at = line->at, *end = line->at + line->size;

	if (line->size < indent)
		return false;
	for (size_t i = 0; i < indent; i++)
		if (*at++ != ' ')
			return false;
	if (!fsi_take(&at, end, key) || !fsi_take(&at, end, ":"))
		return false;
	*name = at;
	*size = (size_t)(end - at);
	fsi_trim(name, size);
	return true;
}

/* Does another node start here?  Gives its name where the line has it. */
static bool starts_node(const fsi_line_t *line, const char **name, size_t *size)
{
	const char *at = line->at, *end = line->at + line->size;

	*name = line->at;
	*size = 0;
	if (is_name(line, 0, "Name", name, size))
		return true;
	*size = 0;
	if (is_whole_node(line)) {
		while (*size < line->size && !fsi_is_space(line->at[*size]) && !strchr("=,:", line->at[*size]))
			++*size;
		/* Labels alone have no name in front. */
		if (memchr(line->at, '/', *size))
			*size = 0;
		return true;
	}
	return fsi_same(line->at, line->size, "---") ||
	       ((fsi_take(&at, end, "- ") || fsi_take(&at, end, "  - ")) && fsi_take(&at, end, "apiVersion:"));
}

/* Splits "key: value", without quotes around the value. */
static bool split_pair(label_t *pair, const fsi_line_t *line, size_t blanks)
{
	const char *at = line->at + blanks, *end = line->at + line->size;
	const char *colon = memchr(at, ':', (size_t)(end - at));

	if (!colon || colon == at)
		return false;
	*pair = (label_t){ at,           (size_t)(colon - at), colon + 1, (size_t)(end - colon - 1),
			   line->number, (unsigned)blanks + 1 };
	fsi_trim(&pair->value, &pair->value_size);
	if (pair->value_size > 1 && strchr("\"'", *pair->value) && pair->value[pair->value_size - 1] == *pair->value) {
		pair->value++;
		pair->value_size -= 2;
	}
	return true;
}

/* A line of a NodeFeature, where a list ends with its indentation. */
static featset_status_t read_object_line(reader_t *reader, const fsi_line_t *line, size_t blanks)
{
	label_t pair;

	if (blanks == line->size)
		return FEATSET_OK;
	if (blanks <= reader->list_indent)
		reader->list = NULL;
	if (!split_pair(&pair, line, blanks))
		return FEATSET_OK;
	for (size_t i = 0; i < LISTS; i++) {
		if (!pair.value_size && fsi_same(pair.at, pair.size, lists[i].list)) {
			reader->list = lists[i].prefix;
			reader->list_indent = blanks;
			return FEATSET_OK;
		}
	}
	if (!reader->list)
		return pair.size > 4 && !memcmp(pair.at, "cpu-", 4) && !memchr(pair.at, '/', pair.size)
			       ? put_label(reader, &pair)
			       : FEATSET_OK;
	if (!strcmp(reader->list, lists[0].prefix)) {
		/* What has another value is a number, not a flag. */
		if (!fsi_same(pair.value, pair.value_size, "{}"))
			return FEATSET_OK;
		pair.value = "true";
		pair.value_size = 4;
	}
	return put_element(reader, &pair, reader->list);
}

static featset_status_t read_line(reader_t *reader, const fsi_line_t *line, size_t *indent)
{
	featset_status_t status = FEATSET_OK;
	const char *name;
	size_t size, offset = 0, blanks = 0;
	label_t label;

	if (starts_node(line, &name, &size)) {
		status = start_node(reader, name, size);
		*indent = 0;
	}
	while (blanks < line->size && line->at[blanks] == ' ')
		blanks++;
	if (fsi_same(line->at + blanks, line->size - blanks, "labels:"))
		*indent = blanks;
	if (fsi_same(line->at + blanks, line->size - blanks, "kind: NodeFeature"))
		reader->object = true;
	if (reader->object && fsi_same(line->at + blanks, line->size - blanks, "metadata:"))
		*indent = blanks + 2;
	if (*indent && !reader->named && is_name(line, *indent, "name", &name, &size))
		fsi_print(reader->name, sizeof(reader->name), 0, "%.*s", size > 255 ? 255 : (int)size, name);
	if (status == FEATSET_OK && reader->object)
		status = read_object_line(reader, line, blanks);
	while (status == FEATSET_OK && offset < line->size)
		if (take_label(&label, line, &offset))
			status = put_label(reader, &label);
	return status;
}

static featset_status_t read_text(reader_t *reader)
{
	featset_status_t status = start_node(reader, "", 0);
	fsi_line_t line = { 0 };
	size_t indent = 0;

	while (status == FEATSET_OK && fsi_line_next(&line, reader->text->data, reader->text->size))
		status = read_line(reader, &line, &indent);
	return status;
}

/* ---- JSON --------------------------------------------------------------------------------- */

#ifndef FEATSET_NO_JSON

/* What the node at hand holds is not what it should be; told at its end. */
static featset_status_t wrong_json(reader_t *reader, const char *key, const char *what)
{
	return remember(reader, fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 0, 0,
					    "%.128s: expected %s", key, what));
}

/* A member that may be absent or null; anything else that is no object is wrong. */
static json_t *get_object(reader_t *reader, const json_t *in, const char *key)
{
	json_t *value = json_object_get(in, key);

	if (!value || json_is_null(value))
		return NULL;
	if (!json_is_object(value))
		wrong_json(reader, key, "an object");
	return json_is_object(value) ? value : NULL;
}

/* Is it a label that put_label reads?  Of what others hold nothing is expected. */
static bool is_ours(const reader_t *reader, const char *key)
{
	return !strncmp(key, nfd, sizeof(nfd) - 1) || strstr(key, kubevirt) ||
	       (reader->object && !strncmp(key, "cpu-", 4));
}

static featset_status_t read_labels(reader_t *reader, json_t *labels)
{
	featset_status_t status = FEATSET_OK;
	const char *key;
	json_t *value;

	json_object_foreach(labels, key, value)
	{
		label_t label = { .at = key, .size = strlen(key), .value = json_string_value(value) };

		if (json_is_boolean(value))
			label.value = json_is_true(value) ? "true" : "false";
		if (!label.value) {
			if (is_ours(reader, key))
				wrong_json(reader, key, "a string");
			continue;
		}
		label.value_size = strlen(label.value);
		if (status == FEATSET_OK)
			status = put_label(reader, &label);
	}
	return status;
}

static featset_status_t read_elements(reader_t *reader, const json_t *features)
{
	featset_status_t status = FEATSET_OK;

	for (size_t i = 0; i < LISTS; i++) {
		json_t *list = get_object(reader, get_object(reader, features, lists[i].kind), lists[i].list);
		const char *key;
		json_t *value;

		json_object_foreach(get_object(reader, list, "elements"), key, value)
		{
			label_t element = { .at = key, .size = strlen(key), .value = json_string_value(value) };

			/* A flag is there with an empty object. */
			if (!element.value && (json_is_object(value) || json_is_null(value)))
				element.value = "true";
			if (!element.value) {
				wrong_json(reader, key, i ? "a string" : "{}");
				continue;
			}
			element.value_size = strlen(element.value);
			if (status == FEATSET_OK)
				status = put_element(reader, &element, lists[i].prefix);
		}
	}
	return status;
}

static featset_status_t read_node(reader_t *reader, json_t *node)
{
	const char *name = json_string_value(json_object_get(json_object_get(node, "metadata"), "name"));
	const char *kind = json_string_value(json_object_get(node, "kind"));
	featset_status_t status = start_node(reader, name ? name : "", name ? strlen(name) : 0);
	const json_t *metadata, *spec;
	json_t *labels;

	if (status != FEATSET_OK)
		return status;
	if (!json_is_object(node))
		return wrong_json(reader, "items", "objects with labels");
	metadata = get_object(reader, node, "metadata");
	labels = get_object(reader, metadata ? metadata : node, "labels");
	status = read_labels(reader, labels ? labels : node);
	reader->object = kind && !strcmp(kind, "NodeFeature");
	if (status != FEATSET_OK || !reader->object)
		return status;
	spec = get_object(reader, node, "spec");
	status = read_elements(reader, get_object(reader, spec, "features"));
	return status == FEATSET_OK ? read_labels(reader, get_object(reader, spec, "labels")) : status;
}

static featset_status_t read_json(reader_t *reader)
{
	featset_status_t status;
	json_t *root, *items, *item;
	size_t index;

	status = fsi_json_load(&root, reader->text, reader->error);
	if (status != FEATSET_OK)
		return status;
	items = json_is_array(root) ? root : json_object_get(root, "items");
	if (!json_is_array(items))
		status = read_node(reader, root);
	json_array_foreach(items, index, item) if (status == FEATSET_OK) status = read_node(reader, item);
	json_decref(root);
	return status;
}

#else

static featset_status_t read_json(reader_t *reader)
{
	return fsi_fail_at(reader->error, FEATSET_E_UNSUPPORTED, reader->text->file, 0, 0, "this build reads no JSON");
}

#endif

/* ---- the format ----------------------------------------------------------------------------- */

static featset_status_t finish(reader_t *reader)
{
	featset_status_t status = end_node(reader);
	char note[700];

	if (status != FEATSET_OK)
		return status;
	if (!featset_inventory_hosts(reader->inventory))
		return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 1, 0,
				   "no node with labels of its CPU here, such as "
				   "feature.node.kubernetes.io/cpu-cpuid.AVX2, and no "
				   "NodeFeature with cpu.cpuid");
	status = featset_inventory_add_note(
		reader->inventory,
		reader->labels ? "labels tell what is there and not what is missing: node-feature-discovery leaves out "
				 "F16C, RDRAND, BMI, POPCNT, SSE and others unless told to, KubeVirt all that its "
				 "oldest model has"
			       : "a NodeFeature tells what is there and not what is missing");
	if (status == FEATSET_OK && reader->both)
		status = featset_inventory_add_note(
			reader->inventory,
			"where a node has KubeVirt's labels, they count and node-feature-discovery's "
			"do not: guests get what KubeVirt promises");
	if (status == FEATSET_OK && reader->strange[0]) {
		fsi_print(note, sizeof(note), 0, "labels that no feature is known by were left out: %s",
			  reader->strange);
		fsi_clean(note);
		status = featset_inventory_add_note(reader->inventory, note);
	}
	return status == FEATSET_OK ? status : fsi_fail(reader->error, status, "no memory");
}

FSI_READ(nfd)
{
	reader_t reader = { .inventory = inventory, .text = text, .error = error };
	featset_status_t status;
	size_t blank = 0;

	while (blank < text->size && fsi_is_space(text->data[blank]))
		blank++;
	if (blank < text->size && (text->data[blank] == '{' || text->data[blank] == '['))
		status = read_json(&reader);
	else
		status = read_text(&reader);
	if (status == FEATSET_OK)
		status = finish(&reader);
	featset_cpu_free(reader.cpu);
	return status;
}

FSI_PROBE(nfd)
{
	static const char *const kinds[] = { "\"NodeFeature\"", "kind: NodeFeature\n", "kind: NodeFeature\r" };

	if (mentions(text, size))
		return 85;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (memmem(text, size, kinds[i], strlen(kinds[i])))
			return memmem(text, size, "nfd.k8s-sigs.io/", 16) ? 85 : 0;
	return 0;
}
