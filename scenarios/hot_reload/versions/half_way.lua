-- Its upgrade fails when it has changed half of the state.
local impl = { version = 3, commands = {} }

function impl.new()
	return { entries = {} }
end

function impl.check() end

function impl.upgrade(state)
	state.totals, state.total = nil, nil
	for index, entry in ipairs(state.entries) do
		entry.amount = { value = entry.amount }
		if index == 10 then
			error("the disk of the money converter is full", 0)
		end
	end
	return state
end

function impl.downgrade(state)
	return state
end

return impl
