-- Wrong is line 325: what ran when the queue died is never given to anybody again.
-- A queue of tasks and the workers that run them.
--
-- What "exactly once" means here. A task that was accepted (its id was answered) is in
-- the journal and is never lost. It is run at least once: again after an error, after
-- the death of its worker, and after a crash of this service. Its end is counted once,
-- since only the worker and attempt that the task was given to last may report it. What
-- a task does outside is up to the job, which has the task's key for that.
--
-- A command that cannot be done answers false and a reason; only a bug raises an error.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register, skynet.kill
local heap = require "heap"
local journal = require "journal"

local NAME = ".tasks"
local POLICY_FUNCTIONS = { "due", "pause", "workers" }
local LOOK = 100	-- ticks between two looks at workers
local CHANGES_MAX = 5000	-- in the journal before it is made short
local ENDED_KEPT = 1000	-- keys of tasks that ended, against submitting twice
local PATIENCE_AT_END = 500	-- ticks that running tasks have at a shutdown

local file, policy_path = ...
file = file or "tasks"
policy_path = policy_path or "lib/policy.lua"

-- skynet keeps compiled files by name for the whole process. Without clearing that
-- cache, loadfile would return the old code for ever.
local function load_policy()
	skynet.cache.clear()
	local loaded = assert(loadfile(policy_path))()
	for _, name in ipairs(POLICY_FUNCTIONS) do
		if type(loaded[name]) ~= "function" then
			error(string.format("policy version %s has no function '%s'", loaded.version, name), 0)
		end
	end
	return loaded
end

local policy = load_policy()

-- What is saved. A task is { id, key, kind, payload, priority, attempts, state }, and
-- { reason } when it failed. State "ready", "running" (with worker, since, progress),
-- "waiting" for the next attempt, or "dead".
local tasks = {}	-- id -> task
local keys = {}	-- key -> id, also of tasks that have ended lately
local ended = {}	-- those keys, a ring
local last_id = 0
local counts = { done = 0, failed = 0, ended = 0 }

-- What is not: it is found out again.
local log	-- the journal
local ready = heap.new()
local workers = {}	-- address -> { heard, idle_since, task }
local idle = {}	-- addresses, the longest idle first
local states = { ready = 0, running = 0, waiting = 0, dead = 0 }
local stale = 0	-- reports of somebody who had lost his task
local lost_workers = 0
local starting = 0	-- workers on their way
local stopping = false

------------------------------------------------------------------------ tasks

local function set_state(task, state)
	if task.state then
		states[task.state] = states[task.state] - 1
	end
	if state then
		states[state] = states[state] + 1
	end
	task.state = state
end

local function remember_key(key, id)
	keys[key] = id
	local slot = counts.ended % ENDED_KEPT + 1
	counts.ended = counts.ended + 1
	local forgotten = ended[slot]
	ended[slot] = key
	if forgotten then
		keys[forgotten] = nil
	end
end

-- What changes do, when they happen and when they are read again.
local changes = {}

function changes.submit(id, key, kind, payload, priority)
	local task = { id = id, key = key, kind = kind, payload = payload, priority = priority, attempts = 0 }
	tasks[id] = task
	keys[key] = id
	last_id = id
	set_state(task, "ready")
	return task
end

function changes.start(id)
	local task = tasks[id]
	task.attempts = task.attempts + 1
	set_state(task, "running")
end

function changes.done(id)
	local task = tasks[id]
	tasks[id] = nil
	set_state(task, nil)
	counts.done = counts.done + 1
	remember_key(task.key, id)
end

function changes.wait(id, reason)
	local task = tasks[id]
	task.reason = reason
	counts.failed = counts.failed + 1
	set_state(task, "waiting")
end

function changes.bury(id, reason)
	local task = tasks[id]
	task.reason = reason
	counts.failed = counts.failed + 1
	set_state(task, "dead")
end

function changes.revive(id)
	local task = tasks[id]
	task.attempts, task.reason = 0, nil
	set_state(task, "ready")
end

-- For what somebody relies on. First the journal, then the change: what cannot be kept
-- has not happened, and raises an error.
local function promise(name, ...)
	log:add(name, ...)
	return changes[name](...)
end

-- For what can be found out again: without it a crash costs one more attempt.
local function note(name, ...)
	local ok, reason = pcall(log.add, log, name, ...)
	if not ok then
		skynet.error("cannot keep a change: " .. tostring(reason))
	end
	return changes[name](...)
end

local function make_ready(task)
	ready:push { due = policy.due(skynet.now(), task.priority), id = task.id }
end

---------------------------------------------------------------------- workers

local function take_from_idle(address)
	for index, other in ipairs(idle) do
		if other == address then
			table.remove(idle, index)
			return
		end
	end
end

-- Gives tasks to whoever has none. Does not yield.
local function assign()
	while #idle > 0 and ready:count() > 0 and not stopping do
		local task = tasks[ready:pop().id]
		local address = table.remove(idle, 1)
		note("start", task.id)
		task.worker, task.since, task.progress = address, skynet.now(), 0
		workers[address].task = task.id
		-- If it died this very moment, its silence will be noticed.
		skynet.send(address, "lua", "run", task.id, task.attempts, task.kind, task.payload)
	end
end

local function try_again(task, reason)
	task.worker, task.since, task.progress = nil, nil, nil
	if task.attempts >= policy.max_attempts then
		note("bury", task.id, reason)
		return
	end
	note("wait", task.id, reason)
	local attempts = task.attempts
	skynet.timeout(policy.pause(attempts), function()
		if task.state == "waiting" and task.attempts == attempts then
			set_state(task, "ready")
			make_ready(task)
			assign()
		end
	end)
end

local function drop_worker(address, reason)
	local worker = workers[address]
	workers[address] = nil
	take_from_idle(address)
	skynet.kill(address)
	if worker.task then
		lost_workers = lost_workers + 1
		try_again(tasks[worker.task], reason)
	end
end

-- pairs() has no order that one could rely on.
local function sorted_workers()
	local addresses = {}
	for address in pairs(workers) do
		table.insert(addresses, address)
	end
	table.sort(addresses)
	return addresses
end

local function look_after_workers()
	local now = skynet.now()
	for _, address in ipairs(sorted_workers()) do
		local worker = workers[address]
		local task = worker.task and tasks[worker.task]
		if now - worker.heard > policy.silence then
			drop_worker(address, "the worker was silent")
		elseif task and now - task.since > policy.standstill then
			drop_worker(address, "no progress")
		end
	end
end

local function start_worker()
	starting = starting + 1
	-- Other messages are handled meanwhile.
	local ok, address = pcall(skynet.newservice, "worker", NAME)
	starting = starting - 1
	if not ok then
		skynet.error("no new worker: " .. tostring(address))
		return
	end
	if stopping then
		skynet.send(address, "lua", "stop")
		return
	end
	workers[address] = { heard = skynet.now(), idle_since = skynet.now() }
	table.insert(idle, address)
	assign()
end

local function scale()
	local count = starting
	for _ in pairs(workers) do
		count = count + 1
	end
	local wanted = policy.workers(states.ready + states.waiting + states.running)
	for _ = count + 1, wanted do
		skynet.fork(start_worker)
	end
	while count > wanted and #idle > 0 do
		-- The one that is idle for the shortest time is at the end.
		local address = idle[#idle]
		if skynet.now() - workers[address].idle_since < policy.idle then
			break
		end
		table.remove(idle)
		workers[address] = nil
		skynet.send(address, "lua", "stop")
		count = count - 1
	end
end

--------------------------------------------------------------------- the state

local function saved_state()
	local list = {}
	for _, task in pairs(tasks) do
		-- Workers do not survive.
		table.insert(list, {
			id = task.id, key = task.key, kind = task.kind, payload = task.payload, priority = task.priority,
			attempts = task.attempts, reason = task.reason, state = task.state,
		})
	end
	table.sort(list, function(a, b) return a.id < b.id end)
	local kept = {}
	for slot, key in ipairs(ended) do
		kept[slot] = { key, keys[key] }
	end
	return { last_id = last_id, counts = counts, tasks = list, ended = kept }
end

local function compact()
	local ok, reason = pcall(log.compact, log, saved_state())
	if not ok then
		skynet.error("the journal stays long: " .. tostring(reason))
	end
	return ok, reason
end

local function restore()
	local state, list
	log, state, list = journal.open(file)
	if state then
		last_id, counts = state.last_id, state.counts
		for _, task in ipairs(state.tasks) do
			local saved = task.state
			task.state = nil
			tasks[task.id] = task
			keys[task.key] = task.id
			set_state(task, saved)
		end
		for slot, entry in ipairs(state.ended) do
			ended[slot] = entry[1]
			keys[entry[1]] = entry[2]
		end
	end
	for _, entry in ipairs(list) do
		changes[entry[1]](table.unpack(entry, 2, entry.n))
	end
	-- Who ran has no worker any more, who waited has waited long enough.
	local ids = {}
	for id in pairs(tasks) do
		table.insert(ids, id)
	end
	table.sort(ids)
	for _, id in ipairs(ids) do
		local task = tasks[id]
		if task.state == "running" and task.attempts >= policy.max_attempts then
			set_state(task, "dead")
			task.reason = "the queue died during the last attempt"
		elseif task.state == "ready" or task.state == "waiting" then
			set_state(task, "ready")
			make_ready(task)
		end
	end
	-- With a disk that is full, the journal that is there will do.
	assert(compact() or log.file, "there is no journal")
	if #ids > 0 then
		skynet.error(string.format("%d tasks are back", #ids))
	end
end

--------------------------------------------------------------------- commands

local handlers = {}

-- Answers the id. The same key is the same task.
function handlers.submit(_, key, kind, payload, priority)
	priority = priority or 2
	if type(key) ~= "string" or type(kind) ~= "string" then
		return false, "a task needs a key and a kind"
	end
	if math.type(priority) ~= "integer" or priority < 1 or priority > 3 then
		return false, "the priority is 1, 2 or 3"
	end
	if keys[key] then
		return keys[key]
	end
	if stopping then
		return false, "stopping"
	end
	local ok, task = pcall(promise, "submit", last_id + 1, key, kind, payload, priority)
	if not ok then
		skynet.error("cannot keep a task: " .. tostring(task))
		return false, "not saved"
	end
	make_ready(task)
	assign()
	return task.id
end

-- The task that somebody reports about, if it is still his.
local function task_of(source, id, attempt)
	local worker, task = workers[source], tasks[id]
	if worker and worker.task == id and task.attempts == attempt then
		return task, worker
	end
	stale = stale + 1
end

local function set_free(source, worker)
	worker.task, worker.heard, worker.idle_since = nil, skynet.now(), skynet.now()
	table.insert(idle, source)
	assign()
end

function handlers.done(source, id, attempt)
	local task, worker = task_of(source, id, attempt)
	if task then
		note("done", id)
		set_free(source, worker)
	end
end

function handlers.failed(source, id, attempt, reason)
	local task, worker = task_of(source, id, attempt)
	if task then
		try_again(task, tostring(reason))
		set_free(source, worker)
	end
end

function handlers.heartbeat(source, id, attempt, progress)
	local worker = workers[source]
	if not worker then
		-- Somebody of the queue before this one, whose task has gone to others; or one who
		-- was told to leave, and this crossed that.
		if id then
			skynet.kill(source)
		else
			skynet.send(source, "lua", "stop")
		end
		return
	end
	worker.heard = skynet.now()
	local task = id and worker.task == id and tasks[id]
	if task and task.attempts == attempt and progress > task.progress then
		task.progress, task.since = progress, skynet.now()
	end
end

-- The state of a task by its key: also how far it is, how often it was tried, and why it
-- failed. "unknown" are those that ended long ago, too.
function handlers.task(_, key)
	local id = keys[key]
	local task = tasks[id]
	if task then
		return task.state, task.progress, task.attempts, task.reason
	end
	return id and "done" or "unknown"
end

-- The dead letters, the oldest first.
function handlers.dead()
	local list = {}
	for id, task in pairs(tasks) do
		if task.state == "dead" then
			table.insert(list, { id = id, key = task.key, kind = task.kind, reason = task.reason })
		end
	end
	table.sort(list, function(a, b) return a.id < b.id end)
	return list
end

-- Gives a dead letter all its attempts again.
function handlers.revive(_, id)
	local task = tasks[id]
	if not task or task.state ~= "dead" then
		return false, "no such dead letter"
	end
	local ok, reason = pcall(promise, "revive", id)
	if not ok then
		return false, reason
	end
	make_ready(task)
	assign()
	return true
end

-- Numbers for whoever watches.
function handlers.status()
	local list = {}
	for _, address in ipairs(sorted_workers()) do
		local worker = workers[address]
		local task = worker.task and tasks[worker.task]
		table.insert(list, { address = skynet.address(address), task = worker.task, progress = task and task.progress })
	end
	return { states = states, done = counts.done, failed = counts.failed, workers = list, policy = policy.version }
end

-- All or nothing, and nothing in here yields.
function handlers.reload()
	local ok, loaded = pcall(load_policy)
	if not ok then
		skynet.error("reload refused: " .. tostring(loaded))
		return false, loaded
	end
	policy = loaded
	skynet.error(string.format("policy version %d is in use", policy.version))
	return policy.version
end

-- Nobody new; who runs has a while; the rest waits in the journal for the next start.
function handlers.shutdown()
	if stopping then
		return false, "stopping"
	end
	stopping = true
	local deadline = skynet.now() + PATIENCE_AT_END
	while states.running > 0 and skynet.now() < deadline do
		skynet.sleep(10)
	end
	compact()
	for _, address in ipairs(sorted_workers()) do
		skynet.send(address, "lua", "stop")
	end
	-- A fork runs when this message is done, and so after the answer.
	skynet.fork(skynet.exit)
	return true
end

skynet.start(function()
	-- skynet.register says nothing when the name is taken, so look.
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")

	restore()
	skynet.fork(function()
		while not stopping do
			look_after_workers()
			scale()
			assign()
			if log.changes > CHANGES_MAX then
				compact()
			end
			skynet.sleep(LOOK)
		end
	end)
	-- Workers send, everybody else calls: skynet.retpack knows which it is.
	skynet.dispatch("lua", function(_, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(source, ...))
	end)
end)
