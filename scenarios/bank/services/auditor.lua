-- Approves withdrawals, all but those that are suspiciously large.

local skynet = require "skynet"
require "skynet.manager"

local LARGE = 1000

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, _, amount)
		assert(command == "approve", "no such command")
		skynet.retpack(amount < LARGE)
	end)
	skynet.register ".auditor"
end)
