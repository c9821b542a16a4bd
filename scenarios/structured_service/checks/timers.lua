-- Each timer exists once and has run as often as its interval says, not twice as
-- often: a timer that is started again by its own callback is the usual mistake.
-- A timer that somebody starts again has a new table, and its counts are right. So the coroutines are
-- counted as well: while nothing is asked and nothing saved there is one for each timer, and no other.

local INTERVALS = { cleanup = "cleanup_every", stats = "stats_every", save = "save_every" }
local COUNT = 3

return function(world)
	local state = world.services.server.state
	for name, key in pairs(INTERVALS) do
		local timer = state.timers[name]
		assert(timer, name .. " was never started")
		local rounds = (world.now - timer.started / 100) // state.config[key]
		-- One more or less: now and the last round may fall on the same tick.
		assert(math.abs(timer.runs - rounds) <= 1,
			string.format("%s ran %d times, not %d", name, timer.runs, rounds))
	end
	for _, entry in ipairs(world.history) do
		if entry.kind == "call" and entry.to == "server" and entry.args[1] == "STAT" then
			local waiting = entry.result[1].task
			assert(waiting == COUNT, string.format("%d coroutines wait, and there are %d timers", waiting, COUNT))
		end
	end
	return true
end
