-- Every question was answered, none later than the guard waits (half a second; the
-- other tenths are the way to it and back when everybody is busy).

return function(world)
	for name, service in pairs(world.services) do
		if name:match("^client") then
			local state = service.state
			local answered = 0
			for _, count in pairs(state.answered) do
				answered = answered + count
			end
			assert(answered == state.asked, string.format("%s: %d answers to %d questions", name, answered, state.asked))
			assert(state.slowest <= 80, string.format("%s waited %d ticks for an answer", name, state.slowest))
		end
	end
	return true
end
