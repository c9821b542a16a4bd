-- The books of the queue agree with each other: every count with what it counts, and
-- there is nobody in two lists.

return function(world)
	local queue = world.services.tasks.state
	if not (queue and queue.log) then
		return true	-- it is dead, or has not started yet
	end
	local found = { ready = 0, running = 0, waiting = 0, dead = 0 }
	for id, task in pairs(queue.tasks) do
		found[task.state] = found[task.state] + 1
		assert(id <= queue.last_id, "task " .. id .. " is newer than the newest")
		assert(queue.keys[task.key] == id, "the key of task " .. id .. " leads to another one")
	end
	for state, count in pairs(found) do
		assert(queue.states[state] == count,
			string.format("%d tasks are %s, and the queue counts %d", count, state, queue.states[state]))
	end
	assert(#queue.ready.items == found.ready, "tasks that are ready are not in line, or others are")
	local busy, free = 0, 0
	for address, worker in pairs(queue.workers) do
		if worker.task then
			busy = busy + 1
			assert(queue.tasks[worker.task].worker == address, "a worker has somebody else's task")
		else
			free = free + 1
		end
	end
	assert(busy == found.running, string.format("%d tasks run, and %d workers have one", found.running, busy))
	assert(#queue.idle == free, string.format("%d workers have no task, and %d are idle", free, #queue.idle))
	assert(busy + free <= 50, "too many workers")
	return true
end
