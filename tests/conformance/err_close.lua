-- Pending to-be-closed values: run on error, on killthread, at exit; errors inside __close.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function closer(name, err) return setmetatable({}, { __close = function(_, e) out("close", name, e) if err then error(err, 0) end end }) end
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd)
			local a <close> = closer("outer")
			if cmd == "error" then local b <close> = closer("inner") error("boom", 0)
			elseif cmd == "closeerror" then local b <close> = closer("inner", "from close") skynet.retpack("answered")
			elseif cmd == "errerr" then local b <close> = closer("inner", "second") error("first", 0)
			elseif cmd == "yield" then local b <close> = closer("inner") skynet.sleep(1) skynet.retpack("slept")
			elseif cmd == "call in close" then local b <close> = setmetatable({}, { __close = function() out("in close", skynet.call(skynet.self(), "lua", "yield")) end }) skynet.retpack("answered first")
			elseif cmd == "exit" then local b <close> = closer("inner") skynet.exit()
			end
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, cmd in ipairs { "error", "closeerror", "errerr", "yield", "call in close", "exit" } do
			out(cmd, pcall(skynet.call, s, "lua", cmd))
			skynet.sleep(2)
		end
		local co = skynet.fork(function() local c <close> = closer("killed while sleeping") skynet.wait({}) out("never") end)
		skynet.sleep(1)
		out("killthread", skynet.killthread(co) == co)
		local co2 = skynet.fork(function() local c <close> = closer("never started") end)
		out("killthread before start", skynet.killthread(co2) == co2)
		do local c <close> = closer("block") out("in block") end
		for i in (function() local n = 0 return function() n = n + 1 if n < 3 then return n end end, nil, nil, closer("for") end)() do out("loop", i) skynet.yield() if i == 2 then break end end
		out("pcall", pcall(function() local c <close> = closer("in pcall") skynet.sleep(1) error("after sleep", 0) end))
		skynet.abort()
	end)
end
