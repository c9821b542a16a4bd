-- When a `set` has answered, nobody who asks afterwards, at any front, gets an older
-- version. From the books of the clients (moments of the same tick are not compared).

return function(world)
	local sets, gets = {}, {}
	for name, service in pairs(world.services) do
		if name:match("^client") then
			for _, entry in ipairs(service.state.history) do
				if entry.ok then
					table.insert(entry.op == "set" and sets or gets, { entry = entry, client = name })
				end
			end
		end
	end
	table.sort(sets, function(a, b) return a.entry.ended < b.entry.ended end)
	table.sort(gets, function(a, b) return a.entry.began < b.entry.began end)
	local newest, next_set = {}, 1	-- key -> the latest version that was promised
	for _, get in ipairs(gets) do
		local entry = get.entry
		while sets[next_set] and sets[next_set].entry.ended < entry.began do
			local set = sets[next_set].entry
			newest[set.key] = math.max(newest[set.key] or 0, set.version)
			next_set = next_set + 1
		end
		local least = newest[entry.key] or 0
		assert(entry.version >= least, string.format("%s read version %d of %s at tick %d, when %d was promised",
			get.client, entry.version, entry.key, entry.began, least))
	end
	return true
end
