/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include <string.h>

/*
 * libvirt's raw CPUID data:
 *
 *	<cpudata arch='x86'>
 *	  <cpuid eax_in='0x00000007' ecx_in='0x00' eax='0x...' ebx='0x...' ecx='0x...' edx='0x...'/>
 *	  <msr index='0x10a' edx='0x00000000' eax='0x0000004c'/>
 *	</cpudata>
 *
 * Each document is a host.  libvirt also uses it for a choice of bits, without
 * leaf 0: then the leaves that are there are known, and nothing else.
 */

FSI_PROBE(cpudata)
{
	static const char *const names[] = { "cpudata", NULL };

	return fsi_xml_looks_like(text, size, names) ? 90 : 0;
}

/* ---- reading ----------------------------------------------------------------------- */

struct reader {
	featset_inventory_t *inventory;
	fsi_dump_t dump;
	bool skip; /* this document is broken and left out */
};

/* What becomes of a handler's status: where broken hosts are left out, the rest of this one is skipped. */
static featset_status_t settle(fsi_xml_t *xml, featset_status_t status)
{
	struct reader *reader = xml->context;

	if (status == FEATSET_OK)
		return status;
	status = fsi_pass(reader->inventory, xml->text, fsi_mark(reader->inventory), status, xml->error);
	if (status != FEATSET_OK)
		return status;
	reader->skip = true;
	fsi_dump_free(&reader->dump);
	memset(&reader->dump, 0, sizeof(reader->dump));
	return FEATSET_OK;
}

/* A number as libvirt takes it: hexadecimal, with or without 0x in front. */
static featset_status_t number(fsi_xml_t *xml, const char *const *attributes, const char *name, uint32_t *value)
{
	const char *at = fsi_xml_attribute(attributes, name), *end = at ? at + strlen(at) : NULL;

	if (!at)
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "the attribute %s is missing", name);
	fsi_take(&at, end, "0x");
	if (!fsi_take_hex(&at, end, 1, 8, value) || at != end)
		return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "expected 1 to 8 hexadecimal digits as %s, not '%.32s'",
				    name, fsi_xml_attribute(attributes, name));
	return FEATSET_OK;
}

static featset_status_t add_leaf(fsi_xml_t *xml, struct reader *reader, const char *const *attributes)
{
	static const char *const names[4] = { "eax", "ebx", "ecx", "edx" };
	bool old = !fsi_xml_attribute(attributes, "eax_in") && fsi_xml_attribute(attributes, "function");
	uint32_t leaf, subleaf = 0, regs[4];
	featset_status_t status = number(xml, attributes, old ? "function" : "eax_in", &leaf);

	/* Old versions did not know of subleaves, and asked for subleaf 0. */
	if (status == FEATSET_OK && fsi_xml_attribute(attributes, "ecx_in"))
		status = number(xml, attributes, "ecx_in", &subleaf);
	for (int i = 0; status == FEATSET_OK && i < 4; i++)
		status = number(xml, attributes, names[i], &regs[i]);
	return status == FEATSET_OK
		       ? fsi_dump_add(&reader->dump, xml->text, fsi_xml_line(xml), leaf, subleaf, regs, xml->error)
		       : status;
}

static featset_status_t add_msr(fsi_xml_t *xml, struct reader *reader, const char *const *attributes)
{
	uint32_t index, low, high;
	featset_status_t status = number(xml, attributes, "index", &index);

	if (status == FEATSET_OK)
		status = number(xml, attributes, "eax", &low);
	if (status == FEATSET_OK)
		status = number(xml, attributes, "edx", &high);
	return status == FEATSET_OK ? fsi_dump_msr(&reader->dump, xml->text, fsi_xml_line(xml), index,
						   (uint64_t)high << 32 | low, xml->error)
				    : status;
}

static featset_status_t read_start(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	struct reader *reader = xml->context;

	if (xml->depth == 1) {
		const char *arch = fsi_xml_attribute(attributes, "arch");

		if (strcmp(name, "cpudata") != 0)
			return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "expected <cpudata>, not <%.32s>", name);
		if (arch && strcmp(arch, "x86") != 0)
			return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "this is of the architecture '%.32s', not x86",
					    arch);
		return fsi_dump_start(&reader->dump, xml->text, fsi_xml_line(xml), xml->error);
	}
	if (xml->depth == 2 && !strcmp(name, "cpuid"))
		return add_leaf(xml, reader, attributes);
	if (xml->depth == 2 && !strcmp(name, "msr"))
		return add_msr(xml, reader, attributes);
	return fsi_xml_fail(xml, FEATSET_E_SYNTAX, "expected <cpuid> or <msr> in <cpudata>, not <%.32s>", name);
}

static featset_status_t on_start(fsi_xml_t *xml, const char *name, const char *const *attributes)
{
	struct reader *reader = xml->context;

	if (xml->depth == 1)
		reader->skip = false;
	return reader->skip ? FEATSET_OK : settle(xml, read_start(xml, name, attributes));
}

static featset_status_t read_end(fsi_xml_t *xml)
{
	struct reader *reader = xml->context;
	featset_status_t status;
	featset_cpu_t *cpu;

	if (featset_inventory_hosts(reader->inventory) == FSI_MAX_HOSTS)
		return fsi_xml_fail(xml, FEATSET_E_LIMIT, "more than %d hosts", FSI_MAX_HOSTS);
	if (fsi_dump_has(&reader->dump, 0, 0))
		status = fsi_dump_take(&reader->dump, xml->text, &cpu, xml->error);
	else
		status = fsi_dump_take_words(&reader->dump, xml->text, &cpu, xml->error);
	if (status == FEATSET_OK && fsi_note_vendor(reader->inventory, cpu) != FEATSET_OK) {
		featset_cpu_free(cpu);
		return fsi_fail(xml->error, FEATSET_E_MEMORY, "no memory");
	}
	return status == FEATSET_OK ? fsi_add_cpu(reader->inventory, NULL, NULL, cpu, xml->error) : status;
}

static featset_status_t on_end(fsi_xml_t *xml, const char *name, const char *text, size_t size)
{
	struct reader *reader = xml->context;

	(void)name;
	(void)text;
	(void)size;
	return xml->depth == 1 && !reader->skip ? settle(xml, read_end(xml)) : FEATSET_OK;
}

FSI_READ(cpudata)
{
	struct reader reader = { .inventory = inventory };
	fsi_xml_t xml = { .context = &reader, .start = on_start, .end = on_end };
	featset_status_t status = fsi_xml_parse(&xml, text, error);

	fsi_dump_free(&reader.dump);
	return status;
}

/* ---- writing ----------------------------------------------------------------------- */

FSI_WRITE(cpudata)
{
	fsi_rows_t rows;
	featset_status_t status = fsi_rows_fill(&rows, cpu, true, left_out, error);
	size_t at;

	(void)dialect;
	if (status != FEATSET_OK)
		return status;
	at = fsi_print(buffer, size, 0, "<cpudata arch='x86'>\n");
	for (size_t i = 0; i < rows.count; i++) {
		const uint32_t *regs = rows.row[i].regs;

		at = fsi_print(buffer, size, at,
			       "  <cpuid eax_in='0x%08x' ecx_in='0x%02x' eax='0x%08x' ebx='0x%08x' ecx='0x%08x' "
			       "edx='0x%08x'/>\n",
			       (unsigned)rows.row[i].leaf, (unsigned)rows.row[i].subleaf, (unsigned)regs[0],
			       (unsigned)regs[1], (unsigned)regs[2], (unsigned)regs[3]);
	}
	for (size_t i = 0; i < rows.msr_count; i++)
		at = fsi_print(buffer, size, at, "  <msr index='0x%x' edx='0x%08x' eax='0x%08x'/>\n",
			       (unsigned)rows.msr[i].index, (unsigned)(rows.msr[i].value >> 32),
			       (unsigned)(rows.msr[i].value & 0xffffffff));
	*length = fsi_print(buffer, size, at, "</cpudata>\n");
	return FEATSET_OK;
}
