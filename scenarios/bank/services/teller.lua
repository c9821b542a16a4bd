-- Serves customers of one account, one after the other: draws and pays in what they wish.

local skynet = require "skynet"

local account, customers = ...
customers = math.tointeger(customers)

local AMOUNTS = { 10, 20, 30, 40 }

local function serve()
	local amount = AMOUNTS[math.random(#AMOUNTS)]
	if math.random(3) == 1 then
		skynet.call(".bank", "lua", "deposit", account, amount)
	else
		skynet.call(".bank", "lua", "withdraw", account, amount)
	end
end

local CMD = {}

-- The day's customers come at moments that nobody knows.
function CMD.work()
	for _ = 1, customers do
		skynet.sleep(math.random(0, 8))
		serve()
	end
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command)
		skynet.retpack(CMD[command]())
	end)
end)
