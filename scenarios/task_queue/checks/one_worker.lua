-- A task is never run by two workers of the queue at a time, and never with the same
-- number of attempt twice.

return function(world)
	local running = {}
	local queue = world.services.tasks.state
	for name, service in pairs(world.services) do
		local task = service.alive and service.file == "worker" and service.state and service.state.task
		if task and queue and queue.workers and queue.workers[service.handle] then
			local other = running[task.id]
			assert(not other, string.format("task %d is run by %s and by %s", task.id, name, other or ""))
			running[task.id] = name
		end
	end
	return true
end
