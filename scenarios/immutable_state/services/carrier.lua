-- Moves goods, `rounds` times, some at once over two legs: from one place through the
-- next to the one after.

local skynet = require "skynet"

local rounds = math.tointeger((...))

local PLACES = { "east", "north", "west" }

local outcomes = {}	-- what .stock said -> how often

local carried = {}	-- place -> how much we have brought there, less what we took away

local function note(moves, version, reason)
	local outcome = version and "moved" or reason
	outcomes[outcome] = (outcomes[outcome] or 0) + 1
	for _, move in ipairs(version and moves or {}) do
		carried[move.from] = (carried[move.from] or 0) - move.count
		carried[move.to] = (carried[move.to] or 0) + move.count
	end
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
		note(moves, skynet.call(".stock", "lua", "move", moves))
	end
	return true
end

function handlers.outcomes()
	return outcomes, carried
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command)
		skynet.retpack(handlers[command]())
	end)
end)
