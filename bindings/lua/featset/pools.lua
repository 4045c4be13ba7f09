-- SPDX-License-Identifier: MIT
--
-- Pools: who can run where, why not, and what to do.  Over either core.
--
-- What a script holds is an empty table with a metatable; `handles` knows what is
-- behind it: the core's object and all that this looks into, so that nothing goes
-- before its user.  Nothing in there leads back to a script's table, for a Lua
-- without ephemerons would never let go of such a circle.  Hosts and VMs count
-- from 0 in the core and from 1 in scripts.
local floor = math.floor
local handles = setmetatable({}, { __mode = "k" })

local ANSWERS = { yes = true, no = false }
local SLOTS = { "cpu", "hvm", "hvm_max", "pv", "pv_max" }

return function(core, featset, tools)
	local described, clean, options_of, only, limit_of = tools.described, tools.clean, tools.options_of, tools.only,
		tools.limit_of
	local inventory_of = core.inventory
	local KINDS, KIND_NAMES = {}, core.record_kinds()
	for _, name in ipairs(KIND_NAMES) do KINDS[name] = true end

	-- ---- arguments and objects --------------------------------------------------------

	local function kind_of(value)
		local parts = handles[value]
		return parts and parts.kind
	end

	-- `level` 2 is the caller of the function that calls this one.
	local function wrong(position, where, expected, value, level)
		error(("bad argument #%d to '%s' (%s expected, got %s)"):format(position, where, expected,
			kind_of(value) or described(value)), (level or 2) + 1)
	end

	local function parts_of(self, kind, where)
		local parts = self ~= nil and handles[self] or nil
		if not parts or parts.kind ~= kind then
			error(("'%s' is a method of %s, got %s: call it with ':'"):format(where, kind,
				kind_of(self) or described(self)), 3)
		end
		return parts
	end

	local function argument(position, value, kind, where)
		local parts = value ~= nil and handles[value] or nil
		if not parts or parts.kind ~= kind then wrong(position, where, kind, value, 3) end
		return parts
	end

	local metatables = {}

	local function object(kind, parts)
		parts.kind = kind
		local made = setmetatable({}, metatables[kind])
		handles[made] = parts
		return made
	end

	-- The same parts in another table of the script.
	local function again(parts)
		local made = setmetatable({}, metatables[parts.kind])
		handles[made] = parts
		return made
	end

	local function same(a, b)
		local x, y = handles[a], handles[b]
		if not x or not y or x.kind ~= y.kind then return false end
		return x == y or x.index ~= nil and x.index == y.index and x.pool == y.pool
	end

	local function define(kind, getters, methods, text)
		metatables[kind] = {
			__index = function(self, key)
				local method = methods[key]
				if method then return method end
				local get, parts = getters[key], handles[self]
				if not get or not parts or parts.kind ~= kind then return nil end
				local value = get(parts)
				if value ~= "" then return value end
			end,
			__newindex = function() error(("a %s cannot be changed"):format(kind), 2) end,
			__tostring = function(self)
				local parts = handles[self]
				return parts and parts.kind == kind and text(parts) or kind
			end,
			__concat = function(a, b) return tostring(a) .. tostring(b) end,
			__eq = same,
			__name = kind,
			__metatable = kind,
		}
	end

	-- nil stands for HVM guests.
	local function guest_of(guest, position, where)
		if guest == nil then return "hvm" end
		if guest ~= "hvm" and guest ~= "pv" then wrong(position, where, "'hvm' or 'pv'", guest, 3) end
		return guest
	end

	local function kind_name(kind, where)
		if type(kind) ~= "string" then wrong(1, where, "kind of record", kind, 3) end
		if KINDS[kind] then return kind end
		return nil, ("no kind of record is called '%s'; there are %s"):format(kind, table.concat(KIND_NAMES, ", "))
	end

	local function whole(value, count)
		if type(value) == "number" and value == floor(value) and value >= 1 and value <= count then
			return floor(value) - 1
		end
	end

	-- By number, UUID or a name that no other has; from 0.
	local function record_of(inventory, kind, count, which, position, where)
		if type(which) == "string" then
			local name, message = clean(which)
			if not name then return nil, message end
			return core.record_find(inventory, kind, name)
		end
		local index = whole(which, count)
		if not index then
			wrong(position, where, ("name, UUID or number from 1 to %d"):format(count), which, 3)
		end
		return index
	end

	-- ---- inventories --------------------------------------------------------------------

	local Inventory, inventory_fields = {}, {}

	local function new_inventory(made, message)
		if not made then return nil, message end
		return object("Inventory", { core = made })
	end

	function inventory_fields.format(parts) return inventory_of.format(parts.core) end
	function inventory_fields.notes(parts) return inventory_of.notes(parts.core) end
	function inventory_fields.left_out(parts) return inventory_of.left_out(parts.core) end
	function inventory_fields.count(parts) return inventory_of.count(parts.core) end
	function inventory_fields.vms(parts) return inventory_of.records(parts.core, "vm") end
	function inventory_fields.hosts(parts) return tools.pool_of(parts.core) end

	-- A list of tables: texts by the names of fields, empty where unknown.
	function Inventory.records(self, kind)
		local parts = parts_of(self, "Inventory", "records")
		local name, message = kind_name(kind, "records")
		if not name then return nil, message end
		return inventory_of.records(parts.core, name)
	end

	-- What a VM was last started with; nil where the source does not tell.
	function Inventory.vm_cpu(self, vm)
		local parts = parts_of(self, "Inventory", "vm_cpu")
		local count = inventory_of.total(parts.core, "vm")
		local index, message = record_of(parts.core, "vm", count, vm, 1, "vm_cpu")
		if not index then return nil, message end
		return inventory_of.vm_cpu(parts.core, index)
	end

	-- New inventories; nothing changes one.
	function Inventory.merge(self, other)
		local parts = parts_of(self, "Inventory", "merge")
		return new_inventory(inventory_of.merge(parts.core, argument(1, other, "Inventory", "merge").core))
	end

	function Inventory.remove(self, kind, which)
		local parts = parts_of(self, "Inventory", "remove")
		local name, message = kind_name(kind, "remove")
		if not name then return nil, message end
		local count = inventory_of.total(parts.core, name)
		local index
		index, message = record_of(parts.core, name, count, which, 2, "remove")
		if not index then return nil, message end
		return new_inventory(inventory_of.reduced(parts.core, name, index))
	end

	-- ---- pools: making --------------------------------------------------------------------

	local Pool, pool_fields = {}, {}
	local Host, host_fields = {}, {}
	local VM, vm_fields = {}, {}

	-- Parts: the core's pool, and the inventories of its VMs and hosts.
	local function new_pool(hosts, vms)
		local made, message
		if vms then
			made, message = core.pool_across(vms, hosts)
		else
			made, message = core.pool(hosts)
		end
		if not made then return nil, message end
		return object("Pool", { core = made, hosts_of = hosts, vms_of = vms or hosts })
	end

	function Inventory.pool(self)
		return new_pool(parts_of(self, "Inventory", "pool").core)
	end

	local function host_at(pool, index)
		return index and object("Host", { pool = pool, index = index })
	end

	local function vm_at(pool, index)
		return index and object("VM", { pool = pool, index = index })
	end

	local function hosts_at(pool, indices)
		for i, index in ipairs(indices) do indices[i] = host_at(pool, index) end
		return indices
	end

	-- From 0; what is of another pool over the same inventory is taken too.
	local function find(pool, kind, which, position, where)
		local is_vm = kind == "VM"
		local inventory = is_vm and pool.vms_of or pool.hosts_of
		local parts = which ~= nil and handles[which] or nil
		if parts and parts.kind == kind then
			if (is_vm and parts.pool.vms_of or parts.pool.hosts_of) ~= inventory then
				error(("bad argument #%d to '%s' (the %s is of another inventory)"):format(position, where, kind), 3)
			end
			return parts.index
		end
		if type(which) ~= "string" and type(which) ~= "number" then
			wrong(position, where, kind .. ", its name, UUID or number", which, 3)
		end
		local count = is_vm and core.pool_vms(pool.core) or core.pool_hosts(pool.core)
		if type(which) == "number" and not whole(which, count) then
			wrong(position, where, ("number from 1 to %d"):format(count), which, 3)
		end
		return record_of(inventory, is_vm and "vm" or "host", count, which, position, where)
	end

	-- ---- pools -------------------------------------------------------------------------------

	function pool_fields.inventory(pool) return new_inventory(pool.hosts_of) end
	function pool_fields.vm_inventory(pool) return new_inventory(pool.vms_of) end
	function pool_fields.manager(pool) return core.pool_manager(pool.core) end

	function pool_fields.hosts(pool)
		local list = {}
		for i = 1, core.pool_hosts(pool.core) do list[i] = host_at(pool, i - 1) end
		return list
	end

	function pool_fields.vms(pool)
		local list = {}
		for i = 1, core.pool_vms(pool.core) do list[i] = vm_at(pool, i - 1) end
		return list
	end

	function pool_fields.level_differs(pool)
		return core.pool_recorded(pool.core, "hvm") ~= nil or core.pool_recorded(pool.core, "pv") ~= nil
	end

	-- Two hosts of one model that differ by an update that is half done.
	function pool_fields.half_updated(pool)
		local pair = hosts_at(pool, core.pool_half_updated(pool.core))
		return pair[1] and pair
	end

	function Pool.host(self, which)
		local pool = parts_of(self, "Pool", "host")
		local index, message = find(pool, "Host", which, 1, "host")
		if not index then return nil, message end
		return host_at(pool, index)
	end

	function Pool.vm(self, which)
		local pool = parts_of(self, "Pool", "vm")
		local index, message = find(pool, "VM", which, 1, "vm")
		if not index then return nil, message end
		return vm_at(pool, index)
	end

	-- nil when no host counts.
	function Pool.level(self, guest)
		return (core.pool_level(parts_of(self, "Pool", "level").core, guest_of(guest, 1, "level")))
	end

	-- The features of the level that the pool's own record has, where that is another one.
	function Pool.recorded(self, guest)
		return core.pool_recorded(parts_of(self, "Pool", "recorded").core, guest_of(guest, 1, "recorded"))
	end

	local function both(pool, vm, host, where)
		local v, message = find(pool, "VM", vm, 1, where)
		if not v then return nil, message end
		local h
		h, message = find(pool, "Host", host, 2, where)
		if not h then return nil, message end
		return v, h
	end

	-- true, false or nil for unknown, of CPUs alone; then what is missing, and all that stands in the way.
	function Pool.check(self, vm, host)
		local pool = parts_of(self, "Pool", "check")
		local v, h = both(pool, vm, host, "check")
		if not v then return nil, h end
		return ANSWERS[core.pool_check(pool.core, v, h)], core.pool_missing(pool.core, v, h),
			core.pool_blocks(pool.core, v, h)
	end

	-- Why each missing feature is missing, by its name.
	function Pool.causes(self, vm, host)
		local pool = parts_of(self, "Pool", "causes")
		local v, h = both(pool, vm, host, "causes")
		if not v then return nil, h end
		local causes = {}
		for name, number in core.pool_missing(pool.core, v, h):iter() do
			causes[name] = core.pool_cause(pool.core, v, h, number)
		end
		return causes
	end

	local function lacking(pool, v, h, kind, storage)
		local found = core.pool_lacking(pool.core, v, h, storage)
		local records = found[1] and inventory_of.records(pool.hosts_of, kind)
		for i, index in ipairs(found) do
			local record = records[index + 1]
			found[i] = record.name ~= "" and record.name or record.uuid
		end
		return found
	end

	-- The names of the networks, then of the storage repositories, that stand in the way.
	function Pool.lacking(self, vm, host)
		local pool = parts_of(self, "Pool", "lacking")
		local v, h = both(pool, vm, host, "lacking")
		if not v then return nil, h end
		return lacking(pool, v, h, "network", false), lacking(pool, v, h, "sr", true)
	end

	-- Two tables with `hosts` and `features`; nil when no split gains anything.
	function Pool.split(self, guest)
		local pool = parts_of(self, "Pool", "split")
		local halves = core.pool_split(pool.core, guest_of(guest, 1, "split"))
		if not halves then return nil end
		for _, half in ipairs(halves) do hosts_at(pool, half.hosts) end
		return halves[1], halves[2]
	end

	-- ---- what if ---------------------------------------------------------------------------------

	function Pool.across(self, other)
		local pool = parts_of(self, "Pool", "across")
		return new_pool(argument(1, other, "Pool", "across").hosts_of, pool.vms_of)
	end

	local function one_pool(pool, where)
		if pool.vms_of ~= pool.hosts_of then
			error(("'%s' is a question to one pool, not to the VMs of one and the hosts of another"):format(where), 3)
		end
		return pool.hosts_of
	end

	function Pool.with_hosts(self, source)
		local own = one_pool(parts_of(self, "Pool", "with_hosts"), "with_hosts")
		local kind, other, message = kind_of(source), nil, nil
		if kind == "Pool" then
			other = handles[source].hosts_of
		elseif kind == "Inventory" then
			other = handles[source].core
		else
			other, message = tools.load_all(source, {}, "with_hosts")
		end
		if not other then return nil, message end
		other, message = inventory_of.merge(own, other)
		if not other then return nil, message end
		return new_pool(other)
	end

	function Pool.without(self, ...)
		local pool = parts_of(self, "Pool", "without")
		local left, gone = one_pool(pool, "without"), {}
		for position = 1, select("#", ...) do
			local index, message = find(pool, "Host", (select(position, ...)), position, "without")
			if not index then return nil, message end
			gone[index] = true
		end
		for index = core.pool_hosts(pool.core) - 1, 0, -1 do
			if gone[index] then
				local message
				left, message = inventory_of.reduced(left, "host", index)
				if not left then return nil, message end
			end
		end
		return new_pool(left)
	end

	-- ---- hosts -----------------------------------------------------------------------------------------

	function host_fields.pool(host) return again(host.pool) end
	function host_fields.index(host) return host.index + 1 end
	function host_fields.name(host) return inventory_of.name(host.pool.hosts_of, host.index) end
	function host_fields.uuid(host) return inventory_of.uuid(host.pool.hosts_of, host.index) end
	function host_fields.record(host) return inventory_of.records(host.pool.hosts_of, "host")[host.index + 1] end
	function host_fields.enabled(host) return core.pool_host_enabled(host.pool.core, host.index) end
	function host_fields.evacuable(host) return ANSWERS[core.pool_host_evacuable(host.pool.core, host.index)] end
	function host_fields.evacuate(host) return core.pool_command(host.pool.core, "evacuate", nil, host.index) end
	for _, slot in ipairs(SLOTS) do
		host_fields[slot] = function(host) return inventory_of.cpu(host.pool.hosts_of, host.index, slot) end
	end

	-- Those that run here.
	function host_fields.vms(host)
		local list, pool = {}, host.pool
		for vm = 0, core.pool_vms(pool.core) - 1 do
			if core.pool_vm_host(pool.core, vm) == host.index then list[#list + 1] = vm_at(pool, vm) end
		end
		return list
	end

	local function of_host(where, call)
		Host[where] = function(self, guest)
			local host = parts_of(self, "Host", where)
			return call(host.pool.core, guest_of(guest, 1, where), host.index)
		end
	end

	of_host("counts", core.pool_host_counts)
	of_host("offers", function(pool, guest, host) return core.pool_host_cpu(pool, guest, host, false) end)
	of_host("max", function(pool, guest, host) return core.pool_host_cpu(pool, guest, host, true) end)
	-- What a person can act on, then the rest.
	for _, where in ipairs { "lost", "price" } do
		local call = core["pool_host_" .. where]
		of_host(where, function(pool, guest, host) return call(pool, guest, host, false), call(pool, guest, host, true) end)
	end

	-- ---- VMs --------------------------------------------------------------------------------------------

	-- Many questions to many VMs: their records are fetched once for a pool.
	local function vm_record(vm)
		local pool = vm.pool
		if not pool.records then pool.records = inventory_of.records(pool.vms_of, "vm") end
		return pool.records[vm.index + 1]
	end

	function vm_fields.pool(vm) return again(vm.pool) end
	function vm_fields.index(vm) return vm.index + 1 end
	function vm_fields.name(vm) return vm_record(vm).name end
	function vm_fields.uuid(vm) return vm_record(vm).uuid end
	function vm_fields.power_state(vm) return vm_record(vm).power_state end
	function vm_fields.cpu(vm) return inventory_of.vm_cpu(vm.pool.vms_of, vm.index) end
	function vm_fields.counts(vm) return core.pool_vm_counts(vm.pool.core, vm.index) end
	function vm_fields.host(vm) return host_at(vm.pool, core.pool_vm_host(vm.pool.core, vm.index)) end
	function vm_fields.guest(vm) return core.pool_vm_guest(vm.pool.core, vm.index) end
	function vm_fields.blocks_evacuation(vm) return ANSWERS[core.pool_vm_blocks(vm.pool.core, vm.index)] end
	function vm_fields.blocked_on(vm) return hosts_at(vm.pool, core.pool_vm_blocked_on(vm.pool.core, vm.index)) end
	function vm_fields.movable_to(vm) return hosts_at(vm.pool, core.pool_vm_movable_to(vm.pool.core, vm.index)) end
	function vm_fields.cure(vm) return core.pool_vm_cure(vm.pool.core, vm.index) end
	function vm_fields.gain(vm) return core.pool_vm_gain(vm.pool.core, vm.index) end
	function vm_fields.pinned(vm) return core.pool_vm_pinned(vm.pool.core, vm.index) end

	function vm_fields.record(vm)
		local copy = {}
		for name, text in pairs(vm_record(vm)) do copy[name] = text end
		return copy
	end

	function vm_fields.commands(vm)
		local list = {}
		for _, what in ipairs { "restart", "verify", "pin", "unpin" } do
			list[what] = core.pool_command(vm.pool.core, what, vm.index, nil)
		end
		return list
	end

	local COMMANDS = {}
	for _, name in ipairs(core.commands()) do COMMANDS[name] = true end

	-- Ready to paste; nil where the manager has none.
	function VM.command(self, what, host)
		local vm = parts_of(self, "VM", "command")
		if type(what) ~= "string" or not COMMANDS[what] then
			wrong(1, "command", table.concat(core.commands(), ", "), what)
		end
		local index, message
		if host ~= nil then
			index, message = find(vm.pool, "Host", host, 2, "command")
			if not index then return nil, message end
		end
		return core.pool_command(vm.pool.core, what, vm.index, index)
	end

	function VM.check(self, host)
		local vm = parts_of(self, "VM", "check")
		return Pool.check(again(vm.pool), self, host)
	end

	-- ---- changes ------------------------------------------------------------------------------------------

	local Change, change_fields = {}, {}

	function change_fields.before(change) return again(change.before) end
	function change_fields.after(change) return again(change.after) end
	function change_fields.mixes_vendors(change) return core.change_mixes_vendors(change.core) end

	function change_fields.stuck(change)
		local list = core.change_stuck(change.core)
		for i, index in ipairs(list) do list[i] = vm_at(change.before, index) end
		return list
	end

	function change_fields.hosts(change)
		local list = {}
		for i = 0, core.change_hosts(change.core) - 1 do
			local before, after = core.change_host(change.core, i, false), core.change_host(change.core, i, true)
			local host = {
				before = host_at(change.before, before), after = host_at(change.after, after),
				turn = core.change_turn(change.core, i), lost = {}, gained = {},
			}
			host.name = (host.after or host.before).name
			for _, guest in ipairs { "hvm", "pv" } do
				host.lost[guest] = core.change_features(change.core, guest, i, false)
				host.gained[guest] = core.change_features(change.core, guest, i, true)
			end
			list[i + 1] = host
		end
		return list
	end

	-- What the level lost and gained.
	for where, gained in pairs { lost = false, gained = true } do
		Change[where] = function(self, guest)
			local change = parts_of(self, "Change", where)
			return core.change_level(change.core, guest_of(guest, 1, where), gained)
		end
	end

	function featset.compare(before, after)
		local one, two = argument(1, before, "Pool", "compare"), argument(2, after, "Pool", "compare")
		local made, message = core.change(one.core, two.core)
		if not made then return nil, message end
		return object("Change", { core = made, before = one, after = two })
	end

	-- ---- the module ---------------------------------------------------------------------------------------

	local INVENTORY = { limit = true, keep_going = true }

	-- The core's inventory of a path or a list of them.
	function tools.load_all(paths, options, where)
		if type(paths) == "string" then paths = { paths } end
		if type(paths) ~= "table" or kind_of(paths) or rawget(paths, 1) == nil then
			wrong(1, where, "path or list of paths", paths, 3)
		end
		local list = {}
		for i = 1, tools.length_of(paths) do
			local path = rawget(paths, i)
			if type(path) ~= "string" then wrong(1, where, "path or list of paths", path, 3) end
			local file, message = clean(path)
			if not file then return nil, message end
			list[i] = file == "-" and "./-" or file
		end
		return core.load_all(list, limit_of(options, where), not not options.keep_going)
	end

	-- Files and folders as one inventory.
	function featset.inventory(paths, options)
		options = options_of(options, 2, "inventory")
		only(options, 2, "inventory", INVENTORY)
		return new_inventory(tools.load_all(paths, options, "inventory"))
	end

	-- The pool that an inventory, or files and folders, tell of.
	function featset.pool(source, options)
		if kind_of(source) == "Inventory" then return new_pool(handles[source].core) end
		options = options_of(options, 2, "pool")
		only(options, 2, "pool", INVENTORY)
		local made, message = tools.load_all(source, options, "pool")
		if not made then return nil, message end
		return new_pool(made)
	end

	-- A list of what a pasted text says, one table for each error in it.
	function featset.explain(text, pool)
		if type(text) ~= "string" then wrong(1, "explain", "string", text) end
		local parts = pool ~= nil and argument(2, pool, "Pool", "explain") or nil
		local found, message = core.explain(text, parts and parts.core)
		if not found then return nil, message end
		local list = {}
		for i = 0, core.finding_count(found) - 1 do
			local finding = core.finding(found, i)
			for name, value in pairs(finding) do
				if value == "" then finding[name] = nil end
			end
			finding.vm = parts and vm_at(parts, finding.vm)
			finding.host = parts and host_at(parts, finding.host)
			list[i + 1] = finding
		end
		return list
	end

	function Pool.explain(self, text)
		parts_of(self, "Pool", "explain")
		return featset.explain(text, self)
	end

	-- The errors that explain() knows.
	function featset.error_codes()
		local list, causes, cures = core.error_codes(), core.error_causes(), core.error_cures()
		for i, code in ipairs(list) do list[i] = { code = code, cause = causes[i], cure = cures[i] } end
		return list
	end

	-- What each format is, how one comes by it, and what this build does with it.
	function featset.format_table()
		local list = core.formats()
		for i, name in ipairs(list) do
			list[i] = {
				name = name, summary = core.format_summary(name), source = core.format_source(name),
				reads = core.format_reads(name), writes = core.format_writes(name),
			}
		end
		return list
	end

	-- The kinds of records, each with the list of its fields.
	function featset.record_kinds()
		local kinds = {}
		for _, name in ipairs(KIND_NAMES) do kinds[name] = core.record_fields(name) end
		return kinds
	end

	-- ---- metatables ----------------------------------------------------------------------------------------

	define("Inventory", inventory_fields, Inventory, function(parts)
		local count = inventory_of.count(parts.core)
		return ("an inventory of %d host%s"):format(count, count == 1 and "" or "s")
	end)
	define("Pool", pool_fields, Pool, function(pool)
		local manager = core.pool_manager(pool.core)
		return ("a pool of %d hosts and %d VMs%s"):format(core.pool_hosts(pool.core), core.pool_vms(pool.core),
			manager ~= "" and " under " .. manager or "")
	end)
	local function named(fields)
		return function(parts)
			local name = fields.name(parts)
			return name ~= "" and name or fields.uuid(parts)
		end
	end
	define("Host", host_fields, Host, named(host_fields))
	define("VM", vm_fields, VM, named(vm_fields))
	define("Change", change_fields, Change, function(change)
		return ("level lost %d, gained %d"):format(core.count(core.change_level(change.core, "hvm", false)),
			core.count(core.change_level(change.core, "hvm", true)))
	end)

	-- ---- for the rest of the module ------------------------------------------------------------------------

	-- A host of a pool as the table that load() makes of a host.
	local function host_table(value)
		local host = type(value) == "table" and handles[value] or nil
		if not host or host.kind ~= "Host" then return nil end
		local made = {}
		for _, slot in ipairs(SLOTS) do made[slot] = inventory_of.cpu(host.pool.hosts_of, host.index, slot) end
		return made
	end

	return kind_of, host_table
end
