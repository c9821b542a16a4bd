-- The ranking of a tournament: points by player, and the best of them.

local skynet = require "skynet"
require "skynet.manager"

local points = {}

local CMD = {}

function CMD.score(name, count)
	points[name] = (points[name] or 0) + count
	return points[name]
end

function CMD.top(count)
	local list = {}
	for name, score in pairs(points) do
		table.insert(list, { name = name, score = score })
	end
	table.sort(list, function(a, b)
		if a.score ~= b.score then
			return a.score > b.score
		end
		return a.name < b.name
	end)
	local names = {}
	for place = 1, math.min(count, #list) do
		names[place] = list[place].name
	end
	return names
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".ranking"
end)
