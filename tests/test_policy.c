/* SPDX-License-Identifier: MIT */
/*
 * Policies: the texts that QEMU 7.2 and libvirt 9.0 took for "Ivy Bridge without
 * RDRAND", real dumps, and what must hold for every baseline of the catalog: what is
 * written is read again as the same set, nothing is added, nothing gets lost unsaid.
 *
 * `test_policy PLATFORM` prints policies for tests/test_policy_hypervisors.py, which asks QEMU and libvirt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

static featset_policy_t *policy_of(const featset_cpu_t *cpu, const char *platform, const char *target, unsigned flags)
{
	const featset_platform_t *found = featset_platform_find(platform, NULL);
	featset_policy_t *policy = NULL;
	featset_error_t error = { 0 };

	assert_non_null(found);
	if (featset_policy_new(&policy, cpu, found, target, NULL, flags, &error) != FEATSET_OK)
		fail_msg("%s: %s", platform, error.text);
	return policy;
}

static featset_cpu_t *expression(const char *text)
{
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = NULL;

	if (featset_expression(&cpu, text, &error) != FEATSET_OK)
		fail_msg("%s: %s", text, error.text);
	return cpu;
}

static void assert_text(const char *cpu_text, const char *platform, const char *target, unsigned flags,
			const char *expected)
{
	featset_cpu_t *cpu = expression(cpu_text);
	featset_policy_t *policy = policy_of(cpu, platform, target, flags);

	assert_string_equal(featset_policy_text(policy), expected);
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

/* What the platform decides, so that a text says nothing of it. */
static void undecided(featset_t *dst)
{
	static const featset_feature_t features[] = { FEATSET_X2APIC, FEATSET_ARAT, FEATSET_MONITOR, FEATSET_ACPI };
	featset_t more;

	featset_of_class(dst, FEATSET_CLASS_HINT);
	featset_of_class(&more, FEATSET_CLASS_DYNAMIC);
	featset_or(dst, dst, &more);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		featset_add(dst, features[i]);
}

static void assert_none(const char *baseline, const featset_policy_t *policy, const char *what, const featset_t *some)
{
	char name[64];

	if (featset_is_empty(some))
		return;
	featset_feature_spell(name, sizeof(name), featset_next(some, 0), FEATSET_CANONICAL);
	fail_msg("%s for %s: %s: %s and %u more\n%s", baseline, featset_policy_target(policy), what, name,
		 featset_count(some) - 1, featset_policy_text(policy));
}

/* ---- what others took --------------------------------------------------------------------- */

/* QEMU booted the first two; the third libvirt took, but for ARAT and XSAVEOPT, which only QEMU's IvyBridge has. */
static void ivy_bridge_without_rdrand(void **state)
{
	(void)state;
	assert_text("qemu:IvyBridge-v1-rdrand", "qemu", "qemu-7.2", 0, "-cpu IvyBridge-v1,-rdrand,enforce\n");
	assert_text("qemu:IvyBridge-v1-rdrand", "qmp", "qemu-7.2", 0,
		    "{\"name\":\"IvyBridge-v1\",\"props\":{\"rdrand\":false}}\n");
	assert_text("qemu:IvyBridge-v1-rdrand", "libvirt", "libvirt-9.0", 0,
		    "<cpu mode='custom' match='exact' check='partial'>\n"
		    "  <model fallback='forbid'>IvyBridge</model>\n"
		    "  <feature policy='require' name='xsaveopt'/>\n"
		    "  <feature policy='require' name='arat'/>\n"
		    "  <feature policy='disable' name='rdrand'/>\n"
		    "</cpu>\n");
}

/* The options with which QEMU booted a guest that was the same, bit for bit. */
static void ivy_bridge_on_base(void **state)
{
	featset_cpu_t *cpu = expression("qemu:IvyBridge-v1-rdrand");
	featset_policy_t *policy = policy_of(cpu, "qemu", "qemu-7.2", FEATSET_POLICY_EXPANDED);
	const char *text = featset_policy_text(policy);

	(void)state;
	assert_int_equal(strncmp(text, "-cpu base,", 10), 0);
	assert_non_null(strstr(text, ",aes=on,"));
	assert_non_null(strstr(text, ",hypervisor=on,"));
	assert_null(strstr(text, "rdrand"));
	assert_non_null(strstr(text, ",family=6,model=58,stepping=9,vendor=GenuineIntel,min-level=13,"
				     "min-xlevel=2147483656,enforce\n"));
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

/* libvirt's Haswell has no RDRAND and QEMU's has it: a guest without must be told so (facts of libvirt 9.0, QEMU 7.2).
 */
static void what_only_qemu_has_is_turned_off(void **state)
{
	featset_cpu_t *cpu = expression("libvirt:Haswell");
	featset_policy_t *policy = policy_of(cpu, "libvirt", "libvirt-9.0", 0);
	static const char *const extra[] = { "abm", "f16c", "rdrand", "vme", "xsaveopt" };
	char line[80];

	(void)state;
	assert_string_equal(featset_baseline_name(featset_policy_model(policy)), "libvirt:Haswell");
	for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		snprintf(line, sizeof(line), "<feature policy='disable' name='%s'/>", extra[i]);
		assert_non_null(strstr(featset_policy_text(policy), line));
	}
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

static bool dump(featset_cpu_t **cpu, const char *name)
{
	const char *root = getenv("FEATSET_SHARED");
	featset_inventory_t *inventory = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/data/libvirt/x86_64-cpuid-%s", root ? root : "../shared", name);
	if (featset_read_file(&inventory, path, NULL, 0, NULL) != FEATSET_OK)
		return false;
	*cpu = featset_cpu_copy(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU));
	featset_inventory_free(inventory);
	return true;
}

/* Real parts: virsh cpu-baseline of the two loses F16C, RDRAND and VME, which both have. */
static void haswell_and_ivy_bridge_keep_what_both_have(void **state)
{
	static const featset_feature_t kept[] = { FEATSET_F16C, FEATSET_RDRAND, FEATSET_VME };
	const featset_platform_t *libvirt = featset_platform_find("libvirt", NULL);
	featset_cpu_t *hosts[2] = { NULL, NULL };
	featset_level_t *level;

	(void)state;
	if (!dump(&hosts[0], "Xeon-E5-2650-v3.xml") || !dump(&hosts[1], "Core-i7-3770.xml")) {
		featset_cpu_free(hosts[0]);
		print_message("SKIP: the dumps of a Haswell and an Ivy Bridge are not here\n");
		skip();
	}
	assert_int_equal(
		featset_level_new(&level, (const featset_cpu_t *const *)hosts, 2, featset_platform_rule(libvirt), NULL),
		FEATSET_OK);
	for (size_t t = 0; featset_platform_target(libvirt, t); t++) {
		featset_policy_t *policy =
			policy_of(featset_level_cpu(level), "libvirt", featset_platform_target(libvirt, t), 0);
		const char *text = featset_policy_text(policy);
		featset_inventory_t *inventory = NULL;
		const featset_t *read;

		assert_int_equal(featset_read(&inventory, text, strlen(text), NULL, NULL, NULL), FEATSET_OK);
		read = featset_cpu_features(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU));
		for (size_t i = 0; i < 3; i++) {
			assert_true(featset_has(featset_policy_features(policy), kept[i]));
			assert_true(featset_has(read, kept[i]));
		}
		assert_false(featset_has(read, FEATSET_AVX2));
		assert_string_equal(featset_baseline_name(featset_policy_model(policy)), "libvirt:IvyBridge");
		featset_inventory_free(inventory);
		featset_policy_free(policy);
	}
	featset_level_free(level);
	featset_cpu_free(hosts[0]);
	featset_cpu_free(hosts[1]);
}

/* What QEMU answered on real hosts with KVM: all of it can be written, and nothing of it is left to KVM. */
static void what_kvm_offers_is_written(void **state)
{
	static const char *const hosts[] = { "Core-i7-3770.json", "Xeon-E5-2650-v3.json", "EPYC-7601-32-Core.json",
					     "Xeon-Platinum-8268.json", "Phenom-B95.json" };

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		featset_cpu_t *cpu = NULL;
		featset_policy_t *policy;
		featset_t lost, ignored;

		if (!dump(&cpu, hosts[i])) {
			print_message("SKIP: QEMU's answers from real hosts are not here, or this build has no JSON\n");
			skip();
		}
		policy = policy_of(cpu, "qemu", NULL, 0);
		featset_minus(&lost, featset_cpu_features(cpu), featset_policy_features(policy));
		undecided(&ignored);
		featset_minus(&lost, &lost, &ignored);
		/* KVM's own; and QEMU answered without svm what it gives only with svm. */
		for (unsigned word = 39; word <= 42; word++)
			featset_set_word(&lost, word, 0);
		assert_none(hosts[i], policy, "lost", &lost);
		for (size_t n = 0; n < featset_policy_notes(policy); n++)
			assert_null(strstr(featset_policy_note(policy, n), "left to KVM"));
		featset_policy_free(policy);
		featset_cpu_free(cpu);
	}
}

/* ---- particulars ----------------------------------------------------------------------------- */

/* QEMU under KVM turns svm off in every model (kvm_default_props), and without it all that belongs to it. */
static void svm_is_asked_for(void **state)
{
	featset_cpu_t *cpu = expression("qemu:EPYC-v1");
	featset_policy_t *policy = policy_of(cpu, "qemu", NULL, 0);
	featset_t without;

	(void)state;
	assert_string_equal(featset_policy_text(policy), "-cpu EPYC-v1,+svm,enforce\n");
	featset_policy_free(policy);
	without = *featset_cpu_features(cpu);
	featset_remove(&without, FEATSET_SVM);
	featset_cpu_set_features(cpu, &without, featset_cpu_known(cpu));
	policy = policy_of(cpu, "qemu", NULL, 0);
	assert_string_equal(featset_policy_text(policy), "-cpu EPYC-v1,-svm,enforce\n");
	assert_true(featset_has(featset_policy_left_out(policy), FEATSET_NPT));
	assert_false(featset_has(featset_policy_features(policy), FEATSET_NPT));
	featset_policy_free(policy);
	/* Asked for without svm, QEMU says "This feature depends on other features" and with enforce does not start. */
	policy = policy_of(cpu, "qemu", NULL, FEATSET_POLICY_EXPANDED);
	assert_null(strstr(featset_policy_text(policy), "npt"));
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

/* libvirt's models of 9.0 have MPX, those of later releases and QEMU's have not. */
static void mpx_is_asked_for(void **state)
{
	featset_cpu_t *cpu = expression("libvirt:Skylake-Client");
	featset_policy_t *policy = policy_of(cpu, "libvirt", NULL, 0);

	(void)state;
	assert_non_null(strstr(featset_policy_text(policy), "<feature policy='require' name='mpx'/>"));
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

static void widths_are_written(void **state)
{
	static const char *const lines[][2] = { { "qemu", ",phys-bits=46,host-phys-bits=off" },
						{ "qmp", "\"phys-bits\":46,\"host-phys-bits\":false" },
						{ "libvirt", "<maxphysaddr mode='emulate' bits='46'/>" } };
	featset_cpu_t *cpu = expression("haswell");

	(void)state;
	featset_cpu_set_number(cpu, FEATSET_PHYS_BITS, 46);
	for (size_t i = 0; i < 3; i++) {
		featset_policy_t *policy = policy_of(cpu, lines[i][0], NULL, 0);
		featset_inventory_t *inventory = NULL;
		const char *text = featset_policy_text(policy);

		assert_non_null(strstr(text, lines[i][1]));
		if (featset_read(&inventory, text, strlen(text), NULL, NULL, NULL) == FEATSET_OK)
			assert_int_equal(featset_cpu_number(featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU),
							    FEATSET_PHYS_BITS),
					 46);
		featset_inventory_free(inventory);
		featset_policy_free(policy);
	}
	featset_cpu_free(cpu);
}

/* What no reading shows is not given, and a note tells so. */
static void unread_features_are_turned_off(void **state)
{
	featset_cpu_t *cpu = expression("qemu:Westmere-v1");
	featset_t features = *featset_cpu_features(cpu), known = *featset_cpu_known(cpu);
	featset_policy_t *policy;

	(void)state;
	featset_remove(&features, FEATSET_AES);
	featset_remove(&known, FEATSET_AES);
	featset_cpu_set_features(cpu, &features, &known);
	policy = policy_of(cpu, "qemu", NULL, 0);
	assert_string_equal(featset_policy_text(policy), "-cpu Westmere-v1,-aes,enforce\n");
	assert_int_equal(featset_policy_notes(policy), 1);
	assert_non_null(strstr(featset_policy_note(policy, 0), ": aes"));
	assert_null(featset_policy_note(policy, 1));
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

static void names_are_those_of_the_target(void **state)
{
	featset_cpu_t *cpu = expression("qemu:SapphireRapids-v3");
	featset_policy_t *policy = policy_of(cpu, "qemu", "qemu-10.0", 0);

	(void)state;
	assert_string_equal(featset_policy_text(policy), "-cpu SapphireRapids-v3,enforce\n");
	assert_true(featset_policy_is_exact(policy));
	featset_policy_free(policy);
	policy = policy_of(cpu, "qemu", "qemu-7.2", 0);
	assert_null(strstr(featset_policy_text(policy), "SapphireRapids"));
	assert_null(strstr(featset_policy_text(policy), "fsrc"));
	assert_true(featset_has(featset_policy_left_out(policy), FEATSET_FSRC));
	assert_false(featset_policy_is_exact(policy));
	featset_policy_free(policy);
	featset_cpu_free(cpu);
}

static void mistakes(void **state)
{
	featset_error_t error = { 0 };
	featset_cpu_t *cpu = expression("haswell");
	const featset_platform_t *qemu = featset_platform_find("QEMU", NULL);
	featset_policy_t *policy;

	(void)state;
	assert_string_equal(featset_platform_name(qemu), "qemu");
	assert_null(featset_platform_find("libvrit", &error));
	assert_int_equal(error.code, FEATSET_E_NAME);
	assert_non_null(strstr(error.text, "did you mean 'libvirt'?"));
	assert_int_equal(featset_policy_new(&policy, cpu, qemu, "qemu-1.0", NULL, 0, &error), FEATSET_E_NAME);
	assert_non_null(strstr(error.text, "qemu-7.2"));
	assert_null(policy);
	assert_int_equal(featset_policy_new(&policy, cpu, qemu, NULL, NULL, 256, &error), FEATSET_E_ARGUMENT);
	assert_null(featset_platform_at(featset_platform_count()));
	assert_null(featset_platform_target(qemu, 99));
	featset_policy_free(NULL);
	featset_cpu_free(cpu);
}

static void platforms_are_sorted_and_told_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < featset_platform_count(); i++) {
		const featset_platform_t *platform = featset_platform_at(i);

		assert_ptr_equal(featset_platform_find(featset_platform_name(platform), NULL), platform);
		assert_true(strlen(featset_platform_summary(platform)) > 10);
		assert_true(featset_platform_rule(platform) < FEATSET_RULES);
		assert_non_null(featset_platform_target(platform, 0));
		if (i)
			assert_true(strcmp(featset_platform_name(featset_platform_at(i - 1)),
					   featset_platform_name(platform)) < 0);
	}
}

/* ---- every baseline ----------------------------------------------------------------------------- */

static featset_cpu_t *cpu_of(const featset_baseline_t *baseline)
{
	featset_cpu_t *cpu = featset_cpu_new();
	featset_t features, all;

	for (int i = 0; i < FEATSET_LANES; i++)
		all.lane[i] = UINT64_MAX;
	featset_baseline_features(&features, baseline);
	featset_cpu_set_features(cpu, &features, &all);
	featset_cpu_set_vendor(cpu, featset_baseline_vendor(baseline));
	return cpu;
}

/* Read again, it is what the policy says a guest gets. */
static void assert_comes_back(const char *name, const featset_policy_t *policy)
{
	const char *text = featset_policy_text(policy);
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };
	featset_t ignored, differing, open;
	const featset_cpu_t *read;
	featset_status_t status = featset_read(&inventory, text, strlen(text), NULL, NULL, &error);

	if (status == FEATSET_E_UNSUPPORTED)
		return;
	if (status != FEATSET_OK)
		fail_msg("%s: %s\n%s", name, error.text, text);
	read = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	undecided(&ignored);
	featset_xor(&differing, featset_cpu_features(read), featset_policy_features(policy));
	/* A reader does not know whether it is KVM that runs the model, and then some of what the model has stays open.
	 */
	featset_baseline_features(&open, featset_policy_model(policy));
	featset_minus(&open, &open, featset_cpu_known(read));
	featset_minus(&differing, &differing, &open);
	/* Ladders, copies and state components follow from the rest. */
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		if (word == 25 || word == 26 || word == 63)
			featset_set_word(&differing, word, 0);
	featset_minus(&differing, &differing, &ignored);
	featset_of_class(&ignored, FEATSET_CLASS_ALIAS);
	featset_set_word(&ignored, 35, 0);
	featset_minus(&differing, &differing, &ignored);
	assert_none(name, policy, "not what was written", &differing);
	featset_inventory_free(inventory);
}

/* Nothing is added, and of what user code can use nothing is lost in silence. */
static void assert_sound(const char *name, const featset_cpu_t *cpu, const featset_policy_t *policy)
{
	static const featset_feature_t tracing[] = { FEATSET_LWP, FEATSET_PTWRITE, FEATSET_INTEL_PT };
	static const featset_feature_t basic[] = { FEATSET_DE,      FEATSET_PSE, FEATSET_TSC, FEATSET_MSR,
						   FEATSET_PAE,     FEATSET_MCE, FEATSET_SEP, FEATSET_MTRR,
						   FEATSET_PGE,     FEATSET_MCA, FEATSET_PAT, FEATSET_PSE36,
						   FEATSET_CLFLUSH, FEATSET_CX8, FEATSET_MMX, FEATSET_FXSR };
	const featset_t *features = featset_policy_features(policy), *wanted = featset_cpu_features(cpu);
	featset_t some, ignored;

	undecided(&ignored);
	for (size_t i = 0; featset_has(wanted, FEATSET_LM) && i < sizeof(basic) / sizeof(basic[0]); i++)
		featset_add(&ignored, basic[i]);
	featset_minus(&some, features, wanted);
	featset_minus(&some, &some, &ignored);
	assert_none(name, policy, "added", &some);
	featset_minus(&some, wanted, features);
	featset_minus(&some, &some, featset_policy_left_out(policy));
	featset_of_scope(&ignored, FEATSET_SCOPE_USER);
	featset_and(&some, &some, &ignored);
	undecided(&ignored);
	featset_minus(&some, &some, &ignored);
	for (size_t i = 0; i < sizeof(tracing) / sizeof(tracing[0]); i++)
		featset_remove(&some, tracing[i]);
	assert_none(name, policy, "lost", &some);
	featset_and(&some, features, featset_policy_left_out(policy));
	assert_none(name, policy, "left out and there", &some);
}

static void every_baseline_comes_back(void **state)
{
	size_t policies = 0;

	(void)state;
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *baseline = featset_baseline_at(i);
		featset_cpu_t *cpu = cpu_of(baseline);

		for (size_t p = 0; p < featset_platform_count(); p++) {
			const featset_platform_t *platform = featset_platform_at(p);
			const char *name = featset_platform_name(platform), *target;

			if (strcmp(name, "qemu") != 0 && strcmp(name, "qmp") != 0 && strcmp(name, "libvirt") != 0)
				continue;
			for (size_t t = 0; (target = featset_platform_target(platform, t)); t++) {
				for (unsigned flags = 0; flags <= FEATSET_POLICY_EXPANDED; flags++) {
					featset_policy_t *policy = policy_of(cpu, name, target, flags);

					assert_comes_back(featset_baseline_name(baseline), policy);
					assert_sound(featset_baseline_name(baseline), cpu, policy);
					featset_policy_free(policy);
					policies++;
				}
			}
		}
		featset_cpu_free(cpu);
	}
	assert_true(policies > 6000);
}

/* QEMU's own models are themselves. */
static void a_model_is_itself(void **state)
{
	const featset_platform_t *qemu = featset_platform_find("qemu", NULL);
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *baseline = featset_baseline_at(i);
		const char *name = featset_baseline_name(baseline), *rest;
		featset_policy_t *policy;
		featset_cpu_t *cpu;
		featset_t a, b;

		if (strncmp(name, "qemu:", 5) != 0 || !strcmp(name, "qemu:base"))
			continue;
		cpu = cpu_of(baseline);
		policy = policy_of(cpu, "qemu", featset_platform_target(qemu, 0), 0);
		featset_baseline_features(&a, baseline);
		featset_baseline_features(&b, featset_policy_model(policy));
		featset_xor(&a, &a, &b);
		undecided(&b);
		featset_minus(&a, &a, &b);
		assert_none(name, policy, "another model", &a);
		rest = strchr(featset_policy_text(policy), ',');
		if (strcmp(rest, ",enforce\n") != 0 && strcmp(rest, ",+svm,enforce\n") != 0)
			fail_msg("%s: %s", name, featset_policy_text(policy));
		found++;
		featset_policy_free(policy);
		featset_cpu_free(cpu);
	}
	assert_true(found > 150);
}

/* ---- for tests/test_policy_hypervisors.py ---------------------------------------------------- */

/* A line: baseline, target, the text in one line, what a guest gets in QEMU's names where it has them. */
static void print_text(const char *name, const featset_policy_t *policy)
{
	const featset_t *features = featset_policy_features(policy);

	printf("%s\t%s\t", name, featset_policy_target(policy));
	for (const char *at = featset_policy_text(policy); *at; at++)
		if (*at != '\n')
			putchar(*at);
	putchar('\t');
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1))
		if (featset_feature_name(f, FEATSET_QEMU))
			printf(" %s", featset_feature_name(f, FEATSET_QEMU));
	putchar('\n');
}

static int print_texts(const char *name)
{
	const featset_platform_t *platform = featset_platform_find(name, NULL);
	const char *target;

	for (size_t i = 0; i < featset_baseline_count(); i++) {
		const featset_baseline_t *baseline = featset_baseline_at(i);
		featset_cpu_t *cpu = cpu_of(baseline);

		for (size_t t = 0; (target = featset_platform_target(platform, t)); t++) {
			for (unsigned flags = 0; flags <= FEATSET_POLICY_EXPANDED; flags++) {
				featset_policy_t *policy = policy_of(cpu, name, target, flags);

				print_text(featset_baseline_name(baseline), policy);
				featset_policy_free(policy);
			}
		}
		featset_cpu_free(cpu);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ivy_bridge_without_rdrand),
		cmocka_unit_test(ivy_bridge_on_base),
		cmocka_unit_test(what_only_qemu_has_is_turned_off),
		cmocka_unit_test(haswell_and_ivy_bridge_keep_what_both_have),
		cmocka_unit_test(what_kvm_offers_is_written),
		cmocka_unit_test(svm_is_asked_for),
		cmocka_unit_test(mpx_is_asked_for),
		cmocka_unit_test(widths_are_written),
		cmocka_unit_test(unread_features_are_turned_off),
		cmocka_unit_test(names_are_those_of_the_target),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(platforms_are_sorted_and_told_of),
		cmocka_unit_test(every_baseline_comes_back),
		cmocka_unit_test(a_model_is_itself),
	};

	if (argc > 1)
		return print_texts(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
