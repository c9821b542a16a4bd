-- skynet.manager: the part of the skynet module that starts, names and ends services. Requiring it
-- adds the functions to the skynet module of this service.

local skynet = require "skynet"
local core = require "skynet.core"

function skynet.launch(...)
	local address = core.command("LAUNCH", table.concat({ ... }, " "))
	if address then
		return tonumber(string.sub(address, 2), 16)
	end
end

-- The handle of a number or ":hex"; a ".name" has none here.
local function handle_of(address)
	if type(address) == "number" then
		return address
	end
	local hex = type(address) == "string" and string.match(address, "^:(%x+)")
	return hex and tonumber(hex, 16)
end

-- The launcher hears only of a kill by handle: after one by ".name" it lists the service for ever.
function skynet.kill(address)
	local handle = handle_of(address)
	if handle then
		skynet.send(".launcher", "lua", "REMOVE", handle, true)
		address = skynet.address(handle)
	end
	core.command("KILL", address)
end

function skynet.abort()
	core.command("ABORT")
end

-- A name without a dot is global: the harbor keeps it, in at most 15 bytes. True if this was one.
local function register_global(name, handle)
	local first = string.sub(name, 1, 1)
	assert(first ~= ":")
	if first == "." then
		return false
	end
	assert(#name < 16)
	assert(tonumber(name) == nil)
	require("skynet.harbor").globalname(name, handle)
	return true
end

function skynet.register(name)
	if not register_global(name) then
		core.command("REG", name)
	end
end

function skynet.name(name, handle)
	if not register_global(name, handle) then
		core.command("NAME", name .. " " .. skynet.address(handle))
	end
end

local dispatch_message = skynet.dispatch_message

local function start_later(start_func)
	skynet.timeout(0, function()
		skynet.init_service(start_func)
	end)
end

-- A receiver that passes messages on as another type. Whoever gets such a message owns its data, so
-- the framework frees none (true), and this frees the rest.
function skynet.forward_type(map, start_func)
	core.callback(function(from_type, msg, sz, ...)
		local to_type = map[from_type]
		if to_type then
			dispatch_message(to_type, msg, sz, ...)
			return
		end
		local ok, err = pcall(dispatch_message, from_type, msg, sz, ...)
		core.trash(msg, sz)
		if not ok then
			error(err)
		end
	end, true)
	start_later(start_func)
end

-- A receiver that rewrites each message: f(type, msg, sz, session, source) returns the same five.
function skynet.filter(f, start_func)
	core.callback(function(...)
		dispatch_message(f(...))
	end)
	start_later(start_func)
end

function skynet.monitor(service, query)
	local find = query and skynet.queryservice or skynet.uniqueservice
	local handle = find(true, service)
	assert(handle, "Monitor launch failed")
	core.command("MONITOR", string.format(":%08x", handle))
	return handle
end

return skynet
