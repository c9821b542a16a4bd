-- Trace tags: inherited by calls, forks do not have them, traceproto, no time is printed.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		skynet.dispatch("lua", function(_, source, cmd, next)
			local tag = skynet.tracetag()
			out(mode, cmd, type(tag), tag and tag:match("%-%d+$"))
			if next then out(mode, "nested", skynet.call(next, "lua", "deeper")) end
			skynet.fork(function() out(mode, "fork has", skynet.tracetag()) end)
			skynet.yield() out(mode, "kept over a yield", skynet.tracetag() == tag)
			skynet.retpack(cmd)
		end)
		if mode == "off" then skynet.traceproto("lua", false) elseif mode == "on" then skynet.traceproto("lua", true) end
	end)
else
	skynet.start(function()
		local a, b, off, on = skynet.newservice(SERVICE_NAME, "a"), skynet.newservice(SERVICE_NAME, "b"), skynet.newservice(SERVICE_NAME, "off"), skynet.newservice(SERVICE_NAME, "on")
		out("no tag", skynet.tracetag()) out(skynet.call(a, "lua", "plain"))
		skynet.trace("info") local tag = skynet.tracetag() out("tag", tag == skynet.address(skynet.self()) .. "-1")
		out(skynet.call(a, "lua", "traced", b)) out("off", skynet.call(off, "lua", "traced", a))
		skynet.trace() out("second tag", skynet.tracetag():match("%-%d+$"))
		out("send is not traced", skynet.send(a, "lua", "send")) skynet.sleep(1)
		skynet.fork(function() out("fork", skynet.tracetag(), skynet.call(a, "lua", "from fork")) out(skynet.call(on, "lua", "on")) end) skynet.sleep(2)
		out("tracecall", skynet.unpack(skynet.tracecall("own-77", a, "lua", skynet.pack("tracecalled", b))))
		out("unknown protocol", (pcall(skynet.traceproto, "nosuch", true)))
		skynet.abort()
	end)
end
