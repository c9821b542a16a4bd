-- The policy as it might be changed on a bad day: shorter pauses, more workers.

local policy = { version = 2, max_attempts = 4, silence = 300, standstill = 1500, idle = 200 }

function policy.due(submitted, priority)
	return submitted + (priority - 1) * 500
end

function policy.pause(attempt)
	return 20 * attempt
end

function policy.workers(tasks)
	return math.max(2, math.min(50, (tasks + 1) // 2))
end

return policy
