-- SPDX-License-Identifier: MIT
--
-- Policies: a level or a cpu in the words of a platform's configuration.  Over either core.
--
-- A policy is worked out once and kept as plain values; what a script holds is an
-- empty table with a metatable, as with pools.
local handles = setmetatable({}, { __mode = "k" })

return function(core, featset, tools)
	local described, clean, options_of, only = tools.described, tools.clean, tools.options_of, tools.only
	local metatable

	local function kind_of(value)
		return handles[value] and "Policy" or nil
	end

	local function misuse(position, expected, value)
		error(("bad argument #%d to 'policy' (%s expected, got %s)"):format(position, expected, described(value)), 3)
	end

	local function same(a, b)
		local x, y = handles[a], handles[b]
		return x ~= nil and y ~= nil and x.text == y.text and x.target == y.target and x.features == y.features and
			x.left_out == y.left_out
	end

	metatable = {
		__index = function(self, key)
			local parts = handles[self]
			local value = parts and parts[key]
			if key == "notes" and value then return { (table.unpack or unpack)(value) } end
			return value
		end,
		__newindex = function() error("a Policy cannot be changed", 2) end,
		__tostring = function(self) return handles[self] and handles[self].text or "Policy" end,
		__concat = function(a, b) return tostring(a) .. tostring(b) end,
		__eq = same,
		__name = "Policy",
		__metatable = "Policy",
	}

	local function new_policy(made, message)
		if not made then return nil, message end
		local policy = setmetatable({}, metatable)
		handles[policy] = {
			text = core.policy_text(made), platform = core.policy_platform(made), target = core.policy_target(made),
			model = core.policy_model(made), features = core.policy_features(made),
			left_out = core.policy_left_out(made), notes = core.policy_notes(made), exact = core.policy_is_exact(made),
		}
		return policy
	end

	-- One cpu as it is; several, levelled by the platform's rule.
	local function levelled(cpus, rule)
		if #cpus == 1 then return cpus[1] end
		local level, message = core.level(cpus, rule)
		if not level then return nil, message end
		return core.fields.Level.cpu(level)
	end

	local OPTIONS = { target = true, name = true, expanded = true, strict = true, leave_open = true }

	-- A string of the options, "" for none.
	local function text_of(options, key)
		local value = options[key]
		if value == nil then return "" end
		if type(value) ~= "string" then
			error(("bad argument #3 to 'policy' (%s: string expected, got %s)"):format(key, described(value)), 3)
		end
		return clean(value)
	end

	-- featset.policy(cpu or list, platform, options): what to write; a target alone may stand for the options.
	function featset.policy(cpus, platform, options)
		if type(platform) ~= "string" then misuse(2, "name of a platform", platform) end
		if type(options) == "string" then options = { target = options } end
		options = options_of(options, 3, "policy")
		only(options, 3, "policy", OPTIONS)
		local target, message = text_of(options, "target")
		if not target then return nil, message end
		local name
		name, message = text_of(options, "name")
		if not name then return nil, message end
		platform, message = clean(platform)
		if not platform then return nil, message end
		local rule
		rule, message = core.platform_rule(platform)
		if not rule then return nil, message end
		local cpu, list
		cpu, message = tools.as_cpu(cpus)
		if message then return nil, message end
		if not cpu then
			if type(cpus) ~= "table" then misuse(1, tools.ANY_CPU .. ", or a list of them", cpus) end
			list, message = tools.gather_cpus({}, cpus, nil, "policy")
			if not list then return nil, message end
			if #list == 0 then error("bad argument #1 to 'policy' (a policy needs at least one cpu)", 2) end
			cpu, message = levelled(list, rule)
			if not cpu then return nil, message end
		end
		return new_policy(core.policy(cpu, platform, target, name, not not options.expanded, not not options.strict,
			not not options.leave_open))
	end

	-- What policy() can write for, sorted by name; targets are versions, the newest first.
	function featset.platforms()
		local list = core.platforms()
		for i, name in ipairs(list) do
			list[i] = {
				name = name, targets = core.platform_targets(name), rule = core.platform_rule(name),
				summary = core.platform_summary(name),
			}
		end
		return list
	end

	return kind_of
end
