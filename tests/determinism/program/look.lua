-- Looks at everything of every service, at every event.
local function walk(value, seen)
	if type(value) ~= "table" or seen[value] then return 0 end
	seen[value] = true
	local n = 1
	for k, v in pairs(value) do n = n + walk(k, seen) + walk(v, seen) end
	return n
end
return function(world)
	local n = 0
	for _, service in pairs(world.services) do n = n + walk(service.state, {}) end
	return n >= 0
end
