-- What the service keeps, in a database: a row for each key, and the number of the newest save. A save is one
-- transaction: all its keys and its number are there, or nothing of it.

local database = require "database"

local SCHEMA = [[
	CREATE TABLE IF NOT EXISTS data(key TEXT PRIMARY KEY, value NOT NULL);
	CREATE TABLE IF NOT EXISTS saves(id INTEGER PRIMARY KEY CHECK(id = 1), number INTEGER NOT NULL);
	INSERT OR IGNORE INTO saves VALUES(1, 0);
]]

local store = {}
store.__index = store

function store.open(name)
	return setmetatable({ database = database.new(name, SCHEMA) }, store)
end

-- All values by key, and the number of the newest save; or nil and a reason.
function store:load()
	-- One statement: two would be two moments, with a save in between.
	local rows, reason = self.database:ask("query",
		"SELECT NULL AS key, number AS value FROM saves UNION ALL SELECT key, value FROM data")
	if not rows then
		return nil, reason
	end
	local values, number = {}, 0
	for _, row in ipairs(rows) do
		if row.key then
			values[row.key] = row.value
		else
			number = row.value
		end
	end
	return values, number
end

-- Writes the values of these keys, and removes those that have none. True, or nil and a reason: then nothing has
-- changed, or (if the database died before it could answer) everything. Doing it again does no harm.
function store:save(number, keys, values)
	local transaction = {}
	for _, key in ipairs(keys) do
		local value = values[key]
		table.insert(transaction, value == nil and { "DELETE FROM data WHERE key = ?", key }
			or { "INSERT OR REPLACE INTO data VALUES(?, ?)", key, value })
	end
	table.insert(transaction, { "UPDATE saves SET number = ?", number })
	local done, reason = self.database:ask("transaction", transaction)
	if not done then
		return nil, reason
	end
	return true
end

return store
