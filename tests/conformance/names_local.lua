-- Local names: two names for one service, a taken name, a dead owner, reuse, sends and calls by name.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd, arg)
			if cmd == "register" then skynet.register(arg) end
			skynet.retpack(mode, cmd, skynet.localname(".taken") == skynet.self())
		end)
	end)
else
	skynet.start(function()
		local a = skynet.newservice(SERVICE_NAME, "a")
		local b = skynet.newservice(SERVICE_NAME, "b")
		out("a", skynet.call(a, "lua", "register", ".taken"))
		out("b", skynet.call(b, "lua", "register", ".taken"))
		out("owner", skynet.call(".taken", "lua", "who"))
		skynet.name(".taken", b)
		out("owner after name()", skynet.call(".taken", "lua", "who"))
		skynet.name(".second", a)
		skynet.name(".third", a)
		out("second, third", skynet.localname(".second") == a, skynet.localname(".third") == a)
		out("send by name", skynet.send(".second", "lua", "x"))
		out("case matters", skynet.localname(".Second"))
		out("only a dot", core.command("NAME", ". " .. skynet.address(a)), skynet.localname(".") == a)
		local long = "." .. ("n"):rep(100)
		skynet.name(long, a)
		out("long name", skynet.localname(long) == a)
		skynet.kill(a)
		out("after kill", skynet.localname(".taken"), skynet.localname(".second"), skynet.localname(long))
		out("call", pcall(skynet.call, ".taken", "lua", "who"))
		out("send", skynet.send(".taken", "lua", "who"))
		skynet.name(".taken", b)
		out("new owner", skynet.call(".taken", "lua", "who"))
		out("name of a dead service", core.command("NAME", ".dead " .. skynet.address(a)), skynet.localname(".dead"))
		out("no such", skynet.localname(".nosuch"), skynet.localname("nodot"))
		out(".launcher and .service", skynet.localname(".launcher") ~= nil, skynet.localname(".service") ~= nil, skynet.localname(".logger") ~= nil, skynet.localname(".cslave") ~= nil)
		out("bad names", pcall(skynet.register, ":8"), pcall(skynet.register, "0123456789abcdef"), pcall(skynet.register, "12"))
		skynet.abort()
	end)
end
