-- In the end every address that the service has for others is that of somebody who lives.

return function(world)
	local living = {}
	for _, service in pairs(world.services) do
		if service.alive then
			living[service.handle] = true
		end
	end
	for name, address in pairs(world.services.app.state.services) do
		assert(living[address], ("`%s` has an address that nobody has any more"):format(name))
	end
	return true
end
