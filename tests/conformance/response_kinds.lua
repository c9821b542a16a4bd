-- response closures: own pack, plain sends, TEST, after the requester died, out of a request, many at once.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	local kept = {}
	local CMD = {}
	function CMD.keep() kept[#kept + 1] = skynet.response() end
	function CMD.ownpack() local r = skynet.response(function(a, b) return skynet.pack(b, a) end) out("own pack", r(true, 1, 2)) end
	function CMD.string() local r = skynet.response(function(s) return skynet.packstring("as string", s) end) r(true, "s") end
	function CMD.badpack() local r = skynet.response(function() error("in pack", 0) end) out("pack fails", pcall(r, true)) out("wanted", r("TEST")) out("again", pcall(r, false)) end
	function CMD.nothing() local r = skynet.response() r(true) end
	function CMD.twice() local r = skynet.response() out("second response()", pcall(skynet.response)) out("ret after response()", pcall(skynet.ret)) r(true, "once") out("TEST after", r("TEST")) out("answer after", pcall(r, true, "again")) out("fail after", pcall(r, false)) end
	function CMD.flush() for i, r in ipairs(kept) do out("kept", i, r("TEST"), r(i ~= 2, "number", i)) end kept = {} skynet.retpack("flushed") end
	function CMD.falseok() local r = skynet.response() r(nil) end
	function CMD.truthy() local r = skynet.response() r("yes", "truthy") end
	function CMD.context() out("context", skynet.context() ~= nil) skynet.retpack(1) out("context after ret", skynet.context() ~= nil, (select(2, skynet.context())) ~= nil) end
	function CMD.emptyret() out("ret()", skynet.ret()) end
	function CMD.retnil() out("ret(nil)", skynet.ret(nil)) end
	function CMD.retstring() out("ret string", skynet.ret(skynet.packstring("packed"))) end
	skynet.start(function() skynet.dispatch("lua", function(session, _, cmd) CMD[cmd]() end) end)
elseif mode == "client" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, s, cmd) out("client got", pcall(skynet.call, s, "lua", cmd)) end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, cmd in ipairs { "ownpack", "string", "badpack", "nothing", "twice", "falseok", "truthy", "context", "emptyret", "retnil", "retstring" } do local r = table.pack(pcall(skynet.call, s, "lua", cmd)) out(cmd, r.n, table.unpack(r, 1, r.n)) skynet.sleep(1) end
		for i = 1, 3 do skynet.fork(function() out("keeper", i, pcall(skynet.call, s, "lua", "keep")) end) end
		skynet.sleep(1) out(skynet.call(s, "lua", "flush")) skynet.sleep(1)
		for _, cmd in ipairs { "keep", "twice", "emptyret", "context" } do out("as a send", cmd, skynet.send(s, "lua", cmd)) skynet.sleep(1) end
		local dying = skynet.newservice(SERVICE_NAME, "client")
		skynet.send(dying, "lua", s, "keep") skynet.sleep(1)
		skynet.kill(dying) skynet.sleep(1)
		out("requester killed", skynet.call(s, "lua", "flush"))
		local leaving = skynet.newservice(SERVICE_NAME, "client")
		skynet.send(leaving, "lua", s, "keep") skynet.sleep(1)
		skynet.send(leaving, "debug", "EXIT") skynet.sleep(1)
		out("requester left", skynet.call(s, "lua", "flush"))
		out("outside of a request", pcall(skynet.response)) out("ret outside", pcall(skynet.ret)) out("context outside", skynet.context())
		skynet.abort()
	end)
end
