-- Approves amounts, all but those that are suspiciously large. It needs a moment.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".auditor"
local THINKING, LARGE = 2, 1000

skynet.start(function()
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")
	skynet.dispatch("lua", function(_, _, command, _, amount)
		assert(command == "approve", "unknown command: " .. tostring(command))
		skynet.sleep(THINKING)
		skynet.retpack(amount < LARGE)
	end)
end)
