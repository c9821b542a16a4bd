-- The work that benchmarks time, the same on skysim and on real Skynet: `what` says which, `count`
-- how often. Prints its begin and its end; hpc() is the time on real Skynet.
local skynet = require "skynet"
require "skynet.manager"
local role = ...

if role == "echo" then
	local CMD = {}
	function CMD.ping(...) return ... end
	function CMD.take() end
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, cmd, ...)
			if session == 0 then
				CMD[cmd](...)
			else
				skynet.ret(skynet.pack(CMD[cmd](...)))
			end
		end)
	end)
	return
end

local function echo()
	return skynet.newservice(SERVICE_NAME, "echo")
end

-- Each returns the function that is timed.
local work = {}

function work.call(count)
	local service = echo()
	return function()
		for i = 1, count do
			skynet.call(service, "lua", "ping", i)
		end
	end
end

function work.send(count)
	local service = echo()
	return function()
		for i = 1, count do
			skynet.send(service, "lua", "take", i)
			if i % 100 == 0 then
				skynet.call(service, "lua", "ping")
			end
		end
	end
end

function work.table(count)
	local service = echo()
	local value = {
		id = 7, name = "ann", level = 3, alive = true, gold = 1.5,
		position = { x = 1, y = 2, z = 3.5 },
		items = { 11, 12, 13, 14, 15, 16 },
		guild = { id = 2, name = "owls", rank = "scout", joined = 1704067200 },
	}
	return function()
		for _ = 1, count do
			skynet.call(service, "lua", "ping", value)
		end
	end
end

function work.spread(count)
	local services = {}
	for i = 1, 1000 do
		services[i] = echo()
	end
	return function()
		local x = 1
		for i = 1, count do
			x = (x * 1103515245 + 12345) % 2147483648
			skynet.call(services[x // 65536 % 1000 + 1], "lua", "ping", i)
		end
	end
end

function work.fork(count)
	return function()
		for _ = 1, count // 100 do
			for _ = 1, 100 do
				skynet.fork(function() skynet.yield() end)
			end
			skynet.yield()
			skynet.yield()
		end
	end
end

function work.newservice(count)
	return function()
		for _ = 1, count do
			echo()
		end
	end
end

skynet.start(function()
	local count = tonumber(skynet.getenv "count")
	local run = work[skynet.getenv "what"](count)
	print("begin", skynet.hpc())
	run()
	print("end", skynet.hpc())
	skynet.abort()
end)
