-- Loads and upgrades, and forgets the first entry: only its check notices.
local impl = { version = 3, commands = {} }

function impl.new()
	return { entries = {}, totals = {} }
end

function impl.check(state)
	for name, total in pairs(state.totals) do
		for _, entry in ipairs(state.entries) do
			if entry.name == name then
				total = total - entry.amount
			end
		end
		if total ~= 0 then
			error("the total of " .. name .. " is wrong", 0)
		end
	end
end

function impl.upgrade(state)
	table.remove(state.entries, 1)
	return state
end

function impl.downgrade(state)
	return state
end

return impl
