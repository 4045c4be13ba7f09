/* SPDX-License-Identifier: MIT */
/* Inventories: what is put in comes out, many of it, and slots fall back to the bare CPU only where that is all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset/inventory.h>

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
