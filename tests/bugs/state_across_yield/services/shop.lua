-- The shop: limited goods, paid from the player's wallet.

local skynet = require "skynet"
require "skynet.manager"

local stock = { sword = 3, shield = 2, potion = 20 }
local price = { sword = 100, shield = 80, potion = 5 }

local CMD = {}

function CMD.buy(uid, item)
	if not price[item] then
		return false, "no such item"
	end
	if stock[item] == 0 then
		return false, "sold out"
	end
	local ok, reason = skynet.call(".wallet", "lua", "pay", uid, price[item])
	if not ok then
		return false, reason
	end
	stock[item] = stock[item] - 1
	return true
end

function CMD.restock(item, count)
	stock[item] = (stock[item] or 0) + count
	return stock[item]
end

function CMD.stock(item)
	return stock[item]
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".shop"
end)
