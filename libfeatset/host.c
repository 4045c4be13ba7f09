/* SPDX-License-Identifier: MIT */
#include "featset/host.h"

#include "error_internal.h"
#include "featset/depend.h"
#include "host_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the operating system enabled ------------------------------------------ */

#define XCR0_YMM    UINT64_C(0x6)     /* SSE and the upper halves of YMM */
#define XCR0_ZMM    UINT64_C(0xe6)    /* and opmask, upper halves of ZMM0-15, ZMM16-31 */
#define XCR0_BOUNDS UINT64_C(0x18)    /* BNDREGS, BNDCSR */
#define XCR0_TILES  UINT64_C(0x60000) /* TILECFG, TILEDATA */
#define XCR0_EGPRS  UINT64_C(0x80000) /* APX's sixteen more registers */
#define XCR0_LWP    (UINT64_C(1) << 62)

/* The roots: what hangs on them in the graph of dependencies goes with them. */
static const struct state {
	featset_feature_t feature;
	uint64_t xcr0;
} states[] = {
	{ FEATSET_AMX_TILE, XCR0_TILES },
	{ FEATSET_APX, XCR0_EGPRS },
	{ FEATSET_AVX, XCR0_YMM },
	{ FEATSET_AVX512F, XCR0_ZMM },
	{ FEATSET_LWP, XCR0_LWP },
	{ FEATSET_MPX, XCR0_BOUNDS },
};

/* Leaves that only refine one of the roots go as a whole, bits without a name too. */
static const struct leaf_state {
	uint32_t leaf, subleaf;
	featset_register_t reg;
	uint64_t xcr0;
} leaf_states[] = {
	{ 0x1e, 1, FEATSET_EAX, XCR0_TILES },
	{ 0x24, 0, FEATSET_EBX, XCR0_ZMM },
	{ 0x24, 1, FEATSET_ECX, XCR0_ZMM },
	{ 0x29, 0, FEATSET_EBX, XCR0_EGPRS },
};

/* Control bits that CPUID mirrors. */
static const struct mirror {
	featset_feature_t feature, enabled;
} mirrors[] = {
	{ FEATSET_KEY_LOCKER, FEATSET_AES_KEYLOCKER },
	{ FEATSET_PKU, FEATSET_OSPKE },
};

/* Takes a feature away with all that needs it. */
static void take(featset_t *set, featset_feature_t feature)
{
	featset_t dependants;

	featset_dependants(&dependants, feature, FEATSET_EDGES_ALL);
	featset_minus(set, set, &dependants);
	featset_remove(set, feature);
}

void featset_usable(featset_t *dst, const featset_t *features, uint64_t xcr0)
{
	const unsigned supported = FEATSET_XCR0_X87 / 32, rungs = FEATSET_AVX10_1 / 32;
	featset_t set = *features;

	if (!xcr0)
		take(&set, FEATSET_XSAVE);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		if ((xcr0 & states[i].xcr0) != states[i].xcr0)
			take(&set, states[i].feature);
	}
	for (size_t i = 0; i < sizeof leaf_states / sizeof leaf_states[0]; i++) {
		const struct leaf_state *s = &leaf_states[i];

		if ((xcr0 & s->xcr0) != s->xcr0)
			featset_set_word(&set, featset_word_at(FEATSET_SOURCE_CPUID, s->leaf, s->subleaf, s->reg), 0);
	}
	if ((xcr0 & XCR0_ZMM) != XCR0_ZMM)
		featset_set_word(&set, rungs, featset_word(&set, rungs) & ~0xffu);
	for (size_t i = 0; i < sizeof mirrors / sizeof mirrors[0]; i++) {
		if (!featset_has(features, mirrors[i].enabled))
			take(&set, mirrors[i].feature);
	}
	featset_set_word(&set, supported, featset_word(&set, supported) & (uint32_t)xcr0);
	*dst = set;
}

/* ---- Xen --------------------------------------------------------------------------- */

#define XENFEAT_DOM0 11 /* include/xen/interface/features.h */

/* The start of a small file as text; false when it cannot be read. */
static bool slurp(const char *root, const char *path, char *text, size_t size)
{
	char name[512];
	size_t length;
	FILE *file;

	if (snprintf(name, sizeof name, "%s%s", root, path) >= (int)sizeof name)
		return false;
	file = fopen(name, "re");
	if (!file)
		return false;
	length = fread(text, 1, size - 1, file);
	fclose(file);
	text[length] = '\0';
	return length > 0;
}

featset_view_t fsi_xen_view(const char *root)
{
	char text[256];

	if (slurp(root, "/proc/xen/capabilities", text, sizeof text) && strstr(text, "control_d"))
		return FEATSET_VIEW_DOM0;
	if (!slurp(root, "/sys/hypervisor/type", text, sizeof text) || strncmp(text, "xen", 3) != 0)
		return FEATSET_VIEW_UNKNOWN;
	/* xenfs may not be mounted. */
	if (slurp(root, "/sys/hypervisor/properties/features", text, sizeof text) &&
	    strtoull(text, NULL, 16) >> XENFEAT_DOM0 & 1)
		return FEATSET_VIEW_DOM0;
	return FEATSET_VIEW_GUEST;
}

/* ---- KVM ----------------------------------------------------------------------------- */

/*
 * KVM's feature MSRs are what it offers to guests, not what the processor says.
 * A bit that is clear proves nothing, for KVM hides what it does not know; the
 * made-up bits it sets on any processor.  The VMX registers are left out: KVM
 * emulates much of what they show.  So is CE, which it always emulates.
 */
static const struct kvm_register {
	uint32_t index;
	uint64_t made_up;
} kvm_registers[] = {
	{ 0x10a, UINT64_C(1) << 3 | UINT64_C(1) << 6 }, /* SKIP_L1DFL_VMENTRY, PSCHANGE_MC_NO */
	{ 0x345, 0 },
};

#define KVM_REGISTERS (sizeof kvm_registers / sizeof kvm_registers[0])

static bool nothing_known(const featset_cpu_t *cpu, unsigned word)
{
	return word < FEATSET_WORDS && featset_word(featset_cpu_known(cpu), word) == 0;
}

void fsi_add_kvm_msr(featset_cpu_t *cpu, uint32_t index, uint64_t value)
{
	static const featset_register_t half[2] = { FEATSET_EAX, FEATSET_EDX };
	featset_t features = *featset_cpu_features(cpu), known = *featset_cpu_known(cpu);
	const struct kvm_register *r = kvm_registers;

	while (r < kvm_registers + KVM_REGISTERS && r->index != index)
		r++;
	if (r == kvm_registers + KVM_REGISTERS)
		return;
	for (int i = 0; i < 2; i++) {
		unsigned word = featset_word_at(FEATSET_SOURCE_MSR, index, 0, half[i]);
		uint32_t bits = (uint32_t)((value & ~r->made_up) >> 32 * i) & featset_word_flags(word);

		if (nothing_known(cpu, word)) {
			featset_set_word(&features, word, bits);
			featset_set_word(&known, word, bits);
		}
	}
	featset_cpu_set_features(cpu, &features, &known);
}

/* ---- this machine ---------------------------------------------------------------------- */

#if !defined(FEATSET_NO_HOST) && (defined(__x86_64__) || defined(__i386__))

#include <libcpuid/libcpuid.h>

#if defined(__linux__)
#include <fcntl.h>
#include <linux/kvm.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>
#endif

/* In a guest CPUID leaves the guest, which takes microseconds: each leaf is executed once. */
enum { LEAVES = 64 };

typedef struct source {
	struct {
		uint32_t leaf, subleaf, regs[4];
	} leaves[LEAVES];
	size_t count;
	int msr; /* the msr device, or -1 */
} source_t;

static bool ask_cpuid(void *context, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	source_t *source = context;
	size_t i = 0;

	while (i < source->count && (source->leaves[i].leaf != leaf || source->leaves[i].subleaf != subleaf))
		i++;
	if (i < source->count) {
		memcpy(regs, source->leaves[i].regs, sizeof source->leaves[i].regs);
		return true;
	}
	regs[FEATSET_EAX] = leaf;
	regs[FEATSET_EBX] = 0;
	regs[FEATSET_ECX] = subleaf;
	regs[FEATSET_EDX] = 0;
	cpu_exec_cpuid_ext(regs);
	if (i < LEAVES) {
		source->leaves[i].leaf = leaf;
		source->leaves[i].subleaf = subleaf;
		memcpy(source->leaves[i].regs, regs, sizeof source->leaves[i].regs);
		source->count++;
	}
	return true;
}

/* Faults unless the operating system has set CR4.OSXSAVE, which 1.ECX[27] mirrors. */
static uint64_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile(".byte 0x0f, 0x01, 0xd0" /* xgetbv, for assemblers that do not know it */
			 : "=a"(low), "=d"(high)
			 : "c"(0));
	return (uint64_t)high << 32 | low;
}

static void add_state(featset_cpu_t *cpu)
{
	const featset_t *features = featset_cpu_features(cpu);
	uint64_t xcr0 = featset_has(features, FEATSET_OSXSAVE) ? read_xcr0() : 0;
	featset_t usable;

	featset_usable(&usable, features, xcr0);
	featset_cpu_set_usable(cpu, &usable);
	featset_cpu_set_number(cpu, FEATSET_XCR0, (int64_t)xcr0);
}

static void add_core_type(featset_cpu_t *cpu, source_t *source)
{
	uint32_t regs[4];

	if (!featset_has(featset_cpu_features(cpu), FEATSET_HYBRID_CPU) ||
	    featset_cpu_number(cpu, FEATSET_MAX_BASIC) < 0x1a)
		return;
	ask_cpuid(source, 0x1a, 0, regs);
	switch (regs[FEATSET_EAX] >> 24) {
	case 0x20:
		featset_cpu_set_core_type(cpu, "E");
		break;
	case 0x40:
		featset_cpu_set_core_type(cpu, "P");
		break;
	}
}

static void add_view(featset_cpu_t *cpu)
{
	featset_view_t view = fsi_xen_view("");

	if (view == FEATSET_VIEW_UNKNOWN)
		return;
	featset_cpu_set_view(cpu, view);
	if (!*featset_cpu_hypervisor(cpu))
		featset_cpu_set_hypervisor(cpu, "XenVMMXenVMM");
}

#if defined(__linux__)

static int open_msr(int number)
{
	char path[64];

	snprintf(path, sizeof path, "/dev/cpu/%d/msr", number);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool ask_msr(void *context, uint32_t index, uint64_t *value)
{
	source_t *source = context;

	return source->msr >= 0 && pread(source->msr, value, sizeof *value, (off_t)index) == (ssize_t)sizeof *value;
}

static bool kvm_msr(int kvm, uint32_t index, uint64_t *value)
{
	union {
		struct kvm_msrs head;
		unsigned char room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
	} ask;
	struct kvm_msr_entry entry = { .index = index };

	memset(&ask, 0, sizeof ask);
	ask.head.nmsrs = 1;
	memcpy(ask.room + sizeof ask.head, &entry, sizeof entry);
	if (ioctl(kvm, KVM_GET_MSRS, &ask) != 1)
		return false;
	memcpy(&entry, ask.room + sizeof ask.head, sizeof entry);
	*value = entry.data;
	return true;
}

static bool lacks_msr(const featset_cpu_t *cpu)
{
	for (size_t i = 0; i < KVM_REGISTERS; i++) {
		if (nothing_known(cpu, featset_word_at(FEATSET_SOURCE_MSR, kvm_registers[i].index, 0, FEATSET_EAX)))
			return true;
	}
	return false;
}

static void add_kvm(featset_cpu_t *cpu)
{
	int kvm = lacks_msr(cpu) ? open("/dev/kvm", O_RDWR | O_CLOEXEC) : -1;
	uint64_t value;

	if (kvm < 0)
		return;
	for (size_t i = 0; i < KVM_REGISTERS; i++) {
		if (kvm_msr(kvm, kvm_registers[i].index, &value))
			fsi_add_kvm_msr(cpu, kvm_registers[i].index, value);
	}
	close(kvm);
}

/* Reads the CPU on which the thread stays while this runs. */
static featset_status_t read_here(featset_cpu_t **cpu, int number, unsigned flags, featset_error_t *error)
{
	bool msr = !(flags & FEATSET_HOST_NO_MSR);
	source_t source = { .msr = msr ? open_msr(number) : -1 };
	featset_status_t status = featset_cpu_read(cpu, ask_cpuid, ask_msr, &source, error);

	if (source.msr >= 0)
		close(source.msr);
	if (status)
		return status;
	if (msr)
		add_kvm(*cpu);
	add_state(*cpu);
	add_core_type(*cpu, &source);
	add_view(*cpu);
	return FEATSET_OK;
}

/* Where a thread may run.  CPU_ALLOC's sets have no fixed size; the kernel says when one is too small. */
typedef struct affinity {
	cpu_set_t *set, *one;
	size_t size;
	int cpus;
} affinity_t;

static void affinity_free(affinity_t *a)
{
	if (a->set)
		CPU_FREE(a->set);
	if (a->one)
		CPU_FREE(a->one);
}

static featset_status_t affinity_get(affinity_t *a, featset_error_t *error)
{
	int problem = EINVAL;

	for (int cpus = 1024; cpus <= 1 << 20 && problem == EINVAL; cpus *= 2) {
		a->set = CPU_ALLOC((size_t)cpus);
		a->one = CPU_ALLOC((size_t)cpus);
		a->size = CPU_ALLOC_SIZE((size_t)cpus);
		a->cpus = cpus;
		if (!a->set || !a->one) {
			affinity_free(a);
			return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
		}
		CPU_ZERO_S(a->size, a->set);
		if (sched_getaffinity(0, a->size, a->set) == 0)
			return FEATSET_OK;
		problem = errno;
		affinity_free(a);
	}
	return fsi_fail(error, FEATSET_E_IO, "cannot tell on which CPUs this thread may run: %s", strerror(problem));
}

static bool affinity_move(const affinity_t *a, int number)
{
	CPU_ZERO_S(a->size, a->one);
	CPU_SET_S((size_t)number, a->size, a->one);
	return sched_setaffinity(0, a->size, a->one) == 0;
}

static featset_status_t affinity_restore(const affinity_t *a, featset_error_t *error)
{
	if (sched_setaffinity(0, a->size, a->set) == 0)
		return FEATSET_OK;
	return fsi_fail(error, FEATSET_E_IO, "cannot give this thread its CPUs back: %s", strerror(errno));
}

/* Visits every allowed CPU; `cpus` has room for all and gets `*count` of them, also on failure. */
static featset_status_t visit(featset_cpu_t **cpus, size_t *count, const affinity_t *a, unsigned flags,
			      featset_error_t *error)
{
	featset_status_t status = FEATSET_OK;

	for (int n = 0; n < a->cpus && !status; n++) {
		if (!CPU_ISSET_S((size_t)n, a->size, a->set))
			continue;
		if (!affinity_move(a, n))
			return fsi_fail(error, FEATSET_E_IO, "cannot run on CPU %d: %s", n, strerror(errno));
		status = read_here(&cpus[*count], n, flags, error);
		if (!status)
			++*count;
	}
	return status;
}

static featset_status_t read_all(featset_cpu_t **cpu, const affinity_t *a, unsigned flags, featset_error_t *error)
{
	featset_cpu_t **cpus = calloc((size_t)CPU_COUNT_S(a->size, a->set), sizeof *cpus);
	featset_status_t status, restored;
	size_t count = 0;

	if (!cpus)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	status = visit(cpus, &count, a, flags, error);
	restored = affinity_restore(a, status ? NULL : error);
	if (!status)
		status = restored;
	if (!status)
		status = featset_cpu_join(cpu, (const featset_cpu_t *const *)cpus, count, error);
	while (count)
		featset_cpu_free(cpus[--count]);
	free(cpus);
	return status;
}

/* Stays on one CPU if it can: leaves from two kinds of core must not be mixed. */
static featset_status_t read_one(featset_cpu_t **cpu, const affinity_t *a, unsigned flags, featset_error_t *error)
{
	int number = sched_getcpu();
	bool moved = number >= 0 && number < a->cpus && affinity_move(a, number);
	featset_cpu_t *read = NULL;
	featset_status_t status = read_here(&read, number < 0 ? 0 : number, flags, error);

	if (moved) {
		featset_status_t restored = affinity_restore(a, status ? NULL : error);

		status = status ? status : restored;
	}
	if (status)
		featset_cpu_free(read);
	else
		*cpu = read;
	return status;
}

static featset_status_t read_machine(featset_cpu_t **cpu, unsigned flags, featset_error_t *error)
{
	affinity_t affinity;
	featset_status_t status = affinity_get(&affinity, error);

	if (status)
		return status;
	if (flags & FEATSET_HOST_ALL_CPUS)
		status = read_all(cpu, &affinity, flags, error);
	else
		status = read_one(cpu, &affinity, flags, error);
	affinity_free(&affinity);
	return status;
}

#else

static featset_status_t read_machine(featset_cpu_t **cpu, unsigned flags, featset_error_t *error)
{
	source_t source = { .msr = -1 };
	featset_status_t status;

	if (flags & FEATSET_HOST_ALL_CPUS)
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "visiting every CPU is only possible on Linux");
	status = featset_cpu_read(cpu, ask_cpuid, NULL, &source, error);
	if (status)
		return status;
	add_state(*cpu);
	add_core_type(*cpu, &source);
	add_view(*cpu);
	return FEATSET_OK;
}

#endif

featset_status_t featset_host(featset_cpu_t **cpu, unsigned flags, featset_error_t *error)
{
	if (!cpu || flags & ~(unsigned)(FEATSET_HOST_ALL_CPUS | FEATSET_HOST_NO_MSR))
		return fsi_fail(error, FEATSET_E_ARGUMENT, "featset_host: no place for the answer, or unknown flags");
	if (!cpuid_present())
		return fsi_fail(error, FEATSET_E_UNSUPPORTED, "this CPU has no CPUID instruction");
	return read_machine(cpu, flags, error);
}

#else

featset_status_t featset_host(featset_cpu_t **cpu, unsigned flags, featset_error_t *error)
{
	(void)cpu;
	(void)flags;
#if defined(FEATSET_NO_HOST)
	return fsi_fail(error, FEATSET_E_UNSUPPORTED, "this build of featset cannot read the machine's CPU (HOST=0)");
#else
	return fsi_fail(error, FEATSET_E_UNSUPPORTED, "only x86 machines have a CPUID to read");
#endif
}

#endif
