-- When all is quiet: the history tells the story of the scenario, exactly the
-- living are in the room, and ann, who was there all the time, missed nothing.

local STORY = {
	"join ann", "join bob", "join cat",
	"say ann", "say bob", "say cat",
	"say ann", "leave cat", "join bob", "say bob",
}

return function(world)
	local room = world.services.room.state.rooms.lobby

	-- Bob dies while message 6 is on its way. The room notices it at the latest when
	-- it sends message 7, so "lost bob" stands before or behind that one.
	local told, lost = {}, nil
	for index, message in ipairs(room.history) do
		local line = message.kind .. " " .. message.from
		if line == "lost bob" then
			assert(not lost, "bob was lost twice")
			lost = index
		else
			table.insert(told, line)
		end
	end
	assert(lost == 7 or lost == 8, "the death of bob is message " .. tostring(lost))
	assert(table.concat(told, ", ") == table.concat(STORY, ", "), "the history says: " .. table.concat(told, ", "))

	local alive = {}
	for _, service in pairs(world.services) do
		if service.alive then
			alive[service.handle] = true
		end
	end
	for _, member in ipairs(room.members) do
		assert(alive[member.address], member.name .. " is dead and still in the room")
	end

	local inbox = world.services.ann.state.inboxes.lobby
	assert(#inbox == #room.history, "ann received " .. #inbox .. " messages of " .. #room.history)
	return true
end
