-- At every moment the code in use, the code before and the state fit together: version 1
-- has one total, version 2 one for each name, and neither has anything of the other.

return function(world)
	local service = world.services.ledger
	local state = service.state
	if not (service.alive and state and state.impl and state.state) then
		return true	-- not started yet
	end
	local version, shape = state.impl.version, state.state
	assert(version == 1 or version == 2, "version " .. tostring(version) .. " is in use")
	assert((shape.total ~= nil) == (version == 1), "version " .. version .. " has a state of another one")
	assert((shape.totals ~= nil) == (version == 2), "version " .. version .. " has a state of another one")
	for _, entry in ipairs(shape.entries) do
		assert(math.type(entry.amount) == "integer", "half of an upgrade is left")
	end
	return true
end
