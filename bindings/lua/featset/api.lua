-- SPDX-License-Identifier: MIT
--
-- What scripts see, over a core that calls the library: featset.core (C) or
-- featset.ffi (LuaJIT).  Both cores have the same functions, named like the
-- library's without the prefix: what fills a set gives a new set, what can fail
-- gives nil and a sentence, and no function of a core sees an argument that was
-- not checked here.
local floor, concat = math.floor, table.concat

local FEATURES, WORDS = 2048, 64
local ANY_DIALECT = 11
local ALL_CPUS, NO_MSR = 1, 2

local NUMBERS = {
	family = 0, model = 1, stepping = 2, max_basic = 3, max_subleaf_7 = 4, max_hypervisor = 5, max_extended = 6,
	max_centaur = 7, phys_bits = 8, linear_bits = 9, avx10_version = 10, xcr0 = 11, xen_length = 12,
}
local VIEWS = { [0] = "unknown", "hardware", "guest", "dom0", "promised" }
local SLOTS = { "cpu", "hvm", "hvm_max", "pv", "pv_max" }
local EDGES = { xen = 0, all = 1 }
local SOURCES = { [0] = "cpuid", "msr", "ladder", "reserved", "free" }
local REGISTERS = { [0] = "eax", "ebx", "ecx", "edx" }

return function(core)
	local featset = {}
	local kind, is_set = core.kind, core.is_set

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

	local function list_of(name, first)
		local names = {}
		for i = first, FEATURES do
			local text = name(i)
			if not text then break end
			names[#names + 1] = text
		end
		return concat(names, ", ")
	end

	local DIALECTS, RULES = {}, {}
	for i = 0, ANY_DIALECT - 1 do DIALECTS[core.dialect_name(i)] = i end
	for i = 0, WORDS do
		local name = core.rule_name(i)
		if not name then break end
		RULES[name] = i
	end

	local function dialect_of(name, position, where)
		if name == nil then return 0 end
		if type(name) ~= "string" then wrong(position, where, "name of a dialect", name) end
		if DIALECTS[name] then return DIALECTS[name] end
		return nil, ("no dialect is called '%s'; there are %s"):format(name, list_of(core.dialect_name, 0))
	end

	local function edges_of(name, position, where)
		local edges = EDGES[name == nil and "all" or name]
		if not edges then wrong(position, where, "'all' or 'xen'", name) end
		return edges
	end

	-- A feature's number from its name, itself, or a Feature.
	local function number_of(value, position, where)
		if type(value) == "table" then value = rawget(value, "number") end
		if type(value) == "string" then
			local name, message = clean(value)
			if not name then return nil, message end
			return core.feature_find(name, ANY_DIALECT)
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

	for _, where in ipairs { "intersect", "union", "minus", "xor", "subset", "equal", "disjoint" } do
		Set[where] = core.checked and core[where] or pair(where, core[where])
	end

	local function one(where, operation)
		return function(set)
			if not is_set(set) then misuse(1, where, "FeatureSet", described(set)) end
			return operation(set)
		end
	end

	Set.count = one("count", core.count)
	Set.empty = one("empty", function(set) return core.disjoint(set, set) end)

	function Set.has(set, feature)
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

	local function word_of(word, position, where)
		if type(word) == "string" then
			local name, message = clean(word)
			local number = name and core.word_find(name) or WORDS
			if number < WORDS then return number end
			return nil, message or ("no word is called '%s'"):format(word)
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

	function Set.close(set, edges)
		return core.close(self_of(set, "FeatureSet", "close"), edges_of(edges, 1, "close"))
	end

	function Set.prune(set, known, edges)
		self_of(set, "FeatureSet", "prune")
		if known ~= nil and not is_set(known) then misuse(1, "prune", "FeatureSet", described(known)) end
		return core.prune(set, known, edges_of(edges, 2, "prune"))
	end

	local function set_text(set)
		return concat(Set.names(set), ",")
	end

	-- ---- cpus -------------------------------------------------------------------------

	local everything

	local function cpu_from(features, known, vendor)
		if not everything then
			everything = core.empty_set()
			for number = 0, FEATURES - 1 do core.add(everything, number) end
		end
		local cpu = core.cpu_new()
		core.cpu_set_features(cpu, features, known or everything)
		if vendor then core.cpu_set_vendor(cpu, vendor) end
		return cpu
	end

	-- Whatever can stand for a cpu: what it is, then.
	local function as_cpu(value, slot)
		local what = kind(value)
		if what == "Cpu" then return value end
		if what == "Level" then return core.level_cpu(value) end
		if what == "FeatureSet" then return cpu_from(value) end
		if what == "Baseline" then
			return cpu_from(core.baseline_features(value), nil, core.baseline_vendor(value))
		end
		if type(value) == "table" then
			local cpu = rawget(value, slot or "hvm") or rawget(value, "cpu")
			return kind(cpu) == "Cpu" and cpu or nil
		end
	end

	local ANY_CPU = "Cpu, host, Baseline, Level or FeatureSet"

	local function cpu_of(value, position, where)
		local cpu = as_cpu(value)
		if not cpu then wrong(position, where, ANY_CPU, value) end
		return cpu
	end

	local function known_text(text)
		return text ~= "" and text or nil
	end

	local function listed(count, at)
		return function(object)
			local list = {}
			for i = 1, count(object) do list[i] = at(object, i - 1) end
			return list
		end
	end

	local function write(value, format, dialect, first, where)
		local cpu = cpu_of(value, first, where)
		if type(format) ~= "string" then wrong(first + 1, where, "name of a format", format) end
		local name, message = clean(format)
		if not name then return nil, message end
		local code
		code, message = dialect_of(dialect, first + 2, where)
		if not code then return nil, message end
		return core.write(cpu, name, code)
	end

	local Cpu, cpu_fields = {}, {
		features = core.cpu_features,
		known = core.cpu_known,
		usable = core.cpu_usable,
		compat = core.cpu_compat,
		vendor = function(cpu) return known_text(core.cpu_vendor(cpu)) end,
		brand = function(cpu) return known_text(core.cpu_brand(cpu)) end,
		hypervisor = function(cpu) return known_text(core.cpu_hypervisor(cpu)) end,
		core_type = function(cpu) return known_text(core.cpu_core_type(cpu)) end,
		view = function(cpu) return VIEWS[core.cpu_view(cpu)] end,
		cpus = listed(core.cpu_count, core.cpu_at),
		microarchitecture = core.identify,
		psabi = core.psabi,
	}
	for name, number in pairs(NUMBERS) do
		cpu_fields[name] = function(cpu)
			local value = core.cpu_number(cpu, number)
			return value >= 0 and value or nil
		end
	end

	function Cpu.word(cpu, word)
		self_of(cpu, "Cpu", "word")
		local number, message = word_of(word, 1, "word")
		if not number then return nil, message end
		local bits = core.cpu_word(cpu, number)
		if not bits then return nil, ("word %s was not read"):format(core.word_name(number)) end
		return bits
	end

	function Cpu.write(cpu, format, dialect)
		return write(self_of(cpu, "Cpu", "write"), format, dialect, 0, "write")
	end

	local function cpu_text(cpu)
		local uarch, brand = core.identify(cpu), known_text(core.cpu_brand(cpu))
		local name = uarch and core.baseline_name(uarch)
		if name and brand then return name .. ", " .. brand end
		return name or brand or known_text(core.cpu_vendor(cpu)) or
			("a cpu of %d features"):format(core.count(core.cpu_features(cpu)))
	end

	-- ---- baselines --------------------------------------------------------------------

	local function answer(code, missing, unknown)
		if code == 2 then return nil, missing, unknown end
		return code == 1, missing, unknown
	end

	local Baseline, baseline_fields = {}, {
		name = core.baseline_name,
		title = core.baseline_title,
		kind = core.baseline_kind,
		vendor = function(baseline) return known_text(core.baseline_vendor(baseline)) end,
		year = core.baseline_year,
		parent = core.baseline_parent,
		features = core.baseline_features,
		fused = core.baseline_fused,
		switchable = core.baseline_switchable,
	}

	-- Is this cpu at least this baseline?  true, false or nil for unknown; then what is missing and unknown.
	function Baseline.fits(baseline, cpu)
		self_of(baseline, "Baseline", "fits")
		return answer(core.baseline_fits(baseline, cpu_of(cpu, 1, "fits")))
	end

	-- ---- levels -------------------------------------------------------------------------

	local Level, level_fields = {}, {
		cpu = core.level_cpu,
		features = function(level) return core.cpu_features(core.level_cpu(level)) end,
		known = function(level) return core.cpu_known(core.level_cpu(level)) end,
		xen_length = function(level) return cpu_fields.xen_length(core.level_cpu(level)) end,
		psabi = function(level) return core.psabi(core.level_cpu(level)) end,
		baseline = function(level) return core.nearest(core.level_cpu(level))[1] end,
		rule = core.level_rule,
		vendor = function(level) return known_text(core.level_vendor(level)) end,
		mixed = core.level_mixed,
		accumulated = core.level_accumulated,
		unknown = core.level_unknown,
		hosts = listed(core.level_hosts, core.level_host),
	}

	-- What one host loses: what a person can act on, then the rest.
	function Level.lost(level, host)
		self_of(level, "Level", "lost")
		local index = integer(host, 1, core.level_hosts(level))
		if not index then
			misuse(1, "lost", ("number of a host from 1 to %d"):format(core.level_hosts(level)), described(host))
		end
		return core.level_lost(level, index - 1)
	end

	function Level.write(level, format, dialect)
		return write(self_of(level, "Level", "write"), format, dialect, 0, "write")
	end

	local function level_text(level)
		local baseline, psabi = level_fields.baseline(level), level_fields.psabi(level)
		local hosts = core.level_hosts(level)
		local name = baseline and core.baseline_name(baseline) or "no known baseline"
		local generic = psabi > 1 and "x86-64-v" .. psabi or psabi == 1 and "x86-64" or name
		return ("%s%s: %d host%s, %d features (rule %s)"):format(name, generic ~= name and ", " .. generic or "",
			hosts, hosts == 1 and "" or "s", core.count(level_fields.features(level)), core.level_rule(level))
	end

	-- ---- metatables -----------------------------------------------------------------------

	local function index_of(methods, fields)
		return function(self, key)
			local method = methods[key]
			if method then return method end
			local field = fields[key]
			if field then return field(self) end
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
			__lt = function(a, b) return Set.subset(a, b) and not core.equal(a, b) end,
			__eq = function(a, b) return is_set(a) and is_set(b) and core.equal(a, b) end,
			-- Lua gives the operand of # twice.
			__len = function(set) return core.count(set) end,
			__pairs = function(set) return Set.iter(set) end,
			__tostring = set_text,
			__concat = joined,
			__name = "FeatureSet",
		},
		Cpu = {
			__index = index_of(Cpu, cpu_fields),
			__newindex = frozen "Cpu",
			__tostring = cpu_text,
			__concat = joined,
			__name = "Cpu",
		},
		Baseline = {
			__index = index_of(Baseline, baseline_fields),
			__newindex = frozen "Baseline",
			__tostring = core.baseline_name,
			__concat = joined,
			__name = "Baseline",
		},
		Level = {
			__index = index_of(Level, level_fields),
			__newindex = frozen "Level",
			__tostring = level_text,
			__concat = joined,
			__len = function(level) return core.level_hosts(level) end,
			__name = "Level",
		},
	}

	-- ---- the module: sets and features -----------------------------------------------------

	featset.version = core.version

	function featset.type(value)
		return kind(value)
	end

	local function gather(set, value, position, depth)
		local what = kind(value)
		if what == "FeatureSet" then return core.union(set, value) end
		if what == "Baseline" then return core.union(set, core.baseline_features(value)) end
		if what == "Cpu" then return core.union(set, core.cpu_features(value)) end
		if what == "Level" then return core.union(set, level_fields.features(value)) end
		if type(value) == "table" and rawget(value, "number") == nil and depth < 1 then
			for i = 1, #value do
				local message
				set, message = gather(set, value[i], position, depth + 1)
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
		local single = core.empty_set()
		core.add(single, found)
		return core.union(set, single)
	end

	function featset.set(...)
		local set, message = core.empty_set(), nil
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
			name = core.feature_spell(number, 0),
			word = floor(number / 32),
			bit = number % 32,
			class = core.feature_class(number),
			merge = core.feature_merge(number),
			scope = core.feature_scope(number),
			summary = core.feature_summary(number),
		}, Feature)
	end

	function featset.feature(name, dialect)
		local code, message = ANY_DIALECT, nil
		if dialect ~= nil then
			code, message = dialect_of(dialect, 2, "feature")
			if not code then return nil, message end
		end
		local number
		if type(name) == "string" and code ~= ANY_DIALECT then
			name, message = clean(name)
			if not name then return nil, message end
			number, message = core.feature_find(name, code)
		else
			number, message = number_of(name, 1, "feature")
		end
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
		local code
		code, message = dialect_of(dialect, 2, "spell")
		if not code then return nil, message end
		if code == 0 then return core.feature_spell(number, 0) end
		local name = core.feature_name(number, code)
		if not name then
			return nil, ("%s has no name for %s"):format(dialect, core.feature_spell(number, 0))
		end
		return name
	end

	local function word_at(number)
		return {
			number = number,
			name = core.word_name(number),
			source = SOURCES[core.word_source(number)],
			index = core.word_index(number),
			subleaf = core.word_subleaf(number),
			register = REGISTERS[core.word_register(number)],
			flags = core.word_flags(number),
		}
	end

	function featset.word(word)
		local number, message = word_of(word, 1, "word")
		if not number then return nil, message end
		return word_at(number)
	end

	local function counting(at)
		return function()
			local index = -1
			return function()
				index = index + 1
				return at(index)
			end
		end
	end

	featset.words = counting(function(index) return index < WORDS and word_at(index) or nil end)

	-- ---- the module: cpus ---------------------------------------------------------------------

	local function options_of(value, position, where)
		if value == nil then return {} end
		if type(value) ~= "table" then wrong(position, where, "table of options", value) end
		return value
	end

	function featset.host(options)
		options = options_of(options, 1, "host")
		return core.host((options.all and ALL_CPUS or 0) + (options.msr == false and NO_MSR or 0))
	end

	-- A cpu from a list or arithmetic of features and baselines, such as "haswell-avx2+sha_ni".
	function featset.parse(text)
		if type(text) ~= "string" then misuse(1, "parse", "string", described(text)) end
		local words, message = clean(text)
		if not words then return nil, message end
		return core.expression(words)
	end

	-- A cpu by hand: features, and where you know them known (else everything), vendor, brand and numbers.
	function featset.cpu(description)
		if type(description) ~= "table" then misuse(1, "cpu", "table", described(description)) end
		local features, known = description.features, description.known
		if not is_set(features) then misuse(1, "cpu", "features: FeatureSet", described(features)) end
		if known ~= nil and not is_set(known) then misuse(1, "cpu", "known: FeatureSet", described(known)) end
		local cpu = cpu_from(features, known)
		for _, name in ipairs { "vendor", "brand" } do
			local value = description[name]
			if value ~= nil then
				if type(value) ~= "string" then misuse(1, "cpu", name .. ": string", described(value)) end
				core["cpu_set_" .. name](cpu, clean(value) or "")
			end
		end
		for name, number in pairs(NUMBERS) do
			local value = description[name]
			if value ~= nil then
				local whole = integer(value, 0, 2 ^ 31)
				if not whole then misuse(1, "cpu", name .. ": whole number", described(value)) end
				core.cpu_set_number(cpu, number, whole)
			end
		end
		return cpu
	end

	local function pool_of(inventory, message)
		if not inventory then return nil, message end
		local pool = { format = core.inventory_format(inventory), notes = {} }
		for i = 1, core.inventory_notes(inventory) do pool.notes[i] = core.inventory_note(inventory, i - 1) end
		for i = 1, core.inventory_hosts(inventory) do
			local host = {
				name = known_text(core.inventory_host_name(inventory, i - 1)),
				uuid = known_text(core.inventory_host_uuid(inventory, i - 1)),
			}
			for slot, name in ipairs(SLOTS) do host[name] = core.inventory_cpu(inventory, i - 1, slot - 1) end
			pool[i] = host
		end
		return pool
	end

	local function format_name(options)
		local name = options.format
		if name == nil then return nil end
		return type(name) == "string" and clean(name) or ""
	end

	-- The hosts that a file tells of: a list, each with name, uuid, cpu, hvm, hvm_max, pv, pv_max.
	function featset.load(path, options)
		if type(path) ~= "string" then misuse(1, "load", "path", described(path)) end
		options = options_of(options, 2, "load")
		local limit = integer(options.limit == nil and 0 or options.limit, 0, 2 ^ 52)
		if not limit then misuse(2, "load", "limit: number of bytes", described(options.limit)) end
		local file, message = clean(path)
		if not file then return nil, message end
		return pool_of(core.read_file(file, format_name(options), limit))
	end

	function featset.loads(text, options)
		if type(text) ~= "string" then misuse(1, "loads", "string", described(text)) end
		options = options_of(options, 2, "loads")
		local file = options.file
		if file ~= nil and type(file) ~= "string" then misuse(2, "loads", "file: string", described(file)) end
		return pool_of(core.read(text, format_name(options), file and clean(file) or nil))
	end

	function featset.write(value, format, dialect)
		return write(value, format, dialect, 1, "write")
	end

	featset.formats = counting(function(index)
		local name, summary, reads, writes = core.format_at(index)
		return name and { name = name, summary = summary, reads = reads, writes = writes } or nil
	end)

	-- Can what runs as guest run on host?  true, false or nil for unknown; then what is missing and unknown.
	function featset.check(guest, host)
		return answer(core.cpu_fits(cpu_of(guest, 1, "check"), cpu_of(host, 2, "check")))
	end

	-- ---- the module: catalog and levels -----------------------------------------------------------

	function featset.baseline(name)
		if type(name) ~= "string" then misuse(1, "baseline", "name of a baseline", described(name)) end
		local text, message = clean(name)
		if not text then return nil, message end
		return core.baseline_find(text)
	end

	featset.baselines = counting(core.baseline_at)

	function featset.identify(cpu)
		cpu = cpu_of(cpu, 1, "identify")
		local baseline = core.identify(cpu)
		if baseline then return baseline end
		local vendor, family, model = cpu_fields.vendor(cpu), cpu_fields.family(cpu), cpu_fields.model(cpu)
		if not (vendor and family and model) then
			return nil, "a part is known by vendor, family and model; not all of them are known here"
		end
		return nil, ("the catalog has no microarchitecture for %s, family %d, model %d"):format(vendor, family, model)
	end

	-- The nearest baselines, the best first.
	function featset.nearest(cpu)
		return core.nearest(cpu_of(cpu, 1, "nearest"))
	end

	function featset.psabi(cpu)
		return core.psabi(cpu_of(cpu, 1, "psabi"))
	end

	local function all_from_xapi(cpus)
		for _, cpu in ipairs(cpus) do
			if core.cpu_number(cpu, NUMBERS.xen_length) < 0 then return false end
		end
		return true
	end

	local SLOT_NAMES = {}
	for _, name in ipairs(SLOTS) do SLOT_NAMES[name] = true end

	-- featset.level{host, host, rule = "safe"}, or a list and its options.
	function featset.level(hosts, options)
		if type(hosts) ~= "table" then misuse(1, "level", "list of hosts", described(hosts)) end
		if type(options) == "string" then options = { rule = options } end
		options = options_of(options, 2, "level")
		local rule, slot, cpus = options.rule or rawget(hosts, "rule"), options.slot or rawget(hosts, "slot"), {}
		if slot ~= nil and not SLOT_NAMES[slot] then misuse(2, "level", "slot: cpu, hvm, hvm_max, pv or pv_max", slot) end
		for i = 1, #hosts do
			cpus[i] = as_cpu(hosts[i], slot)
			if not cpus[i] then
				error(("bad argument #1 to 'level' (host %d: %s expected, got %s)"):format(i, ANY_CPU,
					described(hosts[i])), 2)
			end
		end
		if #cpus == 0 then error("bad argument #1 to 'level' (a level needs at least one host)", 2) end
		if rule == nil then rule = all_from_xapi(cpus) and "xenserver" or "safe" end
		if not RULES[rule] then
			if type(rule) ~= "string" then misuse(2, "level", "rule: name of a rule", described(rule)) end
			return nil, ("no rule is called '%s'; there are %s"):format(rule, list_of(core.rule_name, 0))
		end
		return core.level_new(cpus, RULES[rule])
	end

	-- featset.AVX2 and so on: the numbers of all features, by the names that C has for them.
	return setmetatable(featset, {
		__index = function(_, key)
			if type(key) ~= "string" or not key:find "^[A-Z][A-Z0-9_]*$" then return nil end
			local name = key:gsub("^AMD_(%d)", "%1")
			return (core.feature_find(name, 0))
		end,
	})
end
