/* SPDX-License-Identifier: MIT */
/*
 * uarch_models.c - the models of hypervisors: rows of the catalog that are named
 * after their project, such as "qemu:Haswell-v4".
 */

#include "featset/uarch.h"

#include <string.h>

#include "error_internal.h"
#include "uarch_internal.h"

/* The features by their bare ids, as the rows spell them. */
enum {
	NONE = FSI_END,
#undef FEATURE
#define FEATURE(id, name, word, bit, klass, merge, scope, dialects, summary) id = FEATSET_##id,
#include "featset/features.def"
#undef FEATURE
};

/* The rows of uarchs.def that models build on. */
enum {
#define UARCH(id, ...) UARCH_##id,
#define PSABI(id, ...) UARCH_##id,
#include "featset/uarchs.def"
#undef UARCH
#undef PSABI
};

enum {
	MODEL_NONE = -1,
#define MODEL(id, ...) MODEL_##id,
#define SAME(id, ...)  MODEL_##id,
#include "featset/models.def"
#undef MODEL
#undef SAME
	MODELS
};

#define ROOT	     MODEL_NONE
#define ON(id)	     MODEL_##id
#define ON_UARCH(id) MODEL_NONE
#define MODEL(id, project, name, since, vendor, base, ...)                                                             \
	_Static_assert(base < MODEL_##id, name ": its base must stand further up");
#define SAME(id, project, name, since, vendor, same)                                                                   \
	_Static_assert(MODEL_##same < MODEL_##id, name ": what it is must stand further up");
#include "featset/models.def"
#undef ROOT
#undef ON
#undef ON_UARCH
#undef MODEL
#undef SAME

/* ---- projects ------------------------------------------------------------------ */

enum project {
	QEMU,
	LIBVIRT,
	PROXMOX,
	EVC,
	FIRECRACKER
};

#define PREFIX_QEMU	   "qemu:"
#define PREFIX_LIBVIRT	   "libvirt:"
#define PREFIX_PROXMOX	   "proxmox:"
#define PREFIX_EVC	   "evc:"
#define PREFIX_FIRECRACKER "firecracker:"

#define NAME_QEMU	 "QEMU"
#define NAME_LIBVIRT	 "libvirt"
#define NAME_PROXMOX	 "Proxmox VE"
#define NAME_EVC	 "VMware EVC"
#define NAME_FIRECRACKER "Firecracker"

static const char *const project_names[] = {
	[QEMU] = NAME_QEMU, [LIBVIRT] = NAME_LIBVIRT,	      [PROXMOX] = NAME_PROXMOX,
	[EVC] = NAME_EVC,   [FIRECRACKER] = NAME_FIRECRACKER,
};

/* ---- the rows ------------------------------------------------------------------ */

#define P(family, model)	      { family, model, model, 0, 15 }
#define S(family, model, first, last) { family, model, model, first, last }
#define PARTS(...)		      (const struct fsi_part[]) { __VA_ARGS__, { -1, 0, 0, 0, 0 } }
#define NO_PARTS		      (const struct fsi_part[]) { { -1, 0, 0, 0, 0 } }
#define INHERITED		      NULL
#define ADDS(...)		      (const uint16_t[]) { __VA_ARGS__, FSI_END }
#define DROPS(...)		      ADDS(__VA_ARGS__)

static const uint16_t nothing[] = { FSI_END };

static const struct featset_baseline models[MODELS] = {
#define ROOT	     NULL
#define ON(id)	     &models[MODEL_##id]
#define ON_UARCH(id) &fsi_uarchs[UARCH_##id]
#define START(row_id, project, row_name, since, row_vendor)                                                            \
	.id = row_id, .name = PREFIX_##project row_name, .title = NAME_##project " " since,                            \
	.kind = FEATSET_KIND_MODEL, .vendor = FSI_VENDOR_##row_vendor, .fused = nothing, .switchable = nothing
#define MODEL(row_id, project, name, since, vendor, base, row_parts, row_adds, row_drops)                              \
	{ START(#row_id, project, name, since, vendor),                                                                \
	  .parent = base,                                                                                              \
	  .parts = row_parts,                                                                                          \
	  .adds = row_adds,                                                                                            \
	  .drops = row_drops },
#define SAME(row_id, project, name, since, vendor, same)                                                               \
	{ START(#row_id, project, name, since, vendor), .parent = ON(same), .adds = nothing, .drops = nothing },
#include "featset/models.def"
#undef MODEL
#undef SAME
#undef ROOT
#undef ON
#undef ON_UARCH
};

/* What only models have. */
static const struct {
	const char *since;
	enum project project;
} origins[MODELS] = {
#define MODEL(id, project, name, since, ...) { since, project },
#define SAME(id, project, name, since, ...)  { since, project },
#include "featset/models.def"
#undef MODEL
#undef SAME
};

size_t fsi_models(const featset_baseline_t **rows)
{
	*rows = models;
	return MODELS;
}

size_t fsi_models_called(const featset_baseline_t **out, size_t max, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < MODELS && count < max; i++) {
		if (fsi_same_baseline_name(name, strchr(models[i].name, ':') + 1))
			out[count++] = &models[i];
	}
	return count;
}

/* ---- what only models have ------------------------------------------------------- */

const char *featset_baseline_origin(const featset_baseline_t *baseline)
{
	return baseline->kind == FEATSET_KIND_MODEL ? project_names[origins[baseline - models].project] : NULL;
}

const char *featset_baseline_since(const featset_baseline_t *baseline)
{
	return baseline->kind == FEATSET_KIND_MODEL ? origins[baseline - models].since : NULL;
}

bool featset_baseline_signature(const featset_baseline_t *baseline, size_t index, featset_signature_t *signature)
{
	const struct fsi_part *part;

	while (!baseline->parts && baseline->parent)
		baseline = baseline->parent;
	part = baseline->parts;
	for (; part && part->family >= 0; part++) {
		if (index--)
			continue;
		signature->family = (unsigned)part->family;
		signature->model_first = part->model_first;
		signature->model_last = part->model_last;
		signature->stepping_first = part->stepping_first;
		signature->stepping_last = part->stepping_last;
		return true;
	}
	return false;
}
