-- thread = 1
-- A random storm of sends among five services, three seeds; the order of all events.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function lcg(x) return (x * 1103515245 + 12345) % 2147483648 end
if mode then
	skynet.start(function()
		local peers
		skynet.dispatch("lua", function(_, _, cmd, id, ttl)
			if cmd == "peers" then peers = id skynet.retpack() return end
			out(mode .. ":" .. id .. ":" .. ttl)
			if ttl == 0 then return end
			local x = id
			for i = 1, lcg(id) // 4096 % 3 + (ttl > 2 and 1 or 0) do
				x = lcg(x + i)
				skynet.send(peers[x // 65536 % #peers + 1], "lua", "m", x % 100000, ttl - 1)
			end
		end)
	end)
else
	skynet.start(function()
		local s = {}
		for i = 1, 5 do s[i] = skynet.newservice(SERVICE_NAME, i) end
		for i = 1, 5 do skynet.call(s[i], "lua", "peers", s) end
		for seed = 1, 3 do
			out("seed", seed)
			for i = 1, 3 do skynet.send(s[(seed + i) % 5 + 1], "lua", "m", lcg(seed * 7919 + i) % 100000, 4) end
			skynet.sleep(10)
		end
		skynet.abort()
	end)
end
