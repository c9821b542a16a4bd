-- Every gateway has a connection. To be used with `eventually`.

return function(world)
	for name, service in pairs(world.services) do
		if name:match("^gateway") then
			local database = service.state and service.state.database
			if not (database and database.connection) then
				return false, name .. " has no connection"
			end
		end
	end
	return true
end
