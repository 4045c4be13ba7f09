/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_POLICY_H
#define FEATSET_POLICY_H

/*
 * featset/policy.h - a level or baseline, written for one platform
 *
 * A policy is the text that goes into a platform's configuration, and what a
 * guest gets from it.  Where a platform names CPUs by models, the model is
 * chosen that makes the shortest text; a policy never has a feature that the
 * level has not, and what it cannot say is told, never dropped in silence.
 */

#include "level.h"
#include "uarch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- platforms ------------------------------------------------------------------ */

typedef struct featset_platform featset_platform_t;

/* All platforms, sorted by name. */
FEATSET_API size_t featset_platform_count(void);
FEATSET_API const featset_platform_t *featset_platform_at(size_t index);
/* By name; NULL, with FEATSET_E_NAME and the nearest name in `error`, when there is none. */
FEATSET_API const featset_platform_t *featset_platform_find(const char *name, featset_error_t *error);
/* "qemu", "libvirt", "xapi" ... */
FEATSET_API const char *featset_platform_name(const featset_platform_t *platform);
/* One line: what it writes and where that goes. */
FEATSET_API const char *featset_platform_summary(const featset_platform_t *platform);
/* The rule that levels for this platform are made by. */
FEATSET_API featset_rule_t featset_platform_rule(const featset_platform_t *platform);
/* The index-th version it can write for, such as "qemu-7.2", the newest first; NULL past the last. */
FEATSET_API const char *featset_platform_target(const featset_platform_t *platform, size_t index);

/* ---- policies --------------------------------------------------------------------- */

typedef struct featset_policy featset_policy_t;

enum {
	/* Every feature by name instead of a model and what differs from it, where the platform has both. */
	FEATSET_POLICY_EXPANDED = 1,
	/* What was not read is left open where the platform's text can do so (masks), instead of counting as absent. */
	FEATSET_POLICY_LEAVE_OPEN = 2
};

/*
 * Writes `cpu` (a level's, a baseline's or any other) for a platform.
 *
 * `target`  the version it is for, by its name or its number ("qemu-7.2", "7.2"), NULL for the newest known
 * `name`    what texts call the thing: a VM's UUID or number, a model's name; NULL for the platform's placeholder;
 *           letters, digits, '-', '_', '.' and ':', not '-' first, since it goes into commands as it is
 * `flags`   FEATSET_POLICY_... bits
 *
 * What was not read counts as absent, and a note tells where that takes a
 * model's feature away.
 *
 * FEATSET_E_ARGUMENT for a name with anything else in it, FEATSET_E_NAME for a
 * target that the platform has not, FEATSET_E_UNSUPPORTED when the platform cannot
 * express anything of this cpu (another vendor's EVC mode, no model at all).  On
 * failure *policy is NULL.
 */
FEATSET_API featset_status_t featset_policy_new(featset_policy_t **policy, const featset_cpu_t *cpu,
						const featset_platform_t *platform, const char *target,
						const char *name, unsigned flags, featset_error_t *error);
/* NULL is allowed. */
FEATSET_API void featset_policy_free(featset_policy_t *policy);

/* What to write; it ends with a line end. */
FEATSET_API const char *featset_policy_text(const featset_policy_t *policy);
FEATSET_API const featset_platform_t *featset_policy_platform(const featset_policy_t *policy);
/* The version it is for. */
FEATSET_API const char *featset_policy_target(const featset_policy_t *policy);
/* The model that the text names; NULL where it names none. */
FEATSET_API const featset_baseline_t *featset_policy_model(const featset_policy_t *policy);
/*
 * What a guest gets from it, on a host that has it all.  Beyond the cpu's
 * features these can only be what the platform gives every guest or makes up on
 * any host (APIC, HYPERVISOR, X2APIC, ARAT, topology), and, if the cpu has 64-bit
 * mode, what every 64-bit CPU has: a psABI level does not list it all.
 */
FEATSET_API const featset_t *featset_policy_features(const featset_policy_t *policy);
/*
 * Features of the cpu that the platform cannot express in this version.  What no
 * guest of the platform ever has (power management, tracing, what mirrors the
 * operating system) is not among them.
 */
FEATSET_API const featset_t *featset_policy_left_out(const featset_policy_t *policy);
/* Sentences on what a text for this platform cannot say or has to be told beside it: address widths, leaves, XSAVE. */
FEATSET_API size_t featset_policy_notes(const featset_policy_t *policy);
/* NULL past the last. */
FEATSET_API const char *featset_policy_note(const featset_policy_t *policy, size_t index);
/* Does it say all of the cpu's features that a person can act on?  What --strict asks. */
FEATSET_API bool featset_policy_is_exact(const featset_policy_t *policy);

#ifdef __cplusplus
}
#endif

#endif
