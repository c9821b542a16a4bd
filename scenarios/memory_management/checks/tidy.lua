-- Everything that is kept belongs to a connection: the owners and the wheel know exactly
-- those that are open (the wheel also some that were closed and are not due yet, none
-- longer than an hour and a minute), and nobody's record is too long.

return function(world)
	local state = world.services.sessions.state
	if not (state and state.connections and state.due) then
		return true	-- not started yet
	end
	local open = 0
	for id, connection in pairs(state.connections) do
		open = open + 1
		assert(state.owners[connection.client][id], "connection " .. id .. " has no owner")
		assert(#connection.said <= 8 and connection.said.size <= 512, "the record of " .. id .. " is too long")
	end
	assert(open == state.count, string.format("%d connections, %d are counted", open, state.count))
	local counters = state.counters
	assert(open == counters.opened - counters.closed - counters.expired, "the books are wrong")

	local owned = 0
	for client, ids in pairs(state.owners) do
		assert(next(ids), "client " .. client .. " has nothing and is kept")
		for _ in pairs(ids) do
			owned = owned + 1
		end
	end
	assert(owned == open, string.format("the owners have %d connections, %d are open", owned, open))

	local waiting = {}
	for minute, ids in pairs(state.due.buckets) do
		assert(minute >= world.now // 60 - 2, "minute " .. minute .. " is over and is kept")
		assert(minute <= world.now // 60 + 60, "minute " .. minute .. " is too far away")
		for _, id in ipairs(ids) do
			assert(not waiting[id], "connection " .. id .. " is in the wheel twice")
			waiting[id] = true
		end
	end
	for id in pairs(state.connections) do
		assert(waiting[id], "nobody will look whether connection " .. id .. " is idle")
	end
	return true
end
