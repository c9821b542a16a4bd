-- Every request was answered, once; what was answered with true stands in the ledger,
-- once, and nothing else does. The generation never goes back for anybody. The scenario
-- asks for `entries` and `total` last.

local function last(world, command)
	for index = #world.history, 1, -1 do
		local entry = world.history[index]
		if entry.kind == "call" and entry.args[1] == command then
			return entry.result
		end
	end
end

return function(world)
	local generation, ok, entries = table.unpack(last(world, "entries"))
	assert(ok, "the scenario did not get the entries")
	local written, sum = {}, 0
	for _, entry in ipairs(entries) do
		assert(not written[entry.id], entry.id .. " was written twice")
		written[entry.id] = entry.amount
		sum = sum + entry.amount
	end

	local expected = 0
	for name, service in pairs(world.services) do
		if name:match("^client") then
			local state = service.state
			assert(#state.answers == state.asked, string.format("%s: %d answers to %d requests", name, #state.answers, state.asked))
			local newest = 0
			for _, answer in ipairs(state.answers) do
				assert(answer.generation >= newest, string.format("%s was answered by generation %d after %d",
					name, answer.generation, newest))
				newest = answer.generation
				assert(written[answer.id] == (answer.ok and answer.amount or nil),
					string.format("%s was answered with %s, and that is not in the ledger", answer.id, tostring(answer.ok)))
				expected = expected + (answer.ok and 1 or 0)
			end
			assert(newest <= generation, "an answer of a generation to come")
		end
	end
	assert(#entries == expected, string.format("%d entries, %d were answered with true", #entries, expected))
	assert(last(world, "total")[3] == sum, "the total is not what the entries add up to")
	return true
end
