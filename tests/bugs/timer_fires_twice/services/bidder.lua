-- A player who wants it all: bids for one thing after the other, again and again.

local skynet = require "skynet"

local name = ...

local CMD = {}

function CMD.hunt(rounds, ...)
	for round = 1, rounds do
		for _, id in ipairs { ... } do
			skynet.call(".auction", "lua", "bid", id, name, round * 10 + math.random(9))
			skynet.sleep(math.random(0, 1))
		end
	end
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
