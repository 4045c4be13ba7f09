-- SPDX-License-Identifier: MIT
--
-- featset for LuaJIT, through its foreign function interface.
--
-- The pair operations are Lua on 64-bit lanes: set.h has them inline, so there
-- is nothing to call, and LuaJIT compiles them into the caller's trace.  All
-- else calls libfeatset.so, found by the environment variable FEATSET_LIB (a
-- path) or by the dynamic linker.
local ffi = require "ffi"
local bit = require "bit"
local istype = ffi.istype

-- A second load in one state finds the types there already.
if not pcall(ffi.typeof, "featset_t") then
	ffi.cdef [[
	typedef struct featset { uint64_t lane[32]; } featset_t;
	typedef struct featset_cpu featset_cpu_t;
	typedef struct featset_baseline featset_baseline_t;
	typedef struct featset_level featset_level_t;
	typedef struct featset_inventory featset_inventory_t;
	typedef struct featset_format featset_format_t;
	typedef struct featset_error {
		int code;
		unsigned line, column;
		char file[244];
		char text[768];
	} featset_error_t;

	size_t featset_error_write(char *buffer, size_t size, const featset_error_t *error);

	void featset_named(featset_t *dst);
	int featset_feature_find(unsigned *feature, const char *name, int dialect, featset_error_t *error);
	size_t featset_feature_spell(char *buffer, size_t size, unsigned feature, int dialect);
	const char *featset_feature_name(unsigned feature, int dialect);
	const char *featset_feature_summary(unsigned feature);
	int featset_feature_class(unsigned feature);
	int featset_feature_merge(unsigned feature);
	int featset_feature_scope(unsigned feature);
	const char *featset_class_name(int klass);
	const char *featset_merge_name(int merge);
	const char *featset_scope_name(int scope);
	const char *featset_dialect_name(int dialect);
	int featset_dialect_find(const char *name);
	const char *featset_word_name(unsigned word);
	int featset_word_source(unsigned word);
	uint32_t featset_word_index(unsigned word);
	uint32_t featset_word_subleaf(unsigned word);
	int featset_word_register(unsigned word);
	uint32_t featset_word_flags(unsigned word);

	void featset_requirements(featset_t *dst, unsigned feature, int edges);
	void featset_dependants(featset_t *dst, unsigned feature, int edges);
	void featset_close(featset_t *dst, const featset_t *src, int edges);
	void featset_prune(featset_t *dst, const featset_t *src, const featset_t *known, int edges);

	featset_cpu_t *featset_cpu_new(void);
	featset_cpu_t *featset_cpu_copy(const featset_cpu_t *cpu);
	void featset_cpu_free(featset_cpu_t *cpu);
	const featset_t *featset_cpu_features(const featset_cpu_t *cpu);
	const featset_t *featset_cpu_known(const featset_cpu_t *cpu);
	const featset_t *featset_cpu_usable(const featset_cpu_t *cpu);
	const featset_t *featset_cpu_compat(const featset_cpu_t *cpu);
	uint64_t featset_cpu_words(const featset_cpu_t *cpu);
	uint32_t featset_cpu_word(const featset_cpu_t *cpu, unsigned word);
	const char *featset_cpu_vendor(const featset_cpu_t *cpu);
	const char *featset_cpu_brand(const featset_cpu_t *cpu);
	const char *featset_cpu_hypervisor(const featset_cpu_t *cpu);
	int64_t featset_cpu_number(const featset_cpu_t *cpu, int number);
	int featset_cpu_view(const featset_cpu_t *cpu);
	size_t featset_cpu_count(const featset_cpu_t *cpu);
	const featset_cpu_t *featset_cpu_at(const featset_cpu_t *cpu, size_t index);
	const char *featset_cpu_core_type(const featset_cpu_t *cpu);
	void featset_cpu_set_features(featset_cpu_t *cpu, const featset_t *features, const featset_t *known);
	void featset_cpu_set_vendor(featset_cpu_t *cpu, const char *vendor);
	void featset_cpu_set_brand(featset_cpu_t *cpu, const char *brand);
	void featset_cpu_set_number(featset_cpu_t *cpu, int number, int64_t value);
	int featset_cpu_fits(const featset_cpu_t *guest, const featset_cpu_t *host, featset_t *missing,
			     featset_t *unknown);

	int featset_host(featset_cpu_t **cpu, unsigned flags, featset_error_t *error);

	const featset_baseline_t *featset_baseline_at(size_t index);
	const featset_baseline_t *featset_baseline_find(const char *name, featset_error_t *error);
	const char *featset_baseline_name(const featset_baseline_t *baseline);
	const char *featset_baseline_title(const featset_baseline_t *baseline);
	int featset_baseline_kind(const featset_baseline_t *baseline);
	const char *featset_kind_name(int kind);
	const char *featset_baseline_vendor(const featset_baseline_t *baseline);
	unsigned featset_baseline_year(const featset_baseline_t *baseline);
	const featset_baseline_t *featset_baseline_parent(const featset_baseline_t *baseline);
	void featset_baseline_features(featset_t *dst, const featset_baseline_t *baseline);
	void featset_baseline_fused(featset_t *dst, const featset_baseline_t *baseline);
	void featset_baseline_switchable(featset_t *dst, const featset_baseline_t *baseline);
	const featset_baseline_t *featset_identify(const featset_cpu_t *cpu);
	int featset_baseline_fits(const featset_baseline_t *baseline, const featset_cpu_t *cpu, featset_t *missing,
				  featset_t *unknown);
	size_t featset_nearest(const featset_baseline_t **out, size_t max, const featset_cpu_t *cpu);
	int featset_psabi(const featset_cpu_t *cpu);

	const char *featset_rule_name(int rule);
	int featset_rule_find(const char *name);
	int featset_level_new(featset_level_t **level, const featset_cpu_t *const *hosts, size_t count, int rule,
			      featset_error_t *error);
	void featset_level_free(featset_level_t *level);
	const featset_cpu_t *featset_level_cpu(const featset_level_t *level);
	int featset_level_rule(const featset_level_t *level);
	size_t featset_level_hosts(const featset_level_t *level);
	const featset_cpu_t *featset_level_host(const featset_level_t *level, size_t index);
	const char *featset_level_vendor(const featset_level_t *level);
	bool featset_level_mixed(const featset_level_t *level);
	void featset_level_accumulated(featset_t *dst, const featset_level_t *level);
	void featset_level_unknown(featset_t *dst, const featset_level_t *level);
	void featset_level_lost(featset_t *act, featset_t *other, const featset_level_t *level, size_t index);

	void featset_inventory_free(featset_inventory_t *inventory);
	size_t featset_inventory_hosts(const featset_inventory_t *inventory);
	const char *featset_inventory_host_name(const featset_inventory_t *inventory, size_t host);
	const char *featset_inventory_host_uuid(const featset_inventory_t *inventory, size_t host);
	const featset_cpu_t *featset_inventory_cpu(const featset_inventory_t *inventory, size_t host, int slot);
	size_t featset_inventory_notes(const featset_inventory_t *inventory);
	const char *featset_inventory_note(const featset_inventory_t *inventory, size_t index);
	const char *featset_inventory_format(const featset_inventory_t *inventory);

	const featset_format_t *featset_format_at(size_t index);
	const featset_format_t *featset_format_find(const char *name, featset_error_t *error);
	const char *featset_format_name(const featset_format_t *format);
	int featset_read_with(featset_inventory_t **inventory, const void *data, size_t size,
			      const featset_format_t *format, const char *file, unsigned flags,
			      featset_error_t *error);
	int featset_read_file_with(featset_inventory_t **inventory, const char *path, const featset_format_t *format,
				   size_t limit, unsigned flags, featset_error_t *error);
	int featset_write(char *buffer, size_t size, size_t *length, const featset_cpu_t *cpu,
			  const featset_format_t *format, int dialect, featset_t *left_out, featset_error_t *error);
	size_t featset_xen_write(char *buffer, size_t size, const featset_t *set, size_t length);
	int featset_expression(featset_cpu_t **cpu, const char *text, featset_error_t *error);
	]]
end

local C = (function()
	local path = os.getenv("FEATSET_LIB")
	if path then return ffi.load(path) end
	local ok, lib = pcall(ffi.load, "libfeatset.so.0")
	return ok and lib or ffi.load("featset")
end)()

local set_t = ffi.typeof("featset_t")
local set_size = ffi.sizeof(set_t)
local error_t = ffi.typeof("featset_error_t")
local pointer = {
	Cpu = ffi.typeof("featset_cpu_t *"),
	Baseline = ffi.typeof("const featset_baseline_t *"),
	Level = ffi.typeof("featset_level_t *"),
}
local cpus_t = ffi.typeof("const featset_cpu_t *[?]")
local baselines_t = ffi.typeof("const featset_baseline_t *[?]")
local chars_t = ffi.typeof("char[?]")
local cpu_out_t = ffi.typeof("featset_cpu_t *[1]")
local level_out_t = ffi.typeof("featset_level_t *[1]")
local inventory_out_t = ffi.typeof("featset_inventory_t *[1]")
local size_out_t = ffi.typeof("size_t[1]")
local feature_out_t = ffi.typeof("unsigned[1]")

local core = { fields = {} }

-- The numbers of C's enumerators.
local NUMBERS = {
	family = 0, model = 1, stepping = 2, max_basic = 3, max_subleaf_7 = 4, max_hypervisor = 5, max_extended = 6,
	max_centaur = 7, phys_bits = 8, linear_bits = 9, avx10_version = 10, xcr0 = 11, xen_length = 12,
}
local VIEWS = { "hardware", "guest", "dom0", "promised" }
local SLOTS = { cpu = 0, hvm = 1, hvm_max = 2, pv = 3, pv_max = 4 }
local SOURCES = { [0] = "cpuid", "msr", "ladder", "reserved", "free" }
local REGISTERS = { [0] = "eax", "ebx", "ecx", "edx" }
local EDGES = { xen = 0, all = 1 }
local ALL_CPUS, NO_MSR = 1, 2
local XEN_WORDS = 23

-- ---- from C to Lua ----------------------------------------------------------------

local function text(s)
	if s ~= nil then return ffi.string(s) end
end

local function failure(problem)
	local size = tonumber(C.featset_error_write(nil, 0, problem)) + 1
	local buffer = chars_t(size)
	C.featset_error_write(buffer, size, problem)
	return nil, ffi.string(buffer)
end

local function own_cpu(cpu)
	return ffi.gc(cpu, C.featset_cpu_free)
end

-- What belongs to another object is copied, so that nobody has to keep that object alive.
local function copy_cpu(cpu)
	if cpu == nil then return nil end
	local copy = C.featset_cpu_copy(cpu)
	if copy == nil then error("not enough memory", 0) end
	return own_cpu(copy)
end

local function copy_set(set)
	if set == nil then return nil end
	local copy = set_t()
	ffi.copy(copy, set, set_size)
	return copy
end

local function constant(baseline)
	if baseline ~= nil then return baseline end
end

local function strings(at)
	return function()
		local list = {}
		repeat
			local name = text(at(#list))
			list[#list + 1] = name
		until not name
		return list
	end
end

local function baselines(found, count)
	local list = {}
	for i = 1, count do list[i] = found[i - 1] end
	return list
end

-- A call of the form f(set, ...) as a function that gives the set.
local function giving_set(call)
	return function(...)
		local set = set_t()
		call(set, ...)
		return set
	end
end

-- ---- sets ---------------------------------------------------------------------------

local band, bor, bxor, bnot, rshift, lshift = bit.band, bit.bor, bit.bxor, bit.bnot, bit.rshift, bit.lshift

-- Straight code without a branch: a loop in here would cut the caller's trace in two.
local function unrolled(template, parameters, first, last)
	local lines = { "local set_t, band, bor, bxor, bnot = ...\nreturn function(" .. parameters .. ")\n" .. first }
	for lane = 0, 31 do
		lines[#lines + 1] = (template:gsub("$i", tostring(lane)))
	end
	lines[#lines + 1] = last .. "\nend"
	return assert(loadstring(table.concat(lines, "\n"), "=featset.ffi"))(set_t, band, bor, bxor, bnot)
end

local function combine(expression)
	return unrolled("d[$i] = " .. expression, "a, b", "local s = set_t()\nlocal d, x, y = s.lane, a.lane, b.lane",
		"return s")
end

local function reduce(expression)
	return unrolled("v = bor(v, " .. expression .. ")", "a, b", "local x, y, v = a.lane, b.lane, 0ULL",
		"return v == 0ULL")
end

core.intersect = combine("band(x[$i], y[$i])")
core.union = combine("bor(x[$i], y[$i])")
core.xor = combine("bxor(x[$i], y[$i])")
core.minus = combine("band(x[$i], bnot(y[$i]))")
core.subset = reduce("band(x[$i], bnot(y[$i]))")
core.equal = reduce("bxor(x[$i], y[$i])")
core.disjoint = reduce("band(x[$i], y[$i])")

function core.set_of(...)
	local set = set_t()
	for i = 1, select("#", ...) do
		local number = select(i, ...)
		local lane = rshift(number, 6)
		set.lane[lane] = bor(set.lane[lane], lshift(1ULL, band(number, 63)))
	end
	return set
end

function core.proper_subset(a, b)
	return core.subset(a, b) and not core.equal(a, b)
end

function core.has(set, number)
	return band(rshift(set.lane[rshift(number, 6)], band(number, 63)), 1ULL) ~= 0ULL
end

function core.word(set, word)
	return tonumber(band(rshift(set.lane[rshift(word, 1)], band(word, 1) * 32), 0xffffffffULL))
end

function core.count(set)
	local count = 0ULL
	for lane = 0, 31 do
		local v = set.lane[lane]
		if v ~= 0ULL then
			v = v - band(rshift(v, 1), 0x5555555555555555ULL)
			v = band(v, 0x3333333333333333ULL) + band(rshift(v, 2), 0x3333333333333333ULL)
			v = band(v + rshift(v, 4), 0x0f0f0f0f0f0f0f0fULL)
			count = count + rshift(v * 0x0101010101010101ULL, 56)
		end
	end
	return tonumber(count)
end

-- The first feature at or after a number; nil when there is none.
function core.next(set, number)
	while number < 2048 do
		local v = rshift(set.lane[rshift(number, 6)], band(number, 63))
		if v ~= 0ULL then
			while band(v, 0xffULL) == 0ULL do
				v = rshift(v, 8)
				number = number + 8
			end
			while band(v, 1ULL) == 0ULL do
				v = rshift(v, 1)
				number = number + 1
			end
			return number
		end
		number = (rshift(number, 6) + 1) * 64
	end
end

local close, prune = giving_set(C.featset_close), giving_set(C.featset_prune)
function core.closed(set, edges) return close(set, EDGES[edges]) end
function core.pruned(set, edges) return prune(set, nil, EDGES[edges]) end
core.named = giving_set(C.featset_named)

function core.xen_write(set, length)
	local buffer = chars_t(256)
	C.featset_xen_write(buffer, 256, set, length)
	return ffi.string(buffer)
end

-- ---- features and words --------------------------------------------------------------

core.dialects = strings(C.featset_dialect_name)

-- What is one past the last stands for any.
local ANY_DIALECT = #core.dialects()

local function dialect_of(name)
	return name and C.featset_dialect_find(name) or ANY_DIALECT
end

function core.feature(name, dialect)
	local feature, problem = feature_out_t(), error_t()
	if C.featset_feature_find(feature, name, dialect_of(dialect), problem) ~= 0 then return failure(problem) end
	return tonumber(feature[0])
end

function core.feature_spell(number, dialect)
	local buffer = chars_t(128)
	C.featset_feature_spell(buffer, 128, number, dialect_of(dialect))
	return ffi.string(buffer)
end

function core.feature_name(number, dialect) return text(C.featset_feature_name(number, dialect_of(dialect))) end
function core.feature_summary(number) return text(C.featset_feature_summary(number)) end
function core.feature_class(number) return text(C.featset_class_name(C.featset_feature_class(number))) end
function core.feature_merge(number) return text(C.featset_merge_name(C.featset_feature_merge(number))) end
function core.feature_scope(number) return text(C.featset_scope_name(C.featset_feature_scope(number))) end
function core.word_name(word) return text(C.featset_word_name(word)) end
function core.word_source(word) return SOURCES[tonumber(C.featset_word_source(word))] end
function core.word_index(word) return tonumber(C.featset_word_index(word)) end
function core.word_subleaf(word) return tonumber(C.featset_word_subleaf(word)) end
function core.word_register(word) return REGISTERS[tonumber(C.featset_word_register(word))] end
function core.word_flags(word) return tonumber(C.featset_word_flags(word)) end

local requirements, dependants = giving_set(C.featset_requirements), giving_set(C.featset_dependants)
function core.requirements(number, edges) return requirements(number, EDGES[edges]) end
function core.dependants(number, edges) return dependants(number, EDGES[edges]) end

core.rules = strings(C.featset_rule_name)
core.formats = strings(function(i)
	local format = C.featset_format_at(i)
	return format ~= nil and C.featset_format_name(format) or nil
end)

-- ---- cpus ----------------------------------------------------------------------------

local function own_new_cpu()
	local cpu = C.featset_cpu_new()
	if cpu == nil then error("not enough memory", 0) end
	return own_cpu(cpu)
end

-- What a set can hold: number fields never enter it.
local function flags()
	local set = set_t()
	for word = 0, 63 do
		local lane = rshift(word, 1)
		set.lane[lane] = bor(set.lane[lane], lshift(0ULL + C.featset_word_flags(word), band(word, 1) * 32))
	end
	return set
end

function core.cpu_of(features, known)
	local cpu = own_new_cpu()
	C.featset_cpu_set_features(cpu, features, known or core.union(flags(), features))
	return cpu
end

function core.cpu_set_vendor(cpu, vendor) C.featset_cpu_set_vendor(cpu, vendor) end
function core.cpu_set_brand(cpu, brand) C.featset_cpu_set_brand(cpu, brand) end
function core.cpu_set_number(cpu, name, value) C.featset_cpu_set_number(cpu, NUMBERS[name], value) end

local function cpu_xen(cpu)
	local features, length = C.featset_cpu_features(cpu), tonumber(C.featset_cpu_number(cpu, NUMBERS.xen_length))
	if length < 0 or length > XEN_WORDS then
		length = XEN_WORDS
		while length > 0 and core.word(features, length - 1) == 0 do length = length - 1 end
	end
	return core.xen_write(features, length)
end

local function cpu_words(cpu)
	local read, words = C.featset_cpu_words(cpu), {}
	for word = 0, 63 do
		if band(rshift(read, word), 1ULL) ~= 0ULL then
			words[core.word_name(word)] = tonumber(C.featset_cpu_word(cpu, word))
		end
	end
	return words
end

local function nearest(cpu)
	local count = tonumber(C.featset_nearest(nil, 0, cpu))
	local found = baselines_t(count)
	C.featset_nearest(found, count, cpu)
	return baselines(found, count)
end

local function cpus(count, at)
	return function(object)
		local list = {}
		for i = 1, tonumber(count(object)) do list[i] = copy_cpu(at(object, i - 1)) end
		return list
	end
end

core.fields.Cpu = {
	features = function(cpu) return copy_set(C.featset_cpu_features(cpu)) end,
	known = function(cpu) return copy_set(C.featset_cpu_known(cpu)) end,
	usable = function(cpu) return copy_set(C.featset_cpu_usable(cpu)) end,
	compat = function(cpu) return copy_set(C.featset_cpu_compat(cpu)) end,
	words = cpu_words,
	vendor = function(cpu) return text(C.featset_cpu_vendor(cpu)) end,
	brand = function(cpu) return text(C.featset_cpu_brand(cpu)) end,
	hypervisor = function(cpu) return text(C.featset_cpu_hypervisor(cpu)) end,
	core_type = function(cpu) return text(C.featset_cpu_core_type(cpu)) end,
	view = function(cpu) return VIEWS[tonumber(C.featset_cpu_view(cpu))] end,
	microarchitecture = function(cpu) return constant(C.featset_identify(cpu)) end,
	nearest = nearest,
	psabi = function(cpu) return tonumber(C.featset_psabi(cpu)) end,
	xen = cpu_xen,
	cpus = cpus(C.featset_cpu_count, C.featset_cpu_at),
}
for name, number in pairs(NUMBERS) do
	core.fields.Cpu[name] = name ~= "xen_length" and function(cpu)
		local value = tonumber(C.featset_cpu_number(cpu, number))
		return value >= 0 and value or nil
	end or nil
end

-- An answer: true, false, or nil for unknown.
local function answered(code, missing, unknown)
	if code == 2 then return nil, missing, unknown end
	return code == 1, missing, unknown
end

function core.check(guest, host)
	local missing, unknown = set_t(), set_t()
	return answered(tonumber(C.featset_cpu_fits(guest, host, missing, unknown)), missing, unknown)
end

function core.host(all_cpus, msr)
	local flags = (all_cpus and ALL_CPUS or 0) + (msr and 0 or NO_MSR)
	local cpu, problem = cpu_out_t(), error_t()
	if C.featset_host(cpu, flags, problem) ~= 0 then return failure(problem) end
	return own_cpu(cpu[0])
end

function core.expression(words)
	local cpu, problem = cpu_out_t(), error_t()
	if C.featset_expression(cpu, words, problem) ~= 0 then return failure(problem) end
	return own_cpu(cpu[0])
end

-- ---- baselines -------------------------------------------------------------------------

core.fields.Baseline = {
	name = function(baseline) return text(C.featset_baseline_name(baseline)) end,
	title = function(baseline) return text(C.featset_baseline_title(baseline)) end,
	kind = function(baseline) return text(C.featset_kind_name(C.featset_baseline_kind(baseline))) end,
	vendor = function(baseline) return text(C.featset_baseline_vendor(baseline)) end,
	year = function(baseline) return tonumber(C.featset_baseline_year(baseline)) end,
	parent = function(baseline) return constant(C.featset_baseline_parent(baseline)) end,
	features = giving_set(C.featset_baseline_features),
	fused = giving_set(C.featset_baseline_fused),
	switchable = giving_set(C.featset_baseline_switchable),
}

function core.baseline(name)
	local problem = error_t()
	local baseline = C.featset_baseline_find(name, problem)
	if baseline == nil then return failure(problem) end
	return baseline
end

function core.baselines()
	local list = {}
	repeat
		local baseline = constant(C.featset_baseline_at(#list))
		list[#list + 1] = baseline
	until not baseline
	return list
end

function core.fits(baseline, cpu)
	local missing, unknown = set_t(), set_t()
	return answered(tonumber(C.featset_baseline_fits(baseline, cpu, missing, unknown)), missing, unknown)
end

-- ---- levels ------------------------------------------------------------------------------

function core.level(list, rule)
	local hosts = cpus_t(#list)
	for i, cpu in ipairs(list) do hosts[i - 1] = cpu end
	local level, problem = level_out_t(), error_t()
	if C.featset_level_new(level, hosts, #list, C.featset_rule_find(rule), problem) ~= 0 then
		return failure(problem)
	end
	return ffi.gc(level[0], C.featset_level_free)
end

core.fields.Level = {
	features = function(level) return copy_set(C.featset_cpu_features(C.featset_level_cpu(level))) end,
	cpu = function(level) return copy_cpu(C.featset_level_cpu(level)) end,
	hosts = cpus(C.featset_level_hosts, C.featset_level_host),
	rule = function(level) return text(C.featset_rule_name(C.featset_level_rule(level))) end,
	baseline = function(level) return nearest(C.featset_level_cpu(level))[1] end,
	psabi = function(level) return tonumber(C.featset_psabi(C.featset_level_cpu(level))) end,
	vendor = function(level) return text(C.featset_level_vendor(level)) end,
	mixed = function(level) return C.featset_level_mixed(level) end,
	xen = function(level) return cpu_xen(C.featset_level_cpu(level)) end,
	accumulated = giving_set(C.featset_level_accumulated),
	unknown = giving_set(C.featset_level_unknown),
}

function core.lost(level, index)
	local act, other = set_t(), set_t()
	C.featset_level_lost(act, other, level, index)
	return act
end

function core.lost_other(level, index)
	local act, other = set_t(), set_t()
	C.featset_level_lost(act, other, level, index)
	return other
end

-- ---- formats -------------------------------------------------------------------------------

local function take_inventory(status, inventory, problem)
	if status ~= 0 then return failure(problem) end
	return ffi.gc(inventory[0], C.featset_inventory_free)
end

local function format_by(name)
	if name == nil then return nil end
	local problem = error_t()
	local format = C.featset_format_find(name, problem)
	if format == nil then return false, select(2, failure(problem)) end
	return format
end

-- FEATSET_KEEP_GOING
local function flags_of(keep_going)
	return keep_going and 256 or 0
end

function core.read(data, format_name, file, limit, keep_going)
	if limit > 0 and #data > limit then
		return nil, ("larger than the limit of %d bytes"):format(limit)
	end
	local format, message = format_by(format_name)
	if format == false then return nil, message end
	local inventory, problem = inventory_out_t(), error_t()
	local flags = flags_of(keep_going)
	return take_inventory(C.featset_read_with(inventory, data, #data, format, file, flags, problem), inventory, problem)
end

function core.read_file(path, format_name, limit, keep_going)
	local format, message = format_by(format_name)
	if format == false then return nil, message end
	local inventory, problem = inventory_out_t(), error_t()
	local flags = flags_of(keep_going)
	return take_inventory(C.featset_read_file_with(inventory, path, format, limit, flags, problem), inventory, problem)
end

function core.write(cpu, format_name, dialect)
	local format, message = format_by(format_name)
	if format == false then return nil, message end
	local length, problem = size_out_t(), error_t()
	local code = dialect_of(dialect)
	if C.featset_write(nil, 0, length, cpu, format, code, nil, problem) ~= 0 then return failure(problem) end
	local size = tonumber(length[0]) + 1
	local buffer = chars_t(size)
	if C.featset_write(buffer, size, length, cpu, format, code, nil, problem) ~= 0 then return failure(problem) end
	return ffi.string(buffer, length[0])
end

core.inventory = {
	format = function(inventory) return text(C.featset_inventory_format(inventory)) end,
	notes = function(inventory)
		return strings(function(i)
			return i < C.featset_inventory_notes(inventory) and C.featset_inventory_note(inventory, i) or nil
		end)()
	end,
	count = function(inventory) return tonumber(C.featset_inventory_hosts(inventory)) end,
	name = function(inventory, host) return text(C.featset_inventory_host_name(inventory, host)) end,
	uuid = function(inventory, host) return text(C.featset_inventory_host_uuid(inventory, host)) end,
	cpu = function(inventory, host, slot) return copy_cpu(C.featset_inventory_cpu(inventory, host, SLOTS[slot])) end,
}

-- ---- types -----------------------------------------------------------------------------------

-- Whoever casts pointers of his own is on his own; the null pointer, a pointer
-- to a set, and a ctype (which has a number) are nobody's object at least.
function core.is_set(value)
	return istype(set_t, value) and ffi.sizeof(value) == set_size and not tonumber(value)
end

function core.kind(value)
	if type(value) ~= "cdata" then return nil end
	if core.is_set(value) then return "FeatureSet" end
	if tonumber(value) or istype(set_t, value) then return nil end
	for kind, ctype in pairs(pointer) do
		if istype(ctype, value) and value ~= nil then return kind end
	end
end

-- Metamethods that look at their object: it may be the null pointer, which has the type of an object, or anything else.
local function guarded(kind, handler)
	return handler and function(self, key)
		if core.kind(self) ~= kind then error("this is no " .. kind .. ", or a null pointer", 2) end
		return handler(self, key)
	end
end

-- A second load in one state finds the metatables in place, and they do the same.
function core.finish(metatables)
	for kind, metatable in pairs(metatables) do
		for _, event in ipairs { "__index", "__tostring", "__len", "__pairs" } do
			if type(metatable[event]) == "function" then metatable[event] = guarded(kind, metatable[event]) end
		end
	end
	pcall(ffi.metatype, "featset_t", metatables.FeatureSet)
	pcall(ffi.metatype, "struct featset_cpu", metatables.Cpu)
	pcall(ffi.metatype, "struct featset_baseline", metatables.Baseline)
	pcall(ffi.metatype, "struct featset_level", metatables.Level)
end

return require("featset.api")(core)
