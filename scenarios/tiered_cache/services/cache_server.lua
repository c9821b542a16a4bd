-- A cache that all fronts share, as Redis would be: entries with a time to live. What it
-- holds is gone when it dies. `set_newer` is what a script in Redis does there: an entry
-- never replaces one of a later version.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".cache_server"
local SWEEP_EVERY = 100	-- ticks

local kept = {}	-- key -> { entry, expires }
local silent_until = 0

local handlers = {}

local function find(key)
	local found = kept[key]
	if found and skynet.now() < found.expires then
		return found.entry
	end
end

function handlers.get(key)
	return true, find(key)
end

-- `expires` is a moment, not a span: who knows how long the message was on its way.
function handlers.set_newer(key, entry, expires)
	local found = find(key)
	if skynet.now() >= expires or found and found.version >= entry.version then
		return true, false
	end
	kept[key] = { entry = entry, expires = expires }
	return true, true
end

-- For the scenario: it does nothing for so many ticks, and then all that it was told
-- meanwhile, late.
function handlers.be_silent(ticks)
	silent_until = skynet.now() + ticks
	return true
end

skynet.start(function()
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")

	-- What nobody asks for expires, too.
	skynet.fork(function()
		while true do
			skynet.sleep(SWEEP_EVERY)
			for key in pairs(kept) do
				if not find(key) then
					kept[key] = nil
				end
			end
		end
	end)

	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		if skynet.now() < silent_until then
			skynet.sleep(silent_until - skynet.now())
		end
		skynet.retpack(handler(...))
	end)
end)
