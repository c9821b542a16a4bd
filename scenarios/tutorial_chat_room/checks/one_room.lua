-- Everybody is in the room that he has joined last, and in no other.

return function(world)
	local state = world.services.room.state
	for name, room in pairs(state.rooms) do
		for number in pairs(room.users) do
			local now = state.users[number].room
			assert(now == name, ("user %s is in %s, and still in %s"):format(number, now, name))
		end
	end
	return true
end
