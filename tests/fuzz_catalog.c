/* SPDX-License-Identifier: MIT */
/*
 * Feeds bytes to the reader of catalogs, and asks about every row it gives.  Built with
 * -fsanitize=fuzzer -DFEATSET_FUZZER it is a libFuzzer target; without, it
 * replays the files and directories that are named on its command line.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <featset.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What every row must be: named, found by its name, with sets that can be worked out. */
static void look_at(const featset_catalog_t *catalog)
{
	size_t built_in = featset_baseline_count(), count = featset_catalog_count(catalog);

	for (size_t i = built_in; i < count; i++) {
		const featset_baseline_t *row = featset_catalog_at(catalog, i);
		featset_t set;

		if (i < built_in + 64 && featset_catalog_find(catalog, featset_baseline_name(row), NULL) != row)
			abort();
		if (!featset_baseline_title(row)[0] || featset_baseline_parent(row) == row)
			abort();
		featset_baseline_features(&set, row);
		featset_baseline_fused(&set, row);
		featset_baseline_switchable(&set, row);
	}
	if (featset_catalog_at(catalog, count))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	featset_catalog_t *catalog = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_catalog_read(&catalog, data, size, "fuzz", &error);

	if (status == FEATSET_OK)
		look_at(catalog);
	else if (catalog || error.code != status || !error.text[0])
		abort();
	featset_catalog_free(catalog);
	return 0;
}

#ifndef FEATSET_FUZZER

static size_t replayed;

static void replay_file(const char *path, size_t size)
{
	FILE *stream = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);

	if (stream && data) {
		size = fread(data, 1, size, stream);
		LLVMFuzzerTestOneInput(data, size);
		replayed++;
	}
	if (stream)
		fclose(stream);
	free(data);
}

static void replay(const char *path)
{
	struct dirent *entry;
	struct stat status;
	DIR *directory;

	if (stat(path, &status) != 0)
		return;
	if (S_ISREG(status.st_mode)) {
		replay_file(path, (size_t)status.st_size);
		return;
	}
	directory = S_ISDIR(status.st_mode) ? opendir(path) : NULL;
	while (directory && (entry = readdir(directory)) != NULL) {
		char below[4096];

		if (entry->d_name[0] == '.' ||
		    snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >= (int)sizeof(below))
			continue;
		replay(below);
	}
	if (directory)
		closedir(directory);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%zu inputs replayed\n", replayed);
	return 0;
}

#endif
