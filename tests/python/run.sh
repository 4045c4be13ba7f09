#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of the Python side that need neither sanitizers nor other Pythons.
# usage: tests/python/run.sh BUILD    (PYTHON is the interpreter)
set -eu

cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-/usr/bin/python3}
export PYTHONPATH="$1/python" PYTHONDONTWRITEBYTECODE=1
for test in featset pools policy hostile docs; do
	"$PYTHON" -X faulthandler -W ignore -m unittest -q "tests/python/test_$test.py" </dev/null
done
PYTHONMALLOC=malloc_debug "$PYTHON" -X faulthandler tests/python/test_leaks.py -q
