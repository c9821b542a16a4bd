-- An ordinary Skynet service. Only the two lines with `sim` know of skysim, and they do nothing on
-- real Skynet (see lib/sim.lua).

local skynet = require "skynet"
local sim = require "sim"

local total = 0
local last_change = 0

local command = {}

function command.add(amount)
	total = total + amount
	last_change = skynet.now()
	sim.always(total >= 0, "the total is never negative")
	return total
end

function command.get()
	return total
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		skynet.retpack(assert(command[name], "no such command")(...))
	end)
end)
