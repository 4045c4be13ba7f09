-- SPDX-License-Identifier: MIT
-- For the tarball of `make lua-dist`, which carries what SWIG wrote.  The
-- library itself has to be installed: `make install-lib`.
rockspec_format = "3.0"
package = "featset"
version = "0.1.0-1"
source = {
	url = "file://featset-lua-0.1.0.tar.gz",
	dir = "featset-lua-0.1.0",
}
description = {
	summary = "What x86 CPUs have in common",
	detailed = "Sets of CPU features, baselines, and the level of a pool of mixed hosts.",
	license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.1, < 5.5" }
external_dependencies = {
	FEATSET = { header = "featset.h", library = "featset" },
}
build = {
	type = "builtin",
	modules = {
		["featset"] = "bindings/lua/featset.lua",
		["featset.api"] = "bindings/lua/featset/api.lua",
		["featset.ffi"] = "bindings/lua/featset/ffi.lua",
		["featset.native"] = "bindings/lua/featset/native.lua",
		["featset.policies"] = "bindings/lua/featset/policies.lua",
		["featset.pools"] = "bindings/lua/featset/pools.lua",
		["featset.core"] = {
			sources = { "featset_wrap.c" },
			defines = { "_GNU_SOURCE" },
			libraries = { "featset" },
			incdirs = { "$(FEATSET_INCDIR)", "bindings" },
			libdirs = { "$(FEATSET_LIBDIR)" },
		},
	},
}
