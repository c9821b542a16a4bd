-- Submits tasks and does not give up: skynet.newservice("producer", "ann"). Each task
-- has a key of its own, so that one whose answer was lost can be submitted again.

local skynet = require "skynet"

local QUEUE = ".tasks"
local PAUSE, LONGEST_PAUSE = 10, 200	-- ticks

local name = ...

local submitted = 0
local accepted = {}	-- key -> id
local refused = {}	-- key -> reason
local retries = 0

local function submit(key, kind, payload, priority)
	local pause = PAUSE
	while true do
		local queue = skynet.localname(QUEUE)
		local ok, id, reason
		if queue then
			ok, id, reason = pcall(skynet.call, queue, "lua", "submit", key, kind, payload, priority)
		end
		if ok and id then
			return id
		elseif ok and reason ~= "stopping" and reason ~= "not saved" then
			return nil, reason
		end
		-- Nobody there, or it died with the question in its hands: it may be accepted or not.
		retries = retries + 1
		skynet.sleep(pause)
		pause = math.min(pause * 2, LONGEST_PAUSE)
	end
end

local handlers = {}

-- `count` tasks, one each `ticks`; a payload gets its key.
function handlers.produce(count, ticks, kind, payload, priority)
	local function one()
		submitted = submitted + 1
		local key = name .. "-" .. submitted
		local mine = { key = key }
		for field, value in pairs(payload) do
			mine[field] = value
		end
		local id, reason = submit(key, kind, mine, priority)
		accepted[key], refused[key] = id, reason
	end
	skynet.fork(function()
		for _ = 1, count do
			skynet.fork(one)
			skynet.sleep(ticks)
		end
	end)
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
end)
