/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int pool_html(const struct pool_view *view)
{
	const char *path = view->settings->html;
	FILE *file = strcmp(path, "-") ? fopen(path, "w") : stdout;
	struct pool_sums sums;

	if (!file)
		return out_trouble("cannot write %s: %s", path, strerror(errno));
	pool_sum_up(&sums, view);
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Pool</title></head><body></body></html>\n",
	      file);
	if (file != stdout && fclose(file))
		return out_trouble("cannot write %s: %s", path, strerror(errno));
	return sums.stuck_hosts || sums.unsure_hosts || sums.cpu_blocked || sums.unknown ? EXIT_NO : EXIT_YES;
}
