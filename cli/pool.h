/* SPDX-License-Identifier: MIT */
#ifndef CLI_POOL_H
#define CLI_POOL_H

/*
 * pool.h - what the views of a pool share
 */

#include "cli.h"

/* Why there are two pools to compare. */
enum pool_mode {
	POOL_AS_IS,  /* there is one */
	POOL_WHAT_IF, /* as it is, and as --join and --without would make it */
	POOL_ACROSS, /* the VMs of one, the hosts of --to's */
	POOL_BEFORE  /* as --before tells that it was, and as it is */
};

struct pool_view {
	enum pool_mode mode;
	const struct settings *settings;
	const featset_inventory_t *vms, *hosts; /* of `pool`; one and the same but in POOL_ACROSS */
	const featset_pool_t *pool;             /* the one that is told of: as it would be, in POOL_WHAT_IF */
	const featset_inventory_t *old_inventory;
	const featset_pool_t *old;       /* what it is compared with; NULL for nothing */
	const featset_change_t *change;  /* from `old` to `pool`; NULL for nothing */
	const char *title;               /* such as "with ares joined"; "" */
};

/* What a host, VM or other record is called: its name, else its UUID, else "host 3"; to be freed. */
char *pool_name(const featset_inventory_t *inventory, featset_record_t record, size_t index);
char *pool_host_name(const struct pool_view *view, size_t host);
char *pool_vm_name(const struct pool_view *view, size_t vm);

/* One command, to be freed; "" where the platform has none. */
char *pool_command(const struct pool_view *view, featset_command_t command, size_t vm, size_t host);

/* A host that has none of a VM's kind of guests: it stands for FEATSET_BLOCK_FEATURES then. */
enum { POOL_BLOCK_NO_HVM = 1 << 20, POOL_BLOCK_NO_PV = 1 << 21 };

/* Short words for what blocks, such as "network, storage"; "" for nothing. */
void pool_add_blocks(struct text *text, unsigned blocks);

/* VMs that count; those of them that some host would not take for its CPU; those that block an evacuation. */
struct pool_sums {
	size_t vms, cpu_blocked, blocking, unknown;
	size_t hosts, stuck_hosts, unsure_hosts;
	bool left_out; /* something was, as --keep-going allows: no answer is yes then */
};

void pool_sum_up(struct pool_sums *sums, const struct pool_view *view);
/* Is all well?  It is what the exit code says. */
bool pool_is_well(const struct pool_sums *sums);
/* The answer in one line, which every view begins with. */
void pool_add_answer(struct text *text, const struct pool_view *view, const struct pool_sums *sums);

/* What the platform is called: "XCP-ng and XenServer", "libvirt" ... */
const char *pool_platform(const struct pool_view *view);

/* A baseline's name for a level or a host's cpu; "" for none. */
const char *pool_kind(const featset_cpu_t *cpu, const struct settings *settings);

/* How many rows of a list are shown: all with --all. */
size_t pool_most(const struct pool_view *view);
/* "a, b, c and 3 more" of the hosts or VMs that are marked; all of them with --all. */
void pool_add_marked(struct text *text, const struct pool_view *view, const unsigned char *marks, bool vms);
/* Does a host stand there as a dump, among those of a platform?  What it offers to guests is an estimate. */
bool pool_is_estimate(const struct pool_view *view, size_t host);
/* What is of interest between a VM and a host: not that the host is disabled, which the hosts' table says. */
unsigned pool_blocks_of(const struct pool_view *view, size_t vm, size_t host);
bool pool_runs_pv(const struct pool_view *view);

/* "which has no PIF on zeus (...)", of a network that a VM lacks on a host; to be freed. */
char *pool_network_words(const struct pool_view *view, size_t vm, size_t network, size_t host);
/* Which devices keep a VM where it is, FEATSET_BLOCK_... bits; "a PCI device and a vGPU"; to be freed. */
unsigned pool_devices_of(const struct pool_view *view, size_t vm);
char *pool_device_words(unsigned devices);
/* Commands that detach them, with line feeds between; "" where the platform has none. */
char *pool_device_commands(const struct pool_view *view, size_t vm, unsigned devices);

/* Why no restart helps a VM whose cure is FEATSET_CURE_HOSTS; several may be so. */
enum pool_refusal {
	POOL_REFUSAL_VENDOR,
	POOL_REFUSAL_KEYS,
	POOL_REFUSAL_GUESTS,
	POOL_REFUSAL_OTHER, /* none of those */
	POOL_REFUSALS
};

bool pool_is_refused(const struct pool_view *view, enum pool_refusal why, size_t vm);
/* A sentence for all of these, without its end. */
void pool_add_refusal(struct text *text, const struct pool_view *view, enum pool_refusal why);

/*
 * What each of two pools would gain, "it would gain 8 features, the others nothing", and which hosts stand
 * apart.  False when nobody gains what a person can act on.
 */
bool pool_split_words(struct text *text, const struct pool_view *view, featset_guest_t guest, unsigned char *side);

/* VMs of which nothing tells what they have. */
struct pool_unknown {
	size_t vms, snapshots;
};

void pool_find_unknown(struct pool_unknown *unknown, const struct pool_view *view);

/* One set of missing features with the cause of each, the hosts that lack it, and the VMs that a view has marked. */
struct pool_lack {
	featset_t missing, cause[FEATSET_CAUSES];
	unsigned char *hosts, *vms;
};

/* Start from all zeros. */
struct pool_lacks {
	struct pool_lack *lack;
	size_t count, room;
};

/* What a host lacks that a VM has; valid until the next call. */
struct pool_lack *pool_lack_of(struct pool_lacks *lacks, const struct pool_view *view, size_t vm, size_t host);
void pool_lacks_free(struct pool_lacks *lacks);

/* A set after a label that may be too long for a line; frees the label. */
void pool_show_set(struct text *label, const featset_t *set, featset_dialect_t names);

/* The parts of the text view. */
void pool_text_vms(const struct pool_view *view, const struct pool_sums *sums);
void pool_text_levels(const struct pool_view *view);
void pool_text_missing(const struct pool_view *view);
void pool_text_placement(const struct pool_view *view);
void pool_text_cures(const struct pool_view *view);
void pool_text_change(const struct pool_view *view);

int pool_text(const struct pool_view *view);
int pool_json(const struct pool_view *view);
int pool_html(const struct pool_view *view);

/* pool --how PLATFORM: the commands that collect such an inventory. */
int how(const char *platform);

#endif
