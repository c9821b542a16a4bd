-- log
-- LAUNCH and KILL lines: newservice, launch, exit, kill by address, by name, of nobody, odd texts.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function() skynet.exit() end) end)
else
	skynet.start(function()
		local a = skynet.newservice(SERVICE_NAME, "slave", "with", "args", 1, 2.5)
		out("exit", pcall(skynet.call, a, "lua"))
		local b = skynet.newservice(SERVICE_NAME, "slave")
		skynet.kill(b)
		local c = skynet.newservice(SERVICE_NAME, "slave")
		skynet.name(".c", c)
		skynet.kill(".c")
		skynet.kill(".c")
		skynet.kill(0xfffffe)
		skynet.kill(":fffffd")
		skynet.kill("garbage")
		out("not a string", pcall(skynet.kill, {}))
		out("launch", skynet.launch("snlua", SERVICE_NAME .. " slave") ~= nil)
		out("launch missing", skynet.launch("nosuchmodule", "x"))
		out("register global in C", core.command("REG", "GLOBALNAME"))
		out("name global in C", core.command("NAME", "GLOBALNAME :8"))
		out("no file", pcall(skynet.newservice, "no_such_file"))
		skynet.sleep(3)
		skynet.abort()
	end)
end
