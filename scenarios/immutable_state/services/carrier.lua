-- Moves goods, `rounds` times, some at once over two legs: from one place through the
-- next to the one after.

local skynet = require "skynet"

local rounds = math.tointeger((...))

local PLACES = { "east", "north", "west" }

local outcomes = {}	-- what .stock said -> how often

local function note(version, reason)
	local outcome = version and "moved" or reason
	outcomes[outcome] = (outcomes[outcome] or 0) + 1
end

local handlers = {}

function handlers.work()
	for _ = 1, rounds do
		skynet.sleep(math.random(0, 4))
		local start, count = math.random(#PLACES), math.random(10)
		local moves = {}
		for leg = 0, math.random(0, 1) do
			table.insert(moves, {
				good = "salt",
				count = count,
				from = PLACES[(start + leg - 1) % #PLACES + 1],
				to = PLACES[(start + leg) % #PLACES + 1],
			})
		end
		note(skynet.call(".stock", "lua", "move", moves))
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
