-- Counts things by name, for the monitoring.

local skynet = require "skynet"
require "skynet.manager"

local counts = {}

local CMD = {}

function CMD.count(name)
	counts[name] = (counts[name] or 0) + 1
	return counts[name]
end

skynet.start(function()
	skynet.dispatch("lua", function(session, _, command, ...)
		local count = CMD[command](...)
		if session ~= 0 then
			skynet.retpack(count)
		end
	end)
	skynet.register ".metrics"
end)
