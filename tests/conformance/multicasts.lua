-- multicast: publish, subscribe, unsubscribe, order at one subscriber, own pack, deleted channels.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local multicast = require "skynet.multicast"
if mode then
	skynet.start(function()
		local c
		skynet.dispatch("lua", function(_, _, cmd, channel)
			if cmd == "join" then c = multicast.new { channel = channel, dispatch = function(ch, source, ...) out(mode, ch.channel == channel, ...) end } c:subscribe() end
			if cmd == "leave" then c:unsubscribe() end
			if cmd == "publish" then c:publish("from", mode) end
			skynet.retpack(mode)
		end)
	end)
else
	skynet.start(function()
		local c = multicast.new { dispatch = function(ch, source, ...) out("main", source == skynet.self(), ...) end }
		out("channel", math.type(c.channel)) c:publish("nobody hears it")
		c:subscribe() c:publish("one", 1, nil, 3) out("published") skynet.sleep(1)
		local s = skynet.newservice(SERVICE_NAME, "a") out(skynet.call(s, "lua", "join", c.channel))
		c:unsubscribe() skynet.sleep(1)
		for i = 1, 3 do c:publish("message", i) end skynet.sleep(1)
		out(skynet.call(s, "lua", "publish")) skynet.sleep(1)
		out(skynet.call(s, "lua", "leave")) skynet.sleep(1) c:publish("left") skynet.sleep(1)
		out(skynet.call(s, "lua", "join", c.channel)) c:publish("joined again") skynet.sleep(1)
		local d = multicast.new {} out("second channel differs", d.channel ~= c.channel) d:delete() out("publish to a deleted channel", (pcall(d.publish, d, "x")))
		skynet.kill(s) skynet.sleep(1) out("publish to the dead", (pcall(c.publish, c, "x")))
		skynet.abort()
	end)
end
