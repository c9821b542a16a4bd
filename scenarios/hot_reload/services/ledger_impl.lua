-- Version 1 of what the ledger does. State: { entries = { {id, name, amount}.. }, total }.

local skynet = require "skynet"

local impl = { version = 1, commands = {} }

function impl.new()
	return { entries = {}, total = 0 }
end

function impl.check(state)
	local total = 0
	for _, entry in ipairs(state.entries) do
		total = total + entry.amount
	end
	assert(total == state.total, "the total is wrong")
end

function impl.upgrade(state, version)
	if version ~= impl.version then
		error("cannot upgrade from version " .. version, 0)
	end
	return state
end

function impl.downgrade()
	error("nothing was before version 1", 0)
end

-- While the auditor thinks, other messages are handled: nothing read before the call
-- is used after it.
function impl.commands.add(state, id, name, amount)
	if not skynet.call(".auditor", "lua", "approve", name, amount) then
		return false, "refused"
	end
	table.insert(state.entries, { id = id, name = name, amount = amount })
	state.total = state.total + amount
	return true
end

function impl.commands.total(state)
	return true, state.total
end

function impl.commands.entries(state)
	return true, state.entries
end

return impl
