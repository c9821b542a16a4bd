-- A service that sends to itself, calls itself, and calls in circles A -> B -> A -> B.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "peer" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, source, n)
			out("peer", n)
			if n == 0 then skynet.retpack("bottom at peer") else skynet.retpack("p" .. n, skynet.call(source, "lua", n - 1)) end
		end)
	end)
else
	skynet.start(function()
		local peer = skynet.newservice(SERVICE_NAME, "peer")
		skynet.dispatch("lua", function(session, source, n, ...)
			out("main", n, session > 0, source == skynet.self())
			if session == 0 then return end
			if n == "self" then skynet.retpack("echo", ...) return end
			if n == 0 then skynet.retpack("bottom at main") else skynet.retpack("m" .. n, skynet.call(peer, "lua", n - 1)) end
		end)
		out("self call", skynet.call(skynet.self(), "lua", "self", 1, nil, 3))
		skynet.send(skynet.self(), "lua", "s1")
		skynet.send(skynet.self(), "lua", "s2")
		out("not yet handled")
		skynet.yield()
		out("handled")
		out("circle 5", skynet.call(peer, "lua", 5))
		out("circle 4", skynet.call(peer, "lua", 4))
		out("pong", skynet.call(skynet.self(), "lua", 3))
		out("address text", skynet.call(skynet.address(skynet.self()), "lua", "self", "by text"))
		skynet.abort()
	end)
end
