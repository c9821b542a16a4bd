-- Tells its asker a value made of its own addresses.
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ...)
		skynet.retpack(tostring(coroutine.running()), tostring({}), ...)
	end)
end)
