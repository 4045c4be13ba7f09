# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Lua: the C module in Lua 5.4 and in LuaJIT, the library through LuaJIT's foreign
# function interface, all but the examples once more under the address sanitizer.

run_lua_tests() { # LABEL LUA BUILD
	for source in tests/lua/test_*.lua; do
		test=$(basename "$source" .lua)
		# A preloaded sanitizer would look into the shell that the examples run in.
		[ -n "${PRELOAD:-}" ] && [ "$test" = test_example ] && continue
		step "$1-${test#test_}" tests/lua/run.sh "$2" "$3" "$source"
	done
}

build_lua() { # LABEL BUILD LUA MAKE-ARGUMENTS...
	label=$1 dir=$2 lua=$3
	shift 3
	step "$label-build" "$MAKE" --no-print-directory -s BUILD="$dir" LUA="$lua" "$@" all lua
}

build_lua lua5.4 "$BUILD" lua5.4 CFLAGS="-O2 -g -Werror" && run_lua_tests lua5.4 lua5.4 "$BUILD"
run_lua_tests luajit luajit "$BUILD"
build_lua luajit-native "$BUILD" luajit CFLAGS="-O2 -g -Werror" && {
	export FEATSET_MODULE=native
	run_lua_tests luajit-native luajit "$BUILD"
	unset FEATSET_MODULE
}
build_lua lua5.4-sanitized "$BUILD/sanitized" lua5.4 CFLAGS="$SANITIZE -Werror" && {
	PRELOAD=$(cc -print-file-name=libasan.so)
	export PRELOAD
	run_lua_tests lua5.4-sanitized lua5.4 "$BUILD/sanitized"
	run_lua_tests luajit-sanitized luajit "$BUILD/sanitized"
	unset PRELOAD
}
step lua-install tests/lua/install.sh lua5.4 "$BUILD"
step luajit-install tests/lua/install.sh luajit "$BUILD"
step lua-rock tests/lua/rock.sh "$BUILD"
