-- How much of a good lies at which place. Goods are only moved, so their sum never
-- changes: whoever sees another sum has seen half an update.
--
-- The state is one variable that holds an immutable table. An update is an assignment
-- to that variable: there is no moment in the middle of it. A command that has to wait
-- (for .guard, who permits every move) keeps the table that it began with, and looks
-- afterwards whether that is still the state.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local immutable = require "immutable"

local NAME = ".stock"
local GUARD = ".guard"
local GUARD_TIMEOUT = 50	-- hundredths of a second
local ATTEMPTS = 5

local state = { version = 0, places = {} }

-- skynet.call has no timeout, and an answer of a guard who was killed never comes.
local function ask_guard(...)
	for _, response in skynet.request { GUARD, "lua", ... }:select(GUARD_TIMEOUT) do
		if response then
			return table.unpack(response)
		end
	end
	return false, "no guard"
end

local function commit(new)
	state = immutable.update(new, { version = state.version + 1 })
	return state.version
end

-- The state after a move, or nil and why it cannot be made.
local function moved(old, move)
	local from, to = old.places[move.from], old.places[move.to]
	if not from or not to then
		return nil, "no such place"
	end
	if move.from == move.to then
		return nil, "nothing to move"
	end
	local count = from[move.good] or 0
	if move.count > count then
		return nil, "not enough " .. move.good
	end
	local rest = count - move.count
	return immutable.update(old, {
		places = {
			[move.from] = { [move.good] = rest > 0 and rest or immutable.REMOVE },
			[move.to] = { [move.good] = (to[move.good] or 0) + move.count },
		},
	})
end

local handlers = {}

function handlers.open(place, goods)
	if state.places[place] then
		return false, "the place exists"
	end
	return commit(immutable.update(state, { places = { [place] = goods } }))
end

-- All moves or none of them. Each one asks the guard; meanwhile others are served, and
-- may commit. Then what we have made stands on an old state, and is made again. Comparing
-- the table, not its contents, has no gap: a state never comes back.
function handlers.move(moves)
	for _ = 1, ATTEMPTS do
		local base = state
		local draft = base
		for _, move in ipairs(moves) do
			local reason
			draft, reason = moved(draft, move)
			if not draft then
				return false, reason
			end
			local permitted, why = ask_guard("permit", move)
			if not permitted then
				return false, why
			end
		end
		if state == base then
			return commit(draft)
		end
	end
	return false, "too many others"
end

-- The sum of a good over all places, counted by the guard who walks from one to the
-- next. It is the sum of one moment, however long the walk takes.
function handlers.count(good)
	local view = state
	local names = {}
	for name in pairs(view.places) do
		table.insert(names, name)
	end
	table.sort(names)
	local sum = 0
	for _, name in ipairs(names) do
		local arrived, why = ask_guard("visit", name)
		if not arrived then
			return false, why
		end
		sum = sum + (view.places[name][good] or 0)
	end
	return sum, view.version
end

-- The whole state. A message is a copy, so nothing more is needed here.
function handlers.read()
	return state
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
	skynet.register(NAME)
end)
