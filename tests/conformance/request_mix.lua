-- request/select: answers in time order, own fields, errors, dead addresses, break, timeouts, several services.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, ti, what, ...) skynet.sleep(ti) if what == "error" then error("E") elseif what == "exit" then skynet.exit() end skynet.retpack(what, ...) end) end)
else
	skynet.start(function()
		local a, b = skynet.newservice(SERVICE_NAME, "slave"), skynet.newservice(SERVICE_NAME, "slave")
		local function show(label, req, resp) out(label, req[4], resp and resp.n, resp and resp[1], resp and resp[2]) end
		for req, resp in skynet.request({ a, "lua", 6, "slow", "x" }):add({ b, "lua", 2, "fast" }) { a, "lua", 4, "middle", nil, n = 6 }:select() do show("answer", req, resp) end
		out("no requests") for _ in skynet.request():select() do out("never") end for _ in skynet.request():select(3) do out("never") end
		out("dead addresses") for req, resp in skynet.request { 0xfffff0, "lua", 0, "dead 1" } { a, "lua", 1, "alive" } { ".nosuch", "lua", 0, "dead 2" }:select() do show("", req, resp) end
		out("failing") for req, resp in skynet.request { a, "lua", 1, "error" } { a, "lua", 3, "fine" } { b, "lua", 5, "exit" }:select() do out("", req[4], resp and resp[1] or resp) end
		out("timeout") local reqs = skynet.request { a, "lua", 2, "in time" } { a, "lua", 20, "late" }
		for req, resp in reqs:select(8) do show("", req, resp) end out("timeout flag", reqs.timeout)
		out("break") for req, resp in skynet.request { a, "lua", 1, "first" } { a, "lua", 2, "second" } { a, "lua", 3, "third" }:select(50) do show("", req, resp) break end
		out("answered before they are read") local r2 = skynet.request { a, "lua", 0, "one" }
		for req, resp in r2:select(30) do show("", req, resp) skynet.sleep(2) end out("flag", r2.timeout)
		out("second select", (pcall(r2.select, r2))) out("add after select", (pcall(r2.add, r2, { a, "lua" }))) out("bad add", (pcall(r2.add, skynet.request(), 5)))
		out("error in the loop body", pcall(function() for req in skynet.request { a, "lua", 1, "x" } { a, "lua", 2, "y" }:select() do error("body", 0) end end))
		out("call inside the loop") for req, resp in skynet.request { a, "lua", 1, "outer" }:select() do show("", req, resp) out("  inner", skynet.call(a, "lua", 1, "inner")) end
		out("nested selects") for req in skynet.request { a, "lua", 1, "A" }:select() do for req2 in skynet.request { a, "lua", 1, "B" }:select(20) do out("", req[4], req2[4]) end end
		out("unknown protocol", (pcall(function() for _ in skynet.request { a, "nosuch", 1 }:select() do end end)))
		out("zero address", (pcall(function() for _ in skynet.request { 0, "lua", 1 }:select() do end end)))
		skynet.sleep(25) out("tasks", skynet.task())
		skynet.abort()
	end)
end
