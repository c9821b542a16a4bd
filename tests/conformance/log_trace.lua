-- thread = 1
-- log
-- The lines of skynet.trace: calls, sleeps, and the end of every coroutine that has a tag.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, what)
			skynet.sleep(1)
			skynet.fork(function() assert(skynet.tracetag() == nil) end)
			if what == "error" then error "wrong" end
			skynet.retpack(what)
			skynet.yield()
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		skynet.sleep(1)
		skynet.trace()
		skynet.call(s, "lua", "a")
		skynet.sleep(2)
		skynet.fork(function() skynet.trace() skynet.sleep(1) skynet.call(s, "lua", "b") end)
		skynet.sleep(5)
		skynet.fork(function() skynet.trace() error "failing" end)
		skynet.sleep(5)
		skynet.timeout(1, function() skynet.trace "in timeout" end)
		skynet.sleep(5)
		pcall(skynet.call, s, "lua", "error")
		skynet.sleep(5)
		local co = coroutine.running()
		skynet.fork(function() skynet.wakeup(co) end)
		skynet.wait()
		skynet.sleep(1)
		print "> done"
		skynet.abort()
	end)
end
