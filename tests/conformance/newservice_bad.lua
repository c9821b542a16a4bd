-- All ways in which a new service fails, and what newservice does then; services that hang it are bounded.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "main error" or mode == "main" then error("in main")
elseif mode == "exitmain" then skynet.exit()
elseif mode == "yieldmain" then skynet.sleep(1)
elseif mode == "callmain" then skynet.call(".launcher", "lua", "LIST")
elseif mode == "exitstart" then skynet.start(function() skynet.exit() end)
elseif mode == "exitlater" then skynet.start(function() skynet.sleep(2) skynet.exit() end)
elseif mode == "exitinit" then skynet.init(function() skynet.exit() end) skynet.start(function() out("never") end)
elseif mode == "starterr" then skynet.start(function() skynet.sleep(1) error({}) end)
elseif mode == "forkerr" then skynet.start(function() skynet.fork(error, "x") end)
elseif mode == "nostart" then out("no start")
elseif mode == "hang" then skynet.start(function() skynet.register(".hang") skynet.dispatch("lua", function(_, _, x) if x == "exit" then skynet.exit() end error("x") end) skynet.wait({}) end)
elseif mode == "selfkill" then skynet.start(function() skynet.kill(skynet.self()) end)
elseif mode == "rawkill" then skynet.start(function() core.command("KILL", core.command("REG")) end)
elseif mode == "ok" then skynet.start(function() end)
else
	skynet.start(function()
		local function try(m)
			local r
			skynet.fork(function() r = table.pack(pcall(skynet.newservice, SERVICE_NAME, m)) end)
			skynet.sleep(5)
			if not r then out(m, "hangs") elseif r[1] then out(m, true, "values", r.n - 1, type(r[2]), r[2] and skynet.send(r[2], "lua") ~= nil) else out(m, false, r[2]) end
			return r
		end
		for _, m in ipairs { "ok", "main", "exitmain", "yieldmain", "callmain", "exitstart", "exitlater", "exitinit", "starterr", "forkerr", "nostart", "selfkill", "rawkill" } do try(m) end
		local r = try("hang") out("an error in a handler does not end the wait", pcall(skynet.call, ".hang", "lua", "error")) out("exit from a handler", pcall(skynet.call, ".hang", "lua", "exit")) skynet.sleep(2)
		try("hang") local h = skynet.localname(".hang") skynet.kill(h) skynet.sleep(2) out("killed by number while it starts")
		local r2 = try("hang") skynet.kill(".hang") skynet.sleep(3) out("killed by name while it starts, still waiting", r2)
		out("tasks", skynet.task())
		skynet.abort()
	end)
end
