-- Starts services for those who want to know whether that works: it answers true, or
-- false if the service did not start. The log says why.

local skynet = require "skynet"

skynet.start(function()
	skynet.dispatch("lua", function(_, _, ...)
		skynet.retpack((pcall(skynet.newservice, ...)))
	end)
end)
