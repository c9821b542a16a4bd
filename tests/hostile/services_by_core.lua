-- exit: 1
-- services: 500
-- out: 500 services are alive, and `limits.services` allows no more
-- no: > done
-- A single handler that starts services for ever, and catches every error.
local skynet = require "skynet"
local core = require "skynet.core"
require "skynet.manager"
skynet.start(function()
	local live = 0
	-- Those that are gone do not count.
	for _ = 1, 2000 do
		local service = core.addresscommand("LAUNCH", "snlua lib/echo")
		skynet.kill(service)
	end
	while true do
		pcall(core.command, "LAUNCH", "snlua lib/echo")
		live = live + 1
		if live > 1000 then print("> done") end
	end
end)
