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
	unsigned featset_word_find(const char *name);
	int featset_word_source(unsigned word);
	uint32_t featset_word_index(unsigned word);
	uint32_t featset_word_subleaf(unsigned word);
	int featset_word_register(unsigned word);
	uint32_t featset_word_flags(unsigned word);

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
	const char *featset_format_summary(const featset_format_t *format);
	bool featset_format_reads(const featset_format_t *format);
	bool featset_format_writes(const featset_format_t *format);
	int featset_read(featset_inventory_t **inventory, const void *data, size_t size,
			 const featset_format_t *format, const char *file, featset_error_t *error);
	int featset_read_file(featset_inventory_t **inventory, const char *path, const featset_format_t *format,
			      size_t limit, featset_error_t *error);
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

local core = {}

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

function core.empty_set()
	return set_t()
end

-- Changes a set: only for one that nobody else has seen yet.
function core.add(set, number)
	local lane = rshift(number, 6)
	set.lane[lane] = bor(set.lane[lane], lshift(1ULL, band(number, 63)))
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

core.close = giving_set(C.featset_close)
core.prune = giving_set(C.featset_prune)
core.named = giving_set(C.featset_named)

function core.xen_write(set, length)
	local buffer = chars_t(256)
	C.featset_xen_write(buffer, 256, set, length)
	return ffi.string(buffer)
end

-- ---- features and words --------------------------------------------------------------

function core.feature_find(name, dialect)
	local feature, problem = feature_out_t(), error_t()
	if C.featset_feature_find(feature, name, dialect, problem) ~= 0 then return failure(problem) end
	return tonumber(feature[0])
end

function core.feature_spell(number, dialect)
	local buffer = chars_t(128)
	C.featset_feature_spell(buffer, 128, number, dialect)
	return ffi.string(buffer)
end

function core.feature_name(number, dialect) return text(C.featset_feature_name(number, dialect)) end
function core.feature_summary(number) return text(C.featset_feature_summary(number)) end
function core.feature_class(number) return text(C.featset_class_name(C.featset_feature_class(number))) end
function core.feature_merge(number) return text(C.featset_merge_name(C.featset_feature_merge(number))) end
function core.feature_scope(number) return text(C.featset_scope_name(C.featset_feature_scope(number))) end
function core.dialect_name(dialect) return text(C.featset_dialect_name(dialect)) end

function core.word_find(name) return tonumber(C.featset_word_find(name)) end
function core.word_name(word) return text(C.featset_word_name(word)) end
function core.word_source(word) return tonumber(C.featset_word_source(word)) end
function core.word_index(word) return tonumber(C.featset_word_index(word)) end
function core.word_subleaf(word) return tonumber(C.featset_word_subleaf(word)) end
function core.word_register(word) return tonumber(C.featset_word_register(word)) end
function core.word_flags(word) return tonumber(C.featset_word_flags(word)) end

-- ---- cpus ----------------------------------------------------------------------------

function core.cpu_new()
	local cpu = C.featset_cpu_new()
	if cpu == nil then error("not enough memory", 0) end
	return own_cpu(cpu)
end

core.cpu_copy = copy_cpu
function core.cpu_features(cpu) return copy_set(C.featset_cpu_features(cpu)) end
function core.cpu_known(cpu) return copy_set(C.featset_cpu_known(cpu)) end
function core.cpu_usable(cpu) return copy_set(C.featset_cpu_usable(cpu)) end
function core.cpu_compat(cpu) return copy_set(C.featset_cpu_compat(cpu)) end
function core.cpu_vendor(cpu) return text(C.featset_cpu_vendor(cpu)) end
function core.cpu_brand(cpu) return text(C.featset_cpu_brand(cpu)) end
function core.cpu_hypervisor(cpu) return text(C.featset_cpu_hypervisor(cpu)) end
function core.cpu_core_type(cpu) return text(C.featset_cpu_core_type(cpu)) end
function core.cpu_number(cpu, number) return tonumber(C.featset_cpu_number(cpu, number)) end
function core.cpu_view(cpu) return tonumber(C.featset_cpu_view(cpu)) end
function core.cpu_count(cpu) return tonumber(C.featset_cpu_count(cpu)) end
function core.cpu_at(cpu, index) return copy_cpu(C.featset_cpu_at(cpu, index)) end

-- One word as it was read, nil when it was not.
function core.cpu_word(cpu, word)
	if band(rshift(C.featset_cpu_words(cpu), word), 1ULL) == 0ULL then return nil end
	return tonumber(C.featset_cpu_word(cpu, word))
end

function core.cpu_set_features(cpu, features, known) C.featset_cpu_set_features(cpu, features, known) end
function core.cpu_set_vendor(cpu, vendor) C.featset_cpu_set_vendor(cpu, vendor) end
function core.cpu_set_brand(cpu, brand) C.featset_cpu_set_brand(cpu, brand) end
function core.cpu_set_number(cpu, number, value) C.featset_cpu_set_number(cpu, number, value) end

function core.cpu_fits(guest, host)
	local missing, unknown = set_t(), set_t()
	return tonumber(C.featset_cpu_fits(guest, host, missing, unknown)), missing, unknown
end

function core.host(flags)
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

function core.baseline_at(index) return constant(C.featset_baseline_at(index)) end

function core.baseline_find(name)
	local problem = error_t()
	local baseline = C.featset_baseline_find(name, problem)
	if baseline == nil then return failure(problem) end
	return baseline
end

function core.baseline_name(baseline) return text(C.featset_baseline_name(baseline)) end
function core.baseline_title(baseline) return text(C.featset_baseline_title(baseline)) end
function core.baseline_kind(baseline) return text(C.featset_kind_name(C.featset_baseline_kind(baseline))) end
function core.baseline_vendor(baseline) return text(C.featset_baseline_vendor(baseline)) end
function core.baseline_year(baseline) return tonumber(C.featset_baseline_year(baseline)) end
function core.baseline_parent(baseline) return constant(C.featset_baseline_parent(baseline)) end
core.baseline_features = giving_set(C.featset_baseline_features)
core.baseline_fused = giving_set(C.featset_baseline_fused)
core.baseline_switchable = giving_set(C.featset_baseline_switchable)

function core.baseline_fits(baseline, cpu)
	local missing, unknown = set_t(), set_t()
	return tonumber(C.featset_baseline_fits(baseline, cpu, missing, unknown)), missing, unknown
end

function core.identify(cpu) return constant(C.featset_identify(cpu)) end
function core.psabi(cpu) return tonumber(C.featset_psabi(cpu)) end

function core.nearest(cpu)
	local count = tonumber(C.featset_nearest(nil, 0, cpu))
	local found, list = baselines_t(count), {}
	C.featset_nearest(found, count, cpu)
	for i = 1, count do list[i] = found[i - 1] end
	return list
end

-- ---- levels ------------------------------------------------------------------------------

function core.rule_name(rule) return text(C.featset_rule_name(rule)) end
function core.rule_find(name) return tonumber(C.featset_rule_find(name)) end

function core.level_new(cpus, rule)
	local hosts = cpus_t(#cpus)
	for i, cpu in ipairs(cpus) do hosts[i - 1] = cpu end
	local level, problem = level_out_t(), error_t()
	if C.featset_level_new(level, hosts, #cpus, rule, problem) ~= 0 then return failure(problem) end
	return ffi.gc(level[0], C.featset_level_free)
end

function core.level_cpu(level) return copy_cpu(C.featset_level_cpu(level)) end
function core.level_rule(level) return core.rule_name(C.featset_level_rule(level)) end
function core.level_hosts(level) return tonumber(C.featset_level_hosts(level)) end
function core.level_host(level, index) return copy_cpu(C.featset_level_host(level, index)) end
function core.level_vendor(level) return text(C.featset_level_vendor(level)) end
function core.level_mixed(level) return C.featset_level_mixed(level) end
core.level_accumulated = giving_set(C.featset_level_accumulated)
core.level_unknown = giving_set(C.featset_level_unknown)

function core.level_lost(level, index)
	local act, other = set_t(), set_t()
	C.featset_level_lost(act, other, level, index)
	return act, other
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

function core.read(data, format_name, file)
	local format, message = format_by(format_name)
	if format == false then return nil, message end
	local inventory, problem = inventory_out_t(), error_t()
	return take_inventory(C.featset_read(inventory, data, #data, format, file, problem), inventory, problem)
end

function core.read_file(path, format_name, limit)
	local format, message = format_by(format_name)
	if format == false then return nil, message end
	local inventory, problem = inventory_out_t(), error_t()
	return take_inventory(C.featset_read_file(inventory, path, format, limit, problem), inventory, problem)
end

function core.write(cpu, format_name, dialect)
	local format, message = format_by(format_name)
	if format == false then return nil, message end
	local length, problem, left_out = size_out_t(), error_t(), set_t()
	local size, buffer = 0, nil
	repeat
		if C.featset_write(buffer, size, length, cpu, format, dialect, left_out, problem) ~= 0 then
			return failure(problem)
		end
		local done = length[0] < size
		size = tonumber(length[0]) + 1
		buffer = not done and chars_t(size) or buffer
	until done
	return ffi.string(buffer, length[0]), left_out
end

function core.format_at(index)
	local format = C.featset_format_at(index)
	if format == nil then return nil end
	return text(C.featset_format_name(format)), text(C.featset_format_summary(format)),
		C.featset_format_reads(format), C.featset_format_writes(format)
end

function core.inventory_hosts(inventory) return tonumber(C.featset_inventory_hosts(inventory)) end
function core.inventory_host_name(inventory, host) return text(C.featset_inventory_host_name(inventory, host)) end
function core.inventory_host_uuid(inventory, host) return text(C.featset_inventory_host_uuid(inventory, host)) end
function core.inventory_cpu(inventory, host, slot) return copy_cpu(C.featset_inventory_cpu(inventory, host, slot)) end
function core.inventory_notes(inventory) return tonumber(C.featset_inventory_notes(inventory)) end
function core.inventory_note(inventory, index) return text(C.featset_inventory_note(inventory, index)) end
function core.inventory_format(inventory) return text(C.featset_inventory_format(inventory)) end

-- ---- types -----------------------------------------------------------------------------------

-- Whoever casts pointers of his own is on his own; the null pointer at least is nobody's object.
function core.is_set(value)
	return istype(set_t, value) and ffi.sizeof(value) == set_size
end

function core.kind(value)
	if type(value) ~= "cdata" then return nil end
	if core.is_set(value) then return "FeatureSet" end
	for kind, ctype in pairs(pointer) do
		if istype(ctype, value) and value ~= nil then return kind end
	end
end

-- A second load in one state finds the metatables in place, and they do the same.
function core.finish(metatables)
	pcall(ffi.metatype, "featset_t", metatables.FeatureSet)
	pcall(ffi.metatype, "struct featset_cpu", metatables.Cpu)
	pcall(ffi.metatype, "struct featset_baseline", metatables.Baseline)
	pcall(ffi.metatype, "struct featset_level", metatables.Level)
end

return require("featset.api")(core)
