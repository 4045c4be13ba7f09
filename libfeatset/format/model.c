/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

void fsi_state(fsi_stated_t *stated, featset_feature_t feature, bool present)
{
	featset_add(&stated->known, feature);
	if (present)
		featset_add(&stated->features, feature);
	else
		featset_remove(&stated->features, feature);
}

void fsi_state_unknown(fsi_stated_t *stated, featset_feature_t feature)
{
	featset_remove(&stated->known, feature);
	featset_remove(&stated->features, feature);
}

const featset_baseline_t *fsi_model_find(const char *project, const char *name)
{
	const featset_baseline_t *found;
	char whole[FSI_MAX_NAME + 16];
	size_t length = strlen(project);

	if (strlen(name) >= FSI_MAX_NAME || strchr(name, ':'))
		return NULL;
	fsi_print(whole, sizeof(whole), 0, "%s:%s", project, name);
	found = featset_baseline_find(whole, NULL);
	/* A part that the project calls so is not the project's model. */
	if (!found || featset_baseline_kind(found) != FEATSET_KIND_MODEL ||
	    strncmp(featset_baseline_name(found), whole, length + 1) != 0)
		return NULL;
	return found;
}

void fsi_named_in(featset_t *dst, featset_dialect_t dialect)
{
	featset_t named;

	featset_clear(dst);
	featset_named(&named);
	for (featset_feature_t f = featset_next(&named, 0); f < FEATSET_BITS; f = featset_next(&named, f + 1)) {
		unsigned word = f / 32;
		bool msr = featset_word_source(word) == FEATSET_SOURCE_MSR && featset_word_index(word) != 0x10a;

		if (!msr && featset_word_source(word) != FEATSET_SOURCE_LADDER && featset_feature_name(f, dialect))
			featset_add(dst, f);
	}
}

void fsi_know_rest(featset_t *known, const featset_t *open)
{
	featset_t all;

	featset_clear(&all);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		featset_set_word(&all, word, featset_word_flags(word));
	featset_minus(&all, &all, open);
	featset_or(known, known, &all);
}

const char *fsi_vendor_string(const char *name)
{
	static const struct {
		const char *name;
		const char *vendor;
	} vendors[] = {
		{ "AMD", "AuthenticAMD" },
		{ "AuthenticAMD", "AuthenticAMD" },
		{ "GenuineIntel", "GenuineIntel" },
		{ "Hygon", "HygonGenuine" },
		{ "HygonGenuine", "HygonGenuine" },
		{ "Intel", "GenuineIntel" },
		{ "VIA", "CentaurHauls" },
		{ "Zhaoxin", "  Shanghai  " },
		{ "Zhaoxin CentaurHauls", "CentaurHauls" },
	};

	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
		if (!strcmp(vendors[i].name, name))
			return vendors[i].vendor;
	return NULL;
}

/* ---- numbers --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int64_t least, most;
} bounds[FEATSET_NUMBERS] = {
	/* clang-format off */
	[FEATSET_FAMILY] = { "family", 0, 0xf + 0xff },
	[FEATSET_MODEL] = { "model", 0, 0xff },
	[FEATSET_STEPPING] = { "stepping", 0, 0xf },
	[FEATSET_MAX_BASIC] = { "largest leaf", 0, 0xffffffff },
	[FEATSET_MAX_SUBLEAF_7] = { "largest subleaf", 0, 0xffffffff },
	[FEATSET_MAX_HYPERVISOR] = { "largest leaf", 0, 0xffffffff },
	[FEATSET_MAX_EXTENDED] = { "largest leaf", 0, 0xffffffff },
	[FEATSET_MAX_CENTAUR] = { "largest leaf", 0, 0xffffffff },
	[FEATSET_PHYS_BITS] = { "width of physical addresses", 1, 64 },
	[FEATSET_LINEAR_BITS] = { "width of linear addresses", 1, 64 },
	[FEATSET_AVX10_VERSION] = { "version", 0, 0xff },
	[FEATSET_XCR0] = { "register", 0, INT64_MAX },
	[FEATSET_XEN_LENGTH] = { "length", 0, 0xffff },
	/* clang-format on */
};

bool fsi_number_fits(featset_number_t number, int64_t value)
{
	return value >= bounds[number].least && value <= bounds[number].most;
}

void fsi_number_wrong(char *why, size_t room, featset_number_t number, const char *at, size_t size)
{
	fsi_print(why, room, 0, "the %s is \"%.*s\": expected a number from %lld to %lld", bounds[number].name,
		  size > 40 ? 40 : (int)size, at, (long long)bounds[number].least, (long long)bounds[number].most);
}

bool fsi_number_read(int64_t *value, featset_number_t number, const char *at, size_t size, char *why, size_t room)
{
	bool digits = size != 0;
	int64_t sum = 0;

	for (size_t i = 0; digits && i < size; i++) {
		digits = at[i] >= '0' && at[i] <= '9' && sum < INT64_MAX / 10;
		sum = digits ? sum * 10 + (at[i] - '0') : sum;
	}
	if (digits && fsi_number_fits(number, sum)) {
		*value = sum;
		return true;
	}
	fsi_number_wrong(why, room, number, at, size);
	return false;
}

bool fsi_switch(const char *value, bool *on)
{
	static const char *const words[] = { "on", "off", "yes", "no", "true", "false", "y", "n" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], value)) {
			*on = i % 2 == 0;
			return true;
		}
	}
	return false;
}
