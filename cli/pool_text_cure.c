/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* What to do, with commands ready to paste. */

static void show_command(const struct pool_view *view, featset_command_t command, size_t vm, size_t host)
{
	char *text = pool_command(view, command, vm, host), *name = vm == FEATSET_NONE ? NULL : pool_vm_name(view, vm);

	if (*text && name)
		out_raw("  %s   # %s", text, name);
	else if (*text)
		out_raw("  %s", text);
	free(name);
	free(text);
}

/* How to see that the restart has helped, and how to keep it so. */
static void show_after(const struct pool_view *view, size_t vm)
{
	const featset_level_t *level = featset_pool_level(view->pool, featset_pool_vm_guest(view->pool, vm));
	char *verify = pool_command(view, FEATSET_COMMAND_VERIFY, vm, FEATSET_NONE);
	char *pin = pool_command(view, FEATSET_COMMAND_PIN, vm, FEATSET_NONE);

	if (*verify)
		out_paragraph(OUT_PLAIN, "", 0, "To see afterwards that it has what it should:");
	if (*verify)
		out_raw("  %s", verify);
	if (*verify && level && !strcmp(featset_pool_manager(view->pool), "xapi")) {
		char *xen = xen_string(featset_level_cpu(level));

		out_raw("  # features: %s", xen);
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

/* All VMs with one cure: a sentence, then the commands. */
static void show_cure(const struct pool_view *view, featset_cure_t cure, featset_command_t command, const char *why)
{
	size_t shown = 0, left = 0, first = FEATSET_NONE;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		if (!featset_pool_vm_counts(view->pool, vm) || featset_pool_cure(view->pool, vm) != cure)
			continue;
		if (!shown) {
			out_gap();
			out_paragraph(OUT_BOLD, "", 0, "%s", why);
			first = vm;
		}
		if (shown++ >= pool_most(view)) {
			left++;
			continue;
		}
		if (command == FEATSET_COMMANDS) {
			char *name = pool_vm_name(view, vm);

			out_paragraph(OUT_PLAIN, "- ", 2, "%s", name);
			free(name);
		} else {
			show_command(view, command, vm, featset_pool_movable_to(view->pool, vm, 0));
		}
	}
	if (left)
		out_paragraph(OUT_PLAIN, "", 0, "  ... and %zu more (--all)", left);
	if (first != FEATSET_NONE && cure == FEATSET_CURE_RESTART)
		show_after(view, first);
}

static void show_by_hand(const struct pool_view *view)
{
	size_t shown = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool) && shown < pool_most(view); vm++) {
		size_t to;

		if (!featset_pool_vm_counts(view->pool, vm) ||
		    featset_pool_vm_blocks(view->pool, vm) != FEATSET_YES)
			continue;
		to = featset_pool_movable_to(view->pool, vm, 0);
		if (to == FEATSET_NONE)
			continue;
		if (!shown++) {
			out_gap();
			out_paragraph(OUT_BOLD, "", 0,
				      "These block an evacuation only because XAPI wants them to fit everywhere; they can "
				      "be moved by hand:");
		}
		show_command(view, FEATSET_COMMAND_MOVE, vm, to);
	}
}

static void show_gains(const struct pool_view *view)
{
	size_t shown = 0, left = 0;

	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		struct text label = { 0 };
		featset_t gain;
		char *name;

		if (!featset_pool_vm_counts(view->pool, vm))
			continue;
		featset_pool_gain(&gain, view->pool, vm);
		if (featset_is_empty(&gain))
			continue;
		if (shown++ >= pool_most(view)) {
			left++;
			continue;
		}
		if (shown == 1) {
			out_gap();
			out_paragraph(OUT_BOLD, "", 0, "These run below the present level; a new domain gives them more:");
		}
		name = pool_vm_name(view, vm);
		text_add(&label, "  %s gains %u: ", name, featset_count(&gain));
		out_set(text_get(&label), 6, &gain, view->settings->names);
		text_free(&label);
		free(name);
	}
	if (left)
		out_paragraph(OUT_PLAIN, "", 0, "  ... and %zu more (--all)", left);
}

static void show_cpu_types(const struct pool_view *view)
{
	for (size_t vm = 0; vm < featset_pool_vms(view->pool); vm++) {
		if (!*featset_inventory_get(view->vms, FEATSET_VM_CPU_TYPE, vm))
			continue;
		out_gap();
		out_paragraph(OUT_PLAIN, "", 0,
			      "platform:cpu-type, which some VMs here have set, does nothing in XAPI: nobody reads it.  "
			      "The new domain of the restart that followed was the cure.");
		return;
	}
}

void pool_text_cures(const struct pool_view *view)
{
	bool xapi = !strcmp(featset_pool_manager(view->pool), "xapi");

	show_by_hand(view);
	show_cure(view, FEATSET_CURE_RESTART, FEATSET_COMMAND_RESTART,
		  xapi ? "A new domain gives these the pool's level, with which they fit everywhere (shutting down and "
			 "starting does too; suspending or migrating does not, and a reboot inside the guest is not "
			 "certain to):" :
			 "These fit everywhere once they are started anew with a CPU of the level:");
	show_cure(view, FEATSET_CURE_RESUME, FEATSET_COMMAND_RESUME,
		  "Suspended, and not to be resumed everywhere: resume these where they fit, then restart them:");
	show_cure(view, FEATSET_CURE_UNPIN, FEATSET_COMMAND_UNPIN,
		  "platform:featureset pins these to more than some host has: take it out, then restart them:");
	show_cure(view, FEATSET_CURE_DISCARD, FEATSET_COMMANDS,
		  "The memory of these was saved with features that not every host has; they start anew anywhere, but "
		  "without that memory:");
	show_gains(view);
	show_cpu_types(view);
}
