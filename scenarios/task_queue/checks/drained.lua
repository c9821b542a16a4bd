-- Nothing is left to do: all tasks are done, or dead letters with a reason.

return function(world)
	local queue = world.services.tasks.state
	for id, task in pairs(queue.tasks) do
		assert(task.state == "dead", "task " .. id .. " is still " .. task.state)
		assert(task.reason, "dead letter " .. id .. " has no reason")
	end
	return true
end
