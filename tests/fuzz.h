/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_TESTS_FUZZ_H
#define FEATSET_TESTS_FUZZ_H

/*
 * fuzz.h - what the fuzz targets share
 *
 * Each is one file with one LLVMFuzzerTestOneInput.  Built with -fsanitize=fuzzer
 * -DFEATSET_FUZZER it is a libFuzzer target; without, it replays the files and
 * directories that are named on its command line.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featset.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds for every cpu that was read, whatever its source. */
static inline void fuzz_look_at_cpu(const featset_cpu_t *cpu)
{
	featset_t act, other, both;

	if (!featset_subset(featset_cpu_features(cpu), featset_cpu_known(cpu)))
		abort();
	if (featset_cpu_usable(cpu) && featset_psabi(cpu) > 4)
		abort();
	featset_cpu_split(cpu, featset_cpu_features(cpu), &act, &other);
	featset_or(&both, &act, &other);
	if (!featset_disjoint(&act, &other) || !featset_equal(&both, featset_cpu_features(cpu)))
		abort();
	for (size_t i = 0; i < featset_cpu_count(cpu); i++)
		if (!featset_subset(featset_cpu_features(cpu), featset_cpu_features(featset_cpu_at(cpu, i))))
			abort();
	featset_identify(cpu);
}

static inline void fuzz_look_at(const featset_inventory_t *inventory)
{
	size_t hosts = featset_inventory_hosts(inventory);

	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		if (!featset_inventory_note(inventory, i)[0])
			abort();
	for (size_t host = 0; host < hosts && host < 4; host++) {
		if (!featset_inventory_host_name(inventory, host) || !featset_inventory_host_uuid(inventory, host))
			abort();
		for (int slot = 0; slot < FEATSET_SLOTS; slot++) {
			const featset_cpu_t *cpu = featset_inventory_cpu(inventory, host, (featset_slot_t)slot);

			if (cpu)
				fuzz_look_at_cpu(cpu);
		}
	}
	for (size_t vm = 0; vm < featset_inventory_count(inventory, FEATSET_RECORD_VM) && vm < 4; vm++)
		if (featset_inventory_vm_cpu(inventory, vm))
			fuzz_look_at_cpu(featset_inventory_vm_cpu(inventory, vm));
}

/* A failure is a sentence and gives nothing else. */
static inline void fuzz_check_failure(featset_status_t status, const void *result, const featset_error_t *error)
{
	char line[2048];

	if (result || error->code != status || !error->text[0])
		abort();
	if (featset_error_write(line, sizeof(line), error) >= sizeof(line))
		abort();
	for (const char *c = error->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
}

/* Reads bytes in one format, which NULL tells by content; how many hosts there are. */
static inline size_t fuzz_read_with(const featset_format_t *format, const uint8_t *data, size_t size, unsigned flags)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_status_t status = featset_read_with(&inventory, data, size, format, "fuzz", flags, &error);
	size_t hosts = featset_inventory_hosts(inventory);

	if (status == FEATSET_OK)
		fuzz_look_at(inventory);
	else
		fuzz_check_failure(status, inventory, &error);
	featset_inventory_free(inventory);
	return hosts;
}

/* Whoever keeps going loses no host that is read otherwise. */
static inline void fuzz_read(const featset_format_t *format, const uint8_t *data, size_t size)
{
	size_t hosts = fuzz_read_with(format, data, size, 0);

	if (fuzz_read_with(format, data, size, FEATSET_KEEP_GOING) < hosts)
		abort();
}

/* Reads bytes in every format of a family, whose names end with NULL, and in the one they look like. */
static inline void fuzz_family(const char *const *names, const uint8_t *data, size_t size)
{
	for (size_t i = 0; names[i]; i++) {
		const featset_format_t *format = featset_format_find(names[i], NULL);

		if (!format)
			abort();
		fuzz_read(format, data, size);
	}
	fuzz_read(NULL, data, size);
}

#ifndef FEATSET_FUZZER

#include <dirent.h>
#include <sys/stat.h>

static size_t fuzz_replayed;

static void fuzz_replay_file(const char *path, size_t size)
{
	FILE *stream = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);

	if (stream && data) {
		size = fread(data, 1, size, stream);
		LLVMFuzzerTestOneInput(data, size);
		fuzz_replayed++;
	}
	if (stream)
		fclose(stream);
	free(data);
}

static void fuzz_replay(const char *path)
{
	struct dirent *entry;
	struct stat status;
	DIR *directory;

	if (stat(path, &status) != 0)
		return;
	if (S_ISREG(status.st_mode)) {
		fuzz_replay_file(path, (size_t)status.st_size);
		return;
	}
	directory = S_ISDIR(status.st_mode) ? opendir(path) : NULL;
	while (directory && (entry = readdir(directory)) != NULL) {
		char below[4096];

		if (entry->d_name[0] == '.' ||
		    snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >= (int)sizeof(below))
			continue;
		fuzz_replay(below);
	}
	if (directory)
		closedir(directory);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		fuzz_replay(argv[i]);
	printf("%zu inputs replayed\n", fuzz_replayed);
	return fuzz_replayed ? 0 : 1;
}

#endif

#endif
