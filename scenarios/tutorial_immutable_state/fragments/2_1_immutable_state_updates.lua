-- A new state for each update, which is not as new as it seems.

local function update_state(updates)
	local fresh = table.deepcopy(_state)
	for part, values in pairs(updates) do
		fresh[part] = fresh[part] or {}
		for name, value in pairs(values) do
			fresh[part][name] = value	-- the caller's own table, and nothing of the old one
		end
	end
	_state = fresh
end
