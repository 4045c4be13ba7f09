/* SPDX-License-Identifier: MIT */
#include "format_internal.h"
#include "../cpu_internal.h"

#include <stdlib.h>
#include <string.h>

/* A cpu is looked for in this many places in a row. */
#define NEAR 8

struct fsi_cached {
	featset_cpu_t *cpu;
	size_t size;
	char bytes[];
};

void fsi_key_add(fsi_key_t *key, const char *at, size_t size)
{
	/* With its length in front no two rows of texts look the same. */
	if (!key->full && sizeof(size) + size <= sizeof(key->bytes) - key->size) {
		memcpy(key->bytes + key->size, &size, sizeof(size));
		if (size)
			memcpy(key->bytes + key->size + sizeof(size), at, size);
		key->size += sizeof(size) + size;
	} else {
		key->full = true;
	}
}

static uint64_t hash_of(const fsi_key_t *key)
{
	uint64_t hash = key->size, value;

	for (size_t i = 0; i < key->size; i += sizeof(value)) {
		size_t left = key->size - i;

		value = 0;
		memcpy(&value, key->bytes + i, left < sizeof(value) ? left : sizeof(value));
		hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash;
}

static bool is_same(const struct fsi_cached *cached, const fsi_key_t *key)
{
	return cached && cached->size == key->size && !memcmp(cached->bytes, key->bytes, key->size);
}

featset_cpu_t *fsi_cache_find(const fsi_text_t *text, const fsi_key_t *key)
{
	fsi_cache_t *cache = text->cache;
	uint64_t hash;

	if (!cache || key->full)
		return NULL;
	hash = hash_of(key);
	for (size_t i = 0; i < NEAR; i++) {
		size_t at = (hash + i) % FSI_CACHE_SIZE;

		if (cache->hash[at] == hash && is_same(cache->entry[at], key))
			return fsi_cpu_share(cache->entry[at]->cpu);
	}
	return NULL;
}

/* An empty place, or else one after the other. */
static size_t place_for(fsi_cache_t *cache, uint64_t hash)
{
	for (size_t i = 0; i < NEAR; i++)
		if (!cache->entry[(hash + i) % FSI_CACHE_SIZE])
			return (hash + i) % FSI_CACHE_SIZE;
	return (hash + cache->turn++ % NEAR) % FSI_CACHE_SIZE;
}

static void drop(struct fsi_cached *cached)
{
	if (cached)
		featset_cpu_free(cached->cpu);
	free(cached);
}

bool fsi_cache_keep(const fsi_text_t *text, const fsi_key_t *key, featset_cpu_t *cpu)
{
	fsi_cache_t *cache = text->cache;
	struct fsi_cached *made;
	uint64_t hash;
	size_t at;

	if (!cache || key->full)
		return true;
	made = malloc(sizeof(*made) + key->size);
	if (!made)
		return false;
	fsi_cpu_freeze(cpu);
	made->cpu = fsi_cpu_share(cpu);
	made->size = key->size;
	memcpy(made->bytes, key->bytes, key->size);
	hash = hash_of(key);
	at = place_for(cache, hash);
	drop(cache->entry[at]);
	cache->entry[at] = made;
	cache->hash[at] = hash;
	return true;
}

void fsi_cache_empty(fsi_cache_t *cache)
{
	for (size_t i = 0; i < FSI_CACHE_SIZE; i++)
		drop(cache->entry[i]);
}
