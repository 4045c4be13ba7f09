-- SPDX-License-Identifier: MIT
-- Runs the Lua snippets of the documents: what a snippet prints is what stands behind its arrows.
-- The commands for the build tree run as they stand, but for the directory of the build.
local t = require "harness"

-- Snippets of one page go on from one another, so what is local to one becomes global to the page.
local function run(code, name, environment)
	local printed = {}
	environment.print = function(...)
		local words = {}
		for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
		for line in (table.concat(words, " ") .. "\n"):gmatch "(.-)\n" do printed[#printed + 1] = line end
	end
	code = ("\n" .. code):gsub("\nlocal ", "\n"):sub(2)
	local chunk, message
	if setfenv then
		chunk, message = loadstring(code, name)
		if chunk then setfenv(chunk, environment) end
	else
		chunk, message = load(code, name, "t", environment)
	end
	if not t.ok(chunk, message) then return {} end
	local ok, problem = pcall(chunk)
	t.ok(ok, problem)
	return printed
end

for _, page in ipairs { "docs/lua.md", "README.md" } do
	local file = io.open(page)
	local text = file and file:read "*a" or ""
	local environment, number = setmetatable({}, { __index = _G }), 0
	for code in text:gmatch "\n```lua\n(.-)\n```" do
		number = number + 1
		local name = ("%s, snippet %d"):format(page, number)
		local printed, expected = run(code, "=" .. name, environment), {}
		for line in (code .. "\n"):gmatch "[^\n]*%-%->[ ]?([^\n]*)\n" do expected[#expected + 1] = line end
		t.equal(table.concat(printed, "\n"), table.concat(expected, "\n"), name)
	end
	local commands = 0
	for code in text:gmatch "\n```sh\n(.-)\n```" do
		for line in (code .. "\n"):gmatch "(LUA_PATH=[^\n]*)\n" do
			commands = commands + 1
			local command = line:gsub("build/", function() return os.getenv "BUILD" .. "/" end)
			local pipe = assert(io.popen("unset LUA_PATH LUA_CPATH FEATSET_LIB\n" .. command .. " 2>&1"))
			local output = pipe:read "*a"
			pipe:close()
			t.ok(output:find("hera loses fma", 1, true), line .. "\n" .. output)
		end
	end
	t.equal(commands, 2, page .. ": commands for Lua and LuaJIT")
	if page == "docs/lua.md" then t.ok(number >= 10, "the page has snippets") end
end
t.done()
