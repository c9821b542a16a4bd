-- Two services that wait for each other: by queues, by calls with a limit of time, and how to get out.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local queue = require "skynet.queue"
if mode then
	local cs = queue()
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd, other, ...)
			local args = table.pack(...)
			if cmd == "locked" then cs(function() skynet.yield() if other then out(mode, "asks the other") out(mode, "got", skynet.call(other, "lua", table.unpack(args, 1, args.n))) end skynet.retpack(mode .. " done") end)
			elseif cmd == "tasks" then skynet.retpack(skynet.task())
			elseif cmd == "limited" then
				local token, answer = {}, nil
				skynet.fork(function() answer = table.pack(pcall(skynet.call, other, "lua", table.unpack(args, 1, args.n))) skynet.wakeup(token) end)
				local r = skynet.sleep(5, token) skynet.retpack(r == "BREAK" and answer[2] or "timed out")
			end
		end)
	end)
else
	skynet.start(function()
		local a, b = skynet.newservice(SERVICE_NAME, "a"), skynet.newservice(SERVICE_NAME, "b")
		out("no conflict", skynet.call(a, "lua", "locked", b, "locked"))
		local answers = 0
		skynet.fork(function() out("never", skynet.call(a, "lua", "locked", b, "locked")) answers = answers + 1 end)
		skynet.fork(function() out("never", skynet.call(b, "lua", "locked", a, "locked")) answers = answers + 1 end)
		skynet.sleep(5)
		out("answers", answers, "tasks", skynet.call(a, "lua", "tasks"), skynet.call(b, "lua", "tasks"))
		out("limited", skynet.call(a, "lua", "limited", b, "locked"))
		local c = skynet.newservice(SERVICE_NAME, "c") out("limited, free service", skynet.call(c, "lua", "limited", c, "tasks"))
		out("a service that locks itself, by select")
		for req, resp in skynet.request { c, "lua", "locked", c, "locked" } { c, "lua", "tasks" }:select(5) do out("answer", resp and resp[1]) end
		skynet.abort()
	end)
end
