-- thread = 1
-- killthread of forked, sleeping, waiting, timed and calling coroutines, of a handler, by text, of nobody.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	local tasks = {}
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd)
			if cmd == "hang" then tasks[#tasks + 1] = coroutine.running() skynet.wait({}) end
			if cmd == "kill" then for _, t in ipairs(tasks) do out("  kill", skynet.killthread(t) == t) end tasks = {} end
			if cmd == "slow" then skynet.sleep(4) end
			skynet.retpack(cmd)
		end)
	end)
else
	skynet.start(function()
		skynet.dispatch_unknown_response(function(session, source, msg, sz) out("unknown response", source == 0, sz) end)
		local s = skynet.newservice(SERVICE_NAME, "slave")
		local function kill(label, co) out(label, skynet.killthread(co) == co, coroutine.status(co), skynet.killthread(co)) end
		local forked = skynet.fork(function() out("never") end) skynet.fork(function() out("the fork after it runs") end) kill("forked", forked) skynet.yield()
		local sleeping = skynet.fork(function() skynet.sleep(3, "s") out("never") end) skynet.yield() kill("sleeping", sleeping) out("its token is free", skynet.wakeup("s"))
		skynet.sleep(5)
		local waiting = skynet.fork(function() skynet.wait("w") out("never") end) skynet.yield() kill("waiting", waiting)
		kill("timer", skynet.timeout(2, function() out("never") end)) skynet.sleep(4)
		local calling = skynet.fork(function() out("never", pcall(skynet.call, s, "lua", "slow")) end) skynet.yield() kill("calling", calling) skynet.sleep(8)
		skynet.fork(function() out("hanging call 1", pcall(skynet.call, s, "lua", "hang")) end)
		skynet.fork(function() out("hanging call 2", pcall(skynet.call, s, "lua", "hang")) end)
		skynet.yield() out(skynet.call(s, "lua", "kill")) skynet.sleep(1)
		local text = skynet.fork(function() skynet.wait({}) end) skynet.yield()
		out("by text", skynet.killthread(tostring(text)) == text)
		out("nobody", skynet.killthread("no such thread"), skynet.killthread(coroutine.create(print)))
		out("nil", pcall(skynet.killthread, nil))
		out("myself", skynet.killthread(coroutine.running()))
		out("two sleepers, kill one")
		local a = skynet.fork(function() skynet.sleep(3) out("never") end) local b = skynet.fork(function() skynet.sleep(3) out("b lives") end) skynet.yield() skynet.killthread(a)
		skynet.sleep(6)
		out("tasks", skynet.task())
		skynet.abort()
	end)
end
