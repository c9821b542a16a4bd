-- A chat room. Every line goes through the censor before it is shown.

local skynet = require "skynet"

local name = ...
local lines = {}

local CMD = {}

function CMD.say(who, text)
	local clean = skynet.call(".censor", "lua", "check", text)
	table.insert(lines, string.format("[%s] %s: %s", name, who, clean))
	return #lines
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
