-- thread = 1
-- Two sleepers on one token: the error and what it leaves behind.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	skynet.dispatch_unknown_response(function(session, source) out("unknown response", source) end)
	skynet.fork(function() out("first", skynet.sleep(6, "token")) end)
	local co = skynet.fork(function()
		out("second", pcall(skynet.sleep, 3, "token"))
		out("other token still works", pcall(skynet.sleep, 1, "other"))
		out("third", pcall(skynet.wait, "token"))
	end)
	skynet.sleep(5)
	out("wakeup", skynet.wakeup("token"))
	skynet.sleep(5)
	out("fresh", skynet.sleep(1, "token"))
	local n = 0
	for i = 1, 3 do skynet.fork(function() n = n + 1 end) end
	skynet.sleep(2)
	out("forks ran", n)
	-- the coroutine itself as token, used twice
	local me = coroutine.running()
	skynet.fork(function() out("sleeping on another coroutine", pcall(skynet.sleep, 2, me)) end)
	out("main", skynet.sleep(5))
	skynet.abort()
end)
