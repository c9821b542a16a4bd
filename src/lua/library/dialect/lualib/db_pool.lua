-- What a tutorial calls `require "db_pool"`: a database with tables of keys and values, in the memory
-- of its service. It knows two statements, those that such a service needs.

local db_pool = {}

local pool = {}
pool.__index = pool

function db_pool.new(config)
	return setmetatable({ config = config, tables = {} }, pool)
end

local function rows_of(self, name)
	self.tables[name] = self.tables[name] or {}
	return self.tables[name]
end

function pool:query(statement)
	local name = string.match(statement, "^%s*SELECT %* FROM ([%w_]+)%s*;?%s*$")
	if not name then
		error("db_pool knows only `SELECT * FROM name`: " .. statement, 2)
	end
	local rows = {}
	for index, row in ipairs(rows_of(self, name)) do
		rows[index] = { key = row.key, value = row.value }
	end
	return rows
end

function pool:execute(statement, key, value)
	local name = string.match(statement, "^%s*INSERT OR REPLACE INTO ([%w_]+) VALUES%s*%(%?, %?%)%s*;?%s*$")
	if not name then
		error("db_pool knows only `INSERT OR REPLACE INTO name VALUES (?, ?)`: " .. statement, 2)
	end
	local rows = rows_of(self, name)
	for _, row in ipairs(rows) do
		if row.key == key then
			row.value = value
			return 1
		end
	end
	rows[#rows + 1] = { key = key, value = value }
	return 1
end

return db_pool
