-- Each timer exists once and has run as often as its interval says, not twice as
-- often: a timer that is started again by its own callback is the usual mistake.

local INTERVALS = { cleanup = "cleanup_every", stats = "stats_every", save = "save_every" }

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
	return true
end
