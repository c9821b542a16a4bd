-- skynet.coroutine: resume, yield, wrap, blocking inside, status, misuse, and raw coroutines beside it.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local co = require "skynet.coroutine"
local function clean(...) local r = table.pack(...) for i = 1, r.n do if type(r[i]) == "string" then r[i] = r[i]:match("^[^\n]*") end end return table.unpack(r, 1, r.n) end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, x) skynet.sleep(1) skynet.retpack(x) end)
	local g = co.wrap(function(a) for i = 1, 3 do a = co.yield(a + i) end return "end" end)
	out("wrap", g(10), g(20), g(30), g(40))
	out("dead wrap", clean(pcall(g)))
	local c = co.create(function(x) local y = co.yield(x, "first") skynet.sleep(1) local z = skynet.call(skynet.self(), "lua", y) co.yield(z, "after blocking") error("failed", 0) end)
	out("status", co.status(c)) out(co.resume(c, 1)) out("status", co.status(c)) out(co.resume(c, 2)) out(co.resume(c)) out("status", co.status(c)) out(co.resume(c))
	local d d = co.create(function() skynet.sleep(3) co.yield("slept") end)
	skynet.fork(function() skynet.sleep(1) out("status while blocked", co.status(d)) out("resume while blocked", co.resume(d)) end)
	out(co.resume(d)) out(co.resume(d)) out(co.status(d))
	out("foreign", co.resume(coroutine.create(function() end)))
	out("itself", co.resume(coroutine.running()))
	out("isyieldable", co.isyieldable(), co.wrap(function() return co.isyieldable() end)())
	local owner = coroutine.running()
	co.wrap(function() local t, is = co.thread() out("thread inside", t == owner, is) co.wrap(function() out("nested", (co.thread()) == owner) end)() end)()
	local t, is = co.thread() out("thread outside", t == owner, is)
	out("plain coroutines", coroutine.resume(coroutine.create(function(...) return coroutine.yield(...) end), 1, 2))
	local h = co.create(function() local x <close> = setmetatable({}, { __close = function() out("closed") end }) co.yield(1) end)
	co.resume(h) out("close", co.close(h), co.status(h))
	out("error object", select(2, co.resume(co.create(function() error({}) end))) ~= nil)
	local gen = co.wrap(function() for i = 1, 3 do skynet.sleep(1) co.yield(i) end end)
	for v in gen do out("generated", v) end
	skynet.fork(function() out("never", co.yield("outside of resume")) end)
	skynet.sleep(1)
	out("raw wrap around a blocking function", (coroutine.wrap(function() skynet.wait({}) end)()))
	skynet.abort()
end)
