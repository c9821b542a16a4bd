-- thread = 1
-- Services that call each other at random and leave or are killed in the middle; which calls fail.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function lcg(x) return (x * 1103515245 + 12345) % 2147483648 end
if mode then
	local peers
	local n = 0
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, cmd, id, ttl)
			if cmd == "peers" then peers = id skynet.retpack() return end
			n = n + 1
			out(mode, "gets", id, ttl)
			if n == tonumber(mode) * 4 then
				if mode == "2" then out(mode, "exits") skynet.exit() elseif mode == "3" then out(mode, "kills 4") skynet.kill(peers[4]) end
			end
			local x = id
			for i = 1, ttl > 0 and lcg(id) // 4096 % 3 + 1 or 0 do
				x = lcg(x + i)
				local to = x // 65536 % #peers + 1
				if x // 1024 % 3 == 0 then out(mode, "send to", to, skynet.send(peers[to], "lua", "m", x % 1000, ttl - 1))
				else out(mode, "call of", to, x % 1000, pcall(skynet.call, peers[to], "lua", "m", x % 1000, ttl - 1)) end
			end
			skynet.retpack(id)
		end)
	end)
else
	skynet.start(function()
		local s = {}
		for i = 1, 5 do s[i] = skynet.newservice(SERVICE_NAME, i) end
		for i = 1, 5 do skynet.call(s[i], "lua", "peers", s) end
		for i = 1, 5 do skynet.fork(function() out("main call of", i, pcall(skynet.call, s[i], "lua", "m", i * 111, 3)) end) end
		skynet.sleep(20)
		for i = 1, 5 do local alive = pcall(skynet.call, s[i], "debug", "PING") out("service", i, alive, alive and skynet.call(s[i], "debug", "STAT").task) end
		out("main waits for", skynet.task())
		skynet.abort()
	end)
end
