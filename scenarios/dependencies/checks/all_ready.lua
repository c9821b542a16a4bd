-- At the end everybody is ready.

return function(world)
	for name, service in pairs(world.services) do
		if service.state and service.state.needs then
			assert(service.state.ready, name .. " is not ready: " .. tostring(service.state.problem))
		end
	end
	return true
end
