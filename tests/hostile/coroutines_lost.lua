-- exit: 0
-- out: > done
-- Coroutines that never run, or never go on, are collected.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	skynet.yield()
	collectgarbage()
	local before = collectgarbage("count")
	for _ = 1, 20000 do
		skynet.killthread(skynet.fork(print))
	end
	for _ = 1, 100 do
		for _ = 1, 100 do skynet.fork(coroutine.yield) end
		skynet.yield()
	end
	collectgarbage()
	local more = collectgarbage("count") - before
	assert(more < 1000, more)
	print("> done")
	skynet.abort()
end)
