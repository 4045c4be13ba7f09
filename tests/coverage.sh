#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the C tests and replays the fuzzers' seeds in a build with --coverage, and prints what they reach.
# Exit status: 0 when that is 95 % of the library's lines and 90 % of its branches or more, 2, 4 or 6 when not.
# usage: tests/coverage.sh DIRECTORY    (from `make coverage`)
set -u

cd "$(dirname "$0")/.." || exit 2
directory=$1
FEATSET_SHARED=${FEATSET_SHARED:-../shared}
export FEATSET_SHARED
find "$directory" -name '*.gcda' -delete
for source in tests/test_*.c; do
	test=$(basename "$source" .c)
	"$directory/tests/$test" >"$directory/$test.log" 2>&1 || echo "$test failed: $directory/$test.log" >&2
done
for source in tests/fuzz_*.c; do
	fuzzer=$(basename "$source" .c)
	"$directory/tests/$fuzzer" "tests/corpus/${fuzzer#fuzz_}" >/dev/null || echo "$fuzzer failed" >&2
done
gcovr --root . --filter libfeatset/ --object-directory "$directory" "$directory/libfeatset" \
	--txt "$directory/lines.txt" --json "$directory/coverage.json" >/dev/null || exit 2
gcovr --root . --add-tracefile "$directory/coverage.json" --branches --txt "$directory/branches.txt" >/dev/null || exit 2
sed -n '/^File/,$p' "$directory/lines.txt"
echo
echo "lines:    $(grep ^TOTAL "$directory/lines.txt")"
echo "branches: $(grep ^TOTAL "$directory/branches.txt")"
gcovr --root . --add-tracefile "$directory/coverage.json" --fail-under-line 95 --fail-under-branch 90 >/dev/null
