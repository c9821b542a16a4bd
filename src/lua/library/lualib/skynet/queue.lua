-- skynet.queue: critical sections. Each queue lets one coroutine in at a time, first come first
-- served; the one inside may enter again. Leaving wakes the next one, which runs when the coroutine
-- that left yields or ends.

local skynet = require "skynet"
local running = coroutine.running
local xpcall, traceback = xpcall, debug.traceback

function skynet.queue()
	local owner
	local depth = 0
	local waiting, first, last = {}, 1, 0

	local function leave(ok, ...)
		depth = depth - 1
		if depth == 0 then
			owner = waiting[first]
			if owner then
				waiting[first] = nil
				first = first + 1
				skynet.wakeup(owner)
			end
		end
		assert(ok, ...)
		return ...
	end

	return function(f, ...)
		local co = running()
		if owner and owner ~= co then
			last = last + 1
			waiting[last] = co
			skynet.wait()
			assert(depth == 0)
		end
		owner = co
		depth = depth + 1
		return leave(xpcall(f, traceback, ...))
	end
end

return skynet.queue
