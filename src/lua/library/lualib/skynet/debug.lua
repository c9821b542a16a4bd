-- The debug protocol that every service answers (type 9). What its commands do is in
-- skynet.debugcmd, loaded at the first one: most services never get any.

local extern = {}	-- commands of the service's own, behind the built-in ones

local M = {}

function M.reg_debugcmd(name, func)
	extern[name] = func
end

function M.init(skynet, export)
	local info_func
	local builtin

	function skynet.info_func(func)
		info_func = func
	end

	local function get_info_func()
		return info_func
	end

	skynet.register_protocol {
		name = "debug",
		id = skynet.PTYPE_DEBUG,
		pack = skynet.pack,
		unpack = skynet.unpack,
		dispatch = function(_, _, name, ...)
			builtin = builtin or require "skynet.debugcmd"(skynet, export, get_info_func)
			local run = builtin[name] or extern[name]
			assert(run, name)
			run(...)
		end,
	}
end

return M
