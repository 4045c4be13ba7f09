-- SPDX-License-Identifier: MIT
-- Whatever is passed, nothing crashes: a call works, or gives nil and a sentence, or raises an error that we wrote.
local featset = require "featset"
local t = require "harness"

local pool = assert(featset.load "examples/pools/hera-zeus/hosts.txt")
local level = assert(featset.level(pool))
local set, baseline, cpu = featset.set("avx2", 2047), featset.baseline "haswell", pool[1].hvm

local cyclic = {}
cyclic[1], cyclic.cpu, cyclic.hvm, cyclic.rule = cyclic, cyclic, cyclic, cyclic
local liar = setmetatable({}, {
	__index = function() return set end, __len = function() return 1e15 end, __tostring = function() return {} end,
	__call = function() return set end, __name = "FeatureSet", __metatable = "FeatureSet",
})
local closed = assert(io.open("/dev/null"))
closed:close()

local whole = assert(featset.pool "examples/pools/hera-zeus")
local mail, change = assert(whole:vm "mail"), assert(featset.compare(whole, whole:without(2)))

-- Values of every kind; {} stands for nil, which no table holds.
local NIL = {}
local junk = {
	NIL, true, false, 0, -1, 1, 165, 2047, 2048, 1.5, 2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 63, 2 ^ 64, -2 ^ 63, 1e308, 1 / 0,
	-1 / 0, 0 / 0, "", "avx2", "\0", "avx2\0junk", "haswell", "xen", "safe", "cpuid", "%s%n%d", ("a"):rep(100000), ("-"):rep(5000),
	("\255"):rep(300), "1fcbfbff-f7fa3223", "host\n", "7.0.ebx[99]", "qemu:", {}, { 1, 2, 3 }, { "avx2", {} },
	{ number = 1e308 }, { number = {} }, { features = 3 }, { features = set, known = 7 }, { features = set, vendor = set },
	{ features = set, model = 1e308 }, { rule = "safe" }, { rule = {} }, { slot = 7, set }, { limit = -1 },
	{ limit = 2 ^ 60 },
	{ format = {}, file = {} }, { format = "xen\0", file = "x\0y" }, { cpu = set }, { hvm = "x" }, 
	{ pool[1], nil, pool[2] },
	cyclic, liar, print, function() end, coroutine.create(print), io.stdout, closed,
	debug.upvalueid(function() return t end, 1),
	set, featset.set(), baseline, cpu, level, pool, pool[1], featset.feature "avx2",
	whole, whole.inventory, mail, mail.host, change, featset.policy("haswell", "qemu"),
}
if type(jit) == "table" then
	local ffi = require "ffi"
	for _, value in ipairs { ffi.new("int", 3), ffi.new("uint64_t", 3), ffi.new("char[300]"), ffi.cast("void *", 0) } do
		junk[#junk + 1] = value
	end
	if pcall(ffi.typeof, "featset_t") then
		junk[#junk + 1] = ffi.cast("featset_t *", 0)
		junk[#junk + 1] = ffi.cast("featset_cpu_t *", 0)
		junk[#junk + 1] = ffi.typeof "featset_t"
	end
end
if newproxy then junk[#junk + 1] = newproxy(true) end

local function value_of(entry)
	if entry == NIL then return nil end
	return entry
end

local calls, sloppy = 0, {}

-- "attempt to index a nil value" is an error of ours that nobody wrote.
local function try(name, call, ...)
	calls = calls + 1
	local ok, message = pcall(call, ...)
	if not ok and (type(message) ~= "string" or message:find "attempt to") then
		sloppy[name] = tostring(message)
	end
	if ok and type(message) == "function" then pcall(message) end
end

local function hammer(name, call, first)
	if first == nil then
		try(name, call)
		for _, a in ipairs(junk) do
			try(name, call, value_of(a))
			for _, b in ipairs(junk) do try(name, call, value_of(a), value_of(b)) end
		end
		return
	end
	try(name, call, first)
	for _, a in ipairs(junk) do
		try(name, call, first, value_of(a))
		try(name, call, value_of(a), first)
		for _, b in ipairs { NIL, 0, "xen", set, cpu, {} } do try(name, call, first, value_of(a), value_of(b)) end
	end
end

for name, call in pairs(featset) do
	if type(call) == "function" then hammer("featset." .. name, call) end
end

local methods = {
	[set] = { "count", "empty", "subset", "equal", "disjoint", "intersect", "union", "minus", "xor", "proper_subset",
		"has", "iter", "names", "numbers", "word", "xen", "closed", "pruned" },
	[cpu] = { "word", "write" },
	[baseline] = { "fits" },
	[level] = { "lost", "lost_other", "write" },
	[whole] = { "host", "vm", "level", "recorded", "check", "causes", "lacking", "split", "across", "with_hosts",
		"without", "explain" },
	[whole.inventory] = { "records", "vm_cpu", "merge", "remove", "pool" },
	[mail] = { "command", "check" },
	[mail.host] = { "counts", "offers", "max", "lost", "price" },
	[change] = { "lost", "gained" },
}
for object, names in pairs(methods) do
	for _, name in ipairs(names) do
		t.equal(type(object[name]), "function", name)
		hammer(featset.type(object) .. ":" .. name, object[name], object)
	end
end

-- Operators and fields; here Lua itself may say what it cannot do.
local compile = loadstring or load
for _, operator in ipairs { "*", "+", "-", "<=", "<", "==", "..", "/", "%", "^" } do
	local apply = compile(("local a, b = ...; return a %s b"):format(operator))
	for object in pairs(methods) do
		for _, entry in ipairs(junk) do
			pcall(apply, object, value_of(entry))
			pcall(apply, value_of(entry), object)
			calls = calls + 2
		end
	end
end
for object in pairs(methods) do
	for _, entry in ipairs(junk) do
		pcall(function() return object[value_of(entry)] end)
		t.ok(not pcall(function() object[value_of(entry)] = 1 end), "an object cannot be changed")
	end
	pcall(function() return -object end)
	pcall(function() return #object end)
	pcall(function() return object() end)
	pcall(setmetatable, {}, getmetatable(object))
	pcall(setmetatable, object, {})
	t.ok(type(getmetatable(object)) == "string", "the metatable is out of reach")
	t.ok(type(tostring(object)) == "string", "tostring")
end

-- SWIG's own functions, which scripts do not see.
if package.loaded["featset.native"] == featset then
	local core = require "featset.core"
	for name, call in pairs(core) do
		if type(call) == "function" then hammer("core." .. name, call) end
	end
	for object in pairs(methods) do
		for _, entry in ipairs(junk) do
			for _, part in ipairs { ".fn", ".get" } do
				for _, call in pairs(debug.getmetatable(object)[part] or {}) do pcall(call, value_of(entry)) end
			end
		end
	end
end

-- Out of order: an iterator that ended, objects that outlive what they came from, garbage in between.
local step = set:iter()
repeat until not step()
t.equal(step(), nil, "ended")
local brands = {}
for i = 1, 200 do
	local hosts = featset.load("examples/pools/hera-zeus/hosts.txt")
	local made = featset.level(hosts)
	brands[i] = made.hosts[2]
	hosts, made = nil, nil
	if i % 20 == 0 then collectgarbage() end
end
collectgarbage()
for i = 1, 200 do t.equal(brands[i].model, 62, "outlives its level") end

-- Loaded again, it is the same module.
package.loaded.featset, package.loaded["featset.api"], package.loaded["featset.ffi"] = nil, nil, nil
package.loaded["featset.native"] = nil
local again = require(os.getenv "FEATSET_MODULE" == "native" and "featset.native" or "featset")
t.ok(again.baseline "haswell" == baseline and again.set "avx2" <= baseline.features, "loaded twice")

for name, message in pairs(sloppy) do t.ok(false, name .. ": " .. message) end
t.ok(calls > 50000, "many calls")
print(calls .. " calls")
t.done()
