-- Fairness of yield: several yielders, messages and timeout(0) interleave in mailbox order.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, name, n)
			for i = 1, n do out(name, i) skynet.yield() end
			if session > 0 then skynet.retpack(name) end
		end)
	end)
else
	skynet.start(function()
		local log = {}
		for i = 1, 4 do skynet.fork(function() for k = 1, i do log[#log + 1] = i .. "." .. k skynet.yield() end end) end
		skynet.sleep(2)
		out("yielders", table.concat(log, " "))
		log = {}
		skynet.dispatch("lua", function(_, _, x) log[#log + 1] = "m" .. x end)
		for i = 1, 3 do skynet.send(skynet.self(), "lua", i) skynet.timeout(0, function() log[#log + 1] = "t" .. i end) end
		skynet.fork(function() log[#log + 1] = "f" skynet.yield() log[#log + 1] = "y" end)
		skynet.send(skynet.self(), "lua", 4)
		skynet.sleep(2)
		out("mixed", table.concat(log, " "))
		local s = skynet.newservice(SERVICE_NAME, "slave")
		skynet.send(s, "lua", "a", 3) skynet.send(s, "lua", "b", 2)
		out("call", skynet.call(s, "lua", "c", 4))
		skynet.abort()
	end)
end
