-- At every moment the places hold 120 salt together, and none holds less than nothing.

local TOTAL = 120

return function(world)
	local stock = world.services.stock.state
	if not stock or stock.state.version < 3 then
		return true	-- not all places are open yet
	end
	local sum = 0
	for name, place in pairs(stock.state.places) do
		local salt = place.salt or 0
		assert(salt >= 0, name .. " holds " .. salt)
		sum = sum + salt
	end
	assert(sum == TOTAL, ("%d salt at all places together, not %d"):format(sum, TOTAL))
	return true
end
