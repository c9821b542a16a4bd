-- Errors before and after the reply, in sends, forks, timeouts and woken coroutines; the service lives on.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	local n = 0
	local CMD = {}
	function CMD.before() error("before ret") end
	function CMD.after() skynet.retpack("answered") error("after ret") end
	function CMD.fork() skynet.fork(error, "in fork") skynet.fork(function() n = n + 100 end) skynet.retpack("forked") end
	function CMD.forkthen() skynet.fork(error, "in fork") skynet.yield() skynet.retpack("after the fork failed") end
	function CMD.timeout() skynet.timeout(1, function() error("in timeout") end) skynet.sleep(2) skynet.retpack("after the timeout failed") end
	function CMD.woken() local t, u = {}, {} skynet.fork(function() skynet.wait(t) error("woken") end) skynet.fork(function() skynet.wait(u) n = n + 1000 end) skynet.yield() skynet.wakeup(t) skynet.wakeup(u) skynet.sleep(0) skynet.retpack("after the woken failed") end
	function CMD.respond() local r = skynet.response() skynet.fork(function() r(true, "response sent") end) error("after response()") end
	function CMD.ignore() skynet.ignoreret() error("ignored") end
	function CMD.nested() skynet.retpack(pcall(error, { 1 })) end
	function CMD.rethrow() local ok, e = pcall(skynet.call, skynet.self(), "lua", "before") error("again: " .. e, 0) end
	function CMD.count() n = n + 1 skynet.retpack(n) end
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd) CMD[cmd]() end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, cmd in ipairs { "before", "after", "fork", "forkthen", "timeout", "woken", "respond", "rethrow", "missing" } do
			out(cmd, pcall(skynet.call, s, "lua", cmd))
			out("count", skynet.call(s, "lua", "count"))
		end
		skynet.send(s, "lua", "before")
		skynet.send(s, "lua", "after")
		out("count", skynet.call(s, "lua", "count"))
		skynet.fork(function() out("never", pcall(skynet.call, s, "lua", "ignore")) end)
		skynet.sleep(2)
		out("waiting for the ignored", skynet.task())
		skynet.abort()
	end)
end
