-- SPDX-License-Identifier: MIT
-- examples/pool_level.lua says exactly what examples/pool_level.c says, in under 30 lines.
local t = require "harness"

local interpreter = 0
while arg[interpreter - 1] do interpreter = interpreter - 1 end

local function output(command)
	local pipe = assert(io.popen("cd examples && " .. command .. " 2>&1"))
	local text = pipe:read "*a"
	pipe:close()
	return text
end

local program = "'" .. os.getenv "BUILD" .. "/examples/pool_level'"
local script = "'" .. arg[interpreter] .. "' pool_level.lua"
local expected = output(program)
t.ok(expected:find "hera loses fma", "the C program works")
t.equal(output(script), expected, "the example's pool")
t.equal(output(script .. " pools/hera-zeus/hosts.txt"), expected, "as an argument")
t.equal(output(script .. " nosuch.txt"), output(program .. " nosuch.txt"), "a file that is not there")
local lines = 0
for _ in io.lines "examples/pool_level.lua" do lines = lines + 1 end
t.ok(lines < 30, "short")

-- examples/pool_report.lua, against the page of the pool.
script = "'" .. arg[interpreter] .. "' pool_report.lua"
local report = output(script)
t.ok(report:find("hera: evacuable no, costs the level 0 features\nzeus: evacuable yes, costs the level 8 features\n", 1, true),
	report)
t.ok(report:find("mail on zeus: features fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid\n  xe vm-reboot uuid=", 1, true), report)
t.ok(report:find("nvr on zeus: network cameras\n", 1, true) and not report:find "build", report)
t.ok(output(script .. " nosuch"):find("pool_report: nosuch: cannot be read", 1, true), "a file that is not there")
lines = 0
for _ in io.lines "examples/pool_report.lua" do lines = lines + 1 end
t.ok(lines <= 20, "20 lines")
t.done()
