-- exit() from a handler, under pcall, from a fork, a timeout, a woken coroutine, with pending __close values.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local closing = setmetatable({}, { __close = function(_, e) out("  closed", e) end })
if mode == "slave" then
	local how = { }
	function how.handler() skynet.exit() end
	function how.pcall() out("  pcall", pcall(skynet.exit)) out("  never") end
	function how.close() local c <close> = closing skynet.exit() end
	function how.fork() skynet.fork(function() local c <close> = closing skynet.exit() out("  never") end) skynet.retpack("answered") end
	function how.forkfirst() skynet.fork(function() out("  never: forks are dropped") end) skynet.exit() end
	function how.timeout() skynet.timeout(1, function() skynet.exit() end) local c <close> = closing skynet.wait({}) end
	function how.woken() local t = {} skynet.fork(function() skynet.wait(t) skynet.exit() end) skynet.yield() skynet.wakeup(t) skynet.retpack("answered before exit") end
	function how.sleeper() skynet.fork(function() local c <close> = closing skynet.sleep(1000) end) skynet.yield() skynet.retpack("ok") skynet.exit() end
	function how.closesend() local c <close> = setmetatable({}, { __close = function() out("  send in close", skynet.send(".main", "lua", "from close")) end }) skynet.exit() end
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd) out("  " .. cmd) how[cmd]() end) end)
else
	skynet.start(function()
		skynet.register(".main")
		skynet.dispatch("lua", function(_, _, x) out("main received", x) end)
		for _, cmd in ipairs { "handler", "pcall", "close", "fork", "forkfirst", "timeout", "woken", "sleeper", "closesend" } do
			local s = skynet.newservice(SERVICE_NAME, "slave")
			out(cmd, pcall(skynet.call, s, "lua", cmd))
			skynet.sleep(3)
			out("alive", skynet.send(s, "lua", "handler") ~= nil)
		end
		skynet.abort()
	end)
end
