/* SPDX-License-Identifier: MIT */
/*
 * featset.i - the library for scripts, shared by Python and Lua
 *
 * What stands here is the same in both languages: the types, their attributes
 * and methods, the functions.  How a value crosses the border is the business of
 * LANGUAGE/typemaps.i, which gives a typemap to each of these:
 *
 *	featset_t                  a set by value, into a new object
 *	const featset_t *          (result) a set to copy, or nothing
 *	const featset_t *SET       (argument) anything that is a set
 *	const featset_cpu_t *CPU   (argument) anything that is a cpu: Cpu, Baseline, FeatureSet, names
 *	(const featset_cpu_t *const *CPUS, size_t COUNT)   several of them
 *	(const void *DATA, size_t SIZE)                    the bytes of a file
 *	featset_feature_t          a number or a name; as a result a number, or nothing for FEATSET_FEATURE_NONE
 *	unsigned WORD              the number of a word, or its name
 *	fsg_number                 an integer, or nothing for -1
 *	fsg_baselines, fsg_cpus    lists
 *	fsg_words                  names of words to their 32 bits
 *	fsg_index, fsg_indices     an index, or nothing; a list of them
 *	fsg_maybe                  a set, or nothing
 *	fsg_records                a list of tables: the names of fields to their texts
 *	fsg_split                  the sides of hosts and two sets, or nothing
 *	fsg_finding                an error in a text
 *	(const char *const *PATHS, size_t COUNT)           names of files
 *	size_t WHICH               an index, or nothing for FEATSET_NONE
 *	const featset_pool_t *MAYBE_POOL                   a pool, or nothing for NULL
 *	fsg_check                  an answer with two sets
 *	const char *               a string, or nothing for NULL; as an argument never NULL unless named MAYBE
 *	const featset_format_t *   the name of a format, or nothing for NULL; never nothing where it is called TARGET
 *	featset_rule_t and its like   the rule's name
 *	featset_error_t *error     not an argument; raises, or gives nil and a message
 *
 * Functions of glue.h begin with fsg_, which scripts do not see.  An attribute
 * NAME of struct T is read by T_NAME_get, which glue.h gives.
 *
 * Pools, changes and explanations look into what they were made of: what a
 * script holds of them keeps that alive.  Inventories never change.
 *
 * To bind a new room: declare its struct and functions here, put what C lacks
 * into glue.h, and only for a new kind of value touch the typemaps.
 */
%module featset

%{
#include <featset.h>

#include "glue.h"
%}

%rename("%(regex:/^(?:fsg|featset)_(.*)/\\1/)s", %$isfunction) "";
%feature("kwargs");
%feature("compactdefaultargs");
%nodefaultctor;
%nodefaultdtor;
%immutable;

#if defined(SWIGPYTHON)
%include "python/typemaps.i"
#elif defined(SWIGLUA)
%include "lua/typemaps.i"
#endif

/* ---- what sets are made of ------------------------------------------------------ */

%constant char *VERSION = FEATSET_VERSION;
#define FEATSET_BITS 2048

%apply const featset_cpu_t *CPU { const featset_cpu_t *cpu, const featset_cpu_t *guest, const featset_cpu_t *host };
%apply unsigned WORD { unsigned word };
%apply const featset_t *SET { const featset_t *set, const featset_t *known };
%apply (const featset_cpu_t *const *CPUS, size_t COUNT) { (const featset_cpu_t *const *hosts, size_t count) };
%apply (const void *DATA, size_t SIZE) { (const void *data, size_t size) };

%rename(FeatureSet) featset;
%rename(Cpu) featset_cpu;
%rename(Baseline) featset_baseline;
%rename(Level) featset_level;
%rename(Inventory) featset_inventory;

/* Operators, iteration and conversion are each language's own. */
struct featset {};

%extend featset {
	~featset();
	unsigned word(unsigned word); /* The 32 bits of one word, given by its name or number. */
	/* With everything its features need, by 'all' edges or 'xen' ones alone. */
	featset_t closed(featset_edges_t edges = FEATSET_EDGES_ALL);
	/* Without what lacks a prerequisite, by 'all' edges or 'xen' ones alone. */
	featset_t pruned(featset_edges_t edges = FEATSET_EDGES_ALL);
}

struct featset_cpu {};

%extend featset_cpu {
	const featset_t *features;   /* what it can do, as far as it was read */
	const featset_t *known;      /* which bits were read; a feature outside of them may or may not be there */
	const featset_t *usable;     /* what the operating system enabled; nothing when unknown, as for every dump */
	const featset_t *compat;
	fsg_words words; /* the words that were read, number fields and all, by name */
	const char *vendor;          /* CPUID's, such as "GenuineIntel"; empty when unknown */
	const char *brand;           /* the brand string; empty when unknown */
	const char *hypervisor;      /* its signature, such as "KVMKVMKVM"; empty when there is none */
	const char *core_type;
	const char *view;            /* who looked: "hardware", "guest", "dom0", "promised"; nothing when unknown */
	fsg_number family;
	fsg_number model;
	fsg_number stepping; /* the stepping; nothing when unknown */
	fsg_number max_basic;
	fsg_number max_subleaf_7;
	fsg_number max_hypervisor;
	fsg_number max_extended;
	fsg_number max_centaur;
	fsg_number phys_bits;
	fsg_number linear_bits;
	fsg_number avx10_version;
	fsg_number xcr0;
	const featset_baseline_t *microarchitecture; /* by family and model; nothing when unknown */
	fsg_baselines nearest; /* the largest baselines that it has, the best first */
	int psabi;             /* the x86-64 psABI level, 0 to 4; of what is usable where that is known */
	fsg_text xen;  /* the Xen featureset as XAPI writes it */
	fsg_cpus cpus; /* the logical CPUs it stands for; none when it is one alone */
	~featset_cpu();
}

struct featset_baseline {};

%extend featset_baseline {
	const char *name; /* as compilers spell it where they do, such as "haswell" */
	const char *title; /* such as "Skylake (client)" */
	const char *kind; /* such as "microarchitecture" or "psABI level" */
	const char *vendor;
	unsigned year;    /* of the first part sold */
	const featset_baseline_t *parent; /* what its row builds on; nothing at a root */
	featset_t features; /* of the full-featured part of its generation */
	featset_t fused;
	featset_t switchable;
}

struct featset_level {};

%extend featset_level {
	featset_t features; /* what the hosts have in common under the rule */
	fsg_cpu cpu;        /* the level as a cpu, with known bits and identity */
	fsg_cpus hosts;     /* the cpus it was worked out from */
	const char *rule;   /* the name of the rule */
	const featset_baseline_t *baseline; /* the nearest baseline; nothing when there is none */
	int psabi;          /* the x86-64 psABI level, 0 to 4 */
	const char *vendor;
	bool mixed;
	fsg_text xen;       /* the Xen featureset as XAPI writes it */
	featset_t accumulated;
	featset_t unknown;
	%rename(lost) loss;
	featset_t loss(featset_error_t *error, size_t index); /* What one host loses that a person can act on. */
	/* What else one host loses: copies, hints, bits without a name. */
	featset_t lost_other(featset_error_t *error, size_t index);
	~featset_level();
}

%newobject featset_inventory::joined;
%newobject featset_inventory::reduced;
struct featset_inventory {};

%extend featset_inventory {
	const char *format; /* the name of the format it was read from */
	fsg_strings notes;  /* sentences that the reader wants told */
	size_t count;       /* how many hosts */
	const char *name(featset_error_t *error, size_t index); /* of one host; empty when unknown */
	const char *uuid(featset_error_t *error, size_t index); /* of one host; empty when unknown */
	/* Nothing when the source has no cpu in that slot. */
#if !defined(SWIGPYTHON)
	%rename(cpu) slot;
#endif
	fsg_cpu slot(featset_error_t *error, size_t index, featset_slot_t slot = FEATSET_SLOT_CPU);
	fsg_strings left_out; /* those of the notes that tell of hosts that were left out */
	/* The records of a kind of record_kinds(): texts by the names of their fields, empty where unknown. */
	fsg_records records(featset_record_t kind);
	%rename(vm_cpu) started;
	/* What a VM was last started with; nothing when the source does not tell. */
	fsg_cpu started(featset_error_t *error, size_t index);
	%rename(merge) joined;
	/* A new inventory of all that is in this one and another one. */
	featset_inventory_t *joined(featset_error_t *error, const featset_inventory_t *other);
#if !defined(SWIGPYTHON)
	size_t total(featset_record_t kind);
	featset_inventory_t *reduced(featset_error_t *error, featset_record_t kind, size_t index);
#endif
	~featset_inventory();
}

/* ---- features -------------------------------------------------------------------- */

%rename(feature_number) fsg_number_of;
unsigned fsg_number_of(featset_feature_t feature); /* of a name */
featset_feature_t fsg_feature(featset_error_t *error, const char *name, featset_dialect_t dialect = FEATSET_ANY_DIALECT);
const char *featset_feature_name(featset_feature_t feature, featset_dialect_t dialect = FEATSET_CANONICAL);
fsg_text fsg_feature_spell(featset_feature_t feature, featset_dialect_t dialect = FEATSET_CANONICAL);
const char *featset_feature_summary(featset_feature_t feature);
const char *fsg_feature_class(featset_feature_t feature);
const char *fsg_feature_merge(featset_feature_t feature);
const char *fsg_feature_scope(featset_feature_t feature);
featset_t fsg_named(void);
featset_t fsg_requirements(featset_feature_t feature, featset_edges_t edges = FEATSET_EDGES_ALL);
featset_t fsg_dependants(featset_feature_t feature, featset_edges_t edges = FEATSET_EDGES_ALL);
const char *fsg_feature_id(featset_feature_t feature);
const char *featset_word_name(unsigned word);
const char *fsg_word_source(unsigned word);
const char *fsg_word_register(unsigned word);
unsigned featset_word_index(unsigned word);
unsigned featset_word_subleaf(unsigned word);
unsigned featset_word_flags(unsigned word);

/* ---- cpus, the catalog, levels ------------------------------------------------------ */

%newobject fsg_host;
featset_cpu_t *fsg_host(featset_error_t *error, bool all_cpus = false, bool msr = true);
const featset_baseline_t *fsg_baseline(featset_error_t *error, const char *name);
%rename(baselines) fsg_catalog;
fsg_baselines fsg_catalog(void);
const featset_baseline_t *featset_identify(const featset_cpu_t *cpu);
fsg_baselines fsg_nearest(const featset_cpu_t *cpu);
%rename(check) fsg_fits;
fsg_check fsg_fits(const featset_cpu_t *guest, const featset_cpu_t *host);
%newobject fsg_level;
featset_level_t *fsg_level(featset_error_t *error, const featset_cpu_t *const *hosts, size_t count,
			   featset_rule_t rule = FEATSET_RULE_SAFE);

/* ---- files --------------------------------------------------------------------------- */

%newobject fsg_read;
featset_inventory_t *fsg_read(featset_error_t *error, const void *data, size_t size,
			      const featset_format_t *format = NULL, const char *MAYBE = NULL, size_t limit = 0,
			      bool keep_going = false);
%newobject fsg_read_file;
featset_inventory_t *fsg_read_file(featset_error_t *error, const char *path, const featset_format_t *format = NULL,
				   size_t limit = 0, bool keep_going = false);
fsg_text fsg_write(featset_error_t *error, const featset_cpu_t *cpu, const featset_format_t *TARGET,
		   featset_dialect_t dialect = FEATSET_CANONICAL);
/* What a format cannot hold of a cpu. */
featset_t fsg_left_out(featset_error_t *error, const featset_cpu_t *cpu, const featset_format_t *TARGET,
		       featset_dialect_t dialect = FEATSET_CANONICAL);
%rename(load_all) fsg_load;
%newobject fsg_load;
featset_inventory_t *fsg_load(featset_error_t *error, const char *const *PATHS, size_t COUNT, size_t limit = 0,
			      bool keep_going = false);
const char *featset_format_summary(const featset_format_t *TARGET);
const char *featset_format_source(const featset_format_t *TARGET);
bool featset_format_reads(const featset_format_t *TARGET);
bool featset_format_writes(const featset_format_t *TARGET);
fsg_strings fsg_record_kinds(void);
fsg_strings fsg_record_fields(featset_record_t kind);
fsg_index fsg_record_find(featset_error_t *error, const featset_inventory_t *inventory, featset_record_t kind,
			  const char *text);
fsg_strings fsg_formats(void);
fsg_strings fsg_dialects(void);
fsg_strings fsg_rules(void);

/* ---- pools: what the languages' own classes are made of --------------------------------- */

%rename(PoolCore) featset_pool;
%rename(ChangeCore) featset_change;
%rename(ExplanationCore) featset_explanation;
struct featset_pool {};
%extend featset_pool {
	~featset_pool();
}
struct featset_change {};
%extend featset_change {
	~featset_change();
}
struct featset_explanation {};
%extend featset_explanation {
	~featset_explanation();
}

%apply const featset_inventory_t *KEPT { const featset_inventory_t *kept, const featset_inventory_t *kept_too };
%apply const featset_pool_t *KEPT { const featset_pool_t *kept, const featset_pool_t *kept_too };
%newobject fsg_pool;
featset_pool_t *fsg_pool(featset_error_t *error, const featset_inventory_t *kept);
%newobject fsg_pool_across;
featset_pool_t *fsg_pool_across(featset_error_t *error, const featset_inventory_t *kept,
				const featset_inventory_t *kept_too);
const char *fsg_pool_manager(const featset_pool_t *pool);
size_t fsg_pool_hosts(const featset_pool_t *pool);
size_t fsg_pool_vms(const featset_pool_t *pool);
%apply size_t index { size_t vm, size_t host };
bool fsg_pool_vm_counts(featset_error_t *error, const featset_pool_t *pool, size_t vm);
fsg_index fsg_pool_vm_host(featset_error_t *error, const featset_pool_t *pool, size_t vm);
const char *fsg_pool_vm_guest(featset_error_t *error, const featset_pool_t *pool, size_t vm);
const char *fsg_pool_vm_blocks(featset_error_t *error, const featset_pool_t *pool, size_t vm);
const char *fsg_pool_vm_cure(featset_error_t *error, const featset_pool_t *pool, size_t vm);
featset_t fsg_pool_vm_gain(featset_error_t *error, const featset_pool_t *pool, size_t vm);
bool fsg_pool_vm_pinned(featset_error_t *error, const featset_pool_t *pool, size_t vm);
fsg_indices fsg_pool_vm_movable_to(featset_error_t *error, const featset_pool_t *pool, size_t vm);
fsg_indices fsg_pool_vm_blocked_on(featset_error_t *error, const featset_pool_t *pool, size_t vm);
bool fsg_pool_host_enabled(featset_error_t *error, const featset_pool_t *pool, size_t host);
const char *fsg_pool_host_evacuable(featset_error_t *error, const featset_pool_t *pool, size_t host);
const char *fsg_pool_host_counts(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest,
				 size_t host);
fsg_cpu fsg_pool_host_cpu(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest, size_t host,
			  bool max);
featset_t fsg_pool_host_lost(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest, size_t host,
			     bool other);
featset_t fsg_pool_host_price(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest, size_t host,
			      bool other);
%newobject fsg_pool_level;
featset_level_t *fsg_pool_level(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest);
fsg_maybe fsg_pool_recorded(const featset_pool_t *pool, featset_guest_t guest);
fsg_split fsg_pool_split(featset_error_t *error, const featset_pool_t *pool, featset_guest_t guest);
const char *fsg_pool_check(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host);
fsg_strings fsg_pool_blocks(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host);
featset_t fsg_pool_missing(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host);
const char *fsg_pool_cause(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host,
			   featset_feature_t feature);
fsg_indices fsg_pool_lacking(featset_error_t *error, const featset_pool_t *pool, size_t vm, size_t host, bool storage);
fsg_indices fsg_pool_half_updated(featset_error_t *error, const featset_pool_t *pool);
%clear size_t vm, size_t host;
%apply size_t WHICH { size_t vm, size_t host };
fsg_text fsg_pool_command(featset_error_t *error, const featset_pool_t *pool, featset_command_t command, size_t vm,
			  size_t host);
%clear size_t vm, size_t host;
fsg_strings fsg_commands(void);

%newobject fsg_change;
featset_change_t *fsg_change(featset_error_t *error, const featset_pool_t *kept, const featset_pool_t *kept_too);
featset_t fsg_change_level(const featset_change_t *change, featset_guest_t guest, bool gained);
size_t fsg_change_hosts(const featset_change_t *change);
fsg_index fsg_change_host(featset_error_t *error, const featset_change_t *change, size_t index, bool after);
featset_t fsg_change_features(featset_error_t *error, const featset_change_t *change, featset_guest_t guest,
			      size_t index, bool gained);
const char *fsg_change_turn(featset_error_t *error, const featset_change_t *change, size_t index);
fsg_indices fsg_change_stuck(featset_error_t *error, const featset_change_t *change);
bool fsg_change_mixes_vendors(const featset_change_t *change);

%newobject fsg_explain;
featset_explanation_t *fsg_explain(featset_error_t *error, const void *DATA, size_t SIZE,
				   const featset_pool_t *MAYBE_POOL = NULL);
size_t fsg_finding_count(const featset_explanation_t *explanation);
%rename(finding) fsg_finding_at;
fsg_finding fsg_finding_at(featset_error_t *error, const featset_explanation_t *explanation, size_t index);
fsg_strings fsg_error_codes(void);
fsg_strings fsg_error_causes(void);
fsg_strings fsg_error_cures(void);

/* ---- policies: what the languages' own class is made of --------------------------------- */

%rename(PolicyCore) featset_policy;
struct featset_policy {};
%extend featset_policy {
	~featset_policy();
}
%newobject fsg_policy;
featset_policy_t *fsg_policy(featset_error_t *error, const featset_cpu_t *CPU, const char *platform,
			     const char *target, const char *name, bool expanded = false, bool strict = false,
			     bool leave_open = false);
const char *featset_policy_text(const featset_policy_t *policy);
const char *fsg_policy_platform(const featset_policy_t *policy);
const char *featset_policy_target(const featset_policy_t *policy);
const featset_baseline_t *featset_policy_model(const featset_policy_t *policy);
const featset_t *featset_policy_features(const featset_policy_t *policy);
const featset_t *featset_policy_left_out(const featset_policy_t *policy);
fsg_strings fsg_policy_notes(const featset_policy_t *policy);
bool featset_policy_is_exact(const featset_policy_t *policy);
fsg_strings fsg_platforms(void);
fsg_strings fsg_platform_targets(featset_error_t *error, const char *name);
const char *fsg_platform_summary(featset_error_t *error, const char *name);
const char *fsg_platform_rule(featset_error_t *error, const char *name);

#if defined(SWIGPYTHON)
%init %{
	if (fspy_finish(m) < 0)
		return NULL;
%}
#endif
