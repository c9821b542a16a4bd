-- thread = 1
-- Three services whose coroutines sleep for different numbers of ticks and message each other; ticks far apart.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		local peers
		skynet.dispatch("lua", function(_, _, cmd, a, b)
			if cmd == "peers" then peers = a skynet.retpack() return end
			out(mode, cmd, a, b)
			if b > 0 then
				skynet.fork(function() skynet.sleep(8) out(mode, "8 later", a) skynet.send(peers[a % 3 + 1], "lua", "after sleep", a + 1, b - 1) end)
				skynet.timeout(4, function() out(mode, "4 later", a) skynet.send(peers[(a + 1) % 3 + 1], "lua", "after timeout", a + 2, b - 2) end)
			end
		end)
	end)
else
	skynet.start(function()
		local s = {}
		for i = 1, 3 do s[i] = skynet.newservice(SERVICE_NAME, i) end
		for i = 1, 3 do skynet.call(s[i], "lua", "peers", s) end
		skynet.send(s[1], "lua", "start", 1, 3)
		skynet.sleep(60)
		skynet.abort()
	end)
end
