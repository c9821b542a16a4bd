-- A memory limit: a failing huge string is an ordinary error; the service and its caller.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.memlimit(8 * 1024 * 1024)
	out("memlimit is gone after its use", skynet.memlimit)
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd)
			if cmd == "pcall" then local ok, e = pcall(string.rep, "x", 100 * 1024 * 1024) skynet.retpack(ok, e)
			elseif cmd == "error" then local s = ("x"):rep(100 * 1024 * 1024) skynet.retpack(#s)
			elseif cmd == "small" then skynet.retpack(#("x"):rep(1024 * 1024)) end
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, cmd in ipairs { "small", "pcall", "small", "error", "small", "pcall" } do out(cmd, pcall(skynet.call, s, "lua", cmd)) end
		out("no limit here", #("x"):rep(50 * 1024 * 1024))
		skynet.abort()
	end)
end
