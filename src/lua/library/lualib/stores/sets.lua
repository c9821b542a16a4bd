-- Redis commands about sets, in the form of stores.keys. A set without members is not there.

local KIND = "set"

local commands = {}

commands.SADD = { 2, nil, function(db, args)
	local set, new = db:make(args[1], KIND, {}), 0
	for n = 2, #args do
		new = new + (set[args[n]] and 0 or 1)
		set[args[n]] = true
	end
	return new
end }

commands.SREM = { 2, nil, function(db, args)
	local set, count = db:get(args[1], KIND), 0
	if not set then
		return 0
	end
	for n = 2, #args do
		count = count + (set[args[n]] and 1 or 0)
		set[args[n]] = nil
	end
	if not next(set) then
		db:remove(args[1])
	end
	return count
end }

commands.SISMEMBER = { 2, 2, function(db, args)
	return (db:get(args[1], KIND) or {})[args[2]] and 1 or 0
end }

-- In no order, as in Redis.
commands.SMEMBERS = { 1, 1, function(db, args)
	local found = {}
	for member in pairs(db:get(args[1], KIND) or {}) do
		found[#found + 1] = member
	end
	return found
end }

commands.SCARD = { 1, 1, function(db, args)
	local count = 0
	for _ in pairs(db:get(args[1], KIND) or {}) do
		count = count + 1
	end
	return count
end }

-- A function: what has loaded this lists no commands in its state.
return function()
	return commands
end
