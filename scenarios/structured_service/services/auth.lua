-- Says who may connect. It needs a moment for that, as a database would.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".auth"

local handlers = {}

function handlers.check(token)
	skynet.sleep(2)
	if token ~= "secret" then
		return false, "wrong token"
	end
	return true
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
