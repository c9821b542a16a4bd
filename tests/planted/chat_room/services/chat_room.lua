-- Wrong is line 43: it takes a member out of the list that is being walked through, and the one behind is not told.
-- The hub of all chat rooms. It owns the state and talks to the user services;
-- what a room does with a message is decided by room_logic.lua, which can be
-- replaced while people talk.
--
-- A member is a user service: whoever sends "join" is the one who joins, so
-- nobody can speak for somebody else. A command that cannot be done answers
-- false and a reason; only a bug raises an error.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".chat_room"
local LOGIC_FILE = "services/room_logic.lua"
local LOGIC_FUNCTIONS = { "new_room", "join", "say", "leave", "upgrade" }

-- skynet keeps compiled files by name for the whole process. Without clearing
-- that cache, loadfile would return the old code for ever.
local function load_logic()
	skynet.cache.clear()
	local chunk = assert(loadfile(LOGIC_FILE))
	local loaded = chunk()
	for _, name in ipairs(LOGIC_FUNCTIONS) do
		if type(loaded[name]) ~= "function" then
			-- Level 0: the reason goes to the caller, who has no use for a line number.
			error(string.format("room_logic version %s has no function '%s'", loaded.version, name), 0)
		end
	end
	return loaded
end

local logic = load_logic()
local rooms = {}	-- name -> room, see room_logic.lua

-- Tells every member. skynet.send returns nothing when the address belongs to no
-- service: that member died, is taken out, and the others hear about it. A member
-- who dies with our message still in its mailbox is noticed at the next broadcast.
-- Members are told in the order in which they joined (pairs() would have no order).
local function broadcast(room, message)
	local news = {}
	for _, member in ipairs(room.members) do
		if not skynet.send(member.address, "lua", "deliver", room.name, message) then
			table.insert(news, logic.leave(room, member.address, "lost", skynet.time()))
		end
	end
	for _, lost in ipairs(news) do
		broadcast(room, lost)
	end
	if #room.members == 0 then
		rooms[room.name] = nil
	end
end

local function find_room(name)
	local room = rooms[name]
	if not room then
		return nil, "no such room"
	end
	return room
end

local handlers = {}

function handlers.join(source, room_name, user_name)
	if type(room_name) ~= "string" or type(user_name) ~= "string" then
		return false, "a room and a name are needed"
	end
	local room = rooms[room_name] or logic.new_room(room_name)
	local message, reason = logic.join(room, source, user_name, skynet.time())
	if not message then
		return false, reason
	end
	rooms[room_name] = room
	broadcast(room, message)
	return true
end

-- Answers the number of the message.
function handlers.say(source, room_name, text)
	local room, reason = find_room(room_name)
	if not room then
		return false, reason
	end
	if type(text) ~= "string" then
		return false, "the text must be a string"
	end
	local message
	message, reason = logic.say(room, source, text, skynet.time())
	if not message then
		return false, reason
	end
	broadcast(room, message)
	return message.seq
end

function handlers.leave(source, room_name)
	local room, reason = find_room(room_name)
	if not room then
		return false, reason
	end
	local message
	message, reason = logic.leave(room, source, "leave", skynet.time())
	if not message then
		return false, reason
	end
	broadcast(room, message)
	return true
end

-- The last messages of a room, the oldest first.
function handlers.history(_, room_name)
	local room, reason = find_room(room_name)
	if not room then
		return false, reason
	end
	return room.history
end

function handlers.members(_, room_name)
	local room, reason = find_room(room_name)
	if not room then
		return false, reason
	end
	local names = {}
	for _, member in ipairs(room.members) do
		table.insert(names, member.name)
	end
	return names
end

function handlers.version()
	return logic.version
end

-- All or nothing. The new logic and the upgraded rooms are complete before either
-- is used, and nothing here yields: no message is ever handled by half a reload.
function handlers.reload()
	local ok, new_logic, new_rooms = pcall(function()
		local loaded = load_logic()
		local upgraded = {}
		for name, room in pairs(rooms) do
			upgraded[name] = loaded.upgrade(room)
		end
		return loaded, upgraded
	end)
	if not ok then
		local reason = new_logic
		skynet.error("reload refused: " .. tostring(reason))
		return false, reason
	end
	logic, rooms = new_logic, new_rooms
	skynet.error(string.format("room_logic version %d is in use", logic.version))
	return logic.version
end

skynet.start(function()
	-- skynet.register says nothing when the name is taken, so look.
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")

	-- A call must be answered, a send must not: skynet.retpack knows which it is.
	skynet.dispatch("lua", function(_, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(source, ...))
	end)
end)
