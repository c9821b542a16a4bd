-- Puts greater and greater numbers under its name, and remembers what it may rely on:
-- skynet.newservice("writer", "ann").

local skynet = require "skynet"

local KEEPER = ".keeper"
local PATIENCE = 300	-- ticks

local name = ...

local sent = 0	-- the last number that we tried to put
local safe = 0	-- the last one of which we know that it is saved
local failed = 0	-- puts and saves that came to nothing

-- A keeper that dies with our question in its hands never answers: skynet.call would
-- wait for ever.
local function ask(keeper, ...)
	if not keeper then
		return nil
	end
	for _, response in skynet.request { keeper, "lua", ... }:select(PATIENCE) do
		return response and response[1]
	end
end

local function put()
	sent = sent + 1
	if not ask(skynet.localname(KEEPER), "put", name, sent) then
		failed = failed + 1
	end
end

-- What we have put may be gone with a keeper that died. So one and the same keeper, and
-- no other that took its place, says what it has and then that it is saved.
local function save()
	local keeper = skynet.localname(KEEPER)
	local there = ask(keeper, "get", name)
	if there and ask(keeper, "save") then
		safe = math.max(safe, there)
	else
		failed = failed + 1
	end
end

local handlers = {}

-- So many numbers, one each `ticks`, with a save after each `every` of them.
function handlers.write(count, ticks, every)
	skynet.fork(function()
		for round = 1, count do
			put()
			if round % every == 0 then
				save()
			end
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
