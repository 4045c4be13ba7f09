/* SPDX-License-Identifier: MIT */
/* Where QEMU's -kernel starts: protected mode, flat segments, interrupts off, no stack yet. */

#define MAGIC 0x1badb002

	.section .multiboot, "a"
	.balign 4
	.long MAGIC, 0, -MAGIC

	.text
	.globl _start
_start:
	movl $stack_end, %esp
	call guest
	/* isa-debug-exit makes (value << 1) | 1 the exit status: 33. */
	movl $16, %eax
	outl %eax, $0xf4
1:	hlt
	jmp 1b

	.bss
	.balign 16
	.skip 4096
stack_end:
	.section .note.GNU-stack, "", @progbits
