-- Runs tasks for the queue that started it, one at a time, and says every second that
-- it lives and how far it is: skynet.newservice("worker", ".tasks").

local skynet = require "skynet"
local jobs = require "jobs"

local HEARTBEAT = 100	-- ticks

local queue = ...

local task = nil	-- { id, attempt, progress } while one runs
local stopping = false

-- Whoever has the name now: the queue may have died and come back. A message to nobody
-- is no loss, since tasks without a worker are run again.
local function tell(...)
	local address = skynet.localname(queue)
	if address then
		skynet.send(address, "lua", ...)
	end
end

local function run(kind, payload)
	local job = jobs[kind]
	if not job then
		error("no such kind of task: " .. tostring(kind), 0)
	end
	local mine = task
	return job(payload, mine.attempt, function(part)
		mine.progress = part
	end)
end

local handlers = {}

function handlers.run(id, attempt, kind, payload)
	assert(not task, "a worker has one task at a time")
	task = { id = id, attempt = attempt, progress = 0 }
	local ok, result = pcall(run, kind, payload)
	task = nil
	tell(ok and "done" or "failed", id, attempt, result)
	if stopping then
		skynet.exit()
	end
end

-- It leaves when it has done what it does.
function handlers.stop()
	stopping = true
	if not task then
		skynet.exit()
	end
end

skynet.start(function()
	skynet.fork(function()
		while true do
			skynet.sleep(HEARTBEAT)
			if task then
				tell("heartbeat", task.id, task.attempt, task.progress)
			else
				tell("heartbeat")
			end
		end
	end)
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		handler(...)	-- all commands are sends
	end)
end)
