-- At the end every task has been answered once, rightly or with a reason, and the pool is
-- as large as it should be.

local REASONS = { ["no worker"] = true, ["given up"] = true }

return function(world)
	local pool = world.services.pool.state
	local c = pool.counters
	assert(c.accepted == c.answered + c.failed, c.accepted - c.answered - c.failed .. " tasks are open")
	assert(#pool.workers == pool.wanted, ("%d workers, %d wanted"):format(#pool.workers, pool.wanted))
	local given_up = 0
	for name, service in pairs(world.services) do
		if name:find("^customer") then
			assert(service.state.twice == 0, name .. " was answered twice")
			for task, answer in pairs(service.state.answers) do
				assert(answer == 2 * task or REASONS[answer], ("task %s was answered %s"):format(task, answer))
				given_up = given_up + (answer == "given up" and 1 or 0)
			end
		end
	end
	-- Only after three workers: the task of one that dies goes to the next.
	assert(2 * given_up <= c.retried, ("%d tasks were given up, and %d times one was tried again"):format(given_up, c.retried))
	return true
end
