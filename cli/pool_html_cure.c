/* SPDX-License-Identifier: MIT */
#include "pool_html.h"

#include <stdlib.h>
#include <string.h>

/* What to do, with commands ready to paste, and what changes. */

/* ---- cures -------------------------------------------------------------------------------- */

static void put_command(struct page *page, featset_command_t command, size_t vm, size_t host)
{
	char *text = pool_command(page->view, command, vm, host), *name = pool_vm_name(page->view, vm);

	if (*text)
		html(page->file, "%s   # %s\n", text, name);
	free(name);
	free(text);
}

/* It is one for all VMs. */
static void put_relevel(struct page *page, size_t vm)
{
	char *text = pool_command(page->view, FEATSET_COMMAND_RELEVEL, vm, FEATSET_NONE);

	if (*text)
		html(page->file, "%s\n", text);
	free(text);
}

static void put_one_command(struct page *page, const char *before, const char *command)
{
	if (*command)
		html(page->file, "<p>%s</p>\n<pre class=\"all\">%s</pre>\n", before, command);
}

/* How to see that the restart has helped, and how to keep it so. */
static void put_after(struct page *page, size_t vm)
{
	const struct pool_view *view = page->view;
	const featset_level_t *level = featset_pool_level(view->pool, featset_pool_vm_guest(view->pool, vm));
	char *verify = pool_command(view, FEATSET_COMMAND_VERIFY, vm, FEATSET_NONE);
	char *pin = pool_command(view, FEATSET_COMMAND_PIN, vm, FEATSET_NONE);

	put_one_command(page, "Afterwards this shows the level, or it has not helped:", verify);
	if (*verify && level && !strcmp(featset_pool_manager(view->pool), "xapi")) {
		char *xen = xen_string(featset_level_cpu(level));

		html(page->file, "<p>Its features: <code class=\"all\">%s</code></p>\n", xen);
		free(xen);
	}
	put_one_command(page, "To hold a VM at this level from its next domain on, whatever the pool becomes:", pin);
	free(pin);
	free(verify);
}

static bool is_cured_by(const struct page *page, size_t vm, featset_cure_t cure)
{
	return featset_pool_vm_counts(page->view->pool, vm) && featset_pool_cure(page->view->pool, vm) == cure;
}

static bool can_be_moved(const struct page *page, size_t vm)
{
	return featset_pool_vm_counts(page->view->pool, vm) &&
	       featset_pool_vm_blocks(page->view->pool, vm) == FEATSET_YES &&
	       featset_pool_movable_to(page->view->pool, vm, 0) != FEATSET_NONE;
}

/* Marks VMs and gives the first, or FEATSET_NONE; FEATSET_CURES means those that can be moved. */
static size_t choose(unsigned char *marks, const struct page *page, featset_cure_t cure)
{
	size_t first = FEATSET_NONE;

	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool); vm++) {
		marks[vm] = cure == FEATSET_CURES ? can_be_moved(page, vm) : is_cured_by(page, vm, cure);
		if (marks[vm] && first == FEATSET_NONE)
			first = vm;
	}
	return first;
}

/* Where to move or resume a VM: not all to the same host. */
static size_t next_host(const struct page *page, size_t vm, size_t *last)
{
	size_t host = FEATSET_NONE;

	if (*last != FEATSET_NONE)
		host = featset_pool_movable_to(page->view->pool, vm, *last + 1);
	if (host == FEATSET_NONE)
		host = featset_pool_movable_to(page->view->pool, vm, 0);
	if (host != FEATSET_NONE)
		*last = host;
	return host;
}

/* VMs that are marked, `first` is one: heading, reason, commands. */
static void put_marked(struct page *page, const unsigned char *marks, size_t first, featset_command_t command,
		       const char *heading, const char *why)
{
	size_t vms = featset_pool_vms(page->view->pool), shown = 0, left = 0, last = FEATSET_NONE;
	featset_cure_t cure = featset_pool_cure(page->view->pool, first);
	char *sample;

	html(page->file, "<h3>%s: ", heading);
	page_vm_names(page, marks, PAGE_FEW);
	html(page->file, "</h3>\n<p>%s</p>\n", why);
	sample = command == FEATSET_COMMANDS ? cli_copy("")
					     : pool_command(page->view, command, first,
							    featset_pool_movable_to(page->view->pool, first, 0));
	if (*sample) {
		page->commands = true;
		html(page->file, "<pre class=\"all\">");
		if (command == FEATSET_COMMAND_RESTART && cure == FEATSET_CURE_LEVEL)
			put_relevel(page, first);
		for (size_t vm = 0; vm < vms; vm++) {
			bool put = marks[vm] && shown++ < PAGE_ROWS;

			left += marks[vm] && !put;
			if (put)
				put_command(page, command, vm, next_host(page, vm, &last));
			if (put && command == FEATSET_COMMAND_RESUME)
				put_command(page, FEATSET_COMMAND_RESTART, vm, FEATSET_NONE);
		}
		html(page->file, "</pre>\n");
	}
	page_left(page, left, "VM");
	if (command == FEATSET_COMMAND_RESTART)
		put_after(page, first);
	free(sample);
}

/* All VMs with one cure. */
static bool put_cure(struct page *page, featset_cure_t cure, featset_command_t command, const char *heading,
		     const char *why)
{
	unsigned char *marks = cli_alloc(featset_pool_vms(page->view->pool) + 1, 1);
	size_t first = choose(marks, page, cure);

	if (first != FEATSET_NONE)
		put_marked(page, marks, first, command, heading, why);
	free(marks);
	return first != FEATSET_NONE;
}

/* Each reason why no restart helps has a sentence and its VMs. */
static bool put_refused(struct page *page)
{
	size_t vms = featset_pool_vms(page->view->pool);
	unsigned char *marks = cli_alloc(vms + 1, 1);
	bool any = false;

	for (unsigned why = 0; why < POOL_REFUSALS; why++) {
		struct text text = { 0 };
		size_t first = FEATSET_NONE;

		for (size_t vm = vms; vm-- > 0;) {
			marks[vm] = pool_is_refused(page->view, (enum pool_refusal)why, vm);
			first = marks[vm] ? vm : first;
		}
		if (first == FEATSET_NONE)
			continue;
		any = true;
		pool_add_refusal(&text, page->view, (enum pool_refusal)why);
		text_add(&text, ".");
		put_marked(page, marks, first, FEATSET_COMMANDS, "Not by a restart", text.data);
		text_free(&text);
	}
	free(marks);
	return any;
}

/* Line feeds are control characters to html(): each line goes by itself.  Changes its text. */
static void put_lines(struct page *page, char *lines)
{
	html(page->file, "<pre class=\"all\">");
	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
		html(page->file, "%s\n", line);
	html(page->file, "</pre>\n");
}

/* VMs with devices: what is attached, and what detaches it. */
static bool put_devices(struct page *page)
{
	size_t shown = 0;

	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool) && shown < PAGE_LIST; vm++) {
		unsigned devices = featset_pool_vm_counts(page->view->pool, vm) ? pool_devices_of(page->view, vm) : 0;
		char *name, *words, *commands;

		if (!devices)
			continue;
		if (!shown++)
			html(page->file, "<h3>Devices</h3>\n<p>While a VM with one runs it cannot migrate. Shut it down, "
					 "and it can start on another host that has such a device; detach it to move it "
					 "for good.</p>\n");
		name = pool_vm_name(page->view, vm);
		words = pool_device_words(devices);
		commands = pool_device_commands(page->view, vm, devices);
		html(page->file, "<p><strong>%s</strong> has %s attached.</p>\n", name, words);
		if (*commands) {
			page->commands = true;
			put_lines(page, commands);
		}
		free(commands);
		free(words);
		free(name);
	}
	return shown > 0;
}

static bool put_half_updated(struct page *page)
{
	size_t one, two;
	char *a, *b;

	if (!featset_pool_half_updated(page->view->pool, &one, &two))
		return false;
	a = pool_host_name(page->view, one);
	b = pool_host_name(page->view, two);
	html(page->file,
	     "<p class=\"warn\"><strong>%s</strong> and <strong>%s</strong> have the same CPU and tell different "
	     "features: one of them runs an older hypervisor or microcode. Finish the update before anything "
	     "else.</p>\n",
	     a, b);
	free(a);
	free(b);
	return true;
}

static bool put_unknown(struct page *page)
{
	struct pool_unknown unknown;

	pool_find_unknown(&unknown, page->view);
	if (!unknown.vms && !unknown.snapshots)
		return false;
	html(page->file, "<p class=\"warn\">Nothing here tells which features %zu VMs or snapshots have.</p>\n",
	     unknown.vms + unknown.snapshots);
	if (strcmp(featset_pool_manager(page->view->pool), "xapi") != 0)
		return true;
	html(page->file, "<p>Collect this and add it as another INPUT:</p>\n<pre class=\"all\">");
	if (unknown.vms)
		html(page->file, "%s\n", "xe vm-list params=all > vms.txt");
	if (unknown.snapshots)
		html(page->file, "%s\n", "xe snapshot-list params=all > snapshots.txt");
	html(page->file, "</pre>\n");
	return true;
}

/* What a person can act on of what a new domain would have beyond what a VM has now. */
static bool gain_of(featset_t *act, const struct page *page, size_t vm)
{
	const featset_level_t *level =
		featset_pool_level(page->view->pool, featset_pool_vm_guest(page->view->pool, vm));
	featset_t gain, other;

	featset_clear(act);
	if (!level || !featset_pool_vm_counts(page->view->pool, vm))
		return false;
	featset_pool_gain(&gain, page->view->pool, vm);
	featset_cpu_split(featset_level_cpu(level), &gain, act, &other);
	return !featset_is_empty(act);
}

/* VMs that would gain the same share a line. */
static bool put_gains(struct page *page)
{
	size_t vms = featset_pool_vms(page->view->pool), lines = 0;
	unsigned char *marks = cli_alloc(vms + 1, 1), *told = cli_alloc(vms + 1, 1);
	featset_t gain, same;

	for (size_t vm = 0; vm < vms && lines < PAGE_LACKS; vm++) {
		if (told[vm] || !gain_of(&gain, page, vm))
			continue;
		for (size_t v = 0; v < vms; v++) {
			marks[v] = !told[v] && gain_of(&same, page, v) && featset_equal(&gain, &same);
			told[v] |= marks[v];
		}
		if (!lines++)
			html(page->file, "<h3>More for some</h3>\n<p>These run below the present level; a new domain "
					 "gives them more:</p>\n<ul>\n");
		html(page->file, "<li class=\"set\"><strong>");
		page_vm_names(page, marks, PAGE_NAMES);
		html(page->file, "</strong>, %u more: ", featset_count(&gain));
		html_set(page->file, &gain, page->view->settings->names);
		html(page->file, "</li>\n");
	}
	if (lines)
		html(page->file, "</ul>\n");
	free(told);
	free(marks);
	return lines > 0;
}

static void put_cpu_types(struct page *page)
{
	for (size_t vm = 0; vm < featset_pool_vms(page->view->pool); vm++) {
		if (!*featset_inventory_get(page->view->vms, FEATSET_VM_CPU_TYPE, vm))
			continue;
		html(page->file,
		     "<h3>About platform:cpu-type</h3>\n"
		     "<p><code>platform:cpu-type</code>, which some VMs here have set, does nothing in XAPI: "
		     "nobody reads it. The new domain of the restart that followed was the cure.</p>\n");
		return;
	}
}

void page_cures(struct page *page)
{
	bool xapi = !strcmp(featset_pool_manager(page->view->pool), "xapi"), any = false;

	if (page->view->mode == POOL_ACROSS)
		return;
	page_section(page, "todo", page->view->mode == POOL_WHAT_IF ? "What to do then" : "What to do");
	any |= put_half_updated(page);
	any |= put_cure(page, FEATSET_CURE_RESTART, FEATSET_COMMAND_RESTART, "Restart",
			"A new domain gives these the pool's level, with which they fit everywhere. A shutdown and "
			"start does it too; suspending or migrating does not, and a reboot from inside the guest is "
			"not certain to.");
	any |= put_cure(page, FEATSET_CURE_RESUME, FEATSET_COMMAND_RESUME, "Resume, then restart",
			"Suspended, and not every host can resume these: resume them where they fit, then restart "
			"them.");
	any |= put_cure(page, FEATSET_CURE_UNPIN, FEATSET_COMMAND_UNPIN,
			xapi ? "Unpin, then restart" : "Lower the CPU model, then restart",
			xapi ? "platform:featureset asks for more than some host has; this takes it out, then restarts "
			       "these."
			     : "Their CPU model asks for more than some host has; give these another, then restart "
			       "them.");
	any |= put_cure(page, FEATSET_CURE_DISCARD, FEATSET_COMMANDS, "Only without the saved memory",
			"The memory of these was saved with features that not every host has. They can be started anew "
			"anywhere, but then without that memory.");
	any |= put_cure(page, FEATSET_CURE_LEVEL, FEATSET_COMMAND_RESTART, "A new level, then restart",
			"The level that the pool has recorded, which a new domain gets, is not that of its hosts. XAPI works "
			"it out again when it starts on the coordinator; then restart these.");
	any |= put_refused(page);
	any |= put_devices(page);
	any |= put_cure(page, FEATSET_CURES, FEATSET_COMMAND_MOVE, "Or move by hand",
			"XAPI evacuates a host only if every VM fits on every other host. These block it, but some "
			"host takes them if they are moved by hand.");
	any |= put_unknown(page);
	any |= put_gains(page);
	if (!any)
		html(page->file, "<p>Nothing%s.</p>\n",
		     page->troubles ? " that a command could do: see what stands between VMs and hosts below" : "");
	put_cpu_types(page);
	if (page->commands)
		html(page->file, "<p class=\"mute\">A click on a box of commands marks all of it for copying.</p>\n");
	page_section_end(page);
}

/* ---- change ----------------------------------------------------------------------------------- */

/* What came or went, as it was on `cpu`, which had it; nothing for an empty set. */
static void put_moved(struct page *page, const char *what, const featset_t *set, const featset_cpu_t *cpu)
{
	featset_t act, other;

	if (!cpu || featset_is_empty(set))
		return;
	featset_cpu_split(cpu, set, &act, &other);
	html(page->file, "<dt>%s %u</dt><dd class=\"set\">", what, featset_count(&act));
	html_set(page->file, &act, page->view->settings->names);
	page_folded(page, &other);
	html(page->file, "</dd>\n");
}

static const featset_cpu_t *level_of(const featset_pool_t *pool, featset_guest_t guest)
{
	const featset_level_t *level = featset_pool_level(pool, guest);

	return level ? featset_level_cpu(level) : NULL;
}

static void put_level_change(struct page *page, featset_guest_t guest)
{
	bool what_if = page->view->mode == POOL_WHAT_IF;
	featset_t lost, gained;

	featset_change_level(&lost, &gained, page->view->change, guest);
	html(page->file, "<h3>%s</h3>\n", guest == FEATSET_GUEST_PV ? "The level of PV guests" : "The level");
	if (featset_is_empty(&lost) && featset_is_empty(&gained)) {
		html(page->file, "<p>It %s as it is.</p>\n", what_if ? "would stay" : "stayed");
		return;
	}
	html(page->file, "<dl>\n");
	put_moved(page, what_if ? "Would lose" : "Lost", &lost, level_of(page->view->old, guest));
	put_moved(page, what_if ? "Would gain" : "Gained", &gained, level_of(page->view->pool, guest));
	html(page->file, "</dl>\n");
}

static void put_host_change(struct page *page, size_t index)
{
	static const char *const turns[] = { "", "hypervisor or microcode", "firmware settings", "hardware" };
	featset_turn_t turn = featset_change_turn(page->view->change, index);
	featset_t lost, gained;
	size_t before, after;
	char *name;

	featset_change_host(page->view->change, index, &before, &after);
	if (before != FEATSET_NONE && after != FEATSET_NONE && turn == FEATSET_TURN_NONE)
		return;
	name = after == FEATSET_NONE ? pool_name(page->view->old_inventory, FEATSET_RECORD_HOST, before)
				     : pool_host_name(page->view, after);
	html(page->file, "<li><strong>%s</strong> %s%s\n", name,
	     before == FEATSET_NONE  ? "is new"
	     : after == FEATSET_NONE ? "is gone"
				     : "changed: ",
	     before == FEATSET_NONE || after == FEATSET_NONE ? "" : turns[turn]);
	free(name);
	featset_change_host_features(&lost, &gained, page->view->change, FEATSET_GUEST_HVM, index);
	if (!featset_is_empty(&lost) || !featset_is_empty(&gained)) {
		html(page->file, "<dl>\n");
		put_moved(page, "Lost", &lost, featset_pool_host_cpu(page->view->old, FEATSET_GUEST_HVM, before));
		put_moved(page, "Gained", &gained, featset_pool_host_cpu(page->view->pool, FEATSET_GUEST_HVM, after));
		html(page->file, "</dl>\n");
	}
	html(page->file, "</li>\n");
}

/* VMs of the pool before that something befalls. */
static void put_befallen(struct page *page, size_t (*next)(const featset_change_t *, size_t), const char *heading)
{
	size_t count = 0;

	for (size_t vm = next(page->view->change, 0); vm != FEATSET_NONE; vm = next(page->view->change, vm + 1)) {
		char *name;

		if (!count++)
			html(page->file, "<h3>%s</h3>\n<p>", heading);
		if (count > PAGE_LIST)
			continue;
		name = pool_name(page->view->old_inventory, FEATSET_RECORD_VM, vm);
		html(page->file, "%s%s", count > 1 ? ", " : "", name);
		free(name);
	}
	if (count > PAGE_LIST)
		html(page->file, " and %zu more", count - PAGE_LIST);
	if (count)
		html(page->file, "</p>\n");
}

static void put_stuck(struct page *page)
{
	bool what_if = page->view->mode == POOL_WHAT_IF;

	put_befallen(page, featset_change_stuck, what_if ? "VMs that would lose mobility" : "VMs that lost mobility");
	put_befallen(page, featset_change_homeless, what_if ? "VMs that must move before their host goes" :
						       "VMs whose host is gone, and that run on no other");
}

void page_change(struct page *page)
{
	bool what_if = page->view->mode == POOL_WHAT_IF;
	size_t hosts;

	if (!page->view->change)
		return;
	page_section(page, "change", what_if ? "What would change" : "What changed");
	if (featset_change_mixes_vendors(page->view->change))
		html(page->file, "<p class=\"warn\">Another vendor's CPU: XAPI refuses such a host "
				 "(HOSTS_NOT_HOMOGENEOUS) unless it is forced, and no running VM could move between "
				 "the two.</p>\n");
	put_level_change(page, FEATSET_GUEST_HVM);
	if (pool_runs_pv(page->view))
		put_level_change(page, FEATSET_GUEST_PV);
	put_stuck(page);
	hosts = featset_change_hosts(page->view->change);
	html(page->file, "<h3>Hosts</h3>\n<ul>\n");
	for (size_t i = 0; i < hosts && i < PAGE_LIST; i++)
		put_host_change(page, i);
	html(page->file, "</ul>\n");
	page_left(page, hosts > PAGE_LIST ? hosts - PAGE_LIST : 0, "host");
	page_section_end(page);
}
