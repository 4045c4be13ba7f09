/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verdict {
	featset_answer_t answer;
	featset_t missing, unknown;
	bool vendor_differs;
};

struct check {
	const struct host *guest;
	const featset_cpu_t *cpu; /* the guest's */
	const struct hosts *hosts;
	struct verdict *verdict; /* one a host, and the sum of all after them */
};

static bool vendors_differ(const featset_cpu_t *a, const featset_cpu_t *b)
{
	const char *one = featset_cpu_vendor(a), *two = featset_cpu_vendor(b);

	return *one && *two && strcmp(one, two) != 0;
}

static bool from_xapi(const featset_cpu_t *cpu)
{
	return featset_cpu_number(cpu, FEATSET_XEN_LENGTH) >= 0;
}

static void sum_up(struct verdict *all, const struct verdict *one)
{
	featset_or(&all->missing, &all->missing, &one->missing);
	featset_or(&all->unknown, &all->unknown, &one->unknown);
	all->vendor_differs |= one->vendor_differs;
	if (one->answer == FEATSET_NO || all->answer == FEATSET_YES)
		all->answer = one->answer;
}

static bool judge(struct check *check, const struct settings *settings)
{
	struct verdict *all = &check->verdict[check->hosts->count];

	*all = (struct verdict){ .answer = FEATSET_YES };
	for (size_t i = 0; i < check->hosts->count; i++) {
		const featset_cpu_t *host = hosts_cpu(&check->hosts->host[i], settings, true);
		struct verdict *one = &check->verdict[i];

		if (!host)
			return false;
		featset_clear(&one->missing);
		featset_clear(&one->unknown);
		one->answer = featset_cpu_fits(check->cpu, host, &one->missing, &one->unknown);
		one->vendor_differs = vendors_differ(check->cpu, host);
		if (one->vendor_differs && from_xapi(check->cpu) && from_xapi(host))
			one->answer = FEATSET_NO;
		sum_up(all, one);
	}
	/* What was left out may be the host that cannot. */
	if (all->answer == FEATSET_YES && hosts_left_out(check->hosts))
		all->answer = FEATSET_UNKNOWN;
	return true;
}

static int exit_code(const struct check *check)
{
	return check->verdict[check->hosts->count].answer == FEATSET_YES ? EXIT_YES : EXIT_NO;
}

/* ---- text --------------------------------------------------------------------------- */

static size_t count_answer(const struct check *check, featset_answer_t answer)
{
	size_t count = 0;

	for (size_t i = 0; i < check->hosts->count; i++)
		count += check->verdict[i].answer == answer;
	return count;
}

static void show_answer(const struct check *check)
{
	const struct verdict *all = &check->verdict[check->hosts->count];
	const char *guest = check->guest->name, *host = check->hosts->host[0].name;
	size_t hosts = check->hosts->count;
	struct text missing = { 0 };

	const char *but = all->vendor_differs ? "; a running VM cannot move, the vendors differ" : "";

	text_add_count(&missing, featset_count(&all->missing), "feature");
	if (all->answer == FEATSET_YES && hosts == 1)
		out_answer(OUT_GOOD, "yes: what runs as %s can run on %s%s", guest, host, but);
	else if (all->answer == FEATSET_YES)
		out_answer(OUT_GOOD, "yes: what runs as %s can run on all %zu hosts%s", guest, hosts, but);
	else if (all->answer == FEATSET_NO && hosts == 1 && featset_is_empty(&all->missing))
		out_answer(OUT_BAD, "no: %s has a CPU of another vendor than %s", host, guest);
	else if (all->answer == FEATSET_NO && hosts == 1)
		out_answer(OUT_BAD, "no: %s lacks %s that %s has", host, text_get(&missing), guest);
	else if (all->answer == FEATSET_NO)
		out_answer(OUT_BAD, "no: %zu of %zu hosts %s", count_answer(check, FEATSET_NO), hosts,
			   featset_is_empty(&all->missing) ? "are of another vendor" : "lack features that it has");
	else if (!count_answer(check, FEATSET_UNKNOWN))
		out_answer(OUT_BAD, "unknown: a host was left out; %s can run on all the others", guest);
	else if (hosts == 1)
		out_answer(OUT_BAD, "unknown: not everything that %s has was read on %s", guest, host);
	else
		out_answer(OUT_BAD, "unknown: not everything that %s has was read on %zu of %zu hosts", guest,
			   count_answer(check, FEATSET_UNKNOWN), hosts);
	text_free(&missing);
}

static void show_host(const struct check *check, size_t index, featset_dialect_t names)
{
	static const char *const words[] = { "no", "yes", "unknown" };
	const struct verdict *one = &check->verdict[index];
	char label[64];

	out_paragraph(OUT_PLAIN, "", 0, "%s: %s", check->hosts->host[index].name, words[one->answer]);
	snprintf(label, sizeof(label), "    missing %u: ", featset_count(&one->missing));
	out_set(label, 8, &one->missing, names);
	snprintf(label, sizeof(label), "    not read %u: ", featset_count(&one->unknown));
	out_set(label, 8, &one->unknown, names);
	if (one->vendor_differs)
		out_paragraph(OUT_PLAIN, "    ", 4, "another vendor: a running VM cannot migrate there");
}

static int show(const struct check *check, const struct settings *settings)
{
	show_answer(check);
	out_gap();
	for (size_t i = 0; i < check->hosts->count; i++)
		show_host(check, i, settings->names);
	if (!featset_is_empty(&check->verdict[check->hosts->count].missing)) {
		out_gap();
		out_paragraph(OUT_PLAIN, "", 0,
			      "A guest that is to run on all of them must be started without the missing features; "
			      "'featset level' with the same inputs gives what is left.");
	}
	return exit_code(check);
}

/* ---- JSON ----------------------------------------------------------------------------- */

#ifdef FEATSET_NO_JSON
#define json(check, settings) EXIT_TROUBLE
#else
static void json_verdict(json_t *object, const struct verdict *verdict, featset_dialect_t names)
{
	static const char *const words[] = { "no", "yes", "unknown" };

	json_object_set_new(object, "compatible", json_string(words[verdict->answer]));
	json_object_set_new(object, "missing", json_set(&verdict->missing, names));
	json_object_set_new(object, "unknown", json_set(&verdict->unknown, names));
	json_object_set_new(object, "vendor_differs", json_boolean(verdict->vendor_differs));
}

static int json(const struct check *check, const struct settings *settings)
{
	json_t *root = json_start(), *array = json_array();

	json_object_set_new(root, "guest", json_text(check->guest->name));
	json_verdict(root, &check->verdict[check->hosts->count], settings->names);
	for (size_t i = 0; i < check->hosts->count; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "name", json_text(check->hosts->host[i].name));
		json_object_set_new(object, "uuid", json_text(check->hosts->host[i].uuid));
		json_verdict(object, &check->verdict[i], settings->names);
		json_array_append_new(array, object);
	}
	json_object_set_new(root, "hosts", array);
	json_object_set_new(root, "notes", json_notes(check->hosts));
	json_finish(root);
	return exit_code(check);
}
#endif

static int answer(const struct hosts *guest, const struct hosts *hosts, const struct settings *settings)
{
	struct check check = { &guest->host[0], NULL, hosts, NULL };
	int code = EXIT_TROUBLE;

	if (guest->count != 1)
		return out_trouble("check: GUEST must be one CPU, and tells of %zu; --guest NAME picks one",
				   guest->count);
	check.cpu = hosts_cpu(check.guest, settings, false);
	if (!check.cpu)
		return EXIT_TROUBLE;
	check.verdict = cli_alloc(hosts->count + 1, sizeof(*check.verdict));
	if (judge(&check, settings))
		code = settings->json ? json(&check, settings) : show(&check, settings);
	free(check.verdict);
	return code;
}

int cmd_check(const struct settings *settings, int count, char **words)
{
	struct settings of_guest = *settings;
	struct hosts guest, hosts;
	int code;

	of_guest.only = settings->guest;
	if (!hosts_read(&guest, &of_guest, 1, words))
		return EXIT_TROUBLE;
	if (!hosts_read(&hosts, settings, count - 1, words + 1)) {
		hosts_free(&guest);
		return EXIT_TROUBLE;
	}
	code = answer(&guest, &hosts, settings);
	hosts_free(&hosts);
	hosts_free(&guest);
	return code;
}
