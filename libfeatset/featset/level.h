/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_LEVEL_H
#define FEATSET_LEVEL_H

/*
 * featset/level.h - what several cpus have in common, under a rule
 */

#include "uarch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum featset_rule {
	/* Words are zero-extended and ANDed, nothing else: what XAPI falls back to. */
	FEATSET_RULE_PLAIN,
	/*
	 * What XenServer's and XCP-ng's libxc does: AND, OR of the features that Xen
	 * accumulates, prune by Xen's own edges, RSBA and RRSBA computed; one host
	 * alone is left as it is.
	 */
	FEATSET_RULE_XENSERVER,
	/*
	 * For a guest that may run anywhere: AND; OR of what Xen accumulates and of
	 * RTM_ALWAYS_ABORT (which takes RTM, HLE and TSXLDTRK away); RSBA and RRSBA
	 * computed; dynamic bits and hints left out; prune by all edges.
	 */
	FEATSET_RULE_SAFE,
	/*
	 * For QEMU and KVM, and what is built on them: AND of what each host promises
	 * (of its hardware where that is all one has); RSBA and RRSBA computed; without
	 * INVTSC, with which a guest does not migrate; prune by all edges.  Nothing
	 * accumulates: QEMU refuses what a host cannot offer.
	 */
	FEATSET_RULE_KVM,
	FEATSET_RULES
} featset_rule_t;

FEATSET_API const char *featset_rule_name(featset_rule_t rule);
/* The rule of that name; FEATSET_RULES when there is none. */
FEATSET_API featset_rule_t featset_rule_find(const char *name);

/* A level worked out from several hosts. */
typedef struct featset_level featset_level_t;

/*
 * The level of `count` hosts.  The hosts are copied.
 *
 * Under `plain` and `xenserver` unread bits are zeros and an empty Xen
 * featureset (FEATSET_XEN_LENGTH 0) does not count, as in XAPI.  Under `safe` and
 * `kvm` a bit is known when it was read everywhere, or is absent somewhere.
 *
 * FEATSET_E_ARGUMENT when count is 0.
 */
FEATSET_API featset_status_t featset_level_new(featset_level_t **level, const featset_cpu_t *const *hosts, size_t count,
					       featset_rule_t rule, featset_error_t *error);
FEATSET_API void featset_level_free(featset_level_t *level);

/*
 * The level as a cpu: features, known bits, and of the identity what all hosts
 * share or the least of them (vendor, largest leaves, address widths,
 * FEATSET_XEN_LENGTH the longest).
 */
FEATSET_API const featset_cpu_t *featset_level_cpu(const featset_level_t *level);
FEATSET_API featset_rule_t featset_level_rule(const featset_level_t *level);
FEATSET_API size_t featset_level_hosts(const featset_level_t *level);
FEATSET_API const featset_cpu_t *featset_level_host(const featset_level_t *level, size_t index);

/* The vendor all hosts share; "" when they differ or none is known. */
FEATSET_API const char *featset_level_vendor(const featset_level_t *level);
/* Do the hosts come from more than one vendor?  Then VMs cannot migrate between all of them. */
FEATSET_API bool featset_level_mixed(const featset_level_t *level);
/* In the level though some host lacks them: what the rule accumulated or computed. */
FEATSET_API void featset_level_accumulated(featset_t *dst, const featset_level_t *level);
/*
 * What cannot be told because somebody did not read it: features that some host
 * shows, and those that one host would be enough for.
 */
FEATSET_API void featset_level_unknown(featset_t *dst, const featset_level_t *level);
/* What one host loses: `act` gets what a person can act on, `other` the rest (see featset_cpu_split). */
FEATSET_API void featset_level_lost(featset_t *act, featset_t *other, const featset_level_t *level, size_t index);

/*
 * The rule on two bare sets, without any knowledge of what was read:
 * unread bits are zeros.  Calling it over a list from left to right gives the
 * level of the list under `plain` and `xenserver`.
 */
FEATSET_API void featset_combine(featset_t *dst, const featset_t *a, const featset_t *b, featset_rule_t rule);

#ifdef __cplusplus
}
#endif

#endif
