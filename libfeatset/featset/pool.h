/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_POOL_H
#define FEATSET_POOL_H

/*
 * featset/pool.h - who may run where in a pool, why not, and what to do
 *
 * A pool is an inventory thought through: the level of its hosts and its price,
 * every VM against every host by the platform's own check, which hosts can be
 * evacuated, which VMs need a new domain.
 *
 * Under XAPI (XCP-ng, XenServer) the semantics are XAPI's, on its raw words:
 * levels come from features_*_host, a VM is checked against features_* (max) of
 * its domain type, a host without these keys is skipped by levels and takes no
 * VM, and evacuation demands that a VM fits on every other enabled host.  Under
 * libvirt and Proxmox a VM is what its configuration says, checked against what
 * the host promises or, where nobody asked, against its CPU.
 *
 * Hosts and VMs are called by their index in the inventory.  VMs that count are
 * those that hold a CPU's features: running, paused or suspended ones and
 * snapshots with memory; not halted ones, templates and control domains.
 */

#include "inventory.h"
#include "level.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct featset_pool featset_pool_t;

/* No host, no VM, no record. */
#define FEATSET_NONE ((size_t)-1)

/*
 * Thinks an inventory through.  The inventory must live as long as the pool, and
 * stay as it is.  FEATSET_E_ARGUMENT when it has no host, or hosts of two
 * platforms; dumps may stand beside any.
 */
FEATSET_API featset_status_t featset_pool_new(featset_pool_t **pool, const featset_inventory_t *inventory,
					      featset_error_t *error);
/*
 * The VMs of one inventory against the hosts of another: migration to another
 * pool.  VMs are called by their index in `vms`, hosts by theirs in `hosts`.
 * Networks and storage are not compared: they are mapped by hand.
 */
FEATSET_API featset_status_t featset_pool_new_across(featset_pool_t **pool, const featset_inventory_t *vms,
						     const featset_inventory_t *hosts, featset_error_t *error);
FEATSET_API void featset_pool_free(featset_pool_t *pool);

/* "xapi", "libvirt", "proxmox", or "" for a heap of dumps. */
FEATSET_API const char *featset_pool_manager(const featset_pool_t *pool);
FEATSET_API size_t featset_pool_hosts(const featset_pool_t *pool);
FEATSET_API size_t featset_pool_vms(const featset_pool_t *pool);
/* Does a VM count? */
FEATSET_API bool featset_pool_vm_counts(const featset_pool_t *pool, size_t vm);
/* The host a VM runs on; FEATSET_NONE for one that does not run, or on a host that is not here. */
FEATSET_API size_t featset_pool_vm_host(const featset_pool_t *pool, size_t vm);
/* Is a host enabled?  True where the source does not tell. */
FEATSET_API bool featset_pool_host_enabled(const featset_pool_t *pool, size_t host);

/* ---- level and price ------------------------------------------------------------- */

/* Kinds of guests, which have levels of their own under XAPI; elsewhere all are HVM. */
typedef enum featset_guest { FEATSET_GUEST_HVM, FEATSET_GUEST_PV, FEATSET_GUESTS } featset_guest_t;

/* What of a VM's kind it is: "pv" is PV; hvm, pv_in_pvh, pvh and the unknown are HVM. */
FEATSET_API featset_guest_t featset_pool_vm_guest(const featset_pool_t *pool, size_t vm);
/* The level under the platform's rule (xenserver under XAPI, else safe); NULL when no host counts. */
FEATSET_API const featset_level_t *featset_pool_level(const featset_pool_t *pool, featset_guest_t guest);

/* Whether a host counts for a level. */
typedef enum featset_counts {
	FEATSET_COUNTS,
	FEATSET_COUNTS_NO_KEYS, /* it has not told what XAPI levels by, which skips it with a warning in its log */
	FEATSET_COUNTS_NO_HVM   /* it offers no such guests */
} featset_counts_t;

FEATSET_API featset_counts_t featset_pool_counts(const featset_pool_t *pool, featset_guest_t guest, size_t host);
/* What a host offers to new guests, and what migrating ones are checked against; NULL when it has not told. */
FEATSET_API const featset_cpu_t *featset_pool_host_cpu(const featset_pool_t *pool, featset_guest_t guest, size_t host);
FEATSET_API const featset_cpu_t *featset_pool_host_max(const featset_pool_t *pool, featset_guest_t guest, size_t host);
/* What a host offers beyond the level, as featset_level_lost; empty for a host that does not count. */
FEATSET_API void featset_pool_lost(featset_t *act, featset_t *other, const featset_pool_t *pool, featset_guest_t guest,
				   size_t host);
/*
 * What the level without one host has beyond the level: its price, and what
 * replacing it by a machine like one of the others gains.  `act` gets what a
 * person can act on, `other` the rest, as featset_cpu_split has it.  Both are
 * empty for a host that does not count, and for the only one.
 */
FEATSET_API void featset_pool_price(featset_t *act, featset_t *other, const featset_pool_t *pool,
				    featset_guest_t guest, size_t host);
/*
 * The best way to make two pools of one: side[host] is 0 or 1, 2 for a host that
 * does not count, and both levels' features.  Best is what keeps most features
 * that a person can act on, summed over hosts; among equals the fewest hosts on
 * side 1.  False when no split gains any.
 */
FEATSET_API bool featset_pool_split(const featset_pool_t *pool, featset_guest_t guest, unsigned char *side,
				    featset_t *first, featset_t *second);
/*
 * Does the level that the pool's own record has (what the next VM gets) differ
 * from the one worked out here?  `recorded` (may be NULL) gets its features.
 * False when there is no such record.
 */
FEATSET_API bool featset_pool_level_differs(const featset_pool_t *pool, featset_guest_t guest, featset_t *recorded);

/* ---- VM against host --------------------------------------------------------------- */

/* What stands between a VM and a host, as bits: several may. */
enum {
	FEATSET_BLOCK_VENDOR = 1,     /* the VM was started on a CPU of another vendor */
	FEATSET_BLOCK_FEATURES = 2,   /* the host lacks features that the VM has */
	FEATSET_BLOCK_KEYS = 4,       /* the host does not tell its featuresets */
	FEATSET_BLOCK_UNKNOWN = 8,    /* the VM's or the host's features were not read */
	FEATSET_BLOCK_DISABLED = 16,  /* the host is not enabled */
	FEATSET_BLOCK_VERSION = 32,   /* the host's software is older than where the VM runs */
	FEATSET_BLOCK_NETWORK = 64,   /* a network of the VM has no PIF there, attached or not; or it is internal, and VMs
					 that run on another host use it */
	FEATSET_BLOCK_STORAGE = 128,  /* a disk of the VM is on an SR that is not attached there */
	FEATSET_BLOCK_PCI = 256,      /* a PCI device is attached to the VM, */
	FEATSET_BLOCK_USB = 512,      /* or a USB device, */
	FEATSET_BLOCK_VGPU = 1024,    /* or a vGPU */
	FEATSET_BLOCK_CPU = 15,       /* all that is about CPUs */
	FEATSET_BLOCK_DEVICE = 1792,  /* all that is about devices */
	FEATSET_BLOCKS = 2047
};

/* The platform's own check of CPUs alone; FEATSET_YES for the host a VM runs on. */
FEATSET_API featset_answer_t featset_pool_check(const featset_pool_t *pool, size_t vm, size_t host);
/* Everything that stands between them, FEATSET_BLOCK_... bits; 0 for the host a VM runs on. */
FEATSET_API unsigned featset_pool_blocks(const featset_pool_t *pool, size_t vm, size_t host);
/* The features that the host lacks. */
FEATSET_API void featset_pool_missing(featset_t *dst, const featset_pool_t *pool, size_t vm, size_t host);

/* Why a feature is missing. */
typedef enum featset_cause {
	FEATSET_CAUSE_SILICON,    /* that CPU does not have it */
	FEATSET_CAUSE_FIRMWARE,   /* firmware or microcode switches it: SGX, VMX, TSX, AES ... */
	FEATSET_CAUSE_HYPERVISOR, /* the hypervisors' versions differ: beyond the shorter featureset, or bits they make up */
	FEATSET_CAUSE_COMPAT,     /* a compatibility bit, false or harmless */
	FEATSET_CAUSE_MITIGATION, /* a mitigation or what says that none is needed: microcode and hypervisor version */
	FEATSET_CAUSES
} featset_cause_t;

FEATSET_API const char *featset_cause_name(featset_cause_t cause);
FEATSET_API featset_cause_t featset_pool_cause(const featset_pool_t *pool, size_t vm, size_t host,
					       featset_feature_t feature);
/*
 * The first network, or SR, that stands in the way, at or after `from`, as the
 * index of its record; FEATSET_NONE when there is no more.
 */
FEATSET_API size_t featset_pool_network_lacking(const featset_pool_t *pool, size_t vm, size_t host, size_t from);
FEATSET_API size_t featset_pool_storage_lacking(const featset_pool_t *pool, size_t vm, size_t host, size_t from);
/*
 * Is a network (the index of its record) internal, that is, has no host a PIF of
 * it?  XAPI keeps the VMs that use one on the host where such VMs run, unless its
 * other_config:assume_network_is_shared is true or it is not managed by XAPI.
 */
FEATSET_API bool featset_pool_network_is_internal(const featset_pool_t *pool, size_t network);

/* ---- evacuation ---------------------------------------------------------------------- */

/*
 * Would XAPI's evacuation of this host go through as far as records tell?  Every
 * VM that runs there must pass on every other enabled host; elsewhere on some
 * host.  Memory is not counted.
 */
FEATSET_API featset_answer_t featset_pool_evacuable(const featset_pool_t *pool, size_t host);
/* Does this VM block the evacuation of the host it runs on? */
FEATSET_API featset_answer_t featset_pool_vm_blocks(const featset_pool_t *pool, size_t vm);
/* Is this host a target on which the evacuation of the VM's host founders? */
FEATSET_API bool featset_pool_blocked_on(const featset_pool_t *pool, size_t vm, size_t host);
/*
 * A host where nothing stands in the VM's way, at or after `from`, other than
 * where it runs; FEATSET_NONE when there is no more.  Such a VM can be moved by
 * hand though evacuation refuses it.
 */
FEATSET_API size_t featset_pool_movable_to(const featset_pool_t *pool, size_t vm, size_t from);

/* ---- cure ------------------------------------------------------------------------------- */

/*
 * A VM has the features that its domain was made with until it gets a new domain:
 * by a reboot through the API or a shutdown and start, not by suspending it or
 * moving it, and by a reboot inside the guest not for certain.  The new domain
 * has platform:featureset where that is set, else the pool's level.
 *
 * platform:cpu-type=generic, which is often advised, is read by no XAPI: what
 * helps is the reboot that follows.
 */

typedef enum featset_cure {
	FEATSET_CURE_NONE,    /* nothing is wrong with its CPU */
	FEATSET_CURE_RESTART, /* a new domain at the pool's present level cures it */
	FEATSET_CURE_RESUME,  /* suspended: resume it where it fits, then restart it */
	FEATSET_CURE_UNPIN,   /* platform:featureset, or elsewhere its CPU model, asks for more than some host has:
				 remove or lower it, then restart */
	FEATSET_CURE_DISCARD, /* a snapshot with memory, or suspended where no host can resume it: only without its memory */
	FEATSET_CURE_HOSTS,   /* some host takes no such VM whatever its features: hosts of two vendors, or one that
				 tells no featuresets or offers no such guests */
	FEATSET_CURE_LEVEL,   /* the pool's recorded level is not that of its hosts: have XAPI work it out again
				 (FEATSET_COMMAND_RELEVEL), then restart the VM */
	FEATSET_CURES
} featset_cure_t;

/* What a VM needs so that every enabled host takes it. */
FEATSET_API featset_cure_t featset_pool_cure(const featset_pool_t *pool, size_t vm);
/* What a new domain would have beyond what the VM has now: it runs below the present level. */
FEATSET_API void featset_pool_gain(featset_t *dst, const featset_pool_t *pool, size_t vm);
/* Is it pinned by platform:featureset?  A restart then changes nothing. */
FEATSET_API bool featset_pool_pinned(const featset_pool_t *pool, size_t vm);

typedef enum featset_command {
	FEATSET_COMMAND_RESTART,   /* gives it a new domain; what is paused goes on first */
	FEATSET_COMMAND_MOVE,      /* to `host` */
	FEATSET_COMMAND_RESUME,    /* on `host` */
	FEATSET_COMMAND_PIN,       /* to the present level, from its next domain on */
	FEATSET_COMMAND_UNPIN,     /* takes what it is pinned to away, or lowers it to the level, and restarts it */
	FEATSET_COMMAND_VERIFY,    /* shows what it was last started with */
	FEATSET_COMMAND_EVACUATE,  /* `host`; the VM does not matter */
	FEATSET_COMMAND_RELEVEL,   /* works out the pool's recorded level again, to be run on `host`, or where none is
				      meant the coordinator; the VM does not matter */
	FEATSET_COMMANDS
} featset_command_t;

/*
 * Writes a command of the platform, ready to paste, as snprintf would.  It has no
 * line end; names are quoted for a POSIX shell.  "" (length 0) where the platform
 * has no such command, or a name is missing or has control characters.  `host` is
 * FEATSET_NONE where none is meant.
 */
FEATSET_API size_t featset_pool_command(char *buffer, size_t size, const featset_pool_t *pool,
					featset_command_t command, size_t vm, size_t host);

/* ---- what if, and over time ----------------------------------------------------------------- */

typedef struct featset_change featset_change_t;

/*
 * What became, or would become, of a pool.  Hosts and VMs are the same when their
 * UUIDs are, or, where one has none, their names.  Both pools must live as long.
 */
FEATSET_API featset_status_t featset_change_new(featset_change_t **change, const featset_pool_t *before,
						const featset_pool_t *after, featset_error_t *error);
FEATSET_API void featset_change_free(featset_change_t *change);
/* What the level lost and gained. */
FEATSET_API void featset_change_level(featset_t *lost, featset_t *gained, const featset_change_t *change,
				      featset_guest_t guest);
/* Hosts of either: how many, and a host's index before and after, FEATSET_NONE where it is not. */
FEATSET_API size_t featset_change_hosts(const featset_change_t *change);
FEATSET_API void featset_change_host(const featset_change_t *change, size_t index, size_t *before, size_t *after);
/* What a host that is in both lost and gained of what it offers to new guests. */
FEATSET_API void featset_change_host_features(featset_t *lost, featset_t *gained, const featset_change_t *change,
					      featset_guest_t guest, size_t index);

/* What kind of change it was, told by model, featureset lengths and which bits changed. */
typedef enum featset_turn {
	FEATSET_TURN_NONE,
	FEATSET_TURN_SOFTWARE, /* hypervisor or microcode: same model, and only bits they make up or new words */
	FEATSET_TURN_FIRMWARE, /* same model, and bits that firmware switches */
	FEATSET_TURN_HARDWARE, /* another model, or bits that only silicon has */
	FEATSET_TURNS
} featset_turn_t;

FEATSET_API featset_turn_t featset_change_turn(const featset_change_t *change, size_t index);
/*
 * VMs of the pool before that lose mobility: the CPU of some other host refuses
 * them that took them before, or a new host's does though all took them; or they
 * could go to some other host, all things considered, and now can go to none of
 * those that are there.  What could go to none of them before is not told.  At or
 * after `from`, as their index before; FEATSET_NONE when there is no more.
 */
FEATSET_API size_t featset_change_stuck(const featset_change_t *change, size_t from);
/* Likewise VMs whose host is gone, and that run on no other: they have to move before it goes. */
FEATSET_API size_t featset_change_homeless(const featset_change_t *change, size_t from);
/* Is the pool of more vendors afterwards than before?  XAPI refuses such a host unless it is forced. */
FEATSET_API bool featset_change_mixes_vendors(const featset_change_t *change);

/*
 * Hosts of one pool and one model that differ: a half-done update, not hardware.
 * True when some hosts' featuresets differ in length or only in bits that
 * hypervisor and microcode make up, though their models are the same; `one` and
 * `two` get such a pair.
 */
FEATSET_API bool featset_pool_half_updated(const featset_pool_t *pool, size_t *one, size_t *two);

#ifdef __cplusplus
}
#endif

#endif
