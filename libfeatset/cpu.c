/* SPDX-License-Identifier: MIT */
#include "cpu_internal.h"
#include "error_internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { VENDOR_SIZE = 13, BRAND_SIZE = 49, TYPE_SIZE = 8 };

/* Words 0 to 22 are Xen's, the last four of them in reserve. */
enum { XEN_WORDS = 23 };

/* What is copied starts at `features`. */
struct featset_cpu {
	atomic_size_t owners;
	bool frozen; /* nobody changes it any more, so that it may have several owners, in several threads */
	featset_t features, known, usable, compat;
	bool has_usable;
	uint64_t words;
	uint32_t raw[FEATSET_WORDS];
	char vendor[VENDOR_SIZE], hypervisor[VENDOR_SIZE], brand[BRAND_SIZE], core_type[TYPE_SIZE];
	int64_t number[FEATSET_NUMBERS];
	featset_view_t view;
	featset_cpu_t **cpus; /* frozen */
	size_t count;
};

/* ---- making and freeing ------------------------------------------------------ */

featset_cpu_t *featset_cpu_new(void)
{
	featset_cpu_t *cpu = calloc(1, sizeof *cpu);

	if (!cpu)
		return NULL;
	atomic_init(&cpu->owners, 1);
	for (int i = 0; i < FEATSET_NUMBERS; i++)
		cpu->number[i] = -1;
	return cpu;
}

void featset_cpu_free(featset_cpu_t *cpu)
{
	if (!cpu || atomic_fetch_sub_explicit(&cpu->owners, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < cpu->count; i++)
		featset_cpu_free(cpu->cpus[i]);
	free(cpu->cpus);
	free(cpu);
}

/* A cpu of its own with the same facts, logical CPUs left out. */
static featset_cpu_t *copy_facts(const featset_cpu_t *cpu)
{
	const size_t from = offsetof(featset_cpu_t, features);
	featset_cpu_t *copy = malloc(sizeof *copy);

	if (!copy)
		return NULL;
	memcpy((char *)copy + from, (const char *)cpu + from, sizeof *copy - from);
	atomic_init(&copy->owners, 1);
	copy->frozen = false;
	copy->cpus = NULL;
	copy->count = 0;
	return copy;
}

/* Gives `cpu` the logical CPUs; on failure it has some of them. */
static bool keep_all(featset_cpu_t *cpu, const featset_cpu_t *const *cpus, size_t count)
{
	if (!count)
		return true;
	cpu->cpus = calloc(count, sizeof *cpu->cpus);
	if (!cpu->cpus)
		return false;
	for (; cpu->count < count; cpu->count++) {
		cpu->cpus[cpu->count] = fsi_cpu_share(cpus[cpu->count]);
		if (!cpu->cpus[cpu->count])
			return false;
	}
	return true;
}

featset_cpu_t *featset_cpu_copy(const featset_cpu_t *cpu)
{
	featset_cpu_t *copy = copy_facts(cpu);

	if (copy && !keep_all(copy, (const featset_cpu_t *const *)cpu->cpus, cpu->count)) {
		featset_cpu_free(copy);
		return NULL;
	}
	return copy;
}

void fsi_cpu_freeze(featset_cpu_t *cpu)
{
	/* Of one that is frozen another thread may be an owner. */
	if (cpu && !cpu->frozen)
		cpu->frozen = true;
}

featset_cpu_t *fsi_cpu_share(const featset_cpu_t *cpu)
{
	featset_cpu_t *shared = cpu->frozen ? (featset_cpu_t *)(uintptr_t)cpu : featset_cpu_copy(cpu);

	if (cpu->frozen)
		atomic_fetch_add_explicit(&shared->owners, 1, memory_order_relaxed);
	else
		fsi_cpu_freeze(shared);
	return shared;
}

/* ---- looking ------------------------------------------------------------------ */

const featset_t *featset_cpu_features(const featset_cpu_t *cpu)
{
	return &cpu->features;
}

const featset_t *featset_cpu_known(const featset_cpu_t *cpu)
{
	return &cpu->known;
}

const featset_t *featset_cpu_usable(const featset_cpu_t *cpu)
{
	return cpu->has_usable ? &cpu->usable : NULL;
}

const featset_t *featset_cpu_compat(const featset_cpu_t *cpu)
{
	return &cpu->compat;
}

uint64_t featset_cpu_words(const featset_cpu_t *cpu)
{
	return cpu->words;
}

uint32_t featset_cpu_word(const featset_cpu_t *cpu, unsigned word)
{
	return word < FEATSET_WORDS ? cpu->raw[word] : 0;
}

const char *featset_cpu_vendor(const featset_cpu_t *cpu)
{
	return cpu->vendor;
}

const char *featset_cpu_brand(const featset_cpu_t *cpu)
{
	return cpu->brand;
}

const char *featset_cpu_hypervisor(const featset_cpu_t *cpu)
{
	return cpu->hypervisor;
}

int64_t featset_cpu_number(const featset_cpu_t *cpu, featset_number_t number)
{
	return (unsigned)number < FEATSET_NUMBERS ? cpu->number[number] : -1;
}

featset_view_t featset_cpu_view(const featset_cpu_t *cpu)
{
	return cpu->view;
}

size_t featset_cpu_count(const featset_cpu_t *cpu)
{
	return cpu->count;
}

const featset_cpu_t *featset_cpu_at(const featset_cpu_t *cpu, size_t index)
{
	return index < cpu->count ? cpu->cpus[index] : NULL;
}

const char *featset_cpu_core_type(const featset_cpu_t *cpu)
{
	return cpu->core_type;
}

/* ---- changing ------------------------------------------------------------------ */

void featset_cpu_set_features(featset_cpu_t *cpu, const featset_t *features, const featset_t *known)
{
	cpu->known = *known;
	featset_and(&cpu->features, features, known);
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		uint32_t numbers = cpu->raw[w] & ~featset_word_flags(w);

		cpu->raw[w] = featset_word(&cpu->features, w) | numbers;
	}
}

void featset_cpu_set_word(featset_cpu_t *cpu, unsigned word, uint32_t bits)
{
	uint32_t flags;

	if (word >= FEATSET_WORDS)
		return;
	flags = featset_word_flags(word);
	cpu->raw[word] = bits;
	cpu->words |= (uint64_t)1 << word;
	featset_set_word(&cpu->features, word, bits & flags);
	featset_set_word(&cpu->known, word, flags);
}

void featset_cpu_set_usable(featset_cpu_t *cpu, const featset_t *usable)
{
	cpu->usable = *usable;
	cpu->has_usable = true;
}

void featset_cpu_set_compat(featset_cpu_t *cpu, const featset_t *compat)
{
	cpu->compat = *compat;
}

static void set_text(char *dst, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length > size - 1)
		length = size - 1;
	memcpy(dst, text, length);
	memset(dst + length, 0, size - length);
}

/* Other programs print Zhaoxin's vendor string without the blanks that CPUID has around it. */
void featset_cpu_set_vendor(featset_cpu_t *cpu, const char *vendor)
{
	bool bare = strncmp(vendor + strspn(vendor, " "), "Shanghai", 8) == 0;

	set_text(cpu->vendor, sizeof cpu->vendor, bare ? "  Shanghai  " : vendor);
}

void featset_cpu_set_brand(featset_cpu_t *cpu, const char *brand)
{
	set_text(cpu->brand, sizeof cpu->brand, brand);
}

void featset_cpu_set_hypervisor(featset_cpu_t *cpu, const char *signature)
{
	set_text(cpu->hypervisor, sizeof cpu->hypervisor, signature);
}

void featset_cpu_set_core_type(featset_cpu_t *cpu, const char *type)
{
	set_text(cpu->core_type, sizeof cpu->core_type, type);
}

void featset_cpu_set_number(featset_cpu_t *cpu, featset_number_t number, int64_t value)
{
	if ((unsigned)number < FEATSET_NUMBERS)
		cpu->number[number] = value;
}

void featset_cpu_set_view(featset_cpu_t *cpu, featset_view_t view)
{
	cpu->view = view;
}

/* ---- reading CPUID ---------------------------------------------------------------- */

enum { EAX, EBX, ECX, EDX };

#define HYPERVISOR_BASE 0x40000000u
#define EXTENDED_BASE 0x80000000u
#define CENTAUR_BASE 0xc0000000u

/* The leaf that was read last is asked for again by the next word, so one entry of memory is enough. */
typedef struct reader {
	featset_cpu_t *cpu;
	featset_cpuid_fn cpuid;
	featset_msr_fn msr;
	void *context;
	uint32_t leaf, subleaf, regs[4];
	bool cached, answered;
	bool stated; /* somebody says so: what lies behind a closed gate is no noise */
} reader_t;

static bool read_leaf(reader_t *r, uint32_t leaf, uint32_t subleaf)
{
	if (!r->cached || r->leaf != leaf || r->subleaf != subleaf) {
		memset(r->regs, 0, sizeof r->regs);
		r->answered = r->cpuid(r->context, leaf, subleaf, r->regs);
		r->leaf = leaf;
		r->subleaf = subleaf;
		r->cached = true;
	}
	return r->answered;
}

static void put_register(char *text, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		text[i] = (char)(value >> 8 * i & 0xff);
}

/* Bytes that are no printable ASCII become '?', so that nobody's terminal or JSON suffers. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

static void read_signature(char text[VENDOR_SIZE], const uint32_t regs[4], const int order[3])
{
	for (int i = 0; i < 3; i++)
		put_register(text + 4 * i, regs[order[i]]);
	text[12] = '\0';
	make_printable(text);
}

static void read_version(featset_cpu_t *cpu, uint32_t eax)
{
	uint32_t family = eax >> 8 & 0xf, model = eax >> 4 & 0xf;
	bool zhaoxin = family == 7;

	if (family == 6 || family == 15 || zhaoxin)
		model |= (eax >> 16 & 0xf) << 4;
	if (family == 15)
		family += eax >> 20 & 0xff;
	cpu->number[FEATSET_FAMILY] = family;
	cpu->number[FEATSET_MODEL] = model;
	cpu->number[FEATSET_STEPPING] = eax & 0xf;
}

static void read_brand(reader_t *r)
{
	char brand[BRAND_SIZE] = "";
	const char *start = brand;

	for (uint32_t i = 0; i < 3; i++) {
		if (r->cpu->number[FEATSET_MAX_EXTENDED] < (int64_t)EXTENDED_BASE + 4 ||
		    !read_leaf(r, EXTENDED_BASE + 2 + i, 0))
			return;
		for (int k = 0; k < 4; k++)
			put_register(brand + 16 * i + 4 * k, r->regs[k]);
	}
	make_printable(brand);
	while (*start == ' ')
		start++;
	featset_cpu_set_brand(r->cpu, start);
	for (size_t n = strlen(r->cpu->brand); n > 0 && r->cpu->brand[n - 1] == ' '; n--)
		r->cpu->brand[n - 1] = '\0';
}

static bool has(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return featset_has(&cpu->features, feature);
}

static bool lacks(const featset_cpu_t *cpu, featset_feature_t feature)
{
	return featset_has(&cpu->known, feature) && !featset_has(&cpu->features, feature);
}

/* The largest leaf of a range that starts with its own maximum; base - 1 where the range does not exist. */
static void read_maximum(reader_t *r, featset_number_t number, uint32_t base)
{
	if (!read_leaf(r, base, 0))
		return;
	r->cpu->number[number] = (r->regs[EAX] & 0xffff0000u) == base ? (int64_t)r->regs[EAX] : (int64_t)base - 1;
}

static void read_hypervisor(reader_t *r)
{
	static const int order[3] = { EBX, ECX, EDX };
	featset_cpu_t *cpu = r->cpu;

	if (lacks(cpu, FEATSET_HYPERVISOR)) {
		cpu->view = FEATSET_VIEW_HARDWARE;
		return;
	}
	if (!has(cpu, FEATSET_HYPERVISOR))
		return;
	cpu->view = FEATSET_VIEW_GUEST;
	read_maximum(r, FEATSET_MAX_HYPERVISOR, HYPERVISOR_BASE);
	if (!r->answered)
		return;
	read_signature(cpu->hypervisor, r->regs, order);
	for (size_t n = strlen(cpu->hypervisor); n > 0 && cpu->hypervisor[n - 1] == '?'; n--)
		cpu->hypervisor[n - 1] = '\0';
	/* Old KVM says 0 and means 40000001. */
	if (strcmp(cpu->hypervisor, "KVMKVMKVM") == 0 && r->regs[EAX] == 0)
		cpu->number[FEATSET_MAX_HYPERVISOR] = HYPERVISOR_BASE + 1;
}

/* Family 5 (WinChip) answers these leaves with copies of others. */
static bool is_centaur(const featset_cpu_t *cpu)
{
	if (cpu->number[FEATSET_FAMILY] >= 0 && cpu->number[FEATSET_FAMILY] < 6)
		return false;
	return strcmp(cpu->vendor, "CentaurHauls") == 0 || strcmp(cpu->vendor, "  Shanghai  ") == 0;
}

static void read_identity(reader_t *r)
{
	static const int order[3] = { EBX, EDX, ECX };
	featset_cpu_t *cpu = r->cpu;

	cpu->number[FEATSET_MAX_BASIC] = r->regs[EAX];
	read_signature(cpu->vendor, r->regs, order);
	if (r->regs[EAX] >= 1 && read_leaf(r, 1, 0)) {
		read_version(cpu, r->regs[EAX]);
		featset_cpu_set_word(cpu, FEATSET_HYPERVISOR / 32, r->regs[ECX]);
	}
	if (cpu->number[FEATSET_MAX_BASIC] >= 7 && read_leaf(r, 7, 0))
		cpu->number[FEATSET_MAX_SUBLEAF_7] = r->regs[EAX];
	read_maximum(r, FEATSET_MAX_EXTENDED, EXTENDED_BASE);
	if (is_centaur(cpu))
		read_maximum(r, FEATSET_MAX_CENTAUR, CENTAUR_BASE);
	read_hypervisor(r);
	read_brand(r);
	if (cpu->number[FEATSET_MAX_EXTENDED] >= (int64_t)EXTENDED_BASE + 8 && read_leaf(r, EXTENDED_BASE + 8, 0)) {
		cpu->number[FEATSET_PHYS_BITS] = r->regs[EAX] & 0xff;
		cpu->number[FEATSET_LINEAR_BITS] = r->regs[EAX] >> 8 & 0xff;
	}
}

/*
 * Leaves and MSRs that exist only together with a feature.  Without it hardware
 * may answer with anything, so they are not read and their features are absent.
 */
static const struct gate {
	featset_source_t source;
	uint32_t first, last;
	featset_feature_t feature;
} gates[] = {
	{ FEATSET_SOURCE_CPUID, 0x12, 0x12, FEATSET_SGX },
	{ FEATSET_SOURCE_CPUID, 0x14, 0x14, FEATSET_INTEL_PT },
	{ FEATSET_SOURCE_CPUID, 0x19, 0x19, FEATSET_KEY_LOCKER },
	{ FEATSET_SOURCE_CPUID, 0x1e, 0x1e, FEATSET_AMX_TILE },
	{ FEATSET_SOURCE_CPUID, 0x24, 0x24, FEATSET_AVX10 },
	{ FEATSET_SOURCE_CPUID, 0x29, 0x29, FEATSET_APX },
	{ FEATSET_SOURCE_CPUID, 0x8000000a, 0x8000000a, FEATSET_SVM },
	{ FEATSET_SOURCE_MSR, 0x10a, 0x10a, FEATSET_ARCH_CAPABILITIES },
	{ FEATSET_SOURCE_MSR, 0xcf, 0xcf, FEATSET_CORE_CAPABILITIES },
	{ FEATSET_SOURCE_MSR, 0x345, 0x345, FEATSET_PDCM },
	{ FEATSET_SOURCE_MSR, 0x480, 0x491, FEATSET_VMX },
};

typedef enum presence { ABSENT, PRESENT, UNTOLD } presence_t;

static presence_t at_most(int64_t value, int64_t maximum)
{
	return maximum < 0 ? UNTOLD : value <= maximum ? PRESENT : ABSENT;
}

static presence_t leaf_range(const featset_cpu_t *cpu, uint32_t leaf)
{
	if (leaf < HYPERVISOR_BASE)
		return at_most(leaf, cpu->number[FEATSET_MAX_BASIC]);
	if (leaf >= CENTAUR_BASE)
		return is_centaur(cpu) ? at_most(leaf, cpu->number[FEATSET_MAX_CENTAUR]) : ABSENT;
	if (leaf >= EXTENDED_BASE)
		return at_most(leaf, cpu->number[FEATSET_MAX_EXTENDED]);
	if (lacks(cpu, FEATSET_HYPERVISOR) || (cpu->hypervisor[0] && strcmp(cpu->hypervisor, "KVMKVMKVM") != 0))
		return ABSENT;
	return at_most(leaf, cpu->number[FEATSET_MAX_HYPERVISOR]);
}

/* Does the subleaf exist?  Only asked for leaves that do. */
static presence_t subleaf_range(reader_t *r, uint32_t leaf, uint32_t subleaf)
{
	if (subleaf == 0 || leaf == 0xd || leaf == 0x12)
		return PRESENT;
	if (leaf == 7)
		return at_most(subleaf, r->cpu->number[FEATSET_MAX_SUBLEAF_7]);
	if (!read_leaf(r, leaf, 0))
		return UNTOLD;
	if (leaf == 0xf) /* bit n of EDX stands for subleaf n */
		return r->regs[EDX] >> subleaf & 1 ? PRESENT : ABSENT;
	return subleaf <= r->regs[EAX] ? PRESENT : ABSENT;
}

static presence_t gated(const featset_cpu_t *cpu, featset_source_t source, uint32_t index)
{
	for (size_t i = 0; i < sizeof gates / sizeof gates[0]; i++) {
		if (gates[i].source != source || index < gates[i].first || index > gates[i].last)
			continue;
		if (lacks(cpu, gates[i].feature))
			return ABSENT;
		return has(cpu, gates[i].feature) ? PRESENT : UNTOLD;
	}
	return PRESENT;
}

static void word_absent(featset_cpu_t *cpu, unsigned word)
{
	featset_set_word(&cpu->known, word, featset_word_flags(word));
}

/*
 * Of a word behind a gate that is not open a file may state bits.  Zeros add
 * nothing to a closed gate; where nobody knows the gate they are as good as bits.
 */
static bool take_stated(reader_t *r, unsigned word, presence_t gate, uint32_t value)
{
	if (!r->stated || gate == PRESENT || (gate == ABSENT && !(value & featset_word_flags(word))))
		return false;
	featset_cpu_set_word(r->cpu, word, value);
	return true;
}

static void read_cpuid_word(reader_t *r, unsigned word)
{
	uint32_t leaf = featset_word_index(word), subleaf = featset_word_subleaf(word);
	presence_t there = leaf_range(r->cpu, leaf);

	presence_t gate = gated(r->cpu, FEATSET_SOURCE_CPUID, leaf);

	if (there == PRESENT && gate != PRESENT && r->stated && subleaf_range(r, leaf, subleaf) == PRESENT &&
	    read_leaf(r, leaf, subleaf) && take_stated(r, word, gate, r->regs[featset_word_register(word)]))
		return;
	if (there == PRESENT)
		there = gate;
	if (there == PRESENT)
		there = subleaf_range(r, leaf, subleaf);
	if (there == ABSENT)
		word_absent(r->cpu, word);
	else if (there == PRESENT && read_leaf(r, leaf, subleaf))
		featset_cpu_set_word(r->cpu, word, r->regs[featset_word_register(word)]);
}

/* Other makers have registers of their own at these numbers, such as WinChip's at 10A. */
static bool is_msr_safe(const featset_cpu_t *cpu)
{
	static const char *const vendors[] = { "GenuineIntel", "AuthenticAMD", "HygonGenuine" };

	for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++)
		if (strcmp(cpu->vendor, vendors[i]) == 0)
			return true;
	return false;
}

/* MSR CE is Intel's; everybody else has no such flags, but what a hypervisor makes up. */
static presence_t msr_presence(const featset_cpu_t *cpu, uint32_t index)
{
	if (index == 0xce && strcmp(cpu->vendor, "GenuineIntel") != 0)
		return ABSENT;
	return gated(cpu, FEATSET_SOURCE_MSR, index);
}

static void read_msr_word(reader_t *r, unsigned word)
{
	uint32_t index = featset_word_index(word);
	presence_t there = msr_presence(r->cpu, index);
	bool asked = there == PRESENT || (r->stated && is_msr_safe(r->cpu));
	uint64_t value = 0;
	bool answered = asked && r->msr && r->msr(r->context, index, &value);
	uint32_t half = featset_word_register(word) == FEATSET_EDX ? (uint32_t)(value >> 32) : (uint32_t)value;

	if (answered && take_stated(r, word, there, half))
		return;
	if (there == ABSENT)
		word_absent(r->cpu, word);
	else if (there == PRESENT && answered)
		featset_cpu_set_word(r->cpu, word, half);
}

/* Rungs 1 to 8 of AVX10 are bits 0 to 7 of the ladder. */
static void read_ladder(featset_cpu_t *cpu)
{
	unsigned ladder = FEATSET_AVX10_1 / 32, word = featset_word_at(FEATSET_SOURCE_CPUID, 0x24, 0, FEATSET_EBX);
	uint32_t version = 0;

	if (has(cpu, FEATSET_AVX10)) {
		if (!(cpu->words >> word & 1))
			return;
		version = cpu->raw[word] & 0xff;
	} else if (!lacks(cpu, FEATSET_AVX10)) {
		return;
	}
	cpu->number[FEATSET_AVX10_VERSION] = version;
	featset_set_word(&cpu->features, ladder, version >= 8 ? 0xff : (1u << version) - 1);
	featset_set_word(&cpu->known, ladder, 0xff);
}

static void read_words(reader_t *r)
{
	/* In order of number the gates of a word come before it, but for leaf 24's and 29's and the MSRs'. */
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		if (featset_word_source(w) == FEATSET_SOURCE_CPUID)
			read_cpuid_word(r, w);
	}
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		if (featset_word_source(w) == FEATSET_SOURCE_MSR)
			read_msr_word(r, w);
	}
	read_ladder(r->cpu);
}

static featset_status_t read_cpu(featset_cpu_t **cpu, reader_t *reader, featset_error_t *error)
{
	reader->cpu = featset_cpu_new();
	if (!reader->cpu)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	if (!read_leaf(reader, 0, 0)) {
		featset_cpu_free(reader->cpu);
		return fsi_fail(error, FEATSET_E_SYNTAX, "leaf 0 is missing, so the largest leaf is not known");
	}
	read_identity(reader);
	read_words(reader);
	*cpu = reader->cpu;
	return FEATSET_OK;
}

featset_status_t featset_cpu_read(featset_cpu_t **cpu, featset_cpuid_fn cpuid, featset_msr_fn msr, void *context,
				  featset_error_t *error)
{
	reader_t reader = { .cpuid = cpuid, .msr = msr, .context = context };

	return read_cpu(cpu, &reader, error);
}

featset_status_t fsi_cpu_read_stated(featset_cpu_t **cpu, featset_cpuid_fn cpuid, featset_msr_fn msr, void *context,
				     featset_error_t *error)
{
	reader_t reader = { .cpuid = cpuid, .msr = msr, .context = context, .stated = true };

	return read_cpu(cpu, &reader, error);
}

/* ---- several logical CPUs ------------------------------------------------------------ */

void fsi_and_known(featset_t *features, featset_t *known, const featset_t *more, const featset_t *more_known)
{
	featset_t absent, more_absent;

	featset_minus(&absent, known, features);
	featset_minus(&more_absent, more_known, more);
	featset_and(known, known, more_known);
	featset_or(known, known, &absent);
	featset_or(known, known, &more_absent);
	featset_and(features, features, more);
}

static void join_words(featset_cpu_t *cpu, const featset_cpu_t *more)
{
	cpu->words &= more->words;
	for (unsigned w = 0; w < FEATSET_WORDS; w++) {
		uint32_t numbers = cpu->raw[w] & ~featset_word_flags(w);

		cpu->raw[w] = (cpu->raw[w] & more->raw[w] & featset_word_flags(w)) | numbers;
	}
}

/* The least of both, and unknown when one is. */
static void join_number(featset_cpu_t *cpu, const featset_cpu_t *more, featset_number_t number)
{
	if (more->number[number] < cpu->number[number])
		cpu->number[number] = more->number[number];
}

static void join(featset_cpu_t *cpu, const featset_cpu_t *more)
{
	fsi_and_known(&cpu->features, &cpu->known, &more->features, &more->known);
	join_words(cpu, more);
	featset_and(&cpu->compat, &cpu->compat, &more->compat);
	cpu->has_usable = cpu->has_usable && more->has_usable;
	featset_and(&cpu->usable, &cpu->usable, &more->usable);
	for (int i = FEATSET_MAX_BASIC; i <= FEATSET_XCR0; i++)
		join_number(cpu, more, (featset_number_t)i);
	if (strcmp(cpu->core_type, more->core_type) != 0)
		cpu->core_type[0] = '\0';
}

featset_status_t featset_cpu_join(featset_cpu_t **cpu, const featset_cpu_t *const *cpus, size_t count,
				  featset_error_t *error)
{
	featset_cpu_t *joined;

	if (!count)
		return fsi_fail(error, FEATSET_E_ARGUMENT, "no CPUs to join");
	joined = copy_facts(cpus[0]);
	if (!joined)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	if (!keep_all(joined, cpus, count)) {
		featset_cpu_free(joined);
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	}
	for (size_t i = 1; i < count; i++)
		join(joined, cpus[i]);
	*cpu = joined;
	return FEATSET_OK;
}

/* ---- comparing -------------------------------------------------------------------------- */

/* Classes whose absence takes something away. */
static void solid(featset_t *dst)
{
	static const featset_class_t soft[] = { FEATSET_CLASS_DYNAMIC, FEATSET_CLASS_HINT, FEATSET_CLASS_ALIAS,
						FEATSET_CLASS_INVERTED };
	featset_t set;

	memset(dst, 0xff, sizeof *dst);
	for (size_t i = 0; i < sizeof soft / sizeof soft[0]; i++) {
		featset_of_class(&set, soft[i]);
		featset_minus(dst, dst, &set);
	}
}

/*
 * A Xen featureset is all that the hypervisor offers, or asked for, in Xen's
 * words: what lies beyond a shorter string is zero, as in XAPI.
 */
static featset_t known_of(const featset_cpu_t *cpu, bool as_guest)
{
	featset_t known = cpu->known;

	if (cpu->number[FEATSET_XEN_LENGTH] < 0)
		return known;
	for (unsigned w = 0; w < (as_guest ? FEATSET_WORDS : XEN_WORDS); w++)
		featset_set_word(&known, w, 0xffffffff);
	return known;
}

/* KVM's paravirtual features come from the hypervisor; only a host that was seen under KVM can lack them. */
static void leave_out_kvm(featset_t *set)
{
	for (unsigned w = FEATSET_KVM_CLOCKSOURCE / 32; w <= FEATSET_KVM_HINT_DEDICATED / 32; w++)
		featset_set_word(set, w, 0);
}

featset_answer_t featset_cpu_fits(const featset_cpu_t *guest, const featset_cpu_t *host, featset_t *missing,
				  featset_t *unknown)
{
	featset_t count, user, need, unread, absent, untold;
	featset_t guest_known = known_of(guest, true), host_known = known_of(host, false);

	solid(&count);
	featset_minus(&count, &count, &guest->compat);
	if (strcmp(host->hypervisor, "KVMKVMKVM") != 0)
		leave_out_kvm(&count);
	featset_and(&need, &guest->features, &count);
	featset_minus(&absent, &need, &host->features);
	featset_minus(&untold, &absent, &host_known);
	featset_and(&absent, &absent, &host_known);
	/* What user code may be using though nobody looked, and the host does not show. */
	featset_of_scope(&user, FEATSET_SCOPE_USER);
	featset_and(&unread, &count, &user);
	featset_minus(&unread, &unread, &guest_known);
	featset_minus(&unread, &unread, &host->features);
	featset_or(&untold, &untold, &unread);
	if (missing)
		*missing = absent;
	if (unknown)
		*unknown = untold;
	if (!featset_is_empty(&absent))
		return FEATSET_NO;
	return featset_is_empty(&untold) ? FEATSET_YES : FEATSET_UNKNOWN;
}

void fsi_actionable(featset_t *dst)
{
	featset_t mask;

	solid(&mask);
	featset_named(dst);
	featset_and(dst, dst, &mask);
}

void featset_cpu_split(const featset_cpu_t *cpu, const featset_t *features, featset_t *act, featset_t *other)
{
	featset_t all = *features;

	fsi_actionable(act);
	featset_minus(act, act, &cpu->compat);
	featset_and(act, act, &all);
	featset_minus(other, &all, act);
}
