/* SPDX-License-Identifier: MIT */
#include "json.h"

#ifdef FEATSET_NO_JSON
typedef int no_json; /* a file must not be empty */
#else

#include <stdio.h>
#include <stdlib.h>

json_t *json_start(void)
{
	json_t *root = json_object();

	json_object_set_new(root, "schema", json_integer(1));
	return root;
}

void json_finish(json_t *root)
{
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

void json_finish_dense(json_t *root)
{
	json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(root);
}

json_t *json_text(const char *string)
{
	char *clean = cli_copy(string);
	json_t *value;

	text_clean(clean);
	value = *clean ? json_string(clean) : json_null();
	free(clean);
	return value;
}

json_t *json_set(const featset_t *set, featset_dialect_t names)
{
	json_t *array = json_array();
	char name[128];

	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		featset_feature_spell(name, sizeof(name), f, names);
		json_array_append_new(array, json_string(name));
	}
	return array;
}

json_t *json_number(int64_t value)
{
	return value < 0 ? json_null() : json_integer(value);
}

json_t *json_notes(const struct hosts *hosts)
{
	json_t *notes = json_array();

	for (size_t i = 0; i < hosts->inventories; i++)
		for (size_t n = 0; n < featset_inventory_notes(hosts->inventory[i]); n++)
			json_array_append_new(notes, json_text(featset_inventory_note(hosts->inventory[i], n)));
	return notes;
}
#endif
