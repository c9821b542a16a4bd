-- In the end everybody in the pool lives.

return function(world)
	local living = {}
	for _, service in pairs(world.services) do
		if service.alive then
			living[service.handle] = true
		end
	end
	for _, address in ipairs(world.services.pool.state.worker_pool) do
		assert(living[address], "a dead worker is in the pool")
	end
	return true
end
