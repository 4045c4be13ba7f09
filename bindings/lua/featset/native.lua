-- SPDX-License-Identifier: MIT
-- The module over the C library that SWIG wraps, for every Lua with a C API.
local core = require "featset.core"

-- Loaded again in one state: what the first load took away from the core is not there to be taken.
if core.module then return core.module end

-- A class as SWIG keeps it: attributes in ".get", methods in ".fn".
local function class(name)
	local metatable = core.metatable(name)
	return metatable, rawget(metatable, ".get"), rawget(metatable, ".fn")
end

-- Two names that Lua and SWIG keep for themselves are others in C.
local native = setmetatable({ union = core.unite, next = core.following }, { __index = core })
native.checked = true

local _, _, set = class "FeatureSet"
local _, _, level = class "Level"
local _, inventory, host = class "Inventory"

native.word, native.closed, native.pruned = set.word, set.closed, set.pruned
native.lost, native.lost_other = level.lost, level.lost_other
native.inventory = {
	format = inventory.format, notes = inventory.notes, count = inventory.count,
	name = host.name, uuid = host.uuid, cpu = host.cpu, left_out = inventory.left_out, records = host.records,
	vm_cpu = host.vm_cpu, merge = host.merge, reduced = host.reduced, total = host.total,
}
native.fields = {}
for _, name in ipairs { "Cpu", "Baseline", "Level" } do
	local _, attributes = class(name)
	native.fields[name] = attributes
end

-- SWIG keeps the way to free an object in its metatable, so that is where ours goes, and out of reach.
function native.finish(metatables)
	for name, ours in pairs(metatables) do
		local metatable = class(name)
		for event, handler in pairs(ours) do metatable[event] = handler end
		metatable.__metatable = name
	end
	class("Baseline").__eq = core.same_baseline
	for _, name in ipairs { "Inventory", "PoolCore", "ChangeCore", "ExplanationCore", "PolicyCore" } do
		class(name).__metatable = name
	end
	-- Metatables are nobody else's.
	core.metatable = nil
end

core.module = require "featset.api"(native)
return core.module
