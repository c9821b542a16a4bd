-- Submits tasks, several at once, and remembers the answers.

local skynet = require "skynet"

local first, count = ...
first, count = math.tointeger(first), math.tointeger(count)

local answers = {}	-- task -> what came of it: a result, or the reason why there is none
local twice = 0	-- answers to tasks that were answered already

local handlers = {}

function handlers.work()
	local open = count
	for task = first, first + count - 1 do
		skynet.fork(function()
			local ok, result = skynet.call(".pool", "lua", "submit", task)
			if answers[task] ~= nil then
				twice = twice + 1
			end
			answers[task] = ok and result or tostring(result)
			open = open - 1
		end)
		skynet.sleep(math.random(0, 4))
	end
	while open > 0 do
		skynet.sleep(1)
	end
	return true
end

function handlers.answers()
	return answers, twice
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command)
		skynet.retpack(handlers[command]())
	end)
end)
