/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include <string.h>

const char *fsi_xml_attribute(const char *const *attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return NULL;
}

/* ---- probing --------------------------------------------------------------------------- */

/* Steps behind the next `literal`; to the end when there is none. */
static void skip_past(const char **at, const char *end, const char *literal)
{
	while (*at < end && !fsi_take(at, end, literal))
		++*at;
}

static bool ends_name(const char *at, const char *end)
{
	return at == end || fsi_is_space(*at) || *at == '>' || *at == '/';
}

/* Steps over a document type, whose own declarations stand in brackets. */
static void skip_doctype(const char **at, const char *end)
{
	bool inside = false;

	while (*at < end) {
		char c = **at;

		if (inside && fsi_take(at, end, "<!--")) {
			skip_past(at, end, "-->");
			continue;
		}
		++*at;
		if (c == '"' || c == '\'')
			skip_past(at, end, c == '"' ? "\"" : "'");
		else if (c == '[' || c == ']')
			inside = c == '[';
		else if (c == '>' && !inside)
			break;
	}
}

static bool has_name(const char *at, const char *end, const char *const *names)
{
	for (; *names; names++) {
		const char *name = at;

		if (fsi_take(&name, end, *names) && ends_name(name, end))
			return true;
	}
	return false;
}

bool fsi_xml_looks_like(const char *text, size_t size, const char *const *names)
{
	const char *at = text, *end = text + size, *type = NULL;

	for (;;) {
		while (at < end && fsi_is_space(*at))
			at++;
		if (fsi_take(&at, end, "<!--")) {
			skip_past(&at, end, "-->");
		} else if (fsi_take(&at, end, "<?")) {
			skip_past(&at, end, "?>");
		} else if (!type && fsi_take(&at, end, "<!DOCTYPE")) {
			/* It is refused later, and by its reader. */
			while (at < end && fsi_is_space(*at))
				at++;
			type = at;
			skip_doctype(&at, end);
		} else {
			break;
		}
	}
	/* Of a long one a probe does not see the end, but it says what it is the type of. */
	if (at == end && type)
		return has_name(type, end, names);
	return fsi_take(&at, end, "<") && has_name(at, end, names);
}

#ifdef FEATSET_NO_XML

featset_status_t fsi_xml_parse(fsi_xml_t *xml, const fsi_text_t *text, featset_error_t *error)
{
	(void)xml;
	return fsi_fail_at(error, FEATSET_E_UNSUPPORTED, text->file, 0, 0, "this build reads no XML");
}

unsigned fsi_xml_line(const fsi_xml_t *xml)
{
	(void)xml;
	return 0;
}

featset_status_t fsi_xml_fail(fsi_xml_t *xml, featset_status_t code, const char *format, ...)
{
	(void)format;
	return fsi_fail_at(xml->error, code, xml->text->file, 0, 0, "this build reads no XML");
}

#else

#include <expat.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Expat copies what it is given, so that it starts small, for many documents, and doubles, for long ones. */
#define FIRST_PIECE ((size_t)4096)
#define LARGEST_PIECE ((size_t)INT_MAX / 4)

struct fsi_xml_state {
	XML_Parser parser;
	featset_status_t status; /* of a handler */
	char *held;              /* text of the element that is open */
	size_t held_size, held_room;
	unsigned line;   /* lines in front of this document */
	unsigned column; /* characters in front of it in its first line */
};

/* ---- places ------------------------------------------------------------------------------ */

static void place(const fsi_xml_t *xml, unsigned *line, unsigned *column)
{
	unsigned row = (unsigned)XML_GetCurrentLineNumber(xml->state->parser);

	*line = xml->state->line + row;
	*column = (row == 1 ? xml->state->column : 0) + (unsigned)XML_GetCurrentColumnNumber(xml->state->parser) + 1;
}

unsigned fsi_xml_line(const fsi_xml_t *xml)
{
	unsigned line, column;

	place(xml, &line, &column);
	return line;
}

featset_status_t fsi_xml_fail(fsi_xml_t *xml, featset_status_t code, const char *format, ...)
{
	char sentence[sizeof(xml->error->text)];
	unsigned line, column;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	place(xml, &line, &column);
	return fsi_fail_at(xml->error, code, xml->text->file, line, column, "%s", sentence);
}

/* ---- what expat calls ----------------------------------------------------------------------- */

static void stop(fsi_xml_t *xml, featset_status_t status)
{
	xml->state->status = status;
	XML_StopParser(xml->state->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
	fsi_xml_t *xml = context;
	featset_status_t status = FEATSET_OK;
	size_t count = 0;

	if (xml->state->status != FEATSET_OK)
		return;
	while (attributes[count])
		count += 2;
	xml->depth++;
	xml->state->held_size = 0;
	if (xml->depth > FSI_XML_DEPTH)
		status = fsi_xml_fail(xml, FEATSET_E_LIMIT, "elements are nested deeper than %d", FSI_XML_DEPTH);
	else if (count / 2 > FSI_XML_ATTRIBUTES)
		status = fsi_xml_fail(xml, FEATSET_E_LIMIT, "an element has more than %d attributes",
				      FSI_XML_ATTRIBUTES);
	else if (xml->start)
		status = xml->start(xml, name, (const char *const *)attributes);
	if (status != FEATSET_OK)
		stop(xml, status);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
	fsi_xml_t *xml = context;
	struct fsi_xml_state *state = xml->state;
	featset_status_t status = FEATSET_OK;
	const char *text = state->held_size ? state->held : "";
	size_t size = state->held_size;

	if (state->status != FEATSET_OK)
		return;
	fsi_trim(&text, &size);
	if (size)
		state->held[(size_t)(text - state->held) + size] = '\0';
	if (xml->end)
		status = xml->end(xml, name, size ? text : "", size);
	xml->depth--;
	state->held_size = 0;
	if (status != FEATSET_OK)
		stop(xml, status);
}

/* Keeps one byte for the NUL that on_end sets. */
static bool make_room(struct fsi_xml_state *state, size_t more)
{
	size_t room = state->held_room ? state->held_room : 256;
	char *moved;

	while (room <= state->held_size + more)
		room *= 2;
	if (room == state->held_room)
		return true;
	moved = realloc(state->held, room);
	if (!moved)
		return false;
	state->held = moved;
	state->held_room = room;
	return true;
}

static void XMLCALL on_text(void *context, const XML_Char *text, int length)
{
	fsi_xml_t *xml = context;
	struct fsi_xml_state *state = xml->state;

	if (state->status != FEATSET_OK)
		return;
	if (state->held_size + (size_t)length > FSI_XML_TEXT) {
		stop(xml,
		     fsi_xml_fail(xml, FEATSET_E_LIMIT, "an element holds more than %zu bytes of text", FSI_XML_TEXT));
	} else if (!make_room(state, (size_t)length)) {
		stop(xml, fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory"));
	} else {
		memcpy(state->held + state->held_size, text, (size_t)length);
		state->held_size += (size_t)length;
	}
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
			       int subset)
{
	fsi_xml_t *xml = context;

	(void)name;
	(void)system;
	(void)public;
	(void)subset;
	if (xml->state->status == FEATSET_OK)
		stop(xml, fsi_xml_fail(xml, FEATSET_E_SYNTAX,
				       "a document type (DOCTYPE), which could define entities, is not accepted"));
}

/* ---- parsing ---------------------------------------------------------------------------------- */

static void prepare(fsi_xml_t *xml)
{
	XML_Parser parser = xml->state->parser;

	XML_SetUserData(parser, xml);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	xml->state->held_size = 0;
	xml->depth = 0;
	xml->documents++;
}

static featset_status_t expat_failed(fsi_xml_t *xml)
{
	enum XML_Error code = XML_GetErrorCode(xml->state->parser);

	if (xml->state->status != FEATSET_OK)
		return xml->state->status;
	if (code == XML_ERROR_NO_MEMORY)
		return fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
	if (code == XML_ERROR_NO_ELEMENTS)
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "the XML ends too early");
	return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "this is no XML: %s", XML_ErrorString(code));
}

/* Is what is left but white space? */
static bool is_blank(const char *data, size_t size)
{
	while (size && fsi_is_space(*data)) {
		data++;
		size--;
	}
	return !size;
}

/* Has expat stopped because another document starts? */
static bool at_next_document(const fsi_xml_t *xml)
{
	enum XML_Error code = XML_GetErrorCode(xml->state->parser);

	if (xml->state->status != FEATSET_OK || xml->depth || XML_GetCurrentByteIndex(xml->state->parser) <= 0)
		return false;
	return code == XML_ERROR_JUNK_AFTER_DOC_ELEMENT || code == XML_ERROR_MISPLACED_XML_PI;
}

/* Reads one document; *used gets how many bytes it took. */
static featset_status_t read_document(fsi_xml_t *xml, const char *data, size_t size, size_t *used)
{
	XML_Parser parser = xml->state->parser;
	size_t piece = FIRST_PIECE;

	*used = 0;
	while (*used < size) {
		size_t left = size - *used;
		bool last = left <= piece;

		if (XML_Parse(parser, data + *used, (int)(last ? left : piece), last) != XML_STATUS_OK) {
			if (!at_next_document(xml))
				return expat_failed(xml);
			*used = (size_t)XML_GetCurrentByteIndex(parser);
			return FEATSET_OK;
		}
		*used += last ? left : piece;
		piece = piece < LARGEST_PIECE ? piece * 2 : piece;
	}
	return FEATSET_OK;
}

/* Moves the place where a document starts to the one that follows it. */
static void step_over(struct fsi_xml_state *state)
{
	unsigned row = (unsigned)XML_GetCurrentLineNumber(state->parser);
	unsigned column = (unsigned)XML_GetCurrentColumnNumber(state->parser);

	state->column = (row == 1 ? state->column : 0) + column;
	state->line += row - 1;
}

static featset_status_t read_documents(fsi_xml_t *xml, const fsi_text_t *text)
{
	const char *at = text->data;
	size_t left = text->size, used;

	/* An XML declaration must be the first thing of a document. */
	for (; left && fsi_is_space(*at); left--, at++) {
		xml->state->column++;
		if (*at == '\n') {
			xml->state->line++;
			xml->state->column = 0;
		}
	}
	for (;;) {
		featset_status_t status;

		prepare(xml);
		status = read_document(xml, at, left, &used);
		if (status != FEATSET_OK)
			return status;
		/* Nothing taken can only be junk in front, which expat has refused already. */
		if (!used || is_blank(at + used, left - used))
			return FEATSET_OK;
		step_over(xml->state);
		at += used;
		left -= used;
		if (!XML_ParserReset(xml->state->parser, NULL))
			return fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
	}
}

featset_status_t fsi_xml_parse(fsi_xml_t *xml, const fsi_text_t *text, featset_error_t *error)
{
	struct fsi_xml_state state = { 0 };
	featset_status_t status;

	xml->text = text;
	xml->error = error;
	xml->state = &state;
	xml->documents = 0;
	state.parser = XML_ParserCreate(NULL);
	if (!state.parser)
		return fsi_fail(error, FEATSET_E_MEMORY, "no memory");
	status = read_documents(xml, text);
	XML_ParserFree(state.parser);
	free(state.held);
	xml->state = NULL;
	return status;
}

#endif
