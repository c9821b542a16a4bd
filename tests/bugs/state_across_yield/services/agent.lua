-- One player's connection: buys what he has in his basket.

local skynet = require "skynet"

local uid = math.tointeger((...))

local CMD = {}

function CMD.login(amount)
	return skynet.call(".wallet", "lua", "grant", uid, amount)
end

function CMD.checkout(...)
	local bought = 0
	for _, item in ipairs { ... } do
		skynet.sleep(math.random(0, 4))
		if skynet.call(".shop", "lua", "buy", uid, item) then
			bought = bought + 1
		end
	end
	return bought
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
