-- snax.interface(name, G, loader): runs the file of a snax service and lists its methods, as
-- { id, group, name, function } at index id. Both sides of a call run the same file and must come to
-- the same ids: 1 to 4 are the system methods, then accept and response in order of definition.

local skynet = require "skynet"

local SYSTEM = { "init", "exit", "hotfix", "profile" }

local function find_file(path, name, env)
	local reasons = {}
	for pattern in string.gmatch(path, "[^;]+") do
		local chunk, reason = loadfile((string.gsub(pattern, "?", name)), "bt", env)
		if chunk then
			return chunk, pattern
		end
		reasons[#reasons + 1] = reason
	end
	error(table.concat(reasons, "\n"))
end

-- `accept` and `response` as the file sees them: tables that only take definitions.
local function recorder(methods, group)
	local defined = {}
	local function define(_, name, func)
		if type(name) ~= "string" then
			error(string.format("%s method only support string", group))
		elseif type(func) ~= "function" then
			error(string.format("%s.%s must be function", group, name))
		elseif defined[name] then
			error(string.format("%s.%s duplicate definition", group, name))
		end
		defined[name] = true
		table.insert(methods, { #methods + 1, group, name, func })
	end
	return setmetatable({}, { __newindex = define })
end

return function(name, G, loader)
	assert(getmetatable(G) == nil)
	for _, reserved in ipairs { "init", "exit", "accept", "response" } do
		assert(G[reserved] == nil)
	end

	local methods, system = {}, {}
	for id, method in ipairs(SYSTEM) do
		methods[id] = { id, "system", method }
		system[method] = methods[id]
	end

	-- While the file runs, new globals are kept aside: a system method among them is none.
	local globals = {}
	local visible = setmetatable({
		accept = recorder(methods, "accept"),
		response = recorder(methods, "response"),
	}, { __index = globals })
	local function set_global(_, key, value)
		local method = system[key]
		if not method then
			globals[key] = value
		elseif type(value) == "function" then
			method[4] = value
		else
			error(string.format("%s must be a function", key))
		end
	end

	local path = assert(skynet.getenv "snax", "please set snax in config file")
	local main, pattern = (loader or find_file)(path, name, G)
	setmetatable(G, { __index = visible, __newindex = set_global })
	local ok, err = xpcall(main, debug.traceback)
	setmetatable(G, nil)
	assert(ok, err)
	for key, value in pairs(globals) do
		G[key] = value
	end
	return methods, pattern
end
