#!/bin/sh
# SPDX-License-Identifier: MIT
# One line adds a microarchitecture, one line adds a feature: to a copy of the tree, which is built and asked.
# usage: tests/one_line.sh
set -eu

cd "$(dirname "$0")/.."
MAKE=${MAKE:-make}
PYTHON=${PYTHON:-/usr/bin/python3}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	git ls-files | while read -r file; do
		if [ -e "$file" ]; then echo "$file"; fi
	done | tar -c -T - | tar -x -C "$copy"
else
	tar -c --exclude=./build . | tar -x -C "$copy"
fi
cd "$copy"

# word 14 is 7.1.ecx; its last bit has no name.
feature='FEATURE(WONDER, "wonder", 14, 31, CAPABILITY, AND, USER, NONE, "a feature of tomorrow")'
uarch='UARCH(ZEN9, "zen9", "Zen 9", AMD, 2029, ZEN5, PARTS(P(31, 0x01)), ADDS(WONDER), DROPS(NONE), FUSED(NONE), SWITCHABLE(NONE))'
sed -i "/^\/\* word 15:/i $feature" libfeatset/featset/features.def
sed -i "/^\/\* ---- Hygon/i $uarch" libfeatset/featset/uarchs.def
for def in features uarchs; do
	test "$(grep -c '^\(FEATURE(WONDER\|UARCH(ZEN9\)' "libfeatset/featset/$def.def")" = 1
done

expect() { # WANTED COMMAND...
	wanted=$1
	shift
	printf '%s\n' "$*"
	"$@" >out.txt 2>&1 || { cat out.txt; exit 1; }
	grep -q -- "$wanted" out.txt || { echo "'$wanted' is not in:"; cat out.txt; exit 1; }
}

"$MAKE" --no-print-directory -s BUILD=build all
expect '"wonder"' build/featset show zen9 --json
expect 'zen9' build/featset list baselines
expect '14.*31\|7.1.ecx\[31\]' build/featset list features --json
{
	echo 'CPU 0:'
	echo '   0x00000000 0x00: eax=0x00000001 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65'
	echo '   0x00000001 0x00: eax=0x01000f10 ebx=0x00000000 ecx=0x00000000 edx=0x178bfbff'
} >dump.txt
expect '"microarchitecture": "zen9"' build/featset show dump.txt --json
expect 'wonder' build/featset level zen9 zen9+sse3 --json

if grep -q '^python:' Makefile bindings/*.mk bindings/*/*.mk 2>/dev/null && command -v swig >/dev/null; then
	"$MAKE" --no-print-directory -s BUILD=build python
	PYTHONPATH=$(dirname "$(find build -path '*/featset/__init__.py' | head -n 1)")/..
	export PYTHONPATH
	expect True "$PYTHON" -c 'import featset as fs; print("wonder" in fs.baseline("zen9").features)'
else
	echo "SKIPPED: no Python module to build"
fi
if grep -q '^lua:' bindings/*.mk bindings/*/*.mk 2>/dev/null && command -v swig >/dev/null && command -v lua5.4 >/dev/null; then
	"$MAKE" --no-print-directory -s BUILD=build lua
	echo 'local fs = require "featset"; print(fs.baseline("zen9").features:has("wonder"))' >ask.lua
	expect true tests/lua/run.sh lua5.4 build ask.lua
else
	echo "SKIPPED: no Lua module to build"
fi
echo "found in every language"
