-- Redis commands about keys of any kind. Each is { least, most, function(db, args) }: how many arguments it takes, most
-- is nil where there is no limit.

local numbers = require "stores.numbers"

local commands = {}

-- A glob (*, ?, [abc], [^a], [a-z], \x) as a pattern of Lua.
local function pattern_of(glob)
	local out, at = { "^" }, 1
	local function literal(char)
		out[#out + 1] = char:find "%w" and char or "%" .. char
	end
	while at <= #glob do
		local char = glob:sub(at, at)
		if char == "*" then
			out[#out + 1] = ".*"
		elseif char == "?" then
			out[#out + 1] = "."
		elseif char == "\\" and at < #glob then
			at = at + 1
			literal(glob:sub(at, at))
		elseif char == "[" and glob:find("]", at + 1, true) then
			local close = glob:find("]", at + 1, true)
			local set = glob:sub(at + 1, close - 1)
			out[#out + 1] = "[" .. set:gsub("[^%w%^%-]", "%%%0") .. "]"
			at = close
		else
			literal(char)
		end
		at = at + 1
	end
	out[#out + 1] = "$"
	return table.concat(out)
end

commands.DEL = { 1, nil, function(db, args)
	local count = 0
	for _, key in ipairs(args) do
		count = count + (db:remove(key) and 1 or 0)
	end
	return count
end }
commands.UNLINK = commands.DEL

commands.EXISTS = { 1, nil, function(db, args)
	local count = 0
	for _, key in ipairs(args) do
		count = count + (db:find(key) and 1 or 0)
	end
	return count
end }

commands.TYPE = { 1, 1, function(db, args)
	local entry = db:find(args[1])
	return entry and entry.kind or "none"
end }

-- A key that ends at once, or has ended, is gone.
local function expire(name, unit, from_now)
	return { 2, 2, function(db, args)
		local span = numbers.integer(args[2])
		local now = db.now()
		local ends = span * unit + (from_now and now or 0)
		-- What does not fit into 64 bits, or would not with the time now.
		if math.abs(span) > math.maxinteger // unit or (from_now and span > 0 and ends < now) then
			error({ ("ERR invalid expire time in '%s' command"):format(name) })
		end
		local entry = db:find(args[1])
		if not entry then
			return 0
		end
		db:end_at(entry, ends)
		if ends <= now then
			db:remove(args[1])
		end
		return 1
	end }
end
commands.EXPIRE = expire("expire", 1000, true)
commands.PEXPIRE = expire("pexpire", 1, true)
commands.EXPIREAT = expire("expireat", 1000, false)
commands.PEXPIREAT = expire("pexpireat", 1, false)

-- -2: no such key; -1: it never ends.
local function time_left(unit)
	return { 1, 1, function(db, args)
		local entry = db:find(args[1])
		if not entry then
			return -2
		elseif not entry.ends then
			return -1
		end
		return (entry.ends - db.now() + unit // 2) // unit
	end }
end
commands.TTL = time_left(1000)
commands.PTTL = time_left(1)

commands.PERSIST = { 1, 1, function(db, args)
	local entry = db:find(args[1])
	if not entry or not entry.ends then
		return 0
	end
	entry.ends = nil
	return 1
end }

-- Redis has no order here, and nobody should count on one.
commands.KEYS = { 1, 1, function(db, args)
	local found = {}
	local pattern = pattern_of(args[1])
	for key in db:each() do
		if key:find(pattern) then
			found[#found + 1] = key
		end
	end
	return found
end }

commands.DBSIZE = { 0, 0, function(db)
	local count = 0
	for _ in db:each() do
		count = count + 1
	end
	return count
end }

commands.FLUSHDB = { 0, 1, function(db)
	db:clear()
	return "OK"
end }

commands.RENAME = { 2, 2, function(db, args)
	local entry = db:find(args[1])
	if not entry then
		error({ "ERR no such key" })
	end
	db:remove(args[1])
	db:put(args[2], entry.kind, entry.value, entry.ends)
	return "OK"
end }

-- A function: what has loaded this lists no commands in its state.
return function()
	return commands
end
