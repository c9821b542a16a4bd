-- Nobody has died: of the workers none was given more than one task more than another, and no
-- task has failed.

return function(world)
	local pool = world.services.pool.state
	local least, most = math.huge, 0
	for _, worker in ipairs(pool.workers) do
		least, most = math.min(least, worker.given), math.max(most, worker.given)
	end
	assert(most - least <= 1, ("one worker was given %d tasks, another %d"):format(most, least))
	assert(pool.counters.failed == 1 and pool.counters.replaced == 0, "a task failed, or a worker was replaced")
	return true
end
