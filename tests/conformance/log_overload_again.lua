-- thread = 1
-- log
-- Overload is reported anew once the mailbox has been empty.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
if mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function(session) if session > 0 then skynet.retpack() end end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, count in ipairs { 1100, 2500, 1100, 1000, 1100 } do
			for _ = 1, count do skynet.send(s, "lua") end
			skynet.call(s, "lua")
			skynet.sleep(1)
		end
		print "> done"
		skynet.sleep(3)
		skynet.abort()
	end)
end
