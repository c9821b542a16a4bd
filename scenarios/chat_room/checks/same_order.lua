-- At the end: ann, who was there first, has heard everything, and everybody else the same in the same order since he
-- joined, joins included. His own join is the first that he heard.

local function same(one, other)
	return one.seq == other.seq and one.kind == other.kind and one.from == other.from and one.text == other.text
end

return function(world)
	local all = world.services.ann.state.inboxes.lobby
	local last_seq = world.services.room.state.rooms.lobby.last_seq
	assert(#all == last_seq, ("ann heard %d messages of %d"):format(#all, last_seq))
	for name, service in pairs(world.services) do
		local inbox = service.state and service.state.inboxes and service.state.inboxes.lobby
		if inbox then
			local first = inbox[1]
			assert(first.kind == "join" and first.from == name, name .. " heard something before his own join")
			local before = #all - #inbox
			for index, message in ipairs(inbox) do
				assert(same(message, all[before + index]),
					("%s heard message %d where ann heard %d"):format(name, message.seq, all[before + index].seq))
			end
		end
	end
	return true
end
