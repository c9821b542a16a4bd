-- Every count and every read that was answered is that of one moment; and no update was lost:
-- each place holds what it had and what carriers say they have brought, no more and no less.

local TOTAL, PLACES, EACH = 120, 3, 40

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

	local state = world.services.stock.state.state
	local moved, expected = 0, {}
	for name, service in pairs(world.services) do
		if name:find("^carrier") then
			moved = moved + (service.state.outcomes.moved or 0)
			for place, count in pairs(service.state.carried) do
				expected[place] = (expected[place] or EACH) + count
			end
		end
	end
	assert(state.version == PLACES + moved, ("version %d after %d moves"):format(state.version, moved))
	for place, count in pairs(expected) do
		local salt = state.places[place] and state.places[place].salt or 0
		assert(salt == count, ("%s holds %d salt, and should hold %d"):format(place, salt, count))
	end
	return true
end
