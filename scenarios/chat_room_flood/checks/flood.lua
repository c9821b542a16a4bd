-- 3 joins, 3000 messages of mal, 24 of ann, 12 of bob. None is lost, the history
-- never grows beyond 100, and mal's numbers never go back.

local FLOOD = 3000
local TOTAL = 3 + FLOOD + 24 + 12

-- The number of a flood message, nil for any other.
local function flood_number(message)
	return message.kind == "say" and tonumber(string.match(message.text, "^flood (%d+)$"))
end

local function in_order(messages, what)
	local last
	for _, message in ipairs(messages) do
		local number = flood_number(message)
		if number then
			if last and number ~= last + 1 then
				error(string.format("%s: flood %d came after flood %d", what, number, last))
			end
			last = number
		end
	end
end

return function(world)
	local services = world.services
	local room = services.room.state.rooms.lobby
	assert(room.last_seq == TOTAL, string.format("%d messages instead of %d", room.last_seq, TOTAL))
	assert(#room.history == 100, "the history has " .. #room.history .. " messages")
	in_order(room.history, "history")

	for _, name in ipairs { "ann", "bob", "mal" } do
		local inbox = services[name].state.inboxes.lobby
		assert(inbox[#inbox].seq == room.last_seq, name .. " missed the last message")
		in_order(inbox, name)
	end

	-- What the room answered during the flood.
	local asked = 0
	for _, entry in ipairs(world.history) do
		if entry.kind == "call" and entry.to == "room" and entry.args[1] == "history" then
			local history = entry.result[1]
			assert(#history <= 100, "somebody was given " .. #history .. " messages")
			in_order(history, "an answer")
			asked = asked + 1
		end
	end
	assert(asked == 13, "the history was asked for " .. asked .. " times")
	return true
end
