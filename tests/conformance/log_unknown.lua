-- log
-- Log lines for unknown sessions, unknown requests, forgotten responses, unknown commands.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.register_protocol { name = "odd", id = 77, pack = function(...) return ... end, unpack = function(...) return ... end }
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd)
			if cmd == "yield" then coroutine.yield()
			elseif cmd == "yieldx" then coroutine.yield("strange")
			elseif cmd == "user" then coroutine.yield("USER") end
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		skynet.register_protocol { name = "odd", id = 77, pack = function(...) return ... end }
		skynet.register_protocol { name = "odd2", id = 78, pack = function(...) return ... end }
		out("send registered, not dispatched", skynet.send(s, "odd", "payload one"))
		out("send unregistered", skynet.send(s, "odd2", "payload two"))
		out("call registered", pcall(skynet.call, s, "odd", "payload three"))
		out("call unregistered", pcall(skynet.call, s, "odd2", "payload four"))
		out("response nobody waits for", core.send(s, skynet.PTYPE_RESPONSE, 99, "payload five"))
		out("error nobody waits for", core.send(s, skynet.PTYPE_ERROR, 99, ""))
		out("forgotten", core.send(s, skynet.PTYPE_LUA, 55, skynet.packstring("nothing")))
		out("yield", core.send(s, skynet.PTYPE_LUA, 0, skynet.packstring("yield")))
		out("yieldx", core.send(s, skynet.PTYPE_LUA, 0, skynet.packstring("yieldx")))
		out("user", core.send(s, skynet.PTYPE_LUA, 0, skynet.packstring("user")))
		out("still alive", skynet.call(s, "debug", "PING"))
		skynet.sleep(3)
		skynet.abort()
	end)
end
