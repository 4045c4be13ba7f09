/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

/*
 * What a VM's .vmx masks, on top of an EVC mode if one is told in front:
 *
 *	# Set-Cluster -Cluster C -EVCMode 'intel-ivybridge'
 *	cpuid.1.ecx = "-0--:----:----:----:----:----:----:----"
 *	featMask.vm.cpuid.RDRAND = "Val:0"
 *
 * 0 and F are off, 1 and T are on; everything else is the mode's, or unknown.
 */

static bool take_quoted(const char **at, const char *end)
{
	while (*at < end && fsi_is_space(**at))
		++*at;
	if (!fsi_take(at, end, "="))
		return false;
	while (*at < end && fsi_is_space(**at))
		++*at;
	return fsi_take(at, end, "\"");
}

/* The bits of "-0--:----:..." from the highest on. */
static bool take_groups(const char *at, const char *end, uint32_t *value, uint32_t *said)
{
	int bits = 0;

	*value = *said = 0;
	for (; at < end && *at != '"'; at++) {
		if (*at == ':')
			continue;
		if (!strchr("01TFRHxX-", *at) || bits++ == 32)
			return false;
		*value = *value << 1 | (*at == '1' || *at == 'T');
		*said = *said << 1 | (*at == '0' || *at == 'F' || *at == '1' || *at == 'T');
	}
	return at < end && bits == 32;
}

/* "cpuid.80000001.edx.amd = ..." */
static bool read_mask(fsi_stated_t *stated, const char *at, const char *end)
{
	static const char *const registers[] = { ".eax", ".ebx", ".ecx", ".edx" };
	uint32_t leaf, value, said;
	unsigned word;
	int reg;

	if (!fsi_take_hex(&at, end, 1, 8, &leaf))
		return false;
	for (reg = 0; reg < 4; reg++)
		if (fsi_take(&at, end, registers[reg]))
			break;
	if (reg == 4)
		return false;
	fsi_take(&at, end, ".amd");
	if (!take_quoted(&at, end) || !take_groups(at, end, &value, &said))
		return false;
	word = featset_word_at(FEATSET_SOURCE_CPUID, leaf, 0, (featset_register_t)reg);
	for (unsigned bit = 0; bit < 32 && word < FEATSET_WORDS; bit++)
		if (said & featset_word_flags(word) & UINT32_C(1) << bit)
			fsi_state(stated, word * 32 + bit, value >> bit & 1);
	return true;
}

/* "featMask.vm.cpuid.RDRAND = "Val:0""; names that are not known mask what we have no bit for. */
static bool read_feature(fsi_stated_t *stated, const char *at, const char *end)
{
	featset_feature_t feature;
	char name[FSI_MAX_NAME];
	size_t length = 0;

	while (at + length < end && at[length] != '=' && !fsi_is_space(at[length]))
		length++;
	if (!length || length >= sizeof(name))
		return false;
	memcpy(name, at, length);
	name[length] = '\0';
	at += length;
	if (!take_quoted(&at, end) || (!fsi_take(&at, end, "Val:") && !fsi_take(&at, end, "Max:")))
		return false;
	if (at < end && (*at == '0' || *at == '1') &&
	    featset_feature_find(&feature, name, FEATSET_ANY_DIALECT, NULL) == FEATSET_OK)
		fsi_state(stated, feature, *at == '1');
	return true;
}

/* The mode's name behind -EVCMode. */
static bool find_mode(char name[FSI_MAX_NAME], const fsi_line_t *line)
{
	static const char option[] = "-EVCMode";
	const char *at = line->at, *end = line->at + line->size;
	size_t length = 0;

	for (; (size_t)(end - at) >= sizeof(option); at++)
		if (!memcmp(at, option, sizeof(option) - 1))
			break;
	if ((size_t)(end - at) < sizeof(option))
		return false;
	at += sizeof(option) - 1;
	while (at < end && (fsi_is_space(*at) || *at == '\'' || *at == '"'))
		at++;
	while (at + length < end && !fsi_is_space(at[length]) && at[length] != '\'' && at[length] != '"')
		length++;
	if (!length || length >= FSI_MAX_NAME)
		return false;
	memcpy(name, at, length);
	name[length] = '\0';
	return true;
}

static featset_status_t read_mode(fsi_stated_t *stated, featset_cpu_t *cpu, const char *name, featset_error_t *error)
{
	const featset_baseline_t *mode = fsi_model_find("evc", name);
	featset_t open = { { 0 } }, more;

	if (!mode)
		return fsi_fail(error, FEATSET_E_NAME, "no EVC mode of the catalog is called '%.64s'", name);
	featset_baseline_features(&stated->features, mode);
	/* Mitigations follow the patches of ESXi. */
	featset_of_class(&open, FEATSET_CLASS_MITIGATION);
	featset_of_class(&more, FEATSET_CLASS_INVERTED);
	featset_or(&open, &open, &more);
	fsi_know_rest(&stated->known, &open);
	featset_or(&stated->known, &stated->known, &stated->features);
	featset_cpu_set_vendor(cpu, featset_baseline_vendor(mode));
	return FEATSET_OK;
}

static featset_status_t read_line(fsi_stated_t *stated, featset_cpu_t *cpu, const fsi_line_t *line, bool *any,
				  featset_error_t *error)
{
	const char *at = line->at, *end = line->at + line->size;
	char name[FSI_MAX_NAME];
	bool good = true;

	while (at < end && fsi_is_space(*at))
		at++;
	if (fsi_take(&at, end, "cpuid."))
		good = read_mask(stated, at, end);
	else if (fsi_take(&at, end, "featMask.vm.cpuid."))
		good = read_feature(stated, at, end);
	else if (find_mode(name, line))
		return *any = true, read_mode(stated, cpu, name, error);
	else
		return FEATSET_OK;
	*any = true;
	return good ? FEATSET_OK
		    : fsi_fail(error, FEATSET_E_SYNTAX,
			       "expected a mask such as cpuid.1.ecx = \"-0--:----:----:----:----:----:----:----\"");
}

FSI_READ(vmx)
{
	fsi_stated_t stated = { .known = { { 0 } } };
	featset_cpu_t *cpu = featset_cpu_new();
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };
	bool any = false;

	if (!cpu)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	while (status == FEATSET_OK && fsi_line_next(&line, text->data, text->size))
		status = fsi_locate(error, read_line(&stated, cpu, &line, &any, error), text, line.number, 0);
	if (status == FEATSET_OK && !any)
		status = fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0,
				     "expected masks such as cpuid.1.ecx = \"...\", or an EVC mode");
	if (status != FEATSET_OK) {
		featset_cpu_free(cpu);
		return status;
	}
	featset_cpu_set_features(cpu, &stated.features, &stated.known);
	featset_cpu_set_view(cpu, FEATSET_VIEW_GUEST);
	return fsi_add_cpu(inventory, NULL, NULL, cpu, error);
}

FSI_PROBE(vmx)
{
	fsi_line_t line = { 0 };
	char name[FSI_MAX_NAME];

	while (fsi_line_next(&line, text, size)) {
		fsi_stated_t stated = { .known = { { 0 } } };
		const char *at = line.at, *end = line.at + line.size;

		if (fsi_take(&at, end, "cpuid.") ? read_mask(&stated, at, end)
						 : fsi_take(&at, end, "featMask.vm.cpuid.") || find_mode(name, &line))
			return 80;
	}
	return 0;
}
