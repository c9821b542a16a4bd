-- A database as seen from outside: rows with versions, and a moment of thought for
-- everything. `read` and `write` work at some point in the middle of that moment.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".database"
local THINKING = 2	-- ticks, before and after

local rows = { gold = { value = 10, version = 1 } }
local reads = {}	-- key -> how often it was read
local down = false

local handlers = {}

-- Version 0 is that of a row that was never written.
function handlers.read(key)
	if down then
		return false, "down"
	end
	reads[key] = (reads[key] or 0) + 1
	skynet.sleep(THINKING)
	local row = rows[key]
	local value, version = row and row.value, row and row.version or 0
	skynet.sleep(THINKING)
	return true, value, version
end

function handlers.write(key, value)
	if down then
		return false, "down"
	end
	skynet.sleep(THINKING)
	local row = rows[key] or { version = 0 }
	rows[key] = row
	row.value, row.version = value, row.version + 1
	local version = row.version
	skynet.sleep(THINKING)
	return true, version
end

-- For the scenario.
function handlers.set_down(value)
	down = value
	return true
end

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
