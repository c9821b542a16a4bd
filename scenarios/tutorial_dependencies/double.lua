-- Stands in for somebody whom others depend on.

local skynet = require "skynet"

local name = ...

local commands = {}

function commands.get(whose)
	return true, { of = whose }
end

function commands.ping()
	return true, "pong"
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(commands[command](...))
	end)
	skynet.register(name)
end)
