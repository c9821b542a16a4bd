-- Says who may connect. Tokens are rows of the database; what it said about one is kept in a Redis for a while, since
-- clients come in crowds. When `revoke` has answered true, nobody gets in with that token.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local redis = require "skynet.db.redis"
local database = require "database"
local within = require "within"

local NAME, DATABASE, CACHE = ".auth", ".database", "cache"
local PATIENCE = 10	-- ticks: a cache that is slow is no cache
local KEPT = 3	-- seconds that an answer is kept

local SCHEMA = "CREATE TABLE IF NOT EXISTS tokens(token TEXT PRIMARY KEY)"
local YES, NO = "yes", "no"

local tokens = database.new(DATABASE, SCHEMA)
local changes = {}	-- token -> how often it was granted or revoked
local counters = { cache = 0, database = 0 }
local connection

-- A command of Redis: true and its answer, or false. Nothing here depends on the cache.
local function ask_cache(command, ...)
	return within(PATIENCE, function(...)
		connection = connection or redis.connect { host = CACHE, port = 6379 }
		return connection[command](connection, ...)
	end, ...)
end

local function key(token)
	return "token:" .. token
end

local handlers = {}

-- True, or false and why not.
function handlers.check(token)
	local reached, kept = ask_cache("get", key(token))
	if reached and kept then
		counters.cache = counters.cache + 1
		return kept == YES, kept ~= YES and "wrong token" or nil
	end
	counters.database = counters.database + 1
	local before = changes[token]
	local rows = tokens:ask("query", "SELECT 1 FROM tokens WHERE token = ?", token)
	if not rows then
		return false, "no authentication"
	end
	local granted = #rows > 0
	-- What was read before a change must not be kept after it. Redis does what it is told in this order.
	if reached and changes[token] == before then
		ask_cache("set", key(token), granted and YES or NO, "EX", KEPT)
	end
	return granted, not granted and "wrong token" or nil
end

local function change(statement, token)
	local done, reason = tokens:ask("execute", statement, token)
	-- Also if it failed: it may have happened.
	changes[token] = (changes[token] or 0) + 1
	if not ask_cache("del", key(token)) then
		-- It may live and not have heard us. It forgets by itself.
		skynet.sleep(KEPT * 100)
	end
	if not done then
		return false, reason
	end
	return true
end

function handlers.grant(token)
	return change("INSERT OR IGNORE INTO tokens VALUES(?)", token)
end

function handlers.revoke(token)
	return change("DELETE FROM tokens WHERE token = ?", token)
end

function handlers.counters()
	return counters
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
