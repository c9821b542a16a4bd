-- At every moment: never more connections than configured, and the count is right.

return function(world)
	local server = world.services.server
	if not (server.alive and server.state and server.state.connections) then
		return true	-- crashed, or not started yet
	end
	local state = server.state
	local count = 0
	for _ in pairs(state.connections) do
		count = count + 1
	end
	assert(count == state.connected, string.format("%d connections, but %d are counted", count, state.connected))
	local limit = state.config.max_connections
	assert(count <= limit, string.format("%d connections, the limit is %d", count, limit))
	return true
end
