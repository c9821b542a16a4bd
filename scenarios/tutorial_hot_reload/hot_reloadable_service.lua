-- A service that loads what it does from a file, and loads it again when it is told to.

local skynet = require "skynet"

local version = 1

local function load_implementation()
	return loadfile "service_impl.lua"()	-- which returns a function, and nobody calls it
end

local implementation = load_implementation()

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		if command == "get_version" then
			skynet.retpack(version)
		elseif command == "reload" then
			local fresh = load_implementation()
			fresh.set_state(implementation.get_state())
			implementation = fresh
			version = version + 1
			skynet.retpack(true, version)
		else
			implementation.handle_message(command, ...)
		end
	end)
	skynet.register "HOT_RELOADABLE"
end)
