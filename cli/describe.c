/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>
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
		return "a virtual machine: what its hypervisor does not show is missing here";
	case FEATSET_VIEW_DOM0:
		return "Xen's control domain: what Xen does not show to it is missing here";
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

/* With more features than this a screen has room for those only that programs use. */
#define SCREENFUL 60

/* Adds "mitigations (26)" to a list. */
static void add_count(struct text *text, const char *title, const featset_t *set)
{
	if (!featset_is_empty(set))
		text_add(text, "%s%s (%u)", text->length ? ", " : "", title, featset_count(set));
}

/* All features, or, when they are many, those for programs and how many more there are. */
static void show_features(const featset_cpu_t *cpu, featset_dialect_t names, bool all)
{
	struct text counts = { 0 };

	featset_t rest = *featset_cpu_features(cpu), part, members, compat;

	featset_and(&compat, &rest, featset_cpu_compat(cpu));
	featset_minus(&rest, &rest, &compat);
	featset_named(&members);
	all |= featset_count(featset_cpu_features(cpu)) <= SCREENFUL;
	featset_minus(&part, &rest, &members);
	featset_and(&rest, &rest, &members);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		featset_t group;

		groups[i].members(&members);
		featset_and(&group, &rest, &members);
		if (all || !i)
			show_group(groups[i].title, &group, names);
		else
			add_count(&counts, groups[i].title, &group);
	}
	if (all) {
		show_group("without a name", &part, names);
		show_group("set by the source whatever the CPU", &compat, names);
		return;
	}
	add_count(&counts, "without a name", &part);
	add_count(&counts, "set by the source whatever the CPU", &compat);
	if (counts.length)
		out_paragraph(OUT_PLAIN, "", 4, "and %s; --all lists them", text_get(&counts));
	text_free(&counts);
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

static void show_identity(const struct identity *identity, const featset_cpu_t *cpu, featset_dialect_t names)
{
	struct text text = { 0 };

	identity_tell(&text, identity, cpu, names);
	out_paragraph(OUT_PLAIN, "", 2, "%s", text_get(&text));
	text_free(&text);
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

static void show_baseline(const char *label, const featset_baseline_t *baseline)
{
	if (featset_baseline_year(baseline))
		out_field(label, "%s: %s, %u", featset_baseline_name(baseline), featset_baseline_title(baseline),
			  featset_baseline_year(baseline));
	else
		out_field(label, "%s: %s", featset_baseline_name(baseline), featset_baseline_title(baseline));
}

static void show_nearest(const featset_cpu_t *cpu, const featset_baseline_t *uarch, const struct settings *settings)
{
	size_t count = featset_catalog_nearest(settings->catalog, NULL, 0, cpu);
	const featset_baseline_t **near = cli_alloc(count, sizeof(*near));
	bool all = settings->nearest;

	count = featset_catalog_nearest(settings->catalog, near, count, cpu);
	/* The line above has named it. */
	if (count == 1 && near[0] == uarch)
		count = 0;
	for (size_t i = 0; i < count && (all || i == 0); i++)
		show_baseline(i ? "" : "nearest baseline", near[i]);
	if (count > 1 && !all)
		out_field("", "(and %zu more that it is no less; --nearest shows them)", count - 1);
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

static void show_lacks(const struct identity *identity, featset_dialect_t names)
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
		out_set("    other parts have: ", 8, &identity->fused, names);
		out_set("    switched off:     ", 8, &identity->switched, names);
		out_set(rest, 8, &identity->other, names);
	}
	if (!featset_is_empty(&identity->unread))
		out_paragraph(OUT_PLAIN, "    ", 4, "(%u of its features were not read)",
			      featset_count(&identity->unread));
}

static void show_usable(const featset_cpu_t *cpu, featset_dialect_t names)
{
	featset_t masked;

	if (!featset_cpu_usable(cpu))
		return;
	featset_minus(&masked, featset_cpu_features(cpu), featset_cpu_usable(cpu));
	show_group("there, but not enabled by the operating system", &masked, names);
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

static void show_host(const struct host *host, const featset_cpu_t *cpu, const struct settings *settings)
{
	struct identity identity;

	if (host->baseline) {
		baseline_show(host->baseline, host->name, settings);
		show_features(cpu, settings->names, true);
		return;
	}
	identity_find(&identity, cpu, settings);
	show_answer(host->name, &identity, cpu);
	show_identity(&identity, cpu, settings->names);
	show_part(cpu);
	if (identity.uarch)
		show_baseline("microarchitecture", identity.uarch);
	show_nearest(cpu, identity.uarch, settings);
	show_numbers(cpu);
	show_source(host, cpu);
	out_gap();
	show_features(cpu, settings->names, settings->all);
	show_lacks(&identity, settings->names);
	show_usable(cpu, settings->names);
	describe_cpus(cpu, "", settings);
}

static int show_all(const struct hosts *hosts, const struct settings *settings)
{
	const featset_cpu_t **cpus = hosts_cpus(hosts, settings);

	if (!cpus)
		return EXIT_TROUBLE;
	for (size_t i = 0; i < hosts->count; i++) {
		if (i)
			out_gap();
		show_host(&hosts->host[i], cpus[i], settings);
	}
	hosts_notes(hosts);
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
