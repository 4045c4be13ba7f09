#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one Lua test with the modules of this tree and the library of one build.
# usage: tests/lua/run.sh LUA BUILD SCRIPT    (from the root of the repository)
# FEATSET_MODULE=native takes the C module where LuaJIT would take the library.
set -eu

lua=$1 script=$3
BUILD=$(cd "$2" && pwd)
root=$(pwd)
unset LUA_INIT LUA_PATH_5_4 LUA_CPATH_5_4
LUA_PATH="$root/bindings/lua/?.lua;$root/tests/lua/?.lua;;"
LUA_CPATH="$BUILD/lua/$(basename "$lua")/?.so;;"
FEATSET_LIB=$BUILD/libfeatset.so
export BUILD LUA_PATH LUA_CPATH FEATSET_LIB
# The preloaded library is the script's, not the shell's.
if [ -n "${PRELOAD:-}" ]; then
	export LD_PRELOAD="$PRELOAD"
fi
if [ "${FEATSET_MODULE:-}" = native ]; then
	exec "$lua" -e 'package.loaded.featset = require "featset.native"' "$script" </dev/null
fi
exec "$lua" "$script" </dev/null
