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

/* What the options say. */
struct settings {
	bool json;
	bool cpus;    /* every logical CPU */
	bool nearest; /* all nearest baselines */
	unsigned host_flags;
	featset_dialect_t names;
	featset_rule_t rule; /* FEATSET_RULES: not said */
	bool pv;
	const char *only, *guest, *to, *output;
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
int cmd_host(const struct settings *settings, int count, char **words);
int cmd_level(const struct settings *settings, int count, char **words);
int cmd_list(const struct settings *settings, int count, char **words);
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
/* The notes of all inputs, as "note: ..." lines. */
void hosts_notes(const struct hosts *hosts);

/* ---- describing a cpu --------------------------------------------------------------- */

/* The microarchitecture by its model, else the nearest baseline by its features; "" where neither is known. */
const char *describe_kind(const featset_cpu_t *cpu);
/* "x86-64-v2"; "" when not even the first level is there. */
const char *describe_psabi(const featset_cpu_t *cpu);
/* Through which glasses it was seen, in plain words; "" where nothing tells. */
const char *describe_view(const featset_cpu_t *cpu);
/* What a cpu lacks of its microarchitecture; each of them may be NULL. */
void describe_lacks(const featset_cpu_t *cpu, featset_t *fused, featset_t *switchable, featset_t *other,
		    featset_t *unread);
/* Shows all hosts, as text or JSON. */
int describe(const struct hosts *hosts, const struct settings *settings);

/* A Xen featureset of the length the cpu was read with, or as long as it needs; to be freed. */
char *xen_string(const featset_cpu_t *cpu);

#endif
