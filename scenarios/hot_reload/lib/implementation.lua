-- Loads code that can be replaced, and brings the state into the shape that it wants.
-- Both raise an error, and change nothing, if the new code is not fit for use.
--
-- skynet keeps compiled files by name for the whole process: without skynet.cache.clear()
-- before it, `load` gets the old code.
--
-- Such a file returns a table: `version`; `new()`, an empty state; `upgrade(state,
-- version)`, the state out of the one that this version left; `downgrade(state)`, the way
-- back to the version before; `check(state)`, an error if it is not whole; `commands`,
-- functions of the state. All of the state is handed in: a local variable in such a
-- file would be another one after each reload.

local skynet = require "skynet"

local implementation = {}

local FUNCTIONS = { "new", "upgrade", "downgrade", "check" }

function implementation.load(path)
	local chunk, reason = loadfile(path)
	if not chunk then
		error(reason, 0)
	end
	local loaded = chunk()
	if type(loaded) ~= "table" or not math.tointeger(loaded.version) or type(loaded.commands) ~= "table" then
		error("no implementation", 0)	-- level 0: the reason goes to somebody who asked by message
	end
	for _, name in ipairs(FUNCTIONS) do
		if type(loaded[name]) ~= "function" then
			error(string.format("version %d has no function '%s'", loaded.version, name), 0)
		end
	end
	return loaded
end

-- `convert` works on a copy: if it fails half-way the state is as good as before.
function implementation.convert(state, convert, check, ...)
	local copy = skynet.unpack(skynet.packstring(state))
	local converted = convert(copy, ...)
	check(converted)
	return converted
end

return implementation
