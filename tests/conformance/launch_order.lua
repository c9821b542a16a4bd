-- thread = 1
-- skynet.launch: messages sent to a service before its main chunk ran; how several launches interleave.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	out(mode, "main chunk")
	skynet.dispatch("lua", function(session, _, x) out(mode, "got", x) if session > 0 then skynet.retpack(mode .. x) end end)
	skynet.start(function() out(mode, "start") skynet.yield() out(mode, "start after yield") end)
else
	skynet.start(function()
		local a, b = skynet.launch("snlua", SERVICE_NAME .. " a"), skynet.launch("snlua", SERVICE_NAME .. " b")
		out("launched", a ~= nil, b - a)
		for i = 1, 3 do skynet.send(a, "lua", i) skynet.send(b, "lua", i) end
		out("answers", skynet.call(b, "lua", "x"), skynet.call(a, "lua", "y"))
		skynet.sleep(2)
		for i = 1, 3 do skynet.fork(function() local s = skynet.newservice(SERVICE_NAME, "n" .. i) out("newservice", i, skynet.call(s, "lua", "z")) end) end
		skynet.sleep(10)
		local d = skynet.launch("snlua", SERVICE_NAME .. " dead") skynet.kill(d) out("killed before its main chunk", skynet.send(d, "lua", 1))
		skynet.sleep(2)
		skynet.abort()
	end)
end
