-- thread = 1
-- Calls from several forked coroutines to three services with different handler costs in messages.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		local count = 0
		skynet.dispatch("lua", function(session, source, n, yields)
			count = count + 1
			local mine = count
			out(mode, "begin", n, mine)
			for _ = 1, yields do skynet.yield() end
			out(mode, "end", n, mine, count)
			skynet.retpack(n * 10, mine)
		end)
	end)
else
	skynet.start(function()
		local s = {}
		for i = 1, 3 do s[i] = skynet.newservice(SERVICE_NAME, "s" .. i) end
		local left = 9
		for i = 1, 9 do
			skynet.fork(function()
				out("reply", i, skynet.call(s[i % 3 + 1], "lua", i, i % 4))
				left = left - 1
				if left == 0 then skynet.wakeup("all") end
			end)
		end
		skynet.wait("all")
		out("sequential")
		for i = 1, 4 do out("reply", skynet.call(s[i % 3 + 1], "lua", i, 0)) end
		skynet.abort()
	end)
end
