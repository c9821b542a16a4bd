-- The world outside: what tasks have done to it. An effect is applied once, however
-- often it is asked for.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".ledger"

local effects = {}	-- key -> how often it was asked for
local applied = 0

local handlers = {}

function handlers.effect(key)
	if not effects[key] then
		applied = applied + 1
	end
	effects[key] = (effects[key] or 0) + 1
	return applied
end

skynet.start(function()
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
end)
