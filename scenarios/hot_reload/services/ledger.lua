-- A ledger whose code is replaced while it works: `reload` reads ledger_impl.lua again,
-- `rollback` goes back to the code before. Both are all or nothing.
--
-- Every answer begins with the generation: how often the code was replaced. That never
-- goes back, whatever the version of the code does.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local implementation = require "implementation"
local turnstile = require "turnstile"

local NAME = ".ledger"
local FILE = SERVICE_PATH .. "ledger_impl.lua"
local PATIENCE = 100	-- ticks that a reload waits for those who are inside

local impl = implementation.load(FILE)
local previous = nil	-- the code before, for a rollback
local state = impl.new()
local generation = 1
local entrance = turnstile.new()

-- `prepare` answers the new code and the new state, or raises an error.
local function replace(prepare)
	local closed, reason = entrance:close(PATIENCE)
	if not closed then
		return false, reason
	end
	local ok, new_impl, new_state = pcall(prepare)
	if ok then
		previous, impl, state = impl, new_impl, new_state
		generation = generation + 1
	end
	entrance:open()
	if not ok then
		skynet.error("not replaced: " .. tostring(new_impl))
		return false, new_impl
	end
	skynet.error(string.format("generation %d: version %d", generation, impl.version))
	return true, impl.version
end

local handlers = {}

function handlers.reload()
	return replace(function()
		skynet.cache.clear()	-- or it would be the same code again
		local loaded = implementation.load(FILE)
		return loaded, implementation.convert(state, loaded.upgrade, loaded.check, impl.version)
	end)
end

function handlers.rollback()
	if not previous then
		return false, "nothing to go back to"
	end
	return replace(function()
		local convert = previous.version < impl.version and impl.downgrade or previous.upgrade
		return previous, implementation.convert(state, convert, previous.check, impl.version)
	end)
end

function handlers.version()
	return true, impl.version
end

-- The code is looked up inside: whoever waited for a reload wants the new one.
local function serve(command, ...)
	entrance:enter()
	local ran = impl.commands[command]
	if not ran then
		entrance:leave()
		return generation, false, "no such command"
	end
	local at = generation
	local result = table.pack(pcall(ran, state, ...))
	entrance:leave()
	if not result[1] then
		error(result[2], 0)
	end
	return at, table.unpack(result, 2, result.n)
end

skynet.start(function()
	-- skynet.register says nothing when the name is taken, so look.
	skynet.register(NAME)
	assert(skynet.localname(NAME) == skynet.self(), NAME .. " is already running")
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if handler then
			skynet.retpack(handler(...))
		else
			skynet.retpack(serve(command, ...))
		end
	end)
end)
