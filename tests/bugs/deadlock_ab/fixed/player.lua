-- A player's agent. Its own trades go through one queue, one after the other; what others take and put
-- is done at once and waits for nobody. What a trade gives is taken out of the bag before it asks the other.

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
	if not CMD.take(give, given) then
		return false, "not enough " .. give
	end
	if not skynet.call(other, "lua", "take", take, taken) then
		CMD.put(give, given)
		return false, "he has not enough " .. take
	end
	CMD.put(take, taken)
	skynet.call(other, "lua", "put", give, given)
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		if command == "trade" then
			skynet.retpack(lock(CMD.trade, ...))
		else
			skynet.retpack(CMD[command](...))
		end
	end)
end)
