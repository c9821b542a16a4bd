-- Wrong on purpose: line 216 takes the place only after the question, and a burst of clients passes the limit together.
-- A service with everything that a service in production has: a checked
-- configuration, a limit that holds, background work, data in a database, a clean end.
--
--   skynet.newservice("structured_service", "max_connections=3", "save_every=5")
--
-- A command that cannot be done answers false and a reason; only a bug raises.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local queue = require "skynet.queue"
local config_reader = require "config"
local store = require "store"

local NAME = ".structured"
local AUTH = ".auth"
local TICKS = 100	-- skynet counts time in hundredths of a second
local LOAD_ATTEMPTS = 10	-- one each second

local arguments = { ... }

local config = config_reader.defaults()

-- Clients. A connection is { client, state = "handshake" | "open", last_active }.
local connections = {}	-- id -> connection
local connected = 0	-- how many, handshakes included
local last_id = 0

-- What is saved.
local saved	-- the way to the database
local data = {}
local save_number = 0	-- of the newest good save
local changed = {}	-- key -> true: where data differs from that save
local one_save = queue()

local timers = {}	-- name -> { started, runs }
local counters = { accepted = 0, refused = 0, expired = 0 }
local last_stats = nil
local stopping = false

------------------------------------------------------------------ connections

local function add_connection(client)
	last_id = last_id + 1
	connected = connected + 1
	local connection = { client = client, state = "handshake", last_active = skynet.now() }
	connections[last_id] = connection
	return last_id, connection
end

local function remove_connection(id)
	connections[id] = nil
	connected = connected - 1
end

-- The connection, if it is open and belongs to this client.
local function find_connection(id, client)
	local connection = connections[id]
	if connection and connection.state == "open" and connection.client == client then
		return connection
	end
end

-- pairs() has no order that one could rely on; whoever sends messages in a loop
-- wants one, or two equal runs differ.
local function sorted_ids()
	local ids = {}
	for id in pairs(connections) do
		table.insert(ids, id)
	end
	table.sort(ids)
	return ids
end

local function close_connection(id, reason)
	local connection = connections[id]
	remove_connection(id)
	skynet.send(connection.client, "lua", "closed", id, reason)
end

-- skynet.call has no timeout: if .auth died while it thinks, the call would never
-- return. request:select gives up after a while.
local function ask_auth(token)
	local answer
	for _, response in skynet.request { AUTH, "lua", "check", token }:select(config.auth_timeout * TICKS) do
		answer = response
	end
	if not answer then
		return false, "no authentication"
	end
	return answer[1], answer[2]
end

----------------------------------------------------------------------- saving

-- Answers the number of the newest save, or false and a reason. The database takes its time, and meanwhile others
-- are served: what is saved is the data of the moment at which this begins, and what changes meanwhile is for the next.
local function save_changes()
	local keys, values = {}, {}
	for key in pairs(changed) do
		table.insert(keys, key)
		values[key] = data[key]
	end
	if #keys == 0 then
		return save_number
	end
	table.sort(keys)
	changed = {}
	local ok, reason = saved:save(save_number + 1, keys, values)
	if not ok then
		for _, key in ipairs(keys) do
			changed[key] = true
		end
		return false, reason
	end
	save_number = save_number + 1
	return save_number
end

-- One after the other, or an older one could come after a newer one.
local function save()
	return one_save(save_changes)
end

-- Nothing can be done before this: whoever did not know what is there would save less.
local function load()
	local reason
	for _ = 1, LOAD_ATTEMPTS do
		local values, number = saved:load()
		if values then
			data, save_number = values, number
			return
		end
		reason = number
		skynet.sleep(TICKS)
	end
	error("cannot load: " .. reason, 0)
end

----------------------------------------------------------------------- timers

local work = {}

function work.cleanup()
	local now = skynet.now()
	for _, id in ipairs(sorted_ids()) do
		if now - connections[id].last_active >= config.idle_timeout * TICKS then
			counters.expired = counters.expired + 1
			close_connection(id, "idle")
		end
	end
end

function work.stats()
	last_stats = {
		time = skynet.time(),
		connected = connected,
		accepted = counters.accepted,
		refused = counters.refused,
		expired = counters.expired,
	}
	if config.verbose then
		skynet.error(string.format("%d connected, %d accepted, %d refused, %d expired",
			connected, counters.accepted, counters.refused, counters.expired))
	end
end

function work.save()
	local number, reason = save()
	if not number then
		skynet.error("not saved: " .. reason)	-- the next round tries again
	end
end

-- One loop for each kind of work, started once. It cannot overlap with itself, as a
-- timeout that starts the next timeout before it works can; an error in one round
-- does not end it; a changed interval counts from the next round on. Skynet cannot
-- cancel a timer, so the loop looks at `stopping` when it wakes up.
local function start_timer(name, interval_key)
	assert(not timers[name], name .. " runs already")
	local timer = { started = skynet.now(), runs = 0 }
	timers[name] = timer
	skynet.fork(function()
		while true do
			skynet.sleep(config[interval_key] * TICKS)
			if stopping then
				return
			end
			timer.runs = timer.runs + 1
			local ok, reason = xpcall(work[name], debug.traceback)
			if not ok then
				skynet.error(string.format("%s failed: %s", name, reason))
			end
		end
	end)
end

--------------------------------------------------------------------- commands

local handlers = {}

-- Answers the id of the new connection.
function handlers.connect(client, token)
	if stopping then
		return false, "stopping"
	end
	if connected >= config.max_connections then
		counters.refused = counters.refused + 1
		return false, "too many connections"
	end
	local granted, reason = ask_auth(token)
	if not granted then
		counters.refused = counters.refused + 1
		return false, reason
	end
	local id, connection = add_connection(client)
	counters.accepted = counters.accepted + 1
	connection.state = "open"
	connection.last_active = skynet.now()
	return id
end

-- A sign of life. A client that is mistaken about its connection is told so.
function handlers.touch(client, id)
	local connection = find_connection(id, client)
	if not connection then
		skynet.send(client, "lua", "closed", id, "unknown")
		return false, "no such connection"
	end
	connection.last_active = skynet.now()
	return true
end

function handlers.disconnect(client, id)
	if not find_connection(id, client) then
		return false, "no such connection"
	end
	remove_connection(id)
	return true
end

function handlers.get(_, key)
	return data[key]
end

-- All of these keys at once: a save has all of them or none.
local function set_all(values)
	if stopping then
		return false, "stopping"
	end
	for key, value in pairs(values) do
		if type(key) ~= "string" then
			return false, "the key must be a string"
		elseif type(value) ~= "string" and type(value) ~= "number" then
			return false, "the value must be a string or a number"
		end
	end
	for key, value in pairs(values) do
		data[key] = value
		changed[key] = true
	end
	return true
end

function handlers.set(_, key, value)
	if key == nil or value == nil then
		return false, "a key and a value are needed"
	end
	return set_all { [key] = value }
end

function handlers.set_all(_, values)
	return set_all(values)
end

function handlers.remove(_, key)
	if stopping then
		return false, "stopping"
	end
	data[key] = nil
	changed[key] = true
	return true
end

-- Answers the number of the newest save.
function handlers.save()
	return save()
end

-- What the database has, and the number of that save.
function handlers.stored()
	return saved:load()
end

function handlers.configure(_, ...)
	local new, reason = config_reader.apply(config, { ... })
	if not new then
		return false, reason
	end
	if new.database ~= config.database then
		return false, "database: can only be set at the start"
	end
	config = new
	return true
end

function handlers.connected()
	return connected
end

-- The last statistics (nil before the first), and what the timers have done.
function handlers.stats()
	return last_stats, timers
end

-- The clean end: nobody new, whoever is in the middle of a handshake gets his
-- answer (ask_auth does not wait for ever), the data is saved, the clients are
-- told, and the caller gets his answer before the service is gone.
function handlers.shutdown()
	if stopping then
		return false, "stopping"
	end
	stopping = true
	local function handshakes()
		for _, connection in pairs(connections) do
			if connection.state == "handshake" then
				return true
			end
		end
		return false
	end
	while handshakes() do
		skynet.sleep(1)
	end
	local number, reason = save()
	if not number then
		skynet.error("the data is not saved: " .. reason)
	end
	for _, id in ipairs(sorted_ids()) do
		close_connection(id, "shutdown")
	end
	-- A fork runs when this message is done, and so after the answer.
	skynet.fork(skynet.exit)
	if not number then
		return false, reason
	end
	return true
end

skynet.start(function()
	local reason
	config, reason = config_reader.apply(config, arguments)
	if not config then
		error("bad configuration: " .. reason, 0)	-- newservice fails, the log says why
	end
	saved = store.open(config.database)
	load()
	-- From here on clients come. skynet.register says nothing when the name is taken, so look.
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")
	start_timer("cleanup", "cleanup_every")
	start_timer("stats", "stats_every")
	start_timer("save", "save_every")

	-- A call must be answered, a send must not: skynet.retpack knows which it is.
	skynet.dispatch("lua", function(_, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(source, ...))
	end)
end)
