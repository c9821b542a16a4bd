-- Somebody in the room, who keeps what is delivered to him.

local skynet = require "skynet"

local number = ...

local delivered = {}

skynet.start(function()
	skynet.dispatch("lua", function(session, _, command, message)
		if command == "deliver_message" then
			delivered[#delivered + 1] = message
		end
		if session ~= 0 then
			skynet.retpack(#delivered)
		end
	end)
	skynet.register("USER_" .. number)
end)
