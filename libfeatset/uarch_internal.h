/* SPDX-License-Identifier: MIT */
#ifndef FSI_UARCH_INTERNAL_H
#define FSI_UARCH_INTERNAL_H

/* Rows of the catalog, for the files of room uarch. */

#include "featset/uarch.h"

#define FSI_END 0xffff /* ends a list of features */

/* Rows that one catalog can have of its own, and so what can be near a cpu. */
#define FSI_OWN_ROWS 1024

/* Parts by family, range of models, range of steppings; family -1 ends a list. */
struct fsi_part {
	int16_t family;
	uint8_t model_first, model_last, stepping_first, stepping_last;
};

enum fsi_vendor {
	FSI_VENDOR_GENERIC,
	FSI_VENDOR_INTEL,
	FSI_VENDOR_AMD,
	FSI_VENDOR_HYGON,
	FSI_VENDOR_VIA,
	FSI_VENDOR_ZHAOXIN,
	FSI_VENDORS
};

struct featset_baseline {
	const char *id; /* as rows name their parents */
	const char *name;
	const char *title;
	featset_kind_t kind;
	enum fsi_vendor vendor;
	uint16_t year;
	const featset_baseline_t *parent; /* NULL at a root */
	const struct fsi_part *parts;     /* NULL for what is no part */
	const uint16_t *adds, *drops, *fused, *switchable;
	const char *preliminary; /* where an announced part is described; NULL for what can be bought */
};

/* The rows of uarchs.def, in its order. */
extern const struct featset_baseline fsi_uarchs[];

/* The models of hypervisors, which follow them: how many. */
size_t fsi_models(const featset_baseline_t **rows);

/* The models that some project calls so, without its prefix: how many, and up to `max` of them. */
size_t fsi_models_called(const featset_baseline_t **out, size_t max, const char *name);

/* The rows of a catalog beyond the built-in ones; `catalog` may be NULL. */
size_t fsi_catalog_own(const featset_catalog_t *catalog, const featset_baseline_t **rows);

/* The built-in row of that id, in any letter case; NULL when there is none. */
const featset_baseline_t *fsi_baseline_by_id(const char *id);

/* Do two names mean one baseline?  Letter case, '-', '_', '.' and blanks do not count. */
bool fsi_same_baseline_name(const char *a, const char *b);

#endif
