/* SPDX-License-Identifier: MIT */
#include "../featset/depend.h"
#include "model.h"

#include <string.h>

/*
 * Options of gcc and clang, -march=haswell -mno-avx2, and what glibc's functions are
 * told not to use, GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2.  Options count from the
 * left to the right, beyond what the name of -march stands for.
 */

static featset_status_t wrong(const fsi_text_t *text, unsigned line, featset_error_t *error, const char *sentence)
{
	return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line, 0, "%s", sentence);
}

static featset_status_t add(featset_inventory_t *inventory, const fsi_stated_t *stated, featset_error_t *error)
{
	featset_cpu_t *cpu = featset_cpu_new();

	if (cpu)
		featset_cpu_set_features(cpu, &stated->features, &stated->known);
	return fsi_add_cpu(inventory, NULL, NULL, cpu, error);
}

/* ---- -march --------------------------------------------------------------------------------- */

/* gcc's names are clang's too, but for few. */
static const featset_baseline_t *find_march(const char *name, featset_error_t *error)
{
	const featset_baseline_t *found;
	char full[FSI_MAX_NAME + 8];

	fsi_print(full, sizeof(full), 0, "clang:%s", name);
	found = featset_baseline_find(full, NULL);
	if (found)
		return found;
	fsi_print(full, sizeof(full), 0, "gcc:%s", name);
	return featset_baseline_find(full, error);
}

static featset_status_t read_march(fsi_stated_t *stated, const char *name, featset_error_t *error)
{
	const featset_baseline_t *baseline = find_march(name, error);
	featset_t named, common = { { 0 } };

	if (!baseline)
		return FEATSET_E_NAME;
	/* What compilers have no option for they do not use, but for what every 64-bit program has. */
	if (featset_baseline_find("x86-64", NULL))
		featset_baseline_features(&common, featset_baseline_find("x86-64", NULL));
	fsi_named_in(&named, FEATSET_GCC);
	featset_remove(&named, FEATSET_MONITOR);
	featset_or(&stated->known, &common, &named);
	featset_baseline_features(&stated->features, baseline);
	featset_and(&stated->features, &stated->features, &stated->known);
	return FEATSET_OK;
}

static featset_status_t read_option(fsi_stated_t *stated, char *name, featset_error_t *error)
{
	bool off = !strncmp(name, "no-", 3);
	featset_feature_t feature;
	featset_status_t status;

	if (strchr(name, '=') || !strcmp(name, "64") || !strcmp(name, "32"))
		return FEATSET_OK;
	status = featset_feature_find(&feature, name + (off ? 3 : 0), FEATSET_GCC, error);
	if (status == FEATSET_OK)
		fsi_state(stated, feature, !off);
	return status;
}

FSI_READ(march)
{
	fsi_stated_t stated = { .known = { { 0 } } };
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	featset_t features;
	bool any = false;

	while (fsi_line_next(&line, text->data, text->size)) {
		const char *at = line.at, *end = line.at + line.size;

		while (status == FEATSET_OK && at < end) {
			char name[FSI_MAX_NAME];
			size_t length = 0;

			while (at < end && fsi_is_space(*at))
				at++;
			while (at + length < end && !fsi_is_space(at[length]))
				length++;
			if (!length)
				break;
			if (length >= sizeof(name))
				return wrong(text, line.number, error, "expected options such as -mno-avx2");
			memcpy(name, at, length);
			name[length] = '\0';
			at += length;
			if (!any && strncmp(name, "-march=", 7) != 0)
				return wrong(text, line.number, error, "expected -march= before other options");
			status = !strncmp(name, "-march=", 7) ? read_march(&stated, name + 7, error)
				 : !strncmp(name, "-m", 2)    ? read_option(&stated, name + 2, error)
							      : FEATSET_OK;
			any = true;
		}
		if (status != FEATSET_OK)
			return fsi_locate(error, status, text, line.number, 0);
	}
	if (!any)
		return wrong(text, 1, error, "expected -march= and other options");
	/* What is off takes with it what needs it. */
	featset_prune(&features, &stated.features, &stated.known, FEATSET_EDGES_ALL);
	stated.features = features;
	return add(inventory, &stated, error);
}

FSI_PROBE(march)
{
	fsi_line_t line = { 0 };
	unsigned column;

	if (!fsi_line_next_filled(&line, text, size, &column) || line.size < 8 || memcmp(line.at, "-march=", 7) != 0)
		return 0;
	return fsi_is_space(line.at[7]) ? 0 : 88;
}

/* ---- GLIBC_TUNABLES --------------------------------------------------------------------------- */

static const char hwcaps[] = "glibc.cpu.hwcaps=";

static featset_status_t read_hwcaps(fsi_stated_t *stated, const char *at, const char *end, featset_error_t *error)
{
	while (at < end && !fsi_is_space(*at) && *at != ':' && *at != '"' && *at != '\'') {
		const char *stop = at;
		char name[FSI_MAX_NAME];
		featset_feature_t feature;
		featset_status_t status;

		while (stop < end && !fsi_is_space(*stop) && !strchr(",:\"'", *stop))
			stop++;
		if ((size_t)(stop - at) >= sizeof(name))
			return fsi_fail(error, FEATSET_E_SYNTAX, "expected names such as -AVX2 between commas");
		memcpy(name, at, (size_t)(stop - at));
		name[stop - at] = '\0';
		at = stop + (stop < end && *stop == ',');
		/* Without '-' it is a preference, such as Prefer_No_VZEROUPPER, or nothing. */
		if (name[0] != '-' || strstr(name, "Prefer") || strstr(name, "Fast") || strstr(name, "Slow") ||
		    strstr(name, "Avoid"))
			continue;
		status = featset_feature_find(&feature, name + 1, FEATSET_ANY_DIALECT, error);
		if (status != FEATSET_OK)
			return status;
		fsi_state(stated, feature, false);
	}
	return FEATSET_OK;
}

static const char *find_hwcaps(const fsi_line_t *line)
{
	const char *at = line->at, *end = line->at + line->size;

	while (at < end && fsi_is_space(*at))
		at++;
	fsi_take(&at, end, "export ");
	if (!fsi_take(&at, end, "GLIBC_TUNABLES="))
		return NULL;
	for (; (size_t)(end - at) >= sizeof(hwcaps) - 1; at++)
		if (!memcmp(at, hwcaps, sizeof(hwcaps) - 1))
			return at + sizeof(hwcaps) - 1;
	return NULL;
}

FSI_READ(tunables)
{
	fsi_stated_t stated = { .known = { { 0 } } };
	fsi_line_t line = { 0 };
	bool any = false;

	while (fsi_line_next(&line, text->data, text->size)) {
		const char *at = find_hwcaps(&line);
		featset_status_t status;

		if (!at)
			continue;
		status = read_hwcaps(&stated, at, line.at + line.size, error);
		if (status != FEATSET_OK)
			return fsi_locate(error, status, text, line.number, 0);
		any = true;
	}
	if (!any)
		return wrong(text, 1, error, "expected GLIBC_TUNABLES=glibc.cpu.hwcaps= and names such as -AVX2");
	return add(inventory, &stated, error);
}

FSI_PROBE(tunables)
{
	fsi_line_t line = { 0 };

	while (fsi_line_next(&line, text, size))
		if (find_hwcaps(&line))
			return 80;
	return 0;
}
