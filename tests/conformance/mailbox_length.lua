-- thread = 1
-- mqlen and stat inside and outside of bursts.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, n) out("handling", n, "left", skynet.mqlen()) if n == 3 then skynet.yield() out("3 again, left", skynet.mqlen()) end if session > 0 then skynet.retpack(skynet.stat("mqlen")) end end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for i = 1, 6 do skynet.send(s, "lua", i) end
		out("last", skynet.call(s, "lua", 7))
		out("own", skynet.mqlen()) for i = 1, 3 do skynet.timeout(0, function() out("timeout", i, skynet.mqlen()) end) end out("own after three timeouts", skynet.mqlen()) skynet.yield()
		local before = skynet.stat("message") for i = 1, 5 do skynet.yield() end out("messages handled", skynet.stat("message") - before)
		out("endless", skynet.endless()) out("unknown", skynet.stat("nosuch")) out("cpu", type(skynet.stat("cpu")), type(skynet.stat("time")))
		out("slave", skynet.call(s, "debug", "STAT").mqlen, skynet.call(s, "debug", "STAT").message)
		skynet.abort()
	end)
end
