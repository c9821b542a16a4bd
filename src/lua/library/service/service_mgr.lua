-- `.service` (and the global SERVICE): one instance per name, for skynet.uniqueservice and
-- queryservice. Callers wait while somebody else starts it. A failure is kept for good, and death
-- after the start is not noticed: both as in real Skynet. A simulated node is always alone, so the
-- global names (with "@") live here, too.

local skynet = require "skynet"
require "skynet.manager"

-- name -> handle, or the text of the error that starting it ended in, or while it is awaited a list
-- of { source, session, co }: the waiting requests, with the one that starts it as field `launch`.
local instances = {}

local function this_request()
	local session, source = skynet.context()
	return { source = source, session = session, co = coroutine.running() }
end

local function launch(name, start, ...)
	local requests = instances[name]
	requests.launch = this_request()
	local ok, result = pcall(start, ...)
	if not ok then
		result = tostring(result)
	end
	instances[name] = result	-- nil if the service exited while it started: then the next one tries again
	for _, request in ipairs(requests) do
		skynet.wakeup(request.co)
	end
	if not ok then
		error(result)
	end
	return result
end

-- Without `start` it waits until somebody else comes with one.
local function instance(name, start, ...)
	local found = instances[name]
	if type(found) == "number" then
		return found
	elseif type(found) == "string" then
		error(found)
	elseif not found then
		found = {}
		instances[name] = found
	end
	if start and not found.launch then
		return launch(name, start, ...)
	end

	table.insert(found, this_request())
	skynet.wait()
	found = instances[name]
	if type(found) == "string" then
		error(found)
	end
	assert(type(found) == "number")
	return found
end

local function start_snax(...)
	return require("skynet.snax").rawnewservice(...)
end

-- Instances of snaxd are told apart by the snax name, the next argument.
local function key_of(name, subname)
	local file = string.byte(name, 1) == string.byte "@" and string.sub(name, 2) or name
	if file == "snaxd" then
		return name .. "." .. subname, file
	end
	return name, file
end

local command = {}

-- `subname` is passed on even where there is none: the launcher's message then ends in a nil, as there.
function command.LAUNCH(name, subname, ...)
	local key, file = key_of(name, subname)
	if file == "snaxd" then
		return instance(key, start_snax, subname, ...)
	end
	return instance(key, skynet.newservice, file, subname, ...)
end

function command.QUERY(name, subname)
	return instance((key_of(name, subname)))
end

function command.GLAUNCH(name, ...)
	return command.LAUNCH("@" .. name, ...)
end

function command.GQUERY(name, ...)
	return command.QUERY("@" .. name, ...)
end

-- What a request that is not answered yet waits for, for a human.
local function describe_waiting(requests)
	local lines = {}
	local function add(line)
		lines[#lines + 1] = line
	end
	local first = requests.launch
	local handle = first and skynet.call(".launcher", "lua", "QUERY", skynet.task(first.co))
	if handle then
		add("Init as " .. skynet.address(handle))
		add(skynet.call(handle, "debug", "TASK", "init"))
		add("Launching from " .. skynet.address(first.source))
		add(skynet.call(first.source, "debug", "TASK", first.session))
	end
	if requests[1] then
		add("Querying:")
		for _, request in ipairs(requests) do
			local task = skynet.call(request.source, "debug", "TASK", request.session)
			add(skynet.address(request.source) .. " " .. tostring(task))
		end
	end
	return table.concat(lines, "\n")
end

function command.LIST()
	local result = {}
	for name, found in pairs(instances) do
		local kind = type(found)
		if kind == "string" then
			result[name] = "Error: " .. found
		elseif kind == "table" then
			result[name] = describe_waiting(found)
		else
			result[name] = skynet.address(found)
		end
	end
	return result
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		local run = command[name]
		if not run then
			skynet.retpack(nil, "Invalid command " .. name)
			return
		end
		local ok, result = pcall(run, ...)
		if ok then
			skynet.retpack(result)
		else
			skynet.retpack(nil, result)
		end
	end)

	local other = skynet.localname ".service"
	if other then
		skynet.error(".service is already register by ", skynet.address(other))
		skynet.exit()
	end
	skynet.register ".service"
	skynet.register "SERVICE"
end)
