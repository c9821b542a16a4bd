-- Accounts in a database, and their balances in a cache for as long as EXPIRES says. Money is neither made nor
-- lost, and after a transfer nobody reads a balance of before it.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local queue = require "skynet.queue"
local redis = require "skynet.db.redis"
local ask_once = require "ask"

local NAME, DATABASE = ".accounts", ".database"
local EXPIRES = 2	-- seconds
local PATIENCE = 100	-- ticks for an answer
local AGAIN = 20	-- ticks between two attempts
local ATTEMPTS = 100
local START = 100

-- What passes by itself, by SQLite's codes: busy, input/output error, full, cannot open.
local PASSING = { [5] = true, [10] = true, [13] = true, [14] = true }
local CONSTRAINT = 19

local SCHEMA = [[
	CREATE TABLE IF NOT EXISTS accounts(
		name TEXT PRIMARY KEY, balance INTEGER NOT NULL CHECK(balance >= 0), version INTEGER NOT NULL);
	CREATE TABLE IF NOT EXISTS transfers(id TEXT PRIMARY KEY, source TEXT, target TEXT, amount INTEGER);
]]

local cache
-- One request at a time: whoever fills the cache knows that nobody changes the database meanwhile.
local alone = queue()
local audited	-- what the last audit saw

-- Asks the database until it answers something that will not pass by itself. What it did before it died, or answers
-- too late, it may do twice: requests have to bear that.
local function ask(...)
	for _ = 1, ATTEMPTS do
		local database = skynet.localname(DATABASE)
		if database then
			local answered, result, message, code, place = ask_once(database, PATIENCE, ...)
			if answered and (result or not PASSING[code & 0xff]) then
				return result, message, code, place
			end
		end
		skynet.sleep(AGAIN)
	end
	error "the database does not come back"
end

local function key(name)
	return "balance:" .. name
end

-- Until the cache has answered it may hold an old balance.
local function forget(...)
	for _ = 1, ATTEMPTS do
		if pcall(cache.del, cache, ...) then
			return
		end
		skynet.sleep(AGAIN)
	end
	error "the cache does not come back"
end

local function versions(source, target)
	local found = {}
	for _, row in ipairs(ask("query", "SELECT name, version FROM accounts WHERE name IN (?, ?)", source, target)) do
		found[row.name] = row.version
	end
	return found
end

local handlers = {}

function handlers.open(...)
	assert(ask("script", SCHEMA))
	for _, name in ipairs { ... } do
		assert(ask("execute", "INSERT OR IGNORE INTO accounts VALUES(?, ?, 0)", name, START))
	end
	return true
end

-- The same id may come again: it is one transfer. True and the accounts' new versions, or false.
function handlers.transfer(id, source, target, amount)
	-- Before, and not after: who dies in between leaves no old balance behind.
	forget(key(source), key(target))
	local done, message, code, place = ask("transaction", {
		{ "INSERT INTO transfers VALUES(?, ?, ?, ?)", id, source, target, amount },
		{ "UPDATE accounts SET balance = balance - ?, version = version + 1 WHERE name = ?", amount, source },
		{ "UPDATE accounts SET balance = balance + ?, version = version + 1 WHERE name = ?", amount, target },
	})
	if not done and code & 0xff == CONSTRAINT and place == 2 then
		return false, "not enough"
	elseif not done and not (code & 0xff == CONSTRAINT and place == 1) then
		error(message)
	end
	return true, versions(source, target)
end

function handlers.balance(name)
	local reached, text = pcall(cache.get, cache, key(name))
	if reached and text then
		local balance, version = text:match "^(%d+) (%d+)$"
		return math.tointeger(balance), math.tointeger(version), "cache"
	end
	local row = assert(ask("query", "SELECT balance, version FROM accounts WHERE name = ?", name)[1], "no such account")
	-- Without a cache it is slower, and no more.
	pcall(cache.set, cache, key(name), row.balance .. " " .. row.version, "EX", EXPIRES)
	return row.balance, row.version, "database"
end

-- What is in the database, and what the cache says otherwise.
function handlers.audit()
	audited = { accounts = {}, transfers = {}, stale = {} }
	for _, row in ipairs(ask("query", "SELECT * FROM accounts ORDER BY name")) do
		audited.accounts[row.name] = row.balance
		local reached, text = pcall(cache.get, cache, key(row.name))
		if reached and text and text ~= row.balance .. " " .. row.version then
			table.insert(audited.stale, row.name)
		end
	end
	for _, row in ipairs(ask("query", "SELECT * FROM transfers ORDER BY id")) do
		audited.transfers[row.id] = row.amount
	end
	return audited
end

skynet.start(function()
	skynet.register(NAME)
	cache = redis.connect { host = "cache", port = 6379 }
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(alone(handler, ...))
	end)
end)
