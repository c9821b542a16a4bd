-- Makes workers and gives them tasks, one after the other in turn (round robin). A
-- worker that does not answer in time is given up, replaced, and its task goes to the
-- next one. So a task may be done twice; it is answered once.
--
--   skynet.newservice("pool", 3)

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register, skynet.kill

local size = math.tointeger((...))

local TIMEOUT = 50	-- hundredths of a second: longer than any task takes
local ATTEMPTS = 3
local PATIENCE = 100	-- how long a task waits for a worker when there is none
local RETRY = 20	-- when no worker can be made, try again after so long

local workers = {}	-- { id, address, given }, in the order of their turns
local turn = 0	-- who had the last turn
local last_id = 0
local wanted = size
local waiting = {}	-- coroutines of tasks that wait for a worker, the oldest first
local making = false
local counters = { accepted = 0, answered = 0, failed = 0, retried = 0, replaced = 0 }

local function next_worker()
	if #workers == 0 then
		return nil
	end
	turn = turn % #workers + 1
	return workers[turn]
end

-- By identity: while we waited for its answer, others may have removed workers, and no
-- index from before means anything.
local function remove(worker)
	for index, candidate in ipairs(workers) do
		if candidate == worker then
			table.remove(workers, index)
			if index <= turn then
				turn = turn - 1	-- whose turn is next does not change
			end
			return true
		end
	end
	return false	-- somebody else has noticed before
end

-- Makes workers until there are as many as wanted. Only one loop at a time: newservice
-- yields, and two loops would make too many.
local function fill()
	if making then
		return
	end
	making = true
	while #workers < wanted do
		local id = last_id + 1
		last_id = id
		local ok, address = pcall(skynet.newservice, "worker", id)
		if ok and #workers >= wanted then
			skynet.send(address, "lua", "leave")	-- meanwhile fewer are wanted
		elseif ok then
			table.insert(workers, { id = id, address = address, given = 0 })
			for _, task in ipairs(waiting) do
				skynet.wakeup(task)
			end
			waiting = {}
		else
			skynet.error("no worker can be made: " .. tostring(address))
			skynet.sleep(RETRY)
		end
	end
	making = false
end

local function give_up(worker)
	if remove(worker) then
		counters.replaced = counters.replaced + 1
		skynet.kill(worker.address)	-- if it is only slow, it must not go on without us
		skynet.fork(fill)
	end
end

-- A worker, if need be one that is made only now; nil if there is none for too long.
local function wait_for_worker()
	local deadline = skynet.now() + PATIENCE
	while #workers == 0 do
		local left = deadline - skynet.now()
		if left <= 0 then
			return nil
		end
		local task = coroutine.running()
		table.insert(waiting, task)
		if skynet.sleep(left) ~= "BREAK" then
			for index, candidate in ipairs(waiting) do
				if candidate == task then
					table.remove(waiting, index)
					break
				end
			end
		end
	end
	return next_worker()
end

-- Answers true and the results; false and the worker's error; or nil if the worker
-- has not answered. An error of the task is no reason to replace anybody.
local function ask(worker, ...)
	for _, response in skynet.request { worker.address, "lua", "process", ... }:select(TIMEOUT) do
		if response then
			return table.unpack(response)
		end
	end
	return nil
end

local function process(...)
	for attempt = 1, ATTEMPTS do
		local worker = wait_for_worker()
		if not worker then
			return false, "no worker"
		end
		worker.given = worker.given + 1
		local ok, result = ask(worker, ...)
		if ok ~= nil then
			return ok, result
		end
		give_up(worker)
		counters.retried = counters.retried + (attempt < ATTEMPTS and 1 or 0)
	end
	return false, "given up"
end

local handlers = {}

function handlers.submit(...)
	counters.accepted = counters.accepted + 1
	local ok, result = process(...)
	if ok then
		counters.answered = counters.answered + 1
	else
		counters.failed = counters.failed + 1
	end
	return ok, result
end

-- More workers, fewer, or none. Who is taken away finishes what it has.
function handlers.resize(new)
	wanted = new
	while #workers > wanted do
		local worker = workers[#workers]
		remove(worker)
		skynet.send(worker.address, "lua", "leave")
	end
	fill()
	return #workers
end

function handlers.status()
	local given = {}
	for index, worker in ipairs(workers) do
		given[index] = worker.given
	end
	return given, counters
end

-- For tests and operators: ends the worker whose place this is, at once.
function handlers.kill_worker(place)
	local worker = workers[place]
	if worker then
		skynet.kill(worker.address)
	end
	return worker ~= nil
end

skynet.start(function()
	fill()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
	skynet.register ".pool"
end)
