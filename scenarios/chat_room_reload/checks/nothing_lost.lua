-- 2 joins, 60 messages of ann, 90 of bob: all of them were numbered, and both
-- users have received every one.

local TOTAL = 2 + 60 + 90

return function(world)
	local services = world.services
	local room = services.room.state.rooms.lobby
	assert(services.room.state.logic.version == 2, "the reload did not happen")
	assert(room.last_seq == TOTAL, string.format("%d messages instead of %d", room.last_seq, TOTAL))

	local ann, bob = services.ann.state.inboxes.lobby, services.bob.state.inboxes.lobby
	assert(#ann == TOTAL, "ann received " .. #ann)
	assert(#bob == TOTAL - 1, "bob received " .. #bob)	-- he joined after ann

	-- What ann said is cut from one moment on, and never whole again.
	local cut = false
	for _, message in ipairs(ann) do
		if message.kind == "say" and message.from == "ann" then
			local short = #message.text == 20
			assert(short or not cut, "version 1 spoke after version 2")
			cut = short
		end
	end
	assert(cut, "version 2 never spoke")
	return true
end
