/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *describe_kind(const featset_cpu_t *cpu, const struct settings *settings)
{
	struct identity identity;
	const featset_baseline_t *baseline;

	identity_find(&identity, cpu, settings);
	baseline = identity.uarch ? identity.uarch : identity.nearest;
	return baseline ? featset_baseline_name(baseline) : "";
}

const char *describe_psabi(const featset_cpu_t *cpu)
{
	static const char *const names[] = { "", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4" };
	int level = featset_psabi(cpu);

	return level >= 0 && level <= 4 ? names[level] : "";
}

const char *describe_view(const featset_cpu_t *cpu)
{
	switch (featset_cpu_view(cpu)) {
	case FEATSET_VIEW_HARDWARE:
		return "the hardware itself";
	case FEATSET_VIEW_GUEST:
		return "a virtual machine, as its hypervisor shows it";
	case FEATSET_VIEW_DOM0:
		return "Xen's control domain, as Xen shows it";
	case FEATSET_VIEW_PROMISED:
		return "what a hypervisor offers to its guests";
	default:
		return "";
	}
}

char *xen_string(const featset_cpu_t *cpu)
{
	const featset_t *features = featset_cpu_features(cpu);
	int64_t length = featset_cpu_number(cpu, FEATSET_XEN_LENGTH);
	size_t size;
	char *string;

	if (length <= 0) {
		for (length = FEATSET_XEN_WORDS; length > 1; length--)
			if (featset_word(features, (unsigned)length - 1))
				break;
	}
	size = featset_xen_write(NULL, 0, features, (size_t)length) + 1;
	string = cli_alloc(size, 1);
	featset_xen_write(string, size, features, (size_t)length);
	return string;
}

/* ---- groups of features ------------------------------------------------------------- */

static void group_user(featset_t *dst)
{
	featset_t user;

	featset_of_class(dst, FEATSET_CLASS_CAPABILITY);
	featset_of_scope(&user, FEATSET_SCOPE_USER);
	featset_and(dst, dst, &user);
}

static void group_system(featset_t *dst)
{
	featset_t user;

	featset_of_class(dst, FEATSET_CLASS_CAPABILITY);
	featset_of_scope(&user, FEATSET_SCOPE_USER);
	featset_minus(dst, dst, &user);
}

static void group_mirrors(featset_t *dst)
{
	static const featset_class_t classes[] = { FEATSET_CLASS_DYNAMIC, FEATSET_CLASS_HINT, FEATSET_CLASS_ALIAS,
						   FEATSET_CLASS_INVERTED };
	featset_t part;

	featset_clear(dst);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		featset_of_class(&part, classes[i]);
		featset_or(dst, dst, &part);
	}
}

static void group_firmware(featset_t *dst)
{
	featset_of_class(dst, FEATSET_CLASS_FIRMWARE);
}

static void group_mitigations(featset_t *dst)
{
	featset_of_class(dst, FEATSET_CLASS_MITIGATION);
}

static void group_numbers(featset_t *dst)
{
	featset_of_class(dst, FEATSET_CLASS_NUMBER);
}

static const struct {
	const char *title;
	void (*members)(featset_t *dst);
} groups[] = {
	{ "for programs", group_user },
	{ "for kernels and hypervisors", group_system },
	{ "switched by firmware", group_firmware },
	{ "mitigations", group_mitigations },
	{ "numbers", group_numbers },
	{ "mirrors, hints and copies", group_mirrors },
};

static void show_group(const char *title, const featset_t *set, featset_dialect_t names)
{
	if (featset_is_empty(set))
		return;
	out_paragraph(OUT_PLAIN, "", 0, "%s (%u)", title, featset_count(set));
	out_set("    ", 4, set, names);
}

/* A terminal has at least so many lines; one CPU fits them unless all of it was asked for. */
#define SCREEN 24
/* With more features than this only those are listed that programs use. */
#define SCREENFUL 60
/* What is left for features at the least. */
#define FEATURE_LINES 6
/* For the notes of all inputs together. */
#define NOTE_LINES 3
#define WHOLE	   UINT_MAX

/* A list that ends after so many lines with how many more there are. */
static void show_list(const char *label, unsigned hang, const featset_t *set, featset_dialect_t names, unsigned lines)
{
	featset_t first;
	unsigned count = featset_count(set), left = 0, needed, from;

	from = out_measure();
	out_set(label, hang, set, names);
	needed = out_measured(from);
	if (needed <= lines) {
		out_set(label, hang, set, names);
		return;
	}
	first = *set;
	for (featset_feature_t f = FEATSET_BITS; f-- > 0 && left < count;) {
		struct text text = { 0 };

		if (!featset_has(&first, f))
			continue;
		featset_remove(&first, f);
		left++;
		text_add_set(&text, &first, names);
		text_add(&text, "%s... and %u more", left < count ? " " : "", left);
		from = out_measure();
		out_paragraph(OUT_PLAIN, label, hang, "%s", text_get(&text));
		needed = out_measured(from);
		if (needed <= lines || left == count) {
			out_paragraph(OUT_PLAIN, label, hang, "%s", text_get(&text));
			count = 0;
		}
		text_free(&text);
	}
}

/* Adds "mitigations (26)" to a list. */
static void add_count(struct text *text, const char *title, const featset_t *set)
{
	if (!featset_is_empty(set))
		text_add(text, "%s%s (%u)", text->length ? ", " : "", title, featset_count(set));
}

/* A cpu's features, those without a name, and those that say nothing of the cpu. */
struct parts {
	featset_t named, unnamed, compat;
};

static void find_parts(struct parts *parts, const featset_cpu_t *cpu)
{
	const featset_t *features = featset_cpu_features(cpu);

	featset_and(&parts->compat, features, featset_cpu_compat(cpu));
	featset_minus(&parts->unnamed, features, &parts->compat);
	featset_named(&parts->named);
	featset_and(&parts->named, &parts->named, &parts->unnamed);
	featset_minus(&parts->unnamed, &parts->unnamed, &parts->named);
}

static void find_group(featset_t *dst, const struct parts *parts, size_t group)
{
	groups[group].members(dst);
	featset_and(dst, dst, &parts->named);
}

static void show_all_groups(const struct parts *parts, featset_dialect_t names)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		featset_t group;

		find_group(&group, parts, i);
		show_group(groups[i].title, &group, names);
	}
	show_group("without a name", &parts->unnamed, names);
	show_group("set by the source whatever the CPU", &parts->compat, names);
}

/* What programs use; where that is too much, without what the psABI level has, which the first line names. */
static void show_user_group(const featset_cpu_t *cpu, const featset_t *user, featset_dialect_t names, unsigned lines)
{
	const char *psabi = describe_psabi(cpu);
	const featset_baseline_t *level = *psabi ? featset_baseline_find(psabi, NULL) : NULL;
	featset_t rest, common;
	unsigned needed, from;

	from = out_measure();
	show_group(groups[0].title, user, names);
	needed = out_measured(from);
	if (!level || needed <= lines) {
		if (!featset_is_empty(user))
			out_paragraph(OUT_PLAIN, "", 0, "%s (%u)", groups[0].title, featset_count(user));
		show_list("    ", 4, user, names, lines > 1 ? lines - 1 : 1);
		return;
	}
	featset_baseline_features(&common, level);
	featset_and(&common, &common, user);
	featset_minus(&rest, user, &common);
	out_paragraph(OUT_PLAIN, "", 0, "%s (%u): the %u of %s%s", groups[0].title, featset_count(user),
		      featset_count(&common), psabi, featset_is_empty(&rest) ? "" : " and");
	show_list("    ", 4, &rest, names, lines > 1 ? lines - 1 : 1);
}

/* In so many lines those for programs, and how many more there are. */
static void show_first_group(const featset_cpu_t *cpu, const struct parts *parts, featset_dialect_t names,
			     unsigned lines)
{
	struct text counts = { 0 };
	featset_t user, group;
	unsigned below, from;

	find_group(&user, parts, 0);
	for (size_t i = 1; i < sizeof(groups) / sizeof(groups[0]); i++) {
		find_group(&group, parts, i);
		add_count(&counts, groups[i].title, &group);
	}
	add_count(&counts, "without a name", &parts->unnamed);
	add_count(&counts, "set by the source whatever the CPU", &parts->compat);
	text_add(&counts, "%s--all lists them", counts.length ? "; " : "");
	from = out_measure();
	out_paragraph(OUT_PLAIN, "", 4, "and %s", text_get(&counts));
	below = out_measured(from);
	show_user_group(cpu, &user, names, lines > below ? lines - below : 1);
	out_paragraph(OUT_PLAIN, "", 4, "and %s", text_get(&counts));
	text_free(&counts);
}

/* All features, or, where that takes more lines, those for programs and how many more there are. */
static void show_features(const featset_cpu_t *cpu, featset_dialect_t names, unsigned lines)
{
	struct parts parts;
	unsigned needed, from;

	find_parts(&parts, cpu);
	from = out_measure();
	show_all_groups(&parts, names);
	needed = out_measured(from);
	if (lines == WHOLE || (needed <= lines && featset_count(featset_cpu_features(cpu)) <= SCREENFUL))
		show_all_groups(&parts, names);
	else
		show_first_group(cpu, &parts, names, lines);
}

/* ---- text ------------------------------------------------------------------------------ */

static void add_kind(struct text *text, const struct identity *identity, const featset_cpu_t *cpu)
{
	const featset_baseline_t *uarch = identity->uarch, *near = identity->nearest;
	const char *name = near ? featset_baseline_name(near) : "";

	if (uarch && near && uarch != near && featset_baseline_kind(near) != FEATSET_KIND_PSABI)
		text_add(text, "%s (features as %s)", featset_baseline_name(uarch), name);
	else if (uarch)
		text_add(text, "%s", featset_baseline_name(uarch));
	else if (identity_is_unknown(identity, cpu))
		text_add(text, "unknown part%s%s", near ? ", nearest " : "", name);
	else if (near)
		text_add(text, "%s by its features", name);
	else
		text_add(text, "no known baseline");
}

static void show_answer(const char *name, const struct identity *identity, const featset_cpu_t *cpu)
{
	const featset_baseline_t *near = identity->nearest;
	const char *psabi = describe_psabi(cpu);
	struct text text = { 0 };

	add_kind(&text, identity, cpu);
	if (*psabi && !(near && !identity->uarch && strcmp(psabi, featset_baseline_name(near)) == 0))
		text_add(&text, ", %s", psabi);
	text_add(&text, ", ");
	text_add_count(&text, featset_count(featset_cpu_features(cpu)), "feature");
	out_answer(OUT_BOLD, "%s: %s", name, text_get(&text));
	text_free(&text);
}

/* A sentence of four lines is none: it names fewer features then. */
static void show_identity(struct identity *identity, const featset_cpu_t *cpu, const struct settings *settings)
{
	unsigned needed, from;

	do {
		struct text text = { 0 };

		identity_tell(&text, identity, cpu, settings->names);
		from = out_measure();
		out_paragraph(OUT_PLAIN, "", 2, "%s", text_get(&text));
		needed = out_measured(from);
		if (settings->all || needed <= 3 || identity->first == 1) {
			out_paragraph(OUT_PLAIN, "", 2, "%s", text_get(&text));
			needed = 0;
		}
		text_free(&text);
		identity->first--;
	} while (needed);
}

static void show_part(const featset_cpu_t *cpu)
{
	int64_t family = featset_cpu_number(cpu, FEATSET_FAMILY);
	int64_t model = featset_cpu_number(cpu, FEATSET_MODEL);
	int64_t stepping = featset_cpu_number(cpu, FEATSET_STEPPING);
	struct text text = { 0 };
	char *brand = cli_copy(featset_cpu_brand(cpu)), *vendor = cli_copy(featset_cpu_vendor(cpu));

	text_clean(brand);
	text_clean(vendor);
	if (*brand)
		out_field("brand", "%s", brand);
	if (*vendor)
		text_add(&text, "%s", vendor);
	if (family >= 0 && model >= 0)
		text_add(&text, "%sfamily %" PRId64 ", model %" PRId64 " (%" PRIx64 "h)", text.length ? ", " : "",
			 family, model, (uint64_t)model);
	if (stepping >= 0)
		text_add(&text, "%sstepping %" PRId64, text.length ? ", " : "", stepping);
	if (text.length)
		out_field("part", "%s", text_get(&text));
	text_free(&text);
	free(brand);
	free(vendor);
}

static void show_baseline(const char *label, const featset_baseline_t *baseline, const char *after)
{
	if (featset_baseline_year(baseline))
		out_field(label, "%s: %s, %u%s", featset_baseline_name(baseline), featset_baseline_title(baseline),
			  featset_baseline_year(baseline), after);
	else
		out_field(label, "%s: %s%s", featset_baseline_name(baseline), featset_baseline_title(baseline), after);
}

static void show_nearest(const featset_cpu_t *cpu, const featset_baseline_t *uarch, const struct settings *settings)
{
	size_t count = featset_catalog_nearest(settings->catalog, NULL, 0, cpu);
	const featset_baseline_t **near = cli_alloc(count, sizeof(*near));
	bool all = settings->nearest;
	struct text more = { 0 };

	count = featset_catalog_nearest(settings->catalog, near, count, cpu);
	if (count > 1 && !all)
		text_add(&more, " (and %zu more; --nearest)", count - 1);
	/* The line above has named it. */
	if (count == 1 && near[0] == uarch)
		count = 0;
	for (size_t i = 0; i < count && (all || i == 0); i++)
		show_baseline(i ? "" : "nearest baseline", near[i], more.length ? text_get(&more) : "");
	text_free(&more);
	free(near);
}

static void show_numbers(const featset_cpu_t *cpu)
{
	int64_t phys = featset_cpu_number(cpu, FEATSET_PHYS_BITS);
	int64_t linear = featset_cpu_number(cpu, FEATSET_LINEAR_BITS);
	int64_t basic = featset_cpu_number(cpu, FEATSET_MAX_BASIC);
	int64_t more = featset_cpu_number(cpu, FEATSET_MAX_EXTENDED);
	int64_t avx10 = featset_cpu_number(cpu, FEATSET_AVX10_VERSION);
	struct text text = { 0 };
	int64_t length = featset_cpu_number(cpu, FEATSET_XEN_LENGTH);

	if (phys > 0)
		text_add(&text, "%" PRId64 "-bit addresses", phys);
	if (phys > 0 && linear > 0)
		text_add(&text, " (%" PRId64 " linear)", linear);
	if (basic >= 0 && more >= 0)
		text_add(&text, "%sleaves to %" PRIx64 "h, %" PRIx64 "h", text.length ? ", " : "", (uint64_t)basic,
			 (uint64_t)more);
	if (avx10 > 0)
		text_add(&text, "%sAVX10.%" PRId64, text.length ? ", " : "", avx10);
	if (length >= 0)
		text_add(&text, "%s%" PRId64 " Xen words", text.length ? ", " : "", length);
	if (text.length)
		out_field("numbers", "%s", text_get(&text));
	text_free(&text);
}

static unsigned words_read(const featset_cpu_t *cpu)
{
	unsigned count = 0;

	for (unsigned w = 0; w < FEATSET_WORDS; w++)
		count += featset_cpu_words(cpu) >> w & 1;
	return count;
}

static void show_source(const struct host *host, const featset_cpu_t *cpu)
{
	const char *hypervisor = featset_cpu_hypervisor(cpu);

	if (*describe_view(cpu))
		out_field("seen from", "%s%s%s%s", describe_view(cpu), *hypervisor ? " (" : "", hypervisor,
			  *hypervisor ? ")" : "");
	if (*host->uuid)
		out_field("uuid", "%s", host->uuid);
	if (*host->format && words_read(cpu))
		out_field("read as", "%s, %u words", host->format, words_read(cpu));
	else if (*host->format)
		out_field("read as", "%s", host->format);
}

static void show_lacks(const struct identity *identity, featset_dialect_t names, unsigned lines)
{
	const char *rest = identity->guest ? "    masked:           " : "    also not there:   ";

	if (!identity->uarch)
		return;
	if (featset_is_empty(&identity->fused) && featset_is_empty(&identity->switched) &&
	    featset_is_empty(&identity->other)) {
		out_paragraph(OUT_PLAIN, "", 0, "lacks nothing of %s that was read",
			      featset_baseline_name(identity->uarch));
	} else {
		out_paragraph(OUT_PLAIN, "", 0, "lacks of %s", featset_baseline_name(identity->uarch));
		show_list("    other parts have: ", 8, &identity->fused, names, lines);
		show_list("    switched off:     ", 8, &identity->switched, names, lines);
		show_list(rest, 8, &identity->other, names, lines);
	}
	if (!featset_is_empty(&identity->unread))
		out_paragraph(OUT_PLAIN, "    ", 4, "(%u of its features were not read)",
			      featset_count(&identity->unread));
}

static void show_usable(const featset_cpu_t *cpu, featset_dialect_t names, unsigned lines)
{
	featset_t masked;

	if (!featset_cpu_usable(cpu))
		return;
	featset_minus(&masked, featset_cpu_features(cpu), featset_cpu_usable(cpu));
	if (featset_is_empty(&masked))
		return;
	out_paragraph(OUT_PLAIN, "", 0, "there, but not enabled by the operating system (%u)", featset_count(&masked));
	if (lines)
		show_list("    ", 4, &masked, names, lines);
}

/* ---- several logical CPUs ---------------------------------------------------------------- */

static bool alike(const featset_cpu_t *a, const featset_cpu_t *b)
{
	return featset_equal(featset_cpu_features(a), featset_cpu_features(b)) &&
	       featset_equal(featset_cpu_known(a), featset_cpu_known(b)) &&
	       strcmp(featset_cpu_core_type(a), featset_cpu_core_type(b)) == 0;
}

/* The first logical CPU that is like this one. */
static size_t first_alike(const featset_cpu_t *cpu, size_t index)
{
	size_t first = 0;

	while (!alike(featset_cpu_at(cpu, first), featset_cpu_at(cpu, index)))
		first++;
	return first;
}

static void show_kind_of_cpu(const featset_cpu_t *cpu, size_t kind, featset_dialect_t names)
{
	const featset_cpu_t *one = featset_cpu_at(cpu, kind);
	const char *type = featset_cpu_core_type(one);
	struct text text = { 0 };
	size_t members = 0;
	featset_t more;

	for (size_t i = kind; i < featset_cpu_count(cpu); i++)
		members += first_alike(cpu, i) == kind;
	text_add_count(&text, members, "logical CPU");
	out_paragraph(OUT_PLAIN, "    ", 8, "%s%s%s, from number %zu on", text_get(&text), *type ? ", core type " : "",
		      type, kind);
	text_free(&text);
	featset_minus(&more, featset_cpu_features(one), featset_cpu_features(cpu));
	out_set("        has besides: ", 12, &more, names);
}

void describe_cpus(const featset_cpu_t *cpu, const char *indent, const struct settings *settings)
{
	size_t count = featset_cpu_count(cpu), kinds = 0;
	unsigned hang = (unsigned)strlen(indent);

	if (count < 2)
		return;
	for (size_t i = 0; i < count; i++)
		kinds += first_alike(cpu, i) == i;
	if (kinds == 1) {
		out_paragraph(OUT_PLAIN, indent, hang, "%zu logical CPUs, all alike", count);
		return;
	}
	out_paragraph(OUT_PLAIN, indent, hang, "%zu logical CPUs of %zu kinds; only what all have counts%s", count,
		      kinds, settings->cpus ? "" : "; --cpus shows how they differ");
	for (size_t i = 0; i < count && settings->cpus; i++)
		if (first_alike(cpu, i) == i)
			show_kind_of_cpu(cpu, i, settings->names);
}

static void show_heading(const struct host *host, const featset_cpu_t *cpu, struct identity *identity,
			 const struct settings *settings)
{
	show_answer(host->name, identity, cpu);
	show_identity(identity, cpu, settings);
	show_part(cpu);
	if (identity->uarch)
		show_baseline("microarchitecture", identity->uarch, "");
	show_nearest(cpu, identity->uarch, settings);
	show_numbers(cpu);
	show_source(host, cpu);
	out_gap();
}

/* What follows the features, each list in so many lines; with 0 there are none, as the second line has named some. */
static void show_below(const featset_cpu_t *cpu, const struct identity *identity, const struct settings *settings,
		       unsigned lines)
{
	if (lines)
		show_lacks(identity, settings->names, lines);
	show_usable(cpu, settings->names, lines);
	describe_cpus(cpu, "", settings);
}

static unsigned lines_below(const featset_cpu_t *cpu, const struct identity *identity, const struct settings *settings,
			    unsigned lines)
{
	unsigned from = out_measure();

	show_below(cpu, identity, settings, lines);
	return out_measured(from);
}

/* Lists below the features are cut, or left out, only where features would have no room. */
static void show_host(const struct host *host, const featset_cpu_t *cpu, const struct settings *settings,
		      unsigned screen)
{
	struct identity identity;
	unsigned start = out_lines(), used, below, lines;

	if (host->baseline) {
		baseline_show(host->baseline, host->name, settings);
		show_features(cpu, settings->names, WHOLE);
		return;
	}
	identity_find(&identity, cpu, settings);
	show_heading(host, cpu, &identity, settings);
	if (settings->all) {
		show_features(cpu, settings->names, WHOLE);
		show_below(cpu, &identity, settings, WHOLE);
		return;
	}
	used = out_lines() - start;
	lines = 4;
	do
		below = lines_below(cpu, &identity, settings, --lines);
	while (lines > 0 && used + below + FEATURE_LINES > screen);
	show_features(cpu, settings->names, used + below < screen ? screen - used - below : 1);
	show_below(cpu, &identity, settings, lines);
}

/* The notes of all inputs in a few lines, and how many more there are. */
static void show_notes(const struct hosts *hosts, const struct settings *settings)
{
	size_t count = 0, shown = 0;
	unsigned lines = 0;

	if (settings->all) {
		hosts_notes(hosts);
		return;
	}
	for (size_t i = 0; i < hosts->inventories; i++)
		for (size_t n = 0; n < featset_inventory_notes(hosts->inventory[i]); n++)
			count += !featset_inventory_note_is_left_out(hosts->inventory[i], n);
	for (size_t i = 0; i < hosts->inventories; i++) {
		for (size_t n = 0; n < featset_inventory_notes(hosts->inventory[i]) && lines < NOTE_LINES; n++) {
			char *note;
			unsigned needed, from;

			if (featset_inventory_note_is_left_out(hosts->inventory[i], n))
				continue;
			note = cli_copy(featset_inventory_note(hosts->inventory[i], n));
			text_clean(note);
			from = out_measure();
			out_paragraph(OUT_PLAIN, "note: ", 6, "%s", note);
			needed = out_measured(from);
			if (lines + needed + (shown + 1 < count) <= NOTE_LINES) {
				out_paragraph(OUT_PLAIN, "note: ", 6, "%s", note);
				lines += needed;
				shown++;
			} else {
				lines = NOTE_LINES;
			}
			free(note);
		}
	}
	if (shown < count)
		out_paragraph(OUT_PLAIN, "note: ", 6, "%s%zu %s; --all shows %s", shown ? "and " : "", count - shown,
			      shown ? "more" : count == 1 ? "note" : "notes", count - shown == 1 ? "it" : "them");
}

static int show_all(const struct hosts *hosts, const struct settings *settings)
{
	const featset_cpu_t **cpus = hosts_cpus(hosts, settings);
	unsigned notes, from;

	if (!cpus)
		return EXIT_TROUBLE;
	from = out_measure();
	show_notes(hosts, settings);
	notes = out_measured(from);
	for (size_t i = 0; i < hosts->count; i++) {
		if (i)
			out_gap();
		show_host(&hosts->host[i], cpus[i], settings, hosts->count == 1 ? SCREEN - notes : SCREEN);
	}
	show_notes(hosts, settings);
	free(cpus);
	return EXIT_YES;
}

#ifdef FEATSET_NO_JSON
#define describe_json(hosts, settings) EXIT_TROUBLE
#endif

int describe(const struct hosts *hosts, const struct settings *settings)
{
	return settings->json ? describe_json(hosts, settings) : show_all(hosts, settings);
}
