/* SPDX-License-Identifier: MIT */
#ifndef FSI_POOL_INTERNAL_H
#define FSI_POOL_INTERNAL_H

/*
 * What the files of room pool share.
 *
 * Pools have few different cpus and many hosts and VMs, so both are counted in
 * classes; what is true of a class is worked out once.  Sets of hosts are
 * bitsets of 64-bit words, one bit a host.
 */

#include "featset/pool.h"

/* No class. */
#define FSI_NO_CLASS UINT32_MAX

/* ---- an index of names ------------------------------------------------------ */

/* From a text to a number; the texts stay their owner's.  Start from all zeros. */
typedef struct fsi_index {
	const char **key; /* NULL: an empty place */
	size_t *value;
	size_t mask;
	size_t count;
} fsi_index_t;

/* An index for up to `count` texts; false when there is no memory. */
bool fsi_index_init(fsi_index_t *index, size_t count);
void fsi_index_free(fsi_index_t *index);
/* "" is not kept, and of two equal texts the first one is. */
void fsi_index_add(fsi_index_t *index, const char *key, size_t value);
/* FEATSET_NONE when it has no such text. */
size_t fsi_index_find(const fsi_index_t *index, const char *key);
/* An index of all records of a kind by the fields given; FEATSET_FIELDS ends their list. */
bool fsi_index_records(fsi_index_t *index, const featset_inventory_t *inventory, featset_record_t kind,
		       const featset_field_t *fields);

/* ---- hosts and VMs ------------------------------------------------------------- */

/* A version such as 3.4.0; no parts: unknown, or no numbers. */
typedef struct fsi_version {
	uint32_t part[4];
	unsigned parts;
} fsi_version_t;

typedef struct fsi_host {
	bool enabled;
	bool dump;                          /* its bare CPU is all that is known: it has no manager */
	uint8_t counts[FEATSET_GUESTS];     /* featset_counts_t */
	uint8_t evacuable;                  /* featset_answer_t */
	uint32_t cpu_class[FEATSET_GUESTS]; /* class of featset_pool_host_cpu; FSI_NO_CLASS where that is NULL */
	uint32_t max_class[FEATSET_GUESTS]; /* the same of featset_pool_host_max */
	size_t level_index[FEATSET_GUESTS]; /* which host of the level it is; FEATSET_NONE when it does not count */
	fsi_version_t version;
} fsi_host_t;

typedef struct fsi_vm {
	bool counts, running, snapshot, suspended;
	uint16_t device;       /* FEATSET_BLOCK_DEVICE bits: what of a host is attached to it */
	uint8_t guest;         /* featset_guest_t, of its present domain */
	uint8_t next_guest;    /* of its next one */
	uint8_t blocks;        /* featset_answer_t: does it block its host's evacuation? */
	size_t host;           /* FEATSET_NONE */
	uint32_t klass;        /* of its cpu and guest; FSI_NO_CLASS for one that does not count */
	fsi_version_t version; /* of the host it runs on, which may be in another pool */
} fsi_vm_t;

/* A cpu that several hosts, or VMs, have. */
typedef struct fsi_class {
	const featset_cpu_t *cpu; /* of the first one; NULL for VMs of which nothing is known */
	featset_guest_t guest;    /* of VMs; 0 for hosts */
	bool dump;                /* of hosts */
	uint64_t hash;
	size_t count; /* how many have it */
} fsi_class_t;

typedef struct fsi_classes {
	fsi_class_t *at;
	uint32_t count, room;
	uint32_t *slot; /* hash table of indices, FSI_NO_CLASS where empty */
	uint32_t mask;
} fsi_classes_t;

/* What VMs need and hosts have or have not, networks or SRs: by their records' indices. */
typedef struct fsi_places {
	uint64_t *bits;  /* things x words: hosts that have it */
	bool *anywhere;  /* things: no host is in the way */
	uint64_t *known; /* hosts of which it is known what they have */
	size_t *first;   /* VMs + 1: where a VM's part of `need` begins */
	size_t *need;
} fsi_places_t;

struct featset_pool {
	const featset_inventory_t *hosts_of, *vms_of;
	bool across; /* they are two */
	const char *manager;
	bool xapi;
	bool versions_differ; /* of hosts, or of where VMs come from: mostly all have one */
	featset_rule_t rule;
	size_t host_count, vm_count;
	size_t words; /* of a set of hosts */
	fsi_host_t *host;
	fsi_vm_t *vm;
	fsi_classes_t host_class, vm_class;
	uint8_t *matrix;  /* VM classes x host classes: FEATSET_BLOCK_CPU bits */
	uint64_t *fits;   /* VM classes x words: hosts whose CPU takes such a VM */
	uint64_t *unsure; /* VM classes x words: hosts where that is not known */
	uint64_t *enabled;
	fsi_places_t networks, srs;
	bool *internal; /* networks: no host has a PIF of it; NULL where nothing is known of PIFs */
	featset_level_t *level[FEATSET_GUESTS];
	featset_t level_words[FEATSET_GUESTS]; /* its features as fsi_words has them; empty without a level */
	bool has_recorded[FEATSET_GUESTS];
	featset_t recorded[FEATSET_GUESTS]; /* the level of the pool's own record */
	bool next_fits[FEATSET_GUESTS];     /* does a VM started now run on every enabled host? */
	bool level_fits[FEATSET_GUESTS];    /* would it at the level worked out here? */
};

static inline bool fsi_bit(const uint64_t *bits, size_t index)
{
	return bits[index / 64] >> (index % 64) & 1;
}

static inline void fsi_set_bit(uint64_t *bits, size_t index)
{
	bits[index / 64] |= (uint64_t)1 << (index % 64);
}

/* An array of zeros that is never of size 0; NULL when there is no memory. */
void *fsi_zeros(size_t count, size_t size);

/* ---- pool.c -------------------------------------------------------------------- */

/* The class of a cpu (of VMs it may be NULL), a new one if need be; false when there is no memory. */
bool fsi_class_of(uint32_t *klass, fsi_classes_t *classes, const featset_cpu_t *cpu, featset_guest_t guest, bool dump);
/* Negative, 0 or positive, as strcmp; unknown ones are equal to all. */
int fsi_version_compare(const fsi_version_t *a, const fsi_version_t *b);
/* The cpu a VM has; NULL where unknown, and for one that does not count. */
const featset_cpu_t *fsi_vm_cpu(const featset_pool_t *pool, size_t vm);
/* A cpu's features and, in Xen's words, its number fields: XAPI compares words and knows no fields. */
void fsi_words(featset_t *dst, const featset_cpu_t *cpu);
/* Are two texts the same but for letter case? */
bool fsi_is(const char *text, const char *word);

/* ---- pool_check.c --------------------------------------------------------------- */

/* What stands between a class of VMs and a host, FEATSET_BLOCK_CPU bits. */
unsigned fsi_class_blocks(const featset_pool_t *pool, uint32_t klass, size_t host);
bool fsi_make_matrix(featset_pool_t *pool);
/* Would a set be taken by every enabled host, and are these of one vendor? */
bool fsi_fits_everywhere(const featset_pool_t *pool, featset_guest_t guest, const featset_t *set);

/* ---- pool_move.c ------------------------------------------------------------------ */

bool fsi_make_places(featset_pool_t *pool);
void fsi_places_free(fsi_places_t *places);
/* Fills in which VMs block and which hosts can be evacuated. */
bool fsi_find_blocking(featset_pool_t *pool);

/* ---- pool_cure.c -------------------------------------------------------------------- */

/* What a VM's next domain would have, from platform:featureset or the pool's level; false when unknown. */
bool fsi_next_set(featset_t *set, const featset_pool_t *pool, size_t vm);

#endif
