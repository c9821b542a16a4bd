-- A store that takes its time: `get` says whether there is such a key, and its value.

local skynet = require "skynet"

local name, ticks = ...

local values = {}
local asking = {}	-- key -> how many ask for it now
local most = {}	-- key -> how many have asked at once
local commands = {}

function commands.get(key)
	asking[key] = (asking[key] or 0) + 1
	most[key] = math.max(most[key] or 0, asking[key])
	skynet.sleep(tonumber(ticks))
	asking[key] = asking[key] - 1
	return values[key] ~= nil, values[key]
end

function commands.set(key, value)
	values[key] = value
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(session, _, command, ...)
		local result = table.pack(commands[command](...))
		if session ~= 0 then
			skynet.retpack(table.unpack(result, 1, result.n))
		end
	end)
	skynet.register(name)
end)
