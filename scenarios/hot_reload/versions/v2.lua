-- Version 2: a total for each name. State: { entries, totals = { name = total } }.

local skynet = require "skynet"

local impl = { version = 2, commands = {} }

function impl.new()
	return { entries = {}, totals = {} }
end

local function count(totals, entry)
	totals[entry.name] = (totals[entry.name] or 0) + entry.amount
end

function impl.check(state)
	local totals = {}
	for _, entry in ipairs(state.entries) do
		count(totals, entry)
	end
	for name, total in pairs(totals) do
		assert(state.totals[name] == total, "the total of " .. name .. " is wrong")
	end
end

function impl.upgrade(state, version)
	if version == 2 then
		return state
	elseif version ~= 1 then
		error("cannot upgrade from version " .. version, 0)
	end
	local totals = {}
	for _, entry in ipairs(state.entries) do
		count(totals, entry)
	end
	return { entries = state.entries, totals = totals }
end

local function sum(totals)
	local all = 0
	for _, total in pairs(totals) do
		all = all + total
	end
	return all
end

function impl.downgrade(state)
	return { entries = state.entries, total = sum(state.totals) }
end

function impl.commands.add(state, id, name, amount)
	if not skynet.call(".auditor", "lua", "approve", name, amount) then
		return false, "refused"
	end
	local entry = { id = id, name = name, amount = amount }
	table.insert(state.entries, entry)
	count(state.totals, entry)
	return true
end

-- Of one name, or of all.
function impl.commands.total(state, name)
	if name then
		return true, state.totals[name] or 0
	end
	return true, sum(state.totals)
end

function impl.commands.entries(state)
	return true, state.entries
end

return impl
