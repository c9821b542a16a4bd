-- At every moment, for every room:
--   the history has at most 100 messages, numbered without a gap up to last_seq;
--   somebody is in it, and no address and no name twice;
--   whoever listens has received the messages of his room without a gap.

local function no_gap(list, what)
	for index = 2, #list do
		local expected = list[index - 1].seq + 1
		if list[index].seq ~= expected then
			error(string.format("%s: message %d is missing, %d came", what, expected, list[index].seq))
		end
	end
end

local function check_room(room)
	local history = room.history
	assert(#history <= 100, "history of " .. room.name .. " is too long")
	no_gap(history, "history of " .. room.name)
	assert(history[#history].seq == room.last_seq, "the last message is not in the history")

	-- Nobody would ever look for it again.
	assert(#room.members > 0, "the empty room " .. room.name .. " is still there")
	local seen = {}
	for _, member in ipairs(room.members) do
		assert(not seen[member.address] and not seen[member.name], member.name .. " is in the room twice")
		seen[member.address] = true
		seen[member.name] = true
	end
end

return function(world)
	for name, service in pairs(world.services) do
		if service.alive and service.state then
			for _, room in pairs(service.state.rooms or {}) do
				check_room(room)
			end
			for room, inbox in pairs(service.state.inboxes or {}) do
				no_gap(inbox, name .. " in " .. room)
			end
		end
	end
	return true
end
