-- What the last audit saw: no money was made or lost, the balances are what the transfers come to, and every
-- transfer is there that a client was told of, and none that was refused.

local START = 100

return function(world)
	local audited = world.services.accounts.state.audited
	assert(audited, "nobody has looked into the database")
	local sum = 0
	for name, balance in pairs(audited.accounts) do
		assert(balance >= 0, name .. " has " .. balance)
		sum = sum + balance
	end
	local count = 0
	for _ in pairs(audited.accounts) do
		count = count + 1
	end
	assert(sum == START * count, "there are " .. sum .. " and not " .. START * count)
	for name, service in pairs(world.services) do
		if name:match "^client" then
			assert(#service.state.history == service.state.asked, name .. " still waits")
			for _, entry in ipairs(service.state.history) do
				if entry.id then
					local stored = audited.transfers[entry.id]
					assert(not entry.done or stored == entry.amount, entry.id .. " was done, and is lost")
					assert(entry.done or not stored, entry.id .. " was refused, and is done")
				end
			end
		end
	end
	assert(#audited.stale == 0, "the cache has an old balance of " .. table.concat(audited.stale, ", "))
	return true
end
