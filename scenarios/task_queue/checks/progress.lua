-- The queue knows how far a task is, and not only that it runs.

return function(world)
	local queue = world.services.tasks.state
	local known = false
	for _, task in pairs(queue and queue.tasks or {}) do
		local progress = task.progress or 0
		assert(progress <= 1, "more than all of task " .. task.id .. " is done")
		known = known or progress > 0 and progress < 1
	end
	sim.sometimes(known, "how far a task is")
	return true
end
