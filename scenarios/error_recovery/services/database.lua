-- A database as seen from outside: sessions, a moment of thought, and bad days. Each
-- client has one session, the newest; what comes under another is refused.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".database"
local THINKING = 2	-- ticks

local data = { gold = 10 }
local sessions = {}	-- client -> its session
local last_session = 0
local mode = "up"	-- "down": refuses all; "silent": answers nothing; "useless": connects, and no more
local connects = {}	-- { client, time, served } in order: what came, and whether a query was served after it
local newest = {}	-- client -> its last entry of `connects`

local handlers = {}

local function alive()
	if mode == "silent" then
		skynet.sleep(500)	-- long after everybody has given up
		return false, "too late"
	end
	skynet.sleep(THINKING)
	if mode == "down" then
		return false, "down"
	end
	return true
end

function handlers.connect(client)
	local entry = { client = client, time = skynet.now(), served = false }
	table.insert(connects, entry)
	newest[client] = entry
	local ok, reason = alive()
	if not ok then
		return false, reason
	end
	last_session = last_session + 1
	sessions[client] = last_session
	return true, last_session
end

function handlers.get(client, session, key)
	local ok, reason = alive()
	if not ok then
		return false, reason
	end
	if sessions[client] ~= session then
		return false, "no such session"
	end
	if mode == "useless" or key == "nonsense" then
		return false, "cannot read"
	end
	newest[client].served = true
	return true, data[key]
end

-- For the scenario. Whoever was connected before a bad day is not after it.
function handlers.set_mode(_, new)
	mode = new
	if mode == "down" then
		sessions = {}
	end
	return true
end

skynet.start(function()
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")
	skynet.dispatch("lua", function(_, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(source, ...))
	end)
end)
