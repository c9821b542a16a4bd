-- DATACENTER: one tree of values for the whole node, and those who wait for a value in it. Answers,
-- and which requests fail, are those of real Skynet's service.

local skynet = require "skynet"

local root = {}

-- Waiting requests form a tree along the same keys. A node is either a branch or, where somebody
-- waits, a queue of responses; KIND is no key that a message could carry.
local KIND = {}
local waiting = {}

local function lookup(db, key, ...)
	if db == nil or key == nil then
		return db
	end
	return lookup(db[key], ...)
end

local function query(key, ...)
	local db = root[key]
	if db ~= nil then
		return lookup(db, ...)
	end
end

-- Returns the previous value and the new one.
local function store(db, key, value, ...)
	if select("#", ...) == 0 then
		local previous = db[key]
		db[key] = value
		return previous, value
	end
	if db[key] == nil then
		db[key] = {}
	end
	return store(db[key], value, ...)
end

-- Takes the queue that waits for the path just stored; the last argument is the value itself. A
-- queue met earlier waits for what has now become a branch: it can never be served, so it fails.
local function take_queue(node, key, ...)
	local found = key ~= nil and node[key]
	if not found then
		return
	end
	if found[KIND] ~= "queue" then
		return take_queue(found, ...)
	end
	node[key] = nil
	if select("#", ...) == 1 then
		return found
	end
	for _, respond in ipairs(found) do
		respond(false)
	end
end

local function update(...)
	local previous, value = store(root, ...)
	if previous ~= nil or value == nil then
		return previous
	end
	for _, respond in ipairs(take_queue(waiting, ...) or {}) do
		respond(true, value)
	end
end

local function enqueue(node, key, next_key, ...)
	local kind = next_key == nil and "queue" or "branch"
	local found = node[key]
	if found == nil then
		found = { [KIND] = kind }
		node[key] = found
	else
		assert(found[KIND] == kind)
	end
	if kind == "branch" then
		return enqueue(found, next_key, ...)
	end
	table.insert(found, skynet.response())
end

local command = {}

function command.QUERY(...)
	skynet.retpack(query(...))
end

function command.UPDATE(...)
	skynet.retpack(update(...))
end

function command.WAIT(...)
	local value = query(...)
	if value ~= nil then
		skynet.retpack(value)
	else
		enqueue(waiting, ...)
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		assert(command[name])(...)
	end)
end)
