-- Three bad days, three recoveries of each gateway: none is missing, and none was begun
-- because of what failed on a connection that was gone.

return function(world)
	for name, service in pairs(world.services) do
		if name:match("^gateway") then
			local recoveries = service.state.database.recoveries
			assert(recoveries == 3, string.format("%s has connected anew %d times", name, recoveries))
		end
	end
	return true
end
