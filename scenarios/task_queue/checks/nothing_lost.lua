-- Every task that was accepted has had its effect, or is still in the queue's books; and
-- nothing had an effect that nobody submitted.

return function(world)
	local queue, ledger = world.services.tasks.state, world.services.ledger.state
	local known = {}
	for name, service in pairs(world.services) do
		if service.file == "producer" then
			local state = service.state
			local answered = 0
			for key, id in pairs(state.accepted) do
				answered = answered + 1
				local task = queue.tasks[id]
				assert(task and task.key == key or ledger.effects[key],
					string.format("task %d (%s) was accepted and is lost", id, key))
			end
			for _ in pairs(state.refused) do
				answered = answered + 1
			end
			assert(answered == state.submitted, string.format("%s still waits for %d answers", name, state.submitted - answered))
			for index = 1, state.submitted do
				known[name .. "-" .. index] = true
			end
		end
	end
	for key in pairs(ledger.effects) do
		assert(known[key], "nobody submitted " .. key)
	end
	return true
end
