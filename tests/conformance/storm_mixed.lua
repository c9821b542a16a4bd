-- thread = 1
-- A random storm of sends, forks, yields, timeout(0), wakeups and calls among four services, two seeds.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function lcg(x) return (x * 1103515245 + 12345) % 2147483648 end
if mode then
	skynet.start(function()
		local peers
		local sleeping = {}
		skynet.dispatch("lua", function(session, _, cmd, id, ttl)
			if cmd == "peers" then peers = id skynet.retpack() return end
			out(mode .. "." .. cmd .. "." .. id .. "." .. ttl)
			if session > 0 then skynet.retpack(id) end
			local t = table.remove(sleeping, 1)
			if t then skynet.wakeup(t) end
			if ttl == 0 then return end
			local x = id
			for i = 1, 1 + lcg(id) // 4096 % 2 + (ttl > 2 and 1 or 0) do
				x = lcg(x + i)
				local to, n = peers[x // 65536 % #peers + 1], x % 10000
				local kind = x // 1024 % 6
				if kind == 0 then
					skynet.fork(function() skynet.yield() out(mode .. ".yielded." .. n) skynet.send(to, "lua", "fy", n, ttl - 1) end)
				elseif kind == 1 then
					skynet.timeout(0, function() out(mode .. ".timeout." .. n) skynet.send(to, "lua", "t0", n, ttl - 1) end)
				elseif kind == 2 then
					out(mode .. ".answer." .. skynet.call(to, "lua", "call", n, ttl - 1))
				elseif kind == 3 then
					skynet.fork(function() sleeping[#sleeping + 1] = coroutine.running() skynet.sleep(5) out(mode .. ".slept." .. n) skynet.send(to, "lua", "w", n, ttl - 1) end)
				else
					skynet.send(to, "lua", "s", n, ttl - 1)
				end
			end
		end)
	end)
else
	skynet.start(function()
		local s = {}
		for i = 1, 4 do s[i] = skynet.newservice(SERVICE_NAME, string.char(96 + i)) end
		for i = 1, 4 do skynet.call(s[i], "lua", "peers", s) end
		for seed = 11, 12 do
			out("seed", seed)
			skynet.send(s[seed % 4 + 1], "lua", "s", lcg(seed) % 10000, 4)
			skynet.send(s[(seed + 1) % 4 + 1], "lua", "s", lcg(seed + 50) % 10000, 3)
			skynet.sleep(30)
		end
		skynet.abort()
	end)
end
