-- thread = 1
-- A random storm of nested calls: every handler may call any service, itself too.
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
			out(mode .. ">" .. id .. ":" .. ttl)
			local x, sum = id, 1
			if ttl > 0 then
				for i = 1, lcg(id) // 4096 % 4 do
					x = lcg(x + i)
					sum = sum + skynet.call(peers[x // 65536 % #peers + 1], "lua", "m", x % 1000, ttl - 1)
				end
			end
			out(mode .. "<" .. id .. "=" .. sum)
			skynet.retpack(sum)
		end)
	end)
else
	skynet.start(function()
		local s = {}
		for i = 1, 4 do s[i] = skynet.newservice(SERVICE_NAME, string.char(64 + i)) end
		for i = 1, 4 do skynet.call(s[i], "lua", "peers", s) end
		for seed = 1, 3 do
			out("seed", seed)
			local left = 3
			for i = 1, 3 do
				skynet.fork(function()
					out("total", i, skynet.call(s[(seed + i) % 4 + 1], "lua", "m", lcg(seed * 104729 + i) % 1000, 3))
					left = left - 1
					if left == 0 then skynet.wakeup("done") end
				end)
			end
			skynet.wait("done")
			skynet.sleep(2)
		end
		skynet.abort()
	end)
end
