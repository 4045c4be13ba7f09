/* SPDX-License-Identifier: MIT */
#include "pool_internal.h"
#include "error_internal.h"
#include "featset/format.h"

#include <string.h>

/* ---- what a new domain would have -------------------------------------------------- */

static const char *pinned_set(const featset_pool_t *pool, size_t vm)
{
	return pool->xapi ? featset_inventory_get(pool->vms_of, FEATSET_VM_FEATURESET, vm) : "";
}

bool featset_pool_pinned(const featset_pool_t *pool, size_t vm)
{
	return pinned_set(pool, vm)[0] != '\0';
}

/* platform:featureset as it stands, else the level that the pool's record has, else ours until XAPI works it out. */
bool fsi_next_set(featset_t *set, const featset_pool_t *pool, size_t vm)
{
	const char *pinned = pinned_set(pool, vm);
	featset_guest_t guest;

	featset_clear(set);
	if (!pool->xapi || vm >= pool->vm_count)
		return false;
	if (pinned[0])
		return featset_xen_read(set, NULL, pinned, NULL) == FEATSET_OK;
	guest = (featset_guest_t)pool->vm[vm].next_guest;
	if (pool->has_recorded[guest])
		*set = pool->recorded[guest];
	else if (pool->level[guest])
		*set = pool->level_words[guest];
	else
		return false;
	return true;
}

void featset_pool_gain(featset_t *dst, const featset_pool_t *pool, size_t vm)
{
	const featset_cpu_t *cpu = fsi_vm_cpu(pool, vm);
	featset_t words;

	featset_clear(dst);
	/* Where no featureset is recorded there is nothing to compare with. */
	if (!cpu || pool->vm[vm].snapshot || featset_cpu_number(cpu, FEATSET_XEN_LENGTH) <= 0 ||
	    !fsi_next_set(dst, pool, vm)) {
		featset_clear(dst);
		return;
	}
	fsi_words(&words, cpu);
	featset_minus(dst, dst, &words);
}

/* ---- cures --------------------------------------------------------------------------- */

/* Is there an enabled host that refuses a VM, or, the other way, one that may take it? */
static bool any_host(const featset_pool_t *pool, size_t vm, bool refuses)
{
	const uint64_t *fits = pool->fits + pool->vm[vm].klass * pool->words;
	const uint64_t *unsure = pool->unsure + pool->vm[vm].klass * pool->words;
	size_t home = pool->vm[vm].host;

	for (size_t word = 0; word < pool->words; word++) {
		uint64_t hosts = pool->enabled[word] & (refuses ? ~(fits[word] | unsure[word]) : fits[word] | unsure[word]);

		if (refuses && home != FEATSET_NONE && home / 64 == word)
			hosts &= ~((uint64_t)1 << (home % 64));
		if (hosts)
			return true;
	}
	return false;
}

featset_cure_t featset_pool_cure(const featset_pool_t *pool, size_t vm)
{
	featset_guest_t guest;
	featset_t pinned;

	if (!featset_pool_vm_counts(pool, vm) || !any_host(pool, vm, true))
		return FEATSET_CURE_NONE;
	if (pool->vm[vm].snapshot)
		return FEATSET_CURE_DISCARD;
	if (pool->vm[vm].suspended)
		return any_host(pool, vm, false) ? FEATSET_CURE_RESUME : FEATSET_CURE_DISCARD;
	/* Elsewhere a restart gives a VM what its configuration says, again. */
	if (!pool->xapi)
		return FEATSET_CURE_UNPIN;
	guest = (featset_guest_t)pool->vm[vm].next_guest;
	if (!featset_pool_pinned(pool, vm))
		return pool->next_fits[guest]  ? FEATSET_CURE_RESTART :
		       pool->level_fits[guest] ? FEATSET_CURE_LEVEL :
						 FEATSET_CURE_HOSTS;
	return fsi_next_set(&pinned, pool, vm) && fsi_fits_everywhere(pool, guest, &pinned) ? FEATSET_CURE_RESTART :
											      FEATSET_CURE_UNPIN;
}

/* ---- commands --------------------------------------------------------------------------- */

/* A text that grows in a buffer; what cannot be written makes it none. */
typedef struct line {
	char *buffer;
	size_t size, length;
	bool failed;
} line_t;

static void put_text(line_t *line, const char *text)
{
	line->length = fsi_print(line->buffer, line->size, line->length, "%s", text);
}

static bool is_plain(const char *word)
{
	return strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@%+,") == strlen(word);
}

/*
 * One word of a command.  A control character has no place in what is pasted,
 * and a word that begins with '-' would be taken for an option.
 */
static void put_word(line_t *line, const char *word)
{
	if (!word[0] || word[0] == '-')
		line->failed = true;
	for (const char *c = word; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			line->failed = true;
	if (line->failed)
		return;
	if (is_plain(word)) {
		put_text(line, word);
		return;
	}
	put_text(line, "'");
	for (; *word; word++) {
		const char one[2] = { *word, '\0' };

		put_text(line, *word == '\'' ? "'\\''" : one);
	}
	put_text(line, "'");
}

/* What to call things: by which of two fields, the first that is not empty. */
static const char *either(const featset_inventory_t *inventory, featset_field_t one, featset_field_t two, size_t index)
{
	const char *text = featset_inventory_get(inventory, one, index);

	return text[0] ? text : featset_inventory_get(inventory, two, index);
}

static bool is_number(const char *text)
{
	return text[0] && strspn(text, "0123456789") == strlen(text);
}

/* Proxmox calls VMs by number; a name that looks like one is another VM's. */
static const char *proxmox_id(const featset_inventory_t *inventory, size_t vm)
{
	const char *id = either(inventory, FEATSET_VM_UUID, FEATSET_VM_REF, vm);

	return is_number(id) ? id : "";
}

/* The names that commands are made with. */
typedef struct names {
	const char *vm, *host, *level;
} names_t;

/* Writes a pattern, in which %v is the VM, %h the host and %l the level. */
static void put_pattern(line_t *line, const char *pattern, const names_t *names)
{
	for (; *pattern; pattern++) {
		const char one[2] = { *pattern, '\0' };

		if (*pattern != '%') {
			put_text(line, one);
			continue;
		}
		pattern++;
		put_word(line, *pattern == 'v' ? names->vm : *pattern == 'h' ? names->host : names->level);
	}
}

/* Nothing is said of platform:cpu-type, which no XAPI reads: what then cures is the reboot that follows. */
static const char *const xe_patterns[FEATSET_COMMANDS] = {
	/* clang-format off */
	[FEATSET_COMMAND_RESTART] = "xe vm-reboot uuid=%v",
	[FEATSET_COMMAND_MOVE] = "xe vm-migrate uuid=%v host-uuid=%h live=true",
	[FEATSET_COMMAND_RESUME] = "xe vm-resume uuid=%v on=%h",
	[FEATSET_COMMAND_PIN] = "xe vm-param-set uuid=%v platform:featureset=%l",
	[FEATSET_COMMAND_UNPIN] = "xe vm-param-remove uuid=%v param-name=platform param-key=featureset",
	[FEATSET_COMMAND_VERIFY] = "xe vm-param-get uuid=%v param-name=last-boot-CPU-flags",
	[FEATSET_COMMAND_EVACUATE] = "xe host-disable uuid=%h && xe host-evacuate uuid=%h",
	/* XAPI works the level out again whenever it starts. */
	[FEATSET_COMMAND_RELEVEL] = "xe-toolstack-restart # on %h",
	/* clang-format on */
};

/* `virsh shutdown` does not wait for the end. */
static const char *const virsh_patterns[FEATSET_COMMANDS] = {
	/* clang-format off */
	[FEATSET_COMMAND_RESTART] = "virsh shutdown %v && "
		"until LC_ALL=C virsh domstate %v | grep -q 'shut off'; do sleep 1; done && virsh start %v",
	[FEATSET_COMMAND_MOVE] = "virsh migrate --live --persistent --undefinesource %v qemu+ssh://%h/system",
	[FEATSET_COMMAND_RESUME] = "virsh start %v",
	[FEATSET_COMMAND_VERIFY] = "virsh dumpxml %v | sed -n '/<cpu /,/<\\/cpu>/p'",
	/* clang-format on */
};

static const char *const qm_patterns[FEATSET_COMMANDS] = {
	/* clang-format off */
	[FEATSET_COMMAND_RESTART] = "qm shutdown %v && qm start %v",
	[FEATSET_COMMAND_MOVE] = "qm migrate %v %h --online",
	[FEATSET_COMMAND_RESUME] = "qm resume %v",
	[FEATSET_COMMAND_PIN] = "qm set %v --cpu %l",
	[FEATSET_COMMAND_UNPIN] = "qm set %v --delete cpu",
	[FEATSET_COMMAND_VERIFY] = "tr '\\0' '\\n' </proc/$(cat /run/qemu-server/%v.pid)/cmdline | grep -A1 -x -e -cpu",
	/* clang-format on */
};

/* The largest of Proxmox's own models, from release 8 on, that the level holds. */
static const char *proxmox_model(const featset_cpu_t *level)
{
	int psabi = level ? featset_psabi(level) : 0;

	if (psabi < 2)
		return psabi ? "kvm64" : "";
	if (!featset_has(featset_cpu_features(level), FEATSET_AES))
		return "x86-64-v2";
	return psabi == 2 ? "x86-64-v2-AES" : psabi == 3 ? "x86-64-v3" : "x86-64-v4";
}

#define WORDS_SIZE (FEATSET_XEN_WORDS * 9 + 1)

/* How the platform writes the level that a VM's next domain can be pinned to. */
static const char *level_text(char buffer[WORDS_SIZE], const featset_pool_t *pool, size_t vm)
{
	featset_guest_t guest = vm < pool->vm_count ? (featset_guest_t)pool->vm[vm].next_guest : FEATSET_GUEST_HVM;
	const featset_cpu_t *level = pool->level[guest] ? featset_level_cpu(pool->level[guest]) : NULL;
	int64_t length = level ? featset_cpu_number(level, FEATSET_XEN_LENGTH) : 0;

	buffer[0] = '\0';
	if (!pool->xapi)
		return proxmox_model(level);
	if (length > 0)
		featset_xen_write(buffer, WORDS_SIZE, &pool->level_words[guest], (size_t)length);
	return buffer;
}

static const char *find_pattern(const featset_pool_t *pool, featset_command_t command)
{
	if (!strcmp(pool->manager, "xapi"))
		return xe_patterns[command];
	if (!strcmp(pool->manager, "libvirt"))
		return virsh_patterns[command];
	return !strcmp(pool->manager, "proxmox") ? qm_patterns[command] : NULL;
}

static void find_names(names_t *names, const featset_pool_t *pool, size_t vm, size_t host)
{
	if (pool->xapi) {
		names->vm = featset_inventory_get(pool->vms_of, FEATSET_VM_UUID, vm);
		names->host = featset_inventory_get(pool->hosts_of, FEATSET_HOST_UUID, host);
		return;
	}
	names->vm = !strcmp(pool->manager, "proxmox") ? proxmox_id(pool->vms_of, vm) :
							either(pool->vms_of, FEATSET_VM_NAME, FEATSET_VM_UUID, vm);
	names->host = either(pool->hosts_of, FEATSET_HOST_HOSTNAME, FEATSET_HOST_NAME, host);
}

/* The host that the pool's own record calls its master. */
static size_t coordinator(const featset_pool_t *pool)
{
	const char *master = featset_inventory_get(pool->hosts_of, FEATSET_POOL_MASTER, 0);

	for (size_t i = 0; master[0] && i < pool->host_count; i++)
		if (!strcmp(featset_inventory_get(pool->hosts_of, FEATSET_HOST_REF, i), master) ||
		    !strcmp(featset_inventory_get(pool->hosts_of, FEATSET_HOST_UUID, i), master))
			return i;
	return FEATSET_NONE;
}

/* People know a host they log in to by its name. */
static const char *relevel_pattern(names_t *names, const featset_pool_t *pool, size_t host, const char *pattern)
{
	if (host == FEATSET_NONE)
		host = coordinator(pool);
	names->host = either(pool->hosts_of, FEATSET_HOST_NAME, FEATSET_HOST_HOSTNAME, host);
	return names->host[0] ? pattern : "xe-toolstack-restart # on the coordinator";
}

/* XAPI chooses a host where none is named; a libvirt domain waits in one of three ways. */
static const char *resume_pattern(const featset_pool_t *pool, size_t vm, size_t host, const char *pattern)
{
	const char *state = featset_inventory_get(pool->vms_of, FEATSET_VM_POWER_STATE, vm);

	if (pool->xapi && host == FEATSET_NONE)
		return "xe vm-resume uuid=%v";
	if (strcmp(pool->manager, "libvirt") != 0)
		return pattern;
	return fsi_is(state, "paused") ? "virsh resume %v" : fsi_is(state, "pmsuspended") ? "virsh dompmwakeup %v" : pattern;
}

/* What is paused hears no order to shut down, and XAPI neither reboots nor moves it. */
static void put_awaking(line_t *line, const featset_pool_t *pool, size_t vm, const names_t *names)
{
	if (!fsi_is(featset_inventory_get(pool->vms_of, FEATSET_VM_POWER_STATE, vm), "paused"))
		return;
	put_pattern(line,
		    pool->xapi			      ? "xe vm-unpause uuid=%v && " :
		    !strcmp(pool->manager, "libvirt") ? "virsh resume %v && " :
							"qm resume %v && ",
		    names);
}

/* Without any model Proxmox gives the least it has: the level's model gives more. */
static const char *unpin_pattern(const featset_pool_t *pool, const names_t *names, const char *pattern)
{
	return !pool->xapi && names->level[0] ? "qm set %v --cpu %l" : pattern;
}

static void put_command(line_t *line, const featset_pool_t *pool, featset_command_t command, size_t vm,
			const names_t *names, const char *pattern)
{
	bool running = vm < pool->vm_count && pool->vm[vm].running;

	if (command == FEATSET_COMMAND_UNPIN) {
		put_pattern(line, unpin_pattern(pool, names, pattern), names);
		if (!running)
			return;
		put_text(line, " && ");
		pattern = find_pattern(pool, FEATSET_COMMAND_RESTART);
		command = FEATSET_COMMAND_RESTART;
	}
	if (command == FEATSET_COMMAND_RESTART || (command == FEATSET_COMMAND_MOVE && pool->xapi))
		put_awaking(line, pool, vm, names);
	put_pattern(line, pattern, names);
}

size_t featset_pool_command(char *buffer, size_t size, const featset_pool_t *pool, featset_command_t command, size_t vm,
			    size_t host)
{
	const char *pattern = (unsigned)command < FEATSET_COMMANDS ? find_pattern(pool, command) : NULL;
	line_t line = { .buffer = buffer, .size = size };
	char words[WORDS_SIZE];
	names_t names;

	if (size)
		buffer[0] = '\0';
	/* Into another pool it takes that pool's address and password. */
	if (!pattern || (pool->across && command == FEATSET_COMMAND_MOVE))
		return 0;
	/* A snapshot is no VM to be ordered about, and its name may be one's. */
	if (command != FEATSET_COMMAND_EVACUATE && command != FEATSET_COMMAND_RELEVEL && vm < pool->vm_count && pool->vm[vm].snapshot)
		return 0;
	if (command == FEATSET_COMMAND_RESUME)
		pattern = resume_pattern(pool, vm, host, pattern);
	find_names(&names, pool, vm, host);
	if (command == FEATSET_COMMAND_RELEVEL)
		pattern = relevel_pattern(&names, pool, host, pattern);
	names.level = level_text(words, pool, vm);
	put_command(&line, pool, command, vm, &names, pattern);
	if (!line.failed)
		return line.length;
	if (size)
		buffer[0] = '\0';
	return 0;
}
