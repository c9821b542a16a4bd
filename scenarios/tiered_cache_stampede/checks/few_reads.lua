-- An entry of the cache server lives 5 s, so in 16 s it is loaded four times, at most
-- once by each of the two fronts; and more than a thousand questions were asked.

return function(world)
	local reads = world.services.database.state.reads.gold
	assert(reads >= 4, "the database was read only " .. reads .. " times: nothing expired")
	assert(reads <= 2 * 4, "the database was read " .. reads .. " times")
	local asked = world.services.client1.state.asked + world.services.client2.state.asked
	assert(asked > 1000, "only " .. asked .. " questions")
	return true
end
