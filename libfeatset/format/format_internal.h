/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_INTERNAL_H
#define FEATSET_FORMAT_INTERNAL_H

/*
 * format_internal.h - what the dialects share
 *
 * A dialect is one row of the table in format.c and one file.  Its reader gets
 * the whole text (no NUL in it, not empty, no byte order mark) and fills an
 * inventory, which its caller throws away when it fails.
 */

#include "../error_internal.h"
#include "../featset/format.h"
#include "../inventory_internal.h"

/* How many bytes a probe sees. */
#define FSI_PROBE_SIZE ((size_t)64 << 10)
/* Bounds on what one text may make the library build. */
#define FSI_MAX_HOSTS (1 << 22)
#define FSI_MAX_CPUS 8192
#define FSI_MAX_LEAVES 4096
#define FSI_MAX_MSRS 4096
/* Longest feature name that is looked up. */
#define FSI_MAX_NAME 128

typedef struct fsi_text {
	const char *data;
	size_t size;
	const char *file;        /* may be NULL */
	struct fsi_skips *skips; /* NULL: a broken host is the end */
	struct fsi_cache *cache; /* NULL: every cpu is made anew */
} fsi_text_t;

/* What FEATSET_KEEP_GOING left out. */
typedef struct fsi_skips {
	size_t count;
	featset_error_t first;
} fsi_skips_t;

/* Probes answer 0 (not mine) to 100 (nobody else's). */
struct featset_format {
	const char *name;
	const char *summary;
	const char *source; /* how one comes by it */
	bool in_build;	    /* false: the library that its reader needs was left out */
	int (*probe)(const char *text, size_t size);
	featset_status_t (*read)(featset_inventory_t *inventory, const fsi_text_t *text, featset_error_t *error);
	featset_status_t (*write)(char *buffer, size_t size, size_t *length, const featset_cpu_t *cpu,
				  featset_dialect_t dialect, featset_t *left_out, featset_error_t *error);
};

/* ---- lines and tokens ------------------------------------------------------ */

/* A line without its end; start from all zeros. */
typedef struct fsi_line {
	const char *at;
	size_t size;
	unsigned number; /* from 1 */
	size_t next;
} fsi_line_t;

/* Steps to the next line (ends: LF or CR LF); false at the end of the text. */
bool fsi_line_next(fsi_line_t *line, const char *text, size_t size);
/* Steps to the next line that is not blank and cuts white space on both sides; `column` gets what was cut in front. */
bool fsi_line_next_filled(fsi_line_t *line, const char *text, size_t size, unsigned *column);

bool fsi_is_space(char c);
int fsi_hex_digit(char c); /* -1 for none */
void fsi_trim(const char **at, size_t *size);
/* If the text starts with a literal, steps over it. */
bool fsi_take(const char **at, const char *end, const char *literal);
/* Steps over `least` to `most` hexadecimal digits; false, without a step, when there are fewer or more. */
bool fsi_take_hex(const char **at, const char *end, unsigned least, unsigned most, uint32_t *value);
/* Steps over a decimal number of at most 9 digits. */
bool fsi_take_decimal(const char **at, const char *end, unsigned *value);
bool fsi_same(const char *at, size_t size, const char *literal);

/* Gives an error that a lower room made the place it belongs to; returns its status. */
featset_status_t fsi_locate(featset_error_t *error, featset_status_t status, const fsi_text_t *text, unsigned line,
			    unsigned column);

/* ---- cpus from several logical CPUs (dump.c) ------------------------------- */

/* Collects leaves CPU by CPU; start from all zeros, give it fsi_dump_free at the end. */
typedef struct fsi_dump {
	struct fsi_leaf *leaves; /* of the CPU being read */
	size_t leaf_count;
	size_t leaf_room;
	uint64_t top;    /* the largest leaf and subleaf so far: what comes above it is there once */
	unsigned source; /* of the reader's own tables, where a leaf may stand in several: the first one counts */
	struct fsi_msr *msrs; /* of the CPU being read, the same way */
	size_t msr_count;
	size_t msr_room;
	bool keep_msrs;        /* they are the machine's: every CPU has them */
	bool zero_is_unread;   /* a register of value 0 was not read */
	const char *core_type; /* of the CPU being read, where its leaves do not tell; NULL for none */
	const char *next_type; /* of the CPU that starts next */
	unsigned line;         /* where it started */
	/* Is a leaf that was left out known to be zero?  NULL: never. */
	bool (*zero)(const struct fsi_dump *dump, uint32_t leaf, uint32_t subleaf);
	void *context; /* the reader's own */
	featset_cpu_t **cpus;
	size_t cpu_count;
	size_t cpu_room;
} fsi_dump_t;

/* Ends the CPU before it, if there is one, and starts another. */
featset_status_t fsi_dump_start(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, featset_error_t *error);
bool fsi_dump_has(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf);
/*
 * FEATSET_E_SYNTAX when the CPU has the leaf and subleaf with other values from
 * the same source; but leaf 2 may answer anew each time.  Line 0 stands for none.
 */
featset_status_t fsi_dump_add(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, uint32_t leaf, uint32_t subleaf,
			      const uint32_t regs[4], featset_error_t *error);
/* Likewise.  Registers past FSI_MAX_MSRS are dropped, which leaves them unknown. */
featset_status_t fsi_dump_msr(fsi_dump_t *dump, const fsi_text_t *text, unsigned line, uint32_t index, uint64_t value,
			      featset_error_t *error);
bool fsi_dump_has_msr(const fsi_dump_t *dump, uint32_t index);
/* Does what a leaf answers depend on the subleaf? */
bool fsi_has_subleaves(uint32_t leaf);
/* fsi_line_next_filled, past the '>' that a mail puts in front of what it quotes. */
bool fsi_dump_next_line(fsi_line_t *line, const char *text, size_t size, unsigned *column);
/* What leaf and subleaf hold; NULL when they were not given.  Valid until the next one is added. */
const uint32_t *fsi_dump_get(const fsi_dump_t *dump, uint32_t leaf, uint32_t subleaf);
/* Ends the CPU being read and hands it over; NULL in *cpu when there is none. */
featset_status_t fsi_dump_take(fsi_dump_t *dump, const fsi_text_t *text, featset_cpu_t **cpu, featset_error_t *error);
/* The same of leaves without leaf 0: what they hold is known, and nothing else. */
featset_status_t fsi_dump_take_words(fsi_dump_t *dump, const fsi_text_t *text, featset_cpu_t **cpu,
				     featset_error_t *error);
/* Tells what is odd about a cpu that was read: a vendor nobody knows. */
featset_status_t fsi_note_vendor(featset_inventory_t *inventory, const featset_cpu_t *cpu);
/* Ends the last CPU and appends one host that stands for all, with a note where they differ. */
featset_status_t fsi_dump_finish(fsi_dump_t *dump, featset_inventory_t *inventory, const fsi_text_t *text,
				 featset_error_t *error);
void fsi_dump_free(fsi_dump_t *dump);

/* What a line of a dump is. */
typedef enum fsi_line_kind {
	FSI_LINE_LEAF,  /* leaf, subleaf and registers are filled */
	FSI_LINE_CPU,   /* another CPU starts */
	FSI_LINE_SKIP,  /* it says nothing */
	FSI_LINE_ODD,   /* it has no place between the leaves of a CPU, but may stand before and after them */
	FSI_LINE_BROKEN /* it is meant as a leaf and is none */
} fsi_line_kind_t;

typedef struct fsi_reading {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t regs[4];
	bool vague; /* the subleaf is not told: of several readings the first counts, as that of subleaf 0 */
} fsi_reading_t;

/* Reads a text line by line.  Leaf 0 starts another CPU wherever it appears again; `expected` is for errors. */
featset_status_t fsi_dump_read(fsi_dump_t *dump, featset_inventory_t *inventory, const fsi_text_t *text,
			       fsi_line_kind_t (*classify)(fsi_dump_t *dump, const char *at, size_t size,
							   fsi_reading_t *reading),
			       const char *expected, featset_error_t *error);

/* ---- a cpu as leaves and registers (cpuid.c) --------------------------------- */

/* What a dump of a cpu has to say so that its reader gets the cpu back. */
typedef struct fsi_rows {
	fsi_reading_t row[FEATSET_WORDS + 16]; /* in rising order */
	size_t count;
	struct {
		uint32_t index;
		uint64_t value;
	} msr[FEATSET_WORDS]; /* in the order of words */
	size_t msr_count;
} fsi_rows_t;

/* `msrs` says that the format has registers; `left_out` gets what its reader would not give back. */
featset_status_t fsi_rows_fill(fsi_rows_t *rows, const featset_cpu_t *cpu, bool msrs, featset_t *left_out,
			       featset_error_t *error);

/* Where a byte stands, counted from 1. */
void fsi_place(const fsi_text_t *text, size_t offset, unsigned *line, unsigned *column);

/* Is it worth looking for a place?  Of very many broken hosts only the first have one, for time's sake. */
bool fsi_shows_places(const fsi_text_t *text);

/*
 * What becomes of a host that was read with this status.  With
 * FEATSET_KEEP_GOING one whose text is wrong is taken back, a note tells so, and
 * the answer is FEATSET_OK.
 */
featset_status_t fsi_pass(featset_inventory_t *inventory, const fsi_text_t *text, fsi_mark_t mark,
			  featset_status_t status, featset_error_t *error);

/* ---- cpus that a text tells more than once (cache.c) ------------------------- */

/*
 * A pool has many hosts and few different CPUs.  Readers of listings ask for a
 * cpu by all the text that it is made of before they make one.
 */
#define FSI_CACHE_SIZE 1024

/* Start from all zeros. */
typedef struct fsi_cache {
	struct fsi_cached *entry[FSI_CACHE_SIZE];
	uint64_t hash[FSI_CACHE_SIZE];
	size_t turn;
} fsi_cache_t;

/* Start from size 0 and not full.  A key of more text than there is room for finds and keeps nothing. */
typedef struct fsi_key {
	size_t size;
	bool full;
	char bytes[1008];
} fsi_key_t;

void fsi_key_add(fsi_key_t *key, const char *at, size_t size);
/* The cpu with one owner more, frozen; NULL when there is none. */
featset_cpu_t *fsi_cache_find(const fsi_text_t *text, const fsi_key_t *key);
/* Freezes the cpu, which stays the caller's, and keeps it for a while; false when there is no memory. */
bool fsi_cache_keep(const fsi_text_t *text, const fsi_key_t *key, featset_cpu_t *cpu);
void fsi_cache_empty(fsi_cache_t *cache);

/* Appends a host with one cpu, which the inventory owns afterwards whatever the status says. */
featset_status_t fsi_add_cpu(featset_inventory_t *inventory, const char *name, const char *uuid, featset_cpu_t *cpu,
			     featset_error_t *error);

/* ---- Xen strings (xen.c) ---------------------------------------------------- */

/* A Xen string as it stands in a text. */
typedef struct fsi_xen {
	featset_t set;
	size_t length;
	bool short_word; /* some word has fewer digits than the first, which has 8: cut off, for nobody prints such */
	size_t short_at; /* where it stands */
} fsi_xen_t;

/* Reads a whole span; on failure *bad is the offset of what is wrong and *why says what. */
bool fsi_xen_parse(fsi_xen_t *xen, const char *at, size_t size, size_t *bad, const char **why);
/* A cpu of `length` words of a hypervisor's featureset, compatibility bits marked; NULL when there is no memory. */
featset_cpu_t *fsi_xen_cpu(const fsi_xen_t *xen);
/* A cpu of four words in the old order 1.ecx-1.edx-80000001.ecx-80000001.edx. */
featset_cpu_t *fsi_xen_legacy_cpu(const fsi_xen_t *xen);
/* The bits that XAPI sets whatever the CPU. */
void fsi_xen_compat(featset_t *dst);
/* Could this be meant as a Xen string at all? */
bool fsi_xen_looks_like(const char *at, size_t size);

/* ---- the dialects ------------------------------------------------------------ */

#define FSI_PROBE(name) int fsi_##name##_probe(const char *text, size_t size)
#define FSI_READ(name)                                                                                                 \
	featset_status_t fsi_##name##_read(featset_inventory_t *inventory, const fsi_text_t *text,                     \
					   featset_error_t *error)
#define FSI_WRITE(name)                                                                                                \
	featset_status_t fsi_##name##_write(char *buffer, size_t size, size_t *length, const featset_cpu_t *cpu,       \
					    featset_dialect_t dialect, featset_t *left_out, featset_error_t *error)

FSI_PROBE(aida64);
FSI_READ(aida64);
FSI_WRITE(aida64);
FSI_PROBE(cpudata);
FSI_READ(cpudata);
FSI_WRITE(cpudata);
FSI_PROBE(cpuid);
FSI_READ(cpuid);
FSI_WRITE(cpuid);
FSI_PROBE(cpuinfo);
FSI_READ(cpuinfo);
FSI_PROBE(gcc);
FSI_READ(gcc);
FSI_PROBE(firecracker);
FSI_READ(firecracker);
FSI_PROBE(json);
FSI_READ(json);
FSI_WRITE(json);
FSI_PROBE(kcpuid);
FSI_READ(kcpuid);
FSI_PROBE(libcpuid);
FSI_READ(libcpuid);
FSI_PROBE(libvirt);
FSI_READ(libvirt);
FSI_PROBE(lscpu);
FSI_READ(lscpu);
FSI_PROBE(names);
FSI_READ(names);
FSI_WRITE(names);
FSI_PROBE(nfd);
FSI_READ(nfd);
FSI_PROBE(qemu);
FSI_READ(qemu);
FSI_PROBE(qm);
FSI_READ(qm);
FSI_PROBE(xapi);
FSI_READ(xapi);
FSI_PROBE(xapi_db);
FSI_READ(xapi_db);
FSI_PROBE(tycho);
FSI_READ(tycho);
FSI_PROBE(x86info);
FSI_READ(x86info);
FSI_PROBE(xe);
FSI_READ(xe);
FSI_PROBE(xen);
FSI_READ(xen);
FSI_WRITE(xen);
FSI_PROBE(xencpuid);
FSI_READ(xencpuid);
FSI_PROBE(xl);
FSI_READ(xl);

/* Policies, in what they are written to. */
FSI_PROBE(cpumodels);
FSI_READ(cpumodels);
FSI_PROBE(incus);
FSI_READ(incus);
FSI_PROBE(kubevirt);
FSI_READ(kubevirt);
FSI_PROBE(march);
FSI_READ(march);
FSI_PROBE(nova);
FSI_READ(nova);
FSI_PROBE(tunables);
FSI_READ(tunables);
FSI_PROBE(vmx);
FSI_READ(vmx);
FSI_PROBE(xeplatform);
FSI_READ(xeplatform);
FSI_PROBE(xlcfg);
FSI_READ(xlcfg);

#endif
