-- Three levels, each asked by everybody who has not found it in the one before.

local cache = { l1 = {} }

local function get_cached_data(key)
	if cache.l1[key] ~= nil then
		return cache.l1[key]	-- whatever has happened to it since
	end
	for _, level in ipairs { cache.l2, cache.l3 } do
		local found, value = skynet.call(level, "lua", "get", key)	-- an error, if nobody is there
		if found then
			cache.l1[key] = value
			skynet.send(cache.l2, "lua", "set", key, value)
			return value
		end
	end
end
