-- Matches two players: each waits for an opponent, for half a second at most.

local skynet = require "skynet"
require "skynet.manager"

local PATIENCE = 50	-- hundredths of a second

local waiting = {}	-- the coroutines of players without an opponent

local CMD = {}

function CMD.find(who)
	local first = table.remove(waiting, 1)
	if first then
		first.opponent = who
		skynet.wakeup(first.co)
		return first.who
	end
	local co = coroutine.running()
	local own = { who = who, co = co }
	table.insert(waiting, own)
	skynet.sleep(PATIENCE)
	for index, other in ipairs(waiting) do
		if other == own then
			table.remove(waiting, index)
			break
		end
	end
	return own.opponent or "a robot"
end

-- The next round of the tournament begins a second after it was announced.
function CMD.announce(round)
	local announced = skynet.now()
	skynet.sleep(100)
	return round, skynet.now() - announced
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".match"
end)
