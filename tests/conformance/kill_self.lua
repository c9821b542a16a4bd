-- A service that kills itself with KILL goes on to the end of its handler.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, source, how)
			out("before", how)
			if how == "kill" then core.command("KILL", skynet.address(skynet.self())) else skynet.kill(skynet.self()) end
			out("after", skynet.localname(".slave"), skynet.send(skynet.self(), "lua", "never"))
			skynet.fork(function() out("a fork still runs in this message") skynet.sleep(0) out("never: no more messages") end)
			out("ret", skynet.retpack("answer from the dead", how))
			out("timeout", pcall(skynet.timeout, 0, function() out("never") end) )
			setmetatable({}, { __gc = function() out("finalizer at close") end })
		end)
	end)
else
	skynet.start(function()
		local a = skynet.newservice(SERVICE_NAME, "slave")
		skynet.name(".slave", a)
		out("call", skynet.call(a, "lua", "kill"))
		skynet.sleep(2)
		out("later", pcall(skynet.call, a, "lua", "kill"))
		local b = skynet.newservice(SERVICE_NAME, "slave")
		out("call", skynet.call(b, "lua", "skynet.kill"))
		skynet.sleep(2)
		out("send", skynet.send(b, "lua", "x"))
		skynet.abort()
	end)
end
