-- Asks a gateway again and again, without waiting for one answer before the next
-- question: skynet.newservice("client", ".gateway1").

local skynet = require "skynet"

local gateway = ...

local asked = 0
local answered = { good = 0, ["not connected"] = 0 }	-- reason -> how many
local slowest = 0	-- ticks
local last = nil	-- what the newest answer was

local function ask(key)
	local began = skynet.now()
	asked = asked + 1
	local ok, value = skynet.call(gateway, "lua", "get", key)
	local kind = ok and "good" or value
	answered[kind] = (answered[kind] or 0) + 1
	last = kind
	slowest = math.max(slowest, skynet.now() - began)
end

local handlers = {}

-- `count` questions, one each `ticks`.
function handlers.work(count, ticks, key)
	skynet.fork(function()
		for _ = 1, count do
			skynet.fork(ask, key)
			skynet.sleep(ticks)
		end
	end)
	return true
end

function handlers.last()
	return last
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
