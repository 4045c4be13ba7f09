/* SPDX-License-Identifier: MIT */
/* Inventories: what is put in comes out, many of it, and slots fall back to the bare CPU only where that is all. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

static void empty(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();

	(void)state;
	assert_non_null(inventory);
	assert_int_equal(featset_inventory_hosts(inventory), 0);
	assert_int_equal(featset_inventory_notes(inventory), 0);
	assert_string_equal(featset_inventory_format(inventory), "");
	assert_string_equal(featset_inventory_host_name(inventory, 0), "");
	assert_string_equal(featset_inventory_host_uuid(inventory, 7), "");
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU));
	assert_null(featset_inventory_note(inventory, 0));
	featset_inventory_free(inventory);
	featset_inventory_free(NULL);
}

static void many_hosts(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	char name[32], uuid[32];
	size_t index;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "host-%zu", i);
		snprintf(uuid, sizeof(uuid), "uuid-%zu", i);
		assert_int_equal(featset_inventory_add_host(inventory, name, uuid, &index), FEATSET_OK);
		assert_int_equal(index, i);
		assert_int_equal(featset_inventory_add_note(inventory, name), FEATSET_OK);
	}
	assert_int_equal(featset_inventory_hosts(inventory), 1000);
	assert_int_equal(featset_inventory_notes(inventory), 1000);
	for (size_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "host-%zu", i);
		snprintf(uuid, sizeof(uuid), "uuid-%zu", i);
		assert_string_equal(featset_inventory_host_name(inventory, i), name);
		assert_string_equal(featset_inventory_host_uuid(inventory, i), uuid);
		assert_string_equal(featset_inventory_note(inventory, i), name);
	}
	featset_inventory_free(inventory);
}

static void slots(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_cpu_t *bare = featset_cpu_new(), *hvm = featset_cpu_new(), *other = featset_cpu_new();
	size_t host;

	(void)state;
	assert_int_equal(featset_inventory_add_host(inventory, NULL, NULL, &host), FEATSET_OK);
	assert_string_equal(featset_inventory_host_name(inventory, host), "");
	assert_null(featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU));
	assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_CPU, bare), FEATSET_OK);
	for (int slot = 0; slot < FEATSET_SLOTS; slot++)
		assert_ptr_equal(featset_inventory_cpu(inventory, host, (featset_slot_t)slot), bare);

	/* Once anything is known about guests, what is not known is not made up. */
	assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_HVM, hvm), FEATSET_OK);
	assert_ptr_equal(featset_inventory_cpu(inventory, host, FEATSET_SLOT_CPU), bare);
	assert_ptr_equal(featset_inventory_cpu(inventory, host, FEATSET_SLOT_HVM), hvm);
	assert_null(featset_inventory_cpu(inventory, host, FEATSET_SLOT_PV));

	/* A second cpu takes the place of the first, which is freed. */
	assert_int_equal(featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_HVM, other), FEATSET_OK);
	assert_ptr_equal(featset_inventory_cpu(inventory, host, FEATSET_SLOT_HVM), other);
	featset_inventory_free(inventory);
}

/* It owns the cpu even when the call fails: the sanitizer would see the leak. */
static void wrong_calls(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();

	(void)state;
	assert_int_equal(featset_inventory_set_cpu(inventory, 0, FEATSET_SLOT_CPU, featset_cpu_new()),
			 FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_add_host(inventory, "a", NULL, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_set_cpu(inventory, 0, FEATSET_SLOTS, featset_cpu_new()), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_add_note(inventory, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_add_host(NULL, "a", NULL, NULL), FEATSET_E_ARGUMENT);
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOTS));
	featset_inventory_set_format(inventory, "xe");
	assert_string_equal(featset_inventory_format(inventory), "xe");
	featset_inventory_free(inventory);
}

static void records(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	size_t index;

	(void)state;
	assert_string_equal(featset_record_name(FEATSET_RECORD_VM), "vm");
	assert_null(featset_record_name(FEATSET_RECORDS));
	assert_string_equal(featset_field_name(FEATSET_VM_POWER_STATE), "power_state");
	assert_int_equal(featset_field_record(FEATSET_SR_SHARED), FEATSET_RECORD_SR);
	assert_int_equal(featset_field_record(FEATSET_FIELDS), FEATSET_RECORDS);
	assert_int_equal(featset_inventory_put(inventory, FEATSET_VM_NAME, 0, "none yet"), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORDS, &index), FEATSET_E_ARGUMENT);
	for (size_t i = 0; i < 9; i++) {
		assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VM, &index), FEATSET_OK);
		assert_int_equal(index, i);
	}
	assert_int_equal(featset_inventory_put(inventory, FEATSET_VM_NAME, 3, "mail"), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory, FEATSET_VM_HOST, 3, "hera"), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory, FEATSET_VM_NAME, 3, NULL), FEATSET_OK);
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_NAME, 3), "");
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_HOST, 3), "hera");
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_HOST, 9), "");
	assert_string_equal(featset_inventory_get(inventory, FEATSET_PIF_HOST, 0), "");
	assert_null(featset_inventory_vm_cpu(inventory, 3));
	assert_int_equal(featset_inventory_set_vm_cpu(inventory, 3, featset_cpu_new()), FEATSET_OK);
	assert_non_null(featset_inventory_vm_cpu(inventory, 3));
	assert_int_equal(featset_inventory_set_vm_cpu(inventory, 9, featset_cpu_new()), FEATSET_E_ARGUMENT);
	featset_inventory_free(inventory);
}

/* A kind that begins before another's fields end would mix them up: each field holds its own text. */
static void every_field(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();
	char value[32];

	(void)state;
	for (int kind = 0; kind < FEATSET_RECORDS; kind++)
		for (int i = 0; i < 2; i++)
			assert_int_equal(featset_inventory_add(inventory, (featset_record_t)kind, NULL), FEATSET_OK);
	for (int field = 0; field < FEATSET_FIELDS; field++)
		for (size_t i = 0; i < 2; i++) {
			snprintf(value, sizeof(value), "%d of %zu", field, i);
			assert_int_equal(featset_inventory_put(inventory, (featset_field_t)field, i, value), FEATSET_OK);
		}
	for (int field = 0; field < FEATSET_FIELDS; field++)
		for (size_t i = 0; i < 2; i++) {
			snprintf(value, sizeof(value), "%d of %zu", field, i);
			assert_string_equal(featset_inventory_get(inventory, (featset_field_t)field, i), value);
		}
	featset_inventory_free(inventory);
}

static void merging(void **state)
{
	featset_inventory_t *into = featset_inventory_new(), *from = featset_inventory_new();
	featset_cpu_t *cpu = featset_cpu_new();
	size_t host;

	(void)state;
	assert_int_equal(featset_inventory_merge(into, into), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_merge(into, NULL), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_add_host(from, "zeus", "2", &host), FEATSET_OK);
	assert_int_equal(featset_inventory_set_cpu(from, host, FEATSET_SLOT_HVM, cpu), FEATSET_OK);
	assert_int_equal(featset_inventory_add_note(from, "a note"), FEATSET_OK);
	featset_inventory_set_format(from, "xe");
	assert_int_equal(featset_inventory_merge(into, from), FEATSET_OK);
	assert_string_equal(featset_inventory_format(into), "xe");
	assert_int_equal(featset_inventory_hosts(from), 0);
	assert_int_equal(featset_inventory_add_host(from, "hera", "1", NULL), FEATSET_OK);
	featset_inventory_set_format(from, "xapi");
	assert_int_equal(featset_inventory_merge(into, from), FEATSET_OK);
	featset_inventory_free(from);
	assert_string_equal(featset_inventory_format(into), "");
	assert_int_equal(featset_inventory_hosts(into), 2);
	assert_string_equal(featset_inventory_host_name(into, 1), "hera");
	assert_string_equal(featset_inventory_host_uuid(into, 0), "2");
	assert_ptr_equal(featset_inventory_cpu(into, 0, FEATSET_SLOT_HVM), cpu);
	assert_string_equal(featset_inventory_note(into, 0), "a note");
	featset_inventory_free(into);
}

/* Two hosts with cpus and two VMs, of which the second has one; notes of both kinds. */
static featset_inventory_t *make_small(void)
{
	static const char *const names[] = { "hera", "zeus" };
	featset_inventory_t *inventory = featset_inventory_new();
	featset_cpu_t *cpu;

	for (size_t i = 0; i < 2; i++) {
		featset_inventory_add_host(inventory, names[i], i ? "2" : "1", NULL);
		cpu = featset_cpu_new();
		featset_cpu_set_word(cpu, 0, (uint32_t)i + 1);
		featset_inventory_set_cpu(inventory, i, i ? FEATSET_SLOT_PV_MAX : FEATSET_SLOT_HVM, cpu);
		featset_inventory_add(inventory, FEATSET_RECORD_VM, NULL);
		featset_inventory_put(inventory, FEATSET_VM_NAME, i, i ? "mail" : "web");
	}
	cpu = featset_cpu_new();
	featset_cpu_set_word(cpu, 0, 4);
	featset_inventory_set_vm_cpu(inventory, 1, cpu);
	featset_inventory_add_note(inventory, "a note");
	featset_inventory_set_format(inventory, "xe");
	return inventory;
}

/* What is done to the copy is not done to the original, which may end first. */
static void copying(void **state)
{
	featset_inventory_t *inventory = make_small(), *copy = featset_inventory_copy(inventory);

	(void)state;
	assert_non_null(copy);
	assert_null(featset_inventory_copy(NULL));
	assert_int_equal(featset_inventory_put(copy, FEATSET_VM_NAME, 0, "other"), FEATSET_OK);
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_NAME, 0), "web");
	assert_ptr_equal(featset_inventory_vm_cpu(copy, 1), featset_inventory_vm_cpu(inventory, 1));
	featset_inventory_free(inventory);
	assert_int_equal(featset_inventory_hosts(copy), 2);
	assert_string_equal(featset_inventory_host_name(copy, 0), "hera");
	assert_string_equal(featset_inventory_host_uuid(copy, 1), "2");
	assert_string_equal(featset_inventory_get(copy, FEATSET_VM_NAME, 1), "mail");
	assert_int_equal(featset_cpu_word(featset_inventory_cpu(copy, 0, FEATSET_SLOT_HVM), 0), 1);
	assert_null(featset_inventory_cpu(copy, 0, FEATSET_SLOT_PV_MAX));
	assert_int_equal(featset_cpu_word(featset_inventory_cpu(copy, 1, FEATSET_SLOT_PV_MAX), 0), 2);
	assert_null(featset_inventory_vm_cpu(copy, 0));
	assert_int_equal(featset_cpu_word(featset_inventory_vm_cpu(copy, 1), 0), 4);
	assert_int_equal(featset_inventory_notes(copy), 1);
	assert_string_equal(featset_inventory_note(copy, 0), "a note");
	assert_string_equal(featset_inventory_format(copy), "xe");
	featset_inventory_free(copy);
}

static void removing(void **state)
{
	featset_inventory_t *inventory = make_small();

	(void)state;
	assert_int_equal(featset_inventory_remove(inventory, FEATSET_RECORD_HOST, 2), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_remove(inventory, FEATSET_RECORDS, 0), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_remove(NULL, FEATSET_RECORD_HOST, 0), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VM, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_put(inventory, FEATSET_VM_NAME, 2, "files"), FEATSET_OK);

	/* The middle one goes with its cpu, the last one keeps having none. */
	assert_int_equal(featset_inventory_remove(inventory, FEATSET_RECORD_VM, 1), FEATSET_OK);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_VM), 2);
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_NAME, 0), "web");
	assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_NAME, 1), "files");
	assert_null(featset_inventory_vm_cpu(inventory, 1));
	assert_null(featset_inventory_vm_cpu(inventory, 2));

	/* The first one goes, and the other's cpus move with it. */
	assert_int_equal(featset_inventory_remove(inventory, FEATSET_RECORD_HOST, 0), FEATSET_OK);
	assert_int_equal(featset_inventory_hosts(inventory), 1);
	assert_string_equal(featset_inventory_host_name(inventory, 0), "zeus");
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM));
	assert_int_equal(featset_cpu_word(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_PV_MAX), 0), 2);
	assert_int_equal(featset_inventory_remove(inventory, FEATSET_RECORD_HOST, 0), FEATSET_OK);
	assert_int_equal(featset_inventory_remove(inventory, FEATSET_RECORD_HOST, 0), FEATSET_E_ARGUMENT);
	assert_int_equal(featset_inventory_add_host(inventory, "hermes", NULL, NULL), FEATSET_OK);
	assert_null(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_PV_MAX));
	featset_inventory_free(inventory);
}

/* Notes quote files, and whoever prints them expects text. */
static void notes_are_clean(void **state)
{
	featset_inventory_t *inventory = featset_inventory_new();

	(void)state;
	assert_int_equal(featset_inventory_add_note(inventory, "a \033[2Jb\nc \xff caf\xc3\xa9"), FEATSET_OK);
	assert_string_equal(featset_inventory_note(inventory, 0), "a ?[2Jb?c ? caf\xc3\xa9");
	featset_inventory_free(inventory);
}

/* Texts of any length, in any order, stay what they were. */
static void texts_of_all_lengths(void **state)
{
	static const size_t lengths[] = { 3, 900, 1, 5000, 70000, 2, 16384, 16383, 100, 40000, 7 };
	featset_inventory_t *inventory = featset_inventory_new();
	static char text[70001], got[70001];
	size_t vm;

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		size_t length = lengths[i * 7 % 11];

		memset(text, 'a' + (int)(i % 26), length);
		text[length] = '\0';
		assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VM, &vm), FEATSET_OK);
		assert_int_equal(featset_inventory_put(inventory, FEATSET_VM_NAME, vm, text), FEATSET_OK);
	}
	for (size_t i = 0; i < 400; i++) {
		size_t length = lengths[i * 7 % 11];

		memset(got, 'a' + (int)(i % 26), length);
		got[length] = '\0';
		assert_string_equal(featset_inventory_get(inventory, FEATSET_VM_NAME, i), got);
	}
	featset_inventory_free(inventory);
}

/* Four hosts of a listing: the first and the last have one CPU, the second another model, the third another vendor. */
static featset_inventory_t *read_four(void)
{
	static const char format[] = "uuid ( RO): %d\nname-label ( RW): h%d\n"
				     "cpu_info (MRO): vendor: %s; family: 6; model: %d; "
				     "features_hvm_host: 1fcbfbff-f7fa3223; features_pv_host: 1fc9cbf5-f6f83203\n\n";
	static const char *const vendors[] = { "GenuineIntel", "GenuineIntel", "AuthenticAMD", "GenuineIntel" };
	static const int models[] = { 85, 106, 85, 85 };
	featset_inventory_t *inventory = NULL;
	char text[2048];
	size_t used = 0;

	for (int i = 0; i < 4; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, format, i, i, vendors[i], models[i]);
	assert_int_equal(featset_read(&inventory, text, used, NULL, NULL, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_hosts(inventory), 4);
	return inventory;
}

/* What two hosts share outlives either of them, the inventory, its copy, and a level in any order. */
static void sharing(void **state)
{
	featset_inventory_t *inventory = read_four(), *copy = featset_inventory_copy(inventory);
	const featset_cpu_t *cpus[4];
	featset_level_t *level;
	featset_cpu_t *own;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		cpus[i] = featset_inventory_cpu(inventory, i, FEATSET_SLOT_HVM);
	assert_ptr_equal(cpus[0], cpus[3]);
	assert_ptr_not_equal(cpus[0], cpus[1]);
	assert_ptr_not_equal(cpus[0], cpus[2]);
	assert_ptr_not_equal(cpus[0], featset_inventory_cpu(inventory, 0, FEATSET_SLOT_PV));
	assert_int_equal(featset_cpu_number(cpus[1], FEATSET_MODEL), 106);
	assert_string_equal(featset_cpu_vendor(cpus[2]), "AuthenticAMD");
	assert_int_equal(featset_level_new(&level, cpus, 4, FEATSET_RULE_XENSERVER, NULL), FEATSET_OK);

	/* Whoever has a copy may change it, and nobody else sees that. */
	own = featset_cpu_copy(cpus[0]);
	featset_cpu_set_number(own, FEATSET_MODEL, 1);
	assert_int_equal(featset_cpu_number(cpus[3], FEATSET_MODEL), 85);
	assert_int_equal(featset_inventory_set_cpu(inventory, 3, FEATSET_SLOT_HVM, own), FEATSET_OK);
	assert_int_equal(featset_cpu_number(featset_inventory_cpu(copy, 3, FEATSET_SLOT_HVM), FEATSET_MODEL), 85);

	assert_int_equal(featset_inventory_remove(inventory, FEATSET_RECORD_HOST, 0), FEATSET_OK);
	featset_inventory_free(inventory);
	assert_int_equal(featset_cpu_word(featset_level_host(level, 3), 0), 0x1fcbfbff);
	assert_int_equal(featset_cpu_word(featset_inventory_cpu(copy, 0, FEATSET_SLOT_PV), 0), 0x1fc9cbf5);
	featset_inventory_free(copy);
	assert_int_equal(featset_cpu_number(featset_level_host(level, 0), FEATSET_MODEL), 85);
	featset_level_free(level);
}

/* A level keeps what its hosts were, whatever their owner makes of them. */
static void levels_keep(void **state)
{
	featset_cpu_t *own = featset_cpu_new();
	const featset_cpu_t *const hosts[] = { own, own };
	featset_level_t *level;

	(void)state;
	featset_cpu_set_word(own, 0, 5);
	assert_int_equal(featset_level_new(&level, hosts, 2, FEATSET_RULE_PLAIN, NULL), FEATSET_OK);
	featset_cpu_set_word(own, 0, 7);
	assert_int_equal(featset_cpu_word(featset_level_host(level, 0), 0), 5);
	featset_cpu_free(own);
	assert_int_equal(featset_cpu_word(featset_level_host(level, 1), 0), 5);
	featset_level_free(level);
}

static void *copy_often(void *inventory)
{
	for (int i = 0; i < 200; i++)
		featset_inventory_free(featset_inventory_copy(inventory));
	return NULL;
}

/* Copies share cpus, and threads may make and free them at the same time. */
static void threads(void **state)
{
	featset_inventory_t *inventory = read_four(), *last = featset_inventory_copy(inventory);
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, copy_often, inventory), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	featset_inventory_free(inventory);
	assert_string_equal(featset_cpu_vendor(featset_inventory_cpu(last, 2, FEATSET_SLOT_PV)), "AuthenticAMD");
	featset_inventory_free(last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(many_hosts),
		cmocka_unit_test(slots),
		cmocka_unit_test(wrong_calls),
		cmocka_unit_test(records),
		cmocka_unit_test(every_field),
		cmocka_unit_test(merging),
		cmocka_unit_test(copying),
		cmocka_unit_test(removing),
		cmocka_unit_test(notes_are_clean),
		cmocka_unit_test(texts_of_all_lengths),
		cmocka_unit_test(sharing),
		cmocka_unit_test(levels_keep),
		cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
