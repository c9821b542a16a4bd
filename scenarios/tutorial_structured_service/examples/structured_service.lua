-- A service with a configuration, a limit and timers, as tutorials have it, and as it should not be.

local skynet = require "skynet"

local MOST = 50

local _state = { config = {}, connections = {}, data = {}, timers = {} }
local M = {}
local commands = {}

function M.init(config)
	_state.config = config or {}
	-- Nobody looks whether there is a number: an error for want of a configuration.
	if MOST < _state.config.max_connections then
		_state.config.max_connections = MOST
	end
	_state.db_pool = require "db_pool".new(_state.config.db)
	_state.cache = require "cache".connect(_state.config.cache)
	for _, row in ipairs(_state.db_pool:query "SELECT * FROM config") do
		_state.data[row.key] = row.value
	end
	-- Nobody has written M.report, and it would be called once only.
	_state.timers.report = skynet.timeout(5000, function()
		M.report()
	end)
	return true
end

commands.init = M.init

function commands.register_connection(id, client)
	-- The length of a table with names as keys is 0.
	if #_state.connections == _state.config.max_connections then
		return false
	end
	_state.connections[id] = { client = client, since = skynet.time() }
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(commands[command](...))
	end)
	skynet.register "STRUCTURED_SERVICE"
	M.init()
end)
