-- Version 2: long messages are cut, and every member has a count of what he said.
-- Rooms of version 1 have no such count: upgrade() counts anew from here.

local HISTORY_LIMIT = 100
local TEXT_LIMIT = 20

local logic = { version = 2 }

local function find(room, address)
	for index, member in ipairs(room.members) do
		if member.address == address then
			return member, index
		end
	end
end

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
	table.insert(room.members, { address = address, name = name, said = 0 })
	return record(room, { kind = "join", from = name, time = time })
end

function logic.say(room, address, text, time)
	local member = find(room, address)
	if not member then
		return nil, "not in the room"
	end
	member.said = member.said + 1
	return record(room, {
		kind = "say",
		from = member.name,
		text = string.sub(text, 1, TEXT_LIMIT),
		time = time,
	})
end

function logic.leave(room, address, kind, time)
	local member, index = find(room, address)
	if not member then
		return nil, "not in the room"
	end
	table.remove(room.members, index)
	return record(room, { kind = kind, from = member.name, time = time })
end

function logic.upgrade(old)
	local room = logic.new_room(old.name)
	room.last_seq = old.last_seq
	room.history = old.history
	for _, member in ipairs(old.members) do
		table.insert(room.members, {
			address = member.address,
			name = member.name,
			said = member.said or 0,
		})
	end
	return room
end

return logic
