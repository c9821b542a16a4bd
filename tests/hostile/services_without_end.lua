-- exit: 1
-- services: 500
-- out: 500 services are alive, and `limits.services` allows no more
-- no: > caught
-- Services that start others for ever: real Skynet would run out of memory, here the run ends.
local skynet = require "skynet"
skynet.start(function()
	while true do
		pcall(skynet.newservice, "services_without_end")
		print("> caught")
	end
end)
