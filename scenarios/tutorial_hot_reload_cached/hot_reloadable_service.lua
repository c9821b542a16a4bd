-- A service that loads what it does from a file, and loads it again when it is told to: from the code
-- cache, in which the file is as it was.

local skynet = require "skynet"

local version = 1
local implementation = loadfile "service_impl.lua"()

skynet.start(function()
	skynet.dispatch("lua", function(session, source, command, ...)
		if command == "reload" then
			local fresh = loadfile "service_impl.lua"()
			fresh.set_state(implementation.get_state())
			implementation = fresh
			version = version + 1
			skynet.retpack(true, version)
		else
			implementation.handle_message(session, source, command, ...)
		end
	end)
	skynet.register "HOT_RELOADABLE"
end)
