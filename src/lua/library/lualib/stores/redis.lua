-- Redis without a network: databases, commands by name, errors in Redis's words. Plain Lua; who uses it says
-- what time it is.

local keyspace = require "stores.keyspace"
local numbers = require "stores.numbers"

local DATABASES = 16

local commands = {}
for _, name in ipairs { "keys", "strings", "hashes", "lists", "sets", "sorted" } do
	for command, what in pairs(require("stores." .. name)()) do
		commands[command] = what
	end
end

local redis = {}
redis.__index = redis

function redis.new(now)
	return setmetatable({ now = now, databases = {} }, redis)
end

-- One of the databases, made when somebody comes to it.
function redis:database(index)
	local db = self.databases[index]
	if not db then
		db = keyspace.new(self.now)
		self.databases[index] = db
	end
	return db
end

commands.PING = { 0, 1, function(_, args)
	return args[1] or "PONG"
end }

commands.ECHO = { 1, 1, function(_, args)
	return args[1]
end }

-- Which database it is from then on is the client's to remember.
commands.SELECT = { 1, 1, function(_, args, self)
	local index = numbers.integer(args[1])
	if index < 0 or index >= DATABASES then
		error({ "ERR DB index is out of range" })
	end
	return "OK"
end }

commands.FLUSHALL = { 0, 1, function(_, _, self)
	for _, db in pairs(self.databases) do
		db:clear()
	end
	return "OK"
end }

local function unknown(name, args)
	local quoted = {}
	for n, arg in ipairs(args) do
		quoted[n] = "'" .. arg .. "' "
	end
	return ("ERR unknown command '%s', with args beginning with: %s"):format(name, table.concat(quoted))
end

-- Whether it worked, and the answer or why not. args are texts.
function redis:execute(database, name, args)
	local upper = name:upper()
	local command = commands[upper]
	if not command then
		return false, unknown(name, args)
	elseif #args < command[1] or (command[2] and #args > command[2]) then
		return false, ("ERR wrong number of arguments for '%s' command"):format(name:lower())
	end
	local worked, answer = pcall(command[3], self:database(database), args, self)
	if worked then
		return true, answer
	elseif type(answer) == "table" then
		return false, answer[1]
	end
	error(answer, 0)
end

-- Removes what has ended.
function redis:sweep()
	for _, db in pairs(self.databases) do
		db:sweep()
	end
end

-- No key ends before; nil if none ends at all.
function redis:soonest()
	local soonest
	for _, db in pairs(self.databases) do
		if db.soonest and (not soonest or db.soonest < soonest) then
			soonest = db.soonest
		end
	end
	return soonest
end

return redis
