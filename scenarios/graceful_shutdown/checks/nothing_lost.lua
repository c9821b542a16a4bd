-- At the end: what was accepted is in the last save, each server saved once, and none
-- was heard of after its save. What was refused is in no save.

return function(world)
	local storage = world.services.storage.state
	local last = assert(storage.saves[#storage.saves], "nothing was saved").state
	local by = {}
	for _, save in ipairs(storage.saves) do
		assert(not by[save.server], "a server saved twice")
		by[save.server] = true
	end
	for _, life in pairs(storage.lives) do
		assert(life.late == 0, "a server was heard of after its save")
	end
	local accepted, sums = 0, {}
	for name, service in pairs(world.services) do
		if name:find("^client") then
			for id, outcome in pairs(service.state.outcomes) do
				local saved = last.applied[id] == true
				if outcome == "accepted" then
					accepted = accepted + 1
					assert(saved, id .. " was accepted and is lost")
				elseif outcome == "stopping" or outcome == "no such name" then
					assert(not saved, id .. " was refused and is saved")
				end
			end
		end
	end
	for id in pairs(last.applied) do
		local name = id:match("^%a+")
		sums[name] = (sums[name] or 0) + 1
	end
	for name, sum in pairs(sums) do
		assert(last.sums[name] == sum, ("the sum of %s is %s, not %d"):format(name, last.sums[name], sum))
	end
	assert(accepted > 0, "nothing was accepted")
	return true
end
