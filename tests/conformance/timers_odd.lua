-- log
-- sleep, timeout and wait with odd numbers and texts, their order, and killed or woken timers.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, x) out("message", x) end)
	for _, ti in ipairs { 0, -1, -2147483648, "0", "-7", "abc", "", " 2", "0x10", "1e1", 2.0, -0.0, 1.5, 0 / 0, math.huge, 2 ^ 31, 2 ^ 32, 2 ^ 53, math.mininteger, math.maxinteger - 0xffffffff, {}, true, print } do
		local kind = type(ti) == "table" or type(ti) == "function"
		local began = skynet.now() local ok, result = pcall(function() if type(ti) == "number" and ti > 0x7fffffff or ti == "0x10" or ti == "1e1" then local fired skynet.timeout(ti, function() fired = skynet.now() - began end) skynet.sleep(12) return fired or "not yet" end return skynet.sleep(ti) end)
		out("sleep", kind and type(ti) or ti, ok, result, kind and "" or skynet.now() - began < 20)
	end
	out("sleep nil", pcall(skynet.sleep)) out("timeout nil", pcall(skynet.timeout, nil, print)) out("no function", pcall(skynet.timeout, 1)) skynet.sleep(2)
	out("not a function") skynet.timeout(0, 5) skynet.timeout(0, "text") skynet.yield() out("callable") skynet.timeout(0, setmetatable({}, { __call = function(_, ...) out("called with", ...) end })) skynet.yield()
	local order = {} local function note(x) return function(...) order[#order + 1] = x .. select("#", ...) end end
	skynet.timeout(2, note "d") skynet.timeout(1, note "b") skynet.timeout(0, note "a") skynet.timeout(1, note "c") skynet.timeout(-3, note "z") skynet.timeout(2, note "e") skynet.send(skynet.self(), "lua", "between") skynet.timeout(0, note "y")
	skynet.fork(note "fork") skynet.sleep(4) out(table.concat(order, " "))
	order = {} for i = 1, 6 do skynet.timeout(i % 3, function() order[#order + 1] = i skynet.timeout(i % 2, note(i .. "+")) skynet.fork(note(i .. "f")) end) end skynet.sleep(6) out(table.concat(order, " "))
	local co = skynet.timeout(2, function() out("never") end) out("status", coroutine.status(co)) out("kill", skynet.killthread(co) == co, coroutine.status(co)) skynet.sleep(3)
	co = skynet.fork(function() skynet.sleep(2) out("never") end) skynet.yield() out("kill sleeping", skynet.killthread(co) == co, skynet.killthread(co)) skynet.sleep(3)
	out("kill nothing", pcall(skynet.killthread, coroutine.create(print))) out("kill nil", pcall(skynet.killthread)) out("kill a number", pcall(skynet.killthread, 5)) out("kill pattern", pcall(skynet.killthread, "%")) out("kill no such", pcall(skynet.killthread, "no such"))
	out("woken sleeper", (function() local me = coroutine.running() skynet.fork(function() skynet.wakeup(me) skynet.wakeup(me) end) return skynet.sleep(1) end)()) out("next sleep", skynet.sleep(2))
	out("token false", pcall(skynet.sleep, 1, false)) out("token nan", pcall(skynet.sleep, 1, 0 / 0)) skynet.sleep(2) out("wait nan", pcall(skynet.wait, 0 / 0))
	out("wakeup nil", pcall(skynet.wakeup)) out("wakeup nan", pcall(skynet.wakeup, 0 / 0)) out("wakeup number", skynet.fork(function() skynet.sleep(5, 7) out("woken by 7.0") end) and nil) skynet.yield() out(skynet.wakeup(7.0)) skynet.yield()
	out("intcommand", pcall(core.intcommand, "TIMEOUT", 2 ^ 31)) out(math.type(core.intcommand("TIMEOUT", 0))) skynet.sleep(1)
	skynet.trace_timeout(true) co = skynet.timeout(1, function(...) out("traced timer", select("#", ...)) end) local t = {} skynet.task(t) local n = 0 for k, v in pairs(t) do if v:find "^TIMER %d+%+1 : \nstack" then n = n + 1 end end out("timers seen", n) skynet.sleep(2) skynet.trace_timeout(false)
	skynet.abort()
end)
