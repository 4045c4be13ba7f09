/* SPDX-License-Identifier: MIT */
#ifndef CLI_JSON_H
#define CLI_JSON_H

/*
 * json.h - what programs read
 *
 * Keys keep their order, features are names, and "schema" says which edition of
 * the keys this is.  Numbers and strings that are unknown are null.
 */

#include "cli.h"

#ifndef FEATSET_NO_JSON
#include <jansson.h>

/* {"schema": 1} */
json_t *json_start(void);
/* Prints and frees. */
void json_finish(json_t *root);
/* The same on one line, for what is large. */
void json_finish_dense(json_t *root);

/* A string with what is not UTF-8 replaced; null for "". */
json_t *json_text(const char *string);
/* An array of names. */
json_t *json_set(const featset_t *set, featset_dialect_t names);
/* A number; null for a negative one. */
json_t *json_number(int64_t value);
json_t *json_notes(const struct hosts *hosts);

/* All that the catalog says of a baseline, of a feature, of a word. */
json_t *json_baseline(const featset_baseline_t *baseline, featset_dialect_t names);
json_t *json_feature(featset_feature_t feature);
json_t *json_word(unsigned word);

/* Adds to `object` what there is to tell of a policy. */
void json_policy(json_t *object, const featset_policy_t *policy, featset_dialect_t names);

/* describe() as JSON. */
int describe_json(const struct hosts *hosts, const struct settings *settings);

#endif
#endif
