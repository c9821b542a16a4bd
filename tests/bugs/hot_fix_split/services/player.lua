-- A player who sends gifts.

local skynet = require "skynet"

local uid = math.tointeger((...))

local CMD = {}

function CMD.give(rounds)
	local given = 0
	for _ = 1, rounds do
		skynet.sleep(math.random(5, 15))
		if skynet.call(".quota", "lua", "send", uid, 1) then
			given = given + 1
		end
	end
	return given
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
