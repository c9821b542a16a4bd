-- The same service without a scenario: `skysim run services/main.lua`, or `start = "main"` in the
-- config file of a real Skynet.

local skynet = require "skynet"

skynet.start(function()
	local counter = skynet.newservice("counter")
	print("total", skynet.call(counter, "lua", "add", 40))
	print("total", skynet.call(counter, "lua", "add", 2))
	skynet.exit()
end)
