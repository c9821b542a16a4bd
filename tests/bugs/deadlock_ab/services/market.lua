-- Brings players together: opens their agents, and starts a trade for whoever clicks.

local skynet = require "skynet"

local agents = {}

local CMD = {}

function CMD.enter(name)
	agents[name] = skynet.newservice "player"
	return true
end

function CMD.trade(from, to, ...)
	skynet.sleep(math.random(0, 5))
	return (skynet.call(agents[from], "lua", "trade", agents[to], ...))
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
