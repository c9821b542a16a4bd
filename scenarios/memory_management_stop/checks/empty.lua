-- No connection, no owner, nothing in the wheel; and the memory of the second hour, when
-- all were there, is given back.

return function(world)
	local state = world.services.sessions.state
	assert(state.count == 0 and not next(state.connections), "connections are left")
	assert(not next(state.owners), "owners are left")
	assert(not next(state.due.buckets), "the wheel is not empty")
	local full, empty = state.samples[1], state.samples[4]
	assert(empty.kilobytes < full.kilobytes, string.format("%d kilobytes, it was %d with %d connections",
		empty.kilobytes, full.kilobytes, full.connections))
	return true
end
