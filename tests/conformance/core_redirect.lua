-- redirect with forged sources and sessions; answering a request on behalf of another service.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "worker" then
	skynet.start(function() skynet.dispatch("lua", function(session, source, n) skynet.retpack("worker did", n, source) end) end)
elseif mode == "front" then
	skynet.start(function()
		local worker = skynet.newservice(SERVICE_NAME, "worker")
		skynet.dispatch("lua", function(session, source, n) skynet.ignoreret() skynet.redirect(worker, source, "lua", session, skynet.pack(n)) end)
	end)
else
	skynet.start(function()
		local me = skynet.self()
		skynet.dispatch("lua", function(session, source, ...) out("  got", session, source == me and "self" or source, ...) skynet.ignoreret() end)
		out("forged 1234", skynet.redirect(me, 0x1234, "lua", 5, skynet.pack("a")))
		out("source 0 is self", skynet.redirect(me, 0, "lua", 6, skynet.pack("b")))
		out("string", skynet.redirect(me, 0xabc, "lua", 0, skynet.packstring("c")))
		out("dead", skynet.redirect(0xfffff0, me, "lua", 0, skynet.pack("d")))
		out("unknown name", skynet.redirect(".nosuch", me, "lua", 0, skynet.pack("d")))
		out("bad source", pcall(skynet.redirect, me, "x", "lua", 0, skynet.packstring("d")))
		out("nil session", math.type(skynet.redirect(me, 7, "lua", nil, skynet.pack("e"))) )
		skynet.sleep(1)
		local front = skynet.newservice(SERVICE_NAME, "front")
		for i = 1, 3 do local a, b, c = skynet.call(front, "lua", i) out(a, b, c == me) end
		-- a forged response: answer our own call
		local co
		skynet.fork(function() co = coroutine.running() local ok, x = pcall(skynet.call, me, "lua", "silent") out("answered by", x) end)
		skynet.sleep(1)
		skynet.redirect(me, 0x77, "response", skynet.task(co), skynet.pack("a forger"))
		skynet.sleep(1)
		out("genid goes up", skynet.genid() - skynet.genid())
		skynet.abort()
	end)
end
