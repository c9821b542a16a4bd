-- Whoever wants what somebody has asked the database for waits for that answer.

return function(world)
	for key, most in pairs(world.services.database.state.most) do
		assert(most <= 1, ("the database was asked for `%s` by %d at once"):format(key, most))
	end
	return true
end
