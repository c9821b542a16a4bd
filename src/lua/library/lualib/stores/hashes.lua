-- Redis commands about hashes, in the form of stores.keys. A hash without fields is not there.

local numbers = require "stores.numbers"

local KIND = "hash"

local commands = {}

local function set_fields(name)
	return function(db, args)
		if #args % 2 == 0 then
			error({ ("ERR wrong number of arguments for '%s' command"):format(name) })
		end
		local hash = db:make(args[1], KIND, {})
		local new = 0
		for n = 2, #args, 2 do
			new = new + (hash[args[n]] == nil and 1 or 0)
			hash[args[n]] = args[n + 1]
		end
		return new
	end
end

-- Fields in no order, as in Redis; what gives their part of the answer.
local function all(part)
	return { 1, 1, function(db, args)
		local found = {}
		for field, value in pairs(db:get(args[1], KIND) or {}) do
			part(found, field, value)
		end
		return found
	end }
end

commands.HSET = { 3, nil, set_fields "hset" }

local hset = set_fields "hmset"
commands.HMSET = { 3, nil, function(db, args)
	hset(db, args)
	return "OK"
end }

commands.HSETNX = { 3, 3, function(db, args)
	local hash = db:make(args[1], KIND, {})
	if hash[args[2]] ~= nil then
		return 0
	end
	hash[args[2]] = args[3]
	return 1
end }

commands.HGET = { 2, 2, function(db, args)
	return (db:get(args[1], KIND) or {})[args[2]]
end }

commands.HMGET = { 2, nil, function(db, args)
	local hash, found = db:get(args[1], KIND) or {}, {}
	for n = 2, #args do
		found[n - 1] = hash[args[n]]
	end
	return found
end }

commands.HDEL = { 2, nil, function(db, args)
	local hash, count = db:get(args[1], KIND), 0
	if not hash then
		return 0
	end
	for n = 2, #args do
		count = count + (hash[args[n]] ~= nil and 1 or 0)
		hash[args[n]] = nil
	end
	if not next(hash) then
		db:remove(args[1])
	end
	return count
end }

commands.HEXISTS = { 2, 2, function(db, args)
	return (db:get(args[1], KIND) or {})[args[2]] ~= nil and 1 or 0
end }

commands.HLEN = { 1, 1, function(db, args)
	local count = 0
	for _ in pairs(db:get(args[1], KIND) or {}) do
		count = count + 1
	end
	return count
end }

commands.HGETALL = all(function(found, field, value)
	found[#found + 1] = field
	found[#found + 1] = value
end)

commands.HKEYS = all(function(found, field)
	found[#found + 1] = field
end)

commands.HVALS = all(function(found, _, value)
	found[#found + 1] = value
end)

commands.HINCRBY = { 3, 3, function(db, args)
	local step = numbers.integer(args[3])
	local old = (db:get(args[1], KIND) or {})[args[2]] or "0"
	local readable, number = pcall(numbers.integer, old)
	if not readable then
		error({ "ERR hash value is not an integer" })
	end
	local value = numbers.add(number, step)
	db:make(args[1], KIND, {})[args[2]] = ("%d"):format(value)
	return value
end }

-- A function: what has loaded this lists no commands in its state.
return function()
	return commands
end
