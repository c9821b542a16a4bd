-- Looks at every line, with a model that is slow now and then.

local skynet = require "skynet"
require "skynet.manager"

local CMD = {}

function CMD.check(text)
	skynet.sleep(math.random(6) == 1 and 130 or 2)
	return (text:gsub("damn", "****"))
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".censor"
end)
