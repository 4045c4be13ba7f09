-- SPDX-License-Identifier: MIT
-- Whoever reaches a metatable (the debug library, the core itself) finds nothing there that trusts its arguments.
local t = require "harness"
local native = type(jit) ~= "table" or os.getenv "FEATSET_MODULE" == "native"

local CLASSES = { "FeatureSet", "Cpu", "Baseline", "Level", "Inventory", "PoolCore", "ChangeCore", "ExplanationCore",
	"PolicyCore" }

-- All functions of a metatable and of the tables in it, with values that are not of its class.
local function hammer(metatable)
	local junk = { 1, true, "avx2", {}, print, io.stdout, coroutine.create(print) }
	for key, value in pairs(metatable) do
		if type(value) == "table" then hammer(value) end
		if type(value) == "function" then
			pcall(value)
			for _, a in ipairs(junk) do
				pcall(value, a)
				pcall(value, a, a)
				pcall(value, a, "features")
			end
		end
	end
end

if native then
	local core = require "featset.core"
	if core.metatable then
		for _, class in ipairs(CLASSES) do
			local metatable = core.metatable(class)
			t.equal(metatable[".fn"].__disown, nil, class .. ": nothing gives an object away")
			t.raises("object of featset", metatable.__tostring, 1)
			t.raises("object of featset", metatable.__gc, 1)
			t.raises("object of featset", metatable.__gc, io.stdout)
			hammer(metatable)
		end
	end
	t.equal(getmetatable(core), nil, "the core is a plain table")
end

local featset = require "featset"
local set, baseline = featset.set("avx2", "fma"), featset.baseline "haswell"
local level = featset.level { set, "haswell" }
local objects = { set, baseline, level, level.cpu }
if native then
	for _, object in ipairs(objects) do hammer(debug.getmetatable(object)) end
	local core = require "featset.core"
	for _, name in ipairs { "metatable", "swig_type", "swig_equals", "swig_instance_of" } do
		t.equal(core[name], nil, name .. " is not the script's")
	end
	for _, class in ipairs(CLASSES) do t.equal(core[class], nil, class .. " of the core") end

	-- Freed by hand, twice: an error afterwards.
	local methods = {
		[set] = { "count", "has", "iter", "names", "closed", "subset" }, [level] = { "lost", "write" },
		[level.cpu] = { "word", "write" },
	}
	for object, names in pairs(methods) do
		local metatable, calls = debug.getmetatable(object), {}
		for _, name in ipairs(names) do calls[name] = object[name] end
		metatable.__gc(object)
		metatable.__gc(object)
		for name, call in pairs(calls) do
			t.ok(not pcall(call, object, set), name .. " of what was freed")
		end
		t.equal(featset.type(object), nil, "type of what was freed")
		t.ok(not pcall(tostring, object), "text of what was freed")
		t.ok(not pcall(function() return object.features.x end), "fields of what was freed")
		t.ok(not (object == featset.set()), "equality with what was freed")
		t.ok(not pcall(featset.level, { object }), "level of what was freed")
	end
	t.raises("was freed", set.count, set)
	t.raises("was freed", function() return #set end)
	local inventory = core.read_file("examples/pools/hera-zeus/hosts.txt", nil, 0, false)
	t.ok(not pcall(function() return inventory.count end), "an inventory has no fields for scripts")
	t.equal(tostring(inventory), "Inventory", "its text")
	-- What a pool is made of is the same: a second call finds nothing to free.
	local pool = core.pool(inventory)
	local change, found = core.change(pool, pool), core.explain("NO_HOSTS_AVAILABLE", pool)
	local policy = core.policy(core.expression "haswell", "qemu", "", "", false, false, false)
	for _, object in ipairs { change, found, pool, policy } do
		hammer(debug.getmetatable(object))
		debug.getmetatable(object).__gc(object)
		debug.getmetatable(object).__gc(object)
	end
	t.raises("was freed", core.policy_text, policy)
	t.raises("was freed", core.pool_hosts, pool)
	t.raises("was freed", core.change_hosts, change)
	t.raises("was freed", core.finding, found, 0)
	t.raises("was freed", core.change, pool, pool)
	t.raises("was freed", core.explain, "x", pool)
	local gc = debug.getmetatable(inventory).__gc
	gc(inventory)
	gc(inventory)
	t.ok(not pcall(tostring, inventory), "freed")
	t.ok(pcall(gc, baseline) and pcall(gc, baseline), "a constant is not freed")
	t.equal(featset.baseline "haswell".name, "haswell", "and is found again")
end

-- Null pointers of our types, which LuaJIT gives our metamethods.
if not native then
	local ffi = require "ffi"
	local operations = {
		function(a) return #a end,
		function(a) return tostring(a) end,
		function(a) return a.features end,
		function(a) return a:count() end,
		function(a) a.x = 1 end,
		function(a) return a() end,
		function(a) return -a end,
		function(a, b) return a .. b end,
		function(a, b) return a * b end,
		function(a, b) return a + b end,
		function(a, b) return a - b end,
		function(a, b) return a <= b end,
		function(a, b) return a < b end,
		function(a) for _ in pairs(a) do break end end,
	}
	for _, name in ipairs { "featset_t *", "featset_cpu_t *", "const featset_baseline_t *", "featset_level_t *" } do
		local null = ffi.new(name)
		t.equal(featset.type(null), nil, name .. " that is null has no type")
		for i, operation in ipairs(operations) do
			for _, object in ipairs(objects) do
				-- LuaJIT orders pointers of one type by address.
				local harmless = i >= 12 and i <= 13 and name ~= "featset_t *"
				t.ok(not pcall(operation, null, object) or harmless, ("%s that is null, operation %d"):format(name, i))
				if i >= 8 and i <= 13 then
					t.ok(not pcall(operation, object, null) or harmless, ("the same on the right, operation %d"):format(i))
				end
			end
		end
		for _, object in ipairs(objects) do t.ok(null ~= object and object ~= null, "null equals no object") end
	end
end
collectgarbage()
t.done()
