#!/bin/sh
# SPDX-License-Identifier: MIT
# Stages an installation and builds an outside program against it with pkg-config alone.
# usage: tests/install/run.sh BUILD
set -eu

build=$1
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
passed=0

say() {
	passed=$((passed + 1))
	echo "ok: $*"
}

make --no-print-directory -s BUILD="$build" DESTDIR="$stage" PREFIX=/usr install
export PKG_CONFIG_PATH="$stage/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$stage"
LD_LIBRARY_PATH="$stage/usr/lib"
export LD_LIBRARY_PATH

[ "$(pkg-config --modversion featset)" = "$(sed -n 's/^#define FEATSET_VERSION "\(.*\)"/\1/p' libfeatset/featset.h)" ]
say "version"

cflags=$(pkg-config --cflags featset)
libs=$(pkg-config --libs featset)
# shellcheck disable=SC2086
cc -std=c11 -Wall -Wextra -pedantic -Werror $cflags -o "$stage/c11" tests/install/consumer.c $libs
"$stage/c11"
say "C11, shared"
# shellcheck disable=SC2086
c++ -std=c++11 -Wall -Wextra -pedantic -Werror -x c++ $cflags -o "$stage/cxx11" tests/install/consumer.c -x none $libs
"$stage/cxx11"
say "C++11, shared"
# The private libraries come from the system, not from the stage.
static=$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --static --libs featset | sed 's|-lfeatset|-l:libfeatset.a|')
# shellcheck disable=SC2086
cc -std=c11 $cflags -o "$stage/static" tests/install/consumer.c -L"$stage/usr/lib" $static
LD_LIBRARY_PATH='' "$stage/static"
say "C11, static"

for header in "$stage"/usr/include/featset/*.h; do
	# shellcheck disable=SC2086
	echo "#include <featset/$(basename "$header")>" | cc -std=c11 -Wall -Wextra -pedantic -Werror $cflags -fsyntax-only -xc -
	# shellcheck disable=SC2086
	echo "#include <featset/$(basename "$header")>" | c++ -std=c++11 -Wall -Wextra -pedantic -Werror $cflags -fsyntax-only -xc++ -
	say "$(basename "$header") stands alone"
done

"$stage/usr/bin/featset" --version >/dev/null
say "program"
for page in "$stage"/usr/share/man/man1/featset.1 "$stage"/usr/share/man/man3/featset.3 \
	"$stage"/usr/share/man/man5/featset-catalog.5; do
	mandoc -Tlint -Wwarning "$page"
	say "$(basename "$page")"
done

make --no-print-directory -s BUILD="$build" DESTDIR="$stage" PREFIX=/usr uninstall
[ -z "$(find "$stage/usr" -type f -o -type l)" ] || { find "$stage/usr" -type f; exit 1; }
say "uninstall leaves nothing"
echo "$passed passed, 0 failed"
