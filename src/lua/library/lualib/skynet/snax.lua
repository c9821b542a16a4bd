-- skynet.snax: services whose file declares its methods. An object of one has obj.post.NAME(...) (a
-- send), obj.req.NAME(...) (a call), obj.type and obj.handle.

local skynet = require "skynet"
local snax_interface = require "snax.interface"

local snax = {}

-- Where the interface files run: only what snax_interface_g gives them, and a require that does nothing.
local interface_env
do
	local module = skynet.getenv "snax_interface_g"
	interface_env = module and require(module) or { require = function() end }
end

skynet.register_protocol {
	name = "snax",
	id = skynet.PTYPE_SNAX,
	pack = skynet.pack,
	unpack = skynet.unpack,
}

local interfaces = {}

-- { name, accept = { method -> id }, response = ..., system = ... }
function snax.interface(name)
	local interface = interfaces[name]
	if not interface then
		interface = { name = name, accept = {}, response = {}, system = {} }
		for _, method in ipairs((snax_interface(name, interface_env))) do
			interface[method[2]][method[3]] = method[1]
		end
		interfaces[name] = interface
	end
	return interface
end

-- The functions are captured: a service that replaces skynet.call does not change these.
local function methods(interface, handle, group, verb, transmit)
	return setmetatable({}, {
		__index = function(_, name)
			local id = interface[group][name]
			if not id then
				error(string.format("%s %s:%s no exist", verb, interface.name, name))
			end
			return function(...)
				return transmit(handle, "snax", id, ...)
			end
		end,
	})
end

local call = skynet.call

-- A post has no result, where skynet.send has one.
local send = skynet.send
local function post(...)
	send(...)
end

local object_meta = {
	__tostring = function(object)
		return string.format("[%s:%x]", object.type, object.handle)
	end,
}

local objects = setmetatable({}, { __mode = "kv" })	-- handle -> object

function snax.bind(handle, name)
	local object = objects[handle]
	if object then
		assert(object.type == name)
		return object
	end
	local interface = snax.interface(name)
	object = setmetatable({
		post = methods(interface, handle, "accept", "post", post),
		req = methods(interface, handle, "response", "request", call),
		type = name,
		handle = handle,
	}, object_meta)
	objects[handle] = object
	return object
end

function snax.rawnewservice(name, ...)
	local init = snax.interface(name).system.init
	local handle = skynet.newservice("snaxd", name)
	assert(objects[handle] == nil)
	if init then
		skynet.call(handle, "snax", init, ...)
	end
	return handle
end

function snax.newservice(name, ...)
	return snax.bind(snax.rawnewservice(name, ...), name)
end

local function by_manager(command)
	return function(name, ...)
		local handle = assert(skynet.call(".service", "lua", command, "snaxd", name, ...))
		return snax.bind(handle, name)
	end
end

snax.uniqueservice = by_manager "LAUNCH"
snax.globalservice = by_manager "GLAUNCH"
snax.queryservice = by_manager "QUERY"
snax.queryglobal = by_manager "GQUERY"

function snax.self()
	return snax.bind(skynet.self(), SERVICE_NAME)
end

local function call_system(object, method, ...)
	return call(object.handle, "snax", snax.interface(object.type).system[method], ...)
end

function snax.kill(object, ...)
	call_system(object, "exit", ...)
end

function snax.exit(...)
	snax.kill(snax.self(), ...)
end

local function values_or_error(ok, ...)
	if not ok then
		error(...)
	end
	return ...
end

function snax.hotfix(object, source, ...)
	return values_or_error(call_system(object, "hotfix", source, ...))
end

function snax.profile_info(object)
	return call_system(object, "profile")
end

function snax.printf(format, ...)
	skynet.error(string.format(format, ...))
end

return snax
