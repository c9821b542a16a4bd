-- Memory follows the connections, and nothing else: the hours after the rush need what the
-- last hour before it did, however much lies between them. Nobody who spoke was closed.

return function(world)
	local samples = world.services.sessions.state.samples
	assert(#samples == 24, #samples .. " samples")
	-- The records fill up during the first hours, and the rush at noon lasts for an hour.
	local before = samples[11]
	for hour = 14, 24 do
		local sample = samples[hour]
		assert(math.abs(sample.connections - before.connections) < 100, sample.connections .. " connections in hour " .. hour)
		assert(sample.kilobytes < before.kilobytes * 1.05, string.format("hour %d: %d kilobytes for %d connections, it was %d for %d",
			hour, sample.kilobytes, sample.connections, before.kilobytes, before.connections))
	end
	for name, service in pairs(world.services) do
		if name:match("^client") then
			local wrong = service.state.wrongly_closed
			assert(wrong == 0, name .. " lost " .. wrong .. " connections on which it spoke")
		end
	end
	return true
end
