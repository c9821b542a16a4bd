-- With no cache server at all a front remembers a value for a second, so it asks the database about once a second, and
-- once after each update: whatever dies, and however many want it.

return function(world)
	local updates, asked = 0, 0
	for _, name in ipairs { "client1", "client2" } do
		for _, entry in ipairs(world.services[name].state.history) do
			updates = updates + (entry.op == "set" and 1 or 0)
		end
		asked = asked + world.services[name].state.asked
	end
	assert(asked > 2000, "only " .. asked .. " questions")
	local most = math.ceil(world.now) + updates
	for _, name in ipairs { "front1", "front2" } do
		local loads = world.services[name].state.counters.from_database
		assert(loads <= most, ("%s has asked the database %d times, and %d are enough"):format(name, loads, most))
	end
	return true
end
