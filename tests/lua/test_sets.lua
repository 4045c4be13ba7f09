-- SPDX-License-Identifier: MIT
-- The algebra of sets, against Lua's own tables and places in Intel's and AMD's manuals.
local featset = require "featset"
local t = require "harness"

-- Places from the manuals: leaf 1 EDX, leaf 1 ECX, leaf 7 EBX, leaf 7.1 EAX, 80000001 ECX.
local places = {
	sse2 = { "1.0.edx", 26 }, sse3 = { "1.0.ecx", 0 }, fma = { "1.0.ecx", 12 }, rdrand = { "1.0.ecx", 30 },
	avx2 = { "7.0.ebx", 5 }, bmi2 = { "7.0.ebx", 8 }, sha_ni = { "7.0.ebx", 29 }, avx_vnni = { "7.1.eax", 4 },
	lahf_lm = { "80000001.0.ecx", 0 }, abm = { "80000001.0.ecx", 5 },
}
for name, place in pairs(places) do
	local set = assert(featset.set(name))
	t.equal(set:word(place[1]), 2 ^ place[2], name)
	t.equal(#set, 1, "#" .. name)
	t.equal(tostring(set), name, "tostring")
	t.ok(set:has(name), name)
end

-- Numbers: word * 32 + bit, 7.0.EBX being word 5 as in Xen's order.
t.equal(featset.AVX2, 5 * 32 + 5, "AVX2")
t.equal(featset.AMD_3DNOW, 2 * 32 + 31, "AMD_3DNOW")
t.equal(featset.AVX3, nil, "a constant that is none")
t.equal(featset.feature("avx2").number, 165, "number")

-- Every operation against a plain table of numbers.
local function model(numbers)
	local members = {}
	for _, number in ipairs(numbers) do members[number] = true end
	return members
end

local function chosen(seed)
	local numbers, value = {}, seed
	for _ = 1, 40 do
		value = (value * 1103515245 + 12345) % 2147483648
		numbers[#numbers + 1] = math.floor(value / 65536) % 2048
	end
	numbers[#numbers + 1] = 0
	numbers[#numbers + 1] = 2047
	return numbers
end

local function same(set, members, what)
	local count = 0
	for number = 0, 2047 do
		if members[number] then count = count + 1 end
		if set:has(number) ~= (members[number] or false) then
			return t.ok(false, ("%s: feature %d"):format(what, number))
		end
	end
	t.equal(#set, count, what)
	t.equal(set:count(), count, what)
end

local function where(a, b, keep)
	local members = {}
	for number = 0, 2047 do
		if keep(a[number] or false, b[number] or false) then members[number] = true end
	end
	return members
end

for seed = 1, 6 do
	local first, second = chosen(seed), chosen(seed + (seed % 2) * 10)
	local a, b = featset.set(first), featset.set(second)
	local x, y = model(first), model(second)
	same(a, x, "a")
	same(a * b, where(x, y, function(p, q) return p and q end), "a * b")
	same(a + b, where(x, y, function(p, q) return p or q end), "a + b")
	same(a - b, where(x, y, function(p, q) return p and not q end), "a - b")
	same(a:xor(b), where(x, y, function(p, q) return p ~= q end), "xor")
	same(a:intersect(b), where(x, y, function(p, q) return p and q end), "intersect")
	same(a:union(b), where(x, y, function(p, q) return p or q end), "union")
	same(a:minus(b), where(x, y, function(p, q) return p and not q end), "minus")
	t.ok(a * b <= a and a <= a + b and a <= a and not (a < a), "order")
	t.ok((a * b):subset(b) and (a - b):disjoint(b) and a:equal(a + a * b), "methods")
	t.ok((a == b) == (seed % 2 == 0) and (a ~= b) == (seed % 2 == 1), "equality of values")
	t.ok(a - a == featset.set() and (a - a):empty() and not a:empty(), "empty")
	t.ok(a + featset.set(1) - featset.set(1) <= a, "more and less")
	t.equal(a < a + b, not (b <= a), "proper subset")
end

-- Order of number, names and numbers; math.type where there is one.
local set = featset.set("avx2", "sse2", "fma", 2047)
local names, last = {}, -1
for name, number in set:iter() do
	t.ok(number > last and (not math.type or math.type(number) == "integer"), "an integer, in order")
	names[#names + 1], last = name, number
end
t.equal(table.concat(names, " "), table.concat(set:names(), " "), "names")
t.equal(names[1] .. names[2] .. names[3], "sse2fmaavx2", "order")
t.equal(set:numbers()[4], 2047, "numbers")
t.equal(featset.set(names), set, "names read back")
for _, value in ipairs { #set, set:count(), set:word(5), featset.AVX2, featset.feature("fma").bit } do
	t.ok(not math.type or math.type(value) == "integer", "integers")
end
t.equal(featset.set(math.floor(165.0)), featset.set("avx2"), "165.0 is 165")
if not jit then
	t.ok(load "local a, b = ...; return a & b == a * b and a | b == a + b and a ~ b == a:xor(b)" (set, featset.set(5)),
		"Lua's bit operators")
end
local paired = 0
if not jit or featset.set():has(1) == false and pcall(pairs, set) then
	for name, number in pairs(set) do
		paired = paired + (featset.feature(name).number == number and 1 or 0)
	end
	t.equal(paired, #set, "pairs")
end

-- As keys of a table: by text.
t.equal(({ [tostring(set)] = 1 })[tostring(featset.set(set))], 1, "text as a key")

-- Sets from whatever has features; dialects; Xen's string of the first words.
t.equal(featset.set(featset.baseline "haswell"), featset.baseline("haswell").features, "features of a baseline")
t.equal(table.concat(featset.set("sse3", "sse4_1"):names "linux", " "), "pni sse4_1", "Linux's names")
t.equal(table.concat(featset.set("sse4_1"):names "qemu", " "), "sse4.1", "QEMU's names")
t.equal(featset.set("sse3", "fpu"):xen(3), "00000001-00000001-00000000", "Xen's words")
t.equal(#featset.set("fpu"):xen(), 23 * 9 - 1, "23 words")

-- AVX2 needs AVX, which needs XSAVE (Intel SDM volume 1, 13.1 and 14.3): in either direction.
t.ok(featset.set("avx2"):closed():has "xsave", "closed")
t.equal(#featset.set("avx2"):pruned(), 0, "pruned")
t.ok(featset.requirements "avx2":has "avx" and featset.dependants "avx":has "avx2", "edges")

t.refuses("did you mean", featset.set("avx3"))
t.refuses("did you mean", set:has "avx22")
t.refuses("dialect", set:names "quemu")
t.refuses("no word", set:word "7.0.rbx")
t.raises("FeatureSet expected, got nil", set.subset, set, nil)
t.raises("number from 0 to 2047", featset.set, 2048)
t.raises("number from 0 to 2047", set.has, set, -1)
t.raises("number from 0 to 2047", set.has, set, 1.5)
t.raises("", function() return set + 1 end)
t.raises("", function() return set <= "avx2" end)
t.raises("", function() set.x = 1 end)
t.ok(set ~= 3 and set ~= "avx2" and not (set == nil), "equal to nothing else")
t.equal(rawget(_G, "featset"), nil, "no global")
t.done()
