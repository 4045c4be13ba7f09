#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the rock from the tarball with luarocks, without SWIG and without a network, and uses it.
# usage: tests/lua/rock.sh BUILD
set -eu

build=$1
version=$(sed -n 's/^#define FEATSET_VERSION "\(.*\)"/\1/p' libfeatset/featset.h)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

${MAKE:-make} --no-print-directory -s BUILD="$build" lua-dist
${MAKE:-make} --no-print-directory -s BUILD="$build" DESTDIR="$stage" PREFIX=/usr install-lib
tar -xzf "$build/featset-lua-$version.tar.gz" -C "$stage"
mkdir "$stage/bin" "$stage/home"
printf '#!/bin/sh\necho "SWIG was called" >&2\nexit 1\n' >"$stage/bin/swig"
chmod +x "$stage/bin/swig"
(
	cd "$stage/featset-lua-$version"
	HOME="$stage/home" PATH="$stage/bin:$PATH" luarocks --lua-version 5.4 --only-server "$stage/no-server" \
		--tree "$stage/rocks" make "featset-$version-1.rockspec" FEATSET_DIR="$stage/usr"
)
root=$(pwd)
unset LUA_INIT LUA_PATH_5_4 LUA_CPATH_5_4
LUA_PATH="$stage/rocks/share/lua/5.4/?.lua;$root/tests/lua/?.lua"
LUA_CPATH="$stage/rocks/lib/lua/5.4/?.so"
LD_LIBRARY_PATH="$stage/usr/lib"
export LUA_PATH LUA_CPATH LD_LIBRARY_PATH
lua5.4 tests/lua/test_objects.lua </dev/null
