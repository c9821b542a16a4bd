-- request/select on the edges: close by hand, close before select, late answers after a timeout, several ready at once, reuse, a request to oneself, errors while unpacking.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, ti, what, ...) if ti > 0 then skynet.sleep(ti) end if what == "error" then error "E" elseif what == "silent" then skynet.ignoreret() return elseif what == "twice" then skynet.retpack(what) error "after" end skynet.retpack(what, ...) end) end)
else
	skynet.start(function()
		local a, b = skynet.newservice(SERVICE_NAME, "slave"), skynet.newservice(SERVICE_NAME, "slave")
		skynet.dispatch("lua", function(_, _, ti, what) skynet.sleep(ti) skynet.retpack("self", what) end)
		local function show(label, req, resp) out(label, req[4], resp and resp.n, resp and resp[1], resp and resp[2]) end
		out("close before select", pcall(function() skynet.request({ a, "lua", 0, "x" }):close() end))
		out("several ready at once")
		local r = skynet.request()
		for i = 1, 9 do r { i % 2 == 0 and a or b, "lua", i % 3, "n" .. i } end
		for req, resp in r:select() do show("", req, resp) skynet.sleep(1) end
		out("to itself") for req, resp in skynet.request { skynet.self(), "lua", 1, "A" } { skynet.self(), "lua", 0, "B" }:select() do show("", req, resp) end
		out("timeout zero") r = skynet.request { a, "lua", 2, "late" } for req, resp in r:select(0) do show("", req, resp) end out("flag", r.timeout)
		out("timeout negative") r = skynet.request { a, "lua", 0, "maybe" } for req, resp in r:select(-1) do show("", req, resp) end out("flag", r.timeout)
		out("silent") r = skynet.request { a, "lua", 0, "silent" } { a, "lua", 1, "twice" } { b, "lua", 1, "error" } for req, resp in r:select(5) do show("", req, resp) end out("flag", r.timeout)
		out("by hand") r = skynet.request { a, "lua", 1, "one" } { a, "lua", 2, "two" }
		local iter, state, control, closing = r:select(10)
		out("kinds", type(iter), closing == r, control)
		local req, resp = iter(state, control) show("first", req, resp)
		r:close() out("closed twice", pcall(r.close, r)) out("iterating on", pcall(iter, state, control))
		skynet.sleep(15)
		out("killed while it waits") local co = skynet.fork(function() for req in skynet.request { a, "lua", 5, "k" }:select(50) do out("never", req[4]) end end)
		skynet.sleep(1) out("kill", skynet.killthread(co) == co) skynet.sleep(8)
		out("no protocol for answers") skynet.register_protocol { name = "odd", id = 33, pack = skynet.pack }
		out("no unpack", pcall(function() for _ in skynet.request { a, "odd", 1 }:select() do end end))
		out("same request twice") local one = { a, "lua", 1, "same" } for req, resp in skynet.request(one)(one):select() do show("", req, resp) out("is it", req == one) end
		out("all dead") for req, resp in skynet.request { 0xfffff1, "lua", 0, "d1" } { 0xfffff2, "lua", 0, "d2" } { 0xfffff3, "lua", 0, "d3" }:select(2) do show("", req, resp) end
		out("dead meanwhile") r = skynet.request { b, "lua", 9, "w1" } { a, "lua", 3, "fine" }
		skynet.timeout(1, function() skynet.call(b, "debug", "NOSUCH_BUT_FAILS") end) skynet.timeout(2, function() skynet.send(b, "debug", "EXIT") end)
		for req, resp in r:select(20) do show("", req, resp) end out("flag", r.timeout)
		out("a text as timeout", pcall(function() for req in skynet.request { a, "lua", 0, "t" }:select("3") do out(req[4]) end end))
		out("half a tick", pcall(function() for req in skynet.request { a, "lua", 0, "t" }:select(1.5) do out(req[4]) end end))
		skynet.sleep(5) out("fields", r[1][4], #r, getmetatable(r).__index == getmetatable(r), type(r.select), type(r.add))
		out("wake by hand") r = skynet.request { a, "lua", 3, "slow" } skynet.timeout(1, function() out("wakeup", skynet.wakeup(r)) end)
		out("result", pcall(function() for req, resp in r:select(10) do show("", req, resp) end end))
		skynet.sleep(12) skynet.abort()
	end)
end
