-- SPDX-License-Identifier: MIT
-- What keeps a pool's VMs where they are, and the commands that cure it.
local pool, message = require "featset".pool(arg[1] or "pools/hera-zeus")
if not pool then error("pool_report: " .. message, 0) end
for _, host in ipairs(pool.hosts) do
	local evacuable = host.evacuable == nil and "unknown" or host.evacuable and "yes" or "no"
	print(("%s: evacuable %s, costs the level %d features"):format(host.name, evacuable, #host:price()))
end
for _, vm in ipairs(pool.vms) do
	for _, host in ipairs(vm.counts and pool.hosts or {}) do
		local _, missing, blocks = vm:check(host)
		local words = { vm.name, "on", host.name .. ":" }
		for _, list in ipairs { blocks, missing:names(), pool:lacking(vm, host), (select(2, pool:lacking(vm, host))) } do
			for _, word in ipairs(list) do words[#words + 1] = word end
		end
		if #blocks > 0 then print(table.concat(words, " ")) end
	end
	if vm.counts and vm.cure == "restart" then print("  " .. vm.commands.restart) end
end
