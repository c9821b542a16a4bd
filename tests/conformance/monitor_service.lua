-- skynet.monitor with an own monitor service that turns deaths into errors for waiting callers.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == nil and SERVICE_NAME == "monitor_service" and skynet.localname(".monitored") then
	-- this instance is the monitor: it was launched without arguments by skynet.monitor
	skynet.register_protocol { name = "client", id = skynet.PTYPE_CLIENT, unpack = function() end, dispatch = function(_, dead) local w = skynet.localname(".monitored") skynet.redirect(w, dead, "error", 0, "") end }
	skynet.start(function() out("monitor instance") skynet.dispatch("lua", function(_, _, ...) skynet.retpack("monitor", ...) end) end)
elseif mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function() skynet.wait({}) end) end)
else
	skynet.start(function()
		skynet.register(".monitored")
		local m = skynet.monitor("monitor_service") out("monitor", type(m), skynet.call(m, "lua", 1), skynet.queryservice(true, "monitor_service") == m)
		out("second time", skynet.monitor("monitor_service") == m, skynet.monitor("monitor_service", true) == m)
		local s = skynet.newservice(SERVICE_NAME, "slave")
		skynet.fork(function() out("call fails when the callee is killed", pcall(skynet.call, s, "lua")) end) skynet.sleep(1)
		skynet.kill(s) skynet.sleep(1) out("tasks", skynet.task())
		out("missing monitor", (pcall(skynet.monitor, "no_such_monitor")))
		skynet.abort()
	end)
end
