-- What a room does, as plain functions over plain data. No skynet in here: a
-- function of this file never yields and never sends, so chat_room.lua may swap
-- the whole file between two messages (see handlers.reload there).
--
-- A room is { name, last_seq, members = { member... }, history = { message... } }.
-- Functions that change a room return the message that the members must hear,
-- or nil and the reason why nothing changed.

local HISTORY_LIMIT = 100

local logic = { version = 1 }

local function find(room, address)
	for index, member in ipairs(room.members) do
		if member.address == address then
			return member, index
		end
	end
end

-- Every message gets the next number of its room: whoever sees 7 and then 9
-- knows that something is missing.
local function record(room, message)
	room.last_seq = room.last_seq + 1
	message.seq = room.last_seq
	table.insert(room.history, message)
	if #room.history > HISTORY_LIMIT then
		table.remove(room.history, 1)
	end
	return message
end

function logic.new_room(name)
	return { name = name, last_seq = 0, members = {}, history = {} }
end

function logic.join(room, address, name, time)
	if find(room, address) then
		return nil, "already in the room"
	end
	for _, member in ipairs(room.members) do
		if member.name == name then
			return nil, "name is taken"
		end
	end
	table.insert(room.members, { address = address, name = name })
	return record(room, { kind = "join", from = name, time = time })
end

function logic.say(room, address, text, time)
	local member = find(room, address)
	if not member then
		return nil, "not in the room"
	end
	return record(room, { kind = "say", from = member.name, text = text, time = time })
end

-- kind is "leave" for somebody who said goodbye, "lost" for somebody who died.
function logic.leave(room, address, kind, time)
	local member, index = find(room, address)
	if not member then
		return nil, "not in the room"
	end
	table.remove(room.members, index)
	return record(room, { kind = kind, from = member.name, time = time })
end

-- Makes a room of this version out of a room that another version left behind.
-- It must not touch the old one: if the upgrade fails, the old one stays in use.
function logic.upgrade(old)
	return {
		name = old.name,
		last_seq = old.last_seq,
		members = old.members,
		history = old.history,
	}
end

return logic
