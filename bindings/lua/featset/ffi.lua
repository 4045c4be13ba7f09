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
	typedef struct featset_pool featset_pool_t;
	typedef struct featset_change featset_change_t;
	typedef struct featset_explanation featset_explanation_t;
	typedef struct featset_platform featset_platform_t;
	typedef struct featset_policy featset_policy_t;
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
	featset_inventory_t *featset_inventory_copy(const featset_inventory_t *inventory);
	int featset_inventory_remove(featset_inventory_t *inventory, int record, size_t index);
	int featset_inventory_merge(featset_inventory_t *inventory, featset_inventory_t *from);
	size_t featset_inventory_count(const featset_inventory_t *inventory, int kind);
	const char *featset_inventory_get(const featset_inventory_t *inventory, int field, size_t index);
	const featset_cpu_t *featset_inventory_vm_cpu(const featset_inventory_t *inventory, size_t vm);
	bool featset_inventory_note_is_left_out(const featset_inventory_t *inventory, size_t index);
	const char *featset_record_name(int kind);
	const char *featset_field_name(int field);
	int featset_field_record(int field);
	int featset_inventory_load(featset_inventory_t **inventory, const char *const *paths, size_t count,
			size_t limit, unsigned flags, featset_error_t *error);
	const char *featset_format_summary(const featset_format_t *format);
	const char *featset_format_source(const featset_format_t *format);
	bool featset_format_reads(const featset_format_t *format);
	bool featset_format_writes(const featset_format_t *format);
	int featset_pool_new(featset_pool_t **pool, const featset_inventory_t *inventory, featset_error_t
			*error);
	int featset_pool_new_across(featset_pool_t **pool, const featset_inventory_t *vms, const
			featset_inventory_t *hosts, featset_error_t *error);
	void featset_pool_free(featset_pool_t *pool);
	const char *featset_pool_manager(const featset_pool_t *pool);
	size_t featset_pool_hosts(const featset_pool_t *pool);
	size_t featset_pool_vms(const featset_pool_t *pool);
	bool featset_pool_vm_counts(const featset_pool_t *pool, size_t vm);
	size_t featset_pool_vm_host(const featset_pool_t *pool, size_t vm);
	bool featset_pool_host_enabled(const featset_pool_t *pool, size_t host);
	int featset_pool_vm_guest(const featset_pool_t *pool, size_t vm);
	const featset_level_t *featset_pool_level(const featset_pool_t *pool, int guest);
	int featset_pool_counts(const featset_pool_t *pool, int guest, size_t host);
	const featset_cpu_t *featset_pool_host_cpu(const featset_pool_t *pool, int guest, size_t host);
	const featset_cpu_t *featset_pool_host_max(const featset_pool_t *pool, int guest, size_t host);
	void featset_pool_lost(featset_t *act, featset_t *other, const featset_pool_t *pool, int guest, size_t
			host);
	void featset_pool_price(featset_t *act, featset_t *other, const featset_pool_t *pool, int guest, size_t
			host);
	bool featset_pool_split(const featset_pool_t *pool, int guest, unsigned char *side, featset_t *first,
			featset_t *second);
	bool featset_pool_level_differs(const featset_pool_t *pool, int guest, featset_t *recorded);
	int featset_pool_check(const featset_pool_t *pool, size_t vm, size_t host);
	unsigned featset_pool_blocks(const featset_pool_t *pool, size_t vm, size_t host);
	void featset_pool_missing(featset_t *dst, const featset_pool_t *pool, size_t vm, size_t host);
	const char *featset_cause_name(int cause);
	int featset_pool_cause(const featset_pool_t *pool, size_t vm, size_t host, unsigned feature);
	size_t featset_pool_network_lacking(const featset_pool_t *pool, size_t vm, size_t host, size_t from);
	size_t featset_pool_storage_lacking(const featset_pool_t *pool, size_t vm, size_t host, size_t from);
	int featset_pool_evacuable(const featset_pool_t *pool, size_t host);
	int featset_pool_vm_blocks(const featset_pool_t *pool, size_t vm);
	bool featset_pool_blocked_on(const featset_pool_t *pool, size_t vm, size_t host);
	size_t featset_pool_movable_to(const featset_pool_t *pool, size_t vm, size_t from);
	int featset_pool_cure(const featset_pool_t *pool, size_t vm);
	void featset_pool_gain(featset_t *dst, const featset_pool_t *pool, size_t vm);
	bool featset_pool_pinned(const featset_pool_t *pool, size_t vm);
	size_t featset_pool_command(char *buffer, size_t size, const featset_pool_t *pool, int command, size_t
			vm, size_t host);
	bool featset_pool_half_updated(const featset_pool_t *pool, size_t *one, size_t *two);
	int featset_change_new(featset_change_t **change, const featset_pool_t *before, const featset_pool_t
			*after, featset_error_t *error);
	void featset_change_free(featset_change_t *change);
	void featset_change_level(featset_t *lost, featset_t *gained, const featset_change_t *change, int
			guest);
	size_t featset_change_hosts(const featset_change_t *change);
	void featset_change_host(const featset_change_t *change, size_t index, size_t *before, size_t *after);
	void featset_change_host_features(featset_t *lost, featset_t *gained, const featset_change_t *change,
			int guest, size_t index);
	int featset_change_turn(const featset_change_t *change, size_t index);
	size_t featset_change_stuck(const featset_change_t *change, size_t from);
	bool featset_change_mixes_vendors(const featset_change_t *change);
	int featset_explanation_new(featset_explanation_t **explanation, const char *text, size_t size, const
			featset_pool_t *pool, featset_error_t *error);
	void featset_explanation_free(featset_explanation_t *explanation);
	size_t featset_explanation_count(const featset_explanation_t *explanation);
	const char *featset_explanation_code(const featset_explanation_t *explanation, size_t index);
	const char *featset_explanation_what(const featset_explanation_t *explanation, size_t index);
	const char *featset_explanation_cause(const featset_explanation_t *explanation, size_t index);
	const char *featset_explanation_cure(const featset_explanation_t *explanation, size_t index);
	const char *featset_explanation_command(const featset_explanation_t *explanation, size_t index, size_t
			command);
	size_t featset_explanation_vm(const featset_explanation_t *explanation, size_t index);
	size_t featset_explanation_host(const featset_explanation_t *explanation, size_t index);
	const char *featset_explanation_vm_text(const featset_explanation_t *explanation, size_t index);
	const char *featset_explanation_host_text(const featset_explanation_t *explanation, size_t index);
	const featset_t *featset_explanation_missing(const featset_explanation_t *explanation, size_t index);
	size_t featset_error_codes(void);
	const char *featset_error_code_at(size_t index);
	const char *featset_error_code_cause(size_t index);
	const char *featset_error_code_cure(size_t index);
	const featset_platform_t *featset_platform_at(size_t index);
	const featset_platform_t *featset_platform_find(const char *name, featset_error_t *error);
	const char *featset_platform_name(const featset_platform_t *platform);
	const char *featset_platform_summary(const featset_platform_t *platform);
	int featset_platform_rule(const featset_platform_t *platform);
	const char *featset_platform_target(const featset_platform_t *platform, size_t index);
	int featset_policy_new(featset_policy_t **policy, const featset_cpu_t *cpu, const featset_platform_t
			*platform, const char *target, const char *name, unsigned flags, featset_error_t *error);
	void featset_policy_free(featset_policy_t *policy);
	const char *featset_policy_text(const featset_policy_t *policy);
	const featset_platform_t *featset_policy_platform(const featset_policy_t *policy);
	const char *featset_policy_target(const featset_policy_t *policy);
	const featset_baseline_t *featset_policy_model(const featset_policy_t *policy);
	const featset_t *featset_policy_features(const featset_policy_t *policy);
	const featset_t *featset_policy_left_out(const featset_policy_t *policy);
	const char *featset_policy_note(const featset_policy_t *policy, size_t index);
	bool featset_policy_is_exact(const featset_policy_t *policy);
	void featset_cpu_split(const featset_cpu_t *cpu, const featset_t *features, featset_t *act, featset_t
			*other);
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
local pool_out_t = ffi.typeof("featset_pool_t *[1]")
local change_out_t = ffi.typeof("featset_change_t *[1]")
local explanation_out_t = ffi.typeof("featset_explanation_t *[1]")
local policy_out_t = ffi.typeof("featset_policy_t *[1]")
local paths_t = ffi.typeof("const char *[?]")
local sides_t = ffi.typeof("unsigned char[?]")
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
local ANSWERS = { [0] = "no", "yes", "unknown" }
local GUESTS = { hvm = 0, pv = 1 }
local GUEST_NAMES = { [0] = "hvm", "pv" }
local COUNTS = { [0] = "yes", "no keys", "no such guests" }
local CURES = { "restart", "resume", "unpin", "discard", "hosts", "level" }
local TURNS = { [0] = "none", "software", "firmware", "hardware" }
local BLOCKS = {
	"vendor", "features", "keys", "unknown", "disabled", "version", "network", "storage", "pci", "usb", "vgpu",
}
local COMMANDS = { "restart", "move", "resume", "pin", "unpin", "verify", "evacuate", "relevel" }
-- FEATSET_NONE
local NONE = 0xffffffffffffffffULL
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

function core.left_out(cpu, format_name, dialect)
	local format, message = format_by(format_name)
	if format == false then return nil, message end
	local left_out, problem = set_t(), error_t()
	if C.featset_write(nil, 0, size_out_t(), cpu, format, dialect_of(dialect), left_out, problem) ~= 0 then
		return failure(problem)
	end
	return left_out
end

function core.load_all(paths, limit, keep_going)
	local count = #paths
	local list, inventory, problem = paths_t(count + 1), inventory_out_t(), error_t()
	for i, path in ipairs(paths) do list[i - 1] = path end
	return take_inventory(C.featset_inventory_load(inventory, list, count, limit, flags_of(keep_going), problem),
		inventory, problem)
end

for _, name in ipairs { "summary", "source" } do
	local call = "featset_format_" .. name
	core["format_" .. name] = function(format) return text(C[call](format_by(format))) end
end
function core.format_reads(format) return C.featset_format_reads(format_by(format)) end
function core.format_writes(format) return C.featset_format_writes(format_by(format)) end

-- ---- records --------------------------------------------------------------------------------

core.record_kinds = strings(C.featset_record_name)

local KIND_NUMBERS, FIELDS, FIRST_FIELDS = {}, {}, {}
for i, name in ipairs(core.record_kinds()) do KIND_NUMBERS[name] = i - 1 end
do
	local field, names = 0, core.record_kinds()
	while C.featset_field_name(field) ~= nil do
		local kind = names[tonumber(C.featset_field_record(field)) + 1]
		if not FIELDS[kind] then FIELDS[kind], FIRST_FIELDS[kind] = {}, field end
		local list = FIELDS[kind]
		list[#list + 1] = text(C.featset_field_name(field))
		field = field + 1
	end
end

function core.record_fields(kind)
	local list = {}
	for i, name in ipairs(FIELDS[kind]) do list[i] = name end
	return list
end

local function record_count(inventory, kind)
	return tonumber(C.featset_inventory_count(inventory, KIND_NUMBERS[kind]))
end

local function records(inventory, kind)
	local list, first = {}, FIRST_FIELDS[kind]
	for i = 1, record_count(inventory, kind) do
		local record = {}
		for k, name in ipairs(FIELDS[kind]) do
			record[name] = text(C.featset_inventory_get(inventory, first + k - 1, i - 1))
		end
		list[i] = record
	end
	return list
end

function core.record_find(inventory, kind, name)
	local first, same, found = FIRST_FIELDS[kind], 0, nil
	for i = 0, record_count(inventory, kind) - 1 do
		if name ~= "" and text(C.featset_inventory_get(inventory, first + 1, i)) == name then return i end
		if name ~= "" and text(C.featset_inventory_get(inventory, first + 2, i)) == name then
			same, found = same + 1, i
		end
	end
	if same == 1 then return found end
	if same > 1 then
		return nil, ("%d of kind '%s' are called '%s'; their UUIDs differ"):format(same, kind, name:sub(1, 200))
	end
	return nil, ("no %s has the name or UUID '%s'"):format(kind, name:sub(1, 200))
end

local function own_inventory(inventory)
	if inventory == nil then error("not enough memory", 0) end
	return ffi.gc(inventory, C.featset_inventory_free)
end

local function merged(inventory, other)
	local copy, from = own_inventory(C.featset_inventory_copy(inventory)), own_inventory(C.featset_inventory_copy(other))
	if C.featset_inventory_merge(copy, from) ~= 0 then error("not enough memory", 0) end
	return copy
end

local function reduced(inventory, kind, index)
	local copy = own_inventory(C.featset_inventory_copy(inventory))
	if C.featset_inventory_remove(copy, KIND_NUMBERS[kind], index) ~= 0 then error("not enough memory", 0) end
	return copy
end

local function left_out(inventory)
	local list = {}
	for i = 0, tonumber(C.featset_inventory_notes(inventory)) - 1 do
		if C.featset_inventory_note_is_left_out(inventory, i) then
			list[#list + 1] = text(C.featset_inventory_note(inventory, i))
		end
	end
	return list
end

core.inventory = {
	left_out = left_out,
	records = records,
	total = record_count,
	vm_cpu = function(inventory, vm) return copy_cpu(C.featset_inventory_vm_cpu(inventory, vm)) end,
	merge = merged,
	reduced = reduced,
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

-- ---- pools: indices count from 0 -----------------------------------------------------------------

local function which(index)
	if index ~= NONE then return tonumber(index) end
end

local function indices(step)
	local list, at = {}, step(0)
	while at ~= NONE do
		list[#list + 1] = tonumber(at)
		at = step(at + 1)
	end
	return list
end

local function take_pool(status, pool, problem)
	if status ~= 0 then return failure(problem) end
	return ffi.gc(pool[0], C.featset_pool_free)
end

function core.pool(inventory)
	local pool, problem = pool_out_t(), error_t()
	return take_pool(C.featset_pool_new(pool, inventory, problem), pool, problem)
end

function core.pool_across(vms, hosts)
	local pool, problem = pool_out_t(), error_t()
	return take_pool(C.featset_pool_new_across(pool, vms, hosts, problem), pool, problem)
end

function core.pool_manager(pool) return text(C.featset_pool_manager(pool)) end
function core.pool_hosts(pool) return tonumber(C.featset_pool_hosts(pool)) end
function core.pool_vms(pool) return tonumber(C.featset_pool_vms(pool)) end
function core.pool_vm_counts(pool, vm) return C.featset_pool_vm_counts(pool, vm) end
function core.pool_vm_host(pool, vm) return which(C.featset_pool_vm_host(pool, vm)) end
function core.pool_vm_guest(pool, vm) return GUEST_NAMES[tonumber(C.featset_pool_vm_guest(pool, vm))] end
function core.pool_vm_blocks(pool, vm) return ANSWERS[tonumber(C.featset_pool_vm_blocks(pool, vm))] end
function core.pool_vm_cure(pool, vm) return CURES[tonumber(C.featset_pool_cure(pool, vm))] end
core.pool_vm_gain = giving_set(C.featset_pool_gain)
function core.pool_vm_pinned(pool, vm) return C.featset_pool_pinned(pool, vm) end

function core.pool_vm_movable_to(pool, vm)
	return indices(function(from) return C.featset_pool_movable_to(pool, vm, from) end)
end

function core.pool_vm_blocked_on(pool, vm)
	local list = {}
	for host = 0, core.pool_hosts(pool) - 1 do
		if C.featset_pool_blocked_on(pool, vm, host) then list[#list + 1] = host end
	end
	return list
end

function core.pool_host_enabled(pool, host) return C.featset_pool_host_enabled(pool, host) end
function core.pool_host_evacuable(pool, host) return ANSWERS[tonumber(C.featset_pool_evacuable(pool, host))] end

function core.pool_host_counts(pool, guest, host)
	return COUNTS[tonumber(C.featset_pool_counts(pool, GUESTS[guest], host))]
end

function core.pool_host_cpu(pool, guest, host, max)
	local call = max and C.featset_pool_host_max or C.featset_pool_host_cpu
	return copy_cpu(call(pool, GUESTS[guest], host))
end

local function act_or_other(call)
	return function(pool, guest, host, other)
		local act, rest = set_t(), set_t()
		call(act, rest, pool, GUESTS[guest], host)
		return other and rest or act
	end
end

core.pool_host_lost = act_or_other(C.featset_pool_lost)
core.pool_host_price = act_or_other(C.featset_pool_price)

-- The same level from the same hosts: the pool's own is not the script's to keep.
function core.pool_level(pool, guest)
	local own = C.featset_pool_level(pool, GUESTS[guest])
	if own == nil then return nil end
	local list = {}
	for i = 1, tonumber(C.featset_level_hosts(own)) do list[i] = C.featset_level_host(own, i - 1) end
	return core.level(list, text(C.featset_rule_name(C.featset_level_rule(own))))
end

function core.pool_recorded(pool, guest)
	local recorded = set_t()
	if C.featset_pool_level_differs(pool, GUESTS[guest], recorded) then return recorded end
end

function core.pool_split(pool, guest)
	local count = core.pool_hosts(pool)
	local side, first, second = sides_t(count + 1), set_t(), set_t()
	if not C.featset_pool_split(pool, GUESTS[guest], side, first, second) then return nil end
	local halves = { { hosts = {}, features = first }, { hosts = {}, features = second } }
	for host = 0, count - 1 do
		local half = halves[side[host] + 1]
		if half then half.hosts[#half.hosts + 1] = host end
	end
	return halves
end

function core.pool_check(pool, vm, host) return ANSWERS[tonumber(C.featset_pool_check(pool, vm, host))] end
core.pool_missing = giving_set(C.featset_pool_missing)

function core.pool_blocks(pool, vm, host)
	local list, bits = {}, C.featset_pool_blocks(pool, vm, host)
	for i, name in ipairs(BLOCKS) do
		if band(bits, lshift(1, i - 1)) ~= 0 then list[#list + 1] = name end
	end
	return list
end

function core.pool_cause(pool, vm, host, feature)
	if not core.has(core.pool_missing(pool, vm, host), feature) then return nil end
	return text(C.featset_cause_name(C.featset_pool_cause(pool, vm, host, feature)))
end

function core.pool_lacking(pool, vm, host, storage)
	local call = storage and C.featset_pool_storage_lacking or C.featset_pool_network_lacking
	return indices(function(from) return call(pool, vm, host, from) end)
end

function core.pool_half_updated(pool)
	local one, two = size_out_t(), size_out_t()
	if not C.featset_pool_half_updated(pool, one, two) then return {} end
	return { tonumber(one[0]), tonumber(two[0]) }
end

function core.commands()
	local list = {}
	for i, name in ipairs(COMMANDS) do list[i] = name end
	return list
end

local COMMAND_NUMBERS = {}
for i, name in ipairs(COMMANDS) do COMMAND_NUMBERS[name] = i - 1 end

function core.pool_command(pool, what, vm, host)
	local command = COMMAND_NUMBERS[what]
	local length = C.featset_pool_command(nil, 0, pool, command, vm or NONE, host or NONE)
	if length == 0 then return nil end
	local buffer = chars_t(length + 1)
	C.featset_pool_command(buffer, length + 1, pool, command, vm or NONE, host or NONE)
	return ffi.string(buffer, length)
end

-- ---- changes ---------------------------------------------------------------------------------------

function core.change(before, after)
	local change, problem = change_out_t(), error_t()
	if C.featset_change_new(change, before, after, problem) ~= 0 then return failure(problem) end
	return ffi.gc(change[0], C.featset_change_free)
end

function core.change_level(change, guest, gain)
	local lost, gained = set_t(), set_t()
	C.featset_change_level(lost, gained, change, GUESTS[guest])
	return gain and gained or lost
end

function core.change_hosts(change) return tonumber(C.featset_change_hosts(change)) end

function core.change_host(change, index, after)
	local old, new = size_out_t(), size_out_t()
	C.featset_change_host(change, index, old, new)
	return which(after and new[0] or old[0])
end

function core.change_features(change, guest, index, gain)
	local lost, gained = set_t(), set_t()
	C.featset_change_host_features(lost, gained, change, GUESTS[guest], index)
	return gain and gained or lost
end

function core.change_turn(change, index) return TURNS[tonumber(C.featset_change_turn(change, index))] end
function core.change_mixes_vendors(change) return C.featset_change_mixes_vendors(change) end

function core.change_stuck(change)
	return indices(function(from) return C.featset_change_stuck(change, from) end)
end

-- ---- explanations ------------------------------------------------------------------------------------

function core.explain(pasted, pool)
	local explanation, problem = explanation_out_t(), error_t()
	if C.featset_explanation_new(explanation, pasted, #pasted, pool, problem) ~= 0 then return failure(problem) end
	return ffi.gc(explanation[0], C.featset_explanation_free)
end

function core.finding_count(explanation) return tonumber(C.featset_explanation_count(explanation)) end

function core.finding(explanation, index)
	local finding = {
		vm = which(C.featset_explanation_vm(explanation, index)),
		host = which(C.featset_explanation_host(explanation, index)),
		missing = copy_set(C.featset_explanation_missing(explanation, index)),
		commands = strings(function(i) return C.featset_explanation_command(explanation, index, i) end)(),
	}
	for _, name in ipairs { "code", "what", "cause", "cure", "vm_text", "host_text" } do
		finding[name] = text(C["featset_explanation_" .. name](explanation, index))
	end
	return finding
end

core.error_codes = strings(C.featset_error_code_at)
core.error_causes = strings(C.featset_error_code_cause)
core.error_cures = strings(C.featset_error_code_cure)

-- ---- policies -----------------------------------------------------------------------------------------

core.platforms = strings(function(i)
	local platform = C.featset_platform_at(i)
	return platform ~= nil and C.featset_platform_name(platform) or nil
end)

local function platform_by(name)
	local problem = error_t()
	local platform = C.featset_platform_find(name, problem)
	if platform == nil then return failure(problem) end
	return platform
end

local function of_platform(get)
	return function(name)
		local platform, message = platform_by(name)
		if not platform then return nil, message end
		return get(platform)
	end
end

core.platform_summary = of_platform(function(platform) return text(C.featset_platform_summary(platform)) end)
core.platform_rule = of_platform(function(platform)
	return text(C.featset_rule_name(C.featset_platform_rule(platform)))
end)
core.platform_targets = of_platform(function(platform)
	return strings(function(i) return C.featset_platform_target(platform, i) end)()
end)

-- Which features keep a policy from being exact.
local function inexact(policy, cpu)
	local act, other, words = set_t(), set_t(), {}
	C.featset_cpu_split(cpu, C.featset_policy_left_out(policy), act, other)
	local number = core.next(act, 0)
	while number do
		words[#words + 1] = core.feature_spell(number, "canonical")
		number = core.next(act, number + 1)
	end
	return nil, ("%s cannot express %s"):format(text(C.featset_policy_target(policy)), table.concat(words, " "))
end

-- FEATSET_POLICY_EXPANDED is 1, FEATSET_POLICY_LEAVE_OPEN 2; "" is no target and no name.
function core.policy(cpu, platform, target, name, expanded, strict, leave_open)
	local found, message = platform_by(platform)
	if not found then return nil, message end
	local policy, problem = policy_out_t(), error_t()
	if C.featset_policy_new(policy, cpu, found, target ~= "" and target or nil, name ~= "" and name or nil,
			(expanded and 1 or 0) + (leave_open and 2 or 0), problem) ~= 0 then
		return failure(problem)
	end
	local made = ffi.gc(policy[0], C.featset_policy_free)
	if strict and not C.featset_policy_is_exact(made) then return inexact(made, cpu) end
	return made
end

function core.policy_text(policy) return text(C.featset_policy_text(policy)) end
function core.policy_platform(policy) return text(C.featset_platform_name(C.featset_policy_platform(policy))) end
function core.policy_target(policy) return text(C.featset_policy_target(policy)) end
function core.policy_model(policy) return constant(C.featset_policy_model(policy)) end
function core.policy_features(policy) return copy_set(C.featset_policy_features(policy)) end
function core.policy_left_out(policy) return copy_set(C.featset_policy_left_out(policy)) end
function core.policy_is_exact(policy) return C.featset_policy_is_exact(policy) end

function core.policy_notes(policy)
	return strings(function(i) return C.featset_policy_note(policy, i) end)()
end

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
