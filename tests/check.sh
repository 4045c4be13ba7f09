#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests step by step and ends with counts.
# usage: tests/check.sh quick|full    (from `make check-quick` and `make check`)
set -u

cd "$(dirname "$0")/.." || exit 2
mode=${1:-quick}
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}
PYTHON=${PYTHON:-/usr/bin/python3}
FEATSET_SHARED=${FEATSET_SHARED:-../shared}
JOBS=$(nproc 2>/dev/null || echo 1)
export FEATSET_SHARED PYTHON
logs=$BUILD/logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# Counts what a log tells: cmocka's, pytest's and our own lines; a log without any is one test.
count() { # LOG STATUS -> "PASSED FAILED SKIPPED"
	awk -v status="$2" '
	/^\[  PASSED  \] [0-9]+ test/ { passed += $4; seen = 1 }
	/^\[  FAILED  \] [0-9]+ test/ { failed += $4; seen = 1 }
	/^\[  SKIPPED \] [0-9]+ test/ { skipped += $4; seen = 1 }
	/^(=+ )?[0-9]+ (passed|failed|skipped|error)/ {
		seen = 1
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^passed/) passed += $(i - 1)
			if ($i ~ /^(failed|error)/) failed += $(i - 1)
			if ($i ~ /^skipped/) skipped += $(i - 1)
		}
	}
	END {
		if (!seen) { if (status == 0) passed = 1; else failed = 1 }
		else if (status != 0 && !failed) failed = 1
		print passed + 0, failed + 0, skipped + 0
	}' "$1"
}

step() { # NAME COMMAND...
	name=$1
	shift
	"$@" >"$logs/$name.log" 2>&1
	status=$?
	# shellcheck disable=SC2046
	set -- $(count "$logs/$name.log" $status)
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
	if [ $status -eq 0 ]; then
		printf '%-34s %4d passed' "$name" "$1"
		[ "$3" -eq 0 ] || printf ', %d skipped' "$3"
		echo
		grep -E '^(SKIP|skip)' "$logs/$name.log" | sort -u | sed 's/^/    /'
	else
		printf '%-34s FAILED (%s)\n' "$name" "$logs/$name.log"
		tail -n 40 "$logs/$name.log" | sed 's/^/    /'
	fi
	return $status
}

run_in() { # DIRECTORY PROGRAM ARGUMENT...
	directory=$1 program=$(realpath "$2")
	shift 2
	(cd "$directory" && exec "$program" "$@" </dev/null)
}

run_c_tests() { # LABEL BUILD
	for source in tests/test_*.c; do
		test=$(basename "$source" .c)
		step "$1$test" "$2/tests/$test"
	done
}

run_examples() { # LABEL BUILD
	for source in examples/*.c; do
		[ -e "$source" ] || continue
		example=$(basename "$source" .c)
		step "$1example-$example" run_in examples "$2/examples/$example"
	done
}

replay_fuzzers() { # LABEL BUILD
	for source in tests/fuzz_*.c; do
		fuzzer=$(basename "$source" .c)
		step "$1$fuzzer" "$2/tests/$fuzzer" "tests/corpus/${fuzzer#fuzz_}"
	done
}

build() { # LABEL BUILD MAKE-ARGUMENTS...
	label=$1 dir=$2
	shift 2
	step "build$label" "$MAKE" --no-print-directory -s -j"$JOBS" BUILD="$dir" "$@" all tests examples
}

SANITIZE="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"

build "" "$BUILD" CFLAGS="-O2 -g -Werror" && {
	run_c_tests "" "$BUILD"
	run_examples "" "$BUILD"
	replay_fuzzers "" "$BUILD"
	FEATSET=$BUILD/featset step program "$PYTHON" -m pytest -q -rs -p no:cacheprovider tests/test_*.py
}

if [ "$mode" = full ]; then
	build -clang "$BUILD/clang" CC=clang CFLAGS="-O2 -g -Werror" && run_c_tests clang- "$BUILD/clang"
	build -bare "$BUILD/bare" HOST=0 XML=0 JSON=0 CFLAGS="-O2 -g -Werror" && run_c_tests bare- "$BUILD/bare"
	build -sanitized "$BUILD/sanitized" CFLAGS="$SANITIZE -Werror" && {
		run_c_tests sanitized- "$BUILD/sanitized"
		replay_fuzzers sanitized- "$BUILD/sanitized"
	}
	step install tests/install/run.sh "$BUILD"
	step bench-builds "$MAKE" --no-print-directory -s BUILD="$BUILD" bench-build
	for more in tests/check.d/*.sh; do
		# shellcheck disable=SC1090
		[ -e "$more" ] && . "$more"
	done
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
