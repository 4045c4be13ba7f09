# SPDX-License-Identifier: MIT
#
# make lua          the C module for LUA (lua5.4, lua5.3, luajit ...) into build/lua/, and LuaJIT's library
# make install-lua  it and the Lua files; LuaJIT finds its own in share/lua/5.1
# make check-lua    the tests of the Lua side alone
# make lua-dist     the source rock's tarball, which needs no SWIG

SWIG ?= swig
LUA ?= lua5.4
LUAJIT ?= luajit
LUAROCKS ?= luarocks

LUA_ABI = $(shell $(LUA) -e 'io.write((_VERSION:match "%d+%.%d+"))')
LUA_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(notdir $(LUA)))
LUA_FILES := $(addprefix bindings/lua/,featset.lua featset/api.lua featset/ffi.lua featset/native.lua featset/policies.lua \
	featset/pools.lua)
LUA_WRAPPER := $(BUILD)/lua/featset_wrap.c
LUA_ROCK := featset-$(VERSION)-1.rockspec
LUA_TARBALL := $(BUILD)/featset-lua-$(VERSION).tar.gz
luadir ?= $(prefix)/share/lua
luacdir ?= $(libdir)/lua

.PHONY: lua install-lua uninstall-lua check-lua lua-dist

lua: $(BUILD)/lua/$(notdir $(LUA))/featset/core.so $(SHARED)

$(LUA_WRAPPER): bindings/featset.i bindings/lua/typemaps.i
	@mkdir -p $(@D)
	$(SWIG) -lua -nomoduleglobal -module featset_core -Ibindings -Wall -Werror -o $@ $<

$(BUILD)/lua/%/featset_wrap.o: $(LUA_WRAPPER)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -Ibindings $(LUA_CFLAGS) -c -o $@ $<

# The interpreter brings Lua's functions; of ours only the one that it calls is to be seen.
$(BUILD)/lua/%/featset/core.so: $(BUILD)/lua/%/featset_wrap.o $(STATIC) bindings/lua/core.map
	@mkdir -p $(@D)
	$(CC) -shared -Wl,--version-script=bindings/lua/core.map -Wl,--gc-sections -o $@ $< $(STATIC) \
		$(CFLAGS) $(LDFLAGS) $(LINK_LIBS)

install-lua: lua
	for abi in 5.1 $(LUA_ABI); do \
		$(INSTALL) -d $(DESTDIR)$(luadir)/$$abi/featset && \
		$(INSTALL) -m 644 bindings/lua/featset.lua $(DESTDIR)$(luadir)/$$abi && \
		$(INSTALL) -m 644 $(filter bindings/lua/featset/%,$(LUA_FILES)) $(DESTDIR)$(luadir)/$$abi/featset || exit; \
	done
	$(INSTALL) -d $(DESTDIR)$(luacdir)/$(LUA_ABI)/featset
	$(INSTALL) -m 755 $(BUILD)/lua/$(notdir $(LUA))/featset/core.so $(DESTDIR)$(luacdir)/$(LUA_ABI)/featset

uninstall-lua:
	for abi in 5.1 $(LUA_ABI); do \
		rm -rf $(DESTDIR)$(luadir)/$$abi/featset $(DESTDIR)$(luadir)/$$abi/featset.lua \
			$(DESTDIR)$(luacdir)/$$abi/featset; \
	done

lua-dist: $(LUA_WRAPPER)
	@rm -rf $(BUILD)/lua/dist
	@mkdir -p $(BUILD)/lua/dist/featset-lua-$(VERSION)/bindings/lua
	cp -R LICENSE $(LUA_WRAPPER) bindings/lua/$(LUA_ROCK) $(BUILD)/lua/dist/featset-lua-$(VERSION)
	cp -R bindings/glue.h $(BUILD)/lua/dist/featset-lua-$(VERSION)/bindings
	cp -R bindings/lua/glue.h bindings/lua/featset.lua bindings/lua/featset \
		$(BUILD)/lua/dist/featset-lua-$(VERSION)/bindings/lua
	tar -czf $(LUA_TARBALL) -C $(BUILD)/lua/dist --sort=name --owner=0 --group=0 --numeric-owner featset-lua-$(VERSION)

check-lua: lua $(SHARED) examples
	@set -e; for lua in $(LUA) $(LUAJIT); do for test in tests/lua/test_*.lua; do \
		echo "$$lua $$test"; tests/lua/run.sh $$lua $(BUILD) $$test; \
	done; done
