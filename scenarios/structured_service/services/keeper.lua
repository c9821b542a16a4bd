-- Grants and revokes a token, knocks with it at once, and keeps a book of what it saw: keeper TOKEN.

local skynet = require "skynet"

local SERVER, AUTH = ".structured", ".auth"
local PATIENCE = 600	-- ticks: auth may be killed while we wait

local token = ...
local is_busy = false
local knocks = {}	-- { after = "grant" | "revoke", is_in, reason }

local function ask(name, ...)
	for _, response in skynet.request { name, "lua", ... }:select(PATIENCE) do
		if response then
			return response[1], response[2]
		end
	end
	return false, "no answer"
end

local function knock(after)
	local id, reason = ask(SERVER, "connect", token)
	table.insert(knocks, { after = after, is_in = id and true, reason = reason })
	if id then
		ask(SERVER, "disconnect", id)
	end
end

local handlers = {}

-- Grants it, and half a second later at most revokes it. One round at a time, or they undo each other's work.
function handlers.round()
	if is_busy then
		return false
	end
	is_busy = true
	for _, change in ipairs { "grant", "revoke" } do
		if ask(AUTH, change, token) then
			for _ = 1, math.random(3) do
				knock(change)
			end
		end
		skynet.sleep(math.random(30))
	end
	is_busy = false
	return true
end

-- For the crowd, of which each connection is closed some time.
function handlers.closed()
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(handlers[command](...))
	end)
end)
