-- What runs when a service ends: __gc and __close of its objects, and messages sent from there.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	local function object(name) return setmetatable({}, { __gc = function() out("gc", name) if name == "sender" then out("send from gc", skynet.send(".main", "lua", "from the dead")) end end, __close = function() out("close", name) end }) end
	skynet.start(function()
		global_object = object("global")
		sender = object("sender")
		skynet.dispatch("lua", function(session, _, cmd)
			local c <close> = object("of handler " .. cmd)
			if cmd == "exit" then skynet.exit() elseif cmd == "hang" then skynet.wait({}) end
			skynet.retpack(cmd)
		end)
	end)
else
	skynet.start(function()
		skynet.register(".main") skynet.dispatch("lua", function(_, source, x) out("main got", x, skynet.send(source, "lua")) end)
		local function run(how)
			local s = skynet.newservice(SERVICE_NAME, "slave")
			skynet.fork(function() out("hang ends", pcall(skynet.call, s, "lua", "hang")) end) skynet.yield() skynet.sleep(1)
			if how == "exit" then out(pcall(skynet.call, s, "lua", "exit")) else skynet.kill(s) end
			skynet.sleep(3)
		end
		out("exit:") run("exit") out("kill:") run("kill") out("tasks", skynet.task())
		skynet.abort()
	end)
end
