-- Message types: raw text messages, types out of range, types that are special.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.register_protocol { name = "text", id = skynet.PTYPE_TEXT, unpack = skynet.tostring, pack = function(...) return ... end }
	skynet.register_protocol { name = "client", id = skynet.PTYPE_CLIENT, unpack = function(msg, sz) return sz, skynet.tostring(msg, sz) end }
	skynet.start(function()
		skynet.dispatch("text", function(session, source, text, extra) out("text", session, text, extra) if session > 0 then skynet.ret("text answer") end end)
		skynet.dispatch("client", function(session, source, sz, text) out("client", session, sz, text) skynet.ignoreret() end)
		skynet.dispatch("lua", function(session, source, ...) out("lua", session, ...) skynet.retpack(...) end)
	end)
else
	skynet.register_protocol { name = "text", id = skynet.PTYPE_TEXT, unpack = skynet.tostring, pack = function(...) return ... end }
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		out(skynet.send(s, "text", "hello")) out(skynet.call(s, "text", "question")) out(skynet.send(s, "text", ""))
		out(core.send(s, skynet.PTYPE_CLIENT, 12, "client data")) out(core.send(s, skynet.PTYPE_CLIENT, 0, ""))
		out(core.send(s, 256, 0, "256 is text")) out(core.send(s, 256 * 3 + 10, 0, skynet.packstring("masked")))
		out("with zeros", core.send(s, skynet.PTYPE_CLIENT, 1, "a\0b"))
		out("rawcall", skynet.tostring(skynet.rawcall(s, "text", "raw question")))
		out("rawcall lua", skynet.unpack(skynet.rawcall(s, "lua", skynet.pack(1, nil, "three"))))
		out("system to a lua service", pcall(core.send, s, skynet.PTYPE_SYSTEM, 9, ""))
		skynet.sleep(1)
		out("nil pack", pcall(skynet.send, s, "response", 1))
		out("error protocol", pcall(skynet.send, s, "error", 1))
		skynet.abort()
	end)
end
