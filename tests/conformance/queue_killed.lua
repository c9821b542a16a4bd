-- thread = 1
-- A coroutine killed while it waits for a queue or holds it, and one that exits the service inside.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local queue = require "skynet.queue"
if mode == "slave" then
	local cs = queue()
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd) cs(function() out("inside", cmd) if cmd == "exit" then skynet.exit() end skynet.sleep(2) skynet.retpack(cmd) end) end) end)
else
	skynet.start(function()
		skynet.dispatch_unknown_response(function() out("unknown response") end)
		local a = queue()
		local holder = skynet.fork(function() a(function() skynet.sleep(4) end) out("never") end)
		skynet.fork(function() a(out, "second in") end)
		skynet.yield()
		out("kill the holder", skynet.killthread(holder) == holder)
		skynet.sleep(6) out("the queue is stuck, tasks", skynet.task())
		local b = queue()
		skynet.fork(function() b(function() skynet.sleep(2) out("holder leaves") end) end)
		local waiter = skynet.fork(function() b(out, "never") end)
		skynet.fork(function() b(out, "third in") end)
		skynet.yield() skynet.yield()
		out("kill the waiter", skynet.killthread(waiter) == waiter)
		skynet.sleep(4) out("tasks", skynet.task())
		local s = skynet.newservice(SERVICE_NAME, "slave")
		-- exit() answers the callers in the order of coroutine addresses: sorted, so that chance does not show.
		local ends = {}
		for _, cmd in ipairs { "one", "exit", "two" } do
			skynet.fork(function()
				local ok, result = pcall(skynet.call, s, "lua", cmd)
				ends[#ends + 1] = cmd .. " " .. tostring(ok) .. " " .. tostring(result)
			end)
		end
		skynet.sleep(6)
		table.sort(ends)
		for _, text in ipairs(ends) do out(text) end
		skynet.abort()
	end)
end
