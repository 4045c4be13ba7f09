# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The Python side.  Sourced by tests/check.sh.

# LABEL PYTHON BUILD TESTS: with pytest where there is one, which counts; else with what every Python has.
python_tests() {
	for test in $4; do
		if "$2" -c 'import pytest' 2>/dev/null; then
			PYTHONPATH=$3/python step "$1$test" "$2" -X faulthandler -W ignore -m pytest -q -rs \
				-p no:cacheprovider "tests/python/test_$test.py"
		else
			PYTHONPATH=$3/python step "$1$test" "$2" -X faulthandler -W ignore -m unittest -q \
				"tests/python/test_$test.py"
		fi
	done
}

# Every CPython from 3.8 on with headers, one for each version, PYTHON's own left out.
other_pythons() {
	for python in /usr/bin/python3.[0-9] /usr/bin/python3.[0-9][0-9] /usr/local/bin/python3.[0-9] \
		/usr/local/bin/python3.[0-9][0-9] "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3; do
		[ -x "$python" ] || continue
		"$python" -c '
import os, sys, sysconfig
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
if sys.version_info < (3, 8):
    sys.exit("SKIP %s: Python %d.%d is too old, 3.8 is the first that is served" % ((sys.executable,) + sys.version_info[:2]))
sys.exit(not (sys.implementation.name == "cpython" and os.path.exists(header)))
' || continue
		real=$("$python" -c 'import sys; print(sys.version_info[:3], sys.base_prefix)')
		[ "$real" != "$("$PYTHON" -c 'import sys; print(sys.version_info[:3], sys.base_prefix)')" ] || continue
		case "$seen" in *"$real"*) continue ;; esac
		seen="$seen|$real"
		echo "$python"
	done
}

# The extension under the address sanitizer, which must be there before Python is.
python_sanitized() { # TEST
	PYTHONPATH=$BUILD/python-asan/python LD_PRELOAD=$(gcc -print-file-name=libasan.so) PYTHONMALLOC=malloc \
		ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		"$PYTHON" -X faulthandler -W ignore -m pytest -q -rs -p no:cacheprovider "tests/python/test_$1.py" \
		-k 'not import_is_light' </dev/null
}

python_typed() {
	directory=$(mktemp -d)
	package=$(cd "$BUILD/python" && pwd)
	(cd "$directory" && MYPYPATH=$package PYTHONPATH=$package "$PYTHON" -m mypy.stubtest featset)
	status=$?
	rm -rf "$directory"
	return $status
}

# The same words from the program in Python and in C.
python_example() {
	build=$(cd "$BUILD" && pwd)
	(cd examples && PYTHONPATH=$build/python "$PYTHON" pool_level.py) >"$BUILD/pool_level.py.out" &&
		(cd examples && "$build/examples/pool_level") >"$BUILD/pool_level.c.out" &&
		diff "$BUILD/pool_level.py.out" "$BUILD/pool_level.c.out" && [ "$(wc -l <examples/pool_level.py)" -lt 30 ]
}

python_install() {
	root=$(cd "$BUILD" && pwd)/python-root
	rm -rf "$root"
	"$MAKE" --no-print-directory -s BUILD="$BUILD" install-python DESTDIR="$root" pythondir=/site &&
		(cd / && PYTHONPATH=$root/site "$PYTHON" -c 'import featset; print(featset.baseline("haswell").features)')
}

# Importing executes no CPUID: whoever does so now through libcpuid ends the process.  host() shows that it would.
python_import_is_quiet() {
	trap_dir=$(mktemp -d)
	cat >"$trap_dir/trap.c" <<-END
		#include <stdlib.h>
		#include <stdint.h>
		void cpu_exec_cpuid_ext(uint32_t *regs) { (void)regs; _Exit(42); }
		void cpu_exec_cpuid(uint32_t leaf, uint32_t *regs) { (void)leaf; (void)regs; _Exit(42); }
	END
	gcc -shared -fPIC -o "$trap_dir/trap.so" "$trap_dir/trap.c"
	PYTHONPATH=$BUILD/python LD_PRELOAD=$trap_dir/trap.so "$PYTHON" -c 'import featset; featset.Feature; featset.words'
	status=$?
	PYTHONPATH=$BUILD/python LD_PRELOAD=$trap_dir/trap.so "$PYTHON" -c 'import featset; featset.host()'
	[ $? -eq 42 ] || status=1
	rm -rf "$trap_dir"
	return $status
}

# pip from a clean copy, without a network, and from a source distribution, without SWIG.
python_pip() {
	work=$(mktemp -d)
	(
		set -e
		mkdir "$work/clone"
		cp -R bindings libfeatset setup.py pyproject.toml MANIFEST.in LICENSE README.md "$work/clone"
		cd "$work/clone"
		pip="$PYTHON -m pip --disable-pip-version-check install --quiet --no-index --no-deps --no-build-isolation"
		$pip --target "$work/one" .
		rm -rf build
		"$PYTHON" setup.py -q sdist -d "$work"
		SWIG=/bin/false $pip --target "$work/two" "$work"/featset-*.tar.gz
		cd "$work"
		for site in one two; do
			PYTHONPATH=$work/$site "$PYTHON" -c 'import featset as fs; assert fs.Feature.AVX2 in fs.FeatureSet("avx2")'
			grep -q "AVX2 = 165" "$site/featset/_lazy.pyi"
		done
	)
	status=$?
	rm -rf "$work"
	return $status
}

if "$PYTHON" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))'; then
	if step python-build "$MAKE" --no-print-directory -s BUILD="$BUILD" python; then
		python_tests python- "$PYTHON" "$BUILD" "featset pools policy hostile docs"
		PYTHONMALLOC=malloc_debug python_tests python-debug-malloc- "$PYTHON" "$BUILD" "leaks"
		PYTHONMALLOC=debug python_tests python-debug- "$PYTHON" "$BUILD" "featset pools policy hostile"
		step python-stubs python_typed
		step python-example python_example
		step python-import python_import_is_quiet
		step python-install python_install
		step python-pip python_pip
	fi
	step python-asan-build "$MAKE" --no-print-directory -s BUILD="$BUILD/python-asan" CFLAGS="$SANITIZE" python &&
		for test in hostile pools policy featset; do
			step python-asan-$test python_sanitized $test
		done
	seen=
	for python in $(other_pythons); do
		label=python-$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')-
		echo "another Python: $python"
		step "${label}build" "$MAKE" --no-print-directory -s BUILD="$BUILD" PYTHON="$python" python &&
			python_tests "$label" "$python" "$BUILD" "featset pools policy hostile"
	done
else
	echo "SKIP python: $PYTHON has no headers (python3-dev)"
	skipped=$((skipped + 1))
fi
