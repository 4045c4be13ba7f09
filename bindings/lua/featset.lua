-- SPDX-License-Identifier: MIT
-- featset: what x86 CPUs have in common.  LuaJIT takes its foreign function
-- interface where libfeatset.so is to be found, every other Lua the C module.
if type(jit) ~= "table" then return require "featset.native" end

local ok, featset = pcall(require, "featset.ffi")
if ok then return featset end
local native_ok, native = pcall(require, "featset.native")
if native_ok then return native end
error(("neither libfeatset.so nor the C module can be loaded; install the library, or set FEATSET_LIB to its path:\n%s\n%s")
	:format(featset, native), 0)
