/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void warn_left_out(const featset_t *left_out, const struct settings *settings)
{
	struct text text = { 0 };

	if (featset_is_empty(left_out))
		return;
	text_add_set(&text, left_out, settings->names);
	out_warn("format '%s' cannot hold %u of the features: %s", settings->to, featset_count(left_out),
		 text_get(&text));
	text_free(&text);
}

static bool is_dump(const featset_format_t *format)
{
	static const char *const dumps[] = { "aida64", "cpuid", "libvirt-cpudata" };

	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++)
		if (strcmp(featset_format_name(format), dumps[i]) == 0)
			return true;
	return false;
}

/* Is there a reason to write a word's leaf: something known of it, or family, model and widths of addresses? */
static bool leaf_is_told(const featset_cpu_t *cpu, unsigned word)
{
	uint32_t leaf = featset_word_index(word);

	for (unsigned w = 0; w < FEATSET_WORDS; w++)
		if (featset_word_source(w) == FEATSET_SOURCE_CPUID && featset_word_index(w) == leaf &&
		    featset_word_subleaf(w) == featset_word_subleaf(word) && featset_word(featset_cpu_known(cpu), w))
			return true;
	return leaf == 1 || (leaf == 0x80000008 && featset_cpu_number(cpu, FEATSET_PHYS_BITS) > 0);
}

/*
 * A dump has all four registers of a leaf, so what nobody read of them stands
 * there as 0, which whoever reads the dump takes for known: reading it tells which.
 */
static void warn_invented(const featset_cpu_t *cpu, const char *data, size_t length, const featset_format_t *format,
			  const struct settings *settings)
{
	featset_inventory_t *back = NULL;
	struct text text = { 0 };
	featset_t invented;

	if (!is_dump(format) || featset_read(&back, data, length, format, NULL, NULL) != FEATSET_OK)
		return;
	featset_minus(&invented, featset_cpu_known(featset_inventory_cpu(back, 0, FEATSET_SLOT_CPU)),
		      featset_cpu_known(cpu));
	featset_inventory_free(back);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		if (featset_word_source(word) == FEATSET_SOURCE_CPUID && featset_word(&invented, word) &&
		    leaf_is_told(cpu, word))
			text_add(&text, "%s%s", text.length ? " " : "", featset_word_name(word));
	if (text.length)
		out_warn("nobody read all bits of these registers, and format '%s' says 0 where it cannot leave them "
			 "out: %s",
			 settings->to, text_get(&text));
	text_free(&text);
}

/* Formats made of leaves cannot do without leaf 0 and 1, which tell vendor, largest leaf, family and model. */
static void warn_made_up(const featset_cpu_t *cpu, const featset_format_t *format, const struct settings *settings)
{
	struct text text = { 0 };

	if (!is_dump(format))
		return;
	if (!*featset_cpu_vendor(cpu))
		text_add(&text, "vendor (empty)");
	if (featset_cpu_number(cpu, FEATSET_FAMILY) < 0)
		text_add(&text, "%sfamily, model and stepping (0)", text.length ? ", " : "");
	if (featset_cpu_number(cpu, FEATSET_MAX_BASIC) < 0)
		text_add(&text, "%slargest leaves (those needed)", text.length ? ", " : "");
	if (text.length)
		out_warn("the input does not tell, so format '%s' says something made up: %s", settings->to,
			 text_get(&text));
	text_free(&text);
}

static int save(const char *data, size_t length, const char *path)
{
	FILE *file = path ? fopen(path, "wb") : stdout;
	bool failed;

	if (!file)
		return out_trouble("%s: cannot be written: %s", path, strerror(errno));
	failed = fwrite(data, 1, length, file) != length;
	if (!path)
		return EXIT_YES; /* the end of the program looks after standard output */
	failed |= fclose(file) != 0;
	return failed ? out_trouble("%s: cannot be written: %s", path, strerror(errno)) : EXIT_YES;
}

#ifdef FEATSET_NO_JSON
/* Never called: the options refuse --json in this build. */
static char *wrapped(const char *data, const featset_t *left_out, const struct settings *settings)
{
	(void)left_out, (void)settings;
	return cli_copy(data);
}
#else
/* The text as a string beside what it leaves out. */
static char *wrapped(const char *data, const featset_t *left_out, const struct settings *settings)
{
	json_t *root = json_start();
	struct text text = { 0 };
	char *dumped;

	json_object_set_new(root, "format", json_text(settings->to));
	json_object_set_new(root, "text", json_string(data));
	json_object_set_new(root, "left_out", json_set(left_out, settings->names));
	dumped = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	text_add(&text, "%s\n", dumped ? dumped : "");
	free(dumped);
	return text.data;
}
#endif

static int save_json(const char *data, const featset_t *left_out, const struct settings *settings)
{
	char *whole = wrapped(data, left_out, settings);
	int code = save(whole, strlen(whole), settings->output);

	free(whole);
	return code;
}

static int write_cpu(const featset_cpu_t *cpu, const featset_format_t *format, const struct settings *settings)
{
	featset_error_t error = { 0 };
	featset_t left_out;
	size_t length = 0;
	char *data;
	int code;

	featset_clear(&left_out);
	if (featset_write(NULL, 0, &length, cpu, format, settings->names, &left_out, &error) != FEATSET_OK)
		return out_error(&error);
	data = cli_alloc(length + 1, 1);
	if (featset_write(data, length + 1, &length, cpu, format, settings->names, &left_out, &error) != FEATSET_OK)
		code = out_error(&error);
	else if (settings->json)
		code = save_json(data, &left_out, settings);
	else
		code = save(data, length, settings->output);
	if (code == EXIT_YES && !settings->json) {
		warn_left_out(&left_out, settings);
		warn_made_up(cpu, format, settings);
		warn_invented(cpu, data, length, format, settings);
	}
	free(data);
	return code;
}

static int convert(const struct hosts *hosts, const featset_format_t *format, const struct settings *settings)
{
	const featset_cpu_t *cpu;

	if (hosts->count > 1)
		return out_trouble("format '%s' holds one CPU, and the input tells of %zu: pick one with --host NAME, "
				   "the first is '%s'",
				   settings->to, hosts->count, hosts->host[0].name);
	cpu = hosts_cpu(&hosts->host[0], settings, false);
	return cpu ? write_cpu(cpu, format, settings) : EXIT_TROUBLE;
}

int cmd_convert(const struct settings *settings, int count, char **words)
{
	const featset_format_t *format;
	featset_error_t error = { 0 };
	struct hosts hosts;
	int code;

	if (!settings->to)
		return out_trouble("convert: needs --to FORMAT; 'featset list formats' shows which");
	format = featset_format_find(settings->to, &error);
	if (!format)
		return out_error(&error);
	if (!featset_format_writes(format))
		return out_trouble("format '%s' can be read but not written", settings->to);
	if (!hosts_read(&hosts, settings, count, words))
		return EXIT_TROUBLE;
	code = convert(&hosts, format, settings);
	hosts_free(&hosts);
	return code;
}
