-- thread = 1
-- Random handlers: answers, errors before and after them, late closures, no answer; what two callers see.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function lcg(x) return (x * 1103515245 + 12345) % 2147483648 end
if mode == "callee" then
	local kept = {}
	skynet.start(function()
		skynet.dispatch("lua", function(session, source, id)
			local op = id // 256 % 9
			if op == 0 then error("before", 0)
			elseif op == 1 then skynet.retpack("answered, then error", id) error("after", 0)
			elseif op == 2 then local r = skynet.response() skynet.timeout(0, function() r(true, "late", id) end)
			elseif op == 3 then local r = skynet.response() skynet.fork(function() r(false) end)
			elseif op == 4 then skynet.fork(error, "in fork") skynet.yield() skynet.retpack("yielded", id)
			elseif op == 5 then kept[#kept + 1] = skynet.response() if #kept == 3 then for i = 3, 1, -1 do kept[i](true, "kept", i) end kept = {} end
			elseif op == 6 then skynet.retpack(pcall(error, "caught", 0))
			elseif op == 7 then local ok, e = pcall(skynet.call, source, "lua", id) skynet.retpack("asked back", ok, e)
			else skynet.retpack("plain", id) end
		end)
	end)
elseif mode == "caller" then
	skynet.start(function()
		skynet.dispatch("lua", function(session, source, seed, callee, name)
			if not callee then if seed % 2 == 0 then error("odd") end skynet.retpack(seed % 100) return end
			local x, left = seed, 25
			for i = 1, 25 do
				x = lcg(x + i)
				local id = x // 16
				local delay = x // 65536 % 3
				skynet.fork(function() for _ = 1, delay do skynet.yield() end out(name, i, pcall(skynet.call, callee, "lua", id)) left = left - 1 end)
			end
			skynet.sleep(8) out(name, "unanswered", left)
			skynet.retpack(left)
		end)
	end)
else
	skynet.start(function()
		local callee = skynet.newservice(SERVICE_NAME, "callee")
		local a, b = skynet.newservice(SERVICE_NAME, "caller"), skynet.newservice(SERVICE_NAME, "caller")
		for seed = 5, 6 do
			local n = 0
			for name, s in ipairs { a, b } do skynet.fork(function() skynet.call(s, "lua", seed * 1000 + name, callee, name == 1 and "A" or "B") n = n + 1 end) end
			while n < 2 do skynet.sleep(3) end
			out("seed", seed, "done")
		end
		skynet.abort()
	end)
end
