-- Wrong on purpose: line 55 keeps an address once it is known, also when its service has died and returned.
-- A service that needs others. It may be started before them: it is there at once, and ready
-- when all of them are. If one is lost it is not ready any more, until that one is back.
--
--   skynet.newservice("component", "web", "cache,users")

local skynet = require "skynet"

local DIRECTORY = ".directory"
local PERIOD = 20	-- hundredths of a second; several renewals fit into a lease
local TIMEOUT = 30

local name, list = ...

local needs = {}
for need in string.gmatch(list or "", "[^,]+") do
	table.insert(needs, need)
end

local services = {}	-- name of what we need -> its address
local ready = false
local problem = "not started"	-- why not, as far as we know
local served = 0

-- skynet.call has no timeout, and who was killed never answers.
local function ask(address, ...)
	for _, response in skynet.request { address, "lua", ... }:select(TIMEOUT) do
		if response then
			return table.unpack(response)
		end
	end
	return nil, "no answer"
end

-- The first name of a need that is not there.
local function missing()
	for _, need in ipairs(needs) do
		if not services[need] then
			return need
		end
	end
end

local function look_again()
	local lost = missing()
	ready = not lost
	problem = lost and "waiting for " .. lost or nil
end

-- Adds the addresses that we do not have yet.
local function renew()
	local found, reason = ask(DIRECTORY, "renew", name, needs, ready)
	if found then
		for need, address in pairs(found) do
			services[need] = services[need] or address
		end
		look_again()
	elseif found == false then
		if reason ~= problem then
			skynet.error(name .. ": " .. reason)
		end
		services = {}
		ready = false
		problem = reason
	end
	-- Without a directory we go on with those whom we know.
end

local handlers = {}

-- Needs all whom we need: answers how many have worked for this.
function handlers.work()
	if not ready then
		return false, name .. " is " .. problem
	end
	local total = 1
	for _, need in ipairs(needs) do
		local address = services[need]
		if not address then
			return false, name .. " is waiting for " .. need	-- lost while we waited for another
		end
		local count, reason = ask(address, "work")
		if count == nil then
			if services[need] == address then
				services[need] = nil	-- a new one may be known by now
				look_again()
			end
			return false, name .. " has lost " .. need
		elseif not count then
			return false, reason
		end
		total = total + count
	end
	served = served + 1
	return total
end

function handlers.status()
	return ready, problem
end

-- Other needs from now on.
function handlers.need(...)
	needs = { ... }
	services = {}
	ready = false
	renew()
	return ready, problem
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(...))
	end)
	-- Not here: who waits for others in skynet.start keeps him waiting who is to start them.
	skynet.fork(function()
		while true do
			renew()
			skynet.sleep(PERIOD)
		end
	end)
end)
