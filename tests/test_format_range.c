/* SPDX-License-Identifier: MIT */
/*
 * What contradicts itself is refused, and so is what no CPU can have.  The bounds of
 * numbers are those of leaf 1's EAX (Intel SDM, volume 2, CPUID: a family of 4 + 8
 * bits, a model of 4 + 4, a stepping of 4), which QEMU's properties have as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <featset.h>

#define XE "features_hvm: 1fcbfbff-f7fa3223; features_hvm_host: 1fcbfbff-f7fa3223"
#define RECORD(name) "uuid ( RO): u" name "\n name-label ( RW): " name "\n cpu_info (MRO): vendor: A; " XE "\n"
#define NODE(name, labels) "{\"metadata\": {\"name\": \"" name "\", \"labels\": " labels "}}"
#define NODE_1 NODE("n1", "{\"feature.node.kubernetes.io/cpu-cpuid.AVX\": \"true\"}")
#define PROPS(name, value) "{\"return\": {\"model\": {\"name\": \"base\", \"props\": {\"" name "\": " value "}}}}\n"
#define FEATURE(name, spec)                                                                                            \
	"{\"kind\": \"NodeFeature\", \"apiVersion\": \"nfd.k8s-sigs.io/v1alpha1\", \"metadata\": {\"name\": \"" name   \
	"\"}, \"spec\": " spec "}"
#define ELEMENTS(elements) "{\"features\": {\"flags\": {\"cpu.cpuid\": {\"elements\": " elements "}}}}"

static size_t hosts_of(const char *text, unsigned flags, featset_error_t *error)
{
	featset_inventory_t *inventory = NULL;
	size_t count = 0;

	*error = (featset_error_t){ 0 };
	if (featset_read_with(&inventory, text, strlen(text), NULL, NULL, flags, error) == FEATSET_OK)
		count = featset_inventory_hosts(inventory);
	featset_inventory_free(inventory);
	return count;
}

/* ---- what is refused -------------------------------------------------------------------- */

static const struct {
	const char *text;
	unsigned line, column;
	const char *sentence;
	size_t others; /* hosts in it that FEATSET_KEEP_GOING leaves */
} refused[] = {
	/* a key with two values */
	{ "uuid ( RO): a\nname-label ( RW): h\nname-label ( RW): h2\ncpu_info (MRO): " XE "\n\n" RECORD("b"), 3, 1,
	  "host h: the key name-label comes twice", 1 },
	{ "name-label ( RW): h\nuuid ( RO): a\nuuid ( RO): b\ncpu_info (MRO): " XE "\n", 3, 1,
	  "host h: the key uuid comes twice", 0 },
	{ "uuid ( RO): a\ncpu_info (MRO): " XE "; features_hvm: 00000000-00000000\n", 2, 102,
	  "host a: the key features_hvm comes twice", 0 },
	{ "vendor: A; vendor: B; " XE "\n", 1, 20, "host: the key vendor comes twice", 0 },
	{ "vendor: A\nfeatures_hvm: 1fcbfbff-f7fa3223\nfeatures_hvm: 1fcbfbff-00000000\n", 3, 15,
	  "host: the key features_hvm comes twice", 0 },
	{ "uuid ( RO): v\npower-state ( RO): running\nlast-boot-CPU-flags ( RO): vendor: A; features: "
	  "1fcbfbff-f7fa3223; "
	  "features: 1fcbfbff-00000000\n",
	  3, 78, "VM v: the key features comes twice", 0 },
	{ "uuid ( RO): v\npower-state ( RO): running\npower-state ( RO): halted\n", 3, 1,
	  "VM v: the key power-state comes twice", 0 },
	{ "uuid ( RO): p\nmaster ( RO): m\nmaster ( RO): n\n", 3, 1, "pool p: the key master comes twice", 0 },

	/* numbers */
	{ "vendor_id : x\ncpu family : 99999999999999999999\nflags : fpu\n", 2, 14, "the family is \"9999", 0 },
	{ "processor : 0\ncpu family : 271\nflags : fpu\n", 2, 14, "expected a number from 0 to 270", 0 },
	{ "processor : 0\nmodel : -1\nflags : fpu\n", 2, 9, "the model is \"-1\": expected a number from 0 to 255", 0 },
	{ "processor : 0\nmodel : 4294967302\nflags : fpu\n", 2, 9, "the model is \"4294967302\"", 0 },
	{ "processor : 0\nmodel : 256\nflags : fpu\n", 2, 9, "the model is \"256\"", 0 },
	{ "processor : 0\nstepping : abc\nflags : fpu\n", 2, 12, "the stepping is \"abc\"", 0 },
	{ "processor : 0\nstepping : 16\nflags : fpu\n", 2, 12, "expected a number from 0 to 15", 0 },
	{ "processor : 0\nflags : fpu\naddress sizes : 46 bits physical, 65 bits virtual\n", 3, 35,
	  "expected a number from 1 to 64", 0 },
	{ "processor : 0\nflags : fpu\naddress sizes : 99999999999 bits physical, 48 bits virtual\n", 3, 17,
	  "width of physical addresses", 0 },
	{ "Architecture: x86_64\nVendor ID: x\nCPU family: 4294967302\nFlags: fpu\nArchitecture: x86_64\nFlags: fpu\n",
	  3, 13, "machine number 1: the family is \"4294967302\"", 1 },
	{ "family: 99999999999999; model: -63; " XE "\n", 1, 9, "the family is \"99999999999999\"", 0 },
	{ "uuid ( RO): a\nname-label ( RW): h\ncpu_info (MRO): model: -63; " XE "\n\n" RECORD("b"), 3, 24,
	  "host h: the model is \"-63\"", 1 },
	{ "{\"OpaqueRef:1\": {\"uuid\": \"u\",\n\"name_label\": \"n\", \"cpu_info\": {\"family\": \"271\", "
	  "\"features_hvm\": "
	  "\"1fcbfbff-f7fa3223\"}}}",
	  2, 44, "host n: the family is \"271\"", 0 },
	{ "-cpu IvyBridge,family=99999999999999999999\n-cpu IvyBridge\n", 1, 16, "the family is \"9999", 1 },
	{ "-cpu IvyBridge,model=-3\n", 1, 16, "the model is \"-3\"", 0 },
	{ "-cpu IvyBridge,phys-bits=65\n", 1, 16, "expected a number from 1 to 64", 0 },
	{ PROPS("avx", "true") PROPS("family", "-1"), 2, 49, "the family is \"-1\"", 1 },
	{ PROPS("family", "1e22"), 1, 49, "the family is \"1e+22\"", 0 },
	{ PROPS("model", "6.5"), 1, 13, "the model is \"6.5\"", 0 },
	{ "Name: n1\nfeature.node.kubernetes.io/cpu-cpuid.AVX=true\nfeature.node.kubernetes.io/cpu-model.id=256\n", 3,
	  1, "the model is \"256\"", 0 },
	{ "{\"features\": [\"avx\"],\n\"family\": 99999999999}", 2, 1,
	  "\"family\": expected a number that a CPU can have", 0 },
	{ "{\"features\": [\"avx\"],\n\"phys_bits\": 256}", 2, 1, "\"phys_bits\": expected", 0 },

	/* nodes and properties that are half of one */
	{ "[" NODE_1 ",\n" NODE("n2", "{\"feature.node.kubernetes.io/cpu-cpuid.AVX\": [1]}") "]", 2, 23,
	  "node n2: feature.node.kubernetes.io/cpu-cpuid.AVX: expected a string", 1 },
	{ "[" NODE_1 ",\n" NODE("n2", "[1]") "]", 2, 23, "node n2: labels: expected an object", 1 },
	{ "[" NODE_1 ", 1]", 0, 0, "node number 2: items: expected objects", 1 },
	{ "[" FEATURE("f1", ELEMENTS("{\"AVX\": {}}")) ",\n" FEATURE("f2", ELEMENTS("[1]")) "]", 2, 88,
	  "node f2: elements: expected an object", 1 },
	{ "[" FEATURE("f1", ELEMENTS("{\"AVX\": {}}")) ",\n" FEATURE("f2", ELEMENTS("{\"AVX\": [1]}")) "]", 2, 88,
	  "node f2: AVX: expected {}", 1 },
	{ PROPS("avx", "true") PROPS("avx", "\"maybe\""), 2, 49, "\"avx\": expected true or false, not \"maybe\"", 1 },
	{ PROPS("avx2", "17"), 1, 49, "\"avx2\": expected true or false, not \"17\"", 0 },

	/* documents */
	{ "{\"features\": [\"avx\"]}\n{\"name\": \"b\", \"features\": [\"avx\"]}\n\n{\"name\": \"c\", \"features\": "
	  "[\"no\"]}\n",
	  4, 1, "host c: ", 2 },
	{ "{\"features\": [\"avx\"]}\n[{\"features\": [\"avx\"]},\n{\"features\": [\"no\"]}]", 3, 1,
	  "host number 3: ", 2 },
};

static bool not_built(const featset_error_t *error)
{
	return error->code == FEATSET_E_UNSUPPORTED && strstr(error->text, "this build reads no") != NULL;
}

static void skip_what_is_not_built(const char *text)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	featset_read(&inventory, text, strlen(text), NULL, NULL, &error);
	featset_inventory_free(inventory);
	if (not_built(&error)) {
		print_message("[          ] skipped: %s\n", error.text);
		skip();
	}
}

static void contradictions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		featset_error_t error;
		size_t hosts = hosts_of(refused[i].text, 0, &error);

		if (not_built(&error))
			continue;
		if (hosts || error.code == FEATSET_OK || !strstr(error.text, refused[i].sentence) ||
		    error.line != refused[i].line || error.column != refused[i].column)
			fail_msg("case %zu, %s: %zu hosts, %u:%u %s", i, refused[i].text, hosts, error.line,
				 error.column, error.text);
		hosts = hosts_of(refused[i].text, FEATSET_KEEP_GOING, &error);
		if (hosts != refused[i].others)
			fail_msg("case %zu, %s: %zu hosts are left", i, refused[i].text, hosts);
	}
}

/* ---- what is read --------------------------------------------------------------------------- */

static const struct {
	const char *text;
	size_t hosts;
	int family, model;
} taken[] = {
	/* no blank line between records; a key twice with one value; a model's name in pieces */
	{ RECORD("a") RECORD("b"), 2, -1, -1 },
	{ "vendor: A; vendor: A; " XE "\n", 1, -1, -1 },
	{ "family: 6; model: 63; modelname: Xeon; family: 7; " XE "\n", 1, 6, 63 },
	{ "family: unknown; model: 63; " XE "\n", 1, -1, 63 },
	/* the largest there are; an old kernel's words for nothing */
	{ "processor : 0\ncpu family : 270\nmodel : 255\nstepping : 15\nflags : fpu\n", 1, 270, 255 },
	{ "processor : 0\ncpu family : 4\nmodel : 0\nstepping : unknown\ncpuid level : -1\nflags : fpu\n", 1, 4, 0 },
	{ "model : 7\nflags : fpu\nmodel : 7\nflags : fpu\n", 1, -1, 7 },
	{ "Vendor ID: x\nCPU family: 6\nModel: 63\nStepping: -\nFlags: fpu\n", 1, 6, 63 },
	{ "-cpu base,family=270,model=0xff,phys-bits=0,level=0xffffffff\n", 1, 270, 255 },
	{ PROPS("phys-bits", "0"), 1, -1, -1 },
	{ PROPS("hv-no-nonarch-coresharing", "\"auto\""), 1, -1, -1 },
	{ PROPS("level-func7", "4294967295"), 1, -1, -1 },
	/* quotes of YAML */
	{ "kind: Node\nmetadata:\n  labels:\n    feature.node.kubernetes.io/cpu-cpuid.AVX2: 'true'\n"
	  "    feature.node.kubernetes.io/cpu-model.family: '6'\n    'feature.node.kubernetes.io/cpu-model.id': "
	  "\"63\"\n",
	  1, 6, 63 },
	{ "[" NODE("n2", "{\"other\": 1, \"feature.node.kubernetes.io/cpu-cpuid.AVX\": \"true\"}") "]", 1, -1, -1 },
	/* a map of XAPI's alone, or as an answer */
	{ "{\"vendor\": \"A\", \"family\": \"6\", \"model\": \"63\", \"modelname\": \"M\", \"cpu_count\": \"1\", "
	  "\"features_hvm\": \"1fcbfbff-f7fa3223\"}",
	  1, 6, 63 },
	{ "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"family\": \"6\", \"model\": \"63\", \"features_hvm_host\": "
	  "\"1fcbfbff-f7fa3223\", \"features_pv_host\": \"\"}}",
	  1, 6, 63 },
	/* documents of our own */
	{ "{\"family\": 6, \"model\": 63, \"features\": [\"avx\"]}{\"features\": []}\n[{\"features\": [\"avx\"]}]", 3,
	  6, 63 },
};

static const featset_cpu_t *first_cpu(const featset_inventory_t *inventory)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);

	return cpu ? cpu : featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM);
}

static void possible(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		featset_inventory_t *inventory = NULL;
		featset_error_t error = { 0 };
		const featset_cpu_t *cpu;
		featset_status_t status =
			featset_read(&inventory, taken[i].text, strlen(taken[i].text), NULL, NULL, &error);

		if (not_built(&error))
			continue;
		if (status != FEATSET_OK ||
		    featset_inventory_hosts(inventory) != taken[i].hosts)
			fail_msg("case %zu, %s: %zu hosts, %s", i, taken[i].text, featset_inventory_hosts(inventory),
				 error.text);
		cpu = first_cpu(inventory);
		assert_non_null(cpu);
		if (featset_cpu_number(cpu, FEATSET_FAMILY) != taken[i].family ||
		    featset_cpu_number(cpu, FEATSET_MODEL) != taken[i].model)
			fail_msg("case %zu, %s: family %d, model %d", i, taken[i].text,
				 (int)featset_cpu_number(cpu, FEATSET_FAMILY),
				 (int)featset_cpu_number(cpu, FEATSET_MODEL));
		featset_inventory_free(inventory);
	}
}

/* A pool's map has no model's name: it is a pool's record and no host. */
static void pool_map(void **state)
{
	static const char text[] = "{\"vendor\": \"A\", \"cpu_count\": \"8\", \"socket_count\": \"2\", "
				   "\"features_hvm_host\": \"1fcbfbff-f7fa3223\", \"features_pv_host\": \"1fc9cbf5\"}";
	featset_inventory_t *inventory;

	(void)state;
	skip_what_is_not_built(text);
	assert_int_equal(featset_read(&inventory, text, strlen(text), NULL, NULL, NULL), FEATSET_OK);
	assert_int_equal(featset_inventory_hosts(inventory), 0);
	assert_int_equal(featset_inventory_count(inventory, FEATSET_RECORD_POOL), 1);
	assert_string_equal(featset_inventory_get(inventory, FEATSET_POOL_HVM, 0), "1fcbfbff-f7fa3223");
	featset_inventory_free(inventory);
}

/* A dump whose vendor is no text says so; one of zeros has none. */
static void vendors(void **state)
{
	static const struct {
		const char *text, *note;
	} dumps[] = {
		{ "CPU:\n 0x00000000 0x00: eax=0x00000001 ebx=0x00000000 ecx=0x6c65746e edx=0x1b5b0a0d\n",
		  "\"????\?\?[?ntel\"" },
		{ "CPU:\n 0x00000000 0x00: eax=0x00000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		featset_inventory_t *inventory;
		size_t notes;

		assert_int_equal(featset_read(&inventory, dumps[i].text, strlen(dumps[i].text), NULL, NULL, NULL),
				 FEATSET_OK);
		notes = featset_inventory_notes(inventory);
		assert_int_equal(notes, dumps[i].note != NULL);
		if (notes)
			assert_non_null(strstr(featset_inventory_note(inventory, 0), dumps[i].note));
		featset_inventory_free(inventory);
	}
}

/* ---- XML -------------------------------------------------------------------------------------- */

/* A document type is what is wrong, whatever it declares and however long it is. */
static void document_types(void **state)
{
	static const char *const types[] = {
		"<!DOCTYPE cpu SYSTEM 'x.dtd'>",
		"<!DOCTYPE cpu [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
		"<!DOCTYPE other [<!ENTITY a \"]>\"><!-- it's ]> --><!ENTITY b '&a;&a;'>]>",
	};
	static char text[200000];
	featset_error_t error;

	(void)state;
	skip_what_is_not_built("<cpu><model>IvyBridge</model></cpu>");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(text, sizeof(text), "<?xml version='1.0'?>\n%s<cpu><model>IvyBridge</model></cpu>", types[i]);
		assert_int_equal(hosts_of(text, 0, &error), 0);
		assert_non_null(strstr(error.text, "DOCTYPE"));
		assert_int_equal(error.line, 2);
	}
	snprintf(text, sizeof(text), "<!DOCTYPE cpu [%*s]><cpu><model>IvyBridge</model></cpu>", 150000, "");
	assert_int_equal(hosts_of(text, 0, &error), 0);
	assert_non_null(strstr(error.text, "DOCTYPE"));
}

static void libvirt_numbers(void **state)
{
	static const char *const elements[] = {
		"<signature family='99999999999999999999' model='1' stepping='4'/>",
		"<signature family='6' model='-1' stepping='4'/>",
		"<signature family='6' model='1' stepping='16'/>",
		"<maxphysaddr mode='emulate' bits='999999'/>",
		"<maxphysaddr mode='emulate' bits='0'/>",
	};
	char text[400];
	featset_error_t error;

	(void)state;
	skip_what_is_not_built("<cpu><model>IvyBridge</model></cpu>");
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		snprintf(text, sizeof(text),
			 "<cpu><arch>x86_64</arch><model>IvyBridge</model>\n %s</cpu><cpu><model>Westmere"
			 "</model></cpu>",
			 elements[i]);
		assert_int_equal(hosts_of(text, 0, &error), 0);
		assert_non_null(strstr(error.text, "expected a number from "));
		assert_int_equal(error.line, 2);
		assert_int_equal(error.column, 2);
		assert_int_equal(hosts_of(text, FEATSET_KEEP_GOING, &error), 1);
	}
	snprintf(text, sizeof(text), "<cpu><model>IvyBridge</model><maxphysaddr mode='passthrough' limit='40'/></cpu>");
	assert_int_equal(hosts_of(text, 0, &error), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(contradictions), cmocka_unit_test(possible),
					    cmocka_unit_test(pool_map),       cmocka_unit_test(vendors),
					    cmocka_unit_test(document_types), cmocka_unit_test(libvirt_numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
