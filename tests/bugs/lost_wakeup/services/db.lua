-- The database: a profile takes it some hundredths of a second.

local skynet = require "skynet"
require "skynet.manager"

local CMD = {}

function CMD.load(uid)
	skynet.sleep(1 + uid % 3)
	return { uid = uid, name = "player" .. uid, level = 1 + uid % 50 }
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".db"
end)
