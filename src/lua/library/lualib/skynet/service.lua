-- skynet.service: services made from a function, one per name, through the unique service_provider.

local skynet = require "skynet"

local service = {}
local known = {}	-- name -> handle
local provider

local function ask(command, ...)
	provider = provider or skynet.uniqueservice "service_provider"
	return skynet.call(provider, "lua", command, ...)
end

-- Only the code travels: the function may use globals, and no other upvalue.
local function dump(func)
	assert(debug.getinfo(func, "u").nups == 1)
	assert(debug.getupvalue(func, 1) == "_ENV")
	return string.dump(func)
end

function service.new(name, func, ...)
	local handle, booting = ask("test", name)
	if not handle then
		if booting then
			handle = ask("query", name)
		else
			handle = ask("launch", name, dump(func), ...)
		end
	end
	known[name] = handle
	return handle
end

function service.query(name)
	known[name] = known[name] or ask("query", name)
	return known[name]
end

function service.close(name)
	local handle = ask("close", name)
	if not handle then
		return false
	end
	known[name] = nil
	skynet.kill(handle)
	return true
end

return service
