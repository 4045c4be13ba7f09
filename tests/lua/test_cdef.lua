-- SPDX-License-Identifier: MIT
-- What featset/ffi.lua declares is what the headers declare, enumerations being int and features unsigned.
local t = require "harness"

local function read(path)
	local file = assert(io.open(path))
	local text = file:read "*a"
	file:close()
	return text
end

local function squeezed(text)
	return (text:gsub("/%*.-%*/", " "):gsub("%s+", " "):gsub("%s*([%(%),%*])%s*", "%1"):gsub("^ ", ""):gsub(" $", ""))
end

t.equal(require("featset").version, read("libfeatset/featset.h"):match '#define FEATSET_VERSION "(.-)"', "version")

local headers = ""
for name in read("libfeatset/featset.h"):gmatch '#include "(featset/[%w_]+%.h)"' do
	headers = headers .. read("libfeatset/" .. name)
end
headers = headers:gsub("/%*.-%*/", " ")

local plain = { featset_feature_t = "unsigned" }
for name in headers:gmatch "typedef enum [%w_]+ %b{} ([%w_]+);" do plain[name] = "int" end
t.equal(plain.featset_dialect_t, "int", "an enumeration")

local declared = {}
for declaration in headers:gmatch "FEATSET_API ([^;{}]-);" do
	local text = squeezed(declaration):gsub("[%w_]+", plain)
	local name = text:match "(featset_[%w_]+)%("
	if name then declared[name] = text end
end

local source = read "bindings/lua/featset/ffi.lua"
local cdef = source:match "ffi%.cdef (%b[])"
local count = 0
for declaration in cdef:sub(3, -3):gsub("typedef.-;", ""):gmatch "([^;{}]-);" do
	local text = squeezed(declaration)
	local name = text:match "(featset_[%w_]+)%("
	if name then
		count = count + 1
		t.equal(text, declared[name], name)
	end
end
t.ok(count > 60, "functions")

-- Values that ffi.lua writes as numbers, in the order that the headers give.
local function enumerators(last)
	local body = headers:match("typedef enum [%w_]+ (%b{}) " .. last)
	local list = {}
	for name in body:gmatch "FEATSET_[%w_]+" do list[#list + 1] = name end
	return list
end

for i, name in ipairs(enumerators "featset_number_t") do
	local number = source:match("[%s,{]" .. name:sub(9):lower() .. " = (%d+)")
	t.equal(number or name, name == "FEATSET_NUMBERS" and name or tostring(i - 1), name)
end
for i, name in ipairs(enumerators "featset_slot_t") do
	local number = source:match("[%s,{]" .. name:sub(14):lower() .. " = (%d+)")
	t.equal(number or name, name == "FEATSET_SLOTS" and name or tostring(i - 1), name)
end
t.equal(table.concat(enumerators "featset_source_t", " "), "FEATSET_SOURCE_CPUID FEATSET_SOURCE_MSR " ..
	"FEATSET_SOURCE_LADDER FEATSET_SOURCE_RESERVED FEATSET_SOURCE_FREE", "sources")
t.equal(table.concat(enumerators "featset_register_t", " "), "FEATSET_EAX FEATSET_EBX FEATSET_ECX FEATSET_EDX",
	"registers")
t.equal(table.concat(enumerators "featset_view_t", " "), "FEATSET_VIEW_UNKNOWN FEATSET_VIEW_HARDWARE " ..
	"FEATSET_VIEW_GUEST FEATSET_VIEW_DOM0 FEATSET_VIEW_PROMISED", "views")
t.equal(table.concat(enumerators "featset_host_flags_t", " "), "FEATSET_HOST_ALL_CPUS FEATSET_HOST_NO_MSR", "flags")
t.equal(table.concat(enumerators "featset_edges_t", " "), "FEATSET_EDGES_XEN FEATSET_EDGES_ALL", "edges")
t.equal(table.concat(enumerators "featset_answer_t", " "), "FEATSET_NO FEATSET_YES FEATSET_UNKNOWN", "answers")

-- Names in the order of C's enumerators, as ffi.lua lists them.
for last, list in pairs {
	featset_guest_t = "HVM PV", featset_counts_t = "COUNTS NO_KEYS NO_HVM", featset_turn_t = "NONE SOFTWARE FIRMWARE HARDWARE",
	featset_cure_t = "NONE RESTART RESUME UNPIN DISCARD HOSTS LEVEL",
	featset_command_t = "RESTART MOVE RESUME PIN UNPIN VERIFY EVACUATE RELEVEL",
} do
	local words = {}
	for i, name in ipairs(enumerators(last)) do
		words[i] = name:gsub("^FEATSET_GUEST_", ""):gsub("^FEATSET_COUNTS_", ""):gsub("^FEATSET_TURN_", "")
			:gsub("^FEATSET_CURE_", ""):gsub("^FEATSET_COMMAND_", ""):gsub("^FEATSET_", "")
	end
	local text = table.concat(words, " ")
	t.equal(text:sub(1, #list), list, last)
	t.ok(#text == #list or not text:sub(#list + 2):find(" ", 1, true), last .. ": no more but their number")
end
local bits = {}
for name, bit in headers:gmatch "FEATSET_BLOCK_([A-Z]+) = (%d+)" do
	if name ~= "CPU" and name ~= "DEVICE" then bits[#bits + 1] = ("%s=%d"):format(name:lower(), bit) end
end
t.equal(table.concat(bits, " "), "vendor=1 features=2 keys=4 unknown=8 disabled=16 version=32 network=64 storage=128 " ..
	"pci=256 usb=512 vgpu=1024", "blocks")

if type(jit) == "table" then
	require "featset.ffi"
	local ffi = require "ffi"
	-- error.h: three ints, 244 and 768 characters; set.h: 256 bytes.
	t.equal(ffi.sizeof "featset_error_t", 12 + 244 + 768, "featset_error_t")
	t.equal(ffi.sizeof "featset_t", 256, "featset_t")
	local library = ffi.load(os.getenv "FEATSET_LIB")
	for name in cdef:gmatch "(featset_[%w_]+)%(" do
		t.ok(pcall(function() return library[name] end), name .. " is exported")
	end
end
t.done()
