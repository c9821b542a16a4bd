-- Every count and every read that was answered is that of one moment; and the version
-- says how often the state was replaced, so that no update was lost.

local TOTAL, PLACES = 120, 3

return function(world)
	local counted = 0
	for _, entry in ipairs(world.history) do
		local command = entry.kind == "call" and entry.to == "stock" and entry.args[1]
		if command == "count" and entry.result and entry.result[1] and entry.result[2] >= PLACES then
			assert(entry.result[1] == TOTAL, ("somebody counted %d salt, not %d"):format(entry.result[1], TOTAL))
			counted = counted + 1
		elseif command == "read" and entry.result and entry.result[1].version >= PLACES then
			local sum = 0
			for _, place in pairs(entry.result[1].places) do
				sum = sum + (place.salt or 0)
			end
			assert(sum == TOTAL, ("somebody read %d salt, not %d"):format(sum, TOTAL))
		end
	end
	assert(counted > 0, "nothing was ever counted")

	local moved = 0
	for name, service in pairs(world.services) do
		if name:find("^carrier") then
			moved = moved + (service.state.outcomes.moved or 0)
		end
	end
	local version = world.services.stock.state.state.version
	assert(version == PLACES + moved, ("version %d after %d moves"):format(version, moved))
	return true
end
