-- SPDX-License-Identifier: MIT
--
-- What scripts see, over a core that calls the library: featset.core (C) or
-- featset.ffi (LuaJIT).  Both cores have the same functions, named like the
-- library's without the prefix: what fills a set gives a new set, what can fail
-- gives nil and a sentence, and no function of a core sees an argument that was
-- not checked here.
--
-- A new attribute of a class needs nothing here, and one line in ffi.lua; a new
-- function needs its few lines with the checks here, and one in ffi.lua.  The C
-- core has both from featset.i.
local floor, concat = math.floor, table.concat
-- No table can lie about its length.
local length_of = rawlen or function(list) return #list end

local FEATURES, WORDS = 2048, 64

local NUMBERS = {
	"family", "model", "stepping", "max_basic", "max_subleaf_7", "max_hypervisor", "max_extended", "max_centaur",
	"phys_bits", "linear_bits", "avx10_version", "xcr0", "xen_length",
}
local SLOTS = { "cpu", "hvm", "hvm_max", "pv", "pv_max" }

local function set_of_names(names)
	local set = {}
	for _, name in ipairs(names) do set[name] = true end
	return set
end

return function(core)
	local featset = {}
	local kind, is_set = core.kind, core.is_set
	-- What featset/pools.lua adds: the names of its types, and its hosts as tables.
	local pool_kind, host_table
	-- The same of featset/policies.lua.
	local policy_kind

	-- ---- arguments --------------------------------------------------------------

	local function described(value)
		return kind(value) or (value == nil and "nil") or type(value)
	end

	-- Level 3 is whoever called the function that complains.
	local function misuse(position, where, expected, value, level)
		error(("bad argument #%d to '%s' (%s expected, got %s)"):format(position, where, expected,
			type(value) == "string" and value or described(value)), (level or 3))
	end

	local function wrong(position, where, expected, value)
		error(("bad argument #%d to '%s' (%s expected, got %s)"):format(position, where, expected,
			described(value)), 4)
	end

	-- A key for a message.
	local function shown(key)
		return type(key) == "string" and ("'%s'"):format(key) or type(key) == "number" and tostring(key) or
			described(key)
	end

	-- A key that was mistyped must not be overlooked.
	local function only(value, position, where, keys)
		for key in next, value do
			if not keys[key] then
				error(("bad argument #%d to '%s' (unknown key %s)"):format(position, where, shown(key)), 3)
			end
		end
	end

	local function self_of(self, expected, where)
		if kind(self) ~= expected then
			error(("'%s' is a method of %s, got %s: call it with ':'"):format(where, expected, described(self)), 3)
		end
		return self
	end

	local function integer(value, least, most)
		if type(value) == "number" and value == floor(value) and value >= least and value <= most then
			return floor(value)
		end
	end

	-- C ends a string at a NUL byte; what follows must not get lost in silence.
	local function clean(text)
		if text:find("\0", 1, true) then return nil, "a name cannot hold a NUL byte" end
		return text
	end

	local DIALECTS, RULES = set_of_names(core.dialects()), set_of_names(core.rules())

	-- nil stands for the canonical names.
	local function dialect_of(name, position, where)
		if name == nil then return "canonical" end
		if type(name) ~= "string" then wrong(position, where, "name of a dialect", name) end
		if DIALECTS[name] then return name end
		return nil, ("no dialect is called '%s'; there are %s"):format(name, concat(core.dialects(), ", "))
	end

	local function edges_of(name, position, where)
		if name == nil then return "all" end
		if name ~= "all" and name ~= "xen" then wrong(position, where, "'all' or 'xen'", name) end
		return name
	end

	-- A feature's number from its name, itself, or a Feature.
	local function number_of(value, position, where)
		if type(value) == "table" then value = rawget(value, "number") end
		if type(value) == "string" then
			local name, message = clean(value)
			if not name then return nil, message end
			return core.feature(name)
		end
		local number = integer(value, 0, FEATURES - 1)
		if not number then
			wrong(position, where, ("name of a feature or number from 0 to %d"):format(FEATURES - 1), value)
		end
		return number
	end

	-- ---- sets -----------------------------------------------------------------------

	local Set = {}

	-- LuaJIT compiles the check and the operation into the caller's trace.
	local function pair(where, operation)
		return function(a, b)
			if not is_set(a) then misuse(1, where, "FeatureSet", described(a)) end
			if not is_set(b) then misuse(2, where, "FeatureSet", described(b)) end
			return operation(a, b)
		end
	end

	for _, where in ipairs { "intersect", "union", "minus", "xor", "subset", "proper_subset",
		"equal", "disjoint" } do
		Set[where] = core.checked and core[where] or pair(where, core[where])
	end

	local function one(where, operation)
		return function(set)
			if not is_set(set) then misuse(1, where, "FeatureSet", described(set)) end
			return operation(set)
		end
	end

	Set.count = core.checked and core.count or one("count", core.count)
	Set.empty = one("empty", function(set) return core.disjoint(set, set) end)

	Set.has = core.checked and core.has or function(set, feature)
		if not is_set(set) then misuse(1, "has", "FeatureSet", described(set)) end
		local number, message = number_of(feature, 1, "has")
		if not number then return nil, message end
		return core.has(set, number)
	end

	-- for name, number in set:iter() do ... end, in order of number
	function Set.iter(set, dialect)
		self_of(set, "FeatureSet", "iter")
		local code, message = dialect_of(dialect, 1, "iter")
		if not code then error(message, 2) end
		local at = 0
		return function()
			local number = core.next(set, at)
			if not number then
				at = FEATURES
				return nil
			end
			at = number + 1
			return core.feature_spell(number, code), number
		end
	end

	function Set.names(set, dialect)
		self_of(set, "FeatureSet", "names")
		local code, message = dialect_of(dialect, 1, "names")
		if not code then return nil, message end
		local names = {}
		local number = core.next(set, 0)
		while number do
			names[#names + 1] = core.feature_spell(number, code)
			number = core.next(set, number + 1)
		end
		return names
	end

	function Set.numbers(set)
		self_of(set, "FeatureSet", "numbers")
		local numbers = {}
		local number = core.next(set, 0)
		while number do
			numbers[#numbers + 1] = number
			number = core.next(set, number + 1)
		end
		return numbers
	end

	local WORD_NUMBERS = {}
	for number = 0, WORDS - 1 do WORD_NUMBERS[core.word_name(number)] = number end

	local function word_of(word, position, where)
		if type(word) == "string" then
			local number = WORD_NUMBERS[word:lower()]
			if number then return number end
			return nil, ("no word is called '%s'"):format(word)
		end
		local number = integer(word, 0, WORDS - 1)
		if not number then wrong(position, where, "name of a word or number from 0 to 63", word) end
		return number
	end

	function Set.word(set, word)
		self_of(set, "FeatureSet", "word")
		local number, message = word_of(word, 1, "word")
		if not number then return nil, message end
		return core.word(set, number)
	end

	function Set.xen(set, length)
		self_of(set, "FeatureSet", "xen")
		local words = integer(length == nil and 23 or length, 0, 23)
		if not words then misuse(1, "xen", "number of words from 0 to 23", described(length)) end
		return core.xen_write(set, words)
	end

	-- With everything its features need; without what lacks a prerequisite.
	function Set.closed(set, edges)
		return core.closed(self_of(set, "FeatureSet", "closed"), edges_of(edges, 1, "closed"))
	end

	function Set.pruned(set, edges)
		return core.pruned(self_of(set, "FeatureSet", "pruned"), edges_of(edges, 1, "pruned"))
	end

	local function set_text(set)
		return concat(Set.names(set), ",")
	end

	-- ---- cpus -------------------------------------------------------------------------

	local fields = core.fields

	-- Of a host, the slots to look into, and in which order.
	local GUEST, TARGET = { "hvm", "cpu" }, { "hvm_max", "hvm", "cpu" }

	-- Whatever can stand for a cpu: what it is, then.  A file that tells of one host is that host.
	local function as_cpu(value, slots, inner)
		local what = kind(value)
		if what == "Cpu" then return value end
		if what == "Level" then return fields.Level.cpu(value) end
		if what == "FeatureSet" then return core.cpu_of(value) end
		if what == "Baseline" then
			local cpu = core.cpu_of(fields.Baseline.features(value))
			core.cpu_set_vendor(cpu, fields.Baseline.vendor(value))
			return cpu
		end
		if type(value) == "string" then
			local text, message = clean(value)
			if not text then return nil, message end
			return core.expression(text)
		end
		if type(value) == "table" then
			value = host_table(value) or value
			for _, slot in ipairs(slots or GUEST) do
				local cpu = rawget(value, slot)
				if kind(cpu) == "Cpu" then return cpu end
			end
			if not inner and length_of(value) == 1 then return as_cpu(rawget(value, 1), slots, true) end
		end
	end

	local ANY_CPU = "Cpu, host, Baseline, Level, FeatureSet or names"

	local function cpu_of(value, position, where, slots)
		local cpu, message = as_cpu(value, slots)
		if not cpu and not message then wrong(position, where, ANY_CPU, value) end
		return cpu, message
	end

	local function known_text(text)
		return text ~= "" and text or nil
	end

	local function write(value, format, dialect, first, where, call)
		local cpu, message = cpu_of(value, first, where)
		if not cpu then return nil, message end
		if type(format) ~= "string" then wrong(first + 1, where, "name of a format", format) end
		format, message = clean(format)
		if not format then return nil, message end
		dialect, message = dialect_of(dialect, first + 2, where)
		if not dialect then return nil, message end
		return (call or core.write)(cpu, format, dialect)
	end

	local Cpu = {}

	-- One word as it was read, number fields and all.
	function Cpu.word(cpu, word)
		self_of(cpu, "Cpu", "word")
		local number, message = word_of(word, 1, "word")
		if not number then return nil, message end
		local name = core.word_name(number)
		local bits = fields.Cpu.words(cpu)[name]
		if not bits then return nil, ("word %s was not read"):format(name) end
		return bits
	end

	function Cpu.write(cpu, format, dialect)
		return write(self_of(cpu, "Cpu", "write"), format, dialect, 0, "write")
	end

	local function cpu_text(cpu)
		local uarch, brand = fields.Cpu.microarchitecture(cpu), known_text(fields.Cpu.brand(cpu))
		local name = uarch and fields.Baseline.name(uarch)
		if name and brand then return name .. ", " .. brand end
		return name or brand or known_text(fields.Cpu.vendor(cpu)) or
			("a cpu of %d features"):format(core.count(fields.Cpu.features(cpu)))
	end

	-- ---- baselines --------------------------------------------------------------------

	local Baseline = {}

	-- Is this cpu at least this baseline?  true, false or nil for unknown; then what is missing and unknown.
	function Baseline.fits(baseline, cpu)
		self_of(baseline, "Baseline", "fits")
		local message
		cpu, message = cpu_of(cpu, 1, "fits")
		if not cpu then return nil, message end
		return core.fits(baseline, cpu)
	end

	-- ---- levels -------------------------------------------------------------------------

	local Level = {}

	local function host_of(level, host, where)
		local count = #fields.Level.hosts(level)
		local index = integer(host, 1, count)
		if not index then wrong(1, where, ("number of a host from 1 to %d"):format(count), host) end
		return index - 1
	end

	-- What one host loses: what a person can act on, then the rest.
	function Level.lost(level, host)
		local index = host_of(self_of(level, "Level", "lost"), host, "lost")
		return core.lost(level, index), core.lost_other(level, index)
	end

	function Level.lost_other(level, host)
		return core.lost_other(level, host_of(self_of(level, "Level", "lost_other"), host, "lost_other"))
	end

	function Level.write(level, format, dialect)
		return write(self_of(level, "Level", "write"), format, dialect, 0, "write")
	end

	local function level_text(level)
		local baseline, psabi = fields.Level.baseline(level), fields.Level.psabi(level)
		local hosts = #fields.Level.hosts(level)
		local name = baseline and fields.Baseline.name(baseline) or "no known baseline"
		local generic = psabi > 1 and "x86-64-v" .. psabi or psabi == 1 and "x86-64" or name
		return ("%s%s: %d host%s, %d features (rule %s)"):format(name, generic ~= name and ", " .. generic or "",
			hosts, hosts == 1 and "" or "s", core.count(fields.Level.features(level)), fields.Level.rule(level))
	end

	-- ---- metatables -----------------------------------------------------------------------

	-- Strings that are not known are nil.
	local function index_of(methods, getters)
		return function(self, key)
			local method = methods[key]
			if method then return method end
			local get = getters[key]
			local value = get and get(self)
			if value ~= "" then return value end
		end
	end

	local function frozen(name)
		return function() error(("a %s cannot be changed"):format(name), 2) end
	end

	local function joined(a, b)
		return tostring(a) .. tostring(b)
	end

	core.finish {
		FeatureSet = {
			__index = Set,
			__newindex = frozen "FeatureSet",
			__mul = Set.intersect,
			__add = Set.union,
			__sub = Set.minus,
			__band = Set.intersect,
			__bor = Set.union,
			__bxor = Set.xor,
			__le = Set.subset,
			__lt = Set.proper_subset,
			__eq = core.checked and core.equal or function(a, b)
				return is_set(a) and is_set(b) and core.equal(a, b)
			end,
			-- Lua gives the operand of # twice.
			__len = core.checked and core.count or function(set) return core.count(set) end,
			__pairs = function(set) return Set.iter(set) end,
			__tostring = set_text,
			__concat = joined,
			__name = "FeatureSet",
		},
		Cpu = {
			__index = index_of(Cpu, fields.Cpu),
			__newindex = frozen "Cpu",
			__tostring = cpu_text,
			__concat = joined,
			__name = "Cpu",
		},
		Baseline = {
			__index = index_of(Baseline, fields.Baseline),
			__newindex = frozen "Baseline",
			__tostring = fields.Baseline.name,
			__concat = joined,
			__name = "Baseline",
		},
		Level = {
			__index = index_of(Level, fields.Level),
			__newindex = frozen "Level",
			__tostring = level_text,
			__concat = joined,
			__len = function(level) return #fields.Level.hosts(level) end,
			__name = "Level",
		},
	}

	-- ---- the module: sets and features -----------------------------------------------------

	featset.version = "0.1.0"

	function featset.type(value)
		return kind(value) or type(value) == "table" and (pool_kind(value) or policy_kind(value)) or nil
	end

	-- A key that no list of this length has; nil when there is none.
	local function key_beside(list, length)
		for key in next, list do
			if not integer(key, 1, length) then return key end
		end
	end

	local function gather(set, value, position, depth)
		local what = kind(value)
		if what == "FeatureSet" then return core.union(set, value) end
		if what then return core.union(set, fields[what].features(value)) end
		value = host_table(value) or value
		if type(value) == "table" and rawget(value, "number") == nil then
			for _, slot in ipairs(GUEST) do
				local cpu = rawget(value, slot)
				if kind(cpu) == "Cpu" then return core.union(set, fields.Cpu.features(cpu)) end
			end
		end
		if type(value) == "table" and rawget(value, "number") == nil and depth < 1 then
			local length = length_of(value)
			local key = key_beside(value, length)
			if key ~= nil then
				error(("bad argument #%d to 'set' (a list has no key %s)"):format(position, shown(key)), 3)
			end
			for i = 1, length do
				local message
				set, message = gather(set, rawget(value, i), position, depth + 1)
				if not set then return nil, message end
			end
			return set
		end
		local number = type(value) == "table" and rawget(value, "number") or value
		if type(number) ~= "string" and not integer(number, 0, FEATURES - 1) then
			error(("bad argument #%d to 'set' (name of a feature, number from 0 to %d, or something with features " ..
				"expected, got %s)"):format(position, FEATURES - 1, described(value)), 3 + depth)
		end
		local found, message = number_of(number)
		if not found then return nil, message end
		return core.union(set, core.set_of(found))
	end

	function featset.set(...)
		local set, message = core.set_of(), nil
		for position = 1, select("#", ...) do
			set, message = gather(set, (select(position, ...)), position, 0)
			if not set then return nil, message end
		end
		return set
	end

	local Feature = {
		__tostring = function(feature) return feature.name end,
		__eq = function(a, b) return rawget(a, "number") == rawget(b, "number") end,
		__name = "Feature",
	}

	local function feature_at(number)
		return setmetatable({
			number = number,
			name = core.feature_spell(number, "canonical"),
			word = floor(number / 32),
			bit = number % 32,
			class = core.feature_class(number),
			merge = core.feature_merge(number),
			scope = core.feature_scope(number),
			summary = core.feature_summary(number),
		}, Feature)
	end

	function featset.feature(name, dialect)
		if type(name) ~= "string" or dialect == nil then
			local number, message = number_of(name, 1, "feature")
			if not number then return nil, message end
			return feature_at(number)
		end
		local message
		dialect, message = dialect_of(dialect, 2, "feature")
		if not dialect then return nil, message end
		name, message = clean(name)
		if not name then return nil, message end
		local number
		number, message = core.feature(name, dialect)
		if not number then return nil, message end
		return feature_at(number)
	end

	-- All features that have a name, in order of number.
	function featset.features()
		local named, at = core.named(), 0
		return function()
			local number = core.next(named, at)
			at = number and number + 1 or FEATURES
			return number and feature_at(number)
		end
	end

	-- A feature's spelling in a dialect; nil and a sentence where the dialect has none.
	function featset.spell(feature, dialect)
		local number, message = number_of(feature, 1, "spell")
		if not number then return nil, message end
		dialect, message = dialect_of(dialect, 2, "spell")
		if not dialect then return nil, message end
		if dialect == "canonical" then return core.feature_spell(number, dialect) end
		local name = core.feature_name(number, dialect)
		if not name then
			return nil, ("%s has no name for %s"):format(dialect, core.feature_spell(number, "canonical"))
		end
		return name
	end

	-- What a feature needs directly; what needs it, at any distance.
	for _, where in ipairs { "requirements", "dependants" } do
		featset[where] = function(feature, edges)
			edges = edges_of(edges, 2, where)
			local number, message = number_of(feature, 1, where)
			if not number then return nil, message end
			return core[where](number, edges)
		end
	end

	local function word_at(number)
		return {
			number = number,
			name = core.word_name(number),
			source = core.word_source(number),
			index = core.word_index(number),
			subleaf = core.word_subleaf(number),
			register = core.word_register(number),
			flags = core.word_flags(number),
		}
	end

	function featset.word(word)
		local number, message = word_of(word, 1, "word")
		if not number then return nil, message end
		return word_at(number)
	end

	-- The 64 words of a set.
	function featset.words()
		local number = -1
		return function()
			number = number + 1
			if number < WORDS then return word_at(number) end
		end
	end

	featset.dialects, featset.formats, featset.rules = core.dialects, core.formats, core.rules

	-- ---- the module: cpus ---------------------------------------------------------------------

	local function options_of(value, position, where)
		if value == nil then return {} end
		if type(value) ~= "table" then wrong(position, where, "table of options", value) end
		return value
	end

	local HOST = set_of_names { "all_cpus", "msr" }

	function featset.host(options)
		options = options_of(options, 1, "host")
		only(options, 1, "host", HOST)
		return core.host(options.all_cpus and true or false, options.msr ~= false)
	end

	-- A cpu from a list or arithmetic of features and baselines, such as "haswell-avx2+sha_ni".
	function featset.parse(text)
		if type(text) ~= "string" then misuse(1, "parse", "string", described(text)) end
		local words, message = clean(text)
		if not words then return nil, message end
		return core.expression(words)
	end

	local DESCRIPTION = set_of_names { "features", "known", "vendor", "brand" }
	for _, name in ipairs(NUMBERS) do DESCRIPTION[name] = true end

	-- A cpu by hand: features, and where you know them known (else everything), vendor, brand and numbers.
	function featset.cpu(description)
		if type(description) ~= "table" then misuse(1, "cpu", "table", described(description)) end
		only(description, 1, "cpu", DESCRIPTION)
		local features, known = description.features, description.known
		if not is_set(features) then misuse(1, "cpu", "features: FeatureSet", described(features)) end
		if known ~= nil and not is_set(known) then misuse(1, "cpu", "known: FeatureSet", described(known)) end
		local cpu = core.cpu_of(features, known)
		for _, name in ipairs { "vendor", "brand" } do
			local value = description[name]
			if value ~= nil then
				if type(value) ~= "string" then misuse(1, "cpu", name .. ": string", described(value)) end
				if not clean(value) then
					error(("bad argument #1 to 'cpu' (%s: cannot hold a NUL byte)"):format(name), 2)
				end
				core["cpu_set_" .. name](cpu, value)
			end
		end
		for _, name in ipairs(NUMBERS) do
			local value = description[name]
			if value ~= nil then
				local whole = integer(value, 0, 2 ^ 53)
				if not whole then misuse(1, "cpu", name .. ": whole number from 0 to 2^53", described(value)) end
				core.cpu_set_number(cpu, name, whole)
			end
		end
		return cpu
	end

	local function pool_of(inventory, message)
		if not inventory then return nil, message end
		local get = core.inventory
		local pool = { format = get.format(inventory), notes = get.notes(inventory) }
		for i = 1, get.count(inventory) do
			local host = {
				name = known_text(get.name(inventory, i - 1)),
				uuid = known_text(get.uuid(inventory, i - 1)),
			}
			for _, slot in ipairs(SLOTS) do host[slot] = get.cpu(inventory, i - 1, slot) end
			pool[i] = host
		end
		return pool
	end

	-- nil for any format; false and a sentence when it cannot be a name.
	local function format_name(options, where)
		local name = options.format
		if name == nil then return nil end
		if type(name) ~= "string" then misuse(2, where, "format: name of a format", described(name), 4) end
		local text, message = clean(name)
		return text or false, message
	end

	local function limit_of(options, name)
		local limit = integer(options.limit == nil and 0 or options.limit, 0, 2 ^ 52)
		if not limit then misuse(2, name, "limit: number of bytes", described(options.limit), 4) end
		return limit
	end

	local LOAD = set_of_names { "format", "limit", "keep_going" }
	local LOADS = set_of_names { "format", "limit", "keep_going", "file" }

	-- The hosts that a file tells of: a list, each with name, uuid, cpu, hvm, hvm_max, pv, pv_max.
	function featset.load(path, options)
		if type(path) ~= "string" then misuse(1, "load", "path", described(path)) end
		options = options_of(type(options) == "string" and { format = options } or options, 2, "load")
		only(options, 2, "load", LOAD)
		local limit = limit_of(options, "load")
		local format, message = format_name(options, "load")
		if format == false then return nil, message end
		local file
		file, message = clean(path)
		if not file then return nil, message end
		if file == "-" then file = "./-" end
		return pool_of(core.read_file(file, format, limit, not not options.keep_going))
	end

	function featset.loads(text, options)
		if type(text) ~= "string" then misuse(1, "loads", "string", described(text)) end
		options = options_of(type(options) == "string" and { format = options } or options, 2, "loads")
		only(options, 2, "loads", LOADS)
		local file = options.file
		if file ~= nil and type(file) ~= "string" then misuse(2, "loads", "file: string", described(file)) end
		local limit = limit_of(options, "loads")
		local format, message = format_name(options, "loads")
		if format == false then return nil, message end
		if file then
			file, message = clean(file)
			if not file then return nil, message end
		end
		return pool_of(core.read(text, format, file, limit, not not options.keep_going))
	end

	-- What dumps would leave out, since the format cannot hold it.
	function featset.left_out(value, format, dialect)
		return write(value, format, dialect, 1, "left_out", core.left_out)
	end

	-- The second result is what the format cannot hold, where there is such.
	function featset.dumps(value, format, dialect)
		local text, message = write(value, format, dialect, 1, "dumps")
		if not text then return nil, message end
		local lost = featset.left_out(value, format)
		if lost and #lost > 0 then return text, lost end
		return text
	end

	-- Can what runs as guest run on host?  Of a host counts what migrating guests are checked against.
	-- true, false or nil for unknown; then what is missing and unknown.
	function featset.check(guest, host)
		local message
		guest, message = cpu_of(guest, 1, "check")
		if not guest then return nil, message end
		host, message = cpu_of(host, 2, "check", TARGET)
		if not host then return nil, message end
		return core.check(guest, host)
	end

	-- ---- the module: catalog and levels -----------------------------------------------------------

	function featset.baseline(name)
		if type(name) ~= "string" then misuse(1, "baseline", "name of a baseline", described(name)) end
		local text, message = clean(name)
		if not text then return nil, message end
		return core.baseline(text)
	end

	-- for baseline in featset.baselines() do ... end, parents before children
	function featset.baselines()
		local list, index = core.baselines(), 0
		return function()
			index = index + 1
			return list[index]
		end
	end

	function featset.identify(cpu)
		local message
		cpu, message = cpu_of(cpu, 1, "identify")
		if not cpu then return nil, message end
		local get = fields.Cpu
		local baseline = get.microarchitecture(cpu)
		if baseline then return baseline end
		local vendor, family, model = known_text(get.vendor(cpu)), get.family(cpu), get.model(cpu)
		if not (vendor and family and model) then
			return nil, "a part is known by vendor, family and model; not all of them are known here"
		end
		return nil, ("the catalog has no microarchitecture for %s, family %d, model %d"):format(vendor, family, model)
	end

	-- The nearest baselines, the best first.
	function featset.nearest(cpu)
		local message
		cpu, message = cpu_of(cpu, 1, "nearest")
		if not cpu then return nil, message end
		return fields.Cpu.nearest(cpu)
	end

	function featset.psabi(cpu)
		local message
		cpu, message = cpu_of(cpu, 1, "psabi")
		if not cpu then return nil, message end
		return fields.Cpu.psabi(cpu)
	end

	local SLOT_NAMES = set_of_names(SLOTS)

	-- The cpus of a list of hosts, cpus, or whole files.
	local function gather_cpus(cpus, hosts, slots, where, inner)
		for i = 1, length_of(hosts) do
			local value = rawget(hosts, i)
			local cpu, message = as_cpu(value, slots)
			if message then return nil, message end
			if cpu then
				cpus[#cpus + 1] = cpu
			elseif not inner and type(value) == "table" and length_of(value) > 0 then
				cpus, message = gather_cpus(cpus, value, slots, where, true)
				if not cpus then return nil, message end
			else
				error(("bad argument #1 to '%s' (host %d: %s expected, got %s)"):format(where, i, ANY_CPU,
					described(value)), inner and 4 or 3)
			end
		end
		return cpus
	end

	local LEVEL = set_of_names { "rule", "slot" }

	-- featset.level{host, host, rule = "safe"}, or a list and its options.
	function featset.level(hosts, options)
		if type(hosts) ~= "table" then misuse(1, "level", "list of hosts", described(hosts)) end
		if type(options) == "string" then options = { rule = options } end
		options = options_of(options, 2, "level")
		only(options, 2, "level", LEVEL)
		local rule, slot = options.rule or rawget(hosts, "rule"), options.slot or rawget(hosts, "slot")
		if slot ~= nil and not SLOT_NAMES[slot] then
			misuse(2, "level", "slot: cpu, hvm, hvm_max, pv or pv_max", described(slot))
		end
		local cpus, message = gather_cpus({}, hosts, slot and { slot, "cpu" }, "level")
		if not cpus then return nil, message end
		if #cpus == 0 then error("bad argument #1 to 'level' (a level needs at least one host)", 2) end
		if rule == nil then rule = "safe" end
		if type(rule) ~= "string" then misuse(2, "level", "rule: name of a rule", described(rule)) end
		if not RULES[rule] then
			return nil, ("no rule is called '%s'; there are %s"):format(rule, concat(core.rules(), ", "))
		end
		return core.level(cpus, rule)
	end

	pool_kind, host_table = require "featset.pools"(core, featset, {
		described = described, clean = clean, options_of = options_of, only = only, limit_of = limit_of,
		length_of = length_of, pool_of = pool_of,
	})
	policy_kind = require "featset.policies"(core, featset, {
		described = described, clean = clean, options_of = options_of, only = only, as_cpu = as_cpu,
		gather_cpus = gather_cpus, ANY_CPU = ANY_CPU,
	})

	-- featset.AVX2 and so on: the numbers of all features, by the names that C has for them.
	return setmetatable(featset, {
		__index = function(_, key)
			if type(key) ~= "string" or not key:find "^[A-Z][A-Z0-9_]*$" then return nil end
			local name = key:gsub("^AMD_(%d)", "%1")
			return (core.feature(name, "canonical"))
		end,
	})
end
