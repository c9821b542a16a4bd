-- What players have in their purses.

local skynet = require "skynet"
require "skynet.manager"

local gold = {}

local CMD = {}

function CMD.grant(uid, amount)
	gold[uid] = (gold[uid] or 0) + amount
	return gold[uid]
end

function CMD.pay(uid, amount)
	local have = gold[uid] or 0
	if have < amount then
		return false, "not enough gold"
	end
	gold[uid] = have - amount
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".wallet"
end)
