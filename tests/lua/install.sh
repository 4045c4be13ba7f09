#!/bin/sh
# SPDX-License-Identifier: MIT
# Stages `make install-lua`, uses what is there from elsewhere, and takes it away again.
# usage: tests/lua/install.sh LUA BUILD
set -eu

lua=$1 build=$2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
passed=0

say() {
	passed=$((passed + 1))
	echo "ok: $*"
}

abi=$("$lua" -e 'io.write((_VERSION:match "%d+%.%d+"))')
example=$(pwd)/examples
for goal in install-lib install-lua; do
	${MAKE:-make} --no-print-directory -s BUILD="$build" LUA="$lua" DESTDIR="$stage" PREFIX=/usr $goal
done
use() { # MODULE CODE
	(cd / && env -u FEATSET_LIB LUA_PATH="$stage/usr/share/lua/$abi/?.lua" LUA_CPATH="$stage/usr/lib/lua/$abi/?.so" \
		"$lua" -e "local featset = require '$1' $2")
}
[ "$(use featset.native 'print(#featset.baseline("x86-64").features > 5)')" = true ]
say "the C module without the library beside it"
[ "$(use featset "print(featset.load('$example/pools/hera-zeus/hosts.txt')[2].name)")" = zeus ]
say "require featset"
if [ "$lua" = luajit ]; then
	export LD_LIBRARY_PATH="$stage/usr/lib"
	[ "$(use featset.ffi 'print(type(featset.set()))')" = cdata ]
	say "the library through the foreign function interface"
fi
${MAKE:-make} --no-print-directory -s BUILD="$build" LUA="$lua" DESTDIR="$stage" PREFIX=/usr uninstall-lua
[ -z "$(find "$stage/usr/share/lua" "$stage/usr/lib/lua" -type f)" ]
say "uninstall-lua leaves nothing"
echo "$passed passed, 0 failed"
