-- Doubles numbers.

local skynet = require "skynet"

local number = ...

skynet.start(function()
	skynet.register("WORKER_" .. number)
	skynet.dispatch("lua", function(_, _, command, task)
		assert(command == "process", command)
		skynet.retpack(2 * task)
	end)
end)
