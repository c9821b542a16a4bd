-- What a save was answered for is there, and nothing is there that nobody sent.

return function(world)
	local keeper = world.services.keeper
	local mine = keeper.alive and keeper.state
	if not (mine and mine.saves) then
		return true	-- it is dead, or reads its files
	end
	for _, service in pairs(world.services) do
		local writer = service.file == "writer" and service.alive and service.state
		if writer and writer.name then
			local there = mine.state.values[writer.name] or 0
			assert(there >= writer.safe,
				string.format("%s was told that %d is saved, and there is %d", writer.name, writer.safe, there))
			assert(there <= writer.sent, writer.name .. " has not sent " .. there)
		end
	end
	return true
end
