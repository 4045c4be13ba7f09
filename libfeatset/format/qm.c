/* SPDX-License-Identifier: MIT */
#include "../cpu_internal.h"
#include "model.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

/*
 * Virtual machines of Proxmox VE:
 *
 *   a configuration   "key: value" lines, as qm config prints them and as
 *                     /etc/pve/qemu-server/100.conf has them, there with
 *                     [sections] of snapshots behind
 *   a listing         what qm list prints: VMID NAME STATUS ...
 *   models            cpu-models.conf: "cpu-model: NAME" with indented lines
 *
 * in one text, in any order.  Of several configurations in it each begins with
 * "==> 100.conf <==", as tail -v prints it, or where a key comes again.  A VM's
 * number is told by that line or by the name of the file.
 *
 * A guest's CPU is what Proxmox VE would ask QEMU for.
 */

/* More than a VM can have: 31 scsi, 32 net, 16 hostpci ... */
#define KEYS 512
#define FLAGS 256

/* A line of qm list. */
typedef struct row {
	fsi_span_t id, name, status;
	bool used;
} row_t;

/* A model of cpu-models.conf. */
typedef struct custom {
	fsi_span_t name, reported, flags;
} custom_t;

/* A part of a VM's configuration: the present one, or a snapshot. */
typedef struct section {
	bool open;
	bool skip;           /* pending changes and the like */
	fsi_span_t snapshot; /* its name; absent for the present */
	unsigned line;
	size_t count;
	fsi_span_t key[KEYS], value[KEYS];
} section_t;

typedef struct reader {
	featset_inventory_t *inventory;
	const fsi_text_t *text;
	featset_error_t *error;
	row_t *rows;
	size_t row_count, row_room;
	custom_t *customs;
	size_t custom_count, custom_room;

	/* the VM at hand */
	fsi_span_t id, node;
	bool from_header; /* a line tells where each configuration begins */
	section_t *section;
	bool in_list, in_models;

	/* the guest's CPU read last: most VMs of a cluster have the same */
	char spec[8192];
	featset_cpu_t *cpu;
} reader_t;

/* ---- pieces of text ------------------------------------------------------------------ */

static fsi_span_t piece(const char *at, size_t size, unsigned line)
{
	fsi_span_t span = { at, size, line, 1 };

	fsi_trim(&span.at, &span.size);
	return span;
}

static bool is(const fsi_span_t *span, const char *word)
{
	return span->at && fsi_same(span->at, span->size, word);
}

static bool begins(const fsi_span_t *span, const char *with)
{
	return span->at && span->size >= strlen(with) && !memcmp(span->at, with, strlen(with));
}

static bool same(const fsi_span_t *a, const fsi_span_t *b)
{
	return a->at && b->at && a->size == b->size && !memcmp(a->at, b->at, a->size);
}

static bool is_digits(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] < '0' || at[i] > '9')
			return false;
	return size > 0 && size < 10;
}

/* "key: value" */
static bool split(const fsi_span_t *line, fsi_span_t *key, fsi_span_t *value)
{
	size_t at = 0;

	while (at < line->size && ((line->at[at] >= 'a' && line->at[at] <= 'z') || line->at[at] == '_' ||
				   line->at[at] == '-' || (line->at[at] >= '0' && line->at[at] <= '9')))
		at++;
	if (!at || at == line->size || line->at[at] != ':' || (at + 1 < line->size && !fsi_is_space(line->at[at + 1])))
		return false;
	*key = piece(line->at, at, line->line);
	*value = piece(line->at + at + 1, line->size - at - 1, line->line);
	return true;
}

/* The next of the parts that a character separates; false at the end. */
static bool next_part(fsi_span_t *rest, char separator, fsi_span_t *part)
{
	const char *end;

	if (!rest->size)
		return false;
	end = memchr(rest->at, separator, rest->size);
	*part = piece(rest->at, end ? (size_t)(end - rest->at) : rest->size, rest->line);
	rest->size -= end ? (size_t)(end - rest->at) + 1 : rest->size;
	rest->at = end ? end + 1 : rest->at;
	return true;
}

/*
 * A property of "first,key=value,key=value"; "first" may be written as the
 * `first` key too.  Absent where it is not told.
 */
static fsi_span_t property(const fsi_span_t *value, const char *key, const char *first)
{
	fsi_span_t rest = *value, part, none = { 0 };
	bool is_first = true;

	while (value->at && next_part(&rest, ',', &part)) {
		const char *equal = memchr(part.at, '=', part.size);
		size_t length = equal ? (size_t)(equal - part.at) : 0;

		if (!equal && is_first && !strcmp(key, first))
			return part;
		if (equal && fsi_same(part.at, length, key))
			return piece(equal + 1, part.size - length - 1, value->line);
		is_first = false;
	}
	return none;
}

/* A whole number behind a word: scsi0, net12. */
static bool is_numbered(const fsi_span_t *key, const char *word)
{
	size_t length = strlen(word);

	return begins(key, word) && is_digits(key->at + length, key->size - length);
}

/* "==> /etc/pve/nodes/NODE/qemu-server/100.conf <==" */
static bool is_header(const fsi_span_t *line, fsi_span_t *path)
{
	if (!begins(line, "==> ") || line->size < 9 || memcmp(line->at + line->size - 4, " <==", 4) != 0)
		return false;
	*path = piece(line->at + 4, line->size - 8, line->line);
	return true;
}

/* What a path tells: the VM's number, and the node whose it is. */
static void read_path(const char *at, size_t size, unsigned line, fsi_span_t *id, fsi_span_t *node)
{
	static const char nodes[] = "/nodes/";
	const char *end = at + size, *base = end, *dot;
	size_t digits = 0;

	memset(id, 0, sizeof(*id));
	memset(node, 0, sizeof(*node));
	while (base > at && base[-1] != '/')
		base--;
	while (base + digits < end && base[digits] >= '0' && base[digits] <= '9')
		digits++;
	dot = base + digits;
	if (is_digits(base, digits) && (dot == end || *dot == '.'))
		*id = piece(base, digits, line);
	for (const char *p = at; p + sizeof(nodes) < base; p++) {
		const char *slash;

		if (memcmp(p, nodes, sizeof(nodes) - 1) != 0)
			continue;
		p += sizeof(nodes) - 1;
		slash = memchr(p, '/', (size_t)(base - p));
		if (slash)
			*node = piece(p, (size_t)(slash - p), line);
		return;
	}
}

static bool is_list_head(const fsi_span_t *line)
{
	fsi_span_t rest = *line;
	static const char *const columns[] = { "VMID", "NAME", "STATUS" };

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		size_t length = strlen(columns[i]);

		if (rest.size < length || memcmp(rest.at, columns[i], length) != 0)
			return false;
		rest = piece(rest.at + length, rest.size - length, rest.line);
	}
	return true;
}

/* The last word of a text, which loses it. */
static fsi_span_t pop_word(fsi_span_t *text)
{
	size_t at = text->size;
	fsi_span_t word;

	while (at && !fsi_is_space(text->at[at - 1]))
		at--;
	word = piece(text->at + at, text->size - at, text->line);
	*text = piece(text->at, at, text->line);
	return word;
}

/* "100 web 1 running 2048 32.00 1234": a name may have blanks. */
static bool read_row(const fsi_span_t *line, row_t *row)
{
	fsi_span_t rest;
	size_t digits = 0;

	*row = (row_t){ .used = false };
	while (digits < line->size && line->at[digits] >= '0' && line->at[digits] <= '9')
		digits++;
	if (!is_digits(line->at, digits) || digits == line->size || !fsi_is_space(line->at[digits]))
		return false;
	row->id = piece(line->at, digits, line->line);
	rest = piece(line->at + digits, line->size - digits, line->line);
	pop_word(&rest);
	pop_word(&rest);
	pop_word(&rest);
	row->status = pop_word(&rest);
	row->name = rest;
	return row->status.size && row->name.size;
}

/* ---- a guest's CPU ---------------------------------------------------------------------- */

/* What QEMU is asked for; a flag counts as it was told last. */
typedef struct wish {
	char model[FSI_MAX_NAME];
	struct {
		char name[FSI_MAX_NAME];
		bool on;
	} flag[FLAGS];
	size_t count;
	bool own_vendor; /* the model says whose it is; others take the host's */
} wish_t;

static featset_status_t wrong(const reader_t *reader, unsigned line, featset_status_t status, const char *sentence)
{
	char vm[160] = "";

	if (reader->id.at)
		fsi_print(vm, sizeof(vm), 0, "VM %.*s: ", (int)reader->id.size, reader->id.at);
	return fsi_fail_at(reader->error, status, reader->text->file, line, 0, "%s%s", vm, sentence);
}

static featset_status_t no_memory(const reader_t *reader)
{
	return fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
}

static bool copy(char name[FSI_MAX_NAME], const char *at, size_t size)
{
	if (!size || size >= FSI_MAX_NAME)
		return false;
	for (size_t i = 0; i < size; i++)
		if (!((at[i] >= 'a' && at[i] <= 'z') || (at[i] >= 'A' && at[i] <= 'Z') ||
		      (at[i] >= '0' && at[i] <= '9') || strchr("_-.", at[i]) != NULL))
			return false;
	memcpy(name, at, size);
	name[size] = '\0';
	return true;
}

static bool set_flag(wish_t *wish, const char *name, bool on)
{
	size_t i = 0;

	while (i < wish->count && strcmp(wish->flag[i].name, name) != 0)
		i++;
	if (i == FLAGS)
		return false;
	fsi_print(wish->flag[i].name, sizeof(wish->flag[i].name), 0, "%s", name);
	wish->flag[i].on = on;
	wish->count += i == wish->count;
	return true;
}

/* "+aes;-pcid" */
static featset_status_t set_flags(const reader_t *reader, wish_t *wish, const fsi_span_t *flags)
{
	fsi_span_t rest = *flags, part;
	char name[FSI_MAX_NAME];

	while (flags->at && next_part(&rest, ';', &part)) {
		if (!part.size)
			continue;
		if ((*part.at != '+' && *part.at != '-') || !copy(name, part.at + 1, part.size - 1) ||
		    !set_flag(wish, name, *part.at == '+'))
			return wrong(reader, flags->line, FEATSET_E_SYNTAX,
				     "expected flags like +aes;-pcid, of which each has a sign");
	}
	return FEATSET_OK;
}

static bool is_host_model(const char *model)
{
	return !strcmp(model, "host") || !strcmp(model, "max");
}

/* Models whose vendor is the host's under KVM: Proxmox VE states the vendor of all others. */
static bool is_of_no_vendor(const char *model)
{
	static const char *const names[] = { "kvm32", "kvm64", "qemu32", "qemu64" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], model))
			return true;
	return false;
}

/* What Proxmox VE adds of its own accord. */
static void set_own_flags(wish_t *wish, const fsi_span_t *ostype)
{
	bool is64 = !strcmp(wish->model, "kvm64");

	if (is64)
		set_flag(wish, "lahf_lm", true);
	if (is64 || !strcmp(wish->model, "kvm32"))
		set_flag(wish, "sep", true);
	if (is(ostype, "solaris"))
		set_flag(wish, "x2apic", false);
	if (!strncmp(wish->model, "Opteron", 7))
		set_flag(wish, "rdtscp", false);
}

/* One of its built-in models: QEMU's qemu64 and flags. */
static void set_built_in(wish_t *wish, const featset_baseline_t *model)
{
	const featset_baseline_t *base = fsi_model_find("qemu", "qemu64");
	featset_t added, has;

	featset_baseline_features(&added, model);
	featset_clear(&has);
	if (base)
		featset_baseline_features(&has, base);
	featset_minus(&added, &added, &has);
	for (featset_feature_t f = featset_next(&added, 0); f < FEATSET_BITS; f = featset_next(&added, f + 1)) {
		const char *name = featset_feature_name(f, FEATSET_QEMU);

		if (name)
			set_flag(wish, name, true);
	}
	memcpy(wish->model, "qemu64", sizeof("qemu64"));
}

static const custom_t *find_custom(const reader_t *reader, const char *name)
{
	for (size_t i = 0; i < reader->custom_count; i++)
		if (is(&reader->customs[i].name, name))
			return &reader->customs[i];
	return NULL;
}

static featset_status_t note_custom(const reader_t *reader, const char *name)
{
	char note[FSI_MAX_NAME + 200];

	fsi_print(note, sizeof(note), 0,
		  "VM %.*s: what its model custom-%s has is in /etc/pve/virtual-guest/cpu-models.conf, which is not here",
		  (int)reader->id.size, reader->id.at ? reader->id.at : "", name);
	return featset_inventory_add_note(reader->inventory, note) == FEATSET_OK ? FEATSET_OK : no_memory(reader);
}

/* "nested-virt" is VMX or SVM, as the host has it. */
static void resolve_nested(wish_t *wish)
{
	const featset_baseline_t *model = fsi_model_find("qemu", wish->model);
	const char *vendor = model && wish->own_vendor ? featset_baseline_vendor(model) : "";

	for (size_t i = 0; i < wish->count; i++) {
		if (strcmp(wish->flag[i].name, "nested-virt") != 0)
			continue;
		if (!strcmp(vendor, "GenuineIntel"))
			memcpy(wish->flag[i].name, "vmx", sizeof("vmx"));
		else if (!strcmp(vendor, "AuthenticAMD"))
			memcpy(wish->flag[i].name, "svm", sizeof("svm"));
		else /* nobody knows: QEMU is not asked for it here */
			wish->flag[i] = wish->flag[--wish->count];
		return;
	}
}

/* Writes what QEMU is asked for; "" when that depends on the host, or on a model that is not told. */
static featset_status_t make_wish(const reader_t *reader, const fsi_span_t *cpu, const fsi_span_t *ostype, char *spec,
				  size_t size)
{
	fsi_span_t type = property(cpu, "cputype", "cputype"), vm_flags = property(cpu, "flags", "cputype");
	const featset_baseline_t *built_in;
	const custom_t *custom = NULL;
	featset_status_t status;
	wish_t wish = { .count = 0 };
	size_t at;

	spec[0] = '\0';
	if (!copy(wish.model, type.at ? type.at : "kvm64", type.at ? type.size : 5))
		return wrong(reader, cpu->line, FEATSET_E_SYNTAX, "expected a CPU type behind cpu:");
	if (!strncmp(wish.model, "custom-", 7)) {
		custom = find_custom(reader, wish.model + 7);
		if (!custom)
			return note_custom(reader, wish.model + 7);
		if (!copy(wish.model, custom->reported.at ? custom->reported.at : "kvm64",
			  custom->reported.at ? custom->reported.size : 5))
			return wrong(reader, custom->reported.line, FEATSET_E_SYNTAX,
				     "expected a model of QEMU's behind reported-model");
	}
	if (is_host_model(wish.model))
		return FEATSET_OK;
	/* There never was such a CPU for clients; Proxmox VE takes the other. */
	if (!strncmp(wish.model, "Icelake-Client", 14)) {
		char rest[FSI_MAX_NAME];

		memcpy(rest, wish.model + 14, strlen(wish.model + 14) + 1);
		fsi_print(wish.model, sizeof(wish.model), 0, "Icelake-Server%s", rest);
	}
	built_in = fsi_model_find("proxmox", wish.model);
	if (built_in)
		set_built_in(&wish, built_in);
	wish.own_vendor = !is_of_no_vendor(wish.model);
	set_own_flags(&wish, ostype);
	status = custom ? set_flags(reader, &wish, &custom->flags) : FEATSET_OK;
	if (status == FEATSET_OK)
		status = set_flags(reader, &wish, &vm_flags);
	if (status != FEATSET_OK)
		return status;
	resolve_nested(&wish);
	at = fsi_print(spec, size, 0, "%s", wish.model);
	for (size_t i = 0; i < wish.count; i++)
		at = fsi_print(spec, size, at, ",%c%s", wish.flag[i].on ? '+' : '-', wish.flag[i].name);
	return at < size ? FEATSET_OK : wrong(reader, cpu->line, FEATSET_E_SYNTAX, "more flags than a CPU has");
}

/* A -cpu that stands in the configuration as QEMU gets it. */
static featset_status_t copy_wish(const reader_t *reader, const fsi_span_t *from, char *spec, size_t size)
{
	char model[FSI_MAX_NAME];
	fsi_span_t rest = *from, first = { 0 };

	spec[0] = '\0';
	next_part(&rest, ',', &first);
	if (!copy(model, first.at ? first.at : "", first.size) || from->size >= size)
		return wrong(reader, from->line, FEATSET_E_SYNTAX, "expected what QEMU takes behind -cpu");
	for (size_t i = 0; i < from->size; i++)
		if (fsi_is_space(from->at[i]))
			return wrong(reader, from->line, FEATSET_E_SYNTAX, "expected no blank in what QEMU gets");
	if (is_host_model(model))
		return FEATSET_OK;
	memcpy(spec, from->at, from->size);
	spec[from->size] = '\0';
	return FEATSET_OK;
}

/* Reads what QEMU is asked for as its own dialect, into reader->cpu. */
static featset_status_t read_wish(reader_t *reader, const char *spec, unsigned line)
{
	fsi_text_t text = { .data = spec, .size = strlen(spec) };
	featset_inventory_t *made;
	featset_status_t status;
	featset_error_t told = { 0 };
	char model[FSI_MAX_NAME];
	const featset_cpu_t *cpu;
	size_t length = strcspn(spec, ",");

	if (reader->cpu && !strcmp(spec, reader->spec))
		return FEATSET_OK;
	featset_cpu_free(reader->cpu);
	reader->cpu = NULL;
	made = featset_inventory_new();
	if (!made)
		return no_memory(reader);
	status = fsi_qemu_read(made, &text, &told);
	cpu = featset_inventory_cpu(made, 0, FEATSET_SLOT_CPU);
	if (status == FEATSET_OK && cpu) {
		reader->cpu = featset_cpu_copy(cpu);
		for (size_t i = 0; i < featset_inventory_notes(made) && reader->cpu; i++)
			if (featset_inventory_add_note(reader->inventory, featset_inventory_note(made, i)) !=
			    FEATSET_OK) {
				featset_cpu_free(reader->cpu);
				reader->cpu = NULL;
			}
		if (!reader->cpu)
			status = no_memory(reader);
	} else if (status != FEATSET_E_MEMORY) {
		status = wrong(reader, line, status == FEATSET_OK ? FEATSET_E_SYNTAX : status,
			       told.text[0] ? told.text : "expected what QEMU takes behind -cpu");
	} else {
		status = no_memory(reader);
	}
	featset_inventory_free(made);
	if (status != FEATSET_OK)
		return status;
	if (copy(model, spec, length) && is_of_no_vendor(model) && !strstr(spec, ",vendor="))
		featset_cpu_set_vendor(reader->cpu, "");
	if (copy(model, spec, length) && fsi_model_find("qemu", model)) {
		featset_t features = *featset_cpu_features(reader->cpu), known = *featset_cpu_known(reader->cpu), open;

		fsi_named_in(&open, FEATSET_QEMU);
		featset_minus(&open, &open, &known);
		fsi_know_rest(&known, &open);
		featset_cpu_set_features(reader->cpu, &features, &known);
	}
	memcpy(reader->spec, spec, strlen(spec) + 1);
	return FEATSET_OK;
}

/* ---- records --------------------------------------------------------------------------------- */

static fsi_span_t value_of(const section_t *section, const char *key)
{
	fsi_span_t none = { 0 };

	for (size_t i = 0; i < section->count; i++)
		if (is(&section->key[i], key))
			return section->value[i];
	return none;
}

static featset_status_t put(const reader_t *reader, featset_field_t field, size_t index, const char *value)
{
	return featset_inventory_put(reader->inventory, field, index, value) == FEATSET_OK ? FEATSET_OK
											   : no_memory(reader);
}

static featset_status_t put_span(const reader_t *reader, featset_field_t field, size_t index, const fsi_span_t *value)
{
	return value->at ? fsi_record_put(reader->inventory, field, index, value, reader->error) : FEATSET_OK;
}

/* Makes a record with a UUID if its kind has none of that UUID among the last ones: storages and bridges are few. */
static featset_status_t add_once(const reader_t *reader, featset_record_t kind, featset_field_t uuid,
				 featset_field_t name, const fsi_span_t *value)
{
	size_t count = featset_inventory_count(reader->inventory, kind), index;
	featset_status_t status;

	for (size_t i = count; i > 0 && count - i < 256; i--)
		if (is(value, featset_inventory_get(reader->inventory, uuid, i - 1)))
			return FEATSET_OK;
	status = fsi_record_add(reader->inventory, reader->text, kind, value->line, &index, reader->error);
	if (status == FEATSET_OK)
		status = put_span(reader, uuid, index, value);
	return status == FEATSET_OK ? put_span(reader, name, index, value) : status;
}

/* "storage:volume" has a disk on a storage; a path of the node has none. */
static featset_status_t add_vdi(const reader_t *reader, const fsi_span_t *volume)
{
	const char *colon = memchr(volume->at, ':', volume->size);
	fsi_span_t storage;
	featset_status_t status;
	size_t index;

	status = fsi_record_add(reader->inventory, reader->text, FEATSET_RECORD_VDI, volume->line, &index,
				reader->error);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VDI_UUID, index, volume);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VDI_NAME, index, volume);
	if (status != FEATSET_OK || !colon || *volume->at == '/')
		return status;
	storage = piece(volume->at, (size_t)(colon - volume->at), volume->line);
	status = put_span(reader, FEATSET_VDI_SR, index, &storage);
	return status == FEATSET_OK ? add_once(reader, FEATSET_RECORD_SR, FEATSET_SR_UUID, FEATSET_SR_NAME, &storage)
				    : status;
}

/* What a device is called: "100/scsi0". */
static void call_device(const reader_t *reader, const fsi_span_t *key, char *buffer, size_t size)
{
	fsi_print(buffer, size, 0, "%.*s/%.*s", (int)reader->id.size, reader->id.at, (int)key->size, key->at);
}

static featset_status_t add_disk(const reader_t *reader, const fsi_span_t *key, const fsi_span_t *value)
{
	fsi_span_t volume = property(value, "file", "file"), media = property(value, "media", "file");
	bool cd = is(&media, "cdrom"), empty = is(&volume, "none") || is(&volume, "cdrom") || !volume.at;
	featset_inventory_t *to = reader->inventory;
	featset_status_t status;
	char uuid[160];
	size_t index;

	call_device(reader, key, uuid, sizeof(uuid));
	status = fsi_record_add(to, reader->text, FEATSET_RECORD_VBD, key->line, &index, reader->error);
	if (status == FEATSET_OK)
		status = put(reader, FEATSET_VBD_UUID, index, uuid);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VBD_NAME, index, key);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VBD_VM, index, &reader->id);
	if (status == FEATSET_OK)
		status = put(reader, FEATSET_VBD_TYPE, index, cd ? "cd" : "disk");
	if (status == FEATSET_OK)
		status = put(reader, FEATSET_VBD_EMPTY, index, empty ? "true" : "false");
	if (status != FEATSET_OK || empty)
		return status;
	status = put_span(reader, FEATSET_VBD_VDI, index, &volume);
	return status == FEATSET_OK ? add_vdi(reader, &volume) : status;
}

static featset_status_t add_network(const reader_t *reader, const fsi_span_t *key, const fsi_span_t *value)
{
	fsi_span_t bridge = property(value, "bridge", "model");
	featset_status_t status;
	char uuid[160];
	size_t index;

	call_device(reader, key, uuid, sizeof(uuid));
	status = fsi_record_add(reader->inventory, reader->text, FEATSET_RECORD_VIF, key->line, &index, reader->error);
	if (status == FEATSET_OK)
		status = put(reader, FEATSET_VIF_UUID, index, uuid);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VIF_NAME, index, key);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VIF_VM, index, &reader->id);
	if (status != FEATSET_OK || !bridge.at)
		return status;
	status = put_span(reader, FEATSET_VIF_NETWORK, index, &bridge);
	if (status == FEATSET_OK)
		status = add_once(reader, FEATSET_RECORD_NETWORK, FEATSET_NETWORK_UUID, FEATSET_NETWORK_BRIDGE,
				  &bridge);
	return status;
}

static bool is_disk(const fsi_span_t *key)
{
	return is_numbered(key, "ide") || is_numbered(key, "sata") || is_numbered(key, "scsi") ||
	       is_numbered(key, "virtio") || is_numbered(key, "efidisk") || is_numbered(key, "tpmstate");
}

/* A USB port that is the SPICE client's is no device of the node. */
static bool is_usb(const fsi_span_t *key, const fsi_span_t *value)
{
	fsi_span_t host = property(value, "host", "host");

	return is_numbered(key, "usb") && !is(&host, "spice");
}

static bool is_pci(const fsi_span_t *key, const fsi_span_t *value)
{
	return is_numbered(key, "hostpci") && !property(value, "mdev", "host").at;
}

static bool is_vgpu(const fsi_span_t *key, const fsi_span_t *value)
{
	return is_numbered(key, "hostpci") && property(value, "mdev", "host").at;
}

static bool is_any_disk(const fsi_span_t *key, const fsi_span_t *value)
{
	(void)value;
	return is_disk(key);
}

static bool is_any_network(const fsi_span_t *key, const fsi_span_t *value)
{
	(void)value;
	return is_numbered(key, "net");
}

/* The devices of one kind, joined by "; ": disks and networks as their records are called, others as written. */
static featset_status_t put_devices(const reader_t *reader, featset_field_t field, size_t vm,
				    bool (*wanted)(const fsi_span_t *key, const fsi_span_t *value), bool named)
{
	const section_t *section = reader->section;
	char all[8192] = "";
	size_t at = 0;

	for (size_t i = 0; i < section->count; i++) {
		const fsi_span_t *value = &section->value[i];
		char name[160];

		if (!wanted(&section->key[i], value))
			continue;
		call_device(reader, &section->key[i], name, sizeof(name));
		at = named ? fsi_print(all, sizeof(all), at, "%s%s", at ? "; " : "", name)
			   : fsi_print(all, sizeof(all), at, "%s%.*s", at ? "; " : "",
				       value->size < 512 ? (int)value->size : 512, value->at);
		if (at >= sizeof(all))
			break;
	}
	return put(reader, field, vm, all);
}

static featset_status_t add_devices(const reader_t *reader, size_t vm)
{
	const section_t *section = reader->section;
	featset_status_t status = FEATSET_OK;

	for (size_t i = 0; i < section->count && status == FEATSET_OK && reader->id.at; i++) {
		if (is_disk(&section->key[i]))
			status = add_disk(reader, &section->key[i], &section->value[i]);
		else if (is_numbered(&section->key[i], "net"))
			status = add_network(reader, &section->key[i], &section->value[i]);
	}
	if (status == FEATSET_OK && reader->id.at)
		status = put_devices(reader, FEATSET_VM_VBDS, vm, is_any_disk, true);
	if (status == FEATSET_OK && reader->id.at)
		status = put_devices(reader, FEATSET_VM_VIFS, vm, is_any_network, true);
	if (status == FEATSET_OK)
		status = put_devices(reader, FEATSET_VM_PCIS, vm, is_pci, false);
	if (status == FEATSET_OK)
		status = put_devices(reader, FEATSET_VM_VGPUS, vm, is_vgpu, false);
	return status == FEATSET_OK ? put_devices(reader, FEATSET_VM_VUSBS, vm, is_usb, false) : status;
}

/* ---- VMs ----------------------------------------------------------------------------------------- */

/* Proxmox VE's and QEMU's words for what XAPI has four of. */
static const char *power_state(const fsi_span_t *status)
{
	if (!status->at || is(status, "unknown"))
		return "";
	if (is(status, "stopped"))
		return "halted";
	/* QEMU's "suspended" is a guest that sleeps: its CPU stays. */
	return is(status, "running") || is(status, "suspended") ? "running" : "paused";
}

static row_t *find_row(reader_t *reader, const fsi_span_t *name)
{
	row_t *found = NULL;

	if (reader->id.at) {
		size_t low = 0, high = reader->row_count;

		while (low < high) {
			size_t middle = (low + high) / 2;
			const fsi_span_t *id = &reader->rows[middle].id;
			int order = id->size != reader->id.size ? (id->size < reader->id.size ? -1 : 1)
								: memcmp(id->at, reader->id.at, id->size);

			if (!order)
				return &reader->rows[middle];
			if (order < 0)
				low = middle + 1;
			else
				high = middle;
		}
		return NULL;
	}
	for (size_t i = 0; i < reader->row_count; i++) {
		if (!same(&reader->rows[i].name, name))
			continue;
		if (found)
			return NULL;
		found = &reader->rows[i];
	}
	return found;
}

static int compare_rows(const void *one, const void *two)
{
	const row_t *a = one, *b = two;

	if (a->id.size != b->id.size)
		return a->id.size < b->id.size ? -1 : 1;
	return memcmp(a->id.at, b->id.at, a->id.size);
}

/* What QEMU was, or would be, asked for; absent in VM_CPU is what nobody wrote. */
static featset_status_t set_cpu(reader_t *reader, size_t vm, bool started)
{
	const section_t *section = reader->section;
	fsi_span_t cpu = value_of(section, "cpu"), ostype = value_of(section, "ostype");
	fsi_span_t running = value_of(section, "runningcpu"), arch = value_of(section, "arch");
	char spec[sizeof(reader->spec)];
	unsigned line = cpu.at ? cpu.line : section->line;
	featset_cpu_t *copied;
	featset_status_t status;

	if (arch.at && !is(&arch, "x86_64"))
		return put_span(reader, FEATSET_VM_CPU, vm, &cpu);
	started = started && running.at;
	status = put_span(reader, FEATSET_VM_CPU, vm, started ? &running : &cpu);
	if (status == FEATSET_OK)
		status = started ? copy_wish(reader, &running, spec, sizeof(spec))
				 : make_wish(reader, &cpu, &ostype, spec, sizeof(spec));
	if (status != FEATSET_OK || !spec[0])
		return status;
	status = read_wish(reader, spec, started ? running.line : line);
	if (status != FEATSET_OK)
		return status;
	fsi_cpu_freeze(reader->cpu);
	copied = fsi_cpu_share(reader->cpu);
	if (!copied || featset_inventory_set_vm_cpu(reader->inventory, vm, copied) != FEATSET_OK)
		return no_memory(reader);
	return FEATSET_OK;
}

/* Number, name, manager and node. */
static featset_status_t add_vm(const reader_t *reader, unsigned line, const fsi_span_t *name, size_t *vm)
{
	featset_status_t status;

	status = fsi_record_add(reader->inventory, reader->text, FEATSET_RECORD_VM, line, vm, reader->error);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VM_UUID, *vm, &reader->id);
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VM_NAME, *vm, name);
	if (status == FEATSET_OK)
		status = put(reader, FEATSET_VM_MANAGER, *vm, "proxmox");
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VM_HOST, *vm, &reader->node);
	return status == FEATSET_OK ? put(reader, FEATSET_VM_DOMAIN_TYPE, *vm, "hvm") : status;
}

/* A saved state, of a snapshot or of a VM that hibernates, holds the CPU it was taken on. */
static featset_status_t put_memory(const reader_t *reader, size_t vm, const fsi_span_t *state)
{
	featset_status_t status = put(reader, FEATSET_VM_POWER_STATE, vm, "suspended");

	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VM_SUSPEND_VDI, vm, state);
	return status == FEATSET_OK ? add_vdi(reader, state) : status;
}

static featset_status_t end_snapshot(reader_t *reader)
{
	const section_t *section = reader->section;
	fsi_span_t state = value_of(section, "vmstate");
	char uuid[200];
	featset_status_t status;
	size_t vm;

	fsi_print(uuid, sizeof(uuid), 0, "%.*s/%.*s", (int)reader->id.size, reader->id.at ? reader->id.at : "",
		  (int)section->snapshot.size, section->snapshot.at);
	status = add_vm(reader, section->line, &section->snapshot, &vm);
	if (status == FEATSET_OK && reader->id.at)
		status = put(reader, FEATSET_VM_UUID, vm, uuid);
	if (status == FEATSET_OK)
		status = put(reader, FEATSET_VM_IS_SNAPSHOT, vm, "true");
	if (status == FEATSET_OK)
		status = put_span(reader, FEATSET_VM_SNAPSHOT_OF, vm, &reader->id);
	if (status != FEATSET_OK)
		return status;
	status = state.at ? put_memory(reader, vm, &state) : put(reader, FEATSET_VM_POWER_STATE, vm, "halted");
	return status == FEATSET_OK ? set_cpu(reader, vm, state.at != NULL) : status;
}

static featset_status_t end_present(reader_t *reader)
{
	const section_t *section = reader->section;
	fsi_span_t name = value_of(section, "name"), status_of = value_of(section, "status");
	fsi_span_t state = value_of(section, "vmstate"), lock = value_of(section, "lock");
	fsi_span_t template = value_of(section, "template");
	row_t *row = find_row(reader, &name);
	bool hibernates = state.at && is(&lock, "suspended");
	featset_status_t status;
	size_t vm;

	if (row) {
		row->used = true;
		if (!reader->id.at)
			reader->id = row->id;
		if (!status_of.at)
			status_of = row->status;
		if (!name.at)
			name = row->name;
	}
	status = add_vm(reader, section->line, &name, &vm);
	if (status == FEATSET_OK && is(&template, "1"))
		status = put(reader, FEATSET_VM_IS_TEMPLATE, vm, "true");
	if (status == FEATSET_OK)
		status = hibernates ? put_memory(reader, vm, &state)
				    : put(reader, FEATSET_VM_POWER_STATE, vm, power_state(&status_of));
	if (status == FEATSET_OK)
		status = add_devices(reader, vm);
	return status == FEATSET_OK ? set_cpu(reader, vm, hibernates) : status;
}

/* Ends the section at hand; one whose text is wrong may be left out. */
static featset_status_t end_section(reader_t *reader)
{
	section_t *section = reader->section;
	const fsi_mark_t mark = fsi_mark(reader->inventory);
	featset_status_t status = FEATSET_OK;

	if (section->open && !section->skip)
		status = section->snapshot.at ? end_snapshot(reader) : end_present(reader);
	section->open = section->skip = false;
	section->count = 0;
	memset(&section->snapshot, 0, sizeof(section->snapshot));
	return fsi_pass(reader->inventory, reader->text, mark, status, reader->error);
}

/* ---- lines ------------------------------------------------------------------------------------------- */

static featset_status_t keep_key(reader_t *reader, const fsi_span_t *key, const fsi_span_t *value)
{
	section_t *section = reader->section;
	featset_status_t status = FEATSET_OK;

	for (size_t i = 0; i < section->count && section->open; i++) {
		if (!same(&section->key[i], key))
			continue;
		if (reader->from_header) { /* Proxmox VE takes the last, too */
			section->value[i] = *value;
			return FEATSET_OK;
		}
		status = end_section(reader);
		memset(&reader->id, 0, sizeof(reader->id));
		break;
	}
	if (status != FEATSET_OK)
		return status;
	if (!section->open) {
		section->open = true;
		section->line = key->line;
	}
	if (section->count == KEYS)
		return wrong(reader, key->line, FEATSET_E_LIMIT, "more lines than a VM's configuration has");
	section->key[section->count] = *key;
	section->value[section->count++] = *value;
	return FEATSET_OK;
}

/* "[before-update]"; Proxmox VE's own are [PENDING] and [special:...]. */
static featset_status_t start_section(reader_t *reader, const fsi_span_t *line)
{
	fsi_span_t name = piece(line->at + 1, line->size - 2, line->line);
	featset_status_t status = end_section(reader);
	section_t *section = reader->section;

	section->open = true;
	section->line = line->line;
	section->snapshot = name;
	section->skip = is(&name, "PENDING") || begins(&name, "special:") || !name.size;
	return status;
}

static featset_status_t read_line(reader_t *reader, const fsi_span_t *line, bool indented)
{
	fsi_span_t path, key, value;
	featset_status_t status;
	row_t row;

	if (!line->size || *line->at == '#')
		return FEATSET_OK;
	if (is_header(line, &path)) {
		status = end_section(reader);
		read_path(path.at, path.size, line->line, &reader->id, &reader->node);
		reader->from_header = true;
		reader->in_list = reader->in_models = false;
		/* A VM whose configuration is empty is one. */
		reader->section->open = reader->id.at != NULL;
		reader->section->line = line->line;
		return status;
	}
	if (is_list_head(line) || begins(line, "cpu-model:")) {
		reader->in_models = begins(line, "cpu-model:");
		reader->in_list = !reader->in_models;
		return end_section(reader);
	}
	if ((reader->in_list && read_row(line, &row)) || (reader->in_models && indented))
		return FEATSET_OK;
	reader->in_list = reader->in_models = false;
	if (*line->at == '[' && line->at[line->size - 1] == ']')
		return start_section(reader, line);
	/* Proxmox VE steps over other lines too. */
	return split(line, &key, &value) ? keep_key(reader, &key, &value) : FEATSET_OK;
}

/* ---- what is needed before any VM: the listing, and models ------------------------------------------------- */

static void *grow(void *array, size_t count, size_t *room, size_t element)
{
	size_t more = *room ? *room * 2 : 16;
	void *moved;

	if (count < *room)
		return array;
	moved = realloc(array, more * element);
	if (moved)
		*room = more;
	return moved;
}

static featset_status_t keep_row(reader_t *reader, const row_t *row)
{
	row_t *rows = grow(reader->rows, reader->row_count, &reader->row_room, sizeof(*rows));

	if (!rows)
		return no_memory(reader);
	reader->rows = rows;
	rows[reader->row_count++] = *row;
	return FEATSET_OK;
}

static featset_status_t keep_custom(reader_t *reader, const fsi_span_t *name)
{
	custom_t *customs = grow(reader->customs, reader->custom_count, &reader->custom_room, sizeof(*customs));

	if (!customs)
		return no_memory(reader);
	reader->customs = customs;
	customs[reader->custom_count++] = (custom_t){ .name = *name };
	return FEATSET_OK;
}

/* "reported-model IvyBridge", "flags +aes;-pcid" */
static void keep_custom_key(custom_t *custom, const fsi_span_t *line)
{
	size_t at = 0;
	fsi_span_t value;

	while (at < line->size && !fsi_is_space(line->at[at]))
		at++;
	value = piece(line->at + at, line->size - at, line->line);
	if (fsi_same(line->at, at, "reported-model"))
		custom->reported = value;
	else if (fsi_same(line->at, at, "flags"))
		custom->flags = value;
}

static featset_status_t look_ahead(reader_t *reader)
{
	featset_status_t status = FEATSET_OK;
	bool list = false, models = false;
	fsi_line_t line = { 0 };

	while (status == FEATSET_OK && fsi_line_next(&line, reader->text->data, reader->text->size)) {
		fsi_span_t span = piece(line.at, line.size, line.number);
		row_t row;

		if (!span.size || *span.at == '#')
			continue;
		if (is_list_head(&span)) {
			list = true;
			models = false;
		} else if (begins(&span, "cpu-model:")) {
			fsi_span_t name = piece(span.at + 10, span.size - 10, span.line);

			status = keep_custom(reader, &name);
			models = true;
			list = false;
		} else if (list && read_row(&span, &row)) {
			status = keep_row(reader, &row);
		} else if (models && line.size && fsi_is_space(*line.at)) {
			keep_custom_key(&reader->customs[reader->custom_count - 1], &span);
		} else {
			list = models = false;
		}
	}
	if (reader->row_count)
		qsort(reader->rows, reader->row_count, sizeof(*reader->rows), compare_rows);
	return status;
}

/* VMs that only the listing tells of. */
static featset_status_t add_rest(reader_t *reader)
{
	featset_status_t status = FEATSET_OK;

	memset(&reader->node, 0, sizeof(reader->node));
	for (size_t i = 0; i < reader->row_count && status == FEATSET_OK; i++) {
		const row_t *row = &reader->rows[i];
		size_t vm;

		if (row->used || (i && same(&row->id, &reader->rows[i - 1].id)))
			continue;
		reader->id = row->id;
		status = add_vm(reader, row->id.line, &row->name, &vm);
		if (status == FEATSET_OK)
			status = put(reader, FEATSET_VM_POWER_STATE, vm, power_state(&row->status));
	}
	return status;
}

static featset_status_t read_all(reader_t *reader)
{
	const fsi_text_t *text = reader->text;
	featset_status_t status = look_ahead(reader);
	fsi_line_t line = { 0 };

	if (text->file) {
		read_path(text->file, strlen(text->file), 0, &reader->id, &reader->node);
		reader->from_header = reader->id.at != NULL;
	}
	while (status == FEATSET_OK && fsi_line_next(&line, text->data, text->size)) {
		fsi_span_t span = piece(line.at, line.size, line.number);

		status = read_line(reader, &span, line.size && fsi_is_space(*line.at));
	}
	if (status == FEATSET_OK)
		status = end_section(reader);
	return status == FEATSET_OK ? add_rest(reader) : status;
}

FSI_READ(qm)
{
	reader_t reader = { .inventory = inventory, .text = text, .error = error };
	featset_status_t status;

	reader.section = calloc(1, sizeof(*reader.section));
	if (!reader.section)
		return no_memory(&reader);
	status = read_all(&reader);
	featset_cpu_free(reader.cpu);
	free(reader.rows);
	free(reader.customs);
	free(reader.section);
	if (status == FEATSET_OK && !featset_inventory_count(inventory, FEATSET_RECORD_VM))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				   "no VM here: neither a configuration (qm config, 100.conf) nor a line of qm list");
	return status;
}

FSI_PROBE(qm)
{
	static const char *const keys[] = { "agent",  "balloon", "bios",    "boot",   "bootdisk", "cores",   "digest",
					    "hotplug", "machine", "memory", "meta",   "numa",     "onboot",  "ostype",
					    "scsihw", "smbios1", "sockets", "tablet", "vcpus",    "vmgenid" };
	fsi_line_t line = { 0 };
	unsigned known = 0;

	while (fsi_line_next(&line, text, size)) {
		fsi_span_t span = piece(line.at, line.size, line.number), key, value, node;

		if (is_list_head(&span))
			return 85;
		if (is_header(&span, &key)) {
			read_path(key.at, key.size, 0, &value, &node);
			if (value.at)
				return 85;
		}
		if (begins(&span, "cpu-model: "))
			return 60;
		if (!split(&span, &key, &value))
			continue;
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			known += is(&key, keys[i]);
		known += is_disk(&key) || (is_numbered(&key, "net") && property(&value, "bridge", "model").at);
		if (known >= 3)
			return 75;
	}
	return 0;
}
