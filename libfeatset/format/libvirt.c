/* SPDX-License-Identifier: MIT */
#include "libvirt_domain.h"
#include "model.h"

#include <stdlib.h>
#include <string.h>

/*
 * libvirt's <cpu>: bare, in <capabilities>' <host>, in a <domain>, or the
 * host-model of <domainCapabilities>; several documents make several hosts.
 *
 * A host's <cpu> lists what the host has; one of a guest, whose features have a
 * policy, is a question; domainCapabilities promise, and tell besides which named
 * models cannot be used and for want of what.
 */

/* ---- words that every libvirt of our days can name all of ------------------------------------ */

/*
 * A feature that is not listed is absent only if the libvirt that wrote the
 * text could have named it.  These words have been complete for years.
 */
static bool is_old_word(unsigned word)
{
	return word <= 3 || word == 5;
}

/* ---- a CPU --------------------------------------------------------------------------------- */

typedef struct reader {
	featset_inventory_t *inventory;
	featset_t nameable; /* old words' features that have a name */

	/* the <cpu> that is open: its depth, 0 for none */
	unsigned open;
	featset_cpu_t *cpu;
	fsi_stated_t stated;
	fsi_stated_t listed;
	featset_t optional; /* there if the host has it */
	char model[FSI_MAX_NAME];
	char mode[24];
	unsigned line;
	bool capabilities; /* in domainCapabilities */
	bool exact;        /* nothing else is meant */
	bool guest;        /* some feature has a policy */

	/* of the document */
	char name[128];
	char uuid[40];
	bool wraps;    /* its <domain> stands one deeper */
	bool domain;   /* what it tells of is a domain, not a host */
	bool managed;  /* it is libvirt's own word about a host */
	fsi_domain_t vm;
	unsigned skip; /* the depth of what is left out, being broken; 0 for nothing */

	/* domainCapabilities' named models */
	bool custom;   /* their <mode> is open */
	bool promised; /* there is a host that they can be told of */
	unsigned models;
	unsigned blocked;
	featset_t lacked;
	unsigned lacking[FEATSET_BITS]; /* how many models each feature blocks; 0 for all but the lacked ones */
} reader_t;

static const char *optional(const char *const *attributes, const char *name)
{
	const char *value = fsi_xml_attribute(attributes, name);

	return value ? value : "";
}

/* ---- broken ones ----------------------------------------------------------------------------- */

/* "domain web: " or "host UUID: ", as far as it is known by now; "" for a CPU that nobody named. */
static void call_host(const reader_t *reader, char *buffer, size_t size)
{
	const char *name = reader->name[0] ? reader->name : reader->uuid;

	buffer[0] = '\0';
	if (name[0])
		fsi_print(buffer, size, 0, "%s %s: ", reader->domain ? "domain" : "host", name);
}

/*
 * What becomes of a handler's status: a sentence about a host tells whose CPU it
 * is, and where broken hosts are left out, the rest of this one is skipped.
 */
static featset_status_t settle(fsi_xml_t *xml, featset_status_t status)
{
	reader_t *reader = xml->context;
	/* A host of another architecture is one more that cannot be used. */
	featset_status_t as = status == FEATSET_E_UNSUPPORTED ? FEATSET_E_SYNTAX : status, passed;
	char host[200], sentence[sizeof(xml->error->text)];

	if (status == FEATSET_OK || status == FEATSET_E_MEMORY)
		return status;
	call_host(reader, host, sizeof(host));
	if (xml->error && host[0]) {
		memcpy(sentence, xml->error->text, sizeof(sentence));
		fsi_fail_at(xml->error, status, xml->text->file, xml->error->line, xml->error->column, "%s%s", host,
			    sentence);
	}
	passed = fsi_pass(reader->inventory, xml->text, reader->domain ? reader->vm.mark : fsi_mark(reader->inventory),
			  as, xml->error);
	if (passed != FEATSET_OK)
		return passed == as ? status : passed;
	/* Of a host's document others may tell yet; of a domain's nothing does. */
	reader->skip = reader->open && !reader->domain ? reader->open : 1;
	reader->open = 0;
	featset_cpu_free(reader->cpu);
	reader->cpu = NULL;
	return FEATSET_OK;
}

/* ---- the <cpu> that is open ------------------------------------------------------------------ */

static featset_status_t open_cpu(fsi_xml_t *xml, const char *mode, const char *match)
{
	reader_t *reader = xml->context;

	if (featset_inventory_hosts(reader->inventory) == FSI_MAX_HOSTS)
		return fsi_xml_fail(xml, FEATSET_E_LIMIT, "more than %d hosts", FSI_MAX_HOSTS);
	reader->cpu = featset_cpu_new();
	if (!reader->cpu)
		return fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
	memset(&reader->stated, 0, sizeof(reader->stated));
	memset(&reader->listed, 0, sizeof(reader->listed));
	featset_clear(&reader->optional);
	reader->open = xml->depth;
	reader->model[0] = '\0';
	reader->line = fsi_xml_line(xml);
	reader->exact = strcmp(match, "minimum") != 0;
	reader->guest = mode[0] || match[0];
	fsi_print(reader->mode, sizeof(reader->mode), 0, "%.20s", mode);
	return FEATSET_OK;
}

/* Adds what the model has, and that it has nothing else that an old libvirt would name. */
static void add_model(reader_t *reader)
{
	const featset_baseline_t *model = reader->model[0] ? fsi_model_find("libvirt", reader->model) : NULL;
	featset_t features, open;

	if (model) {
		featset_baseline_features(&features, model);
		featset_clear(&open);
		/* Later releases took it out, and whoever wrote this does not tell which release it is. */
		if (!strcmp(featset_baseline_since(model), "9.0") && featset_has(&features, FEATSET_MPX)) {
			featset_remove(&features, FEATSET_MPX);
			featset_add(&open, FEATSET_MPX);
		}
		reader->stated.features = features;
		featset_or(&reader->stated.known, &features, &reader->stated.known);
		if (reader->exact)
			featset_or(&reader->stated.known, &reader->stated.known, &reader->nameable);
		/* A host has more than its libvirt can name; a domain is given what its XML says. */
		if (reader->exact && reader->domain)
			fsi_know_rest(&reader->stated.known, &open);
		/* The line of a <vendor> of its own goes first. */
		if (!featset_cpu_vendor(reader->cpu)[0])
			featset_cpu_set_vendor(reader->cpu, featset_baseline_vendor(model));
		reader->model[0] = '\0';
	}
	featset_minus(&reader->stated.features, &reader->stated.features, &reader->listed.known);
	featset_or(&reader->stated.features, &reader->stated.features, &reader->listed.features);
	featset_or(&reader->stated.known, &reader->stated.known, &reader->listed.known);
	featset_minus(&reader->stated.known, &reader->stated.known, &reader->optional);
}

static featset_status_t note_unknown(fsi_xml_t *xml)
{
	reader_t *reader = xml->context;
	char note[600], host[200];

	call_host(reader, host, sizeof(host));
	if (reader->model[0])
		fsi_print(note, sizeof(note), 0,
			  "%swhat libvirt's model %.64s has is not in the catalog: of the CPU in line %u, only "
			  "what is listed beside the model is known",
			  host, reader->model, reader->line);
	else if (!strcmp(reader->mode, "host-passthrough") || !strcmp(reader->mode, "host-model") ||
		 !strcmp(reader->mode, "maximum"))
		fsi_print(note, sizeof(note), 0,
			  "%sthe CPU in line %u is %s: what it has depends on its host, and only what is "
			  "listed is known",
			  host, reader->line, reader->mode);
	else
		return FEATSET_OK;
	return featset_inventory_add_note(reader->inventory, note) == FEATSET_OK
		       ? FEATSET_OK
		       : fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
}

static featset_status_t close_cpu(fsi_xml_t *xml)
{
	reader_t *reader = xml->context;
	featset_cpu_t *cpu = reader->cpu;
	featset_view_t view = reader->guest ? FEATSET_VIEW_GUEST : FEATSET_VIEW_UNKNOWN;
	featset_status_t status;

	reader->open = 0;
	/* <cpu> of a domain may hold the topology only. */
	if (!reader->model[0] && !reader->mode[0] && featset_is_empty(&reader->listed.known)) {
		featset_cpu_free(cpu);
		reader->cpu = NULL;
		return FEATSET_OK;
	}
	if (reader->domain) {
		status = fsi_domain_cpu(xml, &reader->vm, reader->mode, reader->model);
		if (status != FEATSET_OK || !reader->vm.wants_cpu) {
			featset_cpu_free(cpu);
			reader->cpu = NULL;
			return status;
		}
	}
	add_model(reader);
	status = note_unknown(xml);
	if (status != FEATSET_OK)
		return status;
	featset_cpu_set_features(cpu, &reader->stated.features, &reader->stated.known);
	featset_cpu_set_view(cpu, reader->capabilities ? FEATSET_VIEW_PROMISED : view);
	reader->cpu = NULL;
	if (reader->domain)
		return featset_inventory_set_vm_cpu(reader->inventory, reader->vm.index, cpu);
	reader->promised = reader->capabilities;
	status = fsi_add_cpu(reader->inventory, reader->name, reader->uuid, cpu, xml->error);
	if (status != FEATSET_OK || !reader->managed)
		return status;
	status = featset_inventory_put(reader->inventory, FEATSET_HOST_MANAGER,
				       featset_inventory_hosts(reader->inventory) - 1, "libvirt");
	return status == FEATSET_OK ? FEATSET_OK : fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
}

/* ---- its elements ----------------------------------------------------------------------------- */

static featset_status_t read_feature(fsi_xml_t *xml, const char *const *attributes)
{
	const char *name = optional(attributes, "name"), *policy = optional(attributes, "policy");
	reader_t *reader = xml->context;
	featset_feature_t feature;
	featset_status_t status;
	char sentence[768] = "";

	status = featset_feature_find(&feature, name, FEATSET_LIBVIRT, xml->error);
	if (status != FEATSET_OK) {
		if (xml->error)
			memcpy(sentence, xml->error->text, sizeof(sentence));
		return fsi_xml_fail(xml, status, "%s", sentence);
	}
	reader->guest |= policy[0] != '\0';
	if (featset_has(&reader->listed.known, feature))
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "the feature %.64s is listed twice", name);
	featset_add(&reader->listed.known, feature);
	if (!policy[0] || !strcmp(policy, "require") || !strcmp(policy, "force"))
		featset_add(&reader->listed.features, feature);
	else if (!strcmp(policy, "optional"))
		featset_add(&reader->optional, feature);
	else if (strcmp(policy, "disable") != 0 && strcmp(policy, "forbid") != 0)
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX,
				    "%.64s: expected the policy to be force, require, optional, disable or forbid",
				    name);
	return FEATSET_OK;
}

static featset_status_t read_number(fsi_xml_t *xml, const char *const *attributes, const char *name,
				    featset_number_t number)
{
	const char *text = fsi_xml_attribute(attributes, name);
	reader_t *reader = xml->context;
	int64_t value = -1;
	char why[160];

	if (text && !fsi_number_read(&value, number, text, strlen(text), why, sizeof(why)))
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "%s", why);
	if (text)
		featset_cpu_set_number(reader->cpu, number, value);
	return FEATSET_OK;
}

static featset_status_t read_signature(fsi_xml_t *xml, const char *const *attributes)
{
	featset_status_t status = read_number(xml, attributes, "family", FEATSET_FAMILY);

	if (status == FEATSET_OK)
		status = read_number(xml, attributes, "model", FEATSET_MODEL);
	return status == FEATSET_OK ? read_number(xml, attributes, "stepping", FEATSET_STEPPING) : status;
}

static featset_status_t start_inside(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	reader_t *reader = xml->context;

	if (xml->depth != reader->open + 1)
		return FEATSET_OK;
	if (!strcmp(name, "feature"))
		return read_feature(xml, attributes);
	if (!strcmp(name, "signature"))
		return read_signature(xml, attributes);
	if (!strcmp(name, "maxphysaddr"))
		return read_number(xml, attributes, "bits", FEATSET_PHYS_BITS);
	return FEATSET_OK;
}

static featset_status_t check_arch(fsi_xml_t *xml, const char *arch)
{
	if (!strcmp(arch, "x86_64") || !strcmp(arch, "i686"))
		return FEATSET_OK;
	return fsi_xml_fail(xml, FEATSET_E_UNSUPPORTED, "this is a CPU of architecture %.32s; featset knows x86 only",
			    arch);
}

static featset_status_t end_inside(fsi_xml_t *xml, const char *name, const char *text)
{
	reader_t *reader = xml->context;
	const char *vendor;

	if (xml->depth != reader->open + 1)
		return FEATSET_OK;
	if (!strcmp(name, "arch"))
		return check_arch(xml, text);
	if (!strcmp(name, "model")) {
		if (reader->model[0])
			return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "a second model of one CPU");
		if (strlen(text) >= sizeof(reader->model))
			return fsi_xml_fail(xml, FEATSET_E_NAME, "no model has a name of %zu letters", strlen(text));
		memcpy(reader->model, text, strlen(text) + 1);
	} else if (!strcmp(name, "vendor")) {
		vendor = fsi_vendor_string(text);
		if (!vendor)
			return fsi_xml_fail(xml, FEATSET_E_NAME,
					    "no vendor is called %.32s; libvirt knows Intel, AMD, Hygon and "
					    "Zhaoxin CentaurHauls",
					    text);
		featset_cpu_set_vendor(reader->cpu, vendor);
	}
	return FEATSET_OK;
}

/* ---- named models ------------------------------------------------------------------------------- */

/* An element within <mode name='custom'>; the mode itself has depth 3. */
static void count_model(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	reader_t *reader = xml->context;
	featset_feature_t feature;

	if (xml->depth == 4 && !strcmp(name, "model")) {
		reader->models++;
		reader->blocked += !strcmp(optional(attributes, "usable"), "no");
	} else if (xml->depth == 5 && !strcmp(name, "feature") &&
		   featset_feature_find(&feature, optional(attributes, "name"), FEATSET_LIBVIRT, NULL) == FEATSET_OK) {
		featset_add(&reader->lacked, feature);
		reader->lacking[feature]++;
	}
}

static void forget_models(reader_t *reader)
{
	const featset_t *lacked = &reader->lacked;

	for (featset_feature_t f = featset_next(lacked, 0); f < FEATSET_BITS; f = featset_next(lacked, f + 1))
		reader->lacking[f] = 0;
	featset_clear(&reader->lacked);
	reader->models = reader->blocked = 0;
}

/* The feature of some that blocks most models. */
static featset_feature_t worst_of(const reader_t *reader, const featset_t *some)
{
	featset_feature_t worst = featset_next(some, 0);

	for (featset_feature_t f = worst; f < FEATSET_BITS; f = featset_next(some, f + 1))
		if (reader->lacking[f] > reader->lacking[worst])
			worst = f;
	return worst;
}

static featset_status_t note_models(fsi_xml_t *xml)
{
	reader_t *reader = xml->context;
	featset_t left = reader->lacked;
	char note[600];
	size_t at;

	if (!reader->promised || !reader->blocked)
		return FEATSET_OK;
	at = fsi_print(note, sizeof(note), 0, "%u of %u named models cannot be used on the host in line %u",
		       reader->blocked, reader->models, reader->line);
	for (unsigned i = 0; i < 8 && !featset_is_empty(&left); i++) {
		featset_feature_t feature = worst_of(reader, &left);
		const char *name = featset_feature_name(feature, FEATSET_LIBVIRT);

		at = fsi_print(note, sizeof(note), at, "%s%s (%u)", i ? ", " : "; what they lack most: ",
			       name ? name : featset_feature_name(feature, FEATSET_CANONICAL),
			       reader->lacking[feature]);
		featset_remove(&left, feature);
	}
	if (!featset_is_empty(&left))
		fsi_print(note, sizeof(note), at, ", and %u features more", featset_count(&left));
	return featset_inventory_add_note(reader->inventory, note) == FEATSET_OK
		       ? FEATSET_OK
		       : fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
}

/* ---- the documents -------------------------------------------------------------------------------- */

static featset_status_t start_document(fsi_xml_t *xml, const char *name)
{
	reader_t *reader = xml->context;

	reader->capabilities = !strcmp(name, "domainCapabilities");
	reader->wraps = !strcmp(name, "domainsnapshot") || !strcmp(name, "domstatus");
	reader->domain = reader->wraps || !strcmp(name, "domain");
	reader->managed = reader->capabilities || !strcmp(name, "capabilities");
	reader->custom = reader->promised = false;
	forget_models(reader);
	reader->name[0] = reader->uuid[0] = '\0';
	if (!strcmp(name, "cpudata"))
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "<cpudata> belongs in a file of its own");
	return reader->domain ? fsi_domain_open(xml, &reader->vm, reader->inventory) : FEATSET_OK;
}

static featset_status_t start_outside(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	reader_t *reader = xml->context;

	if (xml->depth == 1) {
		featset_status_t status = start_document(xml, name);

		if (status != FEATSET_OK)
			return status;
	}
	if (reader->domain)
		fsi_domain_start(xml, &reader->vm, name, attributes);
	if (reader->capabilities && xml->depth == 3 && !strcmp(name, "mode")) {
		reader->custom = !strcmp(optional(attributes, "name"), "custom");
		if (!strcmp(optional(attributes, "name"), "host-model") &&
		    !strcmp(optional(attributes, "supported"), "yes"))
			return open_cpu(xml, "", "exact");
	}
	if (reader->custom)
		count_model(xml, name, attributes);
	if (!reader->capabilities && !strcmp(name, "cpu") && xml->depth <= 3)
		return open_cpu(xml, optional(attributes, "mode"), optional(attributes, "match"));
	return FEATSET_OK;
}

static featset_status_t start(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	reader_t *reader = xml->context;

	if (reader->skip)
		return FEATSET_OK;
	return settle(xml, reader->open ? start_inside(xml, name, attributes) : start_outside(xml, name, attributes));
}

static featset_status_t end_outside(fsi_xml_t *xml, const char *name, const char *text, size_t size)
{
	reader_t *reader = xml->context;

	if (xml->depth <= 3 && !strcmp(name, "uuid") && size < sizeof(reader->uuid))
		memcpy(reader->uuid, text, size + 1);
	if (xml->depth == (reader->wraps ? 3 : 2) && !strcmp(name, "name") && size < sizeof(reader->name))
		memcpy(reader->name, text, size + 1);
	if (xml->depth == 2 && !strcmp(name, "arch") && reader->capabilities)
		return check_arch(xml, text);
	if (reader->domain)
		return fsi_domain_end(xml, &reader->vm, name, text, reader->name, reader->uuid);
	return xml->depth == 1 ? note_models(xml) : FEATSET_OK;
}

static featset_status_t end(fsi_xml_t *xml, const char *name, const char *text, size_t size)
{
	reader_t *reader = xml->context;

	if (reader->skip) {
		if (xml->depth == reader->skip)
			reader->skip = 0;
		return FEATSET_OK;
	}
	if (!reader->open)
		return settle(xml, end_outside(xml, name, text, size));
	return settle(xml, xml->depth == reader->open ? close_cpu(xml) : end_inside(xml, name, text));
}

static void find_nameable(featset_t *dst)
{
	static const uint16_t doubtful[] = {
		/* Names of late. */
		FEATSET_FDP_EXCPTN_ONLY,
		FEATSET_MWAITX,
		FEATSET_SGX,
		FEATSET_ZERO_FCS_FDS,
		/* Models had these once, and lost them; MPX they have in the catalog. */
		FEATSET_INTEL_PT,
		FEATSET_MONITOR,
		FEATSET_MPX,
	};

	fsi_named_in(dst, FEATSET_LIBVIRT);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		if (!is_old_word(word))
			featset_set_word(dst, word, 0);
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++)
		featset_remove(dst, doubtful[i]);
}

FSI_READ(libvirt)
{
	reader_t reader = { .inventory = inventory };
	fsi_xml_t xml = { .context = &reader, .start = start, .end = end };
	featset_status_t status;

	find_nameable(&reader.nameable);
	status = fsi_xml_parse(&xml, text, error);
	featset_cpu_free(reader.cpu);
	if (status == FEATSET_OK && !featset_inventory_hosts(inventory) &&
	    !featset_inventory_count(inventory, FEATSET_RECORD_VM))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   "no <cpu> with a model or features here: what this CPU is depends on its host");
	return status;
}

FSI_PROBE(libvirt)
{
	static const char *const names[] = { "capabilities",   "cpu", "cpuTest", "domain", "domainCapabilities",
					     "domainsnapshot", "domstatus", NULL };

	return fsi_xml_looks_like(text, size, names) ? 80 : 0;
}
