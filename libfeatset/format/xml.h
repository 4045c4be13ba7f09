/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_FORMAT_XML_H
#define FEATSET_FORMAT_XML_H

/*
 * xml.h - XML as a stream of elements, bounded
 *
 * A document type, and with it every entity of a document's own and every
 * external reference, is refused.  So are elements nested deeper than
 * FSI_XML_DEPTH, more than FSI_XML_ATTRIBUTES attributes and more than
 * FSI_XML_TEXT bytes of text in an element.  Several documents one after the
 * other, as people collect them in a file, are read in order.
 */

#include "format_internal.h"

#define FSI_XML_DEPTH 64
#define FSI_XML_ATTRIBUTES 256
#define FSI_XML_TEXT ((size_t)1 << 20)

/*
 * The caller fills the first three; the rest is for the handlers to look at.
 * A handler returns FEATSET_OK to go on, or the status of an error it has filled
 * with fsi_xml_fail.
 */
typedef struct fsi_xml {
	void *context;
	/* An element starts.  `attributes` are names and values in turn, ended by NULL; all text is UTF-8. */
	featset_status_t (*start)(struct fsi_xml *xml, const char *name, const char *const *attributes);
	/*
	 * It ends.  `text` is what it holds between its last child (or its start) and its
	 * end, white space cut on both sides, ended by a NUL.
	 */
	featset_status_t (*end)(struct fsi_xml *xml, const char *name, const char *text, size_t size);

	unsigned depth;     /* of the element that starts or ends; a document's own element has 1 */
	unsigned documents; /* which document this is, from 1 */
	const fsi_text_t *text;
	featset_error_t *error;
	struct fsi_xml_state *state; /* xml.c's own */
} fsi_xml_t;

/* Reads a whole text.  FEATSET_E_UNSUPPORTED when this build has no XML. */
featset_status_t fsi_xml_parse(fsi_xml_t *xml, const fsi_text_t *text, featset_error_t *error);

/* Where the element stands that the handler was called for, counted from 1. */
unsigned fsi_xml_line(const fsi_xml_t *xml);

/* Fills the error with a sentence and the place of the element; returns the code. */
featset_status_t fsi_xml_fail(fsi_xml_t *xml, featset_status_t code, const char *format, ...) FSI_PRINTF(3, 4);

/* An attribute's value, or NULL. */
const char *fsi_xml_attribute(const char *const *attributes, const char *name);

/*
 * For probes: does the text look like XML whose document has one of these
 * elements (ended by NULL) as its own?  Blanks, a declaration, comments and
 * processing instructions in front are stepped over.
 */
bool fsi_xml_looks_like(const char *text, size_t size, const char *const *names);

#endif
