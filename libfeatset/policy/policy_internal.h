/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_POLICY_INTERNAL_H
#define FEATSET_POLICY_INTERNAL_H

/*
 * policy_internal.h - what the platforms share
 *
 * A platform is one row of the table in policy.c and one function, which fills
 * the policy: its text, its notes, what a guest gets and what was left out.
 */

#include "../error_internal.h"
#include "../featset/depend.h"
#include "../featset/format.h"
#include "../featset/policy.h"

/* A version that can be written for. */
typedef struct fsi_target {
	const char *name;
	unsigned release; /* major * 100 + minor, so that releases compare as numbers */
} fsi_target_t;

typedef featset_status_t fsi_policy_write_fn(featset_policy_t *policy, featset_error_t *error);

struct featset_platform {
	const char *name;
	const char *summary;
	featset_rule_t rule;
	const fsi_target_t *targets; /* the newest first; one without a name ends them */
	fsi_policy_write_fn *write;
};

struct featset_policy {
	const featset_platform_t *platform;
	const fsi_target_t *target;
	const featset_cpu_t *cpu; /* the caller's, and only while the platform writes */
	const char *name;         /* as the cpu; may be NULL */
	unsigned flags;
	const featset_baseline_t *model;
	featset_t features, left_out;
	char *text;
	size_t length, room;
	char **notes;
	size_t note_count;
	bool exact;
	bool failed; /* no memory: whoever wrote need not look */
};

/* Appends to the text. */
void fsi_policy_print(featset_policy_t *policy, const char *format, ...) FSI_PRINTF(2, 3);
/* Appends a note, a sentence without a full stop. */
void fsi_policy_note(featset_policy_t *policy, const char *format, ...) FSI_PRINTF(2, 3);
/* Appends a note that ends with features' names; nothing when there are none. */
void fsi_policy_note_features(featset_policy_t *policy, const char *sentence, const featset_t *features);
/* "9.0" or "12.5" as a release; 0 for no number. */
unsigned fsi_release(const char *text);

/* ---- QEMU's guests, and those of all that start QEMU (guest.c) ----------------------- */

/*
 * Which features QEMU, or libvirt above it, can switch by name in a release;
 * `dialect` is FEATSET_QEMU or FEATSET_LIBVIRT.
 */
void fsi_guest_nameable(featset_t *dst, featset_dialect_t dialect, unsigned release);
/*
 * What QEMU and KVM give a guest, or keep from it, whatever -cpu says; or what
 * follows from something else there: mirrors of the operating system, topology,
 * paravirtual features, state components of XSAVE, power management, tracing.
 */
void fsi_guest_own(featset_t *dst);
/* What QEMU and KVM make up, whatever the host has: added where it is wanted, never taken from a model. */
void fsi_guest_made_up(featset_t *dst);
/* What every 64-bit CPU has, for a cpu that has 64-bit mode and does not tell of all (a psABI level); else nothing. */
void fsi_guest_basic(featset_t *dst, const featset_t *features);
/* Of its own, what follows from other features: copies, state components of XSAVE. */
void fsi_guest_follows(featset_t *dst);
/* Of its own, what every guest has. */
void fsi_guest_given(featset_t *dst);
/* Of its own, what no guest has though a model may show it. */
void fsi_guest_withheld(featset_t *dst);
/* What goes when svm or vmx is not among `features`, without being asked. */
void fsi_guest_cleared(featset_t *dst, const featset_t *features);

/* ---- a model and what differs from it (choose.c) --------------------------------------- */

typedef struct fsi_plan {
	const featset_baseline_t *model;
	featset_t plus, minus; /* to be switched on and off */
	bool other_vendor;     /* the cpu's vendor is known, and is not the model's */
	size_t cost;           /* letters */
} fsi_plan_t;

typedef struct fsi_project {
	const char *prefix; /* of its models' names in the catalog: "qemu:" */
	featset_dialect_t dialect;
	unsigned release;
	size_t overhead;     /* letters that a feature costs beyond its name */
	bool spells_cleared; /* what goes with svm and vmx has to be switched off too */
	/* Whether a model may be named; NULL: every one. */
	bool (*allows)(const featset_baseline_t *model);
	/*
	 * What the model surely gives, and what it may give; whatever is wanted and not sure is
	 * switched on, whatever is possible and not wanted is switched off.  NULL: its features.
	 */
	void (*gives)(featset_t *sure, featset_t *possible, const featset_baseline_t *model);
	/* What its guest has as long as nobody says otherwise; NULL: all that is possible. */
	void (*has)(featset_t *dst, const featset_baseline_t *model);
	/* The vendor that its guest sees; NULL: the catalog's. */
	const char *(*vendor)(const featset_baseline_t *model);
} fsi_project_t;

/*
 * Chooses the model for the policy's cpu and fills its model, features and
 * left_out, with notes.  FEATSET_E_UNSUPPORTED when no model will do.
 */
featset_status_t fsi_policy_plan(fsi_plan_t *plan, featset_policy_t *policy, const fsi_project_t *project,
				 featset_error_t *error);
/* May the project name this model, and what vendor does its guest see ("" when that is open)? */
bool fsi_model_allowed(const fsi_project_t *project, const featset_baseline_t *model);
const char *fsi_model_vendor(const fsi_project_t *project, const featset_baseline_t *model);
/* Is the leaf that tells of XSAVE's states there in a guest of this model made into what is wanted? */
bool fsi_model_reaches_xsave(const featset_baseline_t *model, const featset_t *wanted);
/* A model's name without its project. */
const char *fsi_model_name(const featset_baseline_t *model);
/*
 * Every feature by name, on top of `model`: the plan's plus becomes all that is
 * wanted, its minus what the model has beyond it.
 */
featset_status_t fsi_policy_expand(fsi_plan_t *plan, featset_policy_t *policy, const fsi_project_t *project,
				   const featset_baseline_t *model, featset_error_t *error);
/* The project's model of this name; NULL when its release has none. */
const featset_baseline_t *fsi_model_called(const fsi_project_t *project, const char *name);

/* ---- QEMU (qemu.c) ------------------------------------------------------------------------ */

typedef struct fsi_qemu {
	fsi_plan_t plan;
	const char *vendor;      /* to be stated; NULL: it is the model's */
	int64_t avx10;           /* version to be stated; 0 for none */
	int64_t phys_bits;       /* the same */
	bool expanded;           /* the rest is stated only then */
	featset_signature_t who; /* family 0: unknown */
	int64_t level, xlevel;   /* -1: not stated */
} fsi_qemu_t;

/* What -cpu and QMP say of the policy's cpu. */
featset_status_t fsi_qemu_plan(fsi_qemu_t *qemu, featset_policy_t *policy, featset_error_t *error);
/* "Haswell-v4", not "Haswell" and not "base". */
bool fsi_qemu_has_version(const featset_baseline_t *model);
/*
 * The same of QEMU's models that a platform above it allows, by names without
 * version; it says at most the width of addresses.
 */
featset_status_t fsi_qemu_model_plan(fsi_qemu_t *qemu, featset_policy_t *policy,
				     bool (*allows)(const featset_baseline_t *model), featset_error_t *error);

/* ---- libvirt (libvirt.c) ---------------------------------------------------------------- */

/* What a <cpu> says of the policy's cpu; a feature costs `overhead` letters beyond its name. */
featset_status_t fsi_libvirt_plan(fsi_plan_t *plan, featset_policy_t *policy, size_t overhead, featset_error_t *error);

/* ---- registers bit by bit (mask.c) ------------------------------------------------------- */

typedef struct fsi_mask {
	const featset_policy_t *policy;
	featset_t value; /* what the guest is to have */
	featset_t open;  /* what the text leaves to the platform, and what is no flag */
} fsi_mask_t;

void fsi_mask_start(fsi_mask_t *mask, const featset_policy_t *policy);
uint32_t fsi_mask_value(const fsi_mask_t *mask, unsigned word);
uint32_t fsi_mask_open(const fsi_mask_t *mask, unsigned word);
/* 32 characters, the highest bit first: 0, 1, and `left` where a bit is open. */
void fsi_mask_print(featset_policy_t *policy, uint32_t value, uint32_t open, char left);
/* Fills features and left_out from what was said. */
void fsi_mask_finish(const fsi_mask_t *mask, featset_policy_t *policy, const featset_t *said);

/* What of the cpu is in no guest by this policy, and could be. */
void fsi_mask_left_out(featset_policy_t *policy);

/* Notes: what of `said` nobody read; that the platform cannot say the width of addresses, or the largest leaf. */
void fsi_note_unread(featset_policy_t *policy, const featset_t *said);
void fsi_note_width(featset_policy_t *policy);
void fsi_note_leaves(featset_policy_t *policy);

/* ---- the platforms ---------------------------------------------------------------------- */

fsi_policy_write_fn fsi_policy_clang;
fsi_policy_write_fn fsi_policy_firecracker;
fsi_policy_write_fn fsi_policy_gcc;
fsi_policy_write_fn fsi_policy_glibc;
fsi_policy_write_fn fsi_policy_incus;
fsi_policy_write_fn fsi_policy_kubevirt;
fsi_policy_write_fn fsi_policy_libvirt;
fsi_policy_write_fn fsi_policy_nova;
fsi_policy_write_fn fsi_policy_proxmox;
fsi_policy_write_fn fsi_policy_qemu;
fsi_policy_write_fn fsi_policy_qmp;
fsi_policy_write_fn fsi_policy_vmware;
fsi_policy_write_fn fsi_policy_xapi;
fsi_policy_write_fn fsi_policy_xl;

#endif
