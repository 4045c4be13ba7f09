/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * One table for parsing and for --help.  The letters are the program's own names; only h and o can be typed.
 * Every command takes C and h.
 */
static const struct option_row {
	char letter;
	const char *name, *argument, *text;
} rows[] = {
	{ 'a', "all", NULL, "list every feature, however many they are" },
	{ 'B', "before", "INPUT", "what has changed since this inventory of the same pool" },
	{ 'C', "catalog", "FILE", "baselines of your own; see featset-catalog(5)" },
	{ 'c', "cpus", NULL, "look at every logical CPU and show how they differ" },
	{ 'd', "domain", "hvm|pv", "which guests of a XenServer or XCP-ng host (default hvm)" },
	{ 'D', "dot", NULL, "draw the baselines for graphviz" },
	{ 'E', "expanded", NULL, "name every feature, instead of what differs from a model" },
	{ 'F', "for", "PLATFORM", "whose policy to write; see 'featset list platforms'" },
	{ 'f', "to", "FORMAT", "format to write; see 'featset list formats'" },
	{ 'g', "guest", "NAME", "of GUEST, only the VM or host of this name or uuid" },
	{ 'H', "how", "PLATFORM", "print what collects it: xcp-ng, libvirt or proxmox" },
	{ 'L', "html", "FILE", "write a page to FILE, '-' for standard output" },
	{ 'i', "host", "NAME", "only the host, or VM, of this name or uuid" },
	{ 'J', "join", "INPUT", "what if the hosts of INPUT joined; may be repeated" },
	{ 'j', "json", NULL, "JSON for programs, with \"schema\": 1" },
	{ 'k', "keep-going", NULL, "leave out broken hosts, with a warning, and use the rest" },
	{ 'O', "leave-open", NULL, "leave bits that nobody read to the host, in masks" },
	{ 'l', "max-size", "SIZE", "largest file to read (256M); bytes, or with K, M or G" },
	{ 'm', "models", NULL, "with the models of hypervisors" },
	{ 'N', "name", "NAME", "what the text calls it: a VM or a model of your own" },
	{ 'n', "names", "DIALECT", "spell names as linux, xen, qemu, libvirt, gcc or intel" },
	{ 'o', "output", "FILE", "write to FILE, not to standard output" },
	{ 'P', "pool", "INPUT", "records of its pool, a file or folder; may be repeated" },
	{ 'p', "nearest", NULL, "show every nearest baseline, not only the best" },
	{ 'r', "rule", "RULE", "plain, xenserver, safe or kvm" },
	{ 'S', "strict", NULL, "write nothing that does not say all of the features" },
	{ 'V', "target", "VERSION", "of PLATFORM, which version (default the newest known)" },
	{ 't', "tree", NULL, "draw the baselines as a tree" },
	{ 'T', "to", "INPUT", "could the VMs migrate to the pool of INPUT" },
	{ 'W', "without", "HOST", "what if this host, by name or uuid, left; may be repeated" },
	{ 'w', "why", "NAME", "what keeps this baseline out of the CPU's reach" },
	{ 'x', "no-msr", NULL, "do not open /dev/kvm and /dev/cpu when reading this machine" },
	{ 'h', "help", NULL, "show this help" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool takes(const struct command *command, const struct option_row *row)
{
	return row->letter == 'h' || row->letter == 'C' || strchr(command->options, row->letter);
}

void options_help(const struct command *command)
{
	char left[40];

	printf("Usage: featset %s%s %s\n%s\n", command->name, " [OPTION]...", command->arguments, command->help);
	puts("\nOptions:");
	for (size_t i = 0; i < ROWS; i++) {
		if (!takes(command, &rows[i]))
			continue;
		snprintf(left, sizeof(left), "%s--%s%s%s",
			 rows[i].letter == 'h'   ? "-h, "
			 : rows[i].letter == 'o' ? "-o, "
						 : "",
			 rows[i].name, rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		printf("  %-18s %s\n", left, rows[i].text);
	}
}

/* `letter` is getopt_long's optopt: 0 for a long option it does not know. */
static int bad_option(const struct command *command, const char *word, int letter)
{
	const char *names[ROWS + 1] = { NULL };
	const char *near;
	size_t count = 0;

	for (size_t i = 0; i < ROWS; i++)
		if (takes(command, &rows[i]))
			names[count++] = rows[i].name;
	if (letter && strncmp(word, "--", 2) == 0)
		return out_trouble("%s: option '%s' takes no value", command->name, word);
	if (letter)
		return out_trouble("%s: unknown option '-%c'; see 'featset %s --help'", command->name, letter,
				   command->name);
	near = text_nearest(word + 2, names);
	if (near)
		return out_trouble("%s: unknown option '%s' (did you mean '--%s'?)", command->name, word, near);
	return out_trouble("%s: unknown option '%s'; see 'featset %s --help'", command->name, word, command->name);
}

static int bad_value(const char *what, const char *word, const char *const *known)
{
	const char *near = text_nearest(word, known);
	struct text list = { 0 };
	int code;

	for (size_t i = 0; known[i]; i++)
		text_add(&list, "%s%s", i ? ", " : "", known[i]);
	if (near)
		code = out_trouble("unknown %s '%s' (did you mean '%s'?)", what, word, near);
	else
		code = out_trouble("unknown %s '%s': expected one of %s", what, word, text_get(&list));
	text_free(&list);
	return code;
}

static int set_names(struct settings *settings, const char *word)
{
	const char *known[FEATSET_DIALECTS + 1] = { NULL };

	settings->names = featset_dialect_find(word);
	if (settings->names < FEATSET_DIALECTS)
		return -1;
	for (unsigned d = 0; d < FEATSET_DIALECTS; d++)
		known[d] = featset_dialect_name((featset_dialect_t)d);
	return bad_value("dialect", word, known);
}

static int set_rule(struct settings *settings, const char *word)
{
	const char *known[FEATSET_RULES + 1] = { NULL };

	settings->rule = featset_rule_find(word);
	if (settings->rule < FEATSET_RULES)
		return -1;
	for (unsigned r = 0; r < FEATSET_RULES; r++)
		known[r] = featset_rule_name((featset_rule_t)r);
	return bad_value("rule", word, known);
}

static int set_platform(struct settings *settings, const char *word)
{
	const char **known = cli_alloc(featset_platform_count() + 1, sizeof(*known));
	int code = -1;

	for (size_t i = 0; i < featset_platform_count(); i++)
		known[i] = featset_platform_name(featset_platform_at(i));
	settings->platform = featset_platform_find(word, NULL);
	if (!settings->platform)
		code = bad_value("platform", word, known);
	free(known);
	return code;
}

static int set_domain(struct settings *settings, const char *word)
{
	static const char *const known[] = { "hvm", "pv", NULL };

	settings->pv = strcmp(word, "pv") == 0;
	return settings->pv || strcmp(word, "hvm") == 0 ? -1 : bad_value("domain", word, known);
}

/* Bytes, or with K, M or G behind them multiples of 1024. */
static int set_limit(struct settings *settings, const char *word)
{
	static const char letters[] = "KMG";
	unsigned long long size;
	const char *unit;
	unsigned shift = 0;
	char *end;

	errno = 0;
	size = strtoull(word, &end, 10);
	unit = *end ? strchr(letters, *end >= 'a' ? *end - 'a' + 'A' : *end) : NULL;
	if (unit)
		shift = 10 * (unsigned)(unit - letters + 1);
	if (*word < '0' || *word > '9' || errno || !size || (*end && (!unit || end[1])) || size > SIZE_MAX >> shift)
		return out_trouble("--max-size '%s': expected a number of bytes, such as 1000000 or 512M or 2G", word);
	settings->limit = (size_t)size << shift;
	return -1;
}

static int set_json(struct settings *settings)
{
#ifdef FEATSET_NO_JSON
	(void)settings;
	return out_trouble("--json is not in this build (it was made with JSON=0)");
#else
	settings->json = true;
	return -1;
#endif
}

static int append(const char *option, char **list, size_t *count, char *value)
{
	if (*count == SETTINGS_MOST)
		return out_trouble("--%s: no more than %d times", option, SETTINGS_MOST);
	list[(*count)++] = value;
	return -1;
}

/* The options of pool. */
static int set_pool(struct settings *settings, int letter, char *value)
{
	if (letter == 'J')
		return append("join", settings->join, &settings->joins, value);
	if (letter == 'W')
		return append("without", settings->without, &settings->withouts, value);
	*(letter == 'B'	  ? &settings->before
	  : letter == 'H' ? &settings->how
	  : letter == 'L' ? &settings->html
			  : &settings->to) = value;
	return -1;
}

/* The options of policy. */
static int set_policy(struct settings *settings, int letter, const char *value)
{
	switch (letter) {
	case 'E':
		settings->expanded = true;
		return -1;
	case 'F':
		return set_platform(settings, value);
	case 'N':
		settings->name = value;
		return -1;
	case 'O':
		settings->leave_open = true;
		return -1;
	case 'S':
		settings->strict = true;
		return -1;
	default:
		settings->target = value;
		return -1;
	}
}

static int set(struct settings *settings, const struct command *command, int letter, char *value)
{
	switch (letter) {
	case 'B':
	case 'H':
	case 'J':
	case 'L':
	case 'T':
	case 'W':
		return set_pool(settings, letter, value);
	case 'E':
	case 'F':
	case 'N':
	case 'O':
	case 'S':
	case 'V':
		return set_policy(settings, letter, value);
	case 'a':
		settings->all = true;
		return -1;
	case 'C':
		settings->catalog_path = value;
		return -1;
	case 'c':
		settings->cpus = true;
		settings->host_flags |= FEATSET_HOST_ALL_CPUS;
		return -1;
	case 'd':
		return set_domain(settings, value);
	case 'D':
		settings->dot = true;
		return -1;
	case 'f':
		settings->to = value;
		return -1;
	case 'g':
		settings->guest = value;
		return -1;
	case 'h':
		options_help(command);
		return EXIT_YES;
	case 'i':
		settings->only = value;
		return -1;
	case 'j':
		return set_json(settings);
	case 'k':
		settings->host_flags |= FEATSET_KEEP_GOING;
		return -1;
	case 'l':
		return set_limit(settings, value);
	case 'm':
		settings->models = true;
		return -1;
	case 'n':
		return set_names(settings, value);
	case 'o':
		settings->output = value;
		return -1;
	case 'P':
		return append("pool", settings->pool, &settings->pools, value);
	case 'p':
		settings->nearest = true;
		return -1;
	case 'r':
		return set_rule(settings, value);
	case 't':
		settings->tree = true;
		return -1;
	case 'w':
		settings->why = value;
		return -1;
	default:
		settings->host_flags |= FEATSET_HOST_NO_MSR;
		return -1;
	}
}

static int count_words(const struct command *command, int count)
{
	if (count < command->least)
		return out_trouble("%s: needs %s; see 'featset %s --help'", command->name, command->arguments,
				   command->name);
	if (command->most >= 0 && count > command->most)
		return out_trouble("%s: takes %s and no more; see 'featset %s --help'", command->name,
				   command->most ? command->arguments : "options only", command->name);
	return -1;
}

int options_read(struct settings *settings, const struct command *command, int argc, char **argv, int *first)
{
	struct option table[ROWS + 1] = { { 0 } };
	const char *letters = strchr(command->options, 'o') ? ":ho:" : ":h";
	size_t count = 0;
	int letter, code;

	for (size_t i = 0; i < ROWS; i++)
		if (takes(command, &rows[i]))
			table[count++] =
				(struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
						 rows[i].letter };
	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, table, NULL)) >= 0) {
		if (letter == ':')
			return out_trouble("%s: option '%s' needs a value", command->name, argv[optind - 1]);
		if (letter == '?')
			return bad_option(command, argv[optind - 1], optopt);
		code = set(settings, command, letter, optarg);
		if (code >= 0)
			return code;
	}
	*first = optind;
	return count_words(command, argc - optind);
}
