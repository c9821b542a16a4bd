-- skynet.mqueue (deprecated, use skynet.queue): messages of a type of their own that one coroutine
-- handles strictly in order, each to its end, however long the handler blocks.

local skynet = require "skynet"
local core = require "skynet.core"

local mqueue = {}
local messages = {}
local idle	-- the handling coroutine while it waits for a message
local registered

skynet.register_protocol {
	name = "queue",
	id = skynet.PTYPE_QUEUE,
	pack = skynet.pack,
	unpack = skynet.unpack,
	dispatch = function(session, source, ...)
		table.insert(messages, { session = session, source = source, ... })
		if idle then
			skynet.wakeup(idle)
			idle = nil
		end
	end,
}

local handle_all

-- Nobody waits for an answer to a send, so what it gives is a fault; the coroutine ends with it, and
-- another one carries on. Real Skynet looks for the sender in the result by mistake, so that what is
-- logged is the failure of this very line: the same here.
local function check_send(handler, ok, result)
	if ok and not result then
		return
	end
	skynet.fork(handle_all, handler)
	local format = ok and "[:%x] send a message to [:%x] return something"
		or "[:%x] send a message to [:%x] throw an error : %s"
	error(string.format(format, result.addr, skynet.self(), result))
end

function handle_all(handler)
	while true do
		local message = table.remove(messages, 1)
		if not message then
			idle = coroutine.running()
			skynet.wait()
		elseif message.session == 0 then
			check_send(handler, pcall(handler, table.unpack(message)))
		else
			local data, size = skynet.pack(pcall(handler, table.unpack(message)))
			core.send(message.source, skynet.PTYPE_RESPONSE, message.session, data, size)
		end
	end
end

function mqueue.register(handler)
	assert(not registered)
	registered = true
	skynet.fork(handle_all, handler)
end

local function values_or_error(ok, ...)
	if not ok then
		error(...)
	end
	return ...
end

function mqueue.call(address, ...)
	return values_or_error(skynet.call(address, "queue", ...))
end

function mqueue.send(address, ...)
	return skynet.send(address, "queue", ...)
end

function mqueue.size()
	return #messages
end

return mqueue
