-- WRONG in handlers.get, after pcall(load): what was loaded is kept although an update has come
-- meanwhile (`flights[key] == flight` is not asked), so the old value is back until it expires.
-- A cache of three levels in front of a database: own memory, a Redis that all
-- fronts share, the database. skynet.newservice("front", ".front1", ".front1", ".front2"):
-- its own name, and those of all fronts.
--
-- What it promises: when `set` has answered true, no `get` that begins afterwards, at
-- any front, gives an older value. Each value has a version, given by the database.
--
-- A command that cannot be done answers false and a reason; only a bug raises an error.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local ask = require "ask"
local memory = require "memory"
local shared = require "shared"
local within = require "within"

local CACHE, DATABASE = "cache", ".database"

-- Ticks of 10 ms.
local MEMORY_TICKS, SERVER_TICKS = 100, 500	-- how long an entry lives there
local SERVER_PATIENCE, DATABASE_PATIENCE = 10, 100	-- a cache that is slow is no cache
local SERVER_FAILURES, SERVER_REST = 3, 200	-- after so many in a row it is left alone for so long
local CAPACITY = 20

local name = ...
local fronts = { select(2, ...) }

local level1 = memory.new(CAPACITY, MEMORY_TICKS)
local level2 = shared.new(CACHE, SERVER_TICKS)
local flights = {}	-- key -> the load that is on its way: { done, entry, reason }
local doubtful = {}	-- key -> until when the cache server may hold an old value of it: what we told it
	-- before has expired by then, also if it heard of it late
local failures, rest_until = 0, 0	-- of the cache server
local counters = { from_memory = 0, from_server = 0, from_database = 0, joined = 0 }

-- Asks the cache server: true and what it answers, or false. One that is down costs its patience only now and then.
local function ask_server(method, ...)
	if skynet.now() < rest_until then
		return false
	end
	local ok, result = within(SERVER_PATIENCE, method, level2, ...)
	if ok then
		failures = 0
		return true, result
	end
	failures = failures + 1
	if failures >= SERVER_FAILURES then
		failures, rest_until = 0, skynet.now() + SERVER_REST
	end
	return false
end

local function is_doubtful(key)
	return doubtful[key] ~= nil and skynet.now() < doubtful[key]
end

-- Answers the entry { value, version } and whether it came from the database, or nil
-- and a reason. A value that is not there is an entry, too (value nil, version 0): or
-- whoever asks for nonsense gets to the database each time.
local function load(key)
	if not is_doubtful(key) then
		local ok, entry = ask_server(level2.find, key)
		if ok and entry then
			counters.from_server = counters.from_server + 1
			return entry, false
		end
	end
	counters.from_database = counters.from_database + 1
	local ok, value, version = ask(DATABASE, DATABASE_PATIENCE, "read", key)
	if not ok then
		return nil, value
	end
	return { value = value, version = version }, true
end

-- What is known about the key is old. A load that is on its way is old as well: whoever
-- waits for it has asked before the update and gets what it brings, but it must not be
-- kept, and whoever asks from now on must not join it.
local function forget(key, server_is_old)
	level1:drop(key)
	flights[key] = nil
	if server_is_old then
		-- Other fronts may tell it the old value until they hear of this, too.
		doubtful[key] = skynet.now() + SERVER_TICKS + MEMORY_TICKS
	end
end

local handlers = {}

-- Answers true, the value and its version.
function handlers.get(_, key)
	local kept = level1:get(key, skynet.now())
	if kept then
		counters.from_memory = counters.from_memory + 1
		return true, kept.value, kept.version
	end
	local flight = flights[key]
	if flight then
		-- Somebody is getting it. A thousand who miss at once are one load.
		counters.joined = counters.joined + 1
		table.insert(flight, (coroutine.running()))
		while not flight.done do
			skynet.wait()
		end
	else
		flight = { done = false }
		flights[key] = flight
		local ok, entry, detail = pcall(load, key)
		if not ok then
			entry, detail = nil, entry
		end
		flight.done, flight.entry, flight.reason = true, entry, detail
		flights[key] = nil
		if entry then
			level1:put(key, entry, skynet.now())
			if detail and not is_doubtful(key) then
				-- Nobody waits for this.
				skynet.fork(ask_server, level2.put, key, entry, level2:expiry())
			end
		end
		for _, waiting in ipairs(flight) do
			skynet.wakeup(waiting)
		end
	end
	if not flight.entry then
		return false, flight.reason
	end
	return true, flight.entry.value, flight.entry.version
end

-- Answers true and the new version. The order matters: the database first, for what the
-- caches hold must be there; then the server, or it would give the old value to the
-- fronts that have forgotten it. If the database does not answer, it may have written
-- all the same: so everybody forgets, and only the promise is not given.
function handlers.set(_, key, value)
	local ok, version = ask(DATABASE, DATABASE_PATIENCE, "write", key, value)
	local stored = ok and ask_server(level2.put, key, { value = value, version = version }, level2:expiry())
	local others = skynet.request()
	for _, front in ipairs(fronts) do
		if front ~= name then
			others:add { front, "lua", "forget", key, not stored }
		end
	end
	forget(key, not stored)
	-- A front that is gone has nothing to forget; one that says nothing is not waited for
	-- longer than what it keeps can last.
	for _ in others:select(MEMORY_TICKS) do
	end
	return ok, version
end

-- From another front, whose `set` waits for the answer.
function handlers.forget(_, key, server_is_old)
	forget(key, server_is_old)
	return true
end

function handlers.counters()
	return counters
end

skynet.start(function()
	-- skynet.register says nothing when the name is taken, so look.
	skynet.register(name)
	assert(skynet.localname(name) == skynet.self(), name .. " is already running")

	-- Doubts that nobody asks about must not be kept for ever.
	skynet.fork(function()
		while true do
			skynet.sleep(SERVER_TICKS)
			for key in pairs(doubtful) do
				if not is_doubtful(key) then
					doubtful[key] = nil
				end
			end
		end
	end)

	skynet.dispatch("lua", function(_, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(source, ...))
	end)
end)
