-- manager.forward_type and filter: mapped types, rewritten messages, dropped ones.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "forward" then
	skynet.register_protocol { name = "system", id = skynet.PTYPE_SYSTEM, unpack = function(msg, sz) return msg, sz end }
	skynet.forward_type({ [skynet.PTYPE_LUA] = skynet.PTYPE_SYSTEM, [skynet.PTYPE_RESPONSE] = skynet.PTYPE_RESPONSE }, function()
		out("forwarder starts")
		local target = skynet.localname(".target")
		skynet.dispatch("system", function(session, source, msg, sz)
			out("forwarding", session > 0, sz)
			-- responses are mapped too, so that their data may be passed on
			if session == 0 then skynet.redirect(target, source, "lua", 0, msg, sz) else skynet.ret(skynet.rawcall(target, "lua", msg, sz)) end
		end)
	end)
elseif mode == "filter" then
	local n = 0
	skynet.filter(function(ptype, msg, sz, session, source)
		if ptype == skynet.PTYPE_LUA then
			n = n + 1
			if n == 2 then return skynet.PTYPE_LUA, skynet.packstring("replaced"), nil, session, source end
			if n == 4 then error("the filter fails", 0) end
		end
		return ptype, msg, sz, session, source
	end, function()
		out("filtered service starts", coroutine.isyieldable())
		skynet.dispatch("lua", function(session, _, x) out("filtered got", session > 0, x) if session > 0 then skynet.retpack("got " .. x) end end)
	end)
elseif mode == "target" then
	skynet.start(function() skynet.register(".target") skynet.dispatch("lua", function(session, source, ...) out("target", session > 0, ...) if session > 0 then skynet.retpack("target answers", ...) end end) end)
else
	skynet.start(function()
		skynet.newservice(SERVICE_NAME, "target")
		local f = skynet.newservice(SERVICE_NAME, "forward")
		out("call", skynet.call(f, "lua", 1, "two", nil))
		out("send", skynet.send(f, "lua", "sent")) skynet.sleep(1)
		out("other types still work", (pcall(skynet.call, f, "debug", "PING")))
		local g = skynet.newservice(SERVICE_NAME, "filter")
		out(skynet.call(g, "lua", "first")) out(skynet.call(g, "lua", "second")) out(skynet.call(g, "lua", "third"))
		skynet.fork(function() out("never: the filter failed", pcall(skynet.call, g, "lua", "fourth")) end) skynet.sleep(1)
		out(skynet.call(g, "lua", "fifth")) out("send", skynet.send(g, "lua", "sixth")) skynet.sleep(1)
		skynet.abort()
	end)
end
