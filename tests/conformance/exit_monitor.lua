-- The exit monitor sees every exit and kill, with the dead handle as source.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "monitor" then
	skynet.register_protocol { name = "client", id = skynet.PTYPE_CLIENT, unpack = function(msg, sz) return sz end, dispatch = function(session, source, sz) skynet.send(".main", "lua", source, session, sz) end }
	skynet.start(function() out("monitor starts") end)
elseif mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd) if cmd == "exit" then skynet.exit() end skynet.retpack(cmd) end) end)
else
	skynet.start(function()
		skynet.register(".main")
		local names = {}
		skynet.dispatch("lua", function(_, _, dead, session, sz) out("monitor reports", names[dead] or "unknown", session, sz) end)
		out("none yet", core.command("MONITOR"))
		local m = skynet.newservice(SERVICE_NAME, "monitor")
		core.command("MONITOR", skynet.address(m)) out("set", core.addresscommand("MONITOR") == m)
		local function slave(name) local s = skynet.newservice(SERVICE_NAME, "slave") names[s] = name return s end
		local a, b, c = slave("a"), slave("b"), slave("c") skynet.name(".c", c)
		out("exit", pcall(skynet.call, a, "lua", "exit")) skynet.sleep(1)
		skynet.kill(b) skynet.sleep(1)
		skynet.kill(".c") skynet.sleep(1)
		skynet.kill(b) out("killed once more") skynet.sleep(1)
		out("failed launch", pcall(skynet.newservice, "no_such_file")) skynet.sleep(1)
		core.command("MONITOR", ":0") out("after :0", core.command("MONITOR"))
		names[m] = "monitor" skynet.kill(m) skynet.sleep(1) local d = slave("d") skynet.kill(d) skynet.sleep(1) out("a dead monitor is ignored")
		skynet.abort()
	end)
end
