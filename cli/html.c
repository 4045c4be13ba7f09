/* SPDX-License-Identifier: MIT */
#include "html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void put_text(FILE *file, const char *string)
{
	char *text = cli_copy(string);

	text_clean(text);
	for (const char *s = text; *s;) {
		size_t plain = strcspn(s, "&<>\"'");

		fwrite(s, 1, plain, file);
		s += plain;
		if (*s)
			fprintf(file, "&#%d;", *s++);
	}
	free(text);
}

void html(FILE *file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	while (*format) {
		size_t plain = strcspn(format, "%");

		fwrite(format, 1, plain, file);
		format += plain;
		if (!*format)
			break;
		format++;
		if (*format == 's')
			put_text(file, va_arg(arguments, const char *));
		else if (*format == 'u')
			fprintf(file, "%u", va_arg(arguments, unsigned));
		else if (*format == 'z')
			fprintf(file, "%zu", va_arg(arguments, size_t));
		else
			putc('%', file);
		format += *format == 'z' ? 2 : 1;
	}
	va_end(arguments);
}

void html_set(FILE *file, const featset_t *set, featset_dialect_t names)
{
	char name[128];
	const char *space = "";

	for (featset_feature_t f = featset_next(set, 0); f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		const char *summary = featset_feature_summary(f);

		featset_feature_spell(name, sizeof(name), f, names);
		html(file, "%s<code title=\"%s\">%s</code>", space, summary ? summary : "", name);
		space = " ";
	}
}
