/* SPDX-License-Identifier: MIT */
#ifndef CLI_H
#define CLI_H

/*
 * cli.h - the commands of the program and what they share
 *
 * Exit codes are grep's: 0 yes, 1 no or unknown, 2 trouble.
 */

#include "out.h"

enum { EXIT_YES = 0, EXIT_NO = 1, EXIT_TROUBLE = 2 };

/* How often --join and --without may be given. */
#define SETTINGS_MOST 64

/* What the options say. */
struct settings {
	bool json;
	bool all;     /* every feature */
	bool cpus;    /* every logical CPU */
	bool nearest; /* all nearest baselines */
	bool tree, dot, models;
	unsigned host_flags; /* of featset_host and of readers */
	size_t limit;        /* on a file; 0: the library's own */
	featset_dialect_t names;
	featset_rule_t rule; /* FEATSET_RULES: not said */
	bool pv;
	const char *only, *guest, *to, *output, *why;
	const featset_platform_t *platform; /* --for; NULL: not said */
	const char *target, *name;
	bool expanded, strict, leave_open;
	const char *before, *how, *html;
	char *join[SETTINGS_MOST], *without[SETTINGS_MOST];
	size_t joins, withouts;
	char *pool[SETTINGS_MOST];
	size_t pools;
	const char *catalog_path;
	const featset_catalog_t *catalog; /* the user's own baselines; NULL for none */
};

struct command {
	const char *name;
	const char *arguments; /* for the usage line */
	const char *summary;   /* for featset --help */
	const char *options;   /* letters of the options it takes, see options.c */
	int least, most;       /* how many words; most < 0: any number */
	const char *help;
	int (*run)(const struct settings *settings, int count, char **words);
};

/* Every command, sorted by name; ends with a name of NULL. */
extern const struct command commands[];

int cmd_check(const struct settings *settings, int count, char **words);
int cmd_convert(const struct settings *settings, int count, char **words);
int cmd_diff(const struct settings *settings, int count, char **words);
int cmd_explain(const struct settings *settings, int count, char **words);
int cmd_host(const struct settings *settings, int count, char **words);
int cmd_level(const struct settings *settings, int count, char **words);
int cmd_list(const struct settings *settings, int count, char **words);
int cmd_policy(const struct settings *settings, int count, char **words);
int cmd_pool(const struct settings *settings, int count, char **words);
int cmd_show(const struct settings *settings, int count, char **words);

/*
 * Reads a command's options into settings.  Gives -1 to go on, with *first the
 * index of the first word in argv, or the exit code when all is said.
 */
int options_read(struct settings *settings, const struct command *command, int argc, char **argv, int *first);
void options_help(const struct command *command);

/* ---- hosts: what the INPUT words name --------------------------------------------- */

struct host {
	char *name;
	char *uuid;
	const char *format;
	const featset_baseline_t *baseline; /* when the word is one's name */
	const featset_inventory_t *inventory;
	size_t index;
};

struct hosts {
	featset_inventory_t **inventory;
	size_t inventories;
	struct host *host;
	size_t count;
};

/* Reads every word; says what is wrong and gives false when one cannot be read. */
bool hosts_read(struct hosts *hosts, const struct settings *settings, int count, char **words);
void hosts_free(struct hosts *hosts);
/* A host's cpu in the slot for new guests, or for migrating ones (max); says so and gives NULL if there is none. */
const featset_cpu_t *hosts_cpu(const struct host *host, const struct settings *settings, bool max);
/* The cpus of all hosts for new guests, to be freed; NULL when a host has none, which is then said. */
const featset_cpu_t **hosts_cpus(const struct hosts *hosts, const struct settings *settings);
/* Were hosts left out?  A warning has told which. */
bool hosts_left_out(const struct hosts *hosts);
/* The notes of all inputs, as "note: ..." lines; hosts that were left out have had their warning. */
void hosts_notes(const struct hosts *hosts);

/* ---- describing a cpu --------------------------------------------------------------- */

/* The microarchitecture by its model, else the nearest baseline by its features; "" where neither is known. */
const char *describe_kind(const featset_cpu_t *cpu, const struct settings *settings);
/* "x86-64-v2"; "" when not even the first level is there. */
const char *describe_psabi(const featset_cpu_t *cpu);
/* Through which glasses it was seen, in plain words; "" where nothing tells. */
const char *describe_view(const featset_cpu_t *cpu);
/* How a host's logical CPUs differ, or that they do not; nothing when it has one. */
void describe_cpus(const featset_cpu_t *cpu, const char *indent, const struct settings *settings);
/* Shows all hosts, as text or JSON. */
int describe(const struct hosts *hosts, const struct settings *settings);

/* ---- a part against its microarchitecture ---------------------------------------------- */

/* What stands between a part and the microarchitecture that its model says. */
struct identity {
	const featset_baseline_t *uarch;   /* NULL: the catalog does not have the part */
	const featset_baseline_t *nearest; /* by features; NULL: nothing is near */
	unsigned distance;                 /* from the nearest */
	bool guest;                        /* a hypervisor stands between */
	unsigned first;                    /* more names than this make no sentence */
	featset_t fused, switched, other;  /* known to be absent; for a guest all is in `other` */
	featset_t unread;
	featset_t beyond; /* what programs can use beyond the microarchitecture */
};

void identity_find(struct identity *identity, const featset_cpu_t *cpu, const struct settings *settings);
/* The sentence that tells how the two differ. */
void identity_tell(struct text *text, const struct identity *identity, const featset_cpu_t *cpu,
		   featset_dialect_t names);
/* Is it a part, told by vendor, family and model, that the catalog does not have? */
bool identity_is_unknown(const struct identity *identity, const featset_cpu_t *cpu);
/* Who hides things from a guest: "KVM"; "a hypervisor" where its signature says nothing. */
void identity_hypervisor(struct text *text, const featset_cpu_t *cpu);

/* ---- baselines ------------------------------------------------------------------------- */

/* Its features' psABI level, "" for none. */
const char *baseline_psabi(const featset_baseline_t *baseline);
/* What it has beyond its parent, and what the parent has and it has not. */
void baseline_changes(featset_t *adds, featset_t *drops, const featset_baseline_t *baseline);
/* What programs notice of a set: the named capabilities of user code. */
void baseline_for_programs(featset_t *dst, const featset_t *set);
void baseline_show(const featset_baseline_t *baseline, const char *called, const struct settings *settings);
int baseline_tree(const struct settings *settings, const char *text);
int baseline_dot(const struct settings *settings, const char *text);

/* Is a baseline one that is asked for: no model unless settings want them, and `text` (may be NULL) in its names? */
bool baseline_wanted(const featset_baseline_t *baseline, const struct settings *settings, const char *text);

/* ---- levels ------------------------------------------------------------------------------ */

/* The same as hosts_read, less the hosts that do not count for a level. */
bool level_read(struct hosts *hosts, const struct settings *settings, int count, char **words);

/* ---- policies ---------------------------------------------------------------------------- */

/* A cpu's policy for the platform of the settings, to be freed; says so and gives NULL when there is none. */
featset_policy_t *policy_new(const featset_cpu_t *cpu, const struct settings *settings);
/* What it leaves out: features that a person can act on, then the rest. */
void policy_left_out(featset_t *act, featset_t *other, const featset_policy_t *policy, const featset_cpu_t *cpu);
/* Its text as an answer's last part, to be pasted, and what it cannot say. */
void policy_advise(const featset_policy_t *policy, const featset_cpu_t *cpu, const struct settings *settings);
/* The vendors of cpus, "GenuineIntel, AuthenticAMD"; to be freed with text_free. */
void policy_vendors(struct text *vendors, const featset_cpu_t *const *cpus, size_t count);

/* show --why */
int why(const struct hosts *hosts, const struct settings *settings);

/* A Xen featureset of the length the cpu was read with, or as long as it needs; to be freed. */
char *xen_string(const featset_cpu_t *cpu);

#endif
