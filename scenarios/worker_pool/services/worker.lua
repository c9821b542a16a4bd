-- Works. A task is a number, and its result twice that.

local skynet = require "skynet"

local id = math.tointeger((...))
local in_work = 0
local leaving = false

local handlers = {}

-- Answers true and the result, or false and what is wrong with the task.
function handlers.process(task)
	in_work = in_work + 1
	skynet.sleep(math.random(1, 5))
	in_work = in_work - 1
	if leaving and in_work == 0 then
		skynet.fork(skynet.exit)	-- after the answer
	end
	if task == "poison" then
		skynet.exit()	-- in the middle of the work, without an answer
	elseif type(task) ~= "number" then
		return false, "not a number"
	end
	return true, 2 * task
end

function handlers.leave()
	leaving = true
	if in_work == 0 then
		skynet.exit()
	end
end

skynet.start(function()
	assert(id, "a worker needs a number")
	skynet.dispatch("lua", function(session, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		elseif session == 0 then
			handler(...)
		else
			skynet.retpack(handler(...))
		end
	end)
end)
