-- A client of structured_service with any number of connections.

local skynet = require "skynet"

local SERVER = ".structured"

local mine = {}	-- ids of our connections, the oldest first
local closed = {}	-- { id, reason } of those that the server has closed
local keeping_alive = false

local handlers = {}

-- Asks for `count` connections at the same time. Answers how many were granted and
-- how many refused.
function handlers.burst(count, token)
	local requests = skynet.request()
	for _ = 1, count do
		requests:add { SERVER, "lua", "connect", token }
	end
	local granted = 0
	for _, response in requests:select() do
		local id = response and response[1]
		if id then
			table.insert(mine, id)
			granted = granted + 1
		end
	end
	return granted, count - granted
end

-- Sends a sign of life for every connection, each second, until there is none left.
function handlers.keep_alive()
	if keeping_alive then
		return false, "already done"
	end
	keeping_alive = true
	skynet.fork(function()
		while #mine > 0 do
			for _, id in ipairs(mine) do
				skynet.send(SERVER, "lua", "touch", id)	-- does nothing while there is no server
			end
			skynet.sleep(100)
		end
		keeping_alive = false
	end)
	return true
end

-- From the server, by send.
function handlers.closed(id, reason)
	for index, value in ipairs(mine) do
		if value == id then
			table.remove(mine, index)
			table.insert(closed, { id = id, reason = reason })
			return
		end
	end
end

-- How many connections we have, and why the last one was closed.
function handlers.status()
	local last = closed[#closed]
	return #mine, last and last.reason
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
