/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <string.h>

/*
 * xe vm-param-set uuid=... platform:featureset=...: the featureset that VMs are
 * given in the place of their pool's level.  Each one makes a host.
 */

static const char key[] = "platform:featureset=";

static const char *find(const char *at, const char *end, const char *word)
{
	size_t length = strlen(word);

	for (; (size_t)(end - at) >= length; at++)
		if (!memcmp(at, word, length))
			return at;
	return NULL;
}

/* What behind "uuid=" looks like a UUID, and no variable; "" otherwise. */
static void take_uuid(char uuid[40], const fsi_line_t *line)
{
	const char *end = line->at + line->size, *at = find(line->at, end, "uuid=");
	size_t length = 0;

	uuid[0] = '\0';
	if (!at)
		return;
	at += 5;
	while (at + length < end && (fsi_hex_digit(at[length]) >= 0 || at[length] == '-'))
		length++;
	if (length != 36)
		return;
	memcpy(uuid, at, length);
	uuid[length] = '\0';
}

static featset_status_t read_line(featset_inventory_t *inventory, const fsi_text_t *text, const fsi_line_t *line,
				  const char *at, featset_error_t *error)
{
	const char *end = line->at + line->size, *why;
	size_t length = 0, bad;
	char uuid[40];
	fsi_xen_t xen;

	if (featset_inventory_hosts(inventory) == FSI_MAX_HOSTS)
		return fsi_fail_at(error, FEATSET_E_LIMIT, text->file, line->number, 0, "more than %d hosts",
				   FSI_MAX_HOSTS);
	at += sizeof(key) - 1;
	while (at + length < end && !fsi_is_space(at[length]) && at[length] != ';')
		length++;
	if (!fsi_xen_parse(&xen, at, length, &bad, &why))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, line->number,
				   (unsigned)(at - line->at + (ptrdiff_t)bad) + 1, "%s", why);
	take_uuid(uuid, line);
	return fsi_add_cpu(inventory, NULL, uuid[0] ? uuid : NULL, fsi_xen_cpu(&xen), error);
}

FSI_READ(xeplatform)
{
	featset_status_t status = FEATSET_OK;
	fsi_line_t line = { 0 };

	while (status == FEATSET_OK && fsi_line_next(&line, text->data, text->size)) {
		const char *at = find(line.at, line.at + line.size, key);

		if (at)
			status = read_line(inventory, text, &line, at, error);
	}
	if (status == FEATSET_OK && !featset_inventory_hosts(inventory))
		return fsi_fail_at(error, FEATSET_E_SYNTAX, text->file, 1, 0, "expected %s and a featureset", key);
	return status;
}

FSI_PROBE(xeplatform)
{
	return find(text, text + size, key) ? 75 : 0;
}
