-- Adds to a sum, again and again, and remembers what became of each request.

local skynet = require "skynet"

local name, rounds = ...
rounds = math.tointeger(rounds)

local outcomes = {}	-- id -> "accepted", "error" or the reason of a refusal

local handlers = {}

-- Several requests at once, after random pauses.
function handlers.work()
	local open = 0
	for round = 1, rounds do
		local id = name .. round
		open = open + 1
		skynet.fork(function()
			local ok, accepted, reason = pcall(skynet.call, ".server", "lua", "add", id, name, 1)
			outcomes[id] = not ok and "error" or accepted and "accepted" or reason
			open = open - 1
		end)
		skynet.sleep(math.random(0, 3))
	end
	while open > 0 do
		skynet.sleep(1)
	end
	return true
end

function handlers.outcomes()
	return outcomes
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command)
		skynet.retpack(handlers[command]())
	end)
end)
