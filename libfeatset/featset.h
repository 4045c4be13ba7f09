/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_H
#define FEATSET_H

/*
 * featset.h - what x86 CPUs have in common
 *
 * This header includes all others.  Every call is safe to make from several
 * threads at once as long as no two of them write the same object; the library
 * never prints, never exits, reads no environment variable and keeps no state.
 */

#define FEATSET_VERSION_MAJOR 0
#define FEATSET_VERSION_MINOR 1
#define FEATSET_VERSION_PATCH 0
#define FEATSET_VERSION "0.1.0"

#include "featset/cpu.h"
#include "featset/depend.h"
#include "featset/error.h"
#include "featset/explain.h"
#include "featset/feature.h"
#include "featset/format.h"
#include "featset/host.h"
#include "featset/input.h"
#include "featset/inventory.h"
#include "featset/level.h"
#include "featset/policy.h"
#include "featset/pool.h"
#include "featset/set.h"
#include "featset/uarch.h"

#endif
