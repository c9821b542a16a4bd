-- When all is quiet: every question was answered, no load is on its way, nobody's
-- memory holds more than it may, and the cache server nothing that has expired.

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
			for key, found in pairs(state.kept) do
				assert(found.expires / 100 > world.now - 1.1, key .. " has expired and is kept")
			end
		end
	end
	return true
end
