-- Half of each pause is by chance. From the database's own book: of those between attempts that it refused, one at
-- least is shorter than the whole back-off. Where none is, all who lost the database come back to it together.

local FIRST, MAX = 20, 320	-- the pause of 10 ticks is before the first attempt
local ENOUGH = 6	-- by chance all of so many are long once in a hundred thousand times

return function(world)
	local state = world.services.database.state
	if not (state and state.connects) then
		return true	-- killed, or not started yet
	end
	local last, backoff = {}, {}
	local pauses, short = 0, 0
	for _, connect in ipairs(state.connects) do
		local client = connect.client
		local before = last[client]
		if before and not before.served then
			pauses = pauses + 1
			if connect.time - before.time < backoff[client] then
				short = short + 1
			end
			backoff[client] = math.min(backoff[client] * 2, MAX)
		else
			backoff[client] = FIRST
		end
		last[client] = connect
	end
	if sim.sometimes(pauses >= ENOUGH, "there are pauses to compare") then
		assert(short > 0, string.format("%d pauses, and none of them by chance", pauses))
	end
	return true
end
