-- Nobody gets in with a token after `revoke` has answered, whatever the cache knew, and nobody with a good token is told
-- that it is wrong.

return function(world)
	local knocks = world.services.keeper.state.knocks
	assert(#knocks > 0, "nobody has knocked")
	for index, knock in ipairs(knocks) do
		if knock.after == "revoke" then
			assert(not knock.is_in, ("knock %d: in with a token that was revoked"):format(index))
		else
			assert(knock.reason ~= "wrong token", ("knock %d: a token that was granted is wrong"):format(index))
		end
	end
	return true
end
