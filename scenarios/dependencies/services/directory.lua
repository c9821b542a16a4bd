-- Knows which services there are, what each of them needs, and who is ready. An entry is a
-- lease: a service renews it again and again, so whoever dies is forgotten, and a directory
-- that was started anew knows all of them soon.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local NAME = ".directory"
local LEASE = 100	-- hundredths of a second

local entries = {}	-- name -> { address, needs, ready, expires }

local function living(name)
	local entry = entries[name]
	if entry and skynet.now() >= entry.expires then
		entries[name] = nil
		return nil
	end
	return entry
end

-- The way from `name` back to `name` over what is needed, as in { "a", "b", "a" }; nil if
-- there is none.
local function find_cycle(name)
	local path, visited = { name }, {}
	local function visit(current)
		local entry = living(current)
		for _, need in ipairs(entry and entry.needs or {}) do
			table.insert(path, need)
			if need == name then
				return true
			end
			if not visited[need] then
				visited[need] = true
				if visit(need) then
					return true
				end
			end
			table.remove(path)
		end
		return false
	end
	return visit(name) and path or nil
end

local handlers = {}

-- Answers the addresses of all that the caller needs and that is ready; or false and why
-- there never will be any.
function handlers.renew(address, name, needs, ready)
	local entry = living(name)
	if entry and entry.address ~= address then
		return false, "the name is taken"
	end
	entries[name] = { address = address, needs = needs, ready = ready, expires = skynet.now() + LEASE }
	local cycle = find_cycle(name)
	if cycle then
		return false, "cycle: " .. table.concat(cycle, " -> ")
	end
	local found = {}
	for _, need in ipairs(needs) do
		local other = living(need)
		if other and other.ready then
			found[need] = other.address
		end
	end
	return found
end

-- The end of a lease before its time.
function handlers.leave(address, name)
	if entries[name] and entries[name].address == address then
		entries[name] = nil
	end
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(handler(source, ...))
	end)
	skynet.register(NAME)
end)
