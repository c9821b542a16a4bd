-- One player's connection: shows profiles of others.

local skynet = require "skynet"

local CMD = {}

function CMD.look(first, last)
	for uid = first, last do
		local profile = skynet.call(".profiles", "lua", "get", uid)
		assert(profile.uid == uid, "somebody else's profile")
	end
	return last - first + 1
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
