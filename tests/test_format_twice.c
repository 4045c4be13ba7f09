/* SPDX-License-Identifier: MIT */
/*
 * Dumps of CPUID as mails bring them: what they say twice, entries that no program
 * has, text around them, and features behind a gate that is closed.
 *
 * Contradictions are refused because no machine prints them; readings that do
 * repeat are as InstLatx64's files have them.  Sizes of arrays are those of
 * libcpuid_constants.h.  The EPYC's register is what libvirt's own test data state
 * (x86_64-cpuid-EPYC-7502-32-Core), with the four names of its -host.xml.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <featset/format.h>

static bool can_read(const char *format)
{
	featset_inventory_t *inventory = NULL;
	featset_status_t status = featset_read(&inventory, "x", 1, featset_format_find(format, NULL), NULL, NULL);

	featset_inventory_free(inventory);
	return status != FEATSET_E_UNSUPPORTED;
}

/* Reads a text whose format must be told by itself. */
static featset_inventory_t *read_text(const char *text, const char *format)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	if (featset_read(&inventory, text, strlen(text), NULL, "mail", &error) != FEATSET_OK)
		fail_msg("line %u: %s\n%s", error.line, error.text, text);
	if (strcmp(featset_inventory_format(inventory), format) != 0)
		fail_msg("read as %s, not as %s: %s", featset_inventory_format(inventory), format, text);
	return inventory;
}

static const featset_cpu_t *first(const featset_inventory_t *inventory)
{
	const featset_cpu_t *cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);

	assert_non_null(cpu);
	return cpu;
}

static uint32_t bits(const featset_cpu_t *cpu, const char *name)
{
	return featset_word(featset_cpu_features(cpu), featset_word_find(name));
}

static uint32_t known(const featset_cpu_t *cpu, const char *name)
{
	return featset_word(featset_cpu_known(cpu), featset_word_find(name));
}

static void check_refused(const char *text, unsigned line, const char *part)
{
	featset_inventory_t *inventory = NULL;
	featset_error_t error = { 0 };

	if (featset_read(&inventory, text, strlen(text), NULL, "mail", &error) == FEATSET_OK)
		fail_msg("was read as %s:\n%s", featset_inventory_format(inventory), text);
	if (error.code != FEATSET_E_SYNTAX || error.line != line || !strstr(error.text, part))
		fail_msg("line %u: %s\n%s", error.line, error.text, text);
}

/* ---- what is there twice ------------------------------------------------------------ */

#define TODD(leaf, subleaf, a, b, c, d) "   0x" leaf " 0x" subleaf ": eax=0x" a " ebx=0x" b " ecx=0x" c " edx=0x" d "\n"
#define TODD_0 "CPU 0:\n" TODD("00000000", "00", "0000000d", "756e6547", "6c65746e", "49656e69")
#define TODD_1 TODD("00000001", "00", "000306e4", "00000000", "7fbee3ff", "bfebfbff")
#define AIDA_0 "CPUID 00000000: 0000000D-756E6547-6C65746E-49656E69\n"
#define AIDA_1 "CPUID 00000001: 000306E4-00200800-7FBEE3FF-BFEBFBFF\n"
#define TYCHO_0 "CPU 0:\nCPUID 00000000:00 = 0000000d 756e6547 6c65746e 49656e69 | ....Genu\n"
#define X86INFO_0 "eax in: 0x00000000, eax = 0000000d ebx = 756e6547 ecx = 6c65746e edx = 49656e69\n"
#define KCPUID_0 "0x00000000: EAX=0x0000000d, EBX=0x756e6547, ECX=0x6c65746e, EDX=0x49656e69\n"
#define XEN_P                                                                                                          \
	"Xen reports there are maximum 120 leaves and 2 MSRs\nRaw policy: 2 leaves, 2 MSRs\n CPUID:\n"                 \
	"  00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69\n"
#define XEN_AGAIN "Raw policy: 2 leaves, 0 MSRs\n  00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69\n"
#define SETS "nr_features: 2\nDynamic sets:\nRaw   bfebfbff:77fefbff\n"
#define LEAF_7 "<cpuid eax_in='7' ecx_in='0' eax='0' ebx='0x281' ecx='0' edx='0'/>\n"
#define DATA_0                                                                                                         \
	"<cpudata arch='x86'>\n<cpuid eax_in='0' ecx_in='0' eax='0xd' ebx='0x756e6547' ecx='0x6c65746e' "              \
	"edx='0x49656e69'/>\n"

/* `again` behind `text` is a contradiction of this line; `same` says nothing new. */
static const struct {
	const char *format, *text, *again, *same, *end;
	unsigned line;
	const char *part;
} contradictions[] = {
	{ "cpuid", TODD_0 TODD_1, TODD("00000001", "00", "000306e4", "00000000", "00000000", "00000000"), TODD_1, "", 4,
	  "leaf 1 subleaf 0 is there twice with different values, first in line 3" },
	{ "aida64", AIDA_0 AIDA_1, "CPUID 00000001: 000306E4-00200800-00000000-BFEBFBFF\n", AIDA_1, "", 3,
	  "leaf 1 subleaf 0 is there twice with different values, first in line 2" },
	{ "aida64", AIDA_0 "CPUID 00000007: 00000000-00000281-00000000-00000000 [SL 00]\n",
	  "CPUID 00000007: 00000000-00000000-00000000-00000000 [SL 00]\n",
	  "CPUID 00000007: 00000000-00000281-00000000-00000000 [SL 00]\n", "", 3, "first in line 2" },
	{ "tycho", TYCHO_0 "CPUID 00000007:00 = 00000000 00000281 00000000 00000000 | .\n",
	  "CPUID 00000007:00 = 00000000 00000000 00000000 00000000 | .\n",
	  "CPUID 00000007:00 = 00000000 00000281 00000000 00000000 | .\n", "", 4, "leaf 7 subleaf 0" },
	{ "x86info", X86INFO_0 "eax in: 0x00000001, eax = 000306e4 ebx = 00000000 ecx = 7fbee3ff edx = bfebfbff\n",
	  "eax in: 0x00000001, eax = 000306e4 ebx = 00000000 ecx = 00000000 edx = bfebfbff\n",
	  "eax in: 0x00000001, eax = 000306e4 ebx = 00000000 ecx = 7fbee3ff edx = bfebfbff\n", "", 3, "leaf 1" },
	{ "kcpuid",
	  KCPUID_0 "0x00000007: subleafs:\n  0: EAX=0x00000000, EBX=0x00000281, ECX=0x00000000, EDX=0x0000000"
		   "0\n",
	  "  0: EAX=0x00000000, EBX=0x00000280, ECX=0x00000000, EDX=0x00000000\n",
	  "  0: EAX=0x00000000, EBX=0x00000281, ECX=0x00000000, EDX=0x00000000\n", "", 4, "leaf 7 subleaf 0" },
	{ "xen-cpuid", XEN_P "  00000007:00000000 -> 00000000:00000281:00000000:00000000\n",
	  "  00000007:00000000 -> 00000000:00000000:00000000:00000000\n",
	  "  00000007:00000000 -> 00000000:00000281:00000000:00000000\n", "", 6, "first in line 5" },
	{ "xen-cpuid", XEN_P " MSRs:\n  000000ce -> 0000000000000000\n", "  000000ce -> 0000000080000000\n",
	  "  000000ce -> 0000000000000000\n", "", 7, "register ce" },
	{ "xen-cpuid", SETS, "Raw   00000000:00000000\n", "Raw   bfebfbff:77fefbff\n", "", 4,
	  "the Raw set is there twice with different values, first in line 3" },
	{ "xen-cpuid", XEN_P "  00000001:ffffffff -> 000306e4:00000000:7fbee3ff:bfebfbff\n",
	  "Raw policy: 1 leaves, 0 MSRs\n  00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69\n",
	  XEN_AGAIN "  00000001:ffffffff -> 000306e4:00000000:7fbee3ff:bfebfbff\n", "", 6,
	  "the Raw policy is there twice with different values, first in line 2" },
	{ "xl", "(XEN) CPU0: cap[ 1] is 7ed8320b (expected f6d8320b)\n",
	  "(XEN) CPU0: cap[ 1] is 00000000 (expected f6d8320b)\n",
	  "(XEN) CPU0: cap[ 1] is 7ed8320b (expected f6d8320b)\n", "", 2, "first in line 1" },
	{ "libcpuid",
	  "basic_cpuid[0]=0000000d 756e6547 6c65746e 49656e69\nbasic_cpuid[7]=00000000 00000281 00000000 00000000\n",
	  "basic_cpuid[7]=00000000 00000000 00000000 00000000\n",
	  "basic_cpuid[7]=00000000 00000281 00000000 00000000\n", "", 3, "leaf 7 subleaf 0" },
	{ "libcpuid",
	  "basic_cpuid[0]=0000000d 756e6547 6c65746e 49656e69\nintel_fn4[1]=1c004122 01c0003f 0000003f 00000000\n",
	  "intel_fn4[1]=1c004122 01c0003f 0000003e 00000000\n", "intel_fn4[1]=1c004122 01c0003f 0000003f 00000000\n",
	  "", 3, "leaf 4 subleaf 1" },
	{ "libvirt-cpudata", DATA_0 LEAF_7, "<cpuid eax_in='7' eax='0' ebx='0' ecx='0' edx='0'/>", LEAF_7, "</cpudata>",
	  4, "leaf 7 subleaf 0 is there twice with different values, first in line 3" },
	{ "libvirt-cpudata", DATA_0 "<msr index='0x10a' edx='0' eax='0x69'/>\n", "<msr index='0x10a' edx='0' eax='0'/>",
	  "<msr index='0x10a' edx='0' eax='0x69'/>", "</cpudata>", 4,
	  "register 10a is there twice with different values, first in line 3" },
};

static void contradicted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(contradictions) / sizeof(contradictions[0]); i++) {
		char text[4096];

		if (!can_read(contradictions[i].format))
			continue;
		snprintf(text, sizeof(text), "%s%s%s", contradictions[i].text, contradictions[i].again,
			 contradictions[i].end);
		check_refused(text, contradictions[i].line, contradictions[i].part);
		snprintf(text, sizeof(text), "%s%s%s", contradictions[i].text, contradictions[i].same,
			 contradictions[i].end);
		featset_inventory_free(read_text(text, contradictions[i].format));
	}
}

#define ECX(bitmap) "{\"register\":\"ecx\",\"bitmap\":\"0b" bitmap "\"}"
#define LEAF(modifiers) "{\"leaf\":\"0x1\",\"subleaf\":\"0x0\",\"flags\":0,\"modifiers\":[" modifiers "]}"

/* A template may tell of a leaf in parts; a bit that it sets and clears is none. */
static void firecracker(void **state)
{
	featset_inventory_t *inventory;

	(void)state;
	if (!can_read("firecracker"))
		skip();
	check_refused("{\"cpuid_modifiers\":[" LEAF(ECX("1") "," ECX("0")) "]}", 0, "leaf 1 subleaf 0, ecx");
	check_refused("{\"cpuid_modifiers\":[" LEAF(ECX("1")) "," LEAF(ECX("0")) "]}", 0, "leaf 1 subleaf 0, ecx");
	check_refused("{\"msr_modifiers\":[{\"addr\":\"0x10a\",\"bitmap\":\"0b1\"},"
		      "{\"addr\":\"0x10a\",\"bitmap\":\"0b0\"}]}",
		      0, "register 10a");
	inventory = read_text("{\"cpuid_modifiers\":[" LEAF(ECX("x1") "," ECX("01")) "," LEAF(ECX("1xx")) "]}",
			      "firecracker");
	assert_int_equal(known(first(inventory), "1.0.ecx"), 7);
	assert_int_equal(bits(first(inventory), "1.0.ecx"), 5);
	featset_inventory_free(inventory);
}

/* Old files of AIDA64 name no subleaves, and leaf 2 may answer anew each time. */
static void repeated(void **state)
{
	featset_inventory_t *inventory =
		read_text(AIDA_0 AIDA_1 "CPUID 00000002: 76035A01-00F0B2FF-00000000-00CA0000\n"
					"CPUID 00000002: 76035A01-00F0B2FF-00000000-00CA0001\n"
					"CPUID 00000004: 1C004121-01C0003F-0000003F-00000000\n"
					"CPUID 00000004: 1C004122-01C0003F-0000003F-00000000\n"
					"CPUID 00000007: 00000000-00000281-00000000-00000000\n"
					"CPUID 00000007: 00000000-00000001-00000000-00000000\n"
					"CPUID 0000000B: 00000001-00000001-00000100-00000000\n"
					"CPUID 0000000B: 00000004-00000002-00000201-00000000\n"
					"CPUID 0000000D: 00000007-00000340-00000340-00000000\n"
					"CPUID 0000000D: 00000100-00000240-00000000-00000000\n" AIDA_0
					"CPUID 00000001: 000306E4-02200800-7FBEE3FF-BFEBFBFF\n",
			  "aida64");
	const featset_cpu_t *cpu = first(inventory);

	(void)state;
	assert_int_equal(featset_cpu_count(cpu), 2);
	assert_int_equal(bits(featset_cpu_at(cpu, 0), "7.0.ebx"), 0x281);
	assert_int_equal(bits(featset_cpu_at(cpu, 0), "d.0.eax"), 7);
	assert_int_equal(known(featset_cpu_at(cpu, 0), "d.1.eax"), 0);
	featset_inventory_free(inventory);
	/* libcpuid reads leaf B into two arrays, one after the other, with another CPU's x2APIC id perhaps. */
	featset_inventory_free(read_text("basic_cpuid[0]=0000000d 756e6547 6c65746e 49656e69\n"
					 "basic_cpuid[11]=00000001 00000002 00000100 00000003\n"
					 "intel_fn11[0]=00000001 00000002 00000100 00000004\n",
					 "libcpuid"));
}

/* ---- numbers that no program prints --------------------------------------------------- */

static void out_of_range(void **state)
{
	static const char *const arrays[] = { "basic_cpuid[32]", "ext_cpuid[32]",  "intel_fn4[8]",      "intel_fn11[4]",
					      "intel_fn12h[4]",  "intel_fn14h[4]", "amd_fn8000001dh[4]" };

	(void)state;
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "basic_cpuid[0]=0000000d 756e6547 6c65746e 49656e69\n%s=%s\n", arrays[i],
			 "00000000 00000000 00000000 00000000");
		check_refused(text, 2, "expected an entry of");
	}
	featset_inventory_free(read_text("basic_cpuid[0]=0000000d 756e6547 6c65746e 49656e69\n"
					 "basic_cpuid[31]=00000000 00000000 00000000 00000000\n"
					 "intel_fn4[7]=00000000 00000000 00000000 00000000\n",
					 "libcpuid"));
	check_refused(KCPUID_0 "0x0000000d: subleafs:\n"
			       " 64: EAX=0x00000000, EBX=0x00000000, ECX=0x00000000, EDX=0x00000001\n",
		      3, "kcpuid");
	check_refused("CPU0: cap[64] is 00000000 (expected 00000001)\n", 1, "cap[ 1]");
}

/* ---- mails ------------------------------------------------------------------------------ */

/* Puts something in front of every line. */
static void quote(char *out, const char *text, const char *mark)
{
	*out = '\0';
	while (*text) {
		size_t size = strcspn(text, "\n") + 1;

		strcat(out, mark);
		strncat(out, text, size);
		text += size;
	}
}

static void mails(void **state)
{
	static const char before[] = "Hello,\n\nthis is what my server says. CPUID first:\n\nroot@h:~# it -r\n";
	static const char after[] = "root@h:~# \n\nAnd 2 of these, ordered on Monday\n12: no more\nCPUID it was.\n"
				    "CPU is a Xeon.\n-- \nJane Doe\n";
	static const struct {
		const char *format, *text;
	} dumps[] = {
		{ "cpuid", TODD_0 TODD_1 },
		{ "aida64", AIDA_0 AIDA_1 },
		{ "tycho", TYCHO_0 "CPUID 00000001:00 = 000306e4 00000000 7fbee3ff bfebfbff | ....Genu\n" },
		{ "x86info",
		  X86INFO_0 "eax in: 0x00000001, eax = 000306e4 ebx = 00000000 ecx = 7fbee3ff edx = bfebfbff\n" },
		{ "kcpuid", KCPUID_0 "0x00000001: EAX=0x000306e4, EBX=0x00000000, ECX=0x7fbee3ff, EDX=0xbfebfbff\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		static const char *const marks[] = { "", "> ", ">> ", "> > " };

		for (size_t m = 0; m < sizeof(marks) / sizeof(marks[0]); m++) {
			char quoted[2048], text[4096];
			featset_inventory_t *inventory;

			quote(quoted, dumps[i].text, marks[m]);
			snprintf(text, sizeof(text), "%s%s%s", before, quoted, after);
			inventory = read_text(text, dumps[i].format);
			assert_int_equal(featset_cpu_count(first(inventory)), 0);
			assert_int_equal(bits(first(inventory), "1.0.ecx"), 0x7fbee3ff);
			featset_inventory_free(inventory);
		}
	}
}

/* Between the leaves of a CPU nothing else has a place, and what starts like a leaf is one. */
static void broken_mails(void **state)
{
	(void)state;
	check_refused(TODD_0 "oops\n" TODD_1, 3, "expected a leaf as cpuid -r");
	check_refused(TODD_0 TODD_1 "bye\n   0x00000007 0x00: eax=0x0", 5, "expected a leaf as cpuid -r");
	check_refused("> " TODD_0 ">   0x00000007 0x00: eax=0x0", 3, "expected a leaf as cpuid -r");
	check_refused(TYCHO_0 "CPUID is nice\nCPUID 00000001:00 = 000306e4 00000000 7fbee3ff bfebfbff | ..\n", 3,
		      "tycho");
	check_refused(TYCHO_0 "CPUID 0000", 3, "tycho");
	check_refused(KCPUID_0 "3: oops\n0x00000001: EAX=0x000306e4, EBX=0x00000000, ECX=0x7fbee3ff, EDX=0xbfebfbff\n",
		      2, "kcpuid");
	check_refused(KCPUID_0 "0x00000007: subleafs:\n 0:", 3, "kcpuid");
	featset_inventory_free(read_text(TODD_0 TODD_1 "and the other one:\n" TODD_0 TODD_1, "cpuid"));
}

/* ---- what lies behind a closed gate ------------------------------------------------------ */

static void epyc_register(void **state)
{
	static const char text[] =
		"<cpudata arch='x86'>\n"
		"<cpuid eax_in='0' ecx_in='0' eax='0x10' ebx='0x68747541' ecx='0x444d4163' edx='0x69746e65'/>\n"
		"<cpuid eax_in='1' ecx_in='0' eax='0x830f10' ebx='0' ecx='0x7ed8320b' edx='0x178bfbff'/>\n"
		"<cpuid eax_in='7' ecx_in='0' eax='0' ebx='0x219c91a9' ecx='0x400004' edx='0'/>\n"
		"<msr index='0x10a' edx='0x00000000' eax='0x00000069'/>\n</cpudata>";
	featset_inventory_t *inventory, *again;
	featset_t left_out;
	char out[4096];
	size_t length;

	(void)state;
	if (!can_read("libvirt-cpudata"))
		skip();
	inventory = read_text(text, "libvirt-cpudata");
	assert_false(featset_has(featset_cpu_features(first(inventory)), FEATSET_ARCH_CAPABILITIES));
	/* rdctl-no, skip-l1dfl-vmentry, mds-no, pschange-mc-no */
	assert_int_equal(bits(first(inventory), "msr.10a.low"), 1u << 0 | 1u << 3 | 1u << 5 | 1u << 6);
	assert_int_equal(known(first(inventory), "msr.10a.high"), 0xffffffff);
	assert_int_equal(featset_write(out, sizeof(out), &length, first(inventory),
				       featset_format_find("libvirt-cpudata", NULL), FEATSET_CANONICAL, &left_out,
				       NULL),
			 FEATSET_OK);
	assert_true(featset_is_empty(&left_out));
	again = read_text(out, "libvirt-cpudata");
	assert_true(featset_equal(featset_cpu_features(first(inventory)), featset_cpu_features(first(again))));
	featset_inventory_free(again);
	featset_inventory_free(inventory);
}

/* The same way leaves; zeros and leaves past the maximum add nothing, nor do registers of another maker. */
static void behind_gates(void **state)
{
	featset_inventory_t *inventory =
		read_text("CPUID 00000000: 00000014-756E6547-6C65746E-49656E69\n"
			  "CPUID 00000001: 000506E3-00100800-7FFAFBBF-BFEBFBFF\nCPUID 00000007: "
			  "00000000-00000000-00000000-00000000\n"
			  "CPUID 00000012: 00000000-00000000-00000000-00000000\nCPUID 00000014: "
			  "00000001-0000000F-00000007-00000000\n"
			  "CPUID 00000019: 00000007-00000014-00000003-00000000\nMSR 0000010A: 0000-0000-0000-0000\n",
			  "aida64");

	(void)state;
	assert_int_equal(bits(first(inventory), "14.0.ebx"), 0xf);
	assert_int_equal(bits(first(inventory), "14.0.ecx"), 7);
	assert_int_equal(known(first(inventory), "12.0.eax"), 0xffffffff);
	assert_int_equal(bits(first(inventory), "19.0.ebx"), 0);
	assert_int_equal(known(first(inventory), "19.0.ebx"), 0xffffffff);
	assert_int_equal(bits(first(inventory), "msr.10a.low"), 0);
	assert_int_equal(known(first(inventory), "msr.10a.low"), 0xffffffff);
	featset_inventory_free(inventory);
	/* A WinChip 2 has a register of its own at 10A. */
	inventory =
		read_text("CPUID 00000000: 00000001-746E6543-736C7561-48727561\n"
			  "CPUID 00000001: 00000585-00000000-00000000-008001BF\nMSR 0000010A: 0000-0000-0000-0001\n",
			  "aida64");
	assert_int_equal(bits(first(inventory), "msr.10a.low"), 0);
	featset_inventory_free(inventory);
}

/* Of the host's registers Xen prints 0 where it does not read them; a guest's 0 is one. */
static void zero_registers(void **state)
{
	static const char rest[] = " policy: 3 leaves, 1 MSRs\n"
				   "  00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69\n"
				   "  00000001:ffffffff -> 00050657:00000000:7fbee3ff:bfebfbff\n"
				   "  00000007:00000000 -> 00000000:00000281:00000000:20000000\n"
				   "  0000010a -> 0000000000000000\n";

	(void)state;
	for (int guest = 0; guest < 2; guest++) {
		featset_inventory_t *inventory;
		char text[1024];

		snprintf(text, sizeof(text), "%s%s", guest ? "Domain 3" : "Raw", rest);
		inventory = read_text(text, "xen-cpuid");
		assert_true(featset_has(featset_cpu_features(first(inventory)), FEATSET_ARCH_CAPABILITIES));
		assert_int_equal(known(first(inventory), "msr.10a.low"), guest ? 0xffffffff : 0);
		featset_inventory_free(inventory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contradicted),  cmocka_unit_test(firecracker),  cmocka_unit_test(repeated),
		cmocka_unit_test(out_of_range),  cmocka_unit_test(mails),        cmocka_unit_test(broken_mails),
		cmocka_unit_test(epyc_register), cmocka_unit_test(behind_gates), cmocka_unit_test(zero_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
