-- Reads and writes through one front, and keeps a book of what it saw and when:
-- skynet.newservice("client", ".front1").

local skynet = require "skynet"

local front = ...

local KEYS = { "gold", "wood", "iron" }

local history = {}	-- { op, key, began, ended, ok, version }
local asked = 0

local function note(op, key, ...)
	local entry = { op = op, key = key, began = skynet.now() }
	asked = asked + 1
	local ok, value, version = skynet.call(front, "lua", op, key, ...)
	entry.ok, entry.ended = ok, skynet.now()
	if ok then
		entry.version = op == "set" and value or version
	end
	table.insert(history, entry)
	return ok
end

local handlers = {}

-- `count` readers at once; answers how many got a value.
function handlers.burst(count, key)
	local got, waiting = 0, count
	local me = coroutine.running()
	for _ = 1, count do
		skynet.fork(function()
			if note("get", key) then
				got = got + 1
			end
			waiting = waiting - 1
			if waiting == 0 then
				skynet.wakeup(me)
			end
		end)
	end
	while waiting > 0 do
		skynet.wait()
	end
	return got
end

-- Answers whether it was written.
function handlers.update(key, value)
	return note("set", key, value)
end

-- Reads and writes this and that, one after the other, at moments that nobody knows.
function handlers.work(count)
	skynet.fork(function()
		for index = 1, count do
			skynet.sleep(math.random(0, 12))
			local key = KEYS[math.random(#KEYS)]
			if math.random(5) == 1 then
				note("set", key, index)
			else
				note("get", key)
			end
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
