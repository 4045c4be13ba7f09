/* SPDX-License-Identifier: MIT */
#undef _GNU_SOURCE /* glibc has another strerror_r under it */
#define _POSIX_C_SOURCE 200809L

#include "error_internal.h"
#include "featset/input.h"
#include "inventory_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Files and folders become one inventory.  A folder's plain files are read each
 * in its own format; a folder in it is one host's.
 */

/* How many files and folders there may be, and how deep: a pool's folder and its hosts'. */
#define MAX_FILES 10000
#define MAX_DEPTH 2

typedef struct bytes {
	char *data;
	size_t size;
} bytes_t;

typedef struct loader {
	size_t limit;
	unsigned flags;
	size_t files;
	bool several;   /* paths were given */
	bytes_t models; /* cpu-models.conf of the folder at hand, or of the one above */
	const struct stat *above[MAX_DEPTH];
	featset_error_t first; /* what was left out first */
	bool left_out;
	featset_error_t *error;
} loader_t;

static featset_status_t no_memory(loader_t *loader)
{
	return fsi_fail(loader->error, FEATSET_E_MEMORY, "no memory");
}

static featset_status_t io_error(loader_t *loader, const char *path, int number)
{
	char reason[128];

	if (number == ENOMEM)
		return no_memory(loader);
	if (strerror_r(number, reason, sizeof(reason)) != 0)
		fsi_print(reason, sizeof(reason), 0, "error %d", number);
	return fsi_fail_at(loader->error, FEATSET_E_IO, path, 0, 0, "cannot be read: %s", reason);
}

static featset_status_t add_note(loader_t *loader, featset_inventory_t *to, const char *path, const char *what)
{
	char note[sizeof(loader->first.text)];

	fsi_print(note, sizeof(note), 0, "%.400s %s", path, what);
	return featset_inventory_add_note(to, note) == FEATSET_OK ? FEATSET_OK : no_memory(loader);
}

/* What becomes of a file in a folder that cannot be read: the end, or a note. */
static featset_status_t settle(loader_t *loader, featset_inventory_t *to, featset_status_t status)
{
	char place[sizeof(loader->first.file) + sizeof(loader->first.text) + 32], note[sizeof(place) + 16];

	if (status == FEATSET_OK || status == FEATSET_E_MEMORY || !(loader->flags & FEATSET_KEEP_GOING))
		return status;
	if (!loader->left_out)
		loader->first = *loader->error;
	loader->left_out = true;
	featset_error_write(place, sizeof(place), loader->error);
	fsi_print(note, sizeof(note), 0, "left out: %s", place);
	return fsi_inventory_add_left_out(to, note) == FEATSET_OK ? FEATSET_OK : no_memory(loader);
}

/* ---- files ------------------------------------------------------------------------- */

static featset_status_t read_bytes(loader_t *loader, int file, const char *path, bytes_t *bytes)
{
	size_t room = 0;

	for (;;) {
		ssize_t got;

		if (bytes->size == room) {
			size_t more = room > SIZE_MAX / 4 ? SIZE_MAX : room ? room * 2 : 16384;
			char *moved;

			if (more > loader->limit)
				more = loader->limit + 1;
			moved = realloc(bytes->data, more);
			if (!moved)
				return no_memory(loader);
			bytes->data = moved;
			room = more;
		}
		got = read(file, bytes->data + bytes->size, room - bytes->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return io_error(loader, path, errno);
		if (!got)
			return FEATSET_OK;
		bytes->size += (size_t)got;
		if (bytes->size > loader->limit)
			return fsi_fail_at(loader->error, FEATSET_E_LIMIT, path, 0, 0,
					   "larger than the limit of %zu bytes", loader->limit);
	}
}

/* The whole of a plain file; on failure `bytes` is empty. */
static featset_status_t slurp(loader_t *loader, const char *path, bytes_t *bytes)
{
	/* A pipe or a device would keep us waiting, or would notice that it was opened. */
	int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	featset_status_t status;
	struct stat about;

	*bytes = (bytes_t){ 0 };
	if (file < 0)
		return io_error(loader, path, errno);
	if (fstat(file, &about) != 0)
		status = io_error(loader, path, errno);
	else if (!S_ISREG(about.st_mode))
		status = fsi_fail_at(loader->error, FEATSET_E_IO, path, 0, 0,
				     "is no plain file: a pipe, a socket or a device is not read from a folder");
	else
		status = read_bytes(loader, file, path, bytes);
	close(file);
	if (status != FEATSET_OK) {
		free(bytes->data);
		*bytes = (bytes_t){ 0 };
	}
	return status;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "100.conf" is a VM's configuration, however short. */
static const featset_format_t *format_of(const char *path)
{
	const char *base = base_of(path);
	size_t digits = strspn(base, "0123456789");

	return digits && !strcmp(base + digits, ".conf") ? featset_format_find("qm", NULL) : NULL;
}

static bool contains(const bytes_t *bytes, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i + length <= bytes->size; i++) {
		const char *at = memchr(bytes->data + i, word[0], bytes->size - i - length + 1);

		if (!at)
			return false;
		if (!memcmp(at, word, length))
			return true;
		i = (size_t)(at - bytes->data);
	}
	return false;
}

/* Reads again with the cluster's own models behind, where line numbers stay what they are. */
static featset_status_t read_with_models(loader_t *loader, featset_inventory_t **made, const bytes_t *bytes,
					 const char *path)
{
	size_t size = bytes->size + 1 + loader->models.size;
	featset_status_t status;
	char *both = malloc(size);

	if (!both)
		return no_memory(loader);
	memcpy(both, bytes->data, bytes->size);
	both[bytes->size] = '\n';
	memcpy(both + bytes->size + 1, loader->models.data, loader->models.size);
	status = featset_read_with(made, both, size, featset_format_find("qm", NULL), path, loader->flags,
				   loader->error);
	free(both);
	return status;
}

/* Hosts that their source gives no name are called like their file, without its suffix. */
static featset_status_t name_hosts(loader_t *loader, featset_inventory_t *made, const char *path)
{
	const char *base = strcmp(path, "-") != 0 ? base_of(path) : "stdin", *dot = strrchr(base, '.');
	size_t hosts = featset_inventory_hosts(made);
	int length = (int)(dot && dot > base ? (size_t)(dot - base) : strlen(base));

	for (size_t i = 0; i < hosts; i++) {
		char name[300];
		size_t at;

		if (featset_inventory_host_name(made, i)[0])
			continue;
		at = fsi_print(name, sizeof(name), 0, "%.*s", length < 256 ? length : 256, base);
		if (hosts > 1)
			fsi_print(name, sizeof(name), at, ":%zu", i + 1);
		if (featset_inventory_put(made, FEATSET_HOST_NAME, i, name) != FEATSET_OK)
			return no_memory(loader);
	}
	return FEATSET_OK;
}

/*
 * A script that asks XAPI for every class, a file each, gets answers that say
 * nothing of a pool: of classes that are of no interest, or of which there is no
 * object.  They get a note; true when this was one.
 */
static bool is_no_matter(loader_t *loader, featset_inventory_t *to, const char *path, featset_status_t *status)
{
	if (*status != FEATSET_E_SYNTAX || !strstr(loader->error->text, "no record of a pool here"))
		return false;
	*status = add_note(loader, to, path, "is an answer of XAPI's without a record that is of use here");
	return true;
}

/* A file of a folder; NULL in *made for an empty one and the like, which get a note. */
static featset_status_t read_file(loader_t *loader, featset_inventory_t **made, const char *path,
				  featset_inventory_t *to)
{
	featset_status_t status;
	bytes_t bytes;

	*made = NULL;
	status = slurp(loader, path, &bytes);
	if (status != FEATSET_OK)
		return status;
	if (!bytes.size) {
		free(bytes.data);
		return add_note(loader, to, path, "is empty");
	}
	status = featset_read_with(made, bytes.data, bytes.size, format_of(path), path, loader->flags, loader->error);
	if (status == FEATSET_OK && loader->models.size && !strcmp(featset_inventory_format(*made), "qm") &&
	    contains(&bytes, "custom-")) {
		featset_inventory_free(*made);
		status = read_with_models(loader, made, &bytes, path);
	}
	free(bytes.data);
	is_no_matter(loader, to, path, &status);
	return status;
}

/* ---- a host's own folder -------------------------------------------------------------- */

/* Does a host tell what its guests get, as XAPI's do?  Then it is whole as it is. */
static bool is_whole(const featset_inventory_t *made, size_t host)
{
	const featset_cpu_t *bare = featset_inventory_cpu(made, host, FEATSET_SLOT_CPU);

	return !strcmp(featset_inventory_get(made, FEATSET_HOST_MANAGER, host), "xapi") ||
	       featset_inventory_cpu(made, host, FEATSET_SLOT_HVM) != bare ||
	       featset_inventory_cpu(made, host, FEATSET_SLOT_PV) != bare;
}

/* What the files of a host's folder tell of it. */
typedef struct parts {
	featset_cpu_t *bare, *promised;
	bool libvirt;
	char uuid[64];
} parts_t;

static featset_status_t take_cpu(loader_t *loader, featset_cpu_t **to, const featset_cpu_t *cpu)
{
	/* Of a dump and the kernel's list, the dump tells more. */
	if (*to && featset_count(featset_cpu_known(*to)) >= featset_count(featset_cpu_known(cpu)))
		return FEATSET_OK;
	featset_cpu_free(*to);
	*to = featset_cpu_copy(cpu);
	return *to ? FEATSET_OK : no_memory(loader);
}

/* Moves what a file tells of the host itself from what it tells of others. */
static featset_status_t take_parts(loader_t *loader, parts_t *parts, featset_inventory_t *made)
{
	for (size_t i = featset_inventory_hosts(made); i > 0; i--) {
		const featset_cpu_t *cpu = featset_inventory_cpu(made, i - 1, FEATSET_SLOT_CPU);
		const char *uuid = featset_inventory_host_uuid(made, i - 1);
		bool promised = cpu && featset_cpu_view(cpu) == FEATSET_VIEW_PROMISED;
		featset_status_t status;

		if (is_whole(made, i - 1) || !cpu)
			continue;
		status = take_cpu(loader, promised ? &parts->promised : &parts->bare, cpu);
		if (status != FEATSET_OK)
			return status;
		parts->libvirt |= !strcmp(featset_inventory_format(made), "libvirt");
		if (uuid[0] && !parts->uuid[0])
			fsi_print(parts->uuid, sizeof(parts->uuid), 0, "%s", uuid);
		featset_inventory_remove(made, FEATSET_RECORD_HOST, i - 1);
	}
	return FEATSET_OK;
}

static featset_status_t set_slot(loader_t *loader, featset_inventory_t *to, size_t host, featset_slot_t slot,
				 const featset_cpu_t *cpu)
{
	featset_cpu_t *copy = cpu ? featset_cpu_copy(cpu) : NULL;

	if (cpu && (!copy || featset_inventory_set_cpu(to, host, slot, copy) != FEATSET_OK))
		return no_memory(loader);
	return FEATSET_OK;
}

/* VMs of a host's folder run there; XAPI's records tell that themselves. */
static featset_status_t place_vms(loader_t *loader, featset_inventory_t *to, const char *name)
{
	for (size_t i = 0; i < featset_inventory_count(to, FEATSET_RECORD_VM); i++)
		if (!featset_inventory_get(to, FEATSET_VM_HOST, i)[0] &&
		    strcmp(featset_inventory_get(to, FEATSET_VM_MANAGER, i), "xapi") != 0 &&
		    featset_inventory_put(to, FEATSET_VM_HOST, i, name) != FEATSET_OK)
			return no_memory(loader);
	return FEATSET_OK;
}

static featset_status_t add_host(loader_t *loader, featset_inventory_t *to, const parts_t *parts, const char *path)
{
	const char *name = base_of(path);
	featset_status_t status;
	size_t host;

	if (featset_inventory_hosts(to)) /* told whole; a dump beside it is its hardware */
		return featset_inventory_hosts(to) > 1 || featset_inventory_cpu(to, 0, FEATSET_SLOT_CPU)
			       ? FEATSET_OK
			       : set_slot(loader, to, 0, FEATSET_SLOT_CPU, parts->bare);
	if (!parts->bare && !parts->promised && !featset_inventory_count(to, FEATSET_RECORD_VM))
		return add_note(loader, to, path, "has nothing that tells of a host");
	if (featset_inventory_add_host(to, name, parts->uuid, &host) != FEATSET_OK ||
	    featset_inventory_put(to, FEATSET_HOST_MANAGER, host, parts->libvirt ? "libvirt" : "") != FEATSET_OK)
		return no_memory(loader);
	if (!parts->bare && !parts->promised)
		return add_note(loader, to, path, "has no file that tells of the host's CPU");
	status = set_slot(loader, to, host, FEATSET_SLOT_CPU, parts->bare);
	if (status == FEATSET_OK)
		status = set_slot(loader, to, host, FEATSET_SLOT_HVM, parts->promised);
	return status == FEATSET_OK ? set_slot(loader, to, host, FEATSET_SLOT_HVM_MAX, parts->promised) : status;
}

/* ---- folders ---------------------------------------------------------------------------- */

typedef struct names {
	char **name;
	size_t count, room;
} names_t;

static void free_names(names_t *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static featset_status_t keep_name(loader_t *loader, names_t *names, const char *folder, const char *name)
{
	size_t length = strlen(folder), size = length + strlen(name) + 2;
	bool slash = length && folder[length - 1] == '/';
	char *path;

	if (++loader->files > MAX_FILES)
		return fsi_fail_at(loader->error, FEATSET_E_LIMIT, folder, 0, 0, "more than %d files", MAX_FILES);
	if (names->count == names->room) {
		size_t room = names->room ? names->room * 2 : 16;
		char **moved = realloc(names->name, room * sizeof(*moved));

		if (!moved)
			return no_memory(loader);
		names->name = moved;
		names->room = room;
	}
	path = malloc(size);
	if (!path)
		return no_memory(loader);
	fsi_print(path, size, 0, "%s%s%s", folder, slash ? "" : "/", name);
	names->name[names->count++] = path;
	return FEATSET_OK;
}

/* The paths of what a folder has and does not hide, sorted. */
static featset_status_t list_folder(loader_t *loader, names_t *names, const char *path)
{
	featset_status_t status = FEATSET_OK;
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (!folder)
		return io_error(loader, path, errno);
	while (status == FEATSET_OK && (errno = 0, entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			status = keep_name(loader, names, path, entry->d_name);
	if (status == FEATSET_OK && errno)
		status = io_error(loader, path, errno);
	closedir(folder);
	if (names->count)
		qsort(names->name, names->count, sizeof(*names->name), compare_names);
	return status;
}

static bool is_models(const char *path)
{
	return !strcmp(base_of(path), "cpu-models.conf");
}

/* README, README.md ... */
static bool is_for_people(const char *path)
{
	const char *base = base_of(path);

	return !strncmp(base, "README", 6) && (!base[6] || base[6] == '.');
}

static featset_status_t load_folder(loader_t *loader, featset_inventory_t *to, const char *path, unsigned depth);

static featset_status_t load_entry(loader_t *loader, featset_inventory_t *to, const char *path, unsigned depth,
				   parts_t *parts)
{
	featset_inventory_t *made = NULL;
	featset_status_t status;
	struct stat about;

	if (stat(path, &about) != 0)
		return io_error(loader, path, errno);
	if (S_ISDIR(about.st_mode))
		return load_folder(loader, to, path, depth + 1);
	status = read_file(loader, &made, path, to);
	if (status != FEATSET_OK || !made)
		return status;
	status = parts ? take_parts(loader, parts, made) : name_hosts(loader, made, path);
	if (status == FEATSET_OK && featset_inventory_merge(to, made) != FEATSET_OK)
		status = no_memory(loader);
	featset_inventory_free(made);
	return status;
}

static featset_status_t load_entries(loader_t *loader, featset_inventory_t *to, const names_t *names, unsigned depth,
				     parts_t *parts)
{
	featset_status_t status = FEATSET_OK;

	for (size_t i = 0; i < names->count && status == FEATSET_OK; i++)
		if (!is_models(names->name[i]) && !is_for_people(names->name[i]))
			status = settle(loader, to, load_entry(loader, to, names->name[i], depth, parts));
	return status;
}

static featset_status_t load_host(loader_t *loader, featset_inventory_t *to, const names_t *names, const char *path,
				  unsigned depth)
{
	featset_inventory_t *made = featset_inventory_new();
	parts_t parts = { .bare = NULL };
	featset_status_t status = made ? FEATSET_OK : no_memory(loader);

	if (status == FEATSET_OK)
		status = load_entries(loader, made, names, depth, &parts);
	if (status == FEATSET_OK)
		status = place_vms(loader, made, base_of(path));
	if (status == FEATSET_OK)
		status = add_host(loader, made, &parts, path);
	if (status == FEATSET_OK && featset_inventory_merge(to, made) != FEATSET_OK)
		status = no_memory(loader);
	featset_cpu_free(parts.bare);
	featset_cpu_free(parts.promised);
	featset_inventory_free(made);
	return status;
}

/* Is a folder one that we are in already?  Symbolic links can do that. */
static bool is_above(const loader_t *loader, const struct stat *about, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		if (loader->above[i]->st_dev == about->st_dev && loader->above[i]->st_ino == about->st_ino)
			return true;
	return false;
}

static featset_status_t load_listed(loader_t *loader, featset_inventory_t *to, const names_t *names, const char *path,
				    unsigned depth)
{
	const bytes_t before = loader->models;
	featset_status_t status = FEATSET_OK;

	for (size_t i = 0; i < names->count && status == FEATSET_OK; i++)
		if (is_models(names->name[i]))
			status = settle(loader, to, slurp(loader, names->name[i], &loader->models));
	if (status == FEATSET_OK)
		status = depth ? load_host(loader, to, names, path, depth)
			       : load_entries(loader, to, names, depth, NULL);
	if (loader->models.data != before.data)
		free(loader->models.data);
	loader->models = before;
	return status;
}

static featset_status_t load_folder(loader_t *loader, featset_inventory_t *to, const char *path, unsigned depth)
{
	names_t names = { .count = 0 };
	featset_status_t status;
	struct stat about;

	if (depth == MAX_DEPTH)
		return fsi_fail_at(loader->error, FEATSET_E_LIMIT, path, 0, 0,
				   "folders are read two deep: a pool's, and in it its hosts'");
	if (stat(path, &about) != 0)
		return io_error(loader, path, errno);
	if (is_above(loader, &about, depth))
		return fsi_fail_at(loader->error, FEATSET_E_IO, path, 0, 0, "leads back to a folder that it is in");
	loader->above[depth] = &about;
	status = list_folder(loader, &names, path);
	if (status == FEATSET_OK)
		status = load_listed(loader, to, &names, path, depth);
	free_names(&names);
	return status;
}

/* Nodes of Proxmox VE are dumps: their VMs tell whose they are. */
static featset_status_t manage_hosts(loader_t *loader, featset_inventory_t *made)
{
	const char *manager = featset_inventory_get(made, FEATSET_VM_MANAGER, 0);

	for (size_t i = 0; i < featset_inventory_count(made, FEATSET_RECORD_VM); i++)
		if (strcmp(featset_inventory_get(made, FEATSET_VM_MANAGER, i), manager) != 0)
			return FEATSET_OK;
	for (size_t i = 0; i < featset_inventory_hosts(made) && manager[0]; i++)
		if (!featset_inventory_get(made, FEATSET_HOST_MANAGER, i)[0] &&
		    featset_inventory_put(made, FEATSET_HOST_MANAGER, i, manager) != FEATSET_OK)
			return no_memory(loader);
	return FEATSET_OK;
}

/* ---- told twice --------------------------------------------------------------------------- */

typedef struct entry {
	const char *uuid;
	size_t index;
} entry_t;

static int compare_entries(const void *a, const void *b)
{
	const entry_t *one = a, *two = b;
	int order = strcmp(one->uuid, two->uuid);

	return order ? order : one->index < two->index ? -1 : one->index > two->index;
}

/* The fields of a kind begin with REF, UUID, NAME. */
static featset_field_t first_of(featset_record_t kind)
{
	featset_field_t field = 0;

	while (field < FEATSET_FIELDS && featset_field_record(field) != kind)
		field++;
	return field;
}

/* A domain may be defined on many hosts, but runs on one: that definition counts. */
static bool is_alive(const featset_inventory_t *made, featset_record_t kind, size_t index)
{
	const char *state = featset_inventory_get(made, FEATSET_VM_POWER_STATE, index);

	return kind == FEATSET_RECORD_VM && state[0] && strcmp(state, "halted") != 0;
}

/* VMs of Proxmox VE have numbers, which other clusters have too. */
static bool is_other(const featset_inventory_t *made, featset_record_t kind, size_t one, size_t two)
{
	const char *a = featset_inventory_get(made, FEATSET_VM_HOST, one);
	const char *b = featset_inventory_get(made, FEATSET_VM_HOST, two);

	return kind == FEATSET_RECORD_VM && a[0] && b[0] && strcmp(a, b) != 0 &&
	       !strcmp(featset_inventory_get(made, FEATSET_VM_MANAGER, one), "proxmox");
}

/* Fills what one record leaves open from another of the same thing; *twice when both tell something. */
static featset_status_t fill_record(loader_t *loader, featset_inventory_t *made, featset_record_t kind, size_t to,
				    size_t from, bool *twice)
{
	featset_field_t first = first_of(kind);

	for (featset_field_t field = first; featset_field_record(field) == kind; field++) {
		const char *has = featset_inventory_get(made, field, to);
		const char *other = featset_inventory_get(made, field, from);

		if (!other[0])
			continue;
		if (!has[0] && featset_inventory_put(made, field, to, other) != FEATSET_OK)
			return no_memory(loader);
		*twice |= has[0] && field > first + 2 && field != FEATSET_VM_MANAGER && field != FEATSET_VM_HOST &&
			  field != FEATSET_VM_DOMAIN_TYPE;
	}
	return FEATSET_OK;
}

static featset_status_t fill_cpus(loader_t *loader, featset_inventory_t *made, featset_record_t kind, size_t to,
				  size_t from)
{
	featset_status_t status = FEATSET_OK;

	if (kind == FEATSET_RECORD_VM && !featset_inventory_vm_cpu(made, to) && featset_inventory_vm_cpu(made, from)) {
		featset_cpu_t *copy = featset_cpu_copy(featset_inventory_vm_cpu(made, from));

		if (!copy || featset_inventory_set_vm_cpu(made, to, copy) != FEATSET_OK)
			return no_memory(loader);
	}
	if (kind != FEATSET_RECORD_HOST)
		return FEATSET_OK;
	for (int slot = 0; slot < FEATSET_SLOTS; slot++)
		if (featset_inventory_cpu(made, to, (featset_slot_t)slot))
			return FEATSET_OK;
	for (int slot = 0; slot < FEATSET_SLOTS && status == FEATSET_OK; slot++)
		if (is_whole(made, from) || slot == FEATSET_SLOT_CPU)
			status = set_slot(loader, made, to, (featset_slot_t)slot,
					  featset_inventory_cpu(made, from, (featset_slot_t)slot));
	return status;
}

/* Of records of one thing, keeps the first and fills it from the others; how many told anew what was told. */
static featset_status_t join_same(loader_t *loader, featset_inventory_t *made, featset_record_t kind,
				  const entry_t *entry, size_t count, bool *drop, size_t *twice)
{
	size_t keep = 0;

	while (keep < count && !is_alive(made, kind, entry[keep].index))
		keep++;
	if (keep == count)
		keep = 0;
	for (size_t i = 0; i < count; i++) {
		bool told = kind == FEATSET_RECORD_HOST;
		featset_status_t status;

		if (i == keep || is_other(made, kind, entry[keep].index, entry[i].index))
			continue;
		status = fill_record(loader, made, kind, entry[keep].index, entry[i].index, &told);
		if (status == FEATSET_OK)
			status = fill_cpus(loader, made, kind, entry[keep].index, entry[i].index);
		if (status != FEATSET_OK)
			return status;
		drop[entry[i].index] = true;
		*twice += told;
	}
	return FEATSET_OK;
}

static featset_status_t join_kind(loader_t *loader, featset_inventory_t *made, featset_record_t kind, size_t *twice)
{
	size_t count = featset_inventory_count(made, kind), last;
	featset_field_t uuid = first_of(kind) + 1;
	entry_t *entry = malloc((count + 1) * sizeof(*entry));
	bool *drop = calloc(count + 1, sizeof(*drop));
	featset_status_t status = entry && drop ? FEATSET_OK : no_memory(loader);

	for (size_t i = 0; i < count && status == FEATSET_OK; i++)
		entry[i] = (entry_t){ featset_inventory_get(made, uuid, i), i };
	if (status == FEATSET_OK && count)
		qsort(entry, count, sizeof(*entry), compare_entries);
	for (size_t i = 0; i < count && status == FEATSET_OK; i = last) {
		for (last = i + 1; last < count && !strcmp(entry[i].uuid, entry[last].uuid); last++)
			;
		if (entry[i].uuid[0] && last > i + 1)
			status = join_same(loader, made, kind, entry + i, last - i, drop, twice);
	}
	if (status == FEATSET_OK)
		fsi_inventory_drop(made, kind, drop);
	free(entry);
	free(drop);
	return status;
}

static featset_status_t join_told_twice(loader_t *loader, featset_inventory_t *made)
{
	size_t twice[FEATSET_RECORDS] = { 0 }, hosts, vms, at = 0;
	featset_status_t status = FEATSET_OK;
	char note[200];

	for (int kind = 0; kind < FEATSET_RECORDS && status == FEATSET_OK; kind++)
		status = join_kind(loader, made, (featset_record_t)kind, &twice[kind]);
	hosts = twice[FEATSET_RECORD_HOST];
	vms = twice[FEATSET_RECORD_VM];
	if (status != FEATSET_OK || !(hosts + vms))
		return status;
	if (hosts)
		at = fsi_print(note, sizeof(note), 0, "%zu host%s%s", hosts, hosts == 1 ? "" : "s", vms ? " and " : "");
	if (vms)
		at = fsi_print(note, sizeof(note), at, "%zu VM%s", vms, vms == 1 ? "" : "s");
	fsi_print(note, sizeof(note), at, " %s told again: what was read first counts", hosts + vms == 1 ? "was" : "were");
	return featset_inventory_add_note(made, note) == FEATSET_OK ? FEATSET_OK : no_memory(loader);
}

/* ---- all -------------------------------------------------------------------------------------- */

static featset_status_t load_path(loader_t *loader, featset_inventory_t *to, const char *path)
{
	featset_inventory_t *made = NULL;
	featset_status_t status;
	struct stat about;

	if (strcmp(path, "-") != 0 && stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
		made = featset_inventory_new();
		status = made ? load_folder(loader, made, path, 0) : no_memory(loader);
		if (status == FEATSET_OK)
			status = manage_hosts(loader, made);
	} else {
		status = featset_read_file_with(&made, path, format_of(path), loader->limit, loader->flags,
						loader->error);
		if (loader->several && is_no_matter(loader, to, path, &status))
			return status;
		if (status == FEATSET_OK)
			status = name_hosts(loader, made, path);
	}
	if (status == FEATSET_OK && featset_inventory_merge(to, made) != FEATSET_OK)
		status = no_memory(loader);
	featset_inventory_free(made);
	return status;
}

static bool has_records(const featset_inventory_t *inventory)
{
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		if (featset_inventory_count(inventory, (featset_record_t)kind))
			return true;
	return false;
}

featset_status_t featset_inventory_load(featset_inventory_t **inventory, const char *const *paths, size_t count,
					size_t limit, unsigned flags, featset_error_t *error)
{
	featset_error_t told = { 0 };
	loader_t loader = {
		.limit = limit ? limit : FEATSET_MAX_SIZE, .flags = flags, .several = count > 1, .error = &told
	};
	featset_status_t status = FEATSET_OK;
	featset_inventory_t *made;

	if (!inventory || !paths || !count)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_inventory_load needs an inventory and paths");
	*inventory = NULL;
	if (loader.limit == SIZE_MAX)
		loader.limit--;
	made = featset_inventory_new();
	if (!made)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	for (size_t i = 0; i < count && status == FEATSET_OK; i++)
		status = paths[i] ? load_path(&loader, made, paths[i])
				  : fsi_fail(&told, FEATSET_E_ARGUMENT, "path %zu is NULL", i);
	if (status == FEATSET_OK)
		status = join_told_twice(&loader, made);
	if (status == FEATSET_OK && loader.left_out && !has_records(made)) {
		told = loader.first;
		status = told.code;
	} else if (status == FEATSET_OK && !has_records(made)) {
		status = fsi_fail_at(&told, FEATSET_E_FORMAT, paths[0], 0, 0,
				     "nothing here tells of a host or a virtual machine");
	}
	if (status == FEATSET_OK) {
		*inventory = made;
		return FEATSET_OK;
	}
	featset_inventory_free(made);
	if (error)
		*error = told;
	return status;
}
