-- At every moment: the server is saving or stopped only when no request is in work.

return function(world)
	local server = world.services.server
	local state = server.alive and server.state
	if not (state and state.phase) then
		return true	-- gone, or not started yet
	end
	assert(state.in_work >= 0, "requests in work: " .. state.in_work)
	if state.phase == "saving" or state.phase == "stopped" then
		assert(state.in_work == 0, state.in_work .. " requests in work while the state is saved")
	end
	return true
end
