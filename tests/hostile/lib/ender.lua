-- Ends the node after a while, whatever has become of the others.
local skynet = require "skynet"
require "skynet.manager"
local ticks = ...
skynet.start(function()
	skynet.timeout(tonumber(ticks), function()
		print("> done")
		skynet.abort()
	end)
end)
