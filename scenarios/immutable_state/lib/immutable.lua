-- Tables that are never changed: an update makes a new one. What an update does not
-- touch is shared between the old table and the new one, so it costs little.
--
-- Nothing enforces this, and nothing needs to be copied to be safe: whoever holds a
-- table holds the state of one moment, for as long as he likes, whatever he waits for.

local immutable = {}

-- Stands for "no value" in changes, where nil cannot.
immutable.REMOVE = setmetatable({}, { __name = "immutable.REMOVE" })

-- A new table: `old` with `changes`. A table in changes is an update of the table of
-- that key; other values replace.
function immutable.update(old, changes)
	local new = {}
	for key, value in pairs(old) do
		new[key] = value
	end
	for key, change in pairs(changes) do
		if change == immutable.REMOVE then
			new[key] = nil
		elseif type(change) == "table" then
			new[key] = immutable.update(new[key] or {}, change)
		else
			new[key] = change
		end
	end
	return new
end

return immutable
