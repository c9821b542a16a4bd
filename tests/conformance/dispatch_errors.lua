-- Unpack errors at the callee and the caller, replies of a wrong kind, hooks for unknown messages.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.register_protocol { name = "bad", id = 110, pack = function(x) return x or "" end, unpack = function(msg, sz) local s = skynet.tostring(msg, sz) if s == "fail" then error("unpack fails", 0) end return s end }
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("bad", function(session, source, text) out("bad handler", text) skynet.ret(text == "answer fail" and "fail" or "answer") end)
		skynet.dispatch("lua", function(session, _, cmd) if cmd == "exit" then skynet.exit() end skynet.ret("\255 not packed") end)
		out("previous hooks", type(skynet.dispatch_unknown_request(function(session, source, msg, sz, prototype) out("unknown request", session, sz, prototype) end)), type(skynet.dispatch_unknown_response(function(session, source, msg, sz) out("unknown response", session, sz) end)))
		skynet.register_protocol { name = "nodispatch", id = 111, unpack = skynet.tostring }
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		out("good", pcall(skynet.call, s, "bad", "good"))
		out("answer cannot be unpacked", pcall(skynet.call, s, "bad", "answer fail"))
		out("lua answer cannot be unpacked", pcall(skynet.call, s, "lua", "x"))
		local answer skynet.fork(function() answer = table.pack(pcall(skynet.call, s, "bad", "fail")) end)
		skynet.sleep(1) out("still waiting", skynet.task())
		out("send that fails to unpack", skynet.send(s, "bad", "fail")) out("alive", pcall(skynet.call, s, "bad", "ok"))
		core.send(s, 111, 0, "abc") core.send(s, 112, 0, "abcd") out("call without dispatch", core.send(s, 111, 50, "x"), core.send(s, 112, 51, "x"))
		core.send(s, skynet.PTYPE_RESPONSE, 1000, "late") core.send(s, skynet.PTYPE_RESPONSE, 0, "") core.send(s, skynet.PTYPE_ERROR, 77, "")
		skynet.sleep(1)
		out("exit", pcall(skynet.call, s, "lua", "exit")) skynet.sleep(1)
		out("the request that could not be unpacked is answered at exit", table.unpack(answer, 1, answer.n))
		skynet.abort()
	end)
end
