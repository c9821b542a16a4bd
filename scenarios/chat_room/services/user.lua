-- One user: skynet.newservice("user", "ann"). It speaks to the hub when told to,
-- and keeps what the hub delivers.

local skynet = require "skynet"

local HUB = ".chat_room"	-- looked up anew at each message: the hub may be restarted
local INBOX_LIMIT = 200

local name = ...
local inboxes = {}	-- room name -> its newest messages, the oldest first
local flooded = 0	-- messages sent by "flood", ever

local handlers = {}

function handlers.join(room)
	return skynet.call(HUB, "lua", "join", room, name)
end

function handlers.say(room, text)
	return skynet.call(HUB, "lua", "say", room, text)
end

function handlers.leave(room)
	return skynet.call(HUB, "lua", "leave", room)
end

-- Says `count` numbered things without waiting for an answer to any of them.
-- Messages from one service to another never overtake each other, so the hub
-- sees the numbers in order.
function handlers.flood(room, count)
	for _ = 1, count do
		flooded = flooded + 1
		skynet.send(HUB, "lua", "say", room, string.format("flood %d", flooded))
	end
	return flooded
end

function handlers.inbox(room)
	return inboxes[room] or {}
end

-- From the hub, by send.
function handlers.deliver(room, message)
	local inbox = inboxes[room]
	if not inbox then
		inbox = {}
		inboxes[room] = inbox
	end
	table.insert(inbox, message)
	if #inbox > INBOX_LIMIT then
		table.remove(inbox, 1)
	end
end

skynet.start(function()
	assert(name, "a user needs a name")
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
end)
