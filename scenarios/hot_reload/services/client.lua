-- Adds to the ledger, many at a time, and keeps the answers: skynet.newservice("client", "ann").

local skynet = require "skynet"

local name = ...

local asked = 0
local answers = {}	-- { id, amount, ok, generation } in the order in which they came

local function add()
	asked = asked + 1
	local id, amount = name .. asked, asked % 7 + 1
	if asked % 20 == 0 then
		amount = 1000	-- too much
	end
	local generation, ok = skynet.call(".ledger", "lua", "add", id, name, amount)
	table.insert(answers, { id = id, amount = amount, ok = ok, generation = generation })
end

local handlers = {}

-- `count` requests, some of them at once.
function handlers.work(count)
	skynet.fork(function()
		for _ = 1, count do
			skynet.fork(add)
			skynet.sleep(math.random(0, 6))
		end
	end)
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
end)
