/* SPDX-License-Identifier: MIT */
#include "pool_internal.h"

#include <stdlib.h>
#include <string.h>

/* From references, UUIDs and names to records: open addressing, half empty. */

void *fsi_zeros(size_t count, size_t size)
{
	return calloc(count ? count : 1, size);
}

bool fsi_index_init(fsi_index_t *index, size_t count)
{
	size_t size = 4;

	*index = (fsi_index_t){ 0 };
	while (size / 2 < count) {
		if (size > SIZE_MAX / 2 / sizeof(*index->key))
			return false;
		size *= 2;
	}
	index->key = fsi_zeros(size, sizeof(*index->key));
	index->value = fsi_zeros(size, sizeof(*index->value));
	index->mask = size - 1;
	if (index->key && index->value)
		return true;
	fsi_index_free(index);
	return false;
}

void fsi_index_free(fsi_index_t *index)
{
	free(index->key);
	free(index->value);
	*index = (fsi_index_t){ 0 };
}

/* FNV-1a, then mixed so that the low bits depend on all. */
static size_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32);
}

/* Where a text is, or would be. */
static size_t place_of(const fsi_index_t *index, const char *key)
{
	size_t at = hash_text(key) & index->mask;

	while (index->key[at] && strcmp(index->key[at], key) != 0)
		at = (at + 1) & index->mask;
	return at;
}

void fsi_index_add(fsi_index_t *index, const char *key, size_t value)
{
	size_t at;

	if (!key[0])
		return;
	at = place_of(index, key);
	if (index->key[at])
		return;
	index->key[at] = key;
	index->value[at] = value;
	index->count++;
}

size_t fsi_index_find(const fsi_index_t *index, const char *key)
{
	size_t at;

	if (!index->key || !key[0])
		return FEATSET_NONE;
	at = place_of(index, key);
	return index->key[at] ? index->value[at] : FEATSET_NONE;
}

bool fsi_index_records(fsi_index_t *index, const featset_inventory_t *inventory, featset_record_t kind,
		       const featset_field_t *fields)
{
	size_t count = featset_inventory_count(inventory, kind), width = 0;

	while (fields[width] != FEATSET_FIELDS)
		width++;
	if (!fsi_index_init(index, count * width))
		return false;
	/* Field by field, so that a name never hides a UUID. */
	for (size_t f = 0; f < width; f++)
		for (size_t i = 0; i < count; i++)
			fsi_index_add(index, featset_inventory_get(inventory, fields[f], i), i);
	return true;
}
