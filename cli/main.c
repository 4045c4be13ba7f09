/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command commands[] = {
	{ "check", "GUEST HOST...", "can what runs as GUEST run on each HOST?", "dgijklnx", 2, -1,
	  "Can what runs as GUEST run on each HOST?  Exit code 0: yes, on all of them;\n"
	  "1: no, or it cannot be told; 2: trouble.\n"
	  "\n"
	  "A guest on a XenServer or XCP-ng host is what new guests get there\n"
	  "(features_hvm_host); a host is what it accepts in a migration (features_hvm).\n"
	  "\n"
	  "Examples:\n"
	  "  featset check haswell ivybridge\n"
	  "  featset check vms.txt hosts.txt --guest mail\n"
	  "  xe vm-param-get uuid=VM param-name=last-boot-CPU-flags |\n"
	  "      featset check - hosts.txt",
	  cmd_check },
	{ "convert", "INPUT", "write INPUT in another format", "dfijklnox", 1, 1,
	  "Writes INPUT in another format, and tells what that format cannot hold.\n"
	  "\n"
	  "Examples:\n"
	  "  cpuid -1 -r | featset convert --to xen -\n"
	  "  featset convert --to names --names qemu ivybridge",
	  cmd_convert },
	{ "diff", "INPUT...", "what either of two CPUs has and the other has not", "dijklnx", 1, 2,
	  "What either of two CPUs has and the other has not.  The two come from two\n"
	  "INPUTs, or from one that tells of two hosts.  Exit code 0: both have the same;\n"
	  "1: they differ, or it cannot be told; 2: trouble.\n"
	  "\n"
	  "Examples:\n"
	  "  featset diff haswell ivybridge\n"
	  "  featset diff before.txt host",
	  cmd_diff },
	{ "explain", "[FILE|-|TEXT...]", "what a pasted error says, and what helps", "jklnP", 0, -1,
	  "Finds the errors in a text of xe, Xen Orchestra, xensource.log, libvirt, QEMU or\n"
	  "Proxmox, and says what happened, which features are missing and what to type.\n"
	  "Without FILE the text comes from standard input.  With the pool's records\n"
	  "references become names.  Exit code 0: explained; 1: no known error is in the\n"
	  "text; 2: trouble.\n"
	  "\n"
	  "Examples:\n"
	  "  featset explain error.txt\n"
	  "  xe host-evacuate uuid=HOST 2>&1 |\n"
	  "      featset explain --pool hosts.txt --pool vms.txt\n"
	  "  featset explain \"TCG doesn't support requested feature: CPUID.01H:ECX.aes\"",
	  cmd_explain },
	{ "host", "", "what this machine has", "acjnpwx", 0, 0,
	  "Shows this machine: what it is, what it has, what it lacks.\n"
	  "\n"
	  "Features that only model-specific registers tell of are read from /dev/kvm or\n"
	  "/dev/cpu where that is allowed, and are unknown elsewhere.",
	  cmd_host },
	{ "level", "INPUT...", "what all CPUs have in common, and what each loses by it", "FVcdijklnrx", 1, -1,
	  "What all CPUs have in common, which baseline that is, and what each loses by it.\n"
	  "\n"
	  "The rule is that of --for, else xenserver when every INPUT came from XAPI, else\n"
	  "safe.  'featset list rules' says what each of them does.\n"
	  "\n"
	  "Examples:\n"
	  "  featset level hosts.txt\n"
	  "  featset level --for qemu host ivybridge dump.txt",
	  cmd_level },
	{ "list", "WHAT [TEXT]", "what featset knows", "Djmnt", 1, 2,
	  "Lists what featset knows; with TEXT, only the rows with that text in them.\n"
	  "WHAT is features, baselines, models, formats, platforms, words, dialects, rules\n"
	  "or errors.\n"
	  "\n"
	  "Examples:\n"
	  "  featset list baselines --tree\n"
	  "  featset list baselines --dot | dot -Tsvg > baselines.svg\n"
	  "  featset list features avx",
	  cmd_list },
	{ "policy", "INPUT...", "what to write into a platform's configuration", "EFNOSVdijklnrx", 1, -1,
	  "Writes the level of all INPUTs, or one CPU as it is, for --for PLATFORM.  What\n"
	  "cannot be expressed there is told on standard error.\n"
	  "\n"
	  "Example:\n"
	  "  featset policy --for libvirt haswell.txt ivybridge.txt > cpu.xml",
	  cmd_policy },
	{ "pool", "INPUT...", "which VM can go where in a pool, why not, and what to do", "aBHkJLljnTW", 0, -1,
	  "Which hosts can be evacuated, which VMs stand in the way and why, what gives\n"
	  "them back their mobility, what each host costs the pool.  Each INPUT is a file\n"
	  "or a folder of what --how collects, or '-' for standard input; together they are\n"
	  "one pool.  Exit code 0: all hosts can be evacuated, and every VM fits every CPU;\n"
	  "1: not so, or it cannot be told; 2: trouble.  --join and --without ask what would\n"
	  "be, --to whether the VMs could go to another pool, --before what has changed.\n"
	  "\n"
	  "Examples:\n"
	  "  featset pool --how xcp-ng\n"
	  "  featset pool pool.txt\n"
	  "  featset pool --join newhost.txt pool.txt\n"
	  "  featset pool --before lastweek.txt today.txt",
	  cmd_pool },
	{ "show", "INPUT", "what a CPU or a baseline is, has and lacks", "acdijklnpwx", 1, 1,
	  "Shows what a CPU is, what it has and what it lacks of its microarchitecture;\n"
	  "of a baseline, what it adds and what others call it.  With --why, exit code 0:\n"
	  "nothing keeps the baseline out of reach; 1: something does, or may; 2: trouble.\n"
	  "\n"
	  "Examples:\n"
	  "  cpuid -1 -r | featset show -\n"
	  "  featset show --why x86-64-v3 host\n"
	  "  featset show haswell-avx2+sha_ni",
	  cmd_show },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL, NULL },
};

static void help(void)
{
	puts("Usage: featset COMMAND [OPTION]... [INPUT]...\n"
	     "Tells what a mix of x86 CPUs has in common.\n"
	     "\n"
	     "Commands:");
	for (const struct command *c = commands; c->name; c++)
		printf("  %-8s %s\n", c->name, c->summary);
	puts("\n"
	     "An INPUT is a file in any format of 'featset list formats', '-' for standard\n"
	     "input, 'host' for this machine, a baseline's name (ivybridge, Milan), features\n"
	     "(avx2,bmi2), a Xen string, or a sum (haswell-avx2+sha_ni).\n"
	     "\n"
	     "Exit codes: 0 yes, 1 no or unknown, 2 trouble.\n"
	     "'featset COMMAND --help' tells more; so does featset(1).");
}

static const struct command *find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[sizeof(commands) / sizeof(commands[0])] = { NULL };
	const char *near;

	for (size_t i = 0; commands[i].name; i++)
		names[i] = commands[i].name;
	near = text_nearest(name, names);
	if (near)
		return out_trouble("unknown command '%s' (did you mean '%s'?)", name, near);
	return out_trouble("unknown command '%s'; see 'featset --help'", name);
}

static int run_with_catalog(struct settings *settings, const struct command *command, int count, char **words)
{
	const char *path = settings->catalog_path ? settings->catalog_path : getenv("FEATSET_CATALOG");
	featset_catalog_t *catalog = NULL;
	featset_error_t error = { 0 };
	int code;

	if (path && *path && featset_catalog_read_file(&catalog, path, &error) != FEATSET_OK)
		return out_error(&error);
	settings->catalog = catalog;
	code = command->run(settings, count, words);
	featset_catalog_free(catalog);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct settings settings = { .names = FEATSET_CANONICAL, .rule = FEATSET_RULES };
	int first = 0;
	int code = options_read(&settings, command, argc, argv, &first);

	return code >= 0 ? code : run_with_catalog(&settings, command, argc - first, argv + first);
}

static int help_about(const char *name)
{
	const struct command *command = find(name);

	if (!command)
		return unknown_command(name);
	options_help(command);
	return EXIT_YES;
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;
	const char *word = argc > 1 ? argv[1] : "";

	if (argc < 2)
		return out_trouble("no command; see 'featset --help'");
	if (strcmp(word, "help") == 0 && argc > 2)
		return help_about(argv[2]);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		help();
		return EXIT_YES;
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		puts("featset " FEATSET_VERSION);
		return EXIT_YES;
	}
	if (*word == '-')
		return out_trouble("unknown option '%s'; the command comes first, see 'featset --help'", word);
	command = find(word);
	return command ? run(command, argc - 1, argv + 1) : unknown_command(word);
}

int main(int argc, char **argv)
{
	out_start();
	return out_finish(dispatch(argc, argv));
}
