-- What is sent first arrives first at one receiver, also through a chain; fifo per pair over message kinds.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "relay" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, to, ...) if to then skynet.send(to, "lua", ...) end if select(1, ...) == "reply" then skynet.retpack("relayed") end end) end)
elseif mode == "sink" then
	skynet.start(function() skynet.dispatch("lua", function(s, _, what, ...) out("sink", what, ...) if s > 0 then skynet.retpack(what) end end) end)
else
	skynet.start(function()
		local relay = skynet.newservice(SERVICE_NAME, "relay")
		local sink = skynet.newservice(SERVICE_NAME, "sink")
		skynet.dispatch("lua", function(_, _, what) out("main got", what) end)
		skynet.send(sink, "lua", "direct first", 1)
		skynet.send(relay, "lua", sink, "relayed second", 2)
		skynet.sleep(2)
		for i = 1, 4 do
			skynet.send(sink, "lua", "send", i)
			out("call answered", skynet.call(sink, "lua", "call", i))
		end
		skynet.fork(function() out("forked call", skynet.call(sink, "lua", "from fork")) end)
		skynet.send(sink, "lua", "before the fork ran")
		skynet.sleep(2)
		-- the relay pushes its message to us before it answers
		out(skynet.call(relay, "lua", skynet.self(), "reply"))
		skynet.sleep(1)
		skynet.abort()
	end)
end
