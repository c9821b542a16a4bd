-- Plays the matches of a day: who wins gets three points, and one each if nobody does.

local skynet = require "skynet"

local CMD = {}

function CMD.play(home, guest, goals_home, goals_guest)
	skynet.sleep(math.random(1, 9))
	local won, drawn = 3, 1
	if goals_home == goals_guest then
		skynet.call(".ranking", "lua", "score", home, drawn)
		skynet.call(".ranking", "lua", "score", guest, drawn)
	else
		skynet.call(".ranking", "lua", "score", goals_home > goals_guest and home or guest, won)
	end
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
