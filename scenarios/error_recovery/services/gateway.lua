-- Answers clients out of a database that may fail: skynet.newservice("gateway", ".gateway1").
-- Every request is answered, at the latest when the guard gives up waiting.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local guard = require "guard"

local name = ...

local database = guard.new(".database")

local handlers = {}

function handlers.get(key)
	return database:call("get", key)
end

function handlers.status()
	return database.connection ~= nil, database.recoveries
end

skynet.start(function()
	-- skynet.register says nothing when the name is taken, so look.
	skynet.register(name)
	assert(skynet.localname(name) == skynet.self(), name .. " is already running")

	database:start()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
end)
