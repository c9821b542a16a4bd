-- What `skysim serve` and `skysim report` show of the queue, from its private state.

local STATES = { "ready", "running", "waiting", "dead" }

return function(world)
	local names = {}	-- address -> name
	for name, service in pairs(world.services) do
		names[service.handle] = name
	end
	local queue = world.services.tasks and world.services.tasks.state
	-- While it is dead there are no numbers, and the lines have a gap.
	local lives = queue and queue.log

	local counts, ended, scaling = {}, {}, {}
	local workers, letters, waiting = {}, {}, {}
	if lives then
		for index, state in ipairs(STATES) do
			counts[index] = { state, queue.states[state] }
		end
		ended = { { "done", queue.counts.done }, { "failed attempts", queue.counts.failed } }
		local count, busy = 0, 0
		for address, worker in pairs(queue.workers) do
			count = count + 1
			local task = worker.task and queue.tasks[worker.task]
			if task then
				busy = busy + 1
			end
			table.insert(workers, {
				names[address] or string.format(":%08x", address),
				task and task.key or "idle",
				task and task.kind or "",
				task and task.attempts or "",
				task and { part = task.progress } or "",
			})
		end
		table.sort(workers, function(a, b) return #a[1] < #b[1] or #a[1] == #b[1] and a[1] < b[1] end)
		scaling = { { "workers", count }, { "with a task", busy } }
		local ids = {}
		for id in pairs(queue.tasks) do
			table.insert(ids, id)
		end
		table.sort(ids)
		for _, id in ipairs(ids) do
			local task = queue.tasks[id]
			if task.state == "dead" then
				table.insert(letters, { task.key, task.kind, task.attempts, task.reason })
			elseif task.state == "waiting" then
				table.insert(waiting, { task.key, task.kind, task.attempts, task.reason })
			end
		end
	end
	return {
		{ title = "Tasks in the queue", lines = counts },
		{ title = "Workers over time", lines = scaling },
		{ title = "Workers now", columns = { "worker", "task", "kind", "attempt", "progress" }, rows = workers },
		{ title = "Dead letters", columns = { "task", "kind", "attempts", "reason" }, rows = letters },
		{ title = "Tasks that ended", lines = ended },
		{ title = "Waiting for another attempt", columns = { "task", "kind", "attempts", "reason" }, rows = waiting },
	}
end
