/* SPDX-License-Identifier: MIT */
#undef _GNU_SOURCE /* glibc has another strerror_r under it */
#define _POSIX_C_SOURCE 200809L

#include "../inventory_internal.h"
#include "format_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What this build has of what formats need. */
#ifdef FEATSET_NO_JSON
#define JSON false
#define JSON_WRITE NULL
#else
#define JSON true
#define JSON_WRITE fsi_json_write
#endif
#ifdef FEATSET_NO_XML
#define XML false
#define CPUDATA_WRITE NULL
#else
#define XML true
#define CPUDATA_WRITE fsi_cpudata_write
#endif

/*
 * Sorted by name.  Where two probes answer the same, the earlier row wins.  A
 * row of a format that this build cannot read stays, so that files in it are
 * called by its name.
 */
static const featset_format_t formats[] = {
	/* clang-format off */
	{ "aida64", "CPUID as AIDA64 prints it and InstLatx64 collects it",
	  "AIDA64; the dumps of instlatx64.atw.hu", true, fsi_aida64_probe, fsi_aida64_read, fsi_aida64_write },
	{ "cpu-models", "models of one's own in Proxmox VE: cpu-models.conf",
	  "cat /etc/pve/virtual-guest/cpu-models.conf", true, fsi_cpumodels_probe, fsi_cpumodels_read, NULL },
	{ "cpuid", "CPUID as cpuid -r prints it",
	  "cpuid -r", true, fsi_cpuid_probe, fsi_cpuid_read, fsi_cpuid_write },
	{ "cpuinfo", "/proc/cpuinfo: names that the Linux kernel shows",
	  "cat /proc/cpuinfo", true, fsi_cpuinfo_probe, fsi_cpuinfo_read, NULL },
	{ "firecracker", "Firecracker's CPU templates and fingerprints",
	  "cpu-template-helper template dump", JSON, fsi_firecracker_probe, fsi_firecracker_read, NULL },
	{ "gcc", "what gcc -march=native -Q --help=target prints",
	  "gcc -march=native -Q --help=target", true, fsi_gcc_probe, fsi_gcc_read, NULL },
	{ "glibc-tunables", "what glibc's functions are told not to use: GLIBC_TUNABLES=glibc.cpu.hwcaps=...",
	  "featset policy --for glibc", true, fsi_tunables_probe, fsi_tunables_read, NULL },
	{ "incus", "the CPU of a cluster group of Incus",
	  "incus cluster group show NAME", true, fsi_incus_probe, fsi_incus_read, NULL },
	{ "json", "featset's own JSON",
	  "featset host --json", JSON, fsi_json_probe, fsi_json_read, JSON_WRITE },
	{ "kcpuid", "CPUID as the kernel's kcpuid -r prints it",
	  "kcpuid -r", true, fsi_kcpuid_probe, fsi_kcpuid_read, NULL },
	{ "kubevirt", "the cpu of KubeVirt's VirtualMachine, in YAML",
	  "featset policy --for kubevirt", XML, fsi_kubevirt_probe, fsi_kubevirt_read, NULL },
	{ "libcpuid", "a raw dump of libcpuid (cpuid_tool --save)",
	  "cpuid_tool --save=FILE", true, fsi_libcpuid_probe, fsi_libcpuid_read, NULL },
	{ "libvirt", "a CPU as libvirt describes it: virsh capabilities, domcapabilities, domains, <cpu>",
	  "virsh capabilities", XML, fsi_libvirt_probe, fsi_libvirt_read, NULL },
	{ "libvirt-cpudata", "CPUID as libvirt keeps it, <cpudata>",
	  "libvirt's tests/cputestdata/cpu-data.py", XML, fsi_cpudata_probe, fsi_cpudata_read, CPUDATA_WRITE },
	{ "lscpu", "lscpu, as a table or as JSON (lscpu -J)",
	  "LC_ALL=C lscpu", true, fsi_lscpu_probe, fsi_lscpu_read, NULL },
	{ "march", "options of gcc and clang: -march=haswell -mno-avx2",
	  "featset policy --for gcc", true, fsi_march_probe, fsi_march_read, NULL },
	{ "names", "feature names, one per line",
	  "featset convert --to names INPUT", true, fsi_names_probe, fsi_names_read, fsi_names_write },
	{ "nfd", "labels of Kubernetes nodes, by node-feature-discovery or KubeVirt",
	  "kubectl get nodes -o json", true, fsi_nfd_probe, fsi_nfd_read, NULL },
	{ "nova", "the model and flags of nova.conf",
	  "featset policy --for nova; /etc/nova/nova.conf", XML, fsi_nova_probe, fsi_nova_read, NULL },
	{ "qemu", "a CPU as QEMU has it: -cpu, or QMP's query-cpu-model-expansion",
	  "a guest's -cpu option; query-cpu-model-expansion", true, fsi_qemu_probe, fsi_qemu_read, NULL },
	{ "qm", "virtual machines of Proxmox VE: qm config, qm list, /etc/pve/qemu-server/*.conf",
	  "qm config VMID", true, fsi_qm_probe, fsi_qm_read, NULL },
	{ "tycho", "CPUID as tycho's cpuid --dump prints it",
	  "cpuid --dump", true, fsi_tycho_probe, fsi_tycho_read, NULL },
	{ "vmx", "masks of a VMware VM's .vmx, with an EVC mode in front",
	  "featset policy --for vmware", true, fsi_vmx_probe, fsi_vmx_read, NULL },
	{ "x86info", "CPUID as x86info -r prints it",
	  "x86info -r", true, fsi_x86info_probe, fsi_x86info_read, NULL },
	{ "xapi", "a pool's records as XAPI's JSON-RPC or Xen Orchestra gives them",
	  "CLASS.get_all_records of XAPI; /rest/v0/hosts", JSON, fsi_xapi_probe, fsi_xapi_read, NULL },
	{ "xapi-db", "XAPI's database (xe pool-dump-database)",
	  "xe pool-dump-database file-name=FILE", XML, fsi_xapi_db_probe, fsi_xapi_db_read, NULL },
	{ "xe", "hosts as XenServer's and XCP-ng's xe prints them (host-param-list, host-cpu-info)",
	  "xe host-list params=uuid,name-label,cpu_info", true, fsi_xe_probe, fsi_xe_read, NULL },
	{ "xe-platform", "a VM's platform:featureset, as xe sets it",
	  "featset policy --for xapi", true, fsi_xeplatform_probe, fsi_xeplatform_read, NULL },
	{ "xen", "a Xen featureset: hexadecimal words joined by '-'",
	  "featset convert --to xen INPUT", true, fsi_xen_probe, fsi_xen_read, fsi_xen_write },
	{ "xen-cpuid", "a host's sets or policies as xen-cpuid prints them",
	  "xen-cpuid; xen-cpuid -p", true, fsi_xencpuid_probe, fsi_xencpuid_read, NULL },
	{ "xl", "hw_caps of xl info, and \"cap[ n] is\" of Xen's console",
	  "xl info", true, fsi_xl_probe, fsi_xl_read, NULL },
	{ "xl-cfg", "cpuid= of a guest's configuration for xl",
	  "featset policy --for xl", true, fsi_xlcfg_probe, fsi_xlcfg_read, NULL },
	/* clang-format on */
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* ---- the table ------------------------------------------------------------------ */

size_t featset_format_count(void)
{
	return FORMATS;
}

const featset_format_t *featset_format_at(size_t index)
{
	return index < FORMATS ? &formats[index] : NULL;
}

/* "cpuid, json, ...": the names of all formats, or of those that can be written. */
static void list_formats(char *buffer, size_t size, bool writable)
{
	size_t at = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < FORMATS; i++)
		if (!writable || formats[i].write)
			at = fsi_print(buffer, size, at, "%s%s", at ? ", " : "", formats[i].name);
}

const featset_format_t *featset_format_find(const char *name, featset_error_t *error)
{
	const featset_format_t *nearest = NULL;
	unsigned least = 3;
	char all[512];

	if (!name)
		name = "";
	for (size_t i = 0; i < FORMATS; i++) {
		unsigned distance = fsi_distance(name, formats[i].name, least);

		if (!strcmp(name, formats[i].name))
			return &formats[i];
		if (distance < least) {
			least = distance;
			nearest = &formats[i];
		}
	}
	list_formats(all, sizeof(all), false);
	if (nearest)
		fsi_fail(error, FEATSET_E_NAME, "no format is called '%.64s'; did you mean '%s'?", name, nearest->name);
	else
		fsi_fail(error, FEATSET_E_NAME, "no format is called '%.64s'; there are %s", name, all);
	return NULL;
}

const char *featset_format_name(const featset_format_t *format)
{
	return format ? format->name : "";
}

const char *featset_format_summary(const featset_format_t *format)
{
	return format ? format->summary : "";
}

const char *featset_format_source(const featset_format_t *format)
{
	return format ? format->source : "";
}

bool featset_format_reads(const featset_format_t *format)
{
	return format && format->in_build;
}

bool featset_format_writes(const featset_format_t *format)
{
	return format && format->write;
}

/* ---- lines and tokens ------------------------------------------------------------- */

bool fsi_line_next(fsi_line_t *line, const char *text, size_t size)
{
	const char *end;

	if (line->next >= size)
		return false;
	line->at = text + line->next;
	end = memchr(line->at, '\n', size - line->next);
	line->size = end ? (size_t)(end - line->at) : size - line->next;
	line->next += line->size + 1;
	if (line->size && line->at[line->size - 1] == '\r')
		line->size--;
	line->number++;
	return true;
}

bool fsi_line_next_filled(fsi_line_t *line, const char *text, size_t size, unsigned *column)
{
	while (fsi_line_next(line, text, size)) {
		const char *start = line->at;

		fsi_trim(&line->at, &line->size);
		*column = (unsigned)(line->at - start);
		if (line->size)
			return true;
	}
	return false;
}

bool fsi_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int fsi_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void fsi_trim(const char **at, size_t *size)
{
	while (*size && fsi_is_space(**at)) {
		++*at;
		--*size;
	}
	while (*size && fsi_is_space((*at)[*size - 1]))
		--*size;
}

bool fsi_take(const char **at, const char *end, const char *literal)
{
	size_t length = strlen(literal);

	if ((size_t)(end - *at) < length || memcmp(*at, literal, length) != 0)
		return false;
	*at += length;
	return true;
}

bool fsi_take_hex(const char **at, const char *end, unsigned least, unsigned most, uint32_t *value)
{
	const char *p = *at;
	uint32_t sum = 0;

	while (p < end && fsi_hex_digit(*p) >= 0) {
		if ((unsigned)(p - *at) == most)
			return false;
		sum = sum << 4 | (uint32_t)fsi_hex_digit(*p++);
	}
	if ((unsigned)(p - *at) < least)
		return false;
	*at = p;
	*value = sum;
	return true;
}

bool fsi_take_decimal(const char **at, const char *end, unsigned *value)
{
	const char *p = *at;
	unsigned sum = 0;

	while (p < end && *p >= '0' && *p <= '9') {
		if (p - *at == 9)
			return false;
		sum = sum * 10 + (unsigned)(*p++ - '0');
	}
	if (p == *at)
		return false;
	*at = p;
	*value = sum;
	return true;
}

bool fsi_same(const char *at, size_t size, const char *literal)
{
	return strlen(literal) == size && memcmp(at, literal, size) == 0;
}

featset_status_t fsi_locate(featset_error_t *error, featset_status_t status, const fsi_text_t *text, unsigned line,
			    unsigned column)
{
	char sentence[sizeof(error->text)];

	if (error && status != FEATSET_OK) {
		memcpy(sentence, error->text, sizeof(sentence));
		fsi_fail_at(error, status, text->file, line, column, "%s", sentence);
	}
	return status;
}

featset_status_t fsi_add_cpu(featset_inventory_t *inventory, const char *name, const char *uuid, featset_cpu_t *cpu,
			     featset_error_t *error)
{
	featset_status_t status;
	size_t host;

	if (!cpu)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	status = featset_inventory_add_host(inventory, name, uuid, &host);
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		return fsi_fail(error, status, "no memory");
	}
	return featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_CPU, cpu);
}

bool fsi_shows_places(const fsi_text_t *text)
{
	return !text->skips || text->skips->count < 64;
}

featset_status_t fsi_pass(featset_inventory_t *inventory, const fsi_text_t *text, fsi_mark_t mark,
			  featset_status_t status, featset_error_t *error)
{
	char place[sizeof(error->file) + sizeof(error->text) + 32], note[sizeof(place) + 16];

	if (!text->skips || (status != FEATSET_E_SYNTAX && status != FEATSET_E_NAME && status != FEATSET_E_AMBIGUOUS))
		return status;
	if (!text->skips->count++)
		text->skips->first = *error;
	fsi_inventory_cut(inventory, &mark);
	featset_error_write(place, sizeof(place), error);
	fsi_print(note, sizeof(note), 0, "left out: %s", place);
	if (fsi_inventory_add_left_out(inventory, note) != FEATSET_OK)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	return FEATSET_OK;
}

/* ---- reading ------------------------------------------------------------------------- */

void fsi_place(const fsi_text_t *text, size_t offset, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset; i++) {
		if (text->data[i] == '\n') {
			++*line;
			*column = 1;
		} else {
			++*column;
		}
	}
}

static const featset_format_t *guess(const char *data, size_t size)
{
	const featset_format_t *best = NULL;
	int most = 0;

	for (; size && fsi_is_space(*data); size--)
		data++;
	if (size > FSI_PROBE_SIZE)
		size = FSI_PROBE_SIZE;
	for (size_t i = 0; i < FORMATS; i++) {
		int score = formats[i].probe(data, size);

		if (score > most) {
			most = score;
			best = &formats[i];
		}
	}
	return best;
}

/* Refuses what no format can start from. */
static featset_status_t check_text(const fsi_text_t *text, featset_error_t *error)
{
	const char *nul = text->size ? memchr(text->data, '\0', text->size) : NULL;
	size_t blank = 0;
	unsigned line, column;

	if (nul) {
		fsi_place(text, (size_t)(nul - text->data), &line, &column);
		return fsi_fail_at(error, FEATSET_E_FORMAT, text->file, line, column,
				   "this is not text: it has a zero byte");
	}
	while (blank < text->size && fsi_is_space(text->data[blank]))
		blank++;
	if (blank == text->size)
		return fsi_fail_at(error, FEATSET_E_FORMAT, text->file, 1, 1, "the input is empty");
	return FEATSET_OK;
}

static bool has_records(const featset_inventory_t *inventory)
{
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		if (featset_inventory_count(inventory, (featset_record_t)kind))
			return true;
	return false;
}

static featset_status_t read_text(featset_inventory_t **inventory, const fsi_text_t *text,
				  const featset_format_t *format, featset_error_t *error)
{
	featset_status_t status = check_text(text, error);
	featset_error_t trouble = { 0 };
	featset_inventory_t *made;
	char all[512];

	if (status != FEATSET_OK)
		return status;
	if (!format)
		format = guess(text->data, text->size);
	if (!format) {
		list_formats(all, sizeof(all), false);
		return fsi_fail_at(error, FEATSET_E_FORMAT, text->file, 1, 1,
				   "this is in none of the formats that are known: %s", all);
	}
	made = featset_inventory_new();
	if (!made)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	status = format->read(made, text, &trouble);
	/* Of a file with nothing else, what is wrong with its first record is what helps. */
	if (status != FEATSET_E_MEMORY && text->skips && text->skips->count && !has_records(made)) {
		trouble = text->skips->first;
		status = trouble.code;
	}
	if (status != FEATSET_OK) {
		featset_inventory_free(made);
		fsi_clean(trouble.text);
		if (error)
			*error = trouble;
		return status;
	}
	featset_inventory_set_format(made, format->name);
	*inventory = made;
	return FEATSET_OK;
}

featset_status_t featset_read(featset_inventory_t **inventory, const void *data, size_t size,
			      const featset_format_t *format, const char *file, featset_error_t *error)
{
	return featset_read_with(inventory, data, size, format, file, 0, error);
}

featset_status_t featset_read_with(featset_inventory_t **inventory, const void *data, size_t size,
				   const featset_format_t *format, const char *file, unsigned flags,
				   featset_error_t *error)
{
	fsi_skips_t skips = { 0 };
	fsi_cache_t cache = { 0 };
	fsi_text_t text = { data, size, file, flags & FEATSET_KEEP_GOING ? &skips : NULL, &cache };
	featset_status_t status;

	if (!inventory || (!data && size))
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_read needs an inventory and data");
	*inventory = NULL;
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		text.data += 3;
		text.size -= 3;
	}
	status = read_text(inventory, &text, format, error);
	fsi_cache_empty(&cache);
	return status;
}

static featset_status_t io_error(featset_error_t *error, const char *file, int number)
{
	char reason[128];

	if (strerror_r(number, reason, sizeof(reason)) != 0)
		snprintf(reason, sizeof(reason), "error %d", number);
	return fsi_fail_at(error, FEATSET_E_IO, file, 0, 0, "cannot be read: %s", reason);
}

/* Reads up to `limit` bytes; one more proves that there are too many. */
static featset_status_t slurp(char **data, size_t *size, FILE *stream, const char *file, size_t limit,
			      featset_error_t *error)
{
	size_t room = 0, used = 0;
	char *buffer = NULL;

	for (;;) {
		size_t want = room ? room : 65536, got;
		char *moved;

		if (used == room) {
			room = room > SIZE_MAX / 2 ? SIZE_MAX : room + want;
			if (room > limit)
				room = limit + 1;
			moved = realloc(buffer, room);
			if (!moved) {
				free(buffer);
				return fsi_fail_at(error, FEATSET_E_MEMORY, file, 0, 0, "no memory");
			}
			buffer = moved;
		}
		errno = 0;
		got = fread(buffer + used, 1, room - used, stream);
		used += got;
		if (used > limit) {
			free(buffer);
			return fsi_fail_at(error, FEATSET_E_LIMIT, file, 0, 0, "larger than the limit of %zu bytes",
					   limit);
		}
		if (got)
			continue;
		if (ferror(stream)) {
			int number = errno;

			free(buffer);
			return io_error(error, file, number);
		}
		*data = buffer;
		*size = used;
		return FEATSET_OK;
	}
}

featset_status_t featset_read_file(featset_inventory_t **inventory, const char *path, const featset_format_t *format,
				   size_t limit, featset_error_t *error)
{
	return featset_read_file_with(inventory, path, format, limit, 0, error);
}

featset_status_t featset_read_file_with(featset_inventory_t **inventory, const char *path,
					const featset_format_t *format, size_t limit, unsigned flags,
					featset_error_t *error)
{
	const char *file = path && !strcmp(path, "-") ? "standard input" : path;
	featset_status_t status;
	char *data = NULL;
	size_t size = 0;
	FILE *stream;

	if (!inventory || !path)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_read_file needs an inventory and a path");
	*inventory = NULL;
	if (!limit)
		limit = FEATSET_MAX_SIZE;
	if (limit == SIZE_MAX)
		limit--;
	stream = file == path ? fopen(path, "rb") : stdin;
	if (!stream)
		return io_error(error, file, errno);
	status = slurp(&data, &size, stream, file, limit, error);
	if (stream != stdin)
		fclose(stream);
	if (status == FEATSET_OK)
		status = featset_read_with(inventory, data, size, format, file, flags, error);
	free(data);
	return status;
}

/* ---- writing ------------------------------------------------------------------------- */

featset_status_t featset_write(char *buffer, size_t size, size_t *length, const featset_cpu_t *cpu,
			       const featset_format_t *format, featset_dialect_t dialect, featset_t *left_out,
			       featset_error_t *error)
{
	featset_t ignored;
	size_t whole;
	char all[512];

	if (!cpu || !format || (!buffer && size) || (unsigned)dialect > FEATSET_ANY_DIALECT)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_write needs a cpu, a format and a buffer");
	if (!format->write) {
		list_formats(all, sizeof(all), true);
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "the format %s cannot be written; these can: %s",
				format->name, all);
	}
	if (dialect == FEATSET_ANY_DIALECT)
		dialect = FEATSET_CANONICAL;
	if (!left_out)
		left_out = &ignored;
	featset_clear(left_out);
	return format->write(buffer, size, length ? length : &whole, cpu, dialect, left_out, error);
}
