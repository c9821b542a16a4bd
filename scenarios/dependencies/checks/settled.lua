-- Who is ready knows the living services by their addresses of today; and who lives and has all
-- that he needs, ready and alive, is ready.

return function(world)
	for name, service in pairs(world.services) do
		local state = service.alive and service.state
		if state and state.needs then
			local all = true
			for _, need in ipairs(state.needs) do
				local other = world.services[need]
				if not (other.alive and other.state and other.state.ready) then
					all = false
				elseif state.ready and state.services[need] ~= other.handle then
					return false, ("%s has the address of another %s"):format(name, need)
				end
			end
			if state.ready ~= all then
				return false, name .. (all and " is not ready, though all are there" or " is ready, though not all are there")
			end
		end
	end
	return true
end
