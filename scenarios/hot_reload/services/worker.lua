-- Does the work of a relay with the code that ledger_impl.lua has when it is started.
-- It has no state before it has taken one over, and none after it gave it away.

local skynet = require "skynet"
local implementation = require "implementation"

local impl, state

local handlers = {}

-- Answers the version, or false and a reason. Without a state a new one is made.
function handlers.take(version, given)
	local ok, loaded, converted = pcall(function()
		local loaded = implementation.load(SERVICE_PATH .. "ledger_impl.lua")
		if not version then
			return loaded, loaded.new()
		end
		return loaded, implementation.convert(given, loaded.upgrade, loaded.check, version)
	end)
	if not ok then
		return false, loaded
	end
	impl, state = loaded, converted
	return impl.version
end

-- Only to look: until the other one has taken it, this is still the one.
function handlers.give()
	return impl.version, state
end

function handlers.leave()
	skynet.fork(skynet.exit)	-- when this message is answered
	return true
end

function handlers.work(command, ...)
	local ran = impl.commands[command]
	if not ran then
		return false, "no such command"
	end
	return ran(state, ...)
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
