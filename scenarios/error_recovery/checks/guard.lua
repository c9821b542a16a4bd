-- At every moment: a gateway has either a connection or somebody who makes one, and
-- remembers no more errors than it compares.

return function(world)
	for name, service in pairs(world.services) do
		local database = name:match("^gateway") and service.state and service.state.database
		if database then
			local connected = database.connection ~= nil
			assert(connected ~= database.recovering,
				name .. (connected and " is connected and recovers" or " is not connected, and nobody recovers"))
			assert(#database.errors.times <= 5, name .. " remembers too many errors")
		end
	end
	return true
end
