-- Connections are idle for at most thirty seconds, and thirty more until somebody looks.

local MOST = 30 + 30 + 1

return function(world)
	for id, connection in pairs(world.services.app.state._state.connections) do
		local idle = world.now - connection.opened_at
		assert(idle <= MOST, ("the connection `%s` has been idle for %d s"):format(id, math.floor(idle)))
	end
	return true
end
