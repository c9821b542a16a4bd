-- When all is quiet: every question was answered, no load is on its way, nobody's
-- memory holds more than it may, and the cache server nothing without end, and few entries of a key.

return function(world)
	for name, service in pairs(world.services) do
		local state = service.state
		if name:match("^client") then
			assert(#state.history == state.asked, string.format("%s: %d answers to %d questions", name, #state.history, state.asked))
		elseif name:match("^front") then
			assert(not next(state.flights), name .. " still loads something")
			local level1, count = state.level1, 0
			for _ in pairs(level1.young) do
				count = count + 1
			end
			assert(count == level1.count, name .. " has counted its memory wrongly")
			for _ in pairs(level1.old) do
				count = count + 1
			end
			assert(count <= 2 * level1.capacity, name .. " keeps " .. count .. " entries")
		elseif name == "server" then
			local database = state.server.databases[0]
			for key, found in pairs(database and database.entries or {}) do
				assert(found.ends, key .. " never ends")
				local members = 0
				for _ in pairs(found.value) do
					members = members + 1
				end
				assert(members <= 10, ("%d entries of %s are kept"):format(members, key))
			end
		end
	end
	return true
end
