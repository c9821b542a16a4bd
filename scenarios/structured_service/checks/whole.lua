-- Whatever was stored when somebody looked is a save: both keys of one round, none older than what was promised before,
-- and no save with a smaller number after a greater one.

return function(world)
	local writer = world.services.writer.state
	assert(#writer.looks > 0, "nobody has ever seen what is stored")
	for _, look in ipairs(writer.looks) do
		assert(look.left == look.right, ("half a save: left is %d, and right is %d"):format(look.left, look.right))
		assert(look.left >= look.promised, ("round %d was saved, and %d is stored"):format(look.promised, look.left))
		assert(look.number >= look.promised_number,
			("save %d came after save %d"):format(look.number, look.promised_number))
	end
	-- The last look is of the end, when all is well again.
	local last = writer.looks[#writer.looks]
	assert(last.left == world.services.server.state.data.left, "what the service has is not what is stored")
	return true
end
