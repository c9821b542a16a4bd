-- thread = 1
-- log
-- The overload log lines, and mqlen inside a handler.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function()
		local n = 0
		skynet.dispatch("lua", function(session, _, last)
			n = n + 1
			if n == 1 or n % 500 == 0 then out("at", n, skynet.mqlen()) end
			if session > 0 then out("end", n) skynet.retpack(n) end
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for i = 1, 1024 do skynet.send(s, "lua") end
		out("1024", skynet.call(s, "lua", true))
		for i = 1, 1027 do skynet.send(s, "lua") end
		out("1027", skynet.call(s, "lua", true))
		for i = 1, 5000 do skynet.send(s, "lua") end
		out("5000", skynet.call(s, "lua", true))
		skynet.sleep(3)
		skynet.abort()
	end)
end
