-- Somebody who is connected, and counts how often he was told of a shutdown.

local skynet = require "skynet"

local told = 0

skynet.start(function()
	skynet.register "CLIENT"
	skynet.dispatch("lua", function(session, _, command)
		if command == "shutdown" then
			told = told + 1
		end
		if session ~= 0 then
			skynet.retpack(told)
		end
	end)
end)
