/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <string.h>

/*
 * Firecracker's CPU templates, and the fingerprints its own tool takes of hosts:
 *
 *	{ "cpuid_modifiers": [ { "leaf": "0x7", "subleaf": "0x0", "flags": 1,
 *	    "modifiers": [ { "register": "ebx", "bitmap": "0b000000000x0x..." } ] } ],
 *	  "msr_modifiers": [ { "addr": "0x10a", "bitmap": "0b..." } ] }
 *
 * Bits are given from the highest; x, and what a short bitmap leaves out in
 * front, is not said and so unknown; '_' is for the eye.  A fingerprint has this
 * as its "guest_cpu_config", with every bit of what it lists.
 */

FSI_PROBE(firecracker)
{
	static const char *const words[] = { "\"cpuid_modifiers\"", "\"msr_modifiers\"", NULL };

	return fsi_json_mentions(text, size, words) ? 80 : 0;
}

#ifdef FEATSET_NO_JSON

FSI_READ(firecracker)
{
	(void)inventory;
	return fsi_fail_at(error, FEATSET_E_UNSUPPORTED, text->file, 0, 0, "this build reads no JSON");
}

#else

struct reader {
	const fsi_text_t *text;
	featset_error_t *error;
	fsi_dump_t dump;
	featset_t features, known; /* what the bitmaps say */
	bool whole;                /* no bit of a leaf is left open */
};

/* A bitmap's value and which bits it says. */
struct bits {
	uint64_t value, said;
};

static featset_status_t wrong(const struct reader *reader, const char *what, const char *expected)
{
	return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 0, 0, "%s: expected %s", what,
			   expected);
}

static featset_status_t take_number(const struct reader *reader, const json_t *object, const char *key, uint32_t *value)
{
	const json_t *number = json_object_get(object, key);
	const char *at = json_string_value(number), *end = at ? at + strlen(at) : NULL;
	unsigned decimal;

	if (at && fsi_take(&at, end, "0x") && fsi_take_hex(&at, end, 1, 8, value) && at == end)
		return FEATSET_OK;
	at = json_string_value(number);
	if (at && fsi_take_decimal(&at, end, &decimal) && at == end) {
		*value = decimal;
		return FEATSET_OK;
	}
	return wrong(reader, key, "a number of at most 32 bits as a string, such as \"0x7\"");
}

static featset_status_t take_bitmap(const struct reader *reader, const json_t *object, unsigned width,
				    struct bits *bits)
{
	const char *at = json_string_value(json_object_get(object, "bitmap"));
	unsigned count = 0;

	if (!at || strncmp(at, "0b", 2) != 0)
		return wrong(reader, "bitmap", "a string of 0, 1 and x behind \"0b\"");
	bits->value = bits->said = 0;
	for (at += 2; *at; at++) {
		if (*at == '_')
			continue;
		if ((*at != '0' && *at != '1' && *at != 'x') || count == width)
			return wrong(reader, "bitmap",
				     width == 32 ? "at most 32 of 0, 1 and x" : "at most 64 of 0, 1 and x");
		bits->value = bits->value << 1 | (*at == '1');
		bits->said = bits->said << 1 | (*at != 'x');
		count++;
	}
	return FEATSET_OK;
}

/* Adds what is said of a word; false when it was said otherwise before. */
static bool put(struct reader *reader, unsigned word, uint32_t value, uint32_t said)
{
	uint32_t flags, bits, before;

	if (word >= FEATSET_WORDS)
		return true;
	flags = featset_word_flags(word) & said;
	bits = featset_word(&reader->features, word);
	before = featset_word(&reader->known, word);
	if ((bits ^ value) & flags & before)
		return false;
	featset_set_word(&reader->features, word, bits | (value & flags));
	featset_set_word(&reader->known, word, before | flags);
	return true;
}

static featset_status_t twice(const struct reader *reader, const char *what, uint32_t number, uint32_t subleaf,
			      const char *where)
{
	char sub[32] = "";

	if (*where)
		fsi_print(sub, sizeof(sub), 0, " subleaf %x, %s", (unsigned)subleaf, where);
	return fsi_fail_at(reader->error, FEATSET_E_SYNTAX, reader->text->file, 0, 0,
			   "%s %x%s: it is there twice with different values", what, (unsigned)number, sub);
}

static const char *const names[4] = { "eax", "ebx", "ecx", "edx" };

static featset_status_t take_register(const struct reader *reader, const json_t *modifier, int *number)
{
	const char *name = json_string_value(json_object_get(modifier, "register"));

	for (*number = 0; name && *number < 4; ++*number)
		if (!strcmp(name, names[*number]))
			return FEATSET_OK;
	return wrong(reader, "register", "eax, ebx, ecx or edx");
}

static featset_status_t read_leaf(struct reader *reader, const json_t *object)
{
	const json_t *list = json_object_get(object, "modifiers"), *modifier;
	uint32_t leaf, subleaf, regs[4] = { 0 }, said[4] = { 0 };
	featset_status_t status = take_number(reader, object, "leaf", &leaf);
	bool whole = true;
	size_t index;

	if (status == FEATSET_OK)
		status = take_number(reader, object, "subleaf", &subleaf);
	if (status == FEATSET_OK && !json_is_array(list))
		status = wrong(reader, "modifiers", "an array");
	if (status != FEATSET_OK)
		return status;
	json_array_foreach(list, index, modifier)
	{
		struct bits bits;
		int number;

		status = take_register(reader, modifier, &number);
		if (status == FEATSET_OK)
			status = take_bitmap(reader, modifier, 32, &bits);
		if (status != FEATSET_OK)
			return status;
		if ((regs[number] ^ bits.value) & said[number] & bits.said)
			return twice(reader, "leaf", leaf, subleaf, names[number]);
		regs[number] |= (uint32_t)bits.value;
		said[number] |= (uint32_t)bits.said;
	}
	for (int i = 0; i < 4; i++) {
		if (!put(reader, featset_word_at(FEATSET_SOURCE_CPUID, leaf, subleaf, (featset_register_t)i), regs[i],
			 said[i]))
			return twice(reader, "leaf", leaf, subleaf, names[i]);
		whole = whole && said[i] == 0xffffffff;
	}
	/* Of leaves that are told in parts the parts were put together above. */
	reader->whole = reader->whole && whole;
	return whole ? fsi_dump_add(&reader->dump, reader->text, 0, leaf, subleaf, regs, reader->error) : FEATSET_OK;
}

static featset_status_t read_msr(struct reader *reader, const json_t *object)
{
	struct bits bits;
	uint32_t index;
	featset_status_t status = take_number(reader, object, "addr", &index);

	if (status == FEATSET_OK)
		status = take_bitmap(reader, object, 64, &bits);
	if (status != FEATSET_OK)
		return status;
	if (!put(reader, featset_word_at(FEATSET_SOURCE_MSR, index, 0, FEATSET_EAX), (uint32_t)bits.value,
		 (uint32_t)bits.said) ||
	    !put(reader, featset_word_at(FEATSET_SOURCE_MSR, index, 0, FEATSET_EDX), (uint32_t)(bits.value >> 32),
		 (uint32_t)(bits.said >> 32)))
		return twice(reader, "register", index, 0, "");
	return bits.said == UINT64_MAX ? fsi_dump_msr(&reader->dump, reader->text, 0, index, bits.value, reader->error)
				       : FEATSET_OK;
}

static featset_status_t read_list(struct reader *reader, const json_t *config, const char *key,
				  featset_status_t (*read)(struct reader *, const json_t *))
{
	const json_t *list = json_object_get(config, key), *value;
	featset_status_t status = FEATSET_OK;
	size_t index;

	if (!list || json_is_null(list))
		return FEATSET_OK;
	if (!json_is_array(list))
		return wrong(reader, key, "an array");
	json_array_foreach(list, index, value)
	{
		status = json_is_object(value) ? read(reader, value) : wrong(reader, key, "an array of objects");
		if (status != FEATSET_OK)
			break;
	}
	return status;
}

/* A template is no CPU: what it says is known, and the rest is up to the host. */
static featset_status_t make_cpu(struct reader *reader, featset_cpu_t **cpu)
{
	if (reader->whole && fsi_dump_has(&reader->dump, 0, 0))
		return fsi_dump_take(&reader->dump, reader->text, cpu, reader->error);
	*cpu = featset_cpu_new();
	if (!*cpu)
		return fsi_fail(reader->error, FEATSET_E_MEMORY, "no memory");
	featset_cpu_set_features(*cpu, &reader->features, &reader->known);
	return FEATSET_OK;
}

static featset_status_t read_config(struct reader *reader, featset_inventory_t *inventory, const json_t *root)
{
	const json_t *config = json_object_get(root, "guest_cpu_config");
	featset_status_t status;
	featset_cpu_t *cpu;

	if (!config)
		config = root;
	if (!json_object_get(config, "cpuid_modifiers") && !json_object_get(config, "msr_modifiers"))
		return wrong(reader, "this", "an object with \"cpuid_modifiers\"");
	status = fsi_dump_start(&reader->dump, reader->text, 1, reader->error);
	if (status == FEATSET_OK)
		status = read_list(reader, config, "cpuid_modifiers", read_leaf);
	if (status == FEATSET_OK)
		status = read_list(reader, config, "msr_modifiers", read_msr);
	if (status == FEATSET_OK)
		status = make_cpu(reader, &cpu);
	return status == FEATSET_OK ? fsi_add_cpu(inventory, NULL, NULL, cpu, reader->error) : status;
}

FSI_READ(firecracker)
{
	struct reader reader = { .text = text, .error = error, .whole = true };
	json_t *root;
	featset_status_t status = fsi_json_load(&root, text, error);

	if (status != FEATSET_OK)
		return status;
	status = read_config(&reader, inventory, root);
	fsi_dump_free(&reader.dump);
	json_decref(root);
	return status;
}

#endif
