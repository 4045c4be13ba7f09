/* SPDX-License-Identifier: MIT */
#include "cli.h"

int cmd_host(const struct settings *settings, int count, char **words)
{
	char word[] = "host", *host[] = { word };

	(void)count;
	(void)words;
	return cmd_show(settings, 1, host);
}
