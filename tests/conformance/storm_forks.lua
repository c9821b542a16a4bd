-- thread = 1
-- Six services: random sends, and forks that yield before they send, as a compact trace; four seeds.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function lcg(x) return (x * 1103515245 + 12345) % 2147483648 end
if mode then
	local peers, trace
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, id, ttl)
			if ttl == nil then peers = id skynet.retpack() return end
			skynet.send(peers.recorder, "text", mode .. ":" .. id % 1000)
			if ttl == 0 then return end
			local x = id
			for i = 1, lcg(id) // 65536 % 3 + (ttl > 3 and 1 or 0) do
				x = lcg(x + i)
				local to, n = peers[x // 65536 % 6 + 1], x
				if x // 1024 % 3 == 0 then skynet.fork(function() skynet.yield() skynet.send(to, "lua", n, ttl - 1) end)
				elseif x // 1024 % 7 == 1 then skynet.timeout(0, function() skynet.send(to, "lua", n, ttl - 1) end)
				else skynet.send(to, "lua", n, ttl - 1) end
			end
		end)
	end)
	skynet.register_protocol { name = "text", id = skynet.PTYPE_TEXT, pack = function(s) return s end }
else
	local line = {}
	skynet.register_protocol { name = "text", id = skynet.PTYPE_TEXT, unpack = skynet.tostring, dispatch = function(_, _, s) line[#line + 1] = s if #line == 12 then out(table.concat(line, " ")) line = {} end end }
	skynet.start(function()
		local s = { recorder = skynet.self() }
		for i = 1, 6 do s[i] = skynet.newservice(SERVICE_NAME, i) end
		for i = 1, 6 do skynet.call(s[i], "lua", s) end
		for _, seed in ipairs { 1, 77, 4242, 31337 } do
			for i = 1, 6 do skynet.send(s[i], "lua", lcg(seed * 7919 + i), 6) end
			skynet.sleep(15)
			out("seed", seed, table.concat(line, " ")) line = {}
		end
		skynet.abort()
	end)
end
