-- Who looks at a balance after a transfer has answered sees it, whether it comes from the cache or not. From
-- the books of the clients; moments of the same tick are not compared.

return function(world)
	local looks, promises = {}, {}
	for name, service in pairs(world.services) do
		if name:match "^client" then
			for _, entry in ipairs(service.state.history) do
				if entry.name then
					table.insert(looks, entry)
				elseif entry.done then
					table.insert(promises, entry)
				end
			end
		end
	end
	for _, look in ipairs(looks) do
		for _, promise in ipairs(promises) do
			local version = promise.versions[look.name]
			assert(not version or promise.ended >= look.began or look.version >= version,
				("version %d of %s was read at tick %d, when %s had been told of %s"):format(
					look.version, look.name, look.began, promise.id, tostring(version)))
		end
	end
	return true
end
