/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_MODEL_H
#define FEATSET_FORMAT_MODEL_H

/* model.h - what dialects that name a hypervisor's model share */

#include "../featset/uarch.h"
#include "format_internal.h"

/* What a text states, bit by bit. */
typedef struct fsi_stated {
	featset_t features;
	featset_t known;
} fsi_stated_t;

void fsi_state(fsi_stated_t *stated, featset_feature_t feature, bool present);
/* From now on nothing is known of it. */
void fsi_state_unknown(fsi_stated_t *stated, featset_feature_t feature);

/* A project's own model, such as "qemu" and "IvyBridge-v1"; NULL when the catalog has none of that name. */
const featset_baseline_t *fsi_model_find(const char *project, const char *name);

/* The features that a dialect has a name for, in words of CPUID and of MSR 10A. */
void fsi_named_in(featset_t *dst, featset_dialect_t dialect);

/*
 * What a guest whose model is known was not given, it has not: all is known, but
 * for `open`, which its accelerator, its hypervisor's release or its host decides.
 */
void fsi_know_rest(featset_t *known, const featset_t *open);

/* CPUID's vendor string for "Intel", "AMD", "Hygon" ...; NULL when that is nobody. */
const char *fsi_vendor_string(const char *name);

/*
 * Can a CPU have this number?  Families, models and steppings end with what leaf 1
 * can say, widths of addresses with 64 bits.
 */
bool fsi_number_fits(featset_number_t number, int64_t value);
/* Writes "the family is "999": expected a number from 0 to 270". */
void fsi_number_wrong(char *why, size_t room, featset_number_t number, const char *at, size_t size);
/* Reads a whole span as a decimal number that a CPU can have; otherwise `why` says what is wrong. */
bool fsi_number_read(int64_t *value, featset_number_t number, const char *at, size_t size, char *why, size_t room);

/* "on", "yes", "true", "y" or "off", "no", "false", "n"; false for anything else. */
bool fsi_switch(const char *value, bool *on);

#endif
