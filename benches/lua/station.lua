-- One of a line of stations: what it is asked goes through all behind it, and the answers come back.
local skynet = require "skynet"
require "skynet.manager"

local name, following = ...
local handlers, seen = {}, 0

function handlers.pass(text)
	seen = seen + 1
	if not following then
		return text .. name, seen
	end
	local reply, total = skynet.call(following, "lua", "pass", text .. name)
	return reply, total + seen
end

function handlers.work(rounds)
	local total = 0
	for round = 1, rounds do
		local _, count = skynet.call(following, "lua", "pass", "r" .. round)
		total = total + count
	end
	return total
end

skynet.start(function()
	skynet.register("." .. name)
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.ret(skynet.pack(handlers[command](...)))
	end)
end)
