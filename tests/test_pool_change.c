/* SPDX-License-Identifier: MIT */
/*
 * What became, or would become, of a pool: hosts in the field as their owners
 * published them (an E5-2680 v3 is Hera, an E5-2630L v2 is Zeus), with the
 * differences worked out by hand from their words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

/* features_hvm_host; Hera's Xen 4.13 has the same for features_hvm. */
#define HERA_WORDS                                                                                                     \
	"1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400-00000000-"          \
	"00000000-00000000-00000000-00000000"
#define ZEUS_WORDS                                                                                                     \
	"1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400-00000000-"          \
	"00000000-00000000-00000000-00000000-00000000-00000000-00000000"
#define ZEUS_MAX                                                                                                       \
	"1fcbfbff-f7ba2223-2d93fbff-00000403-00000001-00000281-00000000-00000000-00001000-9c000400-00000000-"          \
	"00000000-00000000-00000000-00000000-00000000-00000000-00000000"
/* A VM on a Haswell under a younger Xen. */
#define HASWELL_8_3                                                                                                    \
	"1fcbfbff-f7fa3203-2c100800-00000021-00000001-000007ab-00000000-00000000-00101000-bc000400-00000000-"          \
	"00000000-00000000-00000000-00000000-00000000-04000000-00000000-00000000-00000000"

static featset_cpu_t *xen_cpu(const char *text, int model)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t set;
	size_t length;

	assert_int_equal(featset_xen_read(&set, &length, text, NULL), FEATSET_OK);
	for (unsigned w = 0; w < length; w++)
		featset_cpu_set_word(cpu, w, featset_word(&set, w));
	featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, (int64_t)length);
	featset_cpu_set_vendor(cpu, "GenuineIntel");
	featset_cpu_set_number(cpu, FEATSET_FAMILY, 6);
	featset_cpu_set_number(cpu, FEATSET_MODEL, model);
	featset_cpu_set_number(cpu, FEATSET_STEPPING, model == 63 ? 2 : model < 0 ? -1 : 4);
	return cpu;
}

static void set_cpus(featset_inventory_t *inventory, size_t host, const char *words, const char *max, int model)
{
	featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_HVM, xen_cpu(words, model));
	featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_PV, xen_cpu(words, model));
	featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_HVM_MAX, xen_cpu(max, model));
	featset_inventory_set_cpu(inventory, host, FEATSET_SLOT_PV_MAX, xen_cpu(max, model));
}

static size_t add_host(featset_inventory_t *inventory, const char *name, const char *uuid, const char *words,
		       const char *max, int model)
{
	size_t host;

	assert_int_equal(featset_inventory_add_host(inventory, name, uuid, &host), FEATSET_OK);
	featset_inventory_put(inventory, FEATSET_HOST_MANAGER, host, "xapi");
	set_cpus(inventory, host, words, max, model);
	return host;
}

static size_t add_hera(featset_inventory_t *inventory, const char *name)
{
	return add_host(inventory, name, name, HERA_WORDS, HERA_WORDS, 63);
}

static size_t add_zeus(featset_inventory_t *inventory)
{
	return add_host(inventory, "zeus", "zeus", ZEUS_WORDS, ZEUS_MAX, 62);
}

static size_t add_vm(featset_inventory_t *inventory, const char *name, const char *state, const char *host,
		     const char *words)
{
	size_t vm;

	assert_int_equal(featset_inventory_add(inventory, FEATSET_RECORD_VM, &vm), FEATSET_OK);
	featset_inventory_put(inventory, FEATSET_VM_UUID, vm, name);
	featset_inventory_put(inventory, FEATSET_VM_MANAGER, vm, "xapi");
	featset_inventory_put(inventory, FEATSET_VM_POWER_STATE, vm, state);
	featset_inventory_put(inventory, FEATSET_VM_HOST, vm, host);
	featset_inventory_put(inventory, FEATSET_VM_DOMAIN_TYPE, vm, "hvm");
	featset_inventory_set_vm_cpu(inventory, vm, xen_cpu(words, 63));
	return vm;
}

/* Both pools and the change from one to the other. */
typedef struct story {
	featset_inventory_t *old, *new;
	featset_pool_t *before, *after;
	featset_change_t *change;
} story_t;

static void tell(story_t *story)
{
	assert_int_equal(featset_pool_new(&story->before, story->old, NULL), FEATSET_OK);
	assert_int_equal(featset_pool_new(&story->after, story->new, NULL), FEATSET_OK);
	assert_int_equal(featset_change_new(&story->change, story->before, story->after, NULL), FEATSET_OK);
}

static void end(story_t *story)
{
	featset_change_free(story->change);
	featset_pool_free(story->after);
	featset_pool_free(story->before);
	featset_inventory_free(story->new);
	featset_inventory_free(story->old);
}

static void assert_words(const featset_t *set, const char *words)
{
	char text[9 * FEATSET_XEN_WORDS + 1];

	featset_xen_write(text, sizeof(text), set, 10);
	assert_string_equal(text, words);
}

/* Hera alone, with a VM that booted there, one that booted at the level of both, and one that does not run. */
static featset_inventory_t *make_hera(void)
{
	featset_inventory_t *inventory = featset_inventory_new();

	add_hera(inventory, "hera");
	add_vm(inventory, "halted", "halted", "", HERA_WORDS);
	add_vm(inventory, "low", "running", "hera", ZEUS_WORDS);
	add_vm(inventory, "high", "running", "hera", HERA_WORDS);
	return inventory;
}

/* Zeus joins: of the level go the Haswell's eight, copies, CMP_LEGACY and IBS. */
static void zeus_joins(void **state)
{
	story_t story = { .old = make_hera() };
	featset_t lost, gained;
	size_t before, after;

	(void)state;
	story.new = featset_inventory_copy(story.old);
	add_zeus(story.new);
	tell(&story);
	featset_change_level(&lost, &gained, story.change, FEATSET_GUEST_HVM);
	assert_words(&lost,
		     "00000000-00401000-0183f3ff-00000422-00000000-0000052a-00000000-00000000-00000000-00000000");
	assert_true(featset_is_empty(&gained));

	assert_int_equal(featset_change_hosts(story.change), 2);
	featset_change_host(story.change, 0, &before, &after);
	assert_int_equal(before, 0);
	assert_int_equal(after, 0);
	featset_change_host(story.change, 1, &before, &after);
	assert_true(before == FEATSET_NONE);
	assert_int_equal(after, 1);
	featset_change_host(story.change, 2, &before, &after);
	assert_true(before == FEATSET_NONE && after == FEATSET_NONE);
	assert_int_equal(featset_change_turn(story.change, 0), FEATSET_TURN_NONE);
	assert_int_equal(featset_change_turn(story.change, 1), FEATSET_TURN_NONE);

	/* Only the VM that has the eight cannot go to the new host. */
	assert_int_equal(featset_change_stuck(story.change, 0), 2);
	assert_true(featset_change_stuck(story.change, 3) == FEATSET_NONE);
	assert_false(featset_change_mixes_vendors(story.change));
	end(&story);
}

/* Zeus joins as hosts alone, whose VMs are then as before; Zeus goes again, and nobody minds. */
static void hosts_alone(void **state)
{
	story_t story = { .old = make_hera() };
	featset_change_t *back;
	featset_t lost, gained;

	(void)state;
	story.new = featset_inventory_new();
	add_zeus(story.new);
	add_hera(story.new, "hera");
	tell(&story);
	assert_int_equal(featset_change_stuck(story.change, 0), 2);
	assert_true(featset_change_stuck(story.change, 3) == FEATSET_NONE);

	assert_int_equal(featset_change_new(&back, story.after, story.before, NULL), FEATSET_OK);
	featset_change_level(&lost, &gained, back, FEATSET_GUEST_HVM);
	assert_true(featset_is_empty(&lost));
	assert_words(&gained,
		     "00000000-00401000-0183f3ff-00000422-00000000-0000052a-00000000-00000000-00000000-00000000");
	assert_true(featset_change_stuck(back, 0) == FEATSET_NONE);
	featset_change_free(back);
	end(&story);
}

/* A VM that could go to one host only has nowhere to go without it; where it stays is no place to go. */
static void last_place(void **state)
{
	story_t story = { .old = featset_inventory_new() };

	(void)state;
	add_hera(story.old, "hera");
	add_zeus(story.old);
	add_hera(story.old, "hebe");
	add_vm(story.old, "low", "running", "hera", ZEUS_WORDS);
	add_vm(story.old, "high", "running", "hera", HERA_WORDS);
	add_vm(story.old, "saved", "suspended", "", HERA_WORDS);
	story.new = featset_inventory_copy(story.old);
	assert_int_equal(featset_inventory_remove(story.new, FEATSET_RECORD_HOST, 2), FEATSET_OK);
	tell(&story);
	assert_int_equal(featset_change_hosts(story.change), 3);
	assert_int_equal(featset_change_stuck(story.change, 0), 1);
	/* The suspended one can still be resumed on Hera, and did not fit Zeus before. */
	assert_true(featset_change_stuck(story.change, 2) == FEATSET_NONE);
	end(&story);
}

static size_t add_record(featset_inventory_t *inventory, featset_field_t one, const char *a, featset_field_t two,
			 const char *b)
{
	size_t index;

	assert_int_equal(featset_inventory_add(inventory, featset_field_record(one), &index), FEATSET_OK);
	featset_inventory_put(inventory, one, index, a);
	featset_inventory_put(inventory, two, index, b);
	return index;
}

/* Zeus goes: who runs there has to move, and nobody is stuck, for there is no other host that refuses anybody. */
static void host_goes(void **state)
{
	story_t story = { .old = featset_inventory_new() };

	(void)state;
	add_hera(story.old, "hera");
	add_zeus(story.old);
	add_vm(story.old, "low", "running", "hera", ZEUS_WORDS);
	add_vm(story.old, "dns", "running", "zeus", ZEUS_WORDS);
	add_vm(story.old, "off", "halted", "zeus", ZEUS_WORDS);
	add_vm(story.old, "moved", "running", "zeus", ZEUS_WORDS);
	story.new = featset_inventory_copy(story.old);
	featset_inventory_put(story.new, FEATSET_VM_HOST, 3, "hera");
	assert_int_equal(featset_inventory_remove(story.new, FEATSET_RECORD_HOST, 1), FEATSET_OK);
	tell(&story);
	assert_true(featset_change_stuck(story.change, 0) == FEATSET_NONE);
	assert_int_equal(featset_change_homeless(story.change, 0), 1);
	assert_true(featset_change_homeless(story.change, 2) == FEATSET_NONE);
	end(&story);
}

/* Its disk is on Hera alone: whatever CPU comes, it could go nowhere before.  Without that it is stuck. */
static void bound_to_its_disk(void **state)
{
	(void)state;
	for (int local = 0; local < 2; local++) {
		story_t story = { .old = featset_inventory_new() };

		add_hera(story.old, "hera");
		add_hera(story.old, "hebe");
		add_vm(story.old, "high", "running", "hera", HERA_WORDS);
		add_record(story.old, FEATSET_SR_UUID, "disk", FEATSET_SR_NAME, "disk");
		add_record(story.old, FEATSET_SR_UUID, "iso", FEATSET_SR_NAME, "iso");
		add_record(story.old, FEATSET_PBD_SR, "disk", FEATSET_PBD_HOST, "hera");
		add_record(story.old, FEATSET_PBD_SR, local ? "iso" : "disk", FEATSET_PBD_HOST, "hebe");
		add_record(story.old, FEATSET_VDI_UUID, "vdi", FEATSET_VDI_SR, "disk");
		add_record(story.old, FEATSET_VBD_VM, "high", FEATSET_VBD_VDI, "vdi");
		story.new = featset_inventory_copy(story.old);
		add_zeus(story.new);
		tell(&story);
		assert_true(featset_change_stuck(story.change, 0) == (local ? FEATSET_NONE : 0));
		end(&story);
	}
}

/* A refusing host and two that take it: the BIOS of one of these lost the eight. */
static void one_refuses_newly(void **state)
{
	story_t story = { .old = featset_inventory_new() };

	(void)state;
	add_hera(story.old, "hera");
	add_zeus(story.old);
	add_hera(story.old, "hebe");
	add_hera(story.old, "hestia");
	add_vm(story.old, "high", "running", "hera", HERA_WORDS);
	story.new = featset_inventory_copy(story.old);
	set_cpus(story.new, 2, ZEUS_WORDS, ZEUS_MAX, 63);
	tell(&story);
	assert_int_equal(featset_change_stuck(story.change, 0), 0);
	end(&story);
}

/* A VM that was started anew, or is gone, does not count; a disabled host is in nobody's way. */
static void no_longer_stuck(void **state)
{
	story_t story = { .old = make_hera() };
	size_t zeus;

	(void)state;
	story.new = featset_inventory_copy(story.old);
	zeus = add_zeus(story.new);
	featset_inventory_put(story.new, FEATSET_HOST_ENABLED, zeus, "false");
	tell(&story);
	assert_true(featset_change_stuck(story.change, 0) == FEATSET_NONE);
	end(&story);

	story = (story_t){ .old = make_hera() };
	story.new = featset_inventory_copy(story.old);
	add_zeus(story.new);
	featset_inventory_set_vm_cpu(story.new, 2, xen_cpu(ZEUS_WORDS, 63));
	tell(&story);
	assert_true(featset_change_stuck(story.change, 0) == FEATSET_NONE);
	end(&story);

	story = (story_t){ .old = make_hera() };
	story.new = featset_inventory_copy(story.old);
	add_zeus(story.new);
	featset_inventory_remove(story.new, FEATSET_RECORD_VM, 2);
	tell(&story);
	assert_true(featset_change_stuck(story.change, 0) == FEATSET_NONE);
	end(&story);
}

/*
 * By UUID, though names were swapped; by name where one has no UUID; never by
 * name where both have different ones; and nobody twice.
 */
static void who_is_who(void **state)
{
	static const char *const old[][2] = { { "a", "1" }, { "b", "2" }, { "c", "" },
					      { "d", "4" }, { "e", "5" }, { "c", "" } };
	static const char *const new[][2] = { { "b", "1" }, { "a", "2" }, { "c", "3" }, { "d", "" }, { "e", "6" } };
	static const size_t wanted[][2] = {
		{ 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, FEATSET_NONE }, { 5, FEATSET_NONE }, { FEATSET_NONE, 4 }
	};
	story_t story = { featset_inventory_new(), featset_inventory_new(), NULL, NULL, NULL };
	size_t before, after;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		add_host(story.old, old[i][0], old[i][1], HERA_WORDS, HERA_WORDS, 63);
	for (size_t i = 0; i < 5; i++)
		add_host(story.new, new[i][0], new[i][1], HERA_WORDS, HERA_WORDS, 63);
	tell(&story);
	assert_int_equal(featset_change_hosts(story.change), 7);
	for (size_t i = 0; i < 7; i++) {
		featset_change_host(story.change, i, &before, &after);
		assert_true(before == wanted[i][0] && after == wanted[i][1]);
	}
	end(&story);
}

/* ---- whose doing --------------------------------------------------------------------------- */

/* From Hera's words to these, on a part of this model. */
static featset_turn_t turn_to(const char *words, int model)
{
	story_t story = { featset_inventory_new(), featset_inventory_new(), NULL, NULL, NULL };
	featset_turn_t turn;

	add_hera(story.old, "hera");
	add_host(story.new, "hera", "hera", words, words, model);
	tell(&story);
	turn = featset_change_turn(story.change, 0);
	end(&story);
	return turn;
}

#define LIKE_HERA(w1, w5, w9, w16)                                                                                     \
	"1fcbfbff-" w1 "-2d93fbff-00000423-00000001-" w5 "-00000000-00000000-00001000-" w9 "-00000000-00000000-"       \
	"00000000-00000000-00000000" w16

static void turns(void **state)
{
	(void)state;
	assert_int_equal(turn_to(HERA_WORDS, 63), FEATSET_TURN_NONE);
	/* A younger Xen has more words, and no longer shows VMX and copies. */
	assert_int_equal(turn_to(HASWELL_8_3, 63), FEATSET_TURN_SOFTWARE);
	assert_int_equal(turn_to(HERA_WORDS "-00000000", 63), FEATSET_TURN_SOFTWARE);
	/* MD_CLEAR, then SSBD and IBRS gone: older microcode. */
	assert_int_equal(turn_to(LIKE_HERA("f7fa3223", "000007ab", "9c000000", ""), 63), FEATSET_TURN_SOFTWARE);
	assert_int_equal(turn_to(LIKE_HERA("f7fa3223", "000007ab", "10000400", ""), 63), FEATSET_TURN_SOFTWARE);
	/* TSX came, VMX went, AES went. */
	assert_int_equal(turn_to(LIKE_HERA("f7fa3223", "00000fbb", "9c000400", ""), 63), FEATSET_TURN_FIRMWARE);
	assert_int_equal(turn_to(LIKE_HERA("f7fa3203", "000007ab", "9c000400", ""), 63), FEATSET_TURN_FIRMWARE);
	assert_int_equal(turn_to(LIKE_HERA("f5fa3223", "000007ab", "9c000400", ""), 63), FEATSET_TURN_FIRMWARE);
	/* AVX2 is silicon, and so is another model, even at the same words. */
	assert_int_equal(turn_to(LIKE_HERA("f7fa3223", "0000078b", "9c000400", ""), 63), FEATSET_TURN_HARDWARE);
	assert_int_equal(turn_to(HERA_WORDS, 79), FEATSET_TURN_HARDWARE);
	assert_int_equal(turn_to(ZEUS_WORDS, 62), FEATSET_TURN_HARDWARE);
	/* Of a model that nobody told of, the bits decide. */
	assert_int_equal(turn_to(LIKE_HERA("f7fa3203", "000007ab", "9c000400", "-00000000"), -1),
			 FEATSET_TURN_FIRMWARE);
	assert_int_equal(turn_to(HERA_WORDS "-00000000", -1), FEATSET_TURN_SOFTWARE);
}

/* Of an AES that firmware switched off VAES goes too; without it VAES has no business to go.  And a model's name. */
static void turns_of_newer_parts(void **state)
{
	static const char all[] = "1fcbfbff-f7fa3203-2c100800-00000121-0000000f-f1bf07ab-00000600";
	static const char no_aes[] = "1fcbfbff-f5fa3203-2c100800-00000121-0000000f-f1bf07ab-00000400";
	static const char no_vaes[] = "1fcbfbff-f7fa3203-2c100800-00000121-0000000f-f1bf07ab-00000400";
	static const struct {
		const char *words, *brand;
		featset_turn_t turn;
	} cases[] = {
		{ no_aes, "Some CPU", FEATSET_TURN_FIRMWARE },
		{ no_vaes, "Some CPU", FEATSET_TURN_HARDWARE },
		{ all, "Some CPU", FEATSET_TURN_NONE },
		{ all, "Some other CPU", FEATSET_TURN_HARDWARE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		story_t story = { featset_inventory_new(), featset_inventory_new(), NULL, NULL, NULL };

		for (int k = 0; k < 2; k++) {
			featset_inventory_t *inventory = k ? story.new : story.old;
			featset_cpu_t *cpu = xen_cpu(k ? cases[i].words : all, 106);

			add_hera(inventory, "hera");
			featset_cpu_set_brand(cpu, k ? cases[i].brand : "Some CPU");
			featset_inventory_set_cpu(inventory, 0, FEATSET_SLOT_PV, featset_cpu_copy(cpu));
			featset_inventory_set_cpu(inventory, 0, FEATSET_SLOT_HVM, cpu);
		}
		tell(&story);
		assert_int_equal(featset_change_turn(story.change, 0), cases[i].turn);
		end(&story);
	}
}

/* What was read on one side only is neither lost nor gained: of 7.0.ebx nothing was, first before and then after. */
static void unread(void **state)
{
	story_t story = { featset_inventory_new(), featset_inventory_new(), NULL, NULL, NULL };
	featset_t known, lost, gained;
	featset_change_t *back;

	(void)state;
	for (int k = 0; k < 2; k++) {
		featset_inventory_t *inventory = k ? story.new : story.old;
		featset_cpu_t *cpu = xen_cpu(HERA_WORDS, 63);

		assert_int_equal(featset_inventory_add_host(inventory, "hera", NULL, NULL), FEATSET_OK);
		featset_cpu_set_number(cpu, FEATSET_XEN_LENGTH, -1);
		known = *featset_cpu_known(cpu);
		if (!k)
			featset_set_word(&known, 5, 0);
		else
			featset_set_word(&known, 1, 0xffffefff);
		featset_cpu_set_features(cpu, featset_cpu_features(cpu), &known);
		featset_inventory_set_cpu(inventory, 0, FEATSET_SLOT_CPU, cpu);
	}
	tell(&story);
	featset_change_host_features(&lost, &gained, story.change, FEATSET_GUEST_HVM, 0);
	assert_true(featset_is_empty(&lost) && featset_is_empty(&gained));
	featset_change_level(&lost, &gained, story.change, FEATSET_GUEST_HVM);
	assert_true(featset_is_empty(&lost) && featset_is_empty(&gained));
	assert_int_equal(featset_change_turn(story.change, 0), FEATSET_TURN_NONE);
	assert_int_equal(featset_change_new(&back, story.after, story.before, NULL), FEATSET_OK);
	featset_change_host_features(&lost, &gained, back, FEATSET_GUEST_HVM, 0);
	assert_true(featset_is_empty(&lost) && featset_is_empty(&gained));
	featset_change_free(back);
	end(&story);
}

static void host_features(void **state)
{
	story_t story = { featset_inventory_new(), featset_inventory_new(), NULL, NULL, NULL };
	featset_t lost, gained;

	(void)state;
	add_hera(story.old, "hera");
	add_host(story.new, "hera", "hera", HASWELL_8_3, HASWELL_8_3, 63);
	add_zeus(story.new);
	tell(&story);
	featset_change_host_features(&lost, &gained, story.change, FEATSET_GUEST_HVM, 0);
	assert_words(&lost,
		     "00000000-00000020-0183f3ff-00000402-00000000-00000000-00000000-00000000-00000000-00000000");
	/* NO_LMSL and ARCH_CAPS, which the older Xen could show and did not; its words end before GDS_NO's. */
	assert_words(&gained,
		     "00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000-00100000-20000000");
	featset_change_host_features(&lost, &gained, story.change, FEATSET_GUEST_HVM, 1);
	assert_true(featset_is_empty(&lost) && featset_is_empty(&gained));
	end(&story);
}

/* ---- half-done updates ------------------------------------------------------------------------- */

static bool half_updated(const char *one, int one_model, const char *two, int two_model, int stepping)
{
	featset_inventory_t *inventory = featset_inventory_new();
	featset_cpu_t *cpu = xen_cpu(two, two_model);
	size_t a = FEATSET_NONE, b = FEATSET_NONE;
	featset_pool_t *pool;
	bool answer;

	add_zeus(inventory);
	for (int i = 0; i < 2; i++)
		add_host(inventory, "one", i ? "1" : "2", one, one, one_model);
	add_host(inventory, "two", "3", two, two, two_model);
	featset_cpu_set_number(cpu, FEATSET_STEPPING, stepping);
	featset_inventory_set_cpu(inventory, 3, FEATSET_SLOT_PV, featset_cpu_copy(cpu));
	featset_inventory_set_cpu(inventory, 3, FEATSET_SLOT_HVM, cpu);
	assert_int_equal(featset_pool_new(&pool, inventory, NULL), FEATSET_OK);
	answer = featset_pool_half_updated(pool, &a, &b);
	if (answer)
		assert_true(a == 1 && b == 3);
	featset_pool_free(pool);
	featset_inventory_free(inventory);
	return answer;
}

static void half_done(void **state)
{
	static const char md_clear[] = LIKE_HERA("f7fa3223", "000007ab", "9c000000", "");

	(void)state;
	assert_true(half_updated(HERA_WORDS, 63, HASWELL_8_3, 63, 2));
	assert_true(half_updated(HERA_WORDS, 63, md_clear, 63, 2));
	assert_false(half_updated(HERA_WORDS, 63, HERA_WORDS, 63, 2));
	/* Other models differ by right, and other steppings may. */
	assert_false(half_updated(HERA_WORDS, 63, HASWELL_8_3, 79, 2));
	assert_false(half_updated(HERA_WORDS, 63, md_clear, 63, 4));
	/* AVX2 is nobody's update; of copies and CMP_LEGACY nothing follows. */
	assert_false(half_updated(HERA_WORDS, 63, LIKE_HERA("f7fa3223", "0000078b", "9c000000", ""), 63, 2));
	assert_false(
		half_updated("1fcbfbff-f7fa3223-2d93fbff-00000423", 63, "1fcbfbff-f7fa3223-2c100800-00000421", 63, 2));
}

/* ---- vendors -------------------------------------------------------------------------------------- */

static void vendors(void **state)
{
	story_t story = { .old = make_hera() };
	featset_cpu_t *amd = xen_cpu(ZEUS_WORDS, 49);
	featset_change_t *back;
	size_t host;

	(void)state;
	story.new = featset_inventory_copy(story.old);
	featset_cpu_set_vendor(amd, "AuthenticAMD");
	host = add_zeus(story.new);
	featset_inventory_set_cpu(story.new, host, FEATSET_SLOT_HVM, featset_cpu_copy(amd));
	featset_inventory_set_cpu(story.new, host, FEATSET_SLOT_PV, featset_cpu_copy(amd));
	featset_inventory_set_cpu(story.new, host, FEATSET_SLOT_HVM_MAX, featset_cpu_copy(amd));
	featset_inventory_set_cpu(story.new, host, FEATSET_SLOT_PV_MAX, amd);
	tell(&story);
	assert_true(featset_change_mixes_vendors(story.change));
	assert_int_equal(featset_change_stuck(story.change, 0), 1); /* a vendor's VM fits no other vendor's host */
	assert_int_equal(featset_change_new(&back, story.after, story.before, NULL), FEATSET_OK);
	assert_false(featset_change_mixes_vendors(back));
	featset_change_free(back);
	assert_int_equal(featset_change_new(&back, story.after, story.after, NULL), FEATSET_OK);
	assert_false(featset_change_mixes_vendors(back));
	featset_change_free(back);
	end(&story);
}

static void wrong_calls(void **state)
{
	featset_error_t error;
	featset_change_t *change;

	(void)state;
	assert_int_equal(featset_change_new(&change, NULL, NULL, &error), FEATSET_E_ARGUMENT);
	assert_null(change);
	assert_int_equal(featset_change_hosts(NULL), 0);
	assert_int_equal(featset_change_turn(NULL, 0), FEATSET_TURN_NONE);
	assert_true(featset_change_stuck(NULL, 0) == FEATSET_NONE);
	assert_true(featset_change_homeless(NULL, 0) == FEATSET_NONE);
	featset_change_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeus_joins),
		cmocka_unit_test(hosts_alone),
		cmocka_unit_test(last_place),
		cmocka_unit_test(host_goes),
		cmocka_unit_test(bound_to_its_disk),
		cmocka_unit_test(one_refuses_newly),
		cmocka_unit_test(no_longer_stuck),
		cmocka_unit_test(who_is_who),
		cmocka_unit_test(turns),
		cmocka_unit_test(turns_of_newer_parts),
		cmocka_unit_test(unread),
		cmocka_unit_test(host_features),
		cmocka_unit_test(half_done),
		cmocka_unit_test(vendors),
		cmocka_unit_test(wrong_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
