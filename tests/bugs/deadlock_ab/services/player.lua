-- A player's agent. Whatever changes the bag goes through one queue, so that no command sees it half
-- changed.

local skynet = require "skynet"
local queue = require "skynet.queue"

local lock = queue()
local bag = { gold = 100, gems = 10 }

local CMD = {}

function CMD.take(thing, count)
	if bag[thing] < count then
		return false
	end
	bag[thing] = bag[thing] - count
	return true
end

function CMD.put(thing, count)
	bag[thing] = bag[thing] + count
	return true
end

-- Swaps something of ours for something of another player's.
function CMD.trade(other, give, given, take, taken)
	if bag[give] < given then
		return false, "not enough " .. give
	end
	if not skynet.call(other, "lua", "take", take, taken) then
		return false, "he has not enough " .. take
	end
	bag[give] = bag[give] - given
	bag[take] = bag[take] + taken
	skynet.call(other, "lua", "put", give, given)
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(lock(CMD[command], ...))
	end)
end)
