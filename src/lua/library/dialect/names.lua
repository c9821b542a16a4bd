-- `dialect = "tutorial"`: names that a tutorial of Skynet services takes for granted and real Skynet
-- lacks, or has with another meaning. This file runs in every service of the node before its own.
--
--   skynet.register, skynet.kill, ..  without requiring skynet.manager
--   skynet.register(name)             names of any length, with or without a dot: local ones
--   skynet.query(name)                the address behind such a name, or nil
--   skynet.timeout(ms, f)             in milliseconds; returns a timer
--   skynet.kill(timer)                cancels a timer; kills a service, as ever, if given one
--   skynet.newservice("snlua", ...)   starts what comes after "snlua"
--   "system"                          a protocol that is registered, and packs values as "lua" does
--   table.deepcopy, lfs               are there
--
-- Whatever else is in a service is real Skynet's. Each of these names says when a service first uses
-- it, by an event `dialect`: what is to be changed before the service runs on a real server.

local function speak()
	local skynet = require "skynet"
	require "skynet.manager"
	require "lfs"	-- sets the global
	local native = require "skysim.sim"

	local told = {}
	local function tell(name)
		if not told[name] then
			told[name] = true
			native.event("dialect", name)
		end
	end

	-- Names.

	local function localname(name)
		return string.sub(name, 1, 1) == "." and name or "." .. name
	end

	local register = skynet.register
	function skynet.register(name)
		tell "skynet.register"
		register(localname(name))
	end

	function skynet.query(name)
		tell "skynet.query"
		return skynet.localname(localname(name))
	end

	-- Timers. They are texts, not coroutines: those are used again for other tasks when they are done,
	-- and a timer that is kept in a state must survive a copy of it.

	local pending = {}	-- timer -> function
	local count = 0

	local timeout = skynet.timeout
	function skynet.timeout(ms, func)
		if ms == 0 or type(ms) ~= "number" then	-- 0 is the same in both units; skynet.start uses it, too
			return timeout(ms, func)
		end
		tell "skynet.timeout"
		count = count + 1
		local timer, ticks = "timer " .. count, math.ceil(ms / 10)
		if type(func) ~= "function" then	-- an error when it is due, as ever
			timeout(ticks, func)
			return timer
		end
		pending[timer] = func
		timeout(ticks, function()
			local run = pending[timer]
			pending[timer] = nil
			if run then
				return run()
			end
		end)
		return timer
	end

	local kill = skynet.kill
	function skynet.kill(what)
		if type(what) == "string" and string.find(what, "^timer %d+$") then
			tell "skynet.kill"
			pending[what] = nil	-- one that has run is no error
		else
			kill(what)
		end
	end

	-- Services and messages.

	local newservice = skynet.newservice
	function skynet.newservice(name, ...)
		if name == "snlua" then
			tell "skynet.newservice"
			return newservice(...)
		end
		return newservice(name, ...)
	end

	local system = {
		name = "system",
		id = skynet.PTYPE_SYSTEM,
		pack = skynet.pack,
		unpack = skynet.unpack,
	}
	skynet.register_protocol(system)

	-- A service that registers "system" itself, as it must on real Skynet, is right, too.
	local register_protocol = skynet.register_protocol
	function skynet.register_protocol(class)
		if class.name ~= "system" or class.id ~= system.id then
			return register_protocol(class)
		end
		for key, value in pairs(class) do
			system[key] = value
		end
	end

	local dispatch = skynet.dispatch
	function skynet.dispatch(typename, func)
		if typename == "system" and func then
			tell "system"
		end
		return dispatch(typename, func)
	end

	-- Tables.

	local function copy(value, copies)
		if type(value) ~= "table" then
			return value
		end
		local known = copies[value]
		if known then
			return known
		end
		local result = {}
		copies[value] = result
		for key, item in pairs(value) do
			result[copy(key, copies)] = copy(item, copies)
		end
		return setmetatable(result, getmetatable(value))
	end

	function table.deepcopy(value)
		tell "table.deepcopy"
		return copy(value, {})
	end
end

-- The framework's own services speak Skynet.
local path = SERVICE_PATH or ""
local framework = string.find(path, "^%./skysim/service/")
	or string.find(path, "^%./skysim/boot/")
	or string.find(path, "^%./%.skynet/")
if not framework then
	speak()
end

local own = require "skynet.core".command("GETENV", "own_preload")
if own then
	assert(loadfile(own))(...)
end
