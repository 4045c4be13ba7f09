# SPDX-License-Identifier: MIT
#
# make python          the package for PYTHON into build/python/; PYTHONPATH=build/python uses it
# make install-python  it, under PREFIX where PYTHON looks (pythondir chooses another place)
# make check-python    the tests of the Python side alone
# make sdist           the source distribution into build/dist/, which needs no SWIG
#
# Several Pythons can share one build directory: each has its own extension.

SWIG ?= swig

PYTHON_PACKAGE := $(BUILD)/python/featset
PYTHON_WRAPPER := $(BUILD)/python/generated/featset_wrap.c
PYTHON_FILES := $(patsubst bindings/python/featset/%,$(PYTHON_PACKAGE)/%,\
	$(filter-out %/_lazy.pyi,$(wildcard bindings/python/featset/*.py*)) bindings/python/featset/py.typed)
PYTHON_ASK = $(shell $(PYTHON) -c 'import sysconfig as s; print($(1))')

.PHONY: python python-extension install-python uninstall-python check-python sdist

$(PYTHON_WRAPPER): bindings/featset.i bindings/glue.h $(wildcard bindings/python/*.i bindings/python/*.h) \
		bindings/docs.py $(HEADERS)
	@mkdir -p $(@D)
	$(PYTHON) bindings/docs.py libfeatset/featset bindings/featset.i >$(@D)/docs.h
	$(SWIG) -python -builtin -interface _featset -Wall -Werror -Ibindings -outdir $(@D) -o $@ bindings/featset.i

$(PYTHON_PACKAGE)/%: bindings/python/featset/%
	@mkdir -p $(@D)
	cp $< $@

# The features' names for type checkers, one from each row.
$(PYTHON_PACKAGE)/_lazy.pyi: bindings/python/featset/_lazy.pyi bindings/python/stub.py libfeatset/featset/features.def
	@mkdir -p $(@D)
	$(PYTHON) bindings/python/stub.py $< libfeatset/featset/features.def >$@

# What only PYTHON can tell is asked for once, here.
python: $(PYTHON_WRAPPER) $(STATIC) $(PYTHON_FILES) $(PYTHON_PACKAGE)/_lazy.pyi
	@$(MAKE) --no-print-directory python-extension PYTHON_SUFFIX='$(call PYTHON_ASK,s.get_config_var("EXT_SUFFIX"))' \
		PYTHON_INCLUDE='$(call PYTHON_ASK,s.get_path("include"))'

ifdef PYTHON_SUFFIX
PYTHON_EXTENSION := $(PYTHON_PACKAGE)/_featset$(PYTHON_SUFFIX)
PYTHON_OBJECT := $(BUILD)/python/generated/featset_wrap$(PYTHON_SUFFIX).o

python-extension: $(PYTHON_EXTENSION)

# SWIG's own code is not ours to mend; -isystem keeps Python's headers out of it.
$(PYTHON_OBJECT): $(PYTHON_WRAPPER)
	$(CC) $(FLAGS) -Wno-pedantic -Wno-unused-function -Wno-missing-field-initializers -Wno-cast-function-type -Wno-deprecated-declarations \
		-Ibindings -I$(<D) -isystem $(PYTHON_INCLUDE) -c -o $@ $<

$(PYTHON_EXTENSION): $(PYTHON_OBJECT) $(STATIC)
	$(CC) -shared -Wl,--exclude-libs,ALL -Wl,--gc-sections -o $@ $< $(STATIC) $(CFLAGS) $(LDFLAGS) $(LINK_LIBS)
endif

pythondir ?= $(shell $(PYTHON) -c 'import sysconfig as s, sys; print(s.get_path("platlib", \
	"posix_local" if "posix_local" in s.get_scheme_names() and "$(prefix)" == "/usr/local" else \
	"deb_system" if "deb_system" in s.get_scheme_names() else "posix_prefix", \
	{"base": "$(prefix)", "platbase": "$(prefix)"} if "$(prefix)" != "/usr/local" or \
	"posix_local" not in s.get_scheme_names() else {}))')

install-python: python
	$(INSTALL) -d $(DESTDIR)$(pythondir)/featset
	$(INSTALL) -m 644 $(PYTHON_FILES) $(PYTHON_PACKAGE)/_lazy.pyi $(DESTDIR)$(pythondir)/featset
	$(INSTALL) -m 755 $(PYTHON_PACKAGE)/_featset$(call PYTHON_ASK,s.get_config_var("EXT_SUFFIX")) \
		$(DESTDIR)$(pythondir)/featset

uninstall-python:
	rm -rf $(DESTDIR)$(pythondir)/featset

check-python: python
	PYTHON=$(PYTHON) tests/python/run.sh $(BUILD)

sdist:
	@mkdir -p $(BUILD)/dist
	$(PYTHON) setup.py -q sdist --formats=gztar -d $(BUILD)/dist

# What one operation costs beside int and frozenset; fails when `a <= b` is slower than it may be.
.PHONY: bench-python
bench-python: python
	@PYTHONPATH=$(BUILD)/python $(PYTHON) bench/bench_python.py --check

ifneq ($(shell command -v $(SWIG) 2>/dev/null),)
bench: bench-python
endif
