-- The service that runs a snax file: its methods arrive as snax messages carrying their id. Counts
-- calls and CPU time per method.

local skynet = require "skynet"
local snax_interface = require "snax.interface"
local profile = require "skynet.profile"
local snax = require "skynet.snax"
local traceback = debug.traceback

local name = tostring(...)
local loader_file = skynet.getenv "snax_loader"
local methods, pattern = snax_interface(name, _ENV, loader_file and assert(dofile(loader_file)))

SERVICE_NAME = name
SERVICE_PATH = string.sub(pattern, 1, string.find(pattern, "?", 1, true) - 1) .. name .. "/"
package.path = SERVICE_PATH .. "?.lua;" .. package.path

local stats = {}	-- method name -> { count, time }

local function count(method, time)
	local stat = stats[method]
	if not stat then
		stat = { count = 0, time = 0 }
		stats[method] = stat
	end
	stat.count = stat.count + 1
	stat.time = stat.time + time
end

local function reply(func, ...)
	return skynet.retpack(func(...))
end

local function run(method, ...)
	local ok, err
	profile.start()
	if method[2] == "accept" then
		ok, err = xpcall(method[4], traceback, ...)
	else
		ok, err = xpcall(reply, traceback, method[4], ...)
	end
	count(method[3], profile.stop())
	assert(ok, err)
end

local ready = false
local system = {}

function system.init(func, ...)
	assert(not ready, "Already init")
	if func then
		func(...)
	end
	skynet.ret()
	skynet.info_func(function()
		return stats
	end)
	ready = true
end

function system.exit(func, ...)
	assert(ready, "Never init")
	if func then
		func(...)
	end
	skynet.ret()
	ready = false
	skynet.exit()
end

function system.hotfix(_, ...)
	local hotfix = require "snax.hotfix"
	skynet.retpack(hotfix(methods, ...))
end

function system.profile()
	skynet.retpack(stats)
end

local function dispatch(_, _, id, ...)
	local method = methods[id]
	if method[2] == "system" then
		system[method[3]](method[4], ...)
	else
		assert(ready, "Init first")
		run(method, ...)
	end
end

skynet.start(function()
	skynet.dispatch("snax", dispatch)

	-- Lets the methods be called by lua messages, which is what a cluster sends.
	function snax.enablecluster()
		skynet.dispatch("lua", dispatch)
	end
end)
