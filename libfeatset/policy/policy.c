/* SPDX-License-Identifier: MIT */
#include "policy_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- platforms ------------------------------------------------------------------ */

static const fsi_target_t clang_targets[] = { { "clang-17", 1700 }, { "clang-14", 1400 }, { NULL, 0 } };
static const fsi_target_t firecracker_targets[] = { { "firecracker-1.12", 112 }, { NULL, 0 } };
static const fsi_target_t gcc_targets[] = { { "gcc-14", 1400 }, { "gcc-12", 1200 }, { NULL, 0 } };
static const fsi_target_t glibc_targets[] = { { "glibc-2.33", 233 }, { NULL, 0 } };
/* Where a release of another project matters, that is the target. */
static const fsi_target_t libvirt_targets[] = { { "libvirt-12.5", 1205 }, { "libvirt-9.0", 900 }, { NULL, 0 } };
static const fsi_target_t qemu_targets[] = {
	{ "qemu-11.1", 1101 }, { "qemu-10.0", 1000 }, { "qemu-7.2", 702 }, { NULL, 0 }
};
static const fsi_target_t vmware_targets[] = { { "vsphere-8.0", 800 }, { NULL, 0 } };
static const fsi_target_t xapi_targets[] = { { "xcp-ng-8.3", 803 }, { NULL, 0 } };
static const fsi_target_t xl_targets[] = { { "xen-4.21", 421 }, { NULL, 0 } };

/* Sorted by name. */
static const struct featset_platform platforms[] = {
	{ "clang", "options of clang, so that programs use nothing else", FEATSET_RULE_SAFE, clang_targets,
	  fsi_policy_clang },
	{ "firecracker", "a CPU template, for PUT /cpu-config", FEATSET_RULE_KVM, firecracker_targets,
	  fsi_policy_firecracker },
	{ "gcc", "options of gcc, so that programs use nothing else", FEATSET_RULE_SAFE, gcc_targets, fsi_policy_gcc },
	{ "glibc", "an environment variable that keeps glibc's functions from using what is not there",
	  FEATSET_RULE_SAFE, glibc_targets, fsi_policy_glibc },
	{ "incus", "a cluster group's CPU, by incus", FEATSET_RULE_KVM, qemu_targets, fsi_policy_incus },
	{ "kubevirt", "a VirtualMachine's cpu, in YAML", FEATSET_RULE_KVM, libvirt_targets, fsi_policy_kubevirt },
	{ "libvirt", "a domain's <cpu>, for virsh edit and all that is built on libvirt", FEATSET_RULE_KVM,
	  libvirt_targets, fsi_policy_libvirt },
	{ "nova", "the section [libvirt] of nova.conf on compute nodes", FEATSET_RULE_KVM, libvirt_targets,
	  fsi_policy_nova },
	{ "proxmox", "a section of /etc/pve/virtual-guest/cpu-models.conf, and the command that gives it to a VM",
	  FEATSET_RULE_KVM, qemu_targets, fsi_policy_proxmox },
	{ "qemu", "the option -cpu of qemu-system-x86_64", FEATSET_RULE_KVM, qemu_targets, fsi_policy_qemu },
	{ "qmp", "a CPU model with its properties as QEMU's monitor takes it, in JSON", FEATSET_RULE_KVM, qemu_targets,
	  fsi_policy_qmp },
	{ "vmware", "the EVC mode of a cluster, and what a VM's .vmx masks beyond it", FEATSET_RULE_SAFE,
	  vmware_targets, fsi_policy_vmware },
	{ "xapi", "a VM's platform:featureset, by xe of XenServer and XCP-ng", FEATSET_RULE_XENSERVER, xapi_targets,
	  fsi_policy_xapi },
	{ "xl", "the option cpuid of a guest's configuration for xl", FEATSET_RULE_SAFE, xl_targets, fsi_policy_xl },
};

enum { PLATFORMS = sizeof(platforms) / sizeof(platforms[0]) };

size_t featset_platform_count(void)
{
	return PLATFORMS;
}

const featset_platform_t *featset_platform_at(size_t index)
{
	return index < PLATFORMS ? &platforms[index] : NULL;
}

const featset_platform_t *featset_platform_find(const char *name, featset_error_t *error)
{
	unsigned limit = fsi_distance_limit(name), least = limit + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < PLATFORMS; i++) {
		unsigned distance = fsi_distance(name, platforms[i].name, limit);

		if (!distance)
			return &platforms[i];
		if (distance < least) {
			least = distance;
			nearest = platforms[i].name;
		}
	}
	if (nearest)
		fsi_fail(error, FEATSET_E_NAME, "no platform is called '%.64s'; did you mean '%s'?", name, nearest);
	else
		fsi_fail(error, FEATSET_E_NAME, "no platform is called '%.64s'", name);
	return NULL;
}

const char *featset_platform_name(const featset_platform_t *platform)
{
	return platform->name;
}

const char *featset_platform_summary(const featset_platform_t *platform)
{
	return platform->summary;
}

featset_rule_t featset_platform_rule(const featset_platform_t *platform)
{
	return platform->rule;
}

const char *featset_platform_target(const featset_platform_t *platform, size_t index)
{
	const fsi_target_t *target = platform->targets;

	while (index-- && target->name)
		target++;
	return target->name;
}

/* ---- what the platforms write with ------------------------------------------------- */

static bool make_room(featset_policy_t *policy, size_t more)
{
	size_t room = policy->room ? policy->room : 256;
	char *text;

	while (room - policy->length <= more)
		room *= 2;
	if (room == policy->room)
		return true;
	text = realloc(policy->text, room);
	if (!text)
		return false;
	policy->text = text;
	policy->room = room;
	return true;
}

void fsi_policy_print(featset_policy_t *policy, const char *format, ...)
{
	va_list arguments, again;
	int length;

	if (policy->failed)
		return;
	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	policy->failed = length < 0 || !make_room(policy, (size_t)length);
	if (!policy->failed) {
		vsnprintf(policy->text + policy->length, (size_t)length + 1, format, again);
		policy->length += (size_t)length;
	}
	va_end(again);
	va_end(arguments);
}

void fsi_policy_note(featset_policy_t *policy, const char *format, ...)
{
	char text[2048], **notes;
	va_list arguments;

	if (policy->failed)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	notes = realloc(policy->notes, (policy->note_count + 1) * sizeof(*notes));
	if (notes) {
		policy->notes = notes;
		notes[policy->note_count] = strdup(text);
	}
	policy->failed = !notes || !notes[policy->note_count];
	policy->note_count += !policy->failed;
}

void fsi_policy_note_features(featset_policy_t *policy, const char *sentence, const featset_t *features)
{
	char text[1800], name[64];
	size_t at = 0, left = featset_count(features);

	if (!left)
		return;
	text[0] = '\0';
	for (featset_feature_t f = featset_next(features, 0); f < FEATSET_BITS; f = featset_next(features, f + 1)) {
		featset_feature_spell(name, sizeof(name), f, FEATSET_CANONICAL);
		if (at + strlen(name) + 40 > sizeof(text)) {
			fsi_print(text, sizeof(text), at, " and %zu more", left);
			break;
		}
		at = fsi_print(text, sizeof(text), at, "%s%s", at ? ", " : "", name);
		left--;
	}
	fsi_policy_note(policy, "%s: %s", sentence, text);
}

unsigned fsi_release(const char *text)
{
	char *end;
	unsigned long major = strtoul(text, &end, 10);
	unsigned long minor = end != text && *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

	return (unsigned)(major * 100 + minor);
}

/* ---- policies ----------------------------------------------------------------------- */

/* By its name, or by its number alone. */
static bool is_called(const fsi_target_t *target, const char *name)
{
	const char *dash = strrchr(target->name, '-');

	return !fsi_fold_compare(name, target->name) || (dash && !strcmp(name, dash + 1));
}

static const fsi_target_t *find_target(const featset_platform_t *platform, const char *name, featset_error_t *error)
{
	const fsi_target_t *target = platform->targets;
	char known[256] = "";
	size_t at = 0;

	for (; target->name; target++) {
		if (!name || is_called(target, name))
			return target;
		at = fsi_print(known, sizeof(known), at, "%s%s", at ? ", " : "", target->name);
	}
	fsi_fail(error, FEATSET_E_NAME, "there is no target '%.64s' of %s; there are %s", name, platform->name, known);
	return NULL;
}

/* A name goes into commands and configuration as it is. */
static bool is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";

	return *name && *name != '-' && !name[strspn(name, allowed)];
}

/* What is left out and a person could act on makes it inexact. */
static void finish(featset_policy_t *policy)
{
	featset_t act, other;

	featset_cpu_split(policy->cpu, &policy->left_out, &act, &other);
	policy->exact = featset_is_empty(&act);
	policy->cpu = NULL;
	policy->name = NULL;
}

featset_status_t featset_policy_new(featset_policy_t **policy, const featset_cpu_t *cpu,
				    const featset_platform_t *platform, const char *target, const char *name,
				    unsigned flags, featset_error_t *error)
{
	const fsi_target_t *version;
	featset_policy_t *made;
	featset_status_t status;

	*policy = NULL;
	if (flags & ~(unsigned)(FEATSET_POLICY_EXPANDED | FEATSET_POLICY_LEAVE_OPEN))
		return fsi_fail(error, FEATSET_E_ARGUMENT, "there are no flags %#x of policies", flags);
	if (name && !is_name(name))
		return fsi_fail(error, FEATSET_E_ARGUMENT,
				"'%.64s' cannot be a name: letters, digits, '-', '_', '.' and ':' can", name);
	version = find_target(platform, target, error);
	if (!version)
		return FEATSET_E_NAME;
	made = calloc(1, sizeof(*made));
	if (!made)
		return fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	made->platform = platform;
	made->target = version;
	made->cpu = cpu;
	made->name = name;
	made->flags = flags;
	status = platform->write(made, error);
	if (status == FEATSET_OK && made->failed)
		status = fsi_fail(error, FEATSET_E_MEMORY, "out of memory");
	if (status != FEATSET_OK) {
		featset_policy_free(made);
		return status;
	}
	finish(made);
	*policy = made;
	return FEATSET_OK;
}

void featset_policy_free(featset_policy_t *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->note_count; i++)
		free(policy->notes[i]);
	free(policy->notes);
	free(policy->text);
	free(policy);
}

const char *featset_policy_text(const featset_policy_t *policy)
{
	return policy->text;
}

const featset_platform_t *featset_policy_platform(const featset_policy_t *policy)
{
	return policy->platform;
}

const char *featset_policy_target(const featset_policy_t *policy)
{
	return policy->target->name;
}

const featset_baseline_t *featset_policy_model(const featset_policy_t *policy)
{
	return policy->model;
}

const featset_t *featset_policy_features(const featset_policy_t *policy)
{
	return &policy->features;
}

const featset_t *featset_policy_left_out(const featset_policy_t *policy)
{
	return &policy->left_out;
}

size_t featset_policy_notes(const featset_policy_t *policy)
{
	return policy->note_count;
}

const char *featset_policy_note(const featset_policy_t *policy, size_t index)
{
	return index < policy->note_count ? policy->notes[index] : NULL;
}

bool featset_policy_is_exact(const featset_policy_t *policy)
{
	return policy->exact;
}
