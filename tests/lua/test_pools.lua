-- SPDX-License-Identifier: MIT
-- Pools, what if, changes and pasted errors, against what the example pool's own page says of it.
local featset = require "featset"
local t = require "harness"
local EXAMPLE = "examples/pools/hera-zeus"
local EIGHT = featset.set("fma", "movbe", "abm", "tsc_adjust", "bmi1", "avx2", "bmi2", "invpcid")

local function names(list)
	local words = {}
	for i, thing in ipairs(list) do words[i] = tostring(thing) end
	return table.concat(words, " ")
end

local pool = assert(featset.pool(EXAMPLE))
local hera, zeus = assert(pool:host "hera"), assert(pool:host(2))

-- ---- three dresses of one pool ----

for _, dress in ipairs { EXAMPLE .. "/records.json", EXAMPLE .. "/pool-database.xml",
	{ EXAMPLE .. "/hosts.txt", EXAMPLE .. "/vms.txt", EXAMPLE .. "/pool.txt", EXAMPLE .. "/networks.txt",
		EXAMPLE .. "/storage.txt" } } do
	local dressed, message = featset.pool(dress)
	if not dressed then
		t.skip(message)
	else
		t.equal(dressed.manager, "xapi", "manager")
		t.equal(names(dressed.hosts), "hera zeus", "hosts")
		t.equal(dressed:level().xen, pool:level().xen, "level")
		for _, vm in ipairs(pool.vms) do
			if vm.counts then
				local other = assert(dressed:vm(vm.uuid))
				t.equal(other.cure, vm.cure, "cure")
				t.equal(tostring(other.host), tostring(vm.host), "host")
				t.equal(table.concat(select(3, other:check "zeus"), " "), table.concat(select(3, vm:check "zeus"), " "), "blocks")
			end
		end
	end
end

-- ---- who can go where ----

local expected = {
	mail = "features", wiki = "features", build = "", scratch = "storage", nvr = "network", dns = "",
	ledger = "features", ["wiki-before-upgrade"] = "features",
}
local counted = 0
for _, vm in ipairs(pool.vms) do
	if vm.counts then
		counted = counted + 1
		local ok, missing, blocks = pool:check(vm, zeus)
		t.equal(table.concat(blocks, " "), expected[vm.name], vm.name)
		t.equal(ok, expected[vm.name] ~= "features", vm.name .. " by its CPU")
		t.equal(missing, ok and featset.set() or EIGHT, vm.name .. " misses")
		t.ok(vm.cpu.features:has "sse2", "started with")
	end
end
t.equal(counted, 8, "VMs that count")
t.equal(pool:causes("mail", "zeus").avx2, "silicon", "cause")
t.equal(next(pool:causes("build", "zeus")), nil, "no cause")
t.equal(table.concat(pool:lacking("nvr", zeus), " "), "cameras", "networks")
t.equal(table.concat((select(2, pool:lacking("scratch", zeus))), " "), "Local storage", "storage")
t.equal(hera.evacuable, false, "hera")
t.equal(zeus.evacuable, true, "zeus")
t.equal(names(hera.vms), "mail wiki build scratch nvr", "hera's VMs")
local mail, build = assert(pool:vm "mail"), assert(pool:vm "build")
t.equal(mail.cure, "restart", "cure")
t.equal(pool:vm "ledger".cure, "resume", "cure")
t.equal(pool:vm "wiki-before-upgrade".cure, "discard", "cure")
t.equal(build.cure, nil, "no cure")
t.equal(mail.commands.restart, "xe vm-reboot uuid=" .. mail.uuid, "a command")
t.equal(build:command("move", zeus):sub(1, 14), "xe vm-migrate ", "a command with a host")
t.ok(mail.blocks_evacuation and mail.blocked_on[1] == zeus and #mail.movable_to == 0, "mail blocks")
t.ok(build.movable_to[1] == zeus and build.host == hera and build.guest == "hvm" and not build.pinned, "build")
t.equal(mail.record.power_state .. mail.power_state, "runningrunning", "record")
t.ok(zeus.enabled and zeus:counts() == "yes" and hera:counts "pv" == "yes", "counts")
t.equal(hera:lost(), EIGHT, "hera loses")
t.equal(zeus:price(), EIGHT, "zeus costs")
t.ok(hera:price():empty(), "hera costs nothing")
t.equal(hera:offers().features, pool.inventory.hosts[1].hvm.features, "offers")
t.ok(hera:max().features:has "avx2" and hera:max("pv") ~= nil, "max")
t.equal(pool:level().psabi, 2, "level")
t.equal(pool.level_differs, false, "recorded")
t.equal(pool.half_updated, nil, "half-updated")
local first, second = pool:split()
t.equal(names(first.hosts) .. " | " .. names(second.hosts), "hera | zeus", "split")
t.equal(first.features * EIGHT, EIGHT, "split's features")

-- A host of a pool is a host.
t.equal((featset.check(hera, zeus)), false, "check")
t.equal(#assert(featset.level(pool.hosts, "xenserver")), 2, "level of hosts")
t.equal(featset.set(zeus), zeus.hvm.features, "set of a host")
t.equal(featset.type(pool) .. featset.type(hera) .. featset.type(mail), "PoolHostVM", "types")

-- ---- what if, and over time ----

local alone = assert(pool:without(zeus))
t.equal(names(alone.hosts), "hera", "without")
local change = assert(featset.compare(pool, alone))
t.ok(EIGHT <= change:gained() and change:lost():empty(), "gained")
t.equal(alone:vm "mail".cure, nil, "alone, nothing is wrong")
local joined = assert(alone:with_hosts "examples/pools/zeus.txt")
t.equal(names(joined.hosts), "hera zeus", "joined")
for _, source in ipairs { assert(featset.pool "examples/pools/zeus.txt"), assert(featset.inventory "examples/pools/zeus.txt") } do
	t.equal(names(assert(alone:with_hosts(source)).hosts), "hera zeus", "joined by what was read before")
end
change = assert(featset.compare(alone, joined))
t.ok(EIGHT <= change:lost(), "lost again")
t.ok(names(change.stuck):find "mail", "stuck")
t.equal(change.mixes_vendors, false, "one vendor")
t.ok(change.hosts[2].before == nil and change.hosts[2].after == joined.hosts[2], "a new host")
t.equal(change.hosts[1].turn .. change.hosts[1].name, "nonehera", "as it was")
t.ok(change.hosts[1].lost.hvm:empty(), "and lost nothing")
local across = assert(pool:across(assert(featset.pool "examples/pools/zeus.txt")))
t.equal((across:check("mail", "zeus")), false, "across")
t.raises("a question to one pool", across.without, across, "zeus")

-- ---- inventories ----

local inventory = assert(featset.inventory(EXAMPLE .. "/hosts.txt"))
t.equal(inventory.count .. inventory.format, "2xe", "inventory")
t.equal(inventory:records "host"[2].name, "zeus", "records")
local both = inventory:merge(assert(featset.inventory(EXAMPLE .. "/vms.txt")))
t.equal(#inventory.vms .. ":" .. #both.vms, "0:" .. #pool.vms, "merge gives a new one")
t.equal(both:remove("host", "hera").count .. both.count, "12", "so does remove")
t.ok(both:vm_cpu(1).features:has "sse2" and both:vm_cpu "archive" ~= nil, "vm_cpu")
t.equal(featset.record_kinds().vif[2], "uuid", "fields")
t.refuses("no kind of record", both:records "hosts")
t.refuses("no host has the name", both:remove("host", "ares"))
t.raises("from 1 to 2", both.remove, both, "host", 3)
t.refuses("cannot be read", featset.inventory "nosuch")
t.refuses("at least one host", featset.pool(EXAMPLE .. "/vms.txt"))
t.refuses("limit", featset.pool(EXAMPLE, { limit = 10 }))
t.raises("unknown key", featset.pool, EXAMPLE, { limits = 1 })
t.raises("path or list of paths", featset.pool, {})

-- A name that several have; a broken host among good ones.
local twice = both:merge(both):pool()
t.refuses("called 'mail'; their UUIDs", twice:vm "mail")
local path = os.tmpname()
local file = assert(io.open(path, "w"))
file:write("1fcbfbff-f7fa3223\nzzz-1\n1fcbfbff\n")
file:close()
t.ok(not featset.inventory(path), "one broken host")
local rest = assert(featset.inventory(path, { keep_going = true }))
t.equal(rest.count, 2, "keep_going")
t.equal(#rest.left_out, 1, "what was left out")
os.remove(path)

-- ---- pasted errors ----

local said = ("Error code: VM_INCOMPATIBLE_WITH_THIS_HOST\nError parameters: %s, %s, VM last booted elsewhere")
	:format(mail.uuid, zeus.uuid)
local found = assert(pool:explain(said))
t.equal(#found, 1, "one finding")
t.equal(found[1].code, "VM_INCOMPATIBLE_WITH_THIS_HOST", "code")
t.ok(found[1].vm == mail and found[1].host == zeus, "resolved")
t.equal(found[1].missing, EIGHT, "missing")
t.equal(found[1].commands[1], mail.commands.restart, "command")
local plain = featset.explain(said)[1]
t.ok(plain.vm == nil and plain.vm_text == mail.uuid and plain.missing:empty() and #plain.what > 9, "without a pool")
t.equal(#featset.explain "all is well", 0, "nothing")
t.equal(#featset.explain "", 0, "nothing at all")
local codes = {}
for _, row in ipairs(featset.error_codes()) do codes[row.code] = #row.cause > 9 and #row.cure > 9 end
t.ok(codes.VM_INCOMPATIBLE_WITH_THIS_HOST, "table of errors")

-- ---- formats ----

for _, row in ipairs(featset.format_table()) do
	if row.name == "xen" then t.ok(row.reads and row.writes and #row.source > 3 and #row.summary > 3, "xen") end
	if row.name == "gcc" then t.equal(row.name, "gcc", "gcc") end
end
t.equal(featset.left_out("avx2", "xen"), featset.set(), "a Xen string holds avx2")
t.equal(select("#", featset.dumps("avx2", "xen")), 1, "nothing lost")
-- A Xen featureset ends long before the words of VMX.
t.equal(select(2, featset.dumps("vmx_ept,avx2", "xen")), featset.set "vmx_ept", "lost")

-- ---- misuse ----

t.raises("VM, its name, UUID or number", pool.check, pool, {}, zeus)
t.raises("VM, its name, UUID or number", pool.check, pool, hera, zeus)
t.raises("Host, its name, UUID or number", pool.check, pool, mail, mail)
t.raises("from 1 to 2", pool.host, pool, 0)
t.raises("from 1 to 2", pool.host, pool, 3)
t.raises("of another inventory", pool.host, pool, alone:host "hera")
t.raises("method of Pool", pool.level, hera)
t.raises("method of Pool", pool.level)
t.raises("'hvm' or 'pv'", pool.level, pool, "HVM")
t.raises("restart, move", mail.command, mail, "explode")
t.raises("Pool expected", featset.compare, pool, mail)
t.raises("Pool expected, got VM", featset.explain, said, mail)
t.refuses("no vm has the name", pool:vm "nosuch")
t.refuses("no host has the name", pool:check("mail", "nosuch"))
t.refuses("NUL", pool:vm "a\0b")
for _, thing in ipairs { pool, hera, mail, change, inventory } do
	t.ok(not pcall(function() thing.x = 1 end), "frozen")
	t.equal(thing.nosuch, nil, "no such field")
	t.equal(type(getmetatable(thing)), "string", "the metatable is out of reach")
	t.equal(type(tostring(thing)), "string", "tostring")
	local index = debug.getmetatable(thing).__index
	for _, junk in ipairs { 1, "x", {}, true, print } do t.equal(index(junk, "name"), nil, "a stranger") end
end

-- ---- lifetime: what is left outlives what it came from ----

local kept = {}
for i = 1, 20 do
	local mine = featset.pool(EXAMPLE)
	kept[i] = { vm = mine:vm "mail", found = mine:explain(said)[1], change = featset.compare(mine, mine:without(2)) }
	mine = nil
	if i % 5 == 0 then collectgarbage() end
end
collectgarbage()
collectgarbage()
for _, one in ipairs(kept) do
	t.equal(one.vm.host.name .. one.found.vm.name .. one.found.host.name, "heramailzeus", "outlives")
	t.equal((one.vm:check "zeus"), false, "still thinks")
	t.equal(one.change.hosts[2].name, "zeus", "a change")
end
-- And nothing is held for ever.
local seen = setmetatable({}, { __mode = "k" })
for _ = 1, 5 do
	local mine = featset.pool(EXAMPLE .. "/hosts.txt")
	seen[mine], seen[mine.hosts[1]] = true, true
end
collectgarbage()
collectgarbage()
t.equal(next(seen), nil, "collected")
t.done()
