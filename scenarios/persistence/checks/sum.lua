-- The state is that of one moment: nobody ever sees a total that is not the sum.

return function(world)
	local keeper = world.services.keeper
	local state = keeper.alive and keeper.state and keeper.state.state
	if not state then
		return true	-- it is dead, or has not started yet
	end
	local sum = 0
	for _, value in pairs(state.values) do
		sum = sum + value
	end
	return sum == state.total, string.format("the values make %d, and the total is %d", sum, state.total)
end
