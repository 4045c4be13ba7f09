-- SPDX-License-Identifier: MIT
-- featset: what x86 CPUs have in common.  LuaJIT takes its foreign function
-- interface where libfeatset.so is to be found, every other Lua the C module.
if type(jit) == "table" then
	local ok, featset = pcall(require, "featset.ffi")
	if ok then return featset end
end
return require "featset.native"
