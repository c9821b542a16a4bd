-- Redis commands about strings, in the form of stores.keys.

local numbers = require "stores.numbers"

local KIND = "string"
local SYNTAX = "ERR syntax error"

-- When a key ends that was given so long, or an error that names the command.
local function ending(db, name, span, unit, absolute)
	span = numbers.integer(span)
	local now = absolute and 0 or db.now()
	if span <= 0 or span > (math.maxinteger - now) // unit then
		error({ ("ERR invalid expire time in '%s' command"):format(name) })
	end
	return now + span * unit
end

-- The options of SET behind key and value.
local UNITS = { EX = { 1000, false }, PX = { 1, false }, EXAT = { 1000, true }, PXAT = { 1, true } }

local function options(db, args)
	local found = {}
	local at = 3
	while at <= #args do
		local word = args[at]:upper()
		local unit = UNITS[word]
		if unit and not found.span and not found.keep and args[at + 1] then
			found.span, found.unit, found.absolute = args[at + 1], unit[1], unit[2]
			at = at + 1
		elseif (word == "NX" or word == "XX") and not found.only then
			found.only = word
		elseif word == "GET" then
			found.get = true
		elseif word == "KEEPTTL" and not found.span then
			found.keep = true
		else
			error({ SYNTAX })
		end
		at = at + 1
	end
	if found.span then
		found.ends = ending(db, "set", found.span, found.unit, found.absolute)
	end
	return found
end

local function set(db, args)
	local wanted = options(db, args)
	local key = args[1]
	local old = wanted.get and db:get(key, KIND)
	local entry = db:find(key)
	if (wanted.only == "NX" and entry) or (wanted.only == "XX" and not entry) then
		return old or nil
	end
	db:put(key, KIND, args[2], wanted.ends or (wanted.keep and entry and entry.ends or nil))
	if db.now() >= (wanted.ends or math.maxinteger) then
		db:remove(key)
	end
	if wanted.get then
		return old or nil
	end
	return "OK"
end

local function set_for(name, unit)
	return { 3, 3, function(db, args)
		db:put(args[1], KIND, args[3], ending(db, name, args[2], unit))
		return "OK"
	end }
end

-- by: a function that reads how much from the arguments.
local function count_by(arguments, by)
	return { arguments, arguments, function(db, args)
		local step = by(args)
		local value = numbers.add(numbers.integer(db:get(args[1], KIND) or "0"), step)
		db:change(args[1], KIND, ("%d"):format(value))
		return value
	end }
end

local commands = {}

commands.GET = { 1, 1, function(db, args)
	return db:get(args[1], KIND)
end }

commands.SET = { 2, nil, set }

commands.SETNX = { 2, 2, function(db, args)
	if db:find(args[1]) then
		return 0
	end
	db:put(args[1], KIND, args[2])
	return 1
end }

commands.SETEX = set_for("setex", 1000)
commands.PSETEX = set_for("psetex", 1)

commands.GETSET = { 2, 2, function(db, args)
	local old = db:get(args[1], KIND)
	db:put(args[1], KIND, args[2])
	return old
end }

commands.GETDEL = { 1, 1, function(db, args)
	local old = db:get(args[1], KIND)
	db:remove(args[1])
	return old
end }

commands.MGET = { 1, nil, function(db, args)
	local found = {}
	for n, key in ipairs(args) do
		local entry = db:find(key)
		found[n] = entry and entry.kind == KIND and entry.value or nil
	end
	return found
end }

commands.MSET = { 2, nil, function(db, args)
	if #args % 2 == 1 then
		error({ "ERR wrong number of arguments for 'mset' command" })
	end
	for n = 1, #args, 2 do
		db:put(args[n], KIND, args[n + 1])
	end
	return "OK"
end }

commands.INCR = count_by(1, function()
	return 1
end)

commands.DECR = count_by(1, function()
	return -1
end)

commands.INCRBY = count_by(2, function(args)
	return numbers.integer(args[2])
end)

commands.DECRBY = count_by(2, function(args)
	local step = numbers.integer(args[2])
	if step == math.mininteger then
		error({ "ERR decrement would overflow" })
	end
	return -step
end)

commands.APPEND = { 2, 2, function(db, args)
	local value = (db:get(args[1], KIND) or "") .. args[2]
	db:change(args[1], KIND, value)
	return #value
end }

commands.STRLEN = { 1, 1, function(db, args)
	return #(db:get(args[1], KIND) or "")
end }

-- A function: what has loaded this lists no commands in its state.
return function()
	return commands
end
