-- log
-- Log lines of killed timers, of answers that come after a failed call, and of the debug commands.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd) if cmd == "slow" then skynet.sleep(4) end skynet.retpack(cmd) end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		local co = skynet.timeout(2, function() out("never") end) out("killed", skynet.killthread(co) == co)
		skynet.sleep(4)
		skynet.fork(function() out("termed", pcall(skynet.call, s, "lua", "slow")) end) skynet.yield() skynet.term(s) skynet.sleep(8)
		skynet.call(s, "debug", "TRACELOG", "lua", false)
		out("not found", skynet.call(s, "debug", "KILLTASK", "no such task"))
		skynet.sleep(2)
		skynet.abort()
	end)
end
