/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *baseline_psabi(const featset_baseline_t *baseline)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t features, all;
	const char *name;

	if (!cpu)
		return "";
	featset_baseline_features(&features, baseline);
	featset_clear(&all);
	for (unsigned w = 0; w < FEATSET_WORDS; w++)
		featset_set_word(&all, w, UINT32_MAX);
	featset_cpu_set_features(cpu, &features, &all);
	name = describe_psabi(cpu);
	featset_cpu_free(cpu);
	return name;
}

void baseline_changes(featset_t *adds, featset_t *drops, const featset_baseline_t *baseline)
{
	const featset_baseline_t *parent = featset_baseline_parent(baseline);
	featset_t before;

	featset_clear(&before);
	if (parent)
		featset_baseline_features(&before, parent);
	featset_baseline_features(adds, baseline);
	featset_minus(drops, &before, adds);
	featset_minus(adds, adds, &before);
}

void baseline_for_programs(featset_t *dst, const featset_t *set)
{
	featset_t user, numbers;

	featset_of_class(dst, FEATSET_CLASS_CAPABILITY);
	featset_of_class(&numbers, FEATSET_CLASS_NUMBER);
	featset_or(dst, dst, &numbers);
	featset_of_scope(&user, FEATSET_SCOPE_USER);
	featset_and(dst, dst, &user);
	featset_and(dst, dst, set);
}

static bool contains(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; *text; text++)
		if (strncasecmp(text, part, length) == 0)
			return true;
	return !length;
}

static bool is_called(const featset_baseline_t *baseline, const char *part)
{
	const char *alias;

	for (unsigned n = 0; n < FEATSET_NAMINGS; n++)
		for (size_t i = 0; (alias = featset_baseline_alias(baseline, (featset_naming_t)n, i)); i++)
			if (contains(alias, part))
				return true;
	return contains(featset_baseline_name(baseline), part) || contains(featset_baseline_title(baseline), part) ||
	       contains(featset_baseline_vendor(baseline), part);
}

bool baseline_wanted(const featset_baseline_t *baseline, const struct settings *settings, const char *text)
{
	if (featset_baseline_kind(baseline) == FEATSET_KIND_MODEL && !settings->models)
		return false;
	return !text || is_called(baseline, text);
}

/* ---- showing one -------------------------------------------------------------------------- */

static void show_answer(const featset_baseline_t *baseline, const char *called)
{
	const char *name = featset_baseline_name(baseline), *psabi = baseline_psabi(baseline);
	struct text text = { 0 };
	featset_t features;

	featset_baseline_features(&features, baseline);
	if (strcmp(called, name) != 0)
		text_add(&text, "%s is %s: ", called, name);
	else
		text_add(&text, "%s: ", name);
	text_add(&text, "%s", featset_baseline_title(baseline));
	if (featset_baseline_year(baseline))
		text_add(&text, ", %u", featset_baseline_year(baseline));
	if (*psabi && strcmp(psabi, name) != 0)
		text_add(&text, ", %s", psabi);
	text_add(&text, ", ");
	text_add_count(&text, featset_count(&features), "feature");
	out_answer(OUT_BOLD, "%s", text_get(&text));
	text_free(&text);
}

static void show_kind(const featset_baseline_t *baseline)
{
	const char *origin = featset_baseline_origin(baseline);
	const char *source = featset_baseline_preliminary(baseline);

	if (origin)
		out_field("kind", "model of %s, checked in release %s", origin, featset_baseline_since(baseline));
	else
		out_field("kind", "%s", featset_kind_name(featset_baseline_kind(baseline)));
	if (source)
		out_field("preliminary", "announced, not sold yet, and may still change; described in %s", source);
	if (*featset_baseline_vendor(baseline))
		out_field("vendor", "%s", featset_baseline_vendor(baseline));
}

static void show_parent(const featset_baseline_t *baseline)
{
	const featset_baseline_t *parent = featset_baseline_parent(baseline);

	if (!parent)
		return;
	if (featset_baseline_year(parent))
		out_field("builds on", "%s: %s, %u", featset_baseline_name(parent), featset_baseline_title(parent),
			  featset_baseline_year(parent));
	else
		out_field("builds on", "%s: %s", featset_baseline_name(parent), featset_baseline_title(parent));
}

static void add_signature(struct text *text, const featset_signature_t *s)
{
	text_add(text, "%x-%02x", s->family, s->model_first);
	if (s->model_last != s->model_first)
		text_add(text, "..%02x", s->model_last);
	if (s->stepping_first == s->stepping_last)
		text_add(text, "-%x", s->stepping_first);
	else if (s->stepping_first || s->stepping_last != 15)
		text_add(text, "-%x..%x", s->stepping_first, s->stepping_last);
}

static void show_parts(const featset_baseline_t *baseline)
{
	struct text text = { 0 };
	featset_signature_t signature;

	for (size_t i = 0; featset_baseline_signature(baseline, i, &signature); i++) {
		text_add(&text, "%s", i ? " " : "");
		add_signature(&text, &signature);
	}
	if (text.length)
		out_field("family-model", "%s (hexadecimal, a third number is the stepping)", text_get(&text));
	text_free(&text);
}

static void show_names(const featset_baseline_t *baseline)
{
	static const char *const labels[FEATSET_NAMINGS] = {
		[FEATSET_NAMING_GCC] = "in gcc",           [FEATSET_NAMING_CLANG] = "in clang",
		[FEATSET_NAMING_ARCHSPEC] = "in archspec", [FEATSET_NAMING_QEMU] = "nearest of QEMU",
		[FEATSET_NAMING_LIBVIRT] = "of libvirt",   [FEATSET_NAMING_EVC] = "in VMware EVC",
		[FEATSET_NAMING_MARKET] = "on the market",
	};

	for (unsigned n = 0; n < FEATSET_NAMINGS; n++) {
		struct text text = { 0 };
		const char *alias;

		for (size_t i = 0; (alias = featset_baseline_alias(baseline, (featset_naming_t)n, i)); i++)
			text_add(&text, "%s%s", i ? ", " : "", alias);
		if (text.length)
			out_field(labels[n], "%s", text_get(&text));
		text_free(&text);
	}
}

static void show_set(const featset_t *set, featset_dialect_t names, const char *title, const char *than)
{
	if (featset_is_empty(set))
		return;
	out_paragraph(OUT_PLAIN, "", 0, "%s%s (%u)", title, than, featset_count(set));
	out_set("    ", 4, set, names);
}

static void show_changes(const featset_baseline_t *baseline, featset_dialect_t names)
{
	const featset_baseline_t *parent = featset_baseline_parent(baseline);
	featset_t adds, drops;

	if (!parent)
		return;
	baseline_changes(&adds, &drops, baseline);
	if (featset_is_empty(&adds) && featset_is_empty(&drops))
		out_paragraph(OUT_PLAIN, "", 0, "the same features as %s", featset_baseline_name(parent));
	show_set(&adds, names, "adds to ", featset_baseline_name(parent));
	show_set(&drops, names, "has not, but has ", featset_baseline_name(parent));
}

void baseline_show(const featset_baseline_t *baseline, const char *called, const struct settings *settings)
{
	featset_t set;

	show_answer(baseline, called);
	show_kind(baseline);
	show_parent(baseline);
	show_parts(baseline);
	show_names(baseline);
	out_gap();
	show_changes(baseline, settings->names);
	featset_baseline_fused(&set, baseline);
	show_set(&set, settings->names, "some parts lack for good", "");
	featset_baseline_switchable(&set, baseline);
	show_set(&set, settings->names, "firmware, microcode or a hypervisor may switch", "");
}
