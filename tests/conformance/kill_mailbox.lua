-- thread = 1
-- Killing a service: queued calls fail, running ones hang, queued sends fail pending calls of their sender.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "victim" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd, n)
			out("victim", cmd, n)
			if cmd == "hang" then skynet.wait({}) end
			skynet.retpack(n)
		end)
	end)
elseif mode == "client" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, victim, n)
			out("client", n, pcall(skynet.call, victim, "lua", "hang", n))
		end)
	end)
else
	skynet.start(function()
		local v = skynet.newservice(SERVICE_NAME, "victim")
		local c1 = skynet.newservice(SERVICE_NAME, "client")
		local c2 = skynet.newservice(SERVICE_NAME, "client")
		skynet.send(c1, "lua", v, 1)
		skynet.send(c2, "lua", v, 2)
		skynet.sleep(2)
		-- now both clients have a running request; main queues two calls and one send, then kills
		for i = 1, 2 do skynet.fork(function() out("queued call", i, pcall(skynet.call, v, "lua", "queued", i)) end) end
		skynet.fork(function() skynet.send(v, "lua", "queued send", 3) skynet.kill(v) out("killed") out("dead at once", skynet.send(v, "lua", "x")) end)
		skynet.sleep(3)
		out("tasks of the clients", skynet.call(c1, "debug", "STAT").task, skynet.call(c2, "debug", "STAT").task)
		local w = skynet.newservice(SERVICE_NAME, "victim")
		skynet.fork(function() out("running call", pcall(skynet.call, w, "lua", "hang", 9)) end)
		skynet.sleep(2)
		skynet.send(w, "lua", "dropped send") skynet.kill(w)
		skynet.sleep(2)
		local x = skynet.newservice(SERVICE_NAME, "victim")
		skynet.name(".victim", x)
		skynet.fork(function() out("running call by name", pcall(skynet.call, ".victim", "lua", "hang", 10)) end)
		skynet.sleep(2)
		skynet.send(x, "lua", "dropped send") skynet.kill(".victim")
		skynet.sleep(2)
		out("call by name still waits, tasks", skynet.task())
		skynet.abort()
	end)
end
