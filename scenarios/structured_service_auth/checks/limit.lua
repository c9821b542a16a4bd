-- At every moment: never more connections than there may be; nobody is accepted beyond it while the
-- limit is lowered; and no handshake is older than auth may take.

local HIGHEST, LONGEST = 3, 150

return function(world)
	local server = world.services.server
	local state = server.alive and server.state
	if not (state and state.connections) then
		return true	-- not started yet
	end
	local count = 0
	for id, connection in pairs(state.connections) do
		count = count + 1
		local age = world.now * 100 - connection.last_active
		assert(connection.state == "open" or age < LONGEST, ("connection %d waits for auth since %.0f ticks"):format(id, age))
	end
	assert(count == state.connected, ("%d connections, but %d are counted"):format(count, state.connected))
	assert(count <= HIGHEST, ("%d connections, the limit is %d"):format(count, HIGHEST))
	return true
end
