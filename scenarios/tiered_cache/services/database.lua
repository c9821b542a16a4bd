-- Rows with versions, in an SQL database: who wants a value need not know how it is kept. Each command is one statement,
-- which happens at one moment or not at all.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local ask = require "ask"

local NAME, SQL = ".database", ".sql"
local PATIENCE = 80	-- ticks

local SCHEMA = [[
	CREATE TABLE IF NOT EXISTS rows(key TEXT PRIMARY KEY, value, version INTEGER NOT NULL);
	INSERT OR IGNORE INTO rows VALUES('gold', 10, 1);
]]
local READ = "SELECT value, version FROM rows WHERE key = ?"
local WRITE = [[
	INSERT INTO rows VALUES(?, ?, 1)
	ON CONFLICT(key) DO UPDATE SET value = excluded.value, version = version + 1
	RETURNING version
]]

local reads = {}	-- key -> how often it was read
local is_ready = false

-- The rows, or nil and why there are none. If the database does not answer, it may have done it.
local function query(...)
	local sql = skynet.localname(SQL)
	if not sql then
		return nil, "down"
	end
	if not is_ready then
		local done, reason = ask(sql, PATIENCE, "script", SCHEMA)
		if not done then
			return nil, reason
		end
		is_ready = true
	end
	local rows, reason = ask(sql, PATIENCE, "query", ...)
	return rows or nil, reason
end

local handlers = {}

-- Version 0 is that of a row that was never written.
function handlers.read(key)
	reads[key] = (reads[key] or 0) + 1
	local rows, reason = query(READ, key)
	if not rows then
		return false, reason
	end
	local row = rows[1] or { version = 0 }
	return true, row.value, row.version
end

function handlers.write(key, value)
	local rows, reason = query(WRITE, key, value)
	if not rows then
		return false, reason
	end
	return true, rows[1].version
end

-- For the scenario.
function handlers.reads(key)
	return reads[key] or 0
end

skynet.start(function()
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
end)
