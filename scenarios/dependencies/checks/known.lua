-- At every moment: who is ready knows all that he needs.

return function(world)
	for name, service in pairs(world.services) do
		local state = service.alive and service.state
		if state and state.needs and state.ready then
			for _, need in ipairs(state.needs) do
				assert(state.services[need], name .. " is ready without " .. need)
			end
		end
	end
	return true
end
