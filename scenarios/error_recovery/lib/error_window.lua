-- The errors of the last while, at most `max` of them: whoever keeps more than he
-- compares with has a leak. A ring: `oldest` is the place that is written next, and so
-- holds the oldest time.
--
-- Times are ticks of skynet.now(). skynet.time() is the wall clock: when that is set
-- back, errors would not grow old.

local error_window = {}
error_window.__index = error_window

function error_window.new(max, ticks)
	return setmetatable({ max = max, ticks = ticks, times = {}, oldest = 1 }, error_window)
end

-- Answers whether there have been `max` errors in the last `ticks`, this one included.
function error_window:record(now)
	self.times[self.oldest] = now
	self.oldest = self.oldest % self.max + 1
	local first = self.times[self.oldest]
	return first ~= nil and now - first < self.ticks
end

function error_window:clear()
	self.times = {}
	self.oldest = 1
end

return error_window
