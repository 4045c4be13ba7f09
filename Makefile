# SPDX-License-Identifier: MIT
#
# make            build the library and the program into build/
# make demo       get what is missing, build, and look at the example pool
# make check      get what is missing, build, run every test
# make check-quick  what takes less than two minutes and downloads nothing
# make fuzz SECONDS=n  each fuzz target for n seconds (tests/fuzz.mk)
# make coverage   what the tests reach, by lines and branches (gcovr)
# make install    PREFIX (or prefix), DESTDIR, bindir, libdir, includedir, mandir, pkgconfigdir
#
# HOST=0 leaves out reading this machine (libcpuid), JSON=0 jansson, XML=0 expat.

VERSION := $(shell sed -n 's/^\#define FEATSET_VERSION "\(.*\)"/\1/p' libfeatset/featset.h)
SOVERSION := 0

BUILD ?= build
PYTHON ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CXX ?= c++
CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g

PREFIX ?= /usr/local
prefix ?= $(PREFIX)
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man
pkgconfigdir ?= $(libdir)/pkgconfig

# Only x86 machines have a CPUID to read.
HOST ?= $(if $(filter x86_64 i%86 amd64,$(shell uname -m)),1,0)
JSON ?= 1
XML ?= 1

PACKAGES := $(if $(filter 1,$(HOST)),libcpuid) $(if $(filter 1,$(JSON)),jansson) $(if $(filter 1,$(XML)),expat)
PACKAGES := $(strip $(PACKAGES))
DEFINES := $(if $(filter 1,$(HOST)),,-DFEATSET_NO_HOST) $(if $(filter 1,$(JSON)),,-DFEATSET_NO_JSON) \
	$(if $(filter 1,$(XML)),,-DFEATSET_NO_XML)

# What apt is asked for, by `make demo` and by `make check`.
DEMO_DEBS := gcc make pkg-config libcpuid-dev libjansson-dev libexpat1-dev
CHECK_DEBS := $(DEMO_DEBS) g++ clang libclang-rt-14-dev libcmocka-dev python3 python3-pytest cpuid mandoc man-db \
	qemu-system-x86 libvirt0 libvirt-clients libvirt-daemon-driver-qemu libxml2-utils graphviz \
	swig lua5.4 liblua5.4-dev luajit libluajit-5.1-dev luarocks \
	python3-dev python3-numpy python3-mypy python3-setuptools python3-wheel python3-pip chromium

FLAGS = -std=c11 -D_GNU_SOURCE -Wall -Wextra -pedantic -fPIC -fvisibility=hidden -ffunction-sections \
	-Ilibfeatset $(DEFINES) $(PACKAGE_CFLAGS) -MMD -MP $(CPPFLAGS) $(CFLAGS)
PACKAGE_CFLAGS = $(if $(PACKAGES),$(shell $(PKG_CONFIG) --cflags $(PACKAGES)))
PACKAGE_LIBS = $(if $(PACKAGES),$(shell $(PKG_CONFIG) --libs $(PACKAGES)))
LINK_LIBS = -Wl,--as-needed $(PACKAGE_LIBS) $(LDLIBS)

LIB_SOURCES := $(wildcard libfeatset/*.c libfeatset/format/*.c libfeatset/policy/*.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
CLI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
HEADERS := libfeatset/featset.h $(wildcard libfeatset/featset/*.h libfeatset/featset/*.def)

SHARED := $(BUILD)/libfeatset.so
STATIC := $(BUILD)/libfeatset.a
SONAME := libfeatset.so.$(SOVERSION)
REALNAME := libfeatset.so.$(VERSION)

.PHONY: all demo check check-quick setup-demo setup-check bench bench-json tests examples
.PHONY: install install-lib install-cli uninstall clean

all: $(SHARED) $(STATIC) $(BUILD)/featset $(BUILD)/featset.pc

# ---- building -------------------------------------------------------------

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -c -o $@ $<

$(STATIC): $(LIB_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/$(REALNAME): $(LIB_OBJECTS) libfeatset/libfeatset.map
	$(CC) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=libfeatset/libfeatset.map -Wl,-z,defs \
		-o $@ $(LIB_OBJECTS) $(CFLAGS) $(LDFLAGS) $(LINK_LIBS)

$(SHARED): $(BUILD)/$(REALNAME)
	ln -sf $(REALNAME) $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

$(BUILD)/featset: $(CLI_OBJECTS) $(STATIC)
	$(CC) -o $@ $(CLI_OBJECTS) $(STATIC) -Wl,--gc-sections $(CFLAGS) $(LDFLAGS) $(LINK_LIBS)

# The directories may differ from one call of make to the next, so it is written every time.
.PHONY: $(BUILD)/featset.pc
$(BUILD)/featset.pc: featset.pc.in
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(prefix)|' -e 's|@LIBDIR@|$(patsubst $(prefix)/%,$${prefix}/%,$(libdir))|' \
		-e 's|@INCLUDEDIR@|$(patsubst $(prefix)/%,$${prefix}/%,$(includedir))|' \
		-e 's|@VERSION@|$(VERSION)|' -e 's|@REQUIRES@|$(PACKAGES)|' $< >$@

# ---- the two commands of the README ------------------------------------------

setup-demo:
	@tools/setup.sh $(DEMO_DEBS)

setup-check:
	@tools/setup.sh $(CHECK_DEBS)

demo: setup-demo
	@$(MAKE) --no-print-directory -s all
	$(BUILD)/featset level examples/pools/hera-zeus/hosts.txt
	@echo
	$(BUILD)/featset pool examples/pools/hera-zeus/records.json || [ $$? = 1 ]

check: setup-check
	@+tests/check.sh full

check-quick:
	@+tests/check.sh quick

# ---- tests ----------------------------------------------------------------------

TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
EXAMPLES := $(patsubst examples/%.c,$(BUILD)/examples/%,$(wildcard examples/*.c))
FUZZERS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz_*.c))
TEST_LIBS = $(shell $(PKG_CONFIG) --libs cmocka)

tests: $(TESTS) $(FUZZERS)

SET_BODIES := $(patsubst %,$(BUILD)/tests/set_body_%.o,portable sse2 avx2 avx512)
$(BUILD)/tests/set_body_portable.o: BODY_FLAGS = -DFEATSET_PORTABLE
$(BUILD)/tests/set_body_sse2.o: BODY_FLAGS = -msse2
$(BUILD)/tests/set_body_avx2.o: BODY_FLAGS = -mavx2
$(BUILD)/tests/set_body_avx512.o: BODY_FLAGS = -mavx512f
$(SET_BODIES): $(BUILD)/tests/set_body_%.o: tests/set_body.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -DBODY=$* $(BODY_FLAGS) -c -o $@ $<

$(BUILD)/tests/test_set: $(SET_BODIES)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(STATIC)
	$(CC) -o $@ $(filter %.o,$^) $(STATIC) $(CFLAGS) $(LDFLAGS) $(if $(filter test_%,$*),$(TEST_LIBS)) $(LINK_LIBS)

examples: $(EXAMPLES)

$(BUILD)/examples/%: $(BUILD)/examples/%.o $(STATIC)
	$(CC) -o $@ $< $(STATIC) $(CFLAGS) $(LDFLAGS) $(LINK_LIBS)

# ---- installing -------------------------------------------------------------------

install: install-lib install-cli

install-lib: all
	$(INSTALL) -d $(DESTDIR)$(libdir) $(DESTDIR)$(includedir)/featset $(DESTDIR)$(pkgconfigdir) \
		$(DESTDIR)$(mandir)/man3 $(DESTDIR)$(mandir)/man5
	$(INSTALL) -m 644 libfeatset/featset.h $(DESTDIR)$(includedir)
	$(INSTALL) -m 644 $(filter libfeatset/featset/%,$(HEADERS)) $(DESTDIR)$(includedir)/featset
	$(INSTALL) -m 644 $(STATIC) $(DESTDIR)$(libdir)
	$(INSTALL) -m 755 $(BUILD)/$(REALNAME) $(DESTDIR)$(libdir)
	ln -sf $(REALNAME) $(DESTDIR)$(libdir)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(libdir)/libfeatset.so
	$(INSTALL) -m 644 $(BUILD)/featset.pc $(DESTDIR)$(pkgconfigdir)
	$(INSTALL) -m 644 docs/man/featset.3 $(DESTDIR)$(mandir)/man3
	$(INSTALL) -m 644 docs/man/featset-catalog.5 $(DESTDIR)$(mandir)/man5

install-cli: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1
	$(INSTALL) -m 755 $(BUILD)/featset $(DESTDIR)$(bindir)
	$(INSTALL) -m 644 docs/man/featset.1 $(DESTDIR)$(mandir)/man1

uninstall:
	rm -f $(DESTDIR)$(bindir)/featset $(DESTDIR)$(mandir)/man1/featset.1 $(DESTDIR)$(mandir)/man3/featset.3 \
		$(DESTDIR)$(mandir)/man5/featset-catalog.5
	rm -f $(DESTDIR)$(libdir)/libfeatset.a $(DESTDIR)$(libdir)/libfeatset.so $(DESTDIR)$(libdir)/$(SONAME) \
		$(DESTDIR)$(libdir)/$(REALNAME) $(DESTDIR)$(pkgconfigdir)/featset.pc
	rm -f $(DESTDIR)$(includedir)/featset.h
	rm -rf $(DESTDIR)$(includedir)/featset

clean:
	rm -rf $(BUILD)

-include tests/fuzz.mk
-include $(wildcard bench/bench.mk)
-include $(wildcard bindings/bindings.mk)
-include $(shell [ -d $(BUILD) ] && find $(BUILD) -name '*.d' 2>/dev/null)
