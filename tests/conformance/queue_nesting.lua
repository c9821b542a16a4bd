-- skynet.queue: several queues, nesting, errors, forks inside, fifo order, return values, blocking calls inside.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local queue = require "skynet.queue"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, x) skynet.sleep(1) skynet.retpack(x) end)
	local a, b = queue(), queue()
	local log = {}
	local function add(x) log[#log + 1] = x end
	for i = 1, 4 do skynet.fork(function() a(function() add("a" .. i) b(function() add("b" .. i) skynet.sleep(1) a(add, "a again" .. i) end) end) end) end
	for i = 5, 6 do skynet.fork(function() b(function() add("b" .. i) skynet.yield() end) end) end
	skynet.sleep(20) out(table.concat(log, " ")) log = {}
	out("results", a(function(...) return select("#", ...), ... end, nil, 2, nil))
	local ok, e = pcall(a, function() skynet.sleep(1) error("inside", 0) end) out("error", ok, e:match("^[^\n]*"))
	ok, e = pcall(a, function() error({ code = 1 }) end) out("error object", ok, type(e))
	ok, e = pcall(a, error) out("error nil", ok, type(e))
	out("nested error keeps the outer lock", pcall(a, function() local ok2 = pcall(a, error, "x") skynet.fork(function() a(add, "waits") end) skynet.yield() add("inner done") return ok2 end))
	skynet.sleep(1) out(table.concat(log, " ")) log = {}
	a(function() skynet.fork(function() add("fork starts") a(add, "fork is inside") end) skynet.sleep(1) add("holder still inside") end)
	skynet.yield() out(table.concat(log, " ")) log = {}
	for i = 1, 3 do skynet.fork(function() a(function() add(skynet.call(skynet.self(), "lua", i)) end) end) end
	skynet.timeout(0, function() a(add, "timeout") end)
	skynet.sleep(10) out(table.concat(log, " ")) log = {}
	-- three deep re-entry
	out(a(function() return a(function() return a(function() return "deep" end) end) end))
	out("free afterwards", a(function() return true end))
	-- an error while others wait: the next one is let in
	for i = 1, 3 do skynet.fork(function() local ok3 = pcall(a, function() skynet.sleep(1) if i == 2 then error("two") end add("ok " .. i) end) add(tostring(ok3)) end) end
	skynet.sleep(8) out(table.concat(log, " "))
	out("not a function", (pcall(a, 5))) out("still free", a(function() return "yes" end))
	skynet.abort()
end)
