-- At every moment: never more workers than wanted, no worker twice, and the account of
-- the tasks is right.

return function(world)
	local pool = world.services.pool.state
	if not (pool and pool.counters) then
		return true	-- not started yet
	end
	assert(#pool.workers <= pool.wanted, ("%d workers, %d wanted"):format(#pool.workers, pool.wanted))
	assert(pool.turn >= 0 and pool.turn <= #pool.workers, "nobody has turn " .. pool.turn)
	-- Who was given up is gone: each place in turn belongs to a worker made since.
	assert(#pool.workers <= pool.last_id - pool.counters.replaced, "a worker that was given up still has its turn")
	local seen = {}
	for _, worker in ipairs(pool.workers) do
		assert(not seen[worker.id], "worker " .. worker.id .. " is there twice")
		seen[worker.id] = true
	end
	local c = pool.counters
	assert(c.answered + c.failed <= c.accepted, "more answers than tasks")
	assert(c.replaced <= c.retried + c.failed, "a worker was replaced that had no task")
	return true
end
