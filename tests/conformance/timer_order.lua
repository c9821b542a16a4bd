-- Timers fire in the order of their ticks and, within a tick, of their creation, across services too.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, ti, name) skynet.timeout(ti, function() out("fired", mode, ti, name) end) skynet.retpack() end)
	end)
else
	skynet.start(function()
		local a, b = skynet.newservice(SERVICE_NAME, "a"), skynet.newservice(SERVICE_NAME, "b")
		for i, ti in ipairs { 20, 8, 14, 8, 2, 20, 14, 1, 26 } do skynet.timeout(ti, function() out("own", ti, i) end) end
		for _, v in ipairs { { a, 32, "first" }, { b, 26, "second" }, { a, 38, "third" } } do skynet.call(v[1], "lua", v[2], v[3]) end
		skynet.fork(function() for i = 1, 3 do skynet.sleep(11) out("slept", i * 11) end end)
		skynet.sleep(50)
		local order = {}
		for i = 1, 20 do skynet.timeout((i * 7) % 5 * 5 + 5, function() order[#order + 1] = i end) end
		skynet.sleep(40)
		out("sorted by tick, then creation", table.concat(order, ","))
		order = {}
		for i = 1, 6 do skynet.fork(function() skynet.sleep(3) order[#order + 1] = i end) end
		skynet.sleep(6)
		out("same tick", table.concat(order, ","))
		local before = skynet.now()
		skynet.timeout(30, function() out("about 30 ticks", skynet.now() - before >= 29, skynet.now() - before <= 36) end)
		skynet.sleep(300 // 300 + 39)
		skynet.abort()
	end)
end
