-- Where the levels are.

function M.connect()
	cache.l2 = skynet.query "REDIS"
	cache.l3 = skynet.query "DATABASE"
	return cache.l2 ~= nil and cache.l3 ~= nil
end
