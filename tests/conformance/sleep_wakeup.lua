-- sleep broken by wakeup, wakeups that come too early, twice, for tokens of all types.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	local function sleeper(name, ti, token) return skynet.fork(function() out(name, "sleeps") out(name, "woken with", skynet.sleep(ti, token)) end) end
	out("wakeup nobody", skynet.wakeup("t"), skynet.wakeup({}), skynet.wakeup(skynet))
	for _, token in ipairs { "text", 5, 1.5, true, print, {} } do
		sleeper(type(token), 500, token) skynet.yield()
		out("wakeup", type(token), skynet.wakeup(token)) out("twice", skynet.wakeup(token)) skynet.yield() out("thrice", skynet.wakeup(token))
	end
	local co = sleeper("by coroutine", 500) skynet.yield()
	out("wakeup coroutine", skynet.wakeup(co))
	out("the woken runs only when I yield") skynet.yield() out("and now it ran")
	sleeper("expired", 1, "e") skynet.sleep(3) out("too late", skynet.wakeup("e"))
	out("nil token", pcall(skynet.wakeup, nil))
	local order = {}
	for i = 1, 4 do skynet.fork(function() skynet.wait(i) order[#order + 1] = i end) end
	skynet.yield()
	for _, i in ipairs { 3, 1, 4, 2 } do skynet.wakeup(i) end
	skynet.fork(function() order[#order + 1] = "fork" end)
	skynet.yield()
	out("order", table.concat(order, ","))
	-- a chain: each woken coroutine wakes the next
	order = {}
	for i = 1, 4 do skynet.fork(function() skynet.wait("c" .. i) order[#order + 1] = i skynet.wakeup("c" .. i + 1) end) end
	skynet.yield() skynet.wakeup("c1") skynet.yield()
	out("chain", table.concat(order, ","))
	-- wakeup and timer at once: the wakeup is queued before the timer message is handled
	skynet.fork(function() out("both", skynet.sleep(0, "both")) end)
	skynet.fork(function() out("waking", skynet.wakeup("both")) end)
	skynet.sleep(2)
	-- sleeping again with the same token
	skynet.fork(function() out("first", skynet.sleep(500, "again")) out("second", skynet.sleep(2, "again")) out("third", skynet.sleep(500, "again")) end)
	skynet.yield() skynet.wakeup("again") skynet.sleep(5) skynet.wakeup("again") skynet.sleep(1)
	out("wait returns", select("#", (function() skynet.fork(function() skynet.wakeup("w") end) return skynet.wait("w") end)()))
	out("task", skynet.task())
	skynet.abort()
end)
