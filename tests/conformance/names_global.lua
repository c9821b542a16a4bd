-- thread = 1
-- Global names through the harbor: waiting callers, the extra hop, a dead owner, names too long.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd, ...)
			out(mode, cmd, ...)
			if cmd == "register" then skynet.register(...) end
			if cmd ~= "send" then skynet.retpack(mode, cmd) end
		end)
	end)
else
	local harbor = require "skynet.harbor"
	skynet.start(function()
		local a = skynet.newservice(SERVICE_NAME, "a")
		skynet.fork(function() out("call before it is registered", skynet.call("EARLY", "lua", "early")) end)
		skynet.fork(function() out("query before", harbor.queryname("EARLY") == a) end)
		out("send before", skynet.send("EARLY", "lua", "send", 0) == 0)
		skynet.sleep(2)
		out("nothing yet")
		skynet.call(a, "lua", "register", "EARLY")
		skynet.sleep(2)
		out("call", skynet.call("EARLY", "lua", "who"))
		out("query", harbor.queryname("EARLY") == a)
		out("the hop: sends by name are overtaken by sends by handle")
		for i = 1, 3 do skynet.send("EARLY", "lua", "send", "by name", i) skynet.send(a, "lua", "send", "by handle", i) end
		skynet.sleep(2)
		harbor.globalname("OTHER", a)
		out("two names", skynet.call("OTHER", "lua", "who"))
		out("too long", pcall(skynet.register, "sixteen_letters_"))
		out("fifteen", pcall(skynet.register, "fifteen_letters"))
		skynet.dispatch("lua", function(_, _, ...) out("main", ...) skynet.retpack("main") end)
		out("call myself", skynet.call("fifteen_letters", "lua", "x"))
		out("send to myself by name", skynet.send("fifteen_letters", "lua", "send to fifteen"))
		skynet.kill(a)
		skynet.fork(function() out("never", pcall(skynet.call, "EARLY", "lua", "to the dead")) end)
		out("send to the dead", skynet.send("EARLY", "lua", "x"))
		skynet.fork(function() out("never", pcall(skynet.call, "NOBODY", "lua")) end)
		skynet.sleep(3)
		out("still waiting", skynet.task())
		skynet.term("NOBODY")
		skynet.sleep(1)
		out("after term", skynet.task())
		skynet.abort()
	end)
end
