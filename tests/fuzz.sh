#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each fuzz target for some seconds and tells what it did.
# usage: tests/fuzz.sh DIRECTORY SECONDS [TARGET...]    (from `make fuzz`)
#
# The corpus is kept in DIRECTORY/corpus-TARGET, what was found in DIRECTORY/findings.
set -u

cd "$(dirname "$0")/.." || exit 2
directory=$1 seconds=$2
shift 2
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(for source in tests/fuzz_*.c; do basename "$source" .c | sed s/fuzz_//; done)
findings=$directory/findings
mkdir -p "$findings"
status=0

# "1m2.5s" as seconds
cpu_seconds() { # LOG
	tail -n 1 "$1" | awk '{ for (i = 1; i <= 2; i++) { split($i, part, "[ms]"); sum += part[1] * 60 + part[2] }
		printf "%.0f", sum }'
}

printf '%-10s %12s %8s %8s %8s %8s %s\n' target executions cpu-s cov ft corpus findings
for target; do
	corpus=$directory/corpus-$target log=$directory/$target.log
	mkdir -p "$corpus"
	(
		"$directory/tests/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
			-print_final_stats=1 -verbosity=1 -artifact_prefix="$findings/$target-" \
			"$corpus" "tests/corpus/$target"
		times
	) >"$log" 2>&1
	found=$(grep -c 'Test unit written to' "$log")
	[ "$found" -eq 0 ] || status=1
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	last=$(grep -E '^#[0-9]+.* cov: ' "$log" | tail -n 1)
	printf '%-10s %12s %8s %8s %8s %8s %s\n' "$target" "${executions:-?}" "$(cpu_seconds "$log")" \
		"$(echo "$last" | sed -n 's/.* cov: \([0-9]*\).*/\1/p')" \
		"$(echo "$last" | sed -n 's/.* ft: \([0-9]*\).*/\1/p')" "$(find "$corpus" -type f | wc -l)" "$found"
done
exit $status
