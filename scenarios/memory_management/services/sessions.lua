-- Keeps connections for ever without growing: whoever says nothing for an hour is
-- closed, nothing is left of him in any table, and after a rush the tables are made
-- anew. Answers false and a reason when something cannot be done.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local record = require "record"
local wheel = require "wheel"

local NAME = ".sessions"

-- Ticks of 10 ms.
local MINUTE = 6000
local IDLE = 60 * MINUTE
local SAMPLE_EVERY, SAMPLES = 60 * MINUTE, 24

local connections = {}	-- id -> { client, last_active, said }
local owners = {}	-- client -> { id = true }, for `drop`; no entry for whoever has none
local count = 0
local most = 0	-- the highest count since the tables were made
local last_id = 0	-- ids are never used again: a late message must not meet somebody else
local due = wheel.new(skynet.now())
local samples = {}	-- the last ones: { connections, kilobytes }
local counters = { opened = 0, closed = 0, expired = 0, compactions = 0 }

-- A table in Lua does not give its room back when entries are removed, and may keep it
-- for hours. Once there have been four times as many as now, all that grew is made anew.
local function compact()
	if most < 4 * count + 64 then
		return
	end
	local fresh, fresh_owners = {}, {}
	for id, connection in pairs(connections) do
		local client = connection.client
		fresh[id] = connection
		fresh_owners[client] = fresh_owners[client] or {}
		fresh_owners[client][id] = true
	end
	connections, owners, most = fresh, fresh_owners, count
	counters.compactions = counters.compactions + 1
end

-- The only place where a connection ends, so that nothing of it can be forgotten. In
-- the wheel its id stays until it is due, and means nothing then.
local function remove(id, connection)
	connections[id] = nil
	count = count - 1
	local owned = owners[connection.client]
	owned[id] = nil
	if not next(owned) then
		owners[connection.client] = nil
	end
end

local function expire(now)
	local clients, closed = {}, {}	-- one message for each client, however many he has lost
	for _, id in ipairs(due:take(now)) do
		local connection = connections[id]
		if connection and now - connection.last_active >= IDLE then
			counters.expired = counters.expired + 1
			remove(id, connection)
			local client = connection.client
			if not closed[client] then
				closed[client] = {}
				table.insert(clients, client)
			end
			table.insert(closed[client], id)
		elseif connection then
			-- It has said something since. Looked at when it is due, not each time it speaks.
			due:add(id, connection.last_active + IDLE)
		end
	end
	for _, client in ipairs(clients) do
		skynet.send(client, "lua", "closed", closed[client])
	end
end

local function sample()
	-- A full collection stops the service, so once in an hour, for a number that means
	-- something; and after the tables are tidy, or it finds nothing to collect.
	collectgarbage "collect"
	table.insert(samples, { connections = count, kilobytes = collectgarbage "count" // 1 })
	if #samples > SAMPLES then
		table.remove(samples, 1)
	end
end

-- One loop for each kind of work. A timeout that starts the next one inside of itself
-- does that as often as its author thought of it.
local function every(ticks, work)
	skynet.fork(function()
		while true do
			skynet.sleep(ticks)
			local ok, reason = xpcall(work, debug.traceback, skynet.now())
			if not ok then
				skynet.error(reason)
			end
		end
	end)
end

local handlers = {}

function handlers.open(client)
	last_id = last_id + 1
	count = count + 1
	most = math.max(most, count)
	counters.opened = counters.opened + 1
	local now = skynet.now()
	connections[last_id] = { client = client, last_active = now, said = record.new() }
	owners[client] = owners[client] or {}
	owners[client][last_id] = true
	due:add(last_id, now + IDLE)
	return last_id
end

local function find(client, id)
	local connection = connections[id]
	if connection and connection.client == client then
		return connection
	end
end

function handlers.say(client, id, text)
	local connection = find(client, id)
	if not connection then
		return false, "no such connection"
	end
	connection.last_active = skynet.now()
	record.add(connection.said, text)
	return true
end

function handlers.said(client, id)
	local connection = find(client, id)
	if not connection then
		return false, "no such connection"
	end
	return record.text(connection.said)
end

function handlers.close(client, id)
	local connection = find(client, id)
	if not connection then
		return false, "no such connection"
	end
	counters.closed = counters.closed + 1
	remove(id, connection)
	return true
end

-- All connections of whoever asks; answers how many.
function handlers.drop(client)
	local ids = {}
	for id in pairs(owners[client] or {}) do
		table.insert(ids, id)
	end
	for _, id in ipairs(ids) do
		counters.closed = counters.closed + 1
		remove(id, connections[id])
	end
	return #ids
end

function handlers.status()
	return count, counters
end

skynet.start(function()
	-- skynet.register says nothing when the name is taken, so look.
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")

	every(MINUTE, expire)
	every(5 * MINUTE, compact)
	every(SAMPLE_EVERY, sample)

	-- A call must be answered, a send must not: skynet.retpack knows which it is.
	skynet.dispatch("lua", function(_, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(source, ...))
	end)
end)
