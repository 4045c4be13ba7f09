-- SPDX-License-Identifier: MIT
-- Policies from Lua.  The texts are those that QEMU 7.2 and libvirt 9.0 took.
local featset = require "featset"
local t = require "harness"
local IVY_BRIDGE, TEXT = "qemu:IvyBridge-v1-rdrand", "-cpu IvyBridge-v1,-rdrand,enforce\n"

local policy = assert(featset.policy(IVY_BRIDGE, "qemu", "qemu-7.2"))
t.equal(featset.type(policy), "Policy", "type")
t.equal(policy.text, TEXT, "text")
t.equal(tostring(policy), TEXT, "itself")
t.equal(policy .. "x", TEXT .. "x", "joined")
t.equal(policy.platform .. policy.target, "qemuqemu-7.2", "what for")
t.equal(policy.model, featset.baseline "qemu:IvyBridge-v1", "model")
t.ok(policy.features:has "f16c" and not policy.features:has "rdrand", "features")
t.ok(policy.left_out:empty() and policy.exact and #policy.notes == 0, "exact")
t.equal(policy.nothing, nil, "no such field")
t.ok(policy == featset.policy({ IVY_BRIDGE }, "qemu", { target = "qemu-7.2" }), "the same")
t.ok(policy ~= featset.policy(IVY_BRIDGE, "qmp", "qemu-7.2"), "another")
t.raises("cannot be changed", function() policy.text = "" end)
t.equal(featset.policy(IVY_BRIDGE, "qemu", { expanded = true, target = "qemu-7.2" }).text:sub(1, 10), "-cpu base,", "expanded")

-- One cpu is written as it is, several as their level under the platform's rule.
local hosts = assert(featset.load "examples/pools/hera-zeus/hosts.txt")
local level = featset.level(hosts, "kvm")
t.equal(featset.policy(hosts, "qemu"), featset.policy(level, "qemu"), "a file's hosts")
t.equal(featset.policy({ hosts[1], hosts[2] }, "qemu"), featset.policy(level, "qemu"), "a list of hosts")
t.equal(featset.policy({ hosts }, "qemu"), featset.policy(level, "qemu"), "a list of files")
t.ok(featset.policy(hosts[1], "qemu") ~= featset.policy(level, "qemu"), "one host")
t.ok(featset.policy("haswell+invtsc", "qemu").text:find("+invtsc", 1, true), "as it is")
t.ok(not featset.policy({ "haswell+invtsc", "haswell+invtsc" }, "qemu").text:find "invtsc", "the rule is kvm")

local short = assert(featset.loads "1fcbfbff-f7ba2223")
t.ok(featset.policy(short, "xl").text:find("avx2=0", 1, true), "turned off")
t.ok(not featset.policy(short, "xl", { leave_open = true }).text:find "avx2", "left open")

-- What cannot be said.
local inexact = featset.policy("haswell+uintr", "qemu")
t.equal(inexact.left_out, featset.set "uintr", "left out")
t.equal(inexact.exact, false, "not exact")
local none, message = featset.policy("haswell+uintr", "qemu", { strict = true, target = "qemu-7.2" })
t.equal(none, nil, "strict")
t.equal(message, "qemu-7.2 cannot express uintr", "and why")
local wide = featset.policy(hosts, "libvirt")
wide.notes[1] = "changed"
t.ok(wide.notes[1] ~= "changed", "notes are copies")

-- Platforms.
local by_name, last = {}, ""
for _, platform in ipairs(featset.platforms()) do
	t.ok(platform.name > last and #platform.summary > 10, platform.name)
	last, by_name[platform.name] = platform.name, platform
	for _, target in ipairs(platform.targets) do
		t.equal(assert(featset.policy("ivybridge", platform.name, target)).target, target, "target")
	end
end
t.equal(by_name.qemu.rule, "kvm", "rule")
t.equal(by_name.qemu.targets[#by_name.qemu.targets], "qemu-7.2", "the oldest")
t.equal(featset.policy("haswell", "libvirt").target, by_name.libvirt.targets[1], "the newest is the default")

-- What is not there, and misuse.
for _, wrong in ipairs { { "haswell", "quemu", nil, "did you mean 'qemu'" }, { "haswel", "qemu", nil, "haswel" },
	{ "haswell", "qemu", "qemu-1.0", "qemu%-7%.2" }, { "haswell", "qe\0mu", nil, "NUL" },
	{ "haswell", "qemu", { name = "a\0b" }, "NUL" } } do
	none, message = featset.policy(wrong[1], wrong[2], wrong[3])
	t.equal(none, nil, wrong[4])
	t.ok(message:find(wrong[4]), message)
end
t.raises("#1 to 'policy'", featset.policy, 5, "qemu")
t.raises("(host 2: Cpu, host", featset.policy, { "haswell", featset.policy }, "qemu")
t.raises("at least one cpu", featset.policy, {}, "qemu")
t.raises("#2 to 'policy'", featset.policy, "haswell")
t.raises("unknown key 'traget'", featset.policy, "haswell", "qemu", { traget = "qemu-7.2" })
t.raises("target: string expected", featset.policy, "haswell", "qemu", { target = 7.2 })
t.raises("#3 to 'policy'", featset.policy, "haswell", "qemu", 5)

t.done()
