-- log
-- First lines of the logs of uncaught errors in all places, tracebacks left out.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd, arg)
			if cmd == "error" then error("handler error")
			elseif cmd == "level0" then error("no position", 0)
			elseif cmd == "table" then error(setmetatable({}, { __tostring = function() return "object text" end }))
			elseif cmd == "fork" then skynet.fork(function() error("fork error 1") end) skynet.fork(function() error("fork error 2", 0) end) skynet.retpack()
			elseif cmd == "timeout" then skynet.timeout(1, function() error("timeout error") end) skynet.retpack()
			elseif cmd == "twice" then skynet.retpack(1) skynet.retpack(2)
			elseif cmd == "nil" then local x = nil; x.field = 1
			end
		end)
	end)
elseif mode == "starterr" then
	skynet.start(function() error("start error") end)
elseif mode == "mainerr" then
	error("main chunk error")
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, cmd in ipairs { "error", "level0", "table", "fork", "timeout", "twice", "nil" } do out(cmd, pcall(skynet.call, s, "lua", cmd)) skynet.sleep(2) end
		skynet.send(s, "lua", "error", "longer payload")
		out("starterr", pcall(skynet.newservice, SERVICE_NAME, "starterr"))
		out("mainerr", pcall(skynet.newservice, SERVICE_NAME, "mainerr"))
		out("call failed in handler of myself", pcall(skynet.call, skynet.self(), "lua", "x"))
		skynet.sleep(3)
		skynet.abort()
	end)
end
