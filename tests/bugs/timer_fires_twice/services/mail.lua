-- Mail: brings things to players.

local skynet = require "skynet"
require "skynet.manager"

local boxes = {}

local CMD = {}

function CMD.deliver(who, thing, paid)
	boxes[who] = boxes[who] or {}
	table.insert(boxes[who], { thing = thing, paid = paid })
	return #boxes[who]
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".mail"
end)
