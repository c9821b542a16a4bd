-- Permits moves, and walks from place to place. Both take a moment.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local LARGE = 50

local handlers = {}

function handlers.permit(move)
	skynet.sleep(math.random(0, 3))
	if move.count > LARGE then
		return false, "too much at once"
	end
	return true
end

function handlers.visit()
	skynet.sleep(math.random(0, 3))
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
	skynet.register ".guard"
end)
