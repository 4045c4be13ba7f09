/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* What to do, with commands ready to paste. */

/* False when the platform has no such command, or a name in it is not told. */
static bool show_command(const struct pool_view *view, featset_command_t command, size_t vm, size_t host)
{
	char *text = pool_command(view, command, vm, host), *name = pool_vm_name(view, vm);
	bool any = *text;

	if (any)
		out_raw("  %s   # %s", text, name);
	free(name);
	free(text);
	return any;
}

/* What would help afterwards is no order for now. */
static const char *when(const struct pool_view *view)
{
	return view->mode == POOL_WHAT_IF ? "(Once that is done.)  " : "";
}

/* Where to move or resume a VM: not all to the same host. */
static size_t next_host(const struct pool_view *view, size_t vm, size_t *last)
{
	size_t host = *last == FEATSET_NONE ? FEATSET_NONE : featset_pool_movable_to(view->pool, vm, *last + 1);

	if (host == FEATSET_NONE)
		host = featset_pool_movable_to(view->pool, vm, 0);
	if (host != FEATSET_NONE)
		*last = host;
	return host;
}

/* How to see that the restart has helped, and how to keep it so. */
static void show_after(const struct pool_view *view, size_t vm)
{
	const featset_level_t *level = featset_pool_level(view->pool, featset_pool_vm_guest(view->pool, vm));
	char *verify = pool_command(view, FEATSET_COMMAND_VERIFY, vm, FEATSET_NONE);
	char *pin = pool_command(view, FEATSET_COMMAND_PIN, vm, FEATSET_NONE);

	if (*verify)
		out_paragraph(OUT_PLAIN, "", 0, "Afterwards this shows the level, or it has not helped:");
	if (*verify)
		out_raw("  %s", verify);
	if (*verify && level && !strcmp(featset_pool_manager(view->pool), "xapi")) {
		char *xen = xen_string(featset_level_cpu(level));

		out_raw("  # its features: %s", xen);
		free(xen);
	}
	if (*pin)
		out_paragraph(OUT_PLAIN, "", 0, "To hold a VM at this level from its next domain on, whatever the pool "
						"becomes:");
	if (*pin)
		out_raw("  %s", pin);
	free(pin);
	free(verify);
}

/* What one VM needs; its name where the platform has no command for it. */
static void show_one(const struct pool_view *view, featset_command_t command, size_t vm, size_t *last)
{
	bool any = command != FEATSET_COMMANDS && show_command(view, command, vm, next_host(view, vm, last));
	char *name;

	if (any && command == FEATSET_COMMAND_RESUME)
		show_command(view, FEATSET_COMMAND_RESTART, vm, FEATSET_NONE);
	if (any)
		return;
	name = pool_vm_name(view, vm);
	out_paragraph(OUT_PLAIN, "- ", 2, "%s", name);
	free(name);
}

/* All VMs that are marked: a sentence, then the commands.  The first of them, or FEATSET_NONE. */
static size_t show_marked(const struct pool_view *view, const unsigned char *marks, featset_command_t command,
			  const char *why)
{
	size_t shown = 0, left = 0, first = FEATSET_NONE, last = FEATSET_NONE;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		if (!marks[vm])
			continue;
		if (!shown) {
			out_gap();
			out_paragraph(OUT_BOLD, "", 0, "%s%s", when(view), why);
			first = vm;
		}
		if (shown == 0 && command == FEATSET_COMMAND_RESTART && featset_pool_cure(view->pool, vm) == FEATSET_CURE_LEVEL) {
			char *relevel = pool_command(view, FEATSET_COMMAND_RELEVEL, vm, FEATSET_NONE);

			out_raw("  %s", relevel);
			free(relevel);
		}
		if (shown++ < pool_most(view))
			show_one(view, command, vm, &last);
		else
			left++;
	}
	if (left)
		out_paragraph(OUT_PLAIN, "  ", 2, "... and %zu more (--all)", left);
	return first;
}

static void show_cure(const struct pool_view *view, featset_cure_t cure, featset_command_t command, const char *why)
{
	unsigned char *marks = cli_alloc(featset_pool_vms(view->pool), 1);
	size_t first;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
		marks[vm] = featset_pool_vm_counts(view->pool, vm) && featset_pool_cure(view->pool, vm) == cure;
	first = show_marked(view, marks, command, why);
	if (first != FEATSET_NONE && (cure == FEATSET_CURE_RESTART || cure == FEATSET_CURE_LEVEL))
		show_after(view, first);
	free(marks);
}

/* Each reason why no restart helps has a sentence and its VMs. */
static void show_refused(const struct pool_view *view)
{
	unsigned char *marks = cli_alloc(featset_pool_vms(view->pool), 1);

	for (unsigned why = 0; why < POOL_REFUSALS; why++) {
		struct text text = { 0 };

		for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++)
			marks[vm] = pool_is_refused(view, (enum pool_refusal)why, vm);
		pool_add_refusal(&text, view, (enum pool_refusal)why);
		text_add(&text, ":");
		show_marked(view, marks, FEATSET_COMMANDS, text.data);
		text_free(&text);
	}
	free(marks);
}

static void show_by_hand(const struct pool_view *view)
{
	size_t shown = 0, left = 0, last = FEATSET_NONE;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		size_t to;
		char *command;

		if (!featset_pool_vm_counts(view->pool, vm) ||
		    featset_pool_vm_blocks(view->pool, vm) != FEATSET_YES)
			continue;
		to = next_host(view, vm, &last);
		command = to == FEATSET_NONE ? NULL : pool_command(view, FEATSET_COMMAND_MOVE, vm, to);
		if (command && *command && shown < pool_most(view)) {
			if (!shown++) {
				out_gap();
				out_paragraph(OUT_BOLD, "", 0,
					      "%sXAPI evacuates a host only if every VM fits on every other host.  These "
					      "block it, but some host takes them if they are moved by hand:",
					      when(view));
			}
			show_command(view, FEATSET_COMMAND_MOVE, vm, to);
		} else if (command && *command) {
			left++;
		}
		free(command);
	}
	if (left)
		out_paragraph(OUT_PLAIN, "  ", 2, "... and %zu more (--all)", left);
}

/* What a VM would gain that a person can act on; false for nothing. */
static bool find_gain(featset_t *gain, const struct pool_view *view, size_t vm)
{
	const featset_level_t *level = featset_pool_level(view->pool, featset_pool_vm_guest(view->pool, vm));
	featset_t all, other;

	if (!level || !featset_pool_vm_counts(view->pool, vm))
		return false;
	featset_pool_gain(&all, view->pool, vm);
	featset_cpu_split(featset_level_cpu(level), &all, gain, &other);
	return !featset_is_empty(gain);
}

/* VMs that would gain by a new domain; those that gain the same share a line. */
static void show_gains(const struct pool_view *view)
{
	size_t vms = featset_pool_vms(view->pool), shown = 0;
	struct text label = { 0 };
	unsigned char *marks = cli_alloc(vms, 1), *told = cli_alloc(vms, 1);

	for (size_t vm = 0; vm < vms; vm++) {
		featset_t gain, same;

		if (told[vm] || !find_gain(&gain, view, vm))
			continue;
		if (shown++ == pool_most(view)) {
			out_paragraph(OUT_PLAIN, "  ", 2, "... and other VMs other features (--all)");
			break;
		}
		if (shown == 1) {
			out_gap();
			out_paragraph(OUT_BOLD, "", 0,
				      "%sThese run below the pool's level; a new domain would give them more:",
				      when(view));
		}
		memset(marks, 0, vms);
		for (size_t other = vm; other < vms; other++) {
			marks[other] = find_gain(&same, view, other) && featset_equal(&same, &gain);
			told[other] |= marks[other];
		}
		text_add(&label, "  ");
		pool_add_marked(&label, view, marks, true);
		text_add(&label, ", %u: ", featset_count(&gain));
		pool_show_set(&label, &gain, view->settings->names);
	}
	free(marks);
	free(told);
}

static void show_cpu_types(const struct pool_view *view)
{
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		if (!*featset_inventory_get(view->vms, FEATSET_VM_CPU_TYPE, vm))
			continue;
		out_gap();
		out_paragraph(OUT_PLAIN, "", 0,
			      "Some VMs have platform:cpu-type set, which nothing reads.  Where it seemed to help, it was the "
			      "restart that did.");
		return;
	}
}

void pool_text_cures(const struct pool_view *view)
{
	bool xapi = !strcmp(featset_pool_manager(view->pool), "xapi");

	show_by_hand(view);
	show_cure(view, FEATSET_CURE_RESTART, FEATSET_COMMAND_RESTART,
		  "A new domain gives these the pool's level, with which they fit everywhere.  A shutdown and start "
		  "does it too; suspending or migrating does not, and a reboot from inside the guest is not certain "
		  "to:");
	show_cure(view, FEATSET_CURE_RESUME, FEATSET_COMMAND_RESUME,
		  "Suspended, and not every host can resume these: resume them where they fit, then restart them:");
	show_cure(view, FEATSET_CURE_UNPIN, FEATSET_COMMAND_UNPIN,
		  xapi ? "platform:featureset asks for more than some host has; this takes it out, then restarts these:" :
			 "Their CPU model asks for more than some host has; give these another, then restart them:");
	show_cure(view, FEATSET_CURE_DISCARD, FEATSET_COMMANDS,
		  "The memory of these was saved with features that not every host has.  They can be started anew "
		  "anywhere, but then without that memory:");
	show_cure(view, FEATSET_CURE_LEVEL, FEATSET_COMMAND_RESTART,
		  "The level that the pool has recorded, which a new domain gets, is not that of its hosts.  XAPI works it "
		  "out again when it starts on the coordinator; then restart these:");
	show_refused(view);
	show_gains(view);
	show_cpu_types(view);
}
