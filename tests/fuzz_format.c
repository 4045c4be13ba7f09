/* SPDX-License-Identifier: MIT */
/*
 * Feeds bytes to every reader, and what was read to every writer.  Built with
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

/* Writes a cpu, and reads it back: what a writer makes, its reader must take. */
static void write_all(const featset_cpu_t *cpu)
{
	for (size_t i = 0; i < featset_format_count(); i++) {
		const featset_format_t *format = featset_format_at(i);
		featset_inventory_t *again;
		size_t length = 0, same = 0;
		char *text;

		if (!featset_format_writes(format) ||
		    featset_write(NULL, 0, &length, cpu, format, FEATSET_CANONICAL, NULL, NULL))
			continue;
		text = malloc(length + 1);
		if (!text || featset_write(text, length + 1, &same, cpu, format, FEATSET_CANONICAL, NULL, NULL) ||
		    same != length || strlen(text) != length)
			abort();
		/* No names are an empty text, which is no input; nor is the featureset of length 0. */
		if (strspn(text, "\n") != length) {
			if (featset_read(&again, text, length, format, NULL, NULL) != FEATSET_OK)
				abort();
			featset_inventory_free(again);
		}
		free(text);
	}
}

static void look_at(const featset_inventory_t *inventory)
{
	size_t hosts = featset_inventory_hosts(inventory);

	for (size_t host = 0; host < hosts && host < 4; host++) {
		for (int slot = 0; slot < FEATSET_SLOTS; slot++) {
			const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, (featset_slot_t)slot);

			if (cpu)
				write_all(cpu);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i <= featset_format_count(); i++) {
		/* Past the end of the table: NULL, which guesses. */
		const featset_format_t *format = featset_format_at(i);
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };
		featset_status_t status = featset_read(&inventory, data, size, format, "fuzz", &error);

		if (status == FEATSET_OK)
			look_at(inventory);
		else if (inventory || error.code != status || !error.text[0])
			abort();
		featset_inventory_free(inventory);
	}
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
