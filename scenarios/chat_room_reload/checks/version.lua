-- The version and the rooms belong together at every moment: version 1 has no
-- count of what a member said, version 2 has one for everybody.

return function(world)
	local state = world.services.room.state
	if not (state and state.logic) then
		return true	-- not started yet
	end
	local version = state.logic.version
	assert(version == 1 or version == 2, "version " .. tostring(version))
	for _, room in pairs(state.rooms) do
		for _, member in ipairs(room.members) do
			local counted = member.said ~= nil
			assert(counted == (version == 2), member.name .. " does not fit version " .. version)
		end
	end
	return true
end
