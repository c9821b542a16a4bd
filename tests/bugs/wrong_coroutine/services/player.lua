-- A player who looks for opponents.

local skynet = require "skynet"

local name = ...

local CMD = {}

function CMD.play(games)
	for _ = 1, games do
		skynet.sleep(math.random(20, 90))
		skynet.call(".match", "lua", "find", name)
	end
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
