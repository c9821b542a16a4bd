-- The same ledger from outside, but what is replaced is a whole service: `reload` starts
-- a new worker, which compiles its files anew, hands the state over, and lets the old one go.
-- The relay keeps the name and the address, which clients have.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register, skynet.kill
local turnstile = require "turnstile"

local NAME = ".ledger"
local PATIENCE = 100	-- ticks that a reload waits for those who are inside

local worker
local generation = 1
local entrance = turnstile.new()

-- Answers the new worker and its version, or nil and a reason.
local function start_worker(version, state)
	skynet.cache.clear()	-- or it would be the same code again
	local fresh = skynet.newservice("worker")
	local taken, reason = skynet.call(fresh, "lua", "take", version, state)
	if not taken then
		skynet.kill(fresh)
		return nil, reason
	end
	return fresh, taken
end

local handlers = {}

function handlers.reload()
	local closed, reason = entrance:close(PATIENCE)
	if not closed then
		return false, reason
	end
	local old = worker
	local ok, fresh, version = pcall(function()
		return start_worker(skynet.call(old, "lua", "give"))
	end)
	if ok and fresh then
		worker, generation = fresh, generation + 1
		skynet.send(old, "lua", "leave")
	end
	entrance:open()
	if not ok or not fresh then
		reason = ok and version or fresh
		skynet.error("not replaced: " .. tostring(reason))
		return false, reason
	end
	skynet.error(string.format("generation %d: version %d", generation, version))
	return true, version
end

local function serve(...)
	entrance:enter()
	local at = generation
	local result = table.pack(pcall(skynet.call, worker, "lua", "work", ...))
	entrance:leave()
	if not result[1] then
		error(result[2], 0)
	end
	return at, table.unpack(result, 2, result.n)
end

skynet.start(function()
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")
	worker = assert(start_worker())
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if handler then
			skynet.retpack(handler(...))
		else
			skynet.retpack(serve(command, ...))
		end
	end)
end)
