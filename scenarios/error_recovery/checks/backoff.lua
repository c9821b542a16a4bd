-- No recovery storm. From the database's own book: as long as no query was served in
-- between, each attempt of a client comes later after the one before it than that did
-- at least, until the longest pause is reached. Pauses: half of 10, 20, .. 320 ticks.

local MIN, MAX = 10, 320
local TOGETHER_MAX = 4	-- in a row: by chance that is one in thousands

return function(world)
	local state = world.services.database.state
	if not (state and state.connects) then
		return true	-- killed, or not started yet
	end
	local last, backoff = {}, {}
	local together, previous = 0, nil
	for _, connect in ipairs(state.connects) do
		-- Clients that fail together must not come back together, again and again.
		if previous and previous.client ~= connect.client then
			together = previous.time == connect.time and together + 1 or 0
			assert(together < TOGETHER_MAX, "clients come back at the same moment time after time")
		end
		previous = connect
		local before = last[connect.client]
		if before and not before.served then
			local least = backoff[connect.client] // 2
			local pause = connect.time - before.time
			assert(pause >= least, string.format("an attempt to connect %d ticks after the last one, not %d", pause, least))
			backoff[connect.client] = math.min(backoff[connect.client] * 2, MAX)
		else
			backoff[connect.client] = MIN
		end
		last[connect.client] = connect
	end
	return true
end
