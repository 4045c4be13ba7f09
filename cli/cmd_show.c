/* SPDX-License-Identifier: MIT */
#include "cli.h"

int cmd_show(const struct settings *settings, int count, char **words)
{
	struct hosts hosts;
	int code;

	if (!hosts_read(&hosts, settings, count, words))
		return EXIT_TROUBLE;
	code = settings->why ? why(&hosts, settings) : describe(&hosts, settings);
	hosts_free(&hosts);
	return code;
}
