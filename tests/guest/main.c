/* SPDX-License-Identifier: MIT */
/*
 * A guest that writes what CPUID tells it to QEMU's debug console, one line for
 * each leaf and subleaf in the form of `cpuid -r`, and "END" when it is through.
 */

enum { DEBUG_PORT = 0xe9, MOST_LEAVES = 0x100, MOST_SUBLEAVES = 64 };

struct answer {
	unsigned eax, ebx, ecx, edx;
};

static void put(char c)
{
	__asm__ volatile("outb %0, %w1" : : "a"(c), "Nd"(DEBUG_PORT));
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++);
}

static void put_hex(const char *before, unsigned value, int digits)
{
	put_text(before);
	while (digits--)
		put("0123456789abcdef"[value >> 4 * digits & 15]);
}

static struct answer ask(unsigned leaf, unsigned subleaf)
{
	struct answer a;

	__asm__ volatile("cpuid" : "=a"(a.eax), "=b"(a.ebx), "=c"(a.ecx), "=d"(a.edx) : "a"(leaf), "c"(subleaf));
	return a;
}

/* How many subleaves to ask for: those of a leaf without any all look the same. */
static unsigned subleaves(unsigned leaf)
{
	switch (leaf) {
	case 0x7:
	case 0x14:
	case 0x1d:
	case 0x24:
		return ask(leaf, 0).eax < MOST_SUBLEAVES ? ask(leaf, 0).eax + 1 : MOST_SUBLEAVES;
	case 0x4:
	case 0xb:
	case 0xf:
	case 0x10:
	case 0x12:
	case 0x1f:
	case 0x8000001d:
		return 4;
	case 0xd:
		return MOST_SUBLEAVES;
	default:
		return 1;
	}
}

static void tell(unsigned leaf, unsigned subleaf)
{
	struct answer a = ask(leaf, subleaf);

	if (subleaf && !(a.eax | a.ebx | a.ecx | a.edx))
		return;
	put_hex("   0x", leaf, 8);
	put_hex(" 0x", subleaf, 2);
	put_hex(": eax=0x", a.eax, 8);
	put_hex(" ebx=0x", a.ebx, 8);
	put_hex(" ecx=0x", a.ecx, 8);
	put_hex(" edx=0x", a.edx, 8);
	put('\n');
}

/* A range that the CPU does not have answers with another leaf, and so with no largest leaf in the range. */
static void tell_range(unsigned first)
{
	unsigned last = ask(first, 0).eax;

	if (last < first || last - first >= MOST_LEAVES)
		return;
	for (unsigned leaf = first; leaf <= last; leaf++)
		for (unsigned subleaf = 0; subleaf < subleaves(leaf); subleaf++)
			tell(leaf, subleaf);
}

void guest(void)
{
	put_text("CPU 0:\n");
	tell_range(0);
	tell_range(0x40000000);
	tell_range(0x80000000);
	tell_range(0xc0000000);
	put_text("END\n");
}
