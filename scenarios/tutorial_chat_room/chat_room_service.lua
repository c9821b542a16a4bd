-- Rooms and users, told in the order in which they came to mind.

local skynet = require "skynet"

local rooms = {}	-- name -> { users = set of numbers, messages = list }
local users = {}	-- number -> { name, room }
local commands = {}

function commands.join(number, room, name)
	rooms[room] = rooms[room] or { users = {}, messages = {} }
	rooms[room].users[number] = true	-- and still in the room before
	users[number] = { name = name, room = room }
	tell_everybody(room, name .. " is here")	-- a global, which nobody has set
	return true
end

function commands.message(number, text)
	local user = users[number]
	table.insert(rooms[user.room].messages, text)
	tell_everybody(user.room, text)
	return true
end

local function tell_everybody(room, text)
	for number in pairs(rooms[room].users) do
		local user = skynet.query("USER_" .. number)
		if user then
			skynet.send(user, "lua", "deliver_message", text)
		end
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		-- The caller learns that something failed, and not what; of two results, he gets one.
		local ok, result = pcall(commands[command], ...)
		if not ok then
			skynet.error("this failed: " .. result)
		end
		skynet.retpack(ok and result)
	end)
	skynet.register "CHAT_ROOM_SERVICE"
	skynet.exit()	-- as an example does, and no service
end)
