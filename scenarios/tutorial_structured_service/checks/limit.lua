-- There are never more connections than the configuration allows.

return function(world)
	local state = world.services["examples/structured_service"].state._state
	local count = 0
	for _ in pairs(state.connections) do
		count = count + 1
	end
	local limit = state.config.max_connections
	return count <= limit, ("%d connections, and the limit is %d"):format(count, limit)
end
