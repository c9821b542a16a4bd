-- Loads an implementation, and calls what the file returns.

local skynet = require "skynet"

local implementation = loadfile "service_impl.lua"()()

skynet.start(function()
	skynet.dispatch("lua", function(session, source, command, ...)
		implementation.handle_message(session, source, command, ...)
	end)
end)
