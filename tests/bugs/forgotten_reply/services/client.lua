-- A player who logs in, plays a while and logs out.

local skynet = require "skynet"

local name, password, uid = ...

local CMD = {}

function CMD.play()
	skynet.sleep(math.random(0, 30))
	local ok = skynet.call(".login", "lua", "login", name, password)
	if ok then
		skynet.sleep(math.random(5, 20))
		skynet.call(".login", "lua", "logout", math.tointeger(uid))
	end
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
