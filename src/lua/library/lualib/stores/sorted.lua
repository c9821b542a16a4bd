-- Redis commands about sorted sets, in the form of stores.keys: members with scores, in the order of scores, and
-- of bytes where scores are equal. A set without members is not there.

local numbers = require "stores.numbers"

local KIND = "zset"
local SYNTAX = "ERR syntax error"

local commands = {}

-- Members and scores in order. Compared byte by byte, whatever the locale.
local function ordered(scores)
	local list = {}
	for member, score in pairs(scores) do
		list[#list + 1] = { member = member, score = score }
	end
	table.sort(list, function(a, b)
		if a.score ~= b.score then
			return a.score < b.score
		end
		return a.member < b.member
	end)
	return list
end

local function members(list, from, to, with_scores)
	local found = {}
	for n = from, to do
		found[#found + 1] = list[n].member
		if with_scores then
			found[#found + 1] = numbers.text(list[n].score)
		end
	end
	return found
end

local FLAGS = { NX = true, XX = true, GT = true, LT = true, CH = true, INCR = true }

-- The flags of ZADD, and where scores begin.
local function flags(args)
	local found, at = {}, 2
	while args[at] and FLAGS[args[at]:upper()] do
		found[args[at]:upper()] = true
		at = at + 1
	end
	local pairs_left = #args - at + 1
	if pairs_left <= 0 or pairs_left % 2 == 1 then
		error({ SYNTAX })
	elseif found.NX and found.XX then
		error({ "ERR XX and NX options at the same time are not compatible" })
	elseif (found.GT and found.NX) or (found.LT and found.NX) or (found.GT and found.LT) then
		error({ "ERR GT, LT, and/or NX options at the same time are not compatible" })
	elseif found.INCR and pairs_left > 2 then
		error({ "ERR INCR option supports a single increment-element pair" })
	end
	return found, at
end

-- The score that a member has now; nil if a flag forbids the change.
local function give(scores, member, score, wanted)
	local old = scores[member]
	if (wanted.NX and old) or (wanted.XX and not old) then
		return nil
	end
	if wanted.INCR then
		score = (old or 0.0) + score
		if score ~= score then
			error({ "ERR resulting score is not a number (NaN)" })
		end
	end
	if old and ((wanted.GT and score <= old) or (wanted.LT and score >= old)) then
		return nil
	end
	scores[member] = score
	return score, old
end

commands.ZADD = { 3, nil, function(db, args)
	local wanted, first = flags(args)
	local given = {}
	for n = first, #args, 2 do
		given[#given + 1] = { args[n + 1], numbers.float(args[n]) }
	end
	local scores = db:get(args[1], KIND) or {}
	local new, changed, last = 0, 0, nil
	for _, pair in ipairs(given) do
		local score, old = give(scores, pair[1], pair[2], wanted)
		new = new + (score and not old and 1 or 0)
		changed = changed + (score and score ~= old and 1 or 0)
		last = score
	end
	if next(scores) then
		db:make(args[1], KIND, scores)
	end
	if wanted.INCR then
		return last and numbers.text(last)
	end
	return wanted.CH and changed or new
end }

commands.ZINCRBY = { 3, 3, function(db, args)
	local step = numbers.float(args[2])
	local scores = db:make(args[1], KIND, {})
	return numbers.text(give(scores, args[3], step, { INCR = true }))
end }

commands.ZSCORE = { 2, 2, function(db, args)
	local score = (db:get(args[1], KIND) or {})[args[2]]
	return score and numbers.text(score)
end }

commands.ZCARD = { 1, 1, function(db, args)
	return #ordered(db:get(args[1], KIND) or {})
end }

commands.ZRANK = { 2, 2, function(db, args)
	for n, entry in ipairs(ordered(db:get(args[1], KIND) or {})) do
		if entry.member == args[2] then
			return n - 1
		end
	end
end }

commands.ZREM = { 2, nil, function(db, args)
	local scores, count = db:get(args[1], KIND), 0
	if not scores then
		return 0
	end
	for n = 2, #args do
		count = count + (scores[args[n]] and 1 or 0)
		scores[args[n]] = nil
	end
	if not next(scores) then
		db:remove(args[1])
	end
	return count
end }

-- A bound of a range of scores: "5", "(5", "-inf".
local function bound(text)
	local open = text:sub(1, 1) == "("
	local readable, score = pcall(numbers.float, open and text:sub(2) or text)
	if not readable then
		error({ "ERR min or max is not a float" })
	end
	return score, open
end

local function by_score(list, min, max)
	local least, least_open = bound(min)
	local most, most_open = bound(max)
	local found = {}
	for _, entry in ipairs(list) do
		local score = entry.score
		if (score > least or (score == least and not least_open)) and (score < most or (score == most and not most_open)) then
			found[#found + 1] = entry
		end
	end
	return found
end

local function reversed(list)
	local found = {}
	for n = #list, 1, -1 do
		found[#found + 1] = list[n]
	end
	return found
end

-- ZRANGE key from to [BYSCORE] [REV] [LIMIT offset count] [WITHSCORES]
local function range_options(args, words)
	local found, at = {}, 4
	while args[at] do
		local word = args[at]:upper()
		if word == "LIMIT" and words.LIMIT and args[at + 2] then
			found.LIMIT = { numbers.integer(args[at + 1]), numbers.integer(args[at + 2]) }
			at = at + 2
		elseif word ~= "LIMIT" and words[word] then
			found[word] = true
		else
			error({ SYNTAX })
		end
		at = at + 1
	end
	return found
end

local function limited(list, limit)
	if not limit then
		return list
	end
	local offset, count = limit[1], limit[2]
	if offset < 0 then
		return {}
	end
	return table.move(list, offset + 1, count < 0 and #list or math.min(offset + count, #list), 1, {})
end

commands.ZRANGE = { 3, nil, function(db, args)
	local wanted = range_options(args, { BYSCORE = true, REV = true, LIMIT = true, WITHSCORES = true })
	if wanted.LIMIT and not wanted.BYSCORE then
		error({ "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX" })
	end
	if not wanted.BYSCORE then
		numbers.integer(args[2])
		numbers.integer(args[3])
	end
	local list = ordered(db:get(args[1], KIND) or {})
	if wanted.BYSCORE then
		local min, max = args[2], args[3]
		if wanted.REV then
			min, max = max, min
		end
		list = by_score(list, min, max)
		list = limited(wanted.REV and reversed(list) or list, wanted.LIMIT)
		return members(list, 1, #list, wanted.WITHSCORES)
	end
	list = wanted.REV and reversed(list) or list
	local from, to = numbers.range(args[2], args[3], #list)
	return members(list, from, to, wanted.WITHSCORES)
end }

commands.ZREVRANGE = { 3, 4, function(db, args)
	local wanted = range_options(args, { WITHSCORES = true })
	numbers.integer(args[2])
	numbers.integer(args[3])
	local list = reversed(ordered(db:get(args[1], KIND) or {}))
	local from, to = numbers.range(args[2], args[3], #list)
	return members(list, from, to, wanted.WITHSCORES)
end }

commands.ZRANGEBYSCORE = { 3, nil, function(db, args)
	local wanted = range_options(args, { LIMIT = true, WITHSCORES = true })
	local list = limited(by_score(ordered(db:get(args[1], KIND) or {}), args[2], args[3]), wanted.LIMIT)
	return members(list, 1, #list, wanted.WITHSCORES)
end }

-- A function: what has loaded this lists no commands in its state.
return function()
	return commands
end
