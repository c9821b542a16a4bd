-- The way to a database service (sqlite_server), which may be away, dead, or have a full disk: each request ends.

local skynet = require "skynet"

local PATIENCE = 100	-- ticks

local database = {}
database.__index = database

-- `schema` is a script that may run any number of times.
function database.new(name, schema)
	return setmetatable({ name = name, schema = schema, is_ready = false }, database)
end

local function ask(name, ...)
	local address = skynet.localname(name)
	if not address then
		return nil, "there is no database"
	end
	for _, response in skynet.request { address, "lua", ... }:select(PATIENCE) do
		if response then
			return response[1], response[2]
		end
	end
	-- It may have done it all the same: requests have to bear to be done twice.
	return nil, "the database does not answer"
end

-- What the database answers, or nil and the reason.
function database:ask(...)
	if not self.is_ready then
		local ok, reason = ask(self.name, "script", self.schema)
		if not ok then
			return nil, reason
		end
		self.is_ready = true
	end
	return ask(self.name, ...)
end

return database
