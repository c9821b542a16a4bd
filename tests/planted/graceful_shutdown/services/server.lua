-- Wrong on purpose: line 38 ends the wait as soon as one request is done, while others are still in work.
-- Keeps sums under names, in memory, and saves them when it is shut down. Every request
-- that it accepts is answered, and is in what is saved; after the save nothing changes.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".server"
local STORAGE = ".storage"
local TIMEOUT = 50	-- hundredths of a second
local TICK = 10

-- running -> draining -> saving -> stopped, and back to running if it cannot be saved.
local phase = "running"
local sums = {}
local applied = {}	-- id of a request -> true
local in_work = 0	-- requests accepted and not answered yet
local ticks = 0

local drained = nil	-- the coroutine that waits until in_work is 0
local waiting = {}	-- responses to those who asked for the shutdown

-- An answer of a service that was killed never comes, and skynet.call would wait for it.
local function ask_storage(...)
	for _, response in skynet.request { STORAGE, "lua", ... }:select(TIMEOUT) do
		if response then
			return table.unpack(response)
		end
	end
	return false, "no storage"
end

-- Runs from when a request is accepted to its answer, whatever happens in it.
local function serve(work, ...)
	in_work = in_work + 1
	local results = table.pack(pcall(work, ...))
	in_work = in_work - 1
	if drained then
		skynet.wakeup(drained)
		drained = nil
	end
	if not results[1] then
		error(results[2], 0)
	end
	return table.unpack(results, 2, results.n)
end

local function add(id, name, amount)
	local permitted, reason = ask_storage("permit", name)
	if not permitted then
		return false, reason
	end
	if not applied[id] then
		applied[id] = true
		sums[name] = (sums[name] or 0) + amount
	end
	return true
end

local function shutdown()
	phase = "draining"
	if in_work > 0 then
		drained = coroutine.running()
		skynet.wait(drained)
	end
	phase = "saving"
	local saved, reason = ask_storage("save", { sums = sums, applied = applied })
	if not saved then
		phase = "running"
		return false, reason
	end
	phase = "stopped"
	return true
end

local handlers = {}

function handlers.add(...)
	if phase ~= "running" then
		return false, "stopping"
	end
	return serve(add, ...)
end

function handlers.sums()
	return sums
end

-- One shutdown, however many ask for it; all of them hear how it ended.
function handlers.shutdown()
	table.insert(waiting, skynet.response())
	if phase ~= "running" then
		return
	end
	local ok, reason = shutdown()
	local responses = waiting
	waiting = {}
	for _, response in ipairs(responses) do
		response(true, ok, reason)
	end
	if ok then
		-- The answers are on their way. Whoever is in the mailbox gets an error.
		skynet.exit()
	end
end

-- Background work. Skynet cannot cancel a timer, so the loop looks when it wakes up.
local function tick()
	while phase ~= "stopped" do
		if phase == "running" then
			ticks = ticks + 1
			skynet.send(STORAGE, "lua", "alive", skynet.self())
		end
		skynet.sleep(TICK)
	end
end

skynet.start(function()
	local saved = skynet.call(STORAGE, "lua", "load")
	if saved then
		sums, applied = saved.sums, saved.applied
	end
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		if command == "shutdown" then
			handler()	-- answers by skynet.response
		else
			skynet.retpack(handler(...))
		end
	end)
	skynet.register(NAME)
	skynet.fork(tick)
end)
