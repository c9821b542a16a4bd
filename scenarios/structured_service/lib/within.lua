-- Runs a function for so many ticks at most: true and what it answers, or false and why there is nothing. A client of
-- a store waits for ever if the store says nothing; whoever serves others must not.

local skynet = require "skynet"

return function(ticks, run, ...)
	local waiting = coroutine.running()
	local results
	skynet.fork(function(...)
		results = table.pack(pcall(run, ...))
		if waiting then
			skynet.wakeup(waiting)
		end
	end, ...)
	skynet.sleep(ticks)
	waiting = nil
	if not results then
		return false, "no answer"
	end
	return table.unpack(results, 1, results.n)
end
