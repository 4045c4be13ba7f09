/* SPDX-License-Identifier: MIT */
/*
 * "power management:" of /proc/cpuinfo: bits of 80000007.EDX.
 *
 * Names and their order: x86_power_flags of Linux and APM volume 3, Fn8000_0007;
 * the bits of a Zen 3 as its CPUID gives them, EDX = 6799h, and as Linux 6 shows them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

#define WORD 7 /* 80000007.EDX */

static void check(const char *power, uint32_t bits, const char *noted)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	const featset_cpu_t *cpu;
	bool found = false;
	char text[512];

	snprintf(text, sizeof(text), "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu sse avx2\n%s\n", power);
	if (featset_read(&inventory, text, strlen(text), NULL, "cpuinfo", &error) != FEATSET_OK)
		fail_msg("%s", error.text);
	cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	assert_int_equal(featset_word(featset_cpu_features(cpu), WORD), bits);
	/* Only what is there is known: a hypervisor may have more. */
	assert_int_equal(featset_word(featset_cpu_known(cpu), WORD), bits);
	for (size_t i = 0; i < featset_inventory_notes(inventory); i++)
		found |= strstr(featset_inventory_note(inventory, i), "left out") != NULL;
	assert_int_equal(found, noted != NULL);
	for (size_t i = 0; noted && found && i < featset_inventory_notes(inventory); i++)
		found &= !strstr(featset_inventory_note(inventory, i), "left out") ||
			 strstr(featset_inventory_note(inventory, i), noted);
	assert_int_equal(found, noted != NULL);
	featset_inventory_free(inventory);
}

static void power(void **state)
{
	(void)state;
	check("power management: ts ttp tm hwpstate cpb eff_freq_ro [13] [14]", 0x6799 & ~0x100u, NULL);
	check("power management: ts fid vid ttp tm stc 100mhzsteps hwpstate cpb eff_freq_ro proc_feedback acc_power",
	      0x1eff, NULL);
	check("power management:", 0, NULL);
	check("", 0, NULL);
	check("power management: ts [8] [31]", 0x80000101, NULL);
	check("power management: ts [32] [1 [] tm", 0x11, "[32], [1, []");
	check("power management: \033[2J ts", 1, "?[2J");
}

/* Two logical CPUs that differ there are two kinds. */
static void cpus_differ(void **state)
{
	static const char text[] = "processor\t: 0\nflags\t\t: fpu avx2\npower management: ts tm\n\n"
				   "processor\t: 1\nflags\t\t: fpu avx2\npower management: ts\n\n";
	featset_inventory_t *inventory = NULL;
	const featset_cpu_t *cpu;

	(void)state;
	assert_int_equal(featset_read(&inventory, text, strlen(text), NULL, NULL, NULL), FEATSET_OK);
	cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	assert_int_equal(featset_cpu_count(cpu), 2);
	assert_int_equal(featset_word(featset_cpu_features(featset_cpu_at(cpu, 0)), WORD), 0x11);
	assert_int_equal(featset_word(featset_cpu_features(featset_cpu_at(cpu, 1)), WORD), 1);
	featset_inventory_free(inventory);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(power), cmocka_unit_test(cpus_differ) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
