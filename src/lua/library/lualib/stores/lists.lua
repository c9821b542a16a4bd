-- Redis commands about lists, in the form of stores.keys. A list without elements is not there.

local numbers = require "stores.numbers"

local KIND = "list"

local commands = {}

local function push(at_head)
	return { 2, nil, function(db, args)
		local list = db:make(args[1], KIND, {})
		for n = 2, #args do
			table.insert(list, at_head and 1 or #list + 1, args[n])
		end
		return #list
	end }
end

-- With a count the answer is a list, or nothing if there is no such key.
local function pop(at_head)
	return { 1, 2, function(db, args)
		local count = args[2] and tonumber(args[2])
		if args[2] then
			local readable = pcall(numbers.integer, args[2])
			if not readable or count < 0 then
				error({ "ERR value is out of range, must be positive" })
			end
		end
		local list = db:get(args[1], KIND)
		if not list then
			return nil
		end
		local taken = {}
		while #taken < (count or 1) and #list > 0 do
			taken[#taken + 1] = table.remove(list, at_head and 1 or #list)
		end
		if #list == 0 then
			db:remove(args[1])
		end
		if count then
			return taken
		end
		return taken[1]
	end }
end

commands.LPUSH = push(true)
commands.RPUSH = push(false)
commands.LPOP = pop(true)
commands.RPOP = pop(false)

commands.LLEN = { 1, 1, function(db, args)
	return #(db:get(args[1], KIND) or {})
end }

commands.LRANGE = { 3, 3, function(db, args)
	numbers.integer(args[2])
	numbers.integer(args[3])
	local list = db:get(args[1], KIND) or {}
	local from, to = numbers.range(args[2], args[3], #list)
	return table.move(list, from, to, 1, {})
end }

commands.LINDEX = { 2, 2, function(db, args)
	local list = db:get(args[1], KIND)
	if not list then
		return nil
	end
	local index = numbers.integer(args[2])
	return list[index < 0 and #list + index + 1 or index + 1]
end }

commands.LTRIM = { 3, 3, function(db, args)
	numbers.integer(args[2])
	numbers.integer(args[3])
	local list = db:get(args[1], KIND)
	if list then
		local from, to = numbers.range(args[2], args[3], #list)
		local kept = table.move(list, from, to, 1, {})
		if #kept == 0 then
			db:remove(args[1])
		else
			db:change(args[1], KIND, kept)
		end
	end
	return "OK"
end }

commands.LREM = { 3, 3, function(db, args)
	local wanted = numbers.integer(args[2])
	local list = db:get(args[1], KIND)
	if not list then
		return 0
	end
	local step = wanted < 0 and -1 or 1
	local at, count = wanted < 0 and #list or 1, 0
	while list[at] and (wanted == 0 or count < math.abs(wanted)) do
		if list[at] == args[3] then
			table.remove(list, at)
			count = count + 1
			at = step < 0 and at - 1 or at
		else
			at = at + step
		end
	end
	if #list == 0 then
		db:remove(args[1])
	end
	return count
end }

-- A function: what has loaded this lists no commands in its state.
return function()
	return commands
end
