-- Who is due when? Buckets of ids by minute, so that a look at the clock costs as much as
-- what is due, and not as much as there is. No timer for each id: Skynet cannot cancel
-- one, and what its function has captured lives until it fires.

local wheel = {}
wheel.__index = wheel

local MINUTE = 6000	-- ticks

function wheel.new(now)
	return setmetatable({ buckets = {}, done = now // MINUTE }, wheel)
end

-- At the end of the minute in which `due` lies.
function wheel:add(id, due)
	local minute = due // MINUTE
	local bucket = self.buckets[minute]
	if not bucket then
		bucket = {}
		self.buckets[minute] = bucket
	end
	table.insert(bucket, id)
end

-- All that are due and have not been taken yet, in the order of adding.
function wheel:take(now)
	local taken = {}
	for minute = self.done, now // MINUTE - 1 do
		for _, id in ipairs(self.buckets[minute] or {}) do
			table.insert(taken, id)
		end
		self.buckets[minute] = nil
	end
	self.done = now // MINUTE
	return taken
end

return wheel
