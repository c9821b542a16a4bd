-- The lobby: opens rooms, leads players to them, and closes rooms in which nothing happens.

local skynet = require "skynet"
require "skynet.manager"

local IDLE = 100	-- hundredths of a second

local rooms = {}

local CMD = {}

function CMD.open(name)
	rooms[name] = { address = skynet.newservice("room", name), used = skynet.now(), calls = 0 }
	return true
end

function CMD.say(name, who, text)
	local room = rooms[name]
	if not room then
		return false, "no such room"
	end
	room.calls = room.calls + 1
	local ok, said = pcall(skynet.call, room.address, "lua", "say", who, text)
	room.calls = room.calls - 1
	room.used = skynet.now()
	return ok and said
end

local function sweep()
	skynet.timeout(50, sweep)
	for name, room in pairs(rooms) do
		if room.calls == 0 and skynet.now() - room.used > IDLE then
			rooms[name] = nil
			skynet.kill(room.address)
		end
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.timeout(50, sweep)
	skynet.register ".lobby"
end)
