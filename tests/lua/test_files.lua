-- SPDX-License-Identifier: MIT
-- How files are read: limits, and hosts that are broken.
local featset = require "featset"
local t = require "harness"

local text = "1fcbfbff-f7fa3223\n1fcbfbff-nonsense\n00000000-00001000\n"
local name = os.tmpname()
local file = assert(io.open(name, "w"))
file:write(text)
file:close()

for what, read in pairs {
	text = function(options) return featset.loads(text, options) end,
	file = function(options) return featset.load(name, options) end,
} do
	local pool, message = read()
	t.equal(pool, nil, what)
	t.ok(message:find("2:10: no Xen featureset", 1, true), message)
	pool = assert(read { keep_going = true })
	t.equal(#pool, 2, what)
	t.equal(tostring(pool[2].cpu.features), "fma", what)
	t.equal(#pool.notes, 1, what)
	t.ok(pool.notes[1]:find("2:10: no Xen featureset", 1, true), pool.notes[1])
	pool, message = read { limit = 10 }
	t.equal(pool, nil, what)
	t.ok(message:find("larger than the limit of 10 bytes", 1, true), message)
	t.ok(not pcall(read, { limit = -1 }), what)
end
t.equal(featset.loads("1fcbfbff-nonsense", { keep_going = true }), nil, "nothing left")
os.remove(name)
t.done()
