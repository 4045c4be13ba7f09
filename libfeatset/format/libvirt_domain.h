/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_LIBVIRT_DOMAIN_H
#define FEATSET_FORMAT_LIBVIRT_DOMAIN_H

/* libvirt_domain.h - libvirt's <domain>, <domstatus> and <domainsnapshot> as a VM's record, all but the <cpu>'s features */

#include "xml.h"

typedef struct fsi_domain {
	featset_inventory_t *inventory;
	fsi_mark_t mark;   /* before its record */
	size_t index;      /* of its record */
	unsigned root;     /* the depth of <domain>: 2 in a wrapper */
	bool snapshot;
	bool runs;         /* or did, when the snapshot was taken */
	bool paused;
	bool foreign;      /* of another architecture */
	bool wants_cpu;    /* its <cpu> tells features, whatever the host */
	int memory;        /* of a snapshot: -1 untold, 0 none, 1 kept */
	char title[128];   /* the snapshot's name */
	char cpu[160];     /* mode and model */
	char device[16];   /* the type of the <hostdev> that is open */
	char pcis[1024], usbs[1024], vgpus[1024];
} fsi_domain_t;

/* A document starts: a record for it. */
featset_status_t fsi_domain_open(fsi_xml_t *xml, fsi_domain_t *vm, featset_inventory_t *inventory);
/* An element starts, or ends, outside <cpu>. */
void fsi_domain_start(const fsi_xml_t *xml, fsi_domain_t *vm, const char *name, const char *const *attributes);
featset_status_t fsi_domain_end(fsi_xml_t *xml, fsi_domain_t *vm, const char *name, const char *text,
				const char *vm_name, const char *vm_uuid);
/* The <cpu> ends; fills vm->wants_cpu. */
featset_status_t fsi_domain_cpu(fsi_xml_t *xml, fsi_domain_t *vm, const char *mode, const char *model);

#endif
