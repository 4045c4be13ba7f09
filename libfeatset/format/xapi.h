/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_XAPI_H
#define FEATSET_FORMAT_XAPI_H

/*
 * xapi.h - a host as XAPI knows it, whatever dress it comes in
 *
 * xe's text, JSON-RPC, Xen Orchestra and the pool's database all hold the same
 * map, a host's cpu_info.  Their readers collect it here.
 */

#include "format_internal.h"

/* A piece of a text; line and column count from 1, 0 where unknown. */
typedef struct fsi_span {
	const char *at; /* NULL: absent */
	size_t size;
	unsigned line;
	unsigned column;
} fsi_span_t;

bool fsi_span_same(const fsi_span_t *a, const fsi_span_t *b);
/* Where a text first has a string, counted from 1; 0 and 0 when it has it nowhere. */
void fsi_place_of(const fsi_text_t *text, const char *string, size_t size, unsigned *line, unsigned *column);

/* The keys of the map that say something about the CPU. */
enum fsi_xapi_key {
	FSI_XAPI_FAMILY,
	FSI_XAPI_FEATURES,
	FSI_XAPI_HVM,
	FSI_XAPI_HVM_HOST,
	FSI_XAPI_PV,
	FSI_XAPI_PV_HOST,
	FSI_XAPI_MODEL,
	FSI_XAPI_MODELNAME,
	FSI_XAPI_STEPPING,
	FSI_XAPI_VENDOR,
	FSI_XAPI_KEYS
};

/* Start from all zeros. */
typedef struct fsi_xapi_host {
	fsi_span_t name;
	fsi_span_t uuid;
	fsi_span_t map[FSI_XAPI_KEYS];
	unsigned line;    /* where it starts */
	fsi_span_t twice; /* the first key that came again with another value, at the place of that */
} fsi_xapi_host_t;

/* Keeps the value of one key, if it is of interest and the first; tells whether the key holds features. */
bool fsi_xapi_put(fsi_xapi_host_t *host, const char *key, size_t size, const fsi_span_t *value);

/* Appends the host, its words in their slots, with notes on what XAPI's age or its bits mean. */
featset_status_t fsi_xapi_add_host(featset_inventory_t *inventory, const fsi_text_t *text, const fsi_xapi_host_t *host,
				   featset_error_t *error);
/*
 * FEATSET_E_SYNTAX for a text that has hosts, but none that tells a featureset.
 * Where another one does, such a host stays, without cpus: it is part of its pool.
 */
featset_status_t fsi_xapi_check_hosts(const featset_inventory_t *inventory, const fsi_text_t *text,
				      featset_error_t *error);

#endif
