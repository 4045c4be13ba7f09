-- SPDX-License-Identifier: MIT
-- The level of a pool: what its hosts have in common, and what each loses by it.
local featset = require "featset"

local pool, message = featset.load(arg[1] or "pools/hera-zeus/hosts.txt")
if not pool then
	io.stderr:write("pool_level: ", message, "\n")
	os.exit(1)
end

local level = featset.level(pool, "xenserver")
if level.baseline then
	print(("level: %s, x86-64-v%d"):format(level.baseline, level.psabi))
end
for i, host in ipairs(pool) do
	local lost = level:lost(i)
	print(host.name .. " loses " .. (#lost > 0 and table.concat(lost:names(), " ") or "nothing"))
end
print("xen: " .. level.xen)
