-- A gate: passes orders on, as they come.

local skynet = require "skynet"

local CMD = {}

function CMD.open(count)
	for number = 1, count do
		skynet.sleep(math.random(0, 3))
		skynet.call(".orders", "lua", "place", "potion", number)
	end
	return count
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
