-- The last one vanished more than an hour ago: every connection belongs to somebody who
-- lives, and the living have all that they speak on, and what they forgot.

return function(world)
	local state = world.services.sessions.state
	local living = {}
	for name, service in pairs(world.services) do
		if name:match("^client") and service.alive then
			living[service.handle] = service
		end
	end
	for client, ids in pairs(state.owners) do
		assert(living[client], "connections of a client that vanished are kept")
		for id in pairs(ids) do
			assert(state.connections[id], "connection " .. id .. " is owned, and not open")
		end
	end
	for client, service in pairs(living) do
		for _, connection in ipairs(service.state.mine) do
			assert(state.owners[client][connection.id], "connection " .. connection.id .. " was lost")
		end
		assert(service.state.wrongly_closed == 0, "a connection was closed on which somebody spoke")
	end
	return true
end
