-- `.launcher`: starts services for skynet.newservice, answers when they are ready, lists them. Same
-- commands, answers and quirks as real Skynet's: a request is answered by the new service's own
-- LAUNCHOK or ERROR, and only what was launched here is known here.

local skynet = require "skynet"
local core = require "skynet.core"
require "skynet.manager"

local services = {}	-- handle -> "snlua name args"
local starting = {}	-- handle -> { respond = closure, session = of the request }
local NO_REPLY = {}

local command = {}

-- Takes the pending request of a service, so that it is answered once.
local function take_starting(handle)
	local start = starting[handle]
	starting[handle] = nil
	return start and start.respond
end

local function launch(service, ...)
	local params = table.concat({ ... }, " ")
	local handle = skynet.launch(service, params)
	local session = skynet.context()
	local respond = skynet.response()
	if not handle then
		respond(false)
		return
	end
	services[handle] = service .. " " .. params
	starting[handle] = { respond = respond, session = session }
	return handle
end

function command.LAUNCH(_, ...)
	launch(...)
	return NO_REPLY
end

function command.LOGLAUNCH(_, ...)
	local handle = launch(...)
	if handle then
		core.command("LOGON", skynet.address(handle))
	end
	return NO_REPLY
end

function command.LAUNCHOK(source)
	local respond = take_starting(source)
	if respond then
		respond(true, source)
	end
	return NO_REPLY
end

function command.ERROR(source)
	local respond = take_starting(source)
	if respond then
		respond(false)
	end
	services[source] = nil
	return NO_REPLY
end

-- A service that exits while it starts gives newservice no value; one that is killed, an error.
function command.REMOVE(_, handle, killed)
	services[handle] = nil
	local respond = take_starting(handle)
	if respond then
		respond(not killed)
	end
	return NO_REPLY
end

function command.KILL(_, handle)
	skynet.kill(handle)
	local text = tostring(services[handle])
	services[handle] = nil
	return { [skynet.address(handle)] = text }
end

function command.QUERY(_, session)
	for handle, start in pairs(starting) do
		if start.session == session then
			return handle
		end
	end
end

function command.LIST()
	local list = {}
	for handle, text in pairs(services) do
		list[skynet.address(handle)] = text
	end
	return list
end

-- Asks every service for one debug command, all at once, for at most `ticks`.
local function ask_all(ticks, name, describe)
	local list, unanswered = {}, {}
	local requests = skynet.request()
	for handle in pairs(services) do
		requests:add { handle, "debug", name }
		unanswered[handle] = true
	end
	for request, response in requests:select(ticks) do
		local handle = request[1]
		local answer = "ERROR"
		if response then
			answer = response[1]
		end
		list[skynet.address(handle)] = describe(answer, handle)
		unanswered[handle] = nil
	end
	for handle in pairs(unanswered) do
		list[skynet.address(handle)] = describe("TIMEOUT", handle)
	end
	return list
end

function command.STAT(_, ticks)
	return ask_all(ticks, "STAT", function(answer)
		return answer
	end)
end

function command.MEM(_, ticks)
	return ask_all(ticks, "MEM", function(answer, handle)
		local format = type(answer) == "string" and "%s (%s)" or "%.2f Kb (%s)"
		return string.format(format, answer, services[handle])
	end)
end

function command.GC(source, ticks)
	for handle in pairs(services) do
		skynet.send(handle, "debug", "GC")
	end
	return command.MEM(source, ticks)
end

skynet.dispatch("lua", function(_, source, name, ...)
	local run = command[string.upper(name)]
	if not run then
		skynet.retpack { "Unknown command" }
		return
	end
	local answer = run(source, ...)
	if answer ~= NO_REPLY then
		skynet.retpack(answer)
	end
end)

-- The native side (a Lua file that does not load, a C service) reports by text.
skynet.register_protocol {
	name = "text",
	id = skynet.PTYPE_TEXT,
	unpack = skynet.tostring,
	dispatch = function(_, source, text)
		if text == "" then
			command.LAUNCHOK(source)
		elseif text == "ERROR" then
			command.ERROR(source)
		else
			error("Invalid text command " .. text)
		end
	end,
}

skynet.start(function() end)
