-- Keeps numbers by key, and their sum: skynet.newservice("keeper", "state", 2) saves
-- them in state.0, state.1 and state.2, every two seconds and when it is told to.
--
-- What was not saved is gone when the service dies. What a save was answered for is not.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local queue = require "skynet.queue"
local generations = require "generations"

local NAME = ".keeper"
local TICKS = 100	-- skynet counts time in hundredths of a second
local ATTEMPTS, PAUSE = 20, 10	-- at reading what was saved; ticks between two

local base, every = ...
base = base or "state"
every = math.tointeger(every or 2)

-- What is saved.
local state = { values = {}, total = 0 }

local changes = 0	-- to that state, since the start
local saved_changes = 0	-- of these, how many the newest save has
local saves	-- the files
local failures = 0	-- saves that failed
local one_at_a_time = queue()

-- Answers the number of a save that has everything that was there when it was asked
-- for; false and a reason if the disk refuses. Two that are asked for at once are
-- written one after the other; the second not at all if the first has everything.
local function save()
	local wanted = changes
	return one_at_a_time(function()
		if saved_changes >= wanted and saves.number > 0 then
			return saves.number
		end
		local having = changes	-- others are handled while it is written
		local ok, result = pcall(saves.save, saves, state)
		if not ok then
			failures = failures + 1
			skynet.error("not saved: " .. tostring(result))
			return false, result
		end
		saved_changes = having
		return result
	end)
end

-- A disk that cannot be read now is asked again: to begin with nothing, or with an older
-- save, would lose the newest.
local function restore()
	for attempt = 1, ATTEMPTS do
		local ok, opened, value, problems = pcall(generations.open, base)
		if ok then
			for _, problem in ipairs(problems) do
				skynet.error("saved state: " .. problem)
			end
			saves, state = opened, value or state
			return
		elseif attempt == ATTEMPTS then
			error("cannot read what was saved: " .. tostring(opened), 0)
		end
		skynet.sleep(PAUSE)
	end
end

local handlers = {}

function handlers.put(key, value)
	if type(key) ~= "string" or math.type(value) ~= "integer" or value < 0 then
		return false, "a name and a natural number, please"
	end
	state.total = state.total - (state.values[key] or 0) + value
	state.values[key] = value
	changes = changes + 1
	return true
end

function handlers.get(key)
	return state.values[key]
end

function handlers.total()
	return state.total
end

handlers.save = save

skynet.start(function()
	restore()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
	-- Nobody finds this service before it has its state.
	skynet.register(NAME)
	skynet.error(string.format("%s has save %d, with a total of %d", NAME, saves.number, state.total))
	skynet.fork(function()
		while true do
			skynet.sleep(every * TICKS)
			if changes > saved_changes then
				save()
			end
		end
	end)
end)
