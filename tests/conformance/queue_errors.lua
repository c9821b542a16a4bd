-- skynet.queue: errors of all types inside, killed owners and waiters, exits inside, results with holes, sleeping and calling inside.
local skynet = require "skynet"
require "skynet.manager"
local queue = require "skynet.queue"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	local q = queue()
	out("values", q(function(...) return select("#", ...), nil, ..., nil end, 1, nil))
	out("nothing", select("#", q(function() end)))
	out("string", pcall(q, function() error("plain", 0) end))
	out("table", pcall(q, function() error({}) end))
	out("nil", pcall(q, function() error(nil) end))
	out("number", pcall(q, function() error(42) end))
	out("false", pcall(q, function() error(false) end))
	out("not a function", pcall(q, nil)) out("a number", pcall(q, 5)) out("callable", q(setmetatable({}, { __call = function(_, x) return x end }), 7))
	out("nested error", pcall(q, function() out("inner", pcall(q, function() error("deep", 0) end)) return "outer goes on" end))
	local order = {}
	for i = 1, 4 do skynet.fork(function() out("fork", i, pcall(q, function() order[#order + 1] = i skynet.sleep(1) if i % 2 == 0 then error("even " .. i, 0) end return i end)) end) end
	skynet.sleep(8) out("order", table.concat(order, " "))
	-- a waiter that is killed keeps its place
	local q2 = queue()
	local owner = skynet.fork(function() q2(function() skynet.sleep(3) out("owner leaves") end) end)
	local waiter = skynet.fork(function() q2(function() out("never: killed waiter") end) end)
	skynet.fork(function() q2(function() out("behind the killed waiter") end) end)
	skynet.sleep(1) out("kill waiter", skynet.killthread(waiter) == waiter) skynet.sleep(5)
	-- an owner that is killed never leaves
	local q3 = queue()
	owner = skynet.fork(function() q3(function() skynet.sleep(3) out("never: killed owner") end) end)
	skynet.fork(function() q3(function() out("never: behind the killed owner") end) end)
	skynet.sleep(1) out("kill owner", skynet.killthread(owner) == owner) skynet.sleep(5)
	-- leaving and entering again at once: who is next
	local q4, seen = queue(), {}
	for i = 1, 3 do skynet.fork(function() for n = 1, 3 do q4(function() seen[#seen + 1] = i .. "." .. n skynet.yield() end) end end) end
	skynet.sleep(3) out("turns", table.concat(seen, " "))
	-- fork inside does not own the queue
	local q5 = queue()
	q5(function() skynet.fork(function() q5(function() out("fork of the owner comes later") end) end) skynet.sleep(1) out("owner first") end)
	skynet.sleep(1)
	-- a coroutine inside is somebody else
	local q6 = queue()
	out("coroutine inside", q6(function() local co = coroutine.wrap(function() return q6(function() return "in" end) end) return tostring(co()) end))
	-- a woken waiter by hand
	local q7 = queue()
	skynet.fork(function() q7(function() skynet.sleep(3) end) end)
	local w = skynet.fork(function() out("woken too early", pcall(q7, function() return "inside" end)) end)
	skynet.sleep(1) out("wakeup", skynet.wakeup(w)) skynet.sleep(4)
	out("still usable", pcall(q7, function() return "yes" end))
	skynet.abort()
end)
