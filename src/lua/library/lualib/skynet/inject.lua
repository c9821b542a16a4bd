-- Runs a text inside a service, for the debug command RUN. The text sees the service's globals,
-- `print` (captured, it becomes the answer), `_U` (tables among the upvalues of the given functions)
-- and `_P` (for each protocol, those of its dispatch function).

-- Tables reachable through upvalues that are functions go into `found`; a function is visited once.
local function collect_tables(found, func, visited)
	for index = 1, math.huge do
		local name, value = debug.getupvalue(func, index)
		if not name then
			return
		elseif type(value) == "table" then
			found[name] = value
		elseif type(value) == "function" and not visited[value] then
			visited[value] = true
			collect_tables(found, value, visited)
		end
	end
end

return function(skynet, source, filename, args, ...)
	local visited = {}
	local upvalues, protocols = {}, {}
	for _, func in ipairs { ... } do
		collect_tables(upvalues, func, visited)
	end
	-- Where the dispatch core is native, its tables are no upvalues, and only this one is known.
	upvalues.proto = upvalues.proto or skynet._proto
	for _, protocol in pairs(upvalues.proto or {}) do
		local name, dispatch = protocol.name, protocol.dispatch
		if name and dispatch and not protocols[name] then
			protocols[name] = {}
			collect_tables(protocols[name], dispatch, visited)
		end
	end

	local output = {}
	local env = { _U = upvalues, _P = protocols }
	function env.print(...)
		local texts = { ... }
		for index, value in ipairs(texts) do
			texts[index] = tostring(value)
		end
		output[#output + 1] = table.concat(texts, "\t")
	end
	setmetatable(env, { __index = _ENV })

	local chunk, reason = load(source, filename and "@" .. filename or "=(load)", "bt", env)
	if not chunk then
		return false, { reason }
	end
	local ok, err = skynet.pcall(chunk, table.unpack(args, 1, args.n))
	if not ok then
		output[#output + 1] = err
	end
	return ok, output
end
