-- What the task queue decides by numbers, as plain functions: no skynet in here, so that
-- tasks.lua may swap the whole file between two messages (see handlers.reload there).
-- Time is in ticks of 10 ms.

local PATIENCE = 1000	-- by how much a step in priority puts a task behind
local FIRST_PAUSE, LONGEST_PAUSE = 100, 3000
local TASKS_PER_WORKER = 5
local MIN_WORKERS, MAX_WORKERS = 2, 50

local policy = {
	version = 1,
	max_attempts = 4,
	silence = 300,	-- a worker that is silent for longer counts as dead
	standstill = 1500,	-- a task without progress for longer is taken away
	idle = 1000,	-- a worker that nobody needs leaves after so long
}

-- Tasks are run in the order of this moment. Priority 1 comes first, but a task of
-- priority 3 waits for nothing that is submitted two patiences after it: none starves.
function policy.due(submitted, priority)
	return submitted + (priority - 1) * PATIENCE
end

-- The pause after a failed attempt: 1 s, 2 s, 4 s, .. 30 s.
function policy.pause(attempt)
	return math.min(FIRST_PAUSE << math.min(attempt - 1, 10), LONGEST_PAUSE)
end

-- How many workers there should be for so many tasks that wait or run.
function policy.workers(tasks)
	local wanted = (tasks + TASKS_PER_WORKER - 1) // TASKS_PER_WORKER
	return math.max(MIN_WORKERS, math.min(MAX_WORKERS, wanted))
end

return policy
