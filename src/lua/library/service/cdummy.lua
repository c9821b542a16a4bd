-- `.cslave` of a node that is alone: keeps the global names, and tells the native harbor service,
-- which delivers what is sent to one.

local skynet = require "skynet"
require "skynet.manager"

local handles = {}	-- global name -> handle
local waiting = {}	-- global name -> responses of those who ask before it is registered
local harbor_service

local function as_is(...)
	return ...
end

skynet.register_protocol {
	name = "harbor",
	id = skynet.PTYPE_HARBOR,
	pack = as_is,
	unpack = skynet.tostring,
}

skynet.register_protocol {
	name = "text",
	id = skynet.PTYPE_TEXT,
	pack = as_is,
	unpack = skynet.tostring,
}

local command = {}

function command.REGISTER(name, handle)
	assert(handles[name] == nil)
	handles[name] = handle
	local responses = waiting[name]
	waiting[name] = nil
	for _, respond in ipairs(responses or {}) do
		respond(true, handle)
	end
	skynet.redirect(harbor_service, handle, "harbor", 0, "N " .. name)
end

function command.QUERYNAME(name)
	if string.sub(name, 1, 1) == "." then
		skynet.retpack(skynet.localname(name))
	elseif handles[name] then
		skynet.retpack(handles[name])
	else
		waiting[name] = waiting[name] or {}
		table.insert(waiting[name], skynet.response())
	end
end

function command.LINK()
	skynet.ret()
end

function command.CONNECT()
	skynet.error("Can't connect to other harbor in single node mode")
end

skynet.start(function()
	local id = tonumber(skynet.getenv "harbor")
	assert(id == 0)
	skynet.dispatch("lua", function(_, _, name, ...)
		assert(command[name])(...)
	end)
	skynet.dispatch("text", function() end)	-- the harbor service reports here; nothing to do alone
	harbor_service = assert(skynet.launch("harbor", id, skynet.self()))
end)
