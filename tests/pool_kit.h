/* SPDX-License-Identifier: MIT */
#ifndef POOL_KIT_H
#define POOL_KIT_H

/* Pools made by hand, for the tests of room pool. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

#define INTEL "GenuineIntel"
#define ZERO5 "-00000000-00000000-00000000-00000000-00000000"
#define ZERO8 ZERO5 "-00000000-00000000-00000000"

/* Strings of real hosts, as their owners published them. */
/* Ivy Bridge-EP, XCP-ng 8.2 */
#define IVY_MAX                                                                                                     \
	"1fcbfbff-f7ba2223-2d93fbff-00000403-00000001-00000281-00000000-00000000-00001000-9c000400" ZERO8
#define IVY_HOST                                                                                                    \
	"1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400" ZERO8
/* Haswell-EP, XCP-ng 8.1; both sets */
#define HASWELL                                                                                                     \
	"1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400" ZERO5
/* a VM of XenServer 8 on a Haswell */
#define HASWELL_VM8                                                                                                 \
	"1fcbfbff-f7fa3203-2c100800-00000021-00000001-000007ab-00000000-00000000-00101000-bc000400-00000000-00000000" \
	"-00000000-00000000-00000000-00000000-04000000-00000000-00000000-00000000"
/* Broadwell-DE, XCP-ng 8.3 */
#define BROADWELL_MAX                                                                                               \
	"1fcbfbff-f7fa3223-2d93fbff-00000523-00000001-001c0fbb-00000000-00000100-00101000-bc000c00-00000000-00000000" \
	"-00000000-00000000-00000000-00000000-1c020004-00000000-00000000-00000000"
#define BROADWELL_HOST                                                                                              \
	"1fcbfbff-f7fa3203-2c100800-00000121-00000001-001c0fab-00000000-00000000-00101000-bc000400-00000000-00000000" \
	"-00000000-00000000-00000000-00000000-0c000000-00000000-00000000-00000000"

/* The bits that XAPI sets in every max set: HTT, VMX, X2APIC, copies of 1.EDX, CMP_LEGACY, SVM, IBS, LWP. */
static inline void kit_compat(featset_cpu_t *cpu)
{
	static const uint32_t words[] = { 1u << 28, 1u << 5 | 1u << 21, 0x0183f3ff, 1u << 1 | 1u << 2 | 1u << 10 | 1u << 15 };
	featset_t compat = { { 0 } };

	for (unsigned word = 0; word < 4; word++)
		featset_set_word(&compat, word, words[word]);
	featset_cpu_set_compat(cpu, &compat);
}

static inline featset_cpu_t *kit_cpu(const char *text, const char *vendor)
{
	featset_cpu_t *cpu = featset_cpu_new();
	size_t length;
	featset_t set;

	assert_non_null(cpu);
	assert_int_equal(featset_xen_read(&set, &length, text, NULL), FEATSET_OK);
	for (unsigned word = 0; word < length; word++)
		featset_cpu_set_word(cpu, word, featset_word(&set, word));
	featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, (int64_t)length);
	featset_cpu_set_vendor(cpu, vendor);
	featset_cpu_set_view(cpu, FEATSET_VIEW_PROMISED);
	kit_compat(cpu);
	return cpu;
}

static inline void kit_put(featset_inventory_t *inventory, featset_field_t field, size_t index, const char *value)
{
	assert_int_equal(featset_inventory_put(inventory, field, index, value), FEATSET_OK);
}

/* A record with a name, which is its UUID too. */
static inline size_t kit_add(featset_inventory_t *inventory, featset_record_t kind, featset_field_t uuid,
			     const char *name)
{
	size_t index;

	assert_int_equal(featset_inventory_add(inventory, kind, &index), FEATSET_OK);
	kit_put(inventory, uuid, index, name);
	kit_put(inventory, (featset_field_t)(uuid + 1), index, name);
	return index;
}

/* Gives a host the set of one slot; NULL: it has not told. */
static inline void kit_slot(featset_inventory_t *inventory, size_t host, featset_slot_t slot, const char *text,
			    const char *vendor)
{
	if (text)
		assert_int_equal(featset_inventory_set_cpu(inventory, host, slot, kit_cpu(text, vendor)), FEATSET_OK);
}

static inline size_t kit_host(featset_inventory_t *inventory, const char *name, const char *vendor, const char *hvm,
			      const char *max, const char *pv, const char *pv_max)
{
	size_t host = kit_add(inventory, FEATSET_RECORD_HOST, FEATSET_HOST_UUID, name);

	kit_put(inventory, FEATSET_HOST_MANAGER, host, "xapi");
	kit_slot(inventory, host, FEATSET_SLOT_HVM, hvm, vendor);
	kit_slot(inventory, host, FEATSET_SLOT_HVM_MAX, max, vendor);
	kit_slot(inventory, host, FEATSET_SLOT_PV, pv, vendor);
	kit_slot(inventory, host, FEATSET_SLOT_PV_MAX, pv_max, vendor);
	return host;
}

static inline size_t kit_vm(featset_inventory_t *inventory, const char *name, const char *state, const char *host,
			    const char *words, const char *vendor)
{
	size_t vm = kit_add(inventory, FEATSET_RECORD_VM, FEATSET_VM_UUID, name);

	kit_put(inventory, FEATSET_VM_MANAGER, vm, "xapi");
	kit_put(inventory, FEATSET_VM_POWER_STATE, vm, state);
	kit_put(inventory, FEATSET_VM_HOST, vm, host);
	kit_put(inventory, FEATSET_VM_DOMAIN_TYPE, vm, "hvm");
	if (words)
		assert_int_equal(featset_inventory_set_vm_cpu(inventory, vm, kit_cpu(words, vendor)), FEATSET_OK);
	return vm;
}

static inline featset_pool_t *kit_pool(const featset_inventory_t *inventory)
{
	featset_error_t error = { 0 };
	featset_pool_t *pool = NULL;

	if (featset_pool_new(&pool, inventory, &error) != FEATSET_OK)
		fail_msg("%s", error.text);
	return pool;
}

/* Compares a set with names joined by blanks, in order of number. */
static inline void kit_is(const featset_t *set, const char *names)
{
	char text[2048] = "";
	size_t at = 0;

	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", at ? " " : "");
		at += featset_feature_spell(text + at, sizeof(text) - at, f, FEATSET_CANONICAL);
		assert_true(at < sizeof(text));
	}
	assert_string_equal(text, names);
}

#endif
