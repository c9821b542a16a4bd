-- wait without token, with tokens, nested wakeups, many waiters, wakeup from other messages.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	skynet.dispatch("lua", function(session, _, token) if session > 0 then skynet.retpack(skynet.wakeup(token)) else out("message wakes", token, skynet.wakeup(token)) end end)
	local me = coroutine.running()
	skynet.fork(function() out("waking main by its coroutine", skynet.wakeup(me)) end)
	skynet.wait() out("main woken")
	skynet.send(skynet.self(), "lua", "token 1") skynet.wait("token 1") out("woken by a message")
	skynet.timeout(2, function() out("timer wakes", skynet.wakeup("token 2")) end) skynet.wait("token 2") out("woken by a timer")
	local results = {}
	for i = 1, 5 do skynet.fork(function() skynet.wait("many" .. i) results[#results + 1] = i end) end
	skynet.yield()
	for i = 5, 1, -1 do out("call wakes", i, skynet.call(skynet.self(), "lua", "many" .. i)) end
	out("results", table.concat(results, " "))
	-- ping pong between two coroutines by wakeups only
	local n = 0
	skynet.fork(function() while n < 6 do n = n + 1 results[#results + 1] = "ping" .. n skynet.wakeup("pong") skynet.wait("ping") end skynet.wakeup("over") end)
	skynet.fork(function() while n < 6 do n = n + 1 results[#results + 1] = "pong" .. n skynet.wakeup("ping") skynet.wait("pong") end end)
	results = {} skynet.sleep(2) out("ping pong", table.concat(results, " "))
	-- a latch
	local count = 3
	for i = 1, 3 do skynet.fork(function() skynet.sleep(i) count = count - 1 if count == 0 then out("last releases", skynet.wakeup("latch")) end end) end
	skynet.wait("latch") out("latch", count)
	-- wakeup of oneself before waiting is lost
	out("early", skynet.wakeup("early")) skynet.fork(function() skynet.sleep(1) skynet.wakeup("early") end) skynet.wait("early") out("not lost now")
	-- wakeup, then the woken one's timer fires in the same moment
	skynet.fork(function() out("sleep", skynet.sleep(1, "race")) skynet.sleep(1) out("a second sleep is not disturbed") end)
	skynet.yield() skynet.wakeup("race") skynet.sleep(5)
	skynet.abort()
end)
