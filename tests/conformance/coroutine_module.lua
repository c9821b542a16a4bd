-- skynet.coroutine: wrap with errors, status from all sides, close in all states, nesting, who is the thread, kills and exits around it.
local skynet = require "skynet"
require "skynet.manager"
local sco = require "skynet.coroutine"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
if ... then
	skynet.start(function() skynet.dispatch("lua", function() skynet.timeout(1, function() out("never") end) sco.wrap(function() local x <close> = setmetatable({}, { __close = function() out("closed") end }) skynet.exit() out("never") end)() end) end)
	return
end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, x) skynet.sleep(1) skynet.retpack(x, x) end)
	local me = coroutine.running()
	local f = sco.wrap(function(a, b) local c = sco.yield(a + b) local d, e = sco.yield(c, nil) skynet.sleep(1) return d, e, nil end)
	out("wrap", f(1, 2)) out("again", f("c")) out("end", f("d", "e")) out("dead", pcall(f))
	out("wrap error", pcall(sco.wrap(function() error("E", 0) end))) out("wrap table error", pcall(sco.wrap(function() error {} end))) out("wrap nil error", pcall(sco.wrap(function() error() end)))
	local co co = sco.create(function() out("status inside", sco.status(co), sco.running() == co, sco.isyieldable()) skynet.sleep(3) out("after sleep", sco.status(co)) sco.yield "y" return "r" end)
	out("fresh", sco.status(co), sco.thread(co))
	skynet.fork(function() skynet.sleep(1) out("from a fork", sco.status(co), coroutine.status(co)) out("resume blocked", sco.resume(co)) out("thread", select(2, sco.thread(co)), (sco.thread(co)) == me) end)
	out("resume", sco.resume(co)) out("then", sco.status(co)) out("resume", sco.resume(co)) out("then", sco.status(co), sco.resume(co)) out("thread of the dead", sco.thread(co))
	out("own thread", sco.thread() == me, select(2, sco.thread()))
	out("foreign", sco.resume(coroutine.create(print))) out("itself", sco.resume(me))
	out("self resume", sco.wrap(function() return sco.resume(sco.running()) end)())
	local outer = sco.create(function() local inner = sco.create(function() out("inner thread", sco.thread() == me, select(2, sco.thread())) out("call in inner", skynet.call(skynet.self(), "lua", "x")) sco.yield "inner yields" error("inner fails", 0) end)
		out("inner 1", sco.resume(inner)) sco.yield "outer yields" out("inner 2", sco.resume(inner)) out("inner status", sco.status(inner), sco.status(sco.running())) return "outer ends" end)
	out("outer 1", sco.resume(outer)) skynet.fork(function() out("resumed by another", sco.resume(outer)) end) skynet.sleep(3)
	out("close fresh", sco.close(sco.create(print))) co = sco.create(function() local x <close> = setmetatable({}, { __close = function(_, e) out("closing", e) end }) sco.yield() end) sco.resume(co) out("close suspended", sco.close(co), sco.status(co)) out("resume closed", sco.resume(co))
	co = sco.create(function() local x <close> = setmetatable({}, { __close = function() error("in close", 0) end }) sco.yield() end) sco.resume(co) out("failing close", sco.close(co))
	co = sco.create(function() skynet.sleep(2) out("never") end) local owner = skynet.fork(function() out("owner", sco.resume(co)) end) skynet.sleep(1) out("blocked", sco.status(co)) out("kill owner", skynet.killthread(owner) == owner) skynet.sleep(3) out("after the kill", sco.status(co), sco.resume(co))
	out("yield outside", pcall(coroutine.wrap(function() return sco.yield(1, 2) end)))
	out("generator") for i, v in sco.wrap(function() for i = 1, 3 do skynet.sleep(1) sco.yield(i, i * i) end end) do out("", i, v) end
	out("pcall inside", sco.wrap(function() return pcall(function() skynet.sleep(1) sco.yield "p" error("after", 0) end) end)())
	out("wakeup inside") local token = {} skynet.timeout(1, function() out("wake", skynet.wakeup(token)) end) out("wait", sco.wrap(function() skynet.wait(token) return "woken" end)())
	out("sleep in it is of the thread", sco.wrap(function() skynet.fork(function() out("wakeup of the inner", skynet.wakeup(co)) out("wakeup of the thread", skynet.wakeup(me)) end) return skynet.sleep(3) end)())
	out("context", sco.wrap(function() return skynet.context() end)())
	out("fork in it") sco.wrap(function() skynet.fork(function() out("forked", (select(2, sco.thread()))) end) sco.yield() end)() skynet.sleep(1)
	skynet.fork(function() sco.wrap(function() error("uncaught in a wrap in a fork", 0) end)() end) skynet.sleep(1)
	out("exit in it") local other = skynet.newservice(SERVICE_NAME, "leaves") out("call", pcall(skynet.call, other, "lua")) skynet.sleep(2) out("gone", pcall(skynet.call, other, "lua"))
	skynet.abort()
end)
