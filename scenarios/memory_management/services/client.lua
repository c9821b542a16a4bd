-- Holds connections all day: speaks on each now and then, closes some, forgets some, and
-- opens others. skynet.newservice("client", 100): so many at a time.

local skynet = require "skynet"

local SERVER = ".sessions"
local MINUTE = 6000	-- ticks
local WAKE_EVERY, SPEAK_EVERY = 5 * MINUTE, 25 * MINUTE

local wanted = math.tointeger(tonumber((...)) or 0)
local mine = {}	-- { id, spoke }
local forgotten = {}	-- id -> true, until the server has closed it
local wrongly_closed = 0

local function open()
	table.insert(mine, { id = skynet.call(SERVER, "lua", "open"), spoke = skynet.now() })
end

local function remove_any()
	local index = math.random(#mine)
	local connection = mine[index]
	mine[index] = mine[#mine]
	mine[#mine] = nil
	return connection.id
end

local function round()
	local now = skynet.now()
	for _, connection in ipairs(mine) do
		if now - connection.spoke >= SPEAK_EVERY then
			connection.spoke = now
			skynet.send(SERVER, "lua", "say", connection.id, "still here at " .. now .. "; ")
		end
	end
	if #mine > 1 then
		skynet.call(SERVER, "lua", "close", remove_any())
		forgotten[remove_any()] = true
	end
	while #mine < wanted do
		open()
	end
end

local handlers = {}

-- From the server, by send.
function handlers.closed(ids)
	for _, id in ipairs(ids) do
		if forgotten[id] then
			forgotten[id] = nil
		else
			wrongly_closed = wrongly_closed + 1
		end
	end
end

-- A rush: so many connections, which nobody speaks on ever again.
function handlers.rush(more)
	for _ = 1, more do
		forgotten[skynet.call(SERVER, "lua", "open")] = true
	end
	return true
end

-- Says `times` things on one connection.
function handlers.flood(times, length)
	local id = mine[1].id
	for index = 1, times do
		skynet.send(SERVER, "lua", "say", id, string.rep(string.char(97 + index % 26), length))
	end
	return #skynet.call(SERVER, "lua", "said", id)
end

-- Ends all.
function handlers.stop()
	wanted, mine, forgotten = 0, {}, {}
	return skynet.call(SERVER, "lua", "drop")
end

skynet.start(function()
	skynet.fork(function()
		while wanted > 0 do
			round()
			-- Not all clients in the same minute.
			skynet.sleep(WAKE_EVERY + math.random(0, MINUTE))
		end
	end)
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
end)
