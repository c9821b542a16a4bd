-- core.send and skynet.send with odd addresses, types, sessions and messages.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function s(label, ...) out(label, pcall(core.send, ...)) end
skynet.start(function()
	local me = skynet.self()
	local got = 0
	skynet.dispatch("lua", function(session, source, ...) got = got + 1 out("  got", session, source == me, ...) end)
	skynet.dispatch_unknown_request(function(session, source, msg, sz, prototype) out("  unknown", session, sz, prototype, skynet.tostring(msg, sz)) end)
	local P = skynet.packstring("x")
	s("number", me, 10, 0, P) s("decimal text", tostring(me), 10, 0, P) s("hex address", string.format(":%x", me), 10, 0, P) s("upper case", string.format(":%08X", me), 10, 0, P)
	s("float", me + 0.0, 10, 0, P) s("float text", me .. ".0", 10, 0, P) s("hex text", string.format("0x%x", me), 10, 0, P)
	s("zero", 0, 10, 0, P) s("text zero", "0", 10, 0, P) s("8.5", 8.5, 10, 0, P) s("2^32 + self", (1 << 32) + me, 10, 0, P) s("-2^32", -(1 << 32), 10, 0, P)
	s("-1", -1, 10, 0, P) s("unknown handle", 0xfffff0, 10, 0, P) s("unknown name", ".nosuch", 10, 0, P) s("colon", ":", 10, 0, P) s(":0", ":0", 10, 0, P) s(":zz", ":zz", 10, 0, P)
	s("nil", nil, 10, 0, P) s("table", {}, 10, 0, P) s("boolean", true, 10, 0, P) s("function", print, 10, 0, P)
	s("session 7", me, 10, 7, P) s("session text", me, 10, "8", P) s("session 1.5", me, 10, 1.5, P) s("session -1", me, 10, -1, P)
	s("type float", me, 10.0, 0, P) s("type text", me, "10", 0, P) s("type nil", me, nil, 0, P) s("type name", me, "lua", 0, P)
	s("type 200", me, 200, 0, "raw") s("type 255", me, 255, 0, "raw") s("type 256 + 10", me, 266, 0, P) s("type 1.5", me, 1.5, 0, P)
	s("message nil", me, 10, 0, nil) s("message number", me, 10, 0, 12) s("message table", me, 10, 0, {}) s("message true", me, 10, 0, true) s("empty", me, 10, 0, "") s("no message", me, 10, 0)
	local m, sz = skynet.pack("packed", 1)
	s("pointer", me, 10, 0, m, sz)
	skynet.sleep(1)
	out("got", got)
	out("skynet.send", pcall(skynet.send, me, "nosuch", 1))
	out("skynet.send", pcall(skynet.send, me, 10, "by type number"))
	out("rawsend", skynet.rawsend(me, "lua", skynet.pack("raw")))
	out("rawsend string", skynet.rawsend(me, "lua", skynet.packstring("raw string")))
	skynet.sleep(1)
	skynet.abort()
end)
