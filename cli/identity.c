/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The whole list stands further down. */
#define NAMES_IN_SENTENCE 8

static bool is_guest(const featset_cpu_t *cpu)
{
	featset_view_t view = featset_cpu_view(cpu);

	return view == FEATSET_VIEW_GUEST || view == FEATSET_VIEW_DOM0 || view == FEATSET_VIEW_PROMISED;
}

static void find_lacks(struct identity *identity, const featset_cpu_t *cpu)
{
	featset_baseline_features(&identity->unread, identity->uarch);
	featset_minus(&identity->unread, &identity->unread, featset_cpu_known(cpu));
	featset_baseline_lacks(identity->uarch, cpu, &identity->fused, &identity->switched, &identity->other);
	featset_minus(&identity->other, &identity->other, &identity->fused);
	featset_minus(&identity->other, &identity->other, &identity->switched);
	if (!identity->guest)
		return;
	featset_or(&identity->other, &identity->other, &identity->fused);
	featset_or(&identity->other, &identity->other, &identity->switched);
	featset_clear(&identity->fused);
	featset_clear(&identity->switched);
}

void identity_find(struct identity *identity, const featset_cpu_t *cpu, const struct settings *settings)
{
	const featset_baseline_t *near = NULL;

	memset(identity, 0, sizeof(*identity));
	identity->uarch = featset_catalog_identify(settings->catalog, cpu);
	identity->guest = is_guest(cpu);
	identity->first = NAMES_IN_SENTENCE;
	if (featset_catalog_nearest(settings->catalog, &near, 1, cpu)) {
		identity->nearest = near;
		identity->distance = featset_baseline_distance(near, cpu, NULL, NULL);
	}
	if (!identity->uarch)
		return;
	featset_baseline_distance(identity->uarch, cpu, &identity->beyond, NULL);
	find_lacks(identity, cpu);
}

/* ---- the sentence --------------------------------------------------------------------- */

static void add_names(struct text *text, const featset_t *set, unsigned most, featset_dialect_t names)
{
	featset_t first;
	unsigned count = featset_count(set), shown = 0;

	featset_clear(&first);
	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS && shown < most;
	     f = featset_next(set, f + 1), shown++)
		featset_add(&first, f);
	text_add_set(text, &first, names);
	if (shown < count)
		text_add(text, " and %u more", count - shown);
}

static void add_list(struct text *text, const char *before, const featset_t *set, const char *after, unsigned most,
		     featset_dialect_t names)
{
	if (featset_is_empty(set))
		return;
	text_add(text, "; %s ", before);
	add_names(text, set, most, names);
	text_add(text, "%s", after);
}

/* TSX is one switch, whatever bits tell of it. */
static void add_switched(struct text *text, const featset_t *switched, unsigned most, featset_dialect_t names)
{
	featset_t rest = *switched;

	if (featset_has(switched, FEATSET_RTM) || featset_has(switched, FEATSET_HLE))
		text_add(text, "; TSX switched off");
	featset_remove(&rest, FEATSET_RTM);
	featset_remove(&rest, FEATSET_HLE);
	add_list(text, "switched off:", &rest, "", most, names);
}

void identity_hypervisor(struct text *text, const featset_cpu_t *cpu)
{
	static const char *const names[][2] = {
		{ "ACRNACRNACRN", "ACRN" },    { "KVMKVMKVM", "KVM" },           { "Linux KVM Hv", "KVM" },
		{ "Microsoft Hv", "Hyper-V" }, { "TCGTCGTCGTCG", "QEMU's TCG" }, { "VBoxVBoxVBox", "VirtualBox" },
		{ "VMwareVMware", "VMware" },  { "XenVMMXenVMM", "Xen" },        { "bhyve bhyve ", "bhyve" },
		{ "bhyve bhyve", "bhyve" },
	};
	const char *signature = featset_cpu_hypervisor(cpu);
	char *clean;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(signature, names[i][0]) == 0) {
			text_add(text, "%s", names[i][1]);
			return;
		}
	}
	clean = cli_copy(signature);
	text_clean(clean);
	text_add(text, "%s", *clean ? clean : "a hypervisor");
	free(clean);
}

static void add_guest(struct text *text, const struct identity *identity, const featset_cpu_t *cpu,
		      featset_dialect_t names)
{
	if (featset_cpu_view(cpu) == FEATSET_VIEW_DOM0)
		text_add(text, "; Xen's control domain: ");
	else if (featset_cpu_view(cpu) == FEATSET_VIEW_PROMISED)
		text_add(text, "; what a hypervisor offers: ");
	else
		text_add(text, "; guest of ");
	if (featset_cpu_view(cpu) == FEATSET_VIEW_GUEST) {
		identity_hypervisor(text, cpu);
		text_add(text, ": ");
	}
	if (featset_is_empty(&identity->other)) {
		text_add(text, "nothing masked that was read");
	} else {
		text_add(text, "masked ");
		add_names(text, &identity->other, identity->first, names);
	}
}

/* What may be switched and is in no set of the catalog, as TSX, is no surprise where it is on. */
static void add_beyond(struct text *text, const struct identity *identity, featset_dialect_t names)
{
	featset_t on, rest;

	featset_baseline_switchable(&on, identity->uarch);
	featset_and(&on, &on, &identity->beyond);
	featset_minus(&rest, &identity->beyond, &on);
	add_list(text, "switched on:", &on, "", identity->first, names);
	add_list(text, "beyond it:", &rest, "", identity->first, names);
}

static void add_part(struct text *text, const struct identity *identity, const featset_cpu_t *cpu,
		     featset_dialect_t names)
{
	bool whole = featset_is_empty(&identity->fused) && featset_is_empty(&identity->switched) &&
		     featset_is_empty(&identity->other);

	text_add(text, "%s", featset_baseline_title(identity->uarch));
	add_list(text, "this part lacks", &identity->fused, " (fused off)", identity->first, names);
	add_switched(text, &identity->switched, identity->first, names);
	if (identity->guest)
		add_guest(text, identity, cpu, names);
	else if (whole)
		text_add(text, "; this part has all of it that was read");
	else
		add_list(text, "also not there:", &identity->other, "", identity->first, names);
	add_beyond(text, identity, names);
}

static void add_nearest(struct text *text, const struct identity *identity)
{
	if (!identity->nearest) {
		text_add(text, ": no baseline is near");
		return;
	}
	text_add(text, ": nearest is %s, ", featset_baseline_name(identity->nearest));
	text_add_count(text, identity->distance, "feature");
	text_add(text, " away");
}

void identity_tell(struct text *text, const struct identity *identity, const featset_cpu_t *cpu,
		   featset_dialect_t names)
{
	int64_t family = featset_cpu_number(cpu, FEATSET_FAMILY), model = featset_cpu_number(cpu, FEATSET_MODEL);
	char *vendor;

	if (identity->uarch) {
		add_part(text, identity, cpu, names);
		return;
	}
	if (identity_is_unknown(identity, cpu)) {
		vendor = cli_copy(featset_cpu_vendor(cpu));
		text_clean(vendor);
		text_add(text, "unknown part of %s, family %" PRId64 " model %" PRId64, vendor, family, model);
		free(vendor);
	} else {
		text_add(text, "no part is told");
	}
	add_nearest(text, identity);
}

bool identity_is_unknown(const struct identity *identity, const featset_cpu_t *cpu)
{
	return !identity->uarch && *featset_cpu_vendor(cpu) && featset_cpu_number(cpu, FEATSET_FAMILY) >= 0 &&
	       featset_cpu_number(cpu, FEATSET_MODEL) >= 0;
}
